#!/usr/bin/env bash
# suite: the examples for LuaJIT, Ruby and Java list the services, wait, and tell an error, over each protocol
# needs: luajit ruby
. "$(dirname "$0")/../lib/suite.sh"

export LD_LIBRARY_PATH=$prefix/lib ZINIT_CDEF=$prefix/share/zinit-client/zinit_cdef.h
runtimes=("luajit examples/zinit.lua" "ruby examples/zinit.rb")
# Its foreign functions are there since Java 22, which not every Debian has.
if [ "$(java --version 2>/dev/null | sed -n '1s/^[a-z]* \([0-9]*\).*/\1/p')" -ge 22 ] 2>/dev/null; then
    runtimes+=("java --enable-native-access=ALL-UNNAMED examples/Zinit.java")
else
    echo "skipped: the example for Java: it needs Java 22 or newer"
fi

examples() {
    local runtime command
    daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
    for name in down up; do
        echo 'exec: sleep 1000' >"$daemon_config/$name.yaml"
    done
    "$zinitctl" --socket "$daemon_socket" --config-dir "$daemon_config" start-all up down
    for runtime in "${runtimes[@]}"; do
        read -ra command <<<"$runtime"
        "$zinitctl" --socket "$daemon_socket" --config-dir "$daemon_config" stop --wait down
        "${command[@]}" down "$daemon_socket" >"$scratch/said" 2>&1 || fail "$runtime: it ended with $?"
        expect_equal "$runtime" "$(printf '%s\n' down up: 'down is up')" \
            "$(sed 's/^down: .*/down/; s/^up: Running$/up:/' "$scratch/said")"
        "$zinitctl" --socket "$daemon_socket" is-active down || fail "$runtime: the service is not up"
        ! "${command[@]}" nobody "$daemon_socket" >/dev/null 2>"$scratch/said" || fail "$runtime: no error"
        grep -q '^ZINIT_ERR_UNKNOWN_SERVICE: cannot start "nobody"' "$scratch/said" || fail "$runtime: $(cat "$scratch/said")"
    done
}
over_each_protocol examples
