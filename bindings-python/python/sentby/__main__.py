"""The command line: `sentby attribute --program p.toml --touches t.parquet --orders o.parquet --out credits.parquet`."""

from __future__ import annotations

import argparse
import errno
import json
import os
import re
import sys
from calendar import monthrange
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sentby
from sentby import Journeys, Ledger, Program, Question, ReportPeriod, SentbyError

# CSV has no types: ids and amounts stay texts, so that nothing is rounded or loses its zeros.
_TEXTS = (
    "order visitor affiliate evidence product campaign click_id coupon consent line gross tax shipping discount currency identities coupons country customer "
    "event rate other path"
).split()


_WRITTEN = (".parquet", ".pq", ".csv", ".json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit code: 0, 1 for wrong data, 2 for a wrong command line, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        _check_files(options)
        run: Any = options.run
        code = run(options)
        sys.stdout.flush()
        return int(code or 0)
    except SentbyError as error:
        print(f"sentby: {error.code}: {error}", file=sys.stderr)
    except ModuleNotFoundError as error:
        extra = "plots" if error.name == "matplotlib" else "tables"
        print(f"sentby: this command needs {error.name}: pip install 'sentby[{extra}]'", file=sys.stderr)
    except BrokenPipeError:
        # Who reads has had enough, as `head` has; Python would tell of it once more when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"sentby: {error.filename}: {error.strerror}" if error.filename else f"sentby: {error}", file=sys.stderr)
    except ValueError as error:
        print(f"sentby: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("sentby: ended; nothing was written", file=sys.stderr)
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sentby", description="Who sent the buyers, what everyone is owed, and why: over whole tables (CSV or Parquet).")
    parser.add_argument("--version", action="version", version=f"sentby {sentby.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Any, help: str, *, program: bool = True, tables: bool = True, out: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.set_defaults(run=run)
        if program:
            made.add_argument("--program", required=True, type=Path, metavar="FILE", help="the rules, TOML or JSON")
        if tables:
            made.add_argument("--touches", required=True, type=Path, metavar="FILE", help="touches: visitor, at, affiliate, …")
            made.add_argument("--orders", required=True, type=Path, metavar="FILE", help="orders: order, visitor, at, product, gross, …")
            made.add_argument("--same", type=Path, metavar="FILE", help="visitors who are one person: visitor, other")
            made.add_argument("--currency", metavar="CODE", help="the currency of orders without a column for it")
            made.add_argument("--evidence", default="click", metavar="WORD", help="the evidence of touches without a column for it (click)")
            made.add_argument("--threads", type=int, metavar="N", help="how many threads work (all cores); the answer is the same")
        if out:
            made.add_argument("--out", type=Path, metavar="FILE", help="write a .csv, .parquet or .json file instead of printing")
            made.add_argument("--json", action="store_true", help="print JSON instead of a table")
        return made

    made = command("attribute", _attribute, "who is credited for each order: one row a credit")
    made.add_argument("--verdicts", type=Path, metavar="FILE", help="also write what became of every touch, and why")
    made.add_argument("--columns", type=lambda text: text.split(","), metavar="NAMES", help="which columns the credits have, such as order,affiliate,amount (all)")
    made.add_argument("--parts", type=int, default=1, metavar="N", help="decide N parts of the visitors one after another, for touches larger than memory (Parquet)")
    command("settle", _settle, "what everyone is owed for each order: one row an entry")
    made = command("leaderboard", _leaderboard, "per affiliate: touches, visitors, orders, revenue, commission")
    made.add_argument("--report", type=Path, metavar="FILE.html", help="also write a page with pictures")
    made = command("journeys", _journeys, "what each channel gets by every model", program=False, tables=False)
    made.add_argument("--touches", type=Path, metavar="FILE")
    made.add_argument("--orders", type=Path, metavar="FILE")
    made.add_argument("--paths", type=Path, metavar="FILE", help="paths instead of touches and orders: path, conversions, nulls, value")
    made.add_argument("--channel", default="affiliate", metavar="COLUMN", help="the column of the touches that is the channel (affiliate)")
    made.add_argument("--separator", default=">", metavar="TEXT", help="what stands between the steps of a path (>)")
    made.add_argument("--markov", type=int, default=1, metavar="ORDER", help="the order of the Markov chain, 1 to 4; 0 leaves it out, -1 chooses the best (1)")
    made.add_argument("--transform", action="append", default=[], metavar="NAME", help="unique, exposure, first, frequency; may be given several times")
    made.add_argument("--report", type=Path, metavar="FILE.html", help="also write a page with pictures")
    made = command("what-if", _what_if, "what another program would have decided and paid", program=False)
    made.add_argument("--program", required=True, action="append", type=_named, metavar="NAME=FILE", help="at least two; the first is compared with")
    made.add_argument("--changes", type=Path, metavar="FILE", help="also write the orders that change hands")
    made.add_argument("--report", type=Path, metavar="FILE.html", help="also write a page with pictures")
    made = command("explain", _explain, "why an order was decided as it was", out=False)
    made.add_argument("order", metavar="ORDER")
    made.add_argument("--json", action="store_true", help="print JSON instead of sentences")
    made = command("lint", _lint, "what stands in affiliate links, and what is odd about them", program=False, tables=False, out=False)
    made.add_argument("urls", nargs="+", metavar="URL", help="links; - reads them from standard input, a line each")
    made.add_argument("--json", action="store_true", help="print JSON, a line each")
    made = command("diagnose", _diagnose, "why an affiliate was not paid", tables=False, out=False)
    made.add_argument("affiliate", metavar="AFFILIATE", help="the id as they write it")
    made.add_argument("--order", metavar="ORDER", help="the order that it is about")
    made.add_argument("--month", type=_month, metavar="YYYY-MM", help="the month that it is about")
    made.add_argument("--ledger", type=Path, metavar="FILE", help="a ledger's snapshot")
    made.add_argument("--touches", type=Path, metavar="FILE", help="with --orders: the tables in which the order stands")
    made.add_argument("--orders", type=Path, metavar="FILE")
    made.add_argument("--currency", metavar="CODE")
    made.add_argument("--json", action="store_true", help="print JSON instead of sentences")
    return parser


def _month(text: str) -> ReportPeriod:
    if not re.fullmatch("[0-9]{4}-(0[1-9]|1[0-2])", text) or text < "0001":
        raise argparse.ArgumentTypeError(f"{text!r} is no month; expected YYYY-MM")
    return ReportPeriod(first=f"{text}-01", last=f"{text}-{monthrange(int(text[:4]), int(text[5:]))[1]:02}")


def _program(path: Path) -> Program:
    """The program in a file, which errors name: a command may read several."""
    try:
        return Program.load(path)
    except SentbyError as error:
        raise ValueError(f"{path}: {error.code}: {error}") from error


def _named(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    return (name, Path(path)) if equals else (Path(text).stem, Path(text))


def _check_files(options: argparse.Namespace) -> None:
    """Files that are not there, and answers that could not be written, are told before the work."""
    for name in ("touches", "orders", "same", "paths", "ledger"):
        path = getattr(options, name, None)
        if path and not path.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    for name in ("out", "verdicts", "changes", "report"):
        path = getattr(options, name, None)
        if path and not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "its folder is not there", str(path))
        if path and name != "report" and path.suffix.lower() not in _WRITTEN:
            raise ValueError(f"{path}: expected a .parquet, .csv or .json file")


def _read(path: Path) -> Any:
    """A table from a Parquet or CSV file."""
    import pyarrow as pa

    kind = path.suffix.lower()
    try:
        if kind in (".parquet", ".pq"):
            import pyarrow.parquet as pq

            return pq.read_table(path)
        if kind == ".csv":
            from pyarrow import csv

            convert = csv.ConvertOptions(column_types={name: pa.string() for name in _TEXTS}, strings_can_be_null=True, quoted_strings_can_be_null=False)
            return csv.read_csv(path, convert_options=convert)
    except pa.ArrowException as error:
        raise ValueError(f"{path}: {error}") from error
    raise ValueError(f"{path}: expected a .parquet or .csv file")


def _tables(options: argparse.Namespace) -> tuple[Any, Any]:
    touches, orders = _read(options.touches), _read(options.orders)
    if getattr(options, "same", None):
        same = _read(options.same)
        touches, orders = sentby.join_visitors(touches, same), sentby.join_visitors(orders, same)
    return touches, orders


def _common(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "threads": options.threads,
        "evidence": options.evidence,
        "currency": options.currency,
        "progress": True if sys.stderr.isatty() else None,
    }


def _write(table: Any, path: Path) -> None:
    """Writes beside the file first, so that a file is whole or not there."""
    import pyarrow as pa

    plain = _plain(pa.table(table))
    beside = path.with_name(path.name + ".part")
    kind = path.suffix.lower()
    try:
        if kind in (".parquet", ".pq"):
            import pyarrow.parquet as pq

            pq.write_table(plain, beside)
        elif kind == ".csv":
            from pyarrow import csv

            csv.write_csv(plain, beside)
        else:
            beside.write_text(json.dumps(plain.to_pylist(), default=str, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _plain(table: Any) -> Any:
    """Dictionaries as texts, which every format has."""
    import pyarrow as pa

    columns = [column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _show(table: Any, options: argparse.Namespace) -> None:
    if options.out:
        _write(table, options.out)
        print(f"{options.out}: {len(table)} rows", file=sys.stderr)
        return
    import pyarrow as pa

    rows = _plain(pa.table(table))
    if options.json:
        json.dump(rows.to_pylist(), sys.stdout, default=str)
        print()
        return
    from sentby.plots import in_units

    _print(in_units(rows))


def _print(rows: Any, most: int = 50) -> None:
    shown = [[_cell(value) for value in row.values()] for row in rows.slice(0, most).to_pylist()]
    names = rows.column_names
    widths = [max([len(name), *(len(row[n]) for row in shown)]) for n, name in enumerate(names)]
    right = [not any(row[n].strip("-0123456789.,–") for row in shown) for n in range(len(names))]
    for line in [names, *shown]:
        cells = (cell.rjust(width) if is_right else cell.ljust(width) for cell, width, is_right in zip(line, widths, right, strict=True))
        print("  ".join(cells).rstrip())
    if len(rows) > most:
        print(f"… {len(rows) - most} more rows; --out writes them all")


def _cell(value: object) -> str:
    return "–" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _attribute(options: argparse.Namespace) -> None:
    program = _program(options.program)
    if options.parts < 1:
        raise ValueError("--parts: at least 1")
    if options.parts > 1:
        return _attribute_in_parts(program, options)
    touches, orders = _tables(options)
    answer = sentby.attribute(program, touches, orders, verdicts=options.verdicts is not None, columns=options.columns, **_common(options))
    if options.verdicts:
        _write(answer.verdicts, options.verdicts)
    _show(answer.credits, options)
    print(f"{answer.credited} of {answer.orders} orders credited", file=sys.stderr)
    return None


def _attribute_in_parts(program: Program, options: argparse.Namespace) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if options.verdicts or options.same:
        raise ValueError("--parts: stands alone, without --verdicts and --same")
    orders = _read(options.orders)

    def read() -> Iterable[Any]:
        yield from pq.ParquetFile(options.touches).iter_batches(batch_size=1 << 20)

    kept, credited, count = [], 0, 0
    columns = options.columns if options.columns is None or "order_row" in options.columns else [*options.columns, "order_row"]
    for own, answer in sentby.attribute_in_parts(program, read, orders, options.parts, columns=columns, **_common(options)):
        credits = _plain(answer.credits)
        rows = own["row"].combine_chunks().take(credits["order_row"].combine_chunks())
        kept.append(credits.set_column(credits.column_names.index("order_row"), "order_row", rows))
        credited, count = credited + answer.credited, count + answer.orders
    # Stable, so that the credits of one order keep their order.
    whole = pa.concat_tables(kept)
    whole = whole.append_column("_n", pa.array(range(len(whole)))).sort_by([("order_row", "ascending"), ("_n", "ascending")]).drop(["_n"])
    _show(whole.select(options.columns) if options.columns else whole, options)
    print(f"{credited} of {count} orders credited", file=sys.stderr)


def _settle(options: argparse.Namespace) -> None:
    touches, orders = _tables(options)
    _show(sentby.settle(_program(options.program), touches, orders, **_common(options)), options)


def _leaderboard(options: argparse.Namespace) -> None:
    touches, orders = _tables(options)
    program = _program(options.program)
    board = sentby.leaderboard(program, touches, orders, **_common(options))
    if options.report:
        from sentby import plots

        facts = {"orders": len(orders), "touches": len(touches), "affiliates": len(board)}
        page = plots.report(program.name or program.vendor, [("Leaderboard", plots.leaderboard(board)), ("In numbers", board)], facts)
        options.report.write_text(page, encoding="utf-8")
    _show(board, options)


def _journeys(options: argparse.Namespace) -> None:
    import pyarrow as pa

    if bool(options.paths) == bool(options.touches and options.orders):
        raise ValueError("journeys: give either --paths, or --touches and --orders")
    if options.paths:
        journeys = Journeys.from_paths(_read(options.paths), separator=options.separator)
    else:
        journeys = Journeys.from_touches(_read(options.touches), _read(options.orders), channel=options.channel)
    for name in options.transform:
        journeys = journeys.transform(name)
    order = options.markov
    if order == -1:
        best = pa.table(journeys.markov_orders()).to_pylist()
        order = next((row["order"] for row in best if row["chosen"]), 1)
        print(f"order {order} foretells unseen journeys best", file=sys.stderr)
    table = pa.table(journeys.heuristics())
    table = table.append_column("shapley", pa.table(journeys.shapley())["conversions"])
    if order:
        chain = pa.table(journeys.markov(order).channels)
        table = table.append_column("removal_effect", chain["removal_effect"]).append_column(f"markov_{order}", chain["conversions"])
    table = table.sort_by([("linear", "descending"), ("channel", "ascending")])
    if options.report:
        from sentby import plots

        sections = [("Models", plots.models(journeys, markov_order=order or None)), ("From step to step", plots.transitions(journeys))]
        if order:
            sections.insert(1, ("Removal effects", plots.removal_effects(journeys.markov(order))))
        facts = {"journeys": journeys.count, "conversions": journeys.conversions, "channels": len(journeys.channels)}
        options.report.write_text(plots.report("Journeys", [*sections, ("In numbers", table)], facts), encoding="utf-8")
    _show(table, options)


def _what_if(options: argparse.Namespace) -> None:
    programs = {name: _program(path) for name, path in options.program}
    if len(options.program) < 2:
        raise ValueError("--program: expected at least two, of which the first is compared with")
    if len(programs) < len(options.program):
        raise ValueError("--program: two have one name; name them, as in --program today=FILE")
    touches, orders = _tables(options)
    answer = sentby.what_if(touches, orders, programs, **_common(options))
    if options.changes:
        _write(answer.changes, options.changes)
    if options.report:
        from sentby import plots

        facts = {"orders": len(orders), "orders that change hands": len(answer.changes)}
        sections = [("Difference", plots.what_if(answer)), ("In numbers", answer.affiliates)]
        options.report.write_text(plots.report("What if", sections, facts), encoding="utf-8")
    _show(answer.affiliates, options)
    print(f"{len(answer.changes)} orders change hands", file=sys.stderr)


def _explain(options: argparse.Namespace) -> int:
    touches, orders = _tables(options)
    found = sentby.decide(_program(options.program), touches, orders, options.order, evidence=options.evidence, currency=options.currency)
    if not found:
        print(f"sentby: there is no order {options.order}", file=sys.stderr)
        return 1
    for one in found:
        if options.json:
            verdicts = [
                {"touch_row": row, "affiliate": v.affiliate, "at": v.at.isoformat(), "evidence": v.evidence, "reason": v.reason}
                for row, v in zip(one.rows, one.decision.verdicts, strict=True)
            ]
            credits = [{"affiliate": credit.affiliate, "weight": credit.weight} for credit in one.decision.credits]
            print(json.dumps({"order": one.order.id, "at": one.order.at.isoformat(), "credits": credits, "verdicts": verdicts}))
        else:
            print(one.decision.explain(), end="")
    return 0


def _lint(options: argparse.Namespace) -> int:
    worst = 0
    for number, line in enumerate(sys.stdin if options.urls == ["-"] else options.urls, 1):
        url = line.strip()
        if not url and options.urls == ["-"]:
            continue
        try:
            reading, findings = sentby.read_lenient(url), sentby.lint(url)
        except SentbyError as error:
            print(f"sentby: link {number}: {error.code}: {error}", file=sys.stderr)
            worst = 1
            continue
        referral = reading.referral
        if options.json:
            found = [{"code": f.code, "sentence": f.sentence} for f in findings]
            print(json.dumps({"url": url, "network": reading.network, "affiliate": referral.affiliate, "product": referral.product, "findings": found}))
        else:
            print(url)
            print(f"  network {reading.network or '–'}, affiliate {referral.affiliate or '–'}, product {referral.product or '–'}")
            for finding in findings:
                print(f"  {finding.code}: {finding.sentence}")
        worst = max(worst, 1 if findings else 0)
    return worst


def _diagnose(options: argparse.Namespace) -> int:
    from datetime import datetime, timezone

    program = _program(options.program)
    ledger = Ledger.restore(options.ledger.read_bytes()) if options.ledger else None
    question: dict[str, Any] = {"order": options.order, "period": options.month}
    if bool(options.touches) != bool(options.orders):
        raise ValueError("diagnose: --touches and --orders go together")
    if options.order and options.touches:
        found = sentby.decide(program, _read(options.touches), _read(options.orders), options.order, currency=options.currency)
        if found:
            question |= {"sale": found[0].order, "touches": found[0].touches}
    answers = program.diagnose(Question(options.affiliate, datetime.now(timezone.utc), **question), ledger)
    for answer in answers:
        print(json.dumps({"code": answer.code, "sentence": answer.sentence}) if options.json else f"{answer.code}: {answer.sentence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
