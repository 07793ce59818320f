#!/usr/bin/env bash
# suite: make install puts each file in its place, and make uninstall takes it away
# seconds: 20
# needs: make cc pkg-config nm rustc
. "$(dirname "$0")/../lib/suite.sh"

tree() { # every file and link below a directory, with its mode
    (cd "$1" && find . ! -type d -printf '%M %P -> %l\n' | sed 's/ -> $//' | sort -k 2)
}
header_of() {
    sed -n "s/^#define $1 \(.*\)$/\1/p" include/zinit.h
}
abi=$(header_of ZINIT_ABI_VERSION)

# Section 3 of the manual: a page about the header, one for each of its sections, and one for each function and type.
man3_pages() {
    {
        echo zinit
        sed -n 's/^ \* [0-9]*\. \([A-Za-z]*\).*/zinit_\L\1/p' include/zinit.h
        grep -v '^ \*' include/zinit.h | grep -o '\<zinit_[a-z0-9_]*(' | tr -d '('
        sed -n 's/^typedef .* \(zinit_[a-z_]*\);/\1/p' include/zinit.h
    } | sort -u | sed 's/$/.3/'
}

for directories in "/usr /usr/lib/x86_64-linux-gnu" "/opt/zinit /opt/zinit/lib"; do
    read -r at lib <<<"$directories"
    rm -rf "$scratch/root"
    make_install DESTDIR="$scratch/root" PREFIX="$at" LIBDIR="$lib"
    expected=$(sort -k 2 - <(man3_pages | sed "s|.*|-rw-r--r-- ${at#/}/share/man/man3/&|") <<END
-rw-r--r-- ${at#/}/include/zinit.h
-rw-r--r-- ${at#/}/share/bash-completion/completions/zinitctl
-rw-r--r-- ${at#/}/share/fish/vendor_completions.d/zinitctl.fish
-rw-r--r-- ${at#/}/share/man/man1/zinitctl.1
-rw-r--r-- ${at#/}/share/zinit-client/zinit_cdef.h
-rw-r--r-- ${at#/}/share/zinitctl/zinitctl.schema.json
-rw-r--r-- ${at#/}/share/zsh/site-functions/_zinitctl
-rwxr-xr-x ${at#/}/bin/zinitctl
-rw-r--r-- ${lib#/}/libzinit_client.a
-rw-r--r-- ${lib#/}/pkgconfig/zinit-client.pc
-rwxr-xr-x ${lib#/}/libzinit_client.so.$version
lrwxrwxrwx ${lib#/}/libzinit_client.so -> libzinit_client.so.$version
lrwxrwxrwx ${lib#/}/libzinit_client.so.$abi -> libzinit_client.so.$version
END
    )
    expect_equal "what is installed under $at" "$expected" "$(tree "$scratch/root")"
    expect_equal "symbols beside those that programs link, under $at" "" \
        "$(nm "$scratch/root$lib/libzinit_client.so" 2>/dev/null)"
    [ -e "$scratch/root$lib/libzinit_client.so" ] || fail "libzinit_client.so leads nowhere"
    for variable in "prefix $at" "libdir $lib" "includedir $at/include"; do
        read -r name value <<<"$variable"
        expect_equal "$name in zinit-client.pc" "$value" \
            "$(PKG_CONFIG_LIBDIR=$scratch/root$lib/pkgconfig pkg-config --variable="$name" zinit-client)"
    done
    make --silent uninstall DESTDIR="$scratch/root" PREFIX="$at" LIBDIR="$lib"
    expect_equal "what make uninstall leaves under $at" "" "$(tree "$scratch/root")"
    expect_equal "directories of its own that it leaves under $at" "" "$(cd "$scratch/root" && find . -iname '*zinit?*' -type d)"
done

# A path with a space, twice, and where only the caller may read what is new: everybody can read it.
at="$scratch/a prefix"
for _ in 1 2; do
    (umask 077 && make_install PREFIX="$at" >/dev/null)
done
expect_equal "what not everybody can read" "" "$(find "$at" ! -perm -044)"
flags=()
mapfile -t flags < <(PKG_CONFIG_LIBDIR=$at/lib/pkgconfig pkg-config --cflags --libs zinit-client | xargs printf '%s\n')
cc -std=c99 "${strict[@]}" -o "$scratch/list" examples-c/list.c "${flags[@]}" || fail "what pkg-config says of a path with a space"
make --silent uninstall PREFIX="$at"
expect_equal "what make uninstall leaves in a path with a space" "" "$(tree "$at")"

# make cannot have a space in the name of a target.
if make --silent build BUILD="$scratch/a directory" 2>"$scratch/said" || ! grep -qF "BUILD is '$scratch/a directory'" "$scratch/said"; then
    fail "BUILD with a space: $(cat "$scratch/said")"
fi

# Where the loader does not look, it says so; where it does, it is silent.
said=$(make_install PREFIX="$scratch/prefix" 2>&1)
[[ $said = *"LD_LIBRARY_PATH=$scratch/prefix/lib"* ]] || fail "make install does not say that the library is not found: $said"
cat >"$scratch/ldconfig" <<END
#!/bin/sh
[ "\$*" != -p ] || echo "	libzinit_client.so.$abi (libc6,x86-64) => $scratch/prefix/lib/libzinit_client.so.$abi"
END
chmod +x "$scratch/ldconfig"
expect_equal "make install where the loader looks" "" \
    "$(make_install PREFIX="$scratch/prefix" LDCONFIG="$scratch/ldconfig" 2>&1)"

# As on a machine of its own: /usr/local, /etc and /run are directories of this test in a private mount namespace. There
# make install runs ldconfig, and then README's program is compiled and runs as README says, and without any variable.
root=$scratch/machine
mkdir -p "$root/local" "$root/run"
cp -a /etc "$root/etc" 2>/dev/null || [ -e "$root/etc/ld.so.conf" ] || give_up "/etc cannot be copied"
echo /usr/local/lib >>"$root/etc/ld.so.conf"
# shellcheck disable=SC2016 # a fence, not a command
sed -n '/^```c$/,/^```$/p' README.md | sed '/^```/d' >"$scratch/restart.c"
command=$(grep '^cc restart\.c ' README.md)
[ -n "$command" ] || give_up "README.md does not say how its program is compiled"
daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
printf 'exec: sleep 1000\n' >"$daemon_config/redis.yaml"
"$zinitctl" --socket "$daemon_socket" monitor redis
ln -s "$daemon_socket" "$root/run/zinit.sock"
cat >"$scratch/on-the-machine" <<'END'
set -e
for directory in run etc usr/local; do
    mount --bind "$1/machine/${directory##*/}" "/$directory"
done
flock build make --silent install TARGET="$2"
unset LD_LIBRARY_PATH
cd "$1"
export PKG_CONFIG_PATH=/usr/local/lib/pkgconfig
eval "$3"
./restart
./restart nosuch
END
namespace=(unshare --mount)
[ "$(id -u)" = 0 ] || namespace=(unshare --map-root-user --mount)
if [ "${CI-}" = true ] || "${namespace[@]}" true 2>/dev/null; then
    "${namespace[@]}" sh "$scratch/on-the-machine" "$scratch" "$(rustc -vV | sed -n 's/^host: //p')" "$command" \
        >"$scratch/said" 2>&1 && fail "README's program does not fail for a service that is not there"
    expect_equal "make install, and README's program" "redis is up again" "$(head -n 1 "$scratch/said")"
    grep -q "nosuch" <<<"$(sed 1d "$scratch/said")" || fail "README's program does not name the service: $(cat "$scratch/said")"
else
    echo "skipped: make install into /usr/local: no private mount namespace can be had"
fi
