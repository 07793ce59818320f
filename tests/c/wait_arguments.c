/* Wrong arguments of the calls that wait: waits, groups, requests, watches and logs. */
#include <stdint.h>

#include "refusals.h"

/* Lists of names, good and bad. */
static const char *const good[] = {"web", "db"};
static const char *const with_null[] = {"web", NULL};
static const char *const not_utf8[] = {"web", NOT_UTF8};
static const char *const with_slash[] = {"web", "a/b"};
static const char *const with_empty[] = {"web", ""};

static void waits(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();

    (void)data;
    REFUSES_ARGUMENT("cancel", zinit_cancel_new, NULL);
    REFUSES_ARGUMENT("client", zinit_client_start_wait, NULL, "web", 0, NULL);
    REFUSES_ARGUMENT("name", zinit_client_start_wait, client, NULL, 0, NULL);
    REFUSES_ARGUMENT("name", zinit_client_start_wait, client, NOT_UTF8, 0, NULL);
    REFUSES_ARGUMENT("timeout_ms", zinit_client_start_wait, client, "web", -2, NULL);
    REFUSES_NAME(zinit_client_start_wait, client, "a/b", 0, NULL);
    REFUSES_ARGUMENT("client", zinit_client_stop_wait, NULL, "web", 0, NULL);
    REFUSES_ARGUMENT("name", zinit_client_stop_wait, client, NULL, 0, NULL);
    REFUSES_ARGUMENT("name", zinit_client_stop_wait, client, NOT_UTF8, 0, NULL);
    REFUSES_ARGUMENT("timeout_ms", zinit_client_stop_wait, client, "web", INT64_MIN, NULL);
    REFUSES_NAME(zinit_client_stop_wait, client, "", 0, NULL);
    REFUSES_ARGUMENT("client", zinit_client_restart, NULL, "web", 0, 0, NULL);
    REFUSES_ARGUMENT("name", zinit_client_restart, client, NULL, 0, 0, NULL);
    REFUSES_ARGUMENT("name", zinit_client_restart, client, NOT_UTF8, 0, 0, NULL);
    REFUSES_ARGUMENT("stop_timeout_ms", zinit_client_restart, client, "web", -2, 0, NULL);
    REFUSES_ARGUMENT("start_timeout_ms", zinit_client_restart, client, "web", 0, -2, NULL);
    REFUSES_NAME(zinit_client_restart, client, "../x", 0, 0, NULL);
    REFUSES_ARGUMENT("client", zinit_client_deploy, NULL, "web", service, 0, 0, NULL);
    REFUSES_ARGUMENT("name", zinit_client_deploy, client, NULL, service, 0, 0, NULL);
    REFUSES_ARGUMENT("name", zinit_client_deploy, client, NOT_UTF8, service, 0, 0, NULL);
    REFUSES_ARGUMENT("service", zinit_client_deploy, client, "web", NULL, 0, 0, NULL);
    REFUSES_ARGUMENT("stop_timeout_ms", zinit_client_deploy, client, "web", service, -2, 0, NULL);
    REFUSES_ARGUMENT("start_timeout_ms", zinit_client_deploy, client, "web", service, 0, -2, NULL);
    REFUSES_NAME(zinit_client_deploy, client, "a\nb", service, 0, 0, NULL);
    REFUSES_ARGUMENT("client", zinit_client_reload, NULL, "web", 0, 0, NULL);
    REFUSES_ARGUMENT("name", zinit_client_reload, client, NULL, 0, 0, NULL);
    REFUSES_ARGUMENT("name", zinit_client_reload, client, NOT_UTF8, 0, 0, NULL);
    REFUSES_ARGUMENT("stop_timeout_ms", zinit_client_reload, client, "web", -2, 0, NULL);
    REFUSES_ARGUMENT("start_timeout_ms", zinit_client_reload, client, "web", 0, -2, NULL);
    REFUSES_NAME(zinit_client_reload, client, "a/b", 0, 0, NULL);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_cancel_trigger(NULL);
    zinit_service_free(service);
    zinit_client_free(client);
}

static void a_triggered_cancel_sends_nothing(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_cancel *cancel = NULL;
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    const char *const names[] = {"web"};

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    zinit_cancel_trigger(cancel);
#define CANCELLED(...) REFUSES(ZINIT_ERR_CANCELLED, "cancel", __VA_ARGS__)
    CANCELLED(zinit_client_start_wait, client, "web", 1000, cancel);
    CANCELLED(zinit_client_start_wait, client, "web", 0, cancel);
    CANCELLED(zinit_client_stop_wait, client, "web", 1000, cancel);
    CANCELLED(zinit_client_restart, client, "web", 1000, 1000, cancel);
    CANCELLED(zinit_client_reload, client, "web", 1000, 1000, cancel);
    CHECK_FAILS(zinit_client_start_multiple(client, names, 1, 1000, cancel, &report, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    zinit_report_free(report);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_cancel_free(cancel);
    zinit_client_free(client);
}

static void restart_multiple(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_report *report;
    zinit_error *error = NULL;

    (void)data;
#define REFUSES_GROUP(argument, ...)                                                                                   \
    REFUSES_AND_EMPTIES(argument, report, GARBAGE, zinit_client_restart_multiple, __VA_ARGS__, NULL, &report)
    REFUSES_ARGUMENT("report", zinit_client_restart_multiple, client, good, 2, 0, 0, NULL, NULL);
    REFUSES_GROUP("client", NULL, good, 2, 0, 0);
    REFUSES_GROUP("names", client, NULL, 2, 0, 0);
    REFUSES_GROUP("names", client, with_null, 2, 0, 0);
    REFUSES_GROUP("names", client, not_utf8, 2, 0, 0);
    REFUSES_GROUP("stop_timeout_ms", client, good, 2, -2, 0);
    REFUSES_GROUP("start_timeout_ms", client, good, 2, 0, -2);
    report = GARBAGE;
    REFUSES_NAME(zinit_client_restart_multiple, client, with_slash, 2, 0, 0, NULL, &report);
    CHECK(report == NULL);
    CHECK_OK(zinit_client_restart_multiple(client, NULL, 0, 0, 0, NULL, &report, &error));
    CHECK_INT(zinit_report_len(report), 0);
    zinit_report_free(report);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void groups(const void *data)
{
    typedef zinit_code (*of_names)(const zinit_client *, const char *const *, size_t, int64_t, zinit_cancel *,
                                   zinit_report **, zinit_error **);
    static const of_names functions[] = {zinit_client_start_multiple, zinit_client_stop_multiple,
                                         zinit_client_destroy_services};
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_report *report;
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(functions); i++) {
        REFUSES_ARGUMENT("report", functions[i], client, good, 2, 0, NULL, NULL);
        REFUSES_AND_EMPTIES("client", report, GARBAGE, functions[i], NULL, good, 2, 0, NULL, &report);
        REFUSES_AND_EMPTIES("names", report, GARBAGE, functions[i], client, NULL, 2, 0, NULL, &report);
        REFUSES_AND_EMPTIES("names", report, GARBAGE, functions[i], client, with_null, 2, 0, NULL, &report);
        REFUSES_AND_EMPTIES("names", report, GARBAGE, functions[i], client, not_utf8, 2, 0, NULL, &report);
        REFUSES_AND_EMPTIES("timeout_ms", report, GARBAGE, functions[i], client, good, 2, -2, NULL, &report);
        report = GARBAGE;
        REFUSES_NAME(functions[i], client, with_slash, 2, 0, NULL, &report);
        CHECK(report == NULL);
        /* A group of no names has nothing to do, and succeeds. */
        CHECK_OK(functions[i](client, NULL, 0, 0, NULL, &report, &error));
        CHECK(report != NULL);
        CHECK_INT(zinit_report_len(report), 0);
        CHECK_TEXT(zinit_report_name(report, 0), NULL);
        CHECK_INT(zinit_report_code(report, 0), ZINIT_ERR_INVALID_ARGUMENT);
        CHECK(zinit_report_state(report, 0) == NULL && zinit_report_error(report, 0) == NULL);
        CHECK_INT(zinit_report_killed(report, 0), 0);
        zinit_report_free(report);
    }
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

#define REFUSES_REQUEST(argument, ...) REFUSES_AND_EMPTIES(argument, request, GARBAGE, __VA_ARGS__, &request)
#define REFUSES_REQUEST_OF(...)                                                                                        \
    do {                                                                                                               \
        request = GARBAGE;                                                                                             \
        REFUSES_NAME(__VA_ARGS__, &request);                                                                           \
        CHECK(request == NULL);                                                                                        \
    } while (0)

static void refuse_requests_of_one_command(const zinit_client *client)
{
    typedef zinit_code (*of_name)(const zinit_client *, const char *, zinit_request **, zinit_error **);
    static const of_name functions[] = {zinit_client_begin_status, zinit_client_begin_start, zinit_client_begin_stop,
                                        zinit_client_begin_monitor, zinit_client_begin_forget};
    zinit_request *request;
    size_t i;

    REFUSES_ARGUMENT("request", zinit_client_begin_list, client, NULL);
    REFUSES_REQUEST("client", zinit_client_begin_list, NULL);
    REFUSES_ARGUMENT("request", zinit_client_begin_statuses, client, NULL);
    REFUSES_REQUEST("client", zinit_client_begin_statuses, NULL);
    for (i = 0; i < LENGTH(functions); i++) {
        REFUSES_ARGUMENT("request", functions[i], client, "web", NULL);
        REFUSES_REQUEST("client", functions[i], NULL, "web");
        REFUSES_REQUEST("name", functions[i], client, NULL);
        REFUSES_REQUEST("name", functions[i], client, NOT_UTF8);
        REFUSES_REQUEST_OF(functions[i], client, "a/b");
    }
    REFUSES_ARGUMENT("request", zinit_client_begin_kill, client, "web", "SIGTERM", NULL);
    REFUSES_REQUEST("client", zinit_client_begin_kill, NULL, "web", "SIGTERM");
    REFUSES_REQUEST("name", zinit_client_begin_kill, client, NULL, "SIGTERM");
    REFUSES_REQUEST("signal", zinit_client_begin_kill, client, "web", NULL);
    REFUSES_REQUEST("signal", zinit_client_begin_kill, client, "web", NOT_UTF8);
    REFUSES_REQUEST_OF(zinit_client_begin_kill, client, "", "SIGTERM");
    request = GARBAGE;
    REFUSES(ZINIT_ERR_INVALID_SIGNAL, "15", zinit_client_begin_kill, client, "web", "15", &request);
    CHECK(request == NULL);
}

static void refuse_requests_that_wait(const zinit_client *client)
{
    typedef zinit_code (*wait)(const zinit_client *, const char *, int64_t, zinit_request **, zinit_error **);
    static const wait functions[] = {zinit_client_begin_start_wait, zinit_client_begin_stop_wait};
    zinit_service *service = zinit_service_new();
    zinit_request *request;
    size_t i;

    for (i = 0; i < LENGTH(functions); i++) {
        REFUSES_ARGUMENT("request", functions[i], client, "web", 0, NULL);
        REFUSES_REQUEST("client", functions[i], NULL, "web", 0);
        REFUSES_REQUEST("name", functions[i], client, NULL, 0);
        REFUSES_REQUEST("timeout_ms", functions[i], client, "web", -2);
        REFUSES_REQUEST_OF(functions[i], client, "a\nb", 0);
    }
    REFUSES_ARGUMENT("request", zinit_client_begin_restart, client, "web", 0, 0, NULL);
    REFUSES_REQUEST("client", zinit_client_begin_restart, NULL, "web", 0, 0);
    REFUSES_REQUEST("name", zinit_client_begin_restart, client, NULL, 0, 0);
    REFUSES_REQUEST("stop_timeout_ms", zinit_client_begin_restart, client, "web", -2, 0);
    REFUSES_REQUEST("start_timeout_ms", zinit_client_begin_restart, client, "web", 0, -2);
    REFUSES_ARGUMENT("request", zinit_client_begin_deploy, client, "web", service, 0, 0, NULL);
    REFUSES_REQUEST("client", zinit_client_begin_deploy, NULL, "web", service, 0, 0);
    REFUSES_REQUEST("name", zinit_client_begin_deploy, client, NULL, service, 0, 0);
    REFUSES_REQUEST("service", zinit_client_begin_deploy, client, "web", NULL, 0, 0);
    REFUSES_REQUEST("stop_timeout_ms", zinit_client_begin_deploy, client, "web", service, -2, 0);
    REFUSES_REQUEST("start_timeout_ms", zinit_client_begin_deploy, client, "web", service, 0, -2);
    REFUSES_ARGUMENT("request", zinit_client_begin_reload, client, "web", 0, 0, NULL);
    REFUSES_REQUEST("client", zinit_client_begin_reload, NULL, "web", 0, 0);
    REFUSES_REQUEST("name", zinit_client_begin_reload, client, NULL, 0, 0);
    REFUSES_REQUEST("stop_timeout_ms", zinit_client_begin_reload, client, "web", -2, 0);
    REFUSES_REQUEST("start_timeout_ms", zinit_client_begin_reload, client, "web", 0, -2);
    REFUSES_REQUEST_OF(zinit_client_begin_reload, client, "", 0, 0);
    zinit_service_free(service);
}

static void refuse_requests_of_groups(const zinit_client *client)
{
    typedef zinit_code (*of_names)(const zinit_client *, const char *const *, size_t, int64_t, zinit_request **,
                                   zinit_error **);
    static const of_names functions[] = {zinit_client_begin_start_multiple, zinit_client_begin_stop_multiple,
                                         zinit_client_begin_destroy_services};
    zinit_request *request;
    size_t i;

    REFUSES_ARGUMENT("request", zinit_client_begin_restart_multiple, client, good, 2, 0, 0, NULL);
    REFUSES_REQUEST("client", zinit_client_begin_restart_multiple, NULL, good, 2, 0, 0);
    REFUSES_REQUEST("names", zinit_client_begin_restart_multiple, client, NULL, 2, 0, 0);
    REFUSES_REQUEST("names", zinit_client_begin_restart_multiple, client, with_null, 2, 0, 0);
    REFUSES_REQUEST("stop_timeout_ms", zinit_client_begin_restart_multiple, client, good, 2, -2, 0);
    REFUSES_REQUEST("start_timeout_ms", zinit_client_begin_restart_multiple, client, good, 2, 0, -2);
    REFUSES_REQUEST_OF(zinit_client_begin_restart_multiple, client, with_empty, 2, 0, 0);
    for (i = 0; i < LENGTH(functions); i++) {
        REFUSES_ARGUMENT("request", functions[i], client, good, 2, 0, NULL);
        REFUSES_REQUEST("client", functions[i], NULL, good, 2, 0);
        REFUSES_REQUEST("names", functions[i], client, NULL, 2, 0);
        REFUSES_REQUEST("names", functions[i], client, with_null, 2, 0);
        REFUSES_REQUEST("names", functions[i], client, not_utf8, 2, 0);
        REFUSES_REQUEST("timeout_ms", functions[i], client, good, 2, -2);
        REFUSES_REQUEST_OF(functions[i], client, with_empty, 2, 0);
    }
}

static void requests(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);

    (void)data;
    refuse_requests_of_one_command(client);
    refuse_requests_that_wait(client);
    refuse_requests_of_groups(client);
    REFUSES_ARGUMENT("request", zinit_request_dispatch, NULL);
    CHECK_INT(zinit_request_fd(NULL), -1);
    CHECK(zinit_request_service_list(NULL) == NULL && zinit_request_status(NULL) == NULL);
    CHECK(zinit_request_status_list(NULL) == NULL);
    CHECK(zinit_request_report(NULL) == NULL);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void watch(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    const zinit_change *change;
    zinit_watch *watch;
    zinit_error *error = NULL;

    (void)data;
    REFUSES_ARGUMENT("watch", zinit_client_watch, client, good, 2, 0, NULL);
    REFUSES_AND_EMPTIES("client", watch, GARBAGE, zinit_client_watch, NULL, good, 2, 0, &watch);
    REFUSES_AND_EMPTIES("names", watch, GARBAGE, zinit_client_watch, client, NULL, 2, 0, &watch);
    REFUSES_AND_EMPTIES("names", watch, GARBAGE, zinit_client_watch, client, with_null, 2, 0, &watch);
    REFUSES_AND_EMPTIES("names", watch, GARBAGE, zinit_client_watch, client, not_utf8, 2, 0, &watch);
    REFUSES_AND_EMPTIES("idle_interval_ms", watch, GARBAGE, zinit_client_watch, client, good, 2, -1, &watch);
    watch = GARBAGE;
    REFUSES_NAME(zinit_client_watch, client, with_slash, 2, 0, &watch);
    CHECK(watch == NULL);

    CHECK_OK(zinit_client_watch(client, NULL, 0, 0, &watch, &error));
    REFUSES_ARGUMENT("change", zinit_watch_next, watch, 0, NULL, NULL);
    REFUSES_AND_EMPTIES("watch", change, GARBAGE, zinit_watch_next, NULL, 0, NULL, &change);
    REFUSES_AND_EMPTIES("timeout_ms", change, GARBAGE, zinit_watch_next, watch, -2, NULL, &change);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_watch_free(watch);
    CHECK_INT(zinit_watch_fd(NULL), -1);
    CHECK_INT(zinit_change_kind(NULL), 0);
    CHECK_TEXT(zinit_change_service(NULL), NULL);
    CHECK(zinit_change_state_before(NULL) == NULL && zinit_change_state_after(NULL) == NULL);
    CHECK_INT(zinit_change_pid(NULL), 0);
    CHECK_INT(zinit_change_target(NULL), ZINIT_TARGET_UNKNOWN);
    zinit_client_free(client);
}

static void logs(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream;
    const zinit_log_line *line;
    zinit_error *error = NULL;
    char command[100];

    (void)data;
    REFUSES_ARGUMENT("stream", zinit_client_logs, client, "web", -1, 0, NULL);
    REFUSES_AND_EMPTIES("client", stream, GARBAGE, zinit_client_logs, NULL, "web", -1, 0, &stream);
    REFUSES_AND_EMPTIES("name", stream, GARBAGE, zinit_client_logs, client, NOT_UTF8, -1, 0, &stream);
    REFUSES_AND_EMPTIES("last", stream, GARBAGE, zinit_client_logs, client, "web", -2, 0, &stream);
    stream = GARBAGE;
    REFUSES_NAME(zinit_client_logs, client, "a/b", -1, 0, &stream);
    CHECK(stream == NULL);

    CHECK_INT(count_commands(&daemon), 0);

    CHECK_OK(zinit_client_logs(client, NULL, -1, 0, &stream, &error));
    /* The two that are sent at once, on two connections. */
    next_command(&daemon, command, sizeof command);
    next_command(&daemon, command, sizeof command);
    REFUSES_ARGUMENT("line", zinit_log_stream_next, stream, 0, NULL, NULL);
    REFUSES_AND_EMPTIES("stream", line, GARBAGE, zinit_log_stream_next, NULL, 0, NULL, &line);
    REFUSES_AND_EMPTIES("timeout_ms", line, GARBAGE, zinit_log_stream_next, stream, -2, NULL, &line);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_log_stream_free(stream);
    CHECK_INT(zinit_log_stream_fd(NULL), -1);
    CHECK_TEXT(zinit_log_line_service(NULL), NULL);
    CHECK_INT(zinit_log_line_source(NULL), 0);
    CHECK_TEXT(zinit_log_line_text(NULL), NULL);
    CHECK_INT(zinit_log_line_len(NULL), 0);
    CHECK_INT(zinit_log_line_truncated(NULL), 0);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"waits", waits, NULL},
    {"a_triggered_cancel_sends_nothing", a_triggered_cancel_sends_nothing, NULL},
    {"groups", groups, NULL},
    {"restart_multiple", restart_multiple, NULL},
    {"requests", requests, NULL},
    {"watch", watch, NULL},
    {"logs", logs, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
