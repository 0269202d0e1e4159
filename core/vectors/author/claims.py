"""Claim vectors: the protocol's object read, written and judged; every outcome, every place."""
import json

from common import MINUTE, write

NOW = 1_772_560_800_000  # 2026-03-03T18:00:00Z
cases = []
BASE = {"provider": "network.example", "publisher_id": "anna"}
FULL = {"provider": "network.example", "token": "tok_1", "publisher_id": "anna", "campaign_id": "spring", "creative_id": "banner-7", "sub_id": "mail", "touchpoint": "first",
        "source": {"type": "url", "url": "https://agent.example/shoes?id=7"}, "issued_at": "2026-03-03T17:00:00Z", "expires_at": "2026-04-03T17:00:00Z",
        "metadata": {"placement": "answer", "rank": 3, "sponsored": True}}


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def written(claim):
    """As the protocol writes it: the known properties in their order, without what is missing, the touchpoint always."""
    order = ["provider", "token", "publisher_id", "campaign_id", "creative_id", "sub_id", "touchpoint", "source", "issued_at", "expires_at", "metadata"]
    claim = {"touchpoint": "last", **{k: v for k, v in claim.items() if v is not None and v != {}}}
    if "source" in claim:
        claim["source"] = {k: claim["source"][k] for k in ("type", "url") if claim["source"].get(k)}
    if "metadata" in claim:
        claim["metadata"] = {k: claim["metadata"][k] for k in sorted(claim["metadata"]) if claim["metadata"][k] is not None}
    return dump({k: claim[k] for k in order if k in claim})


def receive(id, about, marks, claim, outcome, stands=None, why=None, key="k1", stored=(), now=NOW):
    """`why`: the code and the place of a rejection."""
    text = claim if isinstance(claim, str) else dump(claim)
    stands = written(stands) if stands else None
    cases.append({"id": id, "about": about, "flags": marks.split(), "op": "receive", "text": text, "key": key, "now": now,
                  "stored": [{"key": k, "text": dump(c)} for k, c in stored], "expect": {"outcome": outcome, "claim": stands, "why": why}})


def accept(id, about, marks, claim, stands=None, **more):
    receive(id, about, marks, claim, "accepted", stands or claim, **more)


def reject(id, about, marks, why, claim, **more):
    receive(id, about, f"reject {marks}", claim, "reject", why=why, **more)


def touch(id, about, claim, expect, now=NOW):
    base = {"affiliate": "anna", "at": NOW, "evidence": "claim", "product": None, "campaign": None, "click_id": None, "coupon": None,
            "consent": "unknown", "navigated": True, "signed": False}
    cases.append({"id": id, "about": about, "flags": ["touch"], "op": "touch", "text": dump(claim), "now": now, "expect": {**base, **expect} if expect is not None else None})


accept("least", "provider and publisher", "accepted", BASE)
accept("token-only", "provider and token", "accepted", {"provider": "n", "token": "opaque/==.~"})
accept("full", "every property", "accepted", FULL)
accept("unknown", "what the protocol does not name is left out", "accepted", {**BASE, "email": "lena@example.org", "x": {"y": []}}, BASE)
accept("null", "null is missing", "accepted", {**BASE, "token": None, "source": None, "metadata": None, "issued_at": None}, BASE)
accept("null-inside", "in the metadata too", "accepted", {**BASE, "metadata": {"a": None}}, BASE)
accept("spaces", "white space and the order of properties do not matter", "accepted", '\n{ "publisher_id" : "anna",\t"provider":"network.example" }\n', BASE)
accept("numbers", "metadata keeps numbers and truth values as they are", "accepted", {**BASE, "metadata": {"b": 1.5, "a": -0.0, "c": False, "d": "x\"y"}})
accept("letters", "letters outside ASCII", "accepted", {**BASE, "campaign_id": "Frühling"})
accept("zone", "a time with an offset is the same time", "accepted", {**BASE, "issued_at": "2026-03-03T18:30:00+01:00"}, {**BASE, "issued_at": "2026-03-03T17:30:00Z"})
accept("clock", "300 seconds ahead", "accepted boundary", {**BASE, "issued_at": "2026-03-03T18:05:00Z"})
accept("expiring", "it counts to the very millisecond", "accepted boundary", {**BASE, "expires_at": "2026-03-03T18:00:00Z"})
accept("digits", "a number of 16 digits is an id", "accepted", {**BASE, "publisher_id": "4111111111111111"})
accept("at", "an at sign alone is no address", "accepted", {**BASE, "sub_id": "@home"})
accept("long", "64 bytes of provider, 256 of an id, 2048 of a token", "accepted boundary", {"provider": "p" * 64, "publisher_id": "i" * 256, "token": "t" * 2048})
accept("many", "32 entries of metadata", "accepted boundary", {**BASE, "metadata": {f"k{n}": n for n in range(32)}})

# What came before.
STORED = [("k1", BASE)]
receive("replay", "the same key and content", "replay", BASE, "replay", BASE, stored=STORED)
receive("replay-order", "in another order of properties", "replay", '{"publisher_id":"anna","provider":"network.example","touchpoint":"last"}', "replay", BASE, stored=STORED)
receive("replay-key", "the same content under another key", "replay", BASE, "replay", BASE, key="k2", stored=STORED)
receive("conflict", "the same key, another content: what stands stays", "conflict", {**BASE, "publisher_id": "bob"}, "conflict", BASE, stored=STORED)
receive("conflict-touchpoint", "the same key for another touchpoint is another content", "conflict", {**BASE, "touchpoint": "first"}, "conflict", BASE, stored=STORED)
receive("ignored", "another key, another content for the same touchpoint: the first stays", "ignored_conflict", {**BASE, "publisher_id": "bob"}, "ignored_conflict", BASE, key="k2", stored=STORED)
receive("ignored-provider", "from another provider too", "ignored_conflict", {**BASE, "provider": "other.example"}, "ignored_conflict", BASE, key="k2", stored=STORED)
accept("other-touchpoint", "the other touchpoint has a claim of its own", "accepted", {**BASE, "publisher_id": "bob", "touchpoint": "first"}, key="k2", stored=STORED)
receive("key-first", "the key is compared first", "conflict", {**BASE, "publisher_id": "bob"}, "conflict", {**BASE, "touchpoint": "first"}, key="k2", stored=[("k1", {**BASE, "publisher_id": "bob"}), ("k2", {**BASE, "touchpoint": "first"})])
reject("bad-beside", "what cannot be read is rejected, whatever stands", "stored", "claim_invalid: /provider", {"publisher_id": "anna"}, stored=STORED)

# What cannot be read.
for id, text in {"empty": "", "word": "claim", "list": "[]", "open": '{"provider":"n"', "two": '{"provider":"n","token":"t"} x', "deep": "[" * 500}.items():
    reject(f"json-{id}", "no JSON object", "json", "claim_invalid", text)
reject("provider", "no provider", "missing", "claim_invalid: /provider", {"publisher_id": "anna"})
reject("neither", "neither token nor publisher", "missing", "claim_invalid", {"provider": "n", "campaign_id": "c"})
reject("provider-empty", "an empty provider", "text", "claim_invalid: /provider", {**BASE, "provider": ""})
reject("provider-long", "65 bytes", "text boundary", "claim_invalid: /provider", {**BASE, "provider": "p" * 65})
reject("id-long", "257 bytes", "text boundary", "claim_invalid: /sub_id", {**BASE, "sub_id": "i" * 257})
reject("token-long", "2049 bytes", "text boundary", "claim_invalid: /token", {**BASE, "token": "t" * 2049})
reject("id-number", "a number is no text", "type", "claim_invalid: /publisher_id", {**BASE, "publisher_id": 7})
reject("id-control", "a control character", "text", "claim_invalid: /creative_id", {**BASE, "creative_id": "a\u0000b"})
reject("touchpoint", "a word that is none", "word", "claim_invalid: /touchpoint", {**BASE, "touchpoint": "middle"})
reject("source", "a source that is no object", "type", "claim_invalid: /source", {**BASE, "source": "url"})
reject("source-url", "a source's URL that is no text", "type", "claim_invalid: /source/url", {**BASE, "source": {"url": []}})
reject("time", "a time that is none", "time", "claim_invalid: /issued_at", {**BASE, "issued_at": "yesterday"})
reject("time-naive", "a time without its zone", "time", "claim_invalid: /expires_at", {**BASE, "expires_at": "2026-04-03T17:00:00"})
reject("future", "a millisecond beyond 300 seconds ahead", "time boundary", "claim_invalid: /issued_at", {**BASE, "issued_at": "2026-03-03T18:05:00.001Z"})
reject("over", "over since a millisecond", "time boundary", "claim_invalid: /expires_at", {**BASE, "expires_at": "2026-03-03T17:59:59.999Z"})
reject("backwards", "expires when it is issued", "time", "claim_invalid: /expires_at", {**BASE, "issued_at": "2026-03-03T17:00:00Z", "expires_at": "2026-03-03T17:00:00Z"})
reject("metadata", "metadata that is no object", "metadata", "claim_invalid: /metadata", {**BASE, "metadata": "x"})
reject("metadata-nested", "metadata that is not flat", "metadata", "claim_invalid: /metadata/a", {**BASE, "metadata": {"a": {"b": 1}}})
reject("metadata-list", "a list in it", "metadata", "claim_invalid: /metadata/a~1b", {**BASE, "metadata": {"a/b": [1]}})
reject("metadata-many", "33 entries", "metadata boundary", "claim_invalid: /metadata", {**BASE, "metadata": {f"k{n}": n for n in range(33)}})
reject("metadata-long", "257 bytes", "metadata boundary", "claim_invalid: /metadata/a", {**BASE, "metadata": {"a": "x" * 257}})
reject("large", "above 16 KiB", "size", "too_large", {**BASE, "x": "y" * 16_384})

# Personal data, wherever it stands.
for field in ("provider", "publisher_id", "campaign_id", "creative_id", "sub_id"):
    reject(f"email-{field}", "an e-mail address", "personal", f"claim_personal: /{field}", {**BASE, field: "lena@example.org"})
reject("email-url", "in a source's URL", "personal", "claim_personal: /source/url", {**BASE, "source": {"type": "url", "url": "https://a.example/?m=lena@example.org"}})
reject("email-encoded", "percent-encoded", "personal", "claim_personal: /source/url", {**BASE, "source": {"url": "https://a.example/?m=lena%40example.org"}})
reject("email-metadata", "in the metadata", "personal", "claim_personal: /metadata/note", {**BASE, "metadata": {"note": "from lena@example.org"}})
reject("email-name", "as a name of metadata", "personal", "claim_personal: /metadata/lena@example.org", {**BASE, "metadata": {"lena@example.org": 1}})
reject("phone", "a phone number", "personal", "claim_personal: /sub_id", {**BASE, "sub_id": "+49 170 1234567"})
reject("ip", "an IP address", "personal", "claim_personal: /metadata/from", {**BASE, "metadata": {"from": "203.0.113.7"}})
reject("ip6", "of version 6", "personal", "claim_personal: /metadata/from", {**BASE, "metadata": {"from": "2001:db8::1"}})
reject("card", "a card's number as people write it", "personal", "claim_personal: /metadata/x", {**BASE, "metadata": {"x": "4111 1111 1111 1111"}})
for name in ("email", "Phone-Number", "first name", "ip_address"):
    reject(f"name-{name.replace(' ', '-').lower()}", "a name under which only personal data stands", "personal", f"claim_personal: /metadata/{name}", {**BASE, "metadata": {name: "x"}})

touch("touch", "a publisher's touch, now", BASE, {})
touch("touch-issued", "when it was issued", FULL, {"at": NOW - 60 * MINUTE, "campaign": "spring"})
touch("touch-ahead", "a clock that is ahead: now", {**BASE, "issued_at": "2026-03-03T18:04:00Z"}, {})
touch("touch-token", "a token alone names nobody", {"provider": "n", "token": "t"}, None)
write("claim.json", "What third parties say about who sent a buyer: read, judged beside what stands, written.", cases)
