# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# JSON, held against its schema.

# validate [DEFINITION]
validate() {
    python3 tests/zinitctl/validate.py docs/zinitctl.schema.json "$@"
}

# check_document EXIT-STATUS SUBCOMMAND: that `out` is one document, as the schema describes it
check_document() {
    local wrong
    wrong=$(validate <<<"$out" 2>&1) || fail "zinitctl $2 --json: $wrong"$'\n'"$out"
    expect_equal "zinitctl $2 --json: lines" 1 "$(wc -l <<<"$out")"
    expect_equal "zinitctl $2 --json: subcommand and exit status" "$2 $1" \
        "$(jq -r '"\(.subcommand) \(.exit_status)"' <<<"$out")"
}

# json EXIT-STATUS ARGUMENT...: runs with --json
json() {
    run "$@" --json
    check_document "$1" "$2"
}

# json_has EXPECTED FILTER: what jq makes of the document
json_has() {
    expect_equal "jq '$2' of $out" "$1" "$(jq -cr "$2" <<<"$out")"
}

# The check itself.
test_schema() {
    local document='{"subcommand": "match", "services": [{"name": "a"}], "errors": [], "exit_status": 0}' wrong
    validate <<<"$document" || fail "the schema refuses $document"
    for wrong in 's/"match"/"list"/' 's/"match"/"nosuch"/' 's/"services"/"files"/' 's/"name"/"pid"/' 's/"a"/1/' \
        's/0}/0, "more": 1}/' 's/: 0}/: 256}/' 's/: 0}/: true}/' 's/, "exit_status": 0//' 's/"a"}/"a", "more": 1}/' \
        's/\[\]/[{"service": null, "code": "x", "message": ""}]/' 's/0}/0, "exit_status": 0}/'; do
        if sed "$wrong" <<<"$document" | validate >/dev/null; then
            fail "validate.py accepts $(sed "$wrong" <<<"$document")"
        fi
    done
    document='{"service": null, "source": "dropped", "text": "", "truncated": false}'
    validate log_line <<<"$document" || fail "the schema refuses $document"
    for wrong in 's/dropped/nosuch/' 's/false/0/' 's/, "text": ""//' 's/false/false, "more": 1/'; do
        if sed "$wrong" <<<"$document" | validate log_line >/dev/null; then
            fail "validate.py accepts $(sed "$wrong" <<<"$document")"
        fi
    done
    cmp docs/zinitctl.schema.json "$prefix/share/zinitctl/zinitctl.schema.json" || fail "the schema is not installed"
}

test_states_in_json() {
    local pid now
    json 0 list
    json_has '[]' .services
    now=$(date +%s)
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    printf 'exec: sh -c "exit 3"\noneshot: true\n' >"$daemon_config/bad.yaml"
    printf 'exec: sh -c "kill -SEGV $$"\noneshot: true\n' >"$daemon_config/segv.yaml"
    printf 'exec: sh -c "exit 0"\noneshot: true\n' >"$daemon_config/once.yaml"
    printf 'exec: sleep 1000\nafter: [bad, nosuch]\n' >"$daemon_config/later.yaml"
    run 0 monitor '*'
    wait_for web '^state: running$'
    wait_for bad '^state: failed '
    wait_for segv '^state: failed '
    wait_for once '^state: done$'
    wait_for later '^state: blocked '
    json 0 list
    json_has 'bad later once segv web' '[.services[].name] | join(" ")'
    json_has '[["failed",3,null],["blocked",null,null],["done",0,null],["failed",null,"SIGSEGV"],["running",null,null]]' \
        '[.services[] | [.state, .exit_code, .signal]]'
    json_has 'Blocked Success Running' '[.services[1, 2, 4].daemon_state] | join(" ")'
    json_has '[{"name":"bad","state":"failed"},{"name":"nosuch","state":"unknown"}]' \
        '.services[1].after | map({name, state}) | sort_by(.name)'
    # One service is a list of one.
    json 0 status web
    pid=$(pid_in_status web)
    json_has "[\"web\",\"running\",${pid#pid: },\"up\"]" '[.services[] | .name, .state, .pid, .target]'
    json_has true ".services[0].since | fromdate | . >= $now - 2 and . <= now + 2"
    json 0 list bad
    json_has '[null,null]' '.services[0] | [.pid, .since]'
    json 0 is-active web bad
    json_has 'running failed' '[.services[].state] | join(" ")'
    json 1 is-active bad
    json 3 status web nosuch
    json_has '[[],"nosuch","ZINIT_ERR_UNKNOWN_SERVICE","the daemon does not know \"nosuch\""]' \
        '[.services, (.errors[] | .service, .code, .message)]'
    expect_equal "stderr of status --json nosuch" 'zinitctl: the daemon does not know "nosuch"' "$err"
    json 1 exists web nosuch
    json_has '[true,false]' '[.services[].exists]'
    json 0 match --exec sleep
    json_has '["later","web"]' '[.services[].name]'
    take_away web bad segv once later
}

test_results_in_json() {
    with_patient_daemon see_results_in_json
}

see_results_in_json() {
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    printf 'exec: sh -c "exit 3"\noneshot: true\n' >"$daemon_config/bad.yaml"
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/slow.yaml"
    printf 'exec: sh -c "trap \\"\\" TERM; echo > %s/deaf; while :; do sleep 0.1; done"\n' "$scratch" >"$daemon_config/deaf.yaml"
    json 5 start-all --timeout 2 web bad slow deaf
    json_has '["web",true,"ZINIT_OK",null,"running","Running",false]' \
        '.services[0] | [.name, .ok, .code, .message, .state, .daemon_state, .killed]'
    json_has '["bad",false,"ZINIT_ERR_SERVICE_FAILED","failed"]' '.services[1] | [.name, .ok, .code, .state]'
    json_has '["slow",false,"ZINIT_ERR_TIMEOUT","starting"]' '.services[2] | [.name, .ok, .code, .state]'
    json_has 'true' '[.services[].seconds] | all(. >= 0 and . < 60)'
    json_has '[]' .errors
    # In words, too.
    expect_equal "messages" "$(jq -r '.services[] | select(.ok | not).message' <<<"$out")" \
        "$(sed 's/^zinitctl: after [0-9.]* s: //' "$scratch/err")"
    wait_for_file "$scratch/deaf"
    json 0 stop --timeout 0.1 deaf
    json_has '["deaf",true,"killed",true]' '.services[0] | [.name, .ok, .state, .killed]'
    json 0 stop --wait web
    json_has '["stopped",false]' '.services[0] | [.state, .killed]'
    json 0 restart web
    json_has 'running' '.services[0].state'
    # Without a wait, there is no state.
    json 0 kill web CONT
    json_has '["web",true,"ZINIT_OK",null,null]' '.services[0] | [.name, .ok, .code, .state, .seconds]'
    json 1 kill bad web CONT
    json_has '[["bad",false,"ZINIT_ERR_SERVICE_DOWN"],["web",true,"ZINIT_OK"]]' '[.services[] | [.name, .ok, .code]]'
    expect_equal "message" "$(jq -r '"zinitctl: \(.services[0].message)"' <<<"$out")" "$err"
    json 1 monitor web
    json_has 'ZINIT_ERR_ALREADY_MONITORED' '.services[0].code'
    # A pattern leaves it alone.
    json 0 monitor 'we*'
    json_has '[]' .services
    # A restart that fails while the process is still there.
    rm "$scratch/deaf"
    json 0 start deaf
    wait_for_file "$scratch/deaf"
    wait_for deaf '^state: running$'
    # Its line has the process from the moment that it has looked at it.
    local status=0
    # shellcheck disable=SC2016 # of the inner shell
    tests/lib/on-terminal --interrupt '(pid ' sh -c 'out=$1; shift; exec "$@" >"$out"' sh "$scratch/out" \
        "$zinitctl" "${reach[@]}" restart --json --color never --stop-timeout none deaf >"$scratch/err" || status=$?
    expect_equal "exit status after SIGINT" 130 $status
    out=$(cat "$scratch/out")
    check_document 130 restart
    json_has '[false,"ZINIT_PENDING","stopping"]' '.services[0] | [.ok, .code, .state]'
    rm "$scratch/deaf"
    json 0 destroy --timeout 0 deaf
    json 0 destroy web bad slow
    json_has '[true,true,true]' '[.services[].ok]'
    # After a signal, the document is whole.
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/slow.yaml"
    "$zinitctl" "${reach[@]}" start-all --json --timeout 100 slow >"$scratch/out" 2>"$scratch/err" &
    local process=$!
    status=0
    wait_for_signals "$process"
    kill -TERM "$process"
    wait "$process" || status=$?
    expect_equal "exit status after SIGTERM" 143 $status
    out=$(cat "$scratch/out")
    check_document 143 start-all
    json_has '[false,"ZINIT_PENDING","interrupted; not up yet"]' '.services[0] | [.ok, .code, .message]'
    take_away slow
}

test_definitions_in_json() {
    cat >"$scratch/web.yaml" <<'END'
# why
exec: sleep 1000
env: {PORT: "8080"}
after: [db]
log: none
shutdown_timeout: 7
signal: {stop: SIGINT}
END
    json 0 add defined "$scratch/web.yaml"
    json_has '["defined",true]' '.services[0] | [.name, .ok]'
    json 0 load defined
    json_has "$(cat "$scratch/web.yaml")" '.services[0].yaml | rtrimstr("\n")'
    json_has '["defined","sleep 1000",null,null,false,"none",7,["db"],{"PORT":"8080"}]' \
        '.services[0] | [.name, .exec, .test, .dir, .oneshot, .log, .shutdown_timeout, .after, .env]'
    run 0 monitor defined
    json 0 get defined
    json_has '"sleep 1000"' '.services[0].exec | tojson'
    json 3 get defined nosuch
    printf 'exec: [3]\nsurprise: 1\n' >"$scratch/wrong.yaml"
    json 1 check "$scratch/web.yaml" "$scratch/wrong.yaml" "$scratch/nosuch.yaml"
    json_has '[[true,[]],[false,["error","warning"]]]' '[.files[] | [.valid, [.problems[].severity]]]'
    json_has '[2,1,"surprise"]' '.files[1].problems[1] | [.line, .column, .key]'
    json_has "ZINIT_ERR_FILE_NOT_FOUND cannot read $scratch/nosuch.yaml: No such file or directory" \
        '.errors[] | "\(.code) \(.message)"'
    json 1 deploy defined "$scratch/wrong.yaml"
    json_has '[[],1]' '[.services, (.errors | length)]'
    json 0 check - < <(printf 'exec: sleep 1000\nsurprise: 1\n')
    json_has '[true,"-"]' '.files[0] | [.valid, .file]'
    take_away defined
}

# Names and definitions may contain what JSON must escape.
test_text_in_json() {
    local name=$'a "b" \x01\x7f ö 😀'
    printf 'exec: sleep 1000 # \xc3\xb6 "\\ \t\n' >"$daemon_config/$name.yaml"
    run 0 monitor "$name"
    json 0 list
    json_has "$name" '.services[0].name'
    json 0 load "$name"
    json_has "$(cat "$daemon_config/$name.yaml")" '.services[0].yaml | rtrimstr("\n")'
    # Bytes that are not UTF-8: one U+FFFD for each beginning of a character, as Unicode recommends it.
    json 1 check $'x\xff\xc3\xe2\x82y\xed\xa0\x80'
    json_has $'cannot read x\ufffd\ufffd\ufffdy\ufffd\ufffd\ufffd: No such file or directory' '.errors[0].message'
    take_away "$name"
}

test_program_and_daemon_in_json() {
    json 0 version
    json_has "$version" .library
    json_has true '.daemon | test("0\\.2\\.[0-9]+")'
    json 1 version --zinit-binary /bin/false
    json_has '["ZINIT_ERR_VERSION",null]' '[.errors[0].code, .daemon]'
    json 0 protocol
    json_has "$protocol" .protocol
    json 0 state 'Error(Exited(Pid(5306), 3))'
    json_has '["Error","Exited(Pid(5306), 3)",3,null,true]' '[.kind, .reason, .exit_code, .signal, .exited]'
    json 2 state '(('
    json_has '[false,"ZINIT_ERR_INVALID_STATE"]' '[has("kind"), .errors[0].code]'
    run 2 version --json extra
    expect_out ""
    run 2 help --json
    run_bare 4 --socket "$scratch/no.sock" list --json
    check_document 4 list
    json_has 'ZINIT_ERR_NOT_RUNNING' '.errors[0].code'
    if [ "$protocol" = json-rpc ]; then
        echo "exec: sh -c 'sleep 1000 & echo > $scratch/child; wait'" >"$daemon_config/web.yaml"
        run 0 start-all web
        wait_for_file "$scratch/child"
        json 0 stats web
        json_has true '.services[0] | .memory_bytes > 0 and (.cpu_percent >= 0) and (.children | length == 1)'
        json_has "$(pid_in_status web)" '"pid: \(.services[0].pid)"'
        rm "$scratch/child"
        take_away web
    else
        json 1 http stop
        json_has 'ZINIT_ERR_NOT_SUPPORTED' '.errors[0].code'
    fi
    run 0 list --json --quiet
    expect_out ""
}

# A stream has no document, and neither has a command line that is wrong.
has_document() {
    [[ $2 = watch || $2 = logs || $2 = tail || $1$out = 2 ]] || check_document "$1" "$2"
}

# Each subcommand and each exit status that it can have.
test_document_of_each_exit_status() {
    walk_table has_document --json
}
