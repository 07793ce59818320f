#!/usr/bin/env bash
# suite: the tests in C, under valgrind without error or leak
# seconds: 150
# needs: cc valgrind
. "$(dirname "$0")/../lib/suite.sh"

tests/c/run.sh --valgrind "$prefix/lib"
