# shellcheck shell=bash
# Completion of zinitctl for bash. `zinitctl complete` says what can stand at the cursor.

# Splits the text up to the cursor as the shell would, but runs no command. Sets `words`, without their quotes, and
# `quote`, the quote that is open at the end of the last one.
__zinitctl_split() {
    local text=$1 word='' name begun='' i char
    words=()
    quote=
    for ((i = 0; i < ${#text}; i++)); do
        char=${text:i:1}
        if [[ $quote != "'" && $char = \\ && ($quote = '' || ${text:i+1:1} = [\\\"\$\`]) ]]; then
            i=$((i + 1))
            word+=${text:i:1}
            begun=1
        elif [[ $quote = '' && $char = [\'\"] ]]; then
            quote=$char
            begun=1
        elif [[ $char = "$quote" ]]; then
            quote=
        elif [[ $quote != "'" && $char = \$ && ${text:i} =~ ^\$(([A-Za-z_][A-Za-z_0-9]*)|\{([A-Za-z_][A-Za-z_0-9]*)\}) ]]; then
            name=${BASH_REMATCH[2]}${BASH_REMATCH[3]}
            word+=${!name-}
            i=$((i + ${#BASH_REMATCH[0]} - 1))
            begun=1
        elif [[ $quote = '' && $char = [[:space:]] ]]; then
            [[ ! $begun ]] || words+=("$word")
            word=
            begun=
        elif [[ $quote = '' && $char = '~' && ! $begun && ${text:i+1:1} = [/[:space:]] ]]; then
            word+=~
            begun=1
        else
            word+=$char
            begun=1
        fi
    done
    words+=("$word")
}

# Writes a text for the quote that is open. A backslash stands before what the shell would not take as it is.
__zinitctl_quote() {
    local text=$1 i char
    reply=
    for ((i = 0; i < ${#text}; i++)); do
        char=${text:i:1}
        case $quote,$char in
        "','") reply+="'\\''" ;;
        \",[\\\"\$\`] | ,[[:space:]\\\"\'\`\$\&\|\;\<\>\(\)\{\}\*\?\[\]\!\#~]) reply+=\\$char ;;
        *) reply+=$char ;;
        esac
    done
}

_zinitctl() {
    local words quote reply line kept candidate description
    __zinitctl_split "${COMP_LINE:0:COMP_POINT}"
    while [[ ${words[0]} = [A-Za-z_]*=* ]]; do
        words=("${words[@]:1}")
    done
    line=("${words[@]}")
    # Readline replaces $2 alone: for it, a word also ends with a colon or an equals sign.
    __zinitctl_split "$quote$2"
    kept=${line[${#line[@]} - 1]%"${words[${#words[@]} - 1]}"}
    COMPREPLY=()
    while IFS= read -r candidate; do
        description=${candidate#*$'\t'}
        candidate=${candidate%%$'\t'*}
        case $candidate/$description in
        /files) compopt -o default ;;
        /directories) compopt -o dirnames ;;
        "${line[${#line[@]} - 1]}"*)
            __zinitctl_quote "${candidate#"$kept"}"
            COMPREPLY+=("$reply")
            ;;
        esac
    done < <("${line[0]}" complete -- "${line[@]:1}" 2>/dev/null)
}

complete -F _zinitctl zinitctl
