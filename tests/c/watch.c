/* The watch: changes of state, as they happen. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "calls.h"

#define LIST(services) " send {\"state\":\"ok\",\"body\":{" services "}}\n"
#define STATUS(name, pid, state, target)                                                                               \
    "on status " name "\n send {\"state\":\"ok\",\"body\":{\"name\":\"" name "\",\"pid\":" #pid ",\"state\":\"" state   \
    "\",\"target\":\"" target "\",\"after\":{}}}\n"
#define UNKNOWN(name)                                                                                                  \
    "on status " name "\n send {\"state\":\"error\",\"body\":\"service name \\\"" name "\\\" unknown\"}\n"

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

static zinit_watch *watch_of(const zinit_client *client, const char *const *names, size_t count)
{
    zinit_watch *watch = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_client_watch(client, names, count, 0, &watch, &error));
    return watch;
}

static const zinit_change *next(zinit_watch *watch)
{
    const zinit_change *change = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_watch_next(watch, -1, NULL, &change, &error));
    return change;
}

/* The same, but only through the descriptor. */
static const zinit_change *next_by_descriptor(zinit_watch *watch)
{
    const zinit_change *change = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    while ((code = zinit_watch_next(watch, 0, NULL, &change, &error)) == ZINIT_PENDING) {
        CHECK(change == NULL && error == NULL);
        CHECK(is_readable(zinit_watch_fd(watch), -1));
    }
    CHECK_OK(code);
    return change;
}

typedef const zinit_change *(*next_way)(zinit_watch *);

struct way {
    next_way next;
};

static const struct way blocking = {next};
static const struct way under_poll = {next_by_descriptor};

/* The next change of this kind; states in between may go unseen or not. */
static const zinit_change *next_of_kind(zinit_watch *watch, next_way way, int32_t kind)
{
    const zinit_change *change;

    do
        change = way(watch);
    while (zinit_change_kind(change) != kind);
    return change;
}

/* Until the service has this state. */
static const zinit_change *next_state(zinit_watch *watch, next_way way, int32_t state)
{
    const zinit_change *change;

    do {
        change = way(watch);
        CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_STATE);
        CHECK(zinit_change_state_before(change) != NULL);
    } while (zinit_state_kind(zinit_change_state_after(change)) != state);
    return change;
}

static void appeared_changed_forgotten(const void *data)
{
    next_way way = ((const struct way *)data)->next;
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;
    zinit_status *status = NULL;

    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    /* It may have been seen on its way. */
    change = way(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_APPEARED);
    CHECK_TEXT(zinit_change_service(change), "web");
    CHECK(zinit_change_state_before(change) == NULL);
    CHECK(zinit_change_state_after(change) != NULL);
    if (zinit_state_kind(zinit_change_state_after(change)) != ZINIT_STATE_RUNNING)
        change = next_state(watch, way, ZINIT_STATE_RUNNING);
    CHECK_OK(zinit_client_status(client, "web", &status, &error));
    CHECK_INT(zinit_change_pid(change), zinit_status_pid(status));
    CHECK_INT(zinit_change_target(change), ZINIT_TARGET_UP);
    zinit_status_free(status);

    CHECK_OK(zinit_client_stop_wait(client, "web", -1, NULL, &error));
    change = next_state(watch, way, ZINIT_STATE_ERROR);
    CHECK_TEXT(zinit_change_service(change), "web");
    CHECK_INT(zinit_state_kind(zinit_change_state_before(change)), ZINIT_STATE_RUNNING);
    CHECK_TEXT(zinit_state_signal(zinit_change_state_after(change)), "SIGTERM");
    CHECK_INT(zinit_change_pid(change), 0);
    CHECK_INT(zinit_change_target(change), ZINIT_TARGET_DOWN);

    CHECK_OK(zinit_client_forget(client, "web", &error));
    change = way(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_FORGOTTEN);
    CHECK_TEXT(zinit_change_service(change), "web");
    CHECK_INT(zinit_state_kind(zinit_change_state_before(change)), ZINIT_STATE_ERROR);
    CHECK(zinit_change_state_after(change) == NULL);
    CHECK_INT(zinit_change_pid(change), 0);
    CHECK_INT(zinit_change_target(change), ZINIT_TARGET_UNKNOWN);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* Of the others nothing is told, and one that is not there yet is told when it comes. */
static void named_services_only(const void *data)
{
    static const char *const names[] = {"web", "later"};
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch;
    zinit_error *error = NULL;
    const zinit_change *change;

    (void)data;
    add_service(&daemon, client, "other", "exec: sleep 1000\n");
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    watch = watch_of(client, names, 2);
    change = next(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_APPEARED);
    CHECK_TEXT(zinit_change_service(change), "web");
    CHECK_OK(zinit_client_stop_wait(client, "other", -1, NULL, &error));
    CHECK_OK(zinit_client_forget(client, "other", &error));
    add_service(&daemon, client, "later", "exec: sleep 1000\n");
    change = next(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_APPEARED);
    CHECK_TEXT(zinit_change_service(change), "later");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

static void the_daemon_goes_and_comes_back(const void *data)
{
    next_way way = ((const struct way *)data)->next;
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;

    add_service(&daemon, client, "stays", "exec: sleep 1000\n");
    add_service(&daemon, client, "goes", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_start_wait(client, "stays", -1, NULL, &error));
    CHECK_OK(zinit_client_start_wait(client, "goes", -1, NULL, &error));
    next_of_kind(watch, way, ZINIT_CHANGE_APPEARED);
    next_of_kind(watch, way, ZINIT_CHANGE_APPEARED);
    kill_daemon(&daemon);
    change = next_of_kind(watch, way, ZINIT_CHANGE_DAEMON_LOST);
    CHECK(zinit_change_service(change) == NULL);
    CHECK(zinit_change_state_before(change) == NULL && zinit_change_state_after(change) == NULL);
    CHECK_INT(zinit_change_pid(change), 0);
    CHECK_INT(zinit_change_target(change), ZINIT_TARGET_UNKNOWN);
    NEED(unlink(in_case_directory("services/goes.yaml")) == 0);
    start_zinit_again(&daemon);
    /* It says so once, however often it has looked. */
    change = way(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_DAEMON_BACK);
    CHECK(zinit_change_service(change) == NULL);
    change = next_of_kind(watch, way, ZINIT_CHANGE_FORGOTTEN);
    CHECK_TEXT(zinit_change_service(change), "goes");
    CHECK_OK(zinit_client_stop_wait(client, "stays", -1, NULL, &error));
    change = next_state(watch, way, ZINIT_STATE_ERROR);
    CHECK_TEXT(zinit_change_service(change), "stays");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

static void a_daemon_that_comes_later(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);

    (void)data;
    write_file(in_case_directory("services/web.yaml"), "exec: sleep 1000\n");
    kill_daemon(&daemon);
    CHECK_INT(zinit_change_kind(next(watch)), ZINIT_CHANGE_DAEMON_LOST);
    NEED(unlink(daemon.socket_path) == 0);
    start_zinit_again(&daemon);
    CHECK_INT(zinit_change_kind(next(watch)), ZINIT_CHANGE_DAEMON_BACK);
    CHECK_TEXT(zinit_change_service(next(watch)), "web");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* A service that is in the list, and unknown when its status is asked for, was not there. */
static void a_service_that_vanishes_before_its_status(const void *data)
{
    static const char script[] = "on list\n" LIST("\"gone\":\"Running\",\"web\":\"Running\"")
        "on list\n" LIST("\"web\":\"Success\"")
        STATUS("web", 7, "Running", "Up") STATUS("web", 0, "Success", "Down") UNKNOWN("gone");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
    const zinit_change *change;

    (void)data;
    change = next(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_APPEARED);
    CHECK_TEXT(zinit_change_service(change), "web");
    CHECK_INT(zinit_change_pid(change), 7);
    change = next(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_STATE);
    CHECK_TEXT(zinit_change_service(change), "web");
    CHECK_INT(zinit_state_kind(zinit_change_state_after(change)), ZINIT_STATE_SUCCESS);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* A service that was there and is unknown when its status is asked for is told by the next list. */
static void a_service_that_is_forgotten_before_its_status(const void *data)
{
    static const char script[] = "on list\n" LIST("\"web\":\"Running\"") "on list\n" LIST("\"web\":\"Success\"")
        "on list\n" LIST("") STATUS("web", 7, "Running", "Up") UNKNOWN("web");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
    const zinit_change *change;

    (void)data;
    CHECK_INT(zinit_change_kind(next(watch)), ZINIT_CHANGE_APPEARED);
    change = next(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_FORGOTTEN);
    CHECK_INT(zinit_state_kind(zinit_change_state_before(change)), ZINIT_STATE_RUNNING);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* What the status says counts, for it is newer than the list. */
static void the_status_is_newer_than_the_list(const void *data)
{
    static const char script[] = "on list\n" LIST("\"web\":\"Spawned\"") "on list\n" LIST("\"web\":\"Running\"")
        STATUS("web", 7, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;

    (void)data;
    CHECK_INT(zinit_state_kind(zinit_change_state_after(next(watch))), ZINIT_STATE_RUNNING);
    /* So the next list has nothing new. */
    CHECK_INT(zinit_watch_next(watch, 200, NULL, &change, &error), ZINIT_PENDING);
    CHECK(change == NULL && error == NULL);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* Under an edge-triggered epoll: next until there is nothing more, and then nothing is lost. */
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
    watch = watch_of(client, NULL, 0);
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

/* Readable while there are changes to take, and quiet while the daemon has nothing to say. */
static void readable_when_next_gets_on(const void *data)
{
    static const char script[] = "on list\n" LIST("\"a\":\"Running\",\"b\":\"Running\",\"c\":\"Running\"")
        "on list\n wait\n" LIST("\"a\":\"Running\",\"b\":\"Running\"") STATUS("a", 1, "Running", "Up")
        STATUS("b", 2, "Running", "Up") STATUS("c", 3, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;
    zinit_code code;
    size_t lists = 0;
    size_t changes = 0;

    (void)data;
    /* Nothing was done yet. */
    CHECK(is_readable(zinit_watch_fd(watch), 0));
    CHECK_INT(count_commands(&daemon), 0);
    while (changes < 3) {
        CHECK(is_readable(zinit_watch_fd(watch), -1));
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
            if (!is_readable(zinit_watch_fd(watch), 1))
                continue;
        }
    }
    CHECK_INT(zinit_watch_next(watch, 0, NULL, &change, &error), ZINIT_PENDING);
    CHECK(!is_readable(zinit_watch_fd(watch), 0));
    CHECK(!is_readable(zinit_watch_fd(watch), 100));
    go_on(&daemon);
    CHECK(is_readable(zinit_watch_fd(watch), -1));
    CHECK_OK(zinit_watch_next(watch, 0, NULL, &change, &error));
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_FORGOTTEN);
    CHECK_TEXT(zinit_change_service(change), "c");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* Several changes of one look are taken one by one, and the descriptor stays readable while there are more. */
static void readable_while_there_are_more(const void *data)
{
    static const char script[] = "on list\n" LIST("\"a\":\"Running\",\"b\":\"Running\"") "on list\n wait\n" LIST("")
        STATUS("a", 1, "Running", "Up") STATUS("b", 2, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;

    (void)data;
    next(watch);
    next(watch);
    go_on(&daemon);
    CHECK_TEXT(zinit_change_service(next(watch)), "a");
    CHECK(is_readable(zinit_watch_fd(watch), 0));
    CHECK_OK(zinit_watch_next(watch, 0, NULL, &change, &error));
    CHECK_TEXT(zinit_change_service(change), "b");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

static void no_change_in_time(const void *data)
{
    struct daemon daemon = start_scripted("on list\n" LIST(""));
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
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

/* The longer nothing changes the less it looks, and no less often than it was told. */
static void a_quiet_watch_looks_seldom(const void *data)
{
    struct daemon daemon = start_scripted("on list\n" LIST("\"web\":\"Running\"") STATUS("web", 7, "Running", "Up"));
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;
    size_t commands;

    (void)data;
    next(watch);
    CHECK_INT(zinit_watch_next(watch, 2000, NULL, &change, &error), ZINIT_PENDING);
    /* Every 20 ms for 0.2 s, and after a tenth of the quiet time from then on; on a slow machine fewer. */
    commands = count_commands(&daemon);
    if (commands > 45)
        fail_at(__FILE__, __LINE__, "%lu commands in 2 s", (unsigned long)commands);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* Cancel */

struct trigger {
    struct daemon *daemon;
    zinit_cancel *cancel;
    pthread_t signalled;
};

static void *trigger_when_asked(void *data)
{
    struct trigger *trigger = data;
    char command[100];

    next_command(trigger->daemon, command, sizeof command);
    zinit_cancel_trigger(trigger->cancel);
    return NULL;
}

static void cancelled_from_another_thread(const void *data)
{
    struct daemon daemon = start_scripted("on list\n wait\n" LIST("\"web\":\"Running\"") STATUS("web", 7, "Running", "Up"));
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;
    struct trigger trigger = {0};
    pthread_t thread;

    (void)data;
    trigger.daemon = &daemon;
    CHECK_OK(zinit_cancel_new(&trigger.cancel, &error));
    NEED(pthread_create(&thread, NULL, trigger_when_asked, &trigger) == 0);
    CHECK_FAILS(zinit_watch_next(watch, -1, trigger.cancel, &change, &error), ZINIT_ERR_CANCELLED);
    CHECK(change == NULL);
    zinit_error_free(error);
    NEED(pthread_join(thread, NULL) == 0);
    CHECK_FAILS(zinit_watch_next(watch, -1, trigger.cancel, &change, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    CHECK_FAILS(zinit_watch_next(watch, 0, trigger.cancel, &change, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    CHECK_INT(count_commands(&daemon), 0);
    /* The watch itself goes on. */
    go_on(&daemon);
    CHECK_TEXT(zinit_change_service(next(watch)), "web");
    zinit_cancel_free(trigger.cancel);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

static zinit_cancel *cancel_of_handler;

static void cancel_in_handler(int number)
{
    (void)number;
    zinit_cancel_trigger(cancel_of_handler);
}

static void *signal_when_asked(void *data)
{
    struct trigger *trigger = data;
    char command[100];

    next_command(trigger->daemon, command, sizeof command);
    NEED(pthread_kill(trigger->signalled, SIGUSR1) == 0);
    return NULL;
}

static void cancelled_from_a_signal_handler(const void *data)
{
    struct daemon daemon = start_scripted("on list\n stay\n");
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;
    struct trigger trigger = {0};
    struct sigaction action;
    pthread_t thread;

    (void)data;
    memset(&action, 0, sizeof action);
    action.sa_handler = cancel_in_handler;
    NEED(sigaction(SIGUSR1, &action, NULL) == 0);
    trigger.daemon = &daemon;
    trigger.signalled = pthread_self();
    CHECK_OK(zinit_cancel_new(&cancel_of_handler, &error));
    NEED(pthread_create(&thread, NULL, signal_when_asked, &trigger) == 0);
    CHECK_FAILS(zinit_watch_next(watch, -1, cancel_of_handler, &change, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    NEED(pthread_join(thread, NULL) == 0);
    zinit_cancel_free(cancel_of_handler);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* What is over */

static void a_reply_that_is_none_ends_the_watch(const void *data)
{
    struct daemon daemon = start_scripted("on list\n send {}\n");
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = watch_of(client, NULL, 0);
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

/* A daemon that is mute for a while is lost, and not for ever. */
static void a_daemon_that_is_mute_for_a_while(const void *data)
{
    static const char script[] = "on list\n stay\non list\n" LIST("\"web\":\"Running\"") STATUS("web", 7, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    struct client_options options = {0};
    zinit_client *client;
    zinit_watch *watch;

    (void)data;
    options.daemon = &daemon;
    options.io_timeout_ms = 100;
    client = make_client(options);
    watch = watch_of(client, NULL, 0);
    CHECK_INT(zinit_change_kind(next(watch)), ZINIT_CHANGE_DAEMON_LOST);
    CHECK_INT(zinit_change_kind(next(watch)), ZINIT_CHANGE_DAEMON_BACK);
    CHECK_TEXT(zinit_change_service(next(watch)), "web");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

static void a_watch_keeps_what_it_needs(const void *data)
{
    struct daemon daemon = start_scripted("on list\n" LIST("\"a\":\"Running\",\"web\":\"Running\"")
                                          STATUS("web", 7, "Running", "Up"));
    zinit_client *client = client_of(&daemon);
    char *name = strcpy(malloc(4), "web");
    const char **names = malloc(sizeof *names);
    zinit_watch *watch;

    (void)data;
    names[0] = name;
    watch = watch_of(client, names, 1);
    memset(name, 'x', 3);
    free(name);
    free(names);
    zinit_client_free(client);
    CHECK_TEXT(zinit_change_service(next(watch)), "web");
    zinit_watch_free(watch);
}

/* Nothing of it is left, neither a descriptor nor a connection. */
static void freed_at_every_point(const void *data)
{
    struct daemon daemon = start_scripted("on list\n" LIST("\"a\":\"Running\",\"b\":\"Running\"") "on status a\n stay\n"
                                          STATUS("b", 2, "Running", "Up") "on status *\n stay\n");
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;
    int steps;

    (void)data;
    for (steps = 0; steps < 4; steps++) {
        size_t before = count_descriptors();
        zinit_watch *watch = watch_of(client, NULL, 0);
        const zinit_change *change;
        int step;

        for (step = 0; step < steps; step++) {
            CHECK_INT(zinit_watch_next(watch, 0, NULL, &change, &error), ZINIT_PENDING);
            is_readable(zinit_watch_fd(watch), 20);
        }
        zinit_watch_free(watch);
        CHECK_INT(count_descriptors(), before);
        CHECK_OK(zinit_client_list(client, &list, &error));
        zinit_service_list_free(list);
    }
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"appeared_changed_forgotten", appeared_changed_forgotten, &blocking},
    {"appeared_changed_forgotten_under_poll", appeared_changed_forgotten, &under_poll},
    {"named_services_only", named_services_only, NULL},
    {"the_daemon_goes_and_comes_back", the_daemon_goes_and_comes_back, &blocking},
    {"the_daemon_goes_and_comes_back_under_poll", the_daemon_goes_and_comes_back, &under_poll},
    {"a_daemon_that_comes_later", a_daemon_that_comes_later, NULL},
    {"a_service_that_vanishes_before_its_status", a_service_that_vanishes_before_its_status, NULL},
    {"a_service_that_is_forgotten_before_its_status", a_service_that_is_forgotten_before_its_status, NULL},
    {"the_status_is_newer_than_the_list", the_status_is_newer_than_the_list, NULL},
    {"until_pending_under_an_edge_triggered_epoll", until_pending_under_an_edge_triggered_epoll, NULL},
    {"readable_when_next_gets_on", readable_when_next_gets_on, NULL},
    {"readable_while_there_are_more", readable_while_there_are_more, NULL},
    {"no_change_in_time", no_change_in_time, NULL},
    {"a_quiet_watch_looks_seldom", a_quiet_watch_looks_seldom, NULL},
    {"cancelled_from_another_thread", cancelled_from_another_thread, NULL},
    {"cancelled_from_a_signal_handler", cancelled_from_a_signal_handler, NULL},
    {"a_reply_that_is_none_ends_the_watch", a_reply_that_is_none_ends_the_watch, NULL},
    {"a_daemon_that_is_mute_for_a_while", a_daemon_that_is_mute_for_a_while, NULL},
    {"a_watch_keeps_what_it_needs", a_watch_keeps_what_it_needs, NULL},
    {"freed_at_every_point", freed_at_every_point, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
