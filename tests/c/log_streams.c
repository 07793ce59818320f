/* How a log stream waits: with each timeout, with a cancel, under event loops, and on a daemon that runs. */
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"
#include "streams.h"

static void an_unknown_service_is_told_by_each_next(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = open_log(client, "nosuch", 10, 1);

    (void)data;
    check_over(stream, ZINIT_ERR_UNKNOWN_SERVICE);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void a_daemon_that_does_not_answer(const void *data)
{
    struct client_options options = {0};
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_log_stream *stream;
    zinit_client *client;

    (void)data;
    options.daemon = &daemon;
    options.io_timeout_ms = 50;
    client = make_client(options);
    stream = open_log(client, NULL, -1, 1);
    check_over(stream, ZINIT_ERR_NO_REPLY);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void a_stream_outlives_its_client(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" wait\n send [+] web: 1\n" NEWLINE));
    zinit_client *client = client_of(&daemon);
    char name[] = "web";
    zinit_log_stream *stream = open_log(client, name, -1, 1);

    (void)data;
    zinit_client_free(client);
    memset(name, 'x', sizeof name - 1);
    go_on(&daemon);
    check_next_line(stream, "web stdout 1;");
    check_over(stream, ZINIT_ERR_CLOSED);
    zinit_log_stream_free(stream);
}

static void each_timeout(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" send [+] web: 1\n" NEWLINE " wait\n send [+] web: 2\n" NEWLINE " stay\n"));
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = open_log(client, "web", -1, 1);
    const zinit_log_line *line = (const zinit_log_line *)stream;
    zinit_error *error = NULL;
    char command[100];

    (void)data;
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "status web");
    CHECK_FAILS(zinit_log_stream_next(stream, -2, NULL, &line, &error), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK(line == NULL);
    CHECK_CONTAINS(zinit_error_message(error), "timeout_ms");
    zinit_error_free(error);
    CHECK_INT(count_commands(&daemon), 0);
    check_next_line(stream, "web stdout 1;");
    line = (const zinit_log_line *)stream;
    CHECK_INT(zinit_log_stream_next(stream, 0, NULL, &line, &error), ZINIT_PENDING);
    CHECK(line == NULL && error == NULL);
    CHECK_INT(zinit_log_stream_next(stream, 20, NULL, &line, &error), ZINIT_PENDING);
    go_on(&daemon);
    CHECK_OK(zinit_log_stream_next(stream, INT64_MAX, NULL, &line, &error));
    CHECK_TEXT(zinit_log_line_text(line), "2");
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void *trigger(void *cancel)
{
    /* By then the other thread waits; if it does not yet, it is cancelled all the same. */
    pause_ms(20);
    zinit_cancel_trigger(cancel);
    return NULL;
}

static void a_cancel_ends_a_next_and_loses_nothing(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" send [+] web: 1\n" NEWLINE " wait\n send [+] web: 2\n" NEWLINE
                                              " send [+] web: 3\n" NEWLINE " stay\n"));
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = open_log(client, "web", -1, 1);
    zinit_log_stream *unread = open_log(client, "web", -1, 1);
    const zinit_log_line *line = NULL;
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    pthread_t thread;

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    check_next_line(stream, "web stdout 1;");
    NEED(pthread_create(&thread, NULL, trigger, cancel) == 0);
    CHECK_FAILS(zinit_log_stream_next(stream, -1, cancel, &line, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    NEED(pthread_join(thread, NULL) == 0);
    /* It stays triggered, and comes before a line that is there. */
    go_on(&daemon);
    check_next_line(stream, "web stdout 2;");
    CHECK_FAILS(zinit_log_stream_next(stream, 0, cancel, &line, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    check_next_line(stream, "web stdout 3;");
    /* Nothing is sent with a cancel that is triggered. What was sent for this stream, was sent when it was made. */
    CHECK_INT(count_commands(&daemon), 3);
    CHECK_FAILS(zinit_log_stream_next(unread, -1, cancel, &line, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_cancel_free(cancel);
    zinit_log_stream_free(unread);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

/* There is no line to take, and the descriptor says so, too. */
static void check_pending(zinit_log_stream *stream)
{
    const zinit_log_line *line = (const zinit_log_line *)stream;

    CHECK_INT(zinit_log_stream_next(stream, 0, NULL, &line, NULL), ZINIT_PENDING);
    CHECK(line == NULL);
    CHECK(!is_readable(zinit_log_stream_fd(stream), 0));
}

/* A caller that takes one line each time its loop tells it to. */
static void the_descriptor_is_readable_as_long_as_there_is_something(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" repeat 3 [+] web: x\n" NEWLINE " send [+] web: 1\n" NEWLINE
                                              " send [+] web: 2\n" NEWLINE " send [+] web: 3\n" NEWLINE
                                              " wait\n send [+] sql: 4\n" NEWLINE " wait\n send [+] we\n"
                                              " wait\n send b: 5\n" NEWLINE " wait\n repeat 2000000 x\n wait\n"));
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = open_log(client, "web", -1, 1);
    const zinit_log_line *line = NULL;
    int lines = 0;
    int looks = 0;

    (void)data;
    while (lines < 4) {
        wait_until_readable(zinit_log_stream_fd(stream));
        if (zinit_log_stream_next(stream, 0, NULL, &line, NULL) == ZINIT_OK)
            lines++;
    }
    CHECK_TEXT(zinit_log_line_text(line), "3");
    CHECK(!is_readable(zinit_log_stream_fd(stream), 0));
    check_pending(stream);
    /* A line of another service, and half a line of this one. */
    for (lines = 0; lines < 2; lines++) {
        go_on(&daemon);
        wait_until_readable(zinit_log_stream_fd(stream));
        check_pending(stream);
    }
    go_on(&daemon);
    wait_until_readable(zinit_log_stream_fd(stream));
    check_next_line(stream, "web stdout 5;");
    /* More bytes than one call looks at. */
    go_on(&daemon);
    do {
        wait_until_readable(zinit_log_stream_fd(stream));
        CHECK_INT(zinit_log_stream_next(stream, 0, NULL, &line, NULL), ZINIT_PENDING);
        looks++;
        /* What was still on its way has come by then. */
        pause_ms(20);
    } while (is_readable(zinit_log_stream_fd(stream), 0));
    CHECK(looks > 1);
    CHECK_INT(zinit_log_stream_next(stream, 20, NULL, &line, NULL), ZINIT_PENDING);
    CHECK(!is_readable(zinit_log_stream_fd(stream), 0));
    go_on(&daemon);
    wait_until_readable(zinit_log_stream_fd(stream));
    check_over(stream, ZINIT_ERR_CLOSED);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

/* What is there already when next looks causes no second event. So next must not leave it: more bytes than one look
 * takes, half a line, the end. */
static void an_edge_triggered_loop_misses_nothing(const void *data)
{
    static const char *const logs[] = {
        LOG(" repeat 40 [+] sql: \n" NEWLINE " send [+] web: 1\n" NEWLINE),
        LOG(" repeat 800000 x\n" NEWLINE " send [+] web: 1\n" NEWLINE),
        LOG(" repeat 4000000 x\n" NEWLINE " send [+] web: 1\n" NEWLINE),
        LOG(" send [+] web: 1\n" NEWLINE " send [+] w\n"),
    };
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(logs); i++) {
        struct daemon daemon = start_scripted(logs[i]);
        zinit_client *client = client_of(&daemon);
        zinit_log_stream *stream = open_log(client, "web", -1, 1);
        struct epoll_event event = {0};
        const zinit_log_line *line;
        zinit_code code = ZINIT_PENDING;
        int lines = 0;
        int epoll = epoll_create1(EPOLL_CLOEXEC);

        event.events = EPOLLIN | EPOLLET;
        NEED(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, zinit_log_stream_fd(stream), &event) == 0);
        while (code == ZINIT_PENDING) {
            NEED(epoll_wait(epoll, &event, 1, -1) == 1);
            /* By then more is there than one look takes, and the end is, too. */
            pause_ms(20);
            while ((code = zinit_log_stream_next(stream, 0, NULL, &line, NULL)) == ZINIT_OK)
                lines++;
        }
        CHECK_INT(code, ZINIT_ERR_CLOSED);
        CHECK_INT(lines, 1);
        close(epoll);
        zinit_log_stream_free(stream);
        zinit_client_free(client);
    }
}

/* The kept lines are known by the snapshot, and not by when they come. */
static void a_caller_that_comes_late_gets_the_last_lines_all_the_same(const void *data)
{
    struct daemon daemon = start_scripted(
        "on log snapshot\n send [+] web: 1\n" NEWLINE " send [+] web: 2\n" NEWLINE LOG(
            " send [+] web: 1\n" NEWLINE " send [+] web: 2\n" NEWLINE " pause 300\n send [+] web: 3\n" NEWLINE " stay\n"));
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = open_log(client, "web", 1, 1);
    const zinit_log_line *line = NULL;
    char seen[100] = "";

    (void)data;
    while (strcmp(seen, "web stdout 2;web stdout 3;") != 0) {
        zinit_code code;

        wait_until_readable(zinit_log_stream_fd(stream));
        pause_ms(150);
        code = zinit_log_stream_next(stream, 0, NULL, &line, NULL);
        if (code == ZINIT_OK)
            describe_line(seen, line);
        else
            CHECK_INT(code, ZINIT_PENDING);
        CHECK(strlen(seen) <= strlen("web stdout 2;web stdout 3;"));
    }
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

/* Before zinit 0.2.11 `log snapshot` does what `log` does. */
static void the_last_lines_of_a_daemon_without_snapshot(const void *data)
{
    struct daemon daemon = start_scripted(
        LOG(" send [+] web: 1\n" NEWLINE " pause 50\n send [+] web: 2\n" NEWLINE " stay\n"));
    struct client_options options = {0};
    zinit_client *client;
    zinit_log_stream *stream;
    const zinit_log_line *line;

    (void)data;
    options.daemon = &daemon;
    options.zinit_binary = write_program("zinit", "echo zinit v0.2.10");
    client = make_client(options);
    stream = open_log(client, "web", 1, 0);
    check_next_line(stream, "web stdout 2;");
    CHECK_INT(zinit_log_stream_next(stream, -1, NULL, &line, NULL), ZINIT_END);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void a_stream_is_freed_at_any_point_of_its_life(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" send [+] web: 1\n" NEWLINE " send [+] web: 2\n" NEWLINE " pause 5\n"
                                              " send [+] web: 3\n" NEWLINE " send [+] web: 4\n"));
    zinit_client *client = client_of(&daemon);
    size_t before;
    int steps;

    (void)data;
    before = count_descriptors();
    for (steps = 0; steps < 12; steps++) {
        int64_t last;

        for (last = -1; last < 3; last++) {
            zinit_log_stream *stream = open_log(client, "web", last, steps % 2);
            const zinit_log_line *line;
            int step;

            for (step = 0; step < steps; step++) {
                wait_until_readable(zinit_log_stream_fd(stream));
                zinit_log_stream_next(stream, 0, NULL, &line, NULL);
            }
            zinit_log_stream_free(stream);
            CHECK_INT(count_descriptors(), before);
        }
    }
    zinit_client_free(client);
}

static void a_service_is_followed_from_its_last_lines(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    zinit_log_stream *stream;
    const zinit_log_line *line;

    (void)data;
    if (!daemon_is_since(client, 14)) {
        skip_check("before zinit 0.2.14 a start leaves no mark in the log");
        zinit_client_free(client);
        return;
    }
    add_service(&daemon, client, "counts", "exec: sh -c 'seq 100; sleep 1000'\n");
    stream = open_log(client, "counts", -1, 1);
    do
        line = next_line(stream);
    while (strcmp(zinit_log_line_text(line), "100") != 0);
    zinit_log_stream_free(stream);

    stream = open_log(client, "counts", 2, 0);
    check_next_line(stream, "counts stdout 99;");
    check_next_line(stream, "counts stdout 100;");
    check_over(stream, ZINIT_END);
    zinit_log_stream_free(stream);

    stream = open_log(client, "counts", 1, 1);
    check_next_line(stream, "counts stdout 100;");
    CHECK_OK(zinit_client_kill(client, "counts", "SIGKILL", &error));
    /* The daemon starts it again. */
    check_next_line(stream, "counts start " START_MARK ";");
    check_next_line(stream, "counts stdout 1;");
    kill_daemon(&daemon);
    do
        error = NULL;
    while (zinit_log_stream_next(stream, -1, NULL, &line, &error) == ZINIT_OK);
    CHECK_INT(zinit_error_code(error), ZINIT_ERR_CLOSED);
    zinit_error_free(error);
    check_over(stream, ZINIT_ERR_CLOSED);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"an_unknown_service_is_told_by_each_next", an_unknown_service_is_told_by_each_next, NULL},
    {"a_daemon_that_does_not_answer", a_daemon_that_does_not_answer, NULL},
    {"a_stream_outlives_its_client", a_stream_outlives_its_client, NULL},
    {"each_timeout", each_timeout, NULL},
    {"a_cancel_ends_a_next_and_loses_nothing", a_cancel_ends_a_next_and_loses_nothing, NULL},
    {"the_descriptor_is_readable_as_long_as_there_is_something",
     the_descriptor_is_readable_as_long_as_there_is_something, NULL},
    {"an_edge_triggered_loop_misses_nothing", an_edge_triggered_loop_misses_nothing, NULL},
    {"a_caller_that_comes_late_gets_the_last_lines_all_the_same",
     a_caller_that_comes_late_gets_the_last_lines_all_the_same, NULL},
    {"the_last_lines_of_a_daemon_without_snapshot", the_last_lines_of_a_daemon_without_snapshot, NULL},
    {"a_stream_is_freed_at_any_point_of_its_life", a_stream_is_freed_at_any_point_of_its_life, NULL},
    {"a_service_is_followed_from_its_last_lines", a_service_is_followed_from_its_last_lines, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
