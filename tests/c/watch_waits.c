/* How a watch waits, under event loops, with a timeout and with a cancel; and how it ends. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"
#include "streams.h"
#include "waiting.h"

/* A caller under an edge-triggered epoll calls next until it is ZINIT_PENDING, and then misses nothing. */
static void until_pending_under_an_edge_triggered_epoll(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    zinit_watch *watch;
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    const zinit_change *change;
    struct epoll_event event = {EPOLLIN | EPOLLET, {0}};
    size_t appeared = 0;
    size_t forgotten = 0;
    size_t i;
    int loop = epoll_create1(0);

    (void)data;
    for (i = 0; i < LENGTH(names); i++)
        add_service(&daemon, client, names[i], "exec: sleep 1000\n");
    watch = open_watch(client, NULL, 0);
    NEED(loop >= 0 && epoll_ctl(loop, EPOLL_CTL_ADD, zinit_watch_fd(watch), &event) == 0);
    while (forgotten < LENGTH(names)) {
        zinit_code code;

        NEED(epoll_wait(loop, &event, 1, -1) == 1);
        while ((code = zinit_watch_next(watch, 0, NULL, &change, &error)) == ZINIT_OK) {
            appeared += zinit_change_kind(change) == ZINIT_CHANGE_APPEARED;
            forgotten += zinit_change_kind(change) == ZINIT_CHANGE_FORGOTTEN;
            if (appeared == LENGTH(names) && report == NULL)
                CHECK_OK(zinit_client_destroy_services(client, names, LENGTH(names), -1, NULL, &report, &error));
        }
        CHECK_INT(code, ZINIT_PENDING);
    }
    zinit_report_free(report);
    zinit_watch_free(watch);
    close(loop);
    zinit_client_free(client);
}

/* The descriptor is readable when there is something to do or to take, and not while the daemon has yet to answer. */
static void readable_when_there_is_something_to_do(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"a\":\"Running\",\"b\":\"Running\",\"c\":\"Running\""))
        "on list\n wait\n" SEND(LIST_OF("\"a\":\"Running\",\"b\":\"Running\"")) ON_STATUS("a", 1, "Running", "Up")
        ON_STATUS("b", 2, "Running", "Up") ON_STATUS("c", 3, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;
    zinit_code code;
    size_t lists = 0;
    size_t changes = 0;

    (void)data;
    /* It has not begun to look. */
    CHECK(is_readable(zinit_watch_fd(watch), 0));
    CHECK_INT(count_commands(&daemon), 0);
    while (changes < 3) {
        wait_until_readable(zinit_watch_fd(watch));
        code = zinit_watch_next(watch, 0, NULL, &change, &error);
        CHECK(code == ZINIT_OK || code == ZINIT_PENDING);
        changes += code == ZINIT_OK;
    }
    /* Until the second list is asked for, which the daemon holds back. */
    while (lists < 2) {
        char command[100];

        while (is_readable(daemon.output, 0))
            lists += strcmp(next_command(&daemon, command, sizeof command), "list") == 0;
        if (lists < 2) {
            CHECK_INT(zinit_watch_next(watch, 0, NULL, &change, &error), ZINIT_PENDING);
            is_readable(zinit_watch_fd(watch), 1);
        }
    }
    CHECK_INT(zinit_watch_next(watch, 0, NULL, &change, &error), ZINIT_PENDING);
    CHECK(!is_readable(zinit_watch_fd(watch), 0));
    CHECK(!is_readable(zinit_watch_fd(watch), 100));
    go_on(&daemon);
    wait_until_readable(zinit_watch_fd(watch));
    CHECK_OK(zinit_watch_next(watch, 0, NULL, &change, &error));
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_FORGOTTEN);
    CHECK_TEXT(zinit_change_service(change), "c");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* Several changes of one look are taken one by one. The descriptor stays readable while there are more. */
static void readable_while_there_are_more(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"a\":\"Running\",\"b\":\"Running\""))
        "on list\n wait\n" SEND(LIST_OF(""))
        ON_STATUS("a", 1, "Running", "Up") ON_STATUS("b", 2, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;

    (void)data;
    next_change(watch);
    next_change(watch);
    go_on(&daemon);
    CHECK_TEXT(zinit_change_service(next_change(watch)), "a");
    CHECK(is_readable(zinit_watch_fd(watch), 0));
    CHECK_OK(zinit_watch_next(watch, 0, NULL, &change, &error));
    CHECK_TEXT(zinit_change_service(change), "b");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

static void no_change_in_time(const void *data)
{
    struct daemon daemon = start_scripted(ON("list", LIST_OF("")));
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_error *error = (zinit_error *)&daemon;
    const zinit_change *change = (const zinit_change *)&daemon;
    size_t looks = 0;

    (void)data;
    while (looks < 3) {
        CHECK_INT(zinit_watch_next(watch, 50, NULL, &change, &error), ZINIT_PENDING);
        CHECK(change == NULL && error == NULL);
        looks += count_commands(&daemon);
    }
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* The longer nothing changes, the less it looks. */
static void a_quiet_watch_looks_seldom(const void *data)
{
    struct daemon daemon = start_scripted(ON("list", LIST_OF("\"web\":\"Running\""))
                                          ON_STATUS("web", 7, "Running", "Up"));
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;
    size_t commands;

    (void)data;
    next_change(watch);
    CHECK_INT(zinit_watch_next(watch, 2000, NULL, &change, &error), ZINIT_PENDING);
    /* Every 20 ms for 0.2 s, and from then on after a tenth of the quiet time: less than 45, on a slow machine even
     * fewer. */
    commands = count_commands(&daemon);
    if (commands > 45)
        fail_at(__FILE__, __LINE__, "%lu commands in 2 s", (unsigned long)commands);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* Cancel */

static void cancelled_from_another_thread(const void *data)
{
    struct daemon daemon = start_scripted("on list\n wait\n" SEND(LIST_OF("\"web\":\"Running\""))
                                          ON_STATUS("web", 7, "Running", "Up"));
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    const zinit_change *change;
    struct ending ending;

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    cancel_at_next_command(&ending, &daemon, cancel);
    CHECK_FAILS(zinit_watch_next(watch, -1, cancel, &change, &error), ZINIT_ERR_CANCELLED);
    CHECK(change == NULL);
    zinit_error_free(error);
    join_ending(&ending);
    CHECK_FAILS(zinit_watch_next(watch, -1, cancel, &change, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    CHECK_FAILS(zinit_watch_next(watch, 0, cancel, &change, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    CHECK_INT(count_commands(&daemon), 0);
    /* The watch itself goes on. */
    go_on(&daemon);
    CHECK_TEXT(zinit_change_service(next_change(watch)), "web");
    zinit_cancel_free(cancel);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

static void cancelled_from_a_signal_handler(const void *data)
{
    struct daemon daemon = start_scripted("on list\n stay\n");
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    const zinit_change *change;
    struct ending ending;

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    signal_at_next_command(&ending, &daemon, cancel);
    CHECK_FAILS(zinit_watch_next(watch, -1, cancel, &change, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    join_ending(&ending);
    zinit_cancel_free(cancel);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* The end */

static void a_reply_that_cannot_be_read_ends_the_watch(const void *data)
{
    struct daemon daemon = start_scripted("on list\n send {}\n");
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;
    int round;

    (void)data;
    for (round = 0; round < 3; round++) {
        CHECK_FAILS(zinit_watch_next(watch, -1, NULL, &change, &error), ZINIT_ERR_PROTOCOL);
        CHECK(change == NULL);
        CHECK_INT(zinit_error_request_sent(error), 1);
        zinit_error_free(error);
        CHECK(is_readable(zinit_watch_fd(watch), 0));
    }
    CHECK_INT(count_commands(&daemon), 1);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

static void a_watch_keeps_what_it_needs(const void *data)
{
    struct daemon daemon = start_scripted(ON("list", LIST_OF("\"a\":\"Running\",\"web\":\"Running\""))
                                          ON_STATUS("web", 7, "Running", "Up"));
    zinit_client *client = client_of(&daemon);
    char *name = strcpy(malloc(4), "web");
    const char **names = malloc(sizeof *names);
    zinit_watch *watch;

    (void)data;
    names[0] = name;
    watch = open_watch(client, names, 1);
    memset(name, 'x', 3);
    free(name);
    free(names);
    zinit_client_free(client);
    CHECK_TEXT(zinit_change_service(next_change(watch)), "web");
    zinit_watch_free(watch);
}

/* It leaves no descriptor behind, and the daemon answers the next call. */
static void freed_at_every_point(const void *data)
{
    struct daemon daemon = start_scripted(ON("list", LIST_OF("\"a\":\"Running\",\"b\":\"Running\""))
                                          "on status a\n stay\n" ON_STATUS("b", 2, "Running", "Up")
                                          "on status *\n stay\n");
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    int steps;

    (void)data;
    for (steps = 0; steps < 4; steps++) {
        size_t before = count_descriptors();
        zinit_watch *watch = open_watch(client, NULL, 0);
        const zinit_change *change;
        int step;

        for (step = 0; step < steps; step++) {
            CHECK_INT(zinit_watch_next(watch, 0, NULL, &change, &error), ZINIT_PENDING);
            /* By then it has a reply, or it waits for one that does not come. */
            is_readable(zinit_watch_fd(watch), 20);
        }
        zinit_watch_free(watch);
        CHECK_INT(count_descriptors(), before);
        check_daemon_answers(client);
    }
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"until_pending_under_an_edge_triggered_epoll", until_pending_under_an_edge_triggered_epoll, NULL},
    {"readable_when_there_is_something_to_do", readable_when_there_is_something_to_do, NULL},
    {"readable_while_there_are_more", readable_while_there_are_more, NULL},
    {"no_change_in_time", no_change_in_time, NULL},
    {"a_quiet_watch_looks_seldom", a_quiet_watch_looks_seldom, NULL},
    {"cancelled_from_another_thread", cancelled_from_another_thread, NULL},
    {"cancelled_from_a_signal_handler", cancelled_from_a_signal_handler, NULL},
    {"a_reply_that_cannot_be_read_ends_the_watch", a_reply_that_cannot_be_read_ends_the_watch, NULL},
    {"a_watch_keeps_what_it_needs", a_watch_keeps_what_it_needs, NULL},
    {"freed_at_every_point", freed_at_every_point, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
