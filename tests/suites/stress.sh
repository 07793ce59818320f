#!/usr/bin/env bash
# suite: 64 threads that query, wait, deploy, watch, cancel and fork at once, over each protocol, and leave nothing behind
# seconds: 100
# needs: cc
. "$(dirname "$0")/../lib/suite.sh"

stress() {
    local name number
    STRESS_SECONDS=$([ "${LONG-}" = 1 ] && echo 60 || echo 5) tests/c/run.sh "$prefix/lib" stress/stress | tee "$scratch/output"
    while IFS=$'\t' read -r name number; do
        figure "$name over $protocol" "$number"
    done < <(sed -n 's/^# figure //p' "$scratch/output")
}
over_each_protocol stress
