"""Decision vectors: every reason, every boundary of a window, every model; fingerprints by a naive twin."""
import hashlib
import json
import re
from decimal import Decimal, getcontext
from pathlib import Path

from common import DAY, EVIDENCE, HOUR, MINUTE, affiliate, product, program, state, write

ROOT = Path(__file__).resolve().parents[2]
getcontext().prec = 60
AT = 1_772_560_800_000  # 2026-03-03T18:00:00Z
WINDOW = 30 * DAY
PRODUCTS = [product("masterclass"), product("workbook")]
CROWD = [affiliate("anna"), affiliate("bob"), affiliate("carl"), affiliate("dora")]


def with_policy(affiliates=CROWD, **policy):
    return program(affiliates, PRODUCTS, **policy)


CLOCK = [
    affiliate("late", state("approved", "2026-03-03T18:00:00.001Z")),
    affiliate("just", state("approved", "2026-03-03T18:00:00Z")),
    affiliate("asked", state("requested")),
    affiliate("denied", state("denied")),
    affiliate("ended", state("approved"), state("ended", "2026-03-01T00:00:00Z")),
    affiliate("paused", state("approved"), state("suspended", "2026-03-02T00:00:00Z")),
    affiliate("back", state("suspended"), state("approved", "2026-03-02T00:00:00Z")),
    affiliate("workbook-only", state("approved", product="workbook")),
    affiliate("not-workbook", state("approved"), state("denied", product="workbook")),
    affiliate("paused-for-all", state("suspended"), state("approved", product="masterclass")),
    affiliate("asked-for-all", state("requested"), state("approved", product="masterclass")),
    affiliate("paused-for-one", state("approved"), state("suspended", product="masterclass")),
    affiliate("buyer", identities=["id-hash-1", "id-hash-2"]),
    affiliate("anna"),
]
PROGRAMS = {
    "last": with_policy(),
    "first": with_policy(model="first_touch"),
    "linear": with_policy(model="linear", precedence=[["manual", "coupon", "token", "parameter", "cookie", "identity", "claim", "click", "impression"]]),
    "position": with_policy(model="position_based"),
    "position_30_0_70": with_policy(model="position_based", position={"first": 30, "middle": 0, "last": 70}),
    "decay_1d": with_policy(model="time_decay", half_life="1d"),
    "decay_7d": with_policy(model="time_decay", half_life="7d"),
    "partnerships": with_policy(CLOCK),
    "fold": program(CROWD, PRODUCTS, ids="fold_case"),
    "signed": with_policy(signed=["cookie", "parameter"]),
    "granted": with_policy(consent="granted"),
    "windows": with_policy(window="30d", windows={"manual": "unlimited", "cookie": "7d", "impression": "0s"}),
    "cross": with_policy(cross_product=True),
    "tied": with_policy(precedence=[["manual"], ["coupon", "token"], ["parameter", "cookie"], ["identity", "claim", "click", "impression"]]),
    "carts": with_policy(after_cart=["cookie"]),
    "stand_down": with_policy([affiliate("anna"), affiliate("bob"), affiliate("ext", klass="coupon_extension"), affiliate("ext2", klass="coupon_extension")],
                              stand_down=[{"class": "coupon_extension", "within": "30m"}]),
}
PROGRAMS["shortest"] = with_policy(shortest={"parameter": "2s", "click": "2s"})
PROGRAMS["coupon_audience"] = with_policy(coupon_audience="touched")
PROGRAMS["pap"] = with_policy([affiliate(name) for name in ("a1", "a2", "a3", "a4", "a5")], model="position_based",
                              position={"first": 25, "middle": 25, "last": 50, "spread": "all"})
PROGRAMS["day"] = with_policy(window="1d", model="linear")
PROGRAMS["four_days"] = with_policy(window="4d", model="time_decay", half_life="1d")
PROGRAMS["four_days_position"] = with_policy(window="4d", model="position_based")
PROGRAMS["accounts"] = with_policy(accounts_max=1)
cases = []


def touch(affiliate, ago, evidence="cookie", **more):
    assert set(more) <= {"product", "campaign", "click_id", "coupon", "consent", "navigated", "signed"}
    base = {"affiliate": affiliate, "at": AT - ago, "evidence": evidence, "product": None, "campaign": None, "click_id": None,
            "coupon": None, "consent": "unknown", "navigated": True, "signed": False}
    return {**base, **more}


def order(*products, **more):
    lines = [{"id": str(n + 1), "product": p, "quantity": 1, "gross": {"minor": 10_000, "currency": "EUR"}, "tax": {"minor": 0, "currency": "EUR"}}
             for n, p in enumerate(products or ["masterclass"])]
    assert set(more) <= {"cart_at", "identities", "coupons", "accounts"}
    base = {"id": "A-1", "at": AT, "lines": lines, "payment": 1, "cart_at": None, "identities": [], "coupons": [], "country": None, "customer": None}
    return {**base, **more}


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def fingerprint(rules, order, touches, reasons, weights):
    digest = hashlib.sha256(b"sentby decision 1" + hashlib.sha256(dump(rules)).digest())
    rows = sorted(dump([t, r, w]) for t, r, w in zip(touches, reasons, weights))
    for part in [dump(order), *rows]:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


ELIGIBLE = ("credited", "outranked", "superseded")


def doubts(rules, order, touches, reasons, weights):
    """What looks odd: the rules of core/DESIGN.md, one after another."""
    name = lambda n: touches[n]["affiliate"].lower() if rules["ids"] == "fold_case" else touches[n]["affiliate"]
    several = lambda group: len({name(n) for n in group}) > 1
    every = range(len(touches))
    flags = []
    for click in sorted({t["click_id"] for t in touches if t["click_id"]}):
        group = [n for n in every if touches[n]["click_id"] == click]
        flags += [("shared_click", group)] * several(group)
    contradicted, same = [], []
    for at in sorted({t["at"] for t in touches}):
        group = [n for n in every if touches[n]["at"] == at and touches[n]["evidence"] in ("token", "parameter", "cookie", "click")]
        signed = any(touches[n]["evidence"] == "token" and touches[n]["signed"] for n in group)
        if several(group):
            (contradicted if signed else same).append(("contradicted_token" if signed else "same_moment", group))
    flags += contradicted + same
    met = {name(n) for n in every if reasons[n] in ELIGIBLE and touches[n]["evidence"] != "coupon"}
    flags += [("coupon_alone", [n]) for n in every if weights[n] and touches[n]["evidence"] == "coupon" and met and name(n) not in met]
    flags += [("many_accounts", [])] * ((order.get("accounts") or 0) > rules["attribution"].get("accounts_max", 3))
    late = [n for n in every if 0 < touches[n]["at"] - order["at"] <= 5 * MINUTE]
    flags += [("clock_skew", late)] * bool(late)
    return [{"code": code, "touches": group} for code, group in flags]


def conflicts(rules, touches, reasons, weights):
    """Whom each kind of evidence names, strongest first, where they disagree."""
    spelled = {a["id"].lower() if rules["ids"] == "fold_case" else a["id"]: a["id"] for a in rules["affiliates"]}
    name = lambda n: spelled[touches[n]["affiliate"].lower() if rules["ids"] == "fold_case" else touches[n]["affiliate"]]
    eligible = [n for n, reason in enumerate(reasons) if reason in ELIGIBLE]
    latest = {}
    for n in sorted(eligible, key=lambda n: (touches[n]["at"], name(n), touches[n]["click_id"] or "", n)):
        latest[touches[n]["evidence"]] = n
    if len({name(n) for n in latest.values()}) < 2:
        return []
    credited = {name(n) for n in eligible if weights[n]}
    return [{"evidence": kind, "affiliate": name(latest[kind]), "touch": latest[kind], "credited": name(latest[kind]) in credited} for kind in EVIDENCE if kind in latest]


SENTENCES = {language: json.loads((ROOT / f"src/attribution/messages/{language}.json").read_text()) for language in ("en", "de")}
UNITS = (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", 1000), ("millisecond", 1))


def explanation(language, rules, order, touches, reasons, weights, lost_to, flags, disagreements):
    """The whole text, by the sentences that a translator sees; only the choice of sentences and values is computed here."""
    say = lambda key, **values: SENTENCES[language][key].format(**values)
    kind = lambda evidence: say(f"evidence.{evidence}")

    def name(n):
        """As the program spells it; what is no id is quoted, with escapes, and cut after 64 characters."""
        text = touches[n]["affiliate"]
        if re.fullmatch(r"[A-Za-z0-9_.~*@+-]{1,64}", text):
            return text
        return "`" + "".join(f"\\u{{{ord(c):x}}}" if ord(c) < 32 else c for c in text[:64]) + ("…" if len(text) > 64 else "") + "`"

    def length(ms):
        """The largest unit and the one below it; milliseconds only where there is nothing larger."""
        counts = []
        for unit, size in UNITS:
            counts.append((ms // size, unit))
            ms %= size
        first = next((n for n, (count, _) in enumerate(counts) if count), 3)
        shown = [counts[first], *(part for part in counts[first + 1:first + 2] if part[0] and part[1] != "millisecond")]
        return " ".join(say(f"{unit}.{'one' if count == 1 else 'other'}", number=count) for count, unit in shown)

    def share(weight):
        """In percent, cut after two digits."""
        whole, rest = divmod(weight * 10_000 // max(1, sum(weights)), 100)
        return say("share", number=f"{whole}{say('point')}{rest:02}".rstrip("0") if rest else whole)

    shares = {}
    for n in sorted((n for n, w in enumerate(weights) if w), key=lambda n: (touches[n]["at"], touches[n]["affiliate"], touches[n]["click_id"] or "")):
        shares[touches[n]["affiliate"]] = shares.get(touches[n]["affiliate"], 0) + weights[n]
    credits = ", ".join(say("credit", affiliate=a, share=share(w)) for a, w in shares.items()) or say("nobody")
    lines = [say("order", order=order["id"], at="2026-03-03T18:00:00Z", credits=credits)]
    assert order["at"] == AT
    for n, (touch, reason) in enumerate(zip(touches, reasons)):
        age = order["at"] - touch["at"]
        by = lost_to[n]
        other = say("another") if by is None else say("other", number=by + 1, affiliate=name(by), evidence=kind(touches[by]["evidence"]))
        policy = rules["attribution"]
        window = policy["windows"].get(touch["evidence"], policy["window"])
        window = length({"d": DAY, "h": HOUR, "m": MINUTE, "s": 1000}[window[-1]] * int(window[:-1])) if window != "unlimited" else ""
        why = say(f"reason.{reason}", share=share(weights[n]), evidence=kind(touch["evidence"]), window=window, other=other)
        when = say("after" if age < 0 else "before", age=length(abs(age)))
        lines.append(say("touch", number=n + 1, affiliate=name(n), evidence=kind(touch["evidence"]), when=when, why=why))
    if disagreements:
        lines.append(say("conflict", witnesses=", ".join(say("witness", evidence=kind(w["evidence"]), affiliate=w["affiliate"]) for w in disagreements)))
    for flag in flags:
        about = say(f"flag.{flag['code']}")
        key = {0: "odd", 1: "odd_touch"}.get(len(flag["touches"]), "odd_touches")
        lines.append(say(key, flag=about, touches=", ".join(str(n + 1) for n in flag["touches"])))
    return "\n".join(lines) + "\n"


def case(id, about, marks, rules, touches, verdicts, order=order(), **expected):
    """`verdicts`: per touch a weight, or a reason, or (reason, index of the touch it lost to)."""
    reasons = ["credited" if isinstance(v, int) else v if isinstance(v, str) else v[0] for v in verdicts]
    lost_to = [v[1] if isinstance(v, tuple) else None for v in verdicts]
    weights = [v if isinstance(v, int) else 0 for v in verdicts]
    by_time = sorted((n for n, w in enumerate(weights) if w), key=lambda n: (touches[n]["at"], touches[n]["affiliate"], touches[n]["click_id"] or ""))
    credits = [{"affiliate": touches[n]["affiliate"], "weight": weights[n], "touch": n} for n in by_time]
    expect = {"credits": credits, "verdicts": [{"reason": r, "by": b} for r, b in zip(reasons, lost_to)],
              "flags": doubts(PROGRAMS[rules], order, touches, reasons, weights), "conflicts": conflicts(PROGRAMS[rules], touches, reasons, weights),
              "version": hashlib.sha256(dump(PROGRAMS[rules])).hexdigest(),
              "fingerprint": fingerprint(PROGRAMS[rules], order, touches, reasons, weights)}
    for language, key in (("en", "explain"), ("de", "explain_de")):
        expect[key] = explanation(language, PROGRAMS[rules], order, touches, reasons, weights, lost_to, expect["flags"], expect["conflicts"])
    for key, value in expected.items():
        assert expect[key] == value, f"{id}: {key} {expect[key]}, the author says {value}"
    cases.append({"id": id, "about": about, "flags": marks.split(), "program": rules, "order": order, "touches": touches, "expect": expect})


def decay(ages, half_life):
    """2^32 × 2^(−age / half-life), to the nearest integer, from 60-digit decimals."""
    return [max(1, int((Decimal(2) ** (32 - Decimal(age) / half_life)).quantize(Decimal(1)))) if age // half_life <= 32 else 1 for age in ages]


# Models.
names = ["anna", "bob", "carl", "dora", "anna", "bob", "carl"]
for n in (0, 1, 2, 3, 7):
    ages = [(n - k) * DAY for k in range(n)]
    touches = [touch(names[k], ages[k], click_id=f"c{k}") for k in range(n)]
    last = [("superseded", n - 1)] * (n - 1) + [1] * (n > 0)
    first = [1] * (n > 0) + [("superseded", 0)] * (n - 1)
    position = [40 * (n - 2)] + [20] * (n - 2) + [40 * (n - 2)] if n > 2 else {0: [], 1: [1], 2: [40, 40]}[n]
    case(f"last-{n}", f"last touch of {n}", "model last_touch", "last", touches, last)
    case(f"first-{n}", f"first touch of {n}", "model first_touch", "first", touches, first)
    case(f"linear-{n}", f"{n} touches alike", "model linear", "linear", touches, [1] * n)
    case(f"position-{n}", f"40/20/40 over {n} touches", "model position_based", "position", touches, position)
    case(f"decay-{n}", f"half-life of a day over {n} touches", "model time_decay", "decay_1d", touches, decay(ages, DAY))
posthog = [touch("anna", 3 * DAY), touch("bob", 2 * DAY), touch("carl", DAY)]
case("decay-posthog", "touches 3, 2 and 1 days before, half-life 1 day: 1/7, 2/7, 4/7 (PostHog's example)", "model time_decay published", "decay_1d", posthog, [2**29, 2**30, 2**31])
ages = [30 * DAY, 24 * DAY, 18 * DAY, 12 * DAY, 6 * DAY, 0]
case("decay-fractions", "ages that are no whole half-lives", "model time_decay", "decay_7d", [touch(names[k], a) for k, a in enumerate(ages)], decay(ages, 7 * DAY))
case("decay-ms", "half-life of a day, ages of 1 ms and of a third of a day", "model time_decay", "decay_1d", [touch("anna", 28_800_000), touch("bob", 1)], decay([28_800_000, 1], DAY))
case("decay-floor", "with a half-life of a day, 29 and 30 days keep their few units", "model time_decay boundary", "decay_1d", [touch("anna", 30 * DAY), touch("bob", 29 * DAY)], [4, 8])
case("position-zero-middle", "30/0/70: who gets nothing is superseded by the heaviest", "model position_based", "position_30_0_70",
     [touch("anna", 3 * DAY), touch("bob", 2 * DAY), touch("carl", DAY)], [30, ("superseded", 2), 70])
case("permuted", "given in another order, the same touch wins", "model permutation", "last", [touch("carl", DAY), touch("anna", 3 * DAY), touch("bob", 2 * DAY)], [1, ("superseded", 0), ("superseded", 0)])
case("permuted-linear", "credits come oldest first, whatever the order given", "model permutation", "linear", [touch("carl", DAY), touch("anna", 3 * DAY), touch("bob", 2 * DAY)], [1, 1, 1])
case("same-time", "at the same time the later affiliate in the alphabet is last", "model tie", "last", [touch("bob", DAY), touch("anna", DAY)], [1, ("superseded", 0)])
case("same-time-first", "and the earlier one first", "model tie", "first", [touch("bob", DAY), touch("anna", DAY)], [("superseded", 1), 1])
case("same-affiliate", "one affiliate twice: the later click is credited", "model tie", "last", [touch("anna", 2 * DAY), touch("anna", DAY)], [("superseded", 1), 1])

# Windows, inclusive at both ends.
case("window-inside", "as old as the window is inside", "window boundary", "last", [touch("anna", WINDOW)], [1])
case("window-outside", "one millisecond older is outside", "window boundary", "last", [touch("anna", WINDOW + 1)], ["outside_window"])
case("window-now", "at the order's own millisecond is inside", "window boundary", "last", [touch("anna", 0)], [1])
case("window-after", "one millisecond after the order is not", "window boundary after_order", "last", [touch("anna", -1)], ["after_order"])
case("window-own", "a kind of evidence with its own window: 7 days for cookies", "window boundary", "windows", [touch("anna", 7 * DAY + 1), touch("bob", 30 * DAY, "parameter")], ["outside_window", 1])
case("window-own-inside", "exactly 7 days", "window boundary", "windows", [touch("anna", 7 * DAY)], [1])
case("window-unlimited", "manual evidence without a limit", "window", "windows", [touch("anna", 4000 * DAY, "manual")], [1])
case("window-zero", "a window of 0 admits the order's own millisecond only", "window boundary", "windows", [touch("anna", 1, "impression"), touch("bob", 0, "impression")], ["outside_window", 1])
case("window-extremes", "the years 1 and 9999", "window A19", "last", [touch("anna", AT + 62_135_596_800_000), touch("bob", AT - 253_402_300_799_999)], ["outside_window", "after_order"])

# Who may earn at all.
case("unknown", "no such affiliate", "unknown_affiliate", "last", [touch("eve", DAY)], ["unknown_affiliate"])
case("unknown-case", "ids are compared exactly", "unknown_affiliate case", "last", [touch("Anna", DAY)], ["unknown_affiliate"])
case("unknown-odd", "what is no id is nobody", "unknown_affiliate", "last", [touch("", DAY), touch("an na\u0000", DAY), touch("x" * 300, DAY), touch("аnna", DAY)], ["unknown_affiliate"] * 4)
case("partner-late", "approved one millisecond after the order", "no_partnership boundary", "partnerships", [touch("late", DAY)], ["no_partnership"])
case("partner-just", "approved with the order's own millisecond", "no_partnership boundary", "partnerships", [touch("just", DAY)], [1])
for name in ("asked", "denied", "ended"):
    case(f"partner-{name}", f"a partnership that is {name}", "no_partnership", "partnerships", [touch(name, 5 * DAY)], ["no_partnership"])
case("suspended", "suspended before the order, though the touch came before that", "suspended", "partnerships", [touch("paused", 5 * DAY)], ["suspended"])
case("suspended-later", "the last eligible touch wins when a later one is suspended (Gumroad's rule)", "suspended published", "partnerships", [touch("anna", 2 * DAY), touch("paused", DAY)], [1, "suspended"])
case("suspended-over", "a suspension that is over", "suspended", "partnerships", [touch("back", DAY)], [1])
case("partner-product", "approved for another product only", "no_partnership product", "partnerships", [touch("workbook-only", DAY)], ["no_partnership"])
case("partner-product-own", "approved for a product of the order", "no_partnership product", "partnerships", [touch("workbook-only", DAY)], [1], order("masterclass", "workbook"))
case("partner-product-denied", "denied for the one product, approved for all others", "no_partnership product", "partnerships", [touch("not-workbook", DAY)], ["no_partnership"], order("workbook"))
case("suspended-for-all", "a general suspension counts for every product", "suspended product", "partnerships", [touch("paused-for-all", DAY)], ["suspended"])
case("asked-for-all", "a product's approval counts while the general request is open", "no_partnership product", "partnerships", [touch("asked-for-all", DAY)], [1])
case("suspended-for-one", "suspended for this product", "suspended product", "partnerships", [touch("paused-for-one", DAY)], ["suspended"])
case("self", "the buyer's identity is the affiliate's", "self_referral", "partnerships", [touch("buyer", DAY), touch("anna", 2 * DAY)], ["self_referral", 1], order(identities=["id-hash-9", "id-hash-2"]))
case("self-not", "other identities", "self_referral", "partnerships", [touch("buyer", DAY)], [1], order(identities=["id-hash-3"]))

# Single reasons.
case("not-navigated", "a prefetch is no visit", "not_navigated", "last", [touch("anna", DAY, navigated=False)], ["not_navigated"])
for consent in ("denied", "gpc"):
    case(f"consent-{consent}", f"consent {consent}", "no_consent", "last", [touch("anna", DAY, consent=consent)], ["no_consent"])
case("consent-unknown", "unknown consent counts unless the program wants it granted", "no_consent", "last", [touch("anna", DAY)], [1])
case("consent-required", "a program that wants it granted", "no_consent", "granted", [touch("anna", DAY), touch("bob", 2 * DAY, consent="granted")], ["no_consent", 1])
case("unsigned", "the policy wants signed cookies", "unsigned", "signed", [touch("anna", DAY), touch("bob", 2 * DAY, signed=True)], ["unsigned", 1])
case("unsigned-other", "but says nothing of clicks", "unsigned", "signed", [touch("anna", DAY, "click")], [1])
case("other-product", "a link to a product that was not bought", "other_product", "last", [touch("anna", DAY, product="workbook"), touch("bob", 2 * DAY, product="masterclass")], ["other_product", 1])
case("other-product-allowed", "unless the program credits across products", "other_product", "cross", [touch("anna", DAY, product="workbook")], [1])
case("coupon-used", "the coupon was used, in other case", "coupon_not_used", "last", [touch("anna", DAY, "coupon", coupon="ANNA10"), touch("bob", HOUR, "token")], [1, ("outranked", 0)], order(coupons=["anna10"]))
case("coupon-not-used", "it was not", "coupon_not_used", "last", [touch("anna", DAY, "coupon", coupon="ANNA10"), touch("bob", 2 * DAY, "token")], ["coupon_not_used", 1], order(coupons=["BOB5"]))
case("coupon-nameless", "evidence coupon without a coupon", "coupon_not_used", "last", [touch("anna", DAY, "coupon")], ["coupon_not_used"], order(coupons=["ANNA10"]))
case("duplicate", "the same click as token and cookie counts once, as token", "duplicate", "last", [touch("anna", DAY, click_id="c1"), touch("anna", DAY, "token", click_id="c1")], [("duplicate", 1), 1])
case("duplicate-earlier", "of two equally strong records of a click the earlier stays", "duplicate", "last", [touch("anna", DAY, click_id="c1"), touch("anna", 2 * DAY, click_id="c1")], [("duplicate", 1), 1])
case("duplicate-one-tier", "where all kinds share a tier, the stronger kind still stays", "duplicate", "linear", [touch("anna", DAY, click_id="c1"), touch("anna", DAY, "token", click_id="c1")], [("duplicate", 1), 1])
case("duplicate-ineligible", "a stronger record that is not eligible makes no duplicate", "duplicate", "last", [touch("anna", DAY, click_id="c1"), touch("anna", 31 * DAY, "token", click_id="c1")], [1, "outside_window"])
case("duplicate-affiliates", "one click id under two affiliates: the stronger evidence", "duplicate", "last", [touch("bob", HOUR, click_id="c1"), touch("anna", DAY, "token", click_id="c1")], [("duplicate", 1), 1])
cart = order(cart_at=AT - HOUR)
case("after-cart", "a touch after the cart was started, another before", "after_cart", "last", [touch("anna", DAY), touch("bob", MINUTE)], [1, ("after_cart", 0)], cart)
case("after-cart-alone", "without another before it counts", "after_cart", "last", [touch("bob", MINUTE)], [1], cart)
case("after-cart-boundary", "at the cart's own millisecond is before", "after_cart boundary", "last", [touch("anna", HOUR), touch("bob", HOUR - 1)], [1, ("after_cart", 0)], cart)
case("after-cart-ineligible", "the other one must be eligible itself", "after_cart", "last", [touch("eve", DAY), touch("bob", MINUTE)], ["unknown_affiliate", 1], cart)
case("after-cart-kinds", "the program may watch some kinds of evidence only", "after_cart", "carts", [touch("anna", DAY), touch("bob", MINUTE, "parameter")], [("outranked", 1), 1], cart)
case("after-cart-coupon", "a coupon is typed at the checkout; that is no offence", "after_cart", "last", [touch("anna", DAY), touch("bob", MINUTE, "coupon", coupon="BOB5")], [("outranked", 1), 1], order(cart_at=AT - HOUR, coupons=["BOB5"]))
case("stand-down", "an extension within 30 minutes of another affiliate's touch", "stand_down", "stand_down", [touch("anna", HOUR), touch("ext", 40 * MINUTE)], [1, ("stand_down", 0)])
case("stand-down-boundary", "exactly 30 minutes after", "stand_down boundary", "stand_down", [touch("anna", HOUR), touch("ext", 30 * MINUTE)], [1, ("stand_down", 0)])
case("stand-down-later", "one millisecond later it need not", "stand_down boundary", "stand_down", [touch("anna", HOUR), touch("ext", 30 * MINUTE - 1)], [("superseded", 1), 1])
case("stand-down-alone", "an extension alone earns", "stand_down", "stand_down", [touch("ext", MINUTE)], [1])
case("stand-down-each-other", "extensions do not stand down for each other", "stand_down", "stand_down", [touch("ext", 2 * MINUTE), touch("ext2", MINUTE)], [("superseded", 1), 1])
case("stand-down-before", "a touch that comes later does not count against it", "stand_down", "stand_down", [touch("ext", 2 * MINUTE), touch("anna", MINUTE)], [("superseded", 1), 1])

# Precedence.
case("story", "token before cookie; the third is outside the window", "precedence story", "last", [touch("anna", 2 * DAY + 9 * HOUR, "token", signed=True), touch("bob", 11 * DAY), touch("carl", 41 * DAY)], [1, ("outranked", 0), "outside_window"],
     explain="""order A-1 of 2026-03-03T18:00:00Z: anna 100 %
1. anna by token, 2 days 9 hours before the order: credited with 100 %
2. bob by cookie, 11 days before the order: outranked by touch 1 (anna by token)
3. carl by cookie, 41 days before the order: not counted, outside the window of 30 days
evidence disagrees: token names anna, cookie names bob
""", explain_de="""Bestellung A-1 vom 2026-03-03T18:00:00Z: anna 100 %
1. anna durch Token, 2 Tage 9 Stunden vor der Bestellung: gutgeschrieben mit 100 %
2. bob durch Cookie, 11 Tage vor der Bestellung: nachrangig gegenüber Kontakt 1 (anna durch Token)
3. carl durch Cookie, 41 Tage vor der Bestellung: nicht gezählt, außerhalb der Frist (30 Tage)
widersprüchliche Belege: Token nennt anna, Cookie nennt bob
""")
kinds = ["coupon", "token", "parameter", "cookie", "identity", "claim", "click", "impression"]
ladder = [touch("anna", (9 - n) * HOUR, kind) for n, kind in enumerate(kinds)]
case("precedence-all", "manual outranks everything, however late the rest", "precedence", "last", [touch("bob", 20 * DAY, "manual"), *ladder[1:]], [1] + [("outranked", 0)] * 7)
case("precedence-next", "and so on down to impressions", "precedence", "last", ladder[1:], [1] + [("outranked", 0)] * 6)
case("precedence-tied", "kinds that share a tier are compared by time", "precedence", "tied", [touch("anna", DAY, "parameter"), touch("bob", HOUR, "cookie"), touch("carl", MINUTE, "click")], [("superseded", 1), 1, ("outranked", 1)])
case("precedence-none", "no precedence: all kinds share the credit", "precedence linear", "linear", [touch("anna", DAY, "impression"), touch("bob", HOUR, "token")], [1, 1])
case("precedence-ineligible", "a stronger kind that is not eligible outranks nobody", "precedence", "last", [touch("eve", HOUR, "token"), touch("bob", DAY)], ["unknown_affiliate", 1])
case("fold", "with folded case ANNA is anna", "case", "fold", [{**touch("anna", DAY)}], [1])
case("order-of-checks", "the first failing check is the reason", "checks", "granted",
     [touch("eve", 40 * DAY, navigated=False), touch("eve", 40 * DAY), touch("eve", 40 * DAY, consent="granted"), touch("eve", DAY, consent="granted")],
     ["not_navigated", "no_consent", "outside_window", "unknown_affiliate"])

# Checks that programs may ask for.
case("impossible-time", "two seconds are the shortest that this program believes", "impossible_time boundary", "shortest",
     [touch("anna", 1999, "parameter"), touch("bob", 2000, "parameter")], ["impossible_time", 1])
case("impossible-time-kinds", "for the kinds it names only", "impossible_time", "shortest", [touch("anna", 0), touch("bob", 0, "click")], [1, "impossible_time"])
case("coupon-audience", "a coupon alone, where the policy wants another sign of its owner", "coupon_audience", "coupon_audience",
     [touch("anna", 0, "coupon", coupon="ANNA10"), touch("bob", DAY)], ["coupon_audience", 1], order(coupons=["ANNA10"]))
case("coupon-audience-met", "the buyer met its owner before, by whatever evidence", "coupon_audience", "coupon_audience",
     [touch("anna", 0, "coupon", coupon="ANNA10"), touch("bob", DAY), touch("anna", 2 * DAY, "impression")], [1, ("outranked", 0), ("outranked", 0)], order(coupons=["ANNA10"]))
case("coupon-audience-ineligible", "a touch that does not count is no sign", "coupon_audience", "coupon_audience",
     [touch("anna", 0, "coupon", coupon="ANNA10"), touch("anna", 31 * DAY)], ["coupon_audience", "outside_window"], order(coupons=["ANNA10"]))

# Flags: odd, but nothing changes.
flag = lambda code, *touches: {"code": code, "touches": list(touches)}
case("flag-shared-click", "one click id under two affiliates", "flags", "last", [touch("bob", HOUR, click_id="c1"), touch("anna", DAY, "token", click_id="c1")],
     [("duplicate", 1), 1], flags=[flag("shared_click", 0, 1)])
case("flag-shared-click-same", "one click of one affiliate, recorded twice, is nothing odd", "flags", "last", [touch("anna", DAY, click_id="c1"), touch("anna", DAY, "token", click_id="c1")],
     [("duplicate", 1), 1], flags=[])
case("flag-shared-click-refused", "refused touches show it too", "flags", "last", [touch("eve", HOUR, click_id="c1"), touch("anna", DAY, click_id="c1")],
     ["unknown_affiliate", 1], flags=[flag("shared_click", 0, 1)])
case("flag-token", "a signed token and a plain id of somebody else in the same moment", "flags", "last", [touch("bob", DAY, "parameter"), touch("anna", DAY, "token", signed=True)],
     [("outranked", 1), 1], flags=[flag("contradicted_token", 0, 1)])
case("flag-token-agrees", "a plain id that says the same", "flags", "last", [touch("anna", DAY, "parameter"), touch("anna", DAY, "token", signed=True)],
     [("outranked", 1), 1], flags=[])
case("flag-same-moment", "three cookies of one millisecond", "flags", "last", [touch("bob", DAY), touch("anna", DAY), touch("carl", DAY)],
     [("superseded", 2), ("superseded", 2), 1], flags=[flag("same_moment", 0, 1, 2)])
case("flag-same-moment-kinds", "coupons and impressions may well come together", "flags", "last",
     [touch("anna", 0, "coupon", coupon="A"), touch("bob", 0, "coupon", coupon="B"), touch("anna", DAY, "impression"), touch("bob", DAY, "impression")],
     [("superseded", 1), 1, ("outranked", 1), ("outranked", 1)], order(coupons=["A", "B"]), flags=[])
case("flag-coupon-alone", "a coupon against all other evidence", "flags", "last", [touch("anna", 0, "coupon", coupon="ANNA10"), touch("bob", DAY, "token", signed=True)],
     [1, ("outranked", 0)], order(coupons=["ANNA10"]), flags=[flag("coupon_alone", 0)])
case("flag-coupon-only", "a coupon where nothing else is known", "flags", "last", [touch("anna", 0, "coupon", coupon="ANNA10"), touch("bob", 31 * DAY, "token")],
     [1, "outside_window"], order(coupons=["ANNA10"]), flags=[])
case("flag-accounts", "three accounts are no flag, four are", "flags boundary", "last", [touch("anna", DAY)], [1], order(accounts=4), flags=[flag("many_accounts")])
case("flag-accounts-default", "three", "flags boundary", "last", [touch("anna", DAY)], [1], order(accounts=3), flags=[])
case("flag-accounts-own", "a program that expects one", "flags boundary", "accounts", [touch("anna", DAY)], [1], order(accounts=2), flags=[flag("many_accounts")])
case("flag-clock", "five minutes after the order a clock may be wrong", "flags boundary after_order", "last", [touch("anna", -5 * MINUTE), touch("bob", -5 * MINUTE - 1)],
     ["after_order"] * 2, flags=[flag("clock_skew", 0)])
case("flag-several", "several flags, by code and then by place", "flags", "last",
     [touch("anna", DAY, click_id="c2"), touch("bob", DAY, click_id="c2"), touch("carl", HOUR, click_id="c1"), touch("dora", HOUR, click_id="c1")],
     [("superseded", 2), ("duplicate", 0), 1, ("duplicate", 2)],
     flags=[flag("shared_click", 2, 3), flag("shared_click", 0, 1), flag("same_moment", 0, 1), flag("same_moment", 2, 3)])

# Conflicts: who said what.
said = lambda evidence, affiliate, touch, credited: {"evidence": evidence, "affiliate": affiliate, "touch": touch, "credited": credited}
case("conflict-story", "the token from the phone overrides the cookie of this browser", "conflicts story", "last",
     [touch("bob", HOUR), touch("anna", 2 * DAY, "token", signed=True), touch("carl", 41 * DAY)], [("outranked", 1), 1, "outside_window"],
     conflicts=[said("token", "anna", 1, True), said("cookie", "bob", 0, False)])
case("conflict-none", "all kinds name the same affiliate", "conflicts", "last", [touch("anna", HOUR), touch("anna", 2 * DAY, "token")], [("outranked", 1), 1], conflicts=[])
case("conflict-one-kind", "one kind cannot contradict itself: its latest touch speaks", "conflicts", "last", [touch("anna", HOUR), touch("bob", 2 * DAY)], [1, ("superseded", 0)], conflicts=[])
case("conflict-latest", "of each kind the latest eligible touch speaks", "conflicts", "last",
     [touch("bob", 3 * HOUR), touch("anna", 2 * HOUR), touch("eve", HOUR), touch("carl", 2 * DAY, "parameter")], [("outranked", 3), ("outranked", 3), "unknown_affiliate", 1],
     conflicts=[said("parameter", "carl", 3, True), said("cookie", "anna", 1, False)])
for swapped in (0, 1):
    pair = [touch("bob", DAY), touch("anna", DAY)]
    case(f"conflict-tie-{swapped}", "of one moment the later affiliate in the alphabet speaks, whatever the order given", "conflicts tie", "last",
         [*(pair[::-1] if swapped else pair), touch("carl", 2 * DAY, "token")], [("outranked", 2)] * 2 + [1],
         conflicts=[said("token", "carl", 2, True), said("cookie", "bob", swapped, False)])
case("conflict-credited", "with one tier for all, several are credited", "conflicts linear", "linear", [touch("anna", DAY, "impression"), touch("bob", HOUR, "token")], [1, 1],
     conflicts=[said("token", "bob", 1, True), said("impression", "anna", 0, True)])
case("conflict-four", "link, cookie, profile and coupon, each for somebody else", "conflicts", "last",
     [touch("anna", HOUR, "parameter"), touch("bob", 2 * DAY), touch("carl", 3 * DAY, "identity"), touch("dora", 0, "coupon", coupon="DORA")],
     [("outranked", 3), ("outranked", 3), ("outranked", 3), 1], order(coupons=["DORA"]),
     conflicts=[said("coupon", "dora", 3, True), said("parameter", "anna", 0, False), said("cookie", "bob", 1, False), said("identity", "carl", 2, False)])

# 2^32 × 2^(−age / half-life) lies within 2^−24 of a half here, where eight bits of the exponent at a time cannot tell.
for age in (22_952_699, 36_064_916, 60_962_040, 93_184_723, 120_034_640):
    case(f"decay-close-{age}", "as close to half a unit as whole milliseconds come", "model time_decay boundary", "decay_7d", [touch("anna", age), touch("bob", 0)], decay([age, 0], 7 * DAY))

# Published cases.
posthog = [touch("dora", 5 * DAY), touch("anna", 3 * DAY), touch("bob", 2 * DAY), touch("carl", DAY)]
case("posthog-decay", "window 4 days, half-life 1 day: 1/7, 2/7, 4/7; what is outside is excluded before the weighting (PostHog)", "published time_decay", "four_days",
     posthog, ["outside_window", 2**29, 2**30, 2**31])
case("posthog-position", "the same: .4, .2, .4 (PostHog)", "published position_based", "four_days_position", posthog, ["outside_window", 40, 20, 40])
excluded = [touch("anna", 3 * DAY), touch("eve", 2 * DAY), touch("carl", DAY)]
case("posthog-excluded", "what is excluded leaves the others as if it never was: .5, .5 (PostHog)", "published position_based", "four_days_position", excluded, [40, "unknown_affiliate", 40])
case("half-life-series", "30, 24, 18, 12, 6, 0 days with a half-life of 7 days (the series of 200.00: 4.73, 8.56, 15.51, 28.10, 50.90, 92.20; money.json has the amounts)",
     "published time_decay", "decay_7d", [touch("anna", days * DAY) for days in (30, 24, 18, 12, 6, 0)], decay([days * DAY for days in (30, 24, 18, 12, 6, 0)], 7 * DAY))
for window, late in (("inside", 86_402_000), ("outside", 86_403_000)):
    case(f"window-day-{window}", f"with a window of one day, a touch at second 2 counts at second 86,402 and not at 86,403 (Snowplow)", "published window boundary", "day",
         [touch("anna", late - 2000)], [1 if window == "inside" else "outside_window"])
case("two-one-one", "credit 2:1:1, newest first (money.json splits 8 into 4, 2, 2)", "published time_decay", "decay_1d",
     [touch("anna", DAY), touch("bob", DAY), touch("carl", 0)], [2**31, 2**31, 2**32])
case("pap-position", "25 % to the first, 50 % to the last, the rest to all five alike: 30, 5, 5, 5, 55 % (Post Affiliate Pro)", "published position_based", "pap",
     [touch(f"a{n}", (6 - n) * DAY) for n in range(1, 6)], [150, 25, 25, 25, 275])
case("pap-two", "of two, each has half of the rest", "position_based", "pap", [touch("a1", 2 * DAY), touch("a2", DAY)], [75, 125])
case("pap-one", "one takes all", "position_based", "pap", [touch("a1", DAY)], [1])
write("decision.json", "Who is credited, and what became of every touch.", cases, programs=PROGRAMS)
