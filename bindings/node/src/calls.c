/* Every call to the daemon: one row of a table says what it takes, how it begins, and what it gives. */
#include "addon.h"

#include <stdlib.h>
#include <string.h>

#define REQUEST zinit_request **request, zinit_error **error
#define CLIENT_AND const zinit_client *client,
#define NAMES const char *const *names, size_t len

enum takes {
    NOTHING,
    NAME,
    TEXT, /* and no name */
    NAME_TEXT,
    NAME_SERVICE,
    NAME_TIME,
    NAME_TIMES,
    NAME_SERVICE_TIMES,
    NAMES_TIME,
    NAMES_TIMES,
    FILTER
};

struct operation {
    const char *name;
    enum takes takes;
    union {
        zinit_code (*nothing)(CLIENT_AND REQUEST);
        zinit_code (*text)(CLIENT_AND const char *text, REQUEST);
        zinit_code (*name_text)(CLIENT_AND const char *name, const char *text, REQUEST);
        zinit_code (*name_service)(CLIENT_AND const char *name, const zinit_service *service, REQUEST);
        zinit_code (*name_time)(CLIENT_AND const char *name, int64_t first, REQUEST);
        zinit_code (*name_times)(CLIENT_AND const char *name, int64_t first, int64_t second, REQUEST);
        zinit_code (*name_service_times)(CLIENT_AND const char *name, const zinit_service *service, int64_t first,
                                         int64_t second, REQUEST);
        zinit_code (*names_time)(CLIENT_AND NAMES, int64_t first, REQUEST);
        zinit_code (*names_times)(CLIENT_AND NAMES, int64_t first, int64_t second, REQUEST);
        zinit_code (*filter)(CLIENT_AND const zinit_filter *filter, REQUEST);
    } begin;
    napi_value (*result)(napi_env env, const zinit_request *request);
};

static const struct operation operations[] = {
    {"list", NOTHING, {.nothing = zinit_client_begin_list}, service_list_value},
    {"status", NAME, {.text = zinit_client_begin_status}, status_value},
    {"statuses", NOTHING, {.nothing = zinit_client_begin_statuses}, status_list_value},
    {"stats", NAME, {.text = zinit_client_begin_stats}, stats_value},
    {"exists", NAME, {.text = zinit_client_begin_exists}, exists_value},
    {"version", NOTHING, {.nothing = zinit_client_begin_version}, version_value},
    {"protocol", NOTHING, {.nothing = zinit_client_begin_protocol}, protocol_value},
    {"get", NAME, {.text = zinit_client_begin_get}, service_value},
    {"load_service", NAME, {.text = zinit_client_begin_load_service}, service_value},
    {"add_service", NAME_SERVICE, {.name_service = zinit_client_begin_add_service}, nothing_value},
    {"remove_service", NAME, {.text = zinit_client_begin_remove_service}, nothing_value},
    {"start", NAME, {.text = zinit_client_begin_start}, nothing_value},
    {"stop", NAME, {.text = zinit_client_begin_stop}, nothing_value},
    {"monitor", NAME, {.text = zinit_client_begin_monitor}, nothing_value},
    {"forget", NAME, {.text = zinit_client_begin_forget}, nothing_value},
    {"kill", NAME_TEXT, {.name_text = zinit_client_begin_kill}, nothing_value},
    {"reboot", NOTHING, {.nothing = zinit_client_begin_reboot}, nothing_value},
    {"shutdown", NOTHING, {.nothing = zinit_client_begin_shutdown}, nothing_value},
    {"start_http_server", TEXT, {.text = zinit_client_begin_start_http_server}, nothing_value},
    {"stop_http_server", NOTHING, {.nothing = zinit_client_begin_stop_http_server}, nothing_value},
    {"start_wait", NAME_TIME, {.name_time = zinit_client_begin_start_wait}, nothing_value},
    {"stop_wait", NAME_TIME, {.name_time = zinit_client_begin_stop_wait}, nothing_value},
    {"restart", NAME_TIMES, {.name_times = zinit_client_begin_restart}, nothing_value},
    {"deploy", NAME_SERVICE_TIMES, {.name_service_times = zinit_client_begin_deploy}, nothing_value},
    {"reload", NAME_TIMES, {.name_times = zinit_client_begin_reload}, nothing_value},
    {"start_multiple", NAMES_TIME, {.names_time = zinit_client_begin_start_multiple}, report_value},
    {"stop_multiple", NAMES_TIME, {.names_time = zinit_client_begin_stop_multiple}, report_value},
    {"restart_multiple", NAMES_TIMES, {.names_times = zinit_client_begin_restart_multiple}, report_value},
    {"destroy_services", NAMES_TIME, {.names_time = zinit_client_begin_destroy_services}, report_value},
    {"matches", FILTER, {.filter = zinit_client_begin_matches}, name_list_value},
};

#define OPERATIONS (sizeof operations / sizeof operations[0])
/* The client, the operation and whether it can be aborted come before. */
#define ARGUMENTS 4

struct arguments {
    char *name, *text, **names;
    uint32_t len;
    int64_t first, second;
    const zinit_service *service;
    zinit_filter *filter;
};

static bool take_times(napi_env env, const napi_value *values, struct arguments *arguments)
{
    return take_timeout(env, values[0], "stopTimeout", &arguments->first) &&
           take_timeout(env, values[1], "startTimeout", &arguments->second);
}

static bool take_service(napi_env env, napi_value value, struct arguments *arguments)
{
    arguments->service = handle_pointer(env, value, SERVICE);
    return arguments->service != NULL;
}

static bool take(napi_env env, enum takes takes, const napi_value *values, struct arguments *arguments)
{
    switch (takes) {
    case NOTHING:
        return true;
    case TEXT:
        return take_text(env, values[0], "address", &arguments->name);
    case NAMES_TIME:
    case NAMES_TIMES:
        if (!take_names(env, values[0], "names", &arguments->names, &arguments->len))
            return false;
        return takes == NAMES_TIME ? take_timeout(env, values[1], "timeout", &arguments->first)
                                   : take_times(env, values + 1, arguments);
    case FILTER:
        return take_filter(env, values[0], &arguments->filter);
    default:
        break;
    }
    if (!take_name(env, values[0], "name", &arguments->name))
        return false;
    switch (takes) {
    case NAME_TEXT:
        return take_text(env, values[1], "signal", &arguments->text);
    case NAME_SERVICE:
        return take_service(env, values[1], arguments);
    case NAME_TIME:
        return take_timeout(env, values[1], "timeout", &arguments->first);
    case NAME_TIMES:
        return take_times(env, values + 1, arguments);
    case NAME_SERVICE_TIMES:
        return take_service(env, values[1], arguments) && take_times(env, values + 2, arguments);
    default:
        return true;
    }
}

static void begin(const struct operation *operation, const zinit_client *client, const struct arguments *with, REQUEST)
{
    const char *const *names = (const char *const *)with->names;

    switch (operation->takes) {
    case NOTHING:
        operation->begin.nothing(client, request, error);
        break;
    case NAME:
    case TEXT:
        operation->begin.text(client, with->name, request, error);
        break;
    case NAME_TEXT:
        operation->begin.name_text(client, with->name, with->text, request, error);
        break;
    case NAME_SERVICE:
        operation->begin.name_service(client, with->name, with->service, request, error);
        break;
    case NAME_TIME:
        operation->begin.name_time(client, with->name, with->first, request, error);
        break;
    case NAME_TIMES:
        operation->begin.name_times(client, with->name, with->first, with->second, request, error);
        break;
    case NAME_SERVICE_TIMES:
        operation->begin.name_service_times(client, with->name, with->service, with->first, with->second, request, error);
        break;
    case NAMES_TIME:
        operation->begin.names_time(client, names, with->len, with->first, request, error);
        break;
    case NAMES_TIMES:
        operation->begin.names_times(client, names, with->len, with->first, with->second, request, error);
        break;
    case FILTER:
        operation->begin.filter(client, with->filter, request, error);
        break;
    }
}

static void arguments_free(struct arguments *arguments)
{
    free(arguments->name);
    free(arguments->text);
    names_free(arguments->names, arguments->len);
    zinit_filter_free(arguments->filter);
}

static struct call *call_new(napi_env env, const struct operation *operation, zinit_request *request)
{
    struct call *call = calloc(1, sizeof *call);

    if (call == NULL)
        abort();
    call->operation = operation;
    call->item.request = request;
    item_enter(environment_of(env), &call->item);
    return call;
}

/* begin(client, operation, isAbortable, ...): a promise; or a promise and what abort() takes, in an array */
napi_value begin_call(napi_env env, napi_callback_info info)
{
    napi_value values[3 + ARGUMENTS], promise, pair = NULL;
    size_t count = 3 + ARGUMENTS;
    uint32_t number = OPERATIONS;
    bool is_abortable = false, is_taken;
    struct arguments arguments = {0};
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    const zinit_client *client;
    struct call *call;

    napi_get_cb_info(env, info, &count, values, NULL, NULL);
    if (handle_pointer(env, values[0], CLIENT) == NULL)
        return NULL;
    napi_get_value_uint32(env, values[1], &number);
    napi_get_value_bool(env, values[2], &is_abortable);
    if (number >= OPERATIONS)
        return throw_invalid(env, ZINIT_ERR_INVALID_ARGUMENT, "%s is not known", "the operation");
    is_taken = take(env, operations[number].takes, values + 3, &arguments);
    /* Only now, for a getter of an argument may have closed it. */
    client = is_taken ? handle_pointer(env, values[0], CLIENT) : NULL;
    if (client != NULL)
        begin(&operations[number], client, &arguments, &request, &error);
    arguments_free(&arguments);
    if (request == NULL)
        return error != NULL ? throw_failure(env, error) : NULL;
    call = call_new(env, &operations[number], request);
    promise = item_promise(env, &call->item);
    if (!is_abortable)
        return promise;
    napi_create_array(env, &pair);
    append(env, pair, promise);
    append(env, pair, handle_new(env, CALL, call, &call->item.handle));
    return pair;
}

/* abort(call): the promise is rejected with undefined; nothing more is sent. Nothing happens if the call is over. */
napi_value abort_call(napi_env env, napi_callback_info info)
{
    napi_value value;
    size_t count = 1;
    struct handle *handle;
    struct call *call;

    napi_get_cb_info(env, info, &count, &value, NULL, NULL);
    handle = handle_of(env, value, CALL);
    if (handle == NULL || handle->pointer == NULL)
        return NULL;
    call = handle->pointer;
    if (call->item.deferred != NULL)
        item_reject(env, &call->item, undefined_value(env));
    if (disk_leave(environment_disk(call->item.environment), call))
        call_free(call);
    return NULL;
}

static napi_value failure_of(napi_env env, const struct call *call, const zinit_error *error)
{
    napi_value failure = failure_value(env, error);

    if (zinit_request_report(call->item.request) != NULL && call->operation->result == report_value)
        set(env, failure, "report", report_value(env, call->item.request));
    return failure;
}

void call_news(napi_env env, struct call *call)
{
    zinit_error *error = NULL;
    zinit_code code;

    if (environment_disk(call->item.environment)->at_work == call) {
        call->has_news = true;
        return;
    }
    if (zinit_request_is_before_file(call->item.request)) {
        disk_enter(env, call);
        return;
    }
    code = zinit_request_dispatch(call->item.request, &error);
    if (code == ZINIT_PENDING)
        return;
    if (call->item.deferred != NULL) {
        if (code == ZINIT_OK)
            item_resolve(env, &call->item, call->operation->result(env, call->item.request));
        else
            item_reject(env, &call->item, failure_of(env, call, error));
    }
    zinit_error_free(error);
    call_free(call);
}

void call_free(struct call *call)
{
    item_leave(&call->item);
    zinit_request_free(call->item.request);
    free(call);
}

void call_lose_handle(struct call *call)
{
    call->item.handle = NULL;
}

/* The number of each operation, by the name that the C function has behind zinit_client_begin_. */
napi_value operation_numbers(napi_env env)
{
    napi_value numbers = NULL;

    napi_create_object(env, &numbers);
    for (size_t i = 0; i < OPERATIONS; i++)
        set(env, numbers, operations[i].name, number_value(env, (double)i));
    return numbers;
}
