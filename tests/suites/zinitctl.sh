#!/usr/bin/env bash
# suite: zinitctl over each protocol, each subcommand and option, its messages and its exit status
# seconds: 300
# needs: cc jq python3 tmux
. "$(dirname "$0")/../lib/suite.sh"

reach=()
out=
err=

# run EXIT-STATUS ARGUMENT...: leaves what it wrote in `out` and `err`; input comes from stdin
run_bare() {
    local expected=$1 status=0
    shift
    "$zinitctl" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
    out=$(cat "$scratch/out")
    err=$(cat "$scratch/err")
    [ $status = "$expected" ] || fail "zinitctl $*: exit status $status, expected $expected; $err"
    # A message is for people, and says who speaks; success is silent on stderr.
    if [ $status = 0 ]; then
        expect_equal "zinitctl $*: stderr" "" "$err"
    elif [ -n "$err" ] && [ "${err#zinitctl: }" = "$err" ]; then
        fail "zinitctl $*: the message does not begin with zinitctl: $err"
    fi
}
run() {
    local expected=$1
    shift
    run_bare "$expected" "${reach[@]}" "$@"
}
expect_out() {
    expect_equal "${FUNCNAME[1]}: stdout" "$1" "$out"
}
out_has() {
    grep -qE -- "$1" <<<"$out" || fail "expected /$1/ in stdout:"$'\n'"$out"
}
err_has() {
    grep -qE -- "$1" <<<"$err" || fail "expected /$1/ in stderr:"$'\n'"$err"
}
# wait_for NAME PATTERN: until a line of its status is like that
wait_for() {
    local attempt
    for ((attempt = 0; attempt < 1200; attempt++)); do
        if "$zinitctl" "${reach[@]}" status "$1" 2>&1 | grep -qE "$2"; then
            return 0
        fi
        sleep 0.05
    done
    give_up "$1 did not get to /$2/: $("$zinitctl" "${reach[@]}" status "$1" 2>&1)"
}

# with_patient_daemon COMMAND...: with a daemon that leaves it to zinitctl to kill what does not stop. One that speaks
# JSON-RPC does so half a second after the stop signal, so that it depends on the machine what is seen before.
with_patient_daemon() {
    if [ "$protocol" = line ]; then
        "$@"
        return
    fi
    daemon_stop
    ZINIT_TESTBED_KILL_AFTER=100000 daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
    "$@"
    daemon_stop
    daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
}

# Takes the services away again, whatever state they are in. zinit 0.3 takes out the last one in its list alone; there,
# each test has a daemon of its own.
take_away() {
    [ "$protocol" != zinit-0.3 ] || return 0
    "$zinitctl" "${reach[@]}" destroy --timeout 0 "$@" >"$scratch/out" 2>&1 || fail "destroy $*: $(cat "$scratch/out")"
}

wait_for_file() {
    local attempt
    for ((attempt = 0; attempt < 1200; attempt++)); do
        [ ! -e "$1" ] || return 0
        sleep 0.05
    done
    give_up "there is no $1"
}

pid_in_status() {
    "$zinitctl" "${reach[@]}" status "$1" | grep '^pid'
}

# on_terminal EXIT-STATUS ARGUMENT...: leaves in `out` what is written to the terminal. Options of on-terminal come first.
on_terminal() {
    local expected=$1 status=0 options=()
    shift
    while [[ $1 = --* ]]; do
        options+=("$1" "$2")
        shift 2
    done
    tests/lib/on-terminal "${options[@]}" "$zinitctl" "${reach[@]}" "$@" >"$scratch/out" 2>&1 || status=$?
    out=$(cat "$scratch/out")
    [ $status = "$expected" ] || fail "zinitctl $* on a terminal: exit status $status, expected $expected; $out"
}

# wait_for_signals PROCESS: until it has a handler for SIGTERM
wait_for_signals() {
    local attempt caught
    for ((attempt = 0; attempt < 1200; attempt++)); do
        # Before it is zinitctl, it is a shell, which has handlers of its own.
        if [ "$(cat "/proc/$1/comm")" = zinitctl ]; then
            caught=$(sed -n 's/^SigCgt:[ \t]*//p' "/proc/$1/status")
            (((0x$caught & 1 << 14) == 0)) || return 0
        fi
        sleep 0.02
    done
    give_up "process $1 does not catch SIGTERM"
}

# watch_has PATTERN: until the watch that writes to $scratch/watch has written such a line
watch_has() {
    local attempt
    for ((attempt = 0; attempt < 1200; attempt++)); do
        ! grep -sqE -- "$1" "$scratch/watch" || return 0
        sleep 0.05
    done
    give_up "watch does not print /$1/: $(cat "$scratch/watch")"
}

# The tests, by theme. ZINITCTL_THEMES="query names" runs some of them. The last theme starts other daemons.
themes=()
for theme in tests/zinitctl/*.sh; do
    # shellcheck source=/dev/null # one for each theme
    . "$theme"
    themes+=("$(basename "$theme" .sh)")
done
if [ -n "${ZINITCTL_THEMES-}" ]; then
    read -ra themes <<<"$ZINITCTL_THEMES"
fi
mapfile -t themes < <(printf '%s\n' "${themes[@]}" | awk '$0 == "system" { last = $0; next } { print } END { if (last) print last }')

# What an older daemon does not have: zinit 0.2.NUMBER has it.
declare -A since=([test_logs]=14 [test_logs_of_several_services]=14 [test_logs_side_by_side]=14 [test_logs_that_are_searched]=14
    [test_logs_as_json]=14 [test_shutdown_and_reboot]=9)
for test in test_exit_statuses test_quiet_everywhere test_document_of_each_exit_status; do
    since[$test]=14
done

# In the order in which they stand in their files.
zinitctl_tests() {
    local test tests why
    daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
    reach=(--socket "$daemon_socket" --config-dir "$daemon_config" --zinit-binary "$ZINIT_BIN")
    mapfile -t tests < <(for theme in "${themes[@]}"; do
        sed -n 's/^\(test_[a-z_]*\)() {$/\1/p' "tests/zinitctl/$theme.sh"
    done)
    for test in "${tests[@]}"; do
        echo "$test"
        if [ "$protocol" = zinit-0.3 ]; then
            if why=$(exception zinitctl "$test"); then
                echo "ok $test (skipped: $why)"
                continue
            fi
            daemon_stop
            rm -rf "$scratch/daemon"
            daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
        elif ! daemon_is_since "$ZINIT_BIN" "${since[$test]:-0}"; then
            echo "skipped: $test: it needs zinit 0.2.${since[$test]}"
            continue
        fi
        $test
    done
}
over_each_protocol zinitctl_tests
