#!/usr/bin/env bash
# suite: clients, requests, queues and forks in many threads, under ThreadSanitizer, which reports a race made on purpose
# seconds: 150
# needs: cc rust-sanitizers
. "$(dirname "$0")/../lib/suite.sh"
. tests/lib/sanitizers.sh

build_with_sanitizer thread
run_with_sanitizer queue_threads threads process_threads queue cancel children requests event_loops

stress() {
    STRESS_SECONDS=3 run_with_sanitizer stress/stress
}
over_each_protocol stress
