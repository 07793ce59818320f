/* The threads of the process: none is started, many use one client, and one that is cancelled ends after its call. */
#include <pthread.h>

#include "calls.h"
#include "everything.h"
#include "replies.h"

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

static void no_thread_is_started(const void *data)
{
    struct daemon scripted = start_scripted("on *\n wait\n" SEND(STATUS_OF("web", 7, "Running", "Up")));
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&scripted);
    struct call call;
    char command[100];
    size_t before = count_threads();

    (void)data;
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
    {"many_threads_use_one_client", many_threads_use_one_client, NULL},
    {"no_thread_is_started", no_thread_is_started, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
