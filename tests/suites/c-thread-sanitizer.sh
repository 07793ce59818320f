#!/usr/bin/env bash
# suite: one queue in many threads, under ThreadSanitizer
# seconds: 120
# needs: clang nightly-rust-src
. "$(dirname "$0")/../lib/suite.sh"

# Rust's own library, too, so that its locks are seen.
host=$(rustc -vV | sed -n 's/^host: //p')
target=${CARGO_TARGET_DIR:-target}/thread-sanitizer
RUSTFLAGS=-Zsanitizer=thread cargo +nightly build --quiet -Zbuild-std --lib --target "$host" --target-dir "$target"
runtime=$(rustc +nightly --print target-libdir)/librustc-nightly_rt.tsan.a
CC=clang tests/c/run.sh --thread-sanitizer "$runtime" "$target/$host/debug" queue_threads threads
