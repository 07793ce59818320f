#!/usr/bin/env bash
# suite: the static library, in each kind of program, beside another Rust library, in a shared object, and alone in a root
# seconds: 30
# needs: gcc g++ clang pkg-config rustc nm readelf
. "$(dirname "$0")/../lib/suite.sh"

archive=$prefix/lib/libzinit_client.a
declared=$(grep -v '^ \*' include/zinit.h | grep -o '\<zinit_[a-z0-9_]*(' | tr -d '(' | sort)
expect_equal "global names in libzinit_client.a" "$declared" "$(nm -g --defined-only "$archive" | sed -n 's/.* T //p' | sort)"

# Where -lzinit_client can only mean the static library.
mkdir "$scratch/static"
cp "$archive" "$scratch/static"
link() { # link OUTPUT COMPILER ARGUMENT...: by pkg-config, statically
    local output=$1 compiler=$2
    shift 2
    # shellcheck disable=SC2046 # pkg-config gives several words
    "$compiler" "${strict[@]}" -o "$output" "$@" $(pkg_config --cflags zinit-client) \
        -L"$scratch/static" $(pkg_config --static --libs-only-l zinit-client)
}

daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
printf 'exec: sleep 1000\n' >"$daemon_config/sleeper.yaml"
"$zinitctl" --socket "$daemon_socket" monitor sleeper

lists() { # lists PROGRAM: whether it works without the shared library
    env -u LD_LIBRARY_PATH "$@" "$daemon_socket" | grep '^sleeper ' >/dev/null
}

for compiler in gcc clang; do
    for kind in "" -pie -no-pie -static -static-pie; do
        read -ra flags <<<"$kind"
        # clang makes other code for -pie than gcc does, unless it is told.
        [[ $kind != *pie ]] || [ "$kind" = -no-pie ] || flags+=(-fPIE)
        if link "$scratch/list" $compiler -std=c99 "${flags[@]}" examples-c/list.c && lists "$scratch/list"; then
            echo "$compiler $kind: lists"
        else
            fail "$compiler $kind"
        fi
    done
    expect_equal "$compiler -static-pie: libraries needed" "" "$(readelf -d "$scratch/list" | grep NEEDED || true)"
done

# Each has a panic machinery of its own, and C++ a third one.
for order in "first second" "second first"; do
    rustc --edition 2024 -O --crate-type staticlib -o "$scratch/static/libsecond.a" tests/static/second.rs
    libraries=()
    for library in $order; do
        [ "$library" = first ] && libraries+=("$archive") || libraries+=("$scratch/static/libsecond.a")
    done
    for kind in "" -static; do
        read -ra flags <<<"$kind"
        # -static warns of what the standard library of the second one names.
        # shellcheck disable=SC2046 # pkg-config gives several words
        if g++ "${strict[@]}" "${flags[@]}" -o "$scratch/beside" tests/static/beside.cpp "${libraries[@]}" \
            $(pkg_config --cflags zinit-client) -lpthread -ldl -lm 2>"$scratch/said"; then
            expect_equal "beside a second Rust library, $order $kind" "caught 1 caught 2 listed" \
                "$("$scratch/beside" "$daemon_socket" 2>&1)"
        else
            fail "beside a second Rust library, $order $kind: $(cat "$scratch/said")"
        fi
    done
done

# A shared object that contains the library exports only its own names.
# shellcheck disable=SC2046 # pkg-config gives several words
gcc "${strict[@]}" -shared -fPIC -o "$scratch/libplugin.so" tests/static/plugin.c $(pkg_config --cflags zinit-client) "$archive"
expect_equal "names that an embedding shared object exports" plugin_version \
    "$(nm -D --defined-only "$scratch/libplugin.so" | sed 's/.* T //')"
expect_equal "its libraries" "" "$(readelf -d "$scratch/libplugin.so" | sed -n 's/.*NEEDED.*\[\(.*zinit.*\)\]/\1/p')"

# In a directory that has the C library and nothing else.
root=$scratch/root
mkdir -p "$root/run"
link "$root/list" gcc -std=c99 -static-libgcc examples-c/list.c
while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp "$library" "$root$library"
done < <(ldd "$root/list" | grep -o '/[^ ]*')
expect_equal "libraries beside the C library" "" "$(find "$root" -name '*.so*' | grep -vE '/(ld-linux[^/]*|libc|libm)\.so' || true)"
in_root=(chroot)
[ "$(id -u)" = 0 ] || in_root=(unshare --map-root-user chroot)
if "${in_root[@]}" "$root" /list /run/nosuch 2>"$scratch/said"; then
    fail "there is no daemon, but the list in a root of its own is done"
fi
grep -q 'no zinit daemon answers at /run/nosuch' "$scratch/said" || fail "in a root of its own: $(cat "$scratch/said")"
