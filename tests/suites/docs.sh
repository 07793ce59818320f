#!/usr/bin/env bash
# suite: what the manual says is in the header and in the tests; its examples compile, and run over each protocol
# seconds: 40
# needs: awk gcc cc pkg-config
# shellcheck disable=SC2016 # backquotes of Markdown, not a command
. "$(dirname "$0")/../lib/suite.sh"

pages=(README.md docs/*.md bindings/go/README.md)

# As on the machine of a reader who has installed the library, and a zinit.
mkdir "$scratch/bin"
ln -s "$zinitctl" "$scratch/bin/zinitctl"
export PATH=$scratch/bin:$PATH LD_LIBRARY_PATH=$prefix/lib
export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage

take_apart() { # take_apart PAGE: into a directory of its own, which is in `examples`
    examples=$scratch/examples/${1//\//-}
    mkdir -p "$examples"
    awk -v directory="$examples" -f tests/lib/examples.awk "$1" || fail "$1 cannot be read"
}

compiled=0
compile() { # compile PAGE: its examples in C; those that are not programs have no lines #include of their own
    local source
    for source in "$examples"/*.c; do
        [ -e "$source" ] || continue
        case $source in
        */fragment-*)
            printf '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <zinit.h>\n' |
                cat - "$source" >"$source.all.c"
            build_c "$scratch/object.o" gcc -c "$source.all.c" || fail "$1: an example does not compile: $source"
            ;;
        *)
            build_c "$scratch/program" gcc "$source" || fail "$1: $(basename "$source") does not compile"
            grep -q "^\./$(basename "$source" .c)\b" "$examples/script.sh" || fail "$1: nothing runs $(basename "$source")"
            ;;
        esac
        compiled=$((compiled + 1))
    done
}

# What differs from run to run does not count: numbers, and the space between columns.
masked() {
    sed -E 's/[0-9]+/N/g; s/[[:space:]]+/ /g' "$1"
}

# The commands of a page, as a reader types them, in a directory that has its programs. A page that starts no daemon of
# its own meets one in which web, db and api run.
run_commands() { # run_commands PAGE
    local page=$1 name block directory status=0
    name=${page//\//-}
    [ -e "$examples/script.sh" ] || return 0
    directory=$scratch/$name
    mkdir "$directory"
    cp "$examples"/*.c "$directory" 2>/dev/null || true
    # The tutorial makes its programs in the directory that it begins with.
    if grep -q '^cd try$' "$examples/script.sh"; then
        mkdir "$directory/try"
        cp "$examples"/*.c "$directory/try"
        daemon_directory=$directory
    else
        daemon_start "$ZINIT_BIN" "$zinitctl" "$directory/daemon"
        for service in web db api; do
            echo 'exec: sleep 1000' >"$daemon_config/$service.yaml"
            "$zinitctl" --quiet --socket "$daemon_socket" --config-dir "$daemon_config" start-all $service ||
                give_up "$service is not up"
        done
        export ZINIT_SOCKET=$daemon_socket ZINIT_CONFIG_DIR=$daemon_config
    fi
    mkdir "$directory/outputs"
    OUTPUTS=$directory/outputs ZINIT_TEST_DAEMON=$daemon_directory \
        setsid --wait sh -e -c "cd '$directory' && . '$examples/script.sh'" </dev/null &
    [ -n "$daemon_pid" ] || daemon_pid=$!
    wait $! || status=$?
    if [ $status != 0 ]; then
        fail "$page, over $protocol: its commands end with $status"
        tail -n 20 "$directory"/outputs/*
    fi
    for block in "$examples"/expected-*; do
        [ -e "$block" ] || continue
        block=${block##*-}
        expect_equal "$page, over $protocol: output of block $block" "$(masked "$examples/expected-$block")" \
            "$(masked "$directory/outputs/output-$block")"
    done
    unset ZINIT_SOCKET ZINIT_CONFIG_DIR
    daemon_stop
}

for page in "${pages[@]}"; do
    take_apart "$page"
    compile "$page"
done
[ $compiled -gt 10 ] || fail "there are hardly any examples in C"

# Statements in Go, as a program: "..." stands for what a program does with an error.
whole_program() { # whole_program FRAGMENT
    local package
    printf 'package main\n\nimport (\n'
    for package in context fmt time; do
        ! grep -q "\b$package\." "$1" && [ $package != context ] || printf '\t"%s"\n' $package
    done
    printf '\n\t"github.com/threefoldtech/libzinit-client/bindings/go/zinit"\n)\n\n'
    printf 'func example(ctx context.Context, client *zinit.Client) (err error) {\n\tfunc() error {\n'
    sed 's/^\.\.\.$/if err != nil {\nreturn err\n}/' "$1"
    [ "$(tail -n 1 "$1")" = "}" ] || printf 'return err\n'
    printf '}()\n\treturn err\n}\n\nfunc main() {\n\t_ = example(context.Background(), zinit.Default())\n}\n'
}

# Those in Go know the library as a program does.
vet_go() {
    local source found=0
    for source in "$scratch"/examples/*/*.go-fragment; do
        [ ! -e "$source" ] || whole_program "$source" >"${source%-fragment}"
    done
    for source in "$scratch"/examples/*/*.go; do
        (cd bindings/go && go vet "$source") || fail "go vet: $source"
        found=$((found + 1))
    done
    [ $found -gt 0 ] || fail "there is no example in Go"
}
# Every function of the original package is in the table of docs/migration.md, except those of YAML and JSON.
migration_is_complete() {
    local name original=github.com/threefoldtech/zosbase/pkg/zinit
    if ! (cd bindings/go/compat && GOFLAGS=-mod=readonly go doc -all "$original") >"$scratch/original" 2>"$scratch/why"; then
        printf 'skipped: the functions of the original Go package: %s\n' "$(head -n 1 "$scratch/why")"
        [ "${CI-}" != true ] || fail "nothing may be skipped when CI=true"
        return
    fi
    sed -nE 's/^func (\([a-z]+ \*?[A-Za-z]+\) )?([A-Z][A-Za-z]*)\(.*/\2/p' "$scratch/original" | sort -u |
        grep -vE '^(Marshal|Unmarshal)' >"$scratch/functions"
    [ "$(wc -l <"$scratch/functions")" -gt 20 ] || fail "the original package has hardly any functions"
    while read -r name; do
        grep -qE "^\| [^|]*[\`.]${name}[\`(]" docs/migration.md || fail "docs/migration.md does not have $name"
    done <"$scratch/functions"
}
if tests/need-tools go 2>"$scratch/why"; then
    vet_go
    migration_is_complete
else
    printf 'skipped: go vet of the examples in Go: %s\n' "$(cat "$scratch/why")"
    [ "${CI-}" != true ] || fail "nothing may be skipped when CI=true"
fi

# Names in the pages are names in the header: functions, types and constants.
# Files of the tests are called after zinit 0.3, too.
named=$(sed -E 's/\bzinit_0_3_[a-z_]+\.(rs|txt)\b//g' "${pages[@]}" | grep -ohE '\b(zinit|ZINIT)_[A-Za-z0-9_]+' | sort -u)
grep -ohE '\b(zinit|ZINIT)_[A-Za-z0-9_]+' include/zinit.h | sort -u >"$scratch/in_header"
# The pages of section 3 and what else is called so is known, too.
{
    printf '%s\n' ZINIT_BINARY ZINIT_BIN ZINIT_CONFIG_DIR ZINIT_JSONRPC_BIN ZINIT_SOCKET zinit_static zinit_cdef zinit_0_3
    awk -v names=1 -f docs/man/section3.awk include/zinit.h | sed 's/\.3$//'
} | sort -u - "$scratch/in_header" >"$scratch/known"
# Beginnings of names, such as zinit_client_begin_, are followed by an ellipsis.
expect_equal "names that are not in the header" "" \
    "$(grep -v '_$' <<<"$named" | comm -23 - "$scratch/known" | grep -vxF zinit_client || true)"

# docs/errors.md has each code, with its number and its meaning as in the header.
codes_of_header() {
    awk '
        /^\/\*\*/ { text = ""; next }
        /^ \* / { sub(/^ \* /, ""); text = text (text == "" ? "" : " ") $0 }
        /^#define ZINIT_(OK|PENDING|END|ERR_[A-Z_]*) / { gsub(/[()]/, "", $3); print $2 " " $3 " " text }
    ' include/zinit.h
}
codes_of_page() {
    sed -n 's/^| `\(ZINIT_[A-Z_]*\)` | \(-\{0,1\}[0-9]*\) | \(.*\) | [^|]* |$/\1 \2 \3/p' docs/errors.md | tr -d '`'
}
expect_equal "codes in docs/errors.md" "$(codes_of_header | sed 's/\(zinit_[a-z_]*\)()/\1/g' | sort)" "$(codes_of_page | sort)"
[ "$(codes_of_page | wc -l)" -gt 30 ] || fail "docs/errors.md has hardly any codes"

# These pages name tests: the files and suites are there, and have these cases. The suite reliability looks for those that
# docs/reliability.md names.
# The tests are in the last column.
with_tests=(SECURITY.md docs/limits.md docs/abi.md)
while IFS= read -r row; do
    tests=${row% |}
    tests=${tests##*| }
    file=
    for word in $(grep -oE '`[^`]+`' <<<"$tests" | tr -d '`'); do
        case $word in
        */*)
            file=$word
            [ -f "$file" ] || fail "there is no test $file"
            ;;
        *)
            if [ -f "tests/suites/$word.sh" ]; then
                continue
            fi
            grep -q "\b$word\b" "${file:-/dev/null}" || fail "$file has no test $word"
            ;;
        esac
    done
done < <(grep -hE '^\|.*(`(tests|src|fuzz)/|suites? `)' "${with_tests[@]}")
for page in "${with_tests[@]}"; do
    [ "$page" = docs/abi.md ] || [ "$(grep -c '^|.*`\(tests\|src\)/' "$page")" -gt 10 ] || fail "$page names hardly any tests"
done

# Each subcommand that the pages name is there.
subcommands=$("$zinitctl" help | sed -n 's/^  \([a-z-]*\) .*/\1/p' | sort -u)
expect_equal "subcommands that zinitctl does not have" "" \
    "$(grep -ohE '(^|`)zinitctl ([a-z][a-z-]*)' "${pages[@]}" | sed 's/.* //' | sort -u | comm -23 - <(echo "$subcommands"))"

# The tutorial leads to each page, and so does README.md.
for page in docs/*.md; do
    name=$(basename "$page")
    [ "$name" = tutorial.md ] || grep -qF "]($name)" docs/tutorial.md || fail "docs/tutorial.md does not lead to $name"
    grep -qF "](docs/$name)" README.md || fail "README.md does not lead to $page"
done

all_commands() {
    ln -sf "$(realpath "$ZINIT_BIN")" "${PATH%%:*}/zinit"
    for page in "${pages[@]}"; do
        examples=$suite_directory/examples/${page//\//-}
        run_commands "$page"
    done
}
over_each_protocol all_commands
