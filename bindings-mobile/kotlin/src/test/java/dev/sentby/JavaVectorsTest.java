package dev.sentby;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sentby.server.Keys;
import dev.sentby.server.RootKey;
import dev.sentby.server.SentbyServer;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs every case of `core/vectors` from Java. */
class JavaVectorsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final File VECTORS = new File(System.getProperty("sentby.vectors"));

    private interface Runner {
        Object run(JsonNode file, JsonNode test) throws Exception;
    }

    private final Map<String, Runner> runners = Map.ofEntries(
            Map.entry("claim", this::claim), Map.entry("commission", this::settlement), Map.entry("cookie", this::cookie),
            Map.entry("decision", this::decision), Map.entry("desk", this::desk), Map.entry("identity", this::identity),
            Map.entry("ledger", this::ledger), Map.entry("link", this::link), Map.entry("money", this::money),
            Map.entry("network", this::network), Map.entry("program", this::program), Map.entry("settlement", this::settlement),
            Map.entry("token", this::token), Map.entry("tools", this::tools), Map.entry("webhook", this::webhook));

    @TestFactory
    Stream<DynamicTest> vectors() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        for (String name : VECTORS.list()) {
            if (!name.endsWith(".json") || name.equals("api.json") || name.equals("codes.json")) continue;
            JsonNode file = JSON.readTree(new File(VECTORS, name));
            Runner runner = runners.get(name.replace(".json", ""));
            assertEquals(file.get("count").asInt(), file.get("cases").size(), name);
            for (JsonNode test : file.get("cases")) {
                tests.add(DynamicTest.dynamicTest(name + " " + test.get("id").asText() + ": " + test.get("about").asText(),
                        // Through text, so that numbers compare by value and not by their Java type.
                        () -> assertEquals(test.get("expect"), JSON.readTree(JSON.writeValueAsString(outcome(() -> runner.run(file, test)))))));
            }
        }
        assertEquals(runners.size(), Stream.of(VECTORS.list()).filter(name -> name.endsWith(".json")).count() - 2);
        return tests.stream();
    }

    private interface Call {
        Object run() throws Exception;
    }

    private static Object outcome(Call call) throws Exception {
        try {
            return call.run();
        } catch (SentbyException.Refused error) {
            return map("error", error.getCode());
        }
    }

    /** As outcome, with the place of what is wrong. */
    private static Object told(Call call) throws Exception {
        try {
            return call.run();
        } catch (SentbyException.Refused error) {
            return map("error", error.getCode(), "place", place(error.getDetail()));
        }
    }

    private static String place(String detail) {
        int end = detail.indexOf(": ");
        return detail.startsWith("/") && end > 0 ? detail.substring(0, end) : "";
    }

    private static Map<String, Object> map(Object... fields) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int n = 0; n < fields.length; n += 2) map.put((String) fields[n], fields[n + 1]);
        return map;
    }

    private static <T, R> List<R> list(Iterable<T> items, Function<T, R> change) {
        return StreamSupport.stream(items.spliterator(), false).map(change).toList();
    }

    private static boolean has(JsonNode node, String name) {
        return node.hasNonNull(name);
    }

    private static String text(JsonNode node, String name) {
        return has(node, name) ? node.get(name).asText() : null;
    }

    private static Instant time(JsonNode node, String name) {
        return has(node, name) ? Instant.ofEpochMilli(node.get(name).asLong()) : null;
    }

    private static Integer number(JsonNode node, String name) {
        return has(node, name) ? node.get(name).asInt() : null;
    }

    private static Boolean flag(JsonNode node, String name) {
        return has(node, name) ? node.get(name).asBoolean() : null;
    }

    private static List<String> texts(JsonNode node) {
        return list(node, JsonNode::asText);
    }

    private static <E extends Enum<E>> E word(Class<E> type, String text) {
        return text == null ? null : Enum.valueOf(type, text.toUpperCase());
    }

    private static String word(Enum<?> value) {
        return value == null ? null : value.name().toLowerCase();
    }

    private static Long millis(Instant at) {
        return at == null ? null : at.toEpochMilli();
    }

    private static Money money(JsonNode node) {
        return node == null || node.isNull() ? null : new Money(node.get("minor").asLong(), node.get("currency").asText());
    }

    private static Long minor(Money money) {
        return money == null ? null : money.getMinor();
    }

    private static Program programOf(JsonNode file, JsonNode test) throws SentbyException {
        return Program.fromJson(file.get("programs").get(test.get("program").asText()).toString());
    }

    private static Keys keys(JsonNode file, JsonNode test) throws SentbyException {
        List<RootKey> keys = new ArrayList<>();
        for (JsonNode key : file.get("keys").get(test.get("keys").asText())) {
            keys.add(new RootKey(key.get("id").asInt(), HexFormat.of().parseHex(key.get("secret_hex").asText()), time(key, "retires")));
        }
        return new Keys(keys);
    }

    private static Touch touch(JsonNode node, Evidence evidence) {
        return new Touch(node.get("affiliate").asText(), time(node, "at"), evidence)
                .withProduct(text(node, "product")).withCampaign(text(node, "campaign")).withClickId(text(node, "click_id")).withCoupon(text(node, "coupon"))
                .withConsent(word(Consent.class, text(node, "consent")))
                .withNavigated(!has(node, "navigated") || node.get("navigated").asBoolean())
                .withSigned(has(node, "signed") && node.get("signed").asBoolean());
    }

    private static Touch touch(JsonNode node) {
        return touch(node, word(Evidence.class, node.get("evidence").asText()));
    }

    private static Line line(JsonNode node) {
        return new Line(node.get("id").asText(), node.get("product").asText(), money(node.get("gross")), money(node.get("tax")))
                .withQuantity(node.get("quantity").asInt()).withShipping(money(node.get("shipping"))).withDiscount(money(node.get("discount")));
    }

    private static Order order(JsonNode node) {
        return new Order(node.get("id").asText(), time(node, "at"), list(node.get("lines"), JavaVectorsTest::line))
                .withPayment(node.get("payment").asInt()).withCartAt(time(node, "cart_at"))
                .withIdentities(texts(node.get("identities"))).withCoupons(texts(node.get("coupons"))).withCountry(text(node, "country"))
                .withCustomer(word(Customer.class, text(node, "customer"))).withAccounts(number(node, "accounts"))
                .withEvent(word(Event.class, text(node, "event"))).withFirstAt(time(node, "first_at")).withRate(text(node, "rate"));
    }

    private static Map<String, Object> ids(Referral referral, Object... more) {
        Map<String, Object> map = map("affiliate", referral.getAffiliate(), "product", referral.getProduct(), "click_id", referral.getClickId());
        map.putAll(map(more));
        return map;
    }

    private Object token(JsonNode file, JsonNode test) throws Exception {
        Keys keys = keys(file, test);
        String text = has(test, "text") ? text(test, "text") : "";
        String audience = has(test, "audience") ? text(test, "audience") : "";
        Purpose purpose = word(Purpose.class, text(test, "purpose"));
        Instant now = time(test, "now");
        switch (test.get("op").asText()) {
            case "open": {
                Opened opened = keys.open(text, purpose, audience, now);
                return ids(opened.getReferral(), "issued_at", millis(opened.getIssuedAt()), "expires_at", millis(opened.getExpiresAt()), "key_id", opened.getKeyId());
            }
            case "peek": {
                Unverified said = Sentby.peek(text);
                return ids(said.getReferral(), "purpose", word(said.getPurpose()), "key_id", said.getKeyId(), "issued_at", millis(said.getIssuedAt()), "lifetime_hours", said.getLifetimeHours());
            }
            case "seal": {
                Referral referral = new Referral().withAffiliate(text(test, "affiliate")).withProduct(text(test, "product")).withClickId(text(test, "click_id"));
                return map("text", keys.seal(referral, purpose, audience, now, number(test, "lifetime_hours")));
            }
            case "short_code":
                return map("text", keys.shortCode(test.get("click_id").asText(), audience, now));
            default:
                return map("click_id", keys.openShortCode(text, audience, now));
        }
    }

    private Object cookie(JsonNode file, JsonNode test) throws Exception {
        Keys keys = keys(file, test);
        JsonNode spec = test.get("spec");
        CookieSpec cookie = new CookieSpec(spec.get("site").asText()).withName(spec.get("name").asText())
                .withLifetimeHours(spec.get("lifetime_hours").asInt()).withSecure(spec.get("secure").asBoolean());
        Instant now = time(test, "now");
        if (test.get("op").asText().equals("read")) {
            CookieReading reading = keys.readCookie(cookie, test.get("header").asText(), now);
            return map("touches", list(reading.getTouches(), it -> map("affiliate", it.getAffiliate(), "at", millis(it.getAt()), "product", it.getProduct(), "click_id", it.getClickId())),
                    "rejected", reading.getRejected());
        }
        if (test.get("op").asText().equals("forget")) {
            return map("set_cookie", keys.forgetCookie(cookie, test.get("header").asText(), list(test.get("click_ids"), JsonNode::asText), now));
        }
        List<Touch> touches = list(test.get("touches"), it -> touch(it, Evidence.PARAMETER));
        return map("set_cookie", keys.setCookie(cookie, touches, word(Consent.class, test.get("consent").asText()), now));
    }

    private Object decision(JsonNode file, JsonNode test) throws Exception {
        Program program = programOf(file, test);
        Order order = order(test.get("order"));
        List<Touch> touches = list(test.get("touches"), JavaVectorsTest::touch);
        Decision decision = program.attribute(order, touches);
        return map(
                "credits", list(decision.getCredits(), it -> map("affiliate", it.getAffiliate(), "weight", it.getWeight(), "touch", it.getTouch())),
                "verdicts", list(decision.getVerdicts(), it -> map("reason", word(it.getReason()), "by", it.getBy())),
                "flags", list(decision.getFlags(), it -> map("code", word(it.getCode()), "touches", it.getTouches())),
                "conflicts", list(decision.getConflicts(), it -> map("evidence", word(it.getEvidence()), "affiliate", it.getAffiliate(), "touch", it.getTouch(), "credited", it.getCredited())),
                "version", decision.getVersion(), "fingerprint", program.fingerprint(order, touches, decision),
                "explain", Sentby.explain(decision), "explain_de", Sentby.explain(decision, Sentby.messages("de")));
    }

    private Object claim(JsonNode file, JsonNode test) throws Exception {
        String text = test.get("text").asText();
        Instant now = time(test, "now");
        if (test.get("op").asText().equals("touch")) {
            Touch touch = Sentby.claimTouch(Sentby.claimFromJson(text), now);
            return touch == null ? null : map(
                    "affiliate", touch.getAffiliate(), "at", millis(touch.getAt()), "evidence", word(touch.getEvidence()), "product", touch.getProduct(),
                    "campaign", touch.getCampaign(), "click_id", touch.getClickId(), "coupon", touch.getCoupon(), "consent", word(touch.getConsent()),
                    "navigated", touch.getNavigated(), "signed", touch.getSigned());
        }
        List<StoredClaim> stored = new ArrayList<>();
        for (JsonNode it : test.get("stored")) stored.add(new StoredClaim(it.get("key").asText(), Sentby.claimFromJson(it.get("text").asText())));
        ClaimReceipt receipt = Sentby.receiveClaim(text, test.get("key").asText(), stored, now);
        String why = null;
        if (receipt.getOutcome() == ClaimOutcome.REJECT && receipt.getDetail() != null) {
            // The code of a rejection, and its place if it has one.
            String[] parts = receipt.getDetail().split(": ", 3);
            why = parts[1].startsWith("/") ? parts[0] + ": " + parts[1] : parts[0];
        }
        return map("outcome", word(receipt.getOutcome()), "claim", receipt.getClaim() == null ? null : Sentby.claimToJson(receipt.getClaim()), "why", why);
    }

    private Object tools(JsonNode file, JsonNode test) throws Exception {
        if (test.get("op").asText().equals("lint")) {
            return list(Program.fromToml(test.get("text").asText()).lint(), it -> map("code", word(it.getCode()), "place", it.getPlace()));
        }
        Program old = Program.fromToml(test.get("old").asText());
        return list(old.diff(Program.fromToml(test.get("new").asText())), it -> map("place", it.getPlace(), "sentence", it.getSentence()));
    }

    private static List<Map<String, Object>> rows(List<Entry> entries) {
        return list(entries, it -> map("line", it.getLine(), "role", word(it.getRole()), "recipient", it.getRecipient(), "minor", it.getAmount().getMinor(), "rule", it.getRule()));
    }

    private static LedgerEvent event(JsonNode node) {
        JsonNode sale = node.get("commission");
        Commission commission = sale == null || sale.isNull() ? null : new Commission(
                sale.get("order").asText(), time(sale, "at"),
                list(sale.get("entries"), it -> new Entry(it.get("line").asText(), word(Role.class, it.get("role").asText()), money(it.get("amount"))).withRecipient(text(it, "recipient")).withRule(text(it, "rule"))))
                .withPayment(sale.get("payment").asInt()).withEvent(word(Event.class, text(sale, "event")));
        return new LedgerEvent(node.get("id").asText(), time(node, "at"), word(LedgerKind.class, node.get("kind").asText()))
                .withOrder(text(node, "order")).withPayment(number(node, "payment")).withAmount(money(node.get("amount"))).withLine(text(node, "line"))
                .withOf(text(node, "of")).withRecipient(text(node, "recipient")).withState(word(PartnershipState.class, text(node, "state")))
                .withVerified(flag(node, "verified")).withNote(text(node, "note")).withCommission(commission);
    }

    private static Object answer(Program program, Ledger ledger, JsonNode ask) throws Exception {
        switch (ask.get("ask").asText()) {
            case "balance":
                return list(ledger.balance(program, ask.get("recipient").asText(), time(ask, "at")), it -> map(
                        "currency", it.getEarned().getCurrency(), "earned", minor(it.getEarned()), "adjusted", minor(it.getAdjusted()), "pending", minor(it.getPending()),
                        "available", minor(it.getAvailable()), "paid_out", minor(it.getPaidOut())));
            case "payout": {
                PayoutRun run = ledger.payout(program, time(ask, "at"));
                return map(
                        "payouts", list(run.getPayouts(), it -> map("recipient", it.getRecipient(), "minor", minor(it.getAmount()))),
                        "withheld", list(run.getWithheld(), it -> map("recipient", it.getRecipient(), "minor", minor(it.getAmount()), "why", word(it.getWhy()))));
            }
            case "orders":
                return list(ledger.orders(program, time(ask, "at")), it -> map("order", it.getOrder(), "payment", it.getPayment(), "state", word(it.getState()), "shares", list(it.getShares(), share ->
                        map("role", word(share.getRole()), "recipient", share.getRecipient(), "minor", minor(share.getAmount()), "state", word(share.getState())))));
            case "entries":
                return list(ledger.entries(time(ask, "since")), it -> map("event", it.getEvent(), "kind", word(it.getKind()), "role", word(it.getRole()), "recipient", it.getRecipient(), "minor", minor(it.getAmount())));
            case "statement":
                return list(ledger.statement(ask.get("recipient").asText(), time(ask, "start"), time(ask, "end")), it ->
                        map("opening", minor(it.getOpening()), "closing", minor(it.getClosing()), "events", list(it.getEntries(), LedgerEntry::getEvent)));
            case "problems":
                return list(ledger.problems(), it -> map("event", it.getEvent(), "code", it.getCode()));
            case "next_payout":
                return millis(program.nextPayout(time(ask, "at")));
            default:
                throw new AssertionError(ask);
        }
    }

    private Object ledger(JsonNode file, JsonNode test) throws Exception {
        Program program = programOf(file, test);
        Ledger ledger = new Ledger();
        List<Object> receipts = new ArrayList<>();
        List<LedgerEvent> taken = new ArrayList<>();
        for (JsonNode node : test.get("events")) {
            receipts.add(outcome(() -> {
                Receipt receipt = ledger.apply(event(node));
                taken.add(event(node));
                return map("outcome", word(receipt.getOutcome()), "problems", list(receipt.getProblems(), Problem::getCode));
            }));
        }
        assertNull(ledger.verify(taken));
        List<Object> answers = new ArrayList<>();
        List<Object> again = new ArrayList<>();
        Ledger restored = Ledger.restore(ledger.snapshot());
        for (JsonNode ask : test.get("asks")) {
            answers.add(answer(program, ledger, ask));
            again.add(answer(program, restored, ask));
        }
        assertEquals(answers, again);
        return map("receipts", receipts, "answers", answers);
    }

    private Object webhook(JsonNode file, JsonNode test) throws Exception {
        return told(() -> {
            Program program = programOf(file, test);
            byte[] body = test.get("body").asText().getBytes(StandardCharsets.UTF_8);
            Webhook webhook = SentbyServer.webhook(
                    program, word(Platform.class, test.get("platform").asText()), test.get("secret").asText(), test.get("signature").asText(), body, time(test, "received"));
            Order sale = webhook.getSale();
            Commission commission = sale == null ? null : program.commission(sale, program.attribute(sale, List.of()));
            Touch touch = Sentby.webhookTouch(webhook);
            assertEquals(webhook.getAffiliate(), touch == null ? null : touch.getAffiliate());
            Money amount = webhook.getAffiliateAmount();
            return map(
                    "kind", word(webhook.getKind()), "id", webhook.getId(), "test", webhook.getTest(), "at", millis(webhook.getAt()), "order", webhook.getOrder(),
                    "payment", webhook.getPayment(),
                    "sale", sale == null ? null : map(
                            "at", millis(sale.getAt()), "payment", sale.getPayment(), "country", sale.getCountry(), "first_at", millis(sale.getFirstAt()),
                            "lines", list(sale.getLines(), it -> map(
                                    "id", it.getId(), "product", it.getProduct(), "quantity", it.getQuantity(), "gross", minor(it.getGross()), "tax", minor(it.getTax()),
                                    "shipping", minor(it.getShipping()), "discount", minor(it.getDiscount())))),
                    "refunds", list(webhook.getRefunds(), it -> map("id", it.getId(), "line", it.getLine(), "minor", minor(it.getAmount()))),
                    "affiliate", webhook.getAffiliate(), "campaign", webhook.getCampaign(),
                    "affiliate_amount", amount == null ? null : map("minor", amount.getMinor(), "currency", amount.getCurrency()),
                    "token", webhook.getToken(), "notes", list(webhook.getNotes(), JavaVectorsTest::place),
                    "events", list(Sentby.webhookEvents(webhook, commission), it ->
                            map("id", it.getId(), "kind", word(it.getKind()), "line", it.getLine(), "minor", minor(it.getAmount()), "of", it.getOf())));
        });
    }

    private static Map<String, Object> standing(Standing it) {
        return map("affiliate", it.getAffiliate(), "clicks", it.getClicks(), "visitors", it.getVisitors(), "leads", it.getLeads(), "sales", it.getSales(), "conversion", it.getConversion(),
                "turnover", list(it.getTurnover(), sums -> map(
                        "currency", sums.getRevenue().getCurrency(), "revenue", minor(sums.getRevenue()), "refunds", minor(sums.getRefunds()),
                        "commission", minor(sums.getCommission()), "per_click", minor(sums.getPerClick()))));
    }

    private static Map<String, Object> membership(Membership it) {
        return map("state", word(it.getState()), "since", millis(it.getSince()), "product", it.getProduct());
    }

    private static ReportPeriod period(JsonNode node) {
        return new ReportPeriod(text(node, "first"), text(node, "last"), text(node, "time_zone"));
    }

    private static Ledger ledgerOf(JsonNode test) throws SentbyException {
        Ledger ledger = new Ledger();
        for (JsonNode node : test.get("events")) ledger.apply(event(node));
        return ledger;
    }

    private Object desk(JsonNode file, JsonNode test) throws Exception {
        Program program = programOf(file, test);
        List<Activity> activities = !has(test, "activities") ? List.of() : list(test.get("activities"), it ->
                new Activity(word(Event.class, it.get("kind").asText()), it.get("affiliate").asText(), time(it, "at"), text(it, "visitor"), text(it, "link")));
        switch (test.get("op").asText()) {
            case "leaderboard":
                return told(() -> {
                    Leaderboard board = program.leaderboard(ledgerOf(test), activities, period(test.get("period")));
                    return map("rows", list(board.getRows(), JavaVectorsTest::standing), "total", standing(board.getTotal()));
                });
            case "profile": {
                Profile profile = program.profile(ledgerOf(test), activities, test.get("affiliate").asText(), time(test, "at"));
                return profile == null ? null : map(
                        "affiliate", profile.getAffiliate(), "states", list(profile.getPartnership(), JavaVectorsTest::membership), "standing", standing(profile.getStanding()),
                        "links", list(profile.getLinks(), it -> map("link", it.getLink(), "clicks", it.getClicks(), "visitors", it.getVisitors(), "leads", it.getLeads(), "last", millis(it.getLast()))),
                        "orders", list(profile.getOrders(), it -> map("order", it.getOrder(), "payment", it.getPayment(), "state", word(it.getState()), "shares", list(it.getShares(), share ->
                                map("role", word(share.getRole()), "minor", minor(share.getAmount()), "state", word(share.getState()))))),
                        "balances", list(profile.getBalances(), it -> map("currency", it.getAvailable().getCurrency(), "available", minor(it.getAvailable()))));
            }
            case "diagnose":
                return told(() -> {
                    JsonNode asked = test.get("question");
                    Question question = new Question(
                            asked.get("affiliate").asText(), time(asked, "at"), text(asked, "order"), has(asked, "sale") ? order(asked.get("sale")) : null,
                            list(asked.get("touches"), JavaVectorsTest::touch), period(asked.get("period")));
                    List<Program> others = new ArrayList<>();
                    for (JsonNode it : test.get("others")) others.add(Program.fromJson(file.get("programs").get(it.asText()).toString()));
                    return list(program.diagnose(question, has(test, "events") ? ledgerOf(test) : null, others), it -> map(
                            "code", word(it.getCode()), "affiliate", it.getAffiliate(), "product", it.getProduct(), "order", it.getOrder(), "at", millis(it.getAt()),
                            "minor", minor(it.getAmount()), "reason", word(it.getReason()), "touch", it.getTouch()));
                });
            default:
                return moderate(program, test);
        }
    }

    private Object moderate(Program first, JsonNode test) throws Exception {
        Program[] program = {first};
        List<Object> steps = new ArrayList<>();
        for (JsonNode step : test.get("steps")) {
            Moderation moderation = new Moderation(
                    step.get("affiliate").asText(), word(ModerationAction.class, step.get("action").asText()), time(step, "since"), text(step, "product"));
            steps.add(told(() -> {
                program[0] = program[0].moderate(moderation);
                return null;
            }));
        }
        String who = test.get("affiliate").asText();
        Profile known = program[0].profile(new Ledger(), List.of(), who, Instant.EPOCH);
        List<Object> reasons = new ArrayList<>();
        for (JsonNode ask : test.get("asks")) {
            Order order = new Order("A-1", time(ask, "at"), List.of(new Line("1", ask.get("product").asText(), new Money(100, "EUR"), new Money(0, "EUR"))));
            reasons.add(word(program[0].attribute(order, List.of(new Touch(who, time(ask, "at"), Evidence.MANUAL))).getVerdicts().get(0).getReason()));
        }
        return map("steps", steps, "states", known == null ? List.of() : list(known.getPartnership(), JavaVectorsTest::membership), "reasons", reasons);
    }

    private static Commission settle(Program program, JsonNode sale, List<Commission> earlier) throws SentbyException {
        Order order = order(sale.get("order"));
        List<Credit> credits = new ArrayList<>();
        for (JsonNode it : sale.get("credits")) {
            credits.add(new Credit(it.get("affiliate").asText(), it.get("weight").asLong(), credits.size(), Evidence.COOKIE, text(it, "campaign")));
        }
        Decision decision = new Decision(order.getId(), order.getAt(), credits, List.of());
        return earlier == null ? program.commission(order, decision) : program.commissionAfter(order, decision, earlier);
    }

    private Object settlement(JsonNode file, JsonNode test) throws Exception {
        Program program = programOf(file, test);
        List<Commission> earlier = test.get("earlier").isNull() ? null : new ArrayList<>();
        for (JsonNode before : test.get("earlier")) {
            Commission commission = settle(program, before, earlier);
            for (JsonNode it : before.get("refunds")) commission = program.refund(commission, new Refund(it.get("id").asText(), money(it.get("amount"))));
            earlier.add(commission);
        }
        Commission sale = settle(program, test, earlier);
        Commission[] commission = {sale};
        for (JsonNode step : test.get("refunds")) {
            String id = step.get("id").asText();
            Object got = outcome(() -> {
                Commission next = switch (step.get("op").asText()) {
                    case "reverse" -> program.reverse(commission[0], id);
                    case "restore" -> program.restore(commission[0], step.get("of").asText(), id);
                    default -> program.refund(commission[0], new Refund(id, money(step.get("amount")), text(step, "line")));
                };
                List<Entry> fresh = next.getEntries().subList(commission[0].getEntries().size(), next.getEntries().size());
                commission[0] = next;
                return map("entries", rows(fresh));
            });
            assertEquals(step.get("expect"), JSON.readTree(JSON.writeValueAsString(got)));
        }
        Map<String, Object> got = map("entries", rows(sale.getEntries()));
        if (test.get("expect").has("grounds")) {
            got.put("grounds", list(sale.getGrounds(), it -> map(
                    "line", it.getLine(), "role", word(it.getRole()), "recipient", it.getRecipient(), "rule", it.getRule(), "what", word(it.getWhat()),
                    "base", minor(it.getBase()), "percent", it.getPercent(), "minor", minor(it.getAmount()))));
        }
        if (test.get("expect").has("explain")) got.put("explain", Sentby.explainCommission(commission[0]));
        return got;
    }

    private Object money(JsonNode file, JsonNode test) throws Exception {
        if (test.get("op").asText().equals("parse")) return map("minor", Sentby.parseMoney(test.get("text").asText(), test.get("currency").asText()).getMinor());
        return map("parts", Sentby.allocate(test.get("total").asLong(), list(test.get("weights"), JsonNode::asLong)));
    }

    private static Map<String, Object> plain(Referral it) {
        return map("product", it.getProduct(), "affiliate", it.getAffiliate(), "campaign", it.getCampaign(), "click_id", it.getClickId(), "sub_ids", it.getSubIds(), "destination", it.getDestination());
    }

    private static Referral referral(JsonNode node) {
        Map<String, String> subIds = new HashMap<>();
        node.get("sub_ids").properties().forEach(field -> subIds.put(field.getKey(), field.getValue().asText()));
        return new Referral(text(node, "affiliate"), text(node, "product"), text(node, "campaign"), text(node, "click_id"), subIds, text(node, "destination"));
    }

    private Object link(JsonNode file, JsonNode test) throws Exception {
        Program program = programOf(file, test);
        String url = has(test, "url") ? text(test, "url") : "";
        switch (test.get("op").asText()) {
            case "link":
                return map("url", program.link(referral(test.get("referral"))));
            case "decorate":
                return map("url", program.decorate(url, referral(test.get("referral"))));
            case "carry":
                return map("url", program.carry(url, test.get("carrier").asText()));
            case "carried":
                return map("carrier", program.carried(url));
            case "advice":
                return map("advice", list(program.lint(), it -> map("code", word(it.getCode()), "place", it.getPlace())));
            default: {
                Link link = program.read(url);
                return link == null ? null : map("network", link.getNetwork(), "template", link.getTemplate(), "referral", plain(link.getReferral()));
            }
        }
    }

    private Object identity(JsonNode file, JsonNode test) throws Exception {
        return map("identities", SentbyServer.identity(programOf(file, test), keys(file, test), word(IdentityKind.class, test.get("kind").asText()), test.get("value").asText()));
    }

    private Object network(JsonNode file, JsonNode test) throws Exception {
        String url = has(test, "url") ? text(test, "url") : "";
        String op = test.get("op").asText();
        if (op.equals("link")) return map("url", Sentby.link(test.get("network").asText(), referral(test.get("referral"))));
        if (op.equals("lint")) return map("findings", list(Sentby.lint(url), it -> map("code", word(it.getCode()), "start", it.getStart(), "end", it.getEnd())));
        Reading reading = op.equals("read") ? Sentby.read(url) : Sentby.readLenient(url);
        return map(
                "network", reading.getNetwork(), "referral", plain(reading.getReferral()),
                "second_networks", list(reading.getSecondNetworks(), it -> map("network", it.getNetwork(), "referral", plain(it.getReferral()))),
                "warnings", list(reading.getWarnings(), JavaVectorsTest::word));
    }

    private Object program(JsonNode file, JsonNode test) {
        try {
            String text = test.get("text").asText();
            Program program = test.get("form").asText().equals("toml") ? Program.fromToml(text) : Program.fromJson(text);
            program.close();
            return map("error", null);
        } catch (SentbyException.Refused error) {
            assertTrue(error.getDetail().contains(test.get("expect").get("place").asText()), error.getDetail());
            return map("error", error.getCode(), "place", test.get("expect").get("place").asText());
        } catch (SentbyException error) {
            throw new AssertionError(error);
        }
    }
}
