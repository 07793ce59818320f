/* Subcommands that start, stop and signal services. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command_line.h"
#include "names.h"

/* A function of the library that begins a group. */
typedef zinit_code (*begin_group)(const zinit_client *client, const char *const *names, size_t len, int64_t timeout_ms,
                                  zinit_request **request, zinit_error **error);

/* Runs all services side by side. */
static enum exit_status run_group(const struct call *call, const struct services *services, begin_group begin,
                                  int64_t timeout_ms, const char *aim)
{
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    if (services->chosen.count == 0)
        return STATUS_DONE;
    code = begin(call->client, (const char *const *)services->chosen.at, services->chosen.count, timeout_ms, &request,
                 &error);
    return finish_wait(call, code, request, &error, aim);
}

static enum exit_status choose_and_run_group(const struct call *call, begin_group begin, int64_t timeout_ms,
                                             const char *aim)
{
    struct services services;
    enum exit_status status = choose_all_services(call, &services);

    if (status == STATUS_DONE)
        status = run_group(call, &services, begin, timeout_ms, aim);
    free_services(&services);
    return status;
}

static enum exit_status start_service(const struct call *call, const struct services *services, const char *name)
{
    zinit_error *error = NULL;
    zinit_code code = zinit_client_start(call->client, name, &error);

    return finish_operation(call, services, name, code, &error);
}

static enum exit_status stop_service(const struct call *call, const struct services *services, const char *name)
{
    zinit_error *error = NULL;
    zinit_code code = zinit_client_stop(call->client, name, &error);

    return finish_operation(call, services, name, code, &error);
}

/* A group would make the daemon read the service's file first, and fail if that is gone. */
static enum exit_status start_and_wait(const struct call *call, const struct services *services, int64_t timeout_ms,
                                       const char *aim)
{
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    if (services->chosen.count != 1)
        return run_group(call, services, zinit_client_begin_start_multiple, timeout_ms, aim);
    code = zinit_client_begin_start_wait(call->client, services->chosen.at[0], timeout_ms, &request, &error);
    return finish_wait(call, code, request, &error, aim);
}

enum exit_status run_start(const struct call *call)
{
    int64_t timeout_ms = timeout_or(call->timeout_ms, START_TIMEOUT_MS);
    struct services services;
    enum exit_status status;

    if (!call->wait)
        return for_each_service(call, start_service);
    status = choose_all_services(call, &services);
    if (status == STATUS_DONE)
        status = start_and_wait(call, &services, timeout_ms, timeout_ms == 0 ? "told to start" : "up");
    free_services(&services);
    return status;
}

enum exit_status run_stop(const struct call *call)
{
    return call->wait ? run_stop_all(call) : for_each_service(call, stop_service);
}

enum exit_status run_restart(const struct call *call)
{
    int64_t stop_timeout_ms = timeout_or(call->stop_timeout_ms, STOP_TIMEOUT_MS);
    int64_t timeout_ms = timeout_or(call->timeout_ms, START_TIMEOUT_MS);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    struct services services;
    enum exit_status status = choose_all_services(call, &services);

    if (status == STATUS_DONE && services.chosen.count > 0) {
        zinit_code code =
            zinit_client_begin_restart_multiple(call->client, (const char *const *)services.chosen.at,
                                                services.chosen.count, stop_timeout_ms, timeout_ms, &request, &error);
        status = finish_wait(call, code, request, &error, timeout_ms == 0 ? "told to start" : "up again");
    }
    free_services(&services);
    return status;
}

enum exit_status run_start_all(const struct call *call)
{
    int64_t timeout_ms = timeout_or(call->timeout_ms, START_TIMEOUT_MS);

    return choose_and_run_group(call, zinit_client_begin_start_multiple, timeout_ms,
                                timeout_ms == 0 ? "told to start" : "up");
}

enum exit_status run_stop_all(const struct call *call)
{
    int64_t timeout_ms = timeout_or(call->timeout_ms, STOP_TIMEOUT_MS);

    return choose_and_run_group(call, zinit_client_begin_stop_multiple, timeout_ms,
                                timeout_ms == 0 ? "told to stop" : "down");
}

enum exit_status run_destroy(const struct call *call)
{
    return choose_and_run_group(call, zinit_client_begin_destroy_services,
                                timeout_or(call->timeout_ms, STOP_TIMEOUT_MS), "gone");
}

static enum exit_status monitor_service(const struct call *call, const struct services *services, const char *name)
{
    zinit_error *error = NULL;
    zinit_code code = zinit_client_monitor(call->client, name, &error);

    return finish_operation(call, services, name, code, &error);
}

enum exit_status run_monitor(const struct call *call)
{
    return for_each_service(call, monitor_service);
}

static enum exit_status forget_service(const struct call *call, const struct services *services, const char *name)
{
    zinit_error *error = NULL;
    zinit_code code = zinit_client_forget(call->client, name, &error);

    return finish_operation(call, services, name, code, &error);
}

enum exit_status run_forget(const struct call *call)
{
    return for_each_service(call, forget_service);
}

/* --- Signals --- */

static int is_number(const char *word)
{
    return *word != '\0' && strspn(word, "0123456789") == strlen(word);
}

const char *signal_of_word(const char *word)
{
    if (is_number(word))
        return strlen(word) < 4 ? zinit_signal_name((int32_t)strtol(word, NULL, 10)) : NULL;
    for (int32_t number = 1; number <= HIGHEST_SIGNAL; number++) {
        const char *name = zinit_signal_name(number);
        if (name != NULL && (strcasecmp(name, word) == 0 || strcasecmp(name + strlen("SIG"), word) == 0))
            return name;
    }
    return NULL;
}

/* Takes the last argument for the signal if it is one, and no service is called so. */
static enum exit_status find_signal(const struct call *call, const char **signal, size_t *name_count)
{
    const char *last = call->arguments[call->argument_count - 1];
    struct names known = {0};
    enum exit_status status;

    *signal = call->signal == NULL ? NULL : signal_of_word(call->signal);
    *name_count = call->argument_count;
    if (call->signal != NULL || call->argument_count == 1)
        return STATUS_DONE;
    status = read_known(call, &known);
    if (status == STATUS_DONE && !is_known(&known, last) && !is_pattern(last)) {
        *signal = signal_of_word(last);
        if (*signal != NULL)
            --*name_count;
        else if (*last == '\0' || strspn(last, "0123456789") > 0)
            status = usage_error("'%s' is not a signal that zinit knows", last);
    }
    free_names(&known);
    return status;
}

enum exit_status run_kill(const struct call *call)
{
    struct services services = {0};
    size_t name_count;
    const char *signal;
    enum exit_status status = find_signal(call, &signal, &name_count);

    if (status == STATUS_DONE)
        status = choose_services(call, call->arguments, name_count, &services);
    for (size_t i = 0; i < services.chosen.count; i++) {
        const char *name = services.chosen.at[i];
        zinit_error *error = NULL;
        zinit_code code = zinit_client_kill(call->client, name, signal == NULL ? "SIGTERM" : signal, &error);
        status = worse_of(status, finish_operation(call, &services, name, code, &error));
    }
    free_services(&services);
    return status;
}
