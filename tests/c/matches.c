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

    CHECK_OK(zinit_filter_with_glob(filter, "*[!o]", &error));
    CHECK_OK(zinit_client_matches(client, filter, &names, &error));
    CHECK_INT(zinit_name_list_len(names), 2);
    CHECK_TEXT(zinit_name_list_at(names, 0), "lost");
    CHECK_TEXT(zinit_name_list_at(names, 1), "one");
    zinit_name_list_free(names);
    zinit_filter_free(filter);

    filter = zinit_filter_new();
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

static const struct test_case cases[] = {
    {"a_service_without_a_file_is_passed_over", a_service_without_a_file_is_passed_over, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
