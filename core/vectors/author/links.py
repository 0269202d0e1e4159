"""Link and program vectors."""
from common import affiliate, product, program, write

TEMPLATES = {
    "copecart": ["https://www.copecart.com/products/{product}/p/{affiliate}/"],
    "digistore24": [
        "https://www.digistore24.com/redir/{product}/{affiliate}/{campaign}?ds24tr={sub1}",
        "https://www.checkout-ds24.com/redir/{product}/{affiliate}/{campaign}?ds24tr={sub1}",
        "http://go.{affiliate}.{product}.digistore24.com/{campaign}",
        "https://www.digistore24.com/product/{product}?aff={affiliate}&cam={campaign}&ds24tr={sub1}",
    ],
    "parameter": ["https://shop.example/*?ref={affiliate}&cid={click_id}&to={destination}"],
    "fragment": ["https://app.example/join#by={affiliate}&c={campaign}", "https://promo.example/#{affiliate}"],
    "odd": ["https://{affiliate}.partners.example/", "https://*.mall.example/go/click-{affiliate}-{product}", "https://track.example/{_}/a-{affiliate}.html?v=2",
            "http://localhost:8787/in/{affiliate}"],
}
PROGRAMS = {name: program([affiliate("anna")], [product("p")], templates) for name, templates in TEMPLATES.items()}
HOSTS = {"go.shop.example": "impact", "shop.example": "rewardful", "*.brand.example": "affiliatewp", "win.example": "digistore24", "track.example": "tune"}
PROGRAMS["hosts"] = program([affiliate("anna")], [product("p")])
PROGRAMS["hosts"]["links"]["hosts"] = HOSTS
PROGRAMS["stripped"] = program([affiliate("anna")], [product("p")], ["http://shop.example/*?ref={affiliate}&v=1", "shop.example/a/{affiliate}"])
PROGRAMS["stripped"]["links"]["parameter"] = "ClickId"
cases = []


def referral(affiliate=None, product=None, campaign=None, click_id=None, destination=None, **subs):
    return {"product": product, "affiliate": affiliate, "campaign": campaign, "click_id": click_id, "sub_ids": subs, "destination": destination}


def reads(id, about, flags, rules, url, *ids, template=0, **more):
    """Expects these values, or nothing, or an error code."""
    expect = {"network": None, "template": TEMPLATES[rules][template], "referral": referral(*ids, **more)}
    cases.append({"id": id, "about": about, "flags": flags.split(), "op": "read", "program": rules, "url": url, "expect": expect})


def reads_not(id, about, flags, rules, url, code=None):
    expect = {"error": code} if code else None
    cases.append({"id": id, "about": about, "flags": flags.split(), "op": "read", "program": rules, "url": url, "expect": expect})


def builds(id, about, flags, rules, url, *ids, **more):
    cases.append({"id": id, "about": about, "flags": flags.split(), "op": "link", "program": rules, "referral": referral(*ids, **more), "expect": {"url": url}})


def builds_not(id, about, flags, rules, code, *ids, **more):
    cases.append({"id": id, "about": about, "flags": flags.split(), "op": "link", "program": rules, "referral": referral(*ids, **more), "expect": {"error": code}})


CC = "https://www.copecart.com/products/521411d4/p/"
reads("cc", "CopeCart's documented form", "copecart", "copecart", CC + "anna/", "anna", "521411d4")
reads("cc-slash", "a trailing slash does not matter", "copecart", "copecart", CC + "anna", "anna", "521411d4")
reads("cc-bare", "nor does www, nor the scheme", "copecart", "copecart", "http://copecart.com/products/521411d4/p/anna?locale=en", "anna", "521411d4")
reads("cc-capitals", "scheme and host have no case, ids do", "copecart case", "copecart", "HTTPS://WWW.COPECART.COM/products/521411d4/p/TechApk42", "TechApk42", "521411d4")
reads("cc-no-affiliate", "slots at the end may be missing", "copecart", "digistore24", "https://www.digistore24.com/redir/220831", None, "220831")
reads("cc-port", "a port is not part of the host", "host", "copecart", "https://www.copecart.com:8443/products/521411d4/p/anna", "anna", "521411d4")
reads("cc-dot", "a dot behind the host neither", "host", "copecart", "https://www.copecart.com./products/521411d4/p/anna", "anna", "521411d4")
reads("cc-userinfo", "a user name is not the host", "host", "copecart", "https://evil.example@www.copecart.com/products/521411d4/p/anna", "anna", "521411d4")
reads("cc-encoded", "ids are decoded exactly once", "encoding", "copecart", CC + "an%2540na", "an%40na", "521411d4")
reads("cc-plus", "a plus in a path is a plus", "encoding", "copecart", CC + "anna+1", "anna+1", "521411d4")
reads("cc-dots", "dot segments are resolved first", "path", "copecart", "https://www.copecart.com/x/../products/521411d4/p/./anna", "anna", "521411d4")
reads("cc-backslash", "browsers take a backslash for a slash", "path", "copecart", "https:\\\\www.copecart.com\\products\\521411d4\\p\\anna", "anna", "521411d4")
reads("cc-tab", "and drop tabs and line ends", "path", "copecart", "https://www.copecart.com/prod\tucts/521411d4/p/an\nna", "anna", "521411d4")
reads("cc-placeholder", "what nobody filled in is read as it stands", "copecart", "copecart", "https://www.copecart.com/products/{product-ID}/p/{affiliate-ID}/", "{affiliate-ID}", "{product-ID}")
reads_not("cc-suffix", "another host that begins alike", "host", "copecart", "https://www.copecart.com.example/products/521411d4/p/anna")
reads_not("cc-prefix", "another host that ends alike", "host", "copecart", "https://notcopecart.com/products/521411d4/p/anna")
reads_not("cc-evil", "a user name that looks like the host", "host", "copecart", "https://www.copecart.com@evil.example/products/521411d4/p/anna")
reads_not("cc-shop", "/p/ on another shop", "host", "copecart", "https://www.flipkart.com/x/p/itmfejkcj45hnsdw?pid=1")
reads_not("cc-longer", "a longer path is another page", "path", "copecart", CC + "anna/more")
reads_not("cc-empty-id", "an empty slot in the middle", "path", "copecart", "https://www.copecart.com/products//p/anna")
reads_not("cc-path-case", "paths have case", "case", "copecart", "https://www.copecart.com/Products/521411d4/p/anna")
reads_not("cc-scheme", "another scheme", "scheme", "copecart", "javascript://www.copecart.com/products/521411d4/p/anna")
reads_not("cc-data", "a data URL", "scheme", "copecart", "data:text/html,hello")
reads_not("cc-no-url", "no URL", "bad", "copecart", "anna", "link_invalid")
reads_not("cc-empty", "nothing", "bad", "copecart", "", "link_invalid")
reads_not("cc-nul", "a control character in an id", "bad", "copecart", CC + "an%00na", "text_invalid")
reads_not("cc-long", "257 bytes of id", "bad boundary", "copecart", CC + "a" * 257, "text_invalid")
reads("cc-256", "256 bytes of id", "boundary", "copecart", CC + "a" * 256, "a" * 256, "521411d4")
DS = "https://www.digistore24.com/"
reads("ds", "Digistore24's form", "digistore24", "digistore24", DS + "redir/220831/JohnSmith/Product1", "JohnSmith", "220831", "Product1")
reads("ds-key", "with a tracking key, without a campaign", "digistore24", "digistore24", DS + "redir/220831/JohnSmith/?ds24tr=KEY_1", "JohnSmith", "220831", sub1="KEY_1")
reads("ds-checkout", "on the checkout's host", "digistore24", "digistore24", "https://www.checkout-ds24.com/redir/512345/user333222/", "user333222", "512345", template=1)
reads("ds-go", "ids in host labels keep the text's case", "digistore24 host", "digistore24", "http://go.JohnSmith.220831.digistore24.com/Product1", "JohnSmith", "220831", "Product1", template=2)
reads("ds-product", "as parameters, in any order", "digistore24", "digistore24", DS + "product/12345?cam=x&aff=partner", "partner", "12345", "x", template=3)
reads("param", "a plain parameter", "parameter", "parameter", "https://shop.example/any/page?x=1&ref=anna&cid=c-1", "anna", click_id="c-1")
reads("param-first", "of a repeated parameter the first counts", "parameter", "parameter", "https://shop.example/?ref=anna&ref=bob", "anna")
reads("param-plus", "a plus in a query is a blank", "parameter encoding", "parameter", "https://shop.example/?ref=an+na", "an na")
reads("param-dest", "a destination is decoded exactly once", "parameter encoding", "parameter", "https://shop.example/?ref=anna&to=https%3A%2F%2Fa.example%2F%3Fq%3D%252F", "anna", destination="https://a.example/?q=%2F")
reads("param-utf8", "letters beyond ASCII", "parameter encoding", "parameter", "https://shop.example/?ref=an%C3%A4", "anä")
reads_not("param-empty", "an empty parameter is none", "parameter", "parameter", "https://shop.example/?ref=")
reads_not("param-none", "no parameter, no link", "parameter", "parameter", "https://shop.example/page")
reads_not("param-array", "an array form is another name", "parameter", "parameter", "https://shop.example/?ref[]=anna")
reads_not("param-name-case", "names have case", "parameter case", "parameter", "https://shop.example/?Ref=anna")
reads("fragment", "in the fragment", "fragment", "fragment", "https://app.example/join#by=anna&c=May", "anna", campaign="May")
reads("fragment-whole", "the whole fragment", "fragment", "fragment", "https://promo.example/#TechApk42", "TechApk42", template=1)
reads("host-label", "the affiliate's own subdomain", "host", "odd", "https://anna.partners.example", "anna")
reads_not("host-label-www", "www is no affiliate", "host", "odd", "https://www.partners.example/")
reads("star", "any subdomain, ids within a segment", "host", "odd", "https://a.b.mall.example/go/click-anna-p77-x", "anna", "p77-x", template=1)
reads_not("star-bare", "the star needs a label", "host", "odd", "https://mall.example/go/click-anna-p77")
reads("ignored", "a slot that is ignored, a fixed parameter", "path", "odd", "https://track.example/xyz/a-anna.html?v=2", "anna", template=2)
reads_not("fixed-parameter", "the fixed parameter must be there", "path", "odd", "https://track.example/xyz/a-anna.html?v=3")
reads("localhost", "a development host with a port", "host", "odd", "http://localhost:8787/in/anna", "anna", template=3)
builds("build-cc", "CopeCart's form", "build", "copecart", CC + "anna/", "anna", "521411d4")
builds("build-cc-odd", "every id character survives", "build encoding", "copecart", "https://www.copecart.com/products/a%2Bb/p/x%40y.z~_-%2A/", "x@y.z~_-*", "a+b")
builds("build-ds", "optional slots are left out", "build", "digistore24", DS + "redir/220831/JohnSmith", "JohnSmith", "220831")
builds("build-ds-all", "or filled", "build", "digistore24", DS + "redir/220831/JohnSmith/Product1?ds24tr=KEY_1", "JohnSmith", "220831", "Product1", sub1="KEY_1")
builds("build-param", "parameters are encoded", "build encoding", "parameter", "https://shop.example/?ref=anna&cid=a%26b%20%C3%A4&to=https%3A%2F%2Fa.example%2F%3Fq%3D%252F", "anna", click_id="a&b ä", destination="https://a.example/?q=%2F")
builds("build-fragment", "a fragment", "build", "fragment", "https://app.example/join#by=anna&c=May", "anna", campaign="May")
builds("build-host", "a subdomain", "build host", "odd", "https://Anna.partners.example/", "Anna")
builds("build-host-dot", "what fits no host label goes to the next template that reads it back", "build host", "odd", "http://localhost:8787/in/anna.m", "anna.m")
builds_not("build-ambiguous", "an id that would not read back is refused", "build", "odd", "link_unbuildable", "an-na", "p77")
builds_not("build-no-place", "no place for the campaign", "build", "copecart", "link_unbuildable", "anna", "521411d4", "May")
builds_not("build-no-value", "no value for the product", "build", "copecart", "link_unbuildable", "anna")
builds_not("build-bad-id", "no id", "build", "copecart", "id_invalid", "an na", "521411d4")
builds_not("build-dots", ".. is no id", "build A16", "copecart", "id_invalid", "..", "521411d4")
builds_not("build-empty", "nothing to say", "build", "copecart", "link_unbuildable")
builds_not("build-sub9", "an unknown sub-id", "build", "digistore24", "word_unknown", "anna", "220831", sub9="x")


def named(id, about, url, network, template, *ids, **more):
    """On a host that the program names."""
    expect = {"network": network, "template": template, "referral": referral(*ids, **more)}
    cases.append({"id": id, "about": about, "flags": ["hosts"], "op": "read", "program": "hosts", "url": url, "expect": expect})


def decorates(id, about, rules, url, expect, *ids, **more):
    cases.append({"id": id, "about": about, "flags": ["decorate"], "op": "decorate", "program": rules, "url": url, "referral": referral(*ids, **more), "expect": expect})


def carries(id, about, url, carrier, expect):
    cases.append({"id": id, "about": about, "flags": ["carry"], "op": "carry", "program": "parameter", "url": url, "carrier": carrier, "expect": expect})


def carried(id, about, url, expect):
    cases.append({"id": id, "about": about, "flags": ["carry"], "op": "carried", "program": "parameter", "url": url, "expect": expect})


def advises(id, about, rules, *advice):
    expect = {"advice": [{"code": code, "place": place} for code, place in advice]}
    cases.append({"id": id, "about": about, "flags": ["lint"], "op": "advice", "program": rules, "expect": expect})


IMPACT = "/c/{affiliate}/{_}/{product}?subId1={sub1}&sharedid={sub2}&u={destination}"
named("hosts-impact", "a vendor's own domain", "https://go.shop.example/c/anna/77/p1?subId1=mail", "impact", IMPACT, "anna", "p1", subId1="mail")
named("hosts-www", "and its www form", "https://www.shop.example/any/page?via=anna", "rewardful", "/*?via={affiliate}", "anna")
named("hosts-star", "any subdomain", "https://a.b.brand.example/?ref=anna&campaign=May", "affiliatewp", "/*?ref={affiliate}&campaign={campaign}", "anna", campaign="May")
named("hosts-path", "a path that may stand anywhere", "https://a.brand.example/shop/ref/anna/shoes", "affiliatewp", "/ref/{affiliate}/*", "anna")
named("hosts-fragment", "a promo code", "https://win.example/#aff=JohnSmith", "digistore24", "/*#aff={affiliate}", "JohnSmith")
named("hosts-own-shape", "the form of the network's own host", "https://win.example/redir/220831/JohnSmith", "digistore24", "www.digistore24.com/redir/{product}/{affiliate}/{campaign}?ds24tr={sub1}", "JohnSmith", "220831")
named("hosts-tune", "a parameter that is generic elsewhere", "https://track.example/x?transaction_id=t1", "tune", "/*?transaction_id={click_id}", click_id="t1")
for id, about, url in [("hosts-star-bare", "the star needs a label", "https://brand.example/?ref=anna"), ("hosts-other", "another parameter", "https://shop.example/?ref=anna"),
                       ("hosts-foreign", "another host", "https://other.example/?via=anna"), ("hosts-empty", "an empty value", "https://shop.example/?via=")]:
    reads_not(id, about, "hosts", "hosts", url)
builds("hosts-build-sub", "a network's own names of sub-ids", "build hosts", "hosts", "https://track.example/aff_c?offer_id=p1&aff_id=anna&aff_sub=x", "anna", "p1", aff_sub="x")

decorates("de-query", "a parameter joins the others", "parameter", "https://shop.example/buy?sku=7&x#pay", {"url": "https://shop.example/buy?sku=7&x&ref=anna#pay"}, "anna")
decorates("de-none", "a link without a query", "parameter", "https://shop.example/buy", {"url": "https://shop.example/buy?ref=anna&cid=c-1"}, "anna", click_id="c-1")
decorates("de-replace", "what is there gets the new value, in its place", "parameter", "https://shop.example/?a=1&ref=bob&b=%20&ref=eve&c", {"url": "https://shop.example/?a=1&ref=anna&b=%20&c"}, "anna")
decorates("de-bytes", "every other byte stays", "parameter", "HTTPS://Shop.Example:443/%7euser/?q=%2f&&=x&y=a+b", {"url": "HTTPS://Shop.Example:443/%7euser/?q=%2f&&=x&y=a+b&ref=anna"}, "anna")
decorates("de-empty-query", "an empty query", "parameter", "https://shop.example/?", {"url": "https://shop.example/?ref=anna"}, "anna")
decorates("de-open-end", "an open end", "parameter", "https://shop.example/?a=1&", {"url": "https://shop.example/?a=1&ref=anna"}, "anna")
decorates("de-encode", "values are encoded", "parameter", "https://shop.example/", {"url": "https://shop.example/?ref=a%2Bb&to=https%3A%2F%2Fa.example%2F"}, "a+b", destination="https://a.example/")
decorates("de-fragment-new", "in the fragment", "fragment", "https://app.example/join?x=1", {"url": "https://app.example/join?x=1#by=anna&c=May"}, "anna", campaign="May")
decorates("de-path", "a path cannot be added", "copecart", "https://www.copecart.com/products/521411d4/checkout", {"error": "link_unbuildable"}, "anna", "521411d4")
decorates("de-foreign", "another shop's link", "parameter", "https://other.example/buy", {"error": "link_unbuildable"}, "anna")
decorates("de-scheme", "no web link", "parameter", "mailto:anna@shop.example", {"error": "link_invalid"}, "anna")
decorates("de-blank", "blanks around it would end up inside", "parameter", "https://shop.example/ ", {"error": "link_invalid"}, "anna")
decorates("de-id", "no id", "parameter", "https://shop.example/", {"error": "id_invalid"}, "an na")
carries("ca", "a carrier joins the others", "https://pay.example/buy?sku=7#pay", "2c1eq9k0", {"url": "https://pay.example/buy?sku=7&xa=2c1eq9k0#pay"})
carries("ca-new", "or stands alone", "https://pay.example", "2c1eq9k0", {"url": "https://pay.example?xa=2c1eq9k0"})
carries("ca-replace", "an old one is replaced, however its name is written", "https://pay.example/?%78a=old&b=1&xa=older", "2c1eq9k0", {"url": "https://pay.example/?xa=2c1eq9k0&b=1"})
carries("ca-line-end", "line ends in a URL are none to browsers", "https://pay.example/?a=1&\nxa=old&%7\t8a=older", "2c1eq9k0", {"url": "https://pay.example/?a=1&xa=2c1eq9k0"})
carries("ca-route", "a route in the fragment stays behind it", "https://pay.example/#/buy?x=1", "2c1eq9k0", {"url": "https://pay.example/?xa=2c1eq9k0#/buy?x=1"})
carries("ca-odd", "no carrier", "https://pay.example/", "a&b=c", {"error": "text_invalid"})
carries("ca-empty", "nothing", "https://pay.example/", "", {"error": "text_invalid"})
carries("ca-long", "longer than any carrier", "https://pay.example/", "a" * 129, {"error": "text_invalid"})
carries("ca-no-url", "no URL", "pay", "2c1eq9k0", {"error": "link_invalid"})
carried("cd", "the carrier of a link", "https://pay.example/buy?xa=2c1eq9k0&b=1", {"carrier": "2c1eq9k0"})
carried("cd-first", "the first that is not empty", "https://pay.example/?xa=&xa=one&xa=two", {"carrier": "one"})
carried("cd-none", "no carrier", "https://pay.example/?x=1#xa=2c1eq9k0", {"carrier": None})
carried("cd-scheme", "no web link", "mailto:a@b.example?xa=2c1eq9k0", {"carrier": None})
carried("cd-no-url", "no URL", "xa=2c1eq9k0", {"error": "link_invalid"})
advises("ad", "names that browsers and blockers strip, and links without TLS", "stripped", ("stripped_parameter", "/links/parameter"), ("stripped_parameter", "/links/templates/0"), ("insecure_link", "/links/templates/0"))
advises("ad-none", "nothing to say", "copecart")
write("link.json", "Links read and built by a program's templates.", cases, programs=PROGRAMS)

# Programs that must not load, with the code and the place.
cases = []
APPROVED = 'partnership = [{ state = "approved", since = "2026-01-01T00:00:00Z" }]'
HEAD = 'sentby = 1\nvendor = "v"\n'
ANNA = f'[[affiliates]]\nid = "anna"\n{APPROVED}\n'


def bad(id, about, flags, code, place, text, form="toml"):
    cases.append({"id": id, "about": about, "flags": flags.split(), "form": form, "text": text, "expect": {"error": code, "place": place}})


def good(id, about, flags, text, form="toml"):
    cases.append({"id": id, "about": about, "flags": flags.split(), "form": form, "text": text, "expect": {"error": None}})


good("smallest", "a version and a vendor", "good", HEAD)
good("smallest-json", "in JSON too", "good", '{"sentby": 1, "vendor": "v"}', "json")
good("toml-date", "TOML may write a time without quotes", "good", HEAD + ANNA.replace('"2026-01-01T00:00:00Z"', "2026-01-01T00:00:00Z"))
bad("syntax", "an open bracket", "syntax", "program_syntax", "line 3", HEAD + "[links")
bad("syntax-json", "a comma too much", "syntax", "program_syntax", "", '{"sentby": 1,}', "json")
bad("trailing-json", "text behind the object", "syntax", "program_syntax", "", '{"sentby": 1, "vendor": "v"} x', "json")
bad("twice-json", "a field twice", "syntax", "program_invalid", "vendor", '{"sentby": 1, "vendor": "v", "vendor": "w"}', "json")
bad("version", "an unknown version", "version", "program_invalid", "/sentby", 'sentby = 2\nvendor = "v"')
bad("no-vendor", "a missing field", "fields", "program_invalid", "vendor", "sentby = 1")
bad("unknown-field", "an unknown field", "fields", "program_invalid", "/attribution", HEAD + "[attribution]\nmodell = 'linear'")
bad("unknown-field-json", "the same in JSON", "fields", "program_invalid", "/attribution", '{"sentby": 1, "vendor": "v", "attribution": {"modell": "linear"}}', "json")
bad("wrong-type", "a number for a text", "fields", "program_invalid", "/affiliates/0/id", HEAD + "[[affiliates]]\nid = 7\n" + APPROVED)
bad("unknown-model", "an unknown model", "words", "program_invalid", "/attribution/model", HEAD + "[attribution]\nmodel = 'best'")
bad("bad-id", "no id", "ids", "id_invalid", "/vendor", 'sentby = 1\nvendor = "a b"')
bad("affiliate-twice", "an affiliate twice", "ids", "program_conflict", "/affiliates/1/id", HEAD + ANNA + ANNA)
bad("affiliate-fold", "two that differ in case only, where case is folded", "ids case", "program_conflict", "/affiliates/1/id", 'ids = "fold_case"\n' + HEAD + ANNA + ANNA.replace('"anna"', '"ANNA"'))
bad("product-twice", "a product twice", "ids", "program_conflict", "/products/1/id", HEAD + "[[products]]\nid = 'p'\n[[products]]\nid = 'p'")
bad("coupon-twice", "two owners of one coupon", "ids", "program_conflict", "/affiliates/1/coupons/0", HEAD + ANNA + "coupons = ['X']\n" + ANNA.replace("anna", "bob") + "coupons = ['x']")
bad("rule-twice", "two rules of one name", "ids", "program_conflict", "/commission/1/name", HEAD + "[[commission]]\nname = 'a'\npays = { percent = 1 }\n" * 2)
bad("since-twice", "two states since one time", "ids", "program_conflict", "/affiliates/0/partnership/1/since",
    HEAD + "[[affiliates]]\nid = 'anna'\npartnership = [{ state = 'approved', since = '2026-01-01T00:00:00Z' }, { state = 'ended', since = '2026-01-01T01:00:00+01:00' }]")
bad("naive-time", "a time without a zone", "time", "time_naive", "/affiliates/0/partnership/0/since", HEAD + ANNA.replace("00Z", "00"))
bad("no-time", "no time", "time", "time_invalid", "/affiliates/0/partnership/0/since", HEAD + ANNA.replace("2026-01-01T00:00:00Z", "soon"))
bad("rate-140", "a rate above 100", "rate", "rate_invalid", "/commission/0/pays/percent: 140 is over 100", HEAD + "[[commission]]\npays = { percent = '140' }")
bad("rate-negative", "a rate below 0", "rate", "rate_invalid", "/commission/0/pays/percent", HEAD + "[[commission]]\npays = { percent = '-1' }")
bad("rate-digits", "a rate of 7 fractional digits", "rate boundary", "rate_invalid", "/commission/0/pays/percent", HEAD + "[[commission]]\npays = { percent = '1.0000001' }")
bad("rate-float", "a rate as a binary fraction", "rate", "program_invalid", "/commission/0/pays/percent", HEAD + "[[commission]]\npays = { percent = 4.9 }")
good("rate-whole", "a whole rate may stand without quotes", "rate", HEAD + "[[commission]]\npays = { percent = 100 }")
bad("partners-sum", "partners above 100 together", "rate boundary", "rate_invalid", "/products/0/partners/1/percent", HEAD + "[[products]]\nid = 'p'\npartners = [{ id = 'a', percent = '60' }, { id = 'b', percent = '40.000001' }]")
good("partners-100", "partners of 100 together", "rate boundary", HEAD + "[[products]]\nid = 'p'\npartners = [{ id = 'a', percent = '60' }, { id = 'b', percent = '40' }]")
good("partner-twice", "a partner twice: the rates add up", "rate", HEAD + "[[products]]\nid = 'p'\npartners = [{ id = 'a', percent = '60' }, { id = 'a', percent = '40' }]")
bad("partner-twice-sum", "a partner twice, above 100", "rate boundary", "rate_invalid", "/products/0/partners/1/percent", HEAD + "[[products]]\nid = 'p'\npartners = [{ id = 'a', percent = '60' }, { id = 'a', percent = '40.000001' }]")
good("partner-dates", "rates that never hold together", "rate boundary", HEAD + "[[products]]\nid = 'p'\npartners = [{ id = 'a', percent = '60', until = '2026-01-01T00:00:00Z' }, { id = 'b', percent = '60', from = '2026-01-01T00:00:00Z' }]")
bad("partner-dates-sum", "rates that hold together for a millisecond", "rate boundary", "rate_invalid", "/products/0/partners/1/percent",
    HEAD + "[[products]]\nid = 'p'\npartners = [{ id = 'a', percent = '60', until = '2026-01-01T00:00:00.001Z' }, { id = 'b', percent = '60', from = '2026-01-01T00:00:00Z' }]")
bad("partner-affiliate", "a partner who is the product's affiliate too", "roles", "program_conflict", "/affiliates/0/partnership", HEAD + "[[products]]\nid = 'p'\npartners = [{ id = 'anna', percent = '6' }]\n" + ANNA)
good("partner-other-affiliate", "a partner who is another product's affiliate", "roles",
     HEAD + "[[products]]\nid = 'p'\npartners = [{ id = 'anna', percent = '6' }]\n[[products]]\nid = 'q'\n" + ANNA.replace(" }]", ", product = 'q' }]"))
bad("partner-no-vendor", "a partner who is not among the vendors", "roles", "program_unknown", "/products/0/partners/0/id", "vendors = ['w']\n" + HEAD + "[[products]]\nid = 'p'\npartners = [{ id = 'a', percent = '6' }]")
bad("role", "an unknown role", "roles words", "program_invalid", "/affiliates/0/role", HEAD + ANNA + "role = 'boss'")
bad("parent-unknown", "a parent who is nobody", "references", "program_unknown", "/affiliates/0/parent", HEAD + ANNA + "parent = 'eve'")
bad("parent-self", "one's own parent", "parents", "program_conflict", "/affiliates/0/parent", HEAD + ANNA + "parent = 'anna'")
bad("parent-circle", "parents in a circle", "parents", "program_conflict", "/affiliates/0/parent: the chain of parents comes back to itself", HEAD + ANNA + "parent = 'bob'\n" + ANNA.replace("anna", "bob") + "parent = 'anna'")
good("parent-chain", "a chain of parents", "parents", HEAD + ANNA + "parent = 'carl'\n" + ANNA.replace("anna", "bob") + "parent = 'anna'\n" + ANNA.replace("anna", "carl"))
bad("time-zone", "an unknown time zone", "time", "time_zone_unknown", "/time_zone", "time_zone = 'Berlin'\n" + HEAD)
good("time-zone-berlin", "a time zone", "time", "time_zone = 'Europe/Berlin'\n" + HEAD)
RULE = HEAD + "[[commission]]\npays = { %s }"
good("tiers", "tiers by count", "tiers", RULE % "by = 'count', over = 'month', tiers = [{ percent = '10' }, { from = 5, percent = '12.5' }]")
bad("tiers-by", "tiers by nothing", "tiers", "program_invalid", "/commission/0/pays/by", RULE % "tiers = [{ percent = '10' }]")
bad("tiers-over", "tiers by revenue over no period", "tiers", "program_invalid", "/commission/0/pays/over", RULE % "by = 'revenue', tiers = [{ percent = '10' }]")
bad("tiers-period", "an unknown period", "tiers time", "duration_invalid", "/commission/0/pays/over", RULE % "by = 'revenue', over = 'week', tiers = [{ percent = '10' }]")
bad("tiers-order", "tiers that go down", "tiers", "program_invalid", "/commission/0/pays/tiers/2/from", RULE % "by = 'count', over = 'month', tiers = [{ percent = '10' }, { from = 5, percent = '12' }, { from = 5, percent = '13' }]")
bad("tiers-start", "tiers that leave a gap below", "tiers", "program_invalid", "/commission/0/pays/tiers/0/from", RULE % "by = 'count', over = 'month', tiers = [{ from = 1, percent = '10' }]")
bad("tiers-currencies", "a bound that one tier has and the next has not", "tiers currency", "program_invalid", "/commission/0/pays/tiers/2/from",
    RULE % "by = 'order_value', tiers = [{ percent = '1' }, { from = ['1.00 EUR', '1.00 USD'], percent = '2' }, { from = '2.00 EUR', percent = '3' }]")
bad("tiers-count-money", "a number of orders in euros", "tiers", "number_invalid", "/commission/0/pays/tiers/1/from", RULE % "by = 'count', over = 'month', tiers = [{ percent = '1' }, { from = '5.00 EUR', percent = '2' }]")
bad("tiers-both", "tiers beside a percentage", "tiers", "program_conflict", "/commission/0/pays", RULE % "percent = 5, by = 'count', over = 'month', tiers = [{ percent = '1' }]")
bad("tiers-none", "how tiers apply, without any", "tiers", "program_invalid", "/commission/0/pays/how", RULE % "percent = 5, how = 'whole'")
bad("tiers-marginal-fixed", "a fixed sum for a part of an amount", "tiers", "program_invalid", "/commission/0/pays/tiers/0/fixed", RULE % "by = 'order_value', how = 'marginal', tiers = [{ fixed = '1.00 EUR' }]")
bad("bounds-crossed", "a minimum above the maximum", "bounds", "program_invalid", "/commission/0/pays/min", RULE % "percent = 5, min = '5.00 EUR', max = '4.00 EUR'")
bad("budget-empty", "a budget of nothing", "budget", "program_invalid", "/commission/0/pays/budget/amount", RULE % "percent = 5, budget = { amount = [], over = 'month' }")
bad("recurring-months-0", "no month", "recurring boundary", "program_invalid", "/commission/0/pays/months", RULE % "percent = 5, months = 0")
good("recurring-months-1200", "a hundred years", "recurring boundary", RULE % "percent = 5, months = 1200")
bad("recurring-months-1201", "a month more", "recurring boundary", "program_invalid", "/commission/0/pays/months", RULE % "percent = 5, months = 1201")
bad("recurring-both", "so many payments and so many months", "recurring", "program_conflict", "/commission/0/pays/months", RULE % "percent = 5, payments = 2, months = 2")
bad("recurring-zero", "no payment at all", "recurring boundary", "program_invalid", "/commission/0/pays/payments", RULE % "percent = 5, payments = 0")
bad("choice-rate", "a rate that is none", "rate", "rate_invalid", "/commission/0/pays/choice/1", RULE % "choice = ['5', 'ten']")
bad("bonus-name", "a bonus of a rule's name", "ids", "program_conflict", "/bonuses/0/name", RULE % "percent = 5" + "\n[[bonuses]]\nname = 'rule 1'\npays = { percent = 1 }")
bad("levels-sum", "levels above 100 together", "rate", "rate_invalid", "/second_level/percent", HEAD + "[second_level]\npercent = ['60', '41']")
bad("levels-none", "no levels", "levels", "program_invalid", "/second_level/percent", HEAD + "[second_level]\npercent = []")
good("steps-second-level", "the second level before the partners", "settlement", HEAD + "[settlement]\nsteps = ['tax', 'fee', 'affiliate', 'second_level', 'partners']")
bad("steps-level-first", "the second level before the affiliates", "settlement", "program_invalid", "/settlement/steps", HEAD + "[settlement]\nsteps = ['tax', 'fee', 'second_level', 'affiliate', 'partners']")
bad("release-sum", "releases that leave something", "release", "rate_invalid", "/settlement/release", HEAD + "[settlement]\nrelease = [{ percent = '80', after = '14d' }]")
bad("release-order", "releases that go back in time", "release", "program_invalid", "/settlement/release/1/after", HEAD + "[settlement]\nrelease = [{ percent = '80', after = '14d' }, { percent = '20', after = '14d' }]")
good("release", "releases", "release", HEAD + "[settlement]\nrelease = [{ percent = '80', after = '14d' }, { percent = '20', after = '40d' }]\npayout = { days = [1, 15], minimum = '50.00 EUR' }")
bad("payout-days-twice", "a day twice", "release boundary", "program_invalid", "/settlement/payout/days", HEAD + "[settlement]\npayout = { days = [7, 7] }")
bad("payout-days-order", "days that go down", "release", "program_invalid", "/settlement/payout/days", HEAD + "[settlement]\npayout = { days = [14, 7] }")
bad("payout-day-0", "the day before the first", "release boundary", "program_invalid", "/settlement/payout/days", HEAD + "[settlement]\npayout = { days = [0] }")
good("payout-days-edges", "the first and the last day of a month", "release boundary", HEAD + "[settlement]\npayout = { days = [1, 31] }")
good("shortest-window", "the shortest age as long as the window", "policy boundary", HEAD + "[attribution]\nwindows = { click = '2s' }\nshortest = { click = '2s' }")
bad("shortest-over", "no touch is older than this and within its window", "policy boundary", "program_invalid", "/attribution/shortest/click", HEAD + "[attribution]\nwindows = { click = '1999ms' }\nshortest = { click = '2s' }")
good("position-edges", "the largest and the smallest weights", "policy boundary", HEAD + "[attribution]\nmodel = 'position_based'\nposition = { first = 1, middle = 0, last = 1000000 }")
bad("position-first", "nothing to the first", "policy boundary", "number_invalid", "/attribution/position", HEAD + "[attribution]\nmodel = 'position_based'\nposition = { first = 0, middle = 1, last = 1 }")
bad("position-last", "nothing to the last", "policy boundary", "number_invalid", "/attribution/position", HEAD + "[attribution]\nmodel = 'position_based'\nposition = { first = 1, middle = 1, last = 0 }")
bad("position-large", "a weight above a million", "policy boundary", "number_invalid", "/attribution/position", HEAD + "[attribution]\nmodel = 'position_based'\nposition = { first = 1, middle = 1000001, last = 1 }")
good("tiers-count-zero", "a first tier from 0, and the largest count", "tiers boundary", RULE % "by = 'count', over = 'month', tiers = [{ from = 0, percent = '10' }, { from = 4294967295, percent = '12' }]")
bad("tiers-count-large", "more orders than there can be", "tiers boundary", "number_invalid", "/commission/0/pays/tiers/1/from", RULE % "by = 'count', over = 'month', tiers = [{ percent = '10' }, { from = 4294967296, percent = '12' }]")
bad("tiers-count-plus-zero", "nor before a zero", "tiers", "number_invalid", "/commission/0/pays/tiers/0/from", RULE % "by = 'count', over = 'month', tiers = [{ from = '+0', percent = '10' }]")
bad("tiers-count-plus", "a plus sign", "tiers", "number_invalid", "/commission/0/pays/tiers/1/from", RULE % "by = 'count', over = 'month', tiers = [{ percent = '10' }, { from = '+5', percent = '12' }]")
good("tiers-amount-zero", "a first tier of amounts from 0", "tiers boundary", RULE % "by = 'order_value', tiers = [{ from = '0', percent = '10' }, { from = '5.00 EUR', percent = '12' }]")
bad("payout-days", "a day that no month has", "release", "program_invalid", "/settlement/payout/days", HEAD + "[settlement]\npayout = { days = [32] }")
bad("partner-vendor", "the vendor as a partner", "ids", "program_conflict", "/products/0/partners/0/id", HEAD + "[[products]]\nid = 'p'\npartners = [{ id = 'v', percent = '6' }]")
bad("currency", "an unknown currency", "currency", "currency_unknown", "/commission/0/pays/fixed", HEAD + "[[commission]]\npays = { fixed = '1.00 EUX' }")
bad("fixed-digits", "more digits than the currency has", "currency", "money_invalid", "/commission/0/pays/fixed", HEAD + "[[commission]]\npays = { fixed = '1.00 JPY' }")
bad("fixed-negative", "a negative sum", "currency", "amount_negative", "/commission/0/pays/fixed", HEAD + "[[commission]]\npays = { fixed = '-1.00 EUR' }")
bad("fixed-twice", "two sums in one currency", "currency", "program_conflict", "/commission/0/pays/fixed", HEAD + "[[commission]]\npays = { fixed = ['1.00 EUR', '2.00 EUR'] }")
bad("pays-both", "percent and fixed", "pays", "program_conflict", "/commission/0/pays/fixed", HEAD + "[[commission]]\npays = { percent = 1, fixed = '1.00 EUR' }")
bad("pays-nothing", "neither", "pays", "program_invalid", "/commission/0/pays", HEAD + "[[commission]]\npays = {}")
bad("unknown-affiliate", "a rule for nobody", "references", "program_unknown", "/commission/0/when/affiliate", HEAD + "[[commission]]\nwhen = { affiliate = 'eve' }\npays = { percent = 1 }")
bad("unknown-product", "a partnership for no product", "references", "program_unknown", "/affiliates/0/partnership/0/product", HEAD + ANNA.replace(" }]", ", product = 'p' }]"))
bad("unknown-group", "a rule for no group", "references", "program_unknown", "/commission/0/when/group", HEAD + "[[commission]]\nwhen = { group = 'gold' }\npays = { percent = 1 }")
bad("empty-range", "a range that holds nothing", "ranges", "program_invalid", "/commission/0/when", HEAD + "[[commission]]\nwhen = { gross_from = '5.00 EUR', gross_below = '5.00 EUR' }\npays = { percent = 1 }")
bad("window", "a window of weeks", "time", "duration_invalid", "/attribution/window", HEAD + "[attribution]\nwindow = '4w'")
bad("windows", "a window for no evidence", "words", "program_invalid", "/attribution/windows", HEAD + "[attribution]\nwindows = { cookies = '1d' }")
bad("half-life", "a half-life of zero", "time", "duration_invalid", "/attribution/half_life", HEAD + "[attribution]\nhalf_life = '0s'")
bad("precedence-missing", "a kind of evidence without a place", "precedence", "program_invalid", "/attribution/precedence", HEAD + "[attribution]\nprecedence = ['manual', 'coupon']")
bad("precedence-twice", "a kind of evidence with two", "precedence", "program_conflict", "/attribution/precedence/1", HEAD + "[attribution]\nprecedence = ['manual', ['manual', 'coupon']]")
bad("hosts-network", "an unknown network", "hosts", "word_unknown", "/links/hosts/shop.example", HEAD + "[links]\nhosts = { 'shop.example' = 'nobody' }")
bad("hosts-name", "no host", "hosts", "template_invalid", "/links/hosts/shop example", HEAD + "[links]\nhosts = { 'shop example' = 'impact' }")
bad("hosts-twice", "a host twice", "hosts", "program_conflict", "/links/hosts/shop.example", HEAD + "[links]\nhosts = { 'SHOP.example' = 'impact', 'shop.example' = 'tune' }")
good("hosts", "hosts that networks' links lead to", "hosts", HEAD + "[links]\nhosts = { 'shop.example' = 'impact', '*.shop.example' = 'tune' }")
bad("template-none", "a template without an affiliate", "templates", "template_invalid", "/links/templates/0", HEAD + "[links]\ntemplates = ['shop.example/{product}']")
bad("template-slot", "an unknown slot", "templates", "template_invalid", "/links/templates/0", HEAD + "[links]\ntemplates = ['shop.example/{affilate}']")
bad("template-twice", "a slot twice", "templates", "template_invalid", "/links/templates/0", HEAD + "[links]\ntemplates = ['shop.example/{affiliate}/{affiliate}']")
bad("template-adjacent", "two slots with nothing between", "templates", "template_invalid", "/links/templates/0", HEAD + "[links]\ntemplates = ['shop.example/{product}{affiliate}']")
bad("template-host", "a template without a host name", "templates", "template_invalid", "/links/templates/0", HEAD + "[links]\ntemplates = ['{affiliate}/x']")
bad("steps", "a step that is missing", "settlement", "program_invalid", "/settlement/steps", HEAD + "[settlement]\nsteps = ['tax', 'affiliate', 'partners']")
bad("steps-base", "a base whose steps come later", "settlement", "program_invalid", "/settlement/steps", HEAD + "[settlement]\nsteps = ['affiliate', 'tax', 'fee', 'partners']")
bad("stand-down", "a class twice", "ids", "program_conflict", "/attribution/stand_down/1/class", HEAD + "[attribution]\nstand_down = [{ class = 'x', within = '1m' }, { class = 'x', within = '2m' }]")
write("program.json", "Programs that load, and programs that must not: the code and the place.", cases)
