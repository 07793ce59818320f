#!/usr/bin/env bash
# suite: the tests in C, 64 threads and zinitctl on zinit 0.3 itself, but for what that daemon cannot do
# seconds: 170
# needs: cargo rustc cc
. "$(dirname "$0")/../lib/suite.sh"

release=0.3.9
oldest_rust=1.92
rust=$(rustc --version | cut -d ' ' -f 2)
if [ "$(printf '%s\n' "$oldest_rust" "$rust" | sort -V | head -n 1)" != $oldest_rust ]; then
    echo "skipped: zinit $release needs Rust $oldest_rust or later, and this is $rust"
    exit 0
fi
# Once: it takes a minute or two.
root=$PWD/build/zinit-0.3
export ZINIT_SERVER=$root/bin/zinit-server
if [ "$("$ZINIT_SERVER" --version 2>/dev/null)" != "zinit-server $release" ]; then
    cargo install --quiet zinit --version $release --no-default-features --features server --locked --root "$root" ||
        give_up "zinit $release cannot be built"
fi
export ZINIT_BIN=$PWD/tests/lib/zinit-0.3
zinit_0_3=$ZINIT_BIN

echo "the tests in C"
mapfile -t with_a_daemon < <(grep -l 'start_zinit()' tests/c/*.c | xargs -n 1 basename -s .c)
ZINIT_TEST_EXCEPT=$PWD/tests/tables/zinit_0_3_exceptions.txt tests/c/run.sh "$prefix/lib" "${with_a_daemon[@]}" ||
    fail "the tests in C"

echo "64 threads"
STRESS_SECONDS=$([ "${LONG-}" = 1 ] && echo 60 || echo 5) tests/c/run.sh "$prefix/lib" stress/stress >"$scratch/stress" ||
    fail "64 threads: $(cat "$scratch/stress")"
while IFS=$'\t' read -r name number; do
    figure "$name on zinit $release" "$number"
done < <(sed -n 's/^# figure //p' "$scratch/stress")

daemon_start "$zinit_0_3" "$zinitctl" "$scratch/daemon"

# on STATUS ARGUMENT...: runs zinitctl, and leaves what it prints in $out.
on() {
    local expected=$1 status=0
    shift
    out=$("$zinitctl" --socket "$daemon_socket" "$@" 2>&1) || status=$?
    [ $status = "$expected" ] || fail "zinitctl $*: exit status $status, and not $expected: $out"
}
# has PATTERN: what was printed
has() {
    grep -qE "$1" <<<"$out" || fail "'$1' is not in: $out"
}
definition() { # definition NAME LINE...
    printf '%s\n' "${@:2}" >"$scratch/$1.yaml"
}
# state NAME WORD: waits until list shows it.
state() {
    local attempt
    for ((attempt = 0; attempt < 400; attempt++)); do
        on 0 list
        grep -qE "^$1"$'\t'"$2"$'\t' <<<"$out" && return
        sleep 0.05
    done
    fail "$1 does not become $2: $out"
}

echo "what it is"
on 0 protocol
has '^zinit-0\.3$'
on 0 version
has "^daemon: ${release//./\\.}$"
on 1 --protocol line list
has 'allow only the line protocol'

echo "a life"
definition web 'exec: sh -c "echo out; echo err >&2; exec sleep 1000"' 'env: {A: b}' 'shutdown_timeout: 3'
on 0 deploy web "$scratch/web.yaml"
on 0 get web
has '^exec: sh -c "echo out; echo err >&2; exec sleep 1000"$'
has '^shutdown_timeout: 3$'
has '^lifecycle: '
on 0 status web
has '^state: running$'
has '^target: up$'
has '^pid: [1-9][0-9]*$'
on 0 logs web
expect_equal "the log" $'err\nout' "$(sort <<<"$out")"
on 0 stats web
has '^web +pid [0-9]+ '
on 0 restart web
on 0 kill web HUP
on 0 start web --wait
on 0 stop web --wait
state web stopped
on 1 kill web TERM
has 'no process'
on 0 start web --wait
on 1 monitor web
has 'monitored already'
on 3 monitor nosuch
has 'zinit 0\.3 reads its directory only when it begins'

echo "what ends"
definition once 'exec: sh -c "exit 0"' 'oneshot: true'
on 0 deploy once "$scratch/once.yaml"
definition fails 'exec: sh -c "exit 3"' 'oneshot: true'
on 1 deploy fails "$scratch/fails.yaml"
has 'exit code 3'
definition ends 'exec: sh -c "sleep 0.2"'
on 1 deploy ends "$scratch/ends.yaml" --steady 5
has 'exit code 0'

echo "a service that crashes again and again is stopped for good"
definition crashes 'exec: sh -c "sleep 0.1; exit 5"'
on 5 deploy crashes "$scratch/crashes.yaml" --timeout 2
on 0 stop crashes --wait --timeout 60
state crashes stopped

echo "a service that waits for another one"
definition waits 'exec: sleep 1000' 'after: [crashes]'
on 5 deploy waits "$scratch/waits.yaml" --timeout 1
has 'it waits for "crashes"'
on 0 stop waits --wait
state waits stopped

echo "what is refused, and changes nothing"
on 0 list
before=$out
on 1 deploy web "$scratch/web.yaml"
has 'not the last one in its list'
on 1 destroy web
has 'not the last one in its list'
on 1 forget web
has 'not the last one in its list'
definition logs 'exec: sleep 1000' 'log: ring'
on 1 add logs "$scratch/logs.yaml"
has 'key .log.'
definition evil 'exec: sleep 1000' 'service: {kill_others: true}'
on 1 add evil "$scratch/evil.yaml"
has 'service\.kill_others'
on 1 http start 127.0.0.1:1
has 'zinit 0\.3 has no HTTP server'
on 0 list
expect_equal "the services" "$before" "$out"

echo "the last one is replaced and removed"
definition last 'exec: sleep 1000'
on 0 deploy last "$scratch/last.yaml"
on 0 deploy last "$scratch/last.yaml"
on 0 destroy last
on 1 exists last

echo "a log that is followed"
# shellcheck disable=SC2016 # for the shell of the service
definition prints 'exec: sh -c "i=0; while [ \$i -lt 300 ]; do i=\$((i + 1)); echo line \$i; sleep 0.01; done; sleep 1000"'
on 0 add prints "$scratch/prints.yaml"
timeout 60 "$zinitctl" --socket "$daemon_socket" logs --follow prints | head -n 300 >"$scratch/lines" || true
expect_equal "the lines" "$(seq -f 'line %g' 300)" "$(cat "$scratch/lines")"

on 0 shutdown
