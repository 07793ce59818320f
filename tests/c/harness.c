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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Longer than any case takes, under valgrind and on a busy machine: only a hang gets there. */
#define LONGEST_CASE_S 300

static char directory[64];
static char *daemon_path;
static char *scripted_path;
/* Where a failing check leaves its reason for the runner. */
static int reason_pipe = -1;

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

void pause_ms(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};

    while (nanosleep(&time, &time) != 0)
        NEED(errno == EINTR);
}

/* Daemons */

const char *zinit_binary(void)
{
    return daemon_path;
}

/* Gives only this program's own descriptors 0, 1 and 2 to a child. */
static pid_t start(char *const *arguments, int input, int output)
{
    pid_t pid = fork();

    NEED(pid >= 0);
    if (pid == 0) {
        if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
            _exit(126);
        execv(arguments[0], arguments);
        _exit(127);
    }
    return pid;
}

static void name_socket(struct daemon *daemon)
{
    static int count;

    memset(daemon, 0, sizeof *daemon);
    daemon->input = daemon->output = -1;
    snprintf(daemon->socket_path, sizeof daemon->socket_path, "%s/zinit%d.sock", directory, count++);
}

static int answers(const char *socket_path)
{
    struct sockaddr_un address;
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    int result;

    NEED(descriptor >= 0);
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, socket_path, strlen(socket_path));
    result = connect(descriptor, (struct sockaddr *)&address, sizeof address);
    close(descriptor);
    return result == 0;
}

static void run_zinit(struct daemon *daemon)
{
    char *arguments[8];
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int log = open(in_case_directory("daemon.log"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    NEED(nothing >= 0 && log >= 0);
    arguments[0] = daemon_path;
    arguments[1] = "-s";
    arguments[2] = daemon->socket_path;
    arguments[3] = "init";
    arguments[4] = "-c";
    arguments[5] = daemon->config_dir;
    arguments[6] = "--container";
    arguments[7] = NULL;
    daemon->pid = start(arguments, nothing, log);
    close(nothing);
    close(log);
    /* There is no event for a socket that begins to listen. */
    while (!answers(daemon->socket_path)) {
        if (waitpid(daemon->pid, NULL, WNOHANG) != 0)
            fail_at(__FILE__, __LINE__, "the daemon ended: %s", read_file(in_case_directory("daemon.log")));
        pause_ms(2);
    }
}

struct daemon start_zinit(void)
{
    struct daemon daemon;

    name_socket(&daemon);
    snprintf(daemon.config_dir, sizeof daemon.config_dir, "%s/services", directory);
    NEED(mkdir(daemon.config_dir, 0755) == 0);
    run_zinit(&daemon);
    return daemon;
}

void start_zinit_again(struct daemon *daemon)
{
    run_zinit(daemon);
}

struct daemon start_scripted(const char *script)
{
    struct daemon daemon;
    char *arguments[4];
    char script_path[sizeof daemon.socket_path + 8];
    char line[100];
    int input[2];
    int output[2];
    int i;

    NEED(pipe(input) == 0 && pipe(output) == 0);
    for (i = 0; i < 2; i++)
        NEED(fcntl(input[i], F_SETFD, FD_CLOEXEC) == 0 && fcntl(output[i], F_SETFD, FD_CLOEXEC) == 0);
    name_socket(&daemon);
    snprintf(script_path, sizeof script_path, "%s.script", daemon.socket_path);
    write_file(script_path, script);
    arguments[0] = scripted_path;
    arguments[1] = daemon.socket_path;
    arguments[2] = script_path;
    arguments[3] = NULL;
    daemon.pid = start(arguments, input[0], output[1]);
    close(input[0]);
    close(output[1]);
    daemon.input = input[1];
    daemon.output = output[0];
    CHECK_TEXT(next_command(&daemon, line, sizeof line), "ready");
    return daemon;
}

const char *next_command(struct daemon *daemon, char *buffer, size_t size)
{
    size_t length = 0;

    while (length + 1 < size) {
        ssize_t got = read(daemon->output, buffer + length, 1);
        if (got < 0 && errno == EINTR)
            continue;
        NEED(got >= 0);
        if (got == 0)
            fail_at(__FILE__, __LINE__, "the scripted daemon ended: %.*s", (int)length, buffer);
        if (buffer[length] == '\n')
            break;
        length++;
    }
    buffer[length] = '\0';
    return buffer;
}

size_t count_commands(struct daemon *daemon)
{
    struct pollfd readable = {daemon->output, POLLIN, 0};
    char command[1000];
    size_t count = 0;
    int ready;

    while ((ready = poll(&readable, 1, 0)) != 0) {
        if (ready < 0 && errno == EINTR)
            continue;
        NEED(ready > 0);
        next_command(daemon, command, sizeof command);
        count++;
    }
    return count;
}

void go_on(struct daemon *daemon)
{
    NEED(write(daemon->input, "\n", 1) == 1);
}

void kill_daemon(struct daemon *daemon)
{
    NEED(kill(daemon->pid, SIGKILL) == 0);
    NEED(waitpid(daemon->pid, NULL, 0) == daemon->pid);
    if (daemon->input >= 0)
        close(daemon->input);
    if (daemon->output >= 0)
        close(daemon->output);
    daemon->input = daemon->output = -1;
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
        /* Those of a process that was killed are the next ones. */
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

static int run_case(const struct test_case *test)
{
    char reason[2000] = "";
    int channel[2];
    int status = 0;
    ssize_t length;
    pid_t pid;

    strcpy(directory, "/tmp/zinit-c.XXXXXX");
    NEED(mkdtemp(directory) != NULL);
    /* A case may go on as another user. */
    NEED(chmod(directory, 0755) == 0);
    NEED(pipe(channel) == 0);
    NEED(fcntl(channel[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(channel[1], F_SETFD, FD_CLOEXEC) == 0);
    fflush(NULL);
    pid = fork();
    NEED(pid >= 0);
    if (pid == 0) {
        close(channel[0]);
        reason_pipe = channel[1];
        alarm(LONGEST_CASE_S);
        NEED(chdir(directory) == 0);
        test->run(test->data);
        exit(0);
    }
    close(channel[1]);
    waitpid(pid, &status, 0);
    end_children();
    length = read(channel[0], reason, sizeof reason - 1);
    reason[length > 0 ? length : 0] = '\0';
    close(channel[0]);
    remove_tree(AT_FDCWD, directory);
    if (WIFSIGNALED(status))
        printf("not ok %s: ended by signal %d%s\n", test->name, WTERMSIG(status),
               WTERMSIG(status) == SIGALRM ? ", for it hung" : "");
    else if (reason[0] != '\0')
        printf("not ok %s: %s\n", test->name, reason);
    else if (status != 0)
        printf("not ok %s: ended with exit status %d\n", test->name, WEXITSTATUS(status));
    else
        printf("ok %s\n", test->name);
    fflush(stdout);
    return status == 0 && reason[0] == '\0';
}

static char *find_program(const char *variable)
{
    char *path = getenv(variable);

    /* Cases run in other directories. */
    if (path == NULL || path[0] != '/' || access(path, X_OK) != 0) {
        fprintf(stderr, "%s must be the absolute path of a daemon; tests/c/run.sh sees to it\n", variable);
        exit(2);
    }
    return path;
}

int run_cases(const struct test_case *cases, size_t count, int argc, char **argv)
{
    size_t passed = 0;
    size_t failed = 0;
    size_t i;

    reason_pipe = STDERR_FILENO;
    daemon_path = find_program("ZINIT_BIN");
    scripted_path = find_program("ZINIT_SCRIPTED");
    /* An emulator may not know the call; then tests/lib/subreaper.c has made it before. */
    NEED(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 || getenv("ZINIT_TEST_RUNNER") != NULL);
    for (i = 0; i < count; i++) {
        int wanted = argc < 2;
        int argument;

        for (argument = 1; argument < argc; argument++)
            wanted |= strcmp(argv[argument], cases[i].name) == 0;
        if (!wanted)
            continue;
        if (run_case(&cases[i]))
            passed++;
        else
            failed++;
    }
    printf("%lu passed, %lu failed\n", (unsigned long)passed, (unsigned long)failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
