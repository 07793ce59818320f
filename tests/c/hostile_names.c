/* Names that would be a second command, a key of the reply, or a file elsewhere: each function that takes a name, over
 * each protocol. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "refusals.h"
#include "replies.h"

static const int32_t protocols[] = {ZINIT_PROTOCOL_ANY, ZINIT_PROTOCOL_LINE, ZINIT_PROTOCOL_JSONRPC};

static zinit_client *client_that_speaks(const struct daemon *daemon, int32_t protocol, const char *config_dir)
{
    zinit_options *options = zinit_options_new();
    zinit_client *client = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_options_set_socket_path(options, daemon->socket_path, &error));
    CHECK_OK(zinit_options_set_protocol(options, protocol, &error));
    if (config_dir != NULL)
        CHECK_OK(zinit_options_set_config_dir(options, config_dir, &error));
    CHECK_OK(zinit_client_with_options(options, &client, &error));
    zinit_options_free(options);
    return client;
}

/* Each must refuse the name, and leave NULL behind. */
static void refuse_in_queries(const zinit_client *client, const char *name)
{
    zinit_service *service = zinit_service_new();
    zinit_service *loaded = NULL;
    zinit_filter *filter = zinit_filter_new();
    zinit_status *status = NULL;
    zinit_stats *stats = NULL;
    zinit_log_stream *stream = NULL;
    zinit_error *error = NULL;
    int32_t exists = 0;

    CHECK_OK(zinit_service_set_exec(service, "true", &error));
    REFUSES_NAME(zinit_client_status, client, name, &status);
    REFUSES_NAME(zinit_client_stats, client, name, &stats);
    REFUSES_NAME(zinit_client_exists, client, name, &exists);
    REFUSES_NAME(zinit_client_get, client, name, &loaded);
    REFUSES_NAME(zinit_client_load_service, client, name, &loaded);
    REFUSES_NAME(zinit_client_add_service, client, name, service);
    REFUSES_NAME(zinit_client_remove_service, client, name);
    REFUSES_NAME(zinit_client_start, client, name);
    REFUSES_NAME(zinit_client_stop, client, name);
    REFUSES_NAME(zinit_client_monitor, client, name);
    REFUSES_NAME(zinit_client_forget, client, name);
    REFUSES_NAME(zinit_client_kill, client, name, "SIGTERM");
    REFUSES_NAME(zinit_client_logs, client, name, -1, 0, &stream);
    REFUSES_NAME(zinit_filter_with_name, filter, name);
    REFUSES_NAME(zinit_service_after_push, service, name);
    CHECK(status == NULL && stats == NULL && loaded == NULL && stream == NULL && exists == 0);
    CHECK_INT(zinit_service_after_len(service), 0);
    zinit_filter_free(filter);
    zinit_service_free(service);
}

static void refuse_in_waits(const zinit_client *client, const char *name)
{
    const char *const names[] = {"web", name};
    zinit_service *service = zinit_service_new();
    zinit_report *report = NULL;
    zinit_watch *watch = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_service_set_exec(service, "true", &error));
    REFUSES_NAME(zinit_client_start_wait, client, name, 0, NULL);
    REFUSES_NAME(zinit_client_stop_wait, client, name, 0, NULL);
    REFUSES_NAME(zinit_client_restart, client, name, 0, 0, NULL);
    REFUSES_NAME(zinit_client_deploy, client, name, service, 0, 0, NULL);
    REFUSES_NAME(zinit_client_reload, client, name, 0, 0, NULL);
    REFUSES_NAME(zinit_client_start_multiple, client, names, 2, 0, NULL, &report);
    REFUSES_NAME(zinit_client_stop_multiple, client, names, 2, 0, NULL, &report);
    REFUSES_NAME(zinit_client_restart_multiple, client, names, 2, 0, 0, NULL, &report);
    REFUSES_NAME(zinit_client_destroy_services, client, names, 2, 0, NULL, &report);
    REFUSES_NAME(zinit_client_watch, client, names, 2, 0, &watch);
    CHECK(report == NULL && watch == NULL);
    zinit_service_free(service);
}

static void refuse_in_requests(const zinit_client *client, const char *name)
{
    const char *const names[] = {"web", name};
    zinit_service *service = zinit_service_new();
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_service_set_exec(service, "true", &error));
    REFUSES_NAME(zinit_client_begin_status, client, name, &request);
    REFUSES_NAME(zinit_client_begin_stats, client, name, &request);
    REFUSES_NAME(zinit_client_begin_exists, client, name, &request);
    REFUSES_NAME(zinit_client_begin_get, client, name, &request);
    REFUSES_NAME(zinit_client_begin_load_service, client, name, &request);
    REFUSES_NAME(zinit_client_begin_add_service, client, name, service, &request);
    REFUSES_NAME(zinit_client_begin_remove_service, client, name, &request);
    REFUSES_NAME(zinit_client_begin_start, client, name, &request);
    REFUSES_NAME(zinit_client_begin_stop, client, name, &request);
    REFUSES_NAME(zinit_client_begin_monitor, client, name, &request);
    REFUSES_NAME(zinit_client_begin_forget, client, name, &request);
    REFUSES_NAME(zinit_client_begin_kill, client, name, "SIGTERM", &request);
    REFUSES_NAME(zinit_client_begin_start_wait, client, name, 0, &request);
    REFUSES_NAME(zinit_client_begin_stop_wait, client, name, 0, &request);
    REFUSES_NAME(zinit_client_begin_restart, client, name, 0, 0, &request);
    REFUSES_NAME(zinit_client_begin_deploy, client, name, service, 0, 0, &request);
    REFUSES_NAME(zinit_client_begin_reload, client, name, 0, 0, &request);
    REFUSES_NAME(zinit_client_begin_start_multiple, client, names, 2, 0, &request);
    REFUSES_NAME(zinit_client_begin_stop_multiple, client, names, 2, 0, &request);
    REFUSES_NAME(zinit_client_begin_restart_multiple, client, names, 2, 0, 0, &request);
    REFUSES_NAME(zinit_client_begin_destroy_services, client, names, 2, 0, &request);
    CHECK(request == NULL);
    zinit_service_free(service);
}

static size_t entries_of(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    size_t count = 0;

    NEED(directory != NULL);
    while ((entry = readdir(directory)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}

static void names_that_reach_something_else_are_refused_by_every_function(const void *data)
{
    enum { LONG = 100000 };
    static char too_long[252];
    static char very_long[LONG + 1];
    const char *const bad[] = {"",          "\n",           "web\nshutdown", "web\n",     "\nreboot",  "web\r\nreboot",
                               "a/b",       "../web",       "/etc/passwd",   "./web",     "web/",      "/",
                               "../../web", "web'\nreboot", "web\"]}\n{",    "\x1b\n[2J", "..\n/../x", too_long,
                               very_long};
    struct daemon daemon = start_scripted("");
    size_t before;
    size_t i;
    size_t p;

    (void)data;
    memset(too_long, 'a', sizeof too_long - 1);
    memset(very_long, 'a', sizeof very_long - 1);
    before = entries_of(case_directory());
    for (p = 0; p < LENGTH(protocols); p++) {
        zinit_client *client = client_that_speaks(&daemon, protocols[p], case_directory());

        for (i = 0; i < LENGTH(bad); i++) {
            refuse_in_queries(client, bad[i]);
            refuse_in_waits(client, bad[i]);
            refuse_in_requests(client, bad[i]);
        }
        zinit_client_free(client);
    }
    CHECK_INT(count_commands(&daemon), 0);
    CHECK_INT(entries_of(case_directory()), before);
}

/* What else a name may have in it stays one name: one command goes out, with one word or one text. */
static void a_name_stays_one_name(const void *data)
{
    static const struct {
        const char *name;
        const char *line;
        const char *json;
    } rows[] = {
        {"web shutdown", "'web shutdown'", "\"web shutdown\""},
        {" ", "' '", "\" \""},
        {"web' shutdown '", "'web'\\'' shutdown '\\'''", "\"web' shutdown '\""},
        {"\"web\" x", "'\"web\" x'", "\"\\\"web\\\" x\""},
        {"web\"]} {\"id\":2", "'web\"]} {\"id\":2'", "\"web\\\"]} {\\\"id\\\":2\""},
        {"a\\", "'a\\'", "\"a\\\\\""},
        {"a\\' b", "'a\\'\\'' b'", "\"a\\\\' b\""},
        {"$(reboot)", "'$(reboot)'", "\"$(reboot)\""},
        {"`reboot`;&|<>*?~", "'`reboot`;&|<>*?~'", "\"`reboot`;&|<>*?~\""},
        {"#", "'#'", "\"#\""},
        {"--help", "--help", "\"--help\""},
        {"..", "..", "\"..\""},
        {"a\tb\rc", "'a\tb\rc'", "\"a\\tb\\rc\""},
        {"\x1b[2J\x01\x7f", "'\x1b[2J\x01\x7f'", "\"\\u001b[2J\\u0001\x7f\""},
        {"\xe2\x80\xa8\xef\xbb\xbf", "\xe2\x80\xa8\xef\xbb\xbf", "\"\xe2\x80\xa8\xef\xbb\xbf\""},
    };
    struct daemon daemon = start_scripted("on *\n");
    zinit_client *line = client_that_speaks(&daemon, ZINIT_PROTOCOL_LINE, NULL);
    zinit_client *json = client_that_speaks(&daemon, ZINIT_PROTOCOL_JSONRPC, NULL);
    char expected[500];
    char command[500];
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(rows); i++) {
        /* The daemon closes without a word, whatever it is asked. */
        CHECK_INT(zinit_client_start(line, rows[i].name, NULL), ZINIT_ERR_CLOSED);
        snprintf(expected, sizeof expected, "start %s", rows[i].line);
        CHECK_TEXT(next_command(&daemon, command, sizeof command), expected);
        CHECK_INT(zinit_client_kill(line, rows[i].name, "SIGTERM", NULL), ZINIT_ERR_CLOSED);
        snprintf(expected, sizeof expected, "kill %s SIGTERM", rows[i].line);
        CHECK_TEXT(next_command(&daemon, command, sizeof command), expected);
        CHECK_INT(zinit_client_start(json, rows[i].name, NULL), ZINIT_ERR_CLOSED);
        snprintf(expected, sizeof expected,
                 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"service_start\",\"params\":[%s]}", rows[i].json);
        CHECK_TEXT(next_command(&daemon, command, sizeof command), expected);
        CHECK_INT(count_commands(&daemon), 0);
    }
    zinit_client_free(line);
    zinit_client_free(json);
}

static const struct test_case cases[] = {
    {"names_that_reach_something_else_are_refused_by_every_function",
     names_that_reach_something_else_are_refused_by_every_function, NULL},
    {"a_name_stays_one_name", a_name_stays_one_name, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
