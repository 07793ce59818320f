# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# What is different on a terminal. tmux plays the terminal, and a shell with job control runs in it.

in_tmux() {
    tmux -S "$scratch/tmux" "$@"
}
# terminal_open COLUMNS ROWS [VARIABLE=VALUE...]: in the terminal, z is zinitctl. The daemon's end ends it, too.
terminal_open() {
    local columns=$1 rows=$2
    shift 2
    printf 'set -g status off\n' >"$scratch/tmux.conf"
    printf "PS1='(\$?) ready> '\nPATH=%q:\$PATH\n" "$scratch/bin" >"$scratch/shell"
    mkdir -p "$scratch/bin"
    # shellcheck disable=SC2016 # $$ and "$@" are for the script
    printf '#!/bin/sh\necho $$ >%q\nexec %s "$@"\n' "$scratch/pid" "$(printf '%q ' "$zinitctl" "${reach[@]}")" \
        >"$scratch/bin/z"
    chmod +x "$scratch/bin/z"
    env ZINIT_TEST_DAEMON="$daemon_directory" LC_ALL=C.UTF-8 "$@" tmux -u -S "$scratch/tmux" -f "$scratch/tmux.conf" \
        new-session -d -x "$columns" -y "$rows" "bash --noprofile --rcfile $(printf '%q' "$scratch/shell")"
    screen_has '^\(0\) ready>'
}
terminal_close() {
    in_tmux kill-server
}
# type_in TEXT: and Enter behind it, on a screen that is empty
type_in() {
    in_tmux clear-history
    in_tmux send-keys -l "clear; $1"
    in_tmux send-keys Enter
}
screen() {
    LC_ALL=C.UTF-8 tmux -u -S "$scratch/tmux" capture-pane -p
}
# screen_has PATTERN: until a line of it is like that
screen_has() {
    local attempt
    for ((attempt = 0; attempt < 600; attempt++)); do
        ! screen | LC_ALL=C.UTF-8 grep -qE -- "$1" || return 0
        sleep 0.05
    done
    give_up "the screen does not get to /$1/:"$'\n'"$(screen)"
}
# lines_on_screen PATTERN: how many lines are like that
lines_on_screen() {
    screen | LC_ALL=C.UTF-8 grep -cE -- "$1" || true
}
# expect_in_order STATUS: the command is over, the cursor is to be seen, and the lines are gone
expect_in_order() {
    local failures_before=$failures
    screen_has "^\($1\) ready>"
    expect_equal "cursor after status $1" 1 "$(in_tmux display-message -p '#{cursor_flag}')"
    expect_equal "lines that are left after status $1" 0 "$(lines_on_screen ' s  \(pid|^(✓|✗) ')"
    [ "$failures" = "$failures_before" ] || screen
}
expect_cursor_hidden() {
    expect_equal "cursor while lines are drawn" 0 "$(in_tmux display-message -p '#{cursor_flag}')"
}

# slow_service NAME...: is up when there is $scratch/go
slow_services() {
    local name
    rm -f "$scratch/go"
    for name in "$@"; do
        printf 'exec: sleep 1000\ntest: sh -c "test -e %s/go"\n' "$scratch" >"$daemon_config/$name.yaml"
    done
}
# stubborn_service NAME: ends after a stop when there is $scratch/end
stubborn_service() {
    rm -f "$scratch/end" "$scratch/ready"
    # shellcheck disable=SC2016 # for the service
    printf 'trap "" TERM\ntouch %q/ready\nuntil [ -e %q/end ]; do sleep 0.05; done\n' "$scratch" "$scratch" \
        >"$scratch/stubborn"
    printf 'exec: sh %s/stubborn\n' "$scratch" >"$daemon_config/$1.yaml"
}

test_lines_in_place() {
    slow_services slow
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    terminal_open 80 24
    type_in 'z start-all --timeout 100 web slow'
    screen_has '^✓ web   *up   *[0-9]+\.[0-9] s$'
    screen_has '^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] slow  starting  [0-9]+\.[0-9] s  \(pid [0-9]+\)$'
    # Drawn again, in the same place.
    screen_has ' slow  starting  1\.[0-9] s '
    expect_equal "lines about slow" 1 "$(lines_on_screen ' slow  ')"
    expect_cursor_hidden
    touch "$scratch/go"
    screen_has '^slow: up after [0-9.]+ s$'
    expect_in_order 0
    expect_equal "results" 2 "$(lines_on_screen '^(web|slow): up after ')"
    terminal_close
    take_away slow web
}

test_lines_tell_what_is_done() {
    with_patient_daemon see_each_step
}

see_each_step() {
    stubborn_service web
    run 0 start-all web
    wait_for_file "$scratch/ready"
    terminal_open 120 24
    # The process is there at first, and a state of it stays when it has ended.
    type_in 'z restart --stop-timeout 100 web'
    screen_has '^. web  stopping  [0-9.]+ s  \(pid [0-9]+\)$'
    rm "$scratch/ready"
    touch "$scratch/end"
    screen_has '^. web  starting  [0-9.]+ s$'
    rm "$scratch/end"
    screen_has '^web: up again after '
    expect_in_order 0
    printf 'exec: sh -c "exit 3"\n' >"$daemon_config/bad.yaml"
    slow_services slow
    printf 'exec: sleep 1000\nafter: [slow]\n' >"$daemon_config/behind.yaml"
    type_in 'z start-all --timeout 100 bad slow behind'
    screen_has '^. bad   *starting, crashing \(exit 3\)  '
    screen_has '^. behind   *starting, blocked  '
    in_tmux send-keys C-c
    expect_in_order 130
    screen_has '^zinitctl: behind: interrupted after [0-9.]+ s; not up yet: starting, blocked; it was told to start$'
    type_in 'z stop --timeout 0.5 web'
    screen_has '^. web  killing  |^web: down after [0-9.]+ s, by SIGKILL$'
    screen_has '^web: down after [0-9.]+ s, by SIGKILL$'
    expect_in_order 0
    terminal_close
    take_away behind slow bad web
}

test_signals_leave_the_terminal_in_order() {
    with_patient_daemon interrupt_by_each_signal
}

interrupt_by_each_signal() {
    local signal number
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    terminal_open 120 24
    for signal in INT TERM HUP PIPE QUIT; do
        number=$(kill -l $signal)
        stubborn_service stubborn
        run 0 start-all stubborn web
        wait_for_file "$scratch/ready"
        type_in 'z stop --timeout 100 web stubborn'
        screen_has '^✓ web +down '
        screen_has '^. stubborn  stopping  [0-9.]+ s  \(pid '
        if [ $signal = INT ]; then
            in_tmux send-keys C-c
        else
            kill -s $signal "$(cat "$scratch/pid")"
        fi
        expect_in_order $((128 + number))
        screen_has '^web: down after '
        screen_has '^zinitctl: stubborn: interrupted after [0-9.]+ s; not down yet: stopping \(pid [0-9]+\); it was told to stop$'
        # What was sent is not undone. A real daemon that speaks JSON-RPC kills the process meanwhile.
        run 0 status stubborn
        out_has '^target: down$'
        touch "$scratch/end"
        run 0 stop --wait stubborn
    done
    terminal_close
    take_away stubborn web
}

test_stop_and_continue() {
    slow_services slow
    run 0 monitor slow
    terminal_open 80 24
    type_in 'z start --timeout 100 slow'
    screen_has '^. slow  starting  '
    in_tmux send-keys C-z
    screen_has 'Stopped'
    expect_in_order 148
    in_tmux send-keys -l 'clear; fg'
    in_tmux send-keys Enter
    screen_has '^. slow  starting  '
    expect_equal "lines about slow" 1 "$(lines_on_screen '^. slow  ')"
    expect_cursor_hidden
    # In the background it waits on and draws nothing.
    in_tmux send-keys C-z
    expect_in_order 148
    type_in 'bg'
    screen_has '^\(0\) ready>'
    touch "$scratch/go"
    screen_has '^(\(0\) ready> )?slow: up after '
    expect_equal "lines about slow in the background" 0 "$(lines_on_screen 'slow  starting')"
    terminal_close
    take_away slow
}

test_narrow_terminal() {
    local name=service-with-a-long-name
    slow_services $name slow
    terminal_open 40 24
    type_in 'z start-all --timeout 100 "s*"'
    screen_has '^. service-with…  starting  [0-9.]+ s$'
    screen_has '^. slow           starting  [0-9.]+ s$'
    # Wider, and narrow again: a terminal folds the lines that do not fit.
    in_tmux resize-window -x 100 -y 24
    screen_has "^. $name  starting  [0-9.]+ s  \(pid [0-9]+\)$"
    in_tmux resize-window -x 30 -y 10
    screen_has '^. service…  starting  [0-9.]+ s$'
    expect_equal "lines about slow" 1 "$(lines_on_screen '^. slow ')"
    expect_equal "lines about $name" 1 "$(lines_on_screen '^. service')"
    touch "$scratch/go"
    expect_in_order 0
    terminal_close
    take_away $name slow
}

test_more_services_than_lines() {
    local number slow=() quick=()
    for number in 1 2 3 4 5 6 7 8 9; do
        quick+=("many-1$number")
        slow+=("many-2$number")
        echo 'exec: sleep 1000' >"$daemon_config/many-1$number.yaml"
    done
    slow_services "${slow[@]}"
    terminal_open 80 8
    type_in 'z start-all --timeout 100 "many-*"'
    # Six lines and one more, and the cursor below.
    screen_has '^and 12 more: 9 up, 3 under way$'
    expect_equal "lines about services that are up" 0 "$(lines_on_screen 'many-1')"
    expect_equal "lines about services that are not up" 6 "$(lines_on_screen '^. many-2[1-6]  starting  ')"
    in_tmux resize-window -x 80 -y 24
    screen_has '^✓ many-11  up        '
    expect_equal "lines in a higher terminal" 18 "$(lines_on_screen '^. many-')"
    touch "$scratch/go"
    expect_in_order 0
    expect_equal "results" 18 "$(lines_on_screen '^many-[12][1-9]: up after ')"
    terminal_close
    take_away "${quick[@]}" "${slow[@]}"
}

test_how_lines_look() {
    slow_services slow
    run 0 monitor slow
    LC_ALL=C on_terminal 5 start --timeout 1 slow
    out_has $'[-/|\\\\]\e\\[0m slow  \e\\[33mstarting\e\\[0m  '
    ! LC_ALL=C grep -q $'[\x80-\xff]' "$scratch/out" || fail "more than ASCII: $out"
    # One write hides the cursor, and the line about the service is behind the one that shows it.
    [[ $out = *$'\e[?25l'*$'\e[J\e[?25h'zinitctl:\ after\ * ]] || fail "the cursor is not shown: $out"
    for colour in always never; do
        NO_COLOR=1 on_terminal 5 --columns 60 start --color $colour --timeout 0.5 slow
        [[ $out = *slow\ \ *starting* ]] || fail "--color $colour: there is no line: $out"
        expect_equal "--color $colour" "$([ $colour = never ] || echo yes)" "$([[ $out != *$'\e[33m'* ]] || echo yes)"
    done
    NO_COLOR=1 on_terminal 5 start --timeout 0.5 slow
    [[ $out = *slow\ \ starting* && $out != *$'\e[33m'* ]] || fail "NO_COLOR: $out"
    # In a pipe and on a terminal that cannot do it, there are none.
    run 5 start --timeout 0.5 --color always slow
    [[ $err$out != *starting\ * && $err$out != *$'\e'* ]] || fail "lines in a pipe: $err"
    expect_equal "lines in a pipe" 1 "$(wc -l <<<"$err")"
    TERM_OF_TEST=dumb on_terminal 5 start --timeout 0.5 slow
    [[ $out != *starting\ * && $out != *$'\e'* ]] || fail "lines on a dumb terminal: $out"
    on_terminal 5 start --quiet --timeout 0.5 slow
    [[ $out != *$'\e'* ]] || fail "lines with --quiet: $out"
    take_away slow
}

# A daemon whose names, states and words would clear the screen, set the title, or begin a line of their own.
test_a_hostile_daemon_draws_nothing_on_the_terminal() {
    local state escape='\u001b[2J\u001b]0;title\u0007\r\n\u009b31m'
    # It is scripted, and the same whatever the others meet.
    [ "$protocol" = line ] || return 0
    for state in Blocked "$escape"; do
        meet_a_hostile_daemon "$state" "$escape"
    done
}
meet_a_hostile_daemon() { # meet_a_hostile_daemon STATE ESCAPE
    local state=$1 escape=$2 words there
    local name='a\u001b[2J\u0007\u009bb'
    cat >"$scratch/hostile" <<EOF_SCRIPT
on list
    send {"state":"ok","body":{"$name":"$state","web":"$state"}}
on status *
    send {"state":"ok","body":{"name":"$name","pid":0,"state":"$state","target":"Up","after":{"c$name":"$state"}}}
on log snapshot
    send [+] web: a
    bytes 1b 5b 32 4a 07 c2 9b 0d 0a
    send [-] $name: b
    bytes 1b 5b 32 4a 0a
on *
    send {"state":"error","body":"$escape no"}
EOF_SCRIPT
    scripted_start "$scratch/hostile.sock" "$scratch/hostile" "$scratch/hostile.log"
    there=(--protocol line --socket "$scratch/hostile.sock" --config-dir "$scratch/nosuch")
    for words in list "list --raw" status "status web" "status --raw web" "exists web" "why web" "start web" "stop web" \
        "monitor web" "forget web" "kill web" reboot "logs web" logs "get web" "list --json" "status --json web"; do
        # shellcheck disable=SC2086 # a subcommand and its arguments
        "$zinitctl" "${there[@]}" $words >"$scratch/out" 2>&1 </dev/null || :
        [ -s "$scratch/out" ] || fail "$words prints nothing"
        # Of a log, a pipe gets the bytes as they are.
        [[ $words = logs* ]] || ! grep -q $'[\e\a\r]\|\xc2\x9b' "$scratch/out" || fail "$words: $(cat -v "$scratch/out")"
        # shellcheck disable=SC2086 # a subcommand and its arguments
        NO_COLOR=1 tests/lib/on-terminal "$zinitctl" "${there[@]}" $words >"$scratch/out" 2>&1 </dev/null || :
        ! grep -q $'\e\[2J\|\e\]0\|\a\|\xc2\x9b' "$scratch/out" || fail "$words on a terminal: $(cat -v "$scratch/out")"
    done
    kill -KILL "$scripted_pid"
    wait "$scripted_pid" || true
}
