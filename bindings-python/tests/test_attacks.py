"""The attacks on carriers that can differ in Python: how texts cross the boundary, and what is shown of secrets."""

import copy
import json
import pickle
from datetime import datetime, timezone

import pytest

import sentby

NOW = datetime(2026, 3, 1, 9, tzinfo=timezone.utc)
SECRET = b"0123456789abcdef0123456789abcdef"
KEYS = sentby.Keys([sentby.RootKey(1, SECRET)])
AUDIENCE = "webinarhaus.example/lena"
TOKEN = KEYS.seal(sentby.Referral(affiliate="anna", product="521411d4"), "mail", AUDIENCE, NOW)


def refused(text):
    with pytest.raises(sentby.SentbyError) as error:
        KEYS.open(text, "mail", AUDIENCE, NOW)
    assert "this carrier is not valid here" in str(error.value)
    return error.value.code


def test_a1_to_a5_forgeries():
    for at in range(len(TOKEN)):
        flipped = TOKEN[:at] + ("0" if TOKEN[at] != "0" else "1") + TOKEN[at + 1 :]
        refused(flipped)
        refused(TOKEN[:at])
    for junk in ["0", "~junk", "=", "&x=1", "\0", TOKEN]:
        refused(TOKEN + junk)
        refused(junk + TOKEN)


def test_a15_letters_that_are_no_ascii():
    for odd in ["ä", "１", "ı", "\u212a", "\ufeff", "\u200b", "😀", "\0"]:
        for at in (0, 1, 20, len(TOKEN)):
            refused(TOKEN[:at] + odd + TOKEN[at:])
    # Half of a surrogate pair is a str in Python, and no text that could be a token.
    for half in ["\ud800", "\udc00"]:
        with pytest.raises((sentby.SentbyError, UnicodeError, TypeError)) as error:
            KEYS.open(TOKEN + half, "mail", AUDIENCE, NOW)
        assert TOKEN not in str(error.value)


def test_a16_names_that_mean_something_elsewhere():
    for name in ["__proto__", "__class__", "__dict__", "None", "NaN", "constructor", "-anna", "anna-"]:
        token = KEYS.seal(sentby.Referral(affiliate=name), "mail", AUDIENCE, NOW)
        assert KEYS.open(token, "mail", AUDIENCE, NOW).referral.affiliate == name
        assert sentby.peek(token.upper()).referral.affiliate == name
    for name in ["..", "%00", "a\0", "a b", "ä", ""]:
        with pytest.raises(sentby.SentbyError):
            KEYS.seal(sentby.Referral(affiliate=name), "mail", AUDIENCE, NOW)


def test_a18_long_texts():
    for size in [128, 129, 4096, 1 << 20, 100 << 20]:
        assert refused((TOKEN * (size // len(TOKEN) + 1))[:size]).startswith("token_")


def test_a22_weak_keys():
    for secret in [b"", b"short", SECRET[:31], bytes(32), b"\xff" * 64]:
        with pytest.raises(sentby.SentbyError):
            sentby.Keys([sentby.RootKey(1, secret)])
    for wrong in ["0123456789abcdef0123456789abcdef", None, 32, memoryview(SECRET)[::2]]:
        with pytest.raises((sentby.SentbyError, TypeError, ValueError, BufferError)):
            sentby.Keys([sentby.RootKey(1, wrong)])


def test_a24_nothing_secret_is_shown():
    key = sentby.RootKey(1, SECRET)
    for shown in [repr(key), str(key), repr(KEYS), str(KEYS), f"{KEYS}", repr(vars(KEYS) if hasattr(KEYS, "__dict__") else "")]:
        assert "0123456789abcdef" not in shown
    for secret in [key, KEYS]:
        for leak in (pickle.dumps, json.dumps, copy.deepcopy):
            with pytest.raises(TypeError):
                leak(secret)
    with pytest.raises(sentby.SentbyError) as error:
        KEYS.open(TOKEN, "link", AUDIENCE, NOW)
    assert TOKEN[:20] not in repr(error.value)
