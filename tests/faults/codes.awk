# Reads zinit.h and prints, for each function that returns a zinit_code, its name and the codes that its comment names:
# "zinit_client_list ZINIT_ERR_INVALID_ARGUMENT ZINIT_ERR_IO ...". Where the comment takes over the codes of other functions,
# they are put in. "begun" stands for "the code of the call that was begun".

function trimmed_code(word) {
    gsub(/[^A-Z_]/, "", word)
    return word
}

# The codes that the words of a return value name, with those of other functions but for what is excepted behind "without".
function note_return(text,    words, count, i, word, last, is_without) {
    gsub(/[ \n*]+/, " ", text)
    if (text ~ /an exchange code/) {
        own[name] = own[name] " exchange"
    }
    if (text ~ /another code/) {
        own[name] = own[name] " begun"
    }
    count = split(text, words, " ")
    for (i = 1; i <= count; i++) {
        word = words[i]
        if (word == "without") {
            is_without = 1
        } else if (word ~ /^ZINIT_(ERR_|PENDING|END|OK)/) {
            word = trimmed_code(word)
            if (is_without) {
                without[name, last] = without[name, last] " " word
            } else {
                own[name] = own[name] " " word
            }
        } else if (text ~ /codes of zinit_/ && word ~ /^zinit_[a-z_]+\(\)/) {
            sub(/\(.*/, "", word)
            others[name] = others[name] " " word
            last = word
        }
        if (words[i] ~ /[,;.]$/ && word != "without") {
            is_without = is_without && words[i + 1] ~ /^ZINIT_/
        }
    }
}

# Every code of a function, in `all`, which is emptied before.
function collect(function_name, excepted,    words, count, i) {
    count = split(own[function_name], words, " ")
    for (i = 1; i <= count; i++) {
        if (words[i] == "exchange") {
            collect_exchange(excepted)
        } else if (index(excepted " ", " " words[i] " ") == 0) {
            all[words[i]] = 1
        }
    }
    count = split(others[function_name], words, " ")
    for (i = 1; i <= count; i++) {
        collect(words[i], excepted without[function_name, words[i]])
    }
}

function collect_exchange(excepted,    words, count, i) {
    count = split(exchange, words, " ")
    for (i = 1; i <= count; i++) {
        if (index(excepted " ", " " words[i] " ") == 0) {
            all[words[i]] = 1
        }
    }
}

# "Exchange codes. Where a comment says ..., It can then return ..."
/^ \* Exchange codes\./ { in_exchange = 1 }
in_exchange && /^ \*$/ {
    in_exchange = 0
    sub(/Every function.*/, "", exchange_text)
    while (match(exchange_text, /ZINIT_[A-Z_]+/)) {
        exchange = exchange " " substr(exchange_text, RSTART, RLENGTH)
        exchange_text = substr(exchange_text, RSTART + RLENGTH)
    }
}
in_exchange { exchange_text = exchange_text $0 " " }

/^\/\*\*/ { inside = 1; returned = ""; in_return = 0 }
inside && /@return/ { in_return = 1 }
inside && /Thread safety:/ { in_return = 0 }
inside && in_return && !/\*\// { returned = returned $0 " " }
/\*\// { inside = 0; next }
!inside && /^zinit_code zinit_/ {
    name = $2
    sub(/\(.*/, "", name)
    names[++functions] = name
    note_return(returned)
}

END {
    for (i = 1; i <= functions; i++) {
        split("", all)
        collect(names[i], "")
        line = names[i]
        for (code in all) {
            line = line " " code
        }
        print line
    }
    if (functions < 90 || split(exchange, list, " ") < 9) {
        print "zinit.h cannot be read: " functions + 0 " functions, exchange codes" exchange > "/dev/stderr"
        exit 1
    }
}
