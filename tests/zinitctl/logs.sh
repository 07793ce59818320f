# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# The log.

# logs_have NAME TEXT: until the daemon has kept such a line
logs_have() {
    local attempt
    for ((attempt = 0; attempt < 400; attempt++)); do
        ! "$zinitctl" "${reach[@]}" logs "$1" 2>&1 | grep -qxF -- "$2" || return 0
        sleep 0.05
    done
    give_up "the log of $1 has no line $2: $("$zinitctl" "${reach[@]}" logs "$1" 2>&1)"
}

test_logs() {
    local logs status=0 start='------------ [start] ------------'
    printf '#!/bin/sh\necho one; echo two >&2; sleep 0.2; printf "\\033[1mthree\\n"; echo four\n' >"$scratch/talks"
    chmod +x "$scratch/talks"
    printf 'exec: %s\noneshot: true\n' "$scratch/talks" >"$daemon_config/talks.yaml"
    printf 'exec: sh -c "echo tested"\ntest: echo passed\n' >"$daemon_config/tested.yaml"
    run 0 monitor talks
    logs_have talks four
    run 0 logs talks
    expect_equal "logs: the first line" "$start" "$(head -n 1 <<<"$out")"
    expect_equal "logs: all lines" "5" "$(wc -l <<<"$out")"
    run 0 logs talks -n 2
    expect_out $'\e[1mthree\nfour'
    run 0 logs --lines=1 talks
    expect_out four
    run 0 logs talks -n 0
    expect_out ""
    run 0 monitor tested
    logs_have tested passed
    run 0 logs
    out_has '^talks: four$'
    out_has '^tested: passed$'

    # In colour on a terminal, to which a service's output does nothing.
    on_terminal 0 logs talks
    out_has $'^\e\\[36m-+ \\[start\\] -+\e\\[0m\r$'
    out_has $'^one\r$'
    out_has $'^\e\\[31mtwo\e\\[0m\r$'
    out_has $'^\\\\x1b\\[1mthree\r$'
    on_terminal 0 logs tested
    out_has $'^\e\\[34mpassed\e\\[0m\r$'
    NO_COLOR=1 on_terminal 0 logs talks
    out_has $'^two\r$'

    # Followed: until Ctrl-C or SIGTERM, or until nobody reads it.
    on_terminal 0 --interrupt 'four' logs -n 1 -f talks
    "$zinitctl" "${reach[@]}" logs -f -n 1 talks >"$scratch/watch" 2>"$scratch/err" &
    logs=$!
    watch_has '^four$'
    run 0 start talks
    watch_has '^one$'
    wait_for_signals $logs
    kill -TERM $logs
    wait $logs || status=$?
    expect_equal "exit status of logs" 0 $status
    expect_equal "stderr of logs" "" "$(cat "$scratch/err")"
    (set -o pipefail; "$zinitctl" "${reach[@]}" logs --follow talks 2>"$scratch/err" | head -n 1) >"$scratch/out" ||
        fail "logs in a pipe that is closed: status $?"
    expect_equal "stderr of logs" "" "$(cat "$scratch/err")"
    expect_equal "logs in a pipe that is closed" "$start" "$(cat "$scratch/out")"
    take_away talks tested

    run 3 logs nosuch
    err_has '"nosuch"'
    run 2 logs a/b
    run 2 logs -n x
    run 2 logs -n -1
    run 2 logs -n ""
    run 2 watch -f
    run 2 list --lines 3
}
