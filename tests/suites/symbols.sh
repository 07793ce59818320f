#!/usr/bin/env bash
# suite: the library exports what the header declares and nothing else, and versions agree
# needs: gcc nm readelf pkg-config git
. "$(dirname "$0")/../lib/suite.sh"

library=$prefix/lib/libzinit_client.so
header=$prefix/include/zinit.h
abi=$(sed -n 's/^#define ZINIT_ABI_VERSION \([0-9]*\)$/\1/p' "$header")

exported=$(nm -D --defined-only "$library" | awk '{print $3}' | sort)
declared=$(gcc -E -P "$header" | grep -o '\bzinit_[a-z0-9_]* *(' | tr -d ' (' | sort)
expect_equal "functions declared in zinit.h, and exported ones" "$declared" "$exported"
[ "$(wc -l <<<"$exported")" -gt 50 ] || fail "there are hardly any functions"

expect_equal SONAME "libzinit_client.so.$abi" \
    "$(readelf -d "$library" | sed -n 's/.*Library soname: \[\(.*\)\]/\1/p')"
readelf -d "$library" | grep -q 'Flags:.*NODELETE' || fail "the library is not linked with -z nodelete"
expect_equal "libraries needed" "" "$(readelf -d "$library" | sed -n 's/.*Shared library: \[\(.*\)\]/\1/p' |
    grep -vE '^(libc\.so\.6|libgcc_s\.so\.1|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2|ld-linux.*)$' || true)"

expect_equal "version of pkg-config" "$version" "$(pkg_config --modversion zinit-client)"
expect_equal "ZINIT_VERSION_STRING" "#define ZINIT_VERSION_STRING \"$version\"" \
    "$(grep '^#define ZINIT_VERSION_STRING' "$header")"
expect_equal "ZINIT_VERSION_MAJOR, _MINOR and _PATCH" "${version%%-*}" \
    "$(for part in MAJOR MINOR PATCH; do sed -n "s/^#define ZINIT_VERSION_$part \([0-9]*\)$/\1/p" "$header"; done | paste -sd .)"
expect_equal "zinitctl --version" "zinitctl $version (libzinit_client $version)" "$("$zinitctl" --version)"

# The header is written by build.rs and committed; what a build writes must be what is committed.
cmp include/zinit.h "$header" || fail "the installed header is not include/zinit.h"
[ ! -e .git ] || git diff --exit-code -- include/zinit.h || fail "include/zinit.h is not committed as the build writes it"
