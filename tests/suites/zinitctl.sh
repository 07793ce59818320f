#!/usr/bin/env bash
# suite: zinitctl, each subcommand and option, its messages and its exit status
# needs: cc
. "$(dirname "$0")/../lib/suite.sh"

daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
reach=(--socket "$daemon_socket" --config-dir "$daemon_config" --zinit-binary "$ZINIT_BIN")
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
    for ((attempt = 0; attempt < 200; attempt++)); do
        if "$zinitctl" "${reach[@]}" status "$1" 2>&1 | grep -qE "$2"; then
            return 0
        fi
        sleep 0.05
    done
    give_up "$1 did not get to /$2/: $("$zinitctl" "${reach[@]}" status "$1" 2>&1)"
}

test_no_service() {
    run 0 list
    expect_out ""
    run 1 exists web
    expect_out "no"
    for subcommand in status start stop forget; do
        run 1 $subcommand web
        err_has '"?web"?'
        err_has 'unknown'
        expect_out ""
    done
    run 1 kill web TERM
    err_has unknown
    run 1 get web
    run 1 load web
    err_has "$daemon_config/web.yaml"
    run 1 monitor web
    run 0 remove web
}

test_life_of_a_service() {
    printf 'exec: sleep 1000\nenv:\n  PORT: 8080\nsurprise: kept\n' >"$scratch/web.yaml"
    run 0 add web "$scratch/web.yaml"
    expect_out ""
    run 0 load web
    out_has '^exec: sleep 1000$'
    out_has 'PORT: .?8080'
    out_has '^surprise: kept$'
    run 1 get web
    run 1 exists web
    run 0 monitor web
    wait_for web '^state: Running$'
    run 0 exists web
    expect_out "yes"
    run 0 list
    expect_out "web  Running"
    run 0 status web
    out_has '^name: web$'
    out_has '^target: Up$'
    out_has '^pid: [1-9][0-9]*$'
    run 0 get web
    out_has '^exec: sleep 1000$'
    run 1 monitor web
    err_has 'already monitored'
    run 1 forget web
    err_has 'is up'

    run 0 kill web 18
    run 0 kill web cont
    run 0 kill web SIGCONT
    run 0 kill web KILL
    wait_for web '^signal: SIGKILL$'
    run 0 status web
    out_has '^state: Error\(Signaled\(Pid\([0-9]+\), SIGKILL, false\)\)$'
    run 1 kill web TERM
    err_has 'is down'

    run 0 stop web
    wait_for web '^pid: 0$'
    run 0 status web
    out_has '^target: Down$'
    run 0 start web
    wait_for web '^state: Running$'
    run 0 stop web
    wait_for web '^pid: 0$'
    run 0 forget web
    run 1 exists web
    run 0 load web
    run 0 remove web
    [ ! -e "$daemon_config/web.yaml" ] || fail "remove left the file"
}

test_standard_input() {
    run 0 add piped - < <(echo 'exec: sleep 1000')
    run 0 load piped
    out_has '^exec: sleep 1000$'
    run 0 remove piped
    run 0 check - < <(echo 'exec: sleep 1')
    expect_out "standard input: valid"
    run 1 check - </dev/null
    err_has 'standard input'
}

test_state_and_order() {
    printf 'exec: sh -c "exit 3"\noneshot: true\n' >"$daemon_config/broken.yaml"
    printf 'exec: sleep 1000\nafter: [broken, nosuch]\n' >"$daemon_config/a name with spaces.yaml"
    run 0 monitor broken
    run 0 monitor 'a name with spaces'
    wait_for broken '^exit code: 3$'
    run 0 status 'a name with spaces'
    out_has '^state: Blocked$'
    out_has '^after: broken is Error\(Exited\(Pid\([0-9]+\), 3\)\)$'
    out_has '^after: nosuch is Unknown$'
    run 0 list
    # Sorted, and the states in one column.
    expect_equal "list" "a name with spaces  Blocked
broken              Error(Exited(Pid(" "${out%%[0-9]*}"
    for name in broken 'a name with spaces'; do
        run 0 stop "$name"
        wait_for "$name" '^target: Down$'
        run 0 forget "$name"
        run 0 remove "$name"
    done
}

test_definitions_refused() {
    printf 'exec: ""\n' >"$scratch/empty.yaml"
    run 1 check "$scratch/empty.yaml"
    err_has "^zinitctl: $scratch/empty.yaml: .*exec"
    run 1 add web "$scratch/empty.yaml"
    err_has exec
    printf 'exec: [\n' >"$scratch/syntax.yaml"
    run 1 check "$scratch/syntax.yaml"
    err_has "^zinitctl: $scratch/syntax.yaml: "
    run 1 add web "$scratch/syntax.yaml"
    run 1 check "$scratch/nosuch.yaml"
    err_has "^zinitctl: cannot read $scratch/nosuch.yaml: No such file"
    run 1 check "$scratch"
    err_has 'Is a directory'
    head -c 2000000 /dev/zero >"$scratch/large.yaml"
    run 1 check "$scratch/large.yaml"
    err_has 'File too large'
    head -c 100000 /dev/zero | tr '\0' '#' >"$scratch/large.yaml"
    run 1 check "$scratch/large.yaml"
    expect_equal "what was written all the same" "" "$(ls "$daemon_config")"
    printf 'exec: sleep 1\ntest: "true"\n' >"$scratch/good.yaml"
    run_bare 0 check "$scratch/good.yaml"
    expect_out "$scratch/good.yaml: valid"
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

test_version() {
    run 0 version
    out_has "^library: ${version//./\\.}$"
    out_has '^daemon: v?0\.2\.[0-9]+'
    run_bare 1 --zinit-binary /bin/false version
    out_has "^library: "
    run_bare 0 --version
    expect_out "zinitctl $version (libzinit_client $version)"
    run_bare 0 -V
}

test_wrong_usage() {
    run_bare 2
    err_has 'no subcommand'
    run 2 frobnicate
    err_has "'frobnicate'"
    run 2 frobnicate --help
    run 2 list extra
    err_has '^Usage: zinitctl \[OPTION...\] list$'
    run 2 status
    err_has '^Usage: zinitctl \[OPTION...\] status NAME$'
    run 2 kill web
    run 2 --frobnicate list
    err_has "unknown option '--frobnicate'"
    run 2 --socke=x list
    run 2 -x list
    run 2 list --socket
    err_has "option '--socket' needs a value: PATH"
    run 2 --help=x
    for milliseconds in x '' 1x 0 -1 99999999999999999999; do
        run 2 --io-timeout "$milliseconds" list
        err_has -- '--io-timeout'
    done
    run 2 --socket "$(printf '%0200d' 0)" list
    for signal in 0 99 4711 4294967311 NOSUCH '' 15x; do
        run 2 kill web "$signal"
    done
    for name in '' a/b ../x $'a\nb' "$(printf '%0300d' 0)"; do
        run 2 status "$name"
        run 2 load "$name"
    done
}

test_options_stand_anywhere() {
    run_bare 0 list --socket "$daemon_socket"
    run_bare 0 list --socket="$daemon_socket"
    run_bare 1 exists --socket "$daemon_socket" --io-timeout=5000 web
    run_bare 1 exists --io-timeout 5000 --socket "$daemon_socket" -- --help
    expect_out no
}

test_help() {
    local subcommand documented
    run_bare 0 --help
    out_has '^Usage: zinitctl '
    expect_equal "-h" "$out" "$("$zinitctl" -h)"
    for subcommand in $(subcommands_of_help); do
        run_bare 0 "$subcommand" --help
        out_has "^Usage: zinitctl \[OPTION...\] $subcommand"
        run_bare 0 --help "$subcommand"
    done
    # The man page has the same subcommands with the same arguments, in the same order, and the same options.
    run_bare 0 --help
    documented=$(sed -n 's/^\.It Cm \([a-z-]*\)\( Ar\)\{0,1\}/\1/p' docs/man/zinitctl.1)
    expect_equal "subcommands in zinitctl.1" "$(sed -n '/^Subcommands:/,/^$/ s/^  \([^ ]*\( [A-Z[][^ ]*\)*\)  .*/\1/p' <<<"$out")" \
        "$documented"
    expect_equal "options in zinitctl.1" "$(sed -n '/^Options/,/^$/ s/.*\(--[a-z-]*\).*/\1/p' <<<"$out")" \
        "$(sed -n 's/^\.It \(Fl [a-zA-Z] , \)\{0,1\}Fl -\([a-z-]*\).*/--\2/p' docs/man/zinitctl.1)"
}
subcommands_of_help() {
    "$zinitctl" --help | sed -n '/^Subcommands:/,/^$/ s/^  \([a-z-]*\) .*/\1/p'
}

test_broken_output() {
    local status=0
    "$zinitctl" --help >/dev/full 2>"$scratch/err" || status=$?
    expect_equal "exit status on a full disk" 1 $status
    grep -q '^zinitctl: cannot write to standard output: No space left' "$scratch/err" || fail "$(cat "$scratch/err")"
    status=0
    "$zinitctl" --help >&- 2>"$scratch/err" || status=$?
    expect_equal "exit status with stdout closed" 1 $status
    # A pipe that nobody reads any more, where the signal is ignored.
    { sleep 0.3; (trap '' PIPE; "$zinitctl" --help 2>"$scratch/err"; echo $? >"$scratch/status"); } | true || true
    expect_equal "exit status on a closed pipe" 1 "$(cat "$scratch/status")"
    grep -q 'Broken pipe' "$scratch/err" || fail "closed pipe: $(cat "$scratch/err")"
}

test_no_daemon() {
    for subcommand in list "status web" "exists web" "start web" "stop web" "kill web TERM" "monitor web" \
        "forget web" "get web" reboot; do
        # shellcheck disable=SC2086 # a subcommand and its arguments
        run_bare 2 --socket "$scratch/no.sock" $subcommand
        err_has "$scratch/no\.sock"
        expect_out ""
    done
}

test_a_daemon_that_hangs() {
    kill -STOP "$daemon_pid"
    run 1 list --io-timeout 200
    err_has 'did not answer within 2[0-9][0-9] ms'
    kill -CONT "$daemon_pid"
    run 0 list
}

# wait_for_end: until the daemon has ended by itself
wait_for_end() {
    local attempt
    for ((attempt = 0; attempt < 200; attempt++)); do
        kill -0 "$daemon_pid" 2>/dev/null || return 0
        sleep 0.05
    done
    fail "the daemon goes on"
}

test_shutdown_and_reboot() {
    local subcommand
    for subcommand in shutdown reboot; do
        daemon_stop
        daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/$subcommand"
        reach=(--socket "$daemon_socket" --config-dir "$daemon_config" --zinit-binary "$ZINIT_BIN")
        run 0 $subcommand
        wait_for_end
        run 2 list
    done
}

# In the order in which they stand above.
mapfile -t tests < <(sed -n 's/^\(test_[a-z_]*\)() {$/\1/p' tests/suites/zinitctl.sh)
for test in "${tests[@]}"; do
    echo "$test"
    $test
done
