/* Subcommands that ask, and change nothing. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "document.h"
#include "statuses.h"

static const struct column status_columns[] = {{"NAME", 0},   {"STATE", 0}, {"PID", 3},
                                               {"TARGET", 1}, {"SINCE", 2}, {"AFTER", 4}};

/* Adds a cell of the text that was written to a stream of open_memstream. */
static void add_written(struct table *table, FILE *stream, char **text, const char *colour)
{
    fclose(stream);
    add_cell(table, need_memory(*text), colour);
    free(*text);
    *text = NULL;
}

static void add_state(const struct call *call, struct table *table, const zinit_status *status)
{
    struct state_words words = words_of_status(call, status);
    char *text = NULL;
    size_t size;
    FILE *stream;

    if (call->raw) {
        add_cell(table, zinit_state_text(zinit_status_state(status)), colour_of_mood(words.mood));
    } else if (words.exit_code < 0 && words.signal == NULL) {
        add_cell(table, words.word, colour_of_mood(words.mood));
    } else {
        stream = need_memory(open_memstream(&text, &size));
        write_words(stream, &words);
        add_written(table, stream, &text, colour_of_mood(words.mood));
    }
}

/* Writes "cache, db": what a service waits for. Returns 0 if it does not wait. */
static int write_blockers(FILE *stream, const zinit_status *status)
{
    struct names blockers = {0};
    int found;

    if (zinit_state_kind(zinit_status_state(status)) != ZINIT_STATE_BLOCKED ||
        zinit_status_target(status) == ZINIT_TARGET_DOWN)
        return 0;
    for (size_t i = 0; i < zinit_status_after_len(status); i++) {
        if (blocks(zinit_status_after_state(status, i)))
            add_name(&blockers, zinit_status_after_name(status, i));
    }
    sort_names(&blockers);
    for (size_t i = 0; i < blockers.count; i++) {
        fputs(i == 0 ? "" : ", ", stream);
        write_text(stream, blockers.at[i]);
    }
    found = blockers.count != 0;
    free_names(&blockers);
    return found;
}

static void add_blockers(struct table *table, const zinit_status *status)
{
    char *text = NULL;
    size_t size;
    FILE *stream;

    if (zinit_state_kind(zinit_status_state(status)) != ZINIT_STATE_BLOCKED) {
        add_cell(table, NULL, "");
        return;
    }
    stream = need_memory(open_memstream(&text, &size));
    if (write_blockers(stream, status)) {
        add_written(table, stream, &text, "");
    } else {
        fclose(stream);
        free(text);
        add_cell(table, NULL, "");
    }
}

static void add_row(const struct call *call, struct table *table, const zinit_status *status)
{
    int32_t target = zinit_status_target(status);
    int32_t pid = zinit_status_pid(status);
    char number[16];
    char since[32] = "";
    time_t started;

    add_cell(table, zinit_status_name(status), "");
    add_state(call, table, status);
    snprintf(number, sizeof number, "%" PRId32, pid);
    add_cell(table, pid == 0 ? NULL : number, "");
    add_cell(table, call->raw ? zinit_target_name(target) : target_word(target), "");
    if (start_time_of(call, pid, &started))
        format_time(started, since, sizeof since);
    add_cell(table, *since == '\0' ? NULL : since, "");
    add_blockers(table, status);
}

static enum exit_status print_statuses(const struct call *call, const struct services *services)
{
    struct table table = {.columns = status_columns, .column_count = LENGTH_OF(status_columns)};
    struct statuses statuses;
    enum exit_status status = read_statuses(call, services, &statuses);

    for (size_t i = 0; i < statuses.count; i++) {
        if (document_of(call) != NULL)
            write_status(call, status_at(&statuses, i));
        else
            add_row(call, &table, status_at(&statuses, i));
    }
    print_table(call, &table);
    free_table(&table);
    free_statuses(&statuses);
    return status;
}

enum exit_status run_list(const struct call *call)
{
    struct services services;
    enum exit_status status;

    if (call->argument_count == 0)
        return print_statuses(call, NULL);
    status = choose_all_services(call, &services);
    if (status == STATUS_DONE)
        status = print_statuses(call, &services);
    free_services(&services);
    return status;
}

/* Prints how the process ended, if the state contains it. */
static void print_exit_fields(const zinit_state *state)
{
    if (zinit_state_exit_code(state) >= 0)
        print_number_field("exit code", zinit_state_exit_code(state));
    if (zinit_state_signal(state) != NULL)
        print_field("signal", zinit_state_signal(state));
}

static void print_state_field(const struct call *call, const zinit_status *status)
{
    struct state_words words = words_of_status(call, status);
    const char *colour = use_colour(call) ? colour_of_mood(words.mood) : "";
    char *blockers = NULL;
    size_t size;
    FILE *stream = need_memory(open_memstream(&blockers, &size));
    int blocked = write_blockers(stream, status);

    fclose(stream);
    printf("state: %s", colour);
    if (call->raw)
        print_text(zinit_state_text(zinit_status_state(status)), 0);
    else
        write_words(stdout, &words);
    fputs(*colour == '\0' ? "" : COLOUR_END, stdout);
    if (blocked && !call->raw)
        printf(" by %s", blockers);
    putchar('\n');
    free(blockers);
}

static void print_after_field(const struct call *call, const zinit_status *status, size_t index)
{
    const zinit_state *state = zinit_status_after_state(status, index);
    struct state_words words = words_of(state, ZINIT_TARGET_UNKNOWN, 0, -1);

    fputs("after: ", stdout);
    print_text(zinit_status_after_name(status, index), 0);
    fputs(" is ", stdout);
    if (call->raw)
        print_text(zinit_state_text(state), 0);
    else
        write_words(stdout, &words);
    putchar('\n');
}

static void print_fields(const struct call *call, const zinit_status *status)
{
    int32_t target = zinit_status_target(status);
    char since[32] = "";
    time_t started;

    print_field("name", zinit_status_name(status));
    print_state_field(call, status);
    print_exit_fields(zinit_status_state(status));
    print_field("target", call->raw ? zinit_target_name(target) : target_word(target));
    print_number_field("pid", zinit_status_pid(status));
    if (start_time_of(call, zinit_status_pid(status), &started))
        format_time(started, since, sizeof since);
    if (*since != '\0')
        print_field("since", since);
    for (size_t i = 0; i < zinit_status_after_len(status); i++)
        print_after_field(call, status, i);
}

enum exit_status run_status(const struct call *call)
{
    struct services services;
    struct statuses statuses;
    enum exit_status status;

    if (call->argument_count == 0)
        return print_statuses(call, NULL);
    status = choose_all_services(call, &services);
    if (status == STATUS_DONE && (call->json || call->argument_count > 1 || services.by_pattern)) {
        status = print_statuses(call, &services);
    } else if (status == STATUS_DONE) {
        status = read_statuses(call, &services, &statuses);
        if (statuses.count == 1)
            print_fields(call, status_at(&statuses, 0));
        free_statuses(&statuses);
    }
    free_services(&services);
    return status;
}

/* --- Questions about states --- */

static int is_active(const struct state_words *words)
{
    return words->mood == MOOD_GOOD;
}

static int is_failed(const struct state_words *words)
{
    return words->mood == MOOD_BAD;
}

static int is_blocked(const struct state_words *words)
{
    return strcmp(words->word, "blocked") == 0;
}

/* Prints the state of each service. The answer is yes if it is so for one of them. */
static enum exit_status ask(const struct call *call, int (*is_so)(const struct state_words *words))
{
    struct services services;
    struct statuses statuses = {0};
    enum exit_status status = choose_all_services(call, &services);
    int found = 0;

    if (status == STATUS_DONE)
        status = read_statuses(call, &services, &statuses);
    for (size_t i = 0; i < statuses.count; i++) {
        struct state_words words = words_of_status(call, status_at(&statuses, i));

        found = found || is_so(&words);
        if (document_of(call) != NULL) {
            write_status(call, status_at(&statuses, i));
        } else {
            print_text(words.word, 0);
            putchar('\n');
        }
    }
    free_statuses(&statuses);
    free_services(&services);
    return status == STATUS_DONE && !found ? STATUS_FAILED : status;
}

enum exit_status run_is_active(const struct call *call)
{
    return ask(call, is_active);
}

enum exit_status run_is_failed(const struct call *call)
{
    return ask(call, is_failed);
}

enum exit_status run_is_blocked(const struct call *call)
{
    return ask(call, is_blocked);
}

static void print_process(int32_t pid, uint64_t memory, double cpu)
{
    printf("pid %" PRId32 "  %" PRIu64 " KiB  %.1f%% CPU\n", pid, memory / 1024, cpu);
}

static void print_processes(const char *name, const zinit_stats *stats)
{
    print_text(name, 0);
    fputs("  ", stdout);
    print_process(zinit_stats_pid(stats), zinit_stats_memory(stats), zinit_stats_cpu(stats));
    for (size_t i = 0; i < zinit_stats_child_len(stats); i++) {
        fputs("  ", stdout);
        print_process(zinit_stats_child_pid(stats, i), zinit_stats_child_memory(stats, i),
                      zinit_stats_child_cpu(stats, i));
    }
}

static enum exit_status print_stats(const struct call *call, const struct services *services, const char *name,
                                    int *is_supported)
{
    zinit_stats *stats = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_stats(call->client, name, &stats, &error);

    *is_supported = code != ZINIT_ERR_NOT_SUPPORTED;
    if (code == ZINIT_ERR_SERVICE_DOWN && services->by_pattern) {
        /* Nobody has asked for this one by name. */
        zinit_error_free(error);
        return STATUS_DONE;
    }
    if (code == ZINIT_OK && document_of(call) != NULL)
        write_stats(document_of(call), name, stats);
    else if (code == ZINIT_OK)
        print_processes(name, stats);
    zinit_stats_free(stats);
    return finish_service(call, services, name, code, &error);
}

enum exit_status run_stats(const struct call *call)
{
    struct services services;
    enum exit_status status = choose_all_services(call, &services);
    int is_supported = 1;

    /* A daemon that cannot do it cannot do it for the others either. */
    for (size_t i = 0; i < services.chosen.count && is_supported && status < STATUS_UNREACHABLE; i++)
        status = worse_of(status, print_stats(call, &services, services.chosen.at[i], &is_supported));
    free_services(&services);
    return status;
}

static enum exit_status print_exists(const struct call *call, const char *name, int exists)
{
    struct json *json = document_of(call);

    if (json != NULL) {
        json_begin_object(json, NULL);
        json_string(json, "name", name);
        json_boolean(json, "exists", exists);
        json_end_object(json);
    } else if (call->argument_count > 1) {
        print_field(name, exists ? "yes" : "no");
    } else {
        puts(exists ? "yes" : "no");
    }
    return exists ? STATUS_DONE : STATUS_FAILED;
}

enum exit_status run_exists(const struct call *call)
{
    struct names known = {0};
    zinit_error *error = NULL;
    enum exit_status status;
    int32_t exists = 0;

    if (call->argument_count == 1 && !is_pattern(call->arguments[0])) {
        zinit_code code = zinit_client_exists(call->client, call->arguments[0], &exists, &error);
        return code == ZINIT_OK ? print_exists(call, call->arguments[0], exists) : finish(code, &error);
    }
    status = read_known(call, &known);
    for (size_t i = 0; i < call->argument_count && status < STATUS_USAGE; i++) {
        const char *word = call->arguments[i];
        int found = is_known(&known, word) || (is_pattern(word) && matches_any(&known, word));

        if (!found && !is_pattern(word))
            status = worse_of(status, check_name(&known, word));
        if (status < STATUS_USAGE)
            status = worse_of(status, print_exists(call, word, found));
    }
    free_names(&known);
    return status;
}

enum exit_status run_match(const struct call *call)
{
    struct json *json = document_of(call);
    zinit_name_list *names = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_matches(call->client, call->filter, &names, &error);

    for (size_t i = 0; i < zinit_name_list_len(names); i++) {
        if (json != NULL) {
            json_begin_object(json, NULL);
            json_string(json, "name", zinit_name_list_at(names, i));
            json_end_object(json);
        } else {
            print_text(zinit_name_list_at(names, i), 0);
            putchar('\n');
        }
    }
    zinit_name_list_free(names);
    return finish(code, &error);
}

enum exit_status run_state(const struct call *call)
{
    zinit_state *state = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_state_parse(call->arguments[0], &state, &error);

    if (code == ZINIT_OK && document_of(call) != NULL) {
        write_state(document_of(call), state);
    } else if (code == ZINIT_OK) {
        print_field("kind", zinit_state_kind_name(zinit_state_kind(state)));
        if (zinit_state_reason(state) != NULL)
            print_field("reason", zinit_state_reason(state));
        print_exit_fields(state);
        print_field("exited", zinit_state_exited(state) ? "yes" : "no");
    }
    zinit_state_free(state);
    return finish(code, &error);
}
