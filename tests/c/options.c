/* The options of a client: which are taken, which are refused, and what they do. */
#include <stdio.h>

#include "refusals.h"
#include "replies.h"

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
    REFUSES_ARGUMENT("options", zinit_options_set_steady_ms, NULL, 1);
    REFUSES_ARGUMENT("milliseconds", zinit_options_set_steady_ms, options, -1);
    CHECK_INT(zinit_options_set_steady_ms(options, 0, NULL), ZINIT_OK);
    CHECK_INT(zinit_options_set_steady_ms(options, INT64_MAX, NULL), ZINIT_OK);
    REFUSES_ARGUMENT("options", zinit_options_set_stop_order, NULL, ZINIT_STOP_ORDER_ANY);
    REFUSES_ARGUMENT("order", zinit_options_set_stop_order, options, -1);
    REFUSES_ARGUMENT("order", zinit_options_set_stop_order, options, 2);
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

static void protocol(const void *data)
{
    static const int32_t good[] = {ZINIT_PROTOCOL_LINE, ZINIT_PROTOCOL_JSONRPC, ZINIT_PROTOCOL_ZINIT_0_3,
                                   ZINIT_PROTOCOL_ANY};
    static const int32_t bad[] = {-1, 4, INT32_MIN, INT32_MAX};
    zinit_options *options = zinit_options_new();
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    REFUSES_ARGUMENT("options", zinit_options_set_protocol, NULL, ZINIT_PROTOCOL_ANY);
    for (i = 0; i < LENGTH(bad); i++)
        REFUSES_ARGUMENT("protocol", zinit_options_set_protocol, options, bad[i]);
    for (i = 0; i < LENGTH(good); i++)
        CHECK_OK(zinit_options_set_protocol(options, good[i], &error));
    zinit_options_free(options);
}

/* With the protocol of the daemon set, a client works; with the other one, it says why it does not work. */
static void a_protocol_that_is_set_is_held_to(const void *data)
{
    static const int32_t numbers[] = {ZINIT_PROTOCOL_ANY, ZINIT_PROTOCOL_LINE, ZINIT_PROTOCOL_JSONRPC,
                                      ZINIT_PROTOCOL_ZINIT_0_3};
    struct daemon daemon = start_zinit();
    zinit_options *options = zinit_options_new();
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;
    int32_t spoken = 77;
    int32_t found = 77;
    size_t i;

    (void)data;
    CHECK_OK(zinit_client_protocol(client, &spoken, &error));
    CHECK(spoken >= ZINIT_PROTOCOL_LINE && spoken <= ZINIT_PROTOCOL_ZINIT_0_3);
    zinit_client_free(client);
    CHECK_OK(zinit_options_set_socket_path(options, daemon.socket_path, &error));
    for (i = 0; i < LENGTH(numbers); i++) {
        CHECK_OK(zinit_options_set_protocol(options, numbers[i], &error));
        CHECK_OK(zinit_client_with_options(options, &client, &error));
        if (numbers[i] == ZINIT_PROTOCOL_ANY || numbers[i] == spoken) {
            CHECK_OK(zinit_client_list(client, &list, &error));
            zinit_service_list_free(list);
        } else {
            CHECK_FAILS(zinit_client_list(client, &list, &error), ZINIT_ERR_PROTOCOL);
            CHECK_CONTAINS(zinit_error_message(error), "the client's options allow only");
            zinit_error_free(error);
        }
        /* This tells what the daemon speaks, not what is set. */
        CHECK_OK(zinit_client_protocol(client, &found, &error));
        CHECK_INT(found, spoken);
        zinit_client_free(client);
    }
    zinit_options_free(options);
}

/* Each daemon in its own words: those of the line protocol, and those of JSON-RPC. */
static void the_protocol_is_told_by_the_reply(const void *data)
{
    static const struct {
        const char *reply;
        int32_t protocol;
    } daemons[] = {
        {ON("*", REFUSAL("unknown command")), ZINIT_PROTOCOL_LINE},
        {ON("*", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"), ZINIT_PROTOCOL_JSONRPC},
    };
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(daemons); i++) {
        struct daemon daemon = start_scripted(daemons[i].reply);
        zinit_client *client = client_of(&daemon);
        zinit_error *error = NULL;
        int32_t protocol = 77;

        CHECK_OK(zinit_client_protocol(client, &protocol, &error));
        CHECK_INT(protocol, daemons[i].protocol);
        CHECK_INT(count_commands(&daemon), 1);
        zinit_client_free(client);
    }
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

/* A path is any bytes but NUL, and may be 107 of them: sockaddr_un has 108. */
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
    CHECK(list != NULL);
    CHECK_INT(zinit_service_list_len(list), 0);
    zinit_service_list_free(list);

    /* CHECK_FAILS also checks that the message is one line. */
    NEED(rename(path, daemon.socket_path) == 0);
    CHECK_FAILS(zinit_client_list(client, &list, &error), ZINIT_ERR_NOT_RUNNING);
    zinit_error_free(error);
    zinit_client_free(client);
}

/* A client outlives the options that it was made with, and later changes of them do not reach it. */
static void a_client_keeps_its_own_options(const void *data)
{
    struct daemon daemon = start_scripted(ON("*", LIST_OF("\"web\":\"Running\"")));
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
    CHECK_INT(zinit_service_list_len(list), 1);
    zinit_service_list_free(list);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"client_and_options", client_and_options, NULL},
    {"io_timeout", io_timeout, NULL},
    {"max_reply_bytes", max_reply_bytes, NULL},
    {"the_largest_options_work", the_largest_options_work, NULL},
    {"protocol", protocol, NULL},
    {"a_protocol_that_is_set_is_held_to", a_protocol_that_is_set_is_held_to, NULL},
    {"the_protocol_is_told_by_the_reply", the_protocol_is_told_by_the_reply, NULL},
    {"socket_path", socket_path, NULL},
    {"a_socket_path_of_any_bytes_is_reached", a_socket_path_of_any_bytes_is_reached, NULL},
    {"a_client_keeps_its_own_options", a_client_keeps_its_own_options, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
