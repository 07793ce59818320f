# Makes of a program in examples-c what Doxygen reads: its first comment, as that of an example. Doxygen's INPUT_FILTER.
FNR == 1 {
    file = FILENAME
    sub(/.*\//, "", file)
    print "/** @example " file
    sub(/^\/\* /, "")
    inside = 1
    print " * " $0
    next
}
inside { print }
/\*\// { exit }
