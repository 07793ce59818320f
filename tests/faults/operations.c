#include "operations.h"

#include <string.h>

const char *const form_names[FORMS] = {"call", "wait", "loop", "queue"};

char nothing_yet;

static zinit_code check_result(const void *result, zinit_code code)
{
    EXPECT(result != GARBAGE);
    if (code == ZINIT_OK)
        EXPECT(result != NULL);
    else
        EXPECT(result == NULL);
    return result == GARBAGE ? ZINIT_ERR_INTERNAL : code;
}

/* The functions as calls and as requests. `scene` and `error` are there. */

/* One without a result. */
#define PLAIN(operation, ...)                                                                                          \
    static zinit_code call_##operation(struct scene *scene)                                                            \
    {                                                                                                                  \
        zinit_error *error = GARBAGE;                                                                                  \
        return TOLD(zinit_client_##operation(__VA_ARGS__, &error));                                   \
    }
#define BEGIN(operation, ...)                                                                                          \
    static zinit_code begin_##operation(struct scene *scene, zinit_request **request)                                  \
    {                                                                                                                  \
        zinit_error *error = GARBAGE;                                                                                  \
        return TOLD(zinit_client_begin_##operation(__VA_ARGS__, request, &error));                    \
    }
/* One with a result, which is looked at by look_at_RESULT, and freed. */
#define GIVES(operation, result, type, ...)                                                                            \
    static zinit_code call_##operation(struct scene *scene)                                                            \
    {                                                                                                                  \
        zinit_error *error = GARBAGE;                                                                                  \
        type *it = GARBAGE;                                                                                            \
        zinit_code code = TOLD(zinit_client_##operation(__VA_ARGS__, &it, &error));                   \
        if (check_result(it, code) == ZINIT_OK) {                                                                      \
            look_at_##result(scene, it);                                                                               \
            type##_free(it);                                                                                           \
        }                                                                                                              \
        return code;                                                                                                   \
    }                                                                                                                  \
    ANSWERS(operation, result, zinit_request_##result)
/* What is asked of a request that has ended well. */
#define ANSWERS(operation, result, getter)                                                                             \
    static void answer_##operation(struct scene *scene, const zinit_request *request)                                  \
    {                                                                                                                  \
        look_at_##result(scene, getter(request));                                                                      \
    }

static void look_at_service_list(struct scene *scene, const zinit_service_list *list)
{
    size_t found = 0;
    size_t i;

    for (i = 0; i < zinit_service_list_len(list); i++)
        found += strcmp(zinit_service_list_name(list, i), scene->name) == 0;
    EXPECT(found == 1);
}

static void look_at_status(struct scene *scene, const zinit_status *status)
{
    EXPECT(status != NULL && strcmp(zinit_status_name(status), scene->name) == 0);
    EXPECT(zinit_status_pid(status) > 0);
    EXPECT(zinit_state_kind(zinit_status_state(status)) == ZINIT_STATE_RUNNING);
}

static void look_at_status_list(struct scene *scene, const zinit_status_list *list)
{
    size_t found = 0;
    size_t i;

    for (i = 0; i < zinit_status_list_len(list); i++) {
        const zinit_status *status = zinit_status_list_at(list, i);
        if (strcmp(zinit_status_name(status), scene->name) == 0) {
            look_at_status(scene, status);
            found++;
        }
    }
    EXPECT(found == 1);
}

static void look_at_stats(struct scene *scene, const zinit_stats *stats)
{
    (void)scene;
    EXPECT(zinit_stats_pid(stats) > 0);
}

static void look_at_daemon_version(struct scene *scene, const zinit_daemon_version *version)
{
    (void)scene;
    EXPECT(zinit_daemon_version_minor(version) == 2 && zinit_daemon_version_patch(version) >= 14);
}

static void look_at_service(struct scene *scene, const zinit_service *service)
{
    const char *command = zinit_service_exec(service);

    (void)scene;
    EXPECT(command != NULL && strcmp(command, "sh -c 'echo ready; exec sleep 1000'") == 0);
}

static void look_at_name_list(struct scene *scene, const zinit_name_list *names)
{
    /* A service whose file is not ours to read does not match. */
    if (zinit_name_list_len(names) == 0 && is_file_unreadable())
        return;
    EXPECT(zinit_name_list_len(names) == 1);
    EXPECT(zinit_name_list_at(names, 0) != NULL && strcmp(zinit_name_list_at(names, 0), scene->name) == 0);
}

static void look_at_report(const struct scene *scene, const zinit_report *report, zinit_code code)
{
    EXPECT(report != NULL);
    if (zinit_report_len(report) != 1)
        return;
    EXPECT(strcmp(zinit_report_name(report, 0), scene->name) == 0);
    if (code == ZINIT_OK)
        EXPECT(zinit_report_code(report, 0) == ZINIT_OK && zinit_report_error(report, 0) == NULL);
}

static void answer_report(struct scene *scene, const zinit_request *request)
{
    look_at_report(scene, zinit_request_report(request), ZINIT_OK);
}

GIVES(list, service_list, zinit_service_list, scene->client)
BEGIN(list, scene->client)
GIVES(status, status, zinit_status, scene->client, scene->name)
BEGIN(status, scene->client, scene->name)
GIVES(statuses, status_list, zinit_status_list, scene->client)
BEGIN(statuses, scene->client)
GIVES(stats, stats, zinit_stats, scene->client, scene->name)
BEGIN(stats, scene->client, scene->name)
GIVES(version, daemon_version, zinit_daemon_version, scene->client)
BEGIN(version, scene->client)
GIVES(get, service, zinit_service, scene->client, scene->name)
BEGIN(get, scene->client, scene->name)
GIVES(load_service, service, zinit_service, scene->client, scene->name)
BEGIN(load_service, scene->client, scene->name)
GIVES(matches, name_list, zinit_name_list, scene->client, scene->filter)
BEGIN(matches, scene->client, scene->filter)
PLAIN(add_service, scene->client, scene->name, scene->definition)
BEGIN(add_service, scene->client, scene->name, scene->definition)
PLAIN(remove_service, scene->client, scene->name)
BEGIN(remove_service, scene->client, scene->name)
PLAIN(start, scene->client, scene->name)
BEGIN(start, scene->client, scene->name)
PLAIN(stop, scene->client, scene->name)
BEGIN(stop, scene->client, scene->name)
PLAIN(monitor, scene->client, scene->name)
BEGIN(monitor, scene->client, scene->name)
PLAIN(forget, scene->client, scene->name)
BEGIN(forget, scene->client, scene->name)
PLAIN(kill, scene->client, scene->name, "SIGCONT")
BEGIN(kill, scene->client, scene->name, "SIGCONT")
PLAIN(reboot, scene->client)
BEGIN(reboot, scene->client)
PLAIN(shutdown, scene->client)
BEGIN(shutdown, scene->client)
PLAIN(start_http_server, scene->client, scene->address)
BEGIN(start_http_server, scene->client, scene->address)
PLAIN(stop_http_server, scene->client)
BEGIN(stop_http_server, scene->client)
PLAIN(start_wait, scene->client, scene->name, DEADLINE, NULL)
BEGIN(start_wait, scene->client, scene->name, DEADLINE)
PLAIN(stop_wait, scene->client, scene->name, DEADLINE, NULL)
BEGIN(stop_wait, scene->client, scene->name, DEADLINE)
PLAIN(restart, scene->client, scene->name, DEADLINE, DEADLINE, NULL)
BEGIN(restart, scene->client, scene->name, DEADLINE, DEADLINE)
PLAIN(deploy, scene->client, scene->name, scene->definition, DEADLINE, DEADLINE, NULL)
BEGIN(deploy, scene->client, scene->name, scene->definition, DEADLINE, DEADLINE)
PLAIN(reload, scene->client, scene->name, DEADLINE, DEADLINE, NULL)
BEGIN(reload, scene->client, scene->name, DEADLINE, DEADLINE)

static zinit_code call_exists(struct scene *scene)
{
    zinit_error *error = GARBAGE;
    int32_t exists = 7;
    zinit_code code = TOLD(zinit_client_exists(scene->client, scene->name, &exists, &error));

    EXPECT(exists == (code == ZINIT_OK));
    return code;
}
BEGIN(exists, scene->client, scene->name)

static void answer_exists(struct scene *scene, const zinit_request *request)
{
    (void)scene;
    EXPECT(zinit_request_exists(request) == 1);
}

static zinit_code call_protocol(struct scene *scene)
{
    zinit_error *error = GARBAGE;
    int32_t protocol = 7;
    zinit_code code = TOLD(zinit_client_protocol(scene->client, &protocol, &error));

    EXPECT((protocol == ZINIT_PROTOCOL_LINE || protocol == ZINIT_PROTOCOL_JSONRPC) == (code == ZINIT_OK));
    EXPECT(protocol == 0 || code == ZINIT_OK);
    return code;
}
BEGIN(protocol, scene->client)

static void answer_protocol(struct scene *scene, const zinit_request *request)
{
    (void)scene;
    EXPECT(zinit_request_protocol(request) != ZINIT_PROTOCOL_ANY);
}

/* A group of one. */
#define GROUP(operation, ...)                                                                                          \
    static zinit_code call_##operation(struct scene *scene)                                                            \
    {                                                                                                                  \
        const char *names[1] = {scene->name};                                                                          \
        zinit_error *error = GARBAGE;                                                                                  \
        zinit_report *report = GARBAGE;                                                                                \
        zinit_code code =                                                                                              \
            TOLD(zinit_client_##operation(scene->client, names, 1, __VA_ARGS__, NULL, &report, &error));               \
        look_at_report(scene, report, code);                                                                           \
        zinit_report_free(report);                                                                                     \
        return code;                                                                                                   \
    }                                                                                                                  \
    static zinit_code begin_##operation(struct scene *scene, zinit_request **request)                                  \
    {                                                                                                                  \
        const char *names[1] = {scene->name};                                                                          \
        zinit_error *error = GARBAGE;                                                                                  \
        return TOLD(zinit_client_begin_##operation(scene->client, names, 1, __VA_ARGS__, request, &error));            \
    }
GROUP(start_multiple, DEADLINE)
GROUP(stop_multiple, DEADLINE)
GROUP(restart_multiple, DEADLINE, DEADLINE)
GROUP(destroy_services, DEADLINE)

/* Makes a cancel object, and triggers it. */
static zinit_code call_cancel(struct scene *scene)
{
    zinit_error *error = GARBAGE;
    zinit_cancel *cancel = GARBAGE;
    zinit_code code = TOLD(zinit_cancel_new(&cancel, &error));

    if (check_result(cancel, code) != ZINIT_OK)
        return code;
    zinit_cancel_trigger(cancel);
    code = TOLD(zinit_client_stop_wait(scene->client, scene->name, DEADLINE, cancel, &error));
    EXPECT(code == ZINIT_ERR_CANCELLED);
    zinit_cancel_free(cancel);
    return ZINIT_OK;
}

/* Makes a queue, and puts a request into it whose descriptor was asked for. */
static zinit_code call_queue(struct scene *scene)
{
    zinit_error *error = GARBAGE;
    zinit_queue *queue = GARBAGE;
    zinit_request *request = NULL;
    zinit_request *next = GARBAGE;
    zinit_code code = TOLD(zinit_queue_new(&queue, &error));

    if (check_result(queue, code) != ZINIT_OK)
        return code;
    code = begin_status(scene, &request);
    if (code == ZINIT_OK) {
        (void)zinit_request_fd(request);
        code = TOLD(zinit_queue_add(queue, request, &error));
        /* It goes on in no queue. */
        if (code != ZINIT_OK) {
            error = GARBAGE;
            code = told("zinit_request_wait", "zinit_client_status", zinit_request_wait(request, DEADLINE, &error), &error);
        } else {
            code = TOLD(zinit_queue_next(queue, DEADLINE, NULL, &next, &error));
            EXPECT(next == (code == ZINIT_OK ? request : NULL));
        }
    }
    zinit_request_free(request);
    zinit_queue_free(queue);
    return code;
}

/* A request that is freed with its new file prepared. */
static zinit_code call_deploy_given_up(struct scene *scene)
{
    zinit_request *request = NULL;
    zinit_code code = begin_deploy(scene, &request);
    int i;

    /* First the file, then the stop goes out. */
    for (i = 0; code == ZINIT_OK && i < 2; i++) {
        zinit_error *error = GARBAGE;
        zinit_code now = zinit_request_dispatch(request, &error);
        told("zinit_request_dispatch", "zinit_client_deploy", now, &error);
        if (now != ZINIT_PENDING)
            code = now;
    }
    zinit_request_free(request);
    return code;
}

/* Waits until a stream's next call can go on. */
static int await(struct scene *scene, int descriptor, zinit_request *request)
{
    zinit_error *error = GARBAGE;
    zinit_request *next = NULL;
    zinit_code code = ZINIT_OK;

    if (scene->form == LOOP)
        return wait_readable(descriptor);
    if (scene->form == QUEUE) {
        code = TOLD(zinit_queue_next(scene->queue, DEADLINE, NULL, &next, &error));
        /* A fault is passed on once. */
        if (code == ZINIT_ERR_IO)
            code = TOLD(zinit_queue_next(scene->queue, DEADLINE, NULL, &next, &error));
        EXPECT(code == ZINIT_OK && next == request);
    }
    return code == ZINIT_OK;
}

static zinit_code stream_watch(struct scene *scene)
{
    const char *names[1] = {scene->name};
    const int64_t timeout = scene->form == CALL ? DEADLINE : 0;
    zinit_error *error = GARBAGE;
    zinit_watch *watch = GARBAGE;
    const zinit_change *change = NULL;
    zinit_code code = TOLD(zinit_client_watch(scene->client, names, 1, 10, &watch, &error));

    if (check_result(watch, code) != ZINIT_OK)
        return code;
    do {
        change = GARBAGE;
        error = GARBAGE;
        code = TOLD(zinit_watch_next(watch, timeout, NULL, &change, &error));
        check_result(change, code);
        if (code == ZINIT_PENDING && !await(scene, zinit_watch_fd(watch), zinit_watch_request(watch)))
            break;
        EXPECT(code != ZINIT_PENDING || timeout == 0);
    } while (code == ZINIT_PENDING || (code == ZINIT_OK && zinit_change_kind(change) != ZINIT_CHANGE_APPEARED));
    zinit_watch_free(watch);
    return code;
}

static zinit_code read_log(struct scene *scene, int64_t last, int32_t follow)
{
    const int64_t timeout = scene->form == CALL ? DEADLINE : 0;
    zinit_error *error = GARBAGE;
    zinit_log_stream *stream = GARBAGE;
    const zinit_log_line *line = NULL;
    zinit_code code = TOLD(zinit_client_logs(scene->client, scene->name, last, follow, &stream, &error));
    int lines = 0;

    if (check_result(stream, code) != ZINIT_OK)
        return code;
    do {
        line = GARBAGE;
        error = GARBAGE;
        code = TOLD(zinit_log_stream_next(stream, timeout, NULL, &line, &error));
        check_result(line, code);
        lines += code == ZINIT_OK;
        if (code == ZINIT_PENDING && !await(scene, zinit_log_stream_fd(stream), zinit_log_stream_request(stream)))
            break;
        EXPECT(code != ZINIT_PENDING || timeout == 0);
    } while (code == ZINIT_PENDING || (code == ZINIT_OK && !follow));
    EXPECT(code < ZINIT_OK || lines > 0);
    zinit_log_stream_free(stream);
    return code == ZINIT_END ? ZINIT_OK : code;
}

static zinit_code stream_logs(struct scene *scene)
{
    return read_log(scene, -1, 0);
}

static zinit_code stream_logs_followed(struct scene *scene)
{
    return read_log(scene, 10, 1);
}

#define OPERATION(operation, answer, needs)                                                                            \
    {#operation, call_##operation, begin_##operation, NULL, "zinit_client_" #operation, answer, needs}
#define AS(name, operation, answer, needs)                                                                             \
    {name, call_##operation, begin_##operation, NULL, "zinit_client_" #operation, answer, needs}
#define CALL_ONLY(operation, needs)                                                                                    \
    {#operation, call_##operation, NULL, NULL, NULL, NULL, needs}
#define STREAM(operation, needs)                                                                                       \
    {#operation, NULL, NULL, stream_##operation, NULL, NULL, needs}

const struct operation operations[] = {
    OPERATION(list, answer_list, MONITORED),
    OPERATION(status, answer_status, MONITORED),
    OPERATION(statuses, answer_statuses, MONITORED),
    OPERATION(stats, answer_stats, MONITORED | MAY_REFUSE | SLOW),
    OPERATION(exists, answer_exists, MONITORED),
    OPERATION(version, answer_version, 0),
    OPERATION(protocol, answer_protocol, 0),
    OPERATION(get, answer_get, MONITORED),
    OPERATION(load_service, answer_load_service, WITH_FILE),
    AS("load_service_of_daemon", load_service, answer_load_service, MONITORED | BY_DAEMON),
    OPERATION(add_service, NULL, WITH_FILE | CHANGES | WRITES | HAS_LEFT_OVER),
    AS("add_service_anew", add_service, NULL, CHANGES | WRITES),
    AS("add_service_by_daemon", add_service, NULL, CHANGES | BY_DAEMON),
    OPERATION(remove_service, NULL, WITH_FILE | CHANGES | REMOVES),
    AS("remove_service_by_daemon", remove_service, NULL, WITH_FILE | CHANGES | REMOVES | BY_DAEMON),
    OPERATION(start, NULL, MONITORED),
    OPERATION(stop, NULL, MONITORED | CHANGES),
    OPERATION(monitor, NULL, WITH_FILE | CHANGES),
    OPERATION(forget, NULL, DOWN | CHANGES),
    OPERATION(kill, NULL, MONITORED),
    OPERATION(reboot, NULL, ENDS_DAEMON),
    OPERATION(shutdown, NULL, ENDS_DAEMON),
    OPERATION(start_http_server, NULL, MAY_REFUSE),
    OPERATION(stop_http_server, NULL, MAY_REFUSE),
    OPERATION(start_wait, NULL, DOWN | CHANGES | SLOW),
    OPERATION(stop_wait, NULL, MONITORED | CHANGES),
    OPERATION(restart, NULL, MONITORED | CHANGES | SLOW),
    OPERATION(deploy, NULL, MONITORED | CHANGES | WRITES),
    AS("deploy_anew", deploy, NULL, CHANGES | WRITES),
    CALL_ONLY(deploy_given_up, MONITORED | CHANGES),
    OPERATION(reload, NULL, MONITORED | CHANGES),
    OPERATION(start_multiple, answer_report, WITH_FILE | CHANGES),
    OPERATION(stop_multiple, answer_report, MONITORED | CHANGES),
    OPERATION(restart_multiple, answer_report, MONITORED | CHANGES | SLOW),
    OPERATION(destroy_services, answer_report, MONITORED | CHANGES | REMOVES),
    OPERATION(matches, answer_matches, MONITORED),
    CALL_ONLY(cancel, MONITORED),
    CALL_ONLY(queue, MONITORED),
    STREAM(watch, MONITORED),
    STREAM(logs, MONITORED | CHANGES),
    STREAM(logs_followed, MONITORED | CHANGES),
};
const size_t operation_count = sizeof operations / sizeof operations[0];

int has_form(const struct operation *operation, enum form form)
{
    return form == CALL || operation->begin != NULL || (operation->stream != NULL && form != WAIT);
}

static zinit_code dispatch(const struct operation *operation, zinit_request *request)
{
    zinit_error *error = GARBAGE;
    zinit_code code = zinit_request_dispatch(request, &error);

    return told("zinit_request_dispatch", operation->function, code, &error);
}

static zinit_code run_in_loop(const struct operation *operation, zinit_request *request)
{
    int descriptor = zinit_request_fd(request);
    zinit_code code;

    /* There is none for it: the program gives it up. */
    if (descriptor < 0)
        return ZINIT_PENDING;
    while ((code = dispatch(operation, request)) == ZINIT_PENDING) {
        if (!wait_readable(descriptor))
            break;
    }
    return code;
}

static zinit_code run_in_queue(const struct operation *operation, struct scene *scene, zinit_request *request)
{
    zinit_request *next = GARBAGE;
    zinit_error *error = GARBAGE;
    zinit_code code = TOLD(zinit_queue_next(scene->queue, DEADLINE, NULL, &next, &error));

    check_result(next, code);
    /* A fault of the queue is passed on once, and its requests go on. */
    if (code == ZINIT_ERR_IO) {
        error = GARBAGE;
        code = TOLD(zinit_queue_next(scene->queue, DEADLINE, NULL, &next, &error));
    }
    EXPECT(code == ZINIT_OK && next == request);
    return dispatch(operation, request);
}

static zinit_code run_request(const struct operation *operation, struct scene *scene)
{
    zinit_request *request = GARBAGE;
    zinit_error *error = GARBAGE;
    zinit_code code = operation->begin(scene, &request);

    if (check_result(request, code) != ZINIT_OK)
        return code;
    if (scene->form == QUEUE)
        code = run_in_queue(operation, scene, request);
    else if (scene->form == LOOP)
        code = run_in_loop(operation, request);
    else
        code = told("zinit_request_wait", operation->function, zinit_request_wait(request, DEADLINE, &error), &error);
    EXPECT(code != ZINIT_PENDING || scene->form == LOOP);
    if (code == ZINIT_OK && operation->answer != NULL)
        operation->answer(scene, request);
    zinit_request_free(request);
    return code;
}

zinit_code carry_out(const struct operation *operation, struct scene *scene)
{
    if (operation->stream != NULL)
        return operation->stream(scene);
    return scene->form == CALL ? operation->call(scene) : run_request(operation, scene);
}
