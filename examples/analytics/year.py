"""A year from files to leaderboard, what-if and report.

`python examples/analytics/year.py` makes ten million touches and a million orders, decides and settles all of them, and writes `report.html`; `--touches 100000` is smaller.
"""

# %% The files: as a data warehouse would export them.
from __future__ import annotations

import argparse
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from generate import program, year

import sentby
from sentby import Journeys, Program, plots

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--touches", type=int, default=10_000_000)
parser.add_argument("--folder", type=Path, default=Path("target/analytics"))
options = parser.parse_args()
folder: Path = options.folder
folder.mkdir(parents=True, exist_ok=True)
touches, orders = year(options.touches)
pq.write_table(touches, folder / "touches.parquet")
pq.write_table(orders, folder / "orders.parquet")
(folder / "today.toml").write_text(program())
(folder / "proposal.toml").write_text(program(window="60d"))


def told(what: str, start: float) -> None:
    print(f"{what:34} {time.perf_counter() - start:6.2f} s")


# %% Who sent the buyers, and what is everyone owed?
start = time.perf_counter()
touches, orders = pq.read_table(folder / "touches.parquet"), pq.read_table(folder / "orders.parquet")
today, proposal = Program.load(folder / "today.toml"), Program.load(folder / "proposal.toml")
told("reading", start)
start = time.perf_counter()
answer = sentby.attribute(today, touches, orders, currency="EUR", entries=True)
told("deciding and settling", start)
print(f"{answer.credited:,} of {answer.orders:,} orders were sent by a partner")
entries = pa.table(answer.entries)
assert sum(entries["amount"].to_pylist()) == sum(orders["gross"].to_pylist()), "a cent is lost"

# %% The leaderboard.
start = time.perf_counter()
board = sentby.leaderboard(today, touches, orders, currency="EUR")
told("leaderboard", start)
print(board.slice(0, 5).to_pandas().to_string(index=False))

# %% What would 60 days instead of 30 cost?
start = time.perf_counter()
changed = sentby.what_if(touches, orders, {"today": today, "proposal": proposal}, currency="EUR")
told("what if", start)
total = next(row for row in pa.table(changed.affiliates).to_pylist() if row["program"] == "proposal" and row["affiliate"] is None)
print(f"60 days: {len(changed.changes):,} orders change hands, {total['difference'] / 100:,.2f} EUR more commission")
first = pa.table(changed.changes).slice(0, 1).to_pylist()
why = ""
if first:
    why = sentby.explain(proposal, touches, orders, first[0]["order"], currency="EUR")
    print(why, end="")

# %% What led to orders?
start = time.perf_counter()
journeys = Journeys.from_touches(touches, orders, channel="campaign")
chain = journeys.markov(2)
told("journeys, Markov of order 2", start)
assert abs(chain.conversion_rate - journeys.conversions / journeys.count) < 1e-12

# %% The report: one page that needs nothing else.
facts = {
    "touches": f"{len(touches):,}",
    "orders": f"{answer.orders:,}",
    "sent by a partner": f"{answer.credited:,}",
    "change hands at 60 days": f"{len(changed.changes):,}",
}
sections = [
    ("Leaderboard", plots.leaderboard(board)),
    ("60 days instead of 30", plots.what_if(changed)),
    ("One of the orders that change hands", why),
    ("What leads to orders", plots.models(journeys, markov_order=2)),
    ("Without each campaign", plots.removal_effects(chain)),
    ("From step to step", plots.transitions(journeys)),
    ("The leaderboard in numbers", board.slice(0, 30)),
]
(folder / "report.html").write_text(plots.report("Webinarhaus 2025", sections, facts), encoding="utf-8")
print(f"{folder / 'report.html'} is written")
