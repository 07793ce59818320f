/* The threads of the process: none is started, many use one client, and one that is cancelled ends after its call. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "calls.h"
#include "everything.h"
#include "replies.h"
#include "streams.h"
#include "waiting.h"

static void a_cancelled_thread_ends_after_its_call(const void *data)
{
    struct daemon daemon = start_scripted("on *\n wait\n" SEND(STATUS_OF("web", 7, "Running", "Up")));
    zinit_client *client = client_of(&daemon);
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    struct call call;
    char command[100];

    (void)data;
    begin_status(&call, client);
    /* The call waits for its reply now. */
    next_command(&daemon, command, sizeof command);
    NEED(pthread_cancel(call.thread) == 0);
    go_on(&daemon);
    CHECK(end_call(&call));

    /* The cancelled thread has left the client as it was. */
    go_on(&daemon);
    CHECK_OK(zinit_client_status(client, "web", &status, &error));
    zinit_status_free(status);
    zinit_client_free(client);
}

/* Where the caller has disabled cancellation, it stays disabled. */
static void a_call_keeps_the_cancel_state(const void *data)
{
    struct daemon daemon = start_scripted(ON("*", DONE));
    zinit_client *client = client_of(&daemon);
    int before;

    (void)data;
    NEED(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0);
    CHECK_INT(before, PTHREAD_CANCEL_ENABLE);
    CHECK_INT(zinit_client_start(client, "web", NULL), ZINIT_OK);
    CHECK_INT(zinit_client_start(client, "", NULL), ZINIT_ERR_INVALID_NAME);
    NEED(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before) == 0);
    CHECK_INT(before, PTHREAD_CANCEL_DISABLE);
    CHECK_INT(zinit_client_start(client, "web", NULL), ZINIT_OK);
    NEED(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before) == 0);
    CHECK_INT(before, PTHREAD_CANCEL_ENABLE);
    zinit_client_free(client);
}

/* The functions that free: what they close is a cancellation point. */
#define FREES(type)                                                                                                    \
    static void free_##type(void *object)                                                                              \
    {                                                                                                                  \
        zinit_##type##_free(object);                                                                                   \
    }
FREES(cancel)
FREES(client)
FREES(error)
FREES(log_stream)
FREES(request)
FREES(service_list)
FREES(watch)

static void trigger(void *cancel)
{
    zinit_cancel_trigger(cancel);
}

/* A call of a thread that has a cancellation pending. */
struct pending {
    void (*call)(void *object);
    void *object;
    int has_returned;
};

static void *call_with_a_cancellation_pending(void *data)
{
    struct pending *pending = data;

    NEED(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL) == 0);
    NEED(pthread_cancel(pthread_self()) == 0);
    /* Which is not a cancellation point itself. */
    NEED(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL) == 0);
    pending->call(pending->object);
    pending->has_returned = 1;
    pthread_testcancel();
    return NULL;
}

static void check_held_back(void (*call)(void *object), void *object)
{
    struct pending pending;
    pthread_t thread;
    void *result;

    CHECK(object != NULL);
    pending.call = call;
    pending.object = object;
    pending.has_returned = 0;
    NEED(pthread_create(&thread, NULL, call_with_a_cancellation_pending, &pending) == 0);
    NEED(pthread_join(thread, &result) == 0);
    CHECK(pending.has_returned);
    CHECK(result == PTHREAD_CANCELED);
}

static void a_cancelled_thread_frees(const void *data)
{
    struct daemon daemon = start_scripted(ON("list", LIST_OF("\"web\":\"Running\"")) "on *\n stay\n");
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_request *request = NULL;
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_log_stream *log = open_log(client, NULL, -1, 1);
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    const zinit_change *change = NULL;
    const zinit_log_line *line = NULL;
    size_t before;

    (void)data;
    CHECK_OK(zinit_client_list(client, &list, &error));
    check_held_back(free_service_list, list);
    CHECK_INT(zinit_client_start(client, "", &error), ZINIT_ERR_INVALID_NAME);
    check_held_back(free_error, error);
    /* These have connections. */
    CHECK_OK(zinit_client_begin_status(client, "web", &request, &error));
    CHECK_INT(zinit_watch_next(watch, 0, NULL, &change, &error), ZINIT_PENDING);
    CHECK_INT(zinit_log_stream_next(log, 0, NULL, &line, &error), ZINIT_PENDING);
    before = count_descriptors();
    check_held_back(free_request, request);
    check_held_back(free_watch, watch);
    check_held_back(free_log_stream, log);
    CHECK(count_descriptors() < before - 6);
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    check_held_back(free_cancel, cancel);
    check_held_back(free_client, client);
}

static void a_cancelled_thread_triggers(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_client *client = client_of_script(&daemon);
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    struct waiting waiting;
    char command[100];

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    begin_waiting(&waiting, stop_wait, client, cancel);
    next_command(&daemon, command, sizeof command);
    check_held_back(trigger, cancel);
    end_waiting(&waiting);
    CHECK_INT(waiting.code, ZINIT_ERR_CANCELLED);
    zinit_error_free(waiting.error);
    zinit_cancel_free(cancel);
    zinit_client_free(client);
}

#define THREADS 16

static void *use_client(void *data)
{
    const zinit_client *client = data;
    int round;

    for (round = 0; round < 25; round++) {
        zinit_service_list *list = NULL;
        zinit_status *status = NULL;
        zinit_error *error = NULL;

        CHECK_OK(zinit_client_list(client, &list, &error));
        CHECK_INT(zinit_service_list_len(list), 2);
        zinit_service_list_free(list);
        CHECK_OK(zinit_client_status(client, "web", &status, &error));
        CHECK_TEXT(zinit_status_name(status), "web");
        CHECK_TEXT(zinit_status_after_name(status, 0), "db");
        zinit_status_free(status);
        CHECK_FAILS(zinit_client_status(client, "nosuch", &status, &error), ZINIT_ERR_UNKNOWN_SERVICE);
        CHECK_TEXT(zinit_error_service(error), "nosuch");
        zinit_error_free(error);
        CHECK_FAILS(zinit_client_start(client, "a/b", &error), ZINIT_ERR_INVALID_NAME);
        zinit_error_free(error);
    }
    return NULL;
}

static void many_threads_use_one_client(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    pthread_t threads[THREADS];
    int i;

    (void)data;
    add_service(&daemon, client, "db", "exec: sleep 1000\n");
    add_service(&daemon, client, "web", "exec: sleep 1000\nafter: [db]\n");
    for (i = 0; i < THREADS; i++)
        NEED(pthread_create(&threads[i], NULL, use_client, client) == 0);
    for (i = 0; i < THREADS; i++)
        NEED(pthread_join(threads[i], NULL) == 0);
    zinit_client_free(client);
}

/* Gives the directory that the system keeps of this thread. */
static void *end_at_once(void *directory)
{
    char link[50] = "";

    NEED(readlink("/proc/thread-self", link, sizeof link - 1) > 0);
    snprintf(directory, 60, "/proc/%s", link);
    return NULL;
}

static void no_thread_is_started(const void *data)
{
    struct daemon scripted = start_scripted("on *\n wait\n" SEND(STATUS_OF("web", 7, "Running", "Up")));
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&scripted);
    struct call call;
    char command[100];
    char directory[60];
    pthread_t thread;
    size_t before;

    (void)data;
    /* With the first thread of a program, ThreadSanitizer starts one of its own. */
    NEED(pthread_create(&thread, NULL, end_at_once, directory) == 0 && pthread_join(thread, NULL) == 0);
    /* The system counts a thread for a moment after it has told that it ends. */
    while (access(directory, F_OK) == 0)
        pause_ms(1);
    before = count_threads();
    call_everything(&daemon);
    CHECK_INT(count_threads(), before);

    begin_status(&call, client);
    next_command(&scripted, command, sizeof command);
    CHECK_INT(count_threads(), before + 1);
    go_on(&scripted);
    end_call(&call);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"a_cancelled_thread_ends_after_its_call", a_cancelled_thread_ends_after_its_call, NULL},
    {"a_call_keeps_the_cancel_state", a_call_keeps_the_cancel_state, NULL},
    {"a_cancelled_thread_frees", a_cancelled_thread_frees, NULL},
    {"a_cancelled_thread_triggers", a_cancelled_thread_triggers, NULL},
    {"many_threads_use_one_client", many_threads_use_one_client, NULL},
    {"no_thread_is_started", no_thread_is_started, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
