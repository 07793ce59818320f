# Takes the examples of a Markdown page apart, into the files of a directory:
#
#     awk -v directory=DIRECTORY -f examples.awk PAGE.md
#
#     NAME.c          a block ```c that begins with "/* NAME.c: "
#     fragment-N.c    any other block ```c: whole functions, without the lines #include
#     N.go            a block ```go that is a whole file; N.go-fragment any other one
#     script.sh       all blocks ```sh, one behind the other; the output of the Nth is in the file output-N
#     expected-N      the block ```text behind the Nth block ```sh: what it prints

function to(file) {
    return directory "/" file
}
!in_block && /^```[a-z]+$/ {
    language = substr($0, 4)
    in_block = 1
    first = 1
    if (language == "sh") {
        scripts++
        print "exec >\"$OUTPUTS/output-" scripts "\" 2>&1" > to("script.sh")
    }
    next
}
/^```$/ { in_block = 0; next }
!in_block { next }
first && language == "c" {
    file = "fragment-" ++fragments ".c"
    if (match($0, /^\/\* [a-z_]+\.c: /)) {
        file = substr($0, 4, RLENGTH - 5)
    }
}
first && language == "go" { file = ++programs ($0 ~ /^package / ? ".go" : ".go-fragment") }
{ first = 0 }
language == "c" || language == "go" { print > to(file) }
language == "sh" { print > to("script.sh") }
language == "text" { print > to("expected-" scripts) }
END {
    if (in_block) {
        print FILENAME ": a block that does not end"
        exit 1
    }
}
