#!/usr/bin/env bash
# suite: the manual is the same whatever language the caller reads
# needs: make cc gawk localedef doxygen
. "$(dirname "$0")/../lib/suite.sh"

# In Turkish, the capital letter of i is another one than I. Of the programs called awk, gawk is the one that knows.
localedef --inputfile=tr_TR --charmap=UTF-8 "$scratch/tr_TR.UTF-8"
mkdir "$scratch/bin"
ln -s "$(command -v gawk)" "$scratch/bin/awk"
in_turkish() { # in_turkish COMMAND...
    PATH=$scratch/bin:$PATH LOCPATH=$scratch LC_ALL=tr_TR.UTF-8 "$@"
}
# shellcheck disable=SC2016 # for awk
[ "$(in_turkish awk 'BEGIN { print toupper("i") }')" != I ] || give_up "awk does not know Turkish"

in_turkish make_install DESTDIR="$scratch/root"
diff -r "$prefix/share/man" "$scratch/root/usr/local/share/man" || fail "the man pages differ"

make --silent docs BUILD="$scratch/here" || give_up "make docs"
in_turkish make --silent docs BUILD="$scratch/turkish" || fail "make docs in Turkish"
diff -rq "$scratch/here/docs" "$scratch/turkish/docs" || fail "the sites differ"
