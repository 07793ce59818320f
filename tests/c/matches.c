/* Filters, and what matches them on a daemon that runs. */
#include <stdio.h>
#include <unistd.h>

#include "calls.h"

/* Of three services, one has lost its file. */
static void a_service_without_a_file_is_passed_over(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_filter *filter = zinit_filter_new();
    zinit_name_list *names = NULL;
    zinit_error *error = NULL;
    char path[400];

    (void)data;
    add_service(&daemon, client, "two", "exec: /bin/sleep 1002\n");
    add_service(&daemon, client, "lost", "exec: /bin/sleep 1000\n");
    add_service(&daemon, client, "one", "exec: 'sleep 1001'\n");
    snprintf(path, sizeof path, "%s/lost.yaml", daemon.config_dir);
    NEED(unlink(path) == 0);

#if HEADER_HAS_0_2_0
    CHECK_OK(zinit_filter_with_glob(filter, "*[!o]", &error));
    CHECK_OK(zinit_client_matches(client, filter, &names, &error));
    CHECK_INT(zinit_name_list_len(names), 2);
    CHECK_TEXT(zinit_name_list_at(names, 0), "lost");
    CHECK_TEXT(zinit_name_list_at(names, 1), "one");
    zinit_name_list_free(names);
    zinit_filter_free(filter);

    filter = zinit_filter_new();
#endif
    CHECK_OK(zinit_filter_with_exec(filter, "sleep", &error));
    CHECK_OK(zinit_client_matches(client, filter, &names, &error));
    CHECK_INT(zinit_name_list_len(names), 2);
    CHECK_TEXT(zinit_name_list_at(names, 0), "one");
    CHECK_TEXT(zinit_name_list_at(names, 1), "two");
    CHECK_TEXT(zinit_name_list_at(names, 2), NULL);
    zinit_name_list_free(names);

    CHECK_OK(zinit_filter_with_exec_regex(filter, " \\d+2$", &error));
    CHECK_OK(zinit_client_matches(client, filter, &names, &error));
    CHECK_INT(zinit_name_list_len(names), 1);
    CHECK_TEXT(zinit_name_list_at(names, 0), "two");
    zinit_name_list_free(names);

    CHECK_OK(zinit_filter_with_name(filter, "one", &error));
    CHECK_OK(zinit_client_matches(client, filter, &names, &error));
    CHECK(names != NULL);
    CHECK_INT(zinit_name_list_len(names), 0);
    zinit_name_list_free(names);
    zinit_filter_free(filter);

    filter = zinit_filter_new();
    CHECK_OK(zinit_filter_with_name(filter, "lost", &error));
    CHECK_OK(zinit_client_matches(client, filter, &names, &error));
    CHECK_INT(zinit_name_list_len(names), 1);
    zinit_name_list_free(names);
    zinit_filter_free(filter);
    zinit_client_free(client);
}

#if HEADER_HAS_0_2_0
/* The error names the service, and nothing is searched for half a minute. */
static void a_large_pattern_and_a_long_command_are_an_error(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_filter *filter = zinit_filter_new();
    zinit_name_list *names = NULL;
    zinit_error *error = NULL;
    static char yaml[20100];

    (void)data;
    memset(yaml, 'a', sizeof yaml - 1);
    memcpy(yaml, "exec: sh -c 'sleep 1000' ", strlen("exec: sh -c 'sleep 1000' "));
    add_service(&daemon, client, "long", yaml);
    add_service(&daemon, client, "short", "exec: sleep 1000\n");

    CHECK_OK(zinit_filter_with_exec_regex(filter, "(?:a?){2000}b$", &error));
    CHECK_FAILS(zinit_client_matches(client, filter, &names, &error), ZINIT_ERR_INVALID_REGEX);
    CHECK(names == NULL);
    CHECK_CONTAINS(zinit_error_message(error), "cannot search the command of \"long\"");
    CHECK_CONTAINS(zinit_error_message(error), "make it shorter");
    CHECK_TEXT(zinit_error_service(error), "long");
    zinit_error_free(error);

    /* The same pattern for the others, and a usual one for all. */
    CHECK_OK(zinit_filter_with_glob(filter, "s*", &error));
    CHECK_OK(zinit_client_matches(client, filter, &names, &error));
    CHECK_INT(zinit_name_list_len(names), 0);
    zinit_name_list_free(names);
    zinit_filter_free(filter);
    filter = zinit_filter_new();
    CHECK_OK(zinit_filter_with_exec_regex(filter, "sleep 1000'? a{100}", &error));
    CHECK_OK(zinit_client_matches(client, filter, &names, &error));
    CHECK_INT(zinit_name_list_len(names), 1);
    CHECK_TEXT(zinit_name_list_at(names, 0), "long");
    zinit_name_list_free(names);
    zinit_filter_free(filter);
    zinit_client_free(client);
}
#endif

static const struct test_case cases[] = {
    {"a_service_without_a_file_is_passed_over", a_service_without_a_file_is_passed_over, NULL},
#if HEADER_HAS_0_2_0
    {"a_large_pattern_and_a_long_command_are_an_error", a_large_pattern_and_a_long_command_are_an_error, NULL},
#endif
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
