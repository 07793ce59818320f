/* Requests: what they give, when they are freed, and how they end where the daemon does not answer. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"

/* The result */

static void each_call_gives_its_own_result(const void *data)
{
    static const char *const names[] = {"web", "nosuch"};
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    const zinit_report *report;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_begin_list(client, &request, &error));
    CHECK(zinit_request_service_list(request) == NULL);
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_INT(zinit_service_list_len(zinit_request_service_list(request)), 1);
    CHECK_TEXT(zinit_service_list_name(zinit_request_service_list(request), 0), "web");
    CHECK(zinit_request_status(request) == NULL && zinit_request_report(request) == NULL);
    zinit_request_free(request);

    CHECK_OK(zinit_client_begin_status(client, "web", &request, &error));
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_TEXT(zinit_status_name(zinit_request_status(request)), "web");
    CHECK(zinit_request_service_list(request) == NULL && zinit_request_report(request) == NULL);
    zinit_request_free(request);

    CHECK_OK(zinit_client_begin_status(client, "nosuch", &request, &error));
    CHECK_FAILS(run_to_end(request, NULL, &error), ZINIT_ERR_UNKNOWN_SERVICE);
    CHECK_TEXT(zinit_error_service(error), "nosuch");
    zinit_error_free(error);
    CHECK(zinit_request_status(request) == NULL);
    zinit_request_free(request);

    CHECK_OK(zinit_client_begin_start_multiple(client, names, 2, -1, &request, &error));
    report = zinit_request_report(request);
    CHECK_INT(zinit_report_len(report), 2);
    CHECK_TEXT(zinit_report_name(report, 1), "nosuch");
    CHECK_INT(zinit_report_code(report, 1), ZINIT_PENDING);
    CHECK_FAILS(run_to_end(request, NULL, &error), ZINIT_ERR_CONFIG_REFUSED);
    zinit_error_free(error);
    report = zinit_request_report(request);
    CHECK_INT(zinit_report_code(report, 0), ZINIT_OK);
    CHECK_INT(zinit_report_code(report, 1), ZINIT_ERR_CONFIG_REFUSED);
    CHECK_INT(zinit_error_code(zinit_report_error(report, 1)), ZINIT_ERR_CONFIG_REFUSED);
    zinit_request_free(request);
    zinit_client_free(client);
}

#if HEADER_HAS_0_2_0
/* Waits until the request has sent a command, and the daemon waits for leave to answer. */
static void expect_command(struct daemon *daemon, zinit_request *request, const char *expected)
{
    zinit_error *error = NULL;
    char command[100];

    while (!is_readable(daemon->output, 0))
        CHECK_INT(zinit_request_wait(request, 10, &error), ZINIT_PENDING);
    CHECK_TEXT(next_command(daemon, command, sizeof command), expected);
}

#define ON_WAIT(command, reply) "on " command "\n wait\n" SEND(reply)

static void the_report_tells_the_step(const void *data)
{
    static const char script[] = ON_WAIT("stop web", DONE) ON_WAIT("kill web SIGKILL", DONE)
        ON_WAIT("start web", DONE) ON_WAIT("status web", STATUS_OF("web", 7, "Running", "Down"))
            ON_WAIT("status web", STATUS_OF("web", 0, "Error", "Down"))
                ON_WAIT("status web", STATUS_OF("web", 8, "Running", "Up"));
    static const struct {
        const char *command;
        int step;
        int pid;
        int target;
    } expected[] = {
        {"stop web", ZINIT_STEP_STOPPING, 0, ZINIT_TARGET_UNKNOWN},
        {"status web", ZINIT_STEP_STOPPING, 0, ZINIT_TARGET_DOWN},
        {"kill web SIGKILL", ZINIT_STEP_KILLING, 7, ZINIT_TARGET_DOWN},
        {"status web", ZINIT_STEP_KILLING, 7, ZINIT_TARGET_DOWN},
        {"start web", ZINIT_STEP_STARTING, 0, ZINIT_TARGET_DOWN},
        {"status web", ZINIT_STEP_STARTING, 0, ZINIT_TARGET_UP},
    };
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of_script(&daemon);
    zinit_request *request = NULL;
    const zinit_report *report;
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    CHECK_OK(zinit_client_begin_restart(client, "web", 1, -1, &request, &error));
    for (i = 0; i < LENGTH(expected); i++) {
        expect_command(&daemon, request, expected[i].command);
        report = zinit_request_report(request);
        CHECK_TEXT(zinit_step_name(zinit_report_step(report, 0)), zinit_step_name(expected[i].step));
        CHECK_INT(zinit_report_pid(report, 0), expected[i].pid);
        CHECK_INT(zinit_report_target(report, 0), expected[i].target);
        /* The grace, of 1 ms, is over when the stop is answered: so one look comes before the kill. */
        if (i == 0)
            pause_ms(2);
        go_on(&daemon);
    }
    while (zinit_request_wait(request, 10, &error) == ZINIT_PENDING)
        if (is_readable(daemon.output, 0)) {
            expect_command(&daemon, request, "status web");
            go_on(&daemon);
        }
    report = zinit_request_report(request);
    CHECK_INT(zinit_report_code(report, 0), ZINIT_OK);
    CHECK_INT(zinit_report_step(report, 0), ZINIT_STEP_DONE);
    CHECK_INT(zinit_report_pid(report, 0), 8);
    zinit_request_free(request);
    zinit_client_free(client);
}
#endif

static void the_result_can_be_asked_for_again(const void *data)
{
    struct daemon daemon = start_scripted(ON("*", REFUSAL("EINVAL: Invalid argument")));
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    int round;

    (void)data;
    CHECK_OK(zinit_client_begin_start(client, "web", &request, &error));
    CHECK_FAILS(run_to_end(request, NULL, &error), ZINIT_ERR_DAEMON);
    zinit_error_free(error);
    for (round = 0; round < 3; round++) {
        CHECK(is_readable(zinit_request_fd(request), 0));
        CHECK_FAILS(zinit_request_dispatch(request, &error), ZINIT_ERR_DAEMON);
        CHECK_TEXT(zinit_error_daemon_message(error), "EINVAL: Invalid argument");
        zinit_error_free(error);
        CHECK_INT(zinit_request_dispatch(request, NULL), ZINIT_ERR_DAEMON);
    }
    CHECK_INT(count_commands(&daemon), 1);
    zinit_request_free(request);
    zinit_client_free(client);
}

/* What a request was begun with may be freed before the request ends. */
static void a_request_keeps_what_it_needs(const void *data)
{
    struct daemon daemon = start_scripted(STOPS_SLOWLY);
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    char *name = strcpy(malloc(4), "web");
    const char **names = malloc(sizeof *names);

    (void)data;
    names[0] = name;
    CHECK_OK(zinit_client_begin_stop_multiple(client, names, 1, -1, &request, &error));
    free(names);
    memset(name, 'x', 3);
    free(name);
    zinit_client_free(client);
    CHECK_OK(finish(request, &error));
}

static void dispatches_while_there_is_nothing_to_do(const void *data)
{
    struct daemon daemon = start_scripted("on stop web\n wait\n" SEND(DONE) ON_STATUS("web", 0, "Success", "Down"));
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    int round;

    (void)data;
    CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
    for (round = 0; round < 100; round++)
        CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    go_on(&daemon);
    CHECK_OK(finish(request, &error));
    CHECK_INT(count_commands(&daemon), 2);
    zinit_client_free(client);
}

static void the_report_tells_how_far_it_is(const void *data)
{
    static const char script[] = ON("stop *", DONE)
        "on status web\n wait\n" SEND(STATUS_OF("web", 7, "Running", "Down"))
        ON_STATUS("web", 0, "Success", "Down") ON_STATUS("db", 0, "Success", "Down");
    static const char *const names[] = {"db", "web"};
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    char command[100];

    (void)data;
    CHECK_OK(zinit_client_begin_stop_multiple(client, names, 2, -1, &request, &error));
    CHECK(zinit_report_state(zinit_request_report(request), 0) == NULL);
    while (strcmp(next_command(&daemon, command, sizeof command), "status web") != 0) {
        wait_until_readable(zinit_request_fd(request));
        CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    }
    CHECK_INT(zinit_report_code(zinit_request_report(request), 0), ZINIT_OK);
    CHECK_INT(zinit_state_kind(zinit_report_state(zinit_request_report(request), 0)), ZINIT_STATE_SUCCESS);
    CHECK_INT(zinit_report_code(zinit_request_report(request), 1), ZINIT_PENDING);
    CHECK(zinit_report_state(zinit_request_report(request), 1) == NULL);
    go_on(&daemon);
    wait_until_readable(zinit_request_fd(request));
    CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    CHECK_INT(zinit_state_kind(zinit_report_state(zinit_request_report(request), 1)), ZINIT_STATE_RUNNING);
    CHECK_INT(zinit_report_code(zinit_request_report(request), 1), ZINIT_PENDING);
    CHECK_OK(finish(request, &error));
    zinit_client_free(client);
}

/* Freed at every point of its life */

static void free_and_check(zinit_request *request, const zinit_client *client, size_t descriptors)
{
    zinit_request_free(request);
    CHECK_INT(count_descriptors(), descriptors);
    check_daemon_answers(client);
}

static void freed_at_every_point(const void *data)
{
    static const char script[] = ON("list", LIST_OF("")) NEVER_STOPS
        "on status half\n send {\"state\":\"ok\",\n stay\n" "on *\n stay\n";
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    char command[100];
    size_t before;

    (void)data;
    check_daemon_answers(client);
    before = count_descriptors();
    /* Before the first dispatch. */
    CHECK_OK(zinit_client_begin_status(client, "mute", &request, &error));
    free_and_check(request, client, before);
    /* Connected, and the command is there. */
    CHECK_OK(zinit_client_begin_status(client, "mute", &request, &error));
    while (strcmp(next_command(&daemon, command, sizeof command), "status mute") != 0)
        continue;
    CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    free_and_check(request, client, before);
    /* Half a reply. */
    CHECK_OK(zinit_client_begin_status(client, "half", &request, &error));
    wait_until_readable(zinit_request_fd(request));
    CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    CHECK(!is_readable(zinit_request_fd(request), 0));
    free_and_check(request, client, before);
    /* In a pause: then there is no connection. */
    CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
    do {
        wait_until_readable(zinit_request_fd(request));
        CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    } while (count_descriptors() != before + 2);
    free_and_check(request, client, before);
    /* After its end. */
    CHECK_OK(zinit_client_begin_list(client, &request, &error));
    CHECK_OK(run_to_end(request, NULL, &error));
    free_and_check(request, client, before);
    zinit_client_free(client);
}

/* The same on a real daemon, which goes on when clients leave in the middle. */
static void freed_after_each_number_of_dispatches(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    size_t before = count_descriptors();
    int dispatches;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\ntest: 'false'\n");
    for (dispatches = 0; dispatches < 12; dispatches++) {
        zinit_request *request = NULL;
        int count;

        CHECK_OK(zinit_client_begin_start_wait(client, "web", -1, &request, &error));
        for (count = 0; count < dispatches; count++) {
            wait_until_readable(zinit_request_fd(request));
            CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
        }
        free_and_check(request, client, before);
    }
    zinit_client_free(client);
}

/* The files in the directory of the case with this beginning. */
static size_t count_files(const char *beginning)
{
    DIR *directory = opendir(case_directory());
    const struct dirent *entry;
    size_t count = 0;

    NEED(directory != NULL);
    while ((entry = readdir(directory)) != NULL)
        count += strncmp(entry->d_name, beginning, strlen(beginning)) == 0;
    closedir(directory);
    return count;
}

static void a_deploy_that_is_freed_removes_its_prepared_file(const void *data)
{
    struct daemon daemon = start_scripted(NEVER_STOPS);
    zinit_client *client = client_of_script(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    char command[100];

    (void)data;
    write_file(in_case_directory("web.yaml"), "exec: old\n");
    CHECK_OK(zinit_service_set_exec(service, "new", &error));
    CHECK_OK(zinit_client_begin_deploy(client, "web", service, -1, -1, &request, &error));
    zinit_service_free(service);
    do {
        wait_until_readable(zinit_request_fd(request));
        CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    } while (!is_readable(daemon.output, 0));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "stop web");
    CHECK_INT(count_files(".zinit-client-"), 1);
    zinit_request_free(request);
    CHECK_INT(count_files(".zinit-client-"), 0);
    CHECK_TEXT(read_file(in_case_directory("web.yaml")), "exec: old\n");
    zinit_client_free(client);
}

/* A daemon that does not answer: the request ends through its descriptor alone. */

#define SENT_OR_NOT (-1)

static void ends_with(const char *script, zinit_code code, int request_sent)
{
    struct daemon daemon = start_scripted(script);
    struct client_options options = {0};
    zinit_request *request = NULL;
    zinit_client *client;
    zinit_error *error = NULL;

    options.daemon = &daemon;
    options.io_timeout_ms = 100;
    client = make_client(options);
    CHECK_OK(zinit_client_begin_status(client, "web", &request, &error));
    CHECK_FAILS(finish(request, &error), code);
    CHECK_TEXT(zinit_error_service(error), "web");
    if (request_sent != SENT_OR_NOT)
        CHECK_INT(zinit_error_request_sent(error), request_sent);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void a_daemon_that_never_answers(const void *data)
{
    (void)data;
    ends_with("on *\n stay\n", ZINIT_ERR_NO_REPLY, 1);
    ends_with("on *\n send {\"state\":\n stay\n", ZINIT_ERR_NO_REPLY, 1);
    ends_with("on *\n send {\"state\":\n", ZINIT_ERR_CLOSED, 1);
    /* The daemon closes before the command goes out, or behind it. */
    ends_with("accept and close\n", ZINIT_ERR_CLOSED, SENT_OR_NOT);
}

static void a_full_backlog(const void *data)
{
    struct daemon daemon = start_scripted("accept after 50\n" ON("*", LIST_OF("")));
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_client_begin_list(client, &request, &error));
    CHECK_OK(finish(request, &error));
    zinit_client_free(client);
    ends_with("accept never\n", ZINIT_ERR_NO_REPLY, 0);
}

static void no_daemon(const void *data)
{
    struct client_options options = {0};
    zinit_request *request = NULL;
    zinit_client *client;
    zinit_error *error = NULL;

    (void)data;
    options.socket_path = in_case_directory("no.sock");
    client = make_client(options);
    CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
    CHECK_FAILS(finish(request, &error), ZINIT_ERR_NOT_RUNNING);
    CHECK_INT(zinit_error_request_sent(error), 0);
    zinit_error_free(error);
    zinit_client_free(client);
}

#if HEADER_HAS_0_2_0
static void no_descriptor_is_left_for_a_request(const void *data)
{
    struct daemon daemon = start_scripted(ON("*", LIST_OF("")));
    zinit_client *client = client_of(&daemon);
    struct rlimit limit;
    int taken[64];
    size_t count = 0;
    size_t left;

    (void)data;
    NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = count_descriptors() + 10;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while ((taken[count] = dup(0)) >= 0)
        count++;
    /* With 0, 1, 2 and 3 descriptors left. A request takes one, and one that is in a loop two more. */
    for (left = 0; left <= 3; left++) {
        zinit_request *request = NULL;
        zinit_error *error = NULL;

        CHECK_OK(zinit_client_begin_list(client, &request, &error));
        CHECK_INT(zinit_request_fd(request) >= 0, left == 3);
        if (left == 0) {
            CHECK_FAILS(zinit_request_wait(request, -1, &error), ZINIT_ERR_IO);
            CHECK_INT(zinit_error_os_errno(error), EMFILE);
            CHECK_INT(zinit_error_request_sent(error), 0);
        } else {
            CHECK_OK(zinit_request_wait(request, -1, &error));
        }
        zinit_request_free(request);
        zinit_error_free(error);
        close(taken[--count]);
    }
    while (count > 0)
        close(taken[--count]);
    zinit_client_free(client);
}
#endif

static const struct test_case cases[] = {
    {"each_call_gives_its_own_result", each_call_gives_its_own_result, NULL},
#if HEADER_HAS_0_2_0
    {"the_report_tells_the_step", the_report_tells_the_step, NULL},
#endif
    {"the_result_can_be_asked_for_again", the_result_can_be_asked_for_again, NULL},
    {"a_request_keeps_what_it_needs", a_request_keeps_what_it_needs, NULL},
    {"dispatches_while_there_is_nothing_to_do", dispatches_while_there_is_nothing_to_do, NULL},
    {"the_report_tells_how_far_it_is", the_report_tells_how_far_it_is, NULL},
    {"freed_at_every_point", freed_at_every_point, NULL},
    {"freed_after_each_number_of_dispatches", freed_after_each_number_of_dispatches, NULL},
    {"a_deploy_that_is_freed_removes_its_prepared_file", a_deploy_that_is_freed_removes_its_prepared_file, NULL},
    {"a_daemon_that_never_answers", a_daemon_that_never_answers, NULL},
    {"a_full_backlog", a_full_backlog, NULL},
    {"no_daemon", no_daemon, NULL},
#if HEADER_HAS_0_2_0
    {"no_descriptor_is_left_for_a_request", no_descriptor_is_left_for_a_request, NULL},
#endif
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
