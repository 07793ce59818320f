/* Requests: calls under an event loop, with their one descriptor. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

#define DONE " send {\"state\":\"ok\",\"body\":null}\n"
#define STATUS(name, pid, state, target)                                                                               \
    " send {\"state\":\"ok\",\"body\":{\"name\":\"" name "\",\"pid\":" #pid ",\"state\":\"" state                        \
    "\",\"target\":\"" target "\",\"after\":{}}}\n"
/* A service whose stop takes a look more than one. */
#define STOPS_SLOWLY                                                                                                   \
    "on stop web\n" DONE "on status web\n" STATUS("web", 7, "Running", "Down") "on status web\n"                       \
        STATUS("web", 0, "Success", "Down")
/* One whose stop never ends, and with which much is asked in little time. */
#define NEVER_STOPS "on stop web\n" DONE "on status web\n" STATUS("web", 7, "Running", "Down")

static size_t count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    size_t count = 0;

    NEED(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static int is_readable(int descriptor, int timeout_ms)
{
    struct pollfd readable = {descriptor, POLLIN, 0};
    int ready;

    do
        ready = poll(&readable, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    NEED(ready >= 0);
    return ready;
}

/* To its end, by its descriptor alone: no time-out, no other event. Counts the dispatches. */
static zinit_code run_to_end(zinit_request *request, zinit_error **error, size_t *dispatches)
{
    zinit_code code;

    do {
        CHECK(is_readable(zinit_request_fd(request), -1));
        code = zinit_request_dispatch(request, error);
        ++*dispatches;
    } while (code == ZINIT_PENDING);
    return code;
}

static zinit_code finish(zinit_request *request, zinit_error **error)
{
    size_t dispatches = 0;
    zinit_code code = run_to_end(request, error, &dispatches);

    zinit_request_free(request);
    return code;
}

/* The daemon goes on answering others. */
static void check_daemon_answers(const zinit_client *client)
{
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_client_list(client, &list, &error));
    zinit_service_list_free(list);
}

/* The result */

static void each_call_gives_its_own_result(const void *data)
{
    static const char *const names[] = {"web", "nosuch"};
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    const zinit_report *report;
    size_t dispatches = 0;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_begin_list(client, &request, &error));
    CHECK(zinit_request_service_list(request) == NULL);
    CHECK_OK(run_to_end(request, &error, &dispatches));
    CHECK_INT(zinit_service_list_len(zinit_request_service_list(request)), 1);
    CHECK_TEXT(zinit_service_list_name(zinit_request_service_list(request), 0), "web");
    CHECK(zinit_request_status(request) == NULL && zinit_request_report(request) == NULL);
    zinit_request_free(request);

    CHECK_OK(zinit_client_begin_status(client, "web", &request, &error));
    CHECK_OK(run_to_end(request, &error, &dispatches));
    CHECK_TEXT(zinit_status_name(zinit_request_status(request)), "web");
    CHECK(zinit_request_service_list(request) == NULL && zinit_request_report(request) == NULL);
    zinit_request_free(request);

    CHECK_OK(zinit_client_begin_status(client, "nosuch", &request, &error));
    CHECK_FAILS(run_to_end(request, &error, &dispatches), ZINIT_ERR_UNKNOWN_SERVICE);
    CHECK_TEXT(zinit_error_service(error), "nosuch");
    zinit_error_free(error);
    CHECK(zinit_request_status(request) == NULL);
    zinit_request_free(request);

    CHECK_OK(zinit_client_begin_start_multiple(client, names, 2, -1, &request, &error));
    report = zinit_request_report(request);
    CHECK_INT(zinit_report_len(report), 2);
    CHECK_TEXT(zinit_report_name(report, 1), "nosuch");
    CHECK_INT(zinit_report_code(report, 1), ZINIT_PENDING);
    CHECK_FAILS(run_to_end(request, &error, &dispatches), ZINIT_ERR_CONFIG_REFUSED);
    zinit_error_free(error);
    report = zinit_request_report(request);
    CHECK_INT(zinit_report_code(report, 0), ZINIT_OK);
    CHECK_INT(zinit_report_code(report, 1), ZINIT_ERR_CONFIG_REFUSED);
    CHECK_INT(zinit_error_code(zinit_report_error(report, 1)), ZINIT_ERR_CONFIG_REFUSED);
    zinit_request_free(request);
    zinit_client_free(client);
}

static void the_result_can_be_asked_for_again(const void *data)
{
    struct daemon daemon = start_scripted("on *\n send {\"state\":\"error\",\"body\":\"EINVAL: Invalid argument\"}\n");
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    size_t dispatches = 0;
    int round;

    (void)data;
    CHECK_OK(zinit_client_begin_start(client, "web", &request, &error));
    CHECK_FAILS(run_to_end(request, &error, &dispatches), ZINIT_ERR_DAEMON);
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

/* What it was begun with may be freed first. */
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

static void a_dispatch_too_many_does_no_harm(const void *data)
{
    struct daemon daemon = start_scripted("on stop web\n wait\n" DONE "on status web\n" STATUS("web", 0, "Success", "Down"));
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
    static const char script[] = "on stop *\n" DONE "on status web\n wait\n" STATUS("web", 7, "Running", "Down")
        "on status web\n" STATUS("web", 0, "Success", "Down") "on status db\n" STATUS("db", 0, "Success", "Down");
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
        CHECK(is_readable(zinit_request_fd(request), -1));
        CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    }
    CHECK_INT(zinit_report_code(zinit_request_report(request), 0), ZINIT_OK);
    CHECK_INT(zinit_state_kind(zinit_report_state(zinit_request_report(request), 0)), ZINIT_STATE_SUCCESS);
    CHECK_INT(zinit_report_code(zinit_request_report(request), 1), ZINIT_PENDING);
    CHECK(zinit_report_state(zinit_request_report(request), 1) == NULL);
    go_on(&daemon);
    CHECK(is_readable(zinit_request_fd(request), -1));
    CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    CHECK_INT(zinit_state_kind(zinit_report_state(zinit_request_report(request), 1)), ZINIT_STATE_RUNNING);
    CHECK_INT(zinit_report_code(zinit_request_report(request), 1), ZINIT_PENDING);
    CHECK_OK(finish(request, &error));
    zinit_client_free(client);
}

/* Freed at every point of its life */

static void freed_at_every_point(const void *data)
{
    static const char script[] = "on list\n send {\"state\":\"ok\",\"body\":{}}\n" NEVER_STOPS
        "on status half\n send {\"state\":\"ok\",\n stay\n" "on *\n stay\n";
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    char command[100];
    size_t before;
    size_t dispatches = 0;

    (void)data;
    check_daemon_answers(client);
    before = count_descriptors();
    /* Before the first dispatch. */
    CHECK_OK(zinit_client_begin_status(client, "mute", &request, &error));
    zinit_request_free(request);
    CHECK_INT(count_descriptors(), before);
    check_daemon_answers(client);
    /* Connected, and the command is there. */
    CHECK_OK(zinit_client_begin_status(client, "mute", &request, &error));
    while (strcmp(next_command(&daemon, command, sizeof command), "status mute") != 0)
        continue;
    CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    zinit_request_free(request);
    CHECK_INT(count_descriptors(), before);
    check_daemon_answers(client);
    /* Half a reply. */
    CHECK_OK(zinit_client_begin_status(client, "half", &request, &error));
    CHECK(is_readable(zinit_request_fd(request), -1));
    CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    CHECK(!is_readable(zinit_request_fd(request), 0));
    zinit_request_free(request);
    CHECK_INT(count_descriptors(), before);
    check_daemon_answers(client);
    /* In a pause: then there is no connection. */
    CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
    do {
        CHECK(is_readable(zinit_request_fd(request), -1));
        CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    } while (count_descriptors() != before + 2);
    zinit_request_free(request);
    CHECK_INT(count_descriptors(), before);
    check_daemon_answers(client);
    /* Over. */
    CHECK_OK(zinit_client_begin_list(client, &request, &error));
    CHECK_OK(run_to_end(request, &error, &dispatches));
    zinit_request_free(request);
    CHECK_INT(count_descriptors(), before);
    check_daemon_answers(client);
    zinit_client_free(client);
}

/* The same with a real daemon, which must not be disturbed by those who go away. */
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
            CHECK(is_readable(zinit_request_fd(request), -1));
            CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
        }
        zinit_request_free(request);
        check_daemon_answers(client);
        CHECK_INT(count_descriptors(), before);
    }
    zinit_client_free(client);
}

/* A daemon that does not answer: the request ends through its descriptor alone. */

/* `request_sent` is -1 where either may be. */
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
    if (request_sent >= 0)
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
    ends_with("accept and close\n", ZINIT_ERR_CLOSED, -1);
}

static void a_full_backlog(const void *data)
{
    struct daemon daemon = start_scripted("accept after 50\non *\n send {\"state\":\"ok\",\"body\":{}}\n");
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

static void no_descriptor_is_to_be_had(const void *data)
{
    struct daemon daemon = start_scripted("on *\n send {\"state\":\"ok\",\"body\":{}}\n");
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
    /* None, one, two, and at last as many as it takes. */
    for (left = 0; left <= 3; left++) {
        zinit_request *request = (zinit_request *)&daemon;
        zinit_error *error = NULL;
        zinit_code code = zinit_client_begin_list(client, &request, &error);

        if (left < 2) {
            CHECK_FAILS(code, ZINIT_ERR_IO);
            CHECK_INT(zinit_error_os_errno(error), EMFILE);
            CHECK_INT(zinit_error_request_sent(error), 0);
            CHECK(request == NULL);
        } else if (left == 2) {
            CHECK_OK(code);
            CHECK_FAILS(finish(request, &error), ZINIT_ERR_IO);
            CHECK_INT(zinit_error_os_errno(error), EMFILE);
        } else {
            CHECK_OK(code);
            CHECK_OK(finish(request, &error));
        }
        zinit_error_free(error);
        close(taken[--count]);
    }
    while (count > 0)
        close(taken[--count]);
    zinit_client_free(client);
}

/* Many at once */

#define MANY 1000

/* What is to come of the stop of one of them, and the script for it. */
static zinit_code plan(size_t index, char *script, size_t size)
{
    const char *down = "\"target\":\"Down\"}}";
    const char *status = " send {\"state\":\"ok\",\"body\":{\"name\":\"s\",\"after\":{},\"state\":\"Running\",";
    unsigned long number = (unsigned long)index;

    switch (index % 10) {
    case 7:
        snprintf(script, size, "on stop s%lu\n send {\"state\":\"error\",\"body\":\"service name \\\"s%lu\\\" unknown\"}\n",
                 number, number);
        return ZINIT_ERR_UNKNOWN_SERVICE;
    case 8:
        snprintf(script, size, "on stop s%lu\n" DONE "on status s%lu\n%s\"pid\":7,\"target\":\"Up\"}}\n", number, number,
                 status);
        return ZINIT_ERR_TARGET_CHANGED;
    case 9:
        snprintf(script, size, "on stop s%lu\n", number);
        return ZINIT_ERR_CLOSED;
    default:
        snprintf(script, size,
                 "on stop s%lu\n" DONE "on status s%lu\n%s\"pid\":7,%s\non status s%lu\n%s\"pid\":7,%s\n"
                 "on status s%lu\n%s\"pid\":0,%s\n",
                 number, number, status, down, number, status, down, number, status, down);
        return ZINIT_OK;
    }
}

static size_t count_threads(void)
{
    DIR *directory = opendir("/proc/self/task");
    size_t count = 0;

    NEED(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void a_thousand_at_once(const void *data)
{
    static zinit_request *requests[MANY];
    static zinit_code expected[MANY];
    char *script = malloc(MANY * 1000);
    size_t length = 0;
    struct rlimit limit;
    struct daemon daemon;
    zinit_client *client;
    zinit_error *error = NULL;
    size_t before;
    size_t threads = count_threads();
    size_t left = MANY;
    size_t most = 0;
    size_t i;
    int loop;

    (void)data;
    NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_max < 3 * MANY + 100)
        fail_at(__FILE__, __LINE__, "this takes a limit of %d open files: see ulimit -Hn", 3 * MANY + 100);
    limit.rlim_cur = 3 * MANY + 100;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    for (i = 0; i < MANY; i++) {
        expected[i] = plan(i, script + length, 1000);
        length += strlen(script + length);
    }
    daemon = start_scripted(script);
    free(script);
    client = client_of(&daemon);
    loop = epoll_create1(0);
    NEED(loop >= 0);
    before = count_descriptors();
    for (i = 0; i < MANY; i++) {
        struct epoll_event event = {EPOLLIN, {0}};
        char name[20];

        snprintf(name, sizeof name, "s%lu", (unsigned long)i);
        event.data.u32 = (uint32_t)i;
        CHECK_OK(zinit_client_begin_stop_wait(client, name, -1, &requests[i], &error));
        NEED(epoll_ctl(loop, EPOLL_CTL_ADD, zinit_request_fd(requests[i]), &event) == 0);
    }
    CHECK(count_descriptors() <= before + 3 * MANY);
    CHECK_INT(count_threads(), threads);
    while (left > 0) {
        struct epoll_event events[64];
        int ready = epoll_wait(loop, events, (int)LENGTH(events), -1);
        size_t open_now;
        int event;

        NEED(ready > 0 || errno == EINTR);
        for (event = 0; event < ready; event++) {
            zinit_code code;

            i = events[event].data.u32;
            code = zinit_request_dispatch(requests[i], &error);
            if (code == ZINIT_PENDING) {
                CHECK(error == NULL);
                continue;
            }
            if (code != expected[i])
                fail_at(__FILE__, __LINE__, "request %lu: %s, expected %s: %s", (unsigned long)i, zinit_code_name(code),
                        zinit_code_name(expected[i]), zinit_error_message(error));
            zinit_error_free(error);
            NEED(epoll_ctl(loop, EPOLL_CTL_DEL, zinit_request_fd(requests[i]), NULL) == 0);
            zinit_request_free(requests[i]);
            left--;
        }
        /* The daemon's output would fill up, and it would stand still. */
        count_commands(&daemon);
        open_now = count_descriptors();
        if (most < open_now)
            most = open_now;
        CHECK(open_now <= before + 3 * left);
        CHECK_INT(count_threads(), threads);
    }
    CHECK(most > before + 2 * (MANY / 2));
    CHECK_INT(count_descriptors(), before);
    close(loop);
    zinit_client_free(client);
}

/* At most three descriptors while a reply is awaited, and two in a pause. */
static void two_or_three_descriptors(const void *data)
{
    struct daemon daemon = start_scripted(STOPS_SLOWLY);
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    size_t before = count_descriptors();
    size_t seen[4] = {0};

    (void)data;
    CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
    CHECK_INT(count_descriptors(), before + 3);
    do {
        size_t count = count_descriptors() - before;

        CHECK(count == 2 || count == 3);
        seen[count]++;
        CHECK(is_readable(zinit_request_fd(request), -1));
    } while (zinit_request_dispatch(request, &error) == ZINIT_PENDING);
    CHECK(error == NULL);
    CHECK(seen[2] > 0 && seen[3] > 0);
    CHECK_INT(count_descriptors(), before + 2);
    zinit_request_free(request);
    CHECK_INT(count_descriptors(), before);
    zinit_client_free(client);
}

/* The same ten requests on each kind of loop */

#define TEN 10

static void begin_ten(const zinit_client *client, zinit_request **requests)
{
    static const char *const both[] = {"a", "b"};
    static const char *const four[] = {"c", "d", "e", "f"};
    zinit_service *service = zinit_service_new();
    zinit_error *error = NULL;

    CHECK_OK(zinit_service_set_exec(service, "sleep 2000", &error));
    CHECK_OK(zinit_client_begin_list(client, &requests[0], &error));
    CHECK_OK(zinit_client_begin_status(client, "list", &requests[1], &error));
    CHECK_OK(zinit_client_begin_start_wait(client, "start", -1, &requests[2], &error));
    CHECK_OK(zinit_client_begin_stop_wait(client, "stop", -1, &requests[3], &error));
    CHECK_OK(zinit_client_begin_restart(client, "restart", -1, -1, &requests[4], &error));
    CHECK_OK(zinit_client_begin_deploy(client, "deploy", service, -1, -1, &requests[5], &error));
    CHECK_OK(zinit_client_begin_start_multiple(client, both, 2, -1, &requests[6], &error));
    CHECK_OK(zinit_client_begin_destroy_services(client, four, 4, -1, &requests[7], &error));
    CHECK_OK(zinit_client_begin_kill(client, "list", "SIGCONT", &requests[8], &error));
    CHECK_OK(zinit_client_begin_forget(client, "nosuch", &requests[9], &error));
    zinit_service_free(service);
}

static const zinit_code codes_of_ten[TEN] = {0, 0, 0, 0, 0, 0, 0, 0, 0, ZINIT_ERR_UNKNOWN_SERVICE};

/* Returns whether it is over. */
static int dispatch_one_of_ten(zinit_request **requests, size_t index)
{
    zinit_error *error = NULL;
    zinit_code code = zinit_request_dispatch(requests[index], &error);

    if (code == ZINIT_PENDING)
        return 0;
    if (code != codes_of_ten[index])
        fail_at(__FILE__, __LINE__, "request %lu: %s", (unsigned long)index, zinit_error_message(error));
    zinit_error_free(error);
    zinit_request_free(requests[index]);
    requests[index] = NULL;
    return 1;
}

static void epoll_ten(zinit_request **requests, uint32_t trigger)
{
    int loop = epoll_create1(0);
    size_t left = TEN;
    size_t i;

    NEED(loop >= 0);
    for (i = 0; i < TEN; i++) {
        struct epoll_event event = {EPOLLIN | trigger, {0}};

        event.data.u32 = (uint32_t)i;
        NEED(epoll_ctl(loop, EPOLL_CTL_ADD, zinit_request_fd(requests[i]), &event) == 0);
    }
    while (left > 0) {
        struct epoll_event event;

        if (epoll_wait(loop, &event, 1, -1) == 1)
            left -= (size_t)dispatch_one_of_ten(requests, event.data.u32);
    }
    close(loop);
}

static void level_triggered(zinit_request **requests)
{
    epoll_ten(requests, 0);
}

static void edge_triggered(zinit_request **requests)
{
    epoll_ten(requests, EPOLLET);
}

static void by_poll(zinit_request **requests)
{
    struct pollfd polled[TEN];
    size_t left = TEN;
    size_t i;

    for (i = 0; i < TEN; i++) {
        polled[i].fd = zinit_request_fd(requests[i]);
        polled[i].events = POLLIN;
    }
    while (left > 0) {
        if (poll(polled, TEN, -1) <= 0)
            continue;
        for (i = 0; i < TEN; i++) {
            if (polled[i].fd >= 0 && polled[i].revents != 0 && dispatch_one_of_ten(requests, i)) {
                polled[i].fd = -1;
                left--;
            }
        }
    }
}

struct loop {
    void (*run)(zinit_request **);
};

static void ten_on_a_loop(const void *data)
{
    static const char *const names[] = {"list", "start", "stop", "restart", "deploy", "a", "b", "c", "d", "e", "f"};
    const struct loop *loop = data;
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_request *requests[TEN];
    zinit_report *report = NULL;
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    size_t i;

    for (i = 0; i < LENGTH(names); i++) {
        char path[400];

        snprintf(path, sizeof path, "%s/%s.yaml", daemon.config_dir, names[i]);
        write_file(path, "exec: sleep 1000\n");
    }
    CHECK_OK(zinit_client_start_multiple(client, names, LENGTH(names), -1, NULL, &report, &error));
    zinit_report_free(report);
    begin_ten(client, requests);
    loop->run(requests);
    CHECK_OK(zinit_client_status(client, "stop", &status, &error));
    CHECK_INT(zinit_status_pid(status), 0);
    zinit_status_free(status);
    CHECK_CONTAINS(read_file(in_case_directory("services/deploy.yaml")), "sleep 2000");
    CHECK(access(in_case_directory("services/c.yaml"), F_OK) != 0);
    zinit_client_free(client);
}

/* A copy of its descriptors in a forked child keeps nothing readable, and the child can make calls of its own. */
static void a_fork_in_the_middle(const void *data)
{
    char script[8000] = "on list\n send {\"state\":\"ok\",\"body\":{\"web\":\"Running\"}}\non stop web\n wait\n" DONE;
    struct daemon daemon;
    zinit_client *client;
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    size_t dispatches = 0;
    char command[100];
    int channel[2];
    int look;
    pid_t child;
    char right = 0;

    (void)data;
    for (look = 0; look < 30; look++)
        strcat(script, "on status web\n" STATUS("web", 7, "Running", "Down"));
    strcat(script, "on status web\n" STATUS("web", 0, "Success", "Down"));
    daemon = start_scripted(script);
    client = client_of(&daemon);
    NEED(pipe(channel) == 0);
    CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "stop web");
    child = fork();
    NEED(child >= 0);
    if (child == 0) {
        zinit_service_list *list = NULL;

        right = zinit_client_list(client, &list, NULL) == ZINIT_OK && zinit_service_list_len(list) == 1;
        zinit_service_list_free(list);
        if (write(channel[1], &right, 1) != 1)
            _exit(1);
        /* It has its copies until the parent is through. */
        for (;;)
            pause();
    }
    close(channel[1]);
    NEED(read(channel[0], &right, 1) == 1);
    CHECK_INT(right, 1);
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "list");
    go_on(&daemon);
    CHECK_OK(run_to_end(request, &error, &dispatches));
    CHECK_INT(count_commands(&daemon), 31);
    /* A reply and a pause for each command, and some room for what comes in two pieces. */
    if (dispatches > 3 * 32)
        fail_at(__FILE__, __LINE__, "%lu dispatches for 32 commands", (unsigned long)dispatches);
    NEED(kill(child, SIGKILL) == 0);
    NEED(waitpid(child, NULL, 0) == child);
    close(channel[0]);
    zinit_request_free(request);
    zinit_client_free(client);
}

/* A wait on a quiet service: as seldom as the blocking call. */
static void a_quiet_wait_wakes_up_as_seldom_as_the_call(const void *data)
{
    static const char script[] = "on start web\n" DONE "on status web\n" STATUS("web", 7, "Spawned", "Up");
    struct daemon daemon = start_scripted(script);
    struct client_options options = {0};
    zinit_client *client;
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    size_t of_call;
    size_t of_request;
    size_t dispatches = 0;

    (void)data;
    options.daemon = &daemon;
    options.config_dir = case_directory();
    client = make_client(options);
    write_file(in_case_directory("web.yaml"), "exec: sleep 1000\n");
    CHECK_FAILS(zinit_client_start_wait(client, "web", 1500, NULL, &error), ZINIT_ERR_TIMEOUT);
    zinit_error_free(error);
    of_call = count_commands(&daemon);
    CHECK_OK(zinit_client_begin_start_wait(client, "web", 1500, &request, &error));
    CHECK_FAILS(run_to_end(request, &error, &dispatches), ZINIT_ERR_TIMEOUT);
    zinit_error_free(error);
    zinit_request_free(request);
    of_request = count_commands(&daemon);
    /* Ten looks in the first 10 ms, 50 more up to 1 s, a tenth later each, then one every 100 ms; on a slow machine fewer. */
    CHECK(of_call <= 80 && of_request <= 80);
    /* Each command is one dispatch for its reply, and one for the pause behind it. */
    if (dispatches > 2 * of_request + 2)
        fail_at(__FILE__, __LINE__, "%lu dispatches for %lu commands", (unsigned long)dispatches,
                (unsigned long)of_request);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"each_call_gives_its_own_result", each_call_gives_its_own_result, NULL},
    {"the_result_can_be_asked_for_again", the_result_can_be_asked_for_again, NULL},
    {"a_request_keeps_what_it_needs", a_request_keeps_what_it_needs, NULL},
    {"a_dispatch_too_many_does_no_harm", a_dispatch_too_many_does_no_harm, NULL},
    {"the_report_tells_how_far_it_is", the_report_tells_how_far_it_is, NULL},
    {"freed_at_every_point", freed_at_every_point, NULL},
    {"freed_after_each_number_of_dispatches", freed_after_each_number_of_dispatches, NULL},
    {"a_daemon_that_never_answers", a_daemon_that_never_answers, NULL},
    {"a_full_backlog", a_full_backlog, NULL},
    {"no_daemon", no_daemon, NULL},
    {"no_descriptor_is_to_be_had", no_descriptor_is_to_be_had, NULL},
    {"a_thousand_at_once", a_thousand_at_once, NULL},
    {"two_or_three_descriptors", two_or_three_descriptors, NULL},
    {"ten_on_a_level_triggered_epoll", ten_on_a_loop, &(const struct loop){level_triggered}},
    {"ten_on_an_edge_triggered_epoll", ten_on_a_loop, &(const struct loop){edge_triggered}},
    {"ten_on_poll", ten_on_a_loop, &(const struct loop){by_poll}},
    {"a_fork_in_the_middle", a_fork_in_the_middle, NULL},
    {"a_quiet_wait_wakes_up_as_seldom_as_the_call", a_quiet_wait_wakes_up_as_seldom_as_the_call, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
