#!/usr/bin/env bash
# suite: docs/reliability.md is made of its tables, each fault in it has a test, and each planted fault can be planted
# needs: awk
. "$(dirname "$0")/../lib/suite.sh"

promises=tests/reliability/promises.tsv

# The page is the one that is made of the tables, byte for byte.
tests/reliability/page >"$scratch/page" || give_up "the page cannot be made"
cmp -s "$scratch/page" docs/reliability.md ||
    fail "docs/reliability.md is not what is made of its tables: run tests/reliability/page --update"

# has_test FILE NAME: whether there is a test of this name, and not a word that is called so
has_test() {
    case $1 in
    suite) [ -f "tests/suites/$2.sh" ] ;;
    fuzz/fuzz_targets/*.rs) [ -z "$2" ] && grep -q '^fuzz_target!' "$1" ;;
    # A function with the attribute of a test, or one that is run by a macro that makes tests: everywhere! and its kin.
    *.rs)
        awk -v name="$2" '
            /^ *#\[test\]/ { is_test = 1 }
            /^[a-z_]+!\[/ { in_macro = 1 }
            in_macro && $0 ~ "(^|[^a-zA-Z0-9_])" name "([^a-zA-Z0-9_]|$)" { is_run = 1 }
            in_macro && /\];/ { in_macro = 0 }
            $0 ~ "^ *(pub |async )*fn " name "(\\(|<)" { is_there = 1; if (is_test) is_run = 1 }
            /^ *(pub |async )*fn / { is_test = 0 }
            END { exit !(is_there && is_run) }
        ' "$1" || made_by_macro "$1" "$2"
        ;;
    # The name of a case, in a table or given to the macro of one.
    *.c) grep -qE "(\{\"$2\"|[A-Z_]+\($2[,)])" "$1" ;;
    *_test.go) grep -q "^func $2(" "$1" ;;
    *.py) grep -qE "^(async )?def $2\(" "$1" ;;
    *.test.js) grep -qF -e "test('$2'" "$1" ;;
    *.sh) grep -q "^$2()" "$1" ;;
    *) return 1 ;;
    esac
}
# A test that a macro of the file makes, which gives it its name: `name!(NAME, ...)` or `NAME => ...`.
made_by_macro() { # made_by_macro FILE NAME
    grep -qE "^ *[a-z_]+!\($2[,)]" "$1"
}

count=0
while IFS=$'\t' read -r section fault promise file name; do
    [[ $section != \#* ]] || continue
    count=$((count + 1))
    for column in "$section" "$fault" "$promise" "$file"; do
        [ -n "$column" ] || fail "$promises: a column is empty: $fault"
    done
    if [ "$file" != suite ] && [ ! -f "$file" ]; then
        fail "$promises: there is no file $file"
    else
        has_test "$file" "$name" || fail "$promises: $file has no test '$name'"
    fi
done <$promises
[ $count -ge 120 ] || fail "$promises has only $count faults"

# No two rows are alike: neither the fault, nor a promise together with its test.
expect_equal "faults that stand there twice" "" "$(grep -v '^#' $promises | cut -f 2 | sort | uniq -di)"
expect_equal "promises with the same test that stand there twice" "" "$(grep -v '^#' $promises | cut -f 3- | sort | uniq -di)"

tests/mutations/run --check || fail "some faults cannot be planted any more"

# The checks themselves: what is not a test is not taken for one.
! has_test tests/waits.rs until_stubborn || fail "a function that is not a test counts as one"
! has_test src/client/tests/groups.rs numbered || fail "a function that is not a test counts as one"
has_test src/client/tests/groups.rs one_of_ten_is_started_by_somebody_else || fail "a test of everywhere! does not count"
! has_test tests/c/waits.c begin_waiting || fail "a function in C that is not a case counts as one"
