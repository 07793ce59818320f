#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemons.h"

/* Longer than any case takes, under valgrind and on a busy machine: only a hang gets there. */
#define LONGEST_CASE_S 300

static char directory[64];
/* A pipe from a case to the runner: why it failed, and another: what it has skipped. */
static int reason_pipe = -1;
static int skipped_pipe = -1;

/* Checks */

void fail_at(const char *file, int line, const char *format, ...)
{
    char reason[2000];
    int length = snprintf(reason, sizeof reason, "%s:%d: ", file, line);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason + length, sizeof reason - (size_t)length, format, arguments);
    va_end(arguments);
    if (write(reason_pipe, reason, strlen(reason)) < 0)
        _exit(2);
    _exit(1);
}

void fail_errno_at(const char *file, int line, const char *what)
{
    fail_at(file, line, "%s: %s", what, strerror(errno));
}

void check_int(const char *file, int line, const char *what, long long actual, long long expected)
{
    if (actual != expected)
        fail_at(file, line, "%s is %lld, expected %lld", what, actual, expected);
}

void check_text(const char *file, int line, const char *what, const char *actual, const char *expected)
{
    if (actual == expected || (actual != NULL && expected != NULL && strcmp(actual, expected) == 0))
        return;
    fail_at(file, line, "%s is %s, expected %s", what, actual ? actual : "NULL", expected ? expected : "NULL");
}

void check_contains(const char *file, int line, const char *what, const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        fail_at(file, line, "%s is %s, expected %s in it", what, text ? text : "NULL", part);
}

int is_under_valgrind(void)
{
    return getenv("ZINIT_TEST_VALGRIND") != NULL;
}

void skip_check(const char *why)
{
    NEED(dprintf(skipped_pipe, " (skipped: %s)", why) > 0);
}

/* Files */

const char *case_directory(void)
{
    return directory;
}

const char *in_case_directory(const char *name)
{
    static char paths[1 << 16];
    static size_t used;
    char *path = paths + used;

    used += strlen(directory) + strlen(name) + 2;
    CHECK(used <= sizeof paths);
    sprintf(path, "%s/%s", directory, name);
    return path;
}

void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "we");

    NEED(file != NULL);
    NEED(fputs(content, file) >= 0);
    NEED(fclose(file) == 0);
}

const char *write_program(const char *name, const char *script)
{
    const char *path = in_case_directory(name);
    char content[2000];

    snprintf(content, sizeof content, "#!/bin/sh\n%s", script);
    write_file(path, content);
    NEED(chmod(path, 0755) == 0);
    return path;
}

const char *read_file(const char *path)
{
    static char content[1 << 16];
    FILE *file = fopen(path, "re");
    size_t length;

    NEED(file != NULL);
    length = fread(content, 1, sizeof content - 1, file);
    content[length] = '\0';
    fclose(file);
    return content;
}

void wait_for_file(const char *name)
{
    while (access(name, F_OK) != 0)
        pause_ms(2);
}

void pause_ms(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};

    while (nanosleep(&time, &time) != 0)
        NEED(errno == EINTR);
}

/* Descriptors and threads */

int is_readable(int descriptor, int timeout_ms)
{
    struct pollfd readable = {descriptor, POLLIN, 0};
    int ready;

    do
        ready = poll(&readable, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    NEED(ready >= 0);
    return ready;
}

void wait_until_readable(int descriptor)
{
    CHECK(is_readable(descriptor, -1));
}

static size_t count_entries(const char *path)
{
    DIR *entries = opendir(path);
    struct dirent *entry;
    size_t count = 0;

    NEED(entries != NULL);
    while ((entry = readdir(entries)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(entries);
    return count;
}

size_t count_descriptors(void)
{
    /* Without the one that it takes to count them. */
    return count_entries("/proc/self/fd") - 1;
}

size_t count_threads(void)
{
    return count_entries("/proc/self/task");
}

/* The runner */

/* Whether a process is a child of this one: the fourth field of its stat file, behind the name in parentheses. */
static int is_child(const char *process)
{
    char path[300];
    char text[1000];
    FILE *file;
    size_t length;
    char *rest;
    char state;
    long parent;

    snprintf(path, sizeof path, "/proc/%s/stat", process);
    file = fopen(path, "re");
    if (file == NULL)
        return 0;
    length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    rest = strrchr(text, ')');
    return rest != NULL && sscanf(rest, ") %c %ld", &state, &parent) == 2 && parent == (long)getpid();
}

/* Ends what a case has left behind. All of it becomes a child of the runner when its own parent ends, whatever process
 * group it has made for itself. */
static void end_children(void)
{
    pid_t ended;

    do {
        DIR *processes = opendir("/proc");
        struct dirent *process;

        NEED(processes != NULL);
        while ((process = readdir(processes)) != NULL)
            if (process->d_name[0] >= '1' && process->d_name[0] <= '9' && is_child(process->d_name))
                kill((pid_t)atol(process->d_name), SIGKILL);
        closedir(processes);
        ended = waitpid(-1, NULL, WNOHANG);
        if (ended == 0)
            pause_ms(1);
        /* The children of a process that was killed are found in the next round. */
    } while (ended >= 0);
}

static void remove_tree(int parent, const char *name)
{
    int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries;
    struct dirent *entry;

    if (descriptor < 0) {
        unlinkat(parent, name, 0);
        return;
    }
    fchmod(descriptor, 0700);
    entries = fdopendir(descriptor);
    while (entries != NULL && (entry = readdir(entries)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_tree(descriptor, entry->d_name);
    closedir(entries);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static void open_channel(int channel[2])
{
    NEED(pipe(channel) == 0);
    NEED(fcntl(channel[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(channel[1], F_SETFD, FD_CLOEXEC) == 0);
}

/* What a case has written there; the case has ended. */
static void read_channel(const int channel[2], char *text, size_t size)
{
    ssize_t length;

    close(channel[1]);
    length = read(channel[0], text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    close(channel[0]);
}

static void run_here(const struct test_case *test)
{
    alarm(LONGEST_CASE_S);
    NEED(chdir(directory) == 0);
    test->run(test->data);
    exit(0);
}

static int report_result(const struct test_case *test, int status, const char *reason, const char *skipped)
{
    if (WIFSIGNALED(status))
        printf("not ok %s: ended by signal %d%s\n", test->name, WTERMSIG(status),
               WTERMSIG(status) == SIGALRM ? ", for it hung" : "");
    else if (reason[0] != '\0')
        printf("not ok %s: %s\n", test->name, reason);
    else if (status != 0)
        printf("not ok %s: ended with exit status %d\n", test->name, WEXITSTATUS(status));
    else
        printf("ok %s%s\n", test->name, skipped);
    fflush(stdout);
    return status == 0 && reason[0] == '\0';
}

static int run_case(const struct test_case *test)
{
    char reason[2000];
    char skipped[300];
    int reasons[2];
    int skips[2];
    int status = 0;
    pid_t pid;

    strcpy(directory, "/tmp/zinit-c.XXXXXX");
    NEED(mkdtemp(directory) != NULL);
    /* A case may go on as another user. */
    NEED(chmod(directory, 0755) == 0);
    open_channel(reasons);
    open_channel(skips);
    fflush(NULL);
    pid = fork();
    NEED(pid >= 0);
    if (pid == 0) {
        close(reasons[0]);
        close(skips[0]);
        reason_pipe = reasons[1];
        skipped_pipe = skips[1];
        run_here(test);
    }
    waitpid(pid, &status, 0);
    end_children();
    read_channel(reasons, reason, sizeof reason);
    read_channel(skips, skipped, sizeof skipped);
    remove_tree(AT_FDCWD, directory);
    return report_result(test, status, reason, skipped);
}

/* Whether a case is one that the daemon cannot do. These are named in a file, a line each: the case, a tab, and why. */
static int is_excepted(const struct test_case *test)
{
    const char *path = getenv("ZINIT_TEST_EXCEPT");
    char line[400];
    FILE *file;
    int is_found = 0;

    if (path == NULL)
        return 0;
    file = fopen(path, "r");
    NEED(file != NULL);
    while (!is_found && fgets(line, sizeof line, file) != NULL) {
        char *why = strchr(line, '\t');

        if (why == NULL || line[0] == '#')
            continue;
        *why = '\0';
        why[1 + strcspn(why + 1, "\n")] = '\0';
        is_found = strcmp(line, test->name) == 0;
        if (is_found)
            printf("ok %s (skipped: %s)\n", test->name, why + 1);
    }
    fclose(file);
    return is_found;
}

int run_cases(const struct test_case *cases, size_t count, int argc, char **argv)
{
    size_t passed = 0;
    size_t failed = 0;
    size_t excepted = 0;
    size_t i;

    reason_pipe = STDERR_FILENO;
    find_daemons();
    /* An emulator may not know the call; then tests/lib/subreaper.c has made it before. */
    NEED(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 || getenv("ZINIT_TEST_RUNNER") != NULL);
    for (i = 0; i < count; i++) {
        int wanted = argc < 2;
        int argument;

        for (argument = 1; argument < argc; argument++)
            wanted |= strcmp(argv[argument], cases[i].name) == 0;
        if (!wanted)
            continue;
        if (is_excepted(&cases[i]))
            excepted++;
        else if (run_case(&cases[i]))
            passed++;
        else
            failed++;
    }
    printf("%lu passed, %lu failed\n", (unsigned long)passed, (unsigned long)failed);
    return failed == 0 && passed + excepted > 0 ? 0 : 1;
}
