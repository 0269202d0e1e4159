"""Whole tables at once: anything that speaks Arrow in, Arrow out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import _sentby
from ._sentby import Decision, Order, Program, Table, Touch
from .words import Evidence

Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Attributed:
    """The answer for a table of orders."""

    orders: int
    """How many orders the table has."""
    credited: int
    """How many of them somebody is credited for."""
    credits: Table
    """One row a credit: order, order_row, touch_row, affiliate, evidence, campaign (where touches have it), weight, share, and where orders have
    a gross, amount (its part of the gross, in minor units) and currency."""
    verdicts: Table | None
    """One row for each touch of each order, if asked for: order, order_row, touch_row, reason, by_row."""
    entries: Table | None
    """One row for each entry of the settlement, if asked for: order, order_row, line, role, recipient, rule, amount (minor units), currency."""


@dataclass(frozen=True)
class WhatIf:
    """What several programs make of the same orders, compared with the first."""

    affiliates: Table
    """program, affiliate (none: all together), orders, won, lost, commission, difference (minor units), currency."""
    changes: Table
    """The orders that change hands: program, order, order_row, before, after."""


@dataclass(frozen=True)
class DecidedOrder:
    """One order of a table, as the single call takes and answers it."""

    order: Order
    touches: tuple[Touch, ...]
    rows: tuple[int, ...]
    """The rows of the touches."""
    decision: Decision


class _Shown:
    """Progress on a terminal, by rich or tqdm, whichever is there."""

    def __init__(self) -> None:
        self._bar: Any = None
        try:
            from rich.progress import Progress as Rich
        except ImportError:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                return
            self._bar = tqdm(unit="step", leave=False)
            self._kind = "tqdm"
        else:
            self._bar = Rich(transient=True)
            self._bar.start()
            self._task = self._bar.add_task("deciding", total=None)
            self._kind = "rich"

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            return
        if self._kind == "rich":
            self._bar.update(self._task, completed=done, total=total)
        else:
            self._bar.total = total
            self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop() if self._kind == "rich" else self._bar.close()


def _run(call: Callable[..., Any], progress: bool | Progress | None, *args: Any, **options: Any) -> Any:
    if progress is not True:
        return call(*args, progress=progress or None, **options)
    shown = _Shown()
    try:
        return call(*args, progress=shown, **options)
    finally:
        shown.close()


def attribute(
    program: Program,
    touches: Any,
    orders: Any,
    *,
    verdicts: bool = False,
    entries: bool = False,
    columns: Sequence[str] | None = None,
    threads: int | None = None,
    evidence: Evidence = "click",
    currency: str | None = None,
    progress: bool | Progress | None = None,
) -> Attributed:
    """Decides every order of a table, exactly as program.attribute does one by one; with entries, settles each too.

    Columns say which ones the credits have, in this order (all that there are, if nothing is said): whoever needs few is answered sooner, in less memory.
    Tables are whatever speaks Arrow: pyarrow, pandas, polars, DuckDB relations. Threads (all cores by default) change no bit of the answer. Ctrl-C ends
    the call; progress is a function of (done, total), or True for a bar.
    """
    options = {"columns": columns, "threads": threads, "evidence": evidence, "currency": currency}
    return Attributed(*_run(_sentby.attribute_columns, progress, program, touches, orders, verdicts, entries, **options))


def settle(
    program: Program,
    touches: Any,
    orders: Any,
    *,
    threads: int | None = None,
    evidence: Evidence = "click",
    currency: str | None = None,
    progress: bool | Progress | None = None,
) -> Table:
    """What everyone is owed for every order of a table: one row an entry. The entries of an order sum to its gross."""
    options: Any = {"threads": threads, "evidence": evidence, "currency": currency, "progress": progress}
    answer = attribute(program, touches, orders, entries=True, columns=(), **options)
    assert answer.entries is not None
    return answer.entries


def what_if(
    touches: Any,
    orders: Any,
    programs: Mapping[str, Program],
    *,
    threads: int | None = None,
    evidence: Evidence = "click",
    currency: str | None = None,
    progress: bool | Progress | None = None,
) -> WhatIf:
    """The same orders by several programs; the first named is what the others are compared with."""
    options = {"threads": threads, "evidence": evidence, "currency": currency}
    return WhatIf(*_run(_sentby.what_if, progress, touches, orders, dict(programs), **options))


def decide(program: Program, touches: Any, orders: Any, order: str | int, *, evidence: Evidence = "click", currency: str | None = None) -> list[DecidedOrder]:
    """Every payment of one order of a table, decided by the single call."""
    found = _sentby.decide_order(program, touches, orders, order, evidence=evidence, currency=currency)
    return [DecidedOrder(order, tuple(touches), tuple(rows), decision) for order, touches, rows, decision in found]


def explain(program: Program, touches: Any, orders: Any, order: str | int, *, evidence: Evidence = "click", currency: str | None = None) -> str:
    """Why an order of a table was decided as it was, in words; empty if there is no such order."""
    return "".join(found.decision.explain() for found in decide(program, touches, orders, order, evidence=evidence, currency=currency))


def leaderboard(program: Program, touches: Any, orders: Any, **options: Any) -> Any:
    """Per affiliate: touches, visitors, orders, revenue, commission, conversion and commission per touch, as a pyarrow table, highest revenue first.

    Orders that several affiliates share count for each of them. Amounts are minor units; there is a row for each currency.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    touches, orders = pa.table(touches), pa.table(orders)
    has_gross = "gross" in orders.column_names
    columns = ["affiliate", "order_row", *(["amount", "currency"] if has_gross else [])]
    answer = attribute(program, touches, orders, entries=has_gross, columns=columns, **options)
    credits = pa.table(answer.credits)
    names = credits.column("affiliate").cast(pa.string())
    own = pa.table({"affiliate": touches.column("affiliate").cast(pa.string()), "visitor": touches.column("visitor")})
    seen = own.group_by("affiliate").aggregate([("visitor", "count"), ("visitor", "count_distinct")])
    seen = pa.table({"affiliate": seen["affiliate"], "touches": seen["visitor_count"], "visitors": seen["visitor_count_distinct"]})
    currency = credits.column("currency").cast(pa.string()) if has_gross else pa.nulls(len(credits), pa.string())
    amount = credits.column("amount") if has_gross else pa.array([0] * len(credits), pa.int64())
    won = pa.table({"affiliate": names, "currency": currency, "amount": amount, "row": credits.column("order_row")})
    won = won.group_by(["affiliate", "currency"]).aggregate([("row", "count_distinct"), ("amount", "sum")])
    board = pa.table({"affiliate": won["affiliate"], "currency": won["currency"], "orders": won["row_count_distinct"], "revenue": won["amount_sum"]})
    if has_gross and answer.entries is not None:
        entries = pa.table(answer.entries)
        paid = pa.table(
            {
                "affiliate": entries.column("recipient").cast(pa.string()),
                "currency": entries.column("currency").cast(pa.string()),
                "role": entries.column("role").cast(pa.string()),
                "amount": entries.column("amount"),
            }
        )
        paid = paid.filter(pc.is_in(paid["role"], pa.array(["affiliate", "second_level"])))
        paid = paid.group_by(["affiliate", "currency"]).aggregate([("amount", "sum")]).rename_columns(["affiliate", "currency", "commission"])
        board = board.join(paid, ["affiliate", "currency"], join_type="full outer")
    else:
        board = board.append_column("commission", pa.array([0] * len(board), pa.int64()))
    board = board.join(seen, "affiliate", join_type="left outer")
    for name in ("orders", "revenue", "commission", "touches", "visitors"):
        board = board.set_column(board.column_names.index(name), name, pc.fill_null(board[name], 0).cast(pa.int64()))
    met = pc.if_else(pc.equal(board["touches"], 0), None, board["touches"])
    board = board.append_column("conversion", pc.divide(board["orders"].cast(pa.float64()), met))
    board = board.append_column("commission_per_touch", pc.divide(board["commission"].cast(pa.float64()), met))
    order = ["affiliate", "touches", "visitors", "orders", "conversion", "revenue", "commission", "commission_per_touch", "currency"]
    return board.select(order).sort_by([("revenue", "descending"), ("affiliate", "ascending"), ("currency", "ascending")])


def attribute_in_parts(
    program: Program, read_touches: Callable[[], Iterable[Any]], orders: Any, parts: int, **options: Any
) -> Iterable[tuple[Any, Attributed]]:
    """The same for touches that do not fit into memory: visitors part by part, the batches read anew for each. Yields each part's orders (as a pyarrow table,
    with a column `row`: the row in all orders) and the answer, whose touch_row counts over all batches.

    Where rules look back on earlier orders, entries cannot be settled part by part; that is refused.
    """
    import pyarrow as pa

    if options.get("entries") and program.looks_back:
        error = _sentby.SentbyError("the program's rules look back on earlier orders, which are in all parts; settle in one piece")
        error.code = "history_missing"
        raise error
    for part in range(parts):
        kept: list[Any] = []
        rows: list[int] = []
        start = 0
        for batch in read_touches():
            batch = pa.table(batch)
            mine, numbers = _sentby.part_of_visitors(batch, part, parts)
            kept.append(pa.table(mine))
            rows.extend(start + number for number in numbers)
            start += len(batch)
        own, own_rows = _sentby.part_of_visitors(orders, part, parts)
        answer = attribute(program, pa.concat_tables(kept), own, **options)
        places = pa.array(rows, pa.int64())

        def whole(table: Table | None, places: Any = places) -> Any:
            if table is None:
                return None
            moved = pa.table(table)
            for name in ("touch_row", "by_row"):
                if name in moved.column_names:
                    moved = moved.set_column(moved.column_names.index(name), name, places.take(moved[name].combine_chunks()))
            return moved

        numbered = pa.table(own).append_column("row", pa.array(own_rows, pa.int64()))
        yield numbered, Attributed(answer.orders, answer.credited, whole(answer.credits), whole(answer.verdicts), answer.entries)
