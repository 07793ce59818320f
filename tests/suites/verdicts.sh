#!/usr/bin/env bash
# suite: tests/run says of each suite what became of it, and names what was skipped
# needs: bash
. "$(dirname "$0")/../lib/suite.sh"

# A tree with suites that do nothing.
mkdir -p "$scratch/tree/tests/suites" "$scratch/tree/bindings/go"
cp -r tests/lib tests/run tests/need-tools "$scratch/tree/tests"
cp Cargo.toml "$scratch/tree"
cp bindings/go/go.mod "$scratch/tree/bindings/go"
make_suite() { # make_suite NAME NEEDS, with what it does at the standard input
    {
        # shellcheck disable=SC2016 # for the suite
        printf '#!/usr/bin/env bash\n# suite: does nothing\n# needs: %s\n. "$(dirname "$0")/../lib/suite.sh"\n' "$2"
        cat
    } >"$scratch/tree/tests/suites/$1.sh"
    chmod +x "$scratch/tree/tests/suites/$1.sh"
}
make_suite good bash </dev/null
make_suite bad bash <<<'fail "it is bad"'
make_suite without no-such-tool </dev/null
make_suite partly bash <<'END_OF_SUITE'
skip "one part" "no namespace"
skip "another part" "no: attributes"
echo "skipped: a third part: it needs another daemon"
END_OF_SUITE
run() { # run STATUS [VARIABLE=VALUE...] SUITE...: sets whole, and output, without the seconds
    local expected=$1 status=0 settings=()
    shift
    while [[ ${1-} = *=* ]]; do
        settings+=("$1")
        shift
    done
    output=$(env -u CI ZINIT_TESTBED=/bin/true ZINIT_BIN=/bin/true JOBS=1 "${settings[@]}" \
        "$scratch/tree/tests/run" --no-build "$@" 2>&1) || status=$?
    whole=$output
    output=$(sed -E 's/, [0-9]+ s( \(processor [0-9]+ s\))?(,|$)/, N s\2/' <<<"$output")
    expect_equal "exit status of $*" "$expected" "$status"
}

run 0 good
expect_equal "a suite that passes" "passed   good             does nothing, N s

1 passed, 0 failed, 0 skipped" "$output"
# A suite that works, and one that waits.
make_suite works bash <<'END_OF_SUITE'
while [ "$(cut -d ' ' -f 14 /proc/$$/stat)" -lt 60 ]; do
    for ((turn = 0; turn < 20000; turn++)); do :; done
done
END_OF_SUITE
make_suite waits bash <<<'sleep 2'
run 0 works waits
for line in 'works .* \(processor [1-9][0-9]* s\)$' 'waits .* ([2-9]|[1-9][0-9]+) s \(processor [01] s\)$'; do
    grep -qE "^passed   $line" <<<"$whole" || fail "the seconds of a suite that does what it is called: $whole"
done
# By default, one suite more than there are processors: each of these ends when all of them run.
for suite in one two three; do
    make_suite $suite bash <<'END_OF_SUITE'
touch "$MEETING/$(basename "$0")"
for ((attempt = 0; attempt < 400; attempt++)); do
    [ "$(ls "$MEETING" | wc -l)" -lt "$PEOPLE" ] || exit 0
    sleep 0.05
done
fail "it met only $(ls "$MEETING")"
END_OF_SUITE
done
mkdir "$scratch/bin" "$scratch/meeting" "$scratch/meeting-of-three"
printf '#!/bin/sh\necho 1\n' >"$scratch/bin/nproc"
chmod +x "$scratch/bin/nproc"
run 0 JOBS= PATH="$scratch/bin:$PATH" MEETING="$scratch/meeting" PEOPLE=2 one two
run 0 JOBS=3 PATH="$scratch/bin:$PATH" MEETING="$scratch/meeting-of-three" PEOPLE=3 one two three
run 1 good bad
expect_equal "a suite that fails" "passed   good             does nothing, N s
FAILED   bad              does nothing, N s
    FAILED: it is bad
    1 checks failed

Failed:
    bad, of which all is in build/test-logs/bad.log:
        FAILED: it is bad
        1 checks failed

1 passed, 1 failed, 0 skipped" "$output"
run 0 without partly
expect_equal "suites that skip" "skipped  without          does nothing, N s
passed   partly           does nothing, N s, skipped in it: another part, one part

Skipped for want of a tool:
    without: $(tests/need-tools no-such-tool 2>&1)

Skipped in suites, for this machine cannot do it:
    partly: another part: no: attributes
    partly: one part: no namespace

Skipped in suites, for it is not for this daemon or this tool:
    partly: skipped: a third part: it needs another daemon

1 passed, 0 failed, 1 skipped, 2 skipped in partly" "$output"
run 1 CI=true without
expect_equal "a suite that may not be skipped" "    nothing may be skipped when CI=true" \
    "$(grep -m 1 'nothing may be skipped' <<<"$output")"
run 1 CI=true partly
expect_equal "the verdict on parts that may not be skipped" "0 passed, 1 failed, 0 skipped, 2 skipped in partly" \
    "$(tail -n 1 <<<"$output")"
run 0 CI=true good
