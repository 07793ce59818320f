#!/usr/bin/env bash
# suite: the library compiles without a warning for other processors, and with another C library
# seconds: 100
# needs: cargo-clippy rustup
# needs: rust-std-aarch64-unknown-linux-gnu rust-std-armv7-unknown-linux-gnueabihf rust-std-i686-unknown-linux-gnu
# needs: rust-std-powerpc-unknown-linux-gnu rust-std-riscv64gc-unknown-linux-gnu rust-std-x86_64-unknown-linux-musl
. "$(dirname "$0")/../lib/suite.sh"

# The targets are those that it needs.
mapfile -t targets < <(sed -n 's/^# needs: //p' tests/suites/targets.sh | tr ' ' '\n' | sed -n 's/^rust-std-//p')
[ ${#targets[@]} -gt 0 ] || give_up "there are no targets"

export RUSTFLAGS=-Dwarnings
for target in "${targets[@]}"; do
    # It does what cargo check does, and says more.
    if cargo clippy --quiet --locked --lib --target "$target" --target-dir build/targets; then
        echo "$target: checked"
    else
        fail "$target"
    fi
done
