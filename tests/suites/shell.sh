#!/usr/bin/env bash
# suite: shellcheck has nothing to say
# seconds: 20
# needs: shellcheck
. "$(dirname "$0")/../lib/suite.sh"

# Every script in the tree, by name or by its first line. Not by git: a tarball has no repository.
mapfile -t scripts < <(find . \( -path ./build -o -path ./target -o -path ./.git \) -prune -o \
    -type f \( -name '*.sh' -o -name '*.bash' -o -exec grep -qIE '^#!.*\b(ba)?sh$' {} \; \) -print | sort)
[ ${#scripts[@]} -gt 0 ] || give_up "there are no scripts"
for script in "${scripts[@]}"; do
    bash -n "$script" || fail "$script does not parse"
done
shellcheck "${scripts[@]}"
