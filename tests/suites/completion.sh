#!/usr/bin/env bash
# suite: Tab completes the command line of zinitctl in bash, zsh and fish
# seconds: 20
# needs: bash bash-completion zsh fish python3
. "$(dirname "$0")/../lib/suite.sh"

export PATH=$prefix/bin:$PATH LC_ALL=C.UTF-8
unset ZINIT_SOCKET ZINIT_CONFIG_DIR
names=('my web' a:b "it's" "co\$t" 'q"r' web web-2 -dash 'b\c' x=y ünï)
# They are there when the daemon begins: over JSON-RPC it refuses one of them later.
mkdir -p "$scratch/daemon/services"
for name in "${names[@]}"; do
    echo 'exec: sleep 1000' >"$scratch/daemon/services/$name.yaml"
done
daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
for ((attempt = 0; attempt < 1200; attempt++)); do
    [ "$("$zinitctl" -s "$daemon_socket" list | grep -c running)" -lt ${#names[@]} ] || break
    sleep 0.05
done
echo 'exec: sleep 1000' >"$daemon_config/filed.yaml"
socket=$daemon_socket
at="zinitctl -s $socket"

# candidates WORD...: what zinitctl says can stand at the end, without the descriptions
candidates() {
    "$zinitctl" complete -- "$@" 2>&1 | cut -f 1
}

# The tables are the source: what help tells is complete.
expect_equal subcommands "$("$zinitctl" --help | sed -n '/^Subcommands:/,/^$/ s/^  \([a-z-]*\) .*/\1/p')" "$(candidates '')"
expect_equal 'subcommands behind help' "$(candidates '')" "$(candidates help '')"
expect_equal 'options of every subcommand' "$("$zinitctl" --help | sed -n '/^Options/,/^$/ s/^  .*\(--[a-z-]*\).*/\1/p' | sort)" \
    "$(for subcommand in $(candidates ''); do candidates "$subcommand" -; done | grep '^--' | sort -u)"
for subcommand in $(candidates ''); do
    for option in $(candidates "$subcommand" - | grep '^--'); do
        for value in $(candidates "$subcommand" "$option="); do
            status=0
            "$zinitctl" "$value" -s "$scratch/no.sock" list >"$scratch/out" 2>&1 || status=$?
            ! grep -q 'is not a value' "$scratch/out" || fail "$value: $(cat "$scratch/out")"
        done
    done
done
# What an argument or a value stands for is known by its name, or it is one of those that nobody can guess.
for name in $("$zinitctl" --help | sed -n '/^Subcommands:/,/^Environment/ s/^  \([^ ]* .*[^ ]\)  .*/\1/p' | grep -oE '\b[A-Z]{2,}\b' | sort -u); do
    case $name in
    ADDRESS | MS | NUMBER | PATTERN | PROGRAM | SECONDS | TEXT) ;;
    *) grep -q "{\"$name\", " zinitctl/complete.c || fail "complete.c does not say what $name is" ;;
    esac
done
expect_equal colours 'auto always never' "$(candidates --color '' | xargs)"
expect_equal 'colours, behind =' '--color=auto --color=always --color=never' "$(candidates --color= | xargs)"
expect_equal protocols 'any line json-rpc zinit-0.3' "$(candidates list --protocol '' | xargs)"
expect_equal signals HUP "$(candidates kill --signal '' | head -n 1)"
expect_equal 'a description' $'list\tprint every service, its state and its process' "$("$zinitctl" complete -- | head -n 1)"
expect_equal 'a state' $'web\trunning' "$("$zinitctl" complete -- -s "$socket" status '' | grep -P '^web\t')"
expect_equal 'behind a value that is missing' '' "$(candidates --lines '')"
expect_equal 'behind --all' '' "$(candidates -s "$socket" stop --all '')"
expect_equal 'behind a value that is not valid' '' "$(candidates --protocol x '')"
expect_equal 'behind an unknown subcommand' '' "$(candidates frobnicate '')"
expect_equal 'the third argument of add' '' "$(candidates add web file '')"
expect_equal 'files' $'\tfiles' "$("$zinitctl" complete -- add web '')"
expect_equal 'directories' $'\tdirectories' "$("$zinitctl" complete -- --config-dir '')"

# Services, by the options and the variables.
sorted=$(printf '%s\n' "${names[@]}" | grep -v '^-' | LC_ALL=C sort)
expect_equal services "$sorted" "$(candidates -s "$socket" stop '')"
expect_equal 'services behind --' "$(LC_ALL=C sort <<<"$sorted"$'\n'-dash)" "$(candidates -s "$socket" stop -- '')"
expect_equal 'services but those that are given' "$(grep -vx web <<<"$sorted")" "$(candidates -s "$socket" stop web '')"
expect_equal 'services by ZINIT_SOCKET' "$sorted" "$(ZINIT_SOCKET=$socket candidates stop '')"
expect_equal 'services for match' "--name=-dash" "$(candidates -s "$socket" match --name= | head -n 1)"
expect_equal 'services and signals' "web-2
HUP" "$(candidates -s "$socket" kill web '' | grep -xE 'web-2|HUP')"
for subcommand in monitor start-all add load; do
    candidates -s "$socket" -c "$daemon_config" $subcommand '' | grep -qx filed || fail "$subcommand: no file"
    candidates -s "$scratch/no.sock" -c "$daemon_config" $subcommand '' | grep -qx filed ||
        fail "$subcommand: no file without a daemon"
done
! candidates -s "$socket" -c "$daemon_config" stop '' | grep -x filed || fail "stop: a file"
expect_equal 'no daemon' '' "$(candidates -s "$scratch/no.sock" stop '')"
kill -STOP "$daemon_pid"
expect_equal 'a daemon that hangs' '' "$(candidates -s "$socket" stop '')"
kill -CONT "$daemon_pid"

# In the shells: what is typed, then what Tab makes of it. A * stands for all candidates.
touch "$scratch/definition.yaml" "$scratch/z z.yaml"
mkdir "$scratch/home"
ln -s "$socket" "$scratch/home/s.sock"
cases() {
    cat <<END
zinitctl prot|zinitctl protocol|
zinitctl reb|zinitctl reboot|
FOO=1 zinitctl vers|FOO=1 zinitctl version|
zinitctl --col|zinitctl --color|
zinitctl --color al|zinitctl --color always|
zinitctl --color=al|zinitctl --color=always|
zinitctl --protocol js|zinitctl --protocol json-rpc|
zinitctl kill --signal HU|zinitctl kill --signal HUP|
zinitctl kill web -s HU|zinitctl kill web -s HUP|
zinitctl --config-dir $scratch/daemon/ser|zinitctl --config-dir $scratch/daemon/services/|
zinitctl --config-dir=$scratch/daemon/ser|zinitctl --config-dir=$scratch/daemon/services/|
zinitctl check $scratch/def|zinitctl check $scratch/definition.yaml|
zinitctl check $scratch/z|zinitctl check $scratch/z\\ z.yaml|
$at deploy web $scratch/def|$at deploy web $scratch/definition.yaml|
$at stop my|$at stop my\\ web|
$at stop 'my|$at stop 'my web'|
$at stop "my|$at stop "my web"|
$at stop my\\ |$at stop my\\ web|
$at stop a|$at stop a:b|
$at stop a:|$at stop a:b|
$at stop it|$at stop it\\'s|
$at stop "it|$at stop "it's"|
$at stop 'it|$at stop 'it'\\''s'|$at stop 'it\\'s'
$at stop co|$at stop co\\\$t|
$at stop "co|$at stop "co\\\$t"|
$at stop q|$at stop q\\"r|
$at stop b|$at stop b\\\\c|
$at stop x|$at stop x=y|
$at stop x=|$at stop x=y|
$at stop ü|$at stop ünï|
$at stop -- -d|$at stop -- -dash|
$at stop web my\\ web a|$at stop web my\\ web a:b|
zinitctl --socket=$socket stop co|zinitctl --socket=$socket stop co\\\$t|
zinitctl -s \$SOCKET stop co|zinitctl -s \$SOCKET stop co\\\$t|
zinitctl -s "\$SOCKET" stop co|zinitctl -s "\$SOCKET" stop co\\\$t|
zinitctl -s ~/s.sock stop co|zinitctl -s ~/s.sock stop co\\\$t|
zinitctl -s $scratch/no.sock stop co|zinitctl -s $scratch/no.sock stop co|
zinitctl -s \$(touch\${IFS}$scratch/oops) stop co|zinitctl -s \$(touch\${IFS}$scratch/oops) stop co|
zinitctl -c $daemon_config -s $socket load fil|zinitctl -c $daemon_config -s $socket load filed|
END
}
share=$prefix/share
export SOCKET=$socket
for shell in bash zsh fish; do
    case $shell in
    # By the loader of bash-completion, which finds it where it is installed.
    bash) setup=". /usr/share/bash-completion/bash_completion; XDG_DATA_DIRS=$share:/usr/share" ;;
    zsh) setup="fpath=($share/zsh/site-functions \$fpath); compinit -u -D" ;;
    fish) setup="set -p fish_complete_path $share/fish/vendor_completions.d" ;;
    esac
    cases | cut -d '|' -f 1 | tests/lib/complete-in $shell "$setup" "$scratch/home" >"$scratch/typed" ||
        give_up "$shell: $(cat "$scratch/typed")"
    rm -f "$scratch/home/"[lr]*
    while IFS='|' read -r line expected others <&3 && IFS= read -r typed <&4; do
        # A space behind a word that is whole.
        case ${typed% } in
        "$expected") ;;
        "$others") [ -n "$others" ] || fail "$shell: $line: nothing" ;;
        *) fail "$shell: $line: expected $expected, got $typed" ;;
        esac
    done 3< <(cases) 4<"$scratch/typed"
    expect_equal "$shell: lines" "$(cases | wc -l)" "$(wc -l <"$scratch/typed")"
done
[ ! -e "$scratch/oops" ] || fail "Tab has run a command"

# All of them, in the order of the help.
expect_equal 'bash: all' "zinitctl $(candidates '' | grep ^st | LC_ALL=C sort | xargs) " \
    "$(echo 'zinitctl st*' | tests/lib/complete-in bash ". $share/bash-completion/completions/zinitctl" "$scratch/home")"
expect_equal 'fish: descriptions' "$("$zinitctl" complete -- '' | grep ^star)" \
    "$(fish --no-config -c "source $share/fish/vendor_completions.d/zinitctl.fish; complete -C 'zinitctl star'")"
