/* A log that is followed: a daemon that sends numbered lines, and the library that takes them.
 *
 *     logs send SOCKET LINES BURST     a daemon: its log has LINES lines, BURST of them a write; zinit writes each by itself
 *     logs follow|poll SOCKET          takes them, in a call that waits or under a poll loop, and prints how many
 *     logs compare SOCKET ROUNDS       runs both of these and socat, each as a process, in turn; prints the median seconds
 *                                      and milliseconds of CPU time of each: follow, poll, socat
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zinit.h>

#include "floor.h"

enum { LINE_MAX_BYTES = 100, BURST_MAX = 1000, ROUNDS_MAX = 100 };

static void send_all(int connection, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);
        if (sent < 0)
            exit(0);
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void send_lines(int connection, long lines, long burst)
{
    static char bytes[LINE_MAX_BYTES * BURST_MAX];
    size_t length = 0;
    long i;

    for (i = 1; i <= lines; i++) {
        length += (size_t)sprintf(bytes + length, "[+] service-%02ld: line %08ld of a log, as long as most lines are\n",
                                  i % 100, i);
        if (i % burst == 0 || i == lines) {
            send_all(connection, bytes, length);
            length = 0;
        }
    }
}

static void serve(const char *socket_path, long lines, long burst)
{
    int listener = listen_at(socket_path);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        static const char list[] = "{\"state\":\"ok\",\"body\":{}}";
        char line[512] = "";
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            fail("accept");
        if (recv(connection, line, sizeof line - 1, 0) > 0) {
            if (strcmp(line, "list\n") == 0)
                send_all(connection, list, sizeof list - 1);
            else
                send_lines(connection, lines, burst);
        }
        close(connection);
    }
}

static int follow(const char *socket_path, int in_loop)
{
    zinit_client *client = NULL;
    zinit_log_stream *stream = NULL;
    const zinit_log_line *line;
    zinit_code code;
    long lines = 0;

    if (zinit_client_new(socket_path, &client, NULL) != ZINIT_OK ||
        zinit_client_logs(client, NULL, -1, 1, &stream, NULL) != ZINIT_OK)
        fail("zinit_client_logs");
    do {
        struct pollfd polled = {.fd = zinit_log_stream_fd(stream), .events = POLLIN};
        if (in_loop)
            poll(&polled, 1, -1);
        while ((code = zinit_log_stream_next(stream, in_loop ? 0 : -1, NULL, &line, NULL)) == ZINIT_OK)
            lines++;
    } while (code == ZINIT_PENDING);
    printf("%ld\n", lines);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
    return code == ZINIT_ERR_CLOSED ? 0 : 1;
}

/* One program from its start to its end; it is given the command `log` on its stdin. */
static void measure(char *const arguments[], double *wall, double *cpu)
{
    struct rusage usage;
    double begin = wall_ms();
    int input[2];
    int status;
    pid_t pid;

    if (pipe(input) != 0 || write(input[1], "log\n", 4) != 4)
        fail("pipe");
    pid = fork();
    if (pid == 0) {
        dup2(input[0], STDIN_FILENO);
        close(input[1]);
        dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
        execvp(arguments[0], arguments);
        _exit(127);
    }
    close(input[0]);
    close(input[1]);
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0)
        fail(arguments[0]);
    *wall = wall_ms() - begin;
    *cpu = cpu_ms_of(&usage);
}

static int compare(char *self, char *socket_path, int rounds)
{
    char address[200];
    char *const programs[][6] = {{self, "follow", socket_path, NULL},
                                 {self, "poll", socket_path, NULL},
                                 {"socat", "-t600", "-", address, NULL}};
    double wall[3][ROUNDS_MAX];
    double cpu[3][ROUNDS_MAX];

    snprintf(address, sizeof address, "UNIX-CONNECT:%s", socket_path);
    for (int round = 0; round < rounds && round < ROUNDS_MAX; round++) {
        for (int i = 0; i < 3; i++)
            measure(programs[i], &wall[i][round], &cpu[i][round]);
    }
    for (int i = 0; i < 3; i++)
        printf("%.3f %.1f ", median(wall[i], (size_t)rounds) / 1e3, median(cpu[i], (size_t)rounds));
    putchar('\n');
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "send") == 0)
        serve(argv[2], atol(argv[3]), atol(argv[4]));
    if (argc == 4 && strcmp(argv[1], "compare") == 0)
        return compare(argv[0], argv[2], atoi(argv[3]));
    if (argc == 3)
        return follow(argv[2], strcmp(argv[1], "poll") == 0);
    fprintf(stderr, "usage: logs send SOCKET LINES BURST | logs follow|poll SOCKET | logs compare SOCKET ROUNDS\n");
    return 2;
}
