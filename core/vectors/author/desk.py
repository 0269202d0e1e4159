"""Vectors of the vendor's desk: steps of partnerships, the leaderboard, profiles, and why somebody was not paid."""
from common import DAY, HOUR, affiliate, partner, product, program, rule, state, write
from settling import AT, COPECART, HALF, entry, euro, event, line, order, paid, refunded, sale

JAN, MARCH = 1_767_225_600_000, 1_772_323_200_000  # 2026-01-01T00:00:00Z, 2026-03-01T00:00:00Z
ANNA, BOB, CARL = affiliate("anna"), affiliate("bob"), affiliate("carl")
WAITING = affiliate("waiting", state("requested"))
GONE = affiliate("gone", state("approved"), state("ended", "2026-02-01T00:00:00Z"))
PAUSED = affiliate("paused", state("approved"), state("suspended", "2026-03-01T00:00:00Z"))
HALVES = [rule("half", {"percent": "50"}, product=["p", "q"])]


def shop(affiliates=(ANNA, BOB, CARL), **more):
    products = [product("p"), product("q", partner("jv", "10")), product("free")]
    return program(list(affiliates), products, commission=HALVES, **more)


CROWD = [ANNA, BOB, WAITING, GONE, PAUSED, affiliate("anna.m"), affiliate("mammut"), affiliate("lill1"), affiliate("lilll"), affiliate("x"), affiliate("half-p", state("approved", product="p"))]
PROGRAMS = {
    "shop": shop(),
    "berlin": shop(time_zone="Europe/Berlin"),
    "fold": shop([affiliate("Anna"), BOB], ids="fold_case"),
    "states": shop([ANNA, WAITING, GONE, PAUSED, affiliate("half-p", state("approved", product="p"))]),
    "crowd": shop(CROWD),
    "copecart": shop(CROWD, settlement={"preset": "copecart"}),
    "manual": shop(CROWD, settlement={"approval": "manual"}),
    "careful": shop(CROWD, settlement={"payout": {"days": [15], "business_days": False, "minimum": ["60.00 EUR"], "verified": False}}),
    "verified": shop(CROWD, settlement={"payout": {"days": [], "business_days": False, "minimum": [], "verified": True}}),
    "empty": {**program([affiliate("zoe"), affiliate("anna")]), "name": "US"},
}
cases = []


def add(op, id, about, flags, rules, **more):
    cases.append({"id": f"{op}-{id}", "about": about, "flags": [op, *flags.split()], "op": op, "program": rules, **more})


# Steps of partnerships.
def step(action, who="emil", since=MARCH, product=None):
    return {"affiliate": who, "action": action, "since": since, "product": product}


def refused(place, code="moderation_refused"):
    return {"error": code, "place": place}


def moderate(id, about, steps, states, reasons=(), rules="states", who="emil", flags="moderation"):
    """steps: a step, or (step, what is wrong); states: (state, since, product) in the end; reasons: (at, product, what a touch then becomes)."""
    steps = [each if isinstance(each, tuple) else (each, None) for each in steps]
    add("moderate", id, about, flags, rules, steps=[s for s, _ in steps], affiliate=who, asks=[{"at": at, "product": of} for at, of, _ in reasons],
        expect={"steps": [e for _, e in steps], "states": [dict(zip(("state", "since", "product"), s)) for s in states], "reasons": [r for *_, r in reasons]})


moderate("invite", "who is invited is new; agreed, they earn from then on", [step("invite"), step("approve", since=MARCH + DAY)], [("invited", MARCH, None), ("approved", MARCH + DAY, None)],
         [(MARCH - 1, "p", "no_partnership"), (MARCH, "p", "no_partnership"), (MARCH + DAY - 1, "p", "no_partnership"), (MARCH + DAY, "p", "credited")])
moderate("request", "who asks and is denied may ask again", [step("request"), step("deny", since=MARCH + 1), step("request", since=MARCH + 2), step("approve", since=MARCH + 3)],
         [("requested", MARCH, None), ("denied", MARCH + 1, None), ("requested", MARCH + 2, None), ("approved", MARCH + 3, None)], [(MARCH + 3, "p", "credited")])
moderate("suspend", "a suspension holds at once, and can be taken back", [step("suspend", "anna"), step("approve", "anna", MARCH + DAY)],
         [("approved", JAN, None), ("suspended", MARCH, None), ("approved", MARCH + DAY, None)],
         [(MARCH - 1, "p", "credited"), (MARCH, "p", "suspended"), (MARCH + DAY, "p", "credited")], who="anna")
moderate("end", "an end, and a new beginning", [step("end", "anna"), step("invite", "anna", MARCH + DAY), step("approve", "anna", MARCH + 2 * DAY)],
         [("approved", JAN, None), ("ended", MARCH, None), ("invited", MARCH + DAY, None), ("approved", MARCH + 2 * DAY, None)],
         [(MARCH, "p", "no_partnership"), (MARCH + 2 * DAY, "p", "credited")], who="anna")
moderate("product", "for one product alone", [step("suspend", "anna", product="q")], [("approved", JAN, None), ("suspended", MARCH, "q")],
         [(MARCH, "p", "credited"), (MARCH, "q", "suspended")], who="anna")
moderate("product-new", "a partnership for one product", [step("request", product="p"), step("approve", since=MARCH + 1, product="p")], [("requested", MARCH, "p"), ("approved", MARCH + 1, "p")],
         [(MARCH + 1, "p", "credited"), (MARCH + 1, "q", "no_partnership")])
moderate("product-general", "one product is approved, and all others asked for", [step("request", "half-p")], [("approved", JAN, "p"), ("requested", MARCH, None)],
         [(MARCH, "p", "credited"), (MARCH, "q", "no_partnership")], who="half-p")
moderate("paused-product", "a general suspension is above a product's own state", [(step("suspend", "paused", MARCH + DAY, "p"), refused("/action")), step("approve", "paused", MARCH + DAY, "p")],
         [("approved", JAN, None), ("suspended", MARCH, None), ("approved", MARCH + DAY, "p")], [(MARCH + DAY, "p", "suspended")], who="paused")
nobody = [(step(action), refused("/action" if action in ("deny", "suspend", "end") else "/affiliate", "moderation_refused" if action in ("deny", "suspend", "end") else "program_unknown"))
          for action in ("approve", "deny", "suspend", "end")]
moderate("nobody", "nothing but an invitation and a request begins", nobody, [])
for who, known, allowed in (("anna", "approved", ("suspend", "end")), ("waiting", "requested", ("approve", "deny", "end")), ("gone", "ended", ("invite", "request", "approve")), ("paused", "suspended", ("approve", "end"))):
    wrong = [action for action in ("invite", "request", "approve", "deny", "suspend", "end") if action not in allowed]
    states = {"anna": [("approved", JAN, None)], "waiting": [("requested", JAN, None)], "gone": [("approved", JAN, None), ("ended", 1_769_904_000_000, None)],
              "paused": [("approved", JAN, None), ("suspended", MARCH, None)]}[who]
    moderate(f"from-{known}", f"what does not follow {known}", [(step(action, who, MARCH + DAY), refused("/action")) for action in wrong], states, who=who, flags="moderation refused")
moderate("since", "no state is rewritten", [(step("suspend", "anna", JAN), refused("/since")), (step("suspend", "anna", JAN - 1), refused("/since")), step("suspend", "anna", JAN + 1)],
         [("approved", JAN, None), ("suspended", JAN + 1, None)], who="anna", flags="moderation clock")
moderate("wrong", "what cannot be", [(step("invite", "a b"), refused("/affiliate", "id_invalid")), (step("invite", product="none"), refused("/product", "program_unknown"))], [], flags="moderation refused")
moderate("partner", "a partner of the product is not its affiliate too", [step("request", "jv", product="q"), (step("approve", "jv", MARCH + 1, "q"), refused("/affiliates/5/partnership", "program_conflict")),
                                                                        step("deny", "jv", MARCH + 1, "q"), step("request", "jv", MARCH + 2, "p"), step("approve", "jv", MARCH + 3, "p")],
         [("requested", MARCH, "q"), ("denied", MARCH + 1, "q"), ("requested", MARCH + 2, "p"), ("approved", MARCH + 3, "p")], [(MARCH + 3, "p", "credited")], who="jv", flags="moderation roles")


# The leaderboard.
def click(who, days=-1.0, visitor=None, link=None, kind="click"):
    return {"kind": kind, "affiliate": who, "at": int(AT + days * DAY), "visitor": visitor, "link": link}


def lead(who, days=-1.0, **more):
    return click(who, days, kind="lead", **more)


def row(who, clicks=0, visitors=0, leads=0, sales=0, conversion=None, *turnover):
    """turnover: (currency, revenue, refunds, commission, per click)."""
    keys = ("currency", "revenue", "refunds", "commission", "per_click")
    return {"affiliate": who, "clicks": clicks, "visitors": visitors, "leads": leads, "sales": sales, "conversion": conversion, "turnover": [dict(zip(keys, t)) for t in turnover]}


def board(id, about, flags, events, activities, rows, total, period=(None, None, None), rules="shop"):
    add("leaderboard", id, about, flags, rules, events=list(events), activities=list(activities), period=dict(zip(("first", "last", "time_zone"), period)),
        expect=rows if isinstance(rows, dict) else {"rows": list(rows), "total": total})


def split(anna, bob, vendor, **more):
    return paid(entry("affiliate", "anna", anna, "half"), entry("affiliate", "bob", bob, "half"), entry("vendor", "vendor", vendor), **more)


FOUR = [click("anna", visitor="v1"), click("anna", visitor="v1"), click("anna", visitor="v2"), click("anna")]
board("nothing", "nothing", "edge", [], [], [], row(None))
board("one", "one sale: 100.00 at 50 %, after four clicks of two visitors that are known, and one that is not", "rate", [paid()], FOUR,
      [row("anna", 4, 2, 0, 1, "25", ("EUR", 10_000, 0, 5_000, 1_250))], row(None, 4, 2, 0, 1, "25", ("EUR", 10_000, 0, 5_000, 1_250)))
board("first-booking", "an affiliate is here from the first lead on, and not for clicks", "leads", [], [*FOUR, lead("bob", visitor="v1")], [row("bob", 0, 0, 1)], row(None, 4, 2, 1, 0, "0"))
board("thirds", "a rate that does not end: 1 of 3, and 50.00 in thirds", "rate rounding", [paid()], FOUR[:3], [row("anna", 3, 2, 0, 1, "33.333333", ("EUR", 10_000, 0, 5_000, 1_667))],
      row(None, 3, 2, 0, 1, "33.333333", ("EUR", 10_000, 0, 5_000, 1_667)))
board("more-sales", "more sales than clicks is no rate", "rate", [paid(), paid(id="b", order="A-2")], FOUR[:1], [row("anna", 1, 1, 0, 2, None, ("EUR", 20_000, 0, 10_000, 10_000))],
      row(None, 1, 1, 0, 2, None, ("EUR", 20_000, 0, 10_000, 10_000)))
board("nobody", "a sale that nobody brought is in the total", "total", [paid(entry("vendor", "vendor", 10_000))], [], [], row(None, 0, 0, 0, 1, None, ("EUR", 10_000, 0, 0, None)))
board("unknown", "clicks and leads of who is no affiliate are in the total", "total", [], [click("zoe"), lead("zoe")], [], row(None, 1, 0, 1, 0, "0"))
board("fold", "the program's way to spell an id", "fold", [paid(entry("affiliate", "Anna", 5_000, "half"), entry("vendor", "vendor", 5_000))], [click("ANNA"), click("anna")],
      [row("Anna", 2, 0, 0, 1, "50", ("EUR", 10_000, 0, 5_000, 2_500))], row(None, 2, 0, 0, 1, "50", ("EUR", 10_000, 0, 5_000, 2_500)), rules="fold")
board("refund", "a refund of 40.00: revenue stays, and what went back stands beside it", "refunds", [paid(), refunded(4_000)], [],
      [row("anna", 0, 0, 0, 1, None, ("EUR", 10_000, 4_000, 3_000, None))], row(None, 0, 0, 0, 1, None, ("EUR", 10_000, 4_000, 3_000, None)))
board("shared", "two share a line: revenue 100.00 by their commissions of 30.00 and 10.00; the order counts for each, and once in all", "shared", [split(3_000, 1_000, 6_000)], [],
      [row("anna", 0, 0, 0, 1, None, ("EUR", 7_500, 0, 3_000, None)), row("bob", 0, 0, 0, 1, None, ("EUR", 2_500, 0, 1_000, None))], row(None, 0, 0, 0, 1, None, ("EUR", 10_000, 0, 4_000, None)))
board("shared-cent", "a refund of 0.01 that two share goes to one of them", "shared refunds rounding", [split(3_000, 1_000, 6_000), refunded(1)], [],
      [row("anna", 0, 0, 0, 1, None, ("EUR", 7_500, 1, 3_000, None)), row("bob", 0, 0, 0, 1, None, ("EUR", 2_500, 0, 1_000, None))], row(None, 0, 0, 0, 1, None, ("EUR", 10_000, 1, 4_000, None)))
TWO_LINES = [entry("affiliate", "anna", 1_000, "half", "1"), entry("vendor", "vendor", 1_000, None, "1"), entry("affiliate", "bob", 4_000, "half", "2"), entry("vendor", "vendor", 4_000, None, "2")]
board("lines", "each brought a line; one of them is refunded", "shared refunds lines", [paid(*TWO_LINES), refunded(8_000, line="2")], [],
      [row("anna", 0, 0, 0, 1, None, ("EUR", 2_000, 0, 1_000, None)), row("bob", 0, 0, 0, 1, None, ("EUR", 8_000, 8_000, 0, None))], row(None, 0, 0, 0, 1, None, ("EUR", 10_000, 8_000, 1_000, None)))
board("second-payment", "later payments are revenue, and no further sales", "recurring", [paid(), paid(id="b", payment=2, days=30)], [],
      [row("anna", 0, 0, 0, 1, None, ("EUR", 20_000, 0, 10_000, None))], row(None, 0, 0, 0, 1, None, ("EUR", 20_000, 0, 10_000, None)))
board("dispute", "a chargeback that was won leaves nothing", "refunds", [paid(), event("cb", "chargeback", 1, order="A-1", payment=1), event("won", "chargeback_won", 2, order="A-1", payment=1, of="cb")], [],
      [row("anna", 0, 0, 0, 1, None, ("EUR", 10_000, 0, 5_000, None))], row(None, 0, 0, 0, 1, None, ("EUR", 10_000, 0, 5_000, None)))
board("denial", "the vendor did not agree: the sale was theirs, the commission is not", "denial", [paid(), event("no", "denial", 1, order="A-1", payment=1)], [],
      [row("anna", 0, 0, 0, 1, None, ("EUR", 10_000, 0, 0, None))], row(None, 0, 0, 0, 1, None, ("EUR", 10_000, 0, 0, None)))
board("currencies", "each currency for itself", "currency", [paid(), paid(entry("affiliate", "anna", 700, "half", currency="USD"), entry("vendor", "vendor", 700, currency="USD"), id="b", order="A-2")], FOUR[:2],
      [row("anna", 2, 1, 0, 2, "100", ("EUR", 10_000, 0, 5_000, 2_500), ("USD", 1_400, 0, 700, 350))], row(None, 2, 1, 0, 2, "100", ("EUR", 10_000, 0, 5_000, 2_500), ("USD", 1_400, 0, 700, 350)))
board("second-level", "a parent's part is commission, and no sale of theirs", "total", [paid(*HALF[:1], entry("second_level", "bob", 500), entry("vendor", "vendor", 4_500))], [],
      [row("anna", 0, 0, 0, 1, None, ("EUR", 10_000, 0, 5_000, None))], row(None, 0, 0, 0, 1, None, ("EUR", 10_000, 0, 5_500, None)))
PAID_LEAD = event("l", "payment", commission={**sale(entry("affiliate", "bob", 500, "lead"), entry("vendor", "vendor", -500)), "event": "lead"})
board("paid-lead", "a lead that is paid for is a booking, and no sale", "leads", [PAID_LEAD], [], [row("bob", 0, 0, 0, 0, None, ("EUR", 0, 0, 500, None))], row(None, 0, 0, 0, 0, None, ("EUR", 0, 0, 500, None)))
board("order", "most sales first, then leads, then clicks, then by id", "order", [paid(*HALF, order="A-1"), paid(entry("affiliate", "bob", 1, "half"), entry("vendor", "vendor", 1), id="b", order="A-2")],
      [lead("bob"), lead("carl"), click("carl")],
      [row("bob", 0, 0, 1, 1, None, ("EUR", 2, 0, 1, None)), row("anna", 0, 0, 0, 1, None, ("EUR", 10_000, 0, 5_000, None)), row("carl", 1, 0, 1, 0, "0")],
      row(None, 1, 0, 2, 2, None, ("EUR", 10_002, 0, 5_001, 5_001)))
# 2026-03-31T22:30:00Z is April in Berlin.
LATE = (1_774_996_200_000 - AT) / DAY
board("zone", "the month of Berlin", "time_zone", [paid(days=LATE)], [click("anna", LATE)], [], row(None), ("2026-03-01", "2026-03-31", "Europe/Berlin"))
board("zone-utc", "the month of Greenwich", "time_zone", [paid(days=LATE)], [click("anna", LATE)], [row("anna", 1, 0, 0, 1, "100", ("EUR", 10_000, 0, 5_000, 5_000))],
      row(None, 1, 0, 0, 1, "100", ("EUR", 10_000, 0, 5_000, 5_000)), ("2026-03-01", "2026-03-31", None))
board("zone-program", "the program's time zone where none is named", "time_zone", [paid(days=LATE)], [], [], row(None), ("2026-03-01", "2026-03-31", None), rules="berlin")
# On 2026-03-29 Berlin's day has 23 hours: 23:00 the day before to 22:00.
board("short-day", "a day of 23 hours", "time_zone", [], [lead("anna", (1_774_738_800_000 - AT) / DAY), lead("anna", (1_774_821_599_999 - AT) / DAY), lead("anna", (1_774_738_799_999 - AT) / DAY), lead("anna", (1_774_821_600_000 - AT) / DAY)],
      [row("anna", 0, 0, 2)], row(None, 0, 0, 2), ("2026-03-29", "2026-03-29", "Europe/Berlin"))
board("before", "who had a booking before is here, with nothing", "range", [paid()], [], [row("anna")], row(None), ("2026-04-01", None, None))
board("refund-later", "a refund in the time of a sale before it", "range refunds", [paid(), refunded(4_000, days=40)], [], [row("anna", 0, 0, 0, 0, None, ("EUR", 0, 4_000, -2_000, None))],
      row(None, 0, 0, 0, 0, None, ("EUR", 0, 4_000, -2_000, None)), ("2026-04-01", "2026-04-30", None))
board("refund-after", "and what comes after it is not in it", "range refunds", [paid(), refunded(4_000, days=40)], [], [row("anna", 0, 0, 0, 1, None, ("EUR", 10_000, 0, 5_000, None))],
      row(None, 0, 0, 0, 1, None, ("EUR", 10_000, 0, 5_000, None)), (None, "2026-03-31", None))
for id, about, period, activities, code, place in (
        ("day", "a day that is none", ("2026-02-30", None, None), [], "time_invalid", "/first"), ("time", "a time is no day", (None, "2026-03-01T00:00:00Z", None), [], "time_invalid", "/last"),
        ("backwards", "the last day before the first", ("2026-03-02", "2026-03-01", None), [], "time_invalid", "/last"), ("zone-unknown", "a zone that is none", (None, None, "Europe/Bonn"), [], "time_zone_unknown", "/time_zone"),
        ("sale", "a sale among activities", (None, None, None), [click("anna", kind="sale")], "event_invalid", "/activities/0/kind")):
    board(id, about, "refused", [], activities, {"error": code, "place": place}, None, period)


# Profiles.
def profile(id, about, flags, events, activities, expect, who="anna", days=0, rules="shop"):
    add("profile", id, about, flags, rules, events=list(events), activities=list(activities), affiliate=who, at=int(AT + days * DAY), expect=expect)


def known(who="anna", states=(("approved", JAN, None),), links=(), orders=(), balances=(), standing=None):
    """links: (link, clicks, visitors, leads, last); orders: (order, payment, state, *(role, minor, state)); balances: (currency, available)."""
    share = lambda s: dict(zip(("role", "minor", "state"), s))
    return {"affiliate": who, "states": [dict(zip(("state", "since", "product"), s)) for s in states],
            "links": [dict(zip(("link", "clicks", "visitors", "leads", "last"), l)) for l in links],
            "orders": [{"order": o, "payment": p, "state": s, "shares": [share(x) for x in shares]} for o, p, s, *shares in orders],
            "balances": [{"currency": c, "available": m} for c, m in balances], "standing": standing or row(who)}


TAPPED = [click("anna", -2, "v1", "https://a.example/1"), click("anna", -1, "v1", "https://a.example/1"), click("anna", -3, "v2", "https://a.example/2"), lead("anna", -1, visitor="v1", link="https://a.example/1"),
          click("bob", -1, "v3", "https://a.example/3"), click("anna", 1, "v9", "https://a.example/9"), click("anna", -4)]
profile("nobody", "who is no affiliate has none", "edge", [], [], None, who="zoe")
profile("empty", "who did nothing yet", "edge", [], [], known())
profile("states", "every state", "states", [], [], known("gone", [("approved", JAN, None), ("ended", 1_769_904_000_000, None)]), who="gone", rules="states")
profile("links", "links by clicks, with leads; what comes later is not known yet", "links", [], TAPPED,
        known(links=[("https://a.example/1", 2, 1, 1, int(AT - DAY)), ("https://a.example/2", 1, 1, 0, int(AT - 3 * DAY))], standing=row("anna", 4, 2, 1, 0, "0")))
profile("clicks", "clicks alone", "links", [], [click("anna")], known(standing=row("anna", 1, 0, 0, 0, "0")))
STATES = [event("o1", "order", -3, commission=sale(*HALF, order="A-1")), event("a1", "abandoned", -2, order="A-1", payment=1), event("o2", "order", -3, commission=sale(*HALF, order="A-2")), paid(id="p3", order="A-3", days=-2),
          paid(id="p4", order="A-4", days=-9), event("out", "payout_created", -8, recipient="anna", amount=euro(5_000)), paid(id="p5", order="A-5", days=-2), refunded(10_000, "r5", -1, "A-5"),
          paid(entry("affiliate", "bob", 5_000, "half"), entry("vendor", "vendor", 5_000), id="p6", order="A-6", days=-2)]
profile("orders", "abandoned, pending, completed, paid, refunded; not those of others", "orders", STATES, [],
        known(orders=[("A-1", 1, "abandoned"), ("A-2", 1, "pending"), ("A-3", 1, "completed", ("affiliate", 5_000, "approved")), ("A-4", 1, "paid", ("affiliate", 5_000, "paid")),
                      ("A-5", 1, "refunded", ("affiliate", 0, "reversed"))], balances=[("EUR", 5_000)], standing=row("anna", 0, 0, 0, 3, None, ("EUR", 30_000, 10_000, 10_000, None))))
profile("shared", "their part of an order that two share", "orders", [split(3_000, 1_000, 6_000)], [],
        known("bob", orders=[("A-1", 1, "completed", ("affiliate", 1_000, "approved"))], balances=[("EUR", 1_000)], standing=row("bob", 0, 0, 0, 1, None, ("EUR", 2_500, 0, 1_000, None))), who="bob")


# Why somebody was not paid.
def touch(who, days=-1.0, evidence="parameter", **more):
    base = {"affiliate": who, "at": int(AT + days * DAY), "evidence": evidence, "product": None, "campaign": None, "click_id": None, "coupon": None, "consent": "unknown", "navigated": True, "signed": False}
    return {**base, **more}


def found(code, who="anna", **more):
    return {"code": code, "affiliate": who, **{key: None for key in ("product", "order", "at", "minor", "reason", "touch")}, **more}


def why(id, about, flags, who, expect, events=None, touches=(), lines=None, number=None, days=0, rules="crowd", period=(None, None, None), others=(), **fields):
    """lines: of the order that is asked about; events: None asks without a ledger."""
    asked = None if lines is None else order(lines, **fields)
    question = {"affiliate": who, "at": int(AT + days * DAY), "order": number, "sale": asked, "touches": list(touches), "period": dict(zip(("first", "last", "time_zone"), period))}
    add("diagnose", id, about, flags, rules, others=list(others), events=events, question=question, expect=expect)


ONE = [line(10_000)]
A1 = {"order": "A-1"}
why("unknown", "no such affiliate, and none like it", "who", "emil", [found("unknown_affiliate", "emil")])
why("empty", "nothing typed", "who", " ", [found("unknown_affiliate", "")])
why("long", "a thousand letters", "who", "a" * 1000, [found("unknown_affiliate", "a" * 1000)])
why("case", "only the case differs: the answer goes on with that one", "who near", "Anna.M", [found("unknown_affiliate", "Anna.M"), found("near_match", "anna.m"), found("nothing_recorded", "anna.m")], events=[])
why("spaces", "spaces around", "who", "  anna ", [found("nothing_recorded")], events=[])
why("letter", "one letter", "who near", "ana", [found("unknown_affiliate", "ana"), found("near_match")])
why("swapped", "two letters that changed places", "who near", "obb", [found("unknown_affiliate", "obb"), found("near_match", "bob")])
why("alike", "rn looks like m", "who near", "rnammut", [found("unknown_affiliate", "rnammut"), found("near_match", "mammut")])
why("alike-letter", "a Cyrillic letter", "who near", "\u0430nna", [found("unknown_affiliate", "\u0430nna"), found("near_match")])
why("alike-two", "two that look like it: neither is taken for it", "who near", "1ill1", [found("unknown_affiliate", "1ill1"), found("near_match", "lill1"), found("near_match", "lilll")], events=[])
why("separator", "a hyphen for a point", "who near", "anna-m", [found("unknown_affiliate", "anna-m"), found("near_match", "anna.m"), found("nothing_recorded", "anna.m")], events=[])
why("region", "an account in another region", "who region", "zoe", [found("unknown_affiliate", "zoe"), found("other_region", "zoe")], others=["empty", "shop"])
why("fine", "nothing is wrong, without a ledger", "edge", "anna", [found("nothing_recorded")])
why("requested", "the vendor has not answered", "partnership", "waiting", [found("not_approved", "waiting", at=JAN), found("nothing_recorded", "waiting")], events=[])
why("ended", "the partnership is over", "partnership", "gone", [found("ended", "gone", at=1_769_904_000_000), found("nothing_recorded", "gone")], events=[])
why("suspended", "suspended since", "partnership", "paused", [found("suspended", "paused", at=MARCH), found("refused", "paused", **A1, at=AT - DAY, reason="suspended", touch=0)], lines=ONE, touches=[touch("paused")])
why("before", "at the time of the order it was not suspended yet", "partnership clock", "paused", [found("no_touch", "paused", **A1)], lines=ONE, at=MARCH - 1)
why("product", "approved for another product", "partnership product", "half-p", [found("not_approved", "half-p"), found("refused", "half-p", **A1, at=AT - DAY, reason="no_partnership", touch=0)],
    lines=[line(10_000, product="q")], touches=[touch("half-p")])
why("product-unknown", "a product that is not in the program", "product", "anna", [found("unknown_product", None, product="zzz"), found("no_commission", **A1)], lines=[line(10_000, product="zzz"), line(1, product="zzz", id="2")],
    touches=[touch("anna")])
why("no-rule", "credited, and no rule pays for that product", "commission", "anna", [found("no_commission", **A1)], lines=[line(10_000, product="free")], touches=[touch("anna")])
why("won", "won, and nothing else is known", "touches", "anna", [found("nothing_recorded")], lines=ONE, touches=[touch("anna")])
why("no-touch", "nothing of theirs was recorded; another won", "touches", "anna", [found("no_touch", **A1), found("another_won", "bob", **A1, touch=0)], lines=ONE, touches=[touch("bob")])
why("none", "no touch of anybody", "touches", "anna", [found("no_touch", **A1)], lines=ONE)
why("outranked", "a token outranks a cookie", "touches", "bob", [found("another_won", **A1, at=int(AT - DAY / 2), reason="outranked", touch=1)], lines=ONE, touches=[touch("anna", -2, "token"), touch("bob", -0.5, "cookie")])
why("superseded", "the later touch of one strength", "touches", "anna", [found("another_won", "bob", **A1, at=AT - 2 * DAY, reason="superseded", touch=0)], lines=ONE, touches=[touch("anna", -2), touch("bob")])
why("window", "older than 30 days", "touches", "anna", [found("outside_window", **A1, at=AT - 31 * DAY, reason="outside_window", touch=0)], lines=ONE, touches=[touch("anna", -31)])
why("consent", "no consent", "touches", "anna", [found("refused", **A1, at=AT - DAY, reason="no_consent", touch=0)], lines=ONE, touches=[touch("anna", consent="denied")])
why("misspelt", "the link had another case", "touches near", "anna", [found("refused", **A1, at=AT - DAY, reason="unknown_affiliate", touch=0)], lines=ONE, touches=[touch("ANNA")])
why("order-unknown", "an order that the ledger does not have", "order", "anna", [found("unknown_order", order="B-9")], events=[paid()], number="B-9")
why("order-pending", "not paid yet", "order", "anna", [found("not_paid_yet", **A1, at=AT)], events=[event("o", "order", commission=sale(*HALF))], number="A-1")
why("order-left", "left without paying", "order", "anna", [found("abandoned", **A1, at=AT)], events=[event("o", "order", commission=sale(*HALF)), event("a", "abandoned", 1, order="A-1", payment=1)], number="A-1", days=2)
why("order-refunded", "given back", "order", "anna", [found("refunded", **A1, at=AT)], events=[paid(), refunded(10_000)], number="A-1", days=2)
why("order-other", "an order of others", "order", "bob", [found("nothing_recorded", "bob", **A1)], events=[paid()], number="A-1")
why("order-due", "earned, and paid with the next payout", "order payout", "anna", [found("earned", **A1, at=AT, minor=5_000), found("payout_due", at=1_772_496_000_000, minor=5_000)], events=[paid()], number="A-1")
why("order-paid", "paid out", "order payout", "anna", [found("paid_out", **A1, at=AT, minor=5_000)], events=[paid(), event("out", "payout_created", 1, recipient="anna", amount=euro(5_000))], number="A-1", days=2)
why("order-denied", "the vendor did not agree", "order", "anna", [found("denied", **A1, at=AT, minor=0)], events=[paid(), event("no", "denial", 1, order="A-1", payment=1)], number="A-1", days=2)
why("order-waits", "the vendor has not agreed yet", "order", "anna", [found("not_agreed", **A1, at=AT, minor=5_000)], events=[paid()], number="A-1", rules="manual")
why("order-hold", "on hold: 80 % after 14 days", "order hold", "anna", [found("on_hold", **A1, at=AT + 14 * DAY, minor=47_034)], events=[paid(*COPECART)], number="A-1", rules="copecart")
# The 21st of March 2026 is a Saturday: payouts are on the next business day.
why("order-hold-rest", "80 % is released, 20 % is on hold until the 40th day", "order hold payout", "anna",
    [found("on_hold", **A1, at=AT + 40 * DAY, minor=47_034), found("payout_due", at=1_774_224_000_000, minor=37_627)], events=[paid(*COPECART)], number="A-1", rules="copecart", days=14)
why("minimum", "less than the minimum payout", "period payout", "anna", [found("earned", minor=5_000), found("below_minimum", minor=5_000)], events=[paid()], rules="careful")
why("minimum-reached", "two orders reach it; paid on the 15th", "period payout", "anna", [found("earned", minor=10_000), found("payout_due", at=1_773_532_800_000, minor=10_000)],
    events=[paid(), paid(id="b", order="A-2")], rules="careful")
why("verified", "the account is not verified", "period payout", "anna", [found("earned", minor=5_000), found("not_verified", minor=5_000)], events=[paid()], rules="verified")
why("negative", "more was taken back than earned since", "period payout", "anna", [found("earned", minor=0), found("refunded", **A1, at=AT), found("negative", minor=-5_000)],
    events=[paid(), event("out", "payout_created", 1, recipient="anna", amount=euro(5_000)), refunded(10_000, days=2)], days=3)
why("month-paid", "what of a month was paid out since, given back, left, not paid yet and denied", "period payout", "anna",
    [found("earned", minor=5_000), found("paid_out", **A1, at=AT, minor=5_000), found("refunded", order="A-2", at=AT), found("abandoned", order="A-3", at=AT), found("not_paid_yet", order="A-4", at=AT),
     found("denied", order="A-5", at=AT, minor=0)],
    events=[paid(), event("out", "payout_created", 1, recipient="anna", amount=euro(5_000)), paid(id="b", order="A-2"), refunded(10_000, order="A-2"), event("o3", "order", commission=sale(*HALF, order="A-3")),
            event("a3", "abandoned", 1, order="A-3", payment=1), event("o4", "order", commission=sale(*HALF, order="A-4")), paid(id="e", order="A-5"), event("no", "denial", 1, order="A-5", payment=1)],
    days=2, period=("2026-03-01", "2026-03-31", None))
why("paused-money", "what a suspended affiliate had earned stays", "period payout", "paused", [found("suspended", "paused", at=MARCH), found("earned", "paused", minor=5_000), found("suspended", "paused", minor=5_000)],
    events=[paid(entry("affiliate", "paused", 5_000, "half"), entry("vendor", "vendor", 5_000), days=-30)])
why("month", "a month", "period", "anna", [found("earned", minor=5_000), found("payout_due", at=1_772_496_000_000, minor=10_000)], events=[paid(), paid(id="b", order="A-2", days=-40)], period=("2026-03-01", "2026-03-31", None))
why("month-empty", "a month without orders", "period", "anna", [found("nothing_recorded"), found("payout_due", at=1_772_496_000_000, minor=5_000)], events=[paid()], period=("2026-02-01", "2026-02-28", None))
why("month-hold", "what of a month is on hold", "period hold", "anna", [found("earned", minor=47_034), found("on_hold", **A1, at=AT + 14 * DAY, minor=47_034)], events=[paid(*COPECART)], rules="copecart", period=("2026-03-01", None, None))
why("won-ledger", "won, and on the ledger", "touches order", "anna", [found("earned", **A1, at=AT, minor=5_000), found("payout_due", at=1_772_496_000_000, minor=5_000)], lines=ONE, touches=[touch("anna")], events=[paid()])
why("lost-ledger", "lost: the ledger is not asked", "touches order", "bob", [found("another_won", **A1, at=AT - DAY, reason="outranked", touch=0)], lines=ONE, touches=[touch("bob", evidence="cookie"), touch("anna")], events=[paid()])
why("bad-order", "an order without lines", "refused", "anna", {"error": "order_lines", "place": "/sale/lines"}, lines=[])
why("bad-day", "a day that is none", "refused", "anna", {"error": "time_invalid", "place": "/period/first"}, period=("soon", None, None))
write("desk.json", "The vendor's desk: steps of partnerships, the leaderboard, profiles, and why somebody was not paid.", cases, programs=PROGRAMS)
