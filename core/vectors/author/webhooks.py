"""Vectors of webhooks: what platforms tell, and the events it becomes. Signatures are made here, by the rules of the platforms."""
import base64
import hashlib
import hmac
import json
import urllib.parse

from common import program, write

SECRET = "s3cret of the shop"
RECEIVED = 1_772_560_805_000  # 2026-03-03T18:00:05Z
AT = 1_772_560_800_000  # 2026-03-03T18:00:00Z
PROGRAMS = {"utc": program([]), "berlin": program([], time_zone="Europe/Berlin")}
cases = []


def euro(minor, currency="EUR"):
    return {"minor": minor, "currency": currency}


def mac(body, secret=SECRET):
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()


def sign64(body):
    return base64.b64encode(mac(body)).decode()


def add(id, about, flags, platform, body, signature, expect, rules="utc", secret=SECRET):
    cases.append({"id": id, "about": about, "flags": [platform, *flags.split()], "program": rules, "platform": platform, "secret": secret, "signature": signature,
                  "body": body, "received": RECEIVED, "expect": expect})


def error(code, place):
    return {"error": code, "place": place}


def line(id, gross, tax=0, product=None, quantity=1, shipping=None, discount=None):
    return {"id": id, "product": product or id, "quantity": quantity, "gross": gross, "tax": tax, "shipping": shipping, "discount": discount}


def read(kind, id, order="A-1", payment=1, at=AT, sale=None, refunds=(), affiliate="anna", campaign=None, affiliate_amount=None, token=None, test=False, notes=(), events=None,
         country=None, first_at=None):
    """sale: lines. events: the (id, kind) of events; refunds: (id, line, minor). By default a kind that is an event is one."""
    own = {"payment": "payment", "pending": "order", "trial": "order", "chargeback": "chargeback", "chargeback_won": "chargeback_won"}
    if events is None:
        events = [] if test else [{"id": i, "kind": "refund", "line": l, "minor": m, "of": None} for i, l, m in refunds] if kind == "refund" else \
            [{"id": id, "kind": own[kind], "line": None, "minor": None, "of": id.removesuffix("_won") if kind == "chargeback_won" else None}] if kind in own else []
    whole = None if sale is None else {"at": at, "payment": payment, "country": country, "first_at": first_at, "lines": sale}
    return {"kind": kind, "id": id, "test": test, "at": at, "order": order, "payment": payment, "sale": whole, "refunds": [{"id": i, "line": l, "minor": m} for i, l, m in refunds],
            "affiliate": affiliate, "campaign": campaign, "affiliate_amount": affiliate_amount, "token": token, "notes": list(notes), "events": events}


# CopeCart.
BASE = {"event_type": "payment.made", "payment_status": "paid", "transaction_type": "sale", "transaction_id": "T-1", "transaction_date": "2026-03-03T18:00:00Z", "order_id": "A-1",
        "transaction_amount": "1190.00", "transaction_vat_amount": "190.00", "transaction_currency": "EUR", "product_id": "521411d4", "affiliate": "anna"}
SOLD = [line("521411d4", 119_000, 19_000)]
PAID = read("payment", "copecart/T-1/payment", sale=SOLD)


def body(**changes):
    fields = {name: value for name, value in {**BASE, **changes}.items() if value is not ...}
    return json.dumps(fields, ensure_ascii=False)


def cope(id, about, flags, expect, rules="utc", **changes):
    text = body(**changes)
    add(f"cope-{id}", about, flags, "copecart", text, sign64(text), expect, rules)


def wrong(id, about, code, place, **changes):
    cope(id, about, "refused", error(code, place), **changes)


plain = body()
cope("paid", "a payment", "payment", PAID)
for name, signature in (("hex", mac(plain).hex()), ("hex-upper", mac(plain).hex().upper()), ("unpadded", sign64(plain).rstrip("=")), ("spaces", f" {sign64(plain)}\n")):
    add(f"cope-{name}", "receivers of old expect hexadecimal digits", "signature", "copecart", plain, signature, PAID)
BAD = error("signature_invalid", "")
for name, about, text, signature, secret in (
        ("changed", "a valid signature, and a changed body", plain.replace("1190.00", "9190.00"), sign64(plain), SECRET),
        ("secret", "another secret", plain, sign64(plain), SECRET + " "),
        ("no-signature", "no signature", plain, "", SECRET),
        ("cut", "half a signature", plain, sign64(plain)[:22], SECRET),
        ("flipped", "the case of base64 counts", plain, sign64(plain).swapcase(), SECRET),
        ("space", "a byte more at the end", plain + " ", sign64(plain), SECRET)):
    add(f"cope-{name}", about, "refused signature", "copecart", text, signature, BAD, secret=secret)
add("cope-empty-secret", "a secret that is none", "refused", "copecart", plain, sign64(plain), error("key_missing", ""), secret="")

# Every event and status of the format.
for event, status, type, kind in (
        ("payment.made", "test_paid", "sale", "payment"),
        ("payment.trial", "trial", "sale", "trial"),
        ("payment.trial", "test_trial", "sale", "trial"),
        ("payment.pending", "pending", "sale", "pending")):
    test = status.startswith("test_")
    cope(f"{kind}-{status}", f"{event} with status {status}", "words", read(kind, f"copecart/T-1/{kind}", sale=SOLD, test=test), event_type=event, payment_status=status, transaction_type=type)
for event, status, type, kind in (
        ("payment.failed", "failed", "sale", "failed"),
        ("payment.refunded", "failed_refunded", "refund", "refund_failed"),
        ("payment.recurring.cancelled", ..., ..., "cancelled"),
        ("payment.recurring.upcoming", "upcoming", ..., "upcoming"),
        ("payment.charged_back", "chargeback_succeeded", "chargeback", "chargeback"),
        ("payment.charged_back", "failed_as_chargeback", "chargeback", "chargeback"),
        ("payment.failed", "failed_as_chargeback", "chargeback", "chargeback"),
        ("payment.charged_back", "chargeback_failed", "chargeback", "chargeback_won")):
    name = f"{event.removeprefix('payment.')}-{status if status is not ... else 'none'}"
    cope(name, f"{event}, {status if status is not ... else 'no status'}", "words", read(kind, f"copecart/T-1/{kind}"), event_type=event, payment_status=status, transaction_type=type)
for status, test in (("successed_refunded", False), ("test_successed_refunded", True)):
    cope(f"refund-{status}", "a refund of all, spelled as the platform does", "words refund",
         read("refund", "copecart/T-1/refund", refunds=[("copecart/T-1/refund", None, 119_000)], test=test), event_type="payment.refunded", payment_status=status, transaction_type="refund")
for name, place, changes in (
        ("event", "/event_type", {"event_type": "payment.paused"}),
        ("status", "/payment_status", {"payment_status": "paid_twice"}),
        ("status-other", "/payment_status", {"payment_status": "successed_refunded"}),
        ("status-upcoming", "/payment_status", {"event_type": "payment.refunded", "payment_status": "paid"}),
        ("type", "/transaction_type", {"transaction_type": "refund"}),
        ("type-new", "/transaction_type", {"transaction_type": "gift"})):
    cope(f"unknown-{name}", "what is not known moves no money, and is told", "unknown", read("unknown", "copecart/T-1/unknown", notes=[place]), **changes)
cope("plan", "words that decide nothing", "unknown", {**PAID, "notes": ["/payment_plan", "/product_type"]}, payment_plan="barter", product_type="plasma")
cope("plan-known", "the plans and products of the format", "words", PAID, payment_plan="abonnement", product_type="printed_book", frequency="yearly")
cope("field", "a field that nobody knows", "unknown", {**PAID, "notes": ["/a~1b", "/gift_wrap"]}, **{"gift_wrap": "red", "a/b": {"c": [1]}})
cope("test", "a test becomes no event", "test", {**PAID, "test": True, "events": []}, test_payment=True)
cope("test-text", "a truth value as text", "test", {**PAID, "test": True, "events": []}, test_payment="true")
cope("nobody", "a sale that nobody sent", "payment", {**PAID, "affiliate": None}, affiliate=None)

# Amounts.
cope("numbers", "amounts as numbers, one with a zero less", "money", PAID, transaction_amount=1190, transaction_vat_amount=190.0)
cope("zeros", "digits that are zero", "money", PAID, transaction_amount="1190.0000", transaction_vat_amount="190")
cope("yen", "a currency without decimals", "money", read("payment", "copecart/T-1/payment", sale=[line("521411d4", 1190, 190)]), transaction_amount="1190.00", transaction_vat_amount="190.0", transaction_currency="jpy")
wrong("digits", "a tenth of a cent", "webhook_invalid", "/transaction_amount", transaction_amount="1190.001")
wrong("comma", "a comma", "webhook_invalid", "/transaction_amount", transaction_amount="1190,00")
wrong("words", "no number", "webhook_invalid", "/transaction_vat_amount", transaction_vat_amount="much")
wrong("infinite", "more than is exact everywhere", "webhook_invalid", "/transaction_amount", transaction_amount="1" * 30)
wrong("list", "an amount that is a list", "webhook_invalid", "/transaction_amount", transaction_amount=[1])
wrong("negative", "a payment below zero", "amount_negative", "/order/lines/0/gross", transaction_amount="-1190.00", transaction_vat_amount="0")
wrong("tax", "more tax than price", "tax_over_gross", "/order/lines/0/tax", transaction_vat_amount="1190.01")
wrong("currency", "a currency that is none", "webhook_invalid", "/transaction_currency", transaction_currency="EURO")
wrong("rate", "a number of the payment that is none", "webhook_invalid", "/rate_number", rate_number="first")
for name in ("event_type", "payment_status", "transaction_id", "order_id", "transaction_amount", "transaction_currency", "product_id"):
    wrong(f"without-{name}", "a field that is needed", "webhook_invalid", f"/{name}", **{name: ...})
wrong("null", "null is missing", "webhook_invalid", "/order_id", order_id=None)
wrong("blank", "spaces are missing", "webhook_invalid", "/order_id", order_id="  ")
wrong("control", "a line break in an id", "webhook_invalid", "/order_id", order_id="A\u00001")

# Lines.
TWO = [{"amount": "1000.00", "vat_amount": "159.66", "slug": "521411d4", "is_addon": False, "name": "Course", "internal_name": "c"}, {"amount": 190, "vat_amount": 30.34, "slug": "addon", "is_addon": True}]
cope("lines", "a line for every product", "lines", read("payment", "copecart/T-1/payment", sale=[line("521411d4", 100_000, 15_966), line("addon", 19_000, 3_034)]), transaction_amount_per_product=TWO)
cope("lines-alone", "without the sums", "lines", read("payment", "copecart/T-1/payment", sale=[line("521411d4", 100_000, 15_966), line("addon", 19_000, 3_034)]),
     transaction_amount_per_product=TWO, transaction_amount=..., transaction_vat_amount=...)
cope("lines-twice", "one product twice", "lines", read("payment", "copecart/T-1/payment", sale=[line("x", 60_000, 9_500), line("x 2", 59_000, 9_500, product="x")]),
     transaction_amount_per_product=[{"amount": "600.00", "vat_amount": "95.00", "slug": "x"}, {"amount": "590.00", "vat_amount": "95.00", "slug": "x"}])
cope("lines-shipping", "shipping beyond the products goes to the first line, with the tax that is left", "lines shipping",
     read("payment", "copecart/T-1/payment", sale=[line("a", 110_000, 17_563, shipping=10_000), line("b", 9_000, 1_437)]), shipping_price="100.00",
     transaction_amount_per_product=[{"amount": "1000.00", "vat_amount": "159.66", "slug": "a"}, {"amount": "90.00", "vat_amount": "14.37", "slug": "b"}])
cope("lines-shipping-in", "shipping within the products is shared by price: 10.00 of 1000 and 190", "lines shipping",
     read("payment", "copecart/T-1/payment", sale=[line("521411d4", 100_000, 15_966, shipping=840), line("addon", 19_000, 3_034, shipping=160)]), transaction_amount_per_product=TWO, shipping_price="10.00")
cope("discount", "a discount", "lines discount", read("payment", "copecart/T-1/payment", sale=[line("521411d4", 119_000, 19_000, discount=5_000)]), transaction_discount_amount="50.00", product_discount_amount="9.00")
cope("discount-product", "a discount on the product", "lines discount", read("payment", "copecart/T-1/payment", sale=[line("521411d4", 119_000, 19_000, discount=900)]), product_discount_amount="-9.00")
cope("quantity", "several pieces", "lines", read("payment", "copecart/T-1/payment", sale=[line("521411d4", 119_000, 19_000, quantity=3)]), quantity=3)
cope("item", "the amount of the one line", "lines", PAID, transaction_amount=..., transaction_vat_amount=..., line_item_amount="1190.00", line_item_vat_amount="190.00")
wrong("lines-sum", "products that are not the whole", "webhook_invalid", "/transaction_amount", transaction_amount="1190.01", transaction_amount_per_product=TWO)
wrong("lines-tax", "taxes that are not the whole", "webhook_invalid", "/transaction_vat_amount", transaction_vat_amount="190.01", transaction_amount_per_product=TWO)
wrong("lines-slug", "a product without a name", "webhook_invalid", "/transaction_amount_per_product/1/slug", transaction_amount_per_product=[TWO[0], {"amount": "190.00"}])
wrong("lines-amount", "a product with half a cent", "webhook_invalid", "/transaction_amount_per_product/0/amount", transaction_amount_per_product=[{"amount": "1190.005", "slug": "x"}])
wrong("lines-shape", "a list of other things", "webhook_invalid", "/transaction_amount_per_product", transaction_amount_per_product=["x"])

# Refunds.
BACK = {"event_type": "payment.refunded", "payment_status": "successed_refunded", "transaction_type": "refund", "transaction_id": "T-2"}
cope("refund-part", "a part, with its sign", "refund", read("refund", "copecart/T-2/refund", refunds=[("copecart/T-2/refund", None, 40_000)]), **BACK, transaction_amount="-400.00")
cope("refund-lines", "by line; a product of which nothing went back has none", "refund lines",
     read("refund", "copecart/T-2/refund", refunds=[("copecart/T-2/refund/521411d4", "521411d4", 40_000), ("copecart/T-2/refund/addon", "addon", 19_000)]), **BACK, transaction_amount="590.00",
     transaction_amount_per_product=[{"amount": "-400.00", "slug": "521411d4"}, {"amount": "190.00", "slug": "addon"}, {"amount": "0.00", "slug": "gift"}])
cope("refund-rest", "products that are not what went back: all lines share it", "refund lines", read("refund", "copecart/T-2/refund", refunds=[("copecart/T-2/refund", None, 40_000)]),
     **BACK, transaction_amount="400.00", transaction_amount_per_product=TWO)
cope("refund-nothing", "a refund of nothing is none", "refund", read("refund", "copecart/T-2/refund"), **BACK, transaction_amount="0.00")
wrong("refund-empty", "how much went back is needed", "webhook_invalid", "/transaction_amount", **BACK, transaction_amount=...)

# Times.
for name, about, date, at, rules in (
        ("offset", "with an offset", "2026-03-03T19:00:00+01:00", AT, "utc"),
        ("naive", "in the program's time zone", "2026-03-03 19:00:00", AT, "berlin"),
        ("naive-t", "with a T", "2026-03-03T18:00:00", AT, "utc"),
        ("utc", "with its zone in words", "2026-03-03 18:00:00 UTC", AT, "berlin"),
        ("german", "as Germans write", "03.03.2026 19:00:00", AT, "berlin"),
        ("summer", "an hour that clocks jumped over is an hour later", "2026-03-29 02:30:00", 1_774_747_800_000, "berlin")):
    cope(f"time-{name}", about, "time", read("payment", "copecart/T-1/payment", sale=SOLD, at=at), rules, transaction_date=date)
cope("time-hour", "the hour in a field of its own", "time", PAID, transaction_date="2026-03-03", transaction_time="18:00:00")
cope("time-day", "a day without an hour is its end, so that its touches come before", "time",
     read("payment", "copecart/T-1/payment", sale=SOLD, at=1_772_578_799_999, notes=["/transaction_date"]), "berlin", transaction_date="2026-03-03")
cope("time-none", "no time: that of receipt", "time", read("payment", "copecart/T-1/payment", sale=SOLD, at=RECEIVED, notes=["/transaction_date"]), transaction_date=...)
wrong("time-wrong", "a day that is none", "webhook_invalid", "/transaction_date", transaction_date="2026-02-30")
cope("time-processed", "when it was processed comes first", "time", PAID, transaction_processed_at="2026-03-03T18:00:00Z", transaction_date="2026-01-01")
cope("rate-2", "a later payment, and when the first was", "recurring",
     read("payment", "copecart/T-1/payment", payment=2, sale=SOLD, first_at=1_769_968_800_000), rate_number="2", total_number_of_payments=6, order_date="2026-02-01", order_time="18:00:00", payment_plan="breakdown_payment")
cope("country", "the buyer's country", "payment", read("payment", "copecart/T-1/payment", sale=SOLD, country="DE"), buyer_country_code="de", buyer_email="lena@example.org")

# What travelled with the order.
TOKEN = next(c["expect"]["text"] for c in json.loads((__import__("pathlib").Path(__file__).resolve().parent.parent / "token.json").read_text())["cases"]
             if c["op"] == "seal" and "text" in c["expect"])
cope("token", "a token in the order's own field", "token", {**PAID, "token": TOKEN}, order_source_identifier=TOKEN)
cope("token-in", "a token within metadata", "token", {**PAID, "token": TOKEN}, metadata={"campaign": "spring", "n": 1, "xa": TOKEN})
cope("token-none", "something else", "token", PAID, order_source_identifier="newsletter", metadata={"x": ["y"]})

for name, about, text in (
        ("not-json", "no JSON", "event_type=payment.made"), ("empty", "nothing", ""), ("array", "a list", "[1]"), ("text", "a text", '"x"'),
        ("open", "an object that does not end", '{"event_type": "payment.made"'), ("deep", "a thousand lists", '{"x": ' + "[" * 1000 + "]" * 1000 + "}")):
    place = "/event_type" if name == "deep" else ""
    add(f"cope-{name}", about, "refused", "copecart", text, sign64(text), error("webhook_invalid", place))
twice = plain[:-1] + ', "order_id": "A-2"}'
add("cope-twice", "a field twice", "refused", "copecart", twice, sign64(twice), error("webhook_invalid", "/order_id"))

# Digistore24.
FORM = {"event": "on_payment", "order_id": "ABCD1234", "transaction_id": "77", "transaction_date": "2026-03-03", "transaction_time": "18:00:00", "product_id": "521411", "currency": "EUR",
        "amount_brutto": "100.00", "amount_netto": "84.03", "amount_vat": "15.97", "amount_provider": "8.90", "amount_affiliate": "37.56", "amount_vendor": "37.57", "affiliate_name": "anna",
        "campaignkey": "spring", "pay_sequence_no": "0", "billing_status": "completed", "custom": ""}
GROSS = [line("1", 10_000, 1_597, product="521411")]


def sha_sign(fields, passphrase=SECRET):
    text = "".join(f"{name}={value}{passphrase}" for name, value in sorted(fields.items(), key=lambda f: f[0].encode()) if value != "")
    return hashlib.sha512(text.encode()).hexdigest().upper()


def form(**changes):
    return {name: value for name, value in {**FORM, **changes}.items() if value is not ...}


def encoded(fields, **more):
    return urllib.parse.urlencode({**fields, **more})


def digi(id, about, flags, expect, rules="utc", **changes):
    fields = form(**changes)
    add(f"digi-{id}", about, flags, "digistore24", encoded(fields, sha_sign=sha_sign(fields)), "", expect, rules)


def sold(kind="payment", **more):
    return read(kind, f"digistore24/77/{kind}", order="ABCD1234", **{"campaign": "spring", **more})


DIGI = sold(sale=GROSS, affiliate_amount=euro(3_756))
digi("paid", "a payment, with what the platform says the affiliate earns", "payment", DIGI)
fields = form()
for name, signature in (("lower", sha_sign(fields).lower()),):
    add(f"digi-{name}", "small letters in the signature", "signature", "digistore24", encoded(fields, sha_sign=signature), "", DIGI)
add("digi-first", "the signature comes first", "signature", "digistore24", "sha_sign=" + sha_sign(fields) + "&" + encoded(fields), "", DIGI)
for name, about, text, secret in (
        ("changed", "a changed amount", encoded(form(amount_brutto="900.00"), sha_sign=sha_sign(fields)), SECRET),
        ("more", "a field more", encoded(fields, test="1", sha_sign=sha_sign(fields)), SECRET),
        ("secret", "another passphrase", encoded(fields, sha_sign=sha_sign(fields)), "x" + SECRET),
        ("cut", "half a signature", encoded(fields, sha_sign=sha_sign(fields)[:64]), SECRET)):
    add(f"digi-{name}", about, "refused signature", "digistore24", text, "", BAD, secret=secret)
add("digi-unsigned", "no signature", "refused signature", "digistore24", encoded(fields), "", error("signature_invalid", "/sha_sign"))
add("digi-header", "a signature where there is none", "refused", "digistore24", encoded(fields, sha_sign=sha_sign(fields)), "abc", error("webhook_invalid", "/signature"))
add("digi-empty", "an empty body", "refused signature", "digistore24", "", "", error("signature_invalid", "/sha_sign"))

for event, kind in (("on_payment_missed", "missed"), ("payment_denial", "failed"), ("on_rebill_cancelled", "cancelled"), ("on_rebill_resumed", "resumed"), ("last_paid_day", "ended"),
                    ("on_affiliation", "affiliation"), ("eticket", "ticket")):
    digi(f"event-{event}", f"the event {event}", "words", sold(kind), event=event)
digi("event-on_chargeback", "the bank took it back", "words", sold("chargeback", affiliate_amount=euro(3_756)), event="on_chargeback")
digi("event-on_refund", "a refund", "words refund", sold("refund", refunds=[("digistore24/77/refund", None, 4_000)], affiliate_amount=euro(-1_502)), event="on_refund", amount_brutto="-40.00", amount_affiliate="-15.02")
digi("refund-nothing", "a refund of nothing is none", "refund", sold("refund", affiliate_amount=euro(0)), event="on_refund", amount_brutto="-00.00", amount_affiliate="0.00")
only = {"event": "connection_test", "merchant_name": "webinarhaus"}
add("digi-event-connection_test", "the platform tries the connection", "words", "digistore24", encoded(only, sha_sign=sha_sign(only)), "",
    read("connection", "digistore24/-/connection", order=None, at=RECEIVED, affiliate=None, test=True))
digi("unknown-event", "an event that is not known", "unknown", sold("unknown", notes=["/event"]), event="on_gift")
digi("unknown-status", "a billing status that is not known", "unknown", {**DIGI, "notes": ["/billing_status"]}, billing_status="sleeping")
digi("unknown-field", "a field that is not known", "unknown", {**DIGI, "notes": ["/moon"]}, moon="full")
for status in ("paying", "aborted", "unpaid", "reminding"):
    digi(f"status-{status}", "the billing statuses", "words", DIGI, billing_status=status)
digi("test", "a test becomes no event", "test", {**DIGI, "test": True, "events": []}, api_mode="test")
digi("live", "what is live does", "test", DIGI, api_mode="live")
digi("sequence", "the third instalment", "recurring", sold(payment=3, sale=GROSS, affiliate_amount=euro(3_756), first_at=1_767_290_400_000),
     pay_sequence_no="3", order_date="2026-01-01", order_time="18:00:00", number_of_installments="6")
digi("net", "the tax from the net", "money", DIGI, amount_vat=...)
digi("vat", "the tax alone", "money", DIGI, amount_netto=...)
digi("characters", "names with spaces, signs and letters of all kinds", "form", {**DIGI, "affiliate": "Jörg & Söhne+1 %"}, affiliate_name="Jörg & Söhne+1 %")
digi("affiliate-id", "the number of the affiliate, without a name", "payment", {**DIGI, "affiliate": "4711"}, affiliate_name="", affiliate_id="4711")
digi("token", "a token in custom", "token", {**DIGI, "token": TOKEN}, custom=TOKEN)
digi("no-transaction", "a payment is known by its order, too", "payment", {**DIGI, "id": "digistore24/ABCD1234/1/payment",
     "events": [{"id": "digistore24/ABCD1234/1/payment", "kind": "payment", "line": None, "minor": None, "of": None}]}, transaction_id=...)
digi("published", "49.00 with 8.10 % of Swiss tax: 3.67, and 3.94 for the provider (digistore24.com)", "published", sold(sale=[line("1", 4_900, 367, product="521411")], affiliate=None, campaign=None),
     amount_brutto="49.00", amount_netto="45.33", amount_vat="3.67", amount_provider="3.94", amount_vendor="41.39", amount_affiliate=..., affiliate_name=..., campaignkey=...)
for name, about, place, changes in (
        ("refund-transaction", "two refunds could not be told apart", "/transaction_id", {"event": "on_refund", "transaction_id": ...}),
        ("sum", "net and tax are not gross", "/amount_brutto", {"amount_netto": "84.04"}),
        ("no-tax", "neither net nor tax", "/amount_vat", {"amount_netto": ..., "amount_vat": ...}),
        ("no-gross", "no gross", "/amount_brutto", {"amount_brutto": ...}),
        ("no-currency", "no currency", "/currency", {"currency": ...}),
        ("no-order", "no order", "/order_id", {"order_id": ...}),
        ("no-product", "no product", "/product_id", {"product_id": ...}),
        ("no-event", "no event", "/event", {"event": ...}),
        ("sequence-text", "a number that is none", "/pay_sequence_no", {"pay_sequence_no": "-1"})):
    digi(name, about, "refused", error("webhook_invalid", place), **changes)
double = encoded(fields) + "&order_id=ABCD1234"
names = sorted([*fields.items(), ("order_id", "ABCD1234")])
sign = hashlib.sha512("".join(f"{n}={v}{SECRET}" for n, v in names if v != "").encode()).hexdigest()
add("digi-twice", "a field twice, signed twice", "refused", "digistore24", f"{double}&sha_sign={sign}", "", error("webhook_invalid", "/order_id"))
write("webhook.json", "Webhooks of CopeCart and Digistore24: verified, read, and the events they become.", cases, programs=PROGRAMS)
