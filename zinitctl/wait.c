/* Runs waits and groups as requests, until they are over or Ctrl-C is pressed. Shows a progress line on a
 * terminal. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command_line.h"
#include "document.h"

/* A wait or a group under way. */
struct wait {
    zinit_request *request;
    const char *aim; /* the wanted state, such as "up" */
    int64_t begin_ms;
    int64_t *end_ms;      /* for each service; 0: under way */
    int64_t next_draw_ms; /* of the progress line; INT64_MAX: do not draw it */
    int is_drawn;
};

/* A wait that takes longer than this gets a progress line. The line is drawn again after each such interval. */
#define DRAW_INTERVAL_MS 100

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *text_of_state(const zinit_state *state)
{
    return state == NULL ? "not seen yet" : zinit_state_text(state);
}

static int is_under_way(const zinit_report *report, size_t index)
{
    return zinit_report_code(report, index) == ZINIT_PENDING;
}

/* "waiting 3.2 s until db is up: Spawned", or for several services "waiting 3.2 s until all are up, 2 of 4 not yet:
 * db Spawned, web Blocked". */
static void write_progress(FILE *stream, const struct wait *wait)
{
    const zinit_report *report = zinit_request_report(wait->request);
    size_t count = zinit_report_len(report);
    size_t pending = 0;

    fprintf(stream, "waiting %.1f s until ", (double)(now_ms() - wait->begin_ms) / 1000);
    if (count == 1) {
        write_text(stream, zinit_report_name(report, 0));
        fprintf(stream, " is %s: ", wait->aim);
        write_text(stream, text_of_state(zinit_report_state(report, 0)));
        return;
    }
    for (size_t i = 0; i < count; i++)
        pending += (size_t)is_under_way(report, i);
    fprintf(stream, "all are %s, %lu of %lu not yet", wait->aim, (unsigned long)pending, (unsigned long)count);
    for (size_t i = 0, shown = 0; i < count; i++) {
        if (!is_under_way(report, i))
            continue;
        fputs(shown++ == 0 ? ": " : ", ", stream);
        write_text(stream, zinit_report_name(report, i));
        putc(' ', stream);
        write_text(stream, text_of_state(zinit_report_state(report, i)));
    }
}

/* The length of text that fits on one line of the terminal: a second line could not be erased. */
static size_t length_that_fits(const char *text)
{
    size_t columns = columns_of(STDERR_FILENO) - 1;
    size_t used = 0;
    size_t length = 0;

    while (text[length] != '\0') {
        size_t bytes = 1;
        while (((unsigned char)text[length + bytes] & 0xc0) == 0x80)
            bytes++;
        /* Characters outside ASCII may be two columns wide. */
        used += bytes == 1 ? 1 : 2;
        if (used > columns)
            break;
        length += bytes;
    }
    return length;
}

/* The line is on stderr, so that it does not mix with the output on stdout. */
static void draw_progress(struct wait *wait)
{
    char *text = NULL;
    size_t size;
    FILE *stream;

    if (now_ms() < wait->next_draw_ms)
        return;
    wait->next_draw_ms = now_ms() + DRAW_INTERVAL_MS;
    stream = open_memstream(&text, &size);
    if (stream == NULL)
        return;
    write_progress(stream, wait);
    if (fclose(stream) == 0) {
        fprintf(stderr, "\r%.*s\033[K", (int)length_that_fits(text), text);
        wait->is_drawn = 1;
    }
    free(text);
}

static void erase_progress(const struct wait *wait)
{
    if (wait->is_drawn)
        fputs("\r\033[K", stderr);
}

static void note_ends(const struct wait *wait)
{
    const zinit_report *report = zinit_request_report(wait->request);

    for (size_t i = 0; i < zinit_report_len(report); i++) {
        if (wait->end_ms[i] == 0 && !is_under_way(report, i))
            wait->end_ms[i] = now_ms();
    }
}

/* Runs the request until it is over or a signal arrives. In the second case, sets `signal_number`. */
static zinit_code drive(struct wait *wait, int *signal_number, zinit_error **error)
{
    struct pollfd polled[2] = {{.fd = zinit_request_fd(wait->request), .events = POLLIN},
                               {.fd = signal_descriptor(), .events = POLLIN}};

    for (;;) {
        zinit_code code = zinit_request_dispatch(wait->request, error);
        int timeout = -1;

        note_ends(wait);
        if (code != ZINIT_PENDING)
            return code;
        draw_progress(wait);
        if (wait->next_draw_ms != INT64_MAX) {
            int64_t left_ms = wait->next_draw_ms - now_ms();
            timeout = left_ms > 0 ? (int)left_ms : 0;
        }
        if (poll(polled, LENGTH_OF(polled), timeout) > 0)
            *signal_number = caught_signal(&polled[1]);
        if (*signal_number != 0)
            return ZINIT_PENDING;
    }
}

/* Writes the result of a service into the document. */
static void write_entry(const struct call *call, const struct wait *wait, size_t index, double seconds)
{
    const zinit_report *report = zinit_request_report(wait->request);
    zinit_code code = zinit_report_code(report, index);
    const zinit_state *state = zinit_report_state(report, index);
    int32_t kind = zinit_state_kind(state);
    int stops = call->subcommand->run == run_stop || call->subcommand->run == run_stop_all ||
                call->subcommand->run == run_destroy;
    /* A process that was told to stop and has not ended. */
    int stopping = stops && (code != ZINIT_OK || call->timeout_ms == 0) &&
                   (kind == ZINIT_STATE_RUNNING || kind == ZINIT_STATE_SPAWNED || kind == ZINIT_STATE_TEST_FAILURE);
    char *message = NULL;

    if (code != ZINIT_OK) {
        FILE *stream = begin_text(&message);

        if (code == ZINIT_PENDING)
            fprintf(stream, "interrupted; not %s yet", wait->aim);
        else
            fprintf(stream, "%s%s", zinit_error_message(zinit_report_error(report, index)), advice_of(code));
        fclose(stream);
    }
    write_result(call, &(struct result){.name = zinit_report_name(report, index),
                                        .code = code,
                                        .message = message,
                                        .state = state,
                                        .target = stops ? ZINIT_TARGET_DOWN : ZINIT_TARGET_UP,
                                        .pid = stopping,
                                        .killed = zinit_report_killed(report, index),
                                        .seconds = seconds});
    free(message);
}

/* Prints a line for each service: on stdout if it reached the wanted state, otherwise on stderr. */
static void print_results(const struct call *call, const struct wait *wait)
{
    const zinit_report *report = zinit_request_report(wait->request);

    for (size_t i = 0; i < zinit_report_len(report); i++) {
        zinit_code code = zinit_report_code(report, i);
        int64_t end_ms = code == ZINIT_PENDING ? now_ms() : wait->end_ms[i];
        double seconds = (double)(end_ms - wait->begin_ms) / 1000;

        if (document_of(call) != NULL)
            write_entry(call, wait, i, seconds);
        if (code == ZINIT_OK && document_of(call) != NULL) {
            continue;
        } else if (code == ZINIT_OK) {
            print_text(zinit_report_name(report, i), 0);
            printf(": %s after %.2f s%s\n", wait->aim, seconds, zinit_report_killed(report, i) ? ", by SIGKILL" : "");
        } else if (code == ZINIT_PENDING) {
            fputs("zinitctl: ", stderr);
            write_text(stderr, zinit_report_name(report, i));
            fprintf(stderr, ": interrupted after %.2f s; not %s yet, state: ", seconds, wait->aim);
            write_text(stderr, text_of_state(zinit_report_state(report, i)));
            putc('\n', stderr);
        } else {
            const char *message = zinit_error_message(zinit_report_error(report, i));
            fprintf(stderr, "zinitctl: after %.2f s: %s%s\n", seconds, message, advice_of(code));
        }
    }
}

/* The worst of all services. */
static enum exit_status status_of_wait(const struct wait *wait, zinit_code code)
{
    const zinit_report *report = zinit_request_report(wait->request);
    enum exit_status status = exit_status_of(code);

    for (size_t i = 0; i < zinit_report_len(report); i++)
        status = worse_of(status, exit_status_of(zinit_report_code(report, i)));
    return status;
}

enum exit_status finish_wait(const struct call *call, zinit_code code, zinit_request *request, zinit_error **error,
                             const char *aim)
{
    size_t count = zinit_report_len(zinit_request_report(request));
    struct wait wait = {.request = request, .aim = aim, .begin_ms = now_ms(), .next_draw_ms = INT64_MAX};
    enum exit_status status = STATUS_FAILED;
    int signal_number = 0;

    if (code != ZINIT_OK)
        return finish(code, error);
    wait.end_ms = calloc(count + 1, sizeof *wait.end_ms);
    if (wait.end_ms == NULL) {
        fprintf(stderr, "zinitctl: %s\n", strerror(errno));
    } else if (catch_signals() == STATUS_DONE) {
        if (!call->quiet && is_terminal(STDERR_FILENO))
            wait.next_draw_ms = wait.begin_ms + DRAW_INTERVAL_MS;
        code = drive(&wait, &signal_number, error);
        erase_progress(&wait);
        print_results(call, &wait);
        status = signal_number != 0 ? (enum exit_status)(STATUS_SIGNALLED + signal_number)
                                    : status_of_wait(&wait, code);
    }
    zinit_error_free(*error);
    *error = NULL;
    free(wait.end_ms);
    zinit_request_free(request);
    return status;
}
