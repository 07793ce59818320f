# Makes of a page in Markdown, as GitHub shows it, what Doxygen reads: Doxygen's INPUT_FILTER.
#
# A heading gets the name that GitHub gives it, and links to pages and headings get those of Doxygen. The name of a
# function or of a constant in `code` becomes a link to it. A link to a file that is not in the site becomes its text.

function page_name(file) {
    sub(/^\.\//, "", file)
    if (file ~ /bindings\/[a-z]+\/README\.md$/) {
        sub(/\/README\.md$/, "", file)
        sub(/.*\//, "", file)
        return "page_" file
    }
    sub(/.*\//, "", file)
    sub(/\.md$/, "", file)
    gsub(/-/, "_", file)
    return "page_" file
}
function slug(title) {
    title = tolower(title)
    gsub(/[^a-z0-9 _-]/, "", title)
    gsub(/ /, "-", title)
    gsub(/-/, "_", title)
    return title
}
# The pages that the site has, besides those beside this one.
function is_page(file) {
    return file ~ /^[a-z-]+\.md$/ || file ~ /bindings\/[a-z]+\/README\.md$/
}

# A link [text](target).
function link(text, target,    file, heading) {
    if (target ~ /^[a-z]+:/) return "[" text "](" target ")"
    file = heading = target
    sub(/#.*/, "", file)
    if (!sub(/^[^#]*#/, "", heading)) heading = ""
    gsub(/`/, "", text)
    if (file ~ /examples-c\/[a-z_]+\.c$/) {
        sub(/.*\//, "", file)
        return "@ref " file " \"" text "\""
    }
    if (file ~ /include\/zinit\.h$/) return "@ref zinit.h \"" text "\""
    if (file ~ /examples-c\/?$/) return "<a href=\"examples.html\">" text "</a>"
    if (file != "" && !is_page(file)) return text
    file = file == "" ? page : page_name(file)
    if (heading != "") {
        gsub(/-/, "_", heading)
        file = file "_" heading
    }
    return "@ref " file " \"" text "\""
}
# A span of code: Doxygen links what is in <code>, and not what is in backquotes.
function code(text) {
    if (text ~ /^zinit_[a-z0-9_]*[a-z0-9](\(\))?$/ && text !~ /^zinit_(waits|static|cdef)$/) {
        sub(/\(\)$/, "", text)
        return "@ref " text " \"" text "\""
    }
    if (text ~ /^ZINIT_[A-Z_]*[A-Z]$/ && text !~ /^ZINIT_(SOCKET|CONFIG_DIR|BINARY|BIN|JSONRPC_BIN|TESTBED|CLIENT_BUILD|CDEF)$/) {
        return "@ref " text " \"" text "\""
    }
    return "`" text "`"
}
function converted(line,    result, span, text, target) {
    result = ""
    while (match(line, /`[^`]+`|\[[^]]*\]\([^)]*\)/)) {
        result = result substr(line, 1, RSTART - 1)
        span = substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        if (span ~ /^`/) {
            result = result code(substr(span, 2, length(span) - 2))
        } else {
            text = target = span
            sub(/\]\(.*/, "", text)
            sub(/.*\]\(/, "", target)
            result = result link(substr(text, 2), substr(target, 1, length(target) - 1))
        }
    }
    return result line
}

FNR == 1 { page = page_name(FILENAME) }
/^```/ {
    in_block = !in_block
    # What a command prints has a style of its own. Doxygen knows no shell.
    if ($0 == "```text") print "<div class=\"output\">\n"
    is_output = is_output || $0 == "```text"
    print (in_block && $0 != "```c" ? "```{.unparsed}" : $0)
    if (!in_block && is_output) {
        print "\n</div>"
        is_output = 0
    }
    next
}
in_block || /^    / { print; next }
/^# / { print $0 " {#" page "}"; next }
/^##+ / {
    title = $0
    sub(/^#+ /, "", title)
    print converted($0) " {#" page "_" slug(title) "}"
    next
}
{ print converted($0) }
