# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tests/suites/zinitctl.sh
# What is different on a terminal.

test_progress_line() {
    local name erase=$'\r\e[K'
    printf 'exec: sleep 1000\ntest: sh -c "test -e %s/go"\n' "$scratch" >"$daemon_config/slow.yaml"
    run 0 monitor slow
    on_terminal 5 start --timeout 1 slow
    out_has $'^\rwaiting [0-9.]+ s until slow is up: Spawned\e\\[K'
    # Drawn more than once, erased at the end, and the line about the service behind it.
    [ "$(grep -o 'waiting ' <<<"$out" | wc -l)" -gt 1 ] || fail "the progress line is drawn once: $out"
    [[ $out = *"$erase"zinitctl:\ after\ * ]] || fail "the progress line is not erased: $out"
    echo 'exec: sleep 1000' >"$daemon_config/web.yaml"
    on_terminal 5 start-all --timeout 1 web slow
    out_has 'until all are up, 1 of 2 not yet: slow Spawned'
    # Never wider than the terminal, for a second line cannot be erased; letters may take two columns.
    name=$(printf 'ö%.0s' {1..60})
    printf 'exec: sleep 1000\ntest: "false"\n' >"$daemon_config/$name.yaml"
    on_terminal 5 --columns 50 start-all --timeout 1 "$name"
    [ "$(tr '\r' '\n' <"$scratch/out" | sed -n 's/\x1b\[K//; /^waiting/p' | LC_ALL=C.UTF-8 wc -L)" -lt 50 ] ||
        fail "the progress line is too wide: $out"
    # In a pipe and on a terminal that cannot do it, there is none.
    run 5 start --timeout 0.5 slow
    [[ $err$out != *waiting* ]] || fail "a progress line in a pipe: $err"
    TERM_OF_TEST=dumb on_terminal 5 start --timeout 0.5 slow
    [[ $out != *waiting* ]] || fail "a progress line on a dumb terminal: $out"
    take_away slow web "$name"
}
