# shellcheck shell=bash
# What a test suite begins with. A suite is an executable script tests/suites/NAME.sh with a head such as
#
#     #!/usr/bin/env bash
#     # suite: what it shows, in one line
#     # needs: gcc valgrind
#     . "$(dirname "$0")/../lib/suite.sh"
#
# A suite that takes long says so with `# seconds: N`, for these begin first. `needs` are tools without which it is
# skipped, in one line or several; need-tools knows where they come from. It fails by its exit status.
# tests/run has built everything before, and has set ZINIT_BIN, ZINIT_TESTBED and ZINIT_SCRIPTED.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# What zinitctl takes from its caller's environment.
unset ZINIT_SOCKET ZINIT_CONFIG_DIR ZINIT_BINARY

# shellcheck disable=SC2034 # for the suites
{
    stage=$PWD/build/stage
    prefix=$stage/usr/local
    zinitctl=$prefix/bin/zinitctl
    zinit_jsonrpc=${ZINIT_JSONRPC_BIN:-$PWD/tests/lib/zinit-jsonrpc}
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
    strict=(-Wall -Wextra -Wpedantic -Werror)
    valgrind=(valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=all
        --errors-for-leak-kinds=all --child-silent-after-fork=yes)
}
. tests/lib/daemon.sh

failures=0

# Notes a failure and goes on.
fail() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$*"
}

# skip WHAT WHY: says that a part of the suite is left out, for want of something that another machine has. What depends
# on the daemon says "skipped:" instead.
skip() {
    printf 'skipped here: %s: %s\n' "$1" "$2"
    [ "${CI-}" != true ] || fail "nothing may be skipped when CI=true"
}

# Ends the suite at once.
give_up() {
    printf 'FAILED: %s\n' "$*"
    exit 1
}

# expect_equal WHAT EXPECTED ACTUAL
expect_equal() {
    [ "$2" = "$3" ] || fail "$1: expected"$'\n'"$2"$'\n'"but got"$'\n'"$3"
}

# figure NAME NUMBER: what the suite has counted, such as "calls" 1432. They stand in build/figures/SUITE, from which
# `make reliability` takes them. A suite that attacks the library takes a small part of its attacks, and with LONG=1 all.
figures=build/figures/$(basename "$0" .sh)
mkdir -p build/figures
rm -f "$figures"
figure() {
    printf '%s\t%s\n' "$1" "$2" >>"$figures"
}

# A directory that is removed at the end. Short, because a socket's path may have 107 bytes.
suite_directory=$(mktemp -d "${TMPDIR:-/tmp}/zinit-test.XXXXXX")
scratch=$suite_directory

# over_each_protocol FUNCTION: calls it with the testbed in ZINIT_BIN, and again with one that speaks JSON-RPC, which is
# ZINIT_JSONRPC_BIN if that is set. A ZINIT_BIN that was given is tested alone, unless it speaks the line protocol and
# ZINIT_JSONRPC_BIN was given, too. The function finds what the daemon speaks in `protocol`, line or json-rpc, and a
# directory of that run in `scratch`. The suite zinit-0.3 gives its daemon, and `protocol` is zinit-0.3 then.
over_each_protocol() {
    local daemons=("$ZINIT_BIN")
    if [ "$ZINIT_BIN" = "$(realpath "$ZINIT_TESTBED")" ] ||
        { [ -n "${ZINIT_JSONRPC_BIN-}" ] && ! daemon_is_since "$ZINIT_BIN" 15; }; then
        daemons+=("$zinit_jsonrpc")
    fi
    for ZINIT_BIN in "${daemons[@]}"; do
        protocol=line
        ! daemon_is_since "$ZINIT_BIN" 15 || protocol=json-rpc
        [[ $("$ZINIT_BIN" -V) != "zinit v0.3."* ]] || protocol="zinit-0.3"
        printf '\n== a daemon that speaks %s: %s\n' "$protocol" "$("$ZINIT_BIN" -V)"
        scratch=$suite_directory/$protocol
        mkdir "$scratch"
        "$1"
        daemon_stop
    done
    scratch=$suite_directory
}

# exception SUITE CASE: prints why zinit 0.3 cannot do a case, if that is so.
exception() {
    awk -F '\t' -v suite="$1" -v test="$2" '$1 == suite && $2 == test { print $3; found = 1 } END { exit !found }' \
        tests/tables/zinit_0_3_exceptions.txt
}

end_of_suite() {
    local status=$?
    daemon_stop
    rm -rf "$suite_directory"
    if [ $status = 0 ] && [ $failures != 0 ]; then
        printf '%d checks failed\n' "$failures"
        status=1
    fi
    exit $status
}
trap end_of_suite EXIT
trap 'exit 1' INT TERM

# pkg_config ARGUMENT...: of the staged library and no other
pkg_config() {
    PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage pkg-config "$@"
}

# make_install ARGUMENT...: in this tree, and never while another suite does it. Both write what is installed, such as
# zinit-client.pc, in one place.
make_install() {
    flock build make --silent install "$@"
}

# build_c OUTPUT COMPILER SOURCE...: a C program that knows the library by pkg-config only
build_c() {
    local output=$1 compiler=$2
    shift 2
    # shellcheck disable=SC2046 # pkg-config gives several words
    "$compiler" -std=c99 -g "${strict[@]}" -o "$output" "$@" $(pkg_config --cflags --libs zinit-client)
}
