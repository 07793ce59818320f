/* Every number is pinned, and every code that a function can return is produced in a case of its own, by its name. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"

#define REFUSE(message) "on *\n send {\"state\":\"error\",\"body\":\"" message "\"}\n"

static const struct {
    const char *name;
    int number;
    int macro;
} codes[] = {
#define CODE(name, number) {#name, number, name}
    CODE(ZINIT_OK, 0),
    CODE(ZINIT_PENDING, 1),
    CODE(ZINIT_END, 2),
    CODE(ZINIT_ERR_INVALID_ARGUMENT, -1),
    CODE(ZINIT_ERR_INVALID_NAME, -2),
    CODE(ZINIT_ERR_INVALID_SIGNAL, -3),
    CODE(ZINIT_ERR_INVALID_REGEX, -4),
    CODE(ZINIT_ERR_INVALID_SERVICE, -5),
    CODE(ZINIT_ERR_INVALID_STATE, -6),
    CODE(ZINIT_ERR_UNKNOWN_SERVICE, -20),
    CODE(ZINIT_ERR_ALREADY_MONITORED, -21),
    CODE(ZINIT_ERR_SERVICE_UP, -22),
    CODE(ZINIT_ERR_SERVICE_DOWN, -23),
    CODE(ZINIT_ERR_SHUTTING_DOWN, -24),
    CODE(ZINIT_ERR_CONFIG_REFUSED, -25),
    CODE(ZINIT_ERR_NOT_SUPPORTED, -26),
    CODE(ZINIT_ERR_DAEMON, -27),
    CODE(ZINIT_ERR_TIMEOUT, -40),
    CODE(ZINIT_ERR_CANCELLED, -41),
    CODE(ZINIT_ERR_TARGET_CHANGED, -42),
    CODE(ZINIT_ERR_SERVICE_FAILED, -43),
    CODE(ZINIT_ERR_NOT_RUNNING, -60),
    CODE(ZINIT_ERR_PERMISSION, -61),
    CODE(ZINIT_ERR_IO, -62),
    CODE(ZINIT_ERR_NO_REPLY, -63),
    CODE(ZINIT_ERR_CLOSED, -64),
    CODE(ZINIT_ERR_PROTOCOL, -65),
    CODE(ZINIT_ERR_REPLY_TOO_LARGE, -66),
    CODE(ZINIT_ERR_FILE_NOT_FOUND, -80),
    CODE(ZINIT_ERR_FILE_IO, -81),
    CODE(ZINIT_ERR_FILE_SYNTAX, -82),
    CODE(ZINIT_ERR_VERSION, -83),
    /* A defect of the library, so no case here produces it; the tests of src/ffi/boundary.rs do. */
    CODE(ZINIT_ERR_INTERNAL, -99),
#undef CODE
};

static const struct {
    const char *name;
    int number;
    int macro;
} other_numbers[] = {
#define NUMBER(name, number) {#name, number, name}
    NUMBER(ZINIT_STATE_OTHER, 0),
    NUMBER(ZINIT_STATE_UNKNOWN, 1),
    NUMBER(ZINIT_STATE_BLOCKED, 2),
    NUMBER(ZINIT_STATE_SPAWNED, 3),
    NUMBER(ZINIT_STATE_RUNNING, 4),
    NUMBER(ZINIT_STATE_SUCCESS, 5),
    NUMBER(ZINIT_STATE_ERROR, 6),
    NUMBER(ZINIT_STATE_FAILURE, 7),
    NUMBER(ZINIT_STATE_TEST_FAILURE, 8),
    NUMBER(ZINIT_TARGET_UNKNOWN, 0),
    NUMBER(ZINIT_TARGET_UP, 1),
    NUMBER(ZINIT_TARGET_DOWN, 2),
    NUMBER(ZINIT_LOG_UNSET, 0),
    NUMBER(ZINIT_LOG_RING, 1),
    NUMBER(ZINIT_LOG_STDOUT, 2),
    NUMBER(ZINIT_LOG_NONE, 3),
    NUMBER(ZINIT_CHANGE_APPEARED, 1),
    NUMBER(ZINIT_CHANGE_STATE, 2),
    NUMBER(ZINIT_CHANGE_FORGOTTEN, 3),
    NUMBER(ZINIT_CHANGE_DAEMON_LOST, 4),
    NUMBER(ZINIT_CHANGE_DAEMON_BACK, 5),
    NUMBER(ZINIT_LOG_SOURCE_STDOUT, 1),
    NUMBER(ZINIT_LOG_SOURCE_STDERR, 2),
    NUMBER(ZINIT_LOG_SOURCE_START, 3),
    NUMBER(ZINIT_LOG_SOURCE_TEST, 4),
    NUMBER(ZINIT_LOG_SOURCE_DROPPED, 5),
#undef NUMBER
};

static void every_code_has_its_number_and_name(const void *data)
{
    size_t i;
    size_t other;

    (void)data;
    for (i = 0; i < LENGTH(codes); i++) {
        if (codes[i].macro != codes[i].number)
            fail_at(__FILE__, __LINE__, "%s is %d, and was %d", codes[i].name, codes[i].macro, codes[i].number);
        CHECK_TEXT(zinit_code_name(codes[i].number), codes[i].name);
        for (other = 0; other < i; other++)
            CHECK(codes[i].number != codes[other].number);
    }
    for (i = 0; i < LENGTH(other_numbers); i++)
        if (other_numbers[i].macro != other_numbers[i].number)
            fail_at(__FILE__, __LINE__, "%s is %d, and was %d", other_numbers[i].name, other_numbers[i].macro,
                    other_numbers[i].number);
    CHECK_INT(sizeof(zinit_code), sizeof(int32_t));
}

static void every_other_number_is_no_code(const void *data)
{
    int number;
    size_t i;

    (void)data;
    for (number = -300; number < 300; number++) {
        const char *name = "ZINIT_UNKNOWN_CODE";

        for (i = 0; i < LENGTH(codes); i++)
            if (codes[i].number == number)
                name = codes[i].name;
        CHECK_TEXT(zinit_code_name(number), name);
    }
    CHECK_TEXT(zinit_code_name(INT32_MAX), "ZINIT_UNKNOWN_CODE");
    CHECK_TEXT(zinit_code_name(INT32_MIN), "ZINIT_UNKNOWN_CODE");
}

static void versions_agree(const void *data)
{
    char version[50];

    (void)data;
    snprintf(version, sizeof version, "%d.%d.%d", ZINIT_VERSION_MAJOR, ZINIT_VERSION_MINOR, ZINIT_VERSION_PATCH);
    CHECK_TEXT(zinit_version(), version);
    CHECK_TEXT(zinit_version(), ZINIT_VERSION_STRING);
    CHECK_INT(zinit_abi_version(), ZINIT_ABI_VERSION);
}

/* What every refusal of the daemon has. Frees the error. */
static void check_refusal(zinit_error *error, const char *service, const char *daemon_message)
{
    CHECK_TEXT(zinit_error_service(error), service);
    CHECK_TEXT(zinit_error_daemon_message(error), daemon_message);
    CHECK_CONTAINS(zinit_error_message(error), service);
    CHECK_INT(zinit_error_request_sent(error), 1);
    CHECK_INT(zinit_error_os_errno(error), 0);
    CHECK(zinit_error_state(error) == NULL);
    zinit_error_free(error);
}

/* What every error has that the daemon never heard of. Frees the error. */
static void check_not_sent(zinit_error *error)
{
    CHECK_INT(zinit_error_request_sent(error), 0);
    CHECK_TEXT(zinit_error_daemon_message(error), NULL);
    zinit_error_free(error);
}

static void ok(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    /* What an earlier call has left there, and was freed. */
    zinit_error *error = (zinit_error *)&daemon;

    (void)data;
    CHECK_INT(zinit_client_monitor(client, "nosuch", NULL), ZINIT_ERR_CONFIG_REFUSED);
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_start(client, "web", &error));
    CHECK(error == NULL);
    CHECK_INT(zinit_client_stop(client, "web", NULL), ZINIT_OK);
    zinit_client_free(client);
}

static void invalid_argument(const void *data)
{
    zinit_client *client = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_with_options(NULL, &client, &error), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK_CONTAINS(zinit_error_message(error), "`options`");
    CHECK(client == NULL);
    check_not_sent(error);
}

static void invalid_name(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_start(client, "../web", &error), ZINIT_ERR_INVALID_NAME);
    CHECK_CONTAINS(zinit_error_message(error), "../web");
    check_not_sent(error);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void invalid_signal(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_kill(client, "web", "SIGNOPE", &error), ZINIT_ERR_INVALID_SIGNAL);
    CHECK_CONTAINS(zinit_error_message(error), "SIGNOPE");
    check_not_sent(error);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void invalid_service(const void *data)
{
    zinit_service *service = zinit_service_new();
    zinit_error *error = NULL;
    char *yaml = NULL;

    (void)data;
    CHECK_FAILS(zinit_service_to_yaml(service, &yaml, &error), ZINIT_ERR_INVALID_SERVICE);
    CHECK_CONTAINS(zinit_error_message(error), "exec");
    CHECK(yaml == NULL);
    check_not_sent(error);
    zinit_service_free(service);
}

static void invalid_state(const void *data)
{
    zinit_state *state = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_state_parse("Error(", &state, &error), ZINIT_ERR_INVALID_STATE);
    CHECK_CONTAINS(zinit_error_message(error), "Error(");
    CHECK(state == NULL);
    check_not_sent(error);
}

static void unknown_service(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    zinit_status *status = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_status(client, "nosuch", &status, &error), ZINIT_ERR_UNKNOWN_SERVICE);
    CHECK(status == NULL);
    check_refusal(error, "nosuch", "service name \"nosuch\" unknown");
    CHECK_FAILS(zinit_client_start(client, "nosuch", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    check_refusal(error, "nosuch", "service name \"nosuch\" unknown");
    CHECK_FAILS(zinit_client_stop(client, "nosuch", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    check_refusal(error, "nosuch", "service name \"nosuch\" unknown");
    CHECK_FAILS(zinit_client_forget(client, "nosuch", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    check_refusal(error, "nosuch", "service name \"nosuch\" unknown");
    CHECK_FAILS(zinit_client_kill(client, "nosuch", "SIGTERM", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    check_refusal(error, "nosuch", "service name \"nosuch\" unknown");
    zinit_client_free(client);
}

static void already_monitored(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_FAILS(zinit_client_monitor(client, "web", &error), ZINIT_ERR_ALREADY_MONITORED);
    check_refusal(error, "web", "service \"web\" already monitored");
    zinit_client_free(client);
}

static void service_up(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    wait_for_state(client, "web", ZINIT_STATE_RUNNING);
    CHECK_FAILS(zinit_client_forget(client, "web", &error), ZINIT_ERR_SERVICE_UP);
    check_refusal(error, "web", "service \"web\" is up");
    zinit_client_free(client);
}

static void service_down(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    add_service(&daemon, client, "once", "exec: 'true'\noneshot: true\n");
    wait_for_state(client, "once", ZINIT_STATE_SUCCESS);
    CHECK_FAILS(zinit_client_kill(client, "once", "SIGTERM", &error), ZINIT_ERR_SERVICE_DOWN);
    check_refusal(error, "once", "service \"once\" is down");
    zinit_client_free(client);
}

static void shutting_down(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    zinit_code code;

    (void)data;
    /* It keeps the daemon waiting, until the case ends. */
    add_service(&daemon, client, "deaf", "exec: sh -c 'trap \"\" TERM; while :; do sleep 1000; done'\nshutdown_timeout: 600\n");
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    wait_for_state(client, "deaf", ZINIT_STATE_RUNNING);
    CHECK_OK(zinit_client_shutdown(client, &error));
    /* It answers first, and begins then. */
    while ((code = zinit_client_start(client, "web", &error)) == ZINIT_OK)
        pause_ms(1);
    CHECK_FAILS(code, ZINIT_ERR_SHUTTING_DOWN);
    check_refusal(error, "web", "zinit is shutting down");
    zinit_client_free(client);
}

static void config_refused(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    char path[400];

    (void)data;
    CHECK_FAILS(zinit_client_monitor(client, "nosuch", &error), ZINIT_ERR_CONFIG_REFUSED);
    check_refusal(error, "nosuch", "failed to load service config");
    snprintf(path, sizeof path, "%s/empty.yaml", daemon.config_dir);
    write_file(path, "oneshot: true\n");
    CHECK_FAILS(zinit_client_monitor(client, "empty", &error), ZINIT_ERR_CONFIG_REFUSED);
    check_refusal(error, "empty", "failed to load service config");
    zinit_client_free(client);
}

static void not_supported(const void *data)
{
    struct daemon daemon = start_scripted(REFUSE("unknown command 'start' or wrong arguments count"));
    struct client_options options = {0};
    zinit_client *client;
    zinit_error *error = NULL;

    (void)data;
    options.daemon = &daemon;
    options.zinit_binary = write_program("zinit", "echo zinit v0.2.8");
    client = make_client(options);
    CHECK_FAILS(zinit_client_start(client, "web", &error), ZINIT_ERR_NOT_SUPPORTED);
    check_refusal(error, "web", "unknown command 'start' or wrong arguments count");
    CHECK_INT(count_commands(&daemon), 1);
    /* Before 0.2.9 it would restart the machine. */
    CHECK_FAILS(zinit_client_shutdown(client, &error), ZINIT_ERR_NOT_SUPPORTED);
    CHECK_CONTAINS(zinit_error_message(error), "0.2.9");
    check_not_sent(error);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void any_other_refusal(const void *data)
{
    struct daemon daemon = start_scripted(REFUSE("EINVAL: Invalid argument"));
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_kill(client, "web", "SIGTERM", &error), ZINIT_ERR_DAEMON);
    check_refusal(error, "web", "EINVAL: Invalid argument");
    zinit_client_free(client);
}

static void pending(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    /* What an earlier call has left there, and was freed. */
    zinit_error *error = (zinit_error *)&daemon;
    char command[100];

    (void)data;
    CHECK_OK(zinit_client_begin_status(client, "web", &request, &error));
    CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    CHECK(error == NULL);
    next_command(&daemon, command, sizeof command);
    CHECK_INT(zinit_request_dispatch(request, NULL), ZINIT_PENDING);
    CHECK(zinit_request_status(request) == NULL);
    zinit_request_free(request);
    zinit_client_free(client);
}

static void end(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = NULL;
    const zinit_log_line *line = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    (void)data;
    add_service(&daemon, client, "once", "exec: echo hello\noneshot: true\n");
    wait_for_state(client, "once", ZINIT_STATE_SUCCESS);
    CHECK_OK(zinit_client_logs(client, "once", -1, 0, &stream, &error));
    while ((code = zinit_log_stream_next(stream, -1, NULL, &line, &error)) == ZINIT_OK)
        CHECK_TEXT(zinit_log_line_service(line), "once");
    CHECK_INT(code, ZINIT_END);
    CHECK(error == NULL && line == NULL);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void timeout(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\ntest: 'false'\n");
    wait_for_state(client, "web", ZINIT_STATE_SPAWNED);
    CHECK_FAILS(zinit_client_start_wait(client, "web", 50, NULL, &error), ZINIT_ERR_TIMEOUT);
    CHECK_TEXT(zinit_error_service(error), "web");
    CHECK_INT(zinit_state_kind(zinit_error_state(error)), ZINIT_STATE_SPAWNED);
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void *trigger_when_asked(void *data)
{
    void **daemon_and_cancel = data;
    char command[100];

    next_command(daemon_and_cancel[0], command, sizeof command);
    zinit_cancel_trigger(daemon_and_cancel[1]);
    return NULL;
}

static void cancelled(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_client *client = client_of(&daemon);
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    void *daemon_and_cancel[2];
    pthread_t thread;

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    daemon_and_cancel[0] = &daemon;
    daemon_and_cancel[1] = cancel;
    NEED(pthread_create(&thread, NULL, trigger_when_asked, daemon_and_cancel) == 0);
    CHECK_FAILS(zinit_client_stop_wait(client, "web", -1, cancel, &error), ZINIT_ERR_CANCELLED);
    CHECK_TEXT(zinit_error_service(error), "web");
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    NEED(pthread_join(thread, NULL) == 0);
    zinit_cancel_free(cancel);
    zinit_client_free(client);
}

static void target_changed(const void *data)
{
    static const char script[] =
        "on status web\n send {\"state\":\"ok\",\"body\":{\"name\":\"web\",\"pid\":0,\"state\":\"Success\",\"target\":\"Down\"}}\n"
        "on start web\n send {\"state\":\"ok\",\"body\":null}\n";
    struct daemon daemon = start_scripted(script);
    struct client_options options = {0};
    zinit_client *client;
    zinit_error *error = NULL;

    (void)data;
    options.daemon = &daemon;
    options.config_dir = case_directory();
    client = make_client(options);
    write_file(in_case_directory("web.yaml"), "exec: sleep 1000\n");
    CHECK_FAILS(zinit_client_start_wait(client, "web", -1, NULL, &error), ZINIT_ERR_TARGET_CHANGED);
    CHECK_TEXT(zinit_error_service(error), "web");
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void service_failed(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_service_set_exec(service, "sh -c 'exit 3'", &error));
    CHECK_OK(zinit_service_set_oneshot(service, 1, &error));
    CHECK_FAILS(zinit_client_deploy(client, "once", service, 0, -1, NULL, &error), ZINIT_ERR_SERVICE_FAILED);
    CHECK_TEXT(zinit_error_service(error), "once");
    CHECK_INT(zinit_state_kind(zinit_error_state(error)), ZINIT_STATE_ERROR);
    CHECK_INT(zinit_state_exit_code(zinit_error_state(error)), 3);
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    zinit_service_free(service);
    zinit_client_free(client);
}

static void not_running(const void *data)
{
    struct daemon daemon = start_zinit();
    struct client_options options = {0};
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    zinit_service_list *list = NULL;

    (void)data;
    kill_daemon(&daemon);
    CHECK_FAILS(zinit_client_list(client, &list, &error), ZINIT_ERR_NOT_RUNNING);
    CHECK_INT(zinit_error_os_errno(error), ECONNREFUSED);
    CHECK_CONTAINS(zinit_error_message(error), daemon.socket_path);
    check_not_sent(error);
    zinit_client_free(client);

    options.socket_path = in_case_directory("nosuch.sock");
    client = make_client(options);
    CHECK_FAILS(zinit_client_list(client, &list, &error), ZINIT_ERR_NOT_RUNNING);
    CHECK_INT(zinit_error_os_errno(error), ENOENT);
    CHECK_CONTAINS(zinit_error_message(error), options.socket_path);
    CHECK_CONTAINS(zinit_error_message(error), "start zinit");
    check_not_sent(error);
    zinit_client_free(client);

    /* A file that is no socket has nobody behind it either. */
    write_file(options.socket_path, "");
    client = make_client(options);
    CHECK_FAILS(zinit_client_list(client, &list, &error), ZINIT_ERR_NOT_RUNNING);
    check_not_sent(error);
    zinit_client_free(client);
}

static void permission(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;

    (void)data;
    NEED(chmod(daemon.socket_path, 0) == 0);
    /* Root may use any socket. */
    if (geteuid() == 0)
        NEED(seteuid(65534) == 0);
    CHECK_FAILS(zinit_client_list(client, &list, &error), ZINIT_ERR_PERMISSION);
    CHECK_INT(zinit_error_os_errno(error), EACCES);
    CHECK_CONTAINS(zinit_error_message(error), daemon.socket_path);
    check_not_sent(error);
    zinit_client_free(client);
}

static void io(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;
    struct rlimit limit;
    int descriptor = dup(0);

    (void)data;
    /* No descriptor is left for the call. */
    NEED(descriptor >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = (rlim_t)descriptor;
    NEED(close(descriptor) == 0 && setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK_FAILS(zinit_client_list(client, &list, &error), ZINIT_ERR_IO);
    CHECK_INT(zinit_error_os_errno(error), EMFILE);
    check_not_sent(error);
    zinit_client_free(client);
}

static void no_reply(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    struct client_options options = {0};
    zinit_client *client;
    zinit_error *error = NULL;

    (void)data;
    options.daemon = &daemon;
    options.io_timeout_ms = 100;
    client = make_client(options);
    CHECK_FAILS(zinit_client_start(client, "web", &error), ZINIT_ERR_NO_REPLY);
    CHECK_CONTAINS(zinit_error_message(error), daemon.socket_path);
    CHECK_TEXT(zinit_error_service(error), "web");
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void closed(const void *data)
{
    struct daemon daemon = start_scripted("on *\n");
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_start(client, "web", &error), ZINIT_ERR_CLOSED);
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void protocol(const void *data)
{
    struct daemon daemon = start_scripted("on *\n send hello\n");
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_start(client, "web", &error), ZINIT_ERR_PROTOCOL);
    CHECK_CONTAINS(zinit_error_message(error), "hello");
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void reply_too_large(const void *data)
{
    struct daemon daemon = start_scripted("on *\n send {\"state\":\"error\",\"body\":\"\n repeat 1000 x\n send \"}\n");
    struct client_options options = {0};
    zinit_client *client;
    zinit_error *error = NULL;

    (void)data;
    options.daemon = &daemon;
    options.max_reply_bytes = 1000;
    client = make_client(options);
    CHECK_FAILS(zinit_client_start(client, "web", &error), ZINIT_ERR_REPLY_TOO_LARGE);
    CHECK_CONTAINS(zinit_error_message(error), "1000");
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    zinit_client_free(client);
}

static zinit_client *client_for_files(void)
{
    struct client_options options = {0};

    options.socket_path = in_case_directory("nosuch.sock");
    options.config_dir = case_directory();
    return make_client(options);
}

static void file_not_found(const void *data)
{
    zinit_client *client = client_for_files();
    zinit_service *service = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_load_service(client, "web", &service, &error), ZINIT_ERR_FILE_NOT_FOUND);
    CHECK_CONTAINS(zinit_error_message(error), in_case_directory("web.yaml"));
    CHECK_INT(zinit_error_os_errno(error), ENOENT);
    CHECK(service == NULL);
    check_not_sent(error);
    zinit_client_free(client);
}

static void file_io(const void *data)
{
    zinit_client *client = client_for_files();
    zinit_service *service = NULL;
    zinit_error *error = NULL;

    (void)data;
    NEED(mkdir(in_case_directory("web.yaml"), 0755) == 0);
    CHECK_FAILS(zinit_client_load_service(client, "web", &service, &error), ZINIT_ERR_FILE_IO);
    CHECK_CONTAINS(zinit_error_message(error), in_case_directory("web.yaml"));
    check_not_sent(error);
    CHECK_FAILS(zinit_client_remove_service(client, "web", &error), ZINIT_ERR_FILE_IO);
    CHECK_INT(zinit_error_os_errno(error), EISDIR);
    check_not_sent(error);
    zinit_client_free(client);
}

static void file_syntax(const void *data)
{
    zinit_client *client = client_for_files();
    zinit_service *service = NULL;
    zinit_error *error = NULL;

    (void)data;
    write_file(in_case_directory("web.yaml"), "exec: [\n");
    CHECK_FAILS(zinit_client_load_service(client, "web", &service, &error), ZINIT_ERR_FILE_SYNTAX);
    CHECK_CONTAINS(zinit_error_message(error), in_case_directory("web.yaml"));
    CHECK(service == NULL);
    check_not_sent(error);
    CHECK_FAILS(zinit_service_from_yaml("- a\n", 4, &service, &error), ZINIT_ERR_FILE_SYNTAX);
    CHECK(service == NULL);
    check_not_sent(error);
    zinit_client_free(client);
}

static void version(const void *data)
{
    static const char *const programs[] = {"echo hello", "echo zinit v0.2", "exit 0", "printf 'zinit v\\377'",
                                           "while :; do echo zinit v0.2.14; done"};
    struct client_options options = {0};
    zinit_daemon_version *version = NULL;
    zinit_client *client;
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    options.zinit_binary = in_case_directory("nosuch");
    client = make_client(options);
    CHECK_FAILS(zinit_client_version(client, &version, &error), ZINIT_ERR_VERSION);
    CHECK_CONTAINS(zinit_error_message(error), options.zinit_binary);
    check_not_sent(error);
    CHECK_FAILS(zinit_client_shutdown(client, &error), ZINIT_ERR_VERSION);
    check_not_sent(error);
    zinit_client_free(client);

    for (i = 0; i < LENGTH(programs); i++) {
        options.zinit_binary = write_program("zinit", programs[i]);
        client = make_client(options);
        CHECK_FAILS(zinit_client_version(client, &version, &error), ZINIT_ERR_VERSION);
        CHECK_CONTAINS(zinit_error_message(error), options.zinit_binary);
        CHECK(version == NULL);
        check_not_sent(error);
        zinit_client_free(client);
    }

    options.zinit_binary = write_program("zinit", "exec sleep 1000");
    options.io_timeout_ms = 100;
    client = make_client(options);
    CHECK_FAILS(zinit_client_version(client, &version, &error), ZINIT_ERR_VERSION);
    check_not_sent(error);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"every_code_has_its_number_and_name", every_code_has_its_number_and_name, NULL},
    {"every_other_number_is_no_code", every_other_number_is_no_code, NULL},
    {"versions_agree", versions_agree, NULL},
    {"ZINIT_OK", ok, NULL},
    {"ZINIT_ERR_INVALID_ARGUMENT", invalid_argument, NULL},
    {"ZINIT_ERR_INVALID_NAME", invalid_name, NULL},
    {"ZINIT_ERR_INVALID_SIGNAL", invalid_signal, NULL},
    {"ZINIT_ERR_INVALID_SERVICE", invalid_service, NULL},
    {"ZINIT_ERR_INVALID_STATE", invalid_state, NULL},
    {"ZINIT_ERR_UNKNOWN_SERVICE", unknown_service, NULL},
    {"ZINIT_ERR_ALREADY_MONITORED", already_monitored, NULL},
    {"ZINIT_ERR_SERVICE_UP", service_up, NULL},
    {"ZINIT_ERR_SERVICE_DOWN", service_down, NULL},
    {"ZINIT_ERR_SHUTTING_DOWN", shutting_down, NULL},
    {"ZINIT_ERR_CONFIG_REFUSED", config_refused, NULL},
    {"ZINIT_ERR_NOT_SUPPORTED", not_supported, NULL},
    {"ZINIT_ERR_DAEMON", any_other_refusal, NULL},
    {"ZINIT_PENDING", pending, NULL},
    {"ZINIT_END", end, NULL},
    {"ZINIT_ERR_TIMEOUT", timeout, NULL},
    {"ZINIT_ERR_CANCELLED", cancelled, NULL},
    {"ZINIT_ERR_TARGET_CHANGED", target_changed, NULL},
    {"ZINIT_ERR_SERVICE_FAILED", service_failed, NULL},
    {"ZINIT_ERR_NOT_RUNNING", not_running, NULL},
    {"ZINIT_ERR_PERMISSION", permission, NULL},
    {"ZINIT_ERR_IO", io, NULL},
    {"ZINIT_ERR_NO_REPLY", no_reply, NULL},
    {"ZINIT_ERR_CLOSED", closed, NULL},
    {"ZINIT_ERR_PROTOCOL", protocol, NULL},
    {"ZINIT_ERR_REPLY_TOO_LARGE", reply_too_large, NULL},
    {"ZINIT_ERR_FILE_NOT_FOUND", file_not_found, NULL},
    {"ZINIT_ERR_FILE_IO", file_io, NULL},
    {"ZINIT_ERR_FILE_SYNTAX", file_syntax, NULL},
    {"ZINIT_ERR_VERSION", version, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
