#!/usr/bin/env bash
# suite: the tests in C, under valgrind without error or leak
# needs: gcc pkg-config valgrind
. "$(dirname "$0")/../lib/suite.sh"

# Each tests/c/NAME.c is a program. It finds a daemon of its own, and beside it a directory to write to, in
# ZINIT_TEST_SOCKET, ZINIT_TEST_CONFIG_DIR, ZINIT_TEST_DIR and ZINIT_BIN.
export LD_LIBRARY_PATH=$prefix/lib
for source in tests/c/*.c; do
    [ -f "$source" ] || give_up "there are no tests in tests/c"
    name=$(basename "$source" .c)
    mkdir -p "$scratch/$name"
    if ! build_c "$scratch/$name/test" gcc -D_GNU_SOURCE -pthread "$source"; then
        fail "$source does not compile"
        continue
    fi
    daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/$name"
    ZINIT_TEST_SOCKET=$daemon_socket ZINIT_TEST_CONFIG_DIR=$daemon_config ZINIT_TEST_DIR=$scratch/$name \
        "${valgrind[@]}" "$scratch/$name/test" || fail "$source ends with $?"
    daemon_stop
done
