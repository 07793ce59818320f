/* Runs waits and groups as requests, until they are over or a signal ends the program. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "command_line.h"
#include "document.h"
#include "wait.h"

int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

double seconds_of(const struct wait *wait, size_t index)
{
    int64_t end_ms = wait->services[index].end_ms;

    return (double)((end_ms == 0 ? now_ms() : end_ms) - wait->begin_ms) / 1000;
}

/* Does what a signal asks for. Returns whether it ends the program. */
static int take_signal(struct progress *progress, int number)
{
    if (number == SIGTSTP) {
        erase_progress(progress);
        stop_as_by_terminal();
    }
    /* After a stop that cannot be caught, other programs have written where the lines were, and shown the cursor. */
    if (number == SIGCONT)
        erase_progress(progress);
    if (number == SIGWINCH)
        draw_progress_soon(progress);
    return ends_program(number);
}

/* Runs the request until it is over or a signal arrives that ends the program. In the second case, sets
 * `signal_number`. */
static zinit_code drive(struct wait *wait, struct progress *progress, int *signal_number, zinit_error **error)
{
    struct pollfd polled[2] = {{.fd = zinit_request_fd(wait->request), .events = POLLIN},
                               {.fd = signal_descriptor(), .events = POLLIN}};

    for (;;) {
        zinit_code code = zinit_request_dispatch(wait->request, error);
        int timeout = -1;

        note_steps(wait);
        if (code != ZINIT_PENDING)
            return code;
        draw_progress(progress, wait);
        if (progress->next_draw_ms != INT64_MAX) {
            int64_t left_ms = progress->next_draw_ms - now_ms();
            timeout = left_ms > 0 ? (int)left_ms : 0;
        }
        if (poll(polled, LENGTH_OF(polled), timeout) > 0) {
            int number = caught_signal(&polled[1]);
            if (take_signal(progress, number)) {
                *signal_number = number;
                return ZINIT_PENDING;
            }
        }
    }
}

/* Writes the result of a service into the document. */
static void write_entry(const struct call *call, const struct wait *wait, size_t index, double seconds)
{
    const zinit_report *report = zinit_request_report(wait->request);
    zinit_code code = zinit_report_code(report, index);
    const zinit_state *state = zinit_report_state(report, index);
    int32_t kind = zinit_state_kind(state);
    int32_t target = zinit_report_target(report, index);
    int stops = call->subcommand->run == run_stop || call->subcommand->run == run_stop_all ||
                call->subcommand->run == run_destroy;
    /* In such a state, a service whose target is Down has a process that has not ended. */
    int has_process = (code != ZINIT_OK || call->timeout_ms == 0) &&
                      (kind == ZINIT_STATE_RUNNING || kind == ZINIT_STATE_SPAWNED || kind == ZINIT_STATE_TEST_FAILURE);
    char *message = NULL;

    if (target == ZINIT_TARGET_UNKNOWN)
        target = stops ? ZINIT_TARGET_DOWN : ZINIT_TARGET_UP;
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
                                        .target = target,
                                        .pid = has_process,
                                        .killed = zinit_report_killed(report, index),
                                        .seconds = seconds});
    free(message);
}

static void print_interrupted(const struct wait *wait, const zinit_report *report, size_t index)
{
    int32_t pid = zinit_report_pid(report, index);

    fputs("zinitctl: ", stderr);
    write_text(stderr, zinit_report_name(report, index));
    fprintf(stderr, ": interrupted after %.2f s; not %s yet: ", seconds_of(wait, index), wait->aim);
    (void)write_doing(stderr, wait, index);
    if (pid != 0)
        fprintf(stderr, " (pid %ld)", (long)pid);
    fprintf(stderr, "; %s\n", what_was_told(report, index));
}

/* Prints a line for each service: on stdout if it reached the wanted state, otherwise on stderr. */
static void print_results(const struct call *call, const struct wait *wait)
{
    const zinit_report *report = zinit_request_report(wait->request);

    for (size_t i = 0; i < zinit_report_len(report); i++) {
        zinit_code code = zinit_report_code(report, i);

        if (document_of(call) != NULL)
            write_entry(call, wait, i, seconds_of(wait, i));
        if (code == ZINIT_OK && document_of(call) != NULL) {
            continue;
        } else if (code == ZINIT_OK) {
            print_text(zinit_report_name(report, i), 0);
            printf(": %s after %.2f s%s\n", wait->aim, seconds_of(wait, i),
                   zinit_report_killed(report, i) ? ", by SIGKILL" : "");
        } else if (code == ZINIT_PENDING) {
            print_interrupted(wait, report, i);
        } else {
            const char *message = zinit_error_message(zinit_report_error(report, i));
            fprintf(stderr, "zinitctl: after %.2f s: ", seconds_of(wait, i));
            write_text(stderr, message);
            fprintf(stderr, "%s\n", advice_of(code));
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

/* Runs the request with lines on the terminal. When it returns, the terminal is in order again, and signals end the
 * program at once. Returns the signal that ended the wait, or 0. */
static int show_and_drive(struct wait *wait, zinit_code *code, zinit_error **error)
{
    struct progress progress;
    int signal_number = 0;
    int late_signal;

    begin_progress(&progress, wait);
    *code = drive(wait, &progress, &signal_number, error);
    erase_progress(&progress);
    late_signal = release_signals();
    return signal_number != 0 ? signal_number : late_signal;
}

static struct waited *begin_services(size_t count)
{
    struct waited *services = need_memory(calloc(count + 1, sizeof *services));

    for (size_t i = 0; i < count; i++)
        services[i].oneshot = NOT_READ;
    return services;
}

enum exit_status finish_wait(const struct call *call, zinit_code code, zinit_request *request, zinit_error **error,
                             const char *aim)
{
    size_t count = zinit_report_len(zinit_request_report(request));
    struct wait wait = {.call = call, .request = request, .aim = aim, .begin_ms = now_ms()};
    enum exit_status status;

    if (code != ZINIT_OK)
        return finish(code, error);
    wait.services = begin_services(count);
    status = catch_signals_of_wait();
    if (status == STATUS_DONE) {
        int signal_number = show_and_drive(&wait, &code, error);
        print_results(call, &wait);
        status = signal_number != 0 ? (enum exit_status)(STATUS_SIGNALLED + signal_number)
                                    : status_of_wait(&wait, code);
    }
    zinit_error_free(*error);
    *error = NULL;
    for (size_t i = 0; i < count; i++)
        free(wait.services[i].state_before);
    free(wait.services);
    zinit_request_free(request);
    return status;
}
