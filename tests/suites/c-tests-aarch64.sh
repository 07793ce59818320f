#!/usr/bin/env bash
# suite: the tests in C on an ARM processor, which qemu emulates; the daemon runs on this one
# seconds: 100
# needs: cc aarch64-linux-gnu-gcc aarch64-linux-gnu-ar qemu-aarch64 rust-std-aarch64-unknown-linux-gnu
. "$(dirname "$0")/../lib/suite.sh"

target=aarch64-unknown-linux-gnu
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
    cargo rustc --quiet --locked --lib --release --crate-type cdylib --target $target --target-dir build/aarch64

cc -std=c99 "${strict[@]}" -o "$scratch/subreaper" tests/lib/subreaper.c
export CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar
export ZINIT_TEST_RUNNER="$scratch/subreaper qemu-aarch64 -L /usr/aarch64-linux-gnu"
tests/c/run.sh build/aarch64/$target/release
