#!/bin/sh
# render.sh DIRECTORY VERSION: renders the manual and the header into a directory, as one site that begins with index.html.
# In the root of the source. Any warning is a failure.
set -eu
# In Turkish, the small letter of I is another one than i.
export LC_ALL=C
directory=$1
version=$2

rm -rf "$directory"
mkdir -p "$directory"

is_since() { # is_since VERSION: whether Doxygen is of that version or a later one
    [ "$(printf '%s\n' "$1" "$(doxygen --version | cut -d ' ' -f 1)" | sort -V | head -n 1)" = "$1" ]
}
# Its word for groups has changed.
groups=modules
! is_since 1.9.8 || groups=topics
# Settings that older ones do not know: style.css is for a light page, and a README.md is a page, not about its directory.
more=
! is_since 1.9.5 || more='HTML_COLORSTYLE = LIGHT'
! is_since 1.11.0 || more="$more
IMPLICIT_DIR_DOCS = NO"
layout=$(mktemp)
trap 'rm -f "$layout"' EXIT
sed "s/type=\"modules\"/type=\"$groups\"/" docs/doxygen/layout.xml >"$layout"
{
    cat docs/doxygen/Doxyfile
    printf 'PROJECT_NUMBER = %s\nOUTPUT_DIRECTORY = "%s"\nLAYOUT_FILE = "%s"\n%s\n' "$version" "$directory" "$layout" "$more"
} | doxygen -
