#!/usr/bin/env bash
# suite: every function bears bad replies: mutated, cut, late, endless, of another command or protocol, or none
# seconds: 40
# needs: cc python3
. "$(dirname "$0")/../lib/suite.sh"

# SEED and CASE of the environment repeat a run or a case; LONG=1 tries many times as many.
attack() { # attack HEADER
    python3 -B -W error tests/wire/attack.py "$prefix/lib/libzinit_client.so" "$1"
}

# A function that is new is not forgotten.
new="zinit_code zinit_client_novelty(const zinit_client *client, zinit_error **error);"
awk -v new="$new" '/^ \* Gets all monitored services/ { print " * New.\n *\n * @return an exchange code\n */\n" new "\n\n/**" } { print }' \
    include/zinit.h >"$scratch/zinit.h"
said=$(attack "$scratch/zinit.h" || :)
expect_equal "what is said of a function that is new" \
    "FAILED: zinit_client_novelty takes a client, and tests/wire/operations.py does not name it" "$said"

attack include/zinit.h | tee "$scratch/output" | grep -v '^figure ' || fail "cases failed"
while IFS=$'\t' read -r name number; do
    figure "$name" "$number"
done < <(sed -n 's/^figure //p' "$scratch/output")
