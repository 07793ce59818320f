#!/usr/bin/env bash
# suite: make dist refuses what is not ready for a release; the tarball of what is ready has always the same bytes, and builds
# seconds: 100
# needs: git make cc awk gzip sha256sum tar cargo jq python3 python3-venv
. "$(dirname "$0")/../lib/suite.sh"
. tests/lib/supply.sh
spdx_tools || give_up "spdx-tools cannot be had from PyPI"

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
for role in AUTHOR COMMITTER; do
    export "GIT_${role}_NAME=Somebody" "GIT_${role}_EMAIL=somebody@example.org"
done

tree=$scratch/tree
mkdir "$tree"
tar -cf - --exclude=./build --exclude=./target --exclude=./.git . | tar -xf - -C "$tree"
cache=$scratch/cache
mkdir "$cache"
cp -a build/library "$cache"
cd "$tree"
save() { # save: all of the tree as a commit
    git add --all
    git commit --quiet --message 'a change'
}

# The version of this tree is the release before, and the next one is ready.
next=$(awk -F . '{ print $1 "." $2 + 1 ".0" }' <<<"${version%%-*}")
git init --quiet
save
git tag -a -m before "v$version"
set_version() { # set_version VERSION OTHER: as the release before it is made
    local major minor patch
    IFS=. read -r major minor patch <<<"$2"
    sed -i "0,/^version = \"$1\"\$/s//version = \"$2\"/" Cargo.toml
    sed -i "/^name = \"libzinit-client\"\$/{n;s/$1/$2/}" Cargo.lock
    sed -i -e "s/\(VERSION_STRING \"\)$1/\1$2/" -e "s/\(VERSION_MAJOR \(= \)\?\)[0-9]*/\1$major/" \
        -e "s/\(VERSION_MINOR \(= \)\?\)[0-9]*/\1$minor/" -e "s/\(VERSION_PATCH \(= \)\?\)[0-9]*/\1$patch/" include/*.h
    sed -i "1s/(.*)/($2)/" debian/changelog
    sed -i "s/^\(  \"version\": \"\)$1/\1$2/" bindings/node/package.json
}
set_version "$version" "$next"
sed -i "s/^## Unreleased\$/&\n\n## $next (2026-01-31)\n\n- A change./" CHANGELOG.md
save
ready=$(git rev-parse HEAD)

tests/release --checks-only >"$scratch/said" 2>&1 || fail "what is ready is refused"
expect_equal "checks that are passed" "7" "$(grep -c '^ok  ' "$scratch/said")"
expect_equal "other lines" "libzinit_client $next, commit $(git rev-parse --short HEAD)" "$(grep -v '^ok  ' "$scratch/said")"

refuses() { # refuses REASON: the tree as it is now
    if tests/release --checks-only >"$scratch/said" 2>&1; then
        fail "is not refused: $1"
    elif ! grep -qF -- "        $1" "$scratch/said"; then
        fail "another reason than '$1': $(cat "$scratch/said")"
    fi
    expect_equal "failed checks for '$1'" "1" "$(grep -c '^FAILED  ' "$scratch/said")"
    git tag --list | sed "/^v$version\$/d" | xargs -r git tag --delete >/dev/null
    git reset --quiet --hard "$ready"
    git clean --quiet --force
}
refuses_with() { # refuses_with REASON COMMAND...: after that command has changed the tree
    "${@:2}"
    save
    refuses "$1"
}

uncommitted="commit or remove what 'git status' shows"
echo >>README.md
refuses "$uncommitted"
touch unknown.c
refuses "$uncommitted"

refuses_with "Cargo.lock says '0.0.9'" sed -i '/^name = "libzinit-client"$/{n;s/".*"/"0.0.9"/}' Cargo.lock
refuses_with "include/zinit.h says '0.0.9'" sed -i 's/\(VERSION_STRING \)".*"/\1"0.0.9"/' include/zinit.h
refuses_with "include/zinit.h says '99." sed -i 's/\(VERSION_MAJOR \).*/\199/' include/zinit.h
refuses_with "bindings/node/package.json says '0.0.9'" sed -i 's/^\(  "version": \)".*"/\1"0.0.9"/' bindings/node/package.json
refuses_with "debian/changelog says '0.0.9'" sed -i '1s/(.*)/(0.0.9)/' debian/changelog
refuses_with "debian/changelog says UNRELEASED" sed -i '1s/unstable/UNRELEASED/' debian/changelog
pre_release() {
    set_version "$next" "$next-rc1"
    sed -i "s/^## $next /&-rc1/; s/ -rc1/-rc1 /" CHANGELOG.md
    sed -i "s/^\(#define ZINIT_VERSION_PATCH \).*/\10-rc1/" include/zinit.h
}
refuses_with "Cargo.toml says '$next-rc1': write three numbers" pre_release

refuses_with "CHANGELOG.md begins with '0.1.0" sed -i "/^## $next /,/^## 0.1.0 /{/^## 0.1.0 /!d}" CHANGELOG.md
refuses_with "CHANGELOG.md has changes under 'Unreleased' (2) besides an entry for $next: write a newer version" \
    sed -i 's/^## Unreleased$/&\n\n- One.\n- Two./' CHANGELOG.md
refuses_with "CHANGELOG.md has changes under 'Unreleased' (3): put them under '## $next (" \
    sed -i -e "s/^## Unreleased\$/&\n\n- One.\n- Two.\n- Three./" -e "/^## $next /,/^## 0.1.0 /{/^## 0.1.0 /!d}" CHANGELOG.md
refuses_with "CHANGELOG.md has '## $next': write it as" sed -i "s/^## $next .*/## $next/" CHANGELOG.md
refuses_with "CHANGELOG.md has '## $next (2026-02-30)': write it as" sed -i 's/2026-01-31/2026-02-30/' CHANGELOG.md
refuses_with "CHANGELOG.md has an entry for $next without a word" sed -i "/^## $next /,/^## /{/^- /d}" CHANGELOG.md

symbols=debian/libzinit-client0.symbols
refuses_with "zinit_version: the header says 0.1.0, the symbols file says nothing" sed -i '/^ zinit_version@/d' $symbols
refuses_with "zinit_other: the header says nothing, the symbols file says 0.1.0" sed -i '2i\ zinit_other@Base 0.1.0' $symbols
refuses_with "zinit_version: the header says 0.1.0, the symbols file says 0.2.0" \
    sed -i 's/^ zinit_version@Base .*/ zinit_version@Base 0.2.0/' $symbols
refuses_with "ZINIT_ABI_VERSION is 7" sed -i 's/\(define ZINIT_ABI_VERSION \).*/\17/' include/zinit.h
# add VERSION: a function that the release before does not have
add() {
    sed -i "0,/^#endif\$/!{0,/^#ifdef __cplusplus\$/s//\/**\n * Is new. Since $1.\n *\/\nvoid zinit_new(void);\n\n&/}" include/zinit.h
    printf ' zinit_new@Base %s\n' "$1" >>$symbols
}
refuses_with "zinit_new is since 99.0.0, which is newer than $next" add 99.0.0
refuses_with "zinit_new came after $version and is said to be since 0.0.1" add 0.0.1
remove() {
    sed -i '/^const char \*zinit_version(void);$/d' include/zinit.h
    sed -i '/^ zinit_version@/d' $symbols
}
refuses_with "zinit_version was there in $version: bring it back" remove
refuses_with "tests/abi/zinit.symbols does not have '0.1.0 #define ZINIT_END 2' of $version" \
    sed -i 's/ ZINIT_END 2$/ ZINIT_END 3/' tests/abi/zinit.symbols

refuses_with "bindings/go/go.mod does not name its directory" sed -i '1s|/bindings/go||' bindings/go/go.mod
for tag in "v$next" "bindings/go/v$next"; do
    git tag -a -m elsewhere "$tag" HEAD~
    refuses "the tag $tag is on another commit"
    git tag "$tag"
    refuses "the tag $tag has no message"
done
git tag -a -m later v99.0.0
refuses "v99.0.0 is tagged already"

# The tarball.
if (cd .. && "$tree/tests/release" --no-such-option) >"$scratch/said" 2>&1 || ! grep -q -- --checks-only "$scratch/said"; then
    fail "an unknown option: $(cat "$scratch/said")"
fi
if tests/release no-such-target >"$scratch/said" 2>&1 || ! grep -q "^FAILED  the unpacked tarball does not pass 'make no-such-target'" "$scratch/said"; then
    fail "a tarball that does not pass: $(cat "$scratch/said")"
fi
if tests/release --tag -- --eval='spoil: ; echo >>include/zinit.h' spoil >"$scratch/said" 2>&1 ||
    ! grep -q '^FAILED  the build writes other headers' "$scratch/said"; then
    fail "other headers than those in the tarball: $(cat "$scratch/said")"
fi
expect_equal "tags after a failure" "v$version" "$(git tag --list)"

tarball=libzinit-client-$next.tar.gz
sbom=libzinit-client-$next.spdx.json
tests/release help >"$scratch/said" 2>&1 || fail "make help in the tarball: $(cat "$scratch/said")"
cp "build/dist/$tarball" "$scratch/first.tar.gz"
cp "build/dist/$sbom" "$scratch/first.spdx.json"
for tag in "v$next" "bindings/go/v$next"; do
    grep -qFx "to do   git tag -a -m 'libzinit_client $next' $tag" "$scratch/said" || fail "no word of the tag $tag: $(cat "$scratch/said")"
done
# In another directory, by another time, and with another mask.
mv "$tree" "$scratch/elsewhere"
cd "$scratch/elsewhere"
find . -path ./.git -prune -o -exec touch -d 2001-01-01 {} +
umask 077
tests/release --tag build BUILD="$cache" >"$scratch/said" 2>&1 || fail "the tarball does not build: $(cat "$scratch/said")"
cmp "$scratch/first.tar.gz" "build/dist/$tarball" || fail "the tarball of one commit has other bytes the second time"
cmp "$scratch/first.spdx.json" "build/dist/$sbom" || fail "the SBOM of one commit has other bytes the second time"
(cd build/dist && sha256sum --check --quiet "$tarball.sha256" "$sbom.sha256") || fail "a sum is not that of its file"
pyspdxtools --infile "build/dist/$sbom" --version SPDX-2.3 || fail "the SBOM is not SPDX"
expect_equal "what the SBOM is of" "$next $(cut -d ' ' -f 1 "build/dist/$tarball.sha256") $(TZ=UTC0 date -d \
    "$(git log -1 --format=%cI)" +%FT%TZ)" "$(jq -r '.creationInfo.created as $created | .packages[] |
        select(.name == "libzinit-client") | [.versionInfo, .checksums[0].checksumValue, $created] | join(" ")' "build/dist/$sbom")"
expect_equal "files in the tarball" "$(git ls-files | sort)" \
    "$(tar -tzf "build/dist/$tarball" | sed "s|^libzinit-client-$next/||" | grep -v '/$\|^$' | sort)"
[ -n "$(find "$cache" -name 'libzinit_client.so' -newer "$scratch/first.tar.gz")" ] || fail "no library was built"
for tag in "v$next" "bindings/go/v$next"; do
    expect_equal "tag $tag" "tag $ready" "$(git cat-file -t "$tag" || true) $(git rev-parse "$tag^{commit}")"
done
tests/release --checks-only >"$scratch/said" 2>&1 || fail "what is tagged is refused: $(cat "$scratch/said")"
