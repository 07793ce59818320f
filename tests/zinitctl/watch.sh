# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# Changes of state.

test_watch() {
    local watch status=0
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 0 start-all web
    "$zinitctl" "${reach[@]}" watch >"$scratch/watch" 2>"$scratch/err" &
    watch=$!
    watch_has '^[0-9-]{10} [0-9:]{8}  web: running, target up, pid [1-9][0-9]*$'
    run 0 stop --wait web
    watch_has '  web: running -> stopped, target down$'
    run 0 forget web
    watch_has '  web: forgotten$'
    kill -INT $watch 2>/dev/null || true
    # A shell has its children in the background ignore SIGINT.
    kill -TERM $watch
    wait $watch || status=$?
    expect_equal "exit status of watch" 0 $status
    expect_equal "stderr of watch" "" "$(cat "$scratch/err")"

    run 0 monitor web
    wait_for web '^state: running$'
    on_terminal 0 --interrupt 'web: ' watch web
    out_has $'  web: \e\\[32mrunning\e\\[0m, target up, pid [1-9][0-9]*\r$'
    NO_COLOR=1 on_terminal 0 --interrupt 'web: ' watch
    out_has $'  web: running, target up, pid [1-9][0-9]*\r$'
    on_terminal 0 --interrupt 'web: ' watch --color never --raw
    out_has $'  web: Running, target Up, pid [1-9][0-9]*\r$'
    # A pipe that is closed while nothing happens, and what the shell says of it.
    (set -o pipefail; "$zinitctl" "${reach[@]}" watch 2>"$scratch/err" | head -n 1) >"$scratch/out" ||
        fail "watch in a pipe that is closed: status $?"
    expect_equal "stderr of watch" "" "$(cat "$scratch/err")"
    grep -q '  web: running' "$scratch/out" || fail "watch in a pipe: $(cat "$scratch/out")"
    take_away web
    run 2 watch a/b
}

test_watch_as_json() {
    local watch
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 0 start-all web
    "$zinitctl" "${reach[@]}" watch --json >"$scratch/watch" 2>"$scratch/err" &
    watch=$!
    watch_has '"appeared"'
    run 0 stop --wait web
    watch_has '"stopped"'
    run 0 forget web
    watch_has '"forgotten"'
    kill -TERM $watch
    wait $watch || fail "watch --json: status $?"
    python3 - "$scratch/watch" <<'PYTHON' || fail "watch --json: $(cat "$scratch/watch")"
import json, sys
changes = [json.loads(line) for line in open(sys.argv[1])]
assert [change["change"] for change in changes][0] == "appeared" and changes[-1]["change"] == "forgotten"
assert changes[0]["state"] == "running" and changes[0]["daemon_state"] == "Running" and changes[0]["pid"] > 0
assert changes[0]["state_before"] is None
stopped = next(change for change in changes if change["state"] == "stopped")
assert stopped["state_before"] == "running" and stopped["target"] == "down" and stopped["pid"] is None
assert changes[-1]["state"] is None and changes[-1]["target"] is None and changes[-1]["pid"] is None
PYTHON
    validate change <"$scratch/watch" || fail "watch --json: $(cat "$scratch/watch")"
    run 0 remove web
}

test_watch_until() {
    local watch status=0
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    printf 'exec: sleep 1000\ntest: test -e %s/go-on\n' "$scratch" >"$daemon_config/slow.yaml"
    printf 'exec: sh -c "exit 3"\noneshot: true\n' >"$daemon_config/bad.yaml"
    echo 'exec: sh -c "exit 4"' >"$daemon_config/crashes.yaml"
    run 0 monitor web slow bad crashes
    run 0 watch --until up --timeout 20 web
    run 5 watch --until up --timeout 0.3 web slow
    err_has '^zinitctl: slow: not up after [0-9.]+ s: it is starting$'
    run 1 watch --until up --timeout none bad
    err_has '^zinitctl: bad: cannot get up any more by itself: it is failed \(exit 3\)$'
    run 0 watch --until failed --timeout 20 bad crashes
    # As is-failed has it, a service that cannot be run has failed after a stop, too.
    echo 'exec: /nonexistent/program' >"$daemon_config/missing.yaml"
    run 0 monitor missing
    wait_for missing '^state: failed$'
    run 0 stop --wait missing
    run 0 is-failed missing
    run 0 watch --until failed --timeout 20 missing
    take_away missing
    run 5 watch --until down --timeout 0 web
    err_has '^zinitctl: web: not down after .*: it is running$'
    # What others do ends it, a change of the target alone included.
    "$zinitctl" "${reach[@]}" watch --until up web slow >"$scratch/watch" 2>"$scratch/watch.err" &
    watch=$!
    watch_has 'slow: starting'
    touch "$scratch/go-on"
    wait $watch || status=$?
    expect_equal "exit status of watch --until up" 0 $status
    watch_has 'slow: starting -> running'
    "$zinitctl" "${reach[@]}" watch --until down web crashes >"$scratch/watch" 2>"$scratch/watch.err" &
    watch=$!
    watch_has 'web: running'
    run 0 stop crashes web
    wait $watch || fail "watch --until down: status $?, $(cat "$scratch/watch.err")"
    "$zinitctl" "${reach[@]}" watch --until failed slow >"$scratch/watch" 2>"$scratch/watch.err" &
    watch=$!
    watch_has 'slow: running'
    run 0 stop slow
    status=0
    wait $watch || status=$?
    expect_equal "exit status of a watch whose service was stopped" 1 $status
    grep -q '^zinitctl: slow: cannot get failed any more by itself' "$scratch/watch.err" || fail "$(cat "$scratch/watch.err")"
    on_terminal 130 --interrupt 'web: ' watch --until up web
    run 3 watch --until up nosuch
    run 2 watch --until sideways web
    run 2 watch --timeout 3 web
    err_has "option '--timeout' needs '--until'"
    take_away web slow bad crashes
}
