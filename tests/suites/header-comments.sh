#!/usr/bin/env bash
# suite: each name in zinit.h has its comment, which fits it
# needs: awk
. "$(dirname "$0")/../lib/suite.sh"

awk -f tests/lib/header-comments.awk include/zinit.h || fail "comments and declarations disagree"

# A name that a comment mentions is there.
defined=$(grep -oE '^#define ZINIT_[A-Z_]+|\bzinit_[a-z_]+[a-z](\(|;)' include/zinit.h | sed 's/#define //; s/[(;]$//' | sort -u)
mentioned=$(sed -n 's/"[^"]*"//g; s/^ \* *//p' include/zinit.h | grep -oE '\bZINIT_[A-Z_]+[A-Z]\b|\bzinit_[a-z_]+[a-z]\(' | tr -d '(' | sort -u)
expect_equal "names in comments that are not in the header" "" "$(comm -13 <(echo "$defined") <(echo "$mentioned"))"
