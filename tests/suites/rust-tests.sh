#!/usr/bin/env bash
# suite: unit tests, and the end-to-end tests in Rust over each protocol
# seconds: 180
# needs: cargo
. "$(dirname "$0")/../lib/suite.sh"

rust_tests() {
    if [ "$protocol" = line ]; then
        cargo test
        return
    fi
    cargo test --test end_to_end --test logs
    # Left out: what passes a proxy that counts the commands of the line protocol.
    local counted=(no_time_sends_and_returns a_call_is_cancelled_from a_hundred_take_one_list somebody_else_stops)
    printf 'skipped: waits: %s over JSON-RPC: it counts commands of the line protocol\n' "${counted[@]}"
    cargo test --test waits -- "${counted[@]/#/--skip=}" --test-threads=4
}
over_each_protocol rust_tests
