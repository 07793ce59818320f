/* The lines of a log: what a stream makes of what the daemon sends, and how the stream ends. */
#include "calls.h"
#include "replies.h"
#include "streams.h"

#define JSON_RPC_REPLY "on *\n send {\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700},\"id\":null}\n stay\n"

static const struct row {
    const char *name;
    const char *script;
    const char *service; /* NULL: all */
    int64_t last;
    int32_t follow;
    const char *lines; /* as describe_line() has them */
    zinit_code end;
    uint64_t max_reply_bytes; /* 0: the default */
} rows[] = {
    {"every_source",
     LOG(" send [+] web: out\n" NEWLINE " send [-] web: err\n" NEWLINE " send [-] web: " START_MARK "\n" NEWLINE
         " send [+] web/test: passed\n" NEWLINE " send [-] zinit: 12 lines dropped\n" NEWLINE),
     NULL, -1, 0, "web stdout out;web stderr err;web start " START_MARK ";web test passed;- dropped 12 lines dropped;",
     ZINIT_END, 0},
    {"of_one_service_and_what_was_dropped_of_any",
     LOG(" send [+] sql: a\n" NEWLINE " send [+] web: b\n" NEWLINE " send [-] zinit: 1 lines dropped\n" NEWLINE
         " send [+] webb: c\n" NEWLINE " send web: d\n" NEWLINE " send [+] web/test: e\n" NEWLINE),
     "web", -1, 0, "web stdout b;- dropped 1 lines dropped;web test e;", ZINIT_END, 0},
    {"lines_in_any_other_form",
     LOG(" send [+] web:\n bytes 20 ff fe 00 c3 0a\n send [+] web:\n bytes 20 0a 0a\n send hello\n" NEWLINE
         " send [+] hello\n" NEWLINE " send [*] web: hello\n" NEWLINE),
     NULL, -1, 0,
     "web stdout \\ff\\fe\\00\\c3;web stdout ;- stdout ;- stdout hello;- stdout hello;- stdout [*] web: hello;", ZINIT_END,
     0},
    {"a_line_of_a_mebibyte",
     LOG(" send [-] web:\n bytes 20\n repeat 1048576 x\n" NEWLINE " send [+] web: y\n" NEWLINE), "web", -1, 1,
     "web stderr <65527> (cut);web stdout y;", ZINIT_ERR_CLOSED, 0},
    {"a_line_of_65536_bytes", LOG(" send [-] web:\n bytes 20\n repeat 65527 x\n" NEWLINE), NULL, -1, 1,
     "web stderr <65527>;", ZINIT_ERR_CLOSED, 0},
    {"the_last_two", LOG(" send [+] web: 1\n" NEWLINE " send [+] web: 2\n" NEWLINE " send [+] web: 3\n" NEWLINE), "web",
     2, 0, "web stdout 2;web stdout 3;", ZINIT_END, 0},
    {"the_last_0_lines", LOG(" send [+] web: 1\n" NEWLINE), "web", 0, 0, "", ZINIT_END, 0},
    {"the_last_of_fewer", LOG(" send [+] web: 1\n" NEWLINE), "web", INT64_MAX, 0, "web stdout 1;", ZINIT_END, 0},
    {"no_line", LOG(""), "web", -1, 0, "", ZINIT_END, 0},
    {"a_daemon_without_snapshot",
     LOG(" send [+] web: 1\n" NEWLINE " pause 50\n send [+] web: 2\n" NEWLINE " stay\n"), "web", 1, 0, "web stdout 2;",
     ZINIT_END, 0},
    {"followed_to_the_end", LOG(" send [+] web: 1\n" NEWLINE " pause 50\n send [+] web: 2\n" NEWLINE), "web", -1, 1,
     "web stdout 1;web stdout 2;", ZINIT_ERR_CLOSED, 0},
    {"followed_to_the_midst_of_a_line", LOG(" send [+] web: 1\n" NEWLINE " send [+] web: 2\n"), "web", -1, 1,
     "web stdout 1;web stdout 2 (cut);", ZINIT_ERR_CLOSED, 0},
    {"kept_to_the_midst_of_a_line", LOG(" send [+] web: 1\n" NEWLINE " send [+]\n"), "web", -1, 0, "web stdout 1;",
     ZINIT_ERR_CLOSED, 0},
    {"larger_than_the_largest_reply",
     LOG(" send [+] web:\n bytes 20\n repeat 600 x\n" NEWLINE " send [+] web:\n bytes 20\n repeat 500 y\n" NEWLINE
         " send [+] web: z\n" NEWLINE),
     "web", -1, 0, "- dropped 1 lines dropped;web stdout <500>;web stdout z;", ZINIT_END, 1000},
    {"refused", LOG(SEND(REFUSAL("not now"))), "web", -1, 1, "", ZINIT_ERR_DAEMON, 0},
    {"unknown", ON("status web", UNKNOWN_SERVICE("web")), "web", -1, 1, "", ZINIT_ERR_UNKNOWN_SERVICE, 0},
    {"JSON_RPC", JSON_RPC_REPLY, "web", -1, 1, "", ZINIT_ERR_PROTOCOL, 0},
    {"JSON_RPC_for_all", JSON_RPC_REPLY, NULL, 5, 0, "", ZINIT_ERR_PROTOCOL, 0},
    {"closed_at_once", "on *\n", NULL, -1, 0, "", ZINIT_ERR_CLOSED, 0},
};

/* Both by a next that waits and under poll. */
static void what_comes(const void *data)
{
    const struct row *row = data;
    struct client_options options = {0};
    struct daemon daemon = start_scripted(row->script);
    zinit_client *client;
    int in_loop;

    options.daemon = &daemon;
    options.max_reply_bytes = row->max_reply_bytes;
    client = make_client(options);
    for (in_loop = 0; in_loop < 2; in_loop++) {
        zinit_log_stream *stream = open_log(client, row->service, row->last, row->follow);
        const zinit_log_line *line = NULL;
        char seen[2000] = "";
        zinit_code code;

        do {
            if (in_loop)
                wait_until_readable(zinit_log_stream_fd(stream));
            while ((code = zinit_log_stream_next(stream, in_loop ? 0 : -1, NULL, &line, NULL)) == ZINIT_OK)
                describe_line(seen, line);
        } while (code == ZINIT_PENDING);
        CHECK_INT(code, row->end);
        CHECK_TEXT(seen, row->lines);
        check_over(stream, row->end);
        zinit_log_stream_free(stream);
    }
    zinit_client_free(client);
}

int main(int argc, char **argv)
{
    static struct test_case cases[LENGTH(rows)];
    size_t i;

    for (i = 0; i < LENGTH(rows); i++) {
        cases[i].name = rows[i].name;
        cases[i].run = what_comes;
        cases[i].data = &rows[i];
    }
    return run_cases(cases, LENGTH(cases), argc, argv);
}
