# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# The log.

# logs_have NAME TEXT: until the daemon has kept such a line
logs_have() {
    local attempt
    for ((attempt = 0; attempt < 1200; attempt++)); do
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

# A service for each name, whose log is COUNT numbered lines.
counting_services() {
    local count=$1 name
    shift
    for name in "$@"; do
        # shellcheck disable=SC2016 # for another shell
        printf 'exec: sh -c "for i in $(seq %d); do echo %s $i; done"\noneshot: true\n' "$count" "$name" \
            >"$daemon_config/$name.yaml"
        run 0 start-all "$name"
        logs_have "$name" "$name $count"
    done
}

test_logs_side_by_side() {
    local logs start='------------ [start] ------------'
    counting_services 3 ant bee cicada
    # In the order of the daemon's log, and the last ones of each.
    run 0 logs cicada ant
    expect_out "$(printf 'ant: %s\n' "$start" 'ant 1' 'ant 2' 'ant 3'
        printf 'cicada: %s\n' "$start" 'cicada 1' 'cicada 2' 'cicada 3')"
    run 0 logs -n 2 ant cicada
    expect_out $'ant: ant 2\nant: ant 3\ncicada: cicada 2\ncicada: cicada 3'
    run 0 logs -n 2
    expect_out $'cicada: cicada 2\ncicada: cicada 3'
    run 0 logs -n 0 ant bee
    expect_out ""

    # Followed, too, and then what is new, in the same order.
    "$zinitctl" "${reach[@]}" logs -f -n 1 ant bee >"$scratch/watch" 2>"$scratch/err" &
    logs=$!
    watch_has '^bee: bee 3$'
    expect_equal "the last line of each" $'ant: ant 3\nbee: bee 3' "$(cat "$scratch/watch")"
    wait_for_signals $logs
    run 0 start cicada ant
    watch_has '^ant: ant 1$'
    until [ "$(grep -c '^ant: ant 3$' "$scratch/watch")" = 2 ]; do sleep 0.05; done
    kill -TERM $logs
    wait $logs || fail "logs -f of several services: status $?"
    expect_equal "lines of each service" "4 ant
1 bee" "$(grep -v start "$scratch/watch" | sed 's/:.*//' | sort | uniq -c | sed 's/^ *//')"
    expect_equal "stderr of logs" "" "$(cat "$scratch/err")"

    # On a terminal each name has a colour, the same each time, and the lines begin in one column.
    on_terminal 0 logs -n 1 ant cicada
    out_has $'^\e\\[[0-9]+mant    \\|\e\\[0m ant 3\r$'
    out_has $'^\e\\[[0-9]+mcicada \\|\e\\[0m cicada 3\r$'
    grep -o $'^\e\\[[0-9]*mant' <<<"$out" >"$scratch/colour"
    on_terminal 0 logs ant bee
    grep -qF "$(cat "$scratch/colour")" <<<"$out" || fail "another colour: $out"
    NO_COLOR=1 on_terminal 0 logs -n 1 ant cicada
    expect_equal "logs without colour" $'ant    | ant 3\ncicada | cicada 3' "$(tr -d '\r' <<<"$out" | sort)"
    take_away ant bee cicada
}

test_logs_that_are_searched() {
    local logs
    counting_services 12 ant bee
    run 0 logs ant --grep '1[02]$'
    expect_out $'ant 10\nant 12'
    # The last ones of those that match.
    run 0 logs ant bee --grep 't 1|E 2' -n 1
    expect_out 'ant: ant 12'
    run 0 logs ant bee -i --grep 't 1$|E 2' -n 1
    expect_out $'ant: ant 1\nbee: bee 2'
    run 0 logs --grep nothing
    expect_out ""
    run 2 logs --ignore-case ant
    err_has "option '--ignore-case' needs '--grep'"
    run 2 logs --grep '(' ant
    err_has "^zinitctl: '\(' is not a pattern for option '--grep': "
    expect_out ""
    run 2 logs --since 10m ant
    err_has "zinit does not tell when a line of its log was printed$"
    on_terminal 0 logs -n 1 --grep '[0-9]' ant
    expect_equal "what is found stands out" $'ant \e[1;31m1\e[0m\e[1;31m2\e[0m' "$(tr -d '\r' <<<"$out")"
    # A match of nothing ends, too.
    on_terminal 0 logs -n 1 --grep 'x*' ant
    expect_equal "a match of nothing" 'ant 12' "$(tr -d '\r' <<<"$out")"

    "$zinitctl" "${reach[@]}" logs -f -n 1 --grep ' 3$' ant >"$scratch/watch" 2>"$scratch/err" &
    logs=$!
    watch_has '^ant 3$'
    wait_for_signals $logs
    run 0 start ant
    until [ "$(grep -c . "$scratch/watch")" = 2 ]; do sleep 0.05; done
    kill -TERM $logs
    wait $logs || fail "logs -f --grep: status $?"
    expect_equal "lines that were found" $'ant 3\nant 3' "$(cat "$scratch/watch")"
    take_away ant bee
}

test_logs_as_json() {
    printf '#!/bin/sh\nprintf "a\\033\\"\\n"; echo b >&2; head -c 70000 /dev/zero | tr "\\0" x; echo\n' >"$scratch/talks"
    chmod +x "$scratch/talks"
    printf 'exec: %s\noneshot: true\n' "$scratch/talks" >"$daemon_config/talks.yaml"
    run 0 monitor talks
    # The two outputs come in any order.
    logs_have talks b
    until "$zinitctl" "${reach[@]}" logs --json talks | grep -q '"truncated": true'; do sleep 0.05; done
    run 0 logs --json talks
    python3 - "$scratch/out" <<'PYTHON' || fail "logs --json: ${out:0:500}"
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert all(set(line) == {"service", "source", "text", "truncated"} for line in lines), lines
assert all(line["service"] == "talks" for line in lines)
found = {(line["source"], line["text"][:5], line["truncated"]) for line in lines}
assert ("stdout", 'a\x1b"', False) in found and ("stderr", "b", False) in found, found
assert ("start", "-----", False) in found and ("stdout", "xxxxx", True) in found, found
PYTHON
    validate log_line <"$scratch/out" || fail "logs --json: ${out:0:500}"
    take_away talks
}
