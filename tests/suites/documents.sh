#!/usr/bin/env bash
# suite: the program in the header compiles, what the documents name is there, and the man pages render
# needs: gcc pkg-config man mandoc
. "$(dirname "$0")/../lib/suite.sh"

# The program in the header's opening comment. Those in README.md and docs are in the suite docs.
sed -n '/^ \*     #include <stdio.h>/,/^ \*     }$/p' include/zinit.h | sed -E "s/^ [*]( {5}|$)//" >"$scratch/header.c"
[ -s "$scratch/header.c" ] || fail "no program in the header"
build_c "$scratch/header" gcc "$scratch/header.c" || fail "the program in the header does not compile"

for document in *.md */*.md bindings/*/*.md; do
    [ -f "$document" ] || continue
    { grep -oE '\]\([^)#:]+\)' "$document" || true; } | sed 's/^](//; s/)$//' | while read -r link; do
        [ -e "$(dirname "$document")/$link" ] || echo "$document: $link"
    done
done >"$scratch/missing"
expect_equal "links to nowhere" "" "$(cat "$scratch/missing")"

# Each make target that the documents name.
# shellcheck disable=SC2013,SC2016 # a word each; a fence, not a command
for target in $(grep -ohE '^    make [a-z-]+|`make [a-z-]+' README.md CONTRIBUTING.md docs/*.md | sed 's/.*make //' | sort -u); do
    grep -q "^$target:" Makefile || fail "make $target is in the documents and not in the Makefile"
done

# Each file or folder that they name.
# shellcheck disable=SC2013,SC2016 # a word each; a fence, not a command
for path in $(grep -ohE '`(src|tests|examples|examples-c|docs|testbed|bindings|benches|fuzz)/[A-Za-z0-9_./-]*`' README.md CONTRIBUTING.md SECURITY.md docs/*.md | tr -d '`' | sort -u); do
    [ -e "$path" ] || fail "$path is in the documents and not in the tree"
done

# The man pages render. How long the lines of their sources are, and which other pages are installed, does not matter; nor
# does what a program has in its text. Those of section 3 are written from the header.
check_page() { # check_page PAGE LINES
    local page=$1 name
    name=$(basename "$page")
    # Two streams, which would run into each other in one file.
    mandoc -T lint "$page" >"$scratch/lint" 2>"$scratch/said" || true
    expect_equal "mandoc: $name" "" "$(cat "$scratch/lint" "$scratch/said" |
        grep -vE 'STYLE: (input text line longer than|referenced manual not found|verbatim "--"|function name without markup: free)|outdated mandoc.db lacks' || true)"
    expect_equal "man: $name" "" "$(MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null)"
    [ "$(MANWIDTH=80 LC_ALL=C.UTF-8 man -E UTF-8 -l "$page" | wc -l)" -gt "$2" ] || fail "$name is empty"
}
for page in docs/man/*.[1-8]; do
    check_page "$page" 100
done
for section in NAME SYNOPSIS DESCRIPTION ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES DIAGNOSTICS; do
    grep -qx "\.Sh $section" docs/man/zinitctl.1 || fail "zinitctl.1 has no section $section"
done

# Section 3: each name in the header leads to the page that tells of it.
man3=$prefix/share/man/man3
for page in "$man3"/*.3; do
    grep -q '^\.so ' "$page" || check_page "$page" 40
done
titles=$(sed -n 's/^ \* [0-9]*\. \(.*\)/\1/p' include/zinit.h)
expect_equal "sections that zinit.3 names" "$titles" "$(sed -n '/^\.It Xr zinit_/{n;p}' "$man3/zinit.3")"
for name in $(grep -v '^ \*' include/zinit.h | grep -o '\<zinit_[a-z0-9_]*(' | tr -d '('); do
    found=$(MANPATH=$prefix/share/man man -w 3 "$name") || fail "there is no page for $name"
    grep -qxF ".Fo $name" "$found" || fail "the page for $name does not have it: $found"
    grep -qxF ".Ss $name()" "$found" || fail "the page for $name does not tell of it: $found"
done
# A function as the reader sees it.
MANPATH=$prefix/share/man MANWIDTH=100 LC_ALL=C.UTF-8 man -E UTF-8 3 zinit_client_stop_wait | col -bx >"$scratch/page"
for words in 'zinit_code zinit_client_stop_wait(const zinit_client \*client' 'waits until its process has ended' \
    'timeout_ms  *milliseconds; 0:' 'Returns: ZINIT_OK;'; do
    grep -q "$words" "$scratch/page" || fail "man zinit_client_stop_wait does not say: $words"
done

# A header that cannot be read as a whole is an error.
refuses() { # refuses WORDS SED-SCRIPT: the header that sed makes
    mkdir -p "$scratch/pages"
    sed "$2" include/zinit.h >"$scratch/odd.h"
    if awk -v directory="$scratch/pages" -f docs/man/section3.awk "$scratch/odd.h" 2>"$scratch/said"; then
        fail "no error for a header of which this is true: $1"
    fi
    grep -qF "$1" "$scratch/said" || fail "it does not say '$1': $(cat "$scratch/said")"
}
refuses "zinit_version has no comment" '/^const char \*zinit_version(void);$/i int32_t zinit_other(void);'
refuses "ZINIT_ERR_TIMEOUT has no comment" '/^#define ZINIT_ERR_TIMEOUT /i #define ZINIT_OTHER 1'
refuses 'a section has a number and a title, and not "Queue' 's/^ \* [0-9]*\. Queue/ * Queue/'
refuses "is before the first section" 's|^/\*$|/* |'
refuses "the declaration above does not end" 's/^const char \*zinit_version(void);$/const char *zinit_version(void)/'
refuses "the last comment does not end" '/^const char \*zinit_version(void);$/{s|.*|/** A comment|;q}'
refuses "the first comment does not have the rules" 's/^ \* Rules that hold/ * What holds/'
refuses "there is no function" d
