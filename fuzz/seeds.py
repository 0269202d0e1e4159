"""Writes the seed corpora from the vectors: one file a case, named after it."""
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent
VECTORS = ROOT.parent / "core" / "vectors"


def seeds(target, texts):
    folder = ROOT / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts:
        (folder / name).write_text(text, encoding="utf-8", newline="")


def cases(name):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["cases"]


def picks(seed, length=600):
    """Letters by Numerical Recipes' generator: the choices of which a decision, or a table, is made."""
    text = ""
    for _ in range(length):
        seed = (seed * 1_664_525 + 1_013_904_223) % 2**32
        text += chr(33 + (seed >> 16) % 94)
    return text


if __name__ == "__main__":
    seeds("decision", [(f"picks-{n}", picks(n)) for n in range(40)])
    seeds("columns", [(f"picks-{n}", picks(n, 1500)) for n in range(20)])
    seeds("token", [(c["id"], c["text"]) for c in cases("token") if "text" in c])
    seeds("cookie", [(c["id"], c["header"]) for c in cases("cookie") if "header" in c])
    seeds("link", [(c["id"], c["url"]) for c in cases("link") if "url" in c])
    seeds("network", [(c["id"], c["url"]) for name in ("network", "link") for c in cases(name) if "url" in c and len(c["url"]) < 400])
    programs = [(c["id"], c["text"]) for c in cases("program")]
    seeds("program", [*programs, ("story", (VECTORS / "programs" / "story.toml").read_text(encoding="utf-8"))])
    seeds("webhook", [(c["id"], c["body"]) for c in cases("webhook") if len(c["body"]) < 2000 and "signature" not in c["flags"]])
    seeds("ledger", [(c["id"], json.dumps(c["events"])) for c in cases("ledger")])
