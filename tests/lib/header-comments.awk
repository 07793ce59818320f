# Reads zinit.h and complains where a comment is missing or does not fit what it stands above. With -v versions=1 it
# prints each function with the version that it came in, and nothing else; with -v declarations=1 that version and the
# declaration of each function, type and constant, without the names of parameters and without the header's own version.

function complain(text) {
    if (!quiet) {
        print name ": " text
    }
    complaints++
}

# A function's declaration without the names of its parameters, which a program does not depend on.
function without_names(declaration,    parts, count, i, list) {
    if (declaration ~ /\(void\);$/) {
        return declaration
    }
    count = split(declaration, parts, /[(,]/)
    sub(/\);$/, "", parts[count])
    for (i = 2; i <= count; i++) {
        sub(/ ?[a-z0-9_]+$/, "", parts[i])
        list = list (i > 2 ? "," : "") parts[i]
    }
    return parts[1] "(" list ");"
}

# Prints a declaration with the version that it came in.
function tell(declaration) {
    if (declarations) {
        print version_of(comment), declaration
    }
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
    if (versions) {
        print name, version_of(comment)
    }
    tell(without_names(declaration))
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
    check_threads(declaration)
    check_version()
}

# The rule for threads that a function needs: the words of it that must stand in the heading of its section.
function rule_of(declaration,    first) {
    first = declaration
    sub(/^[^(]*\(/, "", first)
    sub(/[,)].*/, "", first)
    if (name ~ /_free$/) {
        return "freeing"
    }
    if (first ~ /^const zinit_client \*/) {
        return "with one client"
    }
    if (first ~ /^const zinit_[a-z_]+ \*[a-z]/) {
        return "may read"
    }
    if (first ~ /^zinit_[a-z_]+ \*[a-z]/) {
        return "changing"
    }
    return "any time"
}

# A function's own rule says what its section's does not.
function check_threads(declaration) {
    if (comment ~ /Thread safety:/) {
        if (comment !~ /Thread safety: any thread, any time[.;]/) {
            complain("has a thread rule that is not one of the known phrases")
        }
        if (section_threads ~ /any time/) {
            complain("repeats the thread rule of its section")
        }
    } else if (index(section_threads, rule_of(declaration)) == 0) {
        complain("section \"" section "\" does not state its thread rule: \"" rule_of(declaration) "\"")
    }
}

# Where a declaration does not say since when it is there, its section does.
function version_of(comment,    since) {
    since = match(comment, SINCE) ? substr(comment, RSTART, RLENGTH) : section_since
    gsub(/^Since |\.$/, "", since)
    return since
}

function check_version() {
    if (match(comment, SINCE) && substr(comment, RSTART, RLENGTH) == section_since) {
        complain("repeats the version of its section")
    }
}

# The comment that heads a section: title, underline, and the rules for all its functions.
function check_section() {
    name = "section \"" section "\""
    sections++
    section_threads = tolower(heading)
    gsub(/[ \n]+/, " ", section_threads)
    if (section_threads !~ /threads?: [^.]+\./) {
        complain("does not state its thread rule")
    }
    section_since = ""
    if (match(heading, SINCE)) {
        section_since = substr(heading, RSTART, RLENGTH)
    } else {
        complain("does not state its version")
    }
}

function forget_comment() {
    comment = documented = ""
    has_return = 0
}

BEGIN {
    SINCE = "Since [0-9]+\\.[0-9]+\\.[0-9]+\\."
    quiet = versions || declarations
}
/^\/\*$/ { in_heading = 1; heading = section = ""; next }
in_heading && /\*\// { in_heading = 0; check_section(); next }
in_heading {
    line = $0
    sub(/^ \* ?/, "", line)
    if (section == "") {
        section = line
    }
    heading = heading line "\n"
    next
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
    check_version()
    # Those of the header's own version are others in each version.
    if (name !~ /^ZINIT_VERSION_/) {
        number = $3
        gsub(/[()]/, "", number)
        tell("#define " name " " number)
    }
    forget_comment()
}
/^typedef / {
    name = $NF
    if (comment == "") {
        complain("has no comment")
    }
    check_version()
    tell($0)
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
    if (functions < 50 || constants < 40 || sections < 10) {
        complain("has only " functions + 0 " functions, " constants + 0 " constants and " sections + 0 " sections")
    }
    if (!quiet) {
        printf "%d functions, %d constants, %d sections\n", functions, constants, sections
    }
    exit complaints > 0
}
