#!/usr/bin/env bash
# suite: clients, requests, watches and cancels in several threads, under helgrind, over each protocol
# seconds: 20
# needs: cc valgrind
. "$(dirname "$0")/../lib/suite.sh"

c_threads() {
    tests/c/run.sh --helgrind "$prefix/lib" threads process_threads
}
over_each_protocol c_threads
