#!/usr/bin/env bash
# Counts the instructions of the hottest paths with callgrind and compares them with instructions.txt: over 3 % more fails, and so does a refusal
# of a carrier that tells by its work where the tag differs. `--write` writes the counts anew. Counts do not depend on how busy a machine is; they do
# depend on the compiler, which is named in the file.
set -euo pipefail
cd "$(dirname "$0")/../.."
kept=core/benches/instructions.txt
command -v valgrind >/dev/null || { echo "instructions.sh: valgrind is needed"; exit 1; }

cargo build --quiet --locked --profile bench -p sentby --example hot
hot=${CARGO_TARGET_DIR:-target}/release/examples/hot
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$hot" "$1" "$2" 2>&1 | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
{
  rustc --version | sed 's/^/# /'
  for path in $("$hot"); do
    # What comes before and after is in both.
    printf '%-22s %d\n' "$path" $((($(count "$path" 30) - $(count "$path" 10)) / 20))
  done
} > target/instructions.txt

if [ "${1:-}" = --write ]; then
  cp target/instructions.txt "$kept"
  cat "$kept"
  exit 0
fi
awk '
  FNR == NR { before[$1] = $2; next }
  /^#/ { next }
  { now[$1] = $2; off = ($2 / before[$1] - 1) * 100
    state = before[$1] == "" ? "new: write it down" : off > 3 ? "MORE" : off < -3 ? "fewer: write it down" : ""
    if (state != "") bad = 1
    printf "%-22s %12d %12d %+7.2f %%  %s\n", $1, before[$1], $2, off, state }
  END {
    # A23: the same work, wherever a tag differs and whether or not the key is known.
    for (path in now) if (path ~ /^open_(forged_last|unknown_key)$/ && (now[path] - now["open_forged_first"]) ^ 2 > 100) { print "A23: " path " does other work than open_forged_first"; bad = 1 }
    exit bad
  }' "$kept" target/instructions.txt
