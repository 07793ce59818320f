#!/usr/bin/env bash
# suite: what is missing is named with the command that installs it on this distribution
# needs: bash
. "$(dirname "$0")/../lib/suite.sh"

# A machine that has nothing but what the script itself needs.
mkdir "$scratch/bin"
for program in bash cut dirname grep head sed sort tr; do
    ln -s "$(command -v $program)" "$scratch/bin"
done
release() { # release ID VERSION_ID
    printf 'ID=%s\nVERSION_ID="%s"\n' "$1" "$2" >"$scratch/os-release"
}
ask() { # ask ARGUMENT...
    env -i PATH="$scratch/bin" HOME=/root OS_RELEASE="$scratch/os-release" bash tests/need-tools "$@" 2>&1 || true
}
toolchain=$(sed -n 's/^toolchain=//p' tests/need-tools)
rustup="curl --proto '=https' -sSf https://static.rust-lang.org/rustup/rustup-init.sh | sh -s -- -y"
source_env=". \"\$HOME/.cargo/env\""

release debian 12
expect_equal "cargo on Debian 12" "cargo is missing. To install it on Debian 12: apt-get install cargo-web rustc-web" "$(ask cargo)"
expect_equal "packages on Debian 12" $'cargo-web\nrustc-web\ngcc\nlibc6-dev' "$(ask --packages cargo cc)"
expect_equal "rustup on Debian 12" \
    "rustup is missing. To install it on Debian 12: apt-get install curl && $rustup --default-toolchain $toolchain && $source_env" "$(ask rustup)"
expect_equal "packages for what cargo installs" $'libssl-dev\npkg-config' "$(ask --packages cargo-cinstall)"
expect_equal "go on Debian 12" "go is missing. To install it on Debian 12: apt-get install golang-go && tests/newer-go" "$(ask go)"
expect_equal "the package of go on Debian 12" golang-go "$(ask --packages go)"
release debian 13
expect_equal "cargo on Debian 13" "cargo is missing. To install it on Debian 13: apt-get install cargo" "$(ask cargo)"
expect_equal "rustup on Debian 13" "rustup is missing. To install it on Debian 13: apt-get install rustup && rustup default $toolchain" "$(ask rustup)"
expect_equal "what comes from rustup, on Debian 13" "cargo-fmt is missing. To install it on Debian 13: \
apt-get install rustup && rustup default $toolchain && rustup component add rustfmt" "$(ask cargo-fmt)"
expect_equal "go on Debian 13" "go is missing. To install it on Debian 13: apt-get install golang-go" "$(ask go)"
# It cannot be installed beside cargo.
expect_equal "packages on Debian 13" $'cargo\ngolang-go' "$(ask --packages cargo rustup cargo-fmt go)"
expect_equal "what only rustup's Rust has, on Debian 13" \
    "rust-asan is missing. To install it on Debian 13: apt-get install rustup && rustup default $toolchain" "$(ask rust-asan)"
release fedora 43
expect_equal "cargo elsewhere" "cargo is missing. To install it: $rustup && $source_env" "$(ask cargo)"
expect_equal "valgrind elsewhere" "valgrind is missing. To install it on Debian: apt-get install valgrind libc6-dbg" "$(ask valgrind)"

# A Rust that is too old.
for program in rustc cargo; do
    printf '#!/bin/sh\necho "%s 1.63.0 (x)"\n' $program >"$scratch/bin/$program"
    chmod +x "$scratch/bin/$program"
done
release debian 12
floor=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
expect_equal "an old Rust on Debian 12" \
    "rustc 1.63.0 is too old, $floor is needed. To install it on Debian 12: apt-get install cargo-web rustc-web" "$(ask rustc)"

# A Go that is too old.
printf '#!/bin/sh\necho go1.19.8\n' >"$scratch/bin/go"
chmod +x "$scratch/bin/go"
floor=$(sed -n 's/^go //p' bindings/go/go.mod)
expect_equal "an old Go on Debian 12" "go 1.19.8 is too old, $floor is needed. To install it on Debian 12: tests/newer-go" "$(ask go)"
release fedora 43
expect_equal "an old Go elsewhere" "go 1.19.8 is too old, $floor is needed: see https://go.dev/dl" "$(ask go)"

# With rustup, its commands, and cargo's, alone.
printf '#!/bin/sh\n' >"$scratch/bin/rustup"
chmod +x "$scratch/bin/rustup"
expect_equal "what cargo and rustup install" "cargo install cargo-c
rustup target add nosuch" "$(ask --rustup cargo-cinstall rust-std-nosuch libuv | sed 's/ --version .*//')"
