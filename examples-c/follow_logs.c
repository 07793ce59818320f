/* Prints the last ten lines and all new lines of two services' logs, in one poll loop. Ctrl-C ends it.
 *
 *     cc -o follow_logs follow_logs.c $(pkg-config --cflags --libs zinit-client)
 *     ./follow_logs NAME NAME [SOCKET]
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zinit.h>

#define LAST_LINES 10

/* The handler of Ctrl-C writes to this pipe, so that poll(2) returns. */
static int interrupt[2];

static void on_interrupt(int signal)
{
    int errno_before = errno;
    ssize_t written = write(interrupt[1], "", 1);

    (void)signal;
    (void)written;
    errno = errno_before;
}

static const char *source_of(const zinit_log_line *line)
{
    switch (zinit_log_line_source(line)) {
    case ZINIT_LOG_SOURCE_STDOUT:
        return "out";
    case ZINIT_LOG_SOURCE_STDERR:
        return "err";
    case ZINIT_LOG_SOURCE_TEST:
        return "test";
    default:
        return "zinit";
    }
}

/* Prints all lines that are available. Only then does another poll make sense. */
static zinit_code print_lines(zinit_log_stream *stream, const char *name, zinit_error **error)
{
    const zinit_log_line *line = NULL;
    zinit_code code;

    while ((code = zinit_log_stream_next(stream, 0, NULL, &line, error)) == ZINIT_OK) {
        printf("%s %s: ", name, source_of(line));
        /* The text may contain a NUL. */
        fwrite(zinit_log_line_text(line), 1, zinit_log_line_len(line), stdout);
        putchar('\n');
    }
    fflush(stdout);
    return code;
}

static zinit_code follow(zinit_log_stream *const streams[2], char *const names[2], zinit_error **error)
{
    struct pollfd polled[3] = {{interrupt[0], POLLIN, 0},
                               {zinit_log_stream_fd(streams[0]), POLLIN, 0},
                               {zinit_log_stream_fd(streams[1]), POLLIN, 0}};

    for (;;) {
        if (poll(polled, 3, -1) < 0)
            continue;
        if (polled[0].revents != 0)
            return ZINIT_OK;
        for (int i = 0; i < 2; i++) {
            zinit_code code = ZINIT_PENDING;
            if (polled[i + 1].revents != 0)
                code = print_lines(streams[i], names[i], error);
            /* If the daemon ends, the log ends too, with ZINIT_ERR_CLOSED. */
            if (code != ZINIT_PENDING)
                return code;
        }
    }
}

int main(int argc, char **argv)
{
    zinit_client *client = NULL;
    zinit_log_stream *streams[2] = {NULL, NULL};
    zinit_error *error = NULL;
    struct sigaction action;
    zinit_code code;

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: %s NAME NAME [SOCKET]\n", argv[0]);
        return 2;
    }
    if (pipe(interrupt) != 0) {
        perror("follow_logs: pipe");
        return 1;
    }
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, NULL);

    code = zinit_client_new(argc == 4 ? argv[3] : NULL, &client, &error);
    for (int i = 0; i < 2 && code == ZINIT_OK; i++)
        code = zinit_client_logs(client, argv[1 + i], LAST_LINES, 1, &streams[i], &error);
    if (code == ZINIT_OK)
        code = follow(streams, argv + 1, &error);
    if (code != ZINIT_OK)
        fprintf(stderr, "follow_logs: %s\n", zinit_error_message(error));

    zinit_error_free(error);
    for (int i = 0; i < 2; i++)
        zinit_log_stream_free(streams[i]);
    zinit_client_free(client);
    return code == ZINIT_OK ? 0 : 1;
}
