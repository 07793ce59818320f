#!/usr/bin/env bash
# suite: the Debian packages are built, lintian has nothing to say, and their symbols are those of the header
# seconds: 120
# needs: make cc dpkg-buildpackage dh lintian tar
. "$(dirname "$0")/../lib/suite.sh"

expect_equal "functions in the header and in the symbols file" "" "$(tests/lib/compare-symbols)"
expect_equal "version of the packages" "$version" "$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)"

tree=$scratch/tree
mkdir "$tree"
tar -cf - --exclude=./build --exclude=./target --exclude=./.git . | tar -xf - -C "$tree"
# What is compiled already for the other crates fits here, too.
mkdir -p "$tree/debian/build"
cp -a build/library "$tree/debian/build"
(cd "$tree" && make --silent deb) || give_up "make deb"
# It does not like to be root, and says so.
expect_equal lintian "" "$(lintian "$scratch"/zinit-client_*.changes 2>&1 | grep -v '^running with root privileges' || true)"

contents() { # contents PACKAGE: the files and links of it
    dpkg-deb --contents "$scratch/$1"_*.deb | awk '$1 !~ /^d/ {print $6}' |
        sed "s|^\./usr/||; s|/$(dpkg-architecture -qDEB_HOST_MULTIARCH)/|/ARCHITECTURE/|" | grep -v '^share/doc/' | sort
}
expect_equal libzinit-client0 "lib/ARCHITECTURE/libzinit_client.so.0
lib/ARCHITECTURE/libzinit_client.so.$version" "$(contents libzinit-client0)"
development=$(contents libzinit-client-dev)
man3=$(grep '^share/man/man3/' <<<"$development" || true)
expect_equal "pages of section 3 in libzinit-client-dev" "$(awk -v names=1 -f docs/man/section3.awk include/zinit.h | sort)" \
    "$(sed 's|^share/man/man3/||; s|\.gz$||' <<<"$man3" | sort)"
expect_equal libzinit-client-dev "include/zinit.h
lib/ARCHITECTURE/libzinit_client.a
lib/ARCHITECTURE/libzinit_client.so
lib/ARCHITECTURE/pkgconfig/zinit-client.pc
share/zinit-client/zinit_cdef.h" "$(grep -v '^share/man/man3/' <<<"$development")"
expect_equal zinitctl "bin/zinitctl
share/bash-completion/completions/zinitctl
share/fish/vendor_completions.d/zinitctl.fish
share/man/man1/zinitctl.1.gz
share/zinitctl/zinitctl.schema.json
share/zsh/vendor-completions/_zinitctl" "$(contents zinitctl)"
dpkg-deb --field "$scratch"/zinitctl_*.deb Depends | grep -q 'libzinit-client0 (>= ' ||
    fail "the package zinitctl does not depend on the library"
