/* What is wrong with a service file: each problem with its severity, place, key and message. */
#include <stdlib.h>

#include "calls.h"

static zinit_problem_list *check(const char *yaml, size_t length)
{
    zinit_problem_list *problems = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_check_yaml(yaml, length, &problems, &error));
    CHECK(problems != NULL);
    return problems;
}

static void a_file_with_nothing_wrong(const void *data)
{
    static const char *const files[] = {
        "exec: web\n",
        "# web\nexec: sh -c 'a && b > c'\ntest: curl -f localhost\nafter: [db]\nenv: {A: ''}\nlog: ring\noneshot: false\n"
        "signal: {stop: SIGINT}\nshutdown_timeout: 3\ndir: /srv\n",
        "{exec: web}",
    };
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(files); i++) {
        zinit_problem_list *problems = check(files[i], strlen(files[i]));

        CHECK_INT(zinit_problem_list_len(problems), 0);
        zinit_problem_list_free(problems);
    }
}

struct row {
    const char *yaml;
    size_t length;
    int32_t severity;
    size_t line;
    size_t column;
    const char *key; /* NULL: about no key */
    const char *words;
};

/* Each file has one problem. */
static void one_problem(const void *data)
{
    static const struct row rows[] = {
#define YAML(text) text, sizeof(text) - 1
        {YAML("exec: a\noneshot: yes\n"), ZINIT_SEVERITY_ERROR, 2, 10, "oneshot", "write true"},
        {YAML("exec: a\nafter: net\n"), ZINIT_SEVERITY_ERROR, 2, 8, "after", "[net]"},
        {YAML("exec: a\nlog: RING\n"), ZINIT_SEVERITY_ERROR, 2, 6, "log", "write ring"},
        {YAML("exec: a\nsignal: {stop: SIGNOPE}\n"), ZINIT_SEVERITY_ERROR, 2, 16, "signal.stop", "SIGTERM"},
        {YAML("exec: a\nenv:\n  \xc3\xa9: [1]\n"), ZINIT_SEVERITY_ERROR, 3, 6, "env.\xc3\xa9", "write text"},
        {YAML("exec: a\nexec: b\n"), ZINIT_SEVERITY_ERROR, 2, 1, "exec", "second time"},
        {YAML("log: ring\n"), ZINIT_SEVERITY_ERROR, 1, 1, "exec", "missing"},
        {YAML(""), ZINIT_SEVERITY_ERROR, 1, 1, "exec", "missing"},
        {YAML("just text"), ZINIT_SEVERITY_ERROR, 1, 1, NULL, "not a map"},
        {YAML("test: b\nexec: 'a\n"), ZINIT_SEVERITY_ERROR, 2, 7, "exec", "not YAML"},
        {YAML("exec: a\nx: \xff\n"), ZINIT_SEVERITY_ERROR, 2, 4, NULL, "UTF-8"},
        {YAML("exec: a\n\0oneshot: true\n"), ZINIT_SEVERITY_WARNING, 2, 1, NULL, "NUL"},
        {YAML("exec: a\nafetr: [b]\n"), ZINIT_SEVERITY_WARNING, 2, 1, "afetr", "`after`"},
        {YAML("exec: a && b\n"), ZINIT_SEVERITY_WARNING, 1, 7, "exec", "sh -c"},
#undef YAML
    };
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(rows); i++) {
        const struct row *row = &rows[i];
        zinit_problem_list *problems = check(row->yaml, row->length);

        if (zinit_problem_list_len(problems) != 1)
            fail_at(__FILE__, __LINE__, "%s has %zu problems", row->yaml, zinit_problem_list_len(problems));
        CHECK_INT(zinit_problem_severity(problems, 0), row->severity);
        CHECK_INT(zinit_problem_line(problems, 0), row->line);
        CHECK_INT(zinit_problem_column(problems, 0), row->column);
        CHECK_TEXT(zinit_problem_key(problems, 0), row->key);
        CHECK_CONTAINS(zinit_problem_message(problems, 0), row->words);
        CHECK(strchr(zinit_problem_message(problems, 0), '\n') == NULL);
        zinit_problem_list_free(problems);
    }
}

static void several_problems_in_the_order_of_the_file(const void *data)
{
    static const char yaml[] = "exec: a | b\nafter: net\ntset: c\n";
    zinit_problem_list *problems = check(yaml, strlen(yaml));
    size_t i;

    (void)data;
    CHECK_INT(zinit_problem_list_len(problems), 3);
    for (i = 0; i < 3; i++)
        CHECK_INT(zinit_problem_line(problems, i), i + 1);
    CHECK_INT(zinit_problem_severity(problems, 0), ZINIT_SEVERITY_WARNING);
    CHECK_INT(zinit_problem_severity(problems, 1), ZINIT_SEVERITY_ERROR);
    CHECK_INT(zinit_problem_severity(problems, 2), ZINIT_SEVERITY_WARNING);
    CHECK_TEXT(zinit_problem_key(problems, 2), "tset");
    zinit_problem_list_free(problems);
}

/* Any length: there is no NUL behind it, and it may be longer than a file that can be read. */
static void text_of_any_length(const void *data)
{
    const size_t limit = 262144;
    char *large = malloc(limit + 1);
    zinit_problem_list *problems;

    (void)data;
    NEED(large != NULL);
    memset(large, '#', limit + 1);
    memcpy(large, "exec: a\n", 8);
    problems = check(large, 7);
    CHECK_INT(zinit_problem_list_len(problems), 0);
    zinit_problem_list_free(problems);
    problems = check(large, limit);
    CHECK_INT(zinit_problem_list_len(problems), 0);
    zinit_problem_list_free(problems);
    problems = check(large, limit + 1);
    CHECK_INT(zinit_problem_list_len(problems), 1);
    CHECK_INT(zinit_problem_severity(problems, 0), ZINIT_SEVERITY_ERROR);
    CHECK_CONTAINS(zinit_problem_message(problems, 0), "256 KiB");
    zinit_problem_list_free(problems);
    free(large);
}

/* A value of env can be secret; nor does a message repeat a whole file. */
static void no_value_of_env_is_shown(const void *data)
{
    static const char *const files[] = {
        "exec: a\nenv: PASSWORD=hunter2\n",
        "exec: a\nenv: [PASSWORD=hunter2]\n",
        "exec: a\nenv: {PASSWORD: [hunter2]}\n",
        "exec: a\nenv:\n  PASSWORD: hunter2: x\n",
        "exec: a\nenv:\n  PASSWORD: \"hunter2\n",
        "exec: a\nenv: {\"PASSWORD=hunter2\": b}\n",
    };
    size_t file;
    size_t i;

    (void)data;
    for (file = 0; file < LENGTH(files); file++) {
        zinit_problem_list *problems = check(files[file], strlen(files[file]));

        CHECK(zinit_problem_list_len(problems) > 0);
        for (i = 0; i < zinit_problem_list_len(problems); i++) {
            const char *key = zinit_problem_key(problems, i);

            CHECK(strstr(zinit_problem_message(problems, i), "hunter2") == NULL);
            CHECK(key == NULL || strstr(key, "hunter2") == NULL);
        }
        zinit_problem_list_free(problems);
    }
}

/* A file without an error is one that the daemon loads, and one with an error is one that it refuses. */
static void an_error_is_what_the_daemon_refuses(const void *data)
{
    static const char *const files[] = {
        "exec: sleep 1000\n",
        "exec: sleep 1000\nafetr: [b]\n",
        "exec: sleep 1000\noneshot: yes\n",
        "exec: sleep 1000\nlog: RING\n",
        "exec: sleep 1000\nafter: net\n",
        "exec: sleep 1000\nsignal: {stop: sigint}\n",
        "exec: sleep 1000\nsignal: SIGINT\n",
        "exec: sleep 1000\nshutdown_timeout: 1_0\n",
        "exec: sleep 1000\nenv: {A: ~}\n",
        "exec: sleep 1000\nexec: sleep 1000\n",
        "test: a\n",
    };
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    char name[10] = "web-a";
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(files); i++) {
        zinit_problem_list *problems = check(files[i], strlen(files[i]));
        zinit_code expected = ZINIT_OK;
        size_t problem;

        for (problem = 0; problem < zinit_problem_list_len(problems); problem++)
            if (zinit_problem_severity(problems, problem) == ZINIT_SEVERITY_ERROR)
                expected = ZINIT_ERR_CONFIG_REFUSED;
        name[4] = (char)('a' + i);
        write_service(&daemon, name, files[i]);
        if (zinit_client_monitor(client, name, NULL) != expected)
            fail_at(__FILE__, __LINE__, "zinit says otherwise: %s", files[i]);
        zinit_problem_list_free(problems);
    }
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"a_file_with_nothing_wrong", a_file_with_nothing_wrong, NULL},
    {"one_problem", one_problem, NULL},
    {"several_problems_in_the_order_of_the_file", several_problems_in_the_order_of_the_file, NULL},
    {"text_of_any_length", text_of_any_length, NULL},
    {"no_value_of_env_is_shown", no_value_of_env_is_shown, NULL},
    {"an_error_is_what_the_daemon_refuses", an_error_is_what_the_daemon_refuses, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
