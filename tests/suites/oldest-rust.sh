#!/usr/bin/env bash
# suite: the library, its tests and the testbed compile with the oldest Rust that Cargo.toml names
# seconds: 140
# needs: rustup oldest-rust
. "$(dirname "$0")/../lib/suite.sh"

oldest=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
grep -qF "a Rust toolchain ($oldest or newer)" README.md || fail "README.md names another version than $oldest"

rustup run "$oldest" cargo --version
rustup run "$oldest" cargo check --quiet --locked --workspace --all-targets --target-dir build/oldest-rust
rustup run "$oldest" cargo check --quiet --locked --test soak --target-dir build/oldest-rust
rustup run "$oldest" cargo build --quiet --locked --lib --target-dir build/oldest-rust
