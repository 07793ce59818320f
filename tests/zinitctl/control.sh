# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# Starting, stopping, signals, and waits.

test_no_service() {
    run 0 list
    expect_out ""
    run 1 exists web
    expect_out "no"
    for subcommand in status start stop forget restart get logs watch "kill -9" "list"; do
        # shellcheck disable=SC2086 # a subcommand and an option
        run 3 $subcommand web
        err_has '^zinitctl: the daemon does not know "web"$'
        expect_out ""
    done
    run 3 kill web TERM
    err_has '"web"'
    for subcommand in load remove; do
        run 3 $subcommand web
        err_has "^zinitctl: there is no service file for \"web\" in $daemon_config \(--config-dir\)$"
    done
    for subcommand in reload start-all stop-all destroy; do
        run 3 $subcommand web
        err_has "does not know \"web\", and there is no file for it in $daemon_config \(--config-dir\)$"
    done
    # It is the daemon that reads the file.
    run 3 monitor web
    err_has '"web"'
}

test_life_of_a_service() {
    printf 'exec: sleep 1000\nenv:\n  PORT: 8080\nsurprise: kept\n' >"$scratch/web.yaml"
    run 0 add web "$scratch/web.yaml"
    expect_out ""
    run 0 load web
    expect_out "$(cat "$scratch/web.yaml")"
    run 3 get web
    err_has 'it has a file: monitor it first$'
    run 1 exists web
    run 0 monitor web
    wait_for web '^state: running$'
    run 0 exists web
    expect_out "yes"
    run 0 list
    out_has $'^web\trunning\t[0-9]+\tup\t[0-9-]{10} [0-9:]{8}\t-$'
    run 0 status web
    out_has '^name: web$'
    out_has '^target: up$'
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
    out_has '^state: killed \(SIGKILL\)$'
    run 0 status --raw web
    out_has '^state: Error\(Signaled\(Pid\([0-9]+\), SIGKILL, false\)\)$'
    run 1 kill web TERM
    err_has 'has no process'

    run 0 stop web
    wait_for web '^pid: 0$'
    run 0 status web
    out_has '^target: down$'
    run 0 start web
    wait_for web '^state: running$'
    run 0 stop web
    wait_for web '^pid: 0$'
    run 0 forget web
    run 1 exists web
    run 0 load web
    run 0 remove web
    [ ! -e "$daemon_config/web.yaml" ] || fail "remove left the file"
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
    out_has '^state: running$'
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
    run 5 restart --steady 30 --timeout 8 brief
    err_has '"brief".*its process has ended'
    run 5 start --steady 30.5 --timeout 8 brief
    # SIGKILL.
    signal=$(printf 'exec: sh -c "trap \\"\\" TERM; echo ready > %s/ready; while :; do sleep 1; done"' "$scratch")
    echo "$signal" >"$daemon_config/stubborn.yaml"
    run 0 start-all stubborn
    wait_for_file "$scratch/ready"
    run 0 stop --timeout 0.1 stubborn
    out_has '^stubborn: down after [0-9]+\.[0-9]{2} s, by SIGKILL$'
    take_away web stubborn brief
}

test_waits_that_fail() {
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/slow.yaml"
    printf 'exec: sh -c "exit 3"\noneshot: true\n' >"$daemon_config/bad.yaml"
    run 0 monitor slow
    run 5 start --timeout 0.2 slow
    err_has '^zinitctl: after [0-9]+\.[0-9]{2} s: .*"slow".*200 ms.*Spawned'
    expect_out ""
    run 1 start-all --timeout 5 bad
    err_has '"bad".*exit code 3'
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    # The highest exit status: a failure is 1, a timeout 5.
    run 5 start-all --timeout 1 web bad slow
    out_has '^web: up after '
    expect_equal "services that are not up" "bad slow " \
        "$(sed -n 's/^zinitctl: after [^"]*"\([a-z]*\)".*/\1/p' <<<"$err" | tr '\n' ' ')"
    # One that only has a file has stopped.
    echo 'exec: sleep 1000' >"$daemon_config/idle.yaml"
    run 0 stop-all web bad idle slow
    expect_equal "services that are down" "web bad idle slow " "$(sed -n 's/: down after .*//p' <<<"$out" | tr '\n' ' ')"
    run 0 destroy web bad idle slow
    expect_equal "services that are gone" "web bad idle slow " "$(sed -n 's/: gone after .*//p' <<<"$out" | tr '\n' ' ')"
    expect_equal "files that are left" "" "$(ls "$daemon_config")"
    run 0 list
    expect_out ""
    for subcommand in "start --wait web" "stop --wait web" "restart web" "start-all a b" "stop-all a b" "destroy a b"; do
        # shellcheck disable=SC2086 # a subcommand and its arguments
        run_bare 4 --socket "$scratch/no.sock" $subcommand
        err_has "$scratch/no\.sock"
    done
}

test_interrupt() {
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/slow.yaml"
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 0 monitor slow
    on_terminal 130 --interrupt 'slow  starting' start --color never --timeout 100 slow
    out_has 'slow: interrupted after [0-9.]+ s; not up yet: starting \(pid [0-9]+\); it was told to start'
    on_terminal 130 --interrupt ' web   up ' start-all --color never --timeout 100 web slow
    out_has 'web: up after '
    out_has 'slow: interrupted after .*; not up yet: starting \(pid [0-9]+\); it was told to start'
    # What was sent is not undone.
    run 0 status slow
    out_has '^target: up$'
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

test_stop_order() {
    with_patient_daemon stop_in_each_order
}

stop_in_each_order() {
    local stop
    stubborn_service web
    echo 'after: [db]' >>"$daemon_config/web.yaml"
    echo 'exec: sleep 1000' >"$daemon_config/db.yaml"
    for order in any reverse; do
        rm -f "$scratch/end" "$scratch/ready"
        run 0 start-all db web
        wait_for_file "$scratch/ready"
        "$zinitctl" "${reach[@]}" stop --stop-order $order --timeout 100 db web >"$scratch/stop" 2>&1 &
        stop=$!
        wait_for web '^state: stopping$'
        if [ $order = any ]; then
            wait_for db '^state: stopped'
        else
            run 0 status db
            out_has '^state: running$'
        fi
        touch "$scratch/end"
        wait $stop || fail "stop --stop-order $order: $(cat "$scratch/stop")"
        # It implies --wait.
        expect_equal "services that are down" "db web " "$(sed -n 's/: down after .*//p' "$scratch/stop" | tr '\n' ' ')"
    done
    rm -f "$scratch/end"
    run 0 start-all db
    run 0 stop --stop-order any db
    out_has '^db: down after '
    touch "$scratch/end"
    for order in '' both REVERSE; do
        run 2 stop --stop-order "$order" db
        err_has "'$order' is not a value for option '--stop-order'"
    done
    run 2 start --stop-order any db
    take_away web
    for subcommand in restart stop-all destroy; do
        run 0 $subcommand --stop-order reverse --timeout 20 db
    done
}

test_restart_of_several_services() {
    with_patient_daemon restart_several_services
}

restart_several_services() {
    local before
    stubborn_service web
    echo 'exec: sleep 1000' >"$daemon_config/db.yaml"
    run 0 start-all db web
    wait_for_file "$scratch/ready"
    before=$(pid_in_status db)
    "$zinitctl" "${reach[@]}" restart --stop-timeout 100 db web >"$scratch/restart" 2>&1 &
    local restart=$!
    # Side by side, and none is started before all are down.
    wait_for web '^state: stopping$'
    wait_for db '^state: stopped'
    rm "$scratch/ready"
    touch "$scratch/end"
    wait_for db '^state: running$'
    rm "$scratch/end"
    wait $restart || fail "restart: $(cat "$scratch/restart")"
    expect_equal "services that are up again" "db web " \
        "$(sed -n 's/: up again after .*//p' "$scratch/restart" | tr '\n' ' ')"
    [ "$(pid_in_status db)" != "$before" ] || fail "restart leaves the process: $before"
    touch "$scratch/end"
    take_away db web
}
