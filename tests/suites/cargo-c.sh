#!/usr/bin/env bash
# suite: cargo cinstall of cargo-c lays down the same files as make install, all but zinitctl and the manual
# seconds: 60
# needs: cargo-cinstall make cc pkg-config nm readelf
. "$(dirname "$0")/../lib/suite.sh"

at=/opt/zinit
by_make=$scratch/make$at
by_cargo=$scratch/cargo$at
make_install DESTDIR="$scratch/make" PREFIX=$at
# What is laid down does not depend on how it is optimised; so it is quick.
CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo cinstall --locked --destdir "$scratch/cargo" --prefix $at --libdir lib --target-dir build/cargo-c/library ||
    give_up "cargo cinstall"

tree() { # every file and link below a directory, with its mode
    (cd "$1" && find . ! -type d -printf '%M %P -> %l\n' | sed 's/ -> $//' | sort)
}
# It installs libraries: the command, with its man page, completion and schema, is C; awk writes section 3 of the manual.
expect_equal "files by make install and not by cargo cinstall" "bin/zinitctl
share/bash-completion/completions/zinitctl
share/fish/vendor_completions.d/zinitctl.fish
share/man/man1/zinitctl.1
share/man/man3/*
share/zinitctl/zinitctl.schema.json
share/zsh/site-functions/_zinitctl" "$(comm -23 <(tree "$by_make") <(tree "$by_cargo") | cut -d ' ' -f 2- |
    sed 's#^share/man/man3/.*#share/man/man3/*#' | sort -u)"
expect_equal "files by cargo cinstall and not by make install" "" \
    "$(comm -13 <(tree "$by_make") <(tree "$by_cargo"))"

for file in include/zinit.h share/zinit-client/zinit_cdef.h; do
    cmp "$by_make/$file" "$by_cargo/$file" || fail "$file differs"
done

soname() {
    readelf -d "$1/lib/libzinit_client.so" | grep -E 'SONAME|FLAGS|NEEDED' | sed 's/^ *0x[0-9a-f]* *//'
}
expect_equal "name, flags and libraries of the shared library" "$(soname "$by_make")" "$(soname "$by_cargo")"
exported() {
    nm -D --defined-only "$1/lib/libzinit_client.so" | awk '{ print $2, $3 }' | sort
}
expect_equal "names that the shared library exports" "$(exported "$by_make")" "$(exported "$by_cargo")"

asked() { # asked ROOT QUESTION...: pkg-config, of the files below there
    PKG_CONFIG_LIBDIR=$1/lib/pkgconfig pkg-config "${@:2}" zinit-client
}
for question in --modversion --cflags --libs --variable=prefix --variable=libdir --variable=includedir; do
    expect_equal "pkg-config $question" "$(asked "$by_make" $question)" "$(asked "$by_cargo" $question)"
done
expect_equal "name and description" "$(grep -E '^(Name|Description):' "$by_make/lib/pkgconfig/zinit-client.pc")" \
    "$(grep -E '^(Name|Description):' "$by_cargo/lib/pkgconfig/zinit-client.pc")"
# cargo-c names what the compiler adds by itself, too; -lgcc_s is not for -static.
expect_equal "pkg-config --static --libs" "$(asked "$by_make" --static --libs)" \
    "$(asked "$by_cargo" --static --libs | sed 's/ -lgcc_s\>//; s/ -lc\>//')"

# Programs work with both of its libraries.
daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
printf 'exec: sleep 1000\n' >"$daemon_config/sleeper.yaml"
"$zinitctl" --socket "$daemon_socket" monitor sleeper
flags=()
read -ra flags < <(PKG_CONFIG_SYSROOT_DIR=$scratch/cargo asked "$by_cargo" --cflags --libs)
cc -std=c99 "${strict[@]}" -o "$scratch/shared" examples-c/list.c "${flags[@]}"
LD_LIBRARY_PATH=$by_cargo/lib "$scratch/shared" "$daemon_socket" | grep '^sleeper ' || fail "a program with the shared library"
mkdir "$scratch/static"
cp "$by_cargo/lib/libzinit_client.a" "$scratch/static"
read -ra flags < <(PKG_CONFIG_SYSROOT_DIR=$scratch/cargo asked "$by_cargo" --static --cflags --libs-only-l)
cc -std=c99 "${strict[@]}" -o "$scratch/alone" examples-c/list.c -L"$scratch/static" "${flags[@]}"
env -u LD_LIBRARY_PATH "$scratch/alone" "$daemon_socket" | grep '^sleeper ' || fail "a program with the static library"
