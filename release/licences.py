"""Prints the licences of every crate that is compiled into a package, with their texts: `licences.py sentby-node`."""

import json
import pathlib
import subprocess
import sys

metadata = json.loads(subprocess.run(["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", "x86_64-unknown-linux-gnu"], check=True, capture_output=True).stdout)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
(root,) = [package["id"] for package in packages.values() if package["name"] == sys.argv[1]]


def within(start):
    """What is linked: neither what tests need nor what runs while building, but for what procedural macros leave in the code."""
    found, todo = set(), [start]
    while todo:
        if (here := todo.pop()) in found:
            continue
        found.add(here)
        todo += [dep["pkg"] for dep in nodes[here]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
    return found


texts = {}
for package in sorted((packages[found] for found in within(root)), key=lambda package: (package["name"], package["version"])):
    if package["source"] is None:
        continue
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(file for pattern in ("LICEN[CS]E*", "COPYING*", "NOTICE*", "UNLICENSE*", "license*") for file in folder.glob(pattern) if file.is_file())
    print(f"{package['name']} {package['version']}: {package['license'] or 'see its licence file'}")
    if package["license"] is None and not files:
        sys.exit(f"{package['name']} names no licence")
    for file in files:
        texts.setdefault(file.read_text(encoding="utf-8", errors="replace").strip(), []).append(package["name"])
for text, names in texts.items():
    print(f"\n{'-' * 80}\n{', '.join(sorted(set(names)))}\n\n{text}")
