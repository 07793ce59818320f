#!/usr/bin/env bash
# suite: the Rust sources are formatted
# needs: cargo-fmt
. "$(dirname "$0")/../lib/suite.sh"

cargo fmt --all --check
cargo fmt --manifest-path benches/crate/Cargo.toml --check
cargo fmt --manifest-path fuzz/Cargo.toml --check
