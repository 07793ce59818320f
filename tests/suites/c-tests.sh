#!/usr/bin/env bash
# suite: the tests in C, under valgrind without error or leak
# seconds: 150
# needs: cc valgrind
. "$(dirname "$0")/../lib/suite.sh"

tests/c/run.sh --valgrind "$prefix/lib"
# Under valgrind it cannot be seen how much memory a log takes, and memory cannot be limited.
tests/c/run.sh "$prefix/lib" log_floods memory
