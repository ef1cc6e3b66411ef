#!/usr/bin/env bash
# Explores every decoder from its committed seeds: 10^6 inputs and at least 60 s each; prints the edges reached.
# What it finds is left in build-fuzz/found/; the seeds are not touched.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/dev/build.sh

seconds="${1:-60}"
build fuzz fuzzers
mkdir -p build-fuzz/found
failed=0
for source in fuzz/*.cpp; do
  name="$(basename "$source" .cpp)"
  work="$(mktemp -d)"
  log="build-fuzz/found/$name.log"
  target="build-fuzz/bin/fuzz_$name"
  # Both bounds are lower ones: the runs end when the later of the two is reached.
  if "$target" -runs=1000000 -max_len=4096 -artifact_prefix="build-fuzz/found/$name-" "$work" "fuzz/corpus/$name" >"$log" 2>&1 &&
    "$target" -max_total_time="$seconds" -max_len=4096 -artifact_prefix="build-fuzz/found/$name-" "$work" >>"$log" 2>&1; then
    edges="$(grep -o 'cov: [0-9]*' "$log" | tail -1 | tr -dc 0-9)"
    runs="$(grep -o 'Done [0-9]* runs' "$log" | tr -dc '0-9\n' | awk '{n += $1} END {print n}')"
    printf '%-28s %8s edges %10s inputs\n' "$name" "$edges" "$runs"
  else
    printf '%-28s FAILED, see %s\n' "$name" "$log"
    failed=1
  fi
  rm -rf "$work"
done
exit "$failed"
