#!/usr/bin/env bash
# suite: the library and zinitctl for musl, fully static: the tests in C, and a Go program
# seconds: 90
# needs: make musl-gcc pkg-config go readelf rust-std-x86_64-unknown-linux-musl
. "$(dirname "$0")/../lib/suite.sh"

if [ "$(uname -m)" != x86_64 ]; then
    give_up "it is written for an x86-64 machine"
fi
root=$scratch/root
make --silent --no-print-directory install TARGET=x86_64-unknown-linux-musl DESTDIR="$root" PREFIX=/usr
expect_equal "what is installed for musl, beside the manual" \
    "bin/zinitctl include/zinit.h lib/libzinit_client.a lib/pkgconfig/zinit-client.pc" \
    "$(cd "$root/usr" && find . ! -type d ! -path './share/*' | sed 's|^\./||' | sort | paste -sd ' ')"
expect_equal "zinitctl for musl" "zinitctl $version (libzinit_client $version)" "$("$root/usr/bin/zinitctl" --version)"
expect_equal "libraries that zinitctl needs" "" "$(readelf -d "$root/usr/bin/zinitctl" | grep NEEDED || true)"

# A program as zos builds its own.
(
    cd bindings/go
    # Go takes what pkg-config said of another directory from its cache, unless this variable has changed.
    export CGO_LDFLAGS="-O2 -g -L$root/usr/lib"
    export CC=musl-gcc CGO_ENABLED=1 PKG_CONFIG_LIBDIR=$root/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
    go test -tags zinit_static,netgo,osusergo -ldflags '-linkmode external -extldflags -static' -c -o "$scratch/go.test" ./zinit
)
expect_equal "libraries that the Go program needs" "" "$(readelf -d "$scratch/go.test" | grep NEEDED || true)"
# They wait far more than they work, so three run side by side. What is asked of a daemon is the same as on any C library,
# so they meet one protocol.
c_tests() {
    local third file thirds=('' '' '') number=0
    for file in tests/c/*.c; do
        thirds[number % 3]+=" $(basename "$file" .c)"
        number=$((number + 1))
    done
    for third in 0 1 2; do
        # shellcheck disable=SC2086 # one word a file
        CC=musl-gcc tests/c/run.sh --static "$root/usr/lib" ${thirds[third]} >"$scratch/c-tests.$third" 2>&1 &
        thirds[third]=$!
    done
    for third in 0 1 2; do
        wait "${thirds[third]}" || fail "the tests in C on musl"
        cat "$scratch/c-tests.$third"
    done
}

programs() {
    [ "$protocol" = json-rpc ] || c_tests
    "$scratch/../go.test" -test.run 'Life|Example' || fail "the Go program on musl, $protocol"
}
over_each_protocol programs
