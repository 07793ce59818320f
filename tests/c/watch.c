/* The watch: changes of services and of the daemon, as they happen. */
#include <unistd.h>

#include "calls.h"
#include "replies.h"
#include "streams.h"

/* As next_change(), but only through the descriptor. */
static const zinit_change *next_by_descriptor(zinit_watch *watch)
{
    const zinit_change *change = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    while ((code = zinit_watch_next(watch, 0, NULL, &change, &error)) == ZINIT_PENDING) {
        CHECK(change == NULL && error == NULL);
        wait_until_readable(zinit_watch_fd(watch));
    }
    CHECK_OK(code);
    return change;
}

typedef const zinit_change *(*next_way)(zinit_watch *);

struct way {
    next_way next;
};

static const struct way blocking = {next_change};
static const struct way under_poll = {next_by_descriptor};

/* The next change of this kind. How many others there are before it depends on when the watch looks. */
static const zinit_change *next_of_kind(zinit_watch *watch, next_way way, int32_t kind)
{
    const zinit_change *change;

    do
        change = way(watch);
    while (zinit_change_kind(change) != kind);
    return change;
}

/* The change to this state. All before it must be changes of state, too. */
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
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;
    zinit_status *status = NULL;

    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    /* The watch may have seen it before it was Running. */
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

/* Nothing is told of other services. A service that is not there yet is told when it comes. */
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
    watch = open_watch(client, names, 2);
    change = next_change(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_APPEARED);
    CHECK_TEXT(zinit_change_service(change), "web");
    CHECK_OK(zinit_client_stop_wait(client, "other", -1, NULL, &error));
    CHECK_OK(zinit_client_forget(client, "other", &error));
    add_service(&daemon, client, "later", "exec: sleep 1000\n");
    change = next_change(watch);
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
    zinit_watch *watch = open_watch(client, NULL, 0);
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
    /* It has looked several times meanwhile, and has told once that the daemon is lost. */
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
    zinit_watch *watch = open_watch(client, NULL, 0);

    (void)data;
    write_file(in_case_directory("services/web.yaml"), "exec: sleep 1000\n");
    kill_daemon(&daemon);
    CHECK_INT(zinit_change_kind(next_change(watch)), ZINIT_CHANGE_DAEMON_LOST);
    NEED(unlink(daemon.socket_path) == 0);
    start_zinit_again(&daemon);
    CHECK_INT(zinit_change_kind(next_change(watch)), ZINIT_CHANGE_DAEMON_BACK);
    CHECK_TEXT(zinit_change_service(next_change(watch)), "web");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* A daemon that does not answer in time is lost, and is back when it answers. */
static void a_daemon_that_does_not_answer_for_a_while(const void *data)
{
    static const char script[] = "on list\n stay\n" ON("list", LIST_OF("\"web\":\"Running\""))
        ON_STATUS("web", 7, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    struct client_options options = {0};
    zinit_client *client;
    zinit_watch *watch;

    (void)data;
    options.daemon = &daemon;
    options.io_timeout_ms = 100;
    client = make_client(options);
    watch = open_watch(client, NULL, 0);
    CHECK_INT(zinit_change_kind(next_change(watch)), ZINIT_CHANGE_DAEMON_LOST);
    CHECK_INT(zinit_change_kind(next_change(watch)), ZINIT_CHANGE_DAEMON_BACK);
    CHECK_TEXT(zinit_change_service(next_change(watch)), "web");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* A service that is in the list, and unknown when its status is asked for, was not there. */
static void a_service_that_vanishes_before_its_status(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"gone\":\"Running\",\"web\":\"Running\""))
        ON("list", LIST_OF("\"web\":\"Success\""))
        ON_STATUS("web", 7, "Running", "Up") ON_STATUS("web", 0, "Success", "Down")
        ON("status gone", UNKNOWN_SERVICE("gone"));
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    const zinit_change *change;

    (void)data;
    change = next_change(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_APPEARED);
    CHECK_TEXT(zinit_change_service(change), "web");
    CHECK_INT(zinit_change_pid(change), 7);
    change = next_change(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_STATE);
    CHECK_TEXT(zinit_change_service(change), "web");
    CHECK_INT(zinit_state_kind(zinit_change_state_after(change)), ZINIT_STATE_SUCCESS);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* A service that has been told and is unknown when its status is asked for. The next list says that it was
 * forgotten. */
static void a_service_that_is_forgotten_before_its_status(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"web\":\"Running\"")) ON("list", LIST_OF("\"web\":\"Success\""))
        ON("list", LIST_OF("")) ON_STATUS("web", 7, "Running", "Up") ON("status web", UNKNOWN_SERVICE("web"));
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    const zinit_change *change;

    (void)data;
    CHECK_INT(zinit_change_kind(next_change(watch)), ZINIT_CHANGE_APPEARED);
    change = next_change(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_FORGOTTEN);
    CHECK_INT(zinit_state_kind(zinit_change_state_before(change)), ZINIT_STATE_RUNNING);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* What the status says counts, for it is newer than the list. */
static void the_status_is_newer_than_the_list(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"web\":\"Spawned\"")) ON("list", LIST_OF("\"web\":\"Running\""))
        ON_STATUS("web", 7, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    zinit_error *error = NULL;
    const zinit_change *change;

    (void)data;
    CHECK_INT(zinit_state_kind(zinit_change_state_after(next_change(watch))), ZINIT_STATE_RUNNING);
    /* So the next list has nothing new. */
    CHECK_INT(zinit_watch_next(watch, 200, NULL, &change, &error), ZINIT_PENDING);
    CHECK(change == NULL && error == NULL);
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* The daemon loads a file with a newline in its name, and cannot be asked for its status: the list is all there is. */
static void a_service_with_a_newline_in_its_name(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"a\\nb\":\"Running\"")) ON("list", LIST_OF("\"a\\nb\":\"Success\""))
        ON("list", LIST_OF("\"web\":\"Running\"")) ON_STATUS("web", 7, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    const zinit_change *change;
    char command[100];
    int i;

    (void)data;
    change = next_change(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_APPEARED);
    CHECK_TEXT(zinit_change_service(change), "a\nb");
    CHECK_INT(zinit_state_kind(zinit_change_state_after(change)), ZINIT_STATE_RUNNING);
    CHECK_INT(zinit_change_pid(change), 0);
    CHECK_INT(zinit_change_target(change), ZINIT_TARGET_UNKNOWN);
    change = next_change(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_STATE);
    CHECK_TEXT(zinit_change_service(change), "a\nb");
    CHECK_INT(zinit_state_kind(zinit_change_state_after(change)), ZINIT_STATE_SUCCESS);
    change = next_change(watch);
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_FORGOTTEN);
    CHECK_TEXT(zinit_change_service(change), "a\nb");
    CHECK_TEXT(zinit_change_service(next_change(watch)), "web");
    for (i = 0; i < 3; i++)
        CHECK_TEXT(next_command(&daemon, command, sizeof command), "list");
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "status web");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* It answers the list and dies, or seems to, before the last status: the round has not come through. */
static void a_daemon_that_dies_in_the_round_of_its_return(const void *data)
{
    static const char script[] = ON("list", LIST_OF("\"db\":\"Running\",\"web\":\"Running\"")) "on list\n"
        ON("list", LIST_OF("\"db\":\"Success\",\"web\":\"Success\""))
        ON_STATUS("db", 6, "Running", "Up") ON_STATUS("db", 0, "Success", "Down")
        ON_STATUS("web", 7, "Running", "Up") "on status web\n" "on status web\n" ON_STATUS("web", 0, "Success", "Down");
    static const struct {
        int32_t kind;
        const char *service;
    } expected[] = {
        {ZINIT_CHANGE_APPEARED, "db"}, {ZINIT_CHANGE_APPEARED, "web"}, {ZINIT_CHANGE_DAEMON_LOST, NULL},
        {ZINIT_CHANGE_DAEMON_BACK, NULL}, {ZINIT_CHANGE_STATE, "db"}, {ZINIT_CHANGE_STATE, "web"},
    };
    next_way way = ((const struct way *)data)->next;
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of(&daemon);
    zinit_watch *watch = open_watch(client, NULL, 0);
    size_t i;

    for (i = 0; i < LENGTH(expected); i++) {
        const zinit_change *change = way(watch);

        CHECK_INT(zinit_change_kind(change), expected[i].kind);
        CHECK_TEXT(zinit_change_service(change), expected[i].service);
    }
    zinit_watch_free(watch);
    zinit_client_free(client);
}

/* A list fails as a whole where a service is forgotten meanwhile, which may happen again and again. */
static void services_that_are_forgotten_all_the_time(const void *data)
{
    char script[4000] = "";
    struct daemon daemon;
    zinit_client *client;
    zinit_watch *watch;
    int i;

    (void)data;
    /* More often than one call asks for it. */
    for (i = 0; i < 25; i++)
        strcat(script, ON("list", UNKNOWN_SERVICE("gone")));
    strcat(script, ON("list", LIST_OF("\"web\":\"Running\"")) ON_STATUS("web", 7, "Running", "Up"));
    daemon = start_scripted(script);
    client = client_of(&daemon);
    watch = open_watch(client, NULL, 0);
    CHECK_TEXT(zinit_change_service(next_change(watch)), "web");
    zinit_watch_free(watch);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"appeared_changed_forgotten", appeared_changed_forgotten, &blocking},
    {"appeared_changed_forgotten_under_poll", appeared_changed_forgotten, &under_poll},
    {"named_services_only", named_services_only, NULL},
    {"the_daemon_goes_and_comes_back", the_daemon_goes_and_comes_back, &blocking},
    {"the_daemon_goes_and_comes_back_under_poll", the_daemon_goes_and_comes_back, &under_poll},
    {"a_daemon_that_comes_later", a_daemon_that_comes_later, NULL},
    {"a_daemon_that_does_not_answer_for_a_while", a_daemon_that_does_not_answer_for_a_while, NULL},
    {"a_service_that_vanishes_before_its_status", a_service_that_vanishes_before_its_status, NULL},
    {"a_service_that_is_forgotten_before_its_status", a_service_that_is_forgotten_before_its_status, NULL},
    {"the_status_is_newer_than_the_list", the_status_is_newer_than_the_list, NULL},
    {"a_service_with_a_newline_in_its_name", a_service_with_a_newline_in_its_name, NULL},
    {"a_daemon_that_dies_in_the_round_of_its_return", a_daemon_that_dies_in_the_round_of_its_return, &blocking},
    {"a_daemon_that_dies_in_the_round_of_its_return_under_poll", a_daemon_that_dies_in_the_round_of_its_return,
     &under_poll},
    {"services_that_are_forgotten_all_the_time", services_that_are_forgotten_all_the_time, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
