# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# Editing the file of a service.

# editor SCRIPT: an editor that runs a script, to which the file is $1
editor() {
    printf '#!/bin/sh\nset -e\n%s\n' "$1" >"$scratch/editor"
    chmod +x "$scratch/editor"
}

expect_no_copy() {
    expect_equal "copies that are left" "" "$(ls "$scratch/copies")"
}

test_edit() {
    local before
    mkdir "$scratch/copies"
    export TMPDIR=$scratch/copies VISUAL="$scratch/editor" EDITOR=/bin/false
    printf '# mine\nexec:  sleep 1000\n' >"$daemon_config/web.yaml"
    chmod 0640 "$daemon_config/web.yaml"
    run 0 start-all web
    before=$(pid_in_status web)

    # Nothing is changed, nothing is done; and nobody else can look at the copy.
    editor "stat -c %a \"\$1\" \"\$(dirname \"\$1\")\" >$scratch/modes; cp \"\$1\" $scratch/seen"
    run 0 edit web
    expect_out "web: unchanged"
    expect_equal "modes of the copy" $'600\n700' "$(cat "$scratch/modes")"
    cmp "$scratch/seen" "$daemon_config/web.yaml" || fail "the editor sees something else"
    expect_equal "process of a service that was not changed" "$before" "$(pid_in_status web)"
    expect_no_copy

    # Byte for byte, with the mode of the file, and an editor that leaves something beside it.
    editor "cp \"\$1\" \"\$1~\"; printf '# mine\\nexec:   sleep 2000 # longer' >\"\$1\""
    run 0 edit --steady 0.1 web
    out_has '^web: up after '
    printf '# mine\nexec:   sleep 2000 # longer' | cmp - "$daemon_config/web.yaml" || fail "edit changes the text"
    expect_equal "mode of the file" 640 "$(stat -c %a "$daemon_config/web.yaml")"
    [ "$(pid_in_status web)" != "$before" ] || fail "edit leaves the process: $before"
    expect_no_copy
    before=$(pid_in_status web)
    # EDITOR, with an option, and without the daemon reading it.
    editor "echo \"exec: sleep \$1\" >\"\$2\""
    VISUAL='' EDITOR="$scratch/editor 3000" run 0 edit --no-reload web
    expect_out "web: written"
    expect_equal "the file" "exec: sleep 3000" "$(cat "$daemon_config/web.yaml")"
    expect_equal "process of a service that was not reloaded" "$before" "$(pid_in_status web)"
    expect_no_copy
    run 3 edit nosuch
    run 2 edit
    run 2 edit a/b
    take_away web
}

test_edits_that_are_not_used() {
    local copy
    export TMPDIR=$scratch/copies VISUAL="$scratch/editor"
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 0 start-all web
    editor "printf 'exec: sleep 1\\noneshot: yes\\n' >\"\$1\""
    run 1 edit web
    out_has '/web\.yaml:2:10: error: oneshot: '
    err_has '^zinitctl: zinit would refuse what was written$'
    copy=$(sed -n 's/^zinitctl: nothing was changed; what was written is in //p' <<<"$err")
    expect_equal "what was written" $'exec: sleep 1\noneshot: yes' "$(cat "$copy")"
    expect_equal "the file" 'exec: sleep 1000' "$(cat "$daemon_config/web.yaml")"
    rm -r "$(dirname "$copy")"
    # The editor has left nothing that could be named.
    editor "rm \"\$1\""
    run 1 edit web
    [[ $err != *"what was written is in"* ]] || fail "edit names a copy that is not there: $err"
    expect_no_copy
    # The editor fails.
    editor 'exit 9'
    run 1 edit web
    err_has "^zinitctl: the editor '.*/editor' has failed with exit status 9 \(VISUAL or EDITOR\)$"
    expect_no_copy
    VISUAL=/nonexistent/editor run_bare 1 "${reach[@]}" edit web 2>"$scratch/shell" || true
    expect_no_copy
    # Somebody else is faster.
    editor "echo 'exec: sleep 5' >$daemon_config/web.yaml; echo 'exec: sleep 6' >\"\$1\""
    run 1 edit web
    err_has '^zinitctl: somebody else has changed the file of web while it was edited; it stays as it is$'
    copy=$(sed -n 's/^zinitctl: nothing was changed; what was written is in //p' <<<"$err")
    expect_equal "what was written" 'exec: sleep 6' "$(cat "$copy")"
    expect_equal "what somebody else has written" 'exec: sleep 5' "$(cat "$daemon_config/web.yaml")"
    rm -r "$(dirname "$copy")"
    # A file that zinit would refuse can be corrected.
    echo 'exec: [' >"$daemon_config/web.yaml"
    editor "echo 'exec: sleep 7' >\"\$1\""
    run 0 edit web
    expect_equal "the file" 'exec: sleep 7' "$(cat "$daemon_config/web.yaml")"
    expect_no_copy
    take_away web
}

test_edit_on_a_terminal() {
    export TMPDIR=$scratch/copies VISUAL="$scratch/editor"
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    # First something that is refused, then something that may not be meant, then what is left alone.
    editor "case \$(cat \"\$1\") in *1000) echo 'exec: [' ;; *) printf 'exec: sleep 2\\nafetr: [x]\\n' ;; esac >\"\$1.new\"
mv \"\$1.new\" \"\$1\""
    on_terminal 0 --answer '(l)eave? =e' --answer '(u)se it=u' edit --no-reload web
    out_has 'web\.yaml:1:[0-9]+: error: '
    out_has 'web\.yaml:2:1: warning: afetr: '
    expect_equal "the file" $'exec: sleep 2\nafetr: [x]' "$(cat "$daemon_config/web.yaml")"
    expect_no_copy
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    on_terminal 1 --answer '(l)eave? =l' edit web
    out_has 'nothing was changed; what was written is in '
    expect_equal "the file" 'exec: sleep 1000' "$(cat "$daemon_config/web.yaml")"
    rm -r "$scratch/copies"
    run 0 remove web
    unset TMPDIR VISUAL EDITOR
}

# A daemon that has the definition, and no directory of files that is known here.
test_edit_through_the_daemon() {
    [ "$protocol" = json-rpc ] || return 0
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    run 0 start-all web
    # shellcheck disable=SC2016 # for another shell
    printf '#!/bin/sh\nsed -i s/1000/2000/ "$1"\n' >"$scratch/editor"
    chmod +x "$scratch/editor"
    VISUAL=$scratch/editor run_bare 0 --socket "$daemon_socket" edit web
    out_has '^web: up after '
    run 0 get web
    out_has 'sleep 2000'
    take_away web
}
