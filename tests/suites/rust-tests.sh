#!/usr/bin/env bash
# suite: unit tests, and the end-to-end tests in Rust
# seconds: 100
# needs: cargo
. "$(dirname "$0")/../lib/suite.sh"

cargo test
