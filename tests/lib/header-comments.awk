# Reads zinit.h and complains where a comment is missing or does not fit what it stands above.

function complain(text) {
    print name ": " text
    complaints++
}

# The names of a function's parameters, in order.
function parameters_of(declaration,    list, parts, count, i, names) {
    list = declaration
    sub(/^[^(]*\(/, "", list)
    sub(/\);$/, "", list)
    if (list == "void") {
        return ""
    }
    count = split(list, parts, ",")
    for (i = 1; i <= count; i++) {
        sub(/.*[ *]/, "", parts[i])
        names = names " " parts[i]
    }
    return names
}

function check_function(declaration) {
    name = declaration
    sub(/\(.*/, "", name)
    sub(/.*[ *]/, "", name)
    functions++
    if (comment == "") {
        complain("has no comment")
        return
    }
    if (documented != parameters_of(declaration)) {
        complain("@param has" documented ", but the parameters are" parameters_of(declaration))
    }
    if ((declaration !~ /^void [^*]/) != has_return) {
        complain(has_return ? "returns nothing, but has @return" : "has no @return")
    }
    if (declaration ~ /^zinit_code zinit_/ && declaration ~ /zinit_error \*\*error\);$/ && comment !~ /@return ZINIT_OK/) {
        complain("@return does not begin with ZINIT_OK")
    }
    if (comment !~ /Thread safety: (any number of threads with one client|any thread, any time|many readers of one object at a time|must not overlap another call on the same object|one writer of one object at a time, and no reader)\./) {
        complain("does not tell its thread safety in one of the fixed phrases")
    }
    if (comment !~ /Since [0-9]+\.[0-9]+\.[0-9]+\./) {
        complain("does not tell since when it is there")
    }
}

function forget_comment() {
    comment = documented = ""
    has_return = 0
}

/^\/\*\*/ { forget_comment(); inside = 1 }
inside {
    line = $0
    sub(/^ *\/?\*+\/?/, "", line)
    comment = comment line "\n"
    if (line ~ /^ @param /) {
        split(line, words, " ")
        documented = documented " " words[2]
    }
    if (line ~ /^ @return /) {
        has_return = 1
    }
}
/\*\// { inside = 0; next }
inside || /^ \*/ || /^\/\*/ { next }

/^#define ZINIT_/ && $2 != "ZINIT_H" {
    name = $2
    constants++
    if (comment == "") {
        complain("has no comment")
    }
    forget_comment()
}
/^typedef / {
    name = $NF
    if (comment == "") {
        complain("has no comment")
    }
    forget_comment()
    next
}
/^[a-z].*\(/ && !/^extern/ { collecting = 1; declaration = "" }
collecting {
    line = $0
    sub(/^ +/, "", line)
    declaration = declaration (declaration == "" || line == "" ? "" : " ") line
    if (line ~ /;$/) {
        collecting = 0
        check_function(declaration)
        forget_comment()
    }
}
END {
    name = "zinit.h"
    if (functions < 50 || constants < 40) {
        complain("has only " functions + 0 " functions and " constants + 0 " constants")
    }
    printf "%d functions, %d constants\n", functions, constants
    exit complaints > 0
}
