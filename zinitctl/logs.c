/* The log: the lines that the daemon has kept, and new lines. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "log_lines.h"

/* While lines arrive without a pause, signals are checked after each such number of lines. */
#define LINES_AT_A_TIME 1000

/* Lines that wait until it is known which of them are the last ones. */
struct kept {
    struct kept_line *at;
    size_t count;
    size_t capacity;
};

static char *copy_bytes(const char *bytes, size_t length)
{
    char *copy = need_memory(malloc(length + 1));

    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static void keep(struct kept *kept, const zinit_log_line *line)
{
    struct kept_line copy = borrow_line(line);

    if (kept->count == kept->capacity) {
        kept->capacity = kept->capacity == 0 ? 256 : 2 * kept->capacity;
        kept->at = need_memory(realloc(kept->at, kept->capacity * sizeof *kept->at));
    }
    copy.text = copy_bytes(copy.text, copy.length);
    copy.service = copy.service == NULL ? NULL : need_memory(strdup(copy.service));
    kept->at[kept->count++] = copy;
}

static void free_kept(struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        free(kept->at[i].service);
        free(kept->at[i].text);
    }
    free(kept->at);
    *kept = (struct kept){0};
}

/* What is counted together: the lines of a chosen service, or all lines if no service was named. */
static size_t group_of(const struct names *names, const struct kept_line *line)
{
    for (size_t i = 0; names != NULL && line->service != NULL && i < names->count; i++) {
        if (strcmp(names->at[i], line->service) == 0)
            return i;
    }
    return 0;
}

/* Prints the last lines of each service, in the order in which they came. */
static void print_last(struct log_printer *printer, const struct kept *kept)
{
    size_t groups = printer->names == NULL || printer->names->count == 0 ? 1 : printer->names->count;
    int64_t *counts = need_memory(calloc(groups, sizeof *counts));
    int64_t last = printer->call->lines;

    for (size_t i = 0; i < kept->count; i++) {
        counts[group_of(printer->names, &kept->at[i])]++;
        if (kept->at[i].service != NULL)
            make_room(printer, kept->at[i].service);
    }
    for (size_t i = 0; i < kept->count; i++) {
        int64_t *left = &counts[group_of(printer->names, &kept->at[i])];
        if (last < 0 || *left <= last)
            print_log_line(printer, &kept->at[i]);
        --*left;
    }
    free(counts);
}

/* Reads all lines that the daemon has kept. */
static zinit_code read_kept(const struct log_printer *printer, const char *name, int64_t last, struct kept *kept,
                            zinit_error **error)
{
    zinit_log_stream *stream = NULL;
    zinit_code code = zinit_client_logs(printer->call->client, name, last, 0, &stream, error);

    while (code == ZINIT_OK) {
        const zinit_log_line *line = NULL;
        code = zinit_log_stream_next(stream, -1, NULL, &line, error);
        if (code == ZINIT_OK && is_wanted(printer, line))
            keep(kept, line);
    }
    zinit_log_stream_free(stream);
    return code == ZINIT_END ? ZINIT_OK : code;
}

/* Whether the stream itself can leave out all but the last lines: nothing else is left out. */
static int counts_itself(const struct log_printer *printer)
{
    return printer->call->grep == NULL && (printer->names == NULL || printer->names->count == 1);
}

/* Prints what the daemon has kept. `name` is NULL for all services. */
static enum exit_status print_kept(struct log_printer *printer, const char *name)
{
    struct kept kept = {0};
    zinit_error *error = NULL;
    zinit_code code = read_kept(printer, name, counts_itself(printer) ? printer->call->lines : -1, &kept, &error);

    /* What came before a failure is printed, too. */
    print_last(printer, &kept);
    free_kept(&kept);
    return finish(code, &error);
}

/* Prints lines until the log ends, a signal arrives, or nobody reads the output any more. */
static zinit_code print_lines(struct log_printer *printer, zinit_log_stream *stream, zinit_error **error)
{
    unsigned long lines = 0;

    for (;;) {
        const zinit_log_line *line = NULL;
        zinit_code code = zinit_log_stream_next(stream, 0, NULL, &line, error);

        if (code == ZINIT_OK) {
            if (is_wanted(printer, line)) {
                struct kept_line borrowed = borrow_line(line);
                print_log_line(printer, &borrowed);
            }
            if (++lines % LINES_AT_A_TIME != 0)
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

static int is_same(const struct kept_line *one, const struct kept_line *other)
{
    return one->source == other->source && one->length == other->length &&
           memcmp(one->text, other->text, one->length) == 0 && (one->service == NULL) == (other->service == NULL) &&
           (one->service == NULL || strcmp(one->service, other->service) == 0);
}

/* How many of the first new lines are the last kept ones, too. */
static size_t overlap_of(const struct kept *kept, const struct kept *new_lines)
{
    size_t length = kept->count < new_lines->count ? kept->count : new_lines->count;

    for (; length > 0; length--) {
        size_t same = 0;
        while (same < length && is_same(&kept->at[kept->count - length + same], &new_lines->at[same]))
            same++;
        if (same == length)
            break;
    }
    return length;
}

/* Prints the last lines of each service, and then those of a stream that was begun before. So nothing is lost between
 * the two; what came while the kept lines were read is in both. */
static zinit_code print_last_and_follow(struct log_printer *printer, const char *name, zinit_log_stream *stream,
                                        zinit_error **error)
{
    struct kept kept = {0};
    struct kept new_lines = {0};
    zinit_code code = read_kept(printer, name, -1, &kept, error);

    if (code == ZINIT_OK) {
        const zinit_log_line *line = NULL;

        print_last(printer, &kept);
        while (new_lines.count < LINES_AT_A_TIME &&
               (code = zinit_log_stream_next(stream, 0, NULL, &line, error)) == ZINIT_OK) {
            if (is_wanted(printer, line))
                keep(&new_lines, line);
        }
        for (size_t i = overlap_of(&kept, &new_lines); i < new_lines.count; i++)
            print_log_line(printer, &new_lines.at[i]);
    }
    free_kept(&kept);
    free_kept(&new_lines);
    return code == ZINIT_OK || code == ZINIT_PENDING ? print_lines(printer, stream, error) : code;
}

static enum exit_status follow(struct log_printer *printer, const char *name)
{
    int by_itself = printer->call->lines <= 0 || counts_itself(printer);
    zinit_log_stream *stream = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_logs(printer->call->client, name, by_itself ? printer->call->lines : 0, 1, &stream,
                                        &error);

    if (code == ZINIT_OK)
        code = by_itself ? print_lines(printer, stream, &error) : print_last_and_follow(printer, name, stream, &error);
    zinit_log_stream_free(stream);
    return finish(code, &error);
}

/* In the log of all services, the library takes only the part in front of it for the service's name. */
static int has_separator(const struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strstr(names->at[i], ": ") != NULL)
            return 1;
    }
    return 0;
}

static enum exit_status print_logs(const struct call *call, const struct names *names)
{
    const char *name = names != NULL && names->count == 1 ? names->at[0] : NULL;
    struct log_printer printer;
    enum exit_status status = start_log_printer(&printer, call, names);

    if (status != STATUS_DONE)
        return status;
    if (call->follow) {
        status = follow(&printer, name);
    } else if (name != NULL || names == NULL || !has_separator(names)) {
        status = print_kept(&printer, name);
    } else {
        /* One after the other. */
        for (size_t i = 0; i < names->count && status < STATUS_UNREACHABLE; i++)
            status = worse_of(status, print_kept(&printer, names->at[i]));
    }
    end_log_printer(&printer);
    return status;
}

enum exit_status run_logs(const struct call *call)
{
    struct services services;
    enum exit_status status = STATUS_DONE;

    if (call->ignore_case && call->grep == NULL)
        return usage_error("option '--ignore-case' needs '--grep'");
    if (call->follow) {
        status = catch_signals();
        signal(SIGPIPE, SIG_IGN);
    }
    if (status != STATUS_DONE)
        return status;
    if (call->argument_count == 0)
        return print_logs(call, NULL);
    status = choose_all_services(call, &services);
    if (status == STATUS_DONE && services.chosen.count > 0)
        status = print_logs(call, &services.chosen);
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
