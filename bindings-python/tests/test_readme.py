import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_example_in_the_readme_prints_what_all_languages_print():
    script = pathlib.Path(__file__).with_name("readme.py")
    printed = subprocess.run([sys.executable, script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed == (ROOT / "examples" / "story" / "expected.txt").read_text()
