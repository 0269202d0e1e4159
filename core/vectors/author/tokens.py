"""Token, short code and cookie vectors, sealed by a naive twin of the wire formats."""
import hashlib
import hmac

from common import HOUR, write

NOW = 1_772_355_600_000  # 2026-03-01T09:00:00Z
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ROOTS = {1: b"0123456789abcdef0123456789abcdef", 2: bytes(range(32, 72)), 9: b"retired key: 0123456789abcdefghij"}
KEYS = {
    "one": [{"id": 1, "secret_hex": ROOTS[1].hex(), "retires": None}],
    "rotated": [{"id": 1, "secret_hex": ROOTS[1].hex(), "retires": None}, {"id": 2, "secret_hex": ROOTS[2].hex(), "retires": None}],
    "over": [{"id": 1, "secret_hex": ROOTS[1].hex(), "retires": None}, {"id": 9, "secret_hex": ROOTS[9].hex(), "retires": NOW + 24 * HOUR}],
    "retiring": [{"id": 9, "secret_hex": ROOTS[9].hex(), "retires": NOW + 24 * HOUR}, {"id": 1, "secret_hex": ROOTS[1].hex(), "retires": None}],
}
PURPOSE = {"cookie": 1, "link": 2, "mail": 3, "profile": 4}
MAX_HOURS = {"cookie": 9600, "link": 8760, "mail": 2160, "profile": 17520}
SITE, LENA = "webinarhaus.example", "webinarhaus.example/lena"


def base32(data):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return "".join(ALPHABET[int(bits[i:i + 5], 2)] for i in range(0, len(bits), 5))


def derive(key_id, purpose):
    pseudo = hmac.new(b"sentby", ROOTS[key_id], hashlib.sha256).digest()  # HKDF-Extract
    info = b"token" + bytes([1, purpose, key_id])
    return hmac.new(pseudo, info + b"\x01", hashlib.sha256).digest()  # HKDF-Expand, one block


def tag(body, key_id, purpose, audience):
    audience = audience.encode()
    return hmac.new(derive(key_id, purpose), len(audience).to_bytes(2, "big") + audience + body, hashlib.sha256).digest()


def body(purpose, affiliate, product="", click=0, now=NOW, hours=None, key_id=1, version=1, n=None):
    hours = MAX_HOURS[purpose] if hours is None else hours
    head = bytes([version << 4 | PURPOSE[purpose], key_id]) + (now // 1000).to_bytes(4, "big") + hours.to_bytes(2, "big")
    return head + click.to_bytes(8, "big") + bytes([len(product) if n is None else n]) + product.encode() + affiliate.encode()


def seal(purpose, affiliate, product="", audience=LENA, mac_key=None, mac_purpose=None, **more):
    text = body(purpose, affiliate, product, **more)
    key_id = more.get("key_id", 1) if mac_key is None else mac_key
    return base32(text + tag(text, key_id, mac_purpose or PURPOSE[purpose], audience)[:16])


cases = []


def case(id, about, flags, op, expect, keys="one", **input):
    cases.append({"id": id, "about": about, "flags": flags.split(), "op": op, "keys": keys, **input, "expect": expect})


def opened(id, about, flags, text, purpose="mail", audience=LENA, now=NOW, keys="one", affiliate="anna", product=None, click=None,
           issued=NOW, hours=None, expires=None, key_id=1):
    end = issued + HOUR * (MAX_HOURS[purpose] if hours is None else hours) if expires is None else expires
    expect = {"affiliate": affiliate, "product": product, "click_id": click, "issued_at": issued, "expires_at": end, "key_id": key_id}
    case(id, about, flags, "open", expect, keys, text=text, purpose=purpose, audience=audience, now=now)


def refused(id, about, flags, code, text, purpose="mail", audience=LENA, now=NOW, keys="one"):
    case(id, about, flags, "open", {"error": code}, keys, text=text, purpose=purpose, audience=audience, now=now)


def sealed(id, about, flags, expect, purpose="mail", affiliate="anna", product=None, click_id=None, audience=LENA, now=NOW,
           hours=None, keys="one"):
    case(id, about, flags, "seal", expect, keys, affiliate=affiliate, product=product, click_id=click_id, purpose=purpose,
         audience=audience, now=now, lifetime_hours=hours)


def swap(text, at, letter):
    return text[:at] + letter + text[at + 1:]


good = seal("mail", "anna", "521411d4")
assert len(seal("mail", "anna", "prod66")) == 69 and len(seal("mail", "eight-ch", "twelve-chars")) == 85  # the lengths of the design
longest = seal("mail", "a" * 32, "p" * 15)
assert len(longest) == 128

for purpose in PURPOSE:
    sealed(f"seal-{purpose}", f"a token for purpose {purpose} is these bytes", "seal", {"text": seal(purpose, "anna", "521411d4")}, purpose, product="521411d4")
    opened(f"open-{purpose}", f"a token for purpose {purpose} opens", "open", seal(purpose, "anna", "521411d4"), purpose, product="521411d4")
sealed("seal-click", "a click id is 8 bytes", "seal click", {"text": seal("mail", "anna", click=1000)}, click_id="00000000000003e8")
opened("open-click", "a click id comes back as 16 hexadecimal digits", "open click", seal("mail", "anna", click=2**64 - 1), click="f" * 16)
opened("open-no-product", "a product of length 0 is none", "open", seal("mail", "anna"))
opened("open-longest", "ids of 47 bytes together make 128 characters", "open boundary", longest, affiliate="a" * 32, product="p" * 15)
sealed("seal-longest", "ids of 47 bytes together fit", "seal boundary", {"text": longest}, affiliate="a" * 32, product="p" * 15)
sealed("seal-too-long", "ids of 48 bytes together do not fit", "seal boundary", {"error": "carrier_full"}, affiliate="a" * 32, product="p" * 16)
sealed("seal-id-33", "an affiliate of 33 bytes does not fit", "seal boundary", {"error": "carrier_full"}, affiliate="a" * 33)
sealed("seal-no-affiliate", "a token needs an affiliate", "seal", {"error": "id_invalid"}, affiliate=None)
sealed("seal-bad-id", "an affiliate with a blank is no id", "seal", {"error": "id_invalid"}, affiliate="an na")
sealed("seal-bad-click", "a click id is hexadecimal", "seal click", {"error": "click_id_invalid"}, click_id="click-1")
sealed("seal-zero-click", "click id zero means none and cannot be asked for", "seal click", {"error": "click_id_invalid"}, click_id="0" * 16)
sealed("seal-no-audience", "an empty audience is refused", "seal audience", {"error": "audience_invalid"}, audience="")
sealed("seal-before-retirement", "the newest key seals until it retires", "seal keys boundary", {"text": seal("mail", "anna", now=NOW + 24 * HOUR - 1, key_id=9)}, now=NOW + 24 * HOUR - 1, keys="over")
sealed("seal-retired", "and not from then on", "seal keys boundary", {"error": "key_retired"}, now=NOW + 24 * HOUR, keys="over")
sealed("seal-longest-audience", "an audience of 1024 bytes", "seal audience boundary", {"text": seal("mail", "anna", audience="a" * 1024)}, audience="a" * 1024)
sealed("seal-too-long-audience", "one more is refused", "seal audience boundary", {"error": "audience_invalid"}, audience="a" * 1025)
sealed("seal-nul-audience", "an audience cannot hold a control character", "seal audience", {"error": "audience_invalid"}, audience="a\0b")
sealed("seal-lifetime-0", "a lifetime of zero is refused", "seal time", {"error": "lifetime_invalid"}, hours=0)
sealed("seal-lifetime-max", "the purpose's maximum is allowed", "seal time boundary", {"text": seal("mail", "anna", hours=2160)}, hours=2160)
sealed("seal-lifetime-over", "one hour more is not", "seal time boundary", {"error": "lifetime_invalid"}, hours=2161)
sealed("seal-before-1970", "a time before 1970 does not fit", "seal time", {"error": "time_invalid"}, now=-1000)
sealed("seal-after-2106", "a time after 2106 does not fit", "seal time boundary", {"error": "time_invalid"}, now=2**32 * 1000)
sealed("seal-rotated", "the newest key signs", "seal keys", {"text": seal("mail", "anna", key_id=2)}, keys="rotated")
opened("open-rotated-old", "an older key still opens", "open keys", seal("mail", "anna"), keys="rotated")
opened("open-rotated-new", "the newest key opens", "open keys", seal("mail", "anna", key_id=2), keys="rotated", key_id=2)
opened("open-upper", "a mail system made it upper case", "open case", good.upper(), product="521411d4")
opened("open-mixed", "mixed case opens as well", "open case", "".join(c.upper() if n % 2 else c for n, c in enumerate(good)), product="521411d4")
opened("open-skew", "300 seconds in the future are forgiven", "open time boundary", seal("mail", "anna", now=NOW + 300_000), issued=NOW + 300_000)
refused("future", "one second more is not", "time boundary", "token_from_future", seal("mail", "anna", now=NOW + 301_000))
refused("future-max", "issued at the largest time", "time A19", "token_from_future", seal("mail", "anna", now=(2**32 - 1) * 1000))
opened("open-last-ms", "the last millisecond of its lifetime", "open time boundary", seal("mail", "anna", hours=1), hours=1, now=NOW + HOUR - 1)
refused("expired", "the lifetime is over", "time boundary", "token_expired", seal("mail", "anna", hours=1), now=NOW + HOUR)
refused("expired-max", "a longer lifetime than the purpose's maximum counts as the maximum", "time boundary A19", "token_expired", seal("mail", "anna", hours=65535), now=NOW + 2160 * HOUR)
opened("open-over-max", "within the maximum it opens", "open time A19", seal("mail", "anna", hours=65535), hours=2160, now=NOW + 2160 * HOUR - 1)
refused("lifetime-0", "a signed lifetime of zero never opens", "time A19", "token_expired", seal("mail", "anna", hours=0))
refused("issued-0", "issued in 1970", "time A19", "token_expired", seal("mail", "anna", now=0))
opened("open-retiring", "a key about to retire opens, until then only", "open keys", seal("mail", "anna", key_id=9), keys="retiring", key_id=9, expires=NOW + 24 * HOUR)
refused("retired", "its key is retired", "keys boundary", "token_key_retired", seal("mail", "anna", key_id=9), keys="retiring", now=NOW + 24 * HOUR)
refused("empty", "no text", "length A4", "token_length", "")
refused("truncated", "the last character is missing", "length A4", "token_not_canonical", good[:-1])
refused("truncated-8", "eight characters are missing", "length A4", "token_forged", good[:-8])
refused("too-short", "shorter than any token", "length A4", "token_length", good[:54])
refused("over-long", "129 characters", "length A5 A18", "token_length", longest + "0")
refused("extended", "characters are appended", "length A5", "token_forged", good + "00000000")
refused("junk", "~junk is appended", "A5", "token_not_canonical", good + "~junk")
refused("padding", "base32 padding is appended", "A14", "token_not_canonical", good + "=")
refused("non-ascii", "an umlaut is inserted", "A15", "token_not_ascii", swap(good, 5, "ä"))
refused("full-width", "a full-width digit", "A15", "token_not_ascii", swap(good, 5, "\uff11"))
refused("kelvin", "the Kelvin sign folds to k elsewhere", "A15", "token_not_ascii", swap(good, 5, "\u212a"))
refused("bom", "a byte order mark in front", "A15", "token_not_ascii", "\ufeff" + good)
refused("look-alike-o", "o is not 0", "canonical", "token_not_canonical", swap(good, 0, "o"))
refused("look-alike-l", "l is not 1", "canonical", "token_not_canonical", swap(good, 0, "l"))
refused("blank", "a blank inside", "canonical A14", "token_not_canonical", swap(good, 9, " "))
refused("newline", "a line end behind", "canonical A14", "token_not_canonical", good + "\n")
refused("percent", "percent-encoded", "canonical A14", "token_not_canonical", "%" + good[1:])
stray = seal("mail", "anna", "prod66")  # 344 bits in 69 characters leave one bit over
refused("stray-bit", "the bit that no byte needs is set", "canonical A13", "token_not_canonical", stray[:-1] + ALPHABET[ALPHABET.index(stray[-1]) | 1])
refused("version-0", "version 0", "version A11", "token_version", seal("mail", "anna", version=0))
refused("version-2", "version 2", "version A11", "token_version", seal("mail", "anna", version=2))
refused("foreign-purpose", "a link token where a mail token belongs", "purpose A8", "token_purpose", seal("link", "anna"))
refused("purpose-in-header", "the purpose was swapped in the header only", "purpose A8", "token_forged", seal("mail", "anna", mac_purpose=2))
refused("foreign-audience", "another attendee's token", "audience A9", "token_forged", good, audience=SITE + "/max")
refused("audience-cut", "the audience is cut differently", "audience A9", "token_forged", good, audience=SITE + "/len")
refused("audience-empty", "opening needs an audience", "audience A9", "audience_invalid", good, audience="")
refused("unknown-key", "key 3 is not here", "keys A10", "token_key_unknown", seal("mail", "anna", key_id=3, mac_key=1))
refused("key-0", "key id 0", "keys A10", "token_key_unknown", seal("mail", "anna", key_id=0, mac_key=1))
refused("key-swapped", "the key id was swapped", "keys A10", "token_forged", seal("mail", "anna", key_id=2, mac_key=1), keys="rotated")
refused("bit-flip", "one bit of the affiliate is flipped", "A2", "token_forged", swap(good, 44, ALPHABET[ALPHABET.index(good[44]) ^ 4]))
refused("tag-flip", "one bit of the tag is flipped", "A2", "token_forged", swap(good, len(good) - 3, ALPHABET[ALPHABET.index(good[-3]) ^ 1]))
other = seal("mail", "bob1", "521411d4")
refused("spliced", "the body of one, the tag of another", "A7", "token_forged", other[:47] + good[47:])
for n in (255, 33, 30):
    refused(f"length-lies-{n}", f"the product's length says {n}", "A17", "token_malformed", seal("mail", "anna", n=n))
refused("no-affiliate", "all of it is product", "A17", "token_malformed", seal("mail", "", "anna"))
refused("bad-id-inside", "the affiliate is no id", "A16", "token_malformed", seal("mail", "an/na"))
refused("dots-inside", "the affiliate is ..", "A16", "token_malformed", seal("mail", ".."))
opened("open-proto", "__proto__ is an id like any other", "open A16", seal("mail", "__proto__"), affiliate="__proto__")
case("peek", "peeking needs no key and checks no tag", "peek", "peek",
     {"affiliate": "anna", "product": "521411d4", "click_id": None, "purpose": "mail", "key_id": 1, "issued_at": NOW, "lifetime_hours": 2160},
     text=swap(good, len(good) - 3, "z"))
case("peek-malformed", "a length that lies", "peek A17", "peek", {"error": "token_malformed"}, text=seal("mail", "anna", n=255))

CLICK = 1000
code = base32(CLICK.to_bytes(8, "big") + tag(CLICK.to_bytes(8, "big"), 1, 5, SITE)[:7])
assert len(code) == 24
short = dict(audience=SITE, now=NOW)
case("short-code", "a short code is these 24 characters", "short", "short_code", {"text": code}, click_id=f"{CLICK:016x}", **short)
case("short-code-bad-click", "a click id is hexadecimal", "short", "short_code", {"error": "click_id_invalid"}, click_id="1000", **short)
case("short-open", "a short code opens", "short", "open_short_code", {"click_id": f"{CLICK:016x}"}, text=code, **short)
case("short-open-upper", "in capitals too", "short case", "open_short_code", {"click_id": f"{CLICK:016x}"}, text=code.upper(), **short)
case("short-open-rotated", "with an older key too", "short keys", "open_short_code", {"click_id": f"{CLICK:016x}"}, keys="rotated", text=code, **short)
case("short-forged", "one letter differs", "short A2", "open_short_code", {"error": "token_forged"}, text=swap(code, 3, "z"), **short)
case("short-foreign", "for another site", "short A9", "open_short_code", {"error": "token_forged"}, text=code, audience="other.example", now=NOW)
case("short-length", "23 characters", "short A4", "open_short_code", {"error": "token_length"}, text=code[:-1], **short)
zero = base32(bytes(8) + tag(bytes(8), 1, 5, SITE)[:7])
case("short-zero", "a signed click id of zero", "short", "open_short_code", {"error": "token_malformed"}, text=zero, **short)
write("token.json", "Tokens and short codes: the bytes, and every reason to refuse them.", cases, keys=KEYS)

# Cookies.
cases = []
NAME = "__Host-sentby"
SPEC = {"name": NAME, "site": SITE, "lifetime_hours": 9600, "secure": True}


def touch(affiliate, at, product=None, click=0):
    return {"affiliate": affiliate, "at": at, "product": product, "click_id": f"{click:016x}" if click else None}


def cookie(touches, name=NAME, site=SITE, now=NOW, hours=9600, key_id=1, count=None, extra=b""):
    data = bytes([0x11, key_id]) + (now // 1000).to_bytes(4, "big") + hours.to_bytes(2, "big") + bytes([len(touches) if count is None else count])
    for t in touches:
        product, click = t["product"] or "", int(t["click_id"] or "0", 16)
        data += (t["at"] // 1000).to_bytes(4, "big") + click.to_bytes(8, "big") + bytes([len(product)]) + product.encode()
        data += bytes([len(t["affiliate"])]) + t["affiliate"].encode()
    data += extra
    return base32(data + tag(data, key_id, 1, f"{name}\0{site}")[:16])


def reads(id, about, flags, header, touches, rejected=(), now=NOW, keys="one", **spec):
    case(id, about, flags, "read", {"touches": touches, "rejected": list(rejected)}, keys, spec={**SPEC, **spec}, header=header, now=now)


def sets(id, about, flags, touches, expect, consent="granted", now=NOW, **spec):
    case(id, about, flags, "set", expect, spec={**SPEC, **spec}, touches=touches, consent=consent, now=now)


def attributes(age):
    return f"; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}"


one = [touch("anna", NOW - 5000, "521411d4", 1000)]
value = cookie(one)
nine = [touch(f"a{n}", NOW - (10 - n) * HOUR) for n in range(9)]
kept = [nine[0]] + nine[2:]
sets("set-one", "one touch", "set", one, {"set_cookie": f"{NAME}={value}{attributes(34560000)}"})
sets("set-nine", "of nine touches the first and the latest seven stay", "set boundary", nine, {"set_cookie": f"{NAME}={cookie(kept)}{attributes(34560000)}"})
sets("set-permuted", "the order of the touches does not matter", "set", nine[::-1], {"set_cookie": f"{NAME}={cookie(kept)}{attributes(34560000)}"})
sets("set-twice", "the same touch twice is one", "set", one + one, {"set_cookie": f"{NAME}={value}{attributes(34560000)}"})
for consent in ("denied", "unknown", "gpc"):
    sets(f"set-{consent}", f"consent {consent} writes no cookie", "set consent", one, {"set_cookie": None}, consent)
sets("set-hour", "a lifetime of one hour", "set", one, {"set_cookie": f"{NAME}={cookie(one, hours=1)}{attributes(3600)}"}, lifetime_hours=1)
sets("set-insecure", "a development cookie without TLS", "set", one,
     {"set_cookie": f"dev={cookie(one, name='dev')}; Path=/; HttpOnly; SameSite=Lax; Max-Age=34560000"}, name="dev", secure=False)
sets("set-host-insecure", "__Host- needs Secure", "set", one, {"error": "cookie_invalid"}, secure=False)
sets("set-bad-name", "a blank in the name", "set", one, {"error": "cookie_invalid"}, name="a b")
sets("set-too-old", "400 days are the most", "set boundary", one, {"error": "lifetime_invalid"}, lifetime_hours=9601)
sets("set-none", "no touch", "set", [], {"error": "number_invalid"})
sets("set-bad-id", "a foreign id stays outside", "set", [touch("an na", NOW)], {"error": "id_invalid"})
sets("set-long-id", "an id of 33 bytes does not fit", "set boundary", [touch("a" * 33, NOW)], {"error": "carrier_full"})
reads("read-one", "one touch comes back", "read", f"{NAME}={value}", one)
reads("read-eight", "eight come back", "read boundary", f"{NAME}={cookie(kept)}", kept)
reads("read-among", "among other cookies", "read", f"a=b; {NAME}={value}; c={value}", one)
reads("read-none", "no such cookie", "read", f"a=b; {NAME}x={value}", [])
reads("read-empty", "an empty header", "read", "", [])
reads("read-two", "of two cookies of one name the invalid one is passed over", "read A2", f"{NAME}=junk; {NAME}={value}", one, ["token_length"])
reads("read-newest", "of two valid ones the newest counts", "read", f"{NAME}={cookie(kept, now=NOW - HOUR)}; {NAME}={value}", one)
reads("read-newest-first", "wherever it stands", "read", f"{NAME}={value}; {NAME}={cookie(kept, now=NOW - HOUR)}", one)
reads("read-other-name", "a value signed for one name is presented under another", "read A9", f"dev={value}", [], ["token_forged"], name="dev")
reads("read-other-site", "a value of another site", "read A9", f"{NAME}={cookie(one, site='other.example')}", [], ["token_forged"])
reads("read-name-case", "cookie names are compared exactly", "read", f"__host-SENTBY={value}", [])
reads("read-quoted", "quotes are not part of the value", "read", f'{NAME}="{value}"', [], ["token_not_canonical"])
reads("read-token", "a link token is no cookie", "read A8", f"{NAME}={seal('link', 'anna', '521411d4')}", [], ["token_purpose"])
reads("read-single-token", "a single token of purpose cookie is no cookie value", "read A8", f"{NAME}={seal('cookie', 'anna', '521411d4', audience=SITE)}", [], ["token_forged"])
reads("read-expired", "it is over", "read time boundary", f"{NAME}={cookie(one, hours=1)}", [], ["token_expired"], now=NOW + HOUR)
reads("read-retired", "its key is retired", "read keys", f"{NAME}={cookie(one, key_id=9)}", [], ["token_key_retired"], now=NOW + 24 * HOUR, keys="retiring")
reads("read-count-lies", "the number of touches lies", "read A17", f"{NAME}={cookie(one, count=2)}", [], ["token_malformed"])
reads("read-count-0", "no touches inside", "read A17", f"{NAME}={cookie(one, count=0)}", [], ["token_malformed"])
reads("read-extra", "bytes behind the last touch", "read A17", f"{NAME}={cookie(one, extra=b'xx')}", [], ["token_malformed"])
reads("read-nine", "nine touches are never written", "read A17 boundary", f"{NAME}={cookie(nine)}", [], ["token_malformed"])
reads("read-unsorted", "touches out of order are never written", "read", f"{NAME}={cookie(nine[1::-1])}", [], ["token_malformed"])
# The longest cookie there is: eight touches with ids of 32 bytes.
eight = [touch(f"{n}{'a' * 31}", NOW - (9 - n) * HOUR, "p" * 32, n + 1) for n in range(8)]
longest = cookie(eight)
assert len(longest) == 1039
sets("set-longest", "eight touches with the longest ids", "set boundary", eight, {"set_cookie": f"{NAME}={longest}{attributes(34560000)}"})
sets("set-too-long", "an id of 33 bytes", "set boundary", [touch("a" * 33, NOW)], {"error": "carrier_full"})
sets("set-too-long-product", "a product of 33 bytes", "set boundary", [touch("anna", NOW, "p" * 33)], {"error": "carrier_full"})
reads("read-longest", "and they come back", "read boundary", f"{NAME}={longest}", eight)
reads("read-too-long", "a letter more than there can be", "read boundary", f"{NAME}={longest}0", [], ["token_length"])
reads("read-id-33", "an id of 33 bytes, signed", "read boundary A17", f"{NAME}={cookie([touch('a' * 33, NOW)])}", [], ["token_malformed"])
reads("read-product-33", "a product of 33 bytes, signed", "read boundary A17", f"{NAME}={cookie([touch('anna', NOW, 'p' * 33)])}", [], ["token_malformed"])
reads("read-shortest", "an affiliate of one letter", "read boundary", f"{NAME}={cookie([touch('a', NOW)])}", [touch("a", NOW)])


def forgets(id, about, flags, header, clicks, expect, now=NOW):
    case(id, about, "forget " + flags, "forget", {"set_cookie": expect}, spec=SPEC, header=header, click_ids=list(clicks), now=now)


two = [touch("anna", NOW - 2000, click=1), touch("bob", NOW - 1000, click=2)]
forgets("forget-one", "of two clicks one is forgotten: the cookie is written anew with the other", "A20", f"{NAME}={cookie(two)}", ["0000000000000001"], f"{NAME}={cookie(two[1:])}{attributes(34560000)}")
forgets("forget-all", "the last one: the cookie is removed", "A20", f"{NAME}={cookie(two)}", ["0000000000000002", "0000000000000001"], f"{NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
forgets("forget-other", "a click that it does not hold: nothing is to be done", "", f"{NAME}={cookie(two)}", ["0000000000000003"], None)
forgets("forget-nothing", "nothing is to be forgotten", "", f"{NAME}={cookie(two)}", [], None)
forgets("forget-none", "no cookie", "", "", ["0000000000000001"], None)
forgets("forget-forged", "a cookie that is none", "", f"{NAME}={cookie(two)}x", ["0000000000000001"], None)
reads("read-blank", "blanks around", "read", f" \t{NAME}={value} ", one)
write("cookie.json", "Cookies: the text of Set-Cookie, and what a Cookie header gives.", cases, keys=KEYS)
