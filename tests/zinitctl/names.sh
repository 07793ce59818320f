# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# Which services are meant: several names, patterns, all, and words that are misspelled.

# The services web, web-1 and web-2, which are running, and db, which has a file and is not monitored.
start_webs() {
    local name
    for name in web web-1 web-2 db; do
        echo 'exec: sleep 1000' >"$daemon_config/$name.yaml"
    done
    run 0 start-all web 'web-*'
}
# names_down: the services that are down
names_down() {
    "$zinitctl" "${reach[@]}" list | awk -F '\t' '$4 == "down" { printf "%s ", $1 }'
}

test_several_names_and_patterns() {
    start_webs
    expect_equal "services that are up" "web web-1 web-2 " "$(sed -n 's/: up after .*//p' <<<"$out" | tr '\n' ' ')"
    for subcommand in list status; do
        run 0 $subcommand web-2 'web*'
        expect_equal "$subcommand: each once, as they were named" "web-2 web web-1 " "$(cut -f 1 <<<"$out" | tr '\n' ' ')"
    done
    run 0 stop 'web-[12]'
    expect_out ""
    wait_for web-1 '^state: stopped$'
    wait_for web-2 '^state: stopped$'
    expect_equal "services that were stopped" "web-1 web-2 " "$(names_down)"
    run 0 start --wait web-1 web-2
    expect_equal "services that are up" "web-1 web-2 " "$(sed -n 's/: up after .*//p' <<<"$out" | tr '\n' ' ')"
    run 0 stop --wait web-1 web-2
    expect_equal "services that are down" "web-1 web-2 " "$(sed -n 's/: down after .*//p' <<<"$out" | tr '\n' ' ')"
    run 0 restart 'web-?'
    expect_equal "services that are up again" "web-1 web-2 " "$(sed -n 's/: up again after .*//p' <<<"$out" | tr '\n' ' ')"
    run 0 get web web-1
    expect_out $'--- # web\nexec: sleep 1000\n--- # web-1\nexec: sleep 1000'
    run 0 load 'w*b' 'd?'
    expect_out $'--- # web\nexec: sleep 1000\n--- # db\nexec: sleep 1000'
    run 1 exists web db 'web-*' 'x*'
    expect_out $'web: yes\ndb: no\nweb-*: yes\nx*: no'
    run 0 exists web 'web-*'
    run 2 exists web a/b
    run 2 exists nosuch ''
    # A file whose name cannot be that of a service, and one that is not a definition.
    touch "$daemon_config/a"$'\n'"b.yaml" "$daemon_config/README"
    run 3 load '[a-cR]*'
    rm "$daemon_config/a"$'\n'"b.yaml" "$daemon_config/README"
    # Files as well: those that are monitored are left alone, unless they are named.
    run 0 monitor '*'
    run 0 exists db
    run 1 monitor web db
    run 0 stop-all --all
    run 0 forget 'web-*' db
    run 0 list
    expect_equal "services that are left" web "$(cut -f 1 <<<"$out")"
    run 0 remove 'web-*'
    expect_equal "files that are left" "db.yaml web.yaml " "$(cd "$daemon_config" && printf '%s ' *)"
    take_away web db
}

test_all_services() {
    start_webs
    run 0 stop --all --wait
    expect_equal "services that are down" "web web-1 web-2 " "$(names_down)"
    run 0 start --all --wait
    expect_equal "services that are down" "" "$(names_down)"
    run 0 status
    expect_equal "status without a name" "web web-1 web-2 " "$(cut -f 1 <<<"$out" | tr '\n' ' ')"
    run 0 status --all
    run 0 list --all
    # A name and --all contradict each other, and some subcommands do not take it.
    run 2 stop --all web
    for subcommand in destroy remove kill forget shutdown; do
        run 2 $subcommand --all
        err_has "option '--all' is not for '$subcommand'"
    done
    # What is called like a pattern is meant first.
    echo 'exec: sleep 1000' >"$daemon_config/web-*.yaml"
    run 0 start-all 'web-*'
    out_has '^web-\*: up after '
    run 0 stop --wait 'web-*'
    expect_equal "services that are down" "web-* " "$(names_down)"
    take_away 'web-*'
    take_away web db 'web-*'
    # A pattern may match nothing only where that is said.
    run 3 stop 'web*'
    err_has '^zinitctl: no service matches "web\*"$'
    run 0 stop --ignore-missing 'web*'
    run 0 stop --all
}

test_a_misspelled_name() {
    start_webs
    for subcommand in status list start stop restart forget get "kill -9" watch logs "stop --wait" "start --wait"; do
        # shellcheck disable=SC2086 # a subcommand and an option
        run 3 $subcommand wbe
        err_has '^zinitctl: the daemon does not know "wbe"; did you mean "web"\?$'
        expect_out ""
    done
    for subcommand in start-all stop-all destroy reload; do
        run 3 $subcommand wbe
        err_has "does not know \"wbe\", and .* in $daemon_config \\(--config-dir\\); did you mean \"web\"\\?$"
    done
    for name in web.yaml wbe; do
        run 3 remove $name
        run 3 load $name
        err_has "there is no service file for \"$name\" .*; did you mean \"web\"\\?$"
    done
    run 2 reload "$daemon_config/web.yaml"
    err_has '; did you mean "web"\?$'
    run 3 monitor wbe
    err_has '; did you mean "web"\?$'
    # Nothing is done for the others, and each is named.
    run 3 stop --wait web wbe nosuch
    expect_out ""
    err_has '"wbe"; did you mean "web"\?$'
    err_has '"nosuch"$'
    run 3 kill -9 web wbe
    run 3 destroy web wbe
    run 3 remove web wbe
    run 0 status web
    out_has '^state: running$'
    # A script may say that it does not mind.
    run 0 stop --wait --ignore-missing web wbe
    out_has '^web: down after '
    run 0 stop-all --ignore-missing wbe
    run 0 watch --ignore-missing wbe
    run 0 logs --ignore-missing wbe
    run 0 destroy --ignore-missing wbe
    run 0 remove --ignore-missing wbe
    expect_out ""
    take_away web 'web-*' db
}

test_kill_as_fingers_type_it() {
    start_webs
    run 0 kill -CONT web
    run 0 kill -sigcont web-1 web
    run 0 kill -s CONT web
    run 0 kill --signal=CONT 'web*'
    run 0 kill web web-1 CONT
    run 0 status web
    out_has '^state: running$'
    run 0 kill -9 web-1
    wait_for web-1 '^signal: SIGKILL$'
    run 0 kill web-2
    wait_for web-2 '^signal: SIGTERM$'
    # A service that is called so, and is not a signal.
    echo 'exec: sleep 1000' >"$daemon_config/hup.yaml"
    run 0 start-all hup
    run 0 kill web hup
    wait_for web '^signal: SIGTERM$'
    wait_for hup '^signal: SIGTERM$'
    run 2 kill -NOSUCH web
    take_away web 'web-*' db hup
}

test_other_names_of_subcommands() {
    start_webs
    run 0 ls
    expect_equal "ls" "web web-1 web-2 " "$(cut -f 1 <<<"$out" | tr '\n' ' ')"
    run 0 help start
    out_has '^Usage: zinitctl \[OPTION...\] start NAME\.\.\.$'
    run 0 help log
    out_has '^Other names: log\.$'
    run 0 help
    out_has '^Subcommands:$'
    run 2 help strat
    run 2 strat web
    err_has "unknown subcommand 'strat'; did you mean 'start'\\?"
    run 2 start --wiat web
    err_has "unknown option '--wiat'; did you mean '--wait'\\?"
    # Nothing is near.
    run 2 frobnicate
    [[ $err != *"did you mean"* ]] || fail "frobnicate is near to something: $err"
    take_away web 'web-*' db
}

test_quiet() {
    start_webs
    run 0 restart -q web
    expect_out ""
    run 0 -q list
    expect_out ""
    run 1 --quiet exists db
    expect_out ""
    run 3 -q stop wbe
    err_has '"wbe"'
    expect_out ""
    take_away web 'web-*' db
}

test_logs_of_several_services() {
    local name
    for name in one two three; do
        printf 'exec: echo %s\noneshot: true\n' $name >"$daemon_config/$name.yaml"
    done
    run 0 monitor '*'
    for name in one two three; do
        logs_have $name $name
    done
    run 0 log -n1 one two
    # In the order in which they ended.
    out=$(sort <<<"$out")
    expect_out $'one: one\ntwo: two'
    NO_COLOR=1 on_terminal 0 --interrupt 'two | two' tail one two
    [[ $out != *three* ]] || fail "tail prints another service: $out"
    on_terminal 0 --interrupt 'one' tail -n 1 one
    take_away one two three
}

# Somebody else makes the daemon forget web between the question which services there are and what is asked of web.
test_a_service_is_forgotten_meanwhile() {
    local unknown='{"state":"error","body":"service name \"web\" unknown"}'
    cat >"$scratch/race" <<EOF_SCRIPT
on list
    send {"state":"ok","body":{"db":"Success","web":"Success"}}
on status db
    send {"state":"ok","body":{"name":"db","pid":0,"state":"Success","target":"Up","after":{}}}
on status web
    send $unknown
on stop web
    send $unknown
on *
    send {"state":"ok","body":null}
EOF_SCRIPT
    scripted_start "$scratch/race.sock" "$scratch/race" "$scratch/race.log"
    for words in list status "list db w?b" "list --all" "status --ignore-missing db web"; do
        # shellcheck disable=SC2086 # a subcommand and its arguments
        run_bare 0 --protocol line --socket "$scratch/race.sock" $words
        expect_out $'db\tdone\t-\tup\t-\t-'
    done
    run_bare 3 --protocol line --socket "$scratch/race.sock" status web db
    err_has '"web"'
    expect_out $'db\tdone\t-\tup\t-\t-'
    # The other one is stopped all the same.
    run_bare 3 --protocol line --socket "$scratch/race.sock" stop web db
    err_has '"web"'
    grep -q '^stop db$' "$scratch/race.log" || fail "db is not stopped: $(cat "$scratch/race.log")"
    run_bare 0 --protocol line --socket "$scratch/race.sock" stop --all
    kill -KILL "$scripted_pid"
    wait "$scripted_pid" || true
}
