"""Money and settlement vectors."""
from decimal import Decimal, getcontext

from common import SAFE, affiliate, partner, product, program, rule, state, write
from settling import AT, Settlements, credit, line

getcontext().prec = 60
cases = []


def money(id, about, flags, op, expect, **input):
    cases.append({"id": id, "about": about, "flags": flags.split(), "op": op, **input, "expect": expect})


def parse(id, text, currency, expect, about):
    money(id, about, "parse", "parse", {"minor": expect} if isinstance(expect, int) else {"error": expect}, text=text, currency=currency)


def split(id, total, weights, parts, about):
    money(id, about, "allocate", "allocate", {"parts": parts}, total=total, weights=weights)


parse("eur", "49.00", "EUR", 4900, "two digits")
parse("eur-short", "49.5", "EUR", 4950, "fewer digits than the currency has")
parse("eur-negative", "-0.01", "EUR", -1, "a negative amount")
parse("eur-3", "49.001", "EUR", "money_invalid", "more digits than the currency has")
parse("jpy", "1190", "JPY", 1190, "no digits")
parse("jpy-point", "1190.0", "JPY", "money_invalid", "no digits means none")
parse("kwd", "1.234", "KWD", 1234, "three digits")
parse("clf", "1.2345", "CLF", 12345, "four digits")
parse("exponent", "1e3", "EUR", "money_invalid", "no exponents")
parse("underscore", "1_000", "EUR", "money_invalid", "no separators")
parse("comma", "1,00", "EUR", "money_invalid", "no commas")
parse("plus", "+1", "EUR", "money_invalid", "no plus sign")
parse("blank", " 1", "EUR", "money_invalid", "no blanks")
parse("point-first", ".5", "EUR", "money_invalid", "a digit before the point")
parse("point-last", "5.", "EUR", "money_invalid", "a digit behind the point")
parse("empty", "", "EUR", "money_invalid", "not empty")
parse("nan", "NaN", "EUR", "money_invalid", "not NaN")
parse("arabic", "\u0661", "EUR", "money_invalid", "ASCII digits only")
parse("largest", "90071992547409.91", "EUR", SAFE, "2^53 − 1 cents")
parse("too-large", "90071992547409.92", "EUR", "money_out_of_range", "2^53 cents")
parse("smallest", "-90071992547409.91", "EUR", -SAFE, "−(2^53 − 1) cents")
parse("endless", "9" * 400, "EUR", "money_out_of_range", "400 digits")
parse("lower-case", "1.00", "eur", "currency_unknown", "codes are capital letters")
parse("gold", "1.00", "XAU", "currency_unknown", "gold has no minor unit")
parse("zero", "0.00", "EUR", 0, "nothing")
parse("negative-zero", "-0.00", "EUR", 0, "nothing has no sign")
parse("negative-yen", "-1190", "JPY", -1190, "a negative amount without digits")
split("three-ways", 100, [1, 1, 1], [34, 33, 33], "the earlier part first where remainders tie")
split("one-two-three", 2, [1, 2, 3], [0, 1, 1], "largest remainders: 1/3, 2/3 and 1")
split("zero-weight", 5, [0, 1], [0, 5], "a weight of zero gets nothing")
split("all-zero", 5, [0, 0], [0, 0], "without weights nothing is given")
split("nobody", 5, [], [], "nobody to give to")
split("nothing", 0, [3, 4], [0, 0], "nothing to give")
split("seven", 10, [1] * 7, [2, 2, 2, 1, 1, 1, 1], "10 by seven")
split("large", SAFE, [1, 1], [2**52, 2**52 - 1], "the largest amount, halved")
split("large-weights", 100, [SAFE, SAFE, SAFE], [34, 33, 33], "the largest weights")
# Published splits; decision.json has the weights' own cases.
SERIES = [int((Decimal(2) ** (32 - Decimal(days) / 7)).quantize(Decimal(1))) for days in (30, 24, 18, 12, 6, 0)]
split("half-life-series", 20_000, SERIES, [473, 856, 1551, 2810, 5090, 9220], "200.00 over touches 30, 24, 18, 12, 6 and 0 days old, half-life 7 days")
split("snowplow-linear", 14_000, [1, 1, 1], [4667, 4667, 4666], "140.00 over Direct, Organic, Direct alike, exact to the cent (Snowplow)")
split("snowplow-position", 14_000, [40, 20, 40], [5600, 2800, 5600], "140.00 by position (Snowplow)")
split("two-one-one", 8, [2, 1, 1], [4, 2, 2], "8 with credit 2:1:1, newest first")
split("pap-position", 10_000, [150, 25, 25, 25, 275], [3000, 500, 500, 500, 5500], "100.00: 25 % to the first, 50 % to the last, the rest to all alike (Post Affiliate Pro)")

write("money.json", "Decimal text to minor units, and splits that lose nothing.", cases)

HALF = rule("half", {"percent": "50"})
ANNA, BOB = affiliate("anna", group="gold"), affiliate("bob")
COPECART = {"preset": "copecart"}


def simple(*rules, partners=(), settlement=None, affiliates=(ANNA, BOB)):
    return program(affiliates, [product("p", *partners), product("q")], commission=rules, settlement=settlement)


PROGRAMS = {
    "copecart": simple(HALF, settlement=COPECART),
    "copecart_jv": simple(rule("thirty", {"percent": "30"}), partners=[partner("jv", "40")], settlement=COPECART),
    "copecart_jv_same": simple(rule("thirty", {"percent": "30"}), partners=[partner("jv", "40")], settlement={**COPECART, "partners_base": "same_base"}),
    "half": simple(HALF),
    "half_even": simple(HALF, settlement={"rounding": "half_even"}),
    "half_down": simple(HALF, settlement={"rounding": "down"}),
    "gross": simple(HALF, settlement={"base": "gross", "fee": {"percent": "10", "fixed": []}}),
    "net_of_tax": simple(HALF, settlement={"base": "net_of_tax", "fee": {"percent": "10", "fixed": []}}),
    "fee_after": simple(HALF, settlement={"base": "net_of_tax", "steps": ["tax", "affiliate", "fee", "partners"], "fee": {"percent": "10", "fixed": ["1.00 EUR"]}}),
    "fixed": simple(rule("ten", {"fixed": ["10.00 EUR", "12 JPY"]})),
    "per_unit": simple(rule("five each", {"fixed": ["5.00 EUR"], "per": "unit"})),
    "plus_first": simple(rule("ten and hundred", {"percent": "10", "first_payment": ["100.00 EUR"]})),
    "rules": simple(rule("big", {"percent": "5"}, gross_from="500.00 EUR"), rule("gold", {"percent": "40"}, group=["gold"], product=["p"]),
                    rule("repeat", {"percent": "10"}, payment_from=2), rule("spring", {"percent": "30"}, **{"from": "2026-03-01T00:00:00Z", "until": "2026-03-03T18:00:00Z"}),
                    rule("mail", {"percent": "20"}, campaign=["mail"]), rule("austria", {"percent": "15"}, country=["AT"], customer="new")),
    "two_partners": simple(HALF, partners=[partner("jv1", "50"), partner("jv2", "50")]),
    "third": simple(rule("third", {"percent": "33.333333"})),
    "product_only": program([affiliate("anna", state("approved", product="p"))], [product("p"), product("q")], commission=[HALF]),
    "refund_79": simple(rule("7.9", {"percent": "7.9"})),
}
TEN = [line(1_000)]
CONDITIONS = [
    ("product", ["q"], ([line(1_000, product="q")], {}), (TEN, {})),
    ("campaign", ["Spring"], (TEN, {"campaign": "Spring"}), (TEN, {"campaign": "spring"})),
    ("coupon", ["ANNA10"], (TEN, {"coupons": ["X", "anna10"]}), (TEN, {"coupons": ["ANNA1"]})),
    ("country", ["DE", "AT"], (TEN, {"country": "AT"}), (TEN, {"country": "CH"})),
    ("customer", "new", (TEN, {"customer": "new"}), (TEN, {"customer": "returning"})),
    ("payment_from", 2, (TEN, {"payment": 2}), (TEN, {"payment": 1})),
    ("payment_to", 2, (TEN, {"payment": 2}), (TEN, {"payment": 3})),
    ("quantity_from", 2, ([line(1_000, quantity=2)], {}), (TEN, {})),
    ("quantity_to", 2, ([line(1_000, quantity=2)], {}), ([line(1_000, quantity=3)], {})),
    ("gross_from", "10.00 EUR", (TEN, {}), ([line(990)], {})),
    ("gross_below", "10.00 EUR", ([line(990)], {}), (TEN, {})),
    ("from", "2026-03-03T18:00:00Z", (TEN, {}), (TEN, {"at": AT - 1})),
    ("until", "2026-03-03T18:00:00Z", (TEN, {"at": AT - 1}), (TEN, {})),
]
for key, value, _, _ in CONDITIONS:
    PROGRAMS[f"if_{key}"] = simple(rule("if", {"percent": "50"}, **{key: value}), rule("rest", {"percent": "10"}))
SETTLEMENTS = Settlements()
settles = SETTLEMENTS.settles
VENDOR, CC = "vendor", [("1", "tax", None, 19_000), ("1", "fee", None, 5_931)]
PRICE = [line(119_000, 19_000)]
settles("copecart", "the published example: 1190.00, VAT 190.00, fee 59.31, half of the rest, a half cent to the even one (help.copecart.com)", "published copecart", "copecart",
        PRICE, ["anna"], [*CC, ("1", "affiliate", "anna", 47_034, "half"), ("1", "vendor", VENDOR, 47_035)],
        [("R1", 40_000, None, [("1", "tax", None, -6_386), ("1", "fee", None, -1_994), ("1", "affiliate", "anna", -15_810, "half"), ("1", "vendor", VENDOR, -15_810)]),
         ("R2", 79_000, None, [("1", "tax", None, -12_614), ("1", "fee", None, -3_937), ("1", "affiliate", "anna", -31_224, "half"), ("1", "vendor", VENDOR, -31_225)]),
         ("R3", 1, None, "refund_over_paid")])
settles("copecart-jv", "30 % affiliate, then 40 % JV of what is left (published)", "published copecart partners", "copecart_jv",
        PRICE, ["anna"], [*CC, ("1", "affiliate", "anna", 28_221, "thirty"), ("1", "partner", "jv", 26_339), ("1", "vendor", VENDOR, 39_509)])
settles("copecart-jv-same", "30 % affiliate and 40 % JV of the same base (published)", "published copecart partners", "copecart_jv_same",
        PRICE, ["anna"], [*CC, ("1", "affiliate", "anna", 28_221, "thirty"), ("1", "partner", "jv", 37_628), ("1", "vendor", VENDOR, 28_220)])
settles("nobody", "nobody is credited", "settlement", "copecart", PRICE, [], [*CC, ("1", "vendor", VENDOR, 94_069)])
settles("free-odd", "a price of nothing has no fee, and needs none in its currency", "settlement boundary", "copecart", [line(0, currency="JPY")], ["anna"], [])
settles("credited-twice", "one affiliate credited twice has the sum of the weights: 5 of 10", "settlement", "half", [line(100)], [credit("anna", 2), credit("anna", 3), credit("bob", 5)],
        [("1", "affiliate", "anna", 25, "half"), ("1", "affiliate", "bob", 25, "half"), ("1", "vendor", VENDOR, 50)])
# Every condition of a rule, where it just holds and where it just does not: the rule pays half, the rest a tenth.
for key, value, inside, outside in CONDITIONS:
    for word, (lines, more), share, rule_name in (("holds", inside, 2, "if"), ("not", outside, 10, "rest")):
        paid = sum(row["gross"]["minor"] for row in lines) // share
        settles(f"if-{key}-{word}", f"`{key} = {value}`, where it just {'holds' if word == 'holds' else 'does not'}", "rules boundary", f"if_{key}", lines, [credit("anna", 1, more.pop("campaign", None))],
                [("1", "affiliate", "anna", paid, rule_name), ("1", "vendor", VENDOR, sum(row["gross"]["minor"] for row in lines) - paid)], **more)
settles("half-away", "half of one cent goes away from zero", "rounding", "half", [line(1)], ["anna"], [("1", "affiliate", "anna", 1, "half")])
settles("half-even", "or to the even cent", "rounding", "half_even", [line(1)], ["anna"], [("1", "vendor", VENDOR, 1)])
settles("half-even-3", "1.5 to 2", "rounding", "half_even", [line(3)], ["anna"], [("1", "affiliate", "anna", 2, "half"), ("1", "vendor", VENDOR, 1)])
settles("half-down", "or down", "rounding", "half_down", [line(3)], ["anna"], [("1", "affiliate", "anna", 1, "half"), ("1", "vendor", VENDOR, 2)])
settles("jpy", "a currency without decimals", "currency", "half", [line(1_191, 191, currency="JPY")], ["anna"],
        [("1", "tax", None, 191), ("1", "affiliate", "anna", 500, "half"), ("1", "vendor", VENDOR, 500)])
settles("kwd", "one with three", "currency", "half", [line(10_001, currency="KWD")], ["anna"], [("1", "affiliate", "anna", 5_001, "half"), ("1", "vendor", VENDOR, 5_000)])
settles("clf", "one with four", "currency", "third", [line(100_000, currency="CLF")], ["anna"], [("1", "affiliate", "anna", 33_333, "third"), ("1", "vendor", VENDOR, 66_667)])
settles("copecart-sek", "the platform's fixed fee has no amount in this currency", "currency", "copecart", [line(100, currency="SEK")], ["anna"], "currency_mismatch")
settles("largest", "the largest amount", "boundary", "half", [line(SAFE)], ["anna"], [("1", "affiliate", "anna", 2**52, "half"), ("1", "vendor", VENDOR, 2**52 - 1)],
        [("R1", SAFE, None, [("1", "affiliate", "anna", -(2**52), "half"), ("1", "vendor", VENDOR, 1 - 2**52)])])
settles("free", "a free order", "boundary", "copecart", [line(0)], ["anna"], [])
settles("all-tax", "tax takes all, so nothing is left for the fee", "boundary", "copecart", [line(500, 500)], ["anna"], [("1", "tax", None, 500)])
settles("fee-over", "the fee takes what is left and no more", "boundary", "copecart", [line(100, 19)], ["anna"], [("1", "tax", None, 19), ("1", "fee", None, 81)])
settles("base-gross", "half of gross; the fee was taken before", "base", "gross", [line(10_000, 1_000)], ["anna"],
        [("1", "tax", None, 1_000), ("1", "fee", None, 1_000), ("1", "affiliate", "anna", 5_000, "half"), ("1", "vendor", VENDOR, 3_000)])
settles("base-net", "half of what is left without the tax", "base", "net_of_tax", [line(10_000, 1_000)], ["anna"],
        [("1", "tax", None, 1_000), ("1", "fee", None, 1_000), ("1", "affiliate", "anna", 4_500, "half"), ("1", "vendor", VENDOR, 3_500)])
settles("base-gross-capped", "half of gross, but less is left", "base boundary", "gross", [line(10_000, 6_000)], ["anna"],
        [("1", "tax", None, 6_000), ("1", "fee", None, 1_000), ("1", "affiliate", "anna", 3_000, "half")])
settles("fee-after", "the steps in another order", "steps", "fee_after", [line(10_000, 1_000)], ["anna"],
        [("1", "tax", None, 1_000), ("1", "affiliate", "anna", 4_500, "half"), ("1", "fee", None, 1_100), ("1", "vendor", VENDOR, 3_400)])
settles("fee-lines", "one fee for the order: 4.9 % of 300.00 and 1.00, shared by what is left of each line", "fee lines", "copecart",
        [line(10_000, id="a"), line(20_000, id="b")], [],
        [("a", "fee", None, 523), ("a", "vendor", VENDOR, 9_477), ("b", "fee", None, 1_047), ("b", "vendor", VENDOR, 18_953)])
settles("fixed", "a fixed sum", "fixed", "fixed", [line(10_000)], ["anna"], [("1", "affiliate", "anna", 1_000, "ten"), ("1", "vendor", VENDOR, 9_000)])
settles("fixed-jpy", "in the order's currency", "fixed currency", "fixed", [line(100, currency="JPY")], ["anna"], [("1", "affiliate", "anna", 12, "ten"), ("1", "vendor", VENDOR, 88)])
settles("fixed-usd", "which must be among those given", "fixed currency", "fixed", [line(10_000, currency="USD")], ["anna"], "currency_mismatch")
settles("fixed-lines", "once for the order, shared by its lines", "fixed lines", "fixed", [line(10_000, id="a"), line(20_000, id="b")], ["anna"],
        [("a", "affiliate", "anna", 333, "ten"), ("a", "vendor", VENDOR, 9_667), ("b", "affiliate", "anna", 667, "ten"), ("b", "vendor", VENDOR, 19_333)])
settles("fixed-two", "and by the credits' weights", "fixed multi", "fixed", [line(10_000)], [credit("anna", 1), credit("bob", 2)],
        [("1", "affiliate", "anna", 333, "ten"), ("1", "affiliate", "bob", 667, "ten"), ("1", "vendor", VENDOR, 9_000)])
settles("fixed-capped", "never more than there is", "fixed boundary", "fixed", [line(600)], ["anna"], [("1", "affiliate", "anna", 600, "ten")])
settles("fixed-capped-two", "what there is, in the same proportions", "fixed boundary multi", "fixed", [line(601)], [credit("anna", 1), credit("bob", 1)],
        [("1", "affiliate", "anna", 301, "ten"), ("1", "affiliate", "bob", 300, "ten")])
settles("per-unit", "for every piece", "fixed quantity", "per_unit", [line(10_000, quantity=3)], ["anna"], [("1", "affiliate", "anna", 1_500, "five each"), ("1", "vendor", VENDOR, 8_500)])
settles("plus-first", "percent, and a sum once on the first payment", "first_payment", "plus_first", [line(50_000)], ["anna"],
        [("1", "affiliate", "anna", 15_000, "ten and hundred"), ("1", "vendor", VENDOR, 35_000)])
settles("plus-later", "later payments bring the percent only", "first_payment", "plus_first", [line(50_000)], ["anna"],
        [("1", "affiliate", "anna", 5_000, "ten and hundred"), ("1", "vendor", VENDOR, 45_000)], payment=2)
settles("plus-capped", "the sum never exceeds one instalment", "first_payment boundary", "plus_first", [line(9_000)], ["anna"], [("1", "affiliate", "anna", 9_000, "ten and hundred")])
for id, about, lines, who, percent, name, more in [
    ("rule-gross", "500.00 and more", [line(50_000)], credit("bob"), 5, "big", {}),
    ("rule-group", "a group and a product", [line(10_000)], credit("anna"), 40, "gold", {}),
    ("rule-payment", "from the second payment on", [line(10_000)], credit("bob"), 10, "repeat", {"payment": 2}),
    ("rule-date", "the last millisecond of a date range", [line(10_000)], credit("bob"), 30, "spring", {"at": AT - 1}),
    ("rule-campaign", "a campaign", [line(10_000)], credit("bob", campaign="mail"), 20, "mail", {}),
    ("rule-country", "a country and a new customer", [line(10_000)], credit("bob"), 15, "austria", {"country": "AT", "customer": "new"}),
]:
    amount = lines[0]["gross"]["minor"] * percent // 100
    settles(id, f"the first rule that holds: {about}", "rules", "rules", lines, [who],
            [("1", "affiliate", who["affiliate"], amount, name), ("1", "vendor", VENDOR, lines[0]["gross"]["minor"] - amount)], **more)
settles("rule-none", "no rule holds: just before 500.00, at the end of the range", "rules boundary", "rules", [line(49_999)], ["bob"], [("1", "vendor", VENDOR, 49_999)])
settles("multi", "the base is split by the weights first: 100 by 1:1:1", "multi", "half", [line(100)], [credit("anna", 1), credit("bob", 1), credit("anna", 1, "mail")],
        [("1", "affiliate", "anna", 34, "half"), ("1", "affiliate", "bob", 17, "half"), ("1", "vendor", VENDOR, 49)])
settles("partners-two", "two partners of 50 %: the second gets what is left", "partners rounding", "two_partners", [line(5)], [],
        [("1", "partner", "jv1", 3), ("1", "partner", "jv2", 2)])
settles("product-only", "without a partnership for the line's product there is no commission on it", "partnership", "product_only",
        [line(1_000, id="a"), line(1_000, product="q", id="b")], ["anna"],
        [("a", "affiliate", "anna", 500, "half"), ("a", "vendor", VENDOR, 500), ("b", "vendor", VENDOR, 1_000)])
settles("refund-79", "price 1000, credit 79: refunds of 400 and 600 take back 79 together", "refund published", "refund_79", [line(1_000)], ["anna"],
        [("1", "affiliate", "anna", 79, "7.9"), ("1", "vendor", VENDOR, 921)],
        [("R1", 400, None, [("1", "affiliate", "anna", -32, "7.9"), ("1", "vendor", VENDOR, -368)]),
         ("R2", 600, None, [("1", "affiliate", "anna", -47, "7.9"), ("1", "vendor", VENDOR, -553)])])
settles("refund-thirds", "three refunds of a third each", "refund", "half", [line(99)], ["anna"],
        [("1", "affiliate", "anna", 50, "half"), ("1", "vendor", VENDOR, 49)],
        [("R1", 33, None, [("1", "affiliate", "anna", -17, "half"), ("1", "vendor", VENDOR, -16)]),
         ("R2", 33, None, [("1", "affiliate", "anna", -16, "half"), ("1", "vendor", VENDOR, -17)]),
         ("R3", 33, None, [("1", "affiliate", "anna", -17, "half"), ("1", "vendor", VENDOR, -16)])])
settles("refund-line", "a refund of one line, then of the rest of the order", "refund lines", "half", [line(100, id="a"), line(200, id="b")], ["anna"],
        [("a", "affiliate", "anna", 50, "half"), ("a", "vendor", VENDOR, 50), ("b", "affiliate", "anna", 100, "half"), ("b", "vendor", VENDOR, 100)],
        [("R1", 100, "a", [("a", "affiliate", "anna", -50, "half"), ("a", "vendor", VENDOR, -50)]),
         ("R2", 1, "a", "refund_over_paid"),
         ("R3", 200, None, [("b", "affiliate", "anna", -100, "half"), ("b", "vendor", VENDOR, -100)])])
settles("refund-shared", "a refund of the order is shared by what is left of each line", "refund lines", "half", [line(100, id="a"), line(200, id="b")], [],
        [("a", "vendor", VENDOR, 100), ("b", "vendor", VENDOR, 200)],
        [("R1", 30, None, [("a", "vendor", VENDOR, -10), ("b", "vendor", VENDOR, -20)]),
         ("R2", 270, None, [("a", "vendor", VENDOR, -90), ("b", "vendor", VENDOR, -180)])])
settles("refund-misuse", "what a refund may not be", "refund", "half", [line(100)], [], [("1", "vendor", VENDOR, 100)],
        [("R1", 101, None, "refund_over_paid"), ("R1", 0, None, "refund_not_positive"), ("R1", -5, None, "refund_not_positive"), ("R1", 5, "9", "line_unknown"),
         ("R1", 5, None, "currency_mismatch", "USD"), ("", 5, None, "text_invalid"),
         ("R1", 40, None, [("1", "vendor", VENDOR, -40)]), ("R1", 40, None, "refund_repeated"), ("R2", 60, None, [("1", "vendor", VENDOR, -60)])])
for id, about, lines, code, more in [
    ("bad-currencies", "two currencies in one order", [line(100, id="a"), line(100, id="b", currency="USD")], "currency_mismatch", {}),
    ("bad-negative", "a negative amount", [line(-1)], "amount_negative", {}),
    ("bad-tax", "more tax than gross", [line(100, 101)], "tax_over_gross", {}),
    ("bad-quantity", "nothing bought", [line(100, quantity=0)], "quantity_invalid", {}),
    ("bad-line-twice", "two lines of one id", [line(100), line(100)], "line_repeated", {}),
    ("bad-payment", "payment number 0", [line(100)], "quantity_invalid", {"payment": 0}),
    ("bad-sum", "lines that sum above 2^53 − 1", [line(SAFE, id="a"), line(1, id="b")], "money_out_of_range", {}),
    ("bad-country", "a country in small letters", [line(100)], "word_unknown", {"country": "at"}),
]:
    settles(id, about, "bad", "half", lines, ["anna"], code, **more)
settles("bad-affiliate", "a credit for somebody else's affiliate", "bad", "half", [line(100)], ["eve"], "decision_mismatch")
settles("bad-weight", "a credit of weight zero", "bad", "half", [line(100)], [credit("anna", 0)], "decision_mismatch")
write("settlement.json", "Who gets what of an order and of its refunds; every settlement adds up to gross.", SETTLEMENTS.cases, programs=PROGRAMS)
