#!/usr/bin/env bash
# suite: each call of the system, and each allocation, fails once in each operation, and nothing is lost, left or wrong
# seconds: 40
# needs: cc awk nm strace
. "$(dirname "$0")/../lib/suite.sh"

# LONG=1 tries each call and each outcome. SEED is what the others are chosen by; FAULT is one of them, as it is printed.
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
echo "SEED=$seed"

faults=$suite_directory/faults
codes=$suite_directory/codes
build_c "$faults" "${CC:-cc}" -rdynamic tests/faults/*.c -ldl
awk -f tests/faults/codes.awk include/zinit.h >"$codes"
export LD_LIBRARY_PATH=$prefix/lib
"$faults" --wrappers >"$suite_directory/wrappers"

# What the library takes from the C library is made to fail, or stands here with its reason.
names() { # names: the first word of each line, sorted
    sed 's/ .*//' | sort -u
}
cat >"$suite_directory/functions" <<'LIST'
__cxa_finalize at the end of the process
__errno_location no system call
__gmon_start__ for profilers
__tls_get_addr no system call
__xpg_strerror_r no system call
abort ends the process
bcmp no system call
clock_gettime cannot fail for the clocks that are used
dirfd no system call
dl_iterate_phdr for the backtrace of a panic
environ a variable
fcntl on a pipe that has just been made, cannot fail
free cannot fail
getcwd for the backtrace of a panic
getenv no system call
geteuid cannot fail
getpeername only at the default socket, which a test does not have
getpid cannot fail
getsockopt only at the default socket, which a test does not have
gettid for the message of a panic
kill fails only where the child is gone
lseek64 only where a whole file is read at once, which a service file is not
memcmp no system call
memcpy no system call
memmove no system call
memset no system call
mmap64 for the backtrace of a panic
munmap for the backtrace of a panic
posix_spawn_file_actions_destroy cannot fail
pthread_setcancelstate no system call
realpath for the backtrace of a panic
strlen no system call
syscall where the C library lacks a function
timerfd_settime cannot fail with a valid time
LIST
{
    names <"$suite_directory/wrappers"
    printf '%s\n' calloc realloc posix_memalign
    names <"$suite_directory/functions"
} | sort -u >"$suite_directory/known"
expect_equal "functions of the C library that are neither made to fail nor an exception" "" \
    "$(nm -D --undefined-only "$prefix/lib/libzinit_client.so" | sed 's/.* //; s/@.*//; /^_Unwind_/d; /^_ITM_/d' |
        sort -u | comm -23 - "$suite_directory/known")"

# System calls that no wrapper makes fail, with the reason.
cat >"$suite_directory/exceptions" <<'LIST'
fcntl on a pipe that has just been made, cannot fail
futex a lock, cannot fail
geteuid cannot fail
getpid cannot fail
kill fails only where the child is gone
madvise memory that is given back, cannot fail
poll the program's own
restart_syscall the program's own, after a signal that nobody handles
rt_sigprocmask cannot fail
timerfd_settime cannot fail with a valid time
LIST

can_trace=1
if ! strace -o "$suite_directory/strace" true 2>"$suite_directory/said"; then
    can_trace=
    skip "whether each system call is among those that fail" "strace: $(tail -n 1 "$suite_directory/said")"
fi

totals=$suite_directory/totals
run() { # run ARGUMENT...: the program, with the daemon that runs
    "${tracer[@]}" "$faults" --codes "$codes" --socket "$daemon_socket" --config "$daemon_config" \
        --files "$daemon_directory/files" --zinit "$ZINIT_BIN" --scripted "$daemon_directory/scripted.sock" \
        "${options[@]}" "$@"
}

attack() {
    local tracing='' status=0
    local tracer=() options=(--seed "$seed")
    [ "$protocol" = line ] || options+=(--json-rpc)
    [ -z "${LONG-}" ] || options+=(--long)
    daemon_start "$ZINIT_BIN" "$zinitctl" "$scratch/daemon"
    mkdir "$daemon_directory/files"
    # For the calls that end a daemon. daemon_stop finds it by the variable.
    printf 'on *\n send {"state":"ok","body":null}\n' >"$scratch/script"
    ZINIT_TEST_DAEMON=$daemon_directory scripted_start "$daemon_directory/scripted.sock" "$scratch/script" "$scratch/scripted"
    disown "$scripted_pid"
    if [ -n "${FAULT-}" ]; then
        [ "${FAULT%%:*}" != "$protocol" ] || run --fault "${FAULT#*:}" || fail "$FAULT"
        return
    fi
    if [ -n "$can_trace" ]; then
        # Most of its time it waits.
        tracer=(strace -qq -s 4000 -o "$scratch/trace")
        run --trace >"$scratch/traced" &
        tracing=$!
        tracer=()
    fi
    run --functions >"$scratch/output" || status=$?
    if [ -n "$can_trace" ]; then
        wait "$tracing" || fail "the operations cannot be traced"
        expect_equal "traced" "" "$(grep FAILED "$scratch/traced" || true)"
        expect_equal "system calls of the library that no wrapper sees; see tests/faults/wrappers.h" "" \
            "$(awk -v wrappers="$suite_directory/wrappers" -v exceptions="$suite_directory/exceptions" \
                -f tests/faults/traced.awk "$scratch/trace")"
    fi
    grep -vE '^(called |[a-z-]+'$'\t'')' "$scratch/output" || true
    [ "$status" = 0 ] || fail "faults, over $protocol"
    sed -n 's/^called //p' "$scratch/output" | sort >"$scratch/called"
    # Of JSON-RPC, each operation has one form in the usual run.
    [ "$protocol" != line ] || expect_equal "functions that talk to the daemon or the disk and are not in tests/faults/operations.c" "" \
        "$(grep -E ' (ZINIT_ERR_IO|ZINIT_ERR_FILE_IO|ZINIT_ERR_VERSION|begun)\b' "$codes" | names |
            comm -23 - "$scratch/called")"
    grep -E '^[a-z-]+'$'\t' "$scratch/output" >>"$totals"
    printf '\n'
    grep -E '^[a-z-]+'$'\t' "$scratch/output"
}
: >"$totals"
over_each_protocol attack

# Of both protocols together; of the functions that fail there are as many as in either.
awk -F '\t' '$1 == "functions" { if ($2 > functions) functions = $2; next } { sum[$1] += $2 }
    END { if (NR > 0) { print "functions\t" functions; for (name in sum) print name "\t" sum[name] } }' "$totals" |
    sort | while IFS=$'\t' read -r name number; do
    figure "$name" "$number"
done
