"""Program vectors: what is likely a mistake, and what changed."""
from common import write

cases = []
HEAD = 'sentby = 1\nvendor = "v"\n'
PRODUCT = '[[products]]\nid = "p"\n[[products]]\nid = "q"\n'
ANNA = '[[affiliates]]\nid = "anna"\ngroup = "gold"\npartnership = [{ state = "approved", since = "2026-01-01T00:00:00Z" }]\n'
BOB = '[[affiliates]]\nid = "bob"\ngroup = "silver"\npartnership = [{ state = "approved", since = "2026-01-01T00:00:00Z" }]\n'


def lint(id, about, body, *expect):
    cases.append({"id": id, "about": about, "flags": ["lint"], "op": "lint", "text": HEAD + body, "expect": [{"code": code, "place": place} for code, place in expect]})


def rules(*whens):
    return PRODUCT + ANNA + BOB + "".join(f'[[commission]]\nname = "{n}"\nwhen = {{ {when} }}\npays = {{ percent = "10" }}\n' for n, when in enumerate(whens))


def never(n):
    return ("rule_never_matches", f"/commission/{n}")


def policy(text):
    return f"[attribution]\n{text}\n"


def diff(id, about, old, new, *expect):
    cases.append({"id": id, "about": about, "flags": ["diff"], "op": "diff", "old": HEAD + old, "new": HEAD + new,
                  "expect": [{"place": place, "sentence": sentence} for place, sentence in expect]})


lint("nothing", "a program without a fault", rules('product = "p"', ""))
lint("stripped", "a parameter that browsers strip", 'links = { parameter = "AFF" }', ("stripped_parameter", "/links/parameter"))
lint("insecure", "links without TLS, and a stripped name", 'links = { templates = ["http://a.example/?ref={affiliate}"] }', ("stripped_parameter", "/links/templates/0"), ("insecure_link", "/links/templates/0"))
lint("shadow", "the first takes all", rules("", 'product = "p"'), never(1))
lint("shadow-same", "the same conditions twice", rules('product = "p"', 'product = "p"'), never(1))
lint("shadow-list", "a longer list before a shorter one", rules('product = ["p", "q"]', 'product = "q"', 'group = "gold"'), never(1))
lint("shadow-not", "a shorter list before a longer one", rules('product = "q"', 'product = ["p", "q"]'))
lint("shadow-narrow", "a condition more does not cover", rules('product = "p", group = "gold"', 'product = "p"'))
lint("shadow-range", "a wider range of payments before a narrower one", rules("payment_to = 3", "payment_from = 2, payment_to = 3", "payment_to = 4"), never(1))
lint("shadow-gross", "a wider range of amounts", rules('gross_from = "10.00 EUR"', 'gross_from = "20.00 EUR", gross_below = "30.00 EUR"', 'gross_from = "20.00 USD"'), never(1))
lint("shadow-time", "a longer time", rules('from = "2026-01-01T00:00:00Z"', 'from = "2026-02-01T00:00:00Z", until = "2026-03-01T00:00:00Z"', 'until = "2026-03-01T00:00:00Z"'), never(1))
lint("shadow-coupon", "coupons have no case", rules('coupon = "SPRING"', 'coupon = "spring"'), never(1))
lint("shadow-customer", "all customers before new ones", rules('country = ["DE", "AT"]', 'country = "AT", customer = "new"'), never(1))
# For every condition: a wide one takes what a narrow one would get, not the other way round; and the same takes all of the same.
for n, (wide, narrow) in enumerate([
    ("", 'evidence = ["click"]'), ('evidence = ["click", "cookie"]', 'evidence = ["click"]'), ("", 'campaign = "A"'), ('campaign = ["A", "B"]', 'campaign = "A"'),
    ('country = ["DE", "AT"]', 'country = "AT"'), ('coupon = ["A", "B"]', 'coupon = "a"'), ("", 'customer = "new"'), ('affiliate = ["anna", "bob"]', 'affiliate = "anna"'),
    ('group = ["gold", "silver"]', 'group = "gold"'), ('event = ["sale", "lead"]', 'event = ["lead"]'), ("payment_from = 2", "payment_from = 3"), ("payment_to = 3", "payment_to = 2"),
    ("quantity_from = 2", "quantity_from = 3"), ("quantity_to = 3", "quantity_to = 2"), ('gross_from = "10.00 EUR"', 'gross_from = "10.01 EUR"'), ('gross_below = "10.01 EUR"', 'gross_below = "10.00 EUR"'),
    ('from = "2026-01-01T00:00:00Z"', 'from = "2026-01-01T00:00:00.001Z"'), ('until = "2026-01-01T00:00:00.001Z"', 'until = "2026-01-01T00:00:00Z"'),
]):
    lint(f"covers-{n}", f"`{wide}` before `{narrow}`", rules(wide, narrow), never(1))
    lint(f"covers-{n}-not", f"`{narrow}` before `{wide}`", rules(narrow, wide))
    lint(f"covers-{n}-same", f"`{narrow}` twice", rules(narrow, narrow), never(1))
for n, (one, other) in enumerate([
    ('campaign = "A"', 'campaign = "a"'), ('event = ["lead"]', 'event = ["click"]'), ('customer = "new"', 'customer = "returning"'), ('gross_from = "1.00 EUR"', 'gross_from = "2.00 USD"'),
    ('evidence = ["click"]', 'evidence = ["cookie"]'), ('group = "gold"', 'group = "silver"'), ('payment_from = 2', 'payment_to = 3'), ('gross_from = "1.00 EUR"', ""), ('until = "2026-01-01T00:00:00Z"', ""),
]):
    lint(f"apart-{n}", f"`{one}` before `{other}`", rules(one, other))
lint("contradiction", "an affiliate of another group", rules('affiliate = "anna", group = "silver"', ""), never(0))
lint("contradiction-one", "one of two is enough", rules('affiliate = ["anna", "bob"], group = "silver"', ""))
lint("window-token", "a token lives two years", policy('windows = { token = "731d" }'), ("window_beyond_carrier", "/attribution/windows/token"))
lint("window-edge", "two years, and 400 days for a cookie", policy('windows = { token = "730d", cookie = "400d" }'))
lint("window-cookie", "a cookie 400 days", policy('windows = { cookie = "401d" }'), ("window_beyond_carrier", "/attribution/windows/cookie"))
lint("window-all", "no limit for anything", policy('window = "unlimited"'), ("window_beyond_carrier", "/attribution/windows/token"), ("window_beyond_carrier", "/attribution/windows/cookie"))
lint("cookie-first", "a cookie above a token undoes the way across devices", policy('precedence = ["manual", "coupon", "cookie", "token", "parameter", "identity", "claim", "click", "impression"]'), ("useless_evidence", "/attribution/precedence"))
lint("manual-last", "what the vendor assigned, below coupons and tokens", policy('precedence = ["coupon", "token", "manual", "parameter", "cookie", "identity", "claim", "click", "impression"]'),
     ("useless_evidence", "/attribution/precedence"), ("useless_evidence", "/attribution/precedence"))
lint("impressions", "shown above clicked", policy('precedence = ["manual", "coupon", "token", "parameter", "cookie", "identity", "claim", "impression", "click"]'), ("useless_evidence", "/attribution/precedence"))
lint("one-tier", "one tier for all is a choice", policy('precedence = "none"'))
lint("class", "a class without affiliates", policy('stand_down = [{ class = "extension", within = "30m" }]'), ("unused_class", "/attribution/stand_down/0"))
lint("never-approved", "asked and never answered", '[[affiliates]]\nid = "zoe"\npartnership = [{ state = "requested", since = "2026-01-01T00:00:00Z" }]\n' + ANNA, ("never_approved", "/affiliates/0/partnership"))

diff("same", "nothing", PRODUCT, PRODUCT)
diff("same-order", "the order of products means nothing", PRODUCT, '[[products]]\nid = "q"\n[[products]]\nid = "p"\n')
diff("window", "a value", policy('window = "30d"'), policy('window = "60d"'), ("/attribution/window", "`30d` becomes `60d`"))
diff("window-own", "a value that was not written before", "", policy('windows = { cookie = "7d" }'), ("/attribution/windows/cookie", "becomes `7d`"))
diff("window-gone", "and is no longer", policy('windows = { cookie = "7d" }'), "", ("/attribution/windows/cookie", "was `7d`, and is the default again"))
diff("signed", "a list of words", "", policy('signed = ["cookie"]'), ("/attribution/signed", 'an empty list becomes `["cookie"]`'))
diff("affiliates", "one comes, one goes", ANNA, BOB, ("/affiliates/anna", "is gone"), ("/affiliates/bob", "is new"))
diff("suspended", "a state more", ANNA, ANNA.replace(" }]", ' }, { state = "suspended", since = "2026-03-01T00:00:00Z" }]'), ("/affiliates/anna/partnership/2026-03-01T00:00:00Z", "is new"))
diff("state", "another state since the same time", ANNA, ANNA.replace("approved", "ended"), ("/affiliates/anna/partnership/2026-01-01T00:00:00Z/state", "`approved` becomes `ended`"))
diff("coupons", "coupons", ANNA, ANNA + 'coupons = ["A~/B"]\n', ("/affiliates/anna/coupons", 'an empty list becomes `["A~/B"]`'))
diff("partners", "a partner's rate", PRODUCT + 'partners = [{ id = "jv", percent = "40" }]\n', PRODUCT + 'partners = [{ id = "jv", percent = "30" }]\n', ("/products/q/partners/jv/percent", "`40` becomes `30`"))
diff("rules", "their order", rules('product = "p"', 'group = "gold"'), rules('product = "p"', 'group = "gold"').replace('"0"', '"x"').replace('"1"', '"0"').replace('"x"', '"1"'),
     ("/commission/0/when/group", 'an empty list becomes `["gold"]`'), ("/commission/0/when/product", '`["p"]` becomes an empty list'),
     ("/commission/1/when/group", '`["gold"]` becomes an empty list'), ("/commission/1/when/product", 'an empty list becomes `["p"]`'), ("/commission", "the order `0`, `1` becomes `1`, `0`"))
diff("rule-name", "a name with a slash", rules("").replace('"0"', '"a/b"'), rules(""), ("/commission/a~1b", "is gone"), ("/commission/0", "is new"))
diff("settlement", "a fee", "", 'settlement = { preset = "copecart" }', ("/settlement/preset", "nothing becomes `copecart`"))
diff("vendor-name", "a name", "", 'name = "Webinarhaus"', ("/name", "`` becomes `Webinarhaus`"))
write("tools.json", "Programs: what is likely a mistake (lint), and what changed (diff).", cases)
