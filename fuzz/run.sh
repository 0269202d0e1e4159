#!/usr/bin/env bash
# Runs every fuzz target for a number of seconds (default 300) on the stable toolchain, and prints how many inputs each has tried; findings go to
# artifacts/, and stop the run with their target.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-300}
shift || true
targets=${*:-token cookie link network program decision settlement webhook ledger columns}
python3 seeds.py
total=0
for target in $targets; do
  # New inputs go to a scratch folder, so that the committed seeds stay small.
  mkdir -p "target/corpus/$target"
  log=target/$target.log
  cargo fuzz run -s none "$target" "target/corpus/$target" "corpus/$target" -- -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 > "$log" 2>&1 ||
    { tail -40 "$log"; echo "$target: a finding, see artifacts/$target"; exit 1; }
  tried=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
  total=$((total + tried))
  printf '%-12s %14s executions in %s s, no finding\n' "$target" "$(printf "%'d" "$tried")" "$seconds"
done
printf '%-12s %14s executions\n' all "$(printf "%'d" "$total")"
