#!/bin/sh
# render.sh DIRECTORY VERSION: renders the manual and the header into a directory, as one site that begins with index.html.
# In the root of the source. Any warning is a failure.
set -eu
directory=$1
version=$2

rm -rf "$directory"
mkdir -p "$directory"
# Doxygen 1.9.8 has changed its word for groups.
groups=modules
if [ "$(printf '%s\n' 1.9.8 "$(doxygen --version | cut -d ' ' -f 1)" | sort -V | head -n 1)" = 1.9.8 ]; then
    groups=topics
fi
layout=$(mktemp)
trap 'rm -f "$layout"' EXIT
sed "s/type=\"modules\"/type=\"$groups\"/" docs/doxygen/layout.xml >"$layout"
{
    cat docs/doxygen/Doxyfile
    printf 'PROJECT_NUMBER = %s\nOUTPUT_DIRECTORY = "%s"\nLAYOUT_FILE = "%s"\n' "$version" "$directory" "$layout"
} | doxygen -
