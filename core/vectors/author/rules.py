"""Vectors of commission rules: tiers, limits, recurring, events, second level, sellers, partners, disputes, and their accounts."""
from common import DAY, affiliate, partner, product, program, rule, state, write
from settling import AT, Settlements, credit, line, restore, reverse

SETTLEMENTS = Settlements()
settles = SETTLEMENTS.settles
VENDOR = "vendor"
ANNA, BOB = affiliate("anna"), affiliate("bob")


def simple(*rules, affiliates=(ANNA, BOB), partners=(), **more):
    return program(affiliates, [product("p", *partners), product("q")], commission=rules, **more)


def tiers(by, *steps, over=None, how=None, current=None, fixed=False):
    """(from, percent or fixed sum) for each tier."""
    rows = [{"from": [] if start is None else [start] if isinstance(start, str) else [str(start)],
             "percent": None if fixed else pays, "fixed": [pays] if fixed else []} for start, pays in steps]
    extra = {key: value for key, value in (("by", by), ("over", over), ("how", how), ("current", current)) if value}
    return {"tiers": rows, **extra}


LADDER = ((None, "10"), ("1000.00 EUR", "20"))
COUNTS = ((None, "10"), (2, "20"))
PROGRAMS = {
    "digistore24": simple(rule("half", {"percent": "50"}), settlement={"preset": "digistore24"}),
    "digistore24_swiss": simple(settlement={"preset": "digistore24", "fee": {"percent": "6", "fixed": ["1.00 EUR"]}}),
    "dub_29": simple(rule("2.9", {"percent": "2.9"})),
    "dub_10": simple(rule("10", {"percent": "10"})),
    "dub_20": simple(rule("20", {"percent": "20"})),
    "thrivecart": simple(rule("30", {"percent": "30"}), partners=[partner("jv", "50")]),
    "dokan": simple(rule("30", {"percent": "30"})),
    "rolling": simple(rule("rolling", tiers("revenue", *LADDER, over="30d"))),
    "month": simple(rule("month", tiers("revenue", *LADDER, over="month")), time_zone="Europe/Berlin"),
    "month_utc": simple(rule("month", tiers("revenue", *LADDER, over="month"))),
    "earlier_only": simple(rule("later", tiers("revenue", *LADDER, over="lifetime", current="not_counted"))),
    "marginal": simple(rule("marginal", tiers("revenue", *LADDER, over="lifetime", how="marginal"))),
    "count": simple(rule("count", tiers("count", *COUNTS, over="lifetime"))),
    "count_marginal": simple(rule("count", tiers("count", *COUNTS, over="lifetime", how="marginal"))),
    "count_fixed": simple(rule("count", tiers("count", (None, "5.00 EUR"), (2, "8.00 EUR"), over="lifetime", fixed=True))),
    "value": simple(rule("value", tiers("order_value", *LADDER))),
    "value_marginal": simple(rule("value", tiers("order_value", *LADDER, how="marginal"))),
    "value_odd": simple(rule("value", tiers("order_value", (None, "33.333333"), ("0.50 EUR", "66.666667"), how="marginal"))),
    "tiers_bonus": simple(rule("month", tiers("revenue", *LADDER, over="lifetime")), bonuses=[rule("two more", {"percent": "2"})]),
    "payments": simple(rule("two", {"percent": "10", "payments": 2}), rule("rest", {"percent": "50"})),
    "months": simple(rule("year", {"percent": "10", "months": 12}), time_zone="Europe/Berlin"),
    "bounds": simple(rule("bounds", {"percent": "10", "min": ["5.00 EUR"], "max": ["20.00 EUR"]})),
    "budget": simple(rule("budget", {"percent": "10", "budget": {"amount": ["100.00 EUR"], "over": "month", "each": "affiliate"}})),
    "budget_rule": simple(rule("budget", {"percent": "10", "budget": {"amount": ["100.00 EUR"], "over": "lifetime", "each": "rule"}})),
    "events": simple(rule("lead", {"fixed": ["5.00 EUR"]}, event=["lead"]), rule("click", {"fixed": ["0.05 EUR"], "per": "unit"}, event=["click"]),
                     rule("mille", {"fixed": ["2.00 EUR"], "per": "mille"}, event=["impression"]), rule("sale", {"percent": "10"})),
    "coupon": simple(rule("owner", {"percent": "25"}, coupon=["ANNA10"]), rule("new", {"percent": "15"}, customer="new"), rule("else", {"percent": "5"}),
                     affiliates=[affiliate("anna", coupons=["ANNA10"]), BOB]),
    "seller": simple(rule("phone", {"choice": ["10", "20.5"]}), rule("web", {"percent": "30"}), affiliates=[affiliate("tom", role="seller"), ANNA]),
    "bonus": simple(rule("ten", {"percent": "10"}, product=["p"]),
                    bonuses=[rule("spring", {"fixed": ["7.00 EUR"]}, **{"from": "2026-03-01T00:00:00Z", "until": "2026-03-03T18:00:00.001Z"}), rule("two more", {"percent": "2"}, affiliate=["anna"])]),
    "levels": simple(rule("half", {"percent": "50"}), partners=[partner("jv", "10")], second_level={"of": "commission", "percent": ["10", "5"]},
                     affiliates=[affiliate("anna", parent="bob"), affiliate("bob", parent="carl"), affiliate("carl"), affiliate("dora", parent="bob"),
                                 affiliate("emil", parent="gone"), affiliate("gone", state("approved"), state("suspended", "2026-03-03T18:00:00Z"), parent="carl")]),
    "levels_base": simple(rule("half", {"percent": "50"}), second_level={"of": "base", "percent": ["10"]}, affiliates=[affiliate("anna", parent="bob"), BOB]),
    "levels_count": simple(rule("count", tiers("count", *COUNTS, over="lifetime")), second_level={"of": "base", "percent": ["1"]}, affiliates=[affiliate("anna", parent="bob"), BOB]),
    "logistician": simple(rule("half", {"percent": "50"}), affiliates=[affiliate("anna", role="logistician")]),
    "partner_dates": simple(partners=[partner("jv", "10", until="2026-03-01T00:00:00Z"), partner("jv", "20", **{"from": "2026-03-01T00:00:00Z"}), partner("jv", "5")]),
    "partner_pinned": simple(partners=[partner("jv", "10", until="2026-03-01T00:00:00Z"), partner("jv", "20", **{"from": "2026-03-01T00:00:00Z"})],
                             settlement={"partner_rates": "first_payment"}),
    "shipping_out": simple(rule("ten", {"percent": "10"}), settlement={"shipping": "out"}),
    "discount_out": simple(rule("ten", {"percent": "10"}), settlement={"discounts": "out"}),
    "half_fee": simple(rule("a", {"percent": "50"}, product=["p"]), settlement={"fee": {"percent": None, "fixed": ["0.01 EUR"]}}),
}


def pays(id, about, flags, rules, gross, minor, name, who="anna", **more):
    """One line, one affiliate, the rest to the vendor."""
    rows = [("1", "affiliate", who, minor, name)] * (minor != 0) + [("1", "vendor", VENDOR, gross - minor)] * (gross != minor)
    settles(id, about, flags, rules, [line(gross)], [who], rows, **more)


def sold(gross, *refunds, who="anna", days=1, **fields):
    """An earlier order, so many days before."""
    fields = {"at": int(AT - days * DAY), **fields}
    return ([line(gross)], [who], refunds, fields)


# What platforms publish.
settles("digistore24", "published: 100.00 at 19 % and 50 %: 15.97 and 8.90; the halves of the rest sum to the whole, where the platform's page prints 37.56 twice", "published digistore24",
        "digistore24", [line(10_000, 1_597)], ["anna"],
        [("1", "tax", None, 1_597), ("1", "fee", None, 890), ("1", "affiliate", "anna", 3_756, "half"), ("1", "vendor", VENDOR, 3_757)],
        grounds=[("1", "affiliate", "anna", "half", "percent", 7_513, "50", 3_756)])
settles("digistore24-swiss", "published: 49.00 with Swiss VAT of 8.10 %: 3.67, the provider's 3.94 and the vendor's 41.39", "published digistore24",
        "digistore24_swiss", [line(4_900, 367)], [], [("1", "tax", None, 367), ("1", "fee", None, 394), ("1", "vendor", VENDOR, 4_139)])
settles("digistore24-small", "below 10.00 the fixed fee is 0.60: 9.99 × 7.9 % = 0.78921", "digistore24 boundary", "digistore24", [line(999)], [], [("1", "fee", None, 139), ("1", "vendor", VENDOR, 860)])
settles("digistore24-ten", "from 10.00 on it is 1.00", "digistore24 boundary", "digistore24", [line(1_000)], [], [("1", "fee", None, 179), ("1", "vendor", VENDOR, 821)])
pays("dub-500", "published: 500 at 2.9 % is 14.5, so 15 (dub.co)", "published", "dub_29", 500, 15, "2.9")
pays("dub-15", "published: 15 at 10 % is 1.5, so 2 (dub.co)", "published", "dub_10", 15, 2, "10")
pays("dub-7", "published: 7 at 20 % is 1.4, so 1 (dub.co)", "published", "dub_20", 7, 1, "20")
settles("thrivecart", "published: 200: the affiliate 60, then 70 and 70 (thrivecart.com)", "published partners", "thrivecart", [line(20_000)], ["anna"],
        [("1", "affiliate", "anna", 6_000, "30"), ("1", "partner", "jv", 7_000), ("1", "vendor", VENDOR, 7_000)])
pays("dokan", "published: 6.45 at 30 % is 1.935, so 1.94 and 4.51 (dokan.co)", "published", "dokan", 645, 194, "30")
pays("refersion-current", "published: a rolling tier that is reached applies to the current sale (refersion.com): 600 after 600 reaches 1000", "published tiers", "rolling",
     60_000, 12_000, "rolling", earlier=[sold(60_000)])
# Tiers.
settles("tier-missing", "tiers by revenue need the earlier orders", "tiers bad", "rolling", [line(60_000)], ["anna"], "history_missing")
pays("tier-first", "nothing earlier", "tiers", "rolling", 60_000, 6_000, "rolling", earlier=[])
pays("tier-below", "one cent below the bound", "tiers boundary", "rolling", 39_999, 4_000, "rolling", earlier=[sold(60_000)])
pays("tier-bound", "the bound belongs to the upper tier", "tiers boundary", "rolling", 40_000, 8_000, "rolling", earlier=[sold(60_000)])
pays("tier-rolling-edge", "an order 30 days ago to the millisecond is out", "tiers boundary", "rolling", 40_000, 4_000, "rolling", earlier=[sold(60_000, days=30)])
pays("tier-rolling-in", "one millisecond later it is in", "tiers boundary", "rolling", 40_000, 8_000, "rolling", earlier=[sold(60_000, at=AT - 30 * DAY + 1)])
pays("tier-other", "another affiliate's revenue does not count", "tiers", "rolling", 60_000, 6_000, "rolling", earlier=[sold(60_000, who="bob")])
pays("tier-later", "nor what comes later", "tiers", "rolling", 60_000, 6_000, "rolling", earlier=[sold(60_000, days=-1)])
pays("tier-same-time", "at one time, the order's id tells what is earlier", "tiers boundary", "rolling", 60_000, 12_000, "rolling", earlier=[sold(60_000, at=AT, id="A-0")])
pays("tier-same-later", "so an order with a later id is not", "tiers boundary", "rolling", 60_000, 6_000, "rolling", earlier=[sold(60_000, at=AT, id="A-2")])
pays("tier-itself", "nor is the order itself", "tiers boundary", "rolling", 60_000, 6_000, "rolling", earlier=[sold(60_000, at=AT, id="A-1")])
pays("tier-refunded", "what was refunded does not count", "tiers refund", "rolling", 60_000, 6_000, "rolling", earlier=[sold(60_000, 60_000)])
pays("tier-refunded-partly", "a part refunded takes its part away: 600 less 200", "tiers refund boundary", "rolling", 60_000, 12_000, "rolling", earlier=[sold(60_000, 20_000)])
pays("tier-refunded-more", "600 less 200.01", "tiers refund boundary", "rolling", 60_000, 6_000, "rolling", earlier=[sold(60_000, 20_001)])
pays("tier-month-berlin", "2026-02-28 23:30 UTC is March in Berlin", "tiers zone", "month", 60_000, 12_000, "month", earlier=[sold(60_000, at=1_772_321_400_000)])
pays("tier-month-berlin-before", "2026-02-28 22:59:59.999 UTC is February in Berlin", "tiers zone boundary", "month", 60_000, 6_000, "month", earlier=[sold(60_000, at=1_772_319_599_999)])
pays("tier-month-utc", "2026-02-28 23:30 UTC is February in UTC", "tiers zone", "month_utc", 60_000, 6_000, "month", earlier=[sold(60_000, at=1_772_321_400_000)])
pays("tier-earlier-only", "not counting the order itself: 600 before is not 1000", "tiers", "earlier_only", 60_000, 6_000, "later", earlier=[sold(60_000)])
pays("tier-earlier-reached", "1000 before is", "tiers boundary", "earlier_only", 60_000, 12_000, "later", earlier=[sold(100_000, days=50)])
settles("tier-marginal", "600 after 600: 400 at 10 % and 200 at 20 %", "tiers marginal", "marginal", [line(60_000)], ["anna"],
        [("1", "affiliate", "anna", 8_000, "marginal"), ("1", "vendor", VENDOR, 52_000)], earlier=[sold(60_000)],
        grounds=[("1", "affiliate", "anna", "marginal", "tier", 40_000, "10", 4_000), ("1", "affiliate", "anna", "marginal", "tier", 20_000, "20", 4_000)])
settles("tier-marginal-lines", "the lines fill the tiers one after another, by id: 1500 at once", "tiers marginal lines", "value_marginal", [line(90_000, id="b"), line(60_000, id="a")], ["anna"],
        [("b", "affiliate", "anna", 14_000, "value"), ("b", "vendor", VENDOR, 76_000), ("a", "affiliate", "anna", 6_000, "value"), ("a", "vendor", VENDOR, 54_000)])
settles("tier-marginal-rounded", "parts are rounded once together: 0.50 at 33.333333 % and 0.50 at 66.666667 % is exactly 0.50", "tiers marginal rounding", "value_odd", [line(100)], ["anna"],
        [("1", "affiliate", "anna", 50, "value"), ("1", "vendor", VENDOR, 50)],
        grounds=[("1", "affiliate", "anna", "value", "tier", 50, "33.333333", 17), ("1", "affiliate", "anna", "value", "tier", 50, "66.666667", 33)])
pays("tier-count", "the second order reaches two", "tiers count", "count", 10_000, 2_000, "count", earlier=[sold(1)])
pays("tier-count-first", "the first does not", "tiers count", "count", 10_000, 1_000, "count", earlier=[])
pays("tier-count-refunded", "an order that was refunded is none", "tiers count refund", "count", 10_000, 1_000, "count", earlier=[sold(500, 500)])
pays("tier-count-marginal", "the second order lies between one and two, in the lower tier", "tiers count marginal", "count_marginal", 10_000, 1_000, "count", earlier=[sold(1)])
pays("tier-count-marginal-third", "the third in the upper", "tiers count marginal", "count_marginal", 10_000, 2_000, "count", earlier=[sold(1), sold(1)])
pays("tier-count-fixed", "a fixed sum from two orders on", "tiers count fixed", "count_fixed", 10_000, 800, "count", earlier=[sold(1)])
pays("tier-value", "an order of 999.99", "tiers value boundary", "value", 99_999, 10_000, "value")
pays("tier-value-bound", "one of 1000.00", "tiers value boundary", "value", 100_000, 20_000, "value")
settles("tier-value-lines", "the lines together reach the tier", "tiers value lines", "value", [line(60_000, id="a"), line(40_000, id="b")], ["anna"],
        [("a", "affiliate", "anna", 12_000, "value"), ("a", "vendor", VENDOR, 48_000), ("b", "affiliate", "anna", 8_000, "value"), ("b", "vendor", VENDOR, 32_000)])
settles("tier-value-shared", "each affiliate reaches the tier by their own share", "tiers value multi", "value", [line(150_000)], [credit("anna", 2), credit("bob", 1)],
        [("1", "affiliate", "anna", 20_000, "value"), ("1", "affiliate", "bob", 5_000, "value"), ("1", "vendor", VENDOR, 125_000)])
settles("tier-currency", "bounds in another currency", "tiers bad currency", "value", [line(100, currency="USD")], ["anna"], "currency_mismatch")
# Recurring.
pays("payments-second", "the first two payments", "recurring", "payments", 10_000, 1_000, "two", payment=2)
settles("payments-third", "the third brings nothing, and no later rule steps in", "recurring boundary", "payments", [line(10_000)], ["anna"], [("1", "vendor", VENDOR, 10_000)], payment=3,
        grounds=[("1", "affiliate", "anna", "two", "recurring_over", 10_000, None, 0)])
pays("months-last", "twelve months from 2025-03-03 19:00 in Berlin end at 2026-03-03 19:00; a millisecond before", "recurring boundary zone", "months", 10_000, 1_000, "year", payment=12, at=AT - 1, first_at=1_741_024_800_000)
settles("months-over", "at that moment it is over", "recurring boundary zone", "months", [line(10_000)], ["anna"], [("1", "vendor", VENDOR, 10_000)], payment=13, first_at=1_741_024_800_000)
settles("months-unknown", "a later payment must say when the first was", "recurring bad", "months", [line(10_000)], ["anna"], "time_invalid", payment=2)
settles("first-later", "a first payment after this one", "recurring bad", "months", [line(10_000)], ["anna"], "time_invalid", first_at=AT + 1)
# Bounds and budgets.
settles("minimum", "10 % of 30.00 is raised to 5.00", "bounds", "bounds", [line(3_000)], ["anna"], [("1", "affiliate", "anna", 500, "bounds"), ("1", "vendor", VENDOR, 2_500)],
        grounds=[("1", "affiliate", "anna", "bounds", "percent", 3_000, "10", 300), ("1", "affiliate", "anna", "bounds", "minimum", 3_000, None, 200)])
settles("maximum", "10 % of 300.00 is cut to 20.00", "bounds", "bounds", [line(30_000)], ["anna"], [("1", "affiliate", "anna", 2_000, "bounds"), ("1", "vendor", VENDOR, 28_000)],
        grounds=[("1", "affiliate", "anna", "bounds", "percent", 30_000, "10", 3_000), ("1", "affiliate", "anna", "bounds", "maximum", 30_000, None, -1_000)])
settles("maximum-shared", "the maximum is the order's: half of the credit has half of it", "bounds multi", "bounds", [line(60_000)], [credit("anna", 1), credit("bob", 1)],
        [("1", "affiliate", "anna", 1_000, "bounds"), ("1", "affiliate", "bob", 1_000, "bounds"), ("1", "vendor", VENDOR, 58_000)])
settles("maximum-lines", "cut in proportion over the lines", "bounds lines", "bounds", [line(30_000, id="a"), line(10_000, id="b")], ["anna"],
        [("a", "affiliate", "anna", 1_500, "bounds"), ("a", "vendor", VENDOR, 28_500), ("b", "affiliate", "anna", 500, "bounds"), ("b", "vendor", VENDOR, 9_500)])
settles("minimum-nothing-left", "no minimum is paid of what is not there", "bounds boundary", "bounds", [line(400)], ["anna"], [("1", "affiliate", "anna", 400, "bounds")],
        grounds=[("1", "affiliate", "anna", "bounds", "percent", 400, "10", 40), ("1", "affiliate", "anna", "bounds", "minimum", 400, None, 460),
                 ("1", "affiliate", "anna", "bounds", "nothing_left", 400, None, -100)])
settles("budget-part", "60.00 of 100.00 are spent; of 60.00 more, 40.00 are paid", "budget", "budget", [line(60_000)], ["anna"],
        [("1", "affiliate", "anna", 4_000, "budget"), ("1", "vendor", VENDOR, 56_000)], earlier=[sold(60_000)],
        grounds=[("1", "affiliate", "anna", "budget", "percent", 60_000, "10", 6_000), ("1", "affiliate", "anna", "budget", "budget", 60_000, None, -2_000)])
pays("budget-spent", "nothing is left", "budget boundary", "budget", 60_000, 0, None, earlier=[sold(60_000), sold(60_000)])
pays("budget-other", "another affiliate has a budget of their own", "budget", "budget", 60_000, 6_000, "budget", earlier=[sold(60_000, who="bob")])
pays("budget-refunded", "a refund gives the budget back", "budget refund", "budget", 60_000, 6_000, "budget", earlier=[sold(100_000, 100_000)])
pays("budget-month", "a new month has a new budget", "budget", "budget", 60_000, 6_000, "budget", earlier=[sold(100_000, days=5)])
settles("budget-rule", "one budget for all: 90.00 are spent, two affiliates share the 10.00", "budget multi", "budget_rule", [line(60_000)], [credit("anna", 1), credit("bob", 2)],
        [("1", "affiliate", "anna", 333, "budget"), ("1", "affiliate", "bob", 667, "budget"), ("1", "vendor", VENDOR, 59_000)], earlier=[sold(90_000, who="bob")])
# Leads, clicks, impressions.
NOTHING = [("1", "affiliate", "anna", -500, "lead"), ("1", "vendor", VENDOR, 500)]
settles("lead", "a lead: the vendor pays", "events", "events", [line(0)], ["anna"], [("1", "affiliate", "anna", 500, "lead"), ("1", "vendor", VENDOR, -500)],
        [reverse("C-1", NOTHING), reverse("C-1", "refund_repeated"), restore("C-1", "W-1", [("1", "affiliate", "anna", 500, "lead"), ("1", "vendor", VENDOR, -500)]),
         ("R-1", 1, None, "refund_over_paid")], event="lead")
settles("lead-shared", "shared by the weights", "events multi", "events", [line(0)], [credit("anna", 2), credit("bob", 1)],
        [("1", "affiliate", "anna", 333, "lead"), ("1", "affiliate", "bob", 167, "lead"), ("1", "vendor", VENDOR, -500)], event="lead")
settles("clicks", "so many clicks", "events", "events", [line(0, quantity=7)], ["anna"], [("1", "affiliate", "anna", 35, "click"), ("1", "vendor", VENDOR, -35)], event="click")
settles("mille", "2.00 a thousand: 1,252 impressions are 2.504", "events rounding", "events", [line(0, quantity=1_252)], ["anna"], [("1", "affiliate", "anna", 250, "mille"), ("1", "vendor", VENDOR, -250)], event="impression")
settles("mille-half", "1,253 impressions are 2.506", "events rounding", "events", [line(0, quantity=1_253)], ["anna"], [("1", "affiliate", "anna", 251, "mille"), ("1", "vendor", VENDOR, -251)], event="impression")
settles("lead-gross", "a lead has no gross", "events bad", "events", [line(1)], ["anna"], "order_lines", event="lead")
settles("sale-no-lead", "rules without an event are for sales", "events", "dokan", [line(0)], ["anna"], [], event="lead", grounds=[("1", "affiliate", "anna", None, "no_rule", 0, None, 0)])
# Conditions.
pays("coupon-owner", "the owner's coupon was used", "rules coupon", "coupon", 10_000, 2_500, "owner", coupons=["anna10"])
pays("customer-new", "a new customer", "rules customer", "coupon", 10_000, 1_500, "new", customer="new")
pays("customer-unknown", "whether the customer is new is not known", "rules customer", "coupon", 10_000, 500, "else")
# Sellers, logisticians.
settles("seller", "a seller picks one of the rates", "seller", "seller", [line(10_000)], ["tom"], [("1", "affiliate", "tom", 2_050, "phone"), ("1", "vendor", VENDOR, 7_950)], rate="20.5",
        grounds=[("1", "affiliate", "tom", "phone", "choice", 10_000, "20.5", 2_050)])
settles("seller-rate", "but no other", "seller bad", "seller", [line(10_000)], ["tom"], "rate_not_allowed", rate="25")
pays("seller-none", "without a pick the next rule holds", "seller", "seller", 10_000, 3_000, "web", who="tom")
pays("seller-not", "and for who is no seller", "seller", "seller", 10_000, 3_000, "web", rate="25")
settles("logistician", "who ships earns nothing by that", "roles", "logistician", [line(10_000)], ["anna"], [("1", "vendor", VENDOR, 10_000)],
        grounds=[("1", "affiliate", "anna", None, "no_partnership", 10_000, None, 0)])
# Bonuses.
settles("bonus", "a percentage, and both bonuses beside it", "bonus", "bonus", [line(10_000)], ["anna"],
        [("1", "affiliate", "anna", 1_000, "ten"), ("1", "affiliate", "anna", 700, "spring"), ("1", "affiliate", "anna", 200, "two more"), ("1", "vendor", VENDOR, 8_100)],
        grounds=[("1", "affiliate", "anna", "ten", "percent", 10_000, "10", 1_000), ("1", "affiliate", "anna", "spring", "bonus", 10_000, None, 700),
                 ("1", "affiliate", "anna", "two more", "bonus", 10_000, "2", 200)])
settles("bonus-over", "the date range is over", "bonus boundary", "bonus", [line(10_000)], ["bob"], [("1", "affiliate", "bob", 1_000, "ten"), ("1", "vendor", VENDOR, 9_000)], at=AT + 1)
settles("bonus-alone", "no bonus without a rule", "bonus", "bonus", [line(10_000, product="q")], ["anna"], [("1", "vendor", VENDOR, 10_000)])
# The second level.
settles("levels", "10 and 5 % of the commission, from the vendor's part, after the partner's", "levels", "levels", [line(10_000)], ["anna"],
        [("1", "affiliate", "anna", 5_000, "half"), ("1", "partner", "jv", 500), ("1", "second_level", "bob", 500, "level 1"), ("1", "second_level", "carl", 250, "level 2"), ("1", "vendor", VENDOR, 3_750)],
        grounds=[("1", "affiliate", "anna", "half", "percent", 10_000, "50", 5_000), ("1", "partner", "jv", None, "percent", 5_000, "10", 500),
                 ("1", "second_level", "bob", "level 1", "percent", 5_000, "10", 500), ("1", "second_level", "carl", "level 2", "percent", 5_000, "5", 250)])
settles("levels-two-recruits", "two recruits of one parent", "levels multi", "levels", [line(10_000)], [credit("anna", 1), credit("dora", 1)],
        [("1", "affiliate", "anna", 2_500, "half"), ("1", "affiliate", "dora", 2_500, "half"), ("1", "partner", "jv", 500), ("1", "second_level", "bob", 500, "level 1"),
         ("1", "second_level", "carl", 250, "level 2"), ("1", "vendor", VENDOR, 3_750)])
settles("levels-suspended", "a suspended parent earns nothing; who stands above keeps their level", "levels", "levels", [line(10_000)], ["emil"],
        [("1", "affiliate", "emil", 5_000, "half"), ("1", "partner", "jv", 500), ("1", "second_level", "carl", 250, "level 2"), ("1", "vendor", VENDOR, 4_250)])
settles("levels-base", "10 % of the base", "levels", "levels_base", [line(10_000)], ["anna"],
        [("1", "affiliate", "anna", 5_000, "half"), ("1", "second_level", "bob", 1_000, "level 1"), ("1", "vendor", VENDOR, 4_000)],
        [("R-1", 5_000, None, [("1", "affiliate", "anna", -2_500, "half"), ("1", "second_level", "bob", -500, "level 1"), ("1", "vendor", VENDOR, -2_000)])])
settles("levels-no-order", "what a parent gets is no order of theirs", "levels tiers", "levels_count", [line(10_000)], ["bob"],
        [("1", "affiliate", "bob", 1_000, "count"), ("1", "vendor", VENDOR, 9_000)], earlier=[sold(100)])
# Partners.
settles("partner-dates", "the rates that hold at the time of the order add up: 20 and 5 %", "partners", "partner_dates", [line(10_000)], [], [("1", "partner", "jv", 2_500), ("1", "vendor", VENDOR, 7_500)])
settles("partner-before", "before March 10 and 5 %", "partners boundary", "partner_dates", [line(10_000)], [], [("1", "partner", "jv", 1_500), ("1", "vendor", VENDOR, 8_500)], at=1_772_323_199_999)
settles("partner-pinned", "a later payment at the rate of the first", "partners", "partner_pinned", [line(10_000)], [], [("1", "partner", "jv", 1_000), ("1", "vendor", VENDOR, 9_000)],
        payment=2, first_at=1_772_323_199_999)
# Shipping and discounts.
settles("shipping-out", "120.00 with 20.00 shipping and 20.00 tax: 10 % of 100.00 × 100 / 120", "base", "shipping_out", [line(12_000, 2_000, shipping=2_000)], ["anna"],
        [("1", "tax", None, 2_000), ("1", "affiliate", "anna", 833, "ten"), ("1", "vendor", VENDOR, 9_167)], grounds=[("1", "affiliate", "anna", "ten", "percent", 8_333, "10", 833)])
settles("shipping-in", "unless the program says so, shipping is in the base", "base", "dub_10", [line(12_000, 2_000, shipping=2_000)], ["anna"],
        [("1", "tax", None, 2_000), ("1", "affiliate", "anna", 1_000, "10"), ("1", "vendor", VENDOR, 9_000)])
settles("discount-out", "90.00 after 10.00 discount: 10 % of 100.00", "base", "discount_out", [line(9_000, discount=1_000)], ["anna"], [("1", "affiliate", "anna", 1_000, "ten"), ("1", "vendor", VENDOR, 8_000)])
settles("discount-all", "a discount of all leaves nothing to take from", "base boundary", "discount_out", [line(0, discount=1_000)], ["anna"], [])
settles("shipping-over", "more shipping than gross", "base bad", "shipping_out", [line(100, shipping=101)], ["anna"], "tax_over_gross")
# The order of lines, disputes.
settles("lines-by-id", "the cent that a split leaves over goes by line id, not by place", "lines", "half_fee", [line(100, id="b"), line(100, id="a", product="q")], ["anna"],
        [("b", "affiliate", "anna", 50, "a"), ("b", "vendor", VENDOR, 50), ("a", "fee", None, 1), ("a", "vendor", VENDOR, 99)])
settles("chargeback", "a refund, then a chargeback of the rest; the dispute is won, and lost again", "dispute", "dub_10", [line(1_000)], ["anna"], [("1", "affiliate", "anna", 100, "10"), ("1", "vendor", VENDOR, 900)],
        [("R-1", 300, None, [("1", "affiliate", "anna", -30, "10"), ("1", "vendor", VENDOR, -270)]),
         reverse("C-1", [("1", "affiliate", "anna", -70, "10"), ("1", "vendor", VENDOR, -630)]),
         restore("C-2", "W-1", "refund_unknown"), restore("C-1", "R-1", "refund_repeated"), restore("C-1", "", "text_invalid"),
         restore("C-1", "W-1", [("1", "affiliate", "anna", 70, "10"), ("1", "vendor", VENDOR, 630)]), restore("C-1", "W-2", "commission_invalid"),
         ("R-2", 701, None, "refund_over_paid"), ("R-2", 700, None, [("1", "affiliate", "anna", -70, "10"), ("1", "vendor", VENDOR, -630)]), reverse("C-3", [])])
# Accounts.
settles("counted-once", "a bonus beside the rule does not count the order's revenue again: 600.00 and 300.00 are below 1000.00", "tiers bonus", "tiers_bonus", [line(30_000)], ["anna"],
        [("1", "affiliate", "anna", 3_000, "month"), ("1", "affiliate", "anna", 600, "two more"), ("1", "vendor", VENDOR, 26_400)], earlier=[([line(60_000)], ["anna"], [], {"at": AT - DAY})])
settles("explained", "the account of a settlement with most that there is", "explain", "levels", [line(10_001)], ["anna", "emil"],
        [("1", "affiliate", "anna", 2_501, "half"), ("1", "affiliate", "emil", 2_500, "half"), ("1", "partner", "jv", 500),
         ("1", "second_level", "bob", 250, "level 1"), ("1", "second_level", "carl", 250, "level 2"), ("1", "vendor", VENDOR, 4_000)],
        explain="""sale `A-1`, payment 1, 2026-03-03T18:00:00Z: 100.01 EUR
line `1`: 100.01 EUR
  affiliate `anna`: 25.01 EUR
    rule `half`: 50 % of 50.01 EUR is 25.005, rounded half_away: 25.01 EUR
  affiliate `emil`: 25.00 EUR
    rule `half`: 50 % of 50.00 EUR: 25.00 EUR
  partner `jv`: 5.00 EUR
    10 % of 50.00 EUR: 5.00 EUR
  second level `bob`: 2.50 EUR
    level 1: 10 % of 25.01 EUR is 2.501, rounded half_away: 2.50 EUR
  second level `carl`: 2.50 EUR
    level 2: 5 % of 25.01 EUR is 1.2505, rounded half_away: 1.25 EUR
    level 2: 5 % of 25.00 EUR: 1.25 EUR
  vendor `vendor`: 40.00 EUR, what is left
""")
settles("explained-nothing", "the account of nothing, and of a refund", "explain", "dokan", [line(1_000, product="q", id="x")], ["anna"], [("x", "affiliate", "anna", 300, "30"), ("x", "vendor", VENDOR, 700)],
        [("R-1", 500, None, [("x", "affiliate", "anna", -150, "30"), ("x", "vendor", VENDOR, -350)])],
        explain="""sale `A-1`, payment 1, 2026-03-03T18:00:00Z: 10.00 EUR
line `x`: 10.00 EUR
  affiliate `anna`: 3.00 EUR
    rule `30`: 30 % of 10.00 EUR: 3.00 EUR
  vendor `vendor`: 7.00 EUR, what is left
taken back by `R-1`: -5.00 EUR
  line `x`, affiliate `anna`: -1.50 EUR
  line `x`, vendor `vendor`: -3.50 EUR
""")
settles("explained-limits", "the account of bonuses, limits and reasons", "explain", "logistician", [line(1_000)], ["anna"], [("1", "vendor", VENDOR, 1_000)],
        explain="""sale `A-1`, payment 1, 2026-03-03T18:00:00Z: 10.00 EUR
line `1`: 10.00 EUR
  vendor `vendor`: 10.00 EUR, what is left
  affiliate `anna`: nothing
    no approved partnership for this product at this time
""")

write("commission.json", "What each commission rule pays, and why; every settlement adds up to gross.", SETTLEMENTS.cases, programs=PROGRAMS)
