#!/usr/bin/env bash
# suite: the programs in README.md and in the header compile, and what the documents name is there
# needs: gcc pkg-config man mandoc
. "$(dirname "$0")/../lib/suite.sh"

# shellcheck disable=SC2016 # a fence, not a command
# The first program of README.md, and the one in the header's opening comment.
sed -n '/^```c$/,/^```$/p' README.md | sed '/^```/d' >"$scratch/readme.c"
sed -n '/^ \*     #include <stdio.h>/,/^ \*     }$/p' include/zinit.h | sed -E "s/^ [*]( {5}|$)//" >"$scratch/header.c"
for program in readme header; do
    [ -s "$scratch/$program.c" ] || fail "no program in $program"
    build_c "$scratch/$program" gcc "$scratch/$program.c" || fail "the program in $program does not compile"
done

for document in *.md */*.md bindings/*/*.md; do
    [ -f "$document" ] || continue
    { grep -oE '\]\([^)#:]+\)' "$document" || true; } | sed 's/^](//; s/)$//' | while read -r link; do
        [ -e "$(dirname "$document")/$link" ] || echo "$document: $link"
    done
done >"$scratch/missing"
expect_equal "links to nowhere" "" "$(cat "$scratch/missing")"

# Each make target that the documents name.
# shellcheck disable=SC2013,SC2016 # a word each; a fence, not a command
for target in $(grep -ohE '^    make [a-z]+|`make [a-z]+' README.md CONTRIBUTING.md | sed 's/.*make //' | sort -u); do
    grep -q "^$target:" Makefile || fail "make $target is in the documents and not in the Makefile"
done

# Each file or folder that they name.
# shellcheck disable=SC2013,SC2016 # a word each; a fence, not a command
for path in $(grep -ohE '`(src|tests|examples-c|docs|testbed|bindings|benches|fuzz)/[A-Za-z0-9_./-]*`' README.md CONTRIBUTING.md | tr -d '`' | sort -u); do
    [ -e "$path" ] || fail "$path is in the documents and not in the tree"
done

# The man page renders. How long the lines of its source are, and which other pages are installed, does not matter.
for page in docs/man/*.[1-8]; do
    # Two streams, which would run into each other in one file.
    mandoc -T lint "$page" >"$scratch/lint" 2>"$scratch/said" || true
    expect_equal "mandoc: $page" "" "$(cat "$scratch/lint" "$scratch/said" |
        grep -vE 'STYLE: input text line longer than|outdated mandoc.db lacks|STYLE: referenced manual not found' || true)"
    expect_equal "man: $page" "" "$(MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null)"
    [ "$(MANWIDTH=80 LC_ALL=C.UTF-8 man -E UTF-8 -l "$page" | wc -l)" -gt 100 ] || fail "$page is empty"
done
for section in NAME SYNOPSIS DESCRIPTION ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES DIAGNOSTICS; do
    grep -qx "\.Sh $section" docs/man/zinitctl.1 || fail "zinitctl.1 has no section $section"
done
