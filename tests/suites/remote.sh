#!/usr/bin/env bash
# suite: eight nodes over sockets that a real sshd forwards: list, restart, nodes that die or hang in the middle
# seconds: 60
# needs: gcc pkg-config ssh ssh-keygen sshd
. "$(dirname "$0")/../lib/suite.sh"

count=8
# How long a node may take. Long, because only one that hangs takes that long.
limit=30
ssh_processes=()
daemon_pids=()
sshd_process=
run=
watch=

node() { # node NUMBER: its directory
    printf '%s/node%s' "$scratch" "$1"
}
mapfile -t all < <(seq $count)

# with_descendants PROCESS: it, and all that came from it
with_descendants() {
    local child
    printf '%s\n' "$1"
    grep -lsx "PPid:[[:space:]]*$1" /proc/[0-9]*/status | cut -d / -f 3 | while read -r child; do
        with_descendants "$child"
    done
}

end_process() { # end_process PROCESS
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# Also those that are stopped by a signal. sshd and its processes last: each of them ends with its connection.
end_nodes() {
    local number process processes=(${run:+"$run"} ${watch:+"$watch"} "${ssh_processes[@]}")
    # One that has not come up.
    daemon_stop
    [ -z "$sshd_process" ] || mapfile -t -O ${#processes[@]} processes < <(with_descendants "$sshd_process")
    for process in "${processes[@]}"; do
        end_process "$process"
    done
    for number in "${!daemon_pids[@]}"; do
        daemon_pid=${daemon_pids[number]}
        daemon_directory=$(node "$number")
        daemon_stop
    done
}
trap 'status=$?; set +e; end_nodes; (exit $status); end_of_suite' EXIT

wait_for() { # wait_for WHAT COMMAND...: until the command succeeds
    local attempt
    for ((attempt = 0; attempt < 600; attempt++)); do
        ! "${@:2}" >/dev/null 2>&1 || return 0
        sleep 0.05
    done
    tail -n 20 "$scratch"/*.log "$scratch"/node*/*.log "$scratch/out" 2>/dev/null || true
    give_up "$1 does not come"
}

# start_sshd: a private one, at a free port of the loopback interface, with nothing from /etc/ssh or ~/.ssh
start_sshd() {
    local attempt sshd
    sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)
    if [ "$(id -u)" = 0 ] && [ ! -d /run/sshd ]; then
        echo "made /run/sshd, which sshd needs when it runs as root"
        mkdir -m 755 /run/sshd
    fi
    ssh-keygen -q -t ed25519 -N '' -C host -f "$scratch/host_key"
    ssh-keygen -q -t ed25519 -N '' -C user -f "$scratch/user_key"
    for ((attempt = 0; attempt < 20; attempt++)); do
        port=$((20000 + RANDOM % 12000))
        cat >"$scratch/sshd_config" <<EOF_CONFIG
ListenAddress 127.0.0.1:$port
HostKey $scratch/host_key
PidFile none
AuthorizedKeysFile $scratch/user_key.pub
AuthenticationMethods publickey
PermitRootLogin prohibit-password
UsePAM no
# The key is below /tmp, to which all can write.
StrictModes no
# Without TCP forwarding there is none of sockets either (OpenSSH 9.2).
AllowStreamLocalForwarding local
PermitTTY no
PermitUserRC no
ForceCommand false
EOF_CONFIG
        # Its whole path: it starts itself again for each connection.
        "$sshd" -D -e -f "$scratch/sshd_config" >"$scratch/sshd.log" 2>&1 </dev/null &
        sshd_process=$!
        wait_for "sshd" eval "grep -q 'Server listening' '$scratch/sshd.log' || ! kill -0 $sshd_process"
        ! kill -0 $sshd_process 2>/dev/null || break
        grep -q 'Address already in use' "$scratch/sshd.log" || give_up "sshd ends: $(cat "$scratch/sshd.log")"
    done
    printf '[127.0.0.1]:%s %s\n' "$port" "$(cat "$scratch/host_key.pub")" >"$scratch/known_hosts"
    cat >"$scratch/ssh_config" <<EOF_CONFIG
Host node
    HostName 127.0.0.1
    Port $port
    User $(id -un)
    IdentityFile $scratch/user_key
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile $scratch/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    BatchMode yes
    ExitOnForwardFailure yes
    StreamLocalBindUnlink yes
EOF_CONFIG
}

# start_daemon NUMBER: the daemons of the two protocols take turns, if both are there
start_daemon() {
    local directory binary=$ZINIT_BIN
    directory=$(node "$1")
    [ $(($1 % 2)) = 1 ] || binary=$second
    daemon_start "$binary" "$zinitctl" "$directory"
    daemon_pids[$1]=$daemon_pid
    daemon_pid=
}

# start_ssh [--no-daemon] NUMBER: forwards the socket of a node; returns when the daemon answers, or when ssh listens
start_ssh() {
    local directory no_daemon=
    if [ "$1" = --no-daemon ]; then
        no_daemon=1
        shift
    fi
    directory=$(node "$1")
    ssh -F "$scratch/ssh_config" -N -L "$directory/forwarded.sock:$directory/zinit.sock" node \
        >>"$directory/ssh.log" 2>&1 </dev/null &
    ssh_processes[$1]=$!
    if [ -n "$no_daemon" ]; then
        wait_for "the forwarded socket of node $1" test -S "$directory/forwarded.sock"
    else
        wait_for "the daemon of node $1" "$zinitctl" --socket "$directory/forwarded.sock" list
    fi
}

# nodes EXIT-STATUS ARGUMENT...: runs the example; its output is in $scratch/out
nodes() {
    begin_nodes "${@:2}"
    end_of_run "$1"
}
begin_nodes() {
    "$scratch/nodes" $limit "$@" >"$scratch/out" 2>&1 &
    run=$!
}
end_of_run() {
    local status=0
    wait $run || status=$?
    run=
    expect_equal "the exit status" "$1" $status
}
# result_of NUMBER: what was said of a node
result_of() {
    sed -n "s|^$(node "$1")/forwarded.sock: ||p" "$scratch/out"
}
# said: of which nodes something was said, in this order
said() {
    sed -n "s|^$scratch/node\([0-9]*\)/forwarded.sock: .*|\1|p" "$scratch/out" | uniq
}
# result_is NUMBER PATTERN: one line, which is like that
result_is() {
    [[ $(result_of "$1") =~ ^$2$ ]] || fail "node $1: expected /$2/ in"$'\n'"$(cat "$scratch/out")"
}
is_said_of() { # is_said_of NUMBER
    [ -n "$(result_of "$1")" ]
}
# starts NUMBER: how often the service of a node has been started
starts() {
    wc -l <"$(node "$1")/starts"
}
has_started() { # has_started NUMBER COUNT
    [ "$(starts "$1")" = "$2" ]
}
let_go() { # let_go NUMBER...: the service is up from now on
    local number
    for number in "$@"; do
        touch "$(node "$number")/go"
    done
}
hold() {
    local number
    for number in "${all[@]}"; do
        rm -f "$(node "$number")/go"
    done
}
# begin_restart: returns when the restart waits on each node for the service to be up
begin_restart() {
    local number
    local -A before
    hold
    for number in "${all[@]}"; do
        before[$number]=$(starts "$number")
    done
    begin_nodes restart web "${sockets[@]}"
    for number in "${all[@]}"; do
        wait_for "the restart on node $number" has_started "$number" $((before[$number] + 1))
    done
}
all_but() { # all_but NUMBER...
    printf '%s\n' "${all[@]}" | grep -vxF "$(printf '%s\n' "$@")"
}

# hanging_are_last: those nodes hold up no other one
hanging_are_last() {
    expect_equal "the nodes that end last" "4 5 7" "$(said | tail -n 3 | sort | xargs)"
    expect_equal "how many nodes end" "$count" "$(said | wc -l)"
}

build_c "$scratch/nodes" gcc examples-c/nodes.c || give_up "nodes.c does not compile"
export LD_LIBRARY_PATH=$prefix/lib

second=$ZINIT_BIN
if [ "$ZINIT_BIN" = "$(realpath "$ZINIT_TESTBED")" ] || [ -n "${ZINIT_JSONRPC_BIN-}" ]; then
    second=$zinit_jsonrpc
fi
start_sshd
mapfile -t sockets < <(printf "$scratch/node%s/forwarded.sock\n" "${all[@]}")
for number in "${all[@]}"; do
    directory=$(node "$number")
    mkdir -p "$directory/services"
    # Its start is seen in one file, and is held up by another one.
    cat >"$directory/services/web.yaml" <<EOF_SERVICE
exec: sh -c 'echo start >>$directory/starts; echo hello; exec sleep 1000'
test: test -e $directory/go
EOF_SERVICE
    let_go "$number"
    echo "exec: sleep 100$number" >"$directory/services/of-$number.yaml"
    start_daemon "$number"
    start_ssh "$number"
done
for number in "${all[@]}"; do
    wait_for "web on node $number" "$zinitctl" --socket "$(node "$number")/zinit.sock" is-active web "of-$number"
done
if [ "$second" != "$ZINIT_BIN" ]; then
    expect_equal "the protocols" "$(printf 'line\njson-rpc\n%.0s' 1 2 3 4)" \
        "$(for socket in "${sockets[@]}"; do "$zinitctl" --socket "$socket" protocol; done)"
fi

echo "a list of each node is that which its daemon gives"
nodes 0 list "${sockets[@]}"
for number in "${all[@]}"; do
    directly=$("$zinitctl" --socket "$(node "$number")/zinit.sock" list --raw --no-header | awk '{ print $1, $2 }')
    expect_equal "the list of node $number" "$directly" "$(result_of "$number")"
    expect_equal "the services of node $number" "of-$number Running"$'\nweb Running' "$(result_of "$number")"
done

# The processes are of this machine, but behind the forwarded socket stands ssh.
echo "SINCE is of a process that the daemon has started, and not of one of the same number beside ssh"
for number in "${all[@]}"; do
    socket=$(node "$number")/zinit.sock
    [[ $("$zinitctl" --socket "$socket" list web | cut -f 5) == [0-9]* ]] || fail "node $number: no SINCE"
    socket=$(node "$number")/forwarded.sock
    expect_equal "SINCE of node $number" - "$("$zinitctl" --socket "$socket" list web | cut -f 5)"
done

echo "a restart on all nodes"
begin_restart
let_go "${all[@]}"
end_of_run 0
for number in "${all[@]}"; do
    result_is "$number" "web is up again"
    expect_equal "the starts on node $number" 2 "$(starts "$number")"
done

echo "a service that one node alone has"
nodes 1 restart of-5 "${sockets[@]}"
for number in $(all_but 5); do
    result_is "$number" "failed: ZINIT_ERR_UNKNOWN_SERVICE: .*"
done
result_is 5 "of-5 is up again"

echo "nodes that die in the middle of a restart: two daemons, and the ssh of a node"
begin_restart
for number in 2 3; do
    end_process "${daemon_pids[number]}"
    wait_for "the end of node $number" is_said_of "$number"
done
end_process "${ssh_processes[6]}"
wait_for "the end of node 6" is_said_of 6
expect_equal "of whom something is said while the others wait" "2 3 6" "$(said | xargs)"
let_go "${all[@]}"
end_of_run 1
result_is 2 "failed: ZINIT_ERR_CLOSED: cannot restart \"web\": .*"
result_is 3 "failed: ZINIT_ERR_CLOSED: cannot restart \"web\": .*"
result_is 6 "failed: ZINIT_ERR_(CLOSED|NOT_RUNNING): cannot restart \"web\": .*"
for number in $(all_but 2 3 6); do
    result_is "$number" "web is up again"
done

echo "a list with nodes that are dead, or were never there"
nodes 1 list "${sockets[@]}" "$(node 9)/forwarded.sock"
result_is 2 "failed: ZINIT_ERR_CLOSED: .*"
result_is 3 "failed: ZINIT_ERR_CLOSED: .*"
result_is 6 "failed: ZINIT_ERR_NOT_RUNNING: .*"
result_is 9 "failed: ZINIT_ERR_NOT_RUNNING: .*"
for number in $(all_but 2 3 6); do
    [[ $(result_of "$number") == *"web Running"* ]] || fail "node $number: $(cat "$scratch/out")"
done

# ssh accepts the connection all the same. That it is closed without a word is not the reply to a reboot.
echo "a node where no daemon was ever started"
mkdir "$(node 10)"
start_ssh --no-daemon 10
nodes 1 list "$(node 10)/forwarded.sock"
result_is 10 "failed: ZINIT_ERR_CLOSED: .*"
for protocol in any line json-rpc zinit-0.3; do
    for command in list reboot; do
        status=0
        "$zinitctl" --socket "$(node 10)/forwarded.sock" --protocol $protocol $command 2>"$scratch/out" || status=$?
        expect_equal "the exit status of $command over $protocol: $(cat "$scratch/out")" 4 $status
    done
done

echo "a watch and a log that is followed, while the ssh of a node ends and comes back"
"$zinitctl" --socket "$(node 8)/forwarded.sock" watch web >"$scratch/watch.log" 2>&1 &
watch=$!
"$zinitctl" --socket "$(node 8)/forwarded.sock" logs --follow web >"$scratch/out" 2>&1 &
run=$!
wait_for "the watch" grep -q ' web: running' "$scratch/watch.log"
wait_for "the log" grep -q '^hello$' "$scratch/out"
end_process "${ssh_processes[8]}"
end_of_run 4
grep -qE 'cannot .* "web": (the daemon closed the connection|no zinit daemon answers)' "$scratch/out" ||
    fail "the log: $(cat "$scratch/out")"
wait_for "the end of the daemon in the watch" grep -q 'the daemon does not answer$' "$scratch/watch.log"
start_ssh 8
wait_for "the daemon in the watch" grep -q 'the daemon answers again$' "$scratch/watch.log"
end_process $watch
watch=

echo "nodes that come back"
for number in 2 3; do
    start_daemon $number
    wait_for "web on node $number" "$zinitctl" --socket "$(node $number)/forwarded.sock" is-active web
done
start_ssh 6
nodes 0 list "${sockets[@]}"

echo "nodes that hang in the middle of a restart: two daemons, and the ssh of a node"
limit=20
begin_restart
kill -STOP "${daemon_pids[4]}" "${daemon_pids[5]}" "${ssh_processes[7]}"
# shellcheck disable=SC2046 # several words
let_go $(all_but 4 5 7)
end_of_run 1
hanging_are_last
for number in $(all_but 4 5 7); do
    result_is "$number" "web is up again"
done
for number in 4 5 7; do
    result_is "$number" "failed: ZINIT_ERR_TIMEOUT: cannot restart \"web\": .*"
done

echo "a list with nodes that hang"
limit=10
nodes 1 list "${sockets[@]}"
hanging_are_last
for number in $(all_but 4 5 7); do
    [[ $(result_of "$number") == *"web Running"* ]] || fail "node $number: $(cat "$scratch/out")"
done
for number in 4 5 7; do
    result_is "$number" "failed: ZINIT_ERR_NO_REPLY: .*"
done

echo "nodes that go on"
kill -CONT "${daemon_pids[4]}" "${daemon_pids[5]}" "${ssh_processes[7]}"
limit=30
nodes 0 list "${sockets[@]}"
expect_equal "the nodes that are listed" "${all[*]}" "$(said | sort | xargs)"
