package dev.sentby;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sentby.app.MemoryStore;
import dev.sentby.app.ReferralInbox;
import dev.sentby.server.Keys;
import dev.sentby.server.RootKey;
import dev.sentby.server.SentbyServer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The library as Java sees it: constructors without the optional fields, copies with one of them, checked exceptions with a code. */
class JavaTest {
    private static final Instant NOW = Instant.parse("2026-03-03T18:00:00Z");

    private static void refused(String code, String place, Executable call) {
        SentbyException.Refused error = assertThrows(SentbyException.Refused.class, call);
        assertEquals(code, error.getCode());
        assertTrue(error.getDetail().startsWith(place), error.getDetail());
        assertEquals(error.getCode() + ": " + error.getDetail(), error.getMessage());
    }

    private static Program story() throws Exception {
        return Program.fromToml(Files.readString(Path.of("core/vectors/programs/story.toml")));
    }

    @Test
    void theSalePrintsWhatAllLanguagesPrint() throws Exception {
        try (Program program = story();
                RootKey key = new RootKey(1, "32 random bytes from your vault.".getBytes(StandardCharsets.UTF_8), null);
                Keys keys = new Keys(List.of(key))) {
            Instant tapped = Instant.parse("2026-03-01T09:00:00Z");
            Link link = program.read("https://www.copecart.com/products/521411d4/p/anna/");
            String token = keys.seal(link.getReferral(), Purpose.PROFILE, "webinarhaus.example/lena", tapped, null);

            Touch anna = Sentby.touchOf(keys.open(token, Purpose.PROFILE, "webinarhaus.example/lena", NOW));
            Touch bob = new Touch("bob", Instant.parse("2026-02-20T12:00:00Z"), Evidence.COOKIE);
            Line line = new Line("1", "521411d4", Amounts.money(new BigDecimal("1190.00"), "EUR"), Sentby.parseMoney("190.00", "EUR"));
            Order order = new Order("A-1001", NOW, List.of(line));
            Decision decision = program.attribute(order, List.of(anna, bob));
            StringBuilder printed = new StringBuilder(Sentby.explain(decision));
            for (Entry entry : program.commission(order, decision).getEntries()) {
                String recipient = entry.getRecipient() == null ? "" : entry.getRecipient();
                printed.append(String.format("%-9s %-12s %12s%n", entry.getRole().name().toLowerCase(), recipient, Sentby.formatMoney(entry.getAmount()) + " EUR"));
            }
            assertEquals(Files.readString(Path.of("examples/story/expected.txt")), printed.toString());
            assertEquals(1, SentbyServer.identity(program, keys, IdentityKind.EMAIL, "lena@example.com").size());
        }
    }

    @Test
    void recordsAreValues() throws Exception {
        Money gross = new Money(1000, "EUR");
        Order order = new Order("A-1", NOW, List.of(new Line("1", "p", gross, new Money(0, "EUR"))));
        Order changed = order.withCoupons(List.of("SPRING")).withCustomer(Customer.NEW).withCartAt(NOW.minus(Duration.ofHours(1)));
        assertEquals(List.of("SPRING"), changed.getCoupons());
        assertEquals(List.of(), order.getCoupons());
        assertEquals(order, changed.withCoupons(List.of()).withCustomer(null).withCartAt(null));
        assertEquals(order.hashCode(), new Order("A-1", NOW, order.getLines()).hashCode());
        for (var method : Touch.class.getMethods()) assertTrue(!method.getName().startsWith("set"), method.getName());
        assertEquals(new BigDecimal("10.00"), Amounts.toBigDecimal(gross));
    }

    @Test
    void amountsAreExact() throws Exception {
        assertEquals(4900, Amounts.money(new BigDecimal("49"), "EUR").getMinor());
        assertEquals(4900, Amounts.money(new BigDecimal("49.00000"), "EUR").getMinor());
        assertEquals(-5, Amounts.money(new BigDecimal("-0.05"), "EUR").getMinor());
        assertEquals(0, Amounts.money(new BigDecimal("0E+999999999"), "JPY").getMinor());
        assertEquals(1250, Amounts.money(new BigDecimal("1.25"), "BHD").getMinor());
        assertEquals(new BigDecimal("1200"), Amounts.toBigDecimal(new Money(1200, "JPY")));
        refused("money_invalid", "", () -> Amounts.money(new BigDecimal("0.001"), "EUR"));
        refused("money_invalid", "", () -> Amounts.money(new BigDecimal("1E-999999999"), "EUR"));
        refused("money_out_of_range", "", () -> Amounts.money(new BigDecimal("1E+999999999"), "EUR"));
        refused("money_out_of_range", "", () -> Amounts.money(new BigDecimal("1E+20"), "EUR"));
        refused("currency_unknown", "", () -> Amounts.money(BigDecimal.ONE, "EURO"));
    }

    @Test
    void anAppInJavaKeepsCarriers() throws Exception {
        List<String> problems = new ArrayList<>();
        ReferralInbox inbox = new ReferralInbox(story(), new MemoryStore(), Duration.ofDays(30), null, problem -> problems.add(problem.getCode()));
        assertEquals("anna", inbox.receive("https://www.copecart.com/products/521411d4/p/anna/", NOW).getReferral().getAffiliate());
        assertEquals("anna", inbox.latest(NOW.plus(Duration.ofDays(30))).getReferral().getAffiliate());
        assertNull(inbox.latest(NOW.plus(Duration.ofDays(31))));
        // The link's own shop names affiliates in its path: for other URLs it is the server that seals.
        assertEquals("https://shop.example/", inbox.purchaseUrl("https://shop.example/", inbox.latest(NOW)));
        assertEquals(1, problems.size());
    }

    @Test
    void nullsAreRefusedAtOnce() throws Exception {
        Program program = story();
        assertThrows(NullPointerException.class, () -> program.read(null));
        assertThrows(NullPointerException.class, () -> Program.fromToml(null));
        assertThrows(NullPointerException.class, () -> program.attribute(null, List.of()));
        assertThrows(NullPointerException.class, () -> new Touch(null, NOW, Evidence.COOKIE));
        assertThrows(NullPointerException.class, () -> new Touch("anna", null, Evidence.COOKIE));
        assertThrows(NullPointerException.class, () -> new ReferralInbox(program, null));
        assertThrows(NullPointerException.class, () -> new ReferralInbox(program, new MemoryStore()).receive(null));
    }

    @Test
    void emptyAndBrokenTextsAreTold() throws Exception {
        Program program = story();
        refused("link_invalid", "", () -> program.read(""));
        refused("program_invalid", "", () -> Program.fromToml(""));
        refused("token_length", "", () -> Sentby.peek(""));
        refused("text_invalid", "/id", () -> program.attribute(new Order("", NOW, List.of()), List.of()));
        // Half of a surrogate pair is no Unicode: U+FFFD stands for it, as in every language.
        Decision decision = program.attribute(new Order("A\uD83DB😀\uDE00", NOW, order().getLines()), List.of(new Touch("\uD83D", NOW, Evidence.COOKIE)));
        assertEquals("A\uFFFDB😀\uFFFD", decision.getOrder());
        assertEquals(Reason.UNKNOWN_AFFILIATE, decision.getVerdicts().get(0).getReason());
        assertEquals("\uFFFD", Sentby.touchWithin(new Touch("\uDC00", NOW, Evidence.COOKIE), Consent.GRANTED).getAffiliate());
        assertNull(program.read("https://shop.example/" + "a".repeat(1000)));
        assertNull(program.read("https://shop.example/" + "a".repeat(1 << 20)));
    }

    private static Order order() {
        return new Order("A-1", NOW, List.of(new Line("1", "521411d4", new Money(1000, "EUR"), new Money(0, "EUR"))));
    }

    @Test
    void batchesAreTheCallsOneByOne() throws Exception {
        Program program = story();
        List<Order> orders = List.of(order(), order().withCoupons(List.of("BOB10")), order());
        List<List<Touch>> touches = List.of(
                List.of(new Touch("anna", NOW.minusSeconds(60), Evidence.COOKIE), new Touch("bob", NOW.minusSeconds(30), Evidence.PARAMETER)),
                List.of(),
                List.of(new Touch("nobody", NOW, Evidence.COOKIE)));
        List<Decision> decisions = program.attributeAll(orders, touches);
        List<Commission> commissions = program.commissionAll(orders, decisions);
        assertEquals(3, decisions.size());
        for (int row = 0; row < 3; row++) {
            assertEquals(program.attribute(orders.get(row), touches.get(row)), decisions.get(row));
            assertEquals(program.commission(orders.get(row), decisions.get(row)), commissions.get(row));
        }
        refused("number_invalid", "/touches: there are 1 for 3 orders", () -> program.attributeAll(orders, List.of(List.of())));
        refused("number_invalid", "/decisions", () -> program.commissionAll(orders, List.of()));
        List<Order> wrong = List.of(order(), new Order("", NOW, order().getLines()), order());
        refused("text_invalid", "/1/id", () -> program.attributeAll(wrong, touches));
        refused("text_invalid", "/1/id", () -> program.commissionAll(wrong, decisions));

        Line none = new Line("1", "p", new Money(1, "EUR"), new Money(0, "EUR"), -1);
        refused("number_invalid", "/2/order/lines/0/quantity", () -> program.attributeAll(List.of(order(), order(), new Order("A", NOW, List.of(none))), touches));

        List<String> urls = List.of("https://www.copecart.com/products/521411d4/p/anna/", "no url", "https://example.com/");
        List<Reading> readings = Sentby.readAll(urls);
        assertEquals(Sentby.read(urls.get(0)), readings.get(0));
        assertNull(readings.get(1));
        assertEquals(Sentby.read(urls.get(2)), readings.get(2));
        assertEquals(List.of(), Sentby.readAll(List.of()));
    }
}
