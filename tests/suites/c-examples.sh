#!/usr/bin/env bash
# suite: the examples compile with the staged library alone and run under valgrind without error or leak, over each protocol
# seconds: 60
# needs: gcc pkg-config python3 valgrind
. "$(dirname "$0")/../lib/suite.sh"

export LD_LIBRARY_PATH=$prefix/lib
# Compiled once: the same programs meet the daemon of each protocol.
built=$scratch
for source in examples-c/*.c; do
    build_c "$built/$(basename "$source" .c)" gcc "$source" || give_up "$source does not compile"
done
build_c "$built/zinitctl" gcc zinitctl/*.c || give_up "zinitctl does not compile"

# Linked statically, as zinit-client.pc says.
private=$(PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig pkg-config --libs-only-l --static zinit-client)
# shellcheck disable=SC2046,SC2086 # several words
gcc -std=c99 -o "$built/static" examples-c/list.c $(pkg_config --cflags zinit-client) \
    "$prefix/lib/libzinit_client.a" ${private#-lzinit_client}

# run EXIT-STATUS EXAMPLE ARGUMENT...: under valgrind; its output is in the variable `output`
run() {
    local expected=$1 status=0
    shift
    output=$("${valgrind[@]}" --log-file="$scratch/valgrind.log" "$built/$1" "${@:2}" 2>&1) || status=$?
    [ "$status" = "$expected" ] || fail "$* ends with $status, not with $expected: $output $(cat "$scratch/valgrind.log")"
}
expect_match() {
    grep -qE "$2" <<<"$output" || fail "$1: expected /$2/ in"$'\n'"$output"
}

# until_interrupted COMMAND...: interrupts it after twenty new lines. The shell would have its children ignore that.
until_interrupted() {
    python3 - "$@" <<'EOF_PYTHON'
import signal, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
new = 0
for line in process.stdout:
    print(line, end="")
    new += line == "talker out: new\n"
    if new == 20:
        process.send_signal(signal.SIGINT)
sys.exit(process.wait())
EOF_PYTHON
}

examples() {
    local name i
    daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"

    run 0 add_service "$daemon_socket" "$daemon_config"
    expect_match "add_service" '^zinit-example: Running, pid [1-9]'
    expect_match "add_service" '^zinit-example: .*, pid 0$'
    expect_equal "what add_service leaves" "" "$(ls "$daemon_config")"

    run 0 life_cycle "$daemon_socket" "$daemon_config"
    printf '%s\n' "$output"
    expect_equal "life_cycle" "list: it is not there
deploy: Running
list: it is there
restart: Running
logs: a line of each of the two processes
destroy: done
list: it is not there" "$output"
    expect_equal "what life_cycle leaves" "" "$(ls "$daemon_config")"
    run 1 life_cycle "$scratch/no.sock" "$daemon_config"
    expect_match "life_cycle without a daemon" '^life_cycle: list: ZINIT_ERR_NOT_RUNNING: '
    run 2 life_cycle

    run 0 deploy deployed 'sleep 1000' "$daemon_socket" "$daemon_config"
    expect_equal "deploy" "deployed is up" "$output"
    run 0 deploy deployed 'sleep 2000' "$daemon_socket" "$daemon_config"
    expect_equal "deploy, again" "exec: sleep 2000" "$(cat "$daemon_config/deployed.yaml")"
    run 1 deploy deployed "" "$daemon_socket" "$daemon_config"
    expect_match "deploy without a command" '^deploy: .*exec'
    expect_match "deploy without a command" '^deploy: correct the definition; nothing was changed$'
    run 1 deploy missing /nonexistent/program "$daemon_socket" "$daemon_config"
    expect_match "deploy of a program that is not there" '^deploy: check that the program exists$'
    run 1 deploy deployed true "$scratch/no.sock" "$daemon_config"
    expect_match "deploy without a daemon" '^deploy: start zinit, or give the path of its socket$'
    run 2 deploy deployed

    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 0 restart_group "$daemon_socket" "$daemon_config" deployed web
    expect_equal "restart_group" $'deployed: down\nweb: down\ndeployed: up\nweb: up' "$output"
    run 0 nodes 30 restart web "$daemon_socket"
    expect_equal "nodes restart" "$daemon_socket: web is up again" "$output"
    run 0 nodes 30 list "$daemon_socket" "$daemon_socket"
    expect_equal "nodes list, of two nodes" 2 "$(grep -cxF "$daemon_socket: web Running" <<<"$output")"
    run 1 nodes 30 list "$scratch/no.sock" "$daemon_socket"
    expect_match "nodes list without one daemon" "^$scratch/no.sock: failed: ZINIT_ERR_NOT_RUNNING: "
    expect_match "nodes list without one daemon" "^$daemon_socket: web Running$"
    run 1 nodes 30 restart '' "$daemon_socket"
    expect_match "nodes restart without a name" "^$daemon_socket: failed: ZINIT_ERR_INVALID_NAME: "
    run 2 nodes list "$daemon_socket"
    run 1 restart_group "$daemon_socket" "$daemon_config" web nosuch
    expect_match "restart_group with an unknown service" '^web: up$'
    expect_match "restart_group with an unknown service" '^nosuch: not up: '
    expect_match "restart_group with an unknown service" '^restart_group: .*"nosuch"'
    run 1 restart_group "$scratch/no.sock" "$daemon_config" web
    expect_match "restart_group without a daemon" '^web: not down: '
    run 2 restart_group
    run 0 zinitctl --socket "$daemon_socket" --config-dir "$daemon_config" destroy deployed missing web

    run 0 event_loop "$daemon_socket" "$daemon_config"
    expect_equal "services up in event_loop" 49 "$(grep -c ': is up$' <<<"$output")"
    expect_match "event_loop" '^zinit-example-07: given up$'
    expect_equal "services that event_loop sees" 50 "$(sed -n 's/: [A-Z][A-Za-z]*$//p' <<<"$output" | sort -u | wc -l)"
    expect_equal "what event_loop leaves" "" "$(ls "$daemon_config")"
    run 1 event_loop "$scratch/no.sock" "$daemon_config"

    echo 'exec: sleep 1000' >"$daemon_config/sleeper.yaml"
    printf 'exec: sleep 1000\nafter: [sleeper]\n' >"$daemon_config/later.yaml"
    printf 'exec: sh -c "exit 3"\noneshot: true\n' >"$daemon_config/broken.yaml"
    for name in sleeper later broken; do
        run 0 zinitctl --socket "$daemon_socket" monitor $name
    done
    for ((i = 0; i < 100; i++)); do
        run 0 list "$daemon_socket"
        ! grep -q '^broken  *Error' <<<"$output" || ! grep -q '^later  *Running' <<<"$output" || break
        sleep 0.05
    done
    expect_match "list" '^broken  *Error\(Exited\(Pid\([0-9]+\), 3\)\)$'
    expect_match "list" '^later  *Running$'
    run 0 status sleeper "$daemon_socket"
    expect_match "status" '^pid: +[1-9][0-9]*$'
    run 0 status later "$daemon_socket"
    expect_match "status" '^after: +sleeper, which is Running$'
    run 0 status broken "$daemon_socket"
    expect_match "status" '^exit: +3$'

    # One that prints what it has kept, goes on, and ends on Ctrl-C.
    printf 'exec: sh -c "seq 20; while :; do echo new; sleep 0.1; done"\n' >"$daemon_config/talker.yaml"
    run 0 zinitctl --socket "$daemon_socket" monitor talker
    output=$(until_interrupted "${valgrind[@]}" --log-file="$scratch/valgrind.log" "$built/follow_logs" talker broken \
        "$daemon_socket") || fail "follow_logs: $output $(cat "$scratch/valgrind.log")"
    if daemon_is_since "$ZINIT_BIN" 14; then
        expect_match "follow_logs" '^broken zinit: -+ \[start\] -+$'
    else
        echo "skipped: the mark of a start in follow_logs: since zinit 0.2.14 the log has one"
    fi
    run 1 follow_logs talker nosuch "$daemon_socket"
    expect_match "follow_logs of an unknown service" '^follow_logs: .*"nosuch"'
    run 1 follow_logs talker broken "$scratch/no.sock"
    run 2 follow_logs talker

    run 1 status nosuch "$daemon_socket"
    expect_equal "status of an unknown service" "status: there is no service nosuch" "$output"
    run 2 status
    run 1 list "$scratch/no.sock"
    expect_match "list without a daemon" "^list: .*$scratch/no.sock"
    run 1 status x "$scratch/no.sock"
    run 1 add_service "$scratch/no.sock" "$scratch"
    run 1 add_service "$daemon_socket" /nonexistent
    expect_match "add_service without a directory" '^add_service: ZINIT_ERR_FILE_[A-Z_]*: '
    env -u LD_LIBRARY_PATH "$built/static" "$daemon_socket" | grep -q '^sleeper' || fail "linked statically: no list"
}
over_each_protocol examples
