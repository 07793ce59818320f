# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# Definitions and service files.

test_restart_and_deploy() {
    local before
    echo 'exec: sleep 1000' >"$scratch/web.yaml"
    run 0 deploy web "$scratch/web.yaml"
    out_has '^web: up after '
    run 0 status web
    before=$(grep '^pid' <<<"$out")
    run 0 restart web
    out_has '^web: up again after '
    run 0 status web
    out_has '^state: running$'
    [ "$(grep '^pid' <<<"$out")" != "$before" ] || fail "restart leaves the process: $before"
    # Comments and all else stay as they are.
    printf '# web\nexec:   sleep 2000   # why\n\nx-own: {a: 1.10}\n# end' >"$scratch/commented.yaml"
    run 0 deploy --stop-timeout 3 --timeout 15 web - <"$scratch/commented.yaml"
    cmp "$scratch/commented.yaml" "$daemon_config/web.yaml" || fail "deploy changes the file"
    run 0 add web "$scratch/commented.yaml"
    cmp "$scratch/commented.yaml" "$daemon_config/web.yaml" || fail "add changes the file"
    run 0 get web
    expect_out "$(cat "$scratch/commented.yaml")"
    printf 'exec: sleep 3000\noneshot: yes\n' >"$scratch/refused.yaml"
    run 1 deploy web "$scratch/refused.yaml"
    err_has "^zinitctl: $scratch/refused.yaml: .*\`oneshot\`: line 2 column 10: "
    run 1 deploy web - < <(echo 'exec: ""')
    err_has '^zinitctl: standard input: .*exec'
    cmp "$scratch/commented.yaml" "$daemon_config/web.yaml" || fail "a deploy that was refused changes the file"
    run 1 deploy web "$scratch/nosuch.yaml"
    run 0 status web
    out_has '^state: running$'
    run 1 deploy web - < <(printf 'exec: sh -c "exit 4"\noneshot: true\n')
    err_has '^zinitctl: after .*"web".*exit code 4'
    take_away web
}

test_reload() {
    local before name
    for name in web db; do
        echo 'exec: sleep 1000' >"$daemon_config/$name.yaml"
    done
    # Those that the daemon does not know are monitored.
    run 0 reload web db
    expect_equal "services that are up" "web db " "$(sed -n 's/: up after .*//p' <<<"$out" | tr '\n' ' ')"
    before=$(pid_in_status web)
    printf '# by hand\nexec:   sleep 2000   # longer\n' >"$daemon_config/web.yaml"
    cp "$daemon_config/web.yaml" "$scratch/edited.yaml"
    run 0 reload --stop-timeout 3 --timeout 15 --steady 0.1 web
    out_has '^web: up after '
    [ "$(pid_in_status web)" != "$before" ] || fail "reload leaves the process: $before"
    run 0 get web
    expect_out "$(cat "$scratch/edited.yaml")"
    cmp "$scratch/edited.yaml" "$daemon_config/web.yaml" || fail "reload changes the file"
    # One that fails stops nothing, and the next one is done all the same.
    before=$(pid_in_status db)
    echo 'log: ring' >"$daemon_config/db.yaml"
    echo 'exec: sleep 3000' >"$daemon_config/web.yaml"
    run 1 reload db web
    err_has '"db".*key .exec.'
    out_has '^web: up after '
    expect_equal "process of a service whose file would be refused" "$before" "$(pid_in_status db)"
    run 0 get web
    out_has '^exec: sleep 3000$'
    run 2 reload a/b web
    expect_out ""
    run 2 reload a/b ''
    run_bare 4 --socket "$scratch/no.sock" --config-dir "$daemon_config" reload web web
    err_has "$scratch/no\.sock"
    # A signal ends the whole.
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/db.yaml"
    on_terminal 130 --interrupt 'db  starting' reload --color never --timeout 100 db web
    out_has 'db: interrupted after '
    [[ $out != *web* ]] || fail "reload goes on after a signal: $out"
    take_away web db
}

test_standard_input() {
    run 0 add piped - < <(echo 'exec: sleep 1000')
    run 0 load piped
    out_has '^exec: sleep 1000$'
    run 0 remove piped
    run 0 check - < <(echo 'exec: sleep 1')
    expect_out "standard input: valid"
    run 1 check - </dev/null
    out_has '^standard input:1:1: error: exec: '
}

test_definitions_refused() {
    printf 'exec: ""\n' >"$scratch/empty.yaml"
    run 1 add web "$scratch/empty.yaml"
    err_has "^zinitctl: $scratch/empty.yaml: .*exec"
    printf 'exec: [\n' >"$scratch/syntax.yaml"
    run 1 add web "$scratch/syntax.yaml"
    err_has "^zinitctl: $scratch/syntax.yaml: "
    expect_equal "what was written all the same" "" "$(ls "$daemon_config")"
    printf 'exec: sleep 1\nlog: RING # why\n' >"$daemon_config/web.yaml"
    run 1 load web
    err_has 'log.: line 2 column 6: '
    run 0 remove web
}

test_check() {
    printf 'exec: sleep 1\ntest: "true"\n' >"$scratch/good.yaml"
    run_bare 0 check "$scratch/good.yaml"
    expect_out "$scratch/good.yaml: valid"
    printf 'exec: a\nafter: net\nx: y\n' >"$scratch/bad.yaml"
    printf 'exec: a\nafetr: [net]\n' >"$scratch/odd.yaml"
    # A file that is wrong does not hide another one, and no daemon is asked.
    run_bare 1 --socket "$scratch/no.sock" check "$scratch/bad.yaml" "$scratch/nosuch.yaml" "$scratch" "$scratch/odd.yaml" \
        "$scratch/good.yaml" - < <(printf 'just text\n')
    expect_equal "lines of check" 5 "$(wc -l <<<"$out")"
    out_has "^$scratch/bad.yaml:2:8: error: after: .*\[net\]"
    out_has "^$scratch/bad.yaml:3:1: warning: x: "
    out_has "^$scratch/odd.yaml:2:1: warning: afetr: .*\`after\`"
    out_has "^$scratch/good.yaml: valid$"
    out_has "^standard input:1:1: error: the file is not a map"
    expect_equal "lines on stderr" 2 "$(wc -l <<<"$err")"
    err_has "^zinitctl: cannot read $scratch/nosuch.yaml: No such file"
    err_has "^zinitctl: cannot read $scratch: Is a directory"

    run_bare 0 check "$scratch/odd.yaml"
    out_has "^$scratch/odd.yaml:2:1: warning: "
    run_bare 1 check --strict "$scratch/odd.yaml"
    out_has "^$scratch/odd.yaml:2:1: warning: "
    run_bare 0 --strict check "$scratch/good.yaml"
    run_bare 1 check "$scratch/good.yaml" "$scratch/bad.yaml"
    run_bare 1 check "$scratch/nosuch.yaml" "$scratch/good.yaml"
    expect_out "$scratch/good.yaml: valid"
    # What a file says cannot write to a terminal.
    run_bare 1 check - < <(printf 'exec: a\n"\\e[1m": b\noneshot: "\\e[1m"\n')
    ! grep -q $'\e' <<<"$out" || fail "check prints a control character: $out"

    head -c 2000000 /dev/zero >"$scratch/large.yaml"
    run_bare 1 check "$scratch/large.yaml"
    err_has 'File too large'
    { echo 'exec: a'; head -c 262136 /dev/zero | tr '\0' '#'; } >"$scratch/large.yaml"
    run_bare 0 check "$scratch/large.yaml"
    echo >>"$scratch/large.yaml"
    run_bare 1 check "$scratch/large.yaml"
    out_has "^$scratch/large.yaml:1:1: error: .*256 KiB"
    run_bare 2 check
}
