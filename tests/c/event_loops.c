/* Requests under event loops, each by itself and in a queue: many at once, several kinds of loop, and what they take of
 * the system. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"

/* Many at once */

#define MANY 1000

struct many {
    zinit_request *requests[MANY];
    zinit_code expected[MANY];
    size_t left;
};

/* How the stop of one service is to end, and the script for it. */
static zinit_code plan(size_t index, char *script, size_t size)
{
    unsigned long number = (unsigned long)index;

    switch (index % 10) {
    case 7:
        snprintf(script, size, ON("stop s%lu", UNKNOWN_SERVICE("s%lu")), number, number);
        return ZINIT_ERR_UNKNOWN_SERVICE;
    case 8:
        snprintf(script, size, ON("stop s%lu", DONE) ON("status s%lu", STATUS_OF("s", 7, "Running", "Up")), number,
                 number);
        return ZINIT_ERR_TARGET_CHANGED;
    case 9:
        snprintf(script, size, "on stop s%lu\n", number);
        return ZINIT_ERR_CLOSED;
    default:
        snprintf(script, size,
                 ON("stop s%lu", DONE) ON("status s%lu", STATUS_OF("s", 7, "Running", "Down"))
                     ON("status s%lu", STATUS_OF("s", 7, "Running", "Down"))
                         ON("status s%lu", STATUS_OF("s", 0, "Running", "Down")),
                 number, number, number, number);
        return ZINIT_OK;
    }
}

static struct daemon start_daemon_of(struct many *many)
{
    char *script = malloc((MANY + 1) * 1000);
    size_t length = 0;
    struct daemon daemon;
    size_t i;

    NEED(script != NULL);
    /* Many waits ask for a list. One without these services tells nothing of them. */
    length = strlen(strcpy(script, ON("list", "{\"state\":\"ok\",\"body\":{}}")));
    for (i = 0; i < MANY; i++) {
        many->expected[i] = plan(i, script + length, 1000);
        length += strlen(script + length);
    }
    daemon = start_scripted(script);
    free(script);
    return daemon;
}

static void raise_limit_of_descriptors(rlim_t wanted)
{
    struct rlimit limit;

    NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_max < wanted)
        fail_at(__FILE__, __LINE__, "this takes a limit of %lu open files: see ulimit -Hn", (unsigned long)wanted);
    limit.rlim_cur = wanted;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void begin_many(struct many *many, const zinit_client *client, int loop)
{
    zinit_error *error = NULL;

    for (many->left = 0; many->left < MANY; many->left++) {
        zinit_request **request = &many->requests[many->left];
        struct epoll_event event = {EPOLLIN, {0}};
        char name[20];

        snprintf(name, sizeof name, "s%lu", (unsigned long)many->left);
        event.data.u32 = (uint32_t)many->left;
        CHECK_OK(zinit_client_begin_stop_wait(client, name, -1, request, &error));
        NEED(epoll_ctl(loop, EPOLL_CTL_ADD, zinit_request_fd(*request), &event) == 0);
    }
}

static void dispatch_one_of_many(struct many *many, size_t index, int loop)
{
    zinit_error *error = NULL;
    zinit_code code = zinit_request_dispatch(many->requests[index], &error);

    if (code == ZINIT_PENDING) {
        CHECK(error == NULL);
        return;
    }
    if (code != many->expected[index])
        fail_at(__FILE__, __LINE__, "request %lu: %s, expected %s: %s", (unsigned long)index, zinit_code_name(code),
                zinit_code_name(many->expected[index]), zinit_error_message(error));
    zinit_error_free(error);
    NEED(epoll_ctl(loop, EPOLL_CTL_DEL, zinit_request_fd(many->requests[index]), NULL) == 0);
    zinit_request_free(many->requests[index]);
    many->left--;
}

static void a_thousand_at_once(const void *data)
{
    static struct many many;
    size_t threads = count_threads();
    int loop = epoll_create1(0);
    struct daemon daemon;
    zinit_client *client;
    size_t most = 0;
    size_t before;

    (void)data;
    NEED(loop >= 0);
    raise_limit_of_descriptors(3 * MANY + 100);
    daemon = start_daemon_of(&many);
    client = client_of(&daemon);
    before = count_descriptors();
    begin_many(&many, client, loop);
    CHECK(count_descriptors() <= before + 3 * MANY);
    CHECK_INT(count_threads(), threads);
    while (many.left > 0) {
        struct epoll_event events[64];
        int ready = epoll_wait(loop, events, (int)LENGTH(events), -1);
        size_t open_now;
        int event;

        NEED(ready > 0 || errno == EINTR);
        for (event = 0; event < ready; event++)
            dispatch_one_of_many(&many, events[event].data.u32, loop);
        /* The daemon prints each command, and stands still when nobody reads what it prints. */
        count_commands(&daemon);
        open_now = count_descriptors();
        if (most < open_now)
            most = open_now;
        CHECK(open_now <= before + 3 * many.left);
        CHECK_INT(count_threads(), threads);
    }
    CHECK(most > before + 2 * (MANY / 2));
    CHECK_INT(count_descriptors(), before);
    close(loop);
    zinit_client_free(client);
}

static void limit_descriptors(rlim_t wanted)
{
    struct rlimit limit;

    NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = wanted;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void begin_many_in(struct many *many, zinit_queue *queue, const zinit_client *client)
{
    zinit_error *error = NULL;

    for (many->left = 0; many->left < MANY; many->left++) {
        zinit_request **request = &many->requests[many->left];
        char name[20];

        snprintf(name, sizeof name, "s%lu", (unsigned long)many->left);
        CHECK_OK(zinit_client_begin_stop_wait(client, name, -1, request, &error));
        zinit_request_set_data(*request, request);
        CHECK_OK(zinit_queue_add(queue, *request, &error));
    }
}

/* Takes what is over, until there is nothing. */
static void take_of_many(struct many *many, zinit_queue *queue)
{
    zinit_request *request;
    zinit_error *error = NULL;
    zinit_code code;

    while ((code = zinit_queue_next(queue, 0, NULL, &request, &error)) == ZINIT_OK) {
        zinit_request **place = zinit_request_data(request);

        CHECK(place >= many->requests && place < many->requests + MANY && *place == request);
        CHECK_INT(zinit_request_dispatch(request, &error), many->expected[place - many->requests]);
        zinit_error_free(error);
        zinit_request_free(request);
        *place = NULL;
        many->left--;
    }
    CHECK_INT(code, ZINIT_PENDING);
}

/* No more than one descriptor each, in a loop that is told only of changes. */
static void a_thousand_in_a_queue(const void *data)
{
    static struct many many;
    size_t threads = count_threads();
    struct epoll_event event = {EPOLLIN | EPOLLET, {0}};
    int loop = epoll_create1(0);
    zinit_queue *queue;
    zinit_client *client;
    struct daemon daemon;
    size_t before;

    (void)data;
    NEED(loop >= 0);
    raise_limit_of_descriptors(2 * MANY);
    daemon = start_daemon_of(&many);
    client = client_of(&daemon);
    before = count_descriptors();
    limit_descriptors(before + MANY + 10);
    queue = make_queue();
    NEED(epoll_ctl(loop, EPOLL_CTL_ADD, zinit_queue_fd(queue), &event) == 0);
    begin_many_in(&many, queue, client);
    while (many.left > 0) {
        NEED(epoll_wait(loop, &event, 1, -1) == 1 || errno == EINTR);
        take_of_many(&many, queue);
        /* The daemon prints each command, and stands still when nobody reads what it prints. */
        count_commands(&daemon);
        CHECK(count_descriptors() <= before + 3 + many.left);
        CHECK_INT(count_threads(), threads);
    }
    zinit_queue_free(queue);
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
    CHECK_INT(count_descriptors(), before + 1);
    CHECK(zinit_request_fd(request) >= 0);
    CHECK_INT(count_descriptors(), before + 3);
    do {
        size_t count = count_descriptors() - before;

        CHECK(count == 2 || count == 3);
        seen[count]++;
        wait_until_readable(zinit_request_fd(request));
    } while (zinit_request_dispatch(request, &error) == ZINIT_PENDING);
    CHECK(error == NULL);
    CHECK(seen[2] > 0 && seen[3] > 0);
    CHECK_INT(count_descriptors(), before + 2);
    zinit_request_free(request);
    CHECK_INT(count_descriptors(), before);
    zinit_client_free(client);
}

#define JSON_RPC(method) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"service_" method "\",\"params\":[\"web\"]}"
#define ON_JSON_STATUS(pid, target)                                                                                    \
    ON(JSON_RPC("status"), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{" STATUS_FIELDS("web", pid, "Running", target) "}}")

/* Until the daemon has taken a stop in, the service is looked at on a second connection, and one epoll holds both. */
static void up_to_five_descriptors_for_a_stop_that_is_on_its_way(const void *data)
{
    static const char script[] = "on " JSON_RPC("stop") "\n stay\n" ON_JSON_STATUS(7, "Up") ON_JSON_STATUS(7, "Up")
        ON_JSON_STATUS(7, "Down") ON_JSON_STATUS(7, "Down") ON_JSON_STATUS(7, "Down") ON_JSON_STATUS(0, "Down");
    struct daemon daemon = start_scripted(script);
    struct client_options options = {.daemon = &daemon, .protocol = ZINIT_PROTOCOL_JSONRPC};
    zinit_client *client = make_client(options);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    size_t before = count_descriptors();
    size_t seen[6] = {0};

    (void)data;
    CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
    CHECK(zinit_request_fd(request) >= 0);
    do {
        size_t count = count_descriptors() - before;

        CHECK(count >= 2 && count <= 5);
        seen[count]++;
        wait_until_readable(zinit_request_fd(request));
    } while (zinit_request_dispatch(request, &error) == ZINIT_PENDING);
    CHECK(error == NULL);
    /* In a pause, it is two again. */
    CHECK(seen[2] > 0 && seen[3] > 0 && seen[5] > 0);
    zinit_request_free(request);
    CHECK_INT(count_descriptors(), before);
    CHECK_INT(count_commands(&daemon), 1 + 6);
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

/* Returns whether it is over. */
static int dispatch_one_of_ten(zinit_request **requests, size_t index)
{
    /* The last one is for a service that is not there. */
    zinit_code expected = index == TEN - 1 ? ZINIT_ERR_UNKNOWN_SERVICE : ZINIT_OK;
    zinit_error *error = NULL;
    zinit_code code = zinit_request_dispatch(requests[index], &error);

    if (code == ZINIT_PENDING)
        return 0;
    if (code != expected)
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

/* The same in a queue */

static zinit_queue *add_ten(zinit_request **requests)
{
    zinit_queue *queue = make_queue();
    zinit_error *error = NULL;
    size_t i;

    for (i = 0; i < TEN; i++) {
        zinit_request_set_data(requests[i], &requests[i]);
        CHECK_OK(zinit_queue_add(queue, requests[i], &error));
    }
    return queue;
}

static void take_one_of_ten(zinit_request **requests, zinit_request *request)
{
    zinit_request **place = zinit_request_data(request);

    CHECK(place >= requests && place < requests + TEN && *place == request);
    CHECK(dispatch_one_of_ten(requests, (size_t)(place - requests)));
}

static size_t take_of_ten(zinit_queue *queue, zinit_request **requests)
{
    zinit_request *request;
    zinit_error *error = NULL;
    zinit_code code;
    size_t count = 0;

    while ((code = zinit_queue_next(queue, 0, NULL, &request, &error)) == ZINIT_OK) {
        take_one_of_ten(requests, request);
        count++;
    }
    CHECK_INT(code, ZINIT_PENDING);
    return count;
}

static void epoll_queue(zinit_request **requests, uint32_t trigger)
{
    int loop = epoll_create1(0);
    struct epoll_event event = {EPOLLIN | trigger, {0}};
    zinit_queue *queue = add_ten(requests);
    size_t left = TEN;

    NEED(loop >= 0);
    NEED(epoll_ctl(loop, EPOLL_CTL_ADD, zinit_queue_fd(queue), &event) == 0);
    while (left > 0) {
        if (epoll_wait(loop, &event, 1, -1) == 1)
            left -= take_of_ten(queue, requests);
    }
    close(loop);
    zinit_queue_free(queue);
}

static void level_triggered_queue(zinit_request **requests)
{
    epoll_queue(requests, 0);
}

static void edge_triggered_queue(zinit_request **requests)
{
    epoll_queue(requests, EPOLLET);
}

static void queue_by_poll(zinit_request **requests)
{
    zinit_queue *queue = add_ten(requests);
    struct pollfd polled = {zinit_queue_fd(queue), POLLIN, 0};
    size_t left = TEN;

    while (left > 0) {
        if (poll(&polled, 1, -1) == 1)
            left -= take_of_ten(queue, requests);
    }
    zinit_queue_free(queue);
}

static void queue_alone(zinit_request **requests)
{
    zinit_queue *queue = add_ten(requests);
    size_t left;

    for (left = TEN; left > 0; left--)
        take_one_of_ten(requests, next_of(queue));
    check_queue_pending(queue);
    zinit_queue_free(queue);
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
    zinit_error *error = NULL;
    size_t i;

    for (i = 0; i < LENGTH(names); i++)
        write_service(&daemon, names[i], "exec: sleep 1000\n");
    CHECK_OK(zinit_client_start_multiple(client, names, LENGTH(names), -1, NULL, &report, &error));
    zinit_report_free(report);
    begin_ten(client, requests);
    loop->run(requests);
    CHECK_INT(pid_of(client, "stop"), 0);
    CHECK_CONTAINS(read_file(in_case_directory("services/deploy.yaml")), "sleep 2000");
    CHECK(access(in_case_directory("services/c.yaml"), F_OK) != 0);
    zinit_client_free(client);
}

/* After a fork, and compared with the blocking call */

/* Says on a pipe whether a list has come as it should. Keeps its copies of all descriptors until it is killed. */
static void list_and_stay(const zinit_client *client, int output)
{
    zinit_service_list *list = NULL;
    char right = zinit_client_list(client, &list, NULL) == ZINIT_OK && zinit_service_list_len(list) == 1;

    zinit_service_list_free(list);
    if (write(output, &right, 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

/* The copies of its descriptors in a forked child cause no extra events, and the child can make calls of its own. */
static void a_fork_in_the_middle(const void *data)
{
    char script[8000] = ON("list", LIST_OF("\"web\":\"Running\"")) "on stop web\n wait\n" SEND(DONE);
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
        strcat(script, ON_STATUS("web", 7, "Running", "Down"));
    strcat(script, ON_STATUS("web", 0, "Success", "Down"));
    daemon = start_scripted(script);
    client = client_of(&daemon);
    NEED(pipe(channel) == 0);
    CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "stop web");
    child = fork();
    NEED(child >= 0);
    if (child == 0)
        list_and_stay(client, channel[1]);
    close(channel[1]);
    NEED(read(channel[0], &right, 1) == 1);
    CHECK_INT(right, 1);
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "list");
    go_on(&daemon);
    CHECK_OK(run_to_end(request, &dispatches, &error));
    CHECK_INT(count_commands(&daemon), 31);
    /* Two dispatches a command, for its reply and the pause behind it, and one more for a reply in two pieces. */
    if (dispatches > 3 * 32)
        fail_at(__FILE__, __LINE__, "%lu dispatches for 32 commands", (unsigned long)dispatches);
    NEED(kill(child, SIGKILL) == 0);
    NEED(waitpid(child, NULL, 0) == child);
    close(channel[0]);
    zinit_request_free(request);
    zinit_client_free(client);
}

/* While nothing changes, a request looks no more often than the blocking call. */
static void a_quiet_wait_wakes_up_as_seldom_as_the_call(const void *data)
{
    static const char script[] = ON("start web", DONE) ON_STATUS("web", 7, "Spawned", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of_script(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    size_t of_call;
    size_t of_request;
    size_t dispatches = 0;

    (void)data;
    write_file(in_case_directory("web.yaml"), "exec: sleep 1000\n");
    CHECK_FAILS(zinit_client_start_wait(client, "web", 1500, NULL, &error), ZINIT_ERR_TIMEOUT);
    zinit_error_free(error);
    of_call = count_commands(&daemon);
    CHECK_OK(zinit_client_begin_start_wait(client, "web", 1500, &request, &error));
    CHECK_FAILS(run_to_end(request, &dispatches, &error), ZINIT_ERR_TIMEOUT);
    zinit_error_free(error);
    zinit_request_free(request);
    of_request = count_commands(&daemon);
    /* Ten looks in the first 10 ms, 50 more up to 1 s, each a tenth later, then one every 100 ms. A slow machine makes
     * fewer. */
    CHECK(of_call > 1 && of_call <= 80);
    CHECK(of_request > 1 && of_request <= 80);
    /* Each command is one dispatch for its reply, and one for the pause behind it. */
    if (dispatches > 2 * of_request + 2)
        fail_at(__FILE__, __LINE__, "%lu dispatches for %lu commands", (unsigned long)dispatches,
                (unsigned long)of_request);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"a_thousand_at_once", a_thousand_at_once, NULL},
    {"a_thousand_in_a_queue", a_thousand_in_a_queue, NULL},
    {"two_or_three_descriptors", two_or_three_descriptors, NULL},
    {"up_to_five_descriptors_for_a_stop_that_is_on_its_way", up_to_five_descriptors_for_a_stop_that_is_on_its_way,
     NULL},
    {"ten_on_a_level_triggered_epoll", ten_on_a_loop, &(const struct loop){level_triggered}},
    {"ten_on_an_edge_triggered_epoll", ten_on_a_loop, &(const struct loop){edge_triggered}},
    {"ten_on_poll", ten_on_a_loop, &(const struct loop){by_poll}},
    {"ten_in_a_queue", ten_on_a_loop, &(const struct loop){queue_alone}},
    {"ten_in_a_queue_on_a_level_triggered_epoll", ten_on_a_loop, &(const struct loop){level_triggered_queue}},
    {"ten_in_a_queue_on_an_edge_triggered_epoll", ten_on_a_loop, &(const struct loop){edge_triggered_queue}},
    {"ten_in_a_queue_on_poll", ten_on_a_loop, &(const struct loop){queue_by_poll}},
    {"a_fork_in_the_middle", a_fork_in_the_middle, NULL},
    {"a_quiet_wait_wakes_up_as_seldom_as_the_call", a_quiet_wait_wakes_up_as_seldom_as_the_call, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
