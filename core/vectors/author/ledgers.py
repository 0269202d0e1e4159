"""Vectors of the ledger: what becomes of events, and what it then answers."""
from common import DAY, affiliate, product, program, rule, state, write
from settling import AT, COPECART, HALF, entry, euro, event, paid, refunded as refund, sale

ANNA = affiliate("anna")
HELD = affiliate("held", state("approved"), state("suspended", "2026-03-10T00:00:00Z"))


def simple(**settlement):
    return program([ANNA, HELD], [product("p")], commission=[rule("half", {"percent": "50"})], settlement=settlement)


PROGRAMS = {
    "plain": simple(),
    "copecart": simple(preset="copecart"),
    "thirds": simple(release=[{"percent": "33.333333", "after": "1d"}, {"percent": "33.333333", "after": "2d"}, {"percent": "33.333334", "after": "3d"}]),
    "manual": simple(approval="manual"),
    "careful": simple(payout={"days": [], "business_days": False, "minimum": ["50.00 EUR"], "verified": True}),
}
cases = []


RECORDED, REPLAY, WAITING = ({"outcome": outcome, "problems": []} for outcome in ("recorded", "replay", "waiting"))


def error(code):
    return {"error": code}


def balance(days, expect, recipient="anna", ms=0):
    """expect: (earned, adjusted, pending, available, paid out), or None."""
    keys = ("earned", "adjusted", "pending", "available", "paid_out")
    return {"ask": "balance", "recipient": recipient, "at": int(AT + days * DAY + ms)}, [] if expect is None else [{"currency": "EUR", **dict(zip(keys, expect))}]


def payout(days, payouts=(), withheld=()):
    at = int(AT + days * DAY)
    return {"ask": "payout", "at": at}, {"payouts": [{"recipient": r, "minor": m} for r, m in payouts], "withheld": [{"recipient": r, "minor": m, "why": w} for r, m, w in withheld]}


def orders(days, *rows):
    """(order, payment, state, *(role, recipient, minor, state))"""
    share = lambda s: dict(zip(("role", "recipient", "minor", "state"), s))
    return {"ask": "orders", "at": int(AT + days * DAY)}, [{"order": o, "payment": p, "state": state, "shares": [share(s) for s in shares]} for o, p, state, *shares in rows]


def entries(*rows, since=None):
    """(event, kind, role, recipient, minor)"""
    return {"ask": "entries", "since": since}, [dict(zip(("event", "kind", "role", "recipient", "minor"), row)) for row in rows]


def statement(start, end, opening, closing, *events, recipient="anna"):
    return ({"ask": "statement", "recipient": recipient, "start": int(AT + start * DAY), "end": int(AT + end * DAY)},
            [{"opening": opening, "closing": closing, "events": list(events)}])


def problems(*rows):
    return {"ask": "problems"}, [{"event": event, "code": code} for event, code in rows]


def next_payout(at, expect):
    return {"ask": "next_payout", "at": at}, expect


def case(id, about, flags, rules, events, *asks):
    """events: an event, or (event, what becomes of it); the first form is recorded."""
    steps = [each if isinstance(each, tuple) else (each, RECORDED) for each in events]
    cases.append({"id": id, "about": about, "flags": flags.split(), "program": rules, "events": [e for e, _ in steps], "asks": [a for a, _ in asks],
                  "expect": {"receipts": [r for _, r in steps], "answers": [x for _, x in asks]}})


def trouble(*codes, outcome="recorded"):
    return {"outcome": outcome, "problems": list(codes)}


case("payment", "a paid order is earned, and released at once where the program holds nothing", "payment", "plain", [paid()],
     balance(0, (5_000, 0, 0, 5_000, 0)), balance(0, None, ms=-1), balance(0, None, recipient="nobody"), payout(0, [("anna", 5_000)]),
     orders(0, ("A-1", 1, "completed", ("affiliate", "anna", 5_000, "approved"))),
     entries(("pay", "payment", "affiliate", "anna", 5_000), ("pay", "payment", "vendor", "vendor", 5_000)))
case("release", "80 % after 14 days and 20 % after 40 (help.copecart.com): 470.34 is 376.27 and 94.07", "published release boundary", "copecart", [paid(*COPECART)],
     balance(14, (47_034, 0, 47_034, 0, 0), ms=-1), balance(14, (47_034, 0, 9_407, 37_627, 0)), balance(40, (47_034, 0, 9_407, 37_627, 0), ms=-1), balance(40, (47_034, 0, 0, 47_034, 0)))
case("release-thirds", "parts of a release sum to the whole: 0.10 in thirds", "release rounding", "thirds", [paid(entry("affiliate", "anna", 10, "half"))],
     balance(1, (10, 0, 7, 3, 0)), balance(2, (10, 0, 4, 6, 0)), balance(3, (10, 0, 0, 10, 0)))
case("refund", "a refund takes back its part", "refund", "plain", [paid(), refund(4_001)],
     balance(0, (5_000, 0, 0, 5_000, 0)), balance(1, (2_999, 0, 0, 2_999, 0)),
     entries(("pay", "payment", "affiliate", "anna", 5_000), ("pay", "payment", "vendor", "vendor", 5_000), ("ref", "refund", "affiliate", "anna", -2_001), ("ref", "refund", "vendor", "vendor", -2_000)))
case("refund-release", "on hold, a refund lowers what will be released", "refund release", "copecart", [paid(*COPECART), refund(119_000)],
     balance(14, (0, 0, 0, 0, 0)), orders(40, ("A-1", 1, "refunded", ("affiliate", "anna", 0, "reversed"))))
case("refund-first", "a refund before its payment waits for it", "refund order", "plain", [(refund(4_001, days=1), WAITING), paid()], balance(1, (2_999, 0, 0, 2_999, 0)), problems())
case("refund-alone", "and is told as long as it waits", "refund order", "plain", [(refund(1), WAITING)], problems(("ref", "event_waits")), balance(9, None))
case("refund-early", "a refund with a time before the payment counts from the payment on", "refund clock", "plain", [paid(), refund(10_000, days=-1)],
     balance(-1, None), balance(0, (0, 0, 0, 0, 0)), problems())
case("refund-over", "a refund of more than was paid takes what is left, and is told", "refund problem", "plain", [paid(), (refund(10_001), trouble("refund_over_paid"))],
     balance(1, (0, 0, 0, 0, 0)), problems(("ref", "refund_over_paid")))
case("refund-line", "a refund of a line that was not sold", "refund problem", "plain", [paid(), (refund(1, line="9"), trouble("line_unknown"))], balance(1, (5_000, 0, 0, 5_000, 0)))
case("refund-currency", "a refund in another currency", "refund problem currency", "plain", [paid(), (refund(1, currency="USD"), trouble("currency_mismatch"))], balance(1, (5_000, 0, 0, 5_000, 0)))
case("refund-payout", "a refund after the payout is a debt, set off against the next sale", "refund payout", "plain",
     [paid(), event("out", "payout_created", 1, recipient="anna", amount=euro(5_000)), refund(10_000, days=2), paid(order="A-2", id="pay2", days=3)],
     balance(1, (5_000, 0, 0, 0, 5_000)), balance(2, (0, 0, 0, -5_000, 5_000)), payout(2, [], [("anna", -5_000, "negative")]), payout(3), balance(3, (5_000, 0, 0, 0, 5_000)))
case("replay", "the same event again changes nothing", "replay", "plain", [paid(), (paid(), REPLAY), refund(1), (refund(1), REPLAY)], balance(1, (5_000 - 1, 0, 0, 5_000 - 1, 0)))
case("conflict", "the same id with other content", "replay bad", "plain", [paid(), refund(1), (refund(2), error("event_conflict"))], balance(1, (4_999, 0, 0, 4_999, 0)))
case("conflict-payment", "two events of one payment", "replay bad", "plain", [paid(), (paid(id="pay2"), error("event_conflict"))], balance(1, (5_000, 0, 0, 5_000, 0)))
case("chargeback", "a chargeback takes all back that is left; who wins gets it again", "dispute", "plain",
     [paid(), refund(4_000), event("cb", "chargeback", 2, order="A-1"), event("won", "chargeback_won", 3, order="A-1", of="cb")],
     balance(1, (3_000, 0, 0, 3_000, 0)), balance(2, (0, 0, 0, 0, 0)), balance(3, (3_000, 0, 0, 3_000, 0)), orders(2, ("A-1", 1, "refunded", ("affiliate", "anna", 0, "reversed"))),
     orders(3, ("A-1", 1, "completed", ("affiliate", "anna", 3_000, "approved"))))
case("won-first", "a dispute that was won before the chargeback is known", "dispute order", "plain",
     [paid(), (event("won", "chargeback_won", 3, order="A-1", of="cb"), trouble("refund_unknown", outcome="waiting")), event("cb", "chargeback", 2, order="A-1")],
     balance(2, (0, 0, 0, 0, 0)), balance(3, (5_000, 0, 0, 5_000, 0)), problems())
case("won-refund", "what was won can be refunded again, up to what was paid", "dispute", "plain",
     [paid(), event("cb", "chargeback", 2, order="A-1"), event("won", "chargeback_won", 3, order="A-1", of="cb"), event("ref", "refund", 4, order="A-1", amount=euro(4_000)),
      event("rest", "refund", 5, order="A-1", amount=euro(6_000))], balance(3, (5_000, 0, 0, 5_000, 0)), balance(4, (3_000, 0, 0, 3_000, 0)), balance(5, (0, 0, 0, 0, 0)), problems())
case("won-twice", "it is won once", "dispute problem", "plain",
     [paid(), event("cb", "chargeback", 2, order="A-1"), event("won", "chargeback_won", 3, order="A-1", of="cb"),
      (event("won2", "chargeback_won", 4, order="A-1", of="cb"), trouble("commission_invalid"))], balance(4, (5_000, 0, 0, 5_000, 0)))
case("recurring", "two payments of one order, and a refund of the second", "payment recurring", "plain",
     [paid(), paid(id="pay2", payment=2, days=1), event("ref", "refund", 2, order="A-1", payment=2, amount=euro(10_000))], balance(1, (10_000, 0, 0, 10_000, 0)), balance(2, (5_000, 0, 0, 5_000, 0)),
     orders(2, ("A-1", 1, "completed", ("affiliate", "anna", 5_000, "approved")), ("A-1", 2, "refunded", ("affiliate", "anna", 0, "reversed"))))
case("order", "an order that is not paid is owed nothing", "order", "plain", [event("cart", "order", commission=sale(*HALF))], balance(1, None), orders(0, ("A-1", 1, "pending")), entries())
case("abandoned", "one that was left", "order", "plain", [event("cart", "order", commission=sale(*HALF)), event("left", "abandoned", 1, order="A-1")],
     orders(0, ("A-1", 1, "pending")), orders(1, ("A-1", 1, "abandoned")))
case("abandoned-paid", "and was paid after all", "order", "plain", [event("cart", "order", commission=sale(*HALF)), event("left", "abandoned", 1, order="A-1"), paid(days=2)],
     orders(1, ("A-1", 1, "abandoned")), orders(2, ("A-1", 1, "completed", ("affiliate", "anna", 5_000, "approved"))))
case("order-late", "the order's event comes after the payment's", "order", "plain", [paid(), event("cart", "order", -1, commission=sale(entry("vendor", "vendor", 1)))], balance(0, (5_000, 0, 0, 5_000, 0)))
case("paid-out", "a commission is paid when a payout followed its last release", "payout", "copecart",
     [paid(*COPECART), event("out", "payout_created", 20, recipient="anna", amount=euro(37_627)), event("out2", "payout_created", 41, recipient="anna", amount=euro(9_407)), event("in", "payout_paid", 42, of="out2")],
     orders(20, ("A-1", 1, "completed", ("affiliate", "anna", 47_034, "pending"))), orders(40, ("A-1", 1, "completed", ("affiliate", "anna", 47_034, "approved"))),
     orders(41, ("A-1", 1, "paid", ("affiliate", "anna", 47_034, "paid"))), balance(42, (47_034, 0, 0, 0, 47_034)))
case("payout-failed", "a payout that came back is due again", "payout", "plain",
     [paid(), event("out", "payout_created", 1, recipient="anna", amount=euro(5_000)), event("back", "payout_failed", 2, of="out"), event("back2", "payout_failed", 3, of="out")],
     payout(1), payout(2, [("anna", 5_000)]), payout(3, [("anna", 5_000)]), orders(2, ("A-1", 1, "completed", ("affiliate", "anna", 5_000, "approved"))),
     entries(("out", "payout_created", None, "anna", -5_000), ("back", "payout_failed", None, "anna", 5_000), since=int(AT + DAY)))
case("payout-first", "word of a payout that is not known yet", "payout order", "plain", [(event("in", "payout_paid", 1, of="out"), WAITING)], problems(("in", "event_waits")))
case("minimum", "below the minimum nothing is paid", "payout", "careful", [event("ok", "account", recipient="anna", verified=True), event("gift", "adjustment", recipient="anna", amount=euro(4_999), note="a prize")],
     payout(0, [], [("anna", 4_999, "below_minimum")]))
case("minimum-reached", "at the minimum it is", "payout boundary", "careful", [event("ok", "account", recipient="anna", verified=True), paid()], payout(0, [("anna", 5_000)]))
case("unverified", "nor to an account that is not verified", "payout", "careful", [paid()], payout(0, [], [("anna", 5_000, "not_verified")]))
case("unverified-again", "or no longer", "payout", "careful", [event("ok", "account", recipient="anna", verified=True), event("no", "account", 1, recipient="anna", verified=False), paid()],
     payout(0, [("anna", 5_000)]), payout(1, [], [("anna", 5_000, "not_verified")]))
case("suspended", "nor to who is suspended in the program", "payout", "plain", [paid(entry("affiliate", "held", 5_000, "half"))],
     payout(0, [("held", 5_000)]), payout(7, [], [("held", 5_000, "suspended")]))
case("suspended-event", "or by an event; the later word counts", "payout", "plain",
     [paid(), event("stop", "partnership", 1, recipient="anna", state="suspended"), event("go", "partnership", 2, recipient="anna", state="approved")],
     payout(0, [("anna", 5_000)]), payout(1, [], [("anna", 5_000, "suspended")]), payout(2, [("anna", 5_000)]))
case("adjustment", "manual transactions, to and fro", "adjustment", "plain",
     [event("gift", "adjustment", recipient="anna", amount=euro(2_500), note="a prize"), event("fine", "adjustment", 1, recipient="anna", amount=euro(-700), note="a fee")],
     balance(1, (0, 1_800, 0, 1_800, 0)), statement(1, 2, 2_500, 1_800, "fine"), entries(("gift", "adjustment", None, "anna", 2_500), ("fine", "adjustment", None, "anna", -700)))
case("statement", "from its first moment on and before its last", "statement boundary", "plain", [paid(), refund(2_000, days=1), event("out", "payout_created", 2, recipient="anna", amount=euro(4_000))],
     statement(0, 1, 0, 5_000, "pay"), statement(1, 2, 5_000, 4_000, "ref"), statement(0, 3, 0, 0, "pay", "ref", "out"))
case("manual", "what the vendor must approve is pending until then", "approval", "manual", [paid(), event("yes", "approval", 2, order="A-1")],
     balance(1, (5_000, 0, 5_000, 0, 0)), balance(2, (5_000, 0, 0, 5_000, 0)), orders(1, ("A-1", 1, "completed", ("affiliate", "anna", 5_000, "pending"))))
case("denial", "what the vendor denies falls to the vendor, and comes back", "approval", "plain", [paid(), event("no", "denial", 1, order="A-1"), refund(2_000, days=2), event("yes", "approval", 3, order="A-1")],
     balance(1, (0, 0, 0, 0, 0)), balance(2, (0, 0, 0, 0, 0)), balance(3, (4_000, 0, 0, 4_000, 0)),
     entries(("pay", "payment", "affiliate", "anna", 5_000), ("pay", "payment", "vendor", "vendor", 5_000), ("no", "denial", "affiliate", "anna", -5_000), ("no", "denial", "vendor", "vendor", 5_000),
             ("ref", "refund", "vendor", "vendor", -1_000), ("ref", "refund", "vendor", "vendor", -1_000), ("yes", "approval", "affiliate", "anna", 4_000), ("yes", "approval", "vendor", "vendor", -4_000)))
case("lead", "a lead, paid by the vendor", "payment", "plain", [event("pay", "payment", commission={**sale(entry("affiliate", "anna", 500, "lead"), entry("vendor", "vendor", -500)), "event": "lead"})],
     balance(0, (500, 0, 0, 500, 0)), balance(0, (-500, 0, 0, -500, 0), recipient="vendor"), payout(0, [("anna", 500)]))
case("future", "what comes later does not count yet", "clock", "plain", [paid(days=10), refund(10_000, days=5)], balance(7, None), balance(10, (0, 0, 0, 0, 0)), orders(9))
case("free", "an order of nothing", "boundary", "plain", [event("pay", "payment", commission=sale())], balance(0, None), orders(0, ("A-1", 1, "completed")), entries())
case("one-event-two-orders", "events of different orders at one time stand by their ids", "order", "plain", [paid(order="A-2", id="b"), paid(order="A-1", id="a")],
     entries(("a", "payment", "affiliate", "anna", 5_000), ("a", "payment", "vendor", "vendor", 5_000), ("b", "payment", "affiliate", "anna", 5_000), ("b", "payment", "vendor", "vendor", 5_000)))
case("next-payout", "the 7th, 14th, 21st and 28th, at a weekend the Monday after (help.copecart.com)", "published payout", "copecart", [],
     next_payout(1_772_560_800_000, 1_773_014_400_000), next_payout(1_773_014_400_000, 1_773_014_400_000), next_payout(1_773_100_800_000, 1_773_619_200_000), next_payout(1_774_828_800_000, 1_774_828_800_000), next_payout(1_774_915_200_000, 1_775_520_000_000))
for id, about, bad, code in [
    ("bad-missing", "a refund of nothing known", event("x", "refund", order="A-1"), "event_invalid"),
    ("bad-extra", "a chargeback with an amount", event("x", "chargeback", order="A-1", amount=euro(1)), "event_invalid"),
    ("bad-id", "no id", event("", "chargeback", order="A-1"), "text_invalid"),
    ("bad-refund", "a refund below zero", refund(-1), "refund_not_positive"),
    ("bad-payout", "a payout of zero", event("x", "payout_created", recipient="anna", amount=euro(0)), "amount_negative"),
    ("bad-payment", "payment number 0", event("x", "chargeback", order="A-1", payment=0), "quantity_invalid"),
    ("bad-recipient", "a recipient whose id is none", event("x", "account", recipient="an na", verified=True), "id_invalid"),
    ("bad-entry", "an entry for such a one", paid(entry("affiliate", "a" * 65, 1)), "id_invalid"),
    ("bad-sum", "a commission whose line is below zero", paid(entry("affiliate", "anna", -1)), "commission_invalid"),
    ("bad-twice", "the same entry twice", paid(*HALF, HALF[0]), "commission_invalid"),
    ("bad-currencies", "two currencies in one commission", paid(HALF[0], entry("vendor", "vendor", 1, currency="USD")), "currency_mismatch"),
    ("bad-large", "more than all amounts may be together", event("x", "adjustment", recipient="anna", amount=euro(2**53 - 1 - 9_999), note=""), "money_out_of_range"),
]:
    case(id, about, "bad", "plain", [paid(id="before", order="B-1"), (bad, error(code))], balance(0, (5_000, 0, 0, 5_000, 0)))

write("ledger.json", "What becomes of events, and what a ledger then answers.", cases, programs=PROGRAMS)
