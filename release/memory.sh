#!/usr/bin/env bash
# The bindings' tests under Valgrind: what sentby's libraries read or write where they must not, and what they never give back.
# Needs Valgrind, and has to run after `make python node mobile`. Values that the engines leave undefined on purpose are not looked at.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/bindings-python/.venv/bin/python
logs=target/memory
rm -rf "$logs" && mkdir -p "$logs"
export PYTHONMALLOC=malloc

# Of the wheel's own allocator Valgrind sees nothing.
build_python() { (cd bindings-python && .venv/bin/maturin develop --release --locked --quiet "$@"); }
trap build_python EXIT
build_python --no-default-features

check() { # name, then the command
  local name=$1
  shift
  valgrind --quiet --undef-value-errors=no --leak-check=full --show-leak-kinds=definite,indirect --num-callers=60 --log-file="$logs/$name.%p.log" \
    --trace-children=no "$@" > "$logs/$name.out" 2>&1 || { tail -20 "$logs/$name.out"; echo "$name: the tests themselves fail under Valgrind"; exit 1; }
  # Reports are separated by lines that are empty but for the number of the process; ours are those in which one of our libraries stands. What the
  # engines' own glue allocates while a module is loaded, once a process, it keeps on purpose.
  local found
  found=$(awk 'function tell() {
      if (report ~ /sentby/ && !(report ~ /lost in loss record/ && report ~ /PyModule_ExecDef|napi_register_module_v1/)) print report "\n"
      report = "" }
    /^==[0-9]+== *$/ { tell(); next } { report = report "\n" $0 } END { tell() }' "$logs/$name".*.log)
  echo "$name: $(grep -Eo '[0-9]+ passed|^# pass [0-9]+' "$logs/$name.out" | tail -1), $(grep -c . <<< "$found" || true) lines of findings"
  if test -n "$found"; then head -60 <<< "$found"; exit 1; fi
}

check python "$python" -m pytest -q -p no:cacheprovider bindings-python/tests/test_vectors.py bindings-python/tests/test_values.py bindings-python/tests/test_attacks.py
check arrow "$python" -m pytest -q -p no:cacheprovider bindings-python/tests/test_tables.py -k 'not command and not report and not progress and not ctrl_c and not example and not merchandise'
check uniffi "$python" -m pytest -q -p no:cacheprovider bindings-mobile/tests/test_vectors.py
check node node --jitless --no-expose-wasm --test-reporter=tap bindings-node/test/vectors.test.mjs
