# Writes the pages of section 3 from include/zinit.h: zinit.3 about all of it, one page for each of its sections, and for
# each function and type a page that leads there.
#
#     awk -v directory=DIRECTORY -v date='November 26, 2026' -f docs/man/section3.awk include/zinit.h
#     awk -v names=1 -f docs/man/section3.awk include/zinit.h      only prints the names of the files
#
# A section's page is named after the first word of its title: "13. Queue" is zinit_queue.3.
#
# A header that it cannot read as a whole is an error: a page that lacks something looks like any other one.

# Text as roff reads it: one sentence a line, no line that looks like a command, and no hyphen in a name.
function as_roff(text,    result, found, at) {
    result = ""
    while (match(text, /[A-Za-z0-9_")][.:!?]\)? +([A-Z]|zinit_)/)) {
        found = substr(text, RSTART, RLENGTH)
        at = RSTART + RLENGTH - (found ~ /zinit_$/ ? 6 : 1)
        result = result with_names(substr(text, 1, at - 1)) "\n"
        text = substr(text, at)
    }
    return result with_names(text) "\n"
}
function with_names(text) {
    sub(/ +$/, "", text)
    gsub(/\\/, "\\e", text)
    gsub(/ZINIT_[A-Z_]*/, "\\%&", text)
    gsub(/zinit_[a-z0-9_]*[a-z0-9]\(\)/, "\\%\\fB&", text)
    gsub(/\\fBzinit_[a-z0-9_]*/, "&\\fP", text)
    return as_line(text)
}
function as_line(text) {
    return (text ~ /^[.']/ ? "\\&" : "") text
}
# A line of a program.
function as_code(text) {
    gsub(/\\/, "\\e", text)
    return as_line(text) "\n"
}

# A comment's text, with paragraphs, lists and indented programs. The text has one line for each of the comment.
function formatted(text,    lines, count, i, line, result, paragraph, kind, now) {
    count = split(text, lines, "\n")
    result = paragraph = kind = ""
    for (i = 1; i <= count + 1; i++) {
        line = i > count ? "" : lines[i]
        now = kind
        if (line ~ /^ *$/) {
            now = kind == "code" && i <= count ? "code" : ""
        } else if (line ~ /^    / && kind != "item") {
            now = "code"
        } else if (line ~ /^- / || (line ~ /^  [A-Z]/ && kind != "")) {
            now = "item"
        } else if (kind == "" || kind == "code" || (kind == "item" && line !~ /^ /)) {
            now = "text"
        }
        # What has come to its end here.
        if (paragraph != "" && (now != kind || (now == "item" && line ~ /^(- |  [A-Z])/))) {
            result = result (kind == "item" ? ".It\n" : "") as_roff(paragraph)
            paragraph = ""
        }
        if (now != kind) {
            if (kind == "item") result = result ".El\n"
            if (kind == "code") result = result ".Ed\n"
            if (now == "text" && result != "") result = result ".Pp\n"
            if (now == "item") result = result ".Bl -bullet -compact\n"
            if (now == "code") result = result ".Bd -literal -offset indent\n"
        }
        if (now == "code") {
            # An empty line before the end is left out.
            if (line !~ /^ *$/ || (i < count && lines[i + 1] ~ /^    /)) {
                result = result as_code(substr(line, 5))
            } else {
                now = ""
                result = result ".Ed\n"
            }
        } else if (now != "") {
            sub(/^(- | +)/, "", line)
            paragraph = paragraph (paragraph == "" ? "" : " ") line
        }
        kind = now
    }
    return result
}

# The declaration of a function, as mdoc writes it.
function prototype(declaration,    type, list, parts, count, i, result) {
    type = declaration
    sub(/zinit_[a-z0-9_]*\(.*/, "", type)
    sub(/ +$/, "", type)
    list = declaration
    sub(/^[^(]*\(/, "", list)
    sub(/\);$/, "", list)
    result = ".Ft \"" type "\"\n.Fo " name_of(declaration) "\n"
    count = split(list, parts, /, */)
    for (i = 1; i <= count; i++) {
        result = result ".Fa \"" parts[i] "\"\n"
    }
    return result ".Fc\n"
}
function name_of(declaration) {
    sub(/\(.*/, "", declaration)
    sub(/.*[ *]/, "", declaration)
    return declaration
}

# The comment above a function: what it does, its parameters, what it returns, and its own rule for threads.
function function_text(declaration,    lines, count, i, line, part, text, parameters, returned, threads, word) {
    count = split(comment, lines, "\n")
    part = "text"
    text = parameters = returned = threads = ""
    for (i = 1; i <= count; i++) {
        line = lines[i]
        if (line ~ /^@param /) {
            part = "parameter"
            word = line
            sub(/^@param /, "", word)
            line = word
            sub(/ .*/, "", word)
            sub(/^[^ ]* /, "", line)
            flush_parameter()
            parameter_name = word
            parameter = line
        } else if (line ~ /^@return /) {
            part = "return"
            sub(/^@return /, "", line)
            returned = line
        } else if (line ~ /^Thread safety: /) {
            part = "threads"
            threads = line
        } else if (part == "text") {
            text = text line "\n"
        } else {
            sub(/^ +/, "", line)
            if (line == "") continue
            if (part == "parameter") parameter = parameter " " line
            if (part == "return") returned = returned " " line
            if (part == "threads") threads = threads " " line
        }
    }
    flush_parameter()
    text = ".Ss " name_of(declaration) "()\n" prototype(declaration) ".Pp\n" formatted(text)
    if (all_parameters != "") {
        text = text ".Pp\n.Bl -tag -width start_timeout_ms -compact\n" all_parameters ".El\n"
    }
    if (returned != "") {
        text = text ".Pp\n.Em Returns :\n" as_roff(returned)
    }
    if (threads != "") {
        text = text ".Pp\n" as_roff(threads)
    }
    all_parameters = ""
    return text
}
function flush_parameter() {
    if (parameter_name != "") {
        all_parameters = all_parameters ".It Fa " parameter_name "\n" as_roff(parameter)
    }
    parameter_name = ""
}

# What cannot be read, with its line.
function complain(what) {
    print FILENAME ":" FNR ": " what | "cat >&2"
    failed = 1
}
# The comment above a declaration, which belongs to it alone.
function needs_comment(name) {
    if (page == "" && !outside++) complain(name " is before the first section")
    if (comment == "") complain(name " has no comment")
}

function begin_section(title,    word) {
    end_section()
    if (!sub(/^[0-9]+\. /, "", title)) complain("a section has a number and a title, and not \"" title "\"")
    word = tolower(title)
    sub(/ .*/, "", word)
    page = "zinit_" word
    section = title
    first_names = page
    introduction = types = constants = functions = synopsis = ""
    link_count = 0
    overview = overview ".It Xr " page " 3\n" title "\n"
}
function add_link(name) {
    if (name != page) {
        links[++link_count] = name
        first_names = first_names "\n" name
    }
}

function head(title) {
    return ".\\\" Written from zinit.h by section3.awk.\n.\\\" groff 1.23 stretches lines otherwise, prototypes too.\n.ds AD l\n.Dd " date "\n.Dt " toupper(title) " 3\n.Os\n.Sh NAME\n"
}
function put(name, text,    file) {
    if (names) {
        print name ".3"
        return
    }
    file = directory "/" name ".3"
    printf "%s", text > file
    close(file)
}
function end_section(    text, list, count, i) {
    if (page == "") return
    count = split(first_names, list, "\n")
    text = head(page)
    for (i = 1; i <= count; i++) {
        text = text ".Nm " list[i] (i < count ? " ,\n" : "\n")
    }
    text = text ".Nd " tolower(substr(section, 1, 1)) substr(section, 2) " in the zinit client library\n"
    text = text ".Sh LIBRARY\nlibzinit_client\n.Pq Fl lzinit_client\n"
    text = text ".Sh SYNOPSIS\n.In zinit.h\n" synopsis ".Sh DESCRIPTION\n" formatted(introduction)
    text = text ".Pp\nThe rules that hold for every function are in\n.Xr zinit 3 .\n"
    if (types != "") text = text ".Sh TYPES\n.Bl -tag -width indent\n" types ".El\n"
    if (constants != "") text = text ".Sh CONSTANTS\n.Bl -tag -width indent\n" constants ".El\n"
    text = text ".Sh FUNCTIONS\n" functions ".Sh SEE ALSO\n.Xr zinitctl 1 ,\n.Xr zinit 3\n"
    put(page, text)
    for (i = 1; i <= link_count; i++) {
        put(links[i], ".so man3/" page ".3\n")
    }
    page = ""
}

# zinit.3, of the comment that the header begins with.
function put_overview(    rules, list, count, i, text, title, body) {
    text = head("zinit") ".Nm zinit\n.Nd client library for the zinit process supervisor\n"
    text = text ".Sh LIBRARY\nlibzinit_client\n.Pq Fl lzinit_client\n.Sh SYNOPSIS\n.In zinit.h\n"
    text = text ".Pp\n.Dl cc program.c $(pkg-config --cflags --libs zinit-client)\n"
    rules = opening
    sub(/.*Rules that hold for every function\n\n/, "", rules)
    text = text ".Sh DESCRIPTION\nThe library drives a daemon of the process supervisor zinit over its unix socket.\n"
    text = text "Each section of its header has a page, with all types, constants and functions of it.\n"
    text = text "Each function and type has one, too, which is that of its section:\n.Ql man zinit_client_status\n.Pp\n"
    text = text ".Bl -tag -width zinit_requests(3)x -compact\n" overview ".El\n"
    text = text ".Sh RULES\nThese rules hold for every function.\n"
    count = split(rules, list, "\n\n")
    for (i = 1; i <= count; i++) {
        body = list[i]
        title = ""
        if (match(body, /^[A-Z][A-Za-z ]*\. /)) {
            title = substr(body, 1, RLENGTH - 2)
            body = substr(body, RLENGTH + 1)
        }
        text = text (title == "" ? ".Pp\n" : ".Ss " title "\n") formatted(body)
    }
    title = opening
    sub(/\n *Rules that hold.*/, "", title)
    sub(/^[^\n]*\n\n/, "", title)
    sub(/\n    cc [^\n]*\n*$/, "", title)
    text = text ".Sh EXAMPLES\n" formatted(title) ".Sh SEE ALSO\n.Xr zinitctl 1\n"
    put("zinit", text)
}

function stripped(line) {
    sub(/^ \* ?/, "", line)
    return line
}

NR == 1 { in_opening = 1; sub(/^\/\* /, ""); opening = $0 "\n"; next }
in_opening && /^ \*\// { in_opening = 0; next }
in_opening { opening = opening stripped($0) "\n"; next }

/^\/\*/ && collecting { complain("the declaration above does not end") }
/^\/\*$/ { in_heading = 1; heading_lines = 0; next }
in_heading && /^ \*\// { in_heading = 0; next }
in_heading {
    heading_lines++
    if (heading_lines == 1) begin_section(stripped($0))
    else if (heading_lines > 2) introduction = introduction stripped($0) "\n"
    next
}

/^\/\*\*/ { in_comment = 1; comment = ""; next }
in_comment && /^ \*\// { in_comment = 0; next }
in_comment { comment = comment stripped($0) "\n"; next }

/^#define ZINIT_/ && $2 != "ZINIT_H" {
    value = $3
    gsub(/[()]/, "", value)
    sub(/^-/, "\\-", value)
    needs_comment($2)
    constants = constants ".It Dv " $2 " No = " value "\n" formatted(comment)
    comment = ""
}
/^typedef / {
    name = $NF
    sub(/;$/, "", name)
    needs_comment(name)
    types = types ".It Vt " name "\n" formatted(comment)
    comment = ""
    if (name ~ /^zinit_/) add_link(name)
    next
}
/^[a-z].*\(/ && !/^extern/ { declaration = ""; collecting = 1 }
collecting {
    line = $0
    sub(/^ +/, "", line)
    declaration = declaration (declaration == "" ? "" : " ") line
    if (line ~ /;$/) {
        collecting = 0
        synopsis = synopsis prototype(declaration)
        needs_comment(name_of(declaration))
        functions = functions function_text(declaration)
        comment = ""
        add_link(name_of(declaration))
    }
}
END {
    if (in_opening || in_heading || in_comment) complain("the last comment does not end")
    if (opening !~ /\n *Rules that hold for every function\n\n/) complain("the first comment does not have the rules")
    if (functions == "") complain("there is no function")
    if (failed) exit 1
    end_section()
    put_overview()
}
