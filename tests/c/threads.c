/* Requests, watches and cancels in several threads; the suite c-threads runs this under helgrind. */
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"
#include "streams.h"

static void *finish_request(void *request)
{
    zinit_error *error = NULL;

    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_INT(zinit_report_code(zinit_request_report(request), 0), ZINIT_OK);
    zinit_request_free(request);
    return NULL;
}

static void begun_in_one_thread_and_finished_in_another(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    pthread_t thread;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
    CHECK(zinit_request_dispatch(request, &error) >= ZINIT_OK);
    NEED(pthread_create(&thread, NULL, finish_request, request) == 0);
    NEED(pthread_join(thread, NULL) == 0);
    zinit_client_free(client);
}

static void *stop_and_start(void *data)
{
    const zinit_client *client = data;
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    int round;

    for (round = 0; round < 10; round++) {
        CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
        CHECK_OK(run_to_end(request, NULL, &error));
        zinit_request_free(request);
        CHECK_OK(zinit_client_begin_list(client, &request, &error));
        CHECK_OK(run_to_end(request, NULL, &error));
        CHECK_INT(zinit_service_list_len(zinit_request_service_list(request)), 1);
        zinit_request_free(request);
        /* A request that is freed before its end. */
        CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &request, &error));
        zinit_request_free(request);
    }
    return NULL;
}

static void requests_of_one_client_in_two_threads(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    pthread_t threads[2];
    int i;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    for (i = 0; i < 2; i++)
        NEED(pthread_create(&threads[i], NULL, stop_and_start, client) == 0);
    for (i = 0; i < 2; i++)
        NEED(pthread_join(threads[i], NULL) == 0);
    zinit_client_free(client);
}

/* Several threads that wait on one epoll, each request with one of them at a time. */

#define REQUESTS 20

struct pool {
    int loop;
    zinit_request *requests[REQUESTS];
    pthread_mutex_t lock;
    size_t left;
};

static void *serve(void *data)
{
    struct pool *pool = data;

    for (;;) {
        struct epoll_event event;
        zinit_error *error = NULL;
        zinit_code code;
        size_t left;
        size_t index;

        NEED(pthread_mutex_lock(&pool->lock) == 0);
        left = pool->left;
        NEED(pthread_mutex_unlock(&pool->lock) == 0);
        if (left == 0)
            return NULL;
        if (epoll_wait(pool->loop, &event, 1, 50) != 1)
            continue;
        index = event.data.u32;
        /* The system hands a request from thread to thread; the lock is for helgrind, which does not know that. */
        NEED(pthread_mutex_lock(&pool->lock) == 0);
        code = zinit_request_dispatch(pool->requests[index], &error);
        if (code == ZINIT_PENDING) {
            event.events = EPOLLIN | EPOLLONESHOT;
            NEED(epoll_ctl(pool->loop, EPOLL_CTL_MOD, zinit_request_fd(pool->requests[index]), &event) == 0);
        } else {
            CHECK_OK(code);
            zinit_request_free(pool->requests[index]);
            pool->left--;
        }
        NEED(pthread_mutex_unlock(&pool->lock) == 0);
    }
}

static void several_threads_on_one_epoll(const void *data)
{
    static const char script[] = ON("stop web", DONE) ON_STATUS("web", 7, "Running", "Down")
        ON_STATUS("web", 7, "Running", "Down") ON_STATUS("web", 0, "Success", "Down")
        /* Waits that are due together share a list. */
        ON("list", LIST_OF("\"web\":\"Running\"")) ON("list", LIST_OF("\"web\":\"Success\""));
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    struct pool pool;
    pthread_t threads[4];
    size_t i;

    (void)data;
    pool.loop = epoll_create1(0);
    NEED(pool.loop >= 0 && pthread_mutex_init(&pool.lock, NULL) == 0);
    pool.left = REQUESTS;
    for (i = 0; i < REQUESTS; i++) {
        struct epoll_event event = {EPOLLIN | EPOLLONESHOT, {0}};

        event.data.u32 = (uint32_t)i;
        CHECK_OK(zinit_client_begin_stop_wait(client, "web", -1, &pool.requests[i], &error));
        NEED(epoll_ctl(pool.loop, EPOLL_CTL_ADD, zinit_request_fd(pool.requests[i]), &event) == 0);
    }
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_create(&threads[i], NULL, serve, &pool) == 0);
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_join(threads[i], NULL) == 0);
    pthread_mutex_destroy(&pool.lock);
    close(pool.loop);
    zinit_client_free(client);
}

struct waiting {
    zinit_client *client;
    zinit_cancel *cancel;
};

static void *wait_to_be_cancelled(void *data)
{
    struct waiting *waiting = data;
    zinit_error *error = NULL;

    CHECK_FAILS(zinit_client_stop_wait(waiting->client, "web", -1, waiting->cancel, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    return NULL;
}

static void *watch_to_be_cancelled(void *data)
{
    struct waiting *waiting = data;
    zinit_watch *watch = NULL;
    zinit_error *error = NULL;
    const zinit_change *change;

    CHECK_OK(zinit_client_watch(waiting->client, NULL, 0, 0, &watch, &error));
    CHECK_FAILS(zinit_watch_next(watch, -1, waiting->cancel, &change, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    zinit_watch_free(watch);
    return NULL;
}

static void a_cancel_in_several_threads(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    struct waiting waiting;
    zinit_error *error = NULL;
    pthread_t threads[4];
    char command[100];
    size_t i;

    (void)data;
    waiting.client = client_of(&daemon);
    CHECK_OK(zinit_cancel_new(&waiting.cancel, &error));
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_create(&threads[i], NULL, i % 2 ? wait_to_be_cancelled : watch_to_be_cancelled, &waiting) == 0);
    for (i = 0; i < LENGTH(threads); i++)
        next_command(&daemon, command, sizeof command);
    zinit_cancel_trigger(waiting.cancel);
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_join(threads[i], NULL) == 0);
    zinit_cancel_free(waiting.cancel);
    zinit_client_free(waiting.client);
}

/* A report and an error are read by several threads at once. */

static void *read_report(void *data)
{
    const zinit_report *report = data;
    int round;

    for (round = 0; round < 50; round++) {
        CHECK_TEXT(zinit_report_name(report, 0), "web");
        CHECK_INT(zinit_report_code(report, 0), ZINIT_ERR_DAEMON);
        CHECK_CONTAINS(zinit_error_message(zinit_report_error(report, 0)), "web");
        CHECK_TEXT(zinit_error_service(zinit_report_error(report, 0)), "web");
        CHECK_TEXT(zinit_error_daemon_message(zinit_report_error(report, 0)), "EINVAL: Invalid argument");
    }
    return NULL;
}

static void *read_report_of_request(void *request)
{
    return read_report((void *)zinit_request_report(request));
}

static void many_readers_of_one_report(const void *data)
{
    static const char *const names[] = {"web"};
    struct daemon daemon = start_scripted(ON("*", REFUSAL("EINVAL: Invalid argument")));
    zinit_client *client = client_of(&daemon);
    zinit_report *report = NULL;
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    pthread_t threads[4];
    size_t i;

    (void)data;
    CHECK_FAILS(zinit_client_stop_multiple(client, names, 1, -1, NULL, &report, &error), ZINIT_ERR_DAEMON);
    zinit_error_free(error);
    CHECK_OK(zinit_client_begin_stop_multiple(client, names, 1, -1, &request, &error));
    CHECK_FAILS(run_to_end(request, NULL, &error), ZINIT_ERR_DAEMON);
    zinit_error_free(error);
    /* It is made when it is first asked for, by atomics, which helgrind does not know. */
    CHECK(zinit_request_report(request) != NULL);
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_create(&threads[i], NULL, i % 2 ? read_report_of_request : read_report,
                            i % 2 ? (void *)request : (void *)report) == 0);
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_join(threads[i], NULL) == 0);
    zinit_report_free(report);
    zinit_request_free(request);
    zinit_client_free(client);
}

/* The library searches a reply that comes in parts, and lines. The first search of a kind picks how to search on this
   processor, for all threads. */

static void *search(void *data)
{
    const zinit_client *client = data;
    zinit_status *status = NULL;
    zinit_log_stream *stream = open_log(client, "web", -1, 0);
    const zinit_log_line *line = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_log_stream_next(stream, -1, NULL, &line, &error));
    zinit_log_stream_free(stream);
    CHECK_OK(zinit_client_status(client, "sql", &status, &error));
    CHECK_INT(zinit_status_pid(status), 7);
    zinit_status_free(status);
    return NULL;
}

static void the_first_searches_in_several_threads(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" send [+] web: 1\n" NEWLINE " send [+] web: 2\n" NEWLINE) "on status sql\n"
        " send {\"state\":\"ok\",\"body\":{\"name\":\"sql\",\"\\\n pause 20\n"
        " send \"\":{},\"pid\":7,\"state\":\"Running\",\"target\":\"Up\",\"after\":{}}}\n");
    zinit_client *client = client_of(&daemon);
    pthread_t threads[3];
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_create(&threads[i], NULL, search, client) == 0);
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_join(threads[i], NULL) == 0);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"begun_in_one_thread_and_finished_in_another", begun_in_one_thread_and_finished_in_another, NULL},
    {"requests_of_one_client_in_two_threads", requests_of_one_client_in_two_threads, NULL},
    {"several_threads_on_one_epoll", several_threads_on_one_epoll, NULL},
    {"a_cancel_in_several_threads", a_cancel_in_several_threads, NULL},
    {"many_readers_of_one_report", many_readers_of_one_report, NULL},
    {"the_first_searches_in_several_threads", the_first_searches_in_several_threads, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
