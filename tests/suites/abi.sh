#!/usr/bin/env bash
# suite: the interface is the accepted one and has all of each release; programs of the first release run, over each protocol
# seconds: 40
# needs: abidiff awk cc make nm tar
. "$(dirname "$0")/../lib/suite.sh"

# Programs that are built with the header of the first release, and with no other, run with today's library. They mostly
# wait, so they go on while the rest is looked at, the longest first. Left out are tests of what came later, of what a
# daemon can do wrong, and those that use much memory or processor time.
first=0.1.0
suites=(wait_codes waits watch log_streams signals requests daemon_codes log_lines process_threads cancel jsonrpc services
    threads names interrupted matches)
programs=$scratch/programs
mkdir "$programs"
tests/c/run.sh --build "$programs" tests/abi/zinit-$first.h "$prefix/lib" "${suites[@]}" ||
    give_up "the tests do not compile with the header of $first: what it does not have stands behind #if HEADER_HAS_0_2_0"

runs=()
name_runs() {
    local suite
    for suite in "${suites[@]}"; do
        # The others meet scripted daemons alone, whatever ZINIT_BIN is.
        if [ "$protocol" = line ] || grep -q 'start_zinit()' "tests/c/$suite.c"; then
            runs+=("$ZINIT_BIN" "$programs/$suite" "$scratch/$suite")
        fi
    done
}
over_each_protocol name_runs
# shellcheck disable=SC2016 # for the shell that runs each
printf '%s\n' "${runs[@]}" | LD_LIBRARY_PATH=$prefix/lib xargs -d '\n' -P 3 -n 3 sh -c '
    ZINIT_BIN=$0 "$1" >"$2" 2>&1 || echo "ended with status $?" >>"$2"' &
all_runs=$!

# They use nearly all that the first release has, and nothing else.
functions_of_first=$(grep -v '^ \*' tests/abi/zinit-$first.h | grep -o '\<zinit_[a-z0-9_]*(' | tr -d '(' | LC_ALL=C sort)
used=$(nm -u "${suites[@]/#/$programs/}" | sed -n 's/^ *U \(zinit_[a-z0-9_]*\)$/\1/p' | LC_ALL=C sort -u)
expect_equal "functions in programs of $first that it does not have" "" "$(LC_ALL=C comm -13 <(echo "$functions_of_first") <(echo "$used"))"
count=$(wc -l <<<"$used")
[ "$count" -gt 130 ] || fail "the programs of $first use only $count of its functions"
figure "functions of the first release" "$(wc -l <<<"$functions_of_first")"
figure "functions that its programs use" "$count"

# The interface of this tree.
tests/abi/check include/zinit.h "$prefix/lib/libzinit_client.so" || fail "the interface is not the accepted one"
expect_equal "functions in the header and in the symbols file of Debian" "" "$(tests/lib/compare-symbols)"

# What would break a program is refused, in a copy of the tree; and so is what nobody has accepted.
tree=$scratch/tree
mkdir "$tree"
tar -cf - Cargo.toml Makefile src/ffi/version.rs include debian tests/abi tests/lib tests/need-tools bindings/go/go.mod |
    tar -xf - -C "$tree"
tree_header=$tree/include/zinit.h
mutations=0
refused_for() { # refused_for REASON [ARGUMENT...]: the tree as it is now
    mutations=$((mutations + 1))
    ! cmp -s include/zinit.h "$tree_header" || fail "nothing was changed for: $1"
    if "$tree/tests/abi/check" "${@:2}" >"$scratch/said" 2>&1; then
        fail "is not refused: $1"
    elif ! grep -qF -- "$1" "$scratch/said"; then
        fail "another reason than '$1': $(cat "$scratch/said")"
    fi
}
as_before() {
    cp include/zinit.h "$tree_header"
    cp tests/abi/zinit.symbols "$tree/tests/abi"
    cp debian/libzinit-client0.symbols "$tree/debian"
}
refuses() { # refuses REASON SED-SCRIPT: the header that sed makes
    as_before
    sed -i "$2" "$tree_header"
    refused_for "$1"
}

refuses "zinit_watch_fd came in 0.1.0, and is gone" '/^int32_t zinit_watch_fd(/d'
refuses "zinit_watch_fd came in 0.1.0, and is gone" 's/zinit_watch_fd(/zinit_watch_descriptor(/'
refuses "zinit_service_list_name is not as in 0.1.0" '/zinit_service_list_name(/s/size_t index/int32_t index/'
refuses "zinit_service_list_name is not as in 0.1.0" '/zinit_service_list_name(/s/size_t index/&, int32_t more/'
refuses "zinit_service_list_len is not as in 0.1.0" 's/^size_t \(zinit_service_list_len(\)/int32_t \1/'
refuses "zinit_client_stop_wait is not as in 0.1.0" '/ zinit_client_stop_wait(/,/);/s/int64_t timeout_ms/int32_t timeout_ms/'
refuses "zinit_watch_fd is not as in 0.1.0" 's/zinit_watch_fd(const /zinit_watch_fd(/'
refuses "zinit_client_start is not as in 0.1.0" 's/^typedef int32_t zinit_code;/typedef int64_t zinit_code;/'
refuses "zinit_error_code is not as in 0.1.0" 's/^typedef struct zinit_error /&{ int32_t code; } /'
refuses "more than functions, opaque types and numbers" 's/^typedef struct zinit_error /&{\n    int32_t code;\n} /'
refuses "ZINIT_END was 2 in 0.1.0, and is 3" 's/^\(#define ZINIT_END\) 2/\1 3/'
refuses "ZINIT_ERR_VERSION came in 0.1.0, and is gone" '/^#define ZINIT_ERR_VERSION /d'
# A number that gets another meaning, and one with two.
refuses "ZINIT_ERR_VERSION came in 0.1.0, and is gone" 's/^#define ZINIT_ERR_VERSION /#define ZINIT_ERR_OTHER /'
number() { # number NAME NUMBER: a sed script that adds one
    printf '/^#define ZINIT_ERR_INTERNAL /s|$|\\n\\n/**\\n * Is new. Since %s.\\n */\\n#define %s %s|' "$version" "$1" "$2"
}
refuses "ZINIT_ERR_MORE has the number of ZINIT_ERR_VERSION" "$(number ZINIT_ERR_MORE '(-83)')"
refuses "ZINIT_STEP_MORE has the number of ZINIT_STEP_DONE" "$(number ZINIT_STEP_MORE 8)"
refuses "ZINIT_MORE: no comment says for what it stands" "$(number ZINIT_MORE 7)"
refuses "zinit_watch_fd came in 0.1.0, and is gone, or says another version" \
    '/^ \* Returns the watch.s file descriptor\./s/\./. Since 0.2.0./'
# A function that says that it came in a version.
function_since() { # function_since VERSION: a sed script that adds one
    printf '0,/^#endif$/!{0,/^#ifdef __cplusplus$/s|^#ifdef __cplusplus$|/**\\n * Is new. Since %s.\\n */\\nvoid zinit_new(void);\\n\\n&|}' "$1"
}
refuses "zinit_new is new, and says that it came in 0.1.0, which is released" "$(function_since 0.1.0)"

# Nobody can accept it, but by hand.
as_before
sed -i 's/^\(#define ZINIT_END\) 2/\1 3/' "$tree_header"
refused_for "ZINIT_END was 2 in 0.1.0, and is 3" --accept
for file in tests/abi/zinit.symbols debian/libzinit-client0.symbols; do
    cmp $file "$tree/$file" || fail "what breaks a release was accepted"
done
sed -i 's/ZINIT_END 2/ZINIT_END 3/' "$tree/tests/abi/zinit.symbols"
refused_for "ZINIT_END was 2 in 0.1.0, and is 3"

# What is new is accepted by name, and can be changed until it is released.
as_before
sed -i "$(function_since "$version")" "$tree_header"
refused_for "run 'make accept-abi': > $version void zinit_new(void);"
refused_for "zinit_new is in the header or in the library, and not in both" "$tree_header" "$prefix/lib/libzinit_client.so"
make --silent -C "$tree" CARGO=true accept-abi || fail "what is new cannot be accepted"
"$tree/tests/abi/check" || fail "what is accepted is refused"
expect_equal "lines of zinit_new" "debian/libzinit-client0.symbols: zinit_new@Base $version
tests/abi/zinit.symbols:$version void zinit_new(void);" \
    "$(cd "$tree" && grep -H zinit_new debian/libzinit-client0.symbols tests/abi/zinit.symbols)"
sed -i 's/^void zinit_new(void);/int32_t zinit_new(void);/' "$tree_header"
refused_for "run 'make accept-abi': > $version int32_t zinit_new(void);"
sed -i "s/^version = \"$version\"\$/version = \"99.0.0\"/" "$tree/Cargo.toml"
refused_for "zinit_new is not as in what was released" --accept
cp Cargo.toml "$tree"
sed -i '/^int32_t zinit_new(void);/d' "$tree_header"
refused_for "run 'make accept-abi': < $version void zinit_new(void);"

# With another ABI number, what was released can go, and that must be accepted, too.
as_before
sed -i -e 's/^\(#define ZINIT_ABI_VERSION\) 0$/\1 1/' -e '/^int32_t zinit_watch_fd(/d' "$tree_header"
refused_for "run 'make accept-abi': < 0.1.0 int32_t zinit_watch_fd(const zinit_watch *);"
# A program does not know how a parameter is called.
as_before
sed -i 's/zinit_watch_fd(const zinit_watch \*watch)/zinit_watch_fd(const zinit_watch *changes)/' "$tree_header"
"$tree/tests/abi/check" || fail "another name of a parameter is refused"
figure "changes that are refused" $mutations

# How the programs ended. They tell each case.
wait $all_runs || fail "xargs ends with $?"
cases=0
for ((run = 2; run < ${#runs[@]}; run += 3)); do
    output=${runs[run]}
    grep -qE '^[0-9]+ passed, 0 failed$' "$output" || fail "a program of $first, $output: $(grep -v '^ok ' "$output")"
    cases=$((cases + $(grep -c '^ok ' "$output" || true)))
done
[ $cases -gt 200 ] || fail "the programs of $first have only $cases cases"
figure "cases of programs of the first release" $cases
