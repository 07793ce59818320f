/* What only a daemon that speaks JSON-RPC can do: stats of a service, and the HTTP server. */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "refusals.h"

/* The testbed, which is built beside the scripted daemon, under one of its protocols. It answers when this returns. */
static struct daemon start_testbed(const char *protocol)
{
    struct daemon daemon;
    char testbed[4096];
    char *name;
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address;

    memset(&daemon, 0, sizeof daemon);
    snprintf(testbed, sizeof testbed, "%s", getenv("ZINIT_SCRIPTED"));
    name = strrchr(testbed, '/') + 1;
    snprintf(name, sizeof testbed - (size_t)(name - testbed), "zinit-testbed");
    snprintf(daemon.socket_path, sizeof daemon.socket_path, "%s/%s.sock", case_directory(), protocol);
    snprintf(daemon.config_dir, sizeof daemon.config_dir, "%s/%s", case_directory(), protocol);
    NEED(descriptor >= 0 && mkdir(daemon.config_dir, 0755) == 0);
    daemon.pid = fork();
    NEED(daemon.pid >= 0);
    if (daemon.pid == 0) {
        if (freopen("daemon.log", "w", stdout) == NULL || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
            _exit(126);
        execl(testbed, testbed, "--protocol", protocol, "-s", daemon.socket_path, "init", "-c", daemon.config_dir,
              "--container", (char *)NULL);
        _exit(127);
    }
    address = address_of(daemon.socket_path);
    /* There is no event for a socket that begins to listen. */
    while (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        CHECK(errno == ENOENT || errno == ECONNREFUSED);
        pause_ms(2);
    }
    close(descriptor);
    return daemon;
}

static void wrong_arguments(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_stats *stats;
    zinit_request *request;

    (void)data;
    REFUSES_ARGUMENT("stats", zinit_client_stats, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", stats, GARBAGE, zinit_client_stats, NULL, "web", &stats);
    REFUSES_AND_EMPTIES("name", stats, GARBAGE, zinit_client_stats, client, NULL, &stats);
    REFUSES_AND_EMPTIES("name", stats, GARBAGE, zinit_client_stats, client, NOT_UTF8, &stats);
    REFUSES_NAME(zinit_client_stats, client, "a/b", &stats);
    REFUSES_ARGUMENT("request", zinit_client_begin_stats, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_stats, NULL, "web", &request);
    REFUSES_AND_EMPTIES("name", request, GARBAGE, zinit_client_begin_stats, client, NULL, &request);
    REFUSES_NAME(zinit_client_begin_stats, client, "", &request);
    REFUSES_ARGUMENT("client", zinit_client_start_http_server, NULL, "127.0.0.1:80");
    REFUSES_ARGUMENT("client", zinit_client_stop_http_server, NULL);
    REFUSES_ARGUMENT("request", zinit_client_begin_start_http_server, client, "127.0.0.1:80", NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_start_http_server, NULL, "127.0.0.1:80",
                        &request);
    REFUSES_ARGUMENT("request", zinit_client_begin_stop_http_server, client, NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_stop_http_server, NULL, &request);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void what_is_not_an_address_is_not_sent(const void *data)
{
    static const char *const bad[] = {NULL, NOT_UTF8, "",   "127.0.0.1",       "127.0.0.1:", "127.0.0.1:65536", "::1",
                                      "8",  ":8080",  "[]", "localhost:8080", "127.0.0.1:0",        "127.0.0.1:80 "};
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_request *request;
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(bad); i++) {
        REFUSES_ARGUMENT("address", zinit_client_start_http_server, client, bad[i]);
        REFUSES_AND_EMPTIES("address", request, GARBAGE, zinit_client_begin_start_http_server, client, bad[i],
                            &request);
    }
    REFUSES(ZINIT_ERR_INVALID_ARGUMENT, "has no port", zinit_client_start_http_server, client, "127.0.0.1");
    REFUSES(ZINIT_ERR_INVALID_ARGUMENT, "\"a:80\" is not", zinit_client_start_http_server, client, "a:80");
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void check_no_stats(const zinit_stats *stats, size_t index)
{
    CHECK_INT(zinit_stats_child_pid(stats, index), 0);
    CHECK(zinit_stats_child_memory(stats, index) == 0 && zinit_stats_child_cpu(stats, index) == 0);
}

static void null_has_no_stats(const void *data)
{
    (void)data;
    CHECK_INT(zinit_stats_pid(NULL), 0);
    CHECK(zinit_stats_memory(NULL) == 0 && zinit_stats_cpu(NULL) == 0);
    CHECK_INT(zinit_stats_child_len(NULL), 0);
    check_no_stats(NULL, 0);
    CHECK(zinit_request_stats(NULL) == NULL);
    zinit_stats_free(NULL);
}

/* A service whose process has one child. Gives the process id of that child. */
static long add_parent(const struct daemon *daemon, const zinit_client *client)
{
    add_service_here(daemon, client, "parent", "exec: sh -c 'sleep 1000 & echo $! > child; wait'\n");
    wait_for_file("child");
    while (strchr(read_file("child"), '\n') == NULL)
        pause_ms(1);
    return strtol(read_file("child"), NULL, 10);
}

static void check_stats(const zinit_stats *stats, long pid, long child)
{
    CHECK_INT(zinit_stats_pid(stats), pid);
    CHECK(zinit_stats_memory(stats) > 0 && zinit_stats_cpu(stats) >= 0 && isfinite(zinit_stats_cpu(stats)));
    CHECK_INT(zinit_stats_child_len(stats), 1);
    CHECK_INT(zinit_stats_child_pid(stats, 0), child);
    CHECK(zinit_stats_child_memory(stats, 0) > 0 && zinit_stats_child_cpu(stats, 0) >= 0);
    check_no_stats(stats, 1);
    check_no_stats(stats, SIZE_MAX);
}

static void stats_of_a_process_and_its_child(const void *data)
{
    struct daemon daemon = start_testbed("jsonrpc");
    zinit_client *client = client_of(&daemon);
    zinit_stats *stats = NULL;
    zinit_error *error = NULL;
    long child = add_parent(&daemon, client);

    (void)data;
    CHECK_OK(zinit_client_stats(client, "parent", &stats, &error));
    check_stats(stats, pid_of(client, "parent"), child);
    zinit_stats_free(stats);
    zinit_client_free(client);
}

static void stats_as_a_request(const void *data)
{
    struct daemon daemon = start_testbed("jsonrpc");
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    long child = add_parent(&daemon, client);

    (void)data;
    CHECK_OK(zinit_client_begin_stats(client, "parent", &request, &error));
    CHECK(zinit_request_stats(request) == NULL);
    CHECK_OK(run_to_end(request, NULL, &error));
    check_stats(zinit_request_stats(request), pid_of(client, "parent"), child);
    CHECK(zinit_request_status(request) == NULL);
    zinit_request_free(request);
    CHECK_OK(zinit_client_begin_status(client, "parent", &request, &error));
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK(zinit_request_stats(request) == NULL);
    zinit_request_free(request);
    zinit_client_free(client);
}

static void a_service_without_a_process_has_no_stats(const void *data)
{
    struct daemon daemon = start_testbed("jsonrpc");
    zinit_client *client = client_of(&daemon);
    zinit_stats *stats = GARBAGE;
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_stats(client, "nosuch", &stats, &error), ZINIT_ERR_UNKNOWN_SERVICE);
    CHECK(stats == NULL);
    CHECK_TEXT(zinit_error_service(error), "nosuch");
    zinit_error_free(error);
    add_service(&daemon, client, "once", "exec: 'true'\noneshot: true\n");
    wait_for_state(client, "once", ZINIT_STATE_SUCCESS);
    CHECK_FAILS(zinit_client_stats(client, "once", &stats, &error), ZINIT_ERR_SERVICE_DOWN);
    CHECK_TEXT(zinit_error_message(error), "cannot get the stats of \"once\": it has no process; start it first");
    zinit_error_free(error);
    zinit_client_free(client);
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* Takes a port that is free, and gives its number. */
static int take_port(int *descriptor)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;

    *descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    NEED(*descriptor >= 0 && bind(*descriptor, (struct sockaddr *)&address, sizeof address) == 0);
    NEED(listen(*descriptor, 1) == 0 && getsockname(*descriptor, (struct sockaddr *)&address, &size) == 0);
    return ntohs(address.sin_port);
}

/* Whether somebody listens there. */
static int is_served(int port)
{
    struct sockaddr_in address = loopback(port);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int is_connected;

    NEED(descriptor >= 0);
    is_connected = connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0;
    CHECK(is_connected || errno == ECONNREFUSED);
    close(descriptor);
    return is_connected;
}

static void the_http_server_starts_and_stops(const void *data)
{
    struct daemon daemon = start_testbed("jsonrpc");
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    char address[32];
    int is_request, taken;
    int port = take_port(&taken);

    (void)data;
    close(taken);
    snprintf(address, sizeof address, "127.0.0.1:%d", port);
    for (is_request = 0; is_request < 2; is_request++) {
        CHECK(!is_served(port));
        if (is_request) {
            CHECK_OK(zinit_client_begin_start_http_server(client, address, &request, &error));
            CHECK_OK(finish(request, &error));
        } else {
            CHECK_OK(zinit_client_start_http_server(client, address, &error));
        }
        CHECK(is_served(port));
        if (is_request) {
            CHECK_OK(zinit_client_begin_stop_http_server(client, &request, &error));
            CHECK_OK(finish(request, &error));
        } else {
            CHECK_OK(zinit_client_stop_http_server(client, &error));
        }
        /* The daemon closes it behind its answer. */
        while (is_served(port))
            pause_ms(1);
    }
    zinit_client_free(client);
}

static void the_daemon_says_why_it_does_not_serve(const void *data)
{
    struct daemon daemon = start_testbed("jsonrpc");
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    char address[32];
    int taken;

    (void)data;
    CHECK_FAILS(zinit_client_stop_http_server(client, &error), ZINIT_ERR_DAEMON);
    CHECK_CONTAINS(zinit_error_message(error), "cannot stop the HTTP server: the daemon refused: ");
    CHECK_CONTAINS(zinit_error_daemon_message(error), "No HTTP/RPC server is currently running");
    CHECK_TEXT(zinit_error_service(error), NULL);
    zinit_error_free(error);
    snprintf(address, sizeof address, "127.0.0.1:%d", take_port(&taken));
    CHECK_FAILS(zinit_client_start_http_server(client, address, &error), ZINIT_ERR_DAEMON);
    CHECK_CONTAINS(zinit_error_message(error), address);
    CHECK_CONTAINS(zinit_error_daemon_message(error), "Address already in use");
    zinit_error_free(error);
    close(taken);
    zinit_client_free(client);
}

/* Checks that the error is that of a daemon of the line protocol. Frees it. */
static void check_not_supported(zinit_error *error, const char *message)
{
    CHECK_TEXT(zinit_error_message(error), message);
    CHECK_TEXT(zinit_error_daemon_message(error), NULL);
    zinit_error_free(error);
}

static void a_daemon_of_the_line_protocol_can_do_none_of_it(const void *data)
{
    struct daemon daemon = start_testbed("line");
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_stats *stats = GARBAGE;
    zinit_error *error = NULL;
    int i;

    (void)data;
    /* The second time, it is known which protocol it speaks. */
    for (i = 0; i < 2; i++) {
        CHECK_FAILS(zinit_client_stats(client, "web", &stats, &error), ZINIT_ERR_NOT_SUPPORTED);
        CHECK(stats == NULL);
        check_not_supported(error, "cannot get the stats of \"web\": this daemon cannot do it: zinit before 0.2.15 "
                                   "does not tell it");
        CHECK_FAILS(zinit_client_start_http_server(client, "[::1]:1", &error), ZINIT_ERR_NOT_SUPPORTED);
        check_not_supported(error, "cannot start the HTTP server at [::1]:1: this daemon cannot do it: zinit before "
                                   "0.2.15 has no HTTP server");
        CHECK_FAILS(zinit_client_stop_http_server(client, &error), ZINIT_ERR_NOT_SUPPORTED);
        check_not_supported(error, "cannot stop the HTTP server: this daemon cannot do it: zinit before 0.2.15 has no "
                                   "HTTP server");
        CHECK_OK(zinit_client_begin_stats(client, "web", &request, &error));
        CHECK_FAILS(finish(request, &error), ZINIT_ERR_NOT_SUPPORTED);
        zinit_error_free(error);
    }
    check_daemon_answers(client);
    zinit_client_free(client);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"wrong_arguments", wrong_arguments, NULL},
        {"what_is_not_an_address_is_not_sent", what_is_not_an_address_is_not_sent, NULL},
        {"null_has_no_stats", null_has_no_stats, NULL},
        {"stats_of_a_process_and_its_child", stats_of_a_process_and_its_child, NULL},
        {"stats_as_a_request", stats_as_a_request, NULL},
        {"a_service_without_a_process_has_no_stats", a_service_without_a_process_has_no_stats, NULL},
        {"the_http_server_starts_and_stops", the_http_server_starts_and_stops, NULL},
        {"the_daemon_says_why_it_does_not_serve", the_daemon_says_why_it_does_not_serve, NULL},
        {"a_daemon_of_the_line_protocol_can_do_none_of_it", a_daemon_of_the_line_protocol_can_do_none_of_it, NULL},
    };

    find_daemons();
    return run_cases(cases, LENGTH(cases), argc, argv);
}
