#!/usr/bin/env bash
# suite: a queue of requests under libuv, under valgrind without error or leak
# needs: cc libuv pkg-config valgrind
. "$(dirname "$0")/../lib/suite.sh"

export LD_LIBRARY_PATH=$prefix/lib
daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
"$zinitctl" --socket "$daemon_socket" --config-dir "$daemon_config" start-all web
# shellcheck disable=SC2046 # pkg-config gives several words
cc -std=c99 -D_POSIX_C_SOURCE=200809L -g "${strict[@]}" -o "$scratch/queue" tests/libuv/queue.c \
    $(pkg_config --cflags --libs zinit-client) $(pkg-config --cflags --libs libuv)
timeout 120 "${valgrind[@]}" "$scratch/queue" "$daemon_socket" || fail "it ended with $?"
