# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# What scripts rely on: questions about states, and the exit status of each subcommand.

test_questions_about_states() {
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    printf 'exec: sh -c "exit 0"\noneshot: true\n' >"$daemon_config/once.yaml"
    printf 'exec: sh -c "exit 3"\noneshot: true\n' >"$daemon_config/bad.yaml"
    printf 'exec: sleep 1000\nafter: [bad]\n' >"$daemon_config/later.yaml"
    run 0 monitor '*'
    wait_for web '^state: running$'
    wait_for once '^state: done$'
    wait_for bad '^state: failed '
    wait_for later '^state: blocked '
    run 0 is-active web
    expect_out running
    run 0 is-active once
    expect_out "done"
    run 1 is-active bad
    expect_out failed
    run 1 is-active later
    expect_out blocked
    run 0 is-failed bad
    expect_out failed
    run 1 is-failed web once later
    expect_out $'running\ndone\nblocked'
    run 0 is-blocked later
    expect_out blocked
    run 1 is-blocked web
    expect_out running
    # One of them is enough, in the order in which they are given.
    run 0 is-active bad web
    expect_out $'failed\nrunning'
    run 0 is-failed '*'
    expect_out $'failed\nblocked\ndone\nrunning'
    for subcommand in is-active is-failed is-blocked; do
        run 3 $subcommand web nosuch
        expect_out ""
        err_has 'does not know "nosuch"'
        run 1 $subcommand --ignore-missing nosuch
        expect_out ""
    done
    run 0 is-active -q web
    expect_out ""
    run 1 is-failed --quiet web
    expect_out ""
    run 0 stop --wait web
    run 1 is-active web
    expect_out stopped
    run 1 is-failed web
    take_away web once bad later
}

# Which exit statuses each subcommand can have, and calls that lead to them, in this order. The services: `web` runs,
# `slow` does not get up, `bad` fails, `refused` has a file that zinit refuses. There is no `nosuch`. A status that
# needs another daemon is in another test. With @ in front, the last call that got to a daemon is repeated where there
# is no daemon; or what stands behind a 4.
exit_statuses() {
    cat <<END
@ monitor    0 web    1 web    0 slow    0 bad    2 a/b    3 nosuch
@ start      0 web    2 a/b    3 nosuch    5 --timeout 0.1 slow    1 --wait bad
@ list       0    0 web    2 a/b    3 nosuch
@ status     0    0 web    2 a/b    3 nosuch
@ stats      $stats_status web    1 bad    2 a/b    3 nosuch
@ exists     0 web    1 nosuch    2 a/b
@ is-active  0 web    1 bad    2 a/b    3 nosuch
@ is-failed  0 bad    1 web    2 a/b    3 nosuch
@ is-blocked 0 later  1 web    2 a/b    3 nosuch
@ match      0 --name web    0 --name nosuch    2    2 --name a/b
@ watch      2 a/b    3 nosuch    4 web
  why        0 web    1 bad    2 a/b    3 nosuch
  edit       2 a/b    3 nosuch
@ logs       0    0 web    2 a/b    3 nosuch
@ tail       2 a/b    3 nosuch    4 web
@ get        0 web    2 a/b    3 nosuch
@ kill       0 web CONT    1 bad    2 web 99    3 nosuch
@ restart    0 --steady 0.0 web    2 a/b    3 nosuch    5 --timeout 0.1 slow    1 bad
@ forget     1 web    2 a/b    3 nosuch
@ stop       0 --wait web    0 slow    2 a/b    3 nosuch
@ forget     0 web
@ start-all  0 --steady 0.0 web    1 refused    2 a/b    3 nosuch    5 --timeout 0.1 slow
@ reload     0 --steady 0.0 web    1 refused    2 a/b    3 nosuch    5 --timeout 0.1 slow
@ deploy     0 --steady 0.0 web $scratch/web.yaml    1 web $scratch/refused.yaml    2 a/b $scratch/web.yaml    5 --timeout 0.1 slow $scratch/slow.yaml
@ stop-all   0 web slow    2 a/b    3 nosuch
  load       0 web    1 refused    2 a/b    3 nosuch
  add        0 fresh $scratch/web.yaml    1 fresh $scratch/nosuch.yaml    1 fresh $scratch/refused.yaml    2 a/b $scratch/web.yaml
  remove     0 fresh    2 a/b    3 fresh
  check      0 $scratch/web.yaml    1 $scratch/refused.yaml    1 $scratch/nosuch.yaml    2
@ destroy    0 web slow bad later    2 a/b    3 nosuch
  state      0 Running    2 ((
  version    0    1 --zinit-binary /bin/false    2 extra
@ protocol   0    2 extra
@ reboot     2 extra
@ shutdown   2 extra
@ http       1 stop    2 go
  help       0    0 help    2 nosuch
END
}

# walk LINE-OF-THE-TABLE: for walk_table, makes its calls
walk() {
    local reaches=$1 subcommand=$2 status='' words=() word
    shift 2
    call() {
        [ -n "$status" ] || return 0
        [ "$status" != 4 ] || last=("${words[@]}")
        [ "$status" != 4 ] || return 0
        if [ "$subcommand $status" = "version 1" ]; then
            run_bare 1 "$subcommand" "${options[@]}" "${words[@]}"
        else
            run "$status" "$subcommand" "${options[@]}" "${words[@]}"
        fi
        "$check" "$status" "$subcommand" "${words[@]}"
        [ "$status" = 2 ] || [ "$reaches" != @ ] || [ "$status" = 3 ] || last=("${words[@]}")
    }
    local last=()
    for word in "$@"; do
        if [[ $word =~ ^[0-5]$ ]]; then
            call
            status=$word
            words=()
        else
            words+=("$word")
        fi
    done
    call
    if [ "$reaches" = @ ]; then
        run_bare 4 "${reach[@]}" --socket "$scratch/no.sock" "$subcommand" "${options[@]}" "${last[@]}"
        "$check" 4 "$subcommand" "${last[@]}"
    fi
}

# is_option_of SUBCOMMAND [OPTION]: whether the subcommand takes it; all take --quiet
is_option_of() {
    [ "${2---quiet}" = --quiet ] || "$zinitctl" help "$1" | grep -qE "^ +$2 "
}

# walk_table CHECK OPTION...: calls CHECK after each call, with its exit status and its words
walk_table() {
    local line words check=$1 options=("${@:2}") stats_status=0
    # What only JSON-RPC has.
    [ "$protocol" = json-rpc ] || stats_status=1
    printf 'exec: sleep 1000\n' | tee "$daemon_config/web.yaml" >"$scratch/web.yaml"
    printf 'exec: sleep 1000\ntest: "false"\n' | tee "$daemon_config/slow.yaml" >"$scratch/slow.yaml"
    printf 'exec: sh -c "exit 3"\noneshot: true\n' >"$daemon_config/bad.yaml"
    printf 'exec: sleep 1000\nafter: [slow]\n' >"$daemon_config/later.yaml"
    run 0 monitor later
    wait_for later '^state: blocked '
    while read -r line; do
        [[ $line = @* ]] || line="- $line"
        if [[ $line = "@ start "* ]]; then
            wait_for web '^state: running$'
        elif [[ $line = "@ start-all "* ]]; then
            printf 'log: ring\n' | tee "$daemon_config/refused.yaml" >"$scratch/refused.yaml"
        fi
        read -ra words <<<"$line"
        if is_option_of "${words[1]}" "${options[@]}"; then
            walk "${words[@]}"
        fi
    done < <(exit_statuses)
    rm -f "$daemon_config/refused.yaml"
}

note_call() {
    echo "$2" >>"$scratch/walked"
}

test_exit_statuses() {
    : >"$scratch/walked"
    walk_table note_call
    expect_equal "subcommands whose exit statuses are tested" "$(subcommands_of_help | sort)" "$(sort -u "$scratch/walked")"
}

# Nothing is on stdout. A failure is told on stderr, and an answer is not a failure.
prints_nothing() {
    expect_out ""
    if [ "$1" = 1 ] && [[ $2 = exists || $2 = why || $2 = is-* ]]; then
        expect_equal "$2 --quiet: stderr" "" "$err"
    elif [ "$1" != 0 ] && [ "$2" != check ]; then
        err_has '^zinitctl: '
    fi
}

test_quiet_everywhere() {
    walk_table prints_nothing --quiet
}
