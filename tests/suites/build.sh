#!/usr/bin/env bash
# suite: make in trees and with variables that are not the usual ones
# seconds: 70
# needs: make cc pkg-config tar
. "$(dirname "$0")/../lib/suite.sh"

# As from a tarball: without .git, and in a directory with a space.
tree="$scratch/a tree"
mkdir "$tree"
tar -cf - --exclude=./build --exclude=./target --exclude=./.git . | tar -xf - -C "$tree"

in_tree() { # in_tree WHAT COMMAND...
    echo "== $1"
    (cd "$tree" && "${@:2}") || fail "$1"
}
runs() { # runs ROOT BINDIR: whether the installed command finds its library
    expect_equal "zinitctl under $1" "zinitctl $version (libzinit_client $version)" \
        "$(env -u LD_LIBRARY_PATH "$1$2/zinitctl" --version 2>&1)"
}

# What is compiled already for the other crates fits here, too.
mkdir "$tree/build"
cp -a build/library "$tree/build"
mkdir "$scratch/cargo target"
cp -a "${CARGO_TARGET_DIR:-target}/debug" "$scratch/cargo target"

# Cargo's own settings of another target put nothing elsewhere.
mkdir "$tree/.cargo"
printf '[build]\ntarget = "no-such-target"\n' >"$tree/.cargo/config.toml"
in_tree "a path with a space, -j4, build.target and CARGO_BUILD_TARGET" \
    env CARGO_BUILD_TARGET=no-such-target make --silent -j4 stage
rm -r "$tree/.cargo"
runs "$tree/build/stage" /usr/local/bin
expect_equal "libraries without content" "" "$(find "$tree/build" -name 'libzinit_client.*' -size 0)"
in_tree "CARGO_TARGET_DIR with a space" env CARGO_TARGET_DIR="$scratch/cargo target" make --silent testbed
"$tree/build/zinit-testbed" --version >/dev/null || fail "build/zinit-testbed does not run"

# A build that fails leaves nothing behind that a later one takes for good.
in_tree "a build that fails" sh -c '! make --silent build CARGO=false BUILD=failed 2>/dev/null'
expect_equal "libraries of a build that failed" "" "$(find "$tree" -path '*failed*' -name 'libzinit_client.*')"

# LIBDIR may be relative, and zinitctl finds its library wherever that is.
for directories in "/usr lib64" "/opt/zinit lib/x86_64-linux-gnu" "/usr /lib64" "/opt /srv/libraries"; do
    read -r at lib <<<"$directories"
    rm -rf "$scratch/root"
    in_tree "PREFIX=$at LIBDIR=$lib" make --silent install DESTDIR="$scratch/root" PREFIX="$at" LIBDIR="$lib"
    runs "$scratch/root" "$at/bin"
    full=$lib
    [[ $lib = /* ]] || full=$at/$lib
    expect_equal "libdir for LIBDIR=$lib" "$full" \
        "$(PKG_CONFIG_LIBDIR=$scratch/root$full/pkgconfig pkg-config --variable=libdir zinit-client)"
done

# In another directory, from a tree that cannot be written.
rm -rf "$scratch/root"
cp -a "$tree/build" "$scratch/elsewhere"
touch "$scratch/elsewhere/begun"
touch "$tree/src/lib.rs"
namespace=(unshare --mount)
[ "$(id -u)" = 0 ] || namespace=(unshare --map-root-user --mount)
if "${namespace[@]}" true 2>/dev/null; then
    # shellcheck disable=SC2016 # for the shell in the namespace
    in_tree "a tree that cannot be written" "${namespace[@]}" \
        sh -c 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"' "$tree" \
        make --silent install BUILD="$scratch/elsewhere" DESTDIR="$scratch/root"
    runs "$scratch/root" /usr/local/bin
    [ -n "$(find "$scratch/elsewhere" -name libzinit_client.so -newer "$scratch/elsewhere/begun")" ] ||
        fail "no library was built elsewhere"
    in_tree "make stage in another directory" make --silent stage BUILD="$scratch/elsewhere"
    runs "$scratch/elsewhere/stage" /usr/local/bin
else
    skip "a tree that cannot be written" "no private mount namespace can be had"
fi

# What a make before 4.3 does not know.
expect_equal "rules for grouped targets" "" "$(grep -n '&:' Makefile || true)"
# shellcheck disable=SC2016 # for that shell
in_tree "an unknown target" sh -c '! make --silent build TARGET=no-such-target BUILD=unknown 2>"$0"' "$scratch/said"
grep -q no-such-target "$scratch/said" || fail "the message does not name the target: $(cat "$scratch/said")"
