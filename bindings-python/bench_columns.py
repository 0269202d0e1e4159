"""Ten million touches and a million orders, against the engines that analysts would pick instead.

Every job runs all its peers one after another, in rounds, in one process; medians of the rounds are compared. `--rows` and `--rounds` make it smaller.
The peers: `pip install pandas polars duckdb pyarrow numpy ChannelAttribution marketing-attribution-models` (the last two are left out if they are missing).
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

import sentby
from sentby import Journeys, Program

DAY = 86_400_000
START = 1_767_225_600_000


def rules(attribution: str, money: str = "") -> Program:
    products = "\n".join(f'[[products]]\nid = "p{n}"' for n in range(50))
    since = lambda n: "2026-01-15" if n % 10 == 0 else "2020-01-01"  # noqa: E731
    affiliates = "\n".join(f'[[affiliates]]\nid = "a{n}"\npartnership = [{{ state = "approved", since = "{since(n)}T00:00:00Z" }}]' for n in range(200))
    return Program.from_toml(f'sentby = 1\nvendor = "v"\n{products}\n{affiliates}\n[attribution]\n{attribution}\n{money}')


def plain(attribution: str) -> Program:
    """Rules that say what the peers can say: everybody earns, every product counts."""
    return Program.from_json(rules(attribution).to_json().replace("2026-01-15", "2020-01-01"))


def data(rows: int) -> tuple[pa.Table, pa.Table]:
    rng = np.random.default_rng(7)
    visitors = rows * 3 // 10

    def some(count: int) -> tuple[np.ndarray, np.ndarray]:
        at = np.sort(rng.integers(0, 30 * DAY, count)) + START
        return (visitors * rng.random(count) ** 2).astype(np.int64), at  # Zipf's law with the exponent 1/2

    def codes(count: int, prefix: str, of: int) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, of, count), pa.int32()), pa.array([f"{prefix}{n}" for n in range(of)]))

    (tv, ta), (ov, oa) = some(rows), some(rows // 10)
    kinds = pa.DictionaryArray.from_arrays(pa.array(rng.choice([0, 0, 1, 1, 1, 2], rows), pa.int32()), pa.array(["token", "cookie", "parameter"]))
    gross = rng.integers(100, 100_100, rows // 10)
    touches = pa.table(
        {"visitor": tv, "at": pa.array(ta).cast(pa.timestamp("ms", "UTC")), "affiliate": codes(rows, "a", 200), "evidence": kinds, "product": codes(rows, "p", 50)}
    )
    orders = pa.table(
        {
            "order": np.arange(rows // 10),
            "visitor": ov,
            "at": pa.array(oa).cast(pa.timestamp("ms", "UTC")),
            "product": codes(rows // 10, "p", 50),
            "gross": gross,
            "tax": gross * 19 // 119,
        }
    )
    return touches, orders


def texts(table: pa.Table) -> pa.Table:
    ids = table["visitor"].to_numpy()
    names = pa.array([f"{v:08x}-0000-4000-8000-{v:012x}" for v in ids.tolist()])
    return table.set_column(table.column_names.index("visitor"), "visitor", names)


AGE = (pl.col("ordered") - pl.col("at")).dt.total_milliseconds() / (7 * DAY)
PARTS = ["order", "affiliate", "amount"]
SHARES = {"linear": pl.lit(1.0), "time decay": (-AGE * np.log(2)).exp()}


def shared(touches: pl.DataFrame, orders: pa.Table, weight: pl.Expr) -> Callable[[], Any]:
    """Each order's amount among the touches of its month before, by weight, in cents by the largest remainder, as we do."""

    def run() -> Any:
        wide = pl.DataFrame(orders.select(["order", "visitor", "at", "gross"])).lazy().rename({"at": "ordered"})
        pairs = touches.lazy().join(wide, on="visitor").filter((pl.col("at") <= pl.col("ordered")) & (pl.col("at") >= pl.col("ordered") - pl.duration(days=30)))
        exact = pairs.with_columns(w=weight).with_columns(x=pl.col("gross") * pl.col("w") / pl.col("w").sum().over("order"))
        floor = exact.with_columns(f=pl.col("x").floor().cast(pl.Int64))
        rank = (pl.col("x") - pl.col("f")).rank("ordinal", descending=True).over("order")
        left = pl.col("gross").first().over("order") - pl.col("f").sum().over("order")
        return floor.with_columns(amount=pl.col("f") + (rank <= left)).select(*PARTS).collect(engine="streaming")

    return run


class Alone:
    """polars with one thread, which it takes from the environment when it is loaded: a process of its own, which runs its query once a line."""

    def __init__(self, name: str, rows: int) -> None:
        command = [sys.executable, __file__, "--rows", str(rows), "--serve", name]
        self.child = subprocess.Popen(command, env={**os.environ, "POLARS_MAX_THREADS": "1"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self()

    def __call__(self) -> None:
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        if self.child.stdout.readline() != "done\n":
            raise RuntimeError("the process of polars ended")

    def end(self) -> None:
        self.child.stdin.close()
        self.child.wait()


def serve(name: str, rows: int) -> None:
    touches, orders = data(rows)
    query = shared(pl.DataFrame(touches.select(["visitor", "at", "affiliate"])).set_sorted("at"), orders, SHARES[name])
    for _ in sys.stdin:
        query()
        print("done", flush=True)


class Bench:
    def __init__(self, rounds: int, only: str | None) -> None:
        self.rounds, self.only = rounds, only

    def job(self, title: str, jobs: dict[str, Callable[[], Any]], goals: str = "") -> None:
        if self.only and self.only not in title:
            return
        times: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(self.rounds):
            for name, call in jobs.items():
                gc.collect()
                start = time.perf_counter()
                call()
                times[name].append(time.perf_counter() - start)
        print(f"\n{title}{f' (goal: {goals})' if goals else ''}")
        medians = {name: statistics.median(list_) for name, list_ in times.items()}
        own = [name for name in medians if name.startswith("sentby")]
        for name, median in medians.items():
            ratios = "" if name in own else "   " + ", ".join(f"{each} {medians[each] / median:.2f} ×" for each in own)
            print(f"  {name:38} {median:8.3f} s{ratios}", flush=True)


def child_memory(code: str, rows: int) -> float:
    """How many MB a job takes at its peak beyond its input, in a process of its own."""
    script = f"""
import resource, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import bench_columns as b, duckdb, pyarrow as pa, sentby
t, o = b.data({rows})
t = t.select(["visitor", "at", "affiliate"])
p = b.plain("cross_product = true")
con = duckdb.connect(); con.execute("set threads=1"); con.register("t", t); con.register("o", o)
import gc; gc.collect()
open('/proc/self/clear_refs', 'w').write('5')
def peak():
    return next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM')) / 1024
before = peak()
{code}
print(peak() - before)
"""
    return float(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="jobs with this in their title")
    parser.add_argument("--serve", choices=SHARES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve, options.rows)
    bench = Bench(options.rounds, options.only)
    versions = {name: version(name) for name in ("pandas", "polars", "duckdb", "pyarrow", "numpy", "ChannelAttribution", "marketing-attribution-models")}
    print(f"Python {platform.python_version()}, sentby {sentby.__version__}, " + ", ".join(f"{name} {v}" for name, v in versions.items() if v))
    full, orders = data(options.rows)
    touches = full.select(["visitor", "at", "affiliate"])
    asked = ["order", "visitor", "at", "product"]  # who was the last is no question of money
    sales = orders.select(asked)
    print(f"{len(touches):,} touches, {len(orders):,} orders, {os.cpu_count()} cores")
    last = plain("cross_product = true")
    pt, po = touches.to_pandas(), orders.select(["order", "visitor", "at"]).to_pandas()
    lt, lo = pl.DataFrame(touches).set_sorted("at"), pl.DataFrame(orders.select(["order", "visitor", "at"])).set_sorted("at")
    con = duckdb.connect()
    con.register("t", touches)
    con.register("o", orders)
    asof = 'select o."order", case when t.at >= o.at - interval 30 day then t.affiliate end from o asof left join t on o.visitor = t.visitor and o.at >= t.at'
    month = pd.Timedelta(days=30)

    def by_duckdb(threads: int, query: str = asof) -> Callable[[], Any]:
        def run() -> Any:
            con.execute(f"set threads = {threads}")
            return con.sql(query).to_arrow_table()

        return run

    def by_polars() -> Any:
        return lo.lazy().join_asof(lt.lazy(), on="at", by="visitor", tolerance="30d", check_sortedness=False).collect(engine="streaming")

    ours = lambda program, t, o, threads, **more: lambda: sentby.attribute(program, t, o, currency="EUR", threads=threads, **more)  # noqa: E731
    bench.job(
        "last touch, rows in order of time, int ids",
        {
            "pandas merge_asof": lambda: pd.merge_asof(po, pt, on="at", by="visitor", tolerance=month),
            "DuckDB ASOF, 1 thread": by_duckdb(1),
            "DuckDB ASOF, 2 threads": by_duckdb(2),
            "polars streaming join_asof": by_polars,
            "sentby, 1 thread": ours(last, touches, sales, 1),
            "sentby, 2 threads": ours(last, touches, sales, 2),
        },
        "≤ 0.30 × pandas, ≤ 0.12 × DuckDB; 2 threads ≤ 0.25 × polars",
    )
    rng = np.random.default_rng(1)
    mixed = touches.take(pa.array(rng.permutation(len(touches))))
    mixed_orders = orders.take(pa.array(rng.permutation(len(orders))))
    con.register("mt", mixed)
    con.register("mo", mixed_orders)
    bench.job(
        "last touch, shuffled rows",
        {
            "DuckDB ASOF, 1 thread": by_duckdb(1, asof.replace(" o asof", " mo o asof").replace("join t on", "join mt t on")),
            "sentby, 1 thread": ours(last, mixed, mixed_orders.select(asked), 1),
        },
        "≤ 0.25 ×",
    )
    named, named_orders = texts(touches), texts(orders)
    nt, no = named.to_pandas(), named_orders.select(["order", "visitor", "at"]).to_pandas()
    bench.job(
        "last touch, visitors of 36 characters",
        {
            "pandas merge_asof": lambda: pd.merge_asof(no, nt, on="at", by="visitor", tolerance=month),
            "sentby, 1 thread": ours(last, named, named_orders.select(asked), 1),
        },
        "≤ 0.12 ×",
    )
    del nt, no, named, named_orders
    with tempfile.TemporaryDirectory() as folder:
        tp, op = f"{folder}/t.parquet", f"{folder}/o.parquet"
        pq.write_table(touches, tp)
        pq.write_table(orders, op)

        def files(threads: int) -> Callable[[], Any]:
            return lambda: sentby.attribute(last, pq.read_table(tp, use_threads=threads > 1), pq.read_table(op, columns=asked, use_threads=threads > 1), currency="EUR", threads=threads)

        keys = ["visitor", "at", "affiliate"]

        def by_pandas(**options: Any) -> Callable[[], Any]:
            read = lambda path, columns: pd.read_parquet(path, columns=columns, **options)  # noqa: E731
            return lambda: pd.merge_asof(read(op, keys[:2] + ["order"]), read(tp, keys), on="at", by="visitor", tolerance=month)

        bench.job(
            "last touch, Parquet files read each time",
            {
                "pandas, 1 thread": by_pandas(use_threads=False),
                "pandas, which reads with 2 threads": by_pandas(),
                "polars scan_parquet, join_asof": lambda: pl.scan_parquet(op)
                .select("order", "visitor", "at")
                .set_sorted("at")
                .join_asof(pl.scan_parquet(tp).set_sorted("at"), on="at", by="visitor", tolerance="30d", check_sortedness=False)
                .collect(engine="streaming"),
                "sentby, 1 thread": files(1),
                "sentby, 2 threads": files(2),
            },
            "≤ 0.4 × pandas, 2 threads ≤ 0.5 × polars",
        )

    serial = {name: Alone(name, options.rows) for name in SHARES if not options.only or options.only in f"{name}, exact cents"}
    for name, weight in SHARES.items():
        program = plain(f'model = "{name.replace(" ", "_")}"\ncross_product = true')
        bench.job(
            f"{name}, exact cents",
            {
                "polars streaming, 1 thread": lambda name=name: serial[name](),
                "polars streaming, 2 threads": shared(lt, orders, weight),
                "sentby, 1 thread": ours(program, touches, orders, 1, columns=PARTS),
                "sentby, 2 threads": ours(program, touches, orders, 2, columns=PARTS),
                "sentby, all columns, 1 thread": ours(program, touches, orders, 1),
            },
            "≤ 0.15 × with 1 thread each, ≤ 0.25 × with 2",
        )
    for call in serial.values():
        call.end()
    money = '[[commission]]\nwhen = { product = "p1" }\npays = { percent = "40" }\n[[commission]]\npays = { percent = "30" }\n[settlement]\npreset = "copecart"'
    whole = rules('windows = { cookie = "7d", token = "60d" }\ncross_product = true', money)
    bench.job(
        "all rules: evidence, windows, partnerships, settlement",
        {
            "the bare last touch, 1 thread": ours(last, touches, orders, 1),
            "sentby, decided, 1 thread": ours(whole, full, orders, 1),
            "sentby, decided and settled, 1 thread": ours(whole, full, orders, 1, entries=True),
        },
        "≤ 2 × the bare job",
    )
    amounts = pa.table({"gross": np.random.default_rng(5).integers(1, 1_000_000, options.rows)})
    con.register("a", amounts)
    bench.job(
        f"30 percent of {options.rows:,} amounts in cents",
        {
            "DuckDB, 1 thread": by_duckdb(1, "select round(gross * 30 / 100)::bigint share from a"),
            "DuckDB, decimals, 1 thread": by_duckdb(1, "select round(gross::decimal(18, 2) * 30 / 100)::bigint share from a"),
            "sentby.share_column": lambda: pa.table(sentby.share_column(amounts, "gross", "30")),
        },
        "≤ 0.35 ×",
    )
    paths(bench, options.rows // 10)
    if not options.only or "memory" in options.only:
        print("\nextra memory of the last touch, rows in order of time (goal: ≤ 0.35 ×)")
        query = asof.replace("'", "\\'")
        theirs = child_memory(f"con.sql('''{query}''').to_arrow_table()", options.rows)
        mine = child_memory("sentby.attribute(p, t, o, currency='EUR', threads=1)", options.rows)
        print(f"  DuckDB ASOF, 1 thread                  {theirs:8.0f} MB\n  sentby, 1 thread                       {mine:8.0f} MB   {mine / theirs:.2f} ×")


def paths(bench: Bench, count: int) -> None:
    rng = np.random.default_rng(3)
    lengths = rng.integers(1, 9, count)
    names = [f"channel {n}" for n in range(10)]
    steps = (10 * rng.random(int(lengths.sum())) ** 1.5).astype(int)
    ends = np.cumsum(lengths)
    rows = [" > ".join(names[k] for k in steps[end - length : end]) for length, end in zip(lengths, ends, strict=True)]
    won = rng.integers(0, 3, count)
    table = pa.table({"path": rows, "conversions": won, "nulls": rng.integers(0, 20, count), "value": won * 25.0})
    frame = table.to_pandas()
    peers: dict[str, Callable[[], Any]] = {}
    try:
        import ChannelAttribution as ca

        arguments = dict(Data=frame, var_path="path", var_conv="conversions", var_value="value", var_null="nulls")
        for order in (1, 2):
            peers[f"ChannelAttribution, order {order}"] = lambda order=order: ca.markov_model(**arguments, order=order, flg_pro=False, verbose=False)
        peers["ChannelAttribution, heuristics"] = lambda: ca.heuristic_models(Data=frame, var_path="path", var_conv="conversions", var_value="value", flg_pro=False)
    except ImportError:
        pass
    read = lambda: Journeys.from_paths(table)  # noqa: E731
    for order, goal in ((1, "≤ 0.06 ×"), (2, "≤ 0.05 ×")):
        jobs = {name: call for name, call in peers.items() if name.endswith(f"order {order}")}
        bench.job(f"Markov of order {order} from {count:,} paths", {**jobs, "sentby, exact": lambda order=order: read().markov(order)}, goal)
    jobs = {name: call for name, call in peers.items() if name.endswith("heuristics")}
    bench.job("all heuristics", {**jobs, "sentby": lambda: read().heuristics()}, "≤ 0.06 ×")
    jobs = {}
    try:
        from mam import MAM

        grouped = frame.assign(won=frame["conversions"] > 0, times=frame["conversions"] + frame["nulls"]).head(count // 10)

        def dp6() -> Any:
            # It counts whole journeys only, so each row is either a conversion or none.
            return MAM(grouped, "grouped_journey", "path", "won", occurrences_colname="times").run_shapley(max_size=10)

        dp6()
        jobs["DP6 (a tenth of the paths)"] = dp6
    except ImportError:
        pass
    few = table.slice(0, count // 10)
    bench.job("exact Shapley values of 10 channels", {**jobs, "sentby (the same tenth)": lambda: Journeys.from_paths(few).shapley()}, "≤ 0.03 ×")


def version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
