/* The log: the lines that the daemon has kept, and new lines. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "command_line.h"
#include "names.h"

/* While lines arrive without a pause, signals are checked after each such number of lines. */
#define LINES_AT_A_TIME 1000

static const char *colour_of(int32_t source)
{
    switch (source) {
    case ZINIT_LOG_SOURCE_STDERR:
        return "\033[31m";
    case ZINIT_LOG_SOURCE_START:
        return "\033[36m";
    case ZINIT_LOG_SOURCE_TEST:
        return "\033[34m";
    default:
        return "";
    }
}

/* How lines are printed. */
struct style {
    int with_service;
    int in_colour;
    int is_terminal;
};

/* Prints the text unchanged to a pipe. For a terminal, escapes control characters, which could change its
 * settings. */
static void print_log_text(const zinit_log_line *line, int is_terminal)
{
    const char *text = zinit_log_line_text(line);
    size_t length = zinit_log_line_len(line);

    if (!is_terminal) {
        fwrite(text, 1, length, stdout);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte != '\t' && (byte < 0x20 || byte == 0x7f))
            printf("\\x%02x", (unsigned)byte);
        else
            putchar(byte);
    }
}

static void print_line(const zinit_log_line *line, const struct style *style)
{
    const char *colour = style->in_colour ? colour_of(zinit_log_line_source(line)) : "";

    if (zinit_log_line_source(line) == ZINIT_LOG_SOURCE_DROPPED) {
        /* This is not a line of a service, so it does not belong on stdout. */
        fflush(stdout);
        fprintf(stderr, "zinitctl: %s\n", zinit_log_line_text(line));
        return;
    }
    fputs(colour, stdout);
    if (style->with_service && zinit_log_line_service(line) != NULL) {
        print_text(zinit_log_line_service(line), 0);
        fputs(": ", stdout);
    }
    print_log_text(line, style->is_terminal);
    if (zinit_log_line_truncated(line))
        fputs(" [cut]", stdout);
    fputs(*colour == '\0' ? "\n" : "\033[0m\n", stdout);
}

/* Whether a line is of one of these services; NULL: of all. */
static int is_chosen(const struct names *names, const zinit_log_line *line)
{
    const char *service = zinit_log_line_service(line);

    if (names == NULL || names->count == 1 || service == NULL)
        return 1;
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->at[i], service) == 0)
            return 1;
    }
    return 0;
}

/* Prints lines until the log ends, a signal arrives, or nobody reads the output any more. */
static zinit_code print_lines(const struct call *call, const struct names *names, zinit_log_stream *stream,
                              zinit_error **error)
{
    struct style style = {names == NULL || names->count > 1, use_colour(call), isatty(STDOUT_FILENO)};
    int follow = call->follow;
    unsigned long lines = 0;

    for (;;) {
        const zinit_log_line *line = NULL;
        zinit_code code = zinit_log_stream_next(stream, follow ? 0 : -1, NULL, &line, error);

        if (code == ZINIT_OK) {
            if (is_chosen(names, line))
                print_line(line, &style);
            if (!follow || ++lines % LINES_AT_A_TIME != 0)
                continue;
        } else if (code == ZINIT_END) {
            return ZINIT_OK;
        } else if (code != ZINIT_PENDING) {
            return code;
        }
        if (fflush(stdout) != 0)
            return discard_output();
        if (!wait_for(zinit_log_stream_fd(stream)))
            return ZINIT_OK;
    }
}

/* Prints the log of one service; NULL: of all services, of which those in `names` are shown. */
static enum exit_status print_logs(const struct call *call, const char *name, const struct names *names)
{
    zinit_log_stream *stream = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_logs(call->client, name, call->lines, call->follow, &stream, &error);

    if (code == ZINIT_OK)
        code = print_lines(call, names, stream, &error);
    zinit_log_stream_free(stream);
    return finish(code, &error);
}

static enum exit_status print_chosen_logs(const struct call *call, const struct names *names)
{
    enum exit_status status = STATUS_DONE;

    if (names->count > 1 && call->follow)
        return print_logs(call, NULL, names);
    for (size_t i = 0; i < names->count && status < STATUS_UNREACHABLE; i++)
        status = worse_of(status, print_logs(call, names->at[i], names));
    return status;
}

enum exit_status run_logs(const struct call *call)
{
    struct services services;
    enum exit_status status = STATUS_DONE;

    if (call->follow) {
        status = catch_signals();
        signal(SIGPIPE, SIG_IGN);
    }
    if (status != STATUS_DONE)
        return status;
    if (call->argument_count == 0)
        return print_logs(call, NULL, NULL);
    status = choose_all_services(call, &services);
    if (status == STATUS_DONE)
        status = print_chosen_logs(call, &services.chosen);
    free_services(&services);
    return status;
}

enum exit_status run_tail(const struct call *call)
{
    struct call tail = *call;

    tail.follow = 1;
    if (tail.lines < 0)
        tail.lines = 10;
    return run_logs(&tail);
}
