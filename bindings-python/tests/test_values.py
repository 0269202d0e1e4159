"""What Python makes possible and the vectors cannot say: wrong types, naive times, Decimal, pickling."""

import pickle
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sentby

NOW = datetime(2026, 3, 3, 18, tzinfo=timezone.utc)
PROGRAM = sentby.Program.from_toml('sentby = 1\nvendor = "v"\n[[products]]\nid = "p"\n')


def refused(code, place, call):
    with pytest.raises(sentby.SentbyError) as caught:
        call()
    assert caught.value.code == code, caught.value
    assert place in str(caught.value)


def euro(text="10.00"):
    return sentby.Money(text, "EUR")


def line(**more):
    return sentby.Line(**{"id": "1", "product": "p", "gross": euro(), "tax": euro("0"), **more})


@pytest.mark.parametrize("amount", [True, 1.0, 19.99, float("nan"), float("inf")])
def test_inexact_amounts_are_refused(amount):
    refused("number_invalid", "/amount", lambda: sentby.Money(amount, "EUR"))


@pytest.mark.parametrize("amount", [None, b"1.00", [], object()])
def test_other_types_are_no_amounts(amount):
    refused("type_invalid", "/amount", lambda: sentby.Money(amount, "EUR"))


def test_money_speaks_decimal():
    money = sentby.Money(Decimal("1190.00"), "EUR")
    assert (money.amount, money.minor, money.currency, str(money)) == (Decimal("1190.00"), 119000, "EUR", "1190.00 EUR")
    assert sentby.Money(Decimal("1E+2"), "EUR").minor == 10000
    assert sentby.Money(5, "JPY").minor == 5
    assert sentby.Money(Decimal("-0.05"), "EUR").minor == -5
    for bad in [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+999999"), Decimal("1E-999999"), "1e2"]:
        refused("money_invalid", "", lambda: sentby.Money(bad, "EUR"))
    refused("money_out_of_range", "", lambda: sentby.Money(10**400, "EUR"))


@pytest.mark.parametrize("number", [True, 1.0, 19.99, float("nan"), -1, 2**32, 2**53, 2**200])
def test_numbers_are_whole_and_in_range(number):
    refused("number_invalid", "/quantity", lambda: line(quantity=number))


def test_amounts_in_records_are_money():
    for number in [True, 10, 10.0]:
        refused("number_invalid", "/gross", lambda: line(gross=number))
    refused("type_invalid", "/gross", lambda: line(gross="10.00"))
    refused("number_invalid", "/minor", lambda: sentby.Money.from_minor(2**53, "EUR"))


def test_naive_times_are_refused():
    refused("time_naive", "/at", lambda: sentby.Touch("anna", datetime(2026, 3, 3), "cookie"))
    refused("type_invalid", "/at", lambda: sentby.Touch("anna", 1772560800, "cookie"))
    refused("type_invalid", "/at", lambda: sentby.Touch("anna", "2026-03-03T18:00:00Z", "cookie"))


def test_times_keep_their_millisecond_in_any_zone():
    zone = timezone(timedelta(hours=5, minutes=30))
    at = datetime(2026, 3, 3, 23, 30, 0, 1999, tzinfo=zone)
    assert sentby.Touch("anna", at, "cookie").at == NOW + timedelta(milliseconds=1)
    for extreme in [datetime.min, datetime.max]:
        at = extreme.replace(tzinfo=timezone.utc)
        assert abs(sentby.Touch("anna", at, "cookie").at - at) < timedelta(milliseconds=1)


def test_unknown_words_and_wrong_types_name_their_place():
    refused("word_unknown", "/evidence", lambda: sentby.Touch("anna", NOW, "cookies"))
    refused("word_unknown", "/consent", lambda: sentby.Touch("anna", NOW, "cookie", consent="yes"))
    refused("type_invalid", "/signed", lambda: sentby.Touch("anna", NOW, "cookie", signed=1))
    refused("type_invalid", "/lines", lambda: sentby.Order("1", NOW, "lines"))
    refused("type_invalid", "/lines/1", lambda: sentby.Order("1", NOW, [line(), {}]))
    refused("type_invalid", "/touches/0", lambda: PROGRAM.attribute(sentby.Order("1", NOW, [line()]), ["anna"]))
    refused("text_invalid", "/affiliate", lambda: sentby.Touch("\ud800", NOW, "cookie"))
    refused("type_invalid", "/url", lambda: PROGRAM.read(b"https://a.example/"))
    with pytest.raises(TypeError):
        sentby.Touch("anna", NOW, "cookie", signd=True)


def test_records_compare_hash_print_and_pickle():
    order = sentby.Order("A-1", NOW, [line()], coupons=["X"], customer="new")
    touch = sentby.Touch("anna", NOW, "cookie", click_id="c", campaign="May")
    decision = PROGRAM.attribute(order, [touch])
    commission = PROGRAM.refund(PROGRAM.commission(order, decision), sentby.Refund("R", euro("1")))
    referral = sentby.Referral(affiliate="anna", sub_ids={"sub1": "x"})
    for record in [order, touch, decision, commission, referral, euro(), sentby.CookieSpec("a.example"), sentby.Refund("R", euro())]:
        twin = pickle.loads(pickle.dumps(record))
        assert twin == record and hash(twin) == hash(record) and repr(twin) == repr(record)
        assert record != "something else"
    assert repr(sentby.Refund("R", euro("1"))) == "Refund(id='R', amount=Money('1.00', 'EUR'), line=None)"
    assert order != sentby.Order("A-2", NOW, [line()])
    with pytest.raises(AttributeError):
        order.id = "A-3"


def test_programs_compare_and_pickle_and_keys_do_not():
    twin = pickle.loads(pickle.dumps(PROGRAM))
    assert twin == PROGRAM and hash(twin) == hash(PROGRAM) and "version" in repr(twin)
    key = sentby.RootKey(7, b"an-utterly-secret-root-key-0123456789")
    keys = sentby.Keys([key])
    assert "secret" not in repr(key) + repr(keys)
    for secret in [key, keys]:
        with pytest.raises(TypeError):
            pickle.dumps(secret)


def test_keys_name_what_is_wrong_with_them():
    good = sentby.RootKey(1, b"0123456789abcdef0123456789abcdef")
    refused("type_invalid", "/secret", lambda: sentby.RootKey(1, "text"))
    refused("number_invalid", "/id", lambda: sentby.RootKey(True, b""))
    refused("type_invalid", "/keys/1", lambda: sentby.Keys([good, None]))
    refused("type_invalid", "/keys", lambda: sentby.Keys(good))
    refused("key_length", "/keys/0/secret", lambda: sentby.Keys([sentby.RootKey(1, b"short")]))
    refused("key_repeated", "/keys/1", lambda: sentby.Keys([good, good]))


def test_programs_load_from_files(tmp_path):
    for name, text in [("p.toml", 'sentby = 1\nvendor = "v"'), ("p.json", '{"sentby": 1, "vendor": "v"}')]:
        (tmp_path / name).write_text(text)
        assert sentby.Program.load(tmp_path / name).vendor == "v"
    with pytest.raises(FileNotFoundError):
        sentby.Program.load(tmp_path / "none.toml")


def test_long_headers_are_read_in_linear_time():
    keys = sentby.Keys([sentby.RootKey(1, b"0123456789abcdef0123456789abcdef")])
    spec = sentby.CookieSpec("a.example")
    reading = keys.read_cookie(spec, f"{spec.name}=x; " * 60_000, NOW)
    assert reading.touches == () and len(reading.rejected) == 60_000


def earned():
    program = sentby.Program.from_toml('sentby = 1\nvendor = "v"\n[[affiliates]]\nid = "anna"\npartnership = [{ state = "approved", since = "2026-01-01T00:00:00Z" }]\n[[commission]]\npays = { percent = "50" }\n')
    order = sentby.Order("=A-1", NOW, [line()])
    commission = program.commission(order, program.attribute(order, [sentby.Touch("anna", NOW, "click")]))
    ledger = sentby.Ledger()
    ledger.apply(sentby.LedgerEvent("pay", NOW, "payment", commission=commission))
    return program, ledger, commission


def test_entries_are_exported_as_arrow_csv_and_json():
    import csv
    import io
    import json

    import pyarrow

    _, ledger, commission = earned()
    ledger.apply(sentby.LedgerEvent("yen", NOW, "adjustment", recipient="anna", amount=sentby.Money("-7", "JPY"), note='"a", b'))
    entries = ledger.entries()
    table = pyarrow.ipc.open_stream(sentby.export_arrow(entries)).read_all()
    assert table.column_names == ["event", "at", "kind", "order", "payment", "line", "role", "recipient", "rule", "amount", "currency", "minor"]
    assert table["amount"].to_pylist() == [Decimal("5.0000"), Decimal("5.0000"), Decimal("-7.0000")]
    assert table["minor"].to_pylist() == [500, 500, -7] and table["currency"].to_pylist() == ["EUR", "EUR", "JPY"]
    assert table["at"].to_pylist() == [NOW] * 3 and table["payment"].to_pylist() == [1, 1, None]
    assert table["order"].to_pylist() == ["=A-1", "=A-1", None]
    rows = json.loads(sentby.export_entries(entries, "json"))
    assert [(row["event"], row["amount"], row["minor"], row["at"]) for row in rows][2] == ("yen", "-7", -7, "2026-03-03T18:00:00Z")
    cells = list(csv.DictReader(io.StringIO(sentby.export_entries(entries, "csv"), newline="")))
    assert [cell["order"] for cell in cells] == ["'=A-1", "'=A-1", ""], "no spreadsheet runs it"
    assert [list(row) == list(cell) for row, cell in zip(rows, cells)] == [True] * 3
    assert [entry.event for entry in commission.rows("pay")] == ["pay", "pay"] and commission.rows("pay") == tuple(ledger.entries_of("=A-1"))
    assert pyarrow.ipc.open_stream(sentby.export_arrow([])).read_all().num_rows == 0
    assert sentby.export_entries([], "json") == "[]\n"
    refused("word_unknown", "/format", lambda: sentby.export_entries(entries, "xml"))
    refused("type_invalid", "/entries/0", lambda: sentby.export_arrow([commission]))


def test_the_desk_names_what_is_wrong_with_its_arguments():
    program, ledger, _ = earned()
    refused("type_invalid", "/body", lambda: program.webhook("copecart", "s", "", "text", NOW))
    refused("word_unknown", "/platform", lambda: program.webhook("ebay", "s", "", b"", NOW))
    refused("time_naive", "/received", lambda: program.webhook("copecart", "s", "", b"", datetime(2026, 3, 3)))
    refused("type_invalid", "/ledger", lambda: program.leaderboard(program, []))
    refused("type_invalid", "/activities/0", lambda: program.leaderboard(ledger, ["click"]))
    refused("type_invalid", "/period", lambda: program.leaderboard(ledger, [], "2026"))
    refused("type_invalid", "/others/0", lambda: program.diagnose(sentby.Question("anna", NOW), ledger, ["EU"]))
    refused("type_invalid", "/ledger", lambda: program.diagnose(sentby.Question("anna", NOW), "ledger"))
    refused("word_unknown", "/action", lambda: sentby.Moderation("anna", "praise", NOW))
    refused("moderation_refused", "/action", lambda: program.moderate(sentby.Moderation("anna", "approve", NOW)))
    suspended = program.moderate(sentby.Moderation("anna", "suspend", NOW))
    assert suspended.version != program.version and sentby.Program.from_json(suspended.to_json()) == suspended
    found = suspended.diagnose(sentby.Question("anna", NOW), ledger)
    assert [each.code for each in found] == ["suspended", "earned", "suspended"]
    assert pickle.loads(pickle.dumps(found)) == found and hash(found[0]) == hash(found[0])
    board = program.leaderboard(ledger, [sentby.Activity("click", "anna", NOW)] * 3)
    assert (board.start, board.rows[0].conversion, board.rows[0].turnover[0].per_click) == (None, Decimal("33.333333"), euro("1.67"))
    assert program.profile(ledger, [], "zoe", NOW) is None
