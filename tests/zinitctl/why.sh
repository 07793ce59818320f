# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# Why a service is not up.

test_why_a_service_is_up() {
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    printf 'exec: "true"\noneshot: true\n' >"$daemon_config/once.yaml"
    run 0 start-all web once
    run 0 why web
    out_has '^web is running, with process [0-9]+$'
    run 0 why once
    out_has '^once is done: it is a oneshot'
    # What was changed after the start cannot be what runs.
    touch -d '+1 hour' "$daemon_config/web.yaml"
    run 0 why web
    out_has "^web runs with an older definition: .*'zinitctl reload web'$"
    run 3 why nosuch
    run 2 why
    take_away web once
}

test_why_a_service_is_not_up() {
    echo 'exec: sh -c "exit 3"' >"$daemon_config/crashes.yaml"
    printf 'exec: sh -c "exit 5"\noneshot: true\nlog: none\n' >"$daemon_config/bad.yaml"
    echo 'exec: /nonexistent/program' >"$daemon_config/missing.yaml"
    printf 'exec: sleep 1000\ntest: test -e /nonexistent/ready\n' >"$daemon_config/tested.yaml"
    echo 'exec: sleep 1000' >"$daemon_config/idle.yaml"
    run 0 monitor crashes bad missing tested idle
    wait_for crashes '^state: crashing'
    wait_for bad '^state: failed'
    wait_for missing '^state: failed'
    wait_for idle '^state: running'
    run 1 why crashes
    expect_out "crashes is crashing (exit 3): its process ends again and again, and the daemon starts it again; see \
'zinitctl logs crashes'"
    run 1 why bad
    out_has "^bad is failed \(exit 5\): its process has failed, and a oneshot is not started again; its file says log: none"
    run 1 why missing
    out_has "^missing is failed: the daemon cannot run its command '/nonexistent/program'; .*'zinitctl edit missing'$"
    wait_for tested '^state: starting'
    run 1 why tested
    out_has "^tested is starting: its process [0-9]+ is running, .*: 'test -e /nonexistent/ready'; see 'zinitctl logs tested'$"
    run 0 stop --wait idle
    run 1 why idle
    out_has "^idle is stopped: somebody has told the daemon to stop it, its target is down; 'zinitctl start idle'$"
    # In the same word as in a list.
    printf '#!/bin/sh\ntrap "" TERM\ntouch %s/trapped\nwhile :; do sleep 1; done\n' "$scratch" >"$scratch/deaf"
    chmod +x "$scratch/deaf"
    echo "exec: $scratch/deaf" >"$daemon_config/\$deaf.yaml"
    run 0 monitor "\$deaf"
    wait_for_file "$scratch/trapped"
    run 0 stop --timeout 0.1 "\$deaf"
    wait_for "\$deaf" '^state: killed'
    run 1 why "\$deaf"
    # A shell that reads the command finds the name in it again.
    expect_out "\$deaf is killed (SIGKILL): somebody has told the daemon to stop it, its target is down; \
'zinitctl start \"\\\$deaf\"'"
    rm "$scratch/trapped" "$scratch/deaf"
    take_away "\$deaf"
    run 1 why idle tested
    expect_equal "lines about two services" 2 "$(wc -l <<<"$out")"
    take_away crashes bad missing tested idle
}

test_why_a_service_is_blocked() {
    printf 'exec: sleep 1000\nafter: [db, ghost, unread]\n' >"$daemon_config/front.yaml"
    printf 'exec: sleep 1000\nafter: [disk]\n' >"$daemon_config/db.yaml"
    printf 'exec: sh -c "exit 7"\noneshot: true\n' >"$daemon_config/disk.yaml"
    run 0 monitor front db disk
    wait_for disk '^state: failed'
    wait_for front '^state: blocked'
    echo 'exec: sleep 1000' >"$daemon_config/unread.yaml"
    run 1 why front
    expect_equal "the chain" "front is blocked by db, ghost, unread
  db is blocked by disk
    disk is failed (exit 7): its process has failed, and a oneshot is not started again; see 'zinitctl logs disk', then \
'zinitctl start disk'
  ghost is not monitored, and there is no file $daemon_config/ghost.yaml: write it, or take the name out of after: \
'zinitctl edit front'
  unread is not monitored, and has a file; 'zinitctl monitor unread'" "$out"
    # A oneshot that is running has not ended.
    printf 'exec: sleep 1000\noneshot: true\n' >"$daemon_config/long.yaml"
    printf 'exec: sleep 1000\nafter: [long]\n' >"$daemon_config/waits.yaml"
    run 0 monitor long waits
    wait_for long '^state: running'
    wait_for waits '^state: blocked'
    run 1 why waits
    out_has '^waits is blocked by long$'
    # Those that wait for each other.
    printf 'exec: sleep 1000\nafter: [hen]\n' >"$daemon_config/egg.yaml"
    printf 'exec: sleep 1000\nafter: [egg]\n' >"$daemon_config/hen.yaml"
    run 0 monitor egg hen
    wait_for egg '^state: blocked'
    wait_for hen '^state: blocked'
    run 1 why egg
    expect_equal "a circle" "egg is blocked by hen
  hen is blocked by egg
    this is a circle: egg waits for hen waits for egg; take a name out of after: 'zinitctl edit hen'" "$out"
    take_away front db disk long waits egg hen
    run 0 remove unread
}
