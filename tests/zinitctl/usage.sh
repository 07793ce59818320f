# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# The command line, help, and the man page.

# Lines of help that a common terminal folds.
no_wide_line() {
    local wide
    wide=$(awk 'length > 80' <<<"$out")
    expect_equal "lines of zinitctl $*: wider than 80 columns" "" "$wide"
}

subcommands_of_help() {
    "$zinitctl" --help | sed -n '/^Subcommands:/,/^$/ s/^  \([a-z-]*\) .*/\1/p'
}

test_wrong_usage() {
    run_bare 2
    err_has 'no subcommand'
    run 2 frobnicate
    err_has "'frobnicate'"
    run 2 frobnicate --help
    run 2 version extra
    err_has '^Usage: zinitctl \[OPTION...\] version$'
    run 2 get
    err_has '^Usage: zinitctl \[OPTION...\] get NAME\.\.\.$'
    run 2 kill
    run 2 kill --signal NOSUCH web
    run 2 stats a/b
    for words in start "stop 127.0.0.1:80" "restart 127.0.0.1:80"; do
        # shellcheck disable=SC2086 # several arguments
        run 2 http $words
        err_has "'http' needs 'start ADDRESS' or 'stop'"
    done
    run 2 http start localhost:80
    err_has "localhost:80.* is not a literal address"
    run 2 http start 127.0.0.1
    err_has "has no port: give an IP address and a port"
    run 2 start-all
    err_has '^Usage: zinitctl \[OPTION...\] start-all NAME\.\.\.$'
    run 2 deploy web
    run 2 reload
    run 2 list --wait
    err_has "option '--wait' is not for 'list'"
    run 2 stop-all --wait web
    run 2 start --stop-timeout 1 web
    run 2 start --wait=1 web
    for seconds in x '' -1 1e3 0x1 inf nan . 1.2.3 1s 99999999999; do
        run 2 restart --timeout "$seconds" web
        err_has "'$seconds' is not a value for option '--timeout'"
        run 2 restart --stop-timeout "$seconds" web
        run 2 restart --steady "$seconds" web
    done
    run 2 restart --steady none web
    run 2 stop --steady 1 web
    run 2 --frobnicate list
    err_has "unknown option '--frobnicate'"
    run 2 --socke=x list
    run 2 -x list
    run 2 list --socket
    err_has "option '--socket' needs a value: PATH"
    run 2 --help=x
    for milliseconds in x '' 1x 0 -1 99999999999999999999; do
        run 2 --io-timeout "$milliseconds" list
        err_has -- '--io-timeout'
    done
    run 2 --socket "$(printf '%0200d' 0)" list
    for signal in 0 99 4711 4294967311 '' 15x; do
        run 2 kill web "$signal"
    done
    run 3 kill web NOSUCH
    err_has '"NOSUCH", and it is not a signal$'
    # A message is one line, whatever is in it.
    run 1 check "$scratch/"$'a\nb'
    err_has '^zinitctl: cannot read .*/a\\x0ab: No such file or directory$'
    for name in '' a/b ../x $'a\nb' "$(printf '%0300d' 0)"; do
        run 2 status "$name"
        run 2 load "$name"
        run 2 stop-all "$name"
        run 2 exists "$name"
    done
}

test_options_stand_anywhere() {
    run_bare 0 list --socket "$daemon_socket"
    run_bare 0 list --socket="$daemon_socket"
    run_bare 1 exists --socket "$daemon_socket" --io-timeout=5000 web
    run_bare 1 exists --io-timeout 5000 --socket "$daemon_socket" -- --help
    expect_out no
}

test_letters_and_environment() {
    run_bare 0 -s "$daemon_socket" list
    run_bare 0 -s"$daemon_socket" -c "$daemon_config" list
    run_bare 0 list -qs "$daemon_socket"
    ZINIT_SOCKET=$daemon_socket run_bare 0 list
    # An option comes first, and an empty variable is not set.
    ZINIT_SOCKET=$daemon_socket run_bare 4 -s "$scratch/no.sock" list
    ZINIT_SOCKET='' run_bare 0 -s "$daemon_socket" list
    ZINIT_SOCKET=$(printf '%0200d' 0) run_bare 2 list
    err_has '^zinitctl: ZINIT_SOCKET: '
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    ZINIT_CONFIG_DIR=$daemon_config run_bare 0 load web
    expect_out 'exec: sleep 1000'
    ZINIT_CONFIG_DIR=$scratch/nosuch run_bare 3 load web
    err_has "cannot read the directory $scratch/nosuch: .*\(--config-dir or ZINIT_CONFIG_DIR\)$"
    ZINIT_BINARY=/bin/false run_bare 1 version
    err_has '\(--zinit-binary or ZINIT_BINARY\)$'
    run 0 remove web
    # Bundled, with a value at the end or behind it.
    for options in -fx -x -n; do
        run 2 logs $options
    done
    run 2 logs -fnx
    err_has "'x' is not a value for option '--lines'"
    run 2 logs -nf
    err_has "'f' is not a value for option '--lines'"
    run 3 logs -fqn2 nosuch
    run 3 logs -qn 2 -f nosuch
    run 3 logs --lines=2 nosuch
}

test_help() {
    local subcommand name documented
    run_bare 0 --help
    out_has '^Usage: zinitctl '
    out_has '^5: timeout\.'
    no_wide_line --help
    expect_equal "-h" "$out" "$("$zinitctl" -h)"
    for subcommand in $(subcommands_of_help); do
        run_bare 0 "$subcommand" --help
        out_has "^Usage: zinitctl \[OPTION...\] $subcommand"
        no_wide_line "$subcommand" --help
        run_bare 0 --help "$subcommand"
    done
    # The man page has the same subcommands with the same arguments, in the same order, and the same options.
    run_bare 0 --help
    documented=$(sed -n 's/^\.It Cm \([a-z-]*\)\( Ar\)\{0,1\}/\1/; T; s/ Op Ar \(.*\)/ [\1]/; p' docs/man/zinitctl.1)
    expect_equal "subcommands in zinitctl.1" "$(sed -n '/^Subcommands:/,/^$/ s/^  \([^ ]*\( [A-Z[][^ ]*\)*\)  .*/\1/p' <<<"$out")" \
        "$documented"
    # The man page tells other names, variables and exit statuses, too.
    for subcommand in $(subcommands_of_help); do
        for name in $("$zinitctl" help "$subcommand" | sed -n 's/^Other names: \(.*\)\.$/\1/p'); do
            grep -qxF ".Cm $name" docs/man/zinitctl.1 || fail "zinitctl.1 does not tell $name, which is $subcommand"
        done
    done
    expect_equal "variables in zinitctl.1" "$(sed -n '/^Environment/,/^$/ s/^  \([A-Z_]*\) .*/\1/p' <<<"$out")" \
        "$(sed -n 's/^\.It Ev \(ZINIT_.*\)/\1/p' docs/man/zinitctl.1)"
    expect_equal "exit statuses in zinitctl.1" "$(sed -n '/^Exit status/,$ p' <<<"$out" | grep -oE '([0-9]|128 \+ n):' | tr -d :)" \
        "$(sed -n '/^\.Sh EXIT STATUS/,/^\.El/ s/^\.It //p' docs/man/zinitctl.1)"
    expect_equal "options in zinitctl.1" "$(sed -n '/^Options/,/^$/ s/.*\(--[a-z-]*\).*/\1/p' <<<"$out")" \
        "$(sed -n 's/^\.It \(Fl [a-zA-Z] , \)\{0,1\}Fl -\([a-z-]*\).*/--\2/p' docs/man/zinitctl.1)"
}

# What the man page says of a message is of one that there is. Words in capitals stand for others.
test_diagnostics_of_the_man_page() {
    local message
    local -a messages
    mapfile -t messages < <(sed -n '/^\.Sh DIAGNOSTICS/,/^\.El/ s/^\.It //p' docs/man/zinitctl.1)
    [ ${#messages[@]} -gt 5 ] || fail "zinitctl.1 explains ${#messages[@]} messages"
    for message in "${messages[@]}"; do
        # The longest piece without them.
        message=$(awk '{ n = split($0, pieces, / *[A-Z][A-Z]+ */); best = 1
            for (i = 2; i <= n; i++) if (length(pieces[i]) > length(pieces[best])) best = i
            print pieces[best] }' <<<"$message")
        grep -rqF -- "$message" src zinitctl || fail "zinitctl.1 explains what nobody says: $message"
    done
}

test_keys_of_the_man_page() {
    expect_equal "keys in zinitctl.1" "$(sed -n 's/^            Self::[A-Za-z]* => "\([a-z_]*\)",$/\1/p' src/model/service/key.rs)" \
        "$(sed -n 's/^\.It Ic \([a-z_]*\)$/\1/p' docs/man/zinitctl.1)"
    sed -n '/^\.Ss Service files/,/^\.El/ s/^\([a-z_]*: .*\)/\1/p' docs/man/zinitctl.1 >"$scratch/of-the-page.yaml"
    run_bare 0 check --strict "$scratch/of-the-page.yaml"
    expect_out "$scratch/of-the-page.yaml: valid"
}

# The program takes the commands in its examples.
test_examples_of_the_man_page() {
    local example
    local -a examples words
    mapfile -t examples < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAG/ s/^\$ zinitctl \([a-z0-9 -]*sleeper\)$/\1/p' docs/man/zinitctl.1)
    [ ${#examples[@]} -gt 4 ] || fail "zinitctl.1 has ${#examples[@]} examples"
    for example in "${examples[@]}"; do
        read -ra words <<<"$example"
        run_bare 4 --socket "$scratch/no.sock" "${words[@]}"
    done
}

test_broken_output() {
    local status=0
    "$zinitctl" --help >/dev/full 2>"$scratch/err" || status=$?
    expect_equal "exit status on a full disk" 1 $status
    grep -q '^zinitctl: cannot write to standard output: No space left' "$scratch/err" || fail "$(cat "$scratch/err")"
    status=0
    "$zinitctl" --help >&- 2>"$scratch/err" || status=$?
    expect_equal "exit status with stdout closed" 1 $status
    # A pipe that nobody reads any more, where the signal is ignored.
    { sleep 0.3; (trap '' PIPE; "$zinitctl" --help 2>"$scratch/err"; echo $? >"$scratch/status"); } | true || true
    expect_equal "exit status on a closed pipe" 1 "$(cat "$scratch/status")"
    grep -q 'Broken pipe' "$scratch/err" || fail "closed pipe: $(cat "$scratch/err")"
}
