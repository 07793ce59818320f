/* Runs the cases of a suite, and has what they need of the system. It does not know the library, so that a suite can
 * load that by itself.
 *
 * Each case runs in a process of its own, in an empty directory of its own: a crash, a hang or a change of the process
 * is that case's alone. When a case ends, every process that it started is ended, those of daemons included, and the
 * directory is removed.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stddef.h>
#include <sys/types.h>

struct test_case {
    const char *name;
    void (*run)(const void *data);
    const void *data;
};

/* Runs all cases, or those that the arguments name; but for those that the file ZINIT_TEST_EXCEPT names. Prints `ok NAME` or `not ok NAME: why` for each, with what was
 * skipped in parentheses, and at the end `N passed, N failed`. Returns the exit status of the program. */
int run_cases(const struct test_case *cases, size_t count, int argc, char **argv);

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Checks end the case at once where they fail; from any thread of it, but not from a child that it has forked. */
#define CHECK(condition) ((condition) ? (void)0 : fail_at(__FILE__, __LINE__, "expected %s", #condition))
#define CHECK_INT(actual, expected) check_int(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(expected))
/* Both may be NULL. */
#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_CONTAINS(text, part) check_contains(__FILE__, __LINE__, #text, (text), (part))
/* For what the test itself needs of the system. */
#define NEED(condition) ((condition) ? (void)0 : fail_errno_at(__FILE__, __LINE__, #condition))

void fail_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));
void fail_errno_at(const char *file, int line, const char *what) __attribute__((noreturn));
void check_int(const char *file, int line, const char *what, long long actual, long long expected);
void check_text(const char *file, int line, const char *what, const char *actual, const char *expected);
void check_contains(const char *file, int line, const char *what, const char *text, const char *part);

/* Whether this runs under valgrind, where all takes many times as long. */
int is_under_valgrind(void);
/* Has the runner print that a case has left out a check, and why. */
void skip_check(const char *why);

/* The case's own directory, also its working directory. */
const char *case_directory(void);
/* A path in it, which lasts as long as the case. */
const char *in_case_directory(const char *name);
void write_file(const char *path, const char *content);
/* A program that runs a shell script. Gives its path. */
const char *write_program(const char *name, const char *script);
/* The content of a file, as a string in one buffer that each call uses again. */
const char *read_file(const char *path);
/* Waits for a file in the working directory. */
void wait_for_file(const char *name);
/* Between two looks at something that causes no event. */
void pause_ms(long milliseconds);

/* Whether a descriptor is readable, or becomes so within that time; -1: without limit. */
int is_readable(int descriptor, int timeout_ms);
void wait_until_readable(int descriptor);
/* How many this process has. */
size_t count_descriptors(void);
size_t count_threads(void);

#endif
