#!/usr/bin/env bash
# suite: the end-to-end tests in C, Rust, Go, JavaScript, Python and of zinitctl, and 64 threads, on zinit 0.3 itself
# seconds: 400
# needs: cargo rustc cc
# Each case that this daemon cannot do stands with the reason in tests/tables/zinit_0_3_exceptions.txt. With LONG=1, the
# threads run for 60 s, and not for 5.
. "$(dirname "$0")/../lib/suite.sh"

release=0.3.9
oldest_rust=1.92
rust=$(rustc --version | cut -d ' ' -f 2)
if [ "$(printf '%s\n' "$oldest_rust" "$rust" | sort -V | head -n 1)" != $oldest_rust ]; then
    echo "skipped: zinit $release needs Rust $oldest_rust or later, and this is $rust"
    exit 0
fi
# Once: it takes half a minute, and would take twice as long if it were optimised.
root=$PWD/build/zinit-0.3
export ZINIT_SERVER=$root/bin/zinit-server
if [ "$("$ZINIT_SERVER" --version 2>/dev/null)" != "zinit-server $release" ]; then
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install --quiet zinit --version $release --no-default-features --features server --locked --root "$root" ||
        give_up "zinit $release cannot be built"
fi
export ZINIT_BIN=$PWD/tests/lib/zinit-0.3
export ZINITCTL=$zinitctl
zinit_0_3=$ZINIT_BIN
exceptions=tests/tables/zinit_0_3_exceptions.txt

# excepted SUITE: the cases that the daemon cannot do, a line each. The table says why.
excepted() {
    awk -F '\t' -v suite="$1" '$1 == suite { print $2 }' $exceptions
}
# say_excepted SUITE: says them, for tools that leave them out in silence.
say_excepted() {
    awk -F '\t' -v suite="$1" '$1 == suite { printf "ok %s (skipped: %s)\n", $2, $3 }' $exceptions
}

echo "the tests in C"
mapfile -t with_a_daemon < <(grep -l 'start_zinit()' tests/c/*.c | xargs -n 1 basename -s .c)
awk -F '\t' '$1 == "c" { print $2 "\t" $3 }' $exceptions >"$scratch/except-c"
ZINIT_TEST_EXCEPT=$scratch/except-c tests/c/run.sh "$prefix/lib" "${with_a_daemon[@]}" ||
    fail "the tests in C"

echo "the tests in Rust"
say_excepted rust
mapfile -t skips < <(excepted rust | sed 's/^/--skip\n/')
cargo test --test end_to_end --test logs --test waits --no-fail-fast -- --test-threads=4 --exact "${skips[@]}" ||
    fail "the tests in Rust"

echo "the tests in Go"
if tests/need-tools go; then
    say_excepted go
    (
        export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage LD_LIBRARY_PATH=$prefix/lib
        but=$(excepted go | paste -sd '|')
        cd bindings/go && go test -count=1 -skip "^($but)\$" ./zinit
    ) || fail "the tests in Go"
else
    skip "the tests in Go" "there is no Go"
fi

echo "the tests in JavaScript"
if tests/need-tools node node-headers; then
    say_excepted node
    # A copy, for the add-on is built into it.
    cp -r bindings/node "$scratch/node"
    node bindings/node/build.js --output "$scratch/node/build/zinit_client.node" || fail "the add-on for Node.js"
    but=$(excepted node | sed 's/[][().*+?^$|{}\\/]/\\&/g' | paste -sd '|')
    # Node.js asks for the name of all tests of a file, <root>, too, and then runs each.
    node --test --test-concurrency=4 --test-name-pattern="^(?!(?:<root>|$but)\$)." "$scratch"/node/test/{calls,errors,loop,readme,streams}.test.js ||
        fail "the tests in JavaScript"
else
    skip "the tests in JavaScript" "there is no Node.js"
fi

echo "the tests in Python"
if tests/need-tools python3 python3-venv; then
    say_excepted python
    environment=$root/python
    [ -x "$environment/bin/pip" ] || python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check 'setuptools>=70.1' wheel 'cffi>=1.16' pytest pytest-timeout anyio trio
    # From a copy, for a build leaves files behind.
    mkdir -p "$scratch/clone/bindings"
    cp -r bindings/python "$scratch/clone/bindings"
    for name in Makefile Cargo.toml include; do
        ln -s "$PWD/$name" "$scratch/clone/$name"
    done
    ZINIT_CLIENT_BUILD=abi "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
        --force-reinstall "$scratch/clone/bindings/python" || fail "the Python package"
    mapfile -t deselected < <(excepted python | sed 's|^|--deselect\ntests/|')
    (
        cd bindings/python && LD_LIBRARY_PATH=$prefix/lib "$environment/bin/python" -X dev -m pytest -q -p no:cacheprovider \
            "${deselected[@]}" tests/test_{client,streams,waits,aio}.py
    ) || fail "the tests in Python"
else
    skip "the tests in Python" "there is no Python with venv"
fi

echo "zinitctl"
tests/suites/zinitctl.sh || fail "the tests of zinitctl"

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
