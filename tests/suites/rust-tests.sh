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
    cargo test --test waits -- --test-threads=4
}
over_each_protocol rust_tests
