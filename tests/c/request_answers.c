/* Requests that give an answer of their own: exists, version, protocol, get, matches; some touch files. */
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "refusals.h"

static void wrong_arguments(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_filter *filter = zinit_filter_new();
    zinit_service *service = zinit_service_new();
    zinit_request *request;

    (void)data;
    REFUSES_ARGUMENT("request", zinit_client_begin_exists, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_exists, NULL, "web", &request);
    REFUSES_AND_EMPTIES("name", request, GARBAGE, zinit_client_begin_exists, client, NULL, &request);
    REFUSES_NAME(zinit_client_begin_exists, client, "a/b", &request);
    REFUSES_ARGUMENT("request", zinit_client_begin_version, client, NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_version, NULL, &request);
    REFUSES_ARGUMENT("request", zinit_client_begin_protocol, client, NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_protocol, NULL, &request);
    REFUSES_ARGUMENT("request", zinit_client_begin_get, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_get, NULL, "web", &request);
    REFUSES_AND_EMPTIES("name", request, GARBAGE, zinit_client_begin_get, client, NOT_UTF8, &request);
    REFUSES_NAME(zinit_client_begin_get, client, "", &request);
    REFUSES_ARGUMENT("request", zinit_client_begin_load_service, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_load_service, NULL, "web", &request);
    REFUSES_AND_EMPTIES("name", request, GARBAGE, zinit_client_begin_load_service, client, NOT_UTF8, &request);
    REFUSES_NAME(zinit_client_begin_load_service, client, "", &request);
    REFUSES_ARGUMENT("request", zinit_client_begin_add_service, client, "web", service, NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_add_service, NULL, "web", service, &request);
    REFUSES_AND_EMPTIES("name", request, GARBAGE, zinit_client_begin_add_service, client, NOT_UTF8, service, &request);
    REFUSES_AND_EMPTIES("service", request, GARBAGE, zinit_client_begin_add_service, client, "web", NULL, &request);
    REFUSES_NAME(zinit_client_begin_add_service, client, "", service, &request);
    REFUSES_ARGUMENT("request", zinit_client_begin_remove_service, client, "web", NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_remove_service, NULL, "web", &request);
    REFUSES_AND_EMPTIES("name", request, GARBAGE, zinit_client_begin_remove_service, client, NOT_UTF8, &request);
    REFUSES_NAME(zinit_client_begin_remove_service, client, "", &request);
    REFUSES_ARGUMENT("request", zinit_client_begin_reboot, client, NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_reboot, NULL, &request);
    REFUSES_ARGUMENT("request", zinit_client_begin_shutdown, client, NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_shutdown, NULL, &request);
    REFUSES_ARGUMENT("request", zinit_client_begin_matches, client, filter, NULL);
    REFUSES_AND_EMPTIES("client", request, GARBAGE, zinit_client_begin_matches, NULL, filter, &request);
    REFUSES_AND_EMPTIES("filter", request, GARBAGE, zinit_client_begin_matches, client, NULL, &request);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_service_free(service);
    zinit_filter_free(filter);
    zinit_client_free(client);
}

static void null_and_other_requests_have_no_answer(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_INT(zinit_request_exists(NULL), 0);
    CHECK_INT(zinit_request_protocol(NULL), ZINIT_PROTOCOL_ANY);
    CHECK(zinit_request_daemon_version(NULL) == NULL && zinit_request_service(NULL) == NULL);
    CHECK(zinit_request_name_list(NULL) == NULL);
    CHECK_INT(zinit_request_is_before_file(NULL), 0);
    CHECK_OK(zinit_client_begin_list(client, &request, &error));
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_INT(zinit_request_exists(request), 0);
    CHECK_INT(zinit_request_protocol(request), ZINIT_PROTOCOL_ANY);
    CHECK(zinit_request_daemon_version(request) == NULL && zinit_request_service(request) == NULL);
    CHECK(zinit_request_name_list(request) == NULL);
    zinit_request_free(request);
    zinit_client_free(client);
}

static void each_gives_what_the_call_gives(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_filter *filter = zinit_filter_new();
    zinit_daemon_version *version = NULL;
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    int32_t protocol;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    add_service(&daemon, client, "other", "exec: sh -c 'sleep 1000'\n");
    CHECK_OK(zinit_client_begin_exists(client, "web", &request, &error));
    CHECK_INT(zinit_request_exists(request), 0);
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_INT(zinit_request_exists(request), 1);
    zinit_request_free(request);
    CHECK_OK(zinit_client_begin_exists(client, "nosuch", &request, &error));
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_INT(zinit_request_exists(request), 0);
    zinit_request_free(request);

    CHECK_OK(zinit_client_version(client, &version, &error));
    CHECK_OK(zinit_client_begin_version(client, &request, &error));
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_TEXT(zinit_daemon_version_text(zinit_request_daemon_version(request)), zinit_daemon_version_text(version));
    zinit_daemon_version_free(version);
    zinit_request_free(request);

    CHECK_OK(zinit_client_protocol(client, &protocol, &error));
    CHECK_OK(zinit_client_begin_protocol(client, &request, &error));
    CHECK_INT(zinit_request_protocol(request), ZINIT_PROTOCOL_ANY);
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_INT(zinit_request_protocol(request), protocol);
    zinit_request_free(request);

    CHECK_OK(zinit_filter_with_exec(filter, "sleep", &error));
    CHECK_OK(zinit_client_begin_matches(client, filter, &request, &error));
    zinit_filter_free(filter);
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_INT(zinit_name_list_len(zinit_request_name_list(request)), 1);
    CHECK_TEXT(zinit_name_list_at(zinit_request_name_list(request), 0), "web");
    zinit_request_free(request);
    zinit_client_free(client);
}

static void a_definition_is_added_loaded_and_removed(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_service_set_exec(service, "sleep 1000", &error));
    CHECK_OK(zinit_client_begin_add_service(client, "web", service, &request, &error));
    zinit_service_free(service);
    CHECK_OK(run_to_end(request, NULL, &error));
    zinit_request_free(request);
    CHECK_OK(zinit_client_begin_load_service(client, "web", &request, &error));
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_TEXT(zinit_service_exec(zinit_request_service(request)), "sleep 1000");
    zinit_request_free(request);
    CHECK_OK(zinit_client_begin_remove_service(client, "web", &request, &error));
    CHECK_OK(run_to_end(request, NULL, &error));
    zinit_request_free(request);
    CHECK_OK(zinit_client_begin_load_service(client, "web", &request, &error));
    CHECK_FAILS(run_to_end(request, NULL, &error), ZINIT_ERR_FILE_NOT_FOUND);
    zinit_error_free(error);
    zinit_request_free(request);
    zinit_client_free(client);
}

static void a_file_is_read_by_the_dispatch_that_was_announced_and_not_before(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_begin_get(client, "web", &request, &error));
    while (!zinit_request_is_before_file(request)) {
        wait_until_readable(zinit_request_fd(request));
        CHECK_INT(zinit_request_dispatch(request, NULL), ZINIT_PENDING);
    }
    write_service(&daemon, "web", "exec: sleep 2000\n");
    CHECK(is_readable(zinit_request_fd(request), 0));
    CHECK_OK(zinit_request_dispatch(request, &error));
    CHECK_INT(zinit_request_is_before_file(request), 0);
    CHECK_TEXT(zinit_service_exec(zinit_request_service(request)), "sleep 2000");
    zinit_request_free(request);
    zinit_client_free(client);
}

/* One dispatch reads only some of many files, and a loop that is told of changes only learns that there are more. */
static void many_files_under_an_edge_triggered_loop(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_filter *filter = zinit_filter_new();
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    struct epoll_event event = {EPOLLIN | EPOLLET, {0}};
    int loop = epoll_create1(0);
    char name[20];
    int i;

    (void)data;
    for (i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "web%d", i);
        write_service(&daemon, name, "exec: sleep 1000\n");
        CHECK_OK(zinit_client_monitor(client, name, &error));
    }
    CHECK_OK(zinit_filter_with_exec(filter, "sleep", &error));
    CHECK_OK(zinit_client_begin_matches(client, filter, &request, &error));
    NEED(loop >= 0 && epoll_ctl(loop, EPOLL_CTL_ADD, zinit_request_fd(request), &event) == 0);
    while (zinit_request_dispatch(request, &error) == ZINIT_PENDING)
        NEED(epoll_wait(loop, &event, 1, -1) == 1);
    CHECK_INT(zinit_name_list_len(zinit_request_name_list(request)), 50);
    close(loop);
    zinit_request_free(request);
    zinit_filter_free(filter);
    zinit_client_free(client);
}

static void no_begin_touches_a_file(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_service_set_exec(service, "sleep 1000", &error));
    CHECK_OK(zinit_client_begin_deploy(client, "web", service, 0, 5000, &request, &error));
    CHECK_INT(zinit_request_is_before_file(request), 1);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_request_free(request);
    CHECK_OK(zinit_client_begin_reload(client, "web", 0, 5000, &request, &error));
    CHECK_INT(zinit_request_is_before_file(request), 1);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_request_free(request);
    CHECK_OK(zinit_client_begin_deploy(client, "web", service, 0, -1, &request, &error));
    CHECK_OK(finish(request, &error));
    zinit_service_free(service);
    zinit_client_free(client);
}

static void reboot_and_shutdown_end_the_daemon(const void *data)
{
    int is_reboot;

    (void)data;
    for (is_reboot = 0; is_reboot < 2; is_reboot++) {
        struct daemon daemon = start_scripted("on reboot\n    send {\"state\":\"ok\",\"body\":null}\n"
                                              "on shutdown\n    send {\"state\":\"ok\",\"body\":null}\n");
        const char *program = write_program("zinit", "echo zinit v0.2.14\n");
        zinit_client *client = make_client((struct client_options){.daemon = &daemon, .zinit_binary = program});
        zinit_request *request = NULL;
        zinit_error *error = NULL;
        char command[64];

        if (is_reboot)
            CHECK_OK(zinit_client_begin_reboot(client, &request, &error));
        else
            CHECK_OK(zinit_client_begin_shutdown(client, &request, &error));
        CHECK_OK(finish(request, &error));
        CHECK_TEXT(next_command(&daemon, command, sizeof(command)), is_reboot ? "reboot" : "shutdown");
        zinit_client_free(client);
    }
}

static void a_version_that_hangs_is_given_up_with_its_child(const void *data)
{
    struct daemon daemon = start_scripted("");
    const char *program = write_program("zinit", "echo $$ > pid\nexec sleep 1000\n");
    zinit_client *client = make_client(
        (struct client_options){.daemon = &daemon, .zinit_binary = program, .io_timeout_ms = 60000});
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    size_t before = count_descriptors();

    (void)data;
    CHECK_OK(zinit_client_begin_version(client, &request, &error));
    wait_for_file("pid");
    CHECK_INT(zinit_request_dispatch(request, NULL), ZINIT_PENDING);
    zinit_request_free(request);
    CHECK_INT(count_descriptors(), before);
    zinit_client_free(client);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"wrong_arguments", wrong_arguments, NULL},
        {"null_and_other_requests_have_no_answer", null_and_other_requests_have_no_answer, NULL},
        {"each_gives_what_the_call_gives", each_gives_what_the_call_gives, NULL},
        {"a_definition_is_added_loaded_and_removed", a_definition_is_added_loaded_and_removed, NULL},
        {"a_file_is_read_by_the_dispatch_that_was_announced_and_not_before",
         a_file_is_read_by_the_dispatch_that_was_announced_and_not_before, NULL},
        {"many_files_under_an_edge_triggered_loop", many_files_under_an_edge_triggered_loop, NULL},
        {"no_begin_touches_a_file", no_begin_touches_a_file, NULL},
        {"reboot_and_shutdown_end_the_daemon", reboot_and_shutdown_end_the_daemon, NULL},
        {"a_version_that_hangs_is_given_up_with_its_child", a_version_that_hangs_is_given_up_with_its_child, NULL},
    };

    find_daemons();
    return run_cases(cases, LENGTH(cases), argc, argv);
}
