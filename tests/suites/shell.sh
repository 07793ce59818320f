#!/usr/bin/env bash
# suite: shellcheck has nothing to say
# needs: shellcheck git
. "$(dirname "$0")/../lib/suite.sh"

# Every script in the repository, by name or by its first line.
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard -- '*.sh' '*.bash' |
    cat - <(git grep --untracked -lE '^#!.*\b(ba)?sh$') | sort -u)
[ ${#scripts[@]} -gt 0 ] || give_up "there are no scripts"
for script in "${scripts[@]}"; do
    bash -n "$script" || fail "$script does not parse"
done
shellcheck "${scripts[@]}"
