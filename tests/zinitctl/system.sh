# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# The daemon, the machine, and exit statuses where there is no daemon. Last, for it starts other daemons.

# wait_for_end: until the daemon has ended by itself
wait_for_end() {
    local attempt
    for ((attempt = 0; attempt < 1200; attempt++)); do
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
    for ((attempt = 0; attempt < 1200; attempt++)); do
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
        run_bare 1 --socket "$socket" --protocol zinit-0.3 list
        err_has "the client's options allow only the JSON-RPC of zinit 0\\.3.* \\(--protocol\\)$"
        for protocol in any "$spoken"; do
            run_bare 0 --socket "$socket" --protocol "$protocol" list
            expect_out ""
        done
        run_bare 1 --socket "$socket" --protocol $other list
        err_has "the client's options allow only.* \\(--protocol\\)$"
        # What it speaks, and not what it should speak.
        run_bare 0 --socket "$socket" --protocol $other protocol
        expect_out "$spoken"
    done
    kill -KILL $rpc
    wait $rpc || true
    run_bare 4 --socket "$scratch/rpc.sock" protocol
    err_has "cannot find out the daemon's protocol: .*$scratch/rpc\.sock"
    for protocol in x '' Line ANY 1; do
        run_bare 2 --protocol "$protocol" --socket "$daemon_socket" list
        err_has "'$protocol' is not a value for option '--protocol'"
    done
    run_bare 2 --socket "$daemon_socket" protocol extra
}

test_no_daemon() {
    for subcommand in list "status web" "exists web" "start web" "stop web" "kill web TERM" "monitor web" \
        "forget web" "get web" reboot "stats web" "stats web db" "http start [::1]:1" "http stop"; do
        # shellcheck disable=SC2086 # a subcommand and its arguments
        run_bare 4 --socket "$scratch/no.sock" $subcommand
        err_has "$scratch/no\.sock.*; start zinit, or give the path of its socket \\(--socket or ZINIT_SOCKET\\)$"
        expect_out ""
    done
}

test_a_daemon_that_hangs() {
    kill -STOP "$daemon_pid"
    run 4 list --io-timeout 200
    err_has 'did not answer within 2[0-9][0-9] ms.*allow a longer I/O timeout \(--io-timeout\)$'
    kill -CONT "$daemon_pid"
    run 0 list
}

test_what_only_json_rpc_has() {
    local pid port
    start_testbed line
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 0 monitor web
    run 1 stats web
    err_has '^zinitctl: cannot get the stats of "web": this daemon cannot do it: zinit before 0\.2\.15 does not tell it$'
    # Once for all of them.
    echo 'exec: sleep 1000' >"$daemon_config/second.yaml"
    run 0 monitor second
    run 1 stats
    expect_equal "messages about all services" 1 "$(wc -l <<<"$err")"
    take_away second
    run 1 http start 127.0.0.1:1
    err_has 'zinit before 0\.2\.15 has no HTTP server$'
    run 1 http stop
    err_has 'zinit before 0\.2\.15 has no HTTP server$'

    start_testbed jsonrpc
    run 0 add parent - <<<"exec: sh -c 'sleep 1000 & echo > $scratch/child; wait'"
    run 0 add once - <<<"{exec: 'true', oneshot: true}"
    run 0 monitor parent
    run 0 monitor once
    wait_for parent '^state: running$'
    wait_for once '^state: done$'
    until [ -e "$scratch/child" ]; do sleep 0.05; done
    pid=$("$zinitctl" "${reach[@]}" status parent | sed -n 's/^pid: //p')
    run 3 stats parent nosuch
    expect_out ""
    run 1 stats once parent
    err_has '^zinitctl: cannot get the stats of "once": it has no process; start it first$'
    [[ $out =~ ^parent\ \ pid\ $pid\ \ [0-9]+\ KiB\ \ [0-9]+\.[0-9]%\ CPU$'\n'\ \ pid\ [0-9]+\ \ [0-9]+\ KiB ]] ||
        fail "stats: $out"
    # Without a name, those that have a process.
    run 0 stats
    [ "$(grep -c '^[a-z]' <<<"$out")" = 1 ] || fail "stats of all: $out"

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
        run 4 list
    done
}
