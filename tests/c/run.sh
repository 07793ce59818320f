#!/usr/bin/env bash
# Builds and runs the tests in C.
#
#     tests/c/run.sh [--valgrind | --helgrind | --sanitizer KIND RUNTIME | --static] LIBDIR [SUITE...]
#     tests/c/run.sh --build DIRECTORY HEADER LIBDIR SUITE...
#
# --build leaves the programs in DIRECTORY and runs none. They are built with that zinit.h, which may be of another release.
#
# Each file tests/c/*.c is a suite: a program of its own. What they share is in tests/c/support/, all of it. A suite in a
# directory, such as stress/stress, runs only where it is named.
#
# LIBDIR has libzinit_client.so, or, for --static, libzinit_client.a; a SUITE is a file here without its .c. CC is the
# compiler. ZINIT_BIN is the daemon to test with, ZINIT_SCRIPTED the one that misbehaves: by default those that
# `cargo build -p zinit-testbed` made. CASES are those cases of a SUITE that are run, by default all.
# ZINIT_TEST_RUNNER is a command that runs the tests on an emulated processor; they and the library are built for that.
#
# KIND is address or thread. RUNTIME is the archive of that sanitizer's functions that belongs to the compiler of the
# library, which was built with it, too, and with `--cfg zinit_deliberate_faults`: first each of these faults has to be
# reported. After that a report fails the suite, whatever process it comes from.
#
# The last thing printed is why each failing case failed, behind all that valgrind has to say.
set -euo pipefail
cd "$(dirname "$0")/../.."

valgrind=()
sanitizer=
runtime=()
built=
header=include/zinit.h
static=()
library=libzinit_client.so
if [ "${1-}" = --valgrind ]; then
    # Each case is a process of its own, which ends with 99 where valgrind found something.
    valgrind=(valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=all
        --errors-for-leak-kinds=all --suppressions=tests/c/support/unloading.supp)
    # For cases that would take too long, or that look at what valgrind changes.
    export ZINIT_TEST_VALGRIND=1
    shift
elif [ "${1-}" = --helgrind ]; then
    valgrind=(valgrind --tool=helgrind --quiet --error-exitcode=99 --suppressions=tests/c/support/helgrind.supp)
    export ZINIT_TEST_VALGRIND=1
    shift
elif [ "${1-}" = --sanitizer ]; then
    sanitizer=$2
    # The library looks for its functions in the program.
    runtime=("-Wl,--whole-archive" "$3" "-Wl,--no-whole-archive" "-Wl,--export-dynamic" -ldl -lm -lrt)
    # As for valgrind.
    export ZINIT_TEST_VALGRIND=1
    shift 3
elif [ "${1-}" = --static ]; then
    static=(-static)
    library=libzinit_client.a
    shift
elif [ "${1-}" = --build ]; then
    built=$(realpath "$2")
    header=$3
    shift 3
fi
read -ra runner <<<"${ZINIT_TEST_RUNNER-}"
read -ra cases <<<"${CASES-}"
if [ ${#runner[@]} != 0 ]; then
    # An emulator is as slow as valgrind, and has memory of its own, too.
    export ZINIT_TEST_VALGRIND=1
    echo "# emulated: the cases of much data run with a hundredth of it, and their memory is not measured"
fi
if [ ! -f "${1-}/$library" ]; then
    echo "usage: tests/c/run.sh [--valgrind | --helgrind | --sanitizer KIND RUNTIME | --static] LIBDIR [SUITE...], where LIBDIR has $library" >&2
    exit 2
fi
libraries=$(realpath "$1")
shift
programs=${CARGO_TARGET_DIR:-target}/debug
ZINIT_BIN=$(realpath "${ZINIT_BIN:-$programs/zinit-testbed}")
ZINIT_SCRIPTED=$(realpath "${ZINIT_SCRIPTED:-$programs/zinit-scripted}")
export ZINIT_BIN ZINIT_SCRIPTED

runs=1
if [ -n "$built" ]; then
    runs=0
else
    built=$(mktemp -d "${TMPDIR:-/tmp}/zinit-c-build.XXXXXX")
    trap 'rm -rf "$built"' EXIT
    trap 'exit 1' INT TERM
fi
# A directory that has this header, and not another one.
mkdir "$built/include"
cp "$header" "$built/include/zinit.h"
# A program asks for the library by its soname.
abi=$(sed -n 's/^#define ZINIT_ABI_VERSION \(.*\)$/\1/p' include/zinit.h)
ln -s "$libraries/libzinit_client.so" "$built/libzinit_client.so.$abi"
export LD_LIBRARY_PATH=$built

suites=("$@")
if [ ${#suites[@]} = 0 ]; then
    mapfile -t suites < <(basename -s .c -a tests/c/*.c)
fi
compile=("${CC:-cc}" -std=c99 -D_POSIX_C_SOURCE=200809L -g -Wall -Wextra -Wundef -Wpedantic -Werror "-I$built/include" -Itests/c/support)
[ -z "$sanitizer" ] || compile+=("-fsanitize=$sanitizer")
objects=()
for source in tests/c/support/*.c; do
    objects+=("$built/support-$(basename "$source" .c).o")
    "${compile[@]}" -c -o "${objects[-1]}" "$source"
done
# Of an archive, a suite gets only the files that it uses, so that one can do without the library.
"${AR:-ar}" -rc "$built/support.a" "${objects[@]}"

# The report of each process is a file there.
reports=$built/report
export TSAN_OPTIONS=exitcode=99:log_path=$reports
export ASAN_OPTIONS=$TSAN_OPTIONS:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1

# expect_report FAULT WORDS...: of the sanitizer, each time that this fault is made
expect_report() {
    local fault=$1 attempt status
    shift
    for attempt in 1 2 3 4 5; do
        status=0
        "$built/deliberate_faults" "$fault" || status=$?
        if [ $status != 99 ] || ! grep -qF -- "$*" "$reports".*; then
            echo "not ok a deliberate fault is reported: $fault, attempt $attempt, exit status $status"
            cat "$reports".* || true
            exit 1
        fi
        # Without llvm-symbolizer it names the library alone. Where a leak was allocated, it may miss the function.
        if [ "$fault" != leak ] && ! grep -qE "^ +#[0-9]+ .*(zinit_fault_$fault|libzinit_client\.so)" "$reports".*; then
            echo "not ok the report names the function of the library that has the fault: $fault"
            cat "$reports".*
            exit 1
        fi
        rm "$reports".*
    done
    echo "ok a deliberate fault is reported, five times of five: $fault"
}

prove_sanitizer() {
    # The compiler's own functions for a sanitizer need not be there.
    "${compile[@]}" -c -o "$built/deliberate_faults.o" tests/c/sanitizers/deliberate_faults.c
    "${CC:-cc}" -o "$built/deliberate_faults" "$built/deliberate_faults.o" -L"$libraries" -lzinit_client -pthread "${runtime[@]}"
    "$built/deliberate_faults" none
    if [ "$sanitizer" = thread ]; then
        expect_report data_race "WARNING: ThreadSanitizer: data race"
        return
    fi
    expect_report use_after_free "ERROR: AddressSanitizer: heap-use-after-free"
    expect_report heap_overflow "ERROR: AddressSanitizer: heap-buffer-overflow"
    expect_report use_after_return "ERROR: AddressSanitizer: stack-use-after-return"
    expect_report leak "ERROR: LeakSanitizer: detected memory leaks"
}
[ -z "$sanitizer" ] || prove_sanitizer

failed=()
for source in "${suites[@]}"; do
    suite=$(basename "$source")
    # This one loads the library by itself.
    link=(-L"$libraries" -lzinit_client -pthread)
    [ "$suite" != unloading ] || link=(-ldl -pthread)
    if [ ${#static[@]} != 0 ] && [[ " unloading interrupted queue " = *" $suite "* ]]; then
        echo "# skipped: $suite: it puts the library, or functions of the C library, into a program that runs"
        continue
    fi
    [ $runs = 0 ] || echo "# $suite"
    "${compile[@]}" -c -o "$built/$suite.o" "tests/c/$source.c"
    "${CC:-cc}" -o "$built/$suite" "$built/$suite.o" "$built/support.a" "${static[@]}" "${link[@]}" "${runtime[@]}"
    [ $runs = 1 ] || continue
    command=("${runner[@]}" "$built/$suite")
    [ ${#valgrind[@]} = 0 ] || command=("${valgrind[@]}" --log-file="$built/valgrind.%p" "$built/$suite")
    status=0
    "${command[@]}" "${cases[@]}" | tee "$built/output" || status=$?
    if compgen -G "$reports.*" >/dev/null; then
        status=99
    fi
    if [ $status != 0 ]; then
        failed+=("$suite")
        # Some are of children that could not run a program, which is what their case is about.
        [ ${#valgrind[@]} = 0 ] || cat "$built"/valgrind.*
        [ -z "$sanitizer" ] || cat "$reports".* 2>/dev/null || true
        grep '^not ok ' "$built/output" >"$built/$suite.reasons" ||
            if [ $status = 99 ]; then
                echo "a child of a case: ended with exit status 99" >"$built/$suite.reasons"
            else
                echo "it did not get to its end" >"$built/$suite.reasons"
            fi
    fi
    rm -f "$built"/valgrind.* "$reports".*
done
for suite in "${failed[@]}"; do
    echo "# $suite failed"
    sed "s/: ended with exit status 99\$/&: ${sanitizer:-valgrind} found an error, which is printed above/" "$built/$suite.reasons"
done
[ ${#failed[@]} = 0 ]
