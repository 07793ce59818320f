#!/usr/bin/env bash
# suite: zinitctl over each protocol, each subcommand and option, its messages and its exit status
# seconds: 90
# needs: cc python3
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
        err_has 'does not know it; monitor it first'
        expect_out ""
    done
    run 1 kill web TERM
    err_has "does not know it"
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
    expect_out "$(cat "$scratch/web.yaml")"
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
    err_has 'monitored already'
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
    err_has 'has no process'

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

# Takes the services away again, whatever state they are in.
take_away() {
    "$zinitctl" "${reach[@]}" destroy --timeout 0 "$@" >"$scratch/out" 2>&1 || fail "destroy $*: $(cat "$scratch/out")"
}

test_start_and_stop_with_wait() {
    local signal
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 0 start-all web
    out_has '^web: up after [0-9]+\.[0-9]{2} s$'
    run 0 stop --wait web
    out_has '^web: down after [0-9]+\.[0-9]{2} s$'
    run 0 status web
    out_has '^pid: 0$'
    run 0 start web --wait
    out_has '^web: up after '
    run 0 status web
    out_has '^state: Running$'
    # A time to wait says that one wants to wait.
    run 0 stop --timeout 30 web
    out_has '^web: down after '
    run 0 start --timeout none web
    out_has '^web: up after '
    run 0 stop --timeout 0 web
    out_has '^web: told to stop after '
    run 0 stop --wait web
    run 0 start --timeout 0 web
    out_has '^web: told to start after '
    # Up as soon as it is Running, and not up, for none of its processes runs so long.
    echo 'exec: sh -c "sleep 1; exit 1"' >"$daemon_config/brief.yaml"
    run 0 start-all --steady 0 brief
    run 1 restart --steady 30 --timeout 8 brief
    err_has '"brief".*its process has ended'
    run 1 start --steady 30.5 --timeout 8 brief
    # SIGKILL.
    signal=$(printf 'exec: sh -c "trap \\"\\" TERM; echo ready > %s/ready; while :; do sleep 1; done"' "$scratch")
    echo "$signal" >"$daemon_config/stubborn.yaml"
    run 0 start-all stubborn
    wait_for_file "$scratch/ready"
    run 0 stop --timeout 0.1 stubborn
    out_has '^stubborn: down after [0-9]+\.[0-9]{2} s, by SIGKILL$'
    take_away web stubborn brief
}
wait_for_file() {
    local attempt
    for ((attempt = 0; attempt < 400; attempt++)); do
        [ ! -e "$1" ] || return 0
        sleep 0.05
    done
    give_up "there is no $1"
}

test_waits_that_fail() {
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/slow.yaml"
    printf 'exec: sh -c "exit 3"\noneshot: true\n' >"$daemon_config/bad.yaml"
    run 1 start --wait nosuch
    err_has '^zinitctl: after [0-9]+\.[0-9]{2} s: .*"nosuch"'
    run 0 monitor slow
    run 1 start --timeout 0.2 slow
    err_has '^zinitctl: after [0-9]+\.[0-9]{2} s: .*"slow".*200 ms.*Spawned'
    expect_out ""
    run 1 start-all --timeout 5 bad
    err_has '"bad".*exit code 3'
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 1 start-all --timeout 1 web bad nosuch slow
    out_has '^web: up after '
    expect_equal "services that are not up" "bad nosuch slow " \
        "$(sed -n 's/^zinitctl: after [^"]*"\([a-z]*\)".*/\1/p' <<<"$err" | tr '\n' ' ')"
    # One that nobody knows has stopped.
    run 0 stop-all web bad nosuch slow
    expect_equal "services that are down" "web bad nosuch slow " "$(sed -n 's/: down after .*//p' <<<"$out" | tr '\n' ' ')"
    run 0 destroy web bad nosuch slow
    expect_equal "services that are gone" "web bad nosuch slow " "$(sed -n 's/: gone after .*//p' <<<"$out" | tr '\n' ' ')"
    expect_equal "files that are left" "" "$(ls "$daemon_config")"
    run 0 list
    expect_out ""
    for subcommand in "start --wait web" "stop --wait web" "restart web" "start-all a b" "stop-all a b" "destroy a b"; do
        # shellcheck disable=SC2086 # a subcommand and its arguments
        run_bare 2 --socket "$scratch/no.sock" $subcommand
        err_has "$scratch/no\.sock"
    done
}

test_restart_and_deploy() {
    local before
    echo 'exec: sleep 1000' >"$scratch/web.yaml"
    run 0 deploy web "$scratch/web.yaml"
    out_has '^web: up after '
    run 0 status web
    before=$(grep '^pid' <<<"$out")
    run 0 restart web
    out_has '^web: up again after '
    run 0 status web
    out_has '^state: Running$'
    [ "$(grep '^pid' <<<"$out")" != "$before" ] || fail "restart leaves the process: $before"
    # Comments and all else stay as they are.
    printf '# web\nexec:   sleep 2000   # why\n\nx-own: {a: 1.10}\n# end' >"$scratch/commented.yaml"
    run 0 deploy --stop-timeout 3 --timeout 15 web - <"$scratch/commented.yaml"
    cmp "$scratch/commented.yaml" "$daemon_config/web.yaml" || fail "deploy changes the file"
    run 0 add web "$scratch/commented.yaml"
    cmp "$scratch/commented.yaml" "$daemon_config/web.yaml" || fail "add changes the file"
    run 0 get web
    expect_out "$(cat "$scratch/commented.yaml")"
    printf 'exec: sleep 3000\noneshot: yes\n' >"$scratch/refused.yaml"
    run 1 deploy web "$scratch/refused.yaml"
    err_has "^zinitctl: $scratch/refused.yaml: .*\`oneshot\`: line 2 column 10: "
    run 1 deploy web - < <(echo 'exec: ""')
    err_has '^zinitctl: standard input: .*exec'
    cmp "$scratch/commented.yaml" "$daemon_config/web.yaml" || fail "a deploy that was refused changes the file"
    run 1 deploy web "$scratch/nosuch.yaml"
    run 0 status web
    out_has '^state: Running$'
    run 1 deploy web - < <(printf 'exec: sh -c "exit 4"\noneshot: true\n')
    err_has '^zinitctl: after .*"web".*exit code 4'
    take_away web
}

test_reload() {
    local before name
    for name in web db; do
        echo 'exec: sleep 1000' >"$daemon_config/$name.yaml"
    done
    # Those that the daemon does not know are monitored.
    run 0 reload web db
    expect_equal "services that are up" "web db " "$(sed -n 's/: up after .*//p' <<<"$out" | tr '\n' ' ')"
    before=$(pid_in_status web)
    printf '# by hand\nexec:   sleep 2000   # longer\n' >"$daemon_config/web.yaml"
    cp "$daemon_config/web.yaml" "$scratch/edited.yaml"
    run 0 reload --stop-timeout 3 --timeout 15 --steady 0.1 web
    out_has '^web: up after '
    [ "$(pid_in_status web)" != "$before" ] || fail "reload leaves the process: $before"
    run 0 get web
    expect_out "$(cat "$scratch/edited.yaml")"
    cmp "$scratch/edited.yaml" "$daemon_config/web.yaml" || fail "reload changes the file"
    # One that fails stops nothing, and the next one is done all the same.
    before=$(pid_in_status db)
    echo 'log: ring' >"$daemon_config/db.yaml"
    echo 'exec: sleep 3000' >"$daemon_config/web.yaml"
    run 1 reload db nosuch web
    err_has '"db".*key .exec.'
    err_has '"nosuch".*there is no service file .*nosuch\.yaml'
    out_has '^web: up after '
    expect_equal "process of a service whose file would be refused" "$before" "$(pid_in_status db)"
    run 0 get web
    out_has '^exec: sleep 3000$'
    run 1 reload a/b web
    out_has '^web: up after '
    run 2 reload a/b ''
    run_bare 2 --socket "$scratch/no.sock" --config-dir "$daemon_config" reload web web
    err_has "$scratch/no\.sock"
    # A signal ends the whole.
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/db.yaml"
    on_terminal 130 --interrupt 'is up: Spawned' reload --timeout 100 db web
    out_has 'db: interrupted after '
    [[ $out != *web* ]] || fail "reload goes on after a signal: $out"
    take_away web db
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

test_progress_line() {
    local name erase=$'\r\e[K'
    printf 'exec: sleep 1000\ntest: sh -c "test -e %s/go"\n' "$scratch" >"$daemon_config/slow.yaml"
    run 0 monitor slow
    on_terminal 1 start --timeout 1 slow
    out_has $'^\rwaiting [0-9.]+ s until slow is up: Spawned\e\\[K'
    # Drawn more than once, erased at the end, and the line about the service behind it.
    [ "$(grep -o 'waiting ' <<<"$out" | wc -l)" -gt 1 ] || fail "the progress line is drawn once: $out"
    [[ $out = *"$erase"zinitctl:\ after\ * ]] || fail "the progress line is not erased: $out"
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    on_terminal 1 start-all --timeout 1 web slow
    out_has 'until all are up, 1 of 2 not yet: slow Spawned'
    # Never wider than the terminal, for a second line cannot be erased; letters may take two columns.
    name=$(printf 'ö%.0s' {1..60})
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/$name.yaml"
    on_terminal 1 --columns 50 start-all --timeout 1 "$name"
    [ "$(tr '\r' '\n' <"$scratch/out" | sed -n 's/\x1b\[K//; /^waiting/p' | LC_ALL=C.UTF-8 wc -L)" -lt 50 ] ||
        fail "the progress line is too wide: $out"
    # In a pipe and on a terminal that cannot do it, there is none.
    run 1 start --timeout 0.5 slow
    [[ $err$out != *waiting* ]] || fail "a progress line in a pipe: $err"
    TERM_OF_TEST=dumb on_terminal 1 start --timeout 0.5 slow
    [[ $out != *waiting* ]] || fail "a progress line on a dumb terminal: $out"
    take_away slow web "$name"
}

test_interrupt() {
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/slow.yaml"
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 0 monitor slow
    on_terminal 130 --interrupt 'is up: Spawned' start --timeout 100 slow
    out_has 'slow: interrupted after [0-9.]+ s; not up yet, state: Spawned'
    on_terminal 130 --interrupt '1 of 2 not yet' start-all --timeout 100 web slow
    out_has 'web: up after '
    out_has 'slow: interrupted after .*; not up yet, state: Spawned'
    # What was sent is not undone.
    run 0 status slow
    out_has '^target: Up$'
    # By a signal, and with nothing but a pipe.
    "$zinitctl" "${reach[@]}" start --timeout 100 slow >"$scratch/out" 2>"$scratch/err" &
    local process=$! status=0
    wait_for_signals "$process"
    kill -TERM "$process"
    wait "$process" || status=$?
    expect_equal "exit status after SIGTERM" 143 $status
    grep -q '^zinitctl: slow: interrupted after' "$scratch/err" || fail "SIGTERM: $(cat "$scratch/err")"
    take_away slow web
}
# wait_for_signals PROCESS: until it has a handler for SIGTERM
wait_for_signals() {
    local attempt caught
    for ((attempt = 0; attempt < 400; attempt++)); do
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
    for ((attempt = 0; attempt < 400; attempt++)); do
        ! grep -sqE -- "$1" "$scratch/watch" || return 0
        sleep 0.05
    done
    give_up "watch does not print /$1/: $(cat "$scratch/watch")"
}

test_watch() {
    local watch status=0
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 0 start-all web
    "$zinitctl" "${reach[@]}" watch >"$scratch/watch" 2>"$scratch/err" &
    watch=$!
    watch_has '^web: Running, target Up, pid [1-9][0-9]*$'
    run 0 stop --wait web
    watch_has '^web: Running -> Error\(Signaled\(Pid\([0-9]+\), SIGTERM, false\)\), target Down$'
    run 0 forget web
    watch_has '^web: forgotten$'
    kill -INT $watch 2>/dev/null || true
    # A shell has its children in the background ignore SIGINT.
    kill -TERM $watch
    wait $watch || status=$?
    expect_equal "exit status of watch" 0 $status
    expect_equal "stderr of watch" "" "$(cat "$scratch/err")"

    run 0 monitor web
    wait_for web '^state: Running$'
    on_terminal 0 --interrupt 'web: ' watch web nosuch
    out_has $'^web: \e\\[32mRunning\e\\[0m, target Up, pid [1-9][0-9]*\r$'
    NO_COLOR=1 on_terminal 0 --interrupt 'web: ' watch
    out_has $'^web: Running, target Up, pid [1-9][0-9]*\r$'
    # A pipe that is closed while nothing happens, and what the shell says of it.
    (set -o pipefail; "$zinitctl" "${reach[@]}" watch 2>"$scratch/err" | head -n 1) >"$scratch/out" ||
        fail "watch in a pipe that is closed: status $?"
    expect_equal "stderr of watch" "" "$(cat "$scratch/err")"
    grep -q '^web: Running' "$scratch/out" || fail "watch in a pipe: $(cat "$scratch/out")"
    take_away web
    run 2 watch a/b
}

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

    run 1 logs nosuch
    err_has '"nosuch"'
    run 2 logs a/b
    run 2 logs a b
    run 2 logs -n x
    run 2 logs -n -1
    run 2 logs -n ""
    run 2 watch -f
    run 2 list --lines 3
}

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
    run_bare 2 --socket "$scratch/no.sock" match --name a
    take_away a b c
}

test_standard_input() {
    run 0 add piped - < <(echo 'exec: sleep 1000')
    run 0 load piped
    out_has '^exec: sleep 1000$'
    run 0 remove piped
    run 0 check - < <(echo 'exec: sleep 1')
    expect_out "standard input: valid"
    run 1 check - </dev/null
    out_has '^standard input:1:1: error: exec: '
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
    run 1 add web "$scratch/empty.yaml"
    err_has "^zinitctl: $scratch/empty.yaml: .*exec"
    printf 'exec: [\n' >"$scratch/syntax.yaml"
    run 1 add web "$scratch/syntax.yaml"
    err_has "^zinitctl: $scratch/syntax.yaml: "
    expect_equal "what was written all the same" "" "$(ls "$daemon_config")"
    printf 'exec: sleep 1\nlog: RING # why\n' >"$daemon_config/web.yaml"
    run 1 load web
    err_has 'log.: line 2 column 6: '
    run 0 remove web
}

test_check() {
    printf 'exec: sleep 1\ntest: "true"\n' >"$scratch/good.yaml"
    run_bare 0 check "$scratch/good.yaml"
    expect_out "$scratch/good.yaml: valid"
    printf 'exec: a\nafter: net\nx: y\n' >"$scratch/bad.yaml"
    printf 'exec: a\nafetr: [net]\n' >"$scratch/odd.yaml"
    # A file that is wrong does not hide another one, and no daemon is asked.
    run_bare 1 --socket "$scratch/no.sock" check "$scratch/bad.yaml" "$scratch/nosuch.yaml" "$scratch" "$scratch/odd.yaml" \
        "$scratch/good.yaml" - < <(printf 'just text\n')
    expect_equal "lines of check" 5 "$(wc -l <<<"$out")"
    out_has "^$scratch/bad.yaml:2:8: error: after: .*\[net\]"
    out_has "^$scratch/bad.yaml:3:1: warning: x: "
    out_has "^$scratch/odd.yaml:2:1: warning: afetr: .*\`after\`"
    out_has "^$scratch/good.yaml: valid$"
    out_has "^standard input:1:1: error: the file is not a map"
    expect_equal "lines on stderr" 2 "$(wc -l <<<"$err")"
    err_has "^zinitctl: cannot read $scratch/nosuch.yaml: No such file"
    err_has "^zinitctl: cannot read $scratch: Is a directory"

    run_bare 0 check "$scratch/odd.yaml"
    out_has "^$scratch/odd.yaml:2:1: warning: "
    run_bare 1 check --strict "$scratch/odd.yaml"
    out_has "^$scratch/odd.yaml:2:1: warning: "
    run_bare 0 --strict check "$scratch/good.yaml"
    run_bare 1 check "$scratch/good.yaml" "$scratch/bad.yaml"
    run_bare 1 check "$scratch/nosuch.yaml" "$scratch/good.yaml"
    expect_out "$scratch/good.yaml: valid"
    # What a file says cannot write to a terminal.
    run_bare 1 check - < <(printf 'exec: a\n"\\e[1m": b\noneshot: "\\e[1m"\n')
    ! grep -q $'\e' <<<"$out" || fail "check prints a control character: $out"

    head -c 2000000 /dev/zero >"$scratch/large.yaml"
    run_bare 1 check "$scratch/large.yaml"
    err_has 'File too large'
    { echo 'exec: a'; head -c 262136 /dev/zero | tr '\0' '#'; } >"$scratch/large.yaml"
    run_bare 0 check "$scratch/large.yaml"
    echo >>"$scratch/large.yaml"
    run_bare 1 check "$scratch/large.yaml"
    out_has "^$scratch/large.yaml:1:1: error: .*256 KiB"
    run_bare 2 check
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

# The daemon of this suite, and one that speaks JSON-RPC.
test_protocol() {
    local socket spoken other rpc attempt
    mkdir "$scratch/rpc"
    "$ZINIT_TESTBED" --protocol jsonrpc -s "$scratch/rpc.sock" init -c "$scratch/rpc" --container \
        >"$scratch/rpc.log" 2>&1 </dev/null &
    rpc=$!
    for ((attempt = 0; attempt < 400; attempt++)); do
        "$zinitctl" --socket "$scratch/rpc.sock" list >"$scratch/out" 2>&1 && break
        sleep 0.05
    done
    run_bare 0 --socket "$scratch/rpc.sock" protocol
    expect_out json-rpc
    for socket in "$daemon_socket" "$scratch/rpc.sock"; do
        run_bare 0 --socket "$socket" protocol
        out_has '^(line|json-rpc)$'
        spoken=$out
        other=json-rpc
        [ "$spoken" = line ] || other=line
        for protocol in any "$spoken"; do
            run_bare 0 --socket "$socket" --protocol "$protocol" list
            expect_out ""
        done
        run_bare 1 --socket "$socket" --protocol $other list
        err_has "the client's options allow only"
        # What it speaks, and not what it should speak.
        run_bare 0 --socket "$socket" --protocol $other protocol
        expect_out "$spoken"
    done
    kill -KILL $rpc
    wait $rpc || true
    run_bare 2 --socket "$scratch/rpc.sock" protocol
    err_has "cannot find out the daemon's protocol: .*$scratch/rpc\.sock"
    for protocol in x '' Line ANY 1; do
        run_bare 2 --protocol "$protocol" --socket "$daemon_socket" list
        err_has "'$protocol' is not a value for option '--protocol'"
    done
    run_bare 2 --socket "$daemon_socket" protocol extra
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
    run 2 stats
    run 2 stats a/b
    for words in start "stop 127.0.0.1:80" "restart 127.0.0.1:80"; do
        # shellcheck disable=SC2086 # several arguments
        run 2 http $words
        err_has "'http' needs 'start ADDRESS' or 'stop'"
    done
    run 2 http start localhost:80
    err_has "localhost:80.* is not a literal address"
    run 2 http start 127.0.0.1
    err_has "has no port: give an IP address and a port"
    run 2 start-all
    err_has '^Usage: zinitctl \[OPTION...\] start-all NAME\.\.\.$'
    run 2 deploy web
    run 2 reload
    run 2 list --wait
    err_has "option '--wait' is not for 'list'"
    run 2 stop-all --wait web
    run 2 start --stop-timeout 1 web
    run 2 start --wait=1 web
    for seconds in x '' -1 1e3 0x1 inf nan . 1.2.3 1s 99999999999; do
        run 2 restart --timeout "$seconds" web
        err_has "'$seconds' is not a value for option '--timeout'"
        run 2 restart --stop-timeout "$seconds" web
        run 2 restart --steady "$seconds" web
    done
    run 2 restart --steady none web
    run 2 stop --steady 1 web
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
    documented=$(sed -n 's/^\.It Cm \([a-z-]*\)\( Ar\)\{0,1\}/\1/; T; s/ Op Ar \(.*\)/ [\1]/; p' docs/man/zinitctl.1)
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
        "forget web" "get web" reboot "stats web" "stats web db" "http start [::1]:1" "http stop"; do
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

# start_testbed PROTOCOL: in place of the daemon, the testbed under a protocol
start_testbed() {
    daemon_stop
    printf '#!/bin/sh\nexec "%s" --protocol %s "$@"\n' "$ZINIT_TESTBED" "$1" >"$scratch/testbed-$1"
    chmod +x "$scratch/testbed-$1"
    daemon_start "$scratch/testbed-$1" "$zinitctl" "$scratch/$1"
    reach=(--socket "$daemon_socket" --config-dir "$daemon_config")
}

test_what_only_json_rpc_has() {
    local pid port
    start_testbed line
    run 1 stats web
    err_has '^zinitctl: cannot get the stats of "web": this daemon cannot do it: zinit before 0\.2\.15 does not tell it$'
    run 1 http start 127.0.0.1:1
    err_has 'zinit before 0\.2\.15 has no HTTP server$'
    run 1 http stop
    err_has 'zinit before 0\.2\.15 has no HTTP server$'

    start_testbed jsonrpc
    run 0 add parent - <<<"exec: sh -c 'sleep 1000 & echo > $scratch/child; wait'"
    run 0 add once - <<<"{exec: 'true', oneshot: true}"
    run 0 monitor parent
    run 0 monitor once
    wait_for parent '^state: Running$'
    wait_for once '^state: Success$'
    until [ -e "$scratch/child" ]; do sleep 0.05; done
    pid=$("$zinitctl" "${reach[@]}" status parent | sed -n 's/^pid: //p')
    run 1 stats once parent nosuch
    err_has '^zinitctl: cannot get the stats of "once": it has no process; start it first$'
    err_has '^zinitctl: cannot get the stats of "nosuch": the daemon does not know it; monitor it first$'
    [[ $out =~ ^parent\ \ pid\ $pid\ \ [0-9]+\ KiB\ \ [0-9]+\.[0-9]%\ CPU$'\n'\ \ pid\ [0-9]+\ \ [0-9]+\ KiB ]] ||
        fail "stats: $out"
    run 0 stats parent

    run 1 http stop
    err_has 'the daemon refused: .*No HTTP/RPC server is currently running$'
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    run 0 http start "127.0.0.1:$port"
    expect_out ""
    python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" || fail "nobody listens for HTTP"
    run 0 http stop
    run 1 http stop
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

# What an older daemon does not have: zinit 0.2.NUMBER has it.
declare -A since=([test_logs]=14 [test_shutdown_and_reboot]=9)

# In the order in which they stand above.
zinitctl_tests() {
    local test tests
    daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
    reach=(--socket "$daemon_socket" --config-dir "$daemon_config" --zinit-binary "$ZINIT_BIN")
    mapfile -t tests < <(sed -n 's/^\(test_[a-z_]*\)() {$/\1/p' tests/suites/zinitctl.sh)
    for test in "${tests[@]}"; do
        echo "$test"
        if ! daemon_is_since "$ZINIT_BIN" "${since[$test]:-0}"; then
            echo "skipped: $test: it needs zinit 0.2.${since[$test]}"
            continue
        fi
        $test
    done
}
over_each_protocol zinitctl_tests
