/* A queue of requests: what it returns and when, and what it holds of the system. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "refusals.h"
#include "replies.h"
#include "streams.h"

/* In the place of the system's: the library finds this one, too. Lets a queue's epoll refuse a descriptor, as the
 * system does where it has no memory, or where a user waits for too many. */

static int additions_left = -1; /* below 0: any number */

long syscall(long number, ...);

int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && additions_left >= 0 && additions_left-- == 0) {
        errno = ENOSPC;
        return -1;
    }
    return (int)syscall(SYS_epoll_ctl, epoll, operation, descriptor, event);
}

static void check_dispatch(zinit_request *request, zinit_code expected)
{
    zinit_error *error = NULL;

    CHECK_INT(zinit_request_dispatch(request, &error), expected);
    CHECK_INT(zinit_error_code(error), expected < 0 ? expected : ZINIT_OK);
    zinit_error_free(error);
}

/* The next one must be this one, and over. Frees it. */
static void take(zinit_queue *queue, zinit_request *request, zinit_code expected)
{
    CHECK(next_of(queue) == request);
    check_dispatch(request, expected);
    zinit_request_free(request);
}

static zinit_request *begin_list(const zinit_client *client)
{
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_client_begin_list(client, &request, &error));
    return request;
}

static zinit_request *begin_stop_wait(const zinit_client *client, const char *name)
{
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_client_begin_stop_wait(client, name, -1, &request, &error));
    return request;
}

/* Arguments */

static void wrong_arguments(const void *data)
{
    struct daemon daemon = start_scripted(ON("list", LIST_OF("")));
    zinit_client *client = client_of(&daemon);
    zinit_queue *queue = make_queue();
    zinit_options *options = zinit_options_new();
    zinit_request *mine = begin_list(client);
    zinit_request *request;
    zinit_error *error = NULL;

    (void)data;
    REFUSES_ARGUMENT("queue", zinit_queue_new, NULL);
    REFUSES_ARGUMENT("options", zinit_options_set_queue, NULL, queue);
    CHECK_OK(zinit_options_set_queue(options, NULL, &error));
    REFUSES_ARGUMENT("request", zinit_queue_next, queue, 0, NULL, NULL);
    REFUSES_AND_EMPTIES("queue", request, GARBAGE, zinit_queue_next, NULL, 0, NULL, &request);
    REFUSES_AND_EMPTIES("timeout_ms", request, GARBAGE, zinit_queue_next, queue, -2, NULL, &request);
    REFUSES_AND_EMPTIES("timeout_ms", request, GARBAGE, zinit_queue_next, queue, INT64_MIN, NULL, &request);
    REFUSES_ARGUMENT("request", zinit_request_wait, NULL, 0);
    REFUSES_ARGUMENT("timeout_ms", zinit_request_wait, mine, -2);
    REFUSES_ARGUMENT("queue", zinit_queue_add, NULL, mine);
    REFUSES_ARGUMENT("request", zinit_queue_add, queue, NULL);
    CHECK_OK(zinit_queue_add(queue, mine, &error));
    REFUSES_ARGUMENT("request", zinit_queue_add, queue, mine);
    REFUSES_ARGUMENT("request", zinit_request_wait, mine, -1);
    CHECK_INT(zinit_request_fd(mine), -1);
    take(queue, mine, ZINIT_OK);

    CHECK_INT(zinit_queue_fd(NULL), -1);
    zinit_queue_set_leaves_files(NULL, 1);
    zinit_request_set_data(NULL, &daemon);
    CHECK(zinit_request_data(NULL) == NULL);
    CHECK(zinit_log_stream_request(NULL) == NULL && zinit_watch_request(NULL) == NULL);
    zinit_queue_free(NULL);
    zinit_options_free(options);
    zinit_queue_free(queue);
    zinit_client_free(client);
}

static void what_is_not_for_a_request_of_a_stream(const void *data)
{
    struct daemon daemon = start_scripted(LOG(SEND("[+] web: hello") NEWLINE));
    zinit_queue *queue = make_queue();
    zinit_client *client = client_in(queue, &daemon);
    zinit_log_stream *log = open_log(client, "web", -1, 0);
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_request *of_log = zinit_log_stream_request(log);
    zinit_request *of_watch = zinit_watch_request(watch);

    (void)data;
    CHECK(of_log != NULL && of_watch != NULL && of_log != of_watch);
    REFUSES_ARGUMENT("request", zinit_request_dispatch, of_log);
    REFUSES_ARGUMENT("request", zinit_request_dispatch, of_watch);
    REFUSES_ARGUMENT("request", zinit_request_wait, of_log, 0);
    REFUSES_ARGUMENT("request", zinit_queue_add, queue, of_watch);
    CHECK_INT(zinit_request_fd(of_log), -1);
    CHECK_INT(zinit_request_is_before_file(of_log), 0);
    CHECK(zinit_request_report(of_log) == NULL && zinit_request_service_list(of_log) == NULL);
    zinit_request_set_data(of_log, &daemon);
    CHECK(zinit_request_data(of_log) == &daemon && zinit_request_data(of_watch) == NULL);
    /* A loop that frees whatever the queue returns does no harm. */
    zinit_request_free(of_log);
    CHECK(zinit_request_data(of_log) == &daemon);
    check_next_line(log, "web stdout hello;");
    zinit_watch_free(watch);
    zinit_log_stream_free(log);
    zinit_client_free(client);
    zinit_queue_free(queue);
}

/* What is returned, and when */

struct seen {
    int list, stop, group, lines, changes;
};

static void read_log(zinit_log_stream *log, struct seen *seen)
{
    const zinit_log_line *line;
    zinit_error *error = NULL;
    zinit_code code;

    while ((code = zinit_log_stream_next(log, 0, NULL, &line, &error)) == ZINIT_OK)
        seen->lines += strcmp(zinit_log_line_text(line), "tick") == 0;
    CHECK_INT(code, ZINIT_PENDING);
}

static void read_watch(zinit_watch *watch, struct seen *seen)
{
    const zinit_change *change;
    zinit_error *error = NULL;
    zinit_code code;

    while ((code = zinit_watch_next(watch, 0, NULL, &change, &error)) == ZINIT_OK)
        seen->changes += strcmp(zinit_change_service(change), "stop") == 0 &&
                         zinit_change_kind(change) == ZINIT_CHANGE_STATE;
    CHECK_INT(code, ZINIT_PENDING);
}

/* Takes what the queue returns until all has been seen that is to come, and new lines and the change besides. */
static void see_all(zinit_queue *queue, zinit_log_stream *log, zinit_watch *watch, struct seen *seen)
{
    while (seen->list == 0 || seen->stop == 0 || seen->group == 0 || seen->lines < 5 || seen->changes == 0) {
        zinit_request *request = next_of(queue);
        int *count = zinit_request_data(request);

        if (count == &seen->lines) {
            CHECK(request == zinit_log_stream_request(log));
            read_log(log, seen);
        } else if (count == &seen->changes) {
            CHECK(request == zinit_watch_request(watch));
            read_watch(watch, seen);
        } else {
            check_dispatch(request, ZINIT_OK);
            ++*count;
            zinit_request_free(request);
        }
    }
}

static void a_call_a_wait_a_group_a_log_and_a_watch(const void *data)
{
    static const char *const names[] = {"a", "b"};
    struct daemon daemon = start_zinit();
    size_t before = count_descriptors();
    zinit_queue *queue = make_queue();
    zinit_client *client = client_in(queue, &daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    struct seen seen = {0};
    zinit_log_stream *log;
    zinit_watch *watch;

    (void)data;
    add_service(&daemon, client, "stop", "exec: sleep 1000\n");
    add_service(&daemon, client, "talk", "exec: sh -c 'while :; do echo tick; sleep 0.02; done'\n");
    write_service(&daemon, "a", "exec: sleep 1000\n");
    write_service(&daemon, "b", "exec: sleep 1000\n");
    wait_for_state(client, "stop", ZINIT_STATE_RUNNING);
    log = open_log(client, "talk", 0, 1);
    zinit_request_set_data(zinit_log_stream_request(log), &seen.lines);
    watch = open_watch(client, NULL, 0);
    zinit_request_set_data(zinit_watch_request(watch), &seen.changes);
    /* The watch has looked for the first time, so that it sees the change. */
    CHECK_INT(zinit_change_kind(next_change(watch)), ZINIT_CHANGE_APPEARED);
    read_watch(watch, &seen);
    zinit_request_set_data(begin_list(client), &seen.list);
    zinit_request_set_data(begin_stop_wait(client, "stop"), &seen.stop);
    CHECK_OK(zinit_client_begin_start_multiple(client, names, 2, -1, &request, &error));
    zinit_request_set_data(request, &seen.group);
    see_all(queue, log, watch, &seen);
    CHECK(seen.list == 1 && seen.stop == 1 && seen.group == 1);
    CHECK_INT(pid_of(client, "stop"), 0);
    zinit_log_stream_free(log);
    zinit_watch_free(watch);
    check_queue_pending(queue);
    zinit_queue_free(queue);
    zinit_client_free(client);
    CHECK_INT(count_descriptors(), before);
}

static void a_log_is_returned_to_its_end(const void *data)
{
    struct daemon daemon = start_scripted(LOG(SEND("[+] web: one") NEWLINE));
    zinit_queue *queue = make_queue();
    zinit_client *client = client_in(queue, &daemon);
    zinit_log_stream *log = open_log(client, "web", -1, 0);
    const zinit_log_line *line;
    zinit_error *error = NULL;
    zinit_code code;
    int lines = 0;

    (void)data;
    do {
        CHECK(next_of(queue) == zinit_log_stream_request(log));
        while ((code = zinit_log_stream_next(log, 0, NULL, &line, &error)) == ZINIT_OK)
            lines++;
        CHECK(error == NULL);
    } while (code == ZINIT_PENDING);
    CHECK_INT(code, ZINIT_END);
    CHECK_INT(lines, 1);
    /* Not until a ZINIT_PENDING, which does not come any more. */
    check_queue_pending(queue);
    zinit_log_stream_free(log);
    zinit_queue_free(queue);
    zinit_client_free(client);
}

static void over_when_it_is_added(const void *data)
{
    struct daemon daemon = start_scripted(ON("list", LIST_OF("")));
    zinit_client *client = client_of(&daemon);
    zinit_queue *queue = make_queue();
    zinit_request *request = begin_list(client);
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_request_wait(request, -1, &error));
    CHECK_OK(zinit_queue_add(queue, request, &error));
    CHECK(is_readable(zinit_queue_fd(queue), 0));
    take(queue, request, ZINIT_OK);
    check_queue_pending(queue);
    CHECK(!is_readable(zinit_queue_fd(queue), 0));
    /* Freed before it is returned. */
    request = begin_list(client);
    CHECK_OK(zinit_request_wait(request, -1, &error));
    CHECK_OK(zinit_queue_add(queue, request, &error));
    zinit_request_free(request);
    check_queue_pending(queue);
    CHECK(!is_readable(zinit_queue_fd(queue), 0));
    zinit_queue_free(queue);
    zinit_client_free(client);
}

static void added_after_it_was_in_a_loop(const void *data)
{
    struct daemon daemon = start_scripted("on stop web\n wait\n" SEND(DONE) ON_STATUS("web", 7, "Running", "Down")
                                              ON_STATUS("web", 0, "Success", "Down"));
    zinit_client *client = client_of(&daemon);
    zinit_queue *queue = make_queue();
    size_t before = count_descriptors();
    zinit_request *request = begin_stop_wait(client, "web");
    zinit_error *error = NULL;

    (void)data;
    CHECK_INT(count_descriptors(), before + 1);
    CHECK(zinit_request_fd(request) >= 0);
    CHECK_INT(count_descriptors(), before + 3);
    CHECK(!is_readable(zinit_request_fd(request), 0));
    CHECK_OK(zinit_queue_add(queue, request, &error));
    CHECK_INT(count_descriptors(), before + 1);
    CHECK_INT(zinit_request_fd(request), -1);
    check_queue_pending(queue);
    go_on(&daemon);
    take(queue, request, ZINIT_OK);
    CHECK_INT(count_commands(&daemon), 3);
    CHECK_INT(count_descriptors(), before);
    zinit_queue_free(queue);
    zinit_client_free(client);
}

static void a_daemon_that_is_not_there(const void *data)
{
    struct client_options options = {0};
    zinit_queue *queue = make_queue();
    size_t before = count_descriptors();
    zinit_request *requests[2];
    zinit_client *client;
    size_t i;

    (void)data;
    options.socket_path = in_case_directory("no.sock");
    options.queue = queue;
    client = make_client(options);
    requests[0] = begin_list(client);
    requests[1] = begin_stop_wait(client, "web");
    for (i = 0; i < 2; i++)
        take(queue, requests[i], ZINIT_ERR_NOT_RUNNING);
    check_queue_pending(queue);
    CHECK_INT(count_descriptors(), before);
    zinit_client_free(client);
    zinit_queue_free(queue);
}

/* A time that is over is the request's own, and comes without any other event. */
static void a_daemon_that_does_not_answer(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    struct client_options options = {0};
    zinit_queue *queue = make_queue();
    zinit_client *client;
    zinit_request *request;

    (void)data;
    options.daemon = &daemon;
    options.queue = queue;
    options.io_timeout_ms = 100;
    client = make_client(options);
    request = begin_list(client);
    CHECK(is_readable(zinit_queue_fd(queue), -1));
    take(queue, request, ZINIT_ERR_NO_REPLY);
    zinit_client_free(client);
    zinit_queue_free(queue);
}

static void timeouts(const void *data)
{
    struct daemon daemon = start_scripted("on list\n wait\n" SEND(LIST_OF("")));
    zinit_queue *queue = make_queue();
    zinit_client *client = client_in(queue, &daemon);
    zinit_request *request;
    zinit_request *seen = GARBAGE;
    zinit_error *error = GARBAGE;

    (void)data;
    check_queue_pending(queue);
    CHECK_INT(zinit_queue_next(queue, 20, NULL, &seen, &error), ZINIT_PENDING);
    CHECK(seen == NULL && error == NULL);
    request = begin_list(client);
    check_queue_pending(queue);
    CHECK_INT(zinit_queue_next(queue, 20, NULL, &seen, &error), ZINIT_PENDING);
    CHECK(seen == NULL && error == NULL);
    go_on(&daemon);
    CHECK_OK(zinit_queue_next(queue, INT64_MAX, NULL, &seen, &error));
    CHECK(seen == request);
    zinit_request_free(request);
    zinit_client_free(client);
    zinit_queue_free(queue);
}

static void waiting_for_one_request(const void *data)
{
    struct daemon daemon = start_scripted("on list\n wait\n" SEND(LIST_OF("")));
    zinit_client *client = client_of(&daemon);
    size_t before = count_descriptors();
    zinit_request *request = begin_list(client);
    zinit_error *error = NULL;
    int round;

    (void)data;
    CHECK_INT(zinit_request_wait(request, 0, &error), ZINIT_PENDING);
    CHECK_INT(zinit_request_wait(request, 20, &error), ZINIT_PENDING);
    CHECK(error == NULL);
    CHECK_INT(count_descriptors(), before + 1);
    go_on(&daemon);
    CHECK_OK(zinit_request_wait(request, -1, &error));
    CHECK_OK(zinit_request_wait(request, 0, &error));
    CHECK(zinit_request_service_list(request) != NULL);
    zinit_request_free(request);
    /* Again and again without time, also of one with a descriptor. */
    for (round = 0; round < 2; round++) {
        zinit_code code;

        request = begin_list(client);
        CHECK(round == 0 || zinit_request_fd(request) >= 0);
        go_on(&daemon);
        while ((code = zinit_request_wait(request, 0, &error)) == ZINIT_PENDING)
            continue;
        CHECK_OK(code);
        CHECK(round == 0 || is_readable(zinit_request_fd(request), 0));
        zinit_request_free(request);
    }
    CHECK_INT(count_descriptors(), before);
    zinit_client_free(client);
}

static void *cancel_later(void *cancel)
{
    zinit_cancel_trigger(cancel);
    return NULL;
}

static void a_cancel_ends_the_call_and_no_request(const void *data)
{
    struct daemon daemon = start_scripted("on list\n wait\n" SEND(LIST_OF("")));
    zinit_queue *queue = make_queue();
    zinit_client *client = client_in(queue, &daemon);
    zinit_request *request = begin_list(client);
    zinit_request *seen = GARBAGE;
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    pthread_t thread;

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    NEED(pthread_create(&thread, NULL, cancel_later, cancel) == 0);
    CHECK_FAILS(zinit_queue_next(queue, -1, cancel, &seen, &error), ZINIT_ERR_CANCELLED);
    NEED(pthread_join(thread, NULL) == 0);
    CHECK(seen == NULL);
    check_not_sent(error);
    go_on(&daemon);
    CHECK(is_readable(zinit_queue_fd(queue), -1));
    CHECK_FAILS(zinit_queue_next(queue, 0, cancel, &seen, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    take(queue, request, ZINIT_OK);
    zinit_cancel_free(cancel);
    zinit_client_free(client);
    zinit_queue_free(queue);
}

/* Files */

static zinit_request *begin_deploy(const zinit_client *client)
{
    zinit_service *service = zinit_service_new();
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_service_set_exec(service, "sleep 2000", &error));
    CHECK_OK(zinit_client_begin_deploy(client, "web", service, -1, -1, &request, &error));
    zinit_service_free(service);
    return request;
}

static void *dispatch(void *request)
{
    CHECK_INT(zinit_request_is_before_file(request), 1);
    check_dispatch(request, ZINIT_PENDING);
    return NULL;
}

static void files_are_left_to_another_thread(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_queue *queue = make_queue();
    zinit_client *client = client_in(queue, &daemon);
    zinit_request *request;
    zinit_error *error = NULL;
    int times = 0;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    zinit_queue_set_leaves_files(queue, 1);
    request = begin_deploy(client);
    CHECK_INT(zinit_request_is_before_file(request), 1);
    for (;;) {
        pthread_t thread;

        CHECK(next_of(queue) == request);
        if (!zinit_request_is_before_file(request))
            break;
        check_queue_pending(queue);
        NEED(pthread_create(&thread, NULL, dispatch, request) == 0);
        NEED(pthread_join(thread, NULL) == 0);
        times++;
    }
    /* The new file is prepared before the stop, and put in place after it. */
    CHECK(times >= 2);
    CHECK_OK(zinit_request_dispatch(request, &error));
    check_queue_pending(queue);
    zinit_request_free(request);
    CHECK_CONTAINS(read_file(in_case_directory("services/web.yaml")), "sleep 2000");
    zinit_queue_set_leaves_files(queue, 0);
    take(queue, begin_deploy(client), ZINIT_OK);
    zinit_client_free(client);
    zinit_queue_free(queue);
}

/* Its caller continues it by dispatches alone, without a word from the queue. It is returned once all the same. */
static void dispatched_unasked(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_queue *queue = make_queue();
    zinit_client *client = client_in(queue, &daemon);
    zinit_request *request;
    zinit_error *error = NULL;
    zinit_code code;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    zinit_queue_set_leaves_files(queue, 1);
    CHECK_OK(zinit_client_begin_start_wait(client, "web", -1, &request, &error));
    while ((code = zinit_request_dispatch(request, &error)) == ZINIT_PENDING)
        pause_ms(1);
    CHECK_OK(code);
    CHECK(next_of(queue) == request);
    check_queue_pending(queue);
    zinit_request_free(request);
    check_queue_pending(queue);
    zinit_client_free(client);
    zinit_queue_free(queue);
}

/* The ends of requests, queues and processes */

/* The timer may still be set for a request that is gone: then the queue is readable once more. */
static void check_nothing_to_do(zinit_queue *queue)
{
    do
        check_queue_pending(queue);
    while (is_readable(zinit_queue_fd(queue), 0));
}

static void freed_in_mid_air(const void *data)
{
    struct daemon daemon = start_scripted(ON("list", LIST_OF("")) NEVER_STOPS "on *\n stay\n");
    zinit_queue *queue = make_queue();
    zinit_client *client = client_in(queue, &daemon);
    size_t before = count_descriptors();
    zinit_request *mute = NULL;
    zinit_request *stop;
    zinit_error *error = NULL;
    int round;

    (void)data;
    for (round = 0; round < 20; round++) {
        CHECK_OK(zinit_client_begin_status(client, "mute", &mute, &error));
        stop = begin_stop_wait(client, "web");
        /* Meanwhile the stop goes on, to another point each time. */
        for (; round > 10 && count_descriptors() != before + 1;)
            check_queue_pending(queue);
        take(queue, begin_list(client), ZINIT_OK);
        zinit_request_free(mute);
        zinit_request_free(stop);
        CHECK_INT(count_descriptors(), before);
        check_nothing_to_do(queue);
    }
    zinit_client_free(client);
    zinit_queue_free(queue);
}

/* Both are over, and one of them is freed before it is returned. */
static void freed_when_it_is_over(const void *data)
{
    struct daemon daemon = start_scripted(ON("list", LIST_OF("")));
    zinit_queue *queue = make_queue();
    zinit_client *client = client_in(queue, &daemon);
    size_t before = count_descriptors();
    zinit_request *requests[2];
    zinit_request *first;
    zinit_request *other;

    (void)data;
    requests[0] = begin_list(client);
    requests[1] = begin_list(client);
    first = next_of(queue);
    CHECK(first == requests[0] || first == requests[1]);
    other = requests[first == requests[0]];
    while (zinit_request_dispatch(other, NULL) == ZINIT_PENDING)
        pause_ms(1);
    zinit_request_free(other);
    check_queue_pending(queue);
    zinit_request_free(first);
    check_queue_pending(queue);
    CHECK_INT(count_descriptors(), before);
    zinit_client_free(client);
    zinit_queue_free(queue);
}

static void freed_before_or_after_its_queue(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    size_t before = count_descriptors();
    int order;

    (void)data;
    for (order = 0; order < 3; order++) {
        zinit_queue *queue = make_queue();
        zinit_client *client = client_in(queue, &daemon);
        zinit_request *request = begin_list(client);
        zinit_log_stream *log = open_log(client, NULL, -1, 1);

        CHECK_INT(zinit_queue_fd(queue) >= 0, 1);
        if (order == 0)
            zinit_queue_free(queue);
        if (order == 1)
            zinit_client_free(client);
        zinit_request_free(request);
        zinit_log_stream_free(log);
        if (order != 0)
            zinit_queue_free(queue);
        if (order != 1)
            zinit_client_free(client);
        CHECK_INT(count_descriptors(), before);
    }
}

/* A child that is forked while requests are under way. */
static pid_t fork_child(int closes)
{
    pid_t child = fork();
    int descriptor;

    NEED(child >= 0);
    if (child == 0) {
        for (descriptor = 3; closes && descriptor < 1024; descriptor++)
            close(descriptor);
        if (closes)
            _exit(0);
        for (;;)
            pause();
    }
    if (closes)
        NEED(waitpid(child, NULL, 0) == child);
    return child;
}

/* Whether it closes what it has inherited, or keeps it. */
static void a_forked_child_does_not_disturb(const void *data)
{
    struct daemon daemon = start_scripted("on list\n wait\n" SEND(LIST_OF("")) STOPS_SLOWLY "on log*\n stay\n");
    int closes;
    int i;

    (void)data;
    for (closes = 0; closes < 2; closes++) {
        zinit_queue *queue = make_queue();
        zinit_client *client = client_in(queue, &daemon);
        zinit_request *list = begin_list(client);
        zinit_request *freed = begin_list(client);
        zinit_log_stream *log = open_log(client, NULL, -1, 1);
        pid_t child = fork_child(closes);

        zinit_request_free(freed);
        zinit_log_stream_free(log);
        /* The list, the one that was freed, and the one that the log has begun with. */
        for (i = 0; i < 3; i++)
            go_on(&daemon);
        take(queue, list, ZINIT_OK);
        take(queue, begin_stop_wait(client, "web"), ZINIT_OK);
        /* Of what is closed here, nothing is readable in the child. */
        check_nothing_to_do(queue);
        if (!closes) {
            NEED(kill(child, SIGKILL) == 0);
            NEED(waitpid(child, NULL, 0) == child);
        }
        zinit_client_free(client);
        zinit_queue_free(queue);
    }
}

/* The system is short of something */

static void no_descriptor_for_a_queue(const void *data)
{
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
    for (left = 0; left < 3; left++) {
        zinit_queue *queue = GARBAGE;
        zinit_error *error = NULL;

        CHECK_FAILS(zinit_queue_new(&queue, &error), ZINIT_ERR_IO);
        CHECK_INT(zinit_error_os_errno(error), EMFILE);
        CHECK(queue == NULL);
        zinit_error_free(error);
        close(taken[--count]);
    }
    zinit_queue_free(make_queue());
    while (count > 0)
        close(taken[--count]);
}

static void the_system_refuses_to_wait(const void *data)
{
    struct daemon daemon = start_scripted(ON("list", LIST_OF("")) STOPS_SLOWLY);
    zinit_queue *queue = make_queue();
    zinit_client *client = client_of(&daemon);
    zinit_client *in_queue = client_in(queue, &daemon);
    size_t before = count_descriptors();
    zinit_request *request;
    zinit_request *none = GARBAGE;
    zinit_error *error = NULL;

    (void)data;
    /* It is in no queue then, and goes on as any other. */
    request = begin_list(client);
    additions_left = 0;
    CHECK_FAILS(zinit_queue_add(queue, request, &error), ZINIT_ERR_IO);
    CHECK_INT(zinit_error_os_errno(error), ENOSPC);
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    check_queue_pending(queue);
    CHECK_OK(finish(request, &error));
    /* Nor has a descriptor that waits for nothing been made. */
    request = begin_list(client);
    additions_left = 1;
    CHECK_INT(zinit_request_fd(request), -1);
    CHECK_OK(finish(request, &error));
    /* The command was sent, but there is nobody to wait for the reply. */
    additions_left = 0;
    CHECK_FAILS(zinit_client_begin_list(in_queue, &none, &error), ZINIT_ERR_IO);
    CHECK_INT(zinit_error_os_errno(error), ENOSPC);
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    CHECK(none == NULL);
    /* Later on, it is the end of the request. */
    request = begin_stop_wait(in_queue, "web");
    additions_left = 0;
    take(queue, request, ZINIT_ERR_IO);
    check_queue_pending(queue);
    CHECK_INT(count_descriptors(), before);
    zinit_client_free(in_queue);
    zinit_client_free(client);
    zinit_queue_free(queue);
}

#define CASE(name) {#name, name, NULL}

static const struct test_case cases[] = {
    CASE(wrong_arguments),
    CASE(what_is_not_for_a_request_of_a_stream),
    CASE(a_call_a_wait_a_group_a_log_and_a_watch),
    CASE(a_log_is_returned_to_its_end),
    CASE(over_when_it_is_added),
    CASE(added_after_it_was_in_a_loop),
    CASE(a_daemon_that_is_not_there),
    CASE(a_daemon_that_does_not_answer),
    CASE(timeouts),
    CASE(waiting_for_one_request),
    CASE(a_cancel_ends_the_call_and_no_request),
    CASE(files_are_left_to_another_thread),
    CASE(dispatched_unasked),
    CASE(freed_in_mid_air),
    CASE(freed_when_it_is_over),
    CASE(freed_before_or_after_its_queue),
    CASE(a_forked_child_does_not_disturb),
    CASE(no_descriptor_for_a_queue),
    CASE(the_system_refuses_to_wait),
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
