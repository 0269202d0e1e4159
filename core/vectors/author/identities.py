"""Identity vectors: what people type, normalised by hand, and hashed by a naive twin."""
import hashlib
import hmac

from common import affiliate, program, write

ROOTS = {1: b"0123456789abcdef0123456789abcdef", 2: bytes(range(32, 72))}
KEYS = {"one": [{"id": 1, "secret_hex": ROOTS[1].hex(), "retires": None}],
        "rotated": [{"id": n, "secret_hex": ROOTS[n].hex(), "retires": None} for n in (1, 2)]}


def rules(**identity):
    rules = program([affiliate("anna")])
    if identity:
        # In its place: between the links and the attribution.
        rules = {**{k: rules[k] for k in ("sentby", "name", "vendor", "ids", "products", "affiliates", "links")}, "identity": identity,
                 **{k: rules[k] for k in ("attribution", "commission", "settlement")}}
    return rules


PROGRAMS = {"plain": rules(), "gmail": rules(email_dots="ignore", email_tags="ignore"), "exact": rules(email_case="keep"), "german": rules(phone_country="49"),
            "italian": rules(phone_country="39")}
cases = []


def digest(key_id, kind, normal):
    pseudo = hmac.new(b"sentby", ROOTS[key_id], hashlib.sha256).digest()  # HKDF-Extract
    key = hmac.new(pseudo, b"identity" + bytes([1, key_id]) + b"\x01", hashlib.sha256).digest()  # HKDF-Expand, one block
    return hmac.new(key, kind.encode() + b"\0" + normal.encode(), hashlib.sha256).hexdigest()[:32]


def same(id, about, kind, value, normal, rules="plain", keys="one"):
    """The value stands for this normal form; `None`: it cannot be one."""
    expect = {"error": "identity_invalid"} if normal is None else {"identities": [digest(k["id"], kind, normal) for k in reversed(KEYS[keys])]}
    cases.append({"id": id, "about": about, "flags": [kind], "program": rules, "keys": keys, "kind": kind, "value": value, "expect": expect})


same("email", "an address", "email", "lena@example.org", "lena@example.org")
same("email-case", "capitals on either side of the @", "email", "Lena@Example.ORG", "lena@example.org")
same("email-blanks", "blanks around it", "email", "\t lena@example.org \n", "lena@example.org")
same("email-exact", "a program that keeps the case keeps that of the part before the @ only", "email", "Lena@Example.ORG", "Lena@example.org", "exact")
same("email-dots-kept", "dots tell people apart, unless the program says otherwise", "email", "le.na@example.org", "le.na@example.org")
same("email-dots", "dots ignored", "email", "l.e.n.a@example.org", "lena@example.org", "gmail")
same("email-tag-kept", "so do plus tags", "email", "lena+shop@example.org", "lena+shop@example.org")
same("email-tag", "a plus tag ignored", "email", "Le.na+shop+2@example.org", "lena@example.org", "gmail")
same("email-only-tag", "nothing but a tag", "email", "+shop@example.org", None, "gmail")
same("email-idn", "a domain with letters of a country", "email", "lena@b\u00fccher.example", "lena@xn--bcher-kva.example")
same("email-idn-ascii", "and the same in ASCII", "email", "lena@XN--BCHER-KVA.example", "lena@xn--bcher-kva.example")
same("email-local-letters", "letters beyond ASCII before the @", "email", "J\u00dcRGEN@example.org", "j\u00fcrgen@example.org")
same("email-two-ats", "the last @ counts, and another one is no address", "email", "a@b@example.org", None)
same("email-no-at", "no @", "email", "lena.example.org", None)
same("email-no-local", "nothing before it", "email", "@example.org", None)
same("email-no-domain", "nothing behind it", "email", "lena@", None)
same("email-one-label", "a domain of one label", "email", "lena@localhost", None)
same("email-ip", "an IP address", "email", "lena@127.0.0.1", None)
same("email-blank-inside", "a blank inside", "email", "le na@example.org", None)
same("email-64", "64 bytes before the @", "email", "a" * 64 + "@example.org", "a" * 64 + "@example.org")
same("email-65", "65 bytes before the @", "email", "a" * 65 + "@example.org", None)
same("email-empty", "nothing", "email", "", None)
same("phone", "E.164", "phone", "+491711234567", "+491711234567")
same("phone-typed", "as people type it", "phone", " +49 (171) 123-45.67 ", "+491711234567")
same("phone-00", "two zeros stand for the plus", "phone", "0049 171 1234567", "+491711234567")
same("phone-trunk", "a trunk zero in brackets is not dialled", "phone", "+49 (0) 171 1234567", "+491711234567")
same("phone-trunk-tight", "written without a blank", "phone", "+49 (0)171 1234567", "+491711234567")
same("phone-national", "a national number, where the program knows the country", "phone", "0171/1234567", "+491711234567", "german")
same("phone-national-plus", "and an international one there", "phone", "+43 1 2345678", "+4312345678", "german")
same("phone-national-no-trunk", "a national number without a trunk zero", "phone", "3401234567", "+393401234567", "italian")
same("phone-no-country", "a national number without a country", "phone", "0171 1234567", None)
same("phone-letters", "letters", "phone", "+49 171 CALLME", None)
same("phone-plus-inside", "a plus inside", "phone", "+49+171234567", None)
same("phone-7", "7 digits", "phone", "+2901234", "+2901234")
same("phone-6", "6 digits", "phone", "+290123", None)
same("phone-15", "15 digits", "phone", "+123456789012345", "+123456789012345")
same("phone-16", "16 digits", "phone", "+1234567890123456", None)
same("phone-zero", "no country begins with 0", "phone", "+0491711234567", None)
same("phone-foreign-digits", "digits of another script", "phone", "+\u0664\u0669171123456", None)
same("customer", "a customer's id is taken as it is", "customer", " C-4711 ", " C-4711 ")
same("customer-case", "with its case", "customer", "c-4711", "c-4711")
same("customer-256", "256 bytes", "customer", "c" * 256, "c" * 256)
same("customer-257", "257 bytes", "customer", "c" * 257, None)
same("customer-control", "a control character", "customer", "c\u0000", None)
same("customer-empty", "nothing", "customer", "", None)
same("kinds", "the kind is part of it", "customer", "lena@example.org", "lena@example.org")
same("rotated", "one hash for each key, the newest first", "email", "lena@example.org", "lena@example.org", keys="rotated")
write("identity.json", "What people type, as keyed hashes.", cases, keys=KEYS, programs=PROGRAMS)
