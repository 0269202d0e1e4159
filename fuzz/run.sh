#!/usr/bin/env bash
# Runs every fuzz target for a number of seconds (default 300) on the stable toolchain; findings go to artifacts/.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-300}
shift || true
targets=${*:-token cookie link network program decision settlement webhook ledger columns}
python3 seeds.py
for target in $targets; do
  # New inputs go to a scratch folder, so that the committed seeds stay small.
  mkdir -p "target/corpus/$target"
  cargo fuzz run -s none "$target" "target/corpus/$target" "corpus/$target" -- -max_total_time="$seconds" -print_final_stats=1 -verbosity=0
done
