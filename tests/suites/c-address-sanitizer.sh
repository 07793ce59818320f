#!/usr/bin/env bash
# suite: the tests in C under AddressSanitizer and LeakSanitizer, which report faults that are made on purpose
# seconds: 90
# needs: cc rust-sanitizers
. "$(dirname "$0")/../lib/suite.sh"
. tests/lib/sanitizers.sh

build_with_sanitizer address
# These wait for most of their time, and run under valgrind. The stress makes the same calls.
waiting=" groups reload wait_codes waits watch_waits "
tests=()
for file in tests/c/*.c; do
    name=$(basename "$file" .c)
    [[ $waiting = *" $name "* ]] || tests+=("$name")
done
run_with_sanitizer "${tests[@]}"

stress() {
    STRESS_SECONDS=2 run_with_sanitizer stress/stress
}
over_each_protocol stress
