#!/usr/bin/env bash
# suite: requests under Python's asyncio, through ctypes, over each protocol
# needs: cc python3
. "$(dirname "$0")/../lib/suite.sh"

python_tests() {
    local name services=(list start stop restart deploy a b c d e f)
    daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
    for name in "${services[@]}"; do
        echo 'exec: sleep 1000' >"$daemon_config/$name.yaml"
    done
    "$zinitctl" --socket "$daemon_socket" --config-dir "$daemon_config" start-all "${services[@]}"
    python3 -X dev -W error tests/python/requests.py "$prefix/lib/libzinit_client.so" "$daemon_socket" "$daemon_config"
    expect_equal "the services afterwards" "a b deploy list restart start stop" \
        "$("$zinitctl" --socket "$daemon_socket" list | awk '{print $1}' | paste -sd ' ')"
    expect_equal "the definition deployed" "exec: sleep 2000" "$(cat "$daemon_config/deploy.yaml")"
}
over_each_protocol python_tests
