"""The pages' Python, as it is written: all blocks of a page in their order, in one module; and the page's command lines."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sentby

ROOT = Path(__file__).resolve().parents[2]
STORY = (ROOT / "core/vectors/programs/story.toml").read_text()
BOUGHT = datetime(2026, 3, 3, 18, tzinfo=timezone.utc)


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S)


def a_year() -> tuple[pa.Table, pa.Table]:
    """Anna's token on the phone, Bob's old cookie on the PC, and an order of each of two visitors."""
    instants = lambda days: pa.array([BOUGHT - timedelta(days=d) for d in days], pa.timestamp("ms", "UTC"))  # noqa: E731
    touches = pa.table({"visitor": ["phone-17", "pc-99", "pc-98"], "at": instants([2, 11, 3]), "affiliate": ["anna", "bob", "bob"], "evidence": ["token", "cookie", "cookie"]})
    orders = pa.table({"order": ["A-1001", "A-1002"], "visitor": ["pc-99", "pc-98"], "at": instants([0, 1]), "product": ["521411d4"] * 2, "gross": [119000, 5000], "tax": [19000, 0], "currency": ["EUR"] * 2})
    return touches, orders


def given() -> dict[str, object]:
    """What the pages say that the reader has: a program, an order, touches, a decision, a ledger."""
    program = sentby.Program.from_toml(STORY)
    line = sentby.Line("1", "521411d4", gross=sentby.Money("1190.00", "EUR"), tax=sentby.Money("190.00", "EUR"))
    order = sentby.Order("A-1001", BOUGHT, [line])
    touches = [sentby.Touch("anna", BOUGHT - timedelta(days=2), "token"), sentby.Touch("bob", BOUGHT - timedelta(days=11), "cookie")]
    decision = program.attribute(order, touches)
    return {"sentby": sentby, "program": program, "order": order, "touches": touches, "decision": decision, "commission": program.commission(order, decision)}


def ledger_page(have: dict[str, object]) -> None:
    have |= {"paid_at": BOUGHT, "back_at": BOUGHT + timedelta(days=3), "now": BOUGHT + timedelta(days=60)}


def decisions_page(have: dict[str, object]) -> None:
    have["decisions"] = [have["decision"]]


def desk_page(have: dict[str, object]) -> None:
    ledger = sentby.Ledger()
    ledger.apply(sentby.LedgerEvent("p-1", BOUGHT, "payment", commission=have["commission"]))
    import pathlib

    import pyarrow.ipc

    statement = ledger.statement("anna", BOUGHT - timedelta(days=1), BOUGHT + timedelta(days=1))[0]
    have |= {"ledger": ledger, "now": BOUGHT + timedelta(days=1), "later": BOUGHT + timedelta(days=2), "activities": [], "statement": statement, "pathlib": pathlib, "pyarrow": pyarrow}


def tables_page(have: dict[str, object]) -> None:
    Path("program.toml").write_text(STORY)
    Path("proposal.toml").write_text(STORY.replace('window = "30d"', 'window = "1d"'))
    have["touches"], have["orders"] = a_year()
    have["pa"] = pa


def journeys_page(have: dict[str, object]) -> None:
    have["touches"], have["orders"] = a_year()
    have["table"] = pa.table({"path": ["c1 > c2 > c3", "c1", "c2 > c3"], "conversions": [1, 0, 0], "nulls": [0, 1, 1]})


def why_page(have: dict[str, object]) -> None:
    text = (
        STORY
        + '\n[[affiliates]]\nid = "dora"\npartnership = [{ state = "approved", since = "2026-01-01T00:00:00Z" }, { state = "suspended", since = "2026-02-01T00:00:00Z" }]\n'
    )
    have["program"] = sentby.Program.from_toml(text)
    tapped = BOUGHT - timedelta(days=2, hours=9)
    carl = sentby.Touch("carl", BOUGHT - timedelta(days=45), "click")
    token = sentby.Touch("anna", tapped, "token", click_id="00000000000003e8")
    have["touches"] = [
        token,
        sentby.Touch("bob", datetime(2026, 2, 20, 12, tzinfo=timezone.utc), "cookie"),
        carl,
        sentby.Touch("dora", BOUGHT - timedelta(days=1), "click"),
        sentby.Touch("anna", tapped, "click", click_id="00000000000003e8"),
    ]
    line = sentby.Line("1", "521411d4", gross=sentby.Money("1190.00", "EUR"), tax=sentby.Money("190.00", "EUR"))
    have |= {"order": sentby.Order("A-7", BOUGHT, [line]), "token": token, "bought": BOUGHT, "timedelta": timedelta}


def nothing(have: dict[str, object]) -> None:
    have.clear()
    have["__name__"] = "__main__"  # as in a file of one's own


# A page, what it expects to be there, and what must be true after it.
PAGES = {
    "docs/start.md": (nothing, lambda have: have["second"].entries),
    "docs/why.md": (why_page, lambda have: have["findings"]),
    "docs/formats.md": (nothing, lambda have: have["empty"]),
    "docs/python.md": (nothing, lambda have: have["told"]),
    "docs/commissions.md": (lambda have: have.update(bought=BOUGHT, timedelta=timedelta), lambda have: len(have["touches"]) == 2),
    "docs/decisions.md": (decisions_page, lambda have: have["overridden"] == 1),
    "docs/ledger.md": (ledger_page, lambda have: [p.recipient for p in have["run"].payouts] == ["anna"]),
    "docs/desk.md": (desk_page, lambda have: have["finding"].code and have["table"].num_rows == 4),
    "docs/tables.md": (tables_page, lambda have: have["entries"] is not None and have["answer"].changes is not None),
    "docs/journeys.md": (journeys_page, lambda have: have["journeys"] is not None),
}


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before, after = PAGES[page]
    have = given()
    before(have)
    text = (ROOT / page).read_text()
    for block in re.finditer(r"^```python\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", text, re.M | re.S):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block[1], page, "exec"), have)  # noqa: S102
        # What a page shows below its code is what the code prints.
        assert block[2] is None or printed.getvalue() == block[2]
    assert after(have)


def test_every_page_with_python_is_run() -> None:
    found = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md") if blocks(f"docs/{path.name}", "python")}
    assert found == set(PAGES)


def test_the_command_lines_of_the_page_run(tmp_path: Path) -> None:
    touches, orders = a_year()
    (tmp_path / "p.toml").write_text(STORY)
    (tmp_path / "q.toml").write_text(STORY)
    pq.write_table(touches, tmp_path / "t.parquet")
    pq.write_table(orders, tmp_path / "o.parquet")
    lines = [line for block in blocks("docs/tables.md", "sh") for line in block.splitlines()]
    assert len(lines) >= 8
    environment = os.environ | {"PYTHONPATH": str(ROOT / "bindings-python/python"), "MPLBACKEND": "Agg"}
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "sentby"
        run = subprocess.run([sys.executable, "-m", *words], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"
    for file in ("credits.parquet", "verdicts.parquet", "entries.csv", "board.html", "journeys.html", "changes.csv"):
        assert (tmp_path / file).stat().st_size > 0
