#!/usr/bin/env bash
# suite: clippy has nothing to say
# seconds: 100
# needs: cargo-clippy cc g++
. "$(dirname "$0")/../lib/suite.sh"

cargo clippy --all-targets -- -D warnings
# Not among all, because cargo test leaves it out.
cargo clippy --test soak -- -D warnings
cargo clippy -p zinit-testbed --all-targets -- -D warnings
# With the flags of their build, which compiles a part of what is looked at.
fuzz/run clippy
