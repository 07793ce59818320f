# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# Changes of state.

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
    wait_for web '^state: running$'
    on_terminal 0 --interrupt 'web: ' watch web
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
