# Makes of include/zinit.h what Doxygen reads: each section becomes a group, and the comment that the header begins with
# becomes that of the file. Doxygen's INPUT_FILTER: the header itself is for people, and has no marks for a tool.

function stripped(line) {
    sub(/^ \* ?/, "", line)
    return line
}
# Text as Doxygen reads it: constants become links, and what looks like a command or a tag is text. A quoted constant is
# an example of what a function returns, and the beginning of names, such as ZINIT_STATE_, is not a name.
function linked(text,    result, name) {
    gsub(/\\/, "\\\\&", text)
    gsub(/</, "\\\\&", text)
    result = ""
    while (match(text, /ZINIT_[A-Z_]+/)) {
        name = substr(text, RSTART, RLENGTH)
        result = result substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
        result = result (name ~ /_$/ || result ~ /"$/ ? "" : "#") name
    }
    return result text
}

NR == 1 { in_opening = 1; print "/** @file zinit.h"; print " * @brief The header: a client for the zinit process supervisor."; next }
in_opening && /^ \*\// { in_opening = 0; print; next }
in_opening {
    line = stripped($0)
    if (line ~ /^    cc / && in_code) { in_code = 0; print " * @endcode" }
    else if (line ~ /^    #include/ && !in_code) { in_code = 1; print " * @code{.c}" }
    if (line == "Rules that hold for every function") line = "## " line
    # A rule begins with its title; and the rule for threads has a list.
    if (was_empty && line !~ /^ / && match(line, /^[A-Z][A-Za-z ]*\. /)) {
        line = "**" substr(line, 1, RLENGTH - 1) "**" substr(line, RLENGTH)
    }
    if (line ~ /^  A function|^  A getter/) {
        # The list needs an empty line before it.
        if (!in_list) print " *"
        in_list = 1
        sub(/^  /, "- ", line)
    } else if (line !~ /^ / && in_list) {
        in_list = 0
        print " *"
    }
    was_empty = line == ""
    print " * " (in_code ? substr(line, 5) : line ~ /^    / ? line : linked(line))
    next
}

/^\/\*$/ { in_heading = 1; heading_lines = 0; next }
in_heading && /^ \*\// { in_heading = 0; print " * @{"; print " */"; next }
in_heading {
    heading_lines++
    line = stripped($0)
    if (heading_lines == 1) {
        if (groups++) print "/** @} */"
        # With its number in front, Doxygen 1.18 takes the title for a list.
        title = line
        sub(/^[0-9]+\. /, "", title)
        name = tolower(title)
        sub(/ .*/, "", name)
        print "/**"
        print " * @defgroup section_" name " " title
        print " * @details"
    } else if (heading_lines > 2) {
        print " * " linked(line)
    }
    next
}

/^\/\*\*/ { in_comment = 1 }
in_comment {
    line = $0
    if (line ~ /Thread safety: /) sub(/Thread safety: /, "@par Thread safety\n * ", line)
    print linked(line)
    if (/\*\//) in_comment = 0
    next
}
/^#ifdef __cplusplus/ && groups { print "/** @} */" }
{ print }
