"""Pictures of tables, as matplotlib's figures, and a report of one page. `pip install sentby[plots]`."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._sentby import Commission, Journeys, Markov, Money

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .tables import WhatIf

_INK, _GREEN, _BLUE, _GREY, _RED = "#1c2430", "#0f7069", "#2f4f7f", "#8792a2", "#b3402f"


def _figure(width: float = 8.0, height: float = 4.5) -> tuple[Figure, Any]:
    # A figure of its own, not one of pyplot's: nothing has to be closed, and no display is needed.
    from matplotlib.figure import Figure as New

    figure = New(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _thousands(axis: Any) -> None:
    axis.set_major_formatter("{x:,.0f}")


def _rows(table: Any) -> list[dict[str, Any]]:
    import pyarrow as pa

    rows: list[dict[str, Any]] = pa.table(table).to_pylist()
    return rows


def _units(digits: int) -> float:
    return float(10**digits)


def leaderboard(board: Any, *, most: int = 15, digits: int = 2) -> Figure:
    """Bars of revenue and commission, the highest first. `digits`: the currency's decimal digits."""
    rows = _rows(board)[:most]
    figure, axes = _figure(height=1.2 + 0.38 * max(len(rows), 1))
    places = range(len(rows))
    axes.barh(places, [row["revenue"] / _units(digits) for row in rows], color=_BLUE, label="revenue")
    axes.barh(places, [row["commission"] / _units(digits) for row in rows], color=_GREEN, label="commission")
    axes.set_yticks(list(places), [row["affiliate"] for row in rows])
    axes.invert_yaxis()
    _thousands(axes.xaxis)
    axes.tick_params(axis="x", rotation=20)
    axes.set_xlabel(rows[0]["currency"] or "" if rows else "")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    axes.set_title("Leaderboard", loc="left", color=_INK, weight="bold")
    return figure


def waterfall(commission: Commission) -> Figure:
    """A settlement from the gross down to the vendor's part."""
    parts: dict[str, float] = {}
    digits, currency = 2, ""
    for entry in commission.entries:
        currency = entry.amount.currency
        digits = len(str(entry.amount.amount).partition(".")[2])
        name = entry.role if entry.recipient is None or entry.role == "vendor" else f"{entry.role} {entry.recipient}"
        parts[name] = parts.get(name, 0.0) + entry.amount.minor / _units(digits)
    gross = sum(parts.values())
    names, sizes = ["gross", *parts], [gross, *parts.values()]
    figure, axes = _figure(width=1.6 + 1.1 * len(names))
    left = gross
    for place, (name, size) in enumerate(zip(names, sizes, strict=True)):
        last = name == "vendor"
        bottom = 0.0 if place == 0 or last else left - size
        colour = _INK if place == 0 else _GREEN if last else _BLUE
        axes.bar(place, size, bottom=bottom, color=colour, width=0.62)
        axes.annotate(f"{size:,.{digits}f}", (place, bottom + max(size, 0)), ha="center", va="bottom", fontsize=9, color=_INK)
        if place > 0 and not last:
            left -= size
    axes.set_xticks(range(len(names)), names, rotation=20, ha="right")
    axes.set_ylabel(currency)
    axes.set_title(f"Order {commission.order}", loc="left", color=_INK, weight="bold")
    return figure


def models(journeys: Journeys, *, markov_order: int | None = 1, most: int = 12) -> Figure:
    """What each channel gets by the usual models, side by side."""
    table = {row["channel"]: row for row in _rows(journeys.heuristics())}
    names = ["first", "last", "linear", "position_based"] + (["time_decay"] if any("time_decay" in row for row in table.values()) else [])
    for row in _rows(journeys.shapley()):
        table[row["channel"]]["shapley"] = row["conversions"]
    names.append("shapley")
    if markov_order is not None:
        label = f"markov {markov_order}"
        for row in _rows(journeys.markov(markov_order).channels):
            table[row["channel"]][label] = row["conversions"]
        names.append(label)
    channels = sorted(table, key=lambda name: -table[name]["linear"])[:most]
    figure, axes = _figure(width=2.5 + 1.1 * len(channels))
    width = 0.8 / len(names)
    shades = ["#1c2430", "#8792a2", "#2f4f7f", "#6f8fbf", "#c9a227", "#0f7069", "#b3402f"]
    for n, name in enumerate(names):
        places = [place + (n - (len(names) - 1) / 2) * width for place in range(len(channels))]
        axes.bar(places, [table[channel][name] for channel in channels], width=width, label=name.replace("_", " "), color=shades[n % len(shades)])
    axes.set_xticks(range(len(channels)), channels, rotation=20, ha="right")
    axes.set_ylabel("conversions")
    _thousands(axes.yaxis)
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    axes.set_title("Models side by side", loc="left", color=_INK, weight="bold")
    return figure


def removal_effects(markov: Markov, *, most: int = 20) -> Figure:
    """How many of all conversions would be lost without each channel."""
    rows = sorted(_rows(markov.channels), key=lambda row: -row["removal_effect"])[:most]
    figure, axes = _figure(height=1.2 + 0.34 * max(len(rows), 1))
    axes.barh([row["channel"] for row in rows], [100 * row["removal_effect"] for row in rows], color=_GREEN)
    axes.invert_yaxis()
    axes.set_xlabel("% of all conversions lost without it")
    axes.set_title("Removal effects", loc="left", color=_INK, weight="bold")
    return figure


def transitions(journeys: Journeys, *, most: int = 12) -> Figure:
    """Where journeys go from each channel: a heat map of first to next, with the ends."""
    rows = _rows(journeys.transitions())
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["from"]] = totals.get(row["from"], 0) + row["times"]
    channels = sorted((name for name in totals if name != "(start)"), key=lambda name: -totals[name])[:most]
    froms, tos = ["(start)", *channels], [*channels, "(conversion)", "(null)"]
    share = {(row["from"], row["to"]): row["times"] / totals[row["from"]] for row in rows}
    grid = [[100 * share.get((a, b), 0.0) for b in tos] for a in froms]
    figure, axes = _figure(width=2.5 + 0.62 * len(tos), height=1.8 + 0.42 * len(froms))
    axes.imshow(grid, cmap="GnBu", aspect="auto", vmin=0)
    axes.set_xticks(range(len(tos)), tos, rotation=35, ha="right")
    axes.set_yticks(range(len(froms)), froms)
    top = max((max(row) for row in grid), default=0.0)
    for y, line in enumerate(grid):
        for x, value in enumerate(line):
            if value >= 0.5:
                axes.text(x, y, f"{value:.0f}", ha="center", va="center", fontsize=8, color="white" if value > 0.6 * top else _INK)
    axes.set_title("From each channel to the next, in % of the steps", loc="left", color=_INK, weight="bold")
    return figure


def what_if(answer: WhatIf, *, most: int = 20, digits: int = 2) -> Figure:
    """What each affiliate would earn more or less, for every program but the first."""
    rows = [row for row in _rows(answer.affiliates) if row["affiliate"] is not None and (row["difference"] or row["won"] or row["lost"])]
    rows = sorted(rows, key=lambda row: -abs(row["difference"]))[:most]
    figure, axes = _figure(height=1.4 + 0.34 * max(len(rows), 1))
    names = [f"{row['affiliate']} ({row['program']})" for row in rows]
    sizes = [row["difference"] / _units(digits) for row in rows]
    axes.barh(range(len(rows)), sizes, color=[_GREEN if size >= 0 else _RED for size in sizes])
    axes.set_yticks(range(len(rows)), names)
    axes.invert_yaxis()
    _thousands(axes.xaxis)
    axes.tick_params(axis="x", rotation=20)
    axes.axvline(0, color=_GREY, linewidth=0.8)
    axes.set_xlabel(f"difference in commission, {rows[0]['currency'] or ''}" if rows else "no difference")
    axes.set_title("What if", loc="left", color=_INK, weight="bold")
    return figure


def in_units(table: Any) -> Any:
    """The same table for people: amounts in minor units as decimals of their currency."""
    import pyarrow as pa

    table = pa.table(table)
    if "currency" not in table.column_names:
        return table
    currencies = table.column("currency").cast(pa.string()).to_pylist()
    for name in ("amount", "revenue", "commission", "difference"):
        if name in table.column_names:
            pairs = zip(table.column(name).to_pylist(), currencies, strict=True)
            texts = [None if minor is None else f"{Money.from_minor(minor, code or 'EUR').amount:,}" if code else str(minor) for minor, code in pairs]
            table = table.set_column(table.column_names.index(name), name, pa.array(texts, pa.string()))
    if "commission_per_touch" in table.column_names:
        pairs = zip(table.column("commission_per_touch").to_pylist(), currencies, strict=True)
        digits = [-int(Money.from_minor(0, code or "EUR").amount.as_tuple().exponent) for code in currencies]
        texts = [None if minor is None else f"{minor / 10**n:,.{n + 2}f}" for (minor, _), n in zip(pairs, digits, strict=True)]
        table = table.set_column(table.column_names.index("commission_per_touch"), "commission_per_touch", pa.array(texts, pa.string()))
    return table


def report(title: str, sections: Sequence[tuple[str, Any]], facts: Mapping[str, object] | None = None) -> str:
    """One page of HTML that needs nothing else: sections are (heading, figure or table or text)."""
    body = []
    if facts:
        written = {name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in facts.items()}
        cells = "".join(f"<div><b>{html.escape(value)}</b><span>{html.escape(name)}</span></div>" for name, value in written.items())
        body.append(f'<div class="facts">{cells}</div>')
    for heading, content in sections:
        body.append(f"<section><h2>{html.escape(heading)}</h2>{_html(content)}</section>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{html.escape(title)}</h1>{''.join(body)}</main></body></html>\n"
    )


_STYLE = (
    "body{margin:0;background:#f4f6f8;color:#1c2430;font:15px/1.5 system-ui,sans-serif}main{max-width:64rem;margin:0 auto;padding:2rem 1rem}"
    "h1{font-size:1.7rem;margin:.2rem 0 1.2rem}h2{font-size:1.05rem;margin:0 0 .8rem}"
    "section,.facts{background:#fff;border:1px solid #e3e8ee;border-radius:10px;padding:1.1rem 1.3rem;margin:0 0 1rem;overflow-x:auto}"
    ".facts{display:flex;flex-wrap:wrap;gap:1.6rem}.facts b{display:block;font-size:1.35rem}.facts span{color:#5c6878;font-size:.85rem}"
    "img{max-width:100%;height:auto}table{border-collapse:collapse;width:100%;font-size:.88rem}th,td{padding:.35rem .7rem;border-bottom:1px solid #e8ecf1;"
    "text-align:left;white-space:nowrap}th{color:#5c6878;font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}pre{white-space:pre-wrap}"
)


def _html(content: Any) -> str:
    if isinstance(content, str):
        return f"<pre>{html.escape(content)}</pre>"
    if hasattr(content, "savefig"):
        file = io.BytesIO()
        content.savefig(file, format="svg", metadata={"Date": None})
        return f'<img alt="" src="data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}">'
    rows = _rows(in_units(content))
    if not rows:
        return "<p>no rows</p>"
    numeric = {name: all(not str(row[name] or 0).strip("-0123456789.,e") for row in rows) for name in rows[0]}
    head = "".join(f"<th{' class=n' if numeric[name] else ''}>{html.escape(name.replace('_', ' '))}</th>" for name in rows[0])
    lines = "".join(
        "<tr>" + "".join(f"<td{' class=n' if numeric[name] else ''}>{html.escape(_cell(value))}</td>" for name, value in row.items()) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
