"""Tables: every way in gives the same out, as the single call decides; wrong tables are refused with their place."""

import csv as plain_csv
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import threading
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sentby
from sentby import Journeys, Line, Money, Order, Program, SentbyError, Touch

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
RULES = """
sentby = 1
vendor = "v"
name = "Webinarhaus"
{products}
{affiliates}
[attribution]
{attribution}
[[commission]]
when = {{ product = "p1" }}
pays = {{ percent = "40" }}
[[commission]]
pays = {{ percent = "30" }}
[settlement]
preset = "copecart"
"""


def rules(attribution: str = "", affiliates: int = 6) -> Program:
    products = "\n".join(f'[[products]]\nid = "p{n}"' for n in range(3))
    names = "\n".join(
        f'[[affiliates]]\nid = "a{n}"\npartnership = [{{ state = "approved", since = "2026-01-0{n + 1}T00:00:00Z" }}]' for n in range(affiliates)
    )
    return Program.from_toml(RULES.format(products=products, affiliates=names, attribution=attribution))


def tables(rows: int = 2000, seed: int = 1) -> tuple[pa.Table, pa.Table]:
    rng = random.Random(seed)
    at = lambda: START + timedelta(milliseconds=rng.randrange(40 * 86_400_000))  # noqa: E731
    touches = pa.table(
        {
            "visitor": [f"visitor-{rng.randrange(rows // 4)}" for _ in range(rows)],
            "at": pa.array([at() for _ in range(rows)], pa.timestamp("ms", "UTC")),
            "affiliate": [f"a{rng.randrange(7)}" for _ in range(rows)],
            "evidence": [rng.choice(["token", "cookie", "parameter", "click"]) for _ in range(rows)],
            "product": [rng.choice([None, "p0", "p1", "p2"]) for _ in range(rows)],
        }
    )
    count = rows // 5
    gross = [rng.randrange(100, 100_000) for _ in range(count)]
    orders = pa.table(
        {
            "order": [f"A-{n}" for n in range(count)],
            "visitor": [f"visitor-{rng.randrange(rows // 4)}" for _ in range(count)],
            "at": pa.array([at() for _ in range(count)], pa.timestamp("ms", "UTC")),
            "product": [f"p{rng.randrange(3)}" for _ in range(count)],
            "gross": pa.array(gross, pa.int64()),
            "tax": pa.array([g * 19 // 119 for g in gross], pa.int64()),
        }
    )
    return touches, orders


def one_by_one(program: Program, touches: pa.Table, orders: pa.Table) -> tuple[list, list]:
    by_visitor: dict[str, list] = {}
    for n, row in enumerate(touches.to_pylist()):
        touch = Touch(row["affiliate"], row["at"], row["evidence"], product=row["product"])
        by_visitor.setdefault(row["visitor"], []).append((n, touch))
    credits, entries = [], []
    for row in orders.to_pylist():
        money = lambda minor: Money.from_minor(minor, "EUR")  # noqa: E731
        order = Order(row["order"], row["at"], [Line("1", row["product"], gross=money(row["gross"]), tax=money(row["tax"]))])
        own = by_visitor.get(row["visitor"], [])
        decision = program.attribute(order, [touch for _, touch in own])
        credits += [(row["order"], own[c.touch][0], c.affiliate, c.weight) for c in decision.credits]
        entries += [(row["order"], e.role, e.recipient, e.rule, e.amount.minor) for e in program.commission(order, decision).entries]
    return credits, entries


@pytest.mark.parametrize("attribution", ["", 'model = "linear"\nprecedence = "none"', 'model = "time_decay"', 'model = "first_touch"\nwindow = "7d"'])
def test_columns_are_many_single_calls(attribution: str) -> None:
    program, (touches, orders) = rules(attribution), tables()
    answer = sentby.attribute(program, touches, orders, entries=True, currency="EUR")
    rows = pa.table(answer.credits).to_pylist()
    credits, entries = one_by_one(program, touches, orders)
    assert [(r["order"], r["touch_row"], r["affiliate"], r["weight"]) for r in rows] == credits
    assert [(r["order"], r["role"], r["recipient"], r["rule"], r["amount"]) for r in pa.table(answer.entries).to_pylist()] == entries
    assert answer.orders == 400 and answer.credited == len({r["order"] for r in rows})
    gross = dict(zip(orders["order"].to_pylist(), orders["gross"].to_pylist(), strict=True))
    for order in {r["order"] for r in rows}:
        assert sum(r["amount"] for r in rows if r["order"] == order) == gross[order]


def test_every_library_s_tables_give_the_same_answer() -> None:
    program, (touches, orders) = rules(), tables()
    wanted = pa.table(sentby.attribute(program, touches, orders, currency="EUR", threads=1).credits)
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("t", touches)
    connection.register("o", orders)
    dictionary = touches.set_column(2, "affiliate", touches["affiliate"].dictionary_encode())
    inputs = {
        "pandas": (touches.to_pandas(), orders.to_pandas()),
        "polars": (pl.DataFrame(touches), pl.DataFrame(orders)),
        "duckdb": (connection.sql("select * from t"), connection.sql("select * from o")),
        "categories": (dictionary, orders),
        "batches": (pa.Table.from_batches(touches.to_batches(max_chunksize=77)), pa.Table.from_batches(orders.to_batches(max_chunksize=13))),
    }
    for name, (t, o) in inputs.items():
        for threads in (1, 3):
            answer = sentby.attribute(program, t, o, currency="EUR", threads=threads)
            assert pa.table(answer.credits).equals(wanted), name
    assert list(answer.credits.to_pandas()["order"]) == wanted["order"].to_pylist()
    assert answer.credits.to_polars()["affiliate"].to_list() == wanted["affiliate"].to_pylist()
    assert len(answer.credits) == len(wanted) and answer.credits.column_names == wanted.column_names


def test_shuffled_rows_change_nothing_but_their_numbers() -> None:
    program, (touches, orders) = rules(), tables()
    wanted = {r["order"]: r["affiliate"] for r in pa.table(sentby.attribute(program, touches, orders, currency="EUR").credits).to_pylist()}
    places = list(range(len(touches)))
    random.Random(5).shuffle(places)
    mixed = touches.take(places)
    rows = pa.table(sentby.attribute(program, mixed, orders.take(list(range(len(orders)))[::-1]), currency="EUR").credits).to_pylist()
    assert {r["order"]: r["affiliate"] for r in rows} == wanted
    assert all(mixed["affiliate"][r["touch_row"]].as_py() == r["affiliate"] for r in rows)


def refused(touches: object, orders: object, **options: object) -> str:
    with pytest.raises(SentbyError) as error:
        sentby.attribute(rules(), touches, orders, **options)
    return f"{error.value.code}: {error.value}"


def test_wrong_tables_are_refused_with_table_row_and_column() -> None:
    touches, orders = tables(100)
    naive = touches.set_column(1, "at", touches["at"].cast(pa.timestamp("ms")))
    assert refused(naive, orders, currency="EUR") == "time_naive: /touches/at: is a timestamp without a time zone; say which one its times are in"
    assert refused(touches.drop(["affiliate"]), orders, currency="EUR") == "column_missing: /touches/affiliate: the table has no such column"
    assert refused(touches.rename_columns(["visitor", "at", "afiliate", "evidence", "product"]), orders, currency="EUR").startswith("column_missing: /touches: there is no column `affiliate`; is it `afiliate`")
    assert refused(touches, orders) == "column_missing: /orders/currency: the table has no such column, and no currency is given beside it"
    numbers = touches.set_column(0, "visitor", pa.array(range(100)))
    assert refused(numbers, orders, currency="EUR") == "column_type: /orders/visitor: is of texts, that of the touches of whole numbers"
    floats = orders.set_column(4, "gross", orders["gross"].cast(pa.float64()))
    assert refused(touches, floats, currency="EUR").startswith("column_type: /orders/gross: is Float64, expected minor units")
    evidence = touches["evidence"].to_pylist()
    # A visitor with an order, so that the touch is looked at.
    visitor = orders["visitor"][0].as_py()
    evidence[7] = "magic"
    odd = touches.set_column(3, "evidence", pa.array(evidence)).set_column(0, "visitor", pa.array([visitor] * 100)).set_column(1, "at", pa.array([START] * 100, pa.timestamp("ms", "UTC")))
    for threads in (1, 4):
        assert refused(odd, orders, currency="EUR", threads=threads).startswith("word_unknown: /touches/7/evidence: `magic` is no evidence")
    empty = pa.array([None, *orders["at"].to_pylist()[1:]], pa.timestamp("ms", "UTC"))
    assert refused(touches, orders.set_column(2, "at", empty), currency="EUR") == "column_null: /orders/0/at: is empty"
    assert refused(touches, pa.concat_tables([orders, orders]), currency="EUR") == "order_repeated: /orders/20/order: `A-0` is the order of row 0 too; a column `line` makes rows lines of one order"
    negative = orders.set_column(4, "gross", pa.array([-1] * 20))
    assert refused(touches, negative, currency="EUR") == "amount_negative: /orders/0/gross: -1 is negative; take amounts back with a refund"
    assert refused(touches, orders.rename_columns(["order", "visitor", "at", "product", "amount", "tax"]), currency="EUR") == "column_missing: /orders: there is no column `gross`; is it `amount`?"
    assert refused(1, orders) == "type_invalid: /touches: expected a table that speaks Arrow (pyarrow, pandas, polars, DuckDB, …), not int"
    assert refused(touches, orders, currency="EUR", threads=0) == "number_invalid: /threads: 0 is not 1 to 256"
    assert refused(touches, orders, currency="XXX").startswith("currency_unknown: /currency")
    seconds = touches.set_column(1, "at", pa.array([10**17] * 100)).set_column(0, "visitor", pa.array([visitor] * 100))
    assert refused(seconds, orders, currency="EUR").startswith("time_invalid: /touches/0/at: ")


def test_what_has_no_visitor_joins_nobody_and_empty_tables_are_answers() -> None:
    touches, orders = tables(100)
    nobody = touches.set_column(0, "visitor", pa.nulls(100, pa.string()))
    homeless = orders.set_column(1, "visitor", pa.nulls(20, pa.string()))
    for t, o in [(nobody, homeless), (touches, homeless), (nobody, orders), (touches.slice(0, 0), orders)]:
        answer = sentby.attribute(rules(), t, o, currency="EUR", verdicts=True)
        assert (answer.credited, len(answer.credits), len(answer.verdicts)) == (0, 0, 0)
    answer = sentby.attribute(rules(), touches, orders.slice(0, 0), currency="EUR", entries=True)
    assert (answer.orders, len(answer.credits), len(answer.entries)) == (0, 0, 0)
    # Clocks of 1970 are far outside every window: a verdict, not an error.
    old = touches.set_column(1, "at", pa.array([1_000_000_000] * 100))
    assert sentby.attribute(rules(), old, orders, currency="EUR").credited == 0


def test_verdicts_say_why_and_orders_are_explained() -> None:
    program, (touches, orders) = rules(), tables()
    answer = sentby.attribute(program, touches, orders, currency="EUR", verdicts=True)
    verdicts = pa.table(answer.verdicts).to_pylist()
    credited = {(v["order"], v["touch_row"]) for v in verdicts if v["reason"] == "credited"}
    assert credited == {(c["order"], c["touch_row"]) for c in pa.table(answer.credits).to_pylist()}
    lost = next(v for v in verdicts if v["reason"] == "superseded")
    assert (lost["order"], lost["by_row"]) in credited
    text = sentby.explain(program, touches, orders, lost["order"], currency="EUR")
    assert text.startswith(f"order {lost['order']} of 2026-") and "superseded" in text
    assert sentby.explain(program, touches, orders, "no such order", currency="EUR") == ""


def test_people_with_several_visitors_are_joined() -> None:
    at = pa.array([START, START + timedelta(days=1)], pa.timestamp("ms", "UTC"))
    touches = pa.table({"visitor": ["phone", "tablet"], "at": at, "affiliate": ["a0", "a0"]})
    orders = pa.table({"order": [1], "visitor": ["pc"], "at": at[1:], "product": ["p0"]})
    same = pa.table({"visitor": ["phone", "lena"], "other": ["lena", "pc"]})
    assert sentby.attribute(rules(), touches, orders).credited == 0
    joined = [sentby.join_visitors(table, same) for table in (touches, orders)]
    assert pa.table(joined[0])["visitor"].to_pylist() == ["lena", "tablet"]
    assert pa.table(sentby.attribute(rules(), *joined).credits)["touch_row"].to_pylist() == [0]


def test_a_percentage_of_every_amount_is_rounded_once() -> None:
    rows = pa.table({"gross": pa.chunked_array([[645, None], [-645, 5]], pa.int64())})
    share = lambda rate, **more: pa.table(sentby.share_column(rows, "gross", rate, **more))["share"].to_pylist()  # noqa: E731
    assert share("30") == share(30) == share(Decimal("30.00")) == [194, None, -194, 2]  # of 193.5 and 1.5
    assert share("30", rounding="half_even") == [194, None, -194, 2]
    assert share("10", rounding="half_even") == [64, None, -64, 0]  # of 64.5 and 0.5
    assert share("10", rounding="down") == [64, None, -64, 0]
    with pytest.raises(SentbyError, match="/rows/1/gross: is beyond"):
        sentby.share_column(pa.table({"gross": [1, 2**53]}), "gross", "30")
    with pytest.raises(SentbyError, match="/rows/gross: is Float64"):
        sentby.share_column(pa.table({"gross": [1.5]}), "gross", "30")
    with pytest.raises(SentbyError, match="/rate: "):
        sentby.share_column(rows, "gross", "101")


def test_what_if_counts_what_changes_hands() -> None:
    touches, orders = tables()
    programs = {"today": rules('window = "7d"'), "proposal": rules('window = "30d"')}
    answer = sentby.what_if(touches, orders, programs, currency="EUR")
    rows = pa.table(answer.affiliates).to_pylist()
    paid = {}
    for name, program in programs.items():
        credits = pa.table(sentby.attribute(program, touches, orders, currency="EUR").credits).to_pylist()
        owners = {c["order"]: c["affiliate"] for c in credits}
        entries = pa.table(sentby.settle(program, touches, orders, currency="EUR")).to_pylist()
        paid[name] = (owners, sum(e["amount"] for e in entries if e["role"] == "affiliate"))
    (before, today), (after, proposal) = paid["today"], paid["proposal"]
    total = next(r for r in rows if r["program"] == "proposal" and r["affiliate"] is None)
    assert (total["commission"], total["difference"]) == (proposal, proposal - today)
    assert (total["orders"], total["won"], total["lost"]) == (len(after), len(after.keys() - before.keys()), 0)
    changes = {c["order"]: (c["before"], c["after"]) for c in pa.table(answer.changes).to_pylist()}
    assert changes == {o: (before.get(o), after.get(o)) for o in before.keys() | after.keys() if before.get(o) != after.get(o)}
    order = next(iter(changes))
    assert changes[order][1] in sentby.explain(programs["proposal"], touches, orders, order, currency="EUR")
    with pytest.raises(SentbyError, match="is empty"):
        sentby.what_if(touches, orders, {})


def test_parts_of_the_visitors_are_the_whole(tmp_path: Path) -> None:
    program, (touches, orders) = rules('model = "linear"'), tables()
    whole = pa.table(sentby.attribute(program, touches, orders, currency="EUR").credits).to_pylist()
    read = lambda: touches.to_batches(max_chunksize=300)  # noqa: E731
    rows = []
    for _, answer in sentby.attribute_in_parts(program, read, orders, 5, currency="EUR"):
        rows += [r for r in pa.table(answer.credits).to_pylist()]
    key = lambda r: (r["order"], r["touch_row"], r["affiliate"], r["weight"], r["amount"])  # noqa: E731
    assert sorted(map(key, rows)) == sorted(map(key, whole))


def test_credits_have_the_columns_that_are_asked_for() -> None:
    program, (touches, orders) = rules('model = "linear"'), tables()
    whole = pa.table(sentby.attribute(program, touches, orders, currency="EUR").credits)
    for names in (["amount", "order"], ("affiliate",), whole.column_names[::-1]):
        assert pa.table(sentby.attribute(program, touches, orders, currency="EUR", columns=names).credits).equals(whole.select(names))
    none = pa.table(sentby.attribute(program, touches, orders, currency="EUR", columns=[]).credits)
    assert (len(none), none.column_names) == (len(whole), [])
    assert refused(touches, orders, currency="EUR", columns=["order", "total"]).startswith("word_unknown: /columns/1: `total` is no column of credits; expected order, ")
    assert refused(touches, orders, currency="EUR", columns="order") == "type_invalid: /columns: expected a list, not str"
    assert refused(touches, orders.drop(["gross"]), columns=["amount"]) == "column_missing: /columns/0: amount needs a column gross of the orders, and there is none"


def test_ctrl_c_ends_a_long_call() -> None:
    touches, orders = tables(200_000)
    program = rules()
    told = []
    sentby.attribute(program, touches, orders, currency="EUR", progress=lambda done, total: told.append((done, total)))
    assert told and told[-1][0] == told[-1][1] > 0

    def stop(done: int, total: int) -> None:
        raise KeyError("enough")

    big = pa.concat_tables([touches] * 40)
    with pytest.raises(KeyError, match="enough"):
        sentby.attribute(program, big, orders, currency="EUR", threads=1, verdicts=True, progress=stop)
    threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        while True:
            sentby.attribute(program, big, orders, currency="EUR", threads=1, verdicts=True)


def test_the_merchandise_store_has_the_published_credits(tmp_path: Path) -> None:
    """272,792 journeys of Google's merchandise store, as the package do-attribution ships them; fetched, never kept."""
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(tmp_path), "do-attribution==0.0.2"]
    subprocess.run(fetch, check=True, timeout=300)
    with tarfile.open(next(tmp_path.glob("do_attribution*.tar.gz"))) as archive:
        file = archive.extractfile("do_attribution-0.0.2/examples/ga4_attribution_journeys.csv")
        assert file is not None
        rows = list(plain_csv.DictReader(line.decode() for line in file))
    won = [int(row["conversion"]) for row in rows]
    journeys = Journeys.from_paths(pa.table({"path": [row["path"] for row in rows], "conversions": won, "nulls": [1 - n for n in won]}))
    assert (journeys.count, journeys.conversions) == (272_792, 4_848)
    for order in (1, 2, 3, 4):
        assert journeys.markov(order).conversion_rate == pytest.approx(4_848 / 272_792, abs=1e-14)
    credit = dict(zip(*(pa.table(journeys.markov(1).channels)[name].to_pylist() for name in ("channel", "conversions")), strict=True))
    linear = dict(zip(*(pa.table(journeys.heuristics())[name].to_pylist() for name in ("channel", "linear")), strict=True))
    for channel, markov, even in [
        ("Referral", 2079.816177, 2107.067857),
        ("Organic Search", 1755.439403, 1880.436905),
        ("Direct", 522.041143, 456.916667),
    ]:
        assert credit[channel] == pytest.approx(markov, abs=5e-7) and linear[channel] == pytest.approx(even, abs=5e-7)


def run(*arguments: object, code: int = 0, stdin: str | None = None) -> tuple[str, str]:
    done = subprocess.run([sys.executable, "-m", "sentby", *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def test_the_command_line_does_what_it_says(tmp_path: Path) -> None:
    program, (touches, orders) = rules(), tables()
    (tmp_path / "p.json").write_text(program.to_json())
    (tmp_path / "wide.json").write_text(rules('window = "60d"').to_json())
    pq.write_table(touches, tmp_path / "t.parquet")
    pq.write_table(orders, tmp_path / "o.parquet")
    wanted = pa.table(sentby.attribute(program, touches, orders, currency="EUR").credits).to_pylist()
    base = ["--program", tmp_path / "p.json", "--touches", tmp_path / "t.parquet", "--orders", tmp_path / "o.parquet", "--currency", "EUR"]
    _, told = run("attribute", *base, "--out", tmp_path / "c.parquet", "--verdicts", tmp_path / "v.csv")
    assert pq.read_table(tmp_path / "c.parquet").to_pylist() == wanted and "of 400 orders credited" in told
    assert (tmp_path / "v.csv").read_text().startswith('"order","order_row"') and not list(tmp_path.glob("*.part"))
    run("attribute", *base, "--out", tmp_path / "parts.parquet", "--parts", 3)
    assert pq.read_table(tmp_path / "parts.parquet").to_pylist() == wanted
    assert json.loads(run("attribute", *base, "--json")[0]) == wanted
    for more in ([], ["--parts", 3]):
        few = json.loads(run("attribute", *base, "--json", "--columns", "amount,order", *more)[0])
        assert few == [{"amount": row["amount"], "order": row["order"]} for row in wanted]
    assert run("attribute", *base, "--columns", "order,", code=1)[1].startswith("sentby: word_unknown: /columns/1: `` is no column of credits")
    shown, _ = run("leaderboard", *base, "--report", tmp_path / "board.html")
    assert shown.splitlines()[0].split() == ["affiliate", "touches", "visitors", "orders", "conversion", "revenue", "commission", "commission_per_touch", "currency"]
    page = (tmp_path / "board.html").read_text()
    assert f"<b>{len(touches):,}</b><span>touches</span>" in page
    assert "<svg" not in page and "data:image/svg+xml;base64," in page and "http" not in page.replace("http-equiv", "")
    run("settle", *base, "--out", tmp_path / "e.csv")
    assert len((tmp_path / "e.csv").read_text().splitlines()) == 1 + len(pa.table(sentby.settle(program, touches, orders, currency="EUR")))
    # CSV loses no type: the same answer.
    from pyarrow import csv

    csv.write_csv(touches, tmp_path / "t.csv")
    exact = orders.set_column(4, "gross", pa.array([f"{g // 100}.{g % 100:02}" for g in orders["gross"].to_pylist()]))
    exact = exact.set_column(5, "tax", pa.array([f"{g // 100}.{g % 100:02}" for g in orders["tax"].to_pylist()]))
    csv.write_csv(exact, tmp_path / "o.csv")
    texts = ["--program", tmp_path / "p.json", "--touches", tmp_path / "t.csv", "--orders", tmp_path / "o.csv", "--currency", "EUR"]
    assert json.loads(run("attribute", *texts, "--json")[0]) == wanted
    run("journeys", "--touches", tmp_path / "t.parquet", "--orders", tmp_path / "o.parquet", "--markov", "-1", "--transform", "exposure", "--report", tmp_path / "j.html")
    two = ["--program", f"today={tmp_path / 'p.json'}", "--program", f"proposal={tmp_path / 'wide.json'}"]
    _, told = run("what-if", *two, *base[2:], "--changes", tmp_path / "changes.csv", "--report", tmp_path / "w.html")
    assert "orders change hands" in told
    order = wanted[0]["order"]
    assert run("explain", *base, order)[0].startswith(f"order {order} of 2026-")
    assert run("explain", *base, "nothing", code=1)[1] == "sentby: there is no order nothing\n"
    shown, _ = run("diagnose", "A0", "--program", tmp_path / "p.json", "--month", "2026-01")
    assert "near_match: `a0` is an affiliate of the program; only the case differs" in shown
    shown, _ = run("lint", "https://www.copecart.com/products/521411d4/p/anna/")
    assert "affiliate anna" in shown
    run("lint", "-", code=1, stdin="https://www.copecart.com/products/521411d4/p/\n")
    # Wrong data: a line, a code, and nothing written.
    broken = [*base[:3], tmp_path / "o.parquet", *base[4:]]
    _, told = run("attribute", *broken, "--out", tmp_path / "never.parquet", code=1)
    assert told == "sentby: column_missing: /touches/affiliate: the table has no such column\n" and not (tmp_path / "never.parquet").exists()
    assert run("attribute", *base[:3], tmp_path / "p.json", *base[4:], code=1)[1] == f"sentby: {tmp_path}/p.json: expected a .parquet or .csv file\n"
    # One odd link among others is told with its line, and the others are read.
    shown, told = run("lint", "-", code=1, stdin="\nhttps://www.copecart.com/products/521411d4/p/anna/\nnowhere\nhttps://www.copecart.com/products/521411d4/p/otto/\n")
    assert "affiliate anna" in shown and "affiliate otto" in shown and told.startswith("sentby: link 3: link_invalid: `nowhere` is no URL")
    # A program's error names its file; two programs of one name are not taken for one.
    (tmp_path / "odd.toml").write_text("sentby = 2")
    assert run("attribute", "--program", tmp_path / "odd.toml", *base[2:], code=1)[1] == f"sentby: {tmp_path}/odd.toml: program_invalid: missing field `vendor`\n"
    assert "expected at least two" in run("what-if", *base, code=1)[1]
    assert "two have one name" in run("what-if", *base, "--program", tmp_path / "p.json", code=1)[1]
    assert "'2026-13' is no month; expected YYYY-MM" in run("diagnose", "a0", "--program", tmp_path / "p.json", "--month", "2026-13", code=2)[1]
    # Who reads may go, as `head` does.
    with subprocess.Popen([sys.executable, "-m", "sentby", "lint", *["https://www.copecart.com/products/521411d4/p/anna/"] * 5000], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)
    # What is not there has a name, and is told before the work.
    nowhere = tmp_path / "nowhere"
    assert run("attribute", *base[:3], nowhere / "t.parquet", *base[4:], code=1)[1] == f"sentby: {nowhere}/t.parquet: No such file or directory\n"
    assert run("attribute", *base, "--out", nowhere / "c.csv", code=1)[1] == f"sentby: {nowhere}/c.csv: its folder is not there\n"
    assert run("attribute", *base, "--out", tmp_path / "c.txt", code=1)[1] == f"sentby: {tmp_path}/c.txt: expected a .parquet, .csv or .json file\n"
    told = run("attribute", "--program", nowhere / "p.toml", *base[2:], code=1)[1]
    assert told == f"sentby: {nowhere}/p.toml: No such file or directory (os error 2)\n"
    assert "required" in run("attribute", code=2)[1]


def test_pictures_are_drawn() -> None:
    from sentby import plots

    program, (touches, orders) = rules(), tables()
    money = Money("1190.00", "EUR")
    order = Order("A-1", START, [Line("1", "p0", gross=money, tax=Money("190.00", "EUR"))])
    decision = program.attribute(order, [Touch("a0", START, "click")])
    journeys = Journeys.from_touches(touches, orders)
    figures = [
        plots.waterfall(program.commission(order, decision)),
        plots.models(journeys),
        plots.transitions(journeys),
        plots.removal_effects(journeys.markov()),
        plots.leaderboard(sentby.leaderboard(program, touches, orders, currency="EUR")),
        plots.what_if(sentby.what_if(touches, orders, {"a": program, "b": rules('model = "first_touch"')}, currency="EUR")),
    ]
    page = plots.report("All <pictures>", [(f"figure {n}", figure) for n, figure in enumerate(figures)], {"orders": 1})
    assert page.count("data:image/svg+xml") == 6 and "All &lt;pictures&gt;" in page


def test_the_example_tells_a_year(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "examples" / "analytics" / "year.py"
    done = subprocess.run([sys.executable, script, "--touches", "20000", "--folder", tmp_path], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "of 2,000 orders were sent by a partner" in done.stdout and "orders change hands" in done.stdout
    assert (tmp_path / "report.html").read_text().count("data:image/svg+xml") == 5
