#!/usr/bin/env bash
# suite: cffi, LuaJIT and koffi read zinit_cdef.h as it is, and list the services with it
# needs: python3 python3-venv luajit node npm gcc
. "$(dirname "$0")/../lib/suite.sh"

cdef=$prefix/share/zinit-client/zinit_cdef.h
library=$prefix/lib/libzinit_client.so
expect_equal "directives and comments" "" "$(grep -nE '^ *#|/\*|//' "$cdef" || true)"
numbers() { # numbers HEADER: the names of its numbers
    gcc -E -dM "$1" | sed -n 's/^#define \(ZINIT_[A-Z0-9_]*\) (\{0,1\}-\{0,1\}[0-9][0-9]*)\{0,1\}$/\1/p' | sort
}
expect_equal "numbers" "$(numbers include/zinit.h)" "$(sed -n 's/^ *\(ZINIT_[A-Z0-9_]*\) = -\{0,1\}[0-9]*,$/\1/p' "$cdef" | sort)"
cmp include/zinit_cdef.h "$cdef" || fail "the installed header is not include/zinit_cdef.h"
[ ! -e .git ] || git diff --exit-code -- include || fail "the headers are not committed as the build writes them"

daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
for name in one two; do
    printf 'exec: sleep 1000\n' >"$daemon_config/$name.yaml"
    "$zinitctl" --socket "$daemon_socket" monitor $name
done

lists() { # lists RUNTIME COMMAND...
    expect_equal "$1" $'one\ntwo' "$("${@:2}" "$cdef" "$library" "$daemon_socket" 2>&1)"
}
python3 -m venv "$scratch/python"
"$scratch/python/bin/pip" install --quiet --disable-pip-version-check cffi
lists cffi "$scratch/python/bin/python" tests/cdef/list.py
lists LuaJIT luajit tests/cdef/list.lua
npm install --silent --no-fund --no-audit --prefix "$scratch/node" koffi@2
lists koffi env NODE_PATH="$scratch/node/node_modules" node tests/cdef/list.js
