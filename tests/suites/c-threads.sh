#!/usr/bin/env bash
# suite: clients, requests, watches and cancels in several threads, under helgrind
# needs: cc valgrind
. "$(dirname "$0")/../lib/suite.sh"

tests/c/run.sh --helgrind "$prefix/lib" threads process_threads
