/* A daemon that misbehaves: each way is a row of a table, which says what every call makes of it. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"

enum {
    LIST = 1,
    STATUS = 2,
    EXISTS = 4,
    START = 8,
    STOP = 16,
    MONITOR = 32,
    FORGET = 64,
    KILL = 128,
    REBOOT = 256,
    SHUTDOWN = 512,
    QUERIES = LIST | STATUS | EXISTS,
    OF_SERVICE = START | STOP | MONITOR | FORGET | KILL,
    CONTROL = OF_SERVICE | REBOOT | SHUTDOWN,
    ALL = QUERIES | CONTROL
};

/* Makes one call; what it gives is freed. */
static zinit_code make_call(int which, const zinit_client *client, zinit_error **error)
{
    zinit_service_list *list = (zinit_service_list *)&which;
    zinit_status *status = (zinit_status *)&which;
    int32_t exists = 77;
    zinit_code code = ZINIT_OK;

    switch (which) {
    case LIST:
        code = zinit_client_list(client, &list, error);
        CHECK((list != NULL) == (code == ZINIT_OK));
        zinit_service_list_free(list);
        break;
    case STATUS:
        code = zinit_client_status(client, "web", &status, error);
        CHECK((status != NULL) == (code == ZINIT_OK));
        zinit_status_free(status);
        break;
    case EXISTS:
        code = zinit_client_exists(client, "web", &exists, error);
        CHECK_INT(exists, code == ZINIT_OK);
        break;
    case START:
        code = zinit_client_start(client, "web", error);
        break;
    case STOP:
        code = zinit_client_stop(client, "web", error);
        break;
    case MONITOR:
        code = zinit_client_monitor(client, "web", error);
        break;
    case FORGET:
        code = zinit_client_forget(client, "web", error);
        break;
    case KILL:
        code = zinit_client_kill(client, "web", "SIGTERM", error);
        break;
    case REBOOT:
        code = zinit_client_reboot(client, error);
        break;
    case SHUTDOWN:
        code = zinit_client_shutdown(client, error);
        break;
    default:
        fail_at(__FILE__, __LINE__, "no call has the number %d", which);
    }
    return code;
}

struct row {
    const char *name;
    const char *script;
    int calls;
    zinit_code code;
    const char *message;     /* a part of it; NULL: any */
    int64_t io_timeout_ms;   /* 0: so long that a call which waits for it hangs, and the case fails */
    uint64_t max_reply_bytes; /* 0: the default */
};

/* A reply, after which the connection stays open: a call that waits for the end of it hangs. */
#define REPLY(text) "on *\n send " text "\n stay\n"
/* The same, after which it is closed. */
#define REPLY_AND_CLOSE(text) "on *\n send " text "\n"
#define WEB STATUS_FIELDS("web", 7, "Running", "Up")

static const struct row rows[] = {
    /* Not a reply */
    {"an_empty_object", REPLY("{}"), ALL, ZINIT_ERR_PROTOCOL, "{}", 0, 0},
    {"null", REPLY("null"), ALL, ZINIT_ERR_PROTOCOL, "null", 0, 0},
    {"an_array", REPLY("[{\"state\":\"ok\"}]"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_string", REPLY("\"ok\""), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_number", REPLY("1"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"plain_text", REPLY("bad request"), ALL, ZINIT_ERR_PROTOCOL, "bad request", 0, 0},
    {"what_the_daemon_says_to_bytes_that_are_not_UTF_8",
     REPLY("bad request{\"state\":\"error\",\"body\":\"unknown command\"}"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"HTTP", REPLY("HTTP/1.1 400 Bad Request"), ALL, ZINIT_ERR_PROTOCOL, "HTTP", 0, 0},
    {"bytes", "on *\n bytes 00 ff fe 7b\n stay\n", ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"braces_without_JSON", REPLY("{hello}"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"another_state", REPLY("{\"state\":\"maybe\",\"body\":null}"), ALL, ZINIT_ERR_PROTOCOL, "maybe", 0, 0},
    {"a_state_in_capitals", REPLY("{\"state\":\"OK\",\"body\":null}"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_state_that_is_not_text", REPLY("{\"state\":1,\"body\":null}"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_state_that_is_null", REPLY("{\"state\":null,\"body\":null}"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"no_state", REPLY("{\"body\":null}"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_refusal_without_body", REPLY("{\"state\":\"error\"}"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_refusal_with_null", REPLY("{\"state\":\"error\",\"body\":null}"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_refusal_with_a_number", REPLY("{\"state\":\"error\",\"body\":5}"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_refusal_with_a_NUL", REPLY("{\"state\":\"error\",\"body\":\"a\\u0000b\"}"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"not_UTF_8", "on *\n send {\"state\":\"ok\",\"body\":\"\n bytes ff\n send \"}\n stay\n", ALL, ZINIT_ERR_PROTOCOL,
     "UTF-8", 0, 0},
    {"a_raw_NUL", "on *\n send {\"state\":\"error\",\"body\":\"a\n bytes 00\n send b\"}\n stay\n", ALL,
     ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    /* The reply is not complete, however deep it is nested. */
    {"nested_without_end", "on *\n send {\"state\":\"ok\",\"body\":\n repeat 100000 [\n", ALL & ~(REBOOT | SHUTDOWN), ZINIT_ERR_CLOSED,
     NULL, 0, 0},
    {"nested_deep", "on *\n send {\"state\":\"ok\",\"body\":\n repeat 100000 [\n repeat 100000 ]\n send }\n stay\n", QUERIES,
     ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    /* The state says that it is done, and the body is not read. */
    {"nested_deep_but_done", "on *\n send {\"state\":\"ok\",\"body\":\n repeat 100000 [\n repeat 100000 ]\n send }\n stay\n",
     CONTROL, ZINIT_OK, NULL, 0, 0},

    /* Something behind the reply */
    {"bytes_behind_the_reply", REPLY(DONE "x"), CONTROL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"bytes_behind_the_reply_and_closed", REPLY_AND_CLOSE(DONE "x"), CONTROL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"two_replies", REPLY(DONE DONE), CONTROL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"half_a_reply_behind_the_reply", REPLY(DONE "{"), CONTROL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"bytes_behind_a_refusal", REPLY("{\"state\":\"error\",\"body\":\"no\"}x"), ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"bytes_behind_a_status", REPLY(STATUS_WITH(WEB) "x"), STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"bytes_behind_a_list", REPLY(LIST_OF("\"web\":\"Running\"") "x"), LIST, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"bytes_behind_a_large_list",
     "on *\n send {\"state\":\"ok\",\"body\":{\n repeat 20000 \"web\":\"Running\",\n send \"x\":\"Running\"}}x\n stay\n", LIST,
     ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"bytes_behind_a_reply_that_fills_the_buffer",
     "on *\n send {\"state\":\"error\",\"body\":\"\n repeat 973 x\n send \"}x\n stay\n", ALL, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_newline_behind_the_reply", "on *\n send " DONE "\n bytes 0a\n stay\n", CONTROL, ZINIT_OK, NULL, 0, 0},
    {"white_space_behind_the_reply", "on *\n send " DONE "\n bytes 20 09 0d 0a 0a\n stay\n", CONTROL, ZINIT_OK, NULL, 0, 0},
    {"white_space_before_the_reply", "on *\n bytes 0a 20\n send " DONE "\n stay\n", CONTROL, ZINIT_OK, NULL, 0, 0},
    {"white_space_and_then_the_reply", "on *\n bytes 0a 20\n pause 20\n send " DONE "\n stay\n", CONTROL, ZINIT_OK, NULL, 0, 0},

    /* Not a list */
    {"a_list_of_null", REPLY(DONE), LIST, ZINIT_ERR_PROTOCOL, "map", 0, 0},
    {"a_list_without_body", REPLY("{\"state\":\"ok\"}"), LIST, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_list_as_an_array", REPLY("{\"state\":\"ok\",\"body\":[\"web\"]}"), LIST, ZINIT_ERR_PROTOCOL, "map", 0, 0},
    {"a_list_as_text", REPLY("{\"state\":\"ok\",\"body\":\"web\"}"), LIST, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_list_with_a_number", REPLY(LIST_OF("\"web\":1")), LIST, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_list_with_null", REPLY(LIST_OF("\"web\":null")), LIST, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_list_with_no_state", REPLY(LIST_OF("\"web\":\"\"")), LIST, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_list_with_a_NUL_in_a_name", REPLY(LIST_OF("\"w\\u0000b\":\"Running\"")), LIST, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_list_with_a_NUL_in_a_state", REPLY(LIST_OF("\"web\":\"Run\\u0000\"")), LIST, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_list_with_a_NUL_in_a_reason", REPLY(LIST_OF("\"web\":\"Error(\\u0000)\"")), LIST, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"an_empty_list", REPLY(LIST_OF("")), LIST, ZINIT_OK, NULL, 0, 0},

    /* Not a status */
    {"a_status_of_null", REPLY(DONE), STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_status_of_nothing", REPLY(STATUS_WITH("")), STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_pid_above_INT32_MAX", REPLY(STATUS_WITH("\"name\":\"web\",\"pid\":2147483648,\"state\":\"Running\",\"target\":\"Up\"")),
     STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_pid_below_0", REPLY(STATUS_WITH("\"name\":\"web\",\"pid\":-1,\"state\":\"Running\",\"target\":\"Up\"")),
     STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_pid_that_is_text", REPLY(STATUS_WITH("\"name\":\"web\",\"pid\":\"7\",\"state\":\"Running\",\"target\":\"Up\"")),
     STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_pid_that_is_a_fraction", REPLY(STATUS_WITH("\"name\":\"web\",\"pid\":7.5,\"state\":\"Running\",\"target\":\"Up\"")),
     STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"no_pid", REPLY(STATUS_WITH("\"name\":\"web\",\"state\":\"Running\",\"target\":\"Up\"")), STATUS | EXISTS,
     ZINIT_ERR_PROTOCOL, "pid", 0, 0},
    {"no_name", REPLY(STATUS_WITH("\"pid\":7,\"state\":\"Running\",\"target\":\"Up\"")), STATUS | EXISTS,
     ZINIT_ERR_PROTOCOL, "name", 0, 0},
    {"a_NUL_in_a_name", REPLY(STATUS_WITH("\"name\":\"w\\u0000b\",\"pid\":7,\"state\":\"Running\",\"target\":\"Up\"")),
     STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_state_that_cannot_be_read", REPLY(STATUS_WITH("\"name\":\"web\",\"pid\":7,\"state\":\"not ready\",\"target\":\"Up\"")),
     STATUS | EXISTS, ZINIT_ERR_PROTOCOL, "not ready", 0, 0},
    {"a_target_that_is_not_text", REPLY(STATUS_WITH("\"name\":\"web\",\"pid\":7,\"state\":\"Running\",\"target\":1")),
     STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"an_after_that_is_not_a_map",
     REPLY(STATUS_WITH("\"name\":\"web\",\"pid\":7,\"state\":\"Running\",\"target\":\"Up\",\"after\":[]")),
     STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},
    {"a_NUL_in_an_after",
     REPLY(STATUS_WITH("\"name\":\"web\",\"pid\":7,\"state\":\"Running\",\"target\":\"Up\",\"after\":{\"\\u0000\":\"Running\"}")),
     STATUS | EXISTS, ZINIT_ERR_PROTOCOL, NULL, 0, 0},

    /* What a newer daemon might do */
    {"more_keys_in_a_reply", REPLY("{\"version\":3,\"state\":\"ok\",\"more\":{\"a\":[1]},\"body\":null}"), CONTROL, ZINIT_OK, NULL, 0, 0},
    {"more_keys_in_a_status", REPLY(STATUS_WITH(WEB ",\"uptime\":5")), STATUS | EXISTS, ZINIT_OK, NULL, 0, 0},
    {"the_body_before_the_state", REPLY("{\"body\":{" WEB "},\"state\":\"ok\"}"), STATUS | EXISTS, ZINIT_OK, NULL, 0, 0},
    {"white_space_in_a_reply", REPLY("{ \"state\" : \"ok\" , \"body\" : {} }"), LIST, ZINIT_OK, NULL, 0, 0},
    {"no_after", REPLY(STATUS_WITH("\"name\":\"web\",\"pid\":7,\"state\":\"Running\",\"target\":\"Up\"")), STATUS | EXISTS, ZINIT_OK, NULL, 0, 0},
    {"an_after_of_null", REPLY(STATUS_WITH("\"name\":\"web\",\"pid\":7,\"state\":\"Running\",\"target\":\"Up\",\"after\":null")),
     STATUS | EXISTS, ZINIT_OK, NULL, 0, 0},
    {"something_done_with_a_body", REPLY("{\"state\":\"ok\",\"body\":{\"pid\":7}}"), CONTROL, ZINIT_OK, NULL, 0, 0},

    /* Late, in part, or not at all */
    {"no_answer", "on *\n stay\n", ALL, ZINIT_ERR_NO_REPLY, "did not answer", 50, 0},
    {"half_a_reply_and_no_more", "on *\n send {\"state\":\"ok\",\"bo\n stay\n", ALL, ZINIT_ERR_NO_REPLY, NULL, 50, 0},
    {"a_reply_but_for_its_end", "on *\n send {\"state\":\"ok\",\"body\":{}\n stay\n", ALL, ZINIT_ERR_NO_REPLY, NULL, 50, 0},
    {"white_space_and_no_more", "on *\n bytes 20 0a\n stay\n", ALL, ZINIT_ERR_NO_REPLY, NULL, 50, 0},
    {"a_byte_at_a_time_too_slow", "on *\n drip 30 " DONE "\n stay\n", ALL, ZINIT_ERR_NO_REPLY, NULL, 100, 0},
    {"a_byte_at_a_time", "on *\n drip 1 " DONE "\n stay\n", CONTROL, ZINIT_OK, NULL, 0, 0},
    {"a_status_a_byte_at_a_time", "on *\n drip 1 " STATUS_WITH(WEB) "\n stay\n", STATUS | EXISTS, ZINIT_OK, NULL, 0, 0},
    {"an_answer_after_a_while", "on *\n pause 50\n send " DONE "\n stay\n", CONTROL, ZINIT_OK, NULL, 0, 0},
    {"a_reply_in_two_parts", "on *\n send {\"state\":\"ok\",\n pause 20\n send \"body\":null}\n stay\n", CONTROL, ZINIT_OK, NULL, 0, 0},
    {"a_reply_in_two_parts_at_a_brace", "on *\n send {\"state\":\"ok\",\"body\":{}\n pause 20\n send }\n stay\n",
     CONTROL | LIST, ZINIT_OK, NULL, 0, 0},
    {"a_character_in_two_parts",
     "on *\n send {\"state\":\"ok\",\"body\":{\"\n bytes c3\n pause 20\n bytes a9\n send \":\"Running\"}}\n stay\n", LIST,
     ZINIT_OK, NULL, 0, 0},
    {"closed_without_a_reply", "on *\n", QUERIES | OF_SERVICE, ZINIT_ERR_CLOSED, NULL, 0, 0},
    /* The daemon may end before it replies to these. */
    {"closed_without_a_reply_to_its_end", "on *\n", REBOOT | SHUTDOWN, ZINIT_OK, NULL, 0, 0},
    {"closed_after_half_a_reply", REPLY_AND_CLOSE("{\"state\":\"ok\",\"bo"), QUERIES | OF_SERVICE, ZINIT_ERR_CLOSED, NULL, 0, 0},
    {"closed_before_the_end_of_a_reply", REPLY_AND_CLOSE("{\"state\":\"ok\",\"body\":{}"), QUERIES | OF_SERVICE, ZINIT_ERR_CLOSED, NULL, 0, 0},
    {"closed_inside_a_character", "on *\n send {\"state\":\"ok\",\"body\":{\"\n bytes c3\n", QUERIES | OF_SERVICE,
     ZINIT_ERR_CLOSED, NULL, 0, 0},
    {"closed_after_white_space", "on *\n bytes 20 0a\n", QUERIES | OF_SERVICE, ZINIT_ERR_CLOSED, NULL, 0, 0},

    /* Too much */
    {"a_reply_of_exactly_the_limit", REPLY(DONE), CONTROL, ZINIT_OK, NULL, 0, sizeof(DONE) - 1},
    {"a_reply_above_the_limit", REPLY(DONE), CONTROL, ZINIT_ERR_REPLY_TOO_LARGE, NULL, 0, sizeof(DONE) - 2},
    {"a_reply_without_end", "on *\n send {\"state\":\"ok\",\"body\":\"\n repeat 1000000 0123456789\n stay\n", ALL,
     ZINIT_ERR_REPLY_TOO_LARGE, "100000", 0, 100000},
};

/* Before a shutdown, the binary has to tell its version in that time, too. */
static int64_t io_timeout_for(int which, int64_t shortest)
{
    return which == SHUTDOWN && shortest < 500 ? 500 : shortest;
}

static void misbehave(const void *data)
{
    const struct row *row = data;
    struct daemon daemon = start_scripted(row->script);
    struct client_options options = {0};
    int which;

    options.daemon = &daemon;
    options.max_reply_bytes = row->max_reply_bytes;
    CHECK((row->calls & ALL) != 0);
    for (which = LIST; which <= SHUTDOWN; which *= 2) {
        zinit_client *client;
        zinit_error *error = NULL;
        char command[100];

        if ((row->calls & which) == 0)
            continue;
        options.io_timeout_ms = io_timeout_for(which, row->io_timeout_ms != 0 ? row->io_timeout_ms : INT64_MAX);
        client = make_client(options);
        check_code(__FILE__, __LINE__, row->name, make_call(which, client, &error), row->code, &error);
        /* The command is sent once, and not again. */
        next_command(&daemon, command, sizeof command);
        CHECK_INT(count_commands(&daemon), 0);
        if (row->code != ZINIT_OK) {
            CHECK_INT(zinit_error_request_sent(error), 1);
            CHECK_TEXT(zinit_error_daemon_message(error), NULL);
            if (row->message != NULL)
                CHECK_CONTAINS(zinit_error_message(error), row->message);
            if (which & (STATUS | EXISTS | OF_SERVICE))
                CHECK_TEXT(zinit_error_service(error), "web");
        }
        zinit_error_free(error);
        zinit_client_free(client);
    }
}

static void an_unknown_state_keeps_its_text(const void *data)
{
    static const char script[] =
        ON("list", LIST_OF("\"web\":\"Paused(by hand)\",\"db\":\"running\""))
        ON("*", STATUS_WITH("\"name\":\"web\",\"pid\":2147483647,\"state\":\"Paused\",\"target\":\"Sideways\""));
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    const zinit_state *state;

    (void)data;
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_INT(zinit_service_list_len(list), 2);
    /* The library sorts the list. */
    CHECK_TEXT(zinit_service_list_name(list, 0), "db");
    state = zinit_service_list_state(list, 0);
    CHECK_INT(zinit_state_kind(state), ZINIT_STATE_RUNNING);
    CHECK_TEXT(zinit_state_text(state), "running");
    state = zinit_service_list_state(list, 1);
    CHECK_INT(zinit_state_kind(state), ZINIT_STATE_OTHER);
    CHECK_TEXT(zinit_state_text(state), "Paused(by hand)");
    CHECK_TEXT(zinit_state_reason(state), "by hand");
    CHECK_INT(zinit_state_exit_code(state), -1);
    CHECK_INT(zinit_state_exited(state), 0);
    zinit_service_list_free(list);

    CHECK_OK(zinit_client_status(client, "web", &status, &error));
    CHECK_INT(zinit_state_kind(zinit_status_state(status)), ZINIT_STATE_OTHER);
    CHECK_TEXT(zinit_state_text(zinit_status_state(status)), "Paused");
    CHECK_TEXT(zinit_state_reason(zinit_status_state(status)), NULL);
    CHECK_INT(zinit_status_target(status), ZINIT_TARGET_UNKNOWN);
    CHECK_INT(zinit_status_pid(status), INT32_MAX);
    CHECK_INT(zinit_status_after_len(status), 0);
    zinit_status_free(status);
    zinit_client_free(client);
}

static void a_refusal_with_odd_words_is_kept_as_it_is(const void *data)
{
    struct daemon daemon = start_scripted(ON("*", REFUSAL("a\\nb\\tc \\u00e9")));
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_start(client, "web", &error), ZINIT_ERR_DAEMON);
    CHECK_TEXT(zinit_error_daemon_message(error), "a\nb\tc \xc3\xa9");
    zinit_error_free(error);
    zinit_client_free(client);
}

static void a_full_backlog_that_stays_full(const void *data)
{
    struct daemon daemon = start_scripted("accept never\n");
    struct client_options options = {0};
    int which;

    (void)data;
    options.daemon = &daemon;
    for (which = LIST; which <= SHUTDOWN; which *= 2) {
        zinit_client *client;
        zinit_error *error = NULL;

        options.io_timeout_ms = io_timeout_for(which, 50);
        client = make_client(options);
        CHECK_FAILS(make_call(which, client, &error), ZINIT_ERR_NO_REPLY);
        CHECK_INT(zinit_error_request_sent(error), 0);
        zinit_error_free(error);
        zinit_client_free(client);
    }
}

static void a_full_backlog_for_a_while(const void *data)
{
    struct daemon daemon = start_scripted("accept after 200\n" ON("*", DONE));
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_client_start(client, "web", &error));
    CHECK_INT(count_commands(&daemon), 1);
    zinit_client_free(client);
}

static void connections_that_are_closed_unread(const void *data)
{
    struct daemon daemon = start_scripted("accept and close\n");
    zinit_client *client = client_of(&daemon);
    int i;

    (void)data;
    /* The daemon closes before the command goes out, or while it is under way. */
    for (i = 0; i < 100; i++) {
        zinit_error *error = NULL;

        CHECK_FAILS(zinit_client_start(client, "web", &error), ZINIT_ERR_CLOSED);
        CHECK(zinit_error_os_errno(error) == (zinit_error_request_sent(error) ? ECONNRESET : EPIPE));
        zinit_error_free(error);
    }
    zinit_client_free(client);
}

static void *kill_when_asked(void *daemon)
{
    char command[100];

    next_command(daemon, command, sizeof command);
    kill_daemon(daemon);
    return NULL;
}

static void a_daemon_that_dies_during_a_call(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    pthread_t thread;

    (void)data;
    NEED(pthread_create(&thread, NULL, kill_when_asked, &daemon) == 0);
    CHECK_FAILS(zinit_client_start(client, "web", &error), ZINIT_ERR_CLOSED);
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    NEED(pthread_join(thread, NULL) == 0);
    CHECK_FAILS(zinit_client_start(client, "web", &error), ZINIT_ERR_NOT_RUNNING);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void a_list_that_lost_a_race_is_asked_again(const void *data)
{
    static const char script[] = ON("list", UNKNOWN_SERVICE("a")) ON("list", UNKNOWN_SERVICE("b"))
        ON("list", LIST_OF("\"web\":\"Running\""));
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_INT(zinit_service_list_len(list), 1);
    CHECK_INT(count_commands(&daemon), 3);
    zinit_service_list_free(list);
    zinit_client_free(client);
}

static void reboot_of_a_daemon_that_knows_shutdown_only(const void *data)
{
    static const char script[] =
        ON("reboot", REFUSAL("unknown command 'reboot' or wrong arguments count")) ON("shutdown", DONE);
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    char command[100];

    (void)data;
    CHECK_OK(zinit_client_reboot(client, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "reboot");
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "shutdown");
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void a_process_that_has_just_ended(const void *data)
{
    struct daemon daemon = start_scripted(ON("*", REFUSAL("ESRCH: No such process")));
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_client_stop(client, "web", &error));
    CHECK_FAILS(zinit_client_kill(client, "web", "SIGTERM", &error), ZINIT_ERR_SERVICE_DOWN);
    zinit_error_free(error);
    zinit_client_free(client);
}

static const struct test_case others[] = {
    {"an_unknown_state_keeps_its_text", an_unknown_state_keeps_its_text, NULL},
    {"a_refusal_with_odd_words_is_kept_as_it_is", a_refusal_with_odd_words_is_kept_as_it_is, NULL},
    {"a_full_backlog_that_stays_full", a_full_backlog_that_stays_full, NULL},
    {"a_full_backlog_for_a_while", a_full_backlog_for_a_while, NULL},
    {"connections_that_are_closed_unread", connections_that_are_closed_unread, NULL},
    {"a_daemon_that_dies_during_a_call", a_daemon_that_dies_during_a_call, NULL},
    {"a_list_that_lost_a_race_is_asked_again", a_list_that_lost_a_race_is_asked_again, NULL},
    {"reboot_of_a_daemon_that_knows_shutdown_only", reboot_of_a_daemon_that_knows_shutdown_only, NULL},
    {"a_process_that_has_just_ended", a_process_that_has_just_ended, NULL},
};

int main(int argc, char **argv)
{
    static struct test_case cases[LENGTH(rows) + LENGTH(others)];
    size_t i;

    for (i = 0; i < LENGTH(rows); i++) {
        cases[i].name = rows[i].name;
        cases[i].run = misbehave;
        cases[i].data = &rows[i];
    }
    memcpy(cases + LENGTH(rows), others, sizeof others);
    return run_cases(cases, LENGTH(cases), argc, argv);
}
