#!/usr/bin/env bash
# suite: what the fuzz targets know and what they find in half a minute crashes nothing; LONG=1: in 5 minutes
# seconds: 110
# needs: cargo rustc g++ cc rust-asan
. "$(dirname "$0")/../lib/suite.sh"

# Found inputs are not kept: each run begins with the same.
rm -rf build/fuzz/corpus build/fuzz/found
fuzz/run build
fuzz/run replay || fail "an input of the corpus fails a fuzz target"
inputs=$(find fuzz/corpus -type f | wc -l)
# Each target has one, and each corpus a target.
expect_equal "the targets that have a corpus" "$(cd fuzz/fuzz_targets && printf '%s\n' *.rs | sed 's/\.rs$//')" "$(ls fuzz/corpus)"
expect_equal "the targets in Cargo.toml" "$(ls fuzz/corpus)" "$(sed -n '/^\[\[bin\]\]/{n;s/^name = "\(.*\)"/\1/p}' fuzz/Cargo.toml)"

seconds=30
[ "${LONG-}" != 1 ] || seconds=300
fuzz/run search $seconds | tee "$scratch/searched" || fail "a new input fails a fuzz target"

figure "fuzz targets" "$(find fuzz/corpus -mindepth 1 -maxdepth 1 | wc -l)"
figure "fuzz inputs" "$inputs"
figure "fuzz runs" "$(awk '/^searched /{runs += $3} END {print runs + 0}' "$scratch/searched")"
