#!/usr/bin/env python3
"""Writes the pages of the site that are lists: docs/codes.md, every code there is, and docs/api.md, every call as each language has it.

api.md has names, order of arguments and defaults, out of what is exported. The names are those of core/vectors/api.json, which a test compares with the exports; the arguments stand in the sources that
the compilers read: core/src, the Python stub (compared with the module by mypy), Node's generated declarations, what UniFFI exports.
With --check nothing is written. An argument that is named, placed or left out differently in one language, without a reason in
api.json, is an error in both cases.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("rust", "python", "node", "kotlin", "swift")


@dataclass(frozen=True)
class Argument:
    name: str
    default: str | None = None
    keyword: bool = False  # Python: may only be given by name
    bare: bool = False  # Swift: given without its name

    def __str__(self) -> str:
        text = self.name if self.default is None else f"{self.name} = {self.default}"
        return f"_ {text}" if self.bare else text


Arguments = tuple[Argument, ...]


def camel(snake: str) -> str:
    return re.sub("_(.)", lambda found: found[1].upper(), snake)


def shape(language: str, name: str, rust: str | None, arguments: Arguments) -> list[str]:
    """The arguments' names to compare. What Rust has as a method is elsewhere a function whose first argument is the record."""
    names = [snake(a.name) for a in arguments]
    receiver, _, method_name = (rust or "").rpartition("::")
    method = "." in name.removeprefix("SentbyServer.").removeprefix("server.")
    if receiver and method_name != "new" and language != "rust" and not method and names[:1] == [{"CookieSpec": "spec"}.get(receiver, receiver.lower())]:
        return names[1:]
    return names


def snake(name: str) -> str:
    return re.sub("([A-Z])", lambda found: "_" + found[1].lower(), name)


def split(text: str) -> list[str]:
    """The parts of a list, brackets left whole."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        if letter in "([{<":
            depth += 1
        elif letter in ")]}" or (letter == ">" and text[place - 1] not in "-="):
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]


def brackets(text: str, start: int) -> str:
    """What stands between the bracket at `start` and the one that closes it."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return text[start + 1 : place]
    raise ValueError(text[start : start + 80])


def sources(folder: str, ending: str) -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).rglob(f"*{ending}")))


def rust_functions(text: str) -> dict[str, Arguments]:
    """`name` or `Type::name` to arguments, of all public functions."""
    found: dict[str, Arguments] = {}
    heads = re.compile(r"^(?:impl(?:<[^>]*>)? (?P<type>\w+)(?:<[^>]*>)? \{|(?P<end>\})|(?P<in>    )?pub (?:const )?fn (?P<name>\w+)(?:<.*?>)?(?P<open>\())", re.M)
    object_: str | None = None
    for head in heads.finditer(text):
        if head["type"] or head["end"]:
            object_ = head["type"]
            continue
        # Types have no bracket but tuples; lifetimes and references do not matter.
        arguments = split(brackets(text, head.start("open")))
        names = [argument.split(":")[0].removeprefix("mut ").strip() for argument in arguments if not re.match(r"&?(?:'\w+ )?(?:mut )?self\b", argument)]
        name = f"{object_}::{head['name']}" if head["in"] and object_ else head["name"]
        found[name] = tuple(Argument(n.lstrip("_")) for n in names)
    return found


def rust() -> dict[str, Arguments]:
    return rust_functions(sources("core/src", ".rs"))


def python() -> dict[str, Arguments]:
    found: dict[str, Arguments] = {}

    def arguments(function: ast.FunctionDef) -> Arguments:
        given = function.args
        plain = given.posonlyargs + given.args
        defaults: list[ast.expr | None] = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
        pairs = [(a.arg, d, False) for a, d in zip(plain, defaults)] + [(a.arg, d, True) for a, d in zip(given.kwonlyargs, given.kw_defaults)]
        return tuple(Argument(n, ast.unparse(d) if d is not None else None, k) for n, d, k in pairs if n not in ("self", "cls"))

    def walk(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                walk(node.body, node.name + ".")
            elif isinstance(node, ast.FunctionDef):
                name = prefix.rstrip(".") if node.name == "__new__" else prefix + node.name
                found.setdefault(name, arguments(node))

    # The functions over tables wrap inner ones of the stub under the same names.
    for file in ("tables.py", "_sentby.pyi"):
        walk(ast.parse((ROOT / "bindings-python/python/sentby" / file).read_text()).body, "")
    found["len"] = (Argument("ledger"),)
    return found


def python_properties() -> set[str]:
    text = (ROOT / "bindings-python/python/sentby/_sentby.pyi").read_text()
    classes = re.split(r"^class (\w+).*:$", text, flags=re.M)[1:]
    return {f"{name}.{found}" for name, body in zip(classes[::2], classes[1::2]) for found in re.findall(r"@property\n    def (\w+)", body)}


def node_properties() -> set[str]:
    text = (ROOT / "bindings-node/index.d.ts").read_text()
    classes = re.split(r"^export declare class (\w+)", text, flags=re.M)[1:]
    return {f"{name}.{found}" for name, body in zip(classes[::2], classes[1::2]) for found in re.findall(r"^  get (\w+)\(\)", body, re.M)}


def node() -> dict[str, Arguments]:
    found: dict[str, Arguments] = {}
    class_ = ""
    for line in (ROOT / "bindings-node/index.d.ts").read_text().splitlines():
        if head := re.match(r"export declare class (\w+)", line):
            class_ = head[1] + "."
        head = re.match(r"(?:export declare function |  (?:static )?(?P<get>get )?)(?P<name>\w+)(?P<open>\()", line)
        if not head or line.startswith("  ") and not class_:
            continue
        arguments = []
        for argument in split(brackets(line, head.start("open"))):
            name = argument.split(":")[0]
            arguments.append(Argument(name.rstrip("?"), "undefined" if name.endswith("?") else None))
        found[(class_ if line.startswith("  ") else "") + head["name"]] = tuple(arguments)
    return found


def mobile(folder: str, prefix: str, none: str) -> dict[str, Arguments]:
    """What UniFFI exports: Rust's functions, and the defaults that stand before them."""
    text = sources(folder, ".rs")
    defaults = {head[2]: head[1] for head in re.finditer(r"#\[uniffi::(?:export|method|constructor)\(default\((.*?)\)\)\]\s*(?:#\[.*\]\s*|///.*\s*)*pub fn (\w+)", text)}
    found = {}
    for name, arguments in rust_functions(text).items():
        given = dict(pair.split(" = ") for pair in split(defaults.get(name.rsplit("::")[-1], "")))
        values = {k: none if v == "None" else v for k, v in given.items()}
        place = prefix + ".".join([*name.split("::")[:-1], camel(name.rsplit("::")[-1])])
        found[place] = tuple(Argument(camel(a.name), values.get(a.name)) for a in arguments)
    return found


def inbox(file: str, function: str, prefix: str) -> dict[str, Arguments]:
    text = (ROOT / file).read_text()
    found: dict[str, Arguments] = {}
    for head in re.finditer(rf"^    {function} (\w+)(\()", text, re.M):
        arguments = []
        for argument in split(brackets(text, head.start(2))):
            name, _, rest = argument.partition(":")
            default = rest.partition(" = ")[2] or None
            bare = name.startswith("_ ")
            arguments.append(Argument(name.removeprefix("_ "), default, bare=bare))
        found.setdefault(f"{prefix}{head[1]}", tuple(arguments))
    return found


def exports() -> dict[str, dict[str, Arguments]]:
    layer = inbox("bindings-mobile/kotlin/src/main/kotlin/dev/sentby/app/ReferralInbox.kt", "fun", "app.ReferralInbox.")
    swift = inbox("bindings-mobile/swift/Sources/Layer/ReferralInbox.swift", "public func", "ReferralInbox.")
    kotlin = mobile("bindings-mobile/src", "", "null") | mobile("bindings-mobile/server/src", "server.", "null") | layer
    return {
        "rust": rust(),
        "python": python(),
        "node": node(),
        "kotlin": kotlin,
        "swift": mobile("bindings-mobile/src", "", "nil") | mobile("bindings-mobile/server/src", "SentbyServer.", "nil") | swift,
    }


def codes() -> str:
    """A table for each list of core/vectors/codes.json, which a test compares with the core."""
    lists = {
        "errors": ("Errors", "A call that fails has changed nothing. The text begins with the place: `/commission/2/pays/percent: 140 is over 100`. In Rust `error.code()`, in Python `error.code` of a `SentbyError`, in Node `error.code`, in Kotlin and Swift `code` of a `SentbyException` or `SentbyError`."),
        "reasons": ("Reasons of verdicts", "What became of a touch; [in which order they are checked](decisions.md#verdicts)."),
        "suspicions": ("Flags", "What looks odd and changes nothing."),
        "warnings": ("Warnings of links", "What a link has that it should not have."),
        "hints": ("Advice about programs", "What `program.lint()` says."),
        "diagnoses": ("Diagnoses", "What `program.diagnose` answers."),
        "claim_outcomes": ("Claims", "What became of a claim of a third party."),
        "webhook_kinds": ("Webhooks", "What a platform told."),
    }
    found = json.loads((ROOT / "core/vectors/codes.json").read_text())
    text = f"# Codes\n\nMade by `release/site/lists.py` out of [codes.json](../core/vectors/codes.json): {sum(map(len, found.values()))} codes, the same in every language. They never change their meaning; new ones may come.\n"
    for name, (title, about) in lists.items():
        rows = "".join(f"| `{row['code']}` | {row['about'].replace('|', chr(92) + '|')} |\n" for row in found.pop(name))
        text += f"\n## {title}\n\n{about}\n\n| code | meaning |\n|---|---|\n{rows}"
    assert not found, f"codes.json has lists that no page shows: {list(found)}"
    return text


def main() -> int:
    calls = json.loads((ROOT / "core/vectors/api.json").read_text())["calls"]
    exported = exports()
    properties = {"python": python_properties(), "node": node_properties()}
    problems, rows = [], []
    for call in calls:
        cells, shapes = [], {}
        for language in LANGUAGES:
            name = call.get(language)
            if name is None:
                cells.append("")
                continue
            if name not in exported[language]:
                problems.append(f"{call['call']}: no source of {language} has {name}")
                continue
            arguments = exported[language][name]
            starred = [*(a for a in arguments if not a.keyword), *(["*"] if any(a.keyword for a in arguments) else []), *(a for a in arguments if a.keyword)]
            shown = name.removesuffix(".constructor").removesuffix(".new").removeprefix("SentbyServer.").removeprefix("server.").removeprefix("app.")
            # Under the heading of its object a method needs no name before it.
            shown = re.sub(r"^(?:Program|Keys|Ledger|Journeys|ReferralInbox)(?:::|\.)", "", shown)
            value = language in ("python", "node") and name in properties[language]
            cells.append(f"`{shown}`" if value else f"`{shown}({', '.join(map(str, starred))})`")
            shapes[language] = shape(language, name, call.get("rust"), arguments)
        rows.append((call, cells))
        if len({tuple(names) for names in shapes.values()}) > 1 and "differs" not in call:
            problems.append(f"{call['call']}: the arguments differ, and api.json does not say why: {shapes}")
        if "differs" in call and len({tuple(names) for names in shapes.values()}) == 1:
            problems.append(f"{call['call']}: api.json says why arguments differ which do not")
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1

    everywhere = sum(1 for _, cells in rows if all(cells))
    text = "# The same call in five languages\n\n"
    text += f"Made by `release/site/lists.py` out of what each language exports: {len(rows)} calls, {everywhere} of them in all five languages. What has a default may be left out; in Python, what stands behind `*` is given by name, "
    text += "in Swift everything but `_`. Java has Kotlin's calls. Records (touches, orders, decisions) have the same fields everywhere, in each language's spelling.\n"
    titles = {"Program": "Program", "Keys": "Keys and carriers", "Ledger": "Ledger", "Journeys": "Journeys", "ReferralInbox": "An app's inbox"}
    groups: dict[str, list[tuple[dict[str, str], list[str]]]] = {}
    for call, cells in rows:
        object_ = call["call"].split(".")[0] if "." in call["call"] else ""
        group = titles.get({"RootKey": "Keys"}.get(object_, object_), "Tables" if object_ in ("Table", "columns") else "Functions and records")
        groups.setdefault(group, []).append((call, cells))
    for title in [*titles.values(), "Functions and records", "Tables"]:
        text += f"\n## {title}\n\n<div class=\"calls\">\n\n| Rust | Python | Node | Kotlin | Swift |\n|---|---|---|---|---|\n"
        notes = []
        for call, cells in groups[title]:
            text += f"| {' | '.join(cells)} |\n"
            notes += [f"* `{call['call']}`: {call['differs']}." for _ in [0] if "differs" in call]
        text += "\n</div>\n"
        absent: dict[str, list[str]] = {}
        for call, cells in groups[title]:
            if not all(cells) and "absent" in call:
                absent.setdefault(call["absent"], []).append(f"`{call['call']}`")
        notes += [f"* {', '.join(names)}, where missing: {reason}." for reason, names in absent.items()]
        text += "\n" + "\n".join(notes) + "\n" if notes else ""
    for page, text in (("docs/api.md", text), ("docs/codes.md", codes())):
        if "--check" not in sys.argv:
            (ROOT / page).write_text(text)
        elif not (ROOT / page).exists() or (ROOT / page).read_text() != text:
            print(f"{page} is stale; python3 release/site/lists.py writes it anew", file=sys.stderr)
            return 1
    print(f"{len(rows)} calls, {everywhere} in all five languages, the same names and order of arguments or a reason")
    return 0


if __name__ == "__main__":
    sys.exit(main())
