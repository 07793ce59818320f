# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# Queries: match, status, state.

test_match() {
    echo 'exec: /usr/bin/env sleep 1000' >"$daemon_config/a.yaml"
    echo 'exec: sleep 1000' >"$daemon_config/b.yaml"
    echo 'exec: sleep 2000' >"$daemon_config/c.yaml"
    run 0 start-all c b a
    run 0 match --name b
    expect_out b
    run 0 match --exec env
    expect_out a
    run 0 match --exec=sleep
    expect_out $'b\nc'
    run 0 match --exec-regex '1000$'
    expect_out $'a\nb'
    run 0 match --exec-regex '1000$' --exec sleep --name b
    expect_out b
    run 0 match --name a --name b
    expect_out ""
    # One without a file is no failure.
    rm "$daemon_config/b.yaml"
    run 0 match --exec sleep
    expect_out c
    run 2 match
    err_has condition
    run 2 match --exec-regex '('
    run 2 match --name a/b
    run 2 match a
    run 2 list --name a
    run 2 list --strict
    run_bare 4 --socket "$scratch/no.sock" match --name a
    take_away a b c
}

test_state_and_order() {
    printf 'exec: sh -c "exit 3"\noneshot: true\n' >"$daemon_config/broken.yaml"
    printf 'exec: sleep 1000\nafter: [broken, nosuch]\n' >"$daemon_config/a name with spaces.yaml"
    run 0 monitor broken
    run 0 monitor 'a name with spaces'
    wait_for broken '^exit code: 3$'
    run 0 status 'a name with spaces'
    out_has '^state: blocked by broken, nosuch$'
    out_has '^after: broken is failed \(exit 3\)$'
    out_has '^after: nosuch is unknown$'
    run 0 status --raw 'a name with spaces'
    out_has '^state: Blocked$'
    out_has '^after: broken is Error\(Exited\(Pid\([0-9]+\), 3\)\)$'
    out_has '^after: nosuch is Unknown$'
    # Sorted, a tab between two columns.
    run 0 list
    expect_out $'a name with spaces\tblocked\t-\tup\t-\tbroken, nosuch\nbroken\tfailed (exit 3)\t-\tup\t-\t-'
    for name in broken 'a name with spaces'; do
        run 0 stop "$name"
        wait_for "$name" '^target: down$'
        run 0 forget "$name"
        run 0 remove "$name"
    done
}

test_state() {
    run_bare 0 state 'Error(Exited(Pid(5306), 3))'
    expect_out "kind: Error
reason: Exited(Pid(5306), 3)
exit code: 3
exited: yes"
    run_bare 0 state 'Error(Signaled(Pid(1), SIGSEGV, true))'
    out_has '^signal: SIGSEGV$'
    run_bare 0 state running
    expect_out "kind: Running
exited: no"
    run_bare 2 state '(('
}

test_states_in_words() {
    printf 'exec: sh -c "exit 3"\n' >"$daemon_config/crash.yaml"
    printf 'exec: sh -c "exit 0"\noneshot: true\n' >"$daemon_config/once.yaml"
    printf 'exec: sh -c "exit 0"\n' >"$daemon_config/again.yaml"
    printf 'exec: sh -c "kill -SEGV $$"\noneshot: true\n' >"$daemon_config/segv.yaml"
    printf 'exec: /nonexistent/program\n' >"$daemon_config/failing.yaml"
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/slow.yaml"
    printf 'exec: sleep 1000\nafter: [slow, once]\n' >"$daemon_config/later.yaml"
    printf 'exec: sh -c "trap \\"exit 7\\" TERM; echo > %s/trapped; while :; do sleep 0.1; done"\n' "$scratch" >"$daemon_config/exits.yaml"
    printf 'exec: sh -c "trap \\"\\" TERM; echo > %s/deaf; while :; do sleep 0.1; done"\n' "$scratch" >"$daemon_config/deaf.yaml"
    run 0 monitor '*'
    wait_for crash '^state: crashing \(exit 3\)$'
    wait_for once '^state: done$'
    wait_for again '^state: restarting \(exit 0\)$'
    wait_for segv '^state: failed \(SIGSEGV\)$'
    wait_for failing '^state: failed$'
    wait_for slow '^state: starting$'
    wait_for later '^state: blocked by slow$'
    run 0 stop later
    wait_for later '^state: stopped$'
    wait_for_file "$scratch/trapped"
    run 0 stop exits
    wait_for exits '^state: stopped \(exit 7\)$'
    wait_for_file "$scratch/deaf"
    # The other protocol's daemon sends SIGKILL itself, a second later.
    if [ "$protocol" = line ]; then
        run 0 stop deaf
        wait_for deaf '^state: stopping$'
    fi
    run 0 stop --timeout 0.1 deaf
    wait_for deaf '^state: killed \(SIGKILL\)$'
    run 0 stop slow
    wait_for slow '^state: stopped$'
    take_away crash once again segv failing slow later exits deaf
    rm "$scratch/trapped" "$scratch/deaf"
}

# on_narrow_terminal COLUMNS ARGUMENT...: what a terminal of that width shows, without its line ends
on_narrow_terminal() {
    on_terminal 0 --columns "$@"
    out=$(tr -d '\r' <<<"$out")
}

test_table_on_a_terminal() {
    local long=a-name-that-is-much-longer-than-what-is-usual
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    echo 'exec: sleep 1000' >"$daemon_config/$long.yaml"
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/slow.yaml"
    printf 'exec: sleep 1000\nafter: [slow]\n' >"$daemon_config/later.yaml"
    run 0 monitor '*'
    wait_for web '^state: running$'
    wait_for $long '^state: running$'
    wait_for slow '^state: starting$'
    wait_for later '^state: blocked by slow$'
    NO_COLOR=1 on_narrow_terminal 80 list
    out_has '^NAME   STATE     PID +TARGET  SINCE                AFTER$'
    # One long name makes its own row longer, and no other.
    out_has "^$long  running   [0-9]+ +up      [0-9-]{10} [0-9:]{8}  -$"
    out_has '^later  blocked   - +up      -                    slow$'
    out_has '^web    running   [0-9]+ +up      [0-9-]{10} [0-9:]{8}  -$'
    NO_COLOR=1 on_narrow_terminal 40 list
    out_has '^NAME   STATE     PID +AFTER$'
    out_has '^later  blocked   - +slow$'
    NO_COLOR=1 on_narrow_terminal 10 list
    out_has '^NAME   STATE$'
    out_has "^$long  running$"
    NO_COLOR=1 on_narrow_terminal 80 list --no-header 'web*'
    [[ $out =~ ^web\ +running\ \  ]] || fail "list --no-header: $out"
    on_narrow_terminal 80 list web slow
    out_has $'^web   \e\\[32mrunning\e\\[0m   '
    out_has $'^slow  \e\\[33mstarting\e\\[0m  '
    on_narrow_terminal 80 list web --color=never
    [[ $out != *$'\e'* ]] || fail "list --color=never: $out"
    NO_COLOR=1 on_narrow_terminal 80 list web --color=always
    out_has $'\e\\[32mrunning\e\\[0m'
    run 0 --color always list web
    out_has $'^web\t\e\\[32mrunning\e\\[0m\t'
    run 0 --color auto list web
    out_has $'^web\trunning\t'
    run 2 --color=maybe list
    # When it was started is what the machine says.
    run 0 list web
    expect_equal "SINCE of a service that has just been started" "$(date +%Y)" "$(cut -f 5 <<<"$out" | cut -c 1-4)"
    run 0 list --raw web
    out_has $'^web\tRunning\t[0-9]+\tUp\t'
    take_away web $long slow later
}
