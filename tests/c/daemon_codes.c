/* The codes of an exchange with the daemon: of its refusals, of the socket and of the reply. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"

/* Refusals */

/* Checks what is the same in the error of every refusal. Frees the error. */
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

/* The daemon's words, which differ with its protocol. */
static const char *words(const zinit_client *client, const char *line_protocol, const char *json_rpc)
{
    return speaks_json_rpc(client) ? json_rpc : line_protocol;
}

static void unknown_service(const void *data)
{
    static const char line_words[] = "service name \"nosuch\" unknown";
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    zinit_status *status = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_status(client, "nosuch", &status, &error), ZINIT_ERR_UNKNOWN_SERVICE);
    CHECK(status == NULL);
    check_refusal(error, "nosuch", words(client, line_words, "getting status: service 'nosuch' not found"));
    CHECK_FAILS(zinit_client_start(client, "nosuch", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    check_refusal(error, "nosuch", words(client, line_words, "starting service: service 'nosuch' not found"));
    CHECK_FAILS(zinit_client_stop(client, "nosuch", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    check_refusal(error, "nosuch", words(client, line_words, "stopping service: service 'nosuch' not found"));
    CHECK_FAILS(zinit_client_forget(client, "nosuch", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    check_refusal(error, "nosuch", words(client, line_words, "forgetting service: service 'nosuch' not found"));
    CHECK_FAILS(zinit_client_kill(client, "nosuch", "SIGTERM", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    check_refusal(error, "nosuch", words(client, line_words, "sending signal: service 'nosuch' not found"));
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
    check_refusal(error, "web", words(client, "service \"web\" already monitored",
                                      "monitoring service: service 'web' already monitored"));
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
    check_refusal(error, "web", words(client, "service \"web\" is up", "forgetting service: service 'web' is up"));
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
    check_refusal(error, "once", words(client, "service \"once\" is down", "sending signal: service 'once' is down"));
    zinit_client_free(client);
}

/* Waits until the daemon has ended, which may still close connections until then. */
static void check_nobody_is_left(const zinit_client *client)
{
    zinit_error *error = NULL;
    zinit_code code;

    while ((code = zinit_client_start(client, "web", &error)) == ZINIT_ERR_CLOSED)
        zinit_error_free(error);
    CHECK_FAILS(code, ZINIT_ERR_NOT_RUNNING);
    check_not_sent(error);
}

static void shutting_down(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    zinit_code code;

    (void)data;
    /* The daemon waits for this one until the case ends. */
    add_service(&daemon, client, "deaf",
                "exec: sh -c 'trap \"\" TERM; while :; do sleep 1000; done'\nshutdown_timeout: 600\n");
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    wait_for_state(client, "deaf", ZINIT_STATE_RUNNING);
    if (!daemon_is_since(client, 9)) {
        skip_check("before zinit 0.2.9 there is no shutdown");
        zinit_client_free(client);
        return;
    }
    CHECK_OK(zinit_client_shutdown(client, &error));
    if (speaks_json_rpc(client)) {
        skip_check("over JSON-RPC a shutdown returns when the daemon ends, and then nobody is left who could refuse");
        check_nobody_is_left(client);
        zinit_client_free(client);
        return;
    }
    /* It answers before it begins. */
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

    (void)data;
    CHECK_FAILS(zinit_client_monitor(client, "nosuch", &error), ZINIT_ERR_CONFIG_REFUSED);
    check_refusal(error, "nosuch", words(client, "failed to load service config",
                                         "monitoring service: failed to load 'nosuch.yaml'"));
    write_service(&daemon, "empty", "oneshot: true\n");
    CHECK_FAILS(zinit_client_monitor(client, "empty", &error), ZINIT_ERR_CONFIG_REFUSED);
    check_refusal(error, "empty", words(client, "failed to load service config",
                                        "monitoring service: failed to load 'empty.yaml'"));
    zinit_client_free(client);
}

static void not_supported(const void *data)
{
    struct daemon daemon = start_scripted(ON("*", REFUSAL("unknown command 'start' or wrong arguments count")));
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
    /* Before 0.2.9, zinit restarts the machine at a shutdown. */
    CHECK_FAILS(zinit_client_shutdown(client, &error), ZINIT_ERR_NOT_SUPPORTED);
    CHECK_CONTAINS(zinit_error_message(error), "0.2.9");
    check_not_sent(error);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void any_other_refusal(const void *data)
{
    struct daemon daemon = start_scripted(ON("*", REFUSAL("EINVAL: Invalid argument")));
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_kill(client, "web", "SIGTERM", &error), ZINIT_ERR_DAEMON);
    check_refusal(error, "web", "EINVAL: Invalid argument");
    zinit_client_free(client);
}

/* The socket and the reply */

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

    /* A file that is not a socket. */
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
    /* Root may connect to any socket. */
    if (geteuid() == 0)
        NEED(seteuid(65534) == 0);
    CHECK_FAILS(zinit_client_list(client, &list, &error), ZINIT_ERR_PERMISSION);
    CHECK_INT(zinit_error_os_errno(error), EACCES);
    CHECK_CONTAINS(zinit_error_message(error), daemon.socket_path);
    check_not_sent(error);
    zinit_client_free(client);
    /* What looks for leaks at the end may do so only as the user that it was. */
    NEED(seteuid(getuid()) == 0);
}

static void io(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;
    struct rlimit limit;
    rlim_t before;
    int descriptor = dup(0);

    (void)data;
    /* No descriptor is left for the call. */
    NEED(descriptor >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
    before = limit.rlim_cur;
    limit.rlim_cur = (rlim_t)descriptor;
    NEED(close(descriptor) == 0 && setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK_FAILS(zinit_client_list(client, &list, &error), ZINIT_ERR_IO);
    CHECK_INT(zinit_error_os_errno(error), EMFILE);
    check_not_sent(error);
    zinit_client_free(client);
    limit.rlim_cur = before;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
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

static const struct test_case cases[] = {
    {"ZINIT_ERR_UNKNOWN_SERVICE", unknown_service, NULL},
    {"ZINIT_ERR_ALREADY_MONITORED", already_monitored, NULL},
    {"ZINIT_ERR_SERVICE_UP", service_up, NULL},
    {"ZINIT_ERR_SERVICE_DOWN", service_down, NULL},
    {"ZINIT_ERR_SHUTTING_DOWN", shutting_down, NULL},
    {"ZINIT_ERR_CONFIG_REFUSED", config_refused, NULL},
    {"ZINIT_ERR_NOT_SUPPORTED", not_supported, NULL},
    {"ZINIT_ERR_DAEMON", any_other_refusal, NULL},
    {"ZINIT_ERR_NOT_RUNNING", not_running, NULL},
    {"ZINIT_ERR_PERMISSION", permission, NULL},
    {"ZINIT_ERR_IO", io, NULL},
    {"ZINIT_ERR_NO_REPLY", no_reply, NULL},
    {"ZINIT_ERR_CLOSED", closed, NULL},
    {"ZINIT_ERR_PROTOCOL", protocol, NULL},
    {"ZINIT_ERR_REPLY_TOO_LARGE", reply_too_large, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
