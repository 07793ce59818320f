/* Each call that waits, with each code that it can return. */
#include <pthread.h>

#include "calls.h"
#include "replies.h"
#include "waiting.h"

#define ANY_NUMBER (-1)

/* One call, a daemon that does one thing, and the code that comes of it. */
struct outcome {
    wait_call call;
    const char *script; /* NULL: no daemon */
    zinit_code code;
    int64_t timeout_ms;
    int commands; /* how many were sent; ANY_NUMBER: at least one */
};

static void check_outcome(const void *data)
{
    const struct outcome *expected = data;
    struct client_options options = {0};
    struct daemon daemon;
    zinit_client *client;
    zinit_error *error = NULL;
    size_t commands = 0;

    options.socket_path = in_case_directory("no.sock");
    if (expected->script != NULL) {
        daemon = start_scripted(expected->script);
        options.socket_path = daemon.socket_path;
    }
    options.config_dir = case_directory();
    /* No reply comes where the code says so, and long before that everywhere else. */
    if (expected->code == ZINIT_ERR_NO_REPLY)
        options.io_timeout_ms = 300;
    options.max_reply_bytes = 1000;
    client = make_client(options);
    write_file(in_case_directory("web.yaml"), "exec: sleep 1000\n");
    if (expected->code == ZINIT_OK) {
        CHECK_OK(expected->call(client, expected->timeout_ms, NULL, &error));
    } else {
        CHECK_FAILS(expected->call(client, expected->timeout_ms, NULL, &error), expected->code);
        CHECK_CONTAINS(zinit_error_message(error), "\"web\"");
        CHECK_TEXT(zinit_error_service(error), "web");
        CHECK_INT(zinit_error_request_sent(error), expected->script != NULL);
        zinit_error_free(error);
    }
    if (expected->script != NULL)
        commands = count_commands(&daemon);
    if (expected->commands == ANY_NUMBER)
        CHECK(commands > 0);
    else
        CHECK_INT(commands, expected->commands);
    zinit_client_free(client);
}

/* What the error of each code says */

static void timeout(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    add_service(&daemon, client, "web", NEVER_UP);
    wait_for_state(client, "web", ZINIT_STATE_SPAWNED);
    CHECK_FAILS(zinit_client_start_wait(client, "web", 50, NULL, &error), ZINIT_ERR_TIMEOUT);
    CHECK_TEXT(zinit_error_service(error), "web");
    CHECK_INT(zinit_state_kind(zinit_error_state(error)), ZINIT_STATE_SPAWNED);
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void cancelled(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_client *client = client_of(&daemon);
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    struct ending ending;

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    cancel_at_next_command(&ending, &daemon, cancel);
    CHECK_FAILS(zinit_client_stop_wait(client, "web", -1, cancel, &error), ZINIT_ERR_CANCELLED);
    CHECK_TEXT(zinit_error_service(error), "web");
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    join_ending(&ending);
    zinit_cancel_free(cancel);
    zinit_client_free(client);
}

static void target_changed(const void *data)
{
    static const char script[] = ON_STATUS("web", 0, "Success", "Down") ON("start web", DONE);
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of_script(&daemon);
    zinit_error *error = NULL;

    (void)data;
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

/* Each call with each code that it can return */

#define ROW(name, call, code, timeout_ms, script, commands)                                                            \
    {name, check_outcome, &(const struct outcome){call, script, code, timeout_ms, commands}}
#define FAILS(call, code, script, commands) ROW(#call "_" #code, call, ZINIT_ERR_##code, -1, script, commands)
#define TIMES_OUT(call, script) ROW(#call "_TIMEOUT", call, ZINIT_ERR_TIMEOUT, 50, script, ANY_NUMBER)
#define SUCCEEDS(call, name, timeout_ms, script, commands)                                                             \
    ROW(#call "_" name, call, ZINIT_OK, timeout_ms, script, commands)
/* Those that the first exchange can end in. */
#define EXCHANGE_CODES(call)                                                                                           \
    FAILS(call, NOT_RUNNING, NULL, 0), FAILS(call, NO_REPLY, "on *\n stay\n", 1), FAILS(call, CLOSED, "on *\n", 1),     \
        FAILS(call, PROTOCOL, ON("*", "{}"), 1), FAILS(call, REPLY_TOO_LARGE, "on *\n repeat 2000 [\n", 1)

#define UNKNOWN UNKNOWN_SERVICE("web")
#define KNOWN REFUSAL("service \\\"web\\\" already monitored")
#define UP REFUSAL("service \\\"web\\\" is up")
#define ENDING REFUSAL("zinit is shutting down")
#define NO_FILE REFUSAL("failed to load service config")
#define ODD REFUSAL("EINVAL: Invalid argument")
#define STOPPED ON("stop web", DONE) IS_DOWN
#define FORGOTTEN STOPPED ON("forget web", DONE)
#define STARTED ON("start web", DONE) ON("monitor web", DONE)
#define IS(state) ON_STATUS("web", 0, state, "Up")
#define IS_DOWN ON_STATUS("web", 0, "Success", "Down")

static const struct test_case cases[] = {
    {"ZINIT_ERR_TIMEOUT", timeout, NULL},
    {"ZINIT_ERR_CANCELLED", cancelled, NULL},
    {"ZINIT_ERR_TARGET_CHANGED", target_changed, NULL},
    {"ZINIT_ERR_SERVICE_FAILED", service_failed, NULL},

    EXCHANGE_CODES(start_wait),
    FAILS(start_wait, DAEMON, ON("*", ODD), 1),
    FAILS(start_wait, UNKNOWN_SERVICE, ON("*", UNKNOWN), 1),
    FAILS(start_wait, SHUTTING_DOWN, IS("Blocked") ON("start web", ENDING), 2),
    FAILS(start_wait, SERVICE_FAILED, STARTED IS("Blocked") IS("Failure"), 3),
    FAILS(start_wait, TARGET_CHANGED, STARTED IS("Blocked") IS_DOWN, 3),
    TIMES_OUT(start_wait, STARTED IS("Spawned")),
    SUCCEEDS(start_wait, "without_time", 0, STARTED, 1),

    EXCHANGE_CODES(stop_wait),
    FAILS(stop_wait, DAEMON, ON("*", ODD), 1),
    FAILS(stop_wait, UNKNOWN_SERVICE, ON("*", UNKNOWN), 1),
    FAILS(stop_wait, TARGET_CHANGED, ON("stop web", DONE) IS("Running"), 2),
    /* The process outlives SIGKILL, which is sent ten times, once a second. */
    TIMES_OUT(stop_wait, ON_STATUS("web", 7, "Running", "Down") ON("*", DONE)),
    SUCCEEDS(stop_wait, "without_time", 0, ON("stop web", DONE), 1),

    EXCHANGE_CODES(restart),
    FAILS(restart, DAEMON, ON("*", ODD), 1),
    FAILS(restart, UNKNOWN_SERVICE, ON("*", UNKNOWN), 1),
    FAILS(restart, SHUTTING_DOWN, STOPPED ON("start web", ENDING), 3),
    FAILS(restart, SERVICE_FAILED, STOPPED IS("Failure") STARTED, 4),
    FAILS(restart, TARGET_CHANGED, STOPPED STARTED, 4),
    TIMES_OUT(restart, STOPPED STARTED IS("Spawned")),

    EXCHANGE_CODES(deploy),
    FAILS(deploy, DAEMON, ON("*", ODD), 1),
    FAILS(deploy, SERVICE_UP, STOPPED ON("forget web", UP), 3),
    FAILS(deploy, ALREADY_MONITORED, FORGOTTEN ON("monitor web", KNOWN), 4),
    FAILS(deploy, CONFIG_REFUSED, FORGOTTEN ON("monitor web", NO_FILE), 4),
    FAILS(deploy, SHUTTING_DOWN, FORGOTTEN ON("monitor web", ENDING), 4),
    FAILS(deploy, SERVICE_FAILED, FORGOTTEN STARTED IS("Failure"), 5),
    FAILS(deploy, TARGET_CHANGED, FORGOTTEN STARTED, 5),
    TIMES_OUT(deploy, FORGOTTEN STARTED IS("Spawned")),

#if HEADER_HAS_0_2_0
    EXCHANGE_CODES(reload),
    FAILS(reload, DAEMON, ON("*", ODD), 1),
    FAILS(reload, SERVICE_UP, STOPPED ON("forget web", UP), 3),
    FAILS(reload, ALREADY_MONITORED, FORGOTTEN ON("monitor web", KNOWN), 4),
    FAILS(reload, CONFIG_REFUSED, FORGOTTEN ON("monitor web", NO_FILE), 4),
    FAILS(reload, SHUTTING_DOWN, FORGOTTEN ON("monitor web", ENDING), 4),
    FAILS(reload, SERVICE_FAILED, FORGOTTEN STARTED IS("Failure"), 5),
    FAILS(reload, TARGET_CHANGED, FORGOTTEN STARTED, 5),
    FAILS(reload, UNKNOWN_SERVICE, FORGOTTEN ON("monitor web", DONE) ON("status web", UNKNOWN), 5),
    TIMES_OUT(reload, FORGOTTEN STARTED IS("Spawned")),
    SUCCEEDS(reload, "of_an_unknown_service", -1, ON("stop web", UNKNOWN) ON("forget web", UNKNOWN) STARTED
             ON_STATUS("web", 7, "Running", "Up"), ANY_NUMBER),
#endif

    EXCHANGE_CODES(start_multiple),
    FAILS(start_multiple, DAEMON, ON("monitor web", KNOWN) ON("*", ODD), 2),
    FAILS(start_multiple, CONFIG_REFUSED, ON("*", NO_FILE), 1),
    FAILS(start_multiple, SHUTTING_DOWN, ON("*", ENDING), 1),
    FAILS(start_multiple, UNKNOWN_SERVICE, ON("monitor web", KNOWN) ON("status web", UNKNOWN), 2),
    FAILS(start_multiple, SERVICE_FAILED, STARTED IS("Failure"), 2),
    FAILS(start_multiple, TARGET_CHANGED, STARTED IS_DOWN, 2),
    TIMES_OUT(start_multiple, STARTED IS("Spawned")),
    SUCCEEDS(start_multiple, "without_time", 0, STARTED, 1),

    EXCHANGE_CODES(stop_multiple),
    FAILS(stop_multiple, DAEMON, ON("*", ODD), 1),
    FAILS(stop_multiple, TARGET_CHANGED, ON("stop web", DONE) IS("Running"), 2),
    SUCCEEDS(stop_multiple, "of_an_unknown_service", -1, ON("*", UNKNOWN), 1),
    SUCCEEDS(stop_multiple, "without_time", 0, ON("stop web", DONE), 1),

#if HEADER_HAS_0_2_0
    EXCHANGE_CODES(restart_multiple),
    FAILS(restart_multiple, DAEMON, ON("*", ODD), 1),
    FAILS(restart_multiple, UNKNOWN_SERVICE, ON("*", UNKNOWN), 1),
    FAILS(restart_multiple, SHUTTING_DOWN, STOPPED ON("start web", ENDING), 3),
    FAILS(restart_multiple, SERVICE_FAILED, STOPPED IS("Failure") STARTED, 4),
    FAILS(restart_multiple, TARGET_CHANGED, STOPPED STARTED, 4),
    TIMES_OUT(restart_multiple, STOPPED STARTED IS("Spawned")),
#endif

    EXCHANGE_CODES(destroy_services),
    FAILS(destroy_services, DAEMON, ON("*", ODD), 1),
    FAILS(destroy_services, TARGET_CHANGED, ON("stop web", DONE) IS("Running"), 2),
    FAILS(destroy_services, SERVICE_UP, STOPPED ON("forget web", UP), 3),
    SUCCEEDS(destroy_services, "of_an_unknown_service", -1, ON("*", UNKNOWN), 2),
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
