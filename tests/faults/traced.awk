# Reads what strace has seen of `faults --trace`, and says which system calls of an operation do not stand in the table of
# wrappers, or were not seen by them.
#
#     awk -v wrappers=FILE -v exceptions=FILE -f traced.awk TRACE
#
# `wrappers` is what `faults --wrappers` prints. `exceptions` has a system call a line, and behind it the reason.

BEGIN {
    while ((getline line < wrappers) > 0) {
        count = split(line, words, " ")
        for (i = 2; i <= count; i++) {
            is_loose = sub(/~$/, "", words[i])
            if (is_loose) {
                loose[words[i]] = loose[words[i]] " " words[1]
            } else {
                exact[words[i]] = exact[words[i]] " " words[1]
            }
        }
    }
    while ((getline line < exceptions) > 0) {
        split(line, words, " ")
        is_exception[words[1]] = 1
    }
}

# How many calls those wrappers have counted.
function counted(names,    words, count, i, sum) {
    count = split(names, words, " ")
    for (i = 1; i <= count; i++) {
        sum += calls[words[i]]
    }
    return sum + 0
}

# The marks are text that is written to no descriptor: "begin OPERATION FORM" and "end OPERATION FORM connect=1 ...".
/^write\(-1, "begin / {
    split("", seen)
    is_inside = 1
    next
}
/^write\(-1, "end / {
    is_inside = 0
    split("", calls)
    sub(/^write\(-1, "end /, "")
    sub(/", [0-9]+\) .*/, "")
    count = split($0, words, " ")
    for (i = 3; i <= count; i++) {
        split(words[i], pair, "=")
        calls[pair[1]] = pair[2]
    }
    for (name in seen) {
        if (name in is_exception) {
            continue
        }
        sum = counted(exact[name])
        if (counted(loose[name]) > 0 ? seen[name] < sum : seen[name] != sum) {
            printf "%s, %s: the library made the system call %s %d times, and the wrappers saw %d of them\n",
                words[1], words[2], name, seen[name], sum
        }
    }
    operations++
    next
}
# The kernel makes a call again that a signal has interrupted which nobody handles, such as that of a child's end.
/ = \? ERESTART/ { next }
is_inside && match($0, /^[a-z_0-9]+\(/) {
    seen[substr($0, 1, RLENGTH - 1)]++
}

END {
    printf "%d operations traced\n", operations > "/dev/stderr"
    if (operations == 0) {
        print "nothing was traced"
    }
}
