/* A daemon that misbehaves in JSON-RPC: each way is a row, with what a call makes of it. */
#include "calls.h"

#define RESULT(id, result) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":" result "}"
#define ERROR(error) "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":" error "}"
/* To a command in the line protocol it says that it does not understand, and to JSON-RPC what the row has. */
#define TO_EACH(steps)                                                                                                 \
    "on list\n send {\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"Parse error\"},\"id\":null}\n"       \
    " bytes 0a\n stay\non {*\n" steps " stay\n"
#define LINE(reply) TO_EACH(" send " reply "\n bytes 0a\n")

static const struct row {
    const char *name;
    const char *script;
    zinit_code code;
    const char *daemon_message;
} rows[] = {
    {"a_reply", LINE(RESULT("1", "{\"web\":\"Running\"}")), ZINIT_OK, NULL},
    {"a_wrong_id", LINE(RESULT("2", "{}")), ZINIT_ERR_PROTOCOL, NULL},
    {"an_id_that_is_text", LINE(RESULT("\"1\"", "{}")), ZINIT_ERR_PROTOCOL, NULL},
    {"a_notification_instead_of_a_reply",
     LINE("{\"jsonrpc\":\"2.0\",\"method\":\"stream_subscribeLogs\",\"params\":{\"subscription\":1,\"result\":\"x\"}}"),
     ZINIT_ERR_PROTOCOL, NULL},
    {"both_a_result_and_an_error",
     LINE("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{\"code\":-32000,\"message\":\"no\"}}"),
     ZINIT_ERR_PROTOCOL, NULL},
    {"neither_a_result_nor_an_error", LINE("{\"jsonrpc\":\"2.0\",\"id\":1}"), ZINIT_ERR_PROTOCOL, NULL},
    {"a_batch", LINE("[" RESULT("1", "{}") "]"), ZINIT_ERR_PROTOCOL, NULL},
    {"a_result_of_another_kind", LINE(RESULT("1", "[]")), ZINIT_ERR_PROTOCOL, NULL},
    {"two_replies", LINE(RESULT("1", "{}") RESULT("1", "{}")), ZINIT_ERR_PROTOCOL, NULL},
    {"an_unknown_code", LINE(ERROR("{\"code\":-31999,\"message\":\"no such luck\"}")), ZINIT_ERR_DAEMON, "no such luck"},
    {"an_unknown_method", LINE(ERROR("{\"code\":-32601,\"message\":\"Method not found\"}")), ZINIT_ERR_NOT_SUPPORTED,
     "Method not found"},
    {"an_error_without_a_code", LINE(ERROR("{\"message\":\"no\"}")), ZINIT_ERR_PROTOCOL, NULL},
    {"an_error_with_a_NUL", LINE(ERROR("{\"code\":-32000,\"message\":\"a\\u0000b\"}")), ZINIT_ERR_PROTOCOL, NULL},
    {"no_newline", TO_EACH(" send " RESULT("1", "{\"web\":\"Running\"}") "\n"), ZINIT_OK, NULL},
    {"split_at_every_byte", TO_EACH(" drip 1 " RESULT("1", "{\"web\":\"Running\"}") "\n bytes 0a\n"), ZINIT_OK, NULL},
};

static void misbehave(const void *data)
{
    const struct row *row = data;
    struct daemon daemon = start_scripted(row->script);
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;
    char command[1000];

    check_code(__FILE__, __LINE__, row->name, zinit_client_list(client, &list, &error), row->code, &error);
    CHECK((list != NULL) == (row->code == ZINIT_OK));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "list");
    if (row->code == ZINIT_OK) {
        CHECK_INT(zinit_service_list_len(list), 1);
        CHECK_TEXT(zinit_service_list_name(list, 0), "web");
    } else {
        CHECK_TEXT(zinit_error_daemon_message(error), row->daemon_message);
        CHECK_INT(zinit_error_request_sent(error), 1);
    }
    zinit_error_free(error);
    zinit_service_list_free(list);
    zinit_client_free(client);
}

int main(int argc, char **argv)
{
    static struct test_case cases[LENGTH(rows)];
    size_t i;

    for (i = 0; i < LENGTH(rows); i++) {
        cases[i].name = rows[i].name;
        cases[i].run = misbehave;
        cases[i].data = &rows[i];
    }
    return run_cases(cases, LENGTH(cases), argc, argv);
}
