# shellcheck shell=bash
# A daemon in a directory of its own, for the demo and the tests.

daemon_pid=
daemon_directory=

# daemon_start ZINIT ZINITCTL DIRECTORY: sets daemon_socket and daemon_config, and returns once the daemon answers.
daemon_start() {
    local zinit=$1 zinitctl=$2 attempt
    daemon_directory=$3
    daemon_socket=$daemon_directory/zinit.sock
    daemon_config=$daemon_directory/services
    mkdir -p "$daemon_config"
    # By this variable daemon_stop finds every process of it, those that ignore signals and have left it included.
    ZINIT_TEST_DAEMON=$daemon_directory setsid "$zinit" -s "$daemon_socket" init -c "$daemon_config" --container \
        >"$daemon_directory/daemon.log" 2>&1 </dev/null &
    daemon_pid=$!
    # A minute, and more where the machine is busy.
    for ((attempt = 0; attempt < 1200; attempt++)); do
        if "$zinitctl" --socket "$daemon_socket" list >/dev/null 2>&1; then
            return 0
        fi
        kill -0 "$daemon_pid" 2>/dev/null || break
        sleep 0.05
    done
    printf 'the daemon %s does not answer; its log:\n' "$zinit" >&2
    cat "$daemon_directory/daemon.log" >&2
    return 1
}

# scripted_start SOCKET SCRIPT LOG: the daemon that misbehaves on purpose. Sets scripted_pid, and returns once it listens.
# LOG has what it says.
scripted_start() {
    # Of one before.
    rm -f "$1" "$3"
    "$ZINIT_SCRIPTED" "$1" "$2" >"$3" 2>&1 </dev/null &
    scripted_pid=$!
    until grep -qs '^ready' "$3"; do
        if ! kill -0 "$scripted_pid" 2>/dev/null; then
            printf 'the scripted daemon has ended; it said:\n' >&2
            cat "$3" >&2
            return 1
        fi
        sleep 0.02
    done
}

# daemon_is_since ZINIT PATCH: whether the daemon is zinit 0.2.PATCH or a later one.
daemon_is_since() {
    local patch
    patch=$("$1" -V | sed -n 's/^zinit v0\.2\.\([0-9]*\).*/\1/p')
    [ "${patch:-0}" -ge "$2" ]
}

# Ends the daemon and all that it started. Does nothing if there is none.
daemon_stop() {
    local process
    [ -n "$daemon_pid" ] || return 0
    # First the daemon, so that nothing is started any more.
    kill -KILL "$daemon_pid" 2>/dev/null || true
    wait "$daemon_pid" 2>/dev/null || true
    for process in /proc/[0-9]*; do
        if grep -qzFx "ZINIT_TEST_DAEMON=$daemon_directory" "$process/environ" 2>/dev/null; then
            kill -KILL "${process#/proc/}" 2>/dev/null || true
        fi
    done
    daemon_pid=
}
