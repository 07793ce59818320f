#!/usr/bin/env bash
# suite: the tests in C over each protocol, under valgrind without error or leak
# seconds: 350
# needs: cc valgrind
. "$(dirname "$0")/../lib/suite.sh"

c_tests() {
    if [ "$protocol" = line ]; then
        tests/c/run.sh --valgrind "$prefix/lib"
        # Under valgrind it cannot be seen how much memory a log takes, and memory cannot be limited.
        tests/c/run.sh "$prefix/lib" log_floods memory
        return
    fi
    # The other files meet scripted daemons alone, whatever ZINIT_BIN is.
    mapfile -t with_a_daemon < <(grep -l 'start_zinit()' tests/c/*.c | xargs -n 1 basename -s .c)
    tests/c/run.sh --valgrind "$prefix/lib" "${with_a_daemon[@]}"
}
over_each_protocol c_tests
