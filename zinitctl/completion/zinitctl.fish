# Completion of zinitctl for fish. `zinitctl complete` says what can stand at the cursor.

function __zinitctl_complete
    set -l words (__zinitctl_expand (commandline -opc))
    # It may have a quote that is still open.
    set -l last (__zinitctl_expand (string unescape -- (string trim --left --chars '"\'' -- (commandline -ct))))
    while string match -qr -- '^\w+=' $words[1]
        set -e words[1]
    end
    set -l program $words[1]
    set -e words[1]
    command -q $program; or return
    for line in ($program complete -- $words "$last" 2>/dev/null)
        switch $line
            case \tfiles
                __zinitctl_paths __fish_complete_path "$last"
            case \tdirectories
                __zinitctl_paths __fish_complete_directories "$last"
            case '*'
                echo $line
        end
    end
end

# A word that is a variable has its value, and ~ is the home; no command is run.
function __zinitctl_expand
    for word in $argv
        set -l name (string match -rg -- '^\$(\w+)$' $word)
        if test -n "$name"
            echo "$$name"
        else
            string replace -r -- '^~(?=/)' $HOME $word
        end
    end
end

# Paths, behind --option=, too.
function __zinitctl_paths -a complete last
    set -l option (string match -r -- '^--[a-z-]+=' $last)
    for path in ($complete (string replace -r -- '^--[a-z-]+=' '' $last) '')
        echo "$option$path"
    end
end

complete -c zinitctl -f -k -a '(__zinitctl_complete)'
