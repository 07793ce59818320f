#!/usr/bin/env bash
# Takes a service through its whole life with zinitctl, against a daemon of its own in a temporary directory.
# `make demo` builds what it needs and calls it with their paths.
set -euo pipefail
if [ $# != 2 ]; then
    echo 'usage: demo.sh ZINITCTL ZINIT' >&2
    exit 2
fi
zinitctl=$(realpath "$1")
zinit=$(realpath "$2")
cd "$(dirname "$0")/.."
. tests/lib/daemon.sh

directory=$(mktemp -d "${TMPDIR:-/tmp}/zinit-demo.XXXXXX")
trap 'daemon_stop; rm -rf "$directory"' EXIT
trap 'exit 1' INT TERM

# Prints a command and runs it, with the options that lead to our daemon.
step() {
    printf '\n$ zinitctl %s\n' "$*"
    "$zinitctl" --socket "$daemon_socket" --config-dir "$daemon_config" --zinit-binary "$zinit" "$@"
}

# wait_for PATTERN: until the status of web has such a line
wait_for() {
    local attempt
    for ((attempt = 0; attempt < 100; attempt++)); do
        if "$zinitctl" --socket "$daemon_socket" status web | grep -q "$1"; then
            return 0
        fi
        sleep 0.05
    done
    echo "web did not get there: $1" >&2
    return 1
}

daemon_start "$zinit" "$zinitctl" "$directory"

cat >"$directory/web.yaml" <<'END'
exec: sh -c 'while sleep 1; do echo serving; done'
test: "true"
env:
  PORT: 8080
END

cat >"$directory/wrong.yaml" <<'END'
exec: while sleep 1; do echo serving; done
after: network
END

cd "$directory"
step version
printf '\n$ cat wrong.yaml\n'
cat wrong.yaml
step check wrong.yaml || true
printf '\n$ cat web.yaml\n'
cat web.yaml
step check web.yaml
step add web web.yaml
step monitor web
wait_for 'state: running'
step list
step status web
step get web
step stop web
wait_for 'pid: 0'
step status web
step start web
wait_for 'state: running'
step kill web TERM
wait_for 'state: crashing'
step list
step stop web
wait_for 'pid: 0'
step forget web
step remove web
step exists web || true
printf '\nThe service is gone, and so is the daemon.\n'
