/* The status of every service in one call, and by a request. */
#include <sys/epoll.h>

#include "refusals.h"
#include "replies.h"

/* Checks that a list tells of a service what its status tells, for one that changes no more. */
static void check_as_status(const zinit_client *client, const zinit_status *listed, const char *name)
{
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    size_t i;

    CHECK_OK(zinit_client_status(client, name, &status, &error));
    CHECK_TEXT(zinit_status_name(listed), name);
    CHECK_INT(zinit_status_pid(listed), zinit_status_pid(status));
    CHECK_TEXT(zinit_state_text(zinit_status_state(listed)), zinit_state_text(zinit_status_state(status)));
    CHECK_INT(zinit_status_target(listed), zinit_status_target(status));
    CHECK_INT(zinit_status_after_len(listed), zinit_status_after_len(status));
    for (i = 0; i < zinit_status_after_len(status); i++)
        CHECK_TEXT(zinit_status_after_name(listed, i), zinit_status_after_name(status, i));
    zinit_status_free(status);
}

static void check_list(const zinit_client *client, const zinit_status_list *list, const char *const *names, size_t len)
{
    size_t i;

    CHECK(list != NULL);
    CHECK_INT(zinit_status_list_len(list), len);
    for (i = 0; i < len; i++)
        check_as_status(client, zinit_status_list_at(list, i), names[i]);
    CHECK(zinit_status_list_at(list, len) == NULL);
}

/* More services than are asked for side by side. */
static void each_service_has_its_status(const void *data)
{
    static const char *const names[] = {"api", "db", "last", "once", "web-1", "web-2", "web-3", "with space"};
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_status_list *list = NULL;
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    CHECK_OK(zinit_client_statuses(client, &list, &error));
    check_list(client, list, names, 0);
    zinit_status_list_free(list);

    for (i = LENGTH(names); i > 0; i--) {
        const char *name = names[i - 1];

        if (strcmp(name, "once") == 0) {
            add_service(&daemon, client, name, "exec: 'true'\noneshot: true\n");
            wait_for_state(client, name, ZINIT_STATE_SUCCESS);
            continue;
        }
        add_service(&daemon, client, name,
                    strcmp(name, "last") == 0 ? "exec: sleep 1000\nafter: [once]\n" : "exec: sleep 1000\n");
        wait_for_state(client, name, ZINIT_STATE_RUNNING);
    }
    CHECK_OK(zinit_client_statuses(client, &list, &error));
    check_list(client, list, names, LENGTH(names));
    zinit_status_list_free(list);

    CHECK_OK(zinit_client_begin_statuses(client, &request, &error));
    CHECK(zinit_request_status_list(request) == NULL);
    CHECK_INT(run_to_end(request, NULL, &error), ZINIT_OK);
    check_list(client, zinit_request_status_list(request), names, LENGTH(names));
    CHECK(zinit_request_status(request) == NULL && zinit_request_service_list(request) == NULL);
    zinit_request_free(request);
    zinit_client_free(client);
}

/* As deep as the header allows: the request holds an epoll instance of its own. */
static void a_request_goes_on_in_three_nested_epolls(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"a\":\"Running\",\"b\":\"Running\",\"c\":\"Running\""))
        ON_STATUS("a", 7, "Running", "Up") ON_STATUS("b", 8, "Running", "Up") ON_STATUS("c", 9, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code;
    int inner;
    size_t i;

    (void)data;
    CHECK_OK(zinit_client_begin_statuses(client, &request, &error));
    inner = zinit_request_fd(request);
    for (i = 0; i < 3; i++) {
        struct epoll_event event = {EPOLLIN, {NULL}};
        int outer = epoll_create1(EPOLL_CLOEXEC);

        NEED(outer >= 0 && epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event) == 0);
        inner = outer;
    }
    do {
        struct epoll_event event;

        NEED(epoll_wait(inner, &event, 1, -1) == 1);
        code = zinit_request_dispatch(request, &error);
    } while (code == ZINIT_PENDING);
    CHECK_OK(code);
    CHECK_INT(zinit_status_list_len(zinit_request_status_list(request)), 3);
    zinit_request_free(request);
    zinit_client_free(client);
}

static void a_service_that_is_forgotten_meanwhile_is_left_out(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"a\":\"Running\",\"b\":\"Running\",\"c\":\"Running\""))
        ON_STATUS("a", 7, "Running", "Up") ON("status b", UNKNOWN_SERVICE("b")) ON_STATUS("c", 8, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_status_list *list = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_client_statuses(client, &list, &error));
    CHECK_INT(zinit_status_list_len(list), 2);
    CHECK_TEXT(zinit_status_name(zinit_status_list_at(list, 0)), "a");
    CHECK_TEXT(zinit_status_name(zinit_status_list_at(list, 1)), "c");
    CHECK_INT(zinit_status_pid(zinit_status_list_at(list, 1)), 8);
    zinit_status_list_free(list);
    CHECK_INT(count_commands(&daemon), 4);
    zinit_client_free(client);
}

static void of_a_name_that_cannot_be_sent_there_is_what_the_list_tells(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"a/b\":\"Error(Exited(Pid(3), 1))\",\"c\":\"Running\""))
        ON_STATUS("c", 8, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_status_list *list = NULL;
    const zinit_status *status;
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_client_statuses(client, &list, &error));
    CHECK_INT(zinit_status_list_len(list), 2);
    status = zinit_status_list_at(list, 0);
    CHECK_TEXT(zinit_status_name(status), "a/b");
    CHECK_INT(zinit_state_kind(zinit_status_state(status)), ZINIT_STATE_ERROR);
    CHECK_INT(zinit_status_pid(status), 0);
    CHECK_INT(zinit_status_target(status), ZINIT_TARGET_UNKNOWN);
    CHECK_INT(zinit_status_after_len(status), 0);
    CHECK_INT(zinit_status_pid(zinit_status_list_at(list, 1)), 8);
    zinit_status_list_free(list);
    CHECK_INT(count_commands(&daemon), 2);
    zinit_client_free(client);
}

static void the_failure_of_one_service_ends_the_call(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"a\":\"Running\",\"b\":\"Running\""))
        ON_STATUS("a", 7, "Running", "Up") ON("status b", REFUSAL("out of memory"));
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_status_list *list = GARBAGE;
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_statuses(client, &list, &error), ZINIT_ERR_DAEMON);
    CHECK(list == NULL);
    CHECK_TEXT(zinit_error_service(error), "b");
    CHECK_TEXT(zinit_error_message(error), "cannot get the status of \"b\": the daemon refused: out of memory");
    zinit_error_free(error);
    CHECK_OK(zinit_client_begin_statuses(client, &request, &error));
    CHECK_FAILS(run_to_end(request, NULL, &error), ZINIT_ERR_DAEMON);
    zinit_error_free(error);
    CHECK(zinit_request_status_list(request) == NULL);
    zinit_request_free(request);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"each_service_has_its_status", each_service_has_its_status, NULL},
    {"a_request_goes_on_in_three_nested_epolls", a_request_goes_on_in_three_nested_epolls, NULL},
    {"a_service_that_is_forgotten_meanwhile_is_left_out", a_service_that_is_forgotten_meanwhile_is_left_out, NULL},
    {"of_a_name_that_cannot_be_sent_there_is_what_the_list_tells",
     of_a_name_that_cannot_be_sent_there_is_what_the_list_tells, NULL},
    {"the_failure_of_one_service_ends_the_call", the_failure_of_one_service_ends_the_call, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
