#!/usr/bin/env python3
"""Runs every benchmark against every peer, and writes BENCHMARKS.md anew: machine, versions, medians, ratios, and which goals are reached.

`release/benchmarks.py` runs all (half an hour, on a machine that does nothing else); names behind it run those alone, and take the rest
as it was run before on this machine (target/benchmarks); `--table` runs nothing. Needs what `make test` installs, and the peers of
bindings-python/bench_columns.py and bench_links.py for their lines.
"""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "BENCHMARKS.md"
KEPT = ROOT / "target/benchmarks"
PYTHON = "bindings-python/.venv/bin/python"
JVM = "mvn -B -ntp -q -f bindings-mobile/kotlin/pom.xml test-compile org.codehaus.mojo:exec-maven-plugin:3.5.0:java -Dexec.classpathScope=test -Dexec.mainClass=dev.sentby.Bench"
RUNS = {
    "single": "cargo bench --locked -p sentby --bench single",
    "soft": "RUSTFLAGS='--cfg sha2_backend=\"soft\"' CARGO_TARGET_DIR=target/soft cargo bench --locked -p sentby --bench single",
    "money": "cargo bench --locked -p sentby --bench money",
    "links": "cargo bench --locked -p sentby --bench links",
    "columns": f"{PYTHON} bindings-python/bench_columns.py",
    "timing": "cargo bench --locked -p sentby --bench timing",
    "python": f"{PYTHON} bindings-python/bench.py",
    "python-links": f"{PYTHON} bindings-python/bench_links.py",
    "node": "node bindings-node/bench.mjs",
    "node-links": "node bindings-node/bench-links.mjs",
    "node-web": "node bindings-node/bench-web.mjs",
    "jvm": JVM,
}


@dataclass(frozen=True)
class Goal:
    """A number in a line of a run: the first group of `line`, looked for behind the title of a group of lines."""

    text: str
    run: str
    group: str
    line: str
    at_most: float = 0
    over: str = ""  # the line of what it is divided by
    at_least: float = 0
    unit: str = "×"


TIMES = r".*?(\d+\.\d+) ×"
NANOSECONDS = r"{} +(\d+\.\d+) ns"
THREADS = r"sentby, {} threads? (\d+\.\d+) ×"
GOALS = [
    Goal("opening a token, 46 bytes under the MAC ≤ 1.25 × ring's bare HMAC", "single", "opening a token of 69", "keys.open" + TIMES, 1.25),
    Goal("opening a token without the processor's SHA instructions ≤ 1.5 × the bare HMAC", "soft", "opening a token of 69", NANOSECONDS.format("keys.open"), 1.5, over=NANOSECONDS.format("bare RustCrypto.*?")),
    Goal("one decision over 8 touches ≤ 1 µs", "single", "one decision over 8", r"program.attribute +(\d+\.\d+) ns", 1000, unit="ns"),
    Goal("one decision over 200 touches ≤ 15 µs", "single", "one decision over 200", r"program.attribute +(\d+\.\d+) ns", 15_000, unit="ns"),
    Goal("a settlement of one order ≤ 1 µs", "single", "a settlement of one order", r"program.commission +(\d+\.\d+) ns", 1000, unit="ns"),
    Goal("finding one cookie ≤ 0.05 × `cookie::Cookie::split_parse`", "single", "one cookie out of a header", "keys.read_cookie without such a cookie" + TIMES, 0.05),
    Goal("a percentage to cents ≤ 0.1 × rust_decimal", "money", "a percentage of an amount", "Rate::share" + TIMES, 0.1),
    Goal("a settlement of 3 lines with 2 partners ≤ 2 µs", "money", "a settlement of 3 lines", r"commission +(\d+\.\d+) ns", 2000, unit="ns"),
    Goal("a ledger ≥ 500,000 payments a second", "money", "a ledger of 800,000", r"apply +(\d+) events a second", at_least=500_000, unit="a second"),
    Goal("≤ 300 bytes an open order", "money", "a ledger of 800,000", r"(\d+) bytes an order", 300, unit="bytes"),
    Goal("`verify` of a million events ≤ 4 s", "money", "a ledger of 1,000,000", r"verify +(\d+\.\d+) s", 4, unit="s"),
    Goal("a column of links, 4 columns ≤ 0.25 × `http::Uri` and `form_urlencoded`", "links", "", r"read_column, 4 columns +\d+\.\d+ +\d+\.\d+ +(\d+\.\d+)", 0.25),
    Goal("the same ≤ 0.15 × `url::Url` with `query_pairs`", "links", "", r"read_column, 4 columns +\d+\.\d+ +(\d+\.\d+)", 0.15),
    Goal("last touch, integers, 1 thread ≤ 0.30 × pandas `merge_asof`", "columns", "last touch, rows in order", "pandas.*" + THREADS.format(1), 0.30),
    Goal("the same ≤ 0.12 × DuckDB ASOF", "columns", "last touch, rows in order", "DuckDB ASOF, 1 thread.*" + THREADS.format(1), 0.12),
    Goal("the same, 2 threads ≤ 0.25 × polars streaming `join_asof`", "columns", "last touch, rows in order", "polars.*" + THREADS.format(2), 0.25),
    Goal("shuffled rows ≤ 0.25 × DuckDB ASOF", "columns", "last touch, shuffled", "DuckDB.*" + THREADS.format(1), 0.25),
    Goal("visitors of 36 characters ≤ 0.12 × pandas", "columns", "last touch, visitors of 36", "pandas.*" + THREADS.format(1), 0.12),
    Goal("Parquet included, 1 thread ≤ 0.4 × pandas", "columns", "last touch, Parquet", "pandas, 1 thread.*" + THREADS.format(1), 0.4),
    Goal("Parquet included, 2 threads ≤ 0.5 × polars", "columns", "last touch, Parquet", "polars.*" + THREADS.format(2), 0.5),
    *(
        Goal(f"{name}, exact cents, {threads} thread{'s' * (threads - 1)} ≤ {most} × polars streaming with as many", "columns", f"{name}, exact", f"polars streaming, {threads} thread.*" + THREADS.format(threads), most)
        for name in ("linear", "time decay")
        for threads, most in ((1, 0.15), (2, 0.25))
    ),
    Goal("all rules, decided ≤ 2 × the bare last touch", "columns", "all rules", r"the bare.*sentby, decided, 1 thread (\d+\.\d+) ×", 2),
    Goal("all rules, decided and settled ≤ 2 × the bare last touch", "columns", "all rules", r"the bare.*decided and settled, 1 thread (\d+\.\d+) ×", 2),
    Goal("extra memory ≤ 0.35 × DuckDB", "columns", "extra memory", "sentby, 1 thread" + TIMES, 0.35),
    Goal("a percentage of a column to cents ≤ 0.35 × DuckDB", "columns", "30 percent of", r"DuckDB, 1 thread.*share_column (\d+\.\d+) ×", 0.35),
    Goal("Markov of order 1 ≤ 0.06 × ChannelAttribution", "columns", "Markov of order 1", r"ChannelAttribution.*sentby, exact (\d+\.\d+) ×", 0.06),
    Goal("Markov of order 2 ≤ 0.05 × ChannelAttribution", "columns", "Markov of order 2", r"ChannelAttribution.*sentby, exact (\d+\.\d+) ×", 0.05),
    Goal("all heuristics ≤ 0.06 × ChannelAttribution", "columns", "all heuristics", r"ChannelAttribution.*sentby (\d+\.\d+) ×", 0.06),
    Goal("exact Shapley values of 10 channels ≤ 0.03 × DP6", "columns", "exact Shapley", r"DP6.*\) (\d+\.\d+) ×", 0.03),
    Goal("refusals that their time tells apart: the tag's first byte from its last, a wrong tag from an unknown key", "timing", "", "", unit=""),
    Goal("Python: a column of links ≤ 0.15 × `can_ada` with its parameters", "python-links", "", "sentby.read_column" + TIMES, 0.15),
    Goal("Node: opening a token ≤ 0.25 × `new URL` and `cookie-signature`", "node-web", "opening a token", "keys.open alone" + TIMES, 0.25),
    Goal("Node: a column of links ≤ 0.25 × `new URL` and `searchParams`", "node-web", "reading 10,000 links", "readColumn  " + TIMES, 0.25),
    Goal("Express, a partner's link ≤ 30 µs more", "node-web", "processor time of a request to express", r"a partner's link.*: (\d+\.\d+) µs more", 30, unit="µs"),
    Goal("Fastify, a partner's link ≤ 30 µs more", "node-web", "processor time of a request to fastify", r"a partner's link.*: (\d+\.\d+) µs more", 30, unit="µs"),
    Goal("JVM: `attribute` as a batch ≤ 0.1 × single calls", "jvm", "attribute, 2 touches", "attributeAll" + TIMES, 0.1),
    Goal("JVM: `commission` as a batch ≤ 0.1 × single calls", "jvm", "commission of a decision on 2", "commissionAll" + TIMES, 0.1),
    Goal("JVM: reading links as a batch ≤ 0.1 × single calls", "jvm", "reading links", "readAll" + TIMES, 0.1),
]


def run(name: str) -> None:
    print(f"== {name}: {RUNS[name]}", flush=True)
    done = subprocess.run(RUNS[name], shell=True, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"CARGO_TERM_QUIET": "true"})
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
        raise SystemExit(f"{name} failed; what was run before stays")
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}.txt").write_text(done.stdout.strip() + "\n")


def measured(goal: Goal, output: str) -> float | None:
    start = output.find(goal.group)
    if start < 0:
        return None
    if goal.run == "timing":
        lines = [line for line in output.splitlines() if line.startswith("the tag ")]
        return sum(line.endswith("DIFFERENT") for line in lines) if len(lines) == 2 else None
    # A group ends with an empty line.
    group = output[start:].split("\n\n")[0] if goal.group else output
    found, base = re.search(goal.line, group), re.search(goal.over, group)
    if not found or not base:
        return None
    return float(found[1]) if not goal.over else round(float(found[1]) / float(base[1]), 2)


def number(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 1000 else f"{value:g} {unit}".strip()


def goals(outputs: dict[str, str]) -> tuple[str, list[str]]:
    rows, missing = "| goal | measured | |\n|---|---|---|\n", []
    for goal in GOALS:
        value = measured(goal, outputs.get(goal.run, ""))
        if value is None:
            missing.append(goal.text)
            continue
        reached = value >= goal.at_least if goal.at_least else value <= goal.at_most
        rows += f"| {goal.text} | {number(value, goal.unit)} | {'reached' if reached else '**not reached**'} |\n"
    return rows, missing


def machine() -> str:
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*: (.*)", info)
    sha = "with SHA instructions" if " sha_ni" in info else "without SHA instructions"
    lock = (ROOT / "Cargo.lock").read_text()
    peers = ("ring", "url", "http", "form_urlencoded", "rust_decimal", "cookie")
    crates = ", ".join(f"{name} {found[1]}" for name in peers if (found := re.search(rf'name = "{name}"\nversion = "([^"]+)"', lock)))
    tool = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.split()  # noqa: E731
    rust = tool("rustc", "--version")
    return (
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, {os.cpu_count()} cores of {model[1].strip() if model else platform.processor()} {sha}, {platform.system()} {platform.release()}. "
        f"Rust {rust[1] if len(rust) > 1 else '?'} with {crates}; what the other languages' runs are compared with stands in them.\n"
    )


def main() -> int:
    names = [name for name in sys.argv[1:] if name != "--table"]
    if unknown := [name for name in names if name not in RUNS]:
        raise SystemExit(f"no such run: {', '.join(unknown)}; there are {', '.join(RUNS)}")
    for name in [] if "--table" in sys.argv else names or RUNS:
        run(name)
    outputs = {name: (KEPT / f"{name}.txt").read_text() for name in RUNS if (KEPT / f"{name}.txt").exists()}
    table, missing = goals(outputs)
    parts = {"machine": machine(), "goals": table} | {f"run {name}": f"`{RUNS[name]}`\n\n```text\n{text.rstrip()}\n```\n" for name, text in outputs.items()}
    page = PAGE.read_text()
    for name, text in parts.items():
        page, count = re.subn(rf"(<!-- {re.escape(name)} -->\n).*?(\n?<!-- end -->)", lambda found: f"{found[1]}{text}<!-- end -->", page, flags=re.S)
        assert count == 1, f"BENCHMARKS.md has no place for {name}"
    PAGE.write_text(page)
    print(table)
    if missing:
        print("not measured: " + "; ".join(missing), file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
