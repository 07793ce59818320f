/* Every pointer of every function may be wrong: what happens then, and that nothing else does. */
#include <limits.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "calls.h"

#define NOT_UTF8 "a\xff\xfe"

/* A place that no function should ever look at. */
#define GARBAGE ((void *)(uintptr_t)64)

/* Calls a function, whose last argument is the error, twice: with one and without. It must refuse the argument, name
 * it, and say that nothing was sent. */
#define REFUSES(code, words, ...)                                                                                      \
    do {                                                                                                               \
        zinit_error *error = GARBAGE;                                                                                  \
        CHECK_FAILS(CALL(__VA_ARGS__, &error), (code));                                                                \
        CHECK_CONTAINS(zinit_error_message(error), words);                                                             \
        CHECK_INT(zinit_error_request_sent(error), 0);                                                                 \
        CHECK_INT(zinit_error_os_errno(error), 0);                                                                     \
        zinit_error_free(error);                                                                                       \
        CHECK_INT(CALL(__VA_ARGS__, NULL), (code));                                                                    \
    } while (0)
#define CALL(function, ...) function(__VA_ARGS__)
#define REFUSES_ARGUMENT(argument, ...) REFUSES(ZINIT_ERR_INVALID_ARGUMENT, "`" argument "`", __VA_ARGS__)
#define REFUSES_NAME(...) REFUSES(ZINIT_ERR_INVALID_NAME, "name", __VA_ARGS__)
/* As above, for a function that would give something: the variable must be NULL or 0 afterwards. */
#define REFUSES_AND_EMPTIES(argument, variable, garbage, ...)                                                          \
    do {                                                                                                               \
        (variable) = (garbage);                                                                                        \
        REFUSES_ARGUMENT(argument, __VA_ARGS__);                                                                       \
        CHECK((variable) == 0);                                                                                        \
    } while (0)

static void client_and_options(const void *data)
{
    zinit_options *options = zinit_options_new();
    zinit_client *client = NULL;

    (void)data;
    REFUSES_ARGUMENT("client", zinit_client_new, "x", NULL);
    REFUSES_ARGUMENT("client", zinit_client_new, NULL, NULL);
    REFUSES_ARGUMENT("client", zinit_client_with_options, options, NULL);
    REFUSES_AND_EMPTIES("options", client, GARBAGE, zinit_client_with_options, NULL, &client);
    REFUSES_ARGUMENT("options", zinit_options_set_socket_path, NULL, "x");
    REFUSES_ARGUMENT("options", zinit_options_set_config_dir, NULL, "x");
    REFUSES_ARGUMENT("options", zinit_options_set_zinit_binary, NULL, "x");
    REFUSES_ARGUMENT("options", zinit_options_set_io_timeout_ms, NULL, 1);
    REFUSES_ARGUMENT("options", zinit_options_set_max_reply_bytes, NULL, 1);
    REFUSES_ARGUMENT("path", zinit_options_set_config_dir, options, NULL);
    REFUSES_ARGUMENT("path", zinit_options_set_zinit_binary, options, NULL);
    zinit_options_free(options);
}

static void io_timeout(const void *data)
{
    static const int64_t good[] = {1, 10000, INT64_MAX};
    static const int64_t bad[] = {0, -1, -2, INT64_MIN};
    zinit_options *options = zinit_options_new();
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(bad); i++)
        REFUSES_ARGUMENT("milliseconds", zinit_options_set_io_timeout_ms, options, bad[i]);
    for (i = 0; i < LENGTH(good); i++)
        CHECK_OK(zinit_options_set_io_timeout_ms(options, good[i], &error));
    zinit_options_free(options);
}

static void max_reply_bytes(const void *data)
{
    zinit_options *options = zinit_options_new();
    zinit_error *error = NULL;

    (void)data;
    REFUSES_ARGUMENT("bytes", zinit_options_set_max_reply_bytes, options, 0);
    CHECK_OK(zinit_options_set_max_reply_bytes(options, 1, &error));
    CHECK_OK(zinit_options_set_max_reply_bytes(options, UINT64_MAX, &error));
    zinit_options_free(options);
}

/* The largest numbers mean no limit, and no clock or counter overflows with them. */
static void the_largest_options_work(const void *data)
{
    struct daemon daemon = start_zinit();
    struct client_options wanted = {0};
    zinit_daemon_version *version = NULL;
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;
    zinit_client *client;

    (void)data;
    wanted.daemon = &daemon;
    wanted.io_timeout_ms = INT64_MAX;
    wanted.max_reply_bytes = UINT64_MAX;
    client = make_client(wanted);
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_OK(zinit_client_version(client, &version, &error));
    zinit_service_list_free(list);
    zinit_daemon_version_free(version);
    zinit_client_free(client);
}

static void socket_path(const void *data)
{
    zinit_options *options = zinit_options_new();
    zinit_client *client = NULL;
    zinit_error *error = NULL;
    char path[110];

    (void)data;
    memset(path, 'x', sizeof path);
    path[108] = '\0';
    REFUSES_AND_EMPTIES("socket_path", client, GARBAGE, zinit_client_new, path, &client);
    REFUSES_ARGUMENT("path", zinit_options_set_socket_path, options, path);
    REFUSES_AND_EMPTIES("socket_path", client, GARBAGE, zinit_client_new, "", &client);
    REFUSES_ARGUMENT("path", zinit_options_set_socket_path, options, "");
    REFUSES_ARGUMENT("path", zinit_options_set_config_dir, options, "");
    REFUSES_ARGUMENT("path", zinit_options_set_zinit_binary, options, "");

    path[107] = '\0';
    CHECK_OK(zinit_client_new(path, &client, &error));
    zinit_client_free(client);
    CHECK_OK(zinit_options_set_socket_path(options, path, &error));
    /* Back to the default. */
    CHECK_OK(zinit_options_set_socket_path(options, NULL, &error));
    CHECK_OK(zinit_client_with_options(options, &client, &error));
    zinit_client_free(client);
    zinit_options_free(options);

    CHECK_OK(zinit_client_new(NULL, &client, &error));
    zinit_client_free(client);
}

/* A path is bytes, and one of 107 has no room for its NUL in the system's own structure. */
static void a_socket_path_of_any_bytes_is_reached(const void *data)
{
    static const char odd[] = "\xff\xfe \n\"'.sock";
    struct daemon daemon = start_zinit();
    zinit_service_list *list = NULL;
    zinit_client *client = NULL;
    zinit_error *error = NULL;
    char path[108];
    size_t length;

    (void)data;
    length = strlen(case_directory());
    memset(path, 'x', sizeof path);
    memcpy(path, case_directory(), length);
    path[length] = '/';
    memcpy(path + length + 1, odd, strlen(odd));
    path[107] = '\0';
    NEED(rename(daemon.socket_path, path) == 0);
    CHECK_OK(zinit_client_new(path, &client, &error));
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_INT(zinit_service_list_len(list), 0);
    zinit_service_list_free(list);

    /* Its name in a message keeps to one line. */
    NEED(rename(path, daemon.socket_path) == 0);
    CHECK_FAILS(zinit_client_list(client, &list, &error), ZINIT_ERR_NOT_RUNNING);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void queries(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list;
    zinit_status *status;
    zinit_daemon_version *version;
    int32_t exists;

    (void)data;
    REFUSES_ARGUMENT("list", zinit_client_list, client, NULL);
    REFUSES_AND_EMPTIES("client", list, GARBAGE, zinit_client_list, NULL, &list);
    REFUSES_ARGUMENT("status", zinit_client_status, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", status, GARBAGE, zinit_client_status, NULL, "web", &status);
    REFUSES_AND_EMPTIES("name", status, GARBAGE, zinit_client_status, client, NULL, &status);
    REFUSES_AND_EMPTIES("name", status, GARBAGE, zinit_client_status, client, NOT_UTF8, &status);
    REFUSES_ARGUMENT("exists", zinit_client_exists, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", exists, 77, zinit_client_exists, NULL, "web", &exists);
    REFUSES_AND_EMPTIES("name", exists, 77, zinit_client_exists, client, NULL, &exists);
    REFUSES_AND_EMPTIES("name", exists, 77, zinit_client_exists, client, NOT_UTF8, &exists);
    REFUSES_ARGUMENT("version", zinit_client_version, client, NULL);
    REFUSES_AND_EMPTIES("client", version, GARBAGE, zinit_client_version, NULL, &version);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void states(const void *data)
{
    static const char *const unreadable[] = {"", " ", "Running ", "Error(", "Error)", "Error()", "(x)", "a b", "Error(x)y", "Run\nning"};
    zinit_state *state;
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    REFUSES_ARGUMENT("state", zinit_state_parse, "Running", NULL);
    REFUSES_AND_EMPTIES("text", state, GARBAGE, zinit_state_parse, NULL, &state);
    REFUSES_AND_EMPTIES("text", state, GARBAGE, zinit_state_parse, NOT_UTF8, &state);
    for (i = 0; i < LENGTH(unreadable); i++) {
        state = GARBAGE;
        REFUSES(ZINIT_ERR_INVALID_STATE, "", zinit_state_parse, unreadable[i], &state);
        CHECK(state == NULL);
    }
    CHECK_OK(zinit_state_parse("Error(Exited(Pid(1), 3))", &state, &error));
    CHECK_INT(zinit_state_kind(state), ZINIT_STATE_ERROR);
    CHECK_TEXT(zinit_state_reason(state), "Exited(Pid(1), 3)");
    CHECK_INT(zinit_state_exit_code(state), 3);
    CHECK_TEXT(zinit_state_signal(state), NULL);
    zinit_state_free(state);
    CHECK(zinit_state_kind_name(-1) == NULL && zinit_state_kind_name(9) == NULL);
    CHECK_TEXT(zinit_state_kind_name(ZINIT_STATE_TEST_FAILURE), "TestFailure");
    CHECK_TEXT(zinit_state_kind_name(ZINIT_STATE_OTHER), "Other");
    CHECK(zinit_target_name(-1) == NULL && zinit_target_name(3) == NULL);
    CHECK_TEXT(zinit_target_name(ZINIT_TARGET_UP), "Up");
    CHECK_TEXT(zinit_target_name(ZINIT_TARGET_UNKNOWN), "Unknown");
}

static void services(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_service *other;
    char *yaml;

    (void)data;
    REFUSES_ARGUMENT("service", zinit_service_from_yaml, "exec: a", 7, NULL);
    REFUSES_AND_EMPTIES("yaml", other, GARBAGE, zinit_service_from_yaml, NULL, 0, &other);
    REFUSES_AND_EMPTIES("yaml", other, GARBAGE, zinit_service_from_yaml, NULL, 7, &other);
    REFUSES_AND_EMPTIES("service", yaml, GARBAGE, zinit_service_to_yaml, NULL, &yaml);
    REFUSES_ARGUMENT("yaml", zinit_service_to_yaml, service, NULL);

    REFUSES_ARGUMENT("service", zinit_service_set_exec, NULL, "a");
    REFUSES_ARGUMENT("command", zinit_service_set_exec, service, NOT_UTF8);
    REFUSES_ARGUMENT("service", zinit_service_set_test, NULL, "a");
    REFUSES_ARGUMENT("command", zinit_service_set_test, service, NOT_UTF8);
    REFUSES_ARGUMENT("service", zinit_service_set_dir, NULL, "/");
    REFUSES_ARGUMENT("path", zinit_service_set_dir, service, NOT_UTF8);
    REFUSES_ARGUMENT("service", zinit_service_set_stop_signal, NULL, "SIGINT");
    REFUSES_ARGUMENT("signal", zinit_service_set_stop_signal, service, NOT_UTF8);
    REFUSES(ZINIT_ERR_INVALID_SIGNAL, "SIGNOPE", zinit_service_set_stop_signal, service, "SIGNOPE");
    REFUSES_ARGUMENT("service", zinit_service_set_oneshot, NULL, 1);
    REFUSES_ARGUMENT("service", zinit_service_set_log, NULL, ZINIT_LOG_RING);
    REFUSES_ARGUMENT("log", zinit_service_set_log, service, 4);
    REFUSES_ARGUMENT("log", zinit_service_set_log, service, -1);
    REFUSES_ARGUMENT("service", zinit_service_set_shutdown_timeout_s, NULL, 1);
    REFUSES_ARGUMENT("seconds", zinit_service_set_shutdown_timeout_s, service, -2);
    REFUSES_ARGUMENT("service", zinit_service_after_push, NULL, "web");
    REFUSES_ARGUMENT("name", zinit_service_after_push, service, NULL);
    REFUSES_ARGUMENT("name", zinit_service_after_push, service, NOT_UTF8);
    REFUSES_ARGUMENT("service", zinit_service_env_set, NULL, "A", "b");
    REFUSES_ARGUMENT("key", zinit_service_env_set, service, NULL, "b");
    REFUSES_ARGUMENT("key", zinit_service_env_set, service, NOT_UTF8, "b");
    REFUSES_ARGUMENT("value", zinit_service_env_set, service, "A", NOT_UTF8);
    /* None of it has left anything behind. */
    CHECK(zinit_service_exec(service) == NULL && zinit_service_test(service) == NULL);
    CHECK(zinit_service_dir(service) == NULL && zinit_service_stop_signal(service) == NULL);
    CHECK_INT(zinit_service_after_len(service), 0);
    CHECK_INT(zinit_service_env_len(service), 0);

    REFUSES_ARGUMENT("service", zinit_client_get, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", other, GARBAGE, zinit_client_get, NULL, "web", &other);
    REFUSES_AND_EMPTIES("name", other, GARBAGE, zinit_client_get, client, NULL, &other);
    REFUSES_AND_EMPTIES("name", other, GARBAGE, zinit_client_get, client, NOT_UTF8, &other);
    REFUSES_ARGUMENT("service", zinit_client_load_service, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", other, GARBAGE, zinit_client_load_service, NULL, "web", &other);
    REFUSES_AND_EMPTIES("name", other, GARBAGE, zinit_client_load_service, client, NULL, &other);
    REFUSES_AND_EMPTIES("name", other, GARBAGE, zinit_client_load_service, client, NOT_UTF8, &other);
    REFUSES_ARGUMENT("client", zinit_client_add_service, NULL, "web", service);
    REFUSES_ARGUMENT("name", zinit_client_add_service, client, NULL, service);
    REFUSES_ARGUMENT("name", zinit_client_add_service, client, NOT_UTF8, service);
    REFUSES_ARGUMENT("service", zinit_client_add_service, client, "web", NULL);
    REFUSES_ARGUMENT("client", zinit_client_remove_service, NULL, "web");
    REFUSES_ARGUMENT("name", zinit_client_remove_service, client, NULL);
    REFUSES_ARGUMENT("name", zinit_client_remove_service, client, NOT_UTF8);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_service_free(service);
    zinit_client_free(client);
}

static void control(const void *data)
{
    typedef zinit_code (*of_name)(const zinit_client *, const char *, zinit_error **);
    static const of_name functions[] = {zinit_client_start, zinit_client_stop, zinit_client_monitor,
                                        zinit_client_forget};
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(functions); i++) {
        REFUSES_ARGUMENT("client", functions[i], NULL, "web");
        REFUSES_ARGUMENT("name", functions[i], client, NULL);
        REFUSES_ARGUMENT("name", functions[i], client, NOT_UTF8);
    }
    REFUSES_ARGUMENT("client", zinit_client_kill, NULL, "web", "SIGTERM");
    REFUSES_ARGUMENT("name", zinit_client_kill, client, NULL, "SIGTERM");
    REFUSES_ARGUMENT("name", zinit_client_kill, client, NOT_UTF8, "SIGTERM");
    REFUSES_ARGUMENT("signal", zinit_client_kill, client, "web", NULL);
    REFUSES_ARGUMENT("signal", zinit_client_kill, client, "web", NOT_UTF8);
    REFUSES_ARGUMENT("client", zinit_client_reboot, NULL);
    REFUSES_ARGUMENT("client", zinit_client_shutdown, NULL);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void waits(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();

    (void)data;
    REFUSES(ZINIT_ERR_INVALID_ARGUMENT, "`cancel`", zinit_cancel_new, NULL);
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
    CHECK_FAILS(zinit_client_start_multiple(client, names, 1, 1000, cancel, &report, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    zinit_report_free(report);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_cancel_free(cancel);
    zinit_client_free(client);
}

static void groups(const void *data)
{
    typedef zinit_code (*of_names)(const zinit_client *, const char *const *, size_t, int64_t, zinit_cancel *,
                                   zinit_report **, zinit_error **);
    static const of_names functions[] = {zinit_client_start_multiple, zinit_client_stop_multiple,
                                         zinit_client_destroy_services};
    static const char *const good[] = {"web", "db"};
    static const char *const with_null[] = {"web", NULL};
    static const char *const not_utf8[] = {"web", NOT_UTF8};
    static const char *const bad[] = {"web", "a/b"};
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
        REFUSES_NAME(functions[i], client, bad, 2, 0, NULL, &report);
        CHECK(report == NULL);
        /* No names at all are done. */
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

static void requests(const void *data)
{
    typedef zinit_code (*of_name)(const zinit_client *, const char *, zinit_request **, zinit_error **);
    typedef zinit_code (*wait)(const zinit_client *, const char *, int64_t, zinit_request **, zinit_error **);
    typedef zinit_code (*of_names)(const zinit_client *, const char *const *, size_t, int64_t, zinit_request **,
                                   zinit_error **);
    static const of_name simple[] = {zinit_client_begin_status, zinit_client_begin_start, zinit_client_begin_stop,
                                     zinit_client_begin_monitor, zinit_client_begin_forget};
    static const wait waiting[] = {zinit_client_begin_start_wait, zinit_client_begin_stop_wait};
    static const of_names groups[] = {zinit_client_begin_start_multiple, zinit_client_begin_stop_multiple,
                                      zinit_client_begin_destroy_services};
    static const char *const good[] = {"web", "db"};
    static const char *const with_null[] = {"web", NULL};
    static const char *const bad[] = {"web", ""};
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_request *request;
    size_t i;

    (void)data;
#define REFUSES_REQUEST(argument, ...) REFUSES_AND_EMPTIES(argument, request, GARBAGE, __VA_ARGS__, &request)
#define REFUSES_REQUEST_OF(...)                                                                                        \
    do {                                                                                                               \
        request = GARBAGE;                                                                                             \
        REFUSES_NAME(__VA_ARGS__, &request);                                                                           \
        CHECK(request == NULL);                                                                                        \
    } while (0)
    REFUSES_ARGUMENT("request", zinit_client_begin_list, client, NULL);
    REFUSES_REQUEST("client", zinit_client_begin_list, NULL);
    for (i = 0; i < LENGTH(simple); i++) {
        REFUSES_ARGUMENT("request", simple[i], client, "web", NULL);
        REFUSES_REQUEST("client", simple[i], NULL, "web");
        REFUSES_REQUEST("name", simple[i], client, NULL);
        REFUSES_REQUEST("name", simple[i], client, NOT_UTF8);
        REFUSES_REQUEST_OF(simple[i], client, "a/b");
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
    for (i = 0; i < LENGTH(waiting); i++) {
        REFUSES_ARGUMENT("request", waiting[i], client, "web", 0, NULL);
        REFUSES_REQUEST("client", waiting[i], NULL, "web", 0);
        REFUSES_REQUEST("name", waiting[i], client, NULL, 0);
        REFUSES_REQUEST("timeout_ms", waiting[i], client, "web", -2);
        REFUSES_REQUEST_OF(waiting[i], client, "a\nb", 0);
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
    for (i = 0; i < LENGTH(groups); i++) {
        REFUSES_ARGUMENT("request", groups[i], client, good, 2, 0, NULL);
        REFUSES_REQUEST("client", groups[i], NULL, good, 2, 0);
        REFUSES_REQUEST("names", groups[i], client, NULL, 2, 0);
        REFUSES_REQUEST("names", groups[i], client, with_null, 2, 0);
        REFUSES_REQUEST("timeout_ms", groups[i], client, good, 2, -2);
        REFUSES_REQUEST_OF(groups[i], client, bad, 2, 0);
    }
    REFUSES(ZINIT_ERR_INVALID_ARGUMENT, "`request`", zinit_request_dispatch, NULL);
    CHECK_INT(zinit_request_fd(NULL), -1);
    CHECK(zinit_request_service_list(NULL) == NULL && zinit_request_status(NULL) == NULL);
    CHECK(zinit_request_report(NULL) == NULL);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_service_free(service);
    zinit_client_free(client);
}

static void watch(const void *data)
{
    static const char *const good[] = {"web", "db"};
    static const char *const with_null[] = {"web", NULL};
    static const char *const not_utf8[] = {"web", NOT_UTF8};
    static const char *const bad[] = {"web", "a/b"};
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
    REFUSES_NAME(zinit_client_watch, client, bad, 2, 0, &watch);
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

    (void)data;
    REFUSES_ARGUMENT("stream", zinit_client_logs, client, "web", -1, 0, NULL);
    REFUSES_AND_EMPTIES("client", stream, GARBAGE, zinit_client_logs, NULL, "web", -1, 0, &stream);
    REFUSES_AND_EMPTIES("name", stream, GARBAGE, zinit_client_logs, client, NOT_UTF8, -1, 0, &stream);
    REFUSES_AND_EMPTIES("last", stream, GARBAGE, zinit_client_logs, client, "web", -2, 0, &stream);
    stream = GARBAGE;
    REFUSES_NAME(zinit_client_logs, client, "a/b", -1, 0, &stream);
    CHECK(stream == NULL);

    CHECK_OK(zinit_client_logs(client, NULL, -1, 0, &stream, &error));
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

static void filters(const void *data)
{
    static const char *const bad[] = {"(", "a{", "[", "\\pL", "*"};
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_filter *filter = zinit_filter_new();
    zinit_name_list *names;
    size_t i;

    (void)data;
    REFUSES_ARGUMENT("filter", zinit_filter_with_name, NULL, "web");
    REFUSES_ARGUMENT("name", zinit_filter_with_name, filter, NULL);
    REFUSES_ARGUMENT("name", zinit_filter_with_name, filter, NOT_UTF8);
    REFUSES(ZINIT_ERR_INVALID_NAME, "a/b", zinit_filter_with_name, filter, "a/b");
    REFUSES_ARGUMENT("filter", zinit_filter_with_exec, NULL, "web");
    REFUSES_ARGUMENT("basename", zinit_filter_with_exec, filter, NULL);
    REFUSES_ARGUMENT("basename", zinit_filter_with_exec, filter, NOT_UTF8);
    REFUSES_ARGUMENT("filter", zinit_filter_with_exec_regex, NULL, "web");
    REFUSES_ARGUMENT("pattern", zinit_filter_with_exec_regex, filter, NULL);
    REFUSES_ARGUMENT("pattern", zinit_filter_with_exec_regex, filter, NOT_UTF8);
    for (i = 0; i < LENGTH(bad); i++)
        REFUSES(ZINIT_ERR_INVALID_REGEX, bad[i][0] == '\\' ? "Unicode" : bad[i], zinit_filter_with_exec_regex, filter,
                bad[i]);
    /* None of it has become a condition. */
    REFUSES_AND_EMPTIES("filter", names, GARBAGE, zinit_client_matches, client, filter, &names);
    REFUSES_AND_EMPTIES("filter", names, GARBAGE, zinit_client_matches, client, NULL, &names);
    REFUSES_AND_EMPTIES("client", names, GARBAGE, zinit_client_matches, NULL, filter, &names);
    REFUSES_ARGUMENT("names", zinit_client_matches, client, filter, NULL);
    CHECK_INT(zinit_name_list_len(NULL), 0);
    CHECK_TEXT(zinit_name_list_at(NULL, 0), NULL);
    zinit_name_list_free(NULL);
    zinit_filter_free(NULL);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_filter_free(filter);
    zinit_client_free(client);
}

static void names(const void *data)
{
    char name251[252];
    char name300[301];
    const char *const bad[] = {"", "a\nb", "../x", "a/b", "/", "\n", name251, name300};
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_service *other;
    zinit_status *status;
    zinit_error *error = NULL;
    int32_t exists;
    size_t i;

    (void)data;
    memset(name251, 'a', sizeof name251);
    name251[251] = '\0';
    memset(name300, 'a', sizeof name300);
    name300[300] = '\0';
    CHECK_OK(zinit_service_set_exec(service, "true", &error));
    for (i = 0; i < LENGTH(bad); i++) {
        status = GARBAGE;
        REFUSES_NAME(zinit_client_status, client, bad[i], &status);
        CHECK(status == NULL);
        exists = 77;
        REFUSES_NAME(zinit_client_exists, client, bad[i], &exists);
        CHECK_INT(exists, 0);
        REFUSES_NAME(zinit_client_start, client, bad[i]);
        REFUSES_NAME(zinit_client_stop, client, bad[i]);
        REFUSES_NAME(zinit_client_monitor, client, bad[i]);
        REFUSES_NAME(zinit_client_forget, client, bad[i]);
        REFUSES_NAME(zinit_client_kill, client, bad[i], "SIGTERM");
        other = GARBAGE;
        REFUSES_NAME(zinit_client_get, client, bad[i], &other);
        CHECK(other == NULL);
        other = GARBAGE;
        REFUSES_NAME(zinit_client_load_service, client, bad[i], &other);
        CHECK(other == NULL);
        REFUSES_NAME(zinit_client_add_service, client, bad[i], service);
        REFUSES_NAME(zinit_client_remove_service, client, bad[i]);
        REFUSES_NAME(zinit_service_after_push, service, bad[i]);
    }
    CHECK_INT(count_commands(&daemon), 0);
    CHECK_INT(zinit_service_after_len(service), 0);
    zinit_service_free(service);
    zinit_client_free(client);
}

/* Names that need care on the way to the daemon, and one as long as may be. */
static void unusual_names_reach_the_daemon(const void *data)
{
    char name250[251];
    const char *const good[] = {"stream:1", "a.b", "with space", "a\"b", "a'b", "#x", "a\\b", "$HOME", "a;b", "*",
                                "-x", "..", "a\tb", "a\rb", "\xc3\xa9", "\xf0\x9f\x90\xa7", name250};
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    zinit_status *status = NULL;
    zinit_service_list *list = NULL;
    size_t i;

    (void)data;
    memset(name250, 'a', sizeof name250);
    name250[250] = '\0';
    for (i = 0; i < LENGTH(good); i++) {
        add_service(&daemon, client, good[i], "exec: sleep 1000\n");
        CHECK_OK(zinit_client_status(client, good[i], &status, &error));
        CHECK_TEXT(zinit_status_name(status), good[i]);
        zinit_status_free(status);
    }
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_INT(zinit_service_list_len(list), LENGTH(good));
    for (i = 1; i < LENGTH(good); i++)
        CHECK(strcmp(zinit_service_list_name(list, i - 1), zinit_service_list_name(list, i)) < 0);
    zinit_service_list_free(list);
    zinit_client_free(client);
}

static void what_goes_out(const void *data)
{
    static const struct {
        const char *name;
        const char *signal;
        const char *command;
    } rows[] = {
        {"web", "SIGTERM", "kill web SIGTERM"},
        {"web", "sighup", "kill web SIGHUP"},
        {"a.b", "SigUsr1", "kill a.b SIGUSR1"},
        {"stream:1", "SIGCLD", "kill stream:1 SIGCHLD"},
        {"web", "SIGIOT", "kill web SIGABRT"},
        {"web", "SIGPOLL", "kill web SIGIO"},
        {"web", "SIGUNUSED", "kill web SIGSYS"},
        {"with space", "SIGTERM", "kill 'with space' SIGTERM"},
    };
    static const char *const bad[] = {"", "TERM", "15", "SIG", "SIGTERM ", "SIGRTMIN", "SIGEMT"};
    struct daemon daemon = start_scripted("on *\n send {\"state\":\"ok\",\"body\":null}\n");
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    char command[100];
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(rows); i++) {
        CHECK_OK(zinit_client_kill(client, rows[i].name, rows[i].signal, &error));
        CHECK_TEXT(next_command(&daemon, command, sizeof command), rows[i].command);
    }
    for (i = 0; i < LENGTH(bad); i++)
        REFUSES(ZINIT_ERR_INVALID_SIGNAL, "signal", zinit_client_kill, client, "web", bad[i]);
    CHECK_OK(zinit_client_start(client, "web", &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "start web");
    CHECK_OK(zinit_client_stop(client, "web", &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "stop web");
    CHECK_OK(zinit_client_monitor(client, "web", &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "monitor web");
    CHECK_OK(zinit_client_forget(client, "web", &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "forget web");
    CHECK_OK(zinit_client_reboot(client, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "reboot");
    CHECK_OK(zinit_client_shutdown(client, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "shutdown");
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void signal_names(const void *data)
{
    (void)data;
    CHECK_TEXT(zinit_signal_name(15), "SIGTERM");
    CHECK_TEXT(zinit_signal_name(9), "SIGKILL");
    CHECK_TEXT(zinit_signal_name(1), "SIGHUP");
    CHECK(zinit_signal_name(0) == NULL && zinit_signal_name(-1) == NULL && zinit_signal_name(32) == NULL);
    CHECK(zinit_signal_name(64) == NULL && zinit_signal_name(INT_MAX) == NULL && zinit_signal_name(INT_MIN) == NULL);
}

static void getters_take_null(const void *data)
{
    (void)data;
    CHECK_INT(zinit_error_code(NULL), ZINIT_OK);
    CHECK_TEXT(zinit_error_message(NULL), "");
    CHECK_TEXT(zinit_error_service(NULL), NULL);
    CHECK_TEXT(zinit_error_daemon_message(NULL), NULL);
    CHECK(zinit_error_state(NULL) == NULL);
    CHECK_INT(zinit_error_os_errno(NULL), 0);
    CHECK_INT(zinit_error_request_sent(NULL), 0);

    CHECK_INT(zinit_service_list_len(NULL), 0);
    CHECK_TEXT(zinit_service_list_name(NULL, 0), NULL);
    CHECK(zinit_service_list_state(NULL, 0) == NULL);
    CHECK_TEXT(zinit_status_name(NULL), NULL);
    CHECK_INT(zinit_status_pid(NULL), 0);
    CHECK(zinit_status_state(NULL) == NULL);
    CHECK_INT(zinit_status_target(NULL), ZINIT_TARGET_UNKNOWN);
    CHECK_INT(zinit_status_after_len(NULL), 0);
    CHECK_TEXT(zinit_status_after_name(NULL, 0), NULL);
    CHECK(zinit_status_after_state(NULL, 0) == NULL);
    CHECK_INT(zinit_daemon_version_major(NULL), 0);
    CHECK_INT(zinit_daemon_version_minor(NULL), 0);
    CHECK_INT(zinit_daemon_version_patch(NULL), 0);
    CHECK_TEXT(zinit_daemon_version_text(NULL), NULL);

    CHECK_INT(zinit_state_kind(NULL), ZINIT_STATE_OTHER);
    CHECK_INT(zinit_state_exited(NULL), 0);
    CHECK_TEXT(zinit_state_text(NULL), NULL);
    CHECK_TEXT(zinit_state_reason(NULL), NULL);
    CHECK_INT(zinit_state_exit_code(NULL), -1);
    CHECK_TEXT(zinit_state_signal(NULL), NULL);

    CHECK_INT(zinit_report_len(NULL), 0);
    CHECK_TEXT(zinit_report_name(NULL, 0), NULL);
    CHECK_INT(zinit_report_code(NULL, 0), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK(zinit_report_state(NULL, 0) == NULL && zinit_report_error(NULL, 0) == NULL);
    CHECK_INT(zinit_report_killed(NULL, 0), 0);

    CHECK_TEXT(zinit_service_exec(NULL), NULL);
    CHECK_TEXT(zinit_service_test(NULL), NULL);
    CHECK_TEXT(zinit_service_dir(NULL), NULL);
    CHECK_TEXT(zinit_service_stop_signal(NULL), NULL);
    CHECK_INT(zinit_service_oneshot(NULL), 0);
    CHECK_INT(zinit_service_log(NULL), ZINIT_LOG_UNSET);
    CHECK_INT(zinit_service_shutdown_timeout_s(NULL), -1);
    CHECK_INT(zinit_service_after_len(NULL), 0);
    CHECK_TEXT(zinit_service_after_at(NULL, 0), NULL);
    CHECK_INT(zinit_service_env_len(NULL), 0);
    CHECK_TEXT(zinit_service_env_key(NULL, 0), NULL);
    CHECK_TEXT(zinit_service_env_value(NULL, 0), NULL);
    zinit_service_after_clear(NULL);
}

static void everything_that_frees_takes_null(const void *data)
{
    (void)data;
    zinit_error_free(NULL);
    zinit_client_free(NULL);
    zinit_options_free(NULL);
    zinit_service_list_free(NULL);
    zinit_status_free(NULL);
    zinit_daemon_version_free(NULL);
    zinit_state_free(NULL);
    zinit_service_free(NULL);
    zinit_string_free(NULL);
    zinit_cancel_free(NULL);
    zinit_report_free(NULL);
    zinit_request_free(NULL);
    zinit_watch_free(NULL);
    zinit_log_stream_free(NULL);
}

static void an_index_out_of_range_gives_null(const void *data)
{
    static const char script[] =
        "on list\n send {\"state\":\"ok\",\"body\":{\"web\":\"Running\"}}\n"
        "on *\n send {\"state\":\"ok\",\"body\":{\"name\":\"web\",\"pid\":7,\"state\":\"Running\",\"target\":\"Up\","
        "\"after\":{\"db\":\"Success\"}}}\n";
    static const size_t out_of_range[] = {1, 2, SIZE_MAX};
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_status *status = NULL;
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_OK(zinit_client_status(client, "web", &status, &error));
    CHECK_OK(zinit_service_from_yaml("exec: a\nafter: [b]\nenv: {C: d}", 30, &service, &error));
    CHECK_INT(zinit_service_list_len(list), 1);
    CHECK_TEXT(zinit_service_list_name(list, 0), "web");
    CHECK_TEXT(zinit_state_text(zinit_service_list_state(list, 0)), "Running");
    CHECK_INT(zinit_status_after_len(status), 1);
    CHECK_TEXT(zinit_status_after_name(status, 0), "db");
    CHECK_TEXT(zinit_state_text(zinit_status_after_state(status, 0)), "Success");
    CHECK_TEXT(zinit_service_after_at(service, 0), "b");
    CHECK_TEXT(zinit_service_env_key(service, 0), "C");
    CHECK_TEXT(zinit_service_env_value(service, 0), "d");
    for (i = 0; i < LENGTH(out_of_range); i++) {
        CHECK(zinit_service_list_name(list, out_of_range[i]) == NULL);
        CHECK(zinit_service_list_state(list, out_of_range[i]) == NULL);
        CHECK(zinit_status_after_name(status, out_of_range[i]) == NULL);
        CHECK(zinit_status_after_state(status, out_of_range[i]) == NULL);
        CHECK(zinit_service_after_at(service, out_of_range[i]) == NULL);
        CHECK(zinit_service_env_key(service, out_of_range[i]) == NULL);
        CHECK(zinit_service_env_value(service, out_of_range[i]) == NULL);
    }
    zinit_service_free(service);
    zinit_status_free(status);
    zinit_service_list_free(list);
    zinit_client_free(client);
}

/* A client outlives the options that it was made with, and later changes of them do not reach it. */
static void a_client_keeps_its_own_options(const void *data)
{
    struct daemon daemon = start_scripted("on *\n send {\"state\":\"ok\",\"body\":{}}\n");
    zinit_options *options = zinit_options_new();
    zinit_service_list *list = NULL;
    zinit_client *client = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_options_set_socket_path(options, daemon.socket_path, &error));
    CHECK_OK(zinit_client_with_options(options, &client, &error));
    CHECK_OK(zinit_options_set_socket_path(options, "/nonexistent", &error));
    zinit_options_free(options);
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_INT(zinit_service_list_len(list), 0);
    zinit_service_list_free(list);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"client_and_options", client_and_options, NULL},
    {"io_timeout", io_timeout, NULL},
    {"max_reply_bytes", max_reply_bytes, NULL},
    {"the_largest_options_work", the_largest_options_work, NULL},
    {"socket_path", socket_path, NULL},
    {"a_socket_path_of_any_bytes_is_reached", a_socket_path_of_any_bytes_is_reached, NULL},
    {"queries", queries, NULL},
    {"states", states, NULL},
    {"services", services, NULL},
    {"control", control, NULL},
    {"waits", waits, NULL},
    {"a_triggered_cancel_sends_nothing", a_triggered_cancel_sends_nothing, NULL},
    {"groups", groups, NULL},
    {"requests", requests, NULL},
    {"watch", watch, NULL},
    {"logs", logs, NULL},
    {"filters", filters, NULL},
    {"names", names, NULL},
    {"unusual_names_reach_the_daemon", unusual_names_reach_the_daemon, NULL},
    {"what_goes_out", what_goes_out, NULL},
    {"signal_names", signal_names, NULL},
    {"getters_take_null", getters_take_null, NULL},
    {"everything_that_frees_takes_null", everything_that_frees_takes_null, NULL},
    {"an_index_out_of_range_gives_null", an_index_out_of_range_gives_null, NULL},
    {"a_client_keeps_its_own_options", a_client_keeps_its_own_options, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
