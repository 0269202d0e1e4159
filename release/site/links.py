#!/usr/bin/env python3
"""mdBook's preprocessor: what pages link to outside the book is looked up, and led to the book's own page of it or to the repository.

A link to a file or heading that does not exist stops the build, so the site has no dead links within.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REPOSITORY = "https://github.com/sentby/sentby/blob/main/"
# Files that are pages of the book by an include.
PAGES = {"core/DESIGN.md": "design.md", "SECURITY.md": "security.md", "BENCHMARKS.md": "benchmarks.md", "CHANGELOG.md": "changes.md", "README.md": "start.md"}
INCLUDED = {page: ROOT / file for file, page in PAGES.items() if file != "README.md"}
LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s]+)(\))")


def anchors(text: str) -> set[str]:
    """What headings are called in links, as mdBook and the repository's pages name them."""
    heads = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    plain = (re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", lambda m: m[1] or "", head) for head in heads)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in plain}


def target(page: Path, link: str, problems: list[str]) -> str:
    """Where a link of a page leads to on the site. `page` is the file that the text was written in."""
    file, _, anchor = link.partition("#")
    path = (page.parent / file).resolve() if file else page
    if not path.exists():
        problems.append(f"{page.relative_to(ROOT)}: {link}: no such file")
        return link
    if anchor and path.suffix == ".md" and anchor not in anchors(path.read_text()):
        problems.append(f"{page.relative_to(ROOT)}: {link}: no such heading")
    hash_ = f"#{anchor}" if anchor else ""
    name = str(path.relative_to(ROOT))
    if not file:
        return link
    if name == "README.md" and anchor:
        return REPOSITORY + name + hash_
    if name in PAGES:
        return PAGES[name] + hash_
    if path.parent == DOCS:
        return path.name + hash_
    return (REPOSITORY.replace("/blob/", "/tree/") if path.is_dir() else REPOSITORY) + name + hash_


def rewrite(source: Path, text: str, problems: list[str]) -> str:
    def one(found: re.Match[str]) -> str:
        before, link, after = found.groups()
        return found[0] if re.match(r"[a-z]+:", link) else before + target(source, link, problems) + after

    # Blocks of code are left as they are.
    blocks = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
    return "".join(block if block.startswith("```") else LINK.sub(one, block) for block in blocks)


def walk(items: list[dict[str, Any]], problems: list[str]) -> None:
    for item in items:
        if "Chapter" not in item:
            continue
        chapter = item["Chapter"]
        if name := chapter.get("path"):
            source = INCLUDED.get(name, DOCS / name)
            chapter["content"] = rewrite(source, chapter["content"], problems)
        walk(chapter["sub_items"], problems)


def main() -> int:
    if sys.argv[1:2] == ["supports"]:
        return 0
    _, book = json.load(sys.stdin)
    problems: list[str] = []
    walk(book.get("items", book.get("sections", [])), problems)
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    json.dump(book, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
