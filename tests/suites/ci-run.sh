#!/usr/bin/env bash
# suite: .ci/run goes on where rustup or a part of it cannot be had, and names the suites that will fail
# needs: bash
# shellcheck disable=SC2016 # variables of the programs that it makes
. "$(dirname "$0")/../lib/suite.sh"

# A new Debian 12 with the suites of this tree, in which nothing is installed for real.
tree=$scratch/tree
mkdir -p "$tree/tests" "$tree/bindings/go" "$tree/bindings/node"
cp -r .ci Cargo.toml "$tree"
cp -r tests/run tests/need-tools tests/suites "$tree/tests"
cp bindings/go/go.mod "$tree/bindings/go"
printf 'ID=debian\nVERSION_ID="12"\n' >"$scratch/os-release"
bin=$scratch/bin
programs=(awk basename bash cat chmod cut dirname env grep head mktemp paste sed sort sha256sum tail tr uname)

program() { # program NAME, with what it does at the standard input
    # Where a link to the system's program stood, that would be written through it.
    rm -f "$bin/$1"
    { printf '#!%s\n' "$(command -v bash)" && cat; } >"$bin/$1"
    chmod +x "$bin/$1"
}
new_machine() {
    rm -rf "$bin" "$scratch/done"
    mkdir "$bin"
    for name in "${programs[@]}"; do
        ln -s "$(command -v "$name")" "$bin"
    done
    program id <<<'echo 0'
    program curl <<<'echo "curl: (6) Could not resolve host" >&2; exit 6'
    program make <<<'echo "make $* with CI=$CI" >>"$DONE"'
    # What these packages bring as programs of their own name, and of two that have another.
    program apt-get <<'END'
echo "apt-get $*" >>"$DONE"
for package in "$@"; do
    case $package in
    cargo-web) names="cargo" ;;
    rustc-web) names="rustc" ;;
    gcc) names="gcc cc" ;;
    golang-go) names="go" ;;
    *) continue ;;
    esac
    for name in $names; do
        printf '#!%s\ncase "$*" in *clippy*|*fmt*) exit 1;; *GOVERSION*) echo go1.99.0;; *) echo "%s 1.99.0";; esac\n' \
            "$BASH" $name >"$BIN/$name"
        chmod +x "$BIN/$name"
    done
done
END
}
ci_run() { # ci_run: leaves what it says in `said`, and what was run in `carried_out`
    local status=0
    said=$(env -i PATH="$bin" BIN="$bin" DONE="$scratch/done" HOME="$scratch" \
        OS_RELEASE="$scratch/os-release" bash "$tree/.ci/run" 2>&1) || status=$?
    carried_out=$(cat "$scratch/done")
    expect_equal "exit status" 0 "$status"
    expect_equal "the last step" "make test with CI=true" "$(tail -n 1 <<<"$carried_out")"
}
says() { # says WORDS
    grep -qF -- "$1" <<<"$said" || fail "it does not say '$1': $said"
}

new_machine
ci_run
says "rustup cannot be had from static.rust-lang.org: the suites that need it will fail"
says "oldest-rust is missing."
grep -q '^apt-get install .* cargo-web' <<<"$carried_out" || fail "Debian's cargo is not installed: $carried_out"
grep -q '^apt-get install .* shellcheck' <<<"$carried_out" || fail "the tools are not installed: $carried_out"
failing=$(sed -n 's/^these suites will fail for want of a tool: //p' <<<"$said")
for suite in oldest-rust rust-format targets; do
    [[ " $failing " = *" $suite "* ]] || fail "$suite is not named among those that will fail: $failing"
done
for suite in rust-tests header-comments verdicts; do
    [[ " $failing " != *" $suite "* ]] || fail "$suite is named among those that will fail: $failing"
done

# With rustup and a toolchain, but without the network that it needs for more.
new_machine
for name in cargo rustc; do
    program $name <<<"[[ \"\$*\" != *install* ]] || exit 1; echo '$name 1.99.0'"
done
program rustup <<<'[ "$1" != toolchain ] || [ "$2" != list ] || exit 0; echo "rustup $*" >>"$DONE"; exit 1'
ci_run
grep -q '^rustup target add ' <<<"$carried_out" || fail "rustup is not asked: $carried_out"
says "this has failed, and the suites that need it will: rustup target add aarch64-unknown-linux-gnu"
failing=$(sed -n 's/^these suites will fail for want of a tool: //p' <<<"$said")
[[ " $failing " = *" oldest-rust "* ]] || fail "oldest-rust is not named among those that will fail: $failing"
