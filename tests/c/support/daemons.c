#include "daemons.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static char *daemon_path;
static char *scripted_path;

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

void find_daemons(void)
{
    daemon_path = find_program("ZINIT_BIN");
    scripted_path = find_program("ZINIT_SCRIPTED");
}

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
    snprintf(daemon->socket_path, sizeof daemon->socket_path, "%s/zinit%d.sock", case_directory(), count++);
}

struct sockaddr_un address_of(const char *socket_path)
{
    struct sockaddr_un address;

    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    CHECK(strlen(socket_path) <= sizeof address.sun_path);
    memcpy(address.sun_path, socket_path, strlen(socket_path));
    return address;
}

static int answers(const char *socket_path)
{
    struct sockaddr_un address = address_of(socket_path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    int result;

    NEED(descriptor >= 0);
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
    snprintf(daemon.config_dir, sizeof daemon.config_dir, "%s/services", case_directory());
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
    char command[1000];
    size_t count = 0;

    while (is_readable(daemon->output, 0)) {
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
