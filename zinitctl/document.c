/* The document of --json. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "document.h"

/* A failure that was noted. */
struct failure {
    zinit_code code;
    char *service;
    char *message;
};

/* The document stands for the program's output, so there is one. */
static struct {
    struct json json;
    int is_open;
    int has_list;
    struct failure *failures;
    size_t failure_count;
} document;

/* The name of the list that a subcommand writes its entries into; NULL: it has no list. */
static const char *list_of(const struct subcommand *subcommand)
{
    if (subcommand->run == run_check)
        return "files";
    return subcommand->known != 0 || subcommand->run == run_match ? "services" : NULL;
}

static int is_stream(const struct subcommand *subcommand)
{
    return subcommand->run == run_logs || subcommand->run == run_tail || subcommand->run == run_watch;
}

void begin_document(const struct call *call)
{
    const char *list = list_of(call->subcommand);

    if (!call->json || is_stream(call->subcommand))
        return;
    document.json = (struct json){.stream = stdout};
    document.is_open = 1;
    document.has_list = list != NULL;
    json_begin_object(&document.json, NULL);
    json_string(&document.json, "subcommand", call->subcommand->name);
    if (list != NULL)
        json_begin_array(&document.json, list);
}

void note_failure(zinit_code code, const char *service, const char *message)
{
    size_t count = document.failure_count;

    if (!document.is_open)
        return;
    document.failures = need_memory(realloc(document.failures, (count + 1) * sizeof *document.failures));
    document.failures[count] = (struct failure){code, service == NULL ? NULL : need_memory(strdup(service)),
                                                need_memory(strdup(message))};
    document.failure_count++;
}

void end_document(enum exit_status status)
{
    struct json *json = &document.json;

    if (!document.is_open)
        return;
    if (document.has_list)
        json_end_array(json);
    json_begin_array(json, "errors");
    for (size_t i = 0; i < document.failure_count; i++) {
        struct failure *failure = &document.failures[i];

        json_begin_object(json, NULL);
        json_string(json, "service", failure->service);
        json_string(json, "code", zinit_code_name(failure->code));
        json_string(json, "message", failure->message);
        json_end_object(json);
        free(failure->service);
        free(failure->message);
    }
    json_end_array(json);
    json_integer(json, "exit_status", status);
    json_end_object(json);
    free(document.failures);
    memset(&document, 0, sizeof document);
}

struct json *document_of(const struct call *call)
{
    return call->json && document.is_open ? &document.json : NULL;
}

const char *json_word_of(const struct state_words *words, const zinit_state *state)
{
    /* A state that has no word of its own is called by its text. */
    return state == NULL || words->word == zinit_state_text(state) ? "unknown" : words->word;
}

/* Writes a state: the word for it, and the daemon's own text. NULL: it was not seen. */
static void write_state_members(struct json *json, const zinit_state *state, const struct state_words *words)
{
    json_string(json, "state", json_word_of(words, state));
    json_string(json, "daemon_state", zinit_state_text(state));
}

void write_result(const struct call *call, const struct result *result)
{
    int oneshot = oneshot_for(call, result->name, result->state, result->target);
    struct state_words words = words_of(result->state, result->target, result->pid, oneshot);
    struct json *json = document_of(call);

    json_begin_object(json, NULL);
    json_string(json, "name", result->name);
    json_boolean(json, "ok", result->code == ZINIT_OK);
    json_string(json, "code", zinit_code_name(result->code));
    json_string(json, "message", result->message);
    if (result->state == NULL) {
        json_null(json, "state");
        json_null(json, "daemon_state");
    } else {
        write_state_members(json, result->state, &words);
    }
    json_boolean(json, "killed", result->killed);
    if (result->seconds < 0)
        json_null(json, "seconds");
    else
        json_double(json, "seconds", result->seconds);
    json_end_object(json);
}

static void write_since(const struct call *call, struct json *json, int32_t pid)
{
    char since[32];
    time_t started;

    if (start_time_of(call, pid, &started)) {
        format_utc(started, since, sizeof since);
        json_string(json, "since", since);
    } else {
        json_null(json, "since");
    }
}

static void write_after(struct json *json, const zinit_status *status)
{
    json_begin_array(json, "after");
    for (size_t i = 0; i < zinit_status_after_len(status); i++) {
        const zinit_state *state = zinit_status_after_state(status, i);
        struct state_words words = words_of(state, ZINIT_TARGET_UNKNOWN, 0, -1);

        json_begin_object(json, NULL);
        json_string(json, "name", zinit_status_after_name(status, i));
        write_state_members(json, state, &words);
        json_end_object(json);
    }
    json_end_array(json);
}

void write_status(const struct call *call, const zinit_status *status)
{
    const zinit_state *state = zinit_status_state(status);
    struct state_words words = words_of_status(call, status);
    int32_t exit_code = zinit_state_kind(state) == ZINIT_STATE_SUCCESS ? 0 : zinit_state_exit_code(state);
    int32_t pid = zinit_status_pid(status);
    struct json *json = document_of(call);

    json_begin_object(json, NULL);
    json_string(json, "name", zinit_status_name(status));
    write_state_members(json, state, &words);
    json_number(json, "exit_code", exit_code);
    json_string(json, "signal", zinit_state_signal(state));
    json_number(json, "pid", pid == 0 ? -1 : pid);
    json_string(json, "target", target_word(zinit_status_target(status)));
    write_since(call, json, pid);
    write_after(json, status);
    json_end_object(json);
}

static void write_process(struct json *json, int32_t pid, uint64_t memory, double cpu)
{
    json_integer(json, "pid", pid);
    json_integer(json, "memory_bytes", memory > INT64_MAX ? INT64_MAX : (int64_t)memory);
    json_double(json, "cpu_percent", cpu);
}

void write_stats(struct json *json, const char *name, const zinit_stats *stats)
{
    json_begin_object(json, NULL);
    json_string(json, "name", name);
    write_process(json, zinit_stats_pid(stats), zinit_stats_memory(stats), zinit_stats_cpu(stats));
    json_begin_array(json, "children");
    for (size_t i = 0; i < zinit_stats_child_len(stats); i++) {
        json_begin_object(json, NULL);
        write_process(json, zinit_stats_child_pid(stats, i), zinit_stats_child_memory(stats, i),
                      zinit_stats_child_cpu(stats, i));
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
}

/* The word of a service file. */
static const char *log_word(int32_t log)
{
    switch (log) {
    case ZINIT_LOG_RING:
        return "ring";
    case ZINIT_LOG_STDOUT:
        return "stdout";
    case ZINIT_LOG_NONE:
        return "none";
    default:
        return NULL;
    }
}

void write_definition(struct json *json, const char *name, const zinit_service *service, const char *yaml)
{
    json_begin_object(json, NULL);
    json_string(json, "name", name);
    json_string(json, "exec", zinit_service_exec(service));
    json_string(json, "test", zinit_service_test(service));
    json_string(json, "dir", zinit_service_dir(service));
    json_boolean(json, "oneshot", zinit_service_oneshot(service));
    json_string(json, "log", log_word(zinit_service_log(service)));
    json_string(json, "stop_signal", zinit_service_stop_signal(service));
    json_number(json, "shutdown_timeout", zinit_service_shutdown_timeout_s(service));
    json_begin_array(json, "after");
    for (size_t i = 0; i < zinit_service_after_len(service); i++)
        json_string(json, NULL, zinit_service_after_at(service, i));
    json_end_array(json);
    json_begin_object(json, "env");
    for (size_t i = 0; i < zinit_service_env_len(service); i++)
        json_string(json, zinit_service_env_key(service, i), zinit_service_env_value(service, i));
    json_end_object(json);
    json_string(json, "yaml", yaml);
    json_end_object(json);
}

void write_problems(struct json *json, const char *path, const zinit_problem_list *problems, int valid)
{
    json_begin_object(json, NULL);
    json_string(json, "file", path);
    json_boolean(json, "valid", valid);
    json_begin_array(json, "problems");
    for (size_t i = 0; i < zinit_problem_list_len(problems); i++) {
        int is_error = zinit_problem_severity(problems, i) == ZINIT_SEVERITY_ERROR;

        json_begin_object(json, NULL);
        json_string(json, "severity", is_error ? "error" : "warning");
        json_integer(json, "line", (int64_t)zinit_problem_line(problems, i));
        json_integer(json, "column", (int64_t)zinit_problem_column(problems, i));
        json_string(json, "key", zinit_problem_key(problems, i));
        json_string(json, "message", zinit_problem_message(problems, i));
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
}

void write_state(struct json *json, const zinit_state *state)
{
    json_string(json, "kind", zinit_state_kind_name(zinit_state_kind(state)));
    json_string(json, "reason", zinit_state_reason(state));
    json_number(json, "exit_code", zinit_state_exit_code(state));
    json_string(json, "signal", zinit_state_signal(state));
    json_boolean(json, "exited", zinit_state_exited(state));
}
