/* Wrong arguments of the calls that do not wait, and of what reads their results. */
#include <stdint.h>

#include "refusals.h"
#include "replies.h"

static void queries(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list;
    zinit_status *status;
    zinit_status_list *statuses;
    zinit_daemon_version *version;
    int32_t exists;
    int32_t protocol;

    (void)data;
    REFUSES_ARGUMENT("list", zinit_client_list, client, NULL);
    REFUSES_AND_EMPTIES("client", list, GARBAGE, zinit_client_list, NULL, &list);
    REFUSES_ARGUMENT("status", zinit_client_status, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", status, GARBAGE, zinit_client_status, NULL, "web", &status);
    REFUSES_AND_EMPTIES("name", status, GARBAGE, zinit_client_status, client, NULL, &status);
    REFUSES_AND_EMPTIES("name", status, GARBAGE, zinit_client_status, client, NOT_UTF8, &status);
    REFUSES_ARGUMENT("list", zinit_client_statuses, client, NULL);
    REFUSES_AND_EMPTIES("client", statuses, GARBAGE, zinit_client_statuses, NULL, &statuses);
    REFUSES_ARGUMENT("exists", zinit_client_exists, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", exists, 77, zinit_client_exists, NULL, "web", &exists);
    REFUSES_AND_EMPTIES("name", exists, 77, zinit_client_exists, client, NULL, &exists);
    REFUSES_AND_EMPTIES("name", exists, 77, zinit_client_exists, client, NOT_UTF8, &exists);
    REFUSES_ARGUMENT("version", zinit_client_version, client, NULL);
    REFUSES_AND_EMPTIES("client", version, GARBAGE, zinit_client_version, NULL, &version);
    REFUSES_ARGUMENT("protocol", zinit_client_protocol, client, NULL);
    REFUSES_AND_EMPTIES("client", protocol, 77, zinit_client_protocol, NULL, &protocol);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void states(const void *data)
{
    static const char *const unreadable[] = {"",        " ",   "Running ", "Error(",    "Error)",
                                             "Error()", "(x)", "a b",      "Error(x)y", "Run\nning"};
    zinit_state *state;
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    REFUSES_ARGUMENT("state", zinit_state_parse, "Running", NULL);
    REFUSES_AND_EMPTIES("text", state, GARBAGE, zinit_state_parse, NULL, &state);
    REFUSES_AND_EMPTIES("text", state, GARBAGE, zinit_state_parse, NOT_UTF8, &state);
    for (i = 0; i < LENGTH(unreadable); i++) {
        state = GARBAGE;
        REFUSES(ZINIT_ERR_INVALID_STATE, "service state", zinit_state_parse, unreadable[i], &state);
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
    CHECK(zinit_step_name(-1) == NULL && zinit_step_name(9) == NULL);
    CHECK_TEXT(zinit_step_name(ZINIT_STEP_NONE), "None");
    CHECK_TEXT(zinit_step_name(ZINIT_STEP_DONE), "Done");
}

static void refuse_keys(zinit_service *service)
{
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
    /* The definition is as it was. */
    CHECK(zinit_service_exec(service) == NULL && zinit_service_test(service) == NULL);
    CHECK(zinit_service_dir(service) == NULL && zinit_service_stop_signal(service) == NULL);
    CHECK_INT(zinit_service_after_len(service), 0);
    CHECK_INT(zinit_service_env_len(service), 0);
}

static void refuse_files(const zinit_client *client, const zinit_service *service)
{
    zinit_service *other;

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
}

static void services(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_service *other;
    zinit_problem_list *problems;
    char *yaml;

    (void)data;
    REFUSES_ARGUMENT("problems", zinit_check_yaml, "exec: a", 7, NULL);
    REFUSES_AND_EMPTIES("yaml", problems, GARBAGE, zinit_check_yaml, NULL, 0, &problems);
    REFUSES_AND_EMPTIES("yaml", problems, GARBAGE, zinit_check_yaml, NULL, 7, &problems);
    REFUSES_AND_EMPTIES("len", problems, GARBAGE, zinit_check_yaml, "exec: a", SIZE_MAX, &problems);
    REFUSES_ARGUMENT("service", zinit_service_from_yaml, "exec: a", 7, NULL);
    REFUSES_AND_EMPTIES("yaml", other, GARBAGE, zinit_service_from_yaml, NULL, 0, &other);
    REFUSES_AND_EMPTIES("yaml", other, GARBAGE, zinit_service_from_yaml, NULL, 7, &other);
    REFUSES_AND_EMPTIES("service", yaml, GARBAGE, zinit_service_to_yaml, NULL, &yaml);
    REFUSES_ARGUMENT("yaml", zinit_service_to_yaml, service, NULL);
    refuse_keys(service);
    refuse_files(client, service);
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
    REFUSES_ARGUMENT("filter", zinit_filter_with_glob, NULL, "web-*");
    REFUSES_ARGUMENT("pattern", zinit_filter_with_glob, filter, NULL);
    REFUSES_ARGUMENT("pattern", zinit_filter_with_glob, filter, NOT_UTF8);
    REFUSES(ZINIT_ERR_INVALID_ARGUMENT, "close it with ]", zinit_filter_with_glob, filter, "web-[a-z");
    REFUSES(ZINIT_ERR_INVALID_ARGUMENT, "ends with a backslash", zinit_filter_with_glob, filter, "web\\");
    REFUSES_ARGUMENT("filter", zinit_filter_with_exec, NULL, "web");
    REFUSES_ARGUMENT("basename", zinit_filter_with_exec, filter, NULL);
    REFUSES_ARGUMENT("basename", zinit_filter_with_exec, filter, NOT_UTF8);
    REFUSES_ARGUMENT("filter", zinit_filter_with_exec_regex, NULL, "web");
    REFUSES_ARGUMENT("pattern", zinit_filter_with_exec_regex, filter, NULL);
    REFUSES_ARGUMENT("pattern", zinit_filter_with_exec_regex, filter, NOT_UTF8);
    for (i = 0; i < LENGTH(bad); i++)
        REFUSES(ZINIT_ERR_INVALID_REGEX, bad[i][0] == '\\' ? "Unicode" : bad[i], zinit_filter_with_exec_regex, filter,
                bad[i]);
    /* The filter is still empty, which matches() refuses. */
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

static void getters_of_an_error_take_null(void)
{
    CHECK_INT(zinit_error_code(NULL), ZINIT_OK);
    CHECK_TEXT(zinit_error_message(NULL), "");
    CHECK_TEXT(zinit_error_service(NULL), NULL);
    CHECK_TEXT(zinit_error_daemon_message(NULL), NULL);
    CHECK(zinit_error_state(NULL) == NULL);
    CHECK_INT(zinit_error_os_errno(NULL), 0);
    CHECK_INT(zinit_error_request_sent(NULL), 0);
}

static void getters_of_a_reply_take_null(void)
{
    CHECK_INT(zinit_status_list_len(NULL), 0);
    CHECK(zinit_status_list_at(NULL, 0) == NULL);
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
}

static void getters_of_a_state_take_null(void)
{
    CHECK_INT(zinit_state_kind(NULL), ZINIT_STATE_OTHER);
    CHECK_INT(zinit_state_exited(NULL), 0);
    CHECK_TEXT(zinit_state_text(NULL), NULL);
    CHECK_TEXT(zinit_state_reason(NULL), NULL);
    CHECK_INT(zinit_state_exit_code(NULL), -1);
    CHECK_TEXT(zinit_state_signal(NULL), NULL);
}

static void getters_of_a_report_take_null(void)
{
    CHECK_INT(zinit_report_len(NULL), 0);
    CHECK_TEXT(zinit_report_name(NULL, 0), NULL);
    CHECK_INT(zinit_report_code(NULL, 0), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK(zinit_report_state(NULL, 0) == NULL && zinit_report_error(NULL, 0) == NULL);
    CHECK_INT(zinit_report_killed(NULL, 0), 0);
    CHECK_INT(zinit_report_step(NULL, 0), ZINIT_STEP_NONE);
    CHECK_INT(zinit_report_pid(NULL, 0), 0);
    CHECK_INT(zinit_report_target(NULL, 0), ZINIT_TARGET_UNKNOWN);
}

static void getters_of_problems_take_null(void)
{
    CHECK_INT(zinit_problem_list_len(NULL), 0);
    CHECK_INT(zinit_problem_severity(NULL, 0), 0);
    CHECK_INT(zinit_problem_line(NULL, 0), 0);
    CHECK_INT(zinit_problem_column(NULL, 0), 0);
    CHECK_TEXT(zinit_problem_key(NULL, 0), NULL);
    CHECK_TEXT(zinit_problem_message(NULL, 0), NULL);
}

static void getters_of_a_definition_take_null(void)
{
    CHECK(zinit_service_copy(NULL) == NULL);
    zinit_service *service = zinit_service_new();

    CHECK_INT(zinit_service_key_status(NULL, "exec"), ZINIT_KEY_ABSENT);
    CHECK_INT(zinit_service_key_status(service, NULL), ZINIT_KEY_ABSENT);
    CHECK_INT(zinit_service_key_status(service, NOT_UTF8), ZINIT_KEY_ABSENT);
    zinit_service_free(service);
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

static void getters_take_null(const void *data)
{
    (void)data;
    getters_of_an_error_take_null();
    getters_of_a_reply_take_null();
    getters_of_a_state_take_null();
    getters_of_a_report_take_null();
    getters_of_problems_take_null();
    getters_of_a_definition_take_null();
}

static void everything_that_frees_takes_null(const void *data)
{
    (void)data;
    zinit_error_free(NULL);
    zinit_client_free(NULL);
    zinit_options_free(NULL);
    zinit_service_list_free(NULL);
    zinit_status_list_free(NULL);
    zinit_status_free(NULL);
    zinit_daemon_version_free(NULL);
    zinit_state_free(NULL);
    zinit_service_free(NULL);
    zinit_string_free(NULL);
    zinit_problem_list_free(NULL);
    zinit_cancel_free(NULL);
    zinit_report_free(NULL);
    zinit_request_free(NULL);
    zinit_watch_free(NULL);
    zinit_log_stream_free(NULL);
}

static void an_index_out_of_range_gives_null(const void *data)
{
    static const char script[] =
        ON("list", LIST_OF("\"web\":\"Running\""))
        ON("*", STATUS_WITH("\"name\":\"web\",\"pid\":7,\"state\":\"Running\",\"target\":\"Up\","
                            "\"after\":{\"db\":\"Success\"}"));
    static const size_t out_of_range[] = {1, 2, SIZE_MAX};
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_status *status = NULL;
    zinit_status_list *statuses = NULL;
    zinit_service *service = NULL;
    zinit_problem_list *problems = NULL;
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_OK(zinit_client_status(client, "web", &status, &error));
    CHECK_OK(zinit_client_statuses(client, &statuses, &error));
    CHECK_OK(zinit_service_from_yaml("exec: a\nafter: [b]\nenv: {C: d}", 30, &service, &error));
    CHECK_INT(zinit_service_list_len(list), 1);
    CHECK_TEXT(zinit_service_list_name(list, 0), "web");
    CHECK_TEXT(zinit_state_text(zinit_service_list_state(list, 0)), "Running");
    CHECK_INT(zinit_status_list_len(statuses), 1);
    CHECK_TEXT(zinit_status_name(zinit_status_list_at(statuses, 0)), "web");
    CHECK_INT(zinit_status_after_len(status), 1);
    CHECK_TEXT(zinit_status_after_name(status, 0), "db");
    CHECK_TEXT(zinit_state_text(zinit_status_after_state(status, 0)), "Success");
    CHECK_TEXT(zinit_service_after_at(service, 0), "b");
    CHECK_TEXT(zinit_service_env_key(service, 0), "C");
    CHECK_TEXT(zinit_service_env_value(service, 0), "d");
    CHECK_OK(zinit_check_yaml("x", 1, &problems, &error));
    CHECK_INT(zinit_problem_list_len(problems), 1);
    for (i = 0; i < LENGTH(out_of_range); i++) {
        CHECK(zinit_service_list_name(list, out_of_range[i]) == NULL);
        CHECK(zinit_service_list_state(list, out_of_range[i]) == NULL);
        CHECK(zinit_status_list_at(statuses, out_of_range[i]) == NULL);
        CHECK(zinit_status_after_name(status, out_of_range[i]) == NULL);
        CHECK(zinit_status_after_state(status, out_of_range[i]) == NULL);
        CHECK(zinit_service_after_at(service, out_of_range[i]) == NULL);
        CHECK(zinit_service_env_key(service, out_of_range[i]) == NULL);
        CHECK(zinit_service_env_value(service, out_of_range[i]) == NULL);
        CHECK_INT(zinit_problem_severity(problems, out_of_range[i]), 0);
        CHECK_INT(zinit_problem_line(problems, out_of_range[i]), 0);
        CHECK_INT(zinit_problem_column(problems, out_of_range[i]), 0);
        CHECK(zinit_problem_key(problems, out_of_range[i]) == NULL);
        CHECK(zinit_problem_message(problems, out_of_range[i]) == NULL);
    }
    zinit_problem_list_free(problems);
    zinit_service_free(service);
    zinit_status_free(status);
    zinit_status_list_free(statuses);
    zinit_service_list_free(list);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"queries", queries, NULL},
    {"states", states, NULL},
    {"services", services, NULL},
    {"control", control, NULL},
    {"filters", filters, NULL},
    {"getters_take_null", getters_take_null, NULL},
    {"everything_that_frees_takes_null", everything_that_frees_takes_null, NULL},
    {"an_index_out_of_range_gives_null", an_index_out_of_range_gives_null, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
