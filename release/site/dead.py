#!/usr/bin/env python3
"""Looks at the built site as a browser would: every link and picture within it must lead somewhere, headings included."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

SITE = Path(__file__).resolve().parents[2] / "target/site"


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.update(filter(None, (given.get("id"), given.get("name"))))
        self.targets.extend(filter(None, (given.get("href"), given.get("src"))))


pages = {path: Page(path.read_text()) for path in SITE.glob("*.html")}
links, dead = 0, []
for path, page in pages.items():
    # The page of what is not found is shown anywhere; the rest of what it has leads from the root.
    for target in page.targets if path.name != "404.html" else ():
        url = urlsplit(target)
        if url.scheme or url.netloc:
            continue
        links += 1
        file = (path.parent / unquote(url.path)).resolve() if url.path else path
        if not file.exists() or (url.fragment and file in pages and unquote(url.fragment) not in pages[file].ids):
            dead.append(f"{path.name}: {target}")
print(f"{len(pages)} pages, {links} links within the site, {len(dead)} dead")
print("\n".join(dead[:50]))
sys.exit(1 if dead or len(pages) < 20 else 0)
