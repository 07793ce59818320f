/* Groups: what stands in a report, and what is sent for many services at once. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"

static void check_row(const zinit_report *report, size_t index, const char *name, zinit_code code, int killed)
{
    const zinit_error *error = zinit_report_error(report, index);

    CHECK_TEXT(zinit_report_name(report, index), name);
    if (zinit_report_code(report, index) != code)
        fail_at(__FILE__, __LINE__, "row %s is %s (%s), expected %s", name,
                zinit_code_name(zinit_report_code(report, index)), zinit_error_message(error), zinit_code_name(code));
    CHECK_INT(zinit_report_killed(report, index), killed);
    CHECK_INT(zinit_error_code(error), code);
    CHECK_TEXT(zinit_error_service(error), code == ZINIT_OK ? NULL : name);
}

static void check_start(const zinit_client *client)
{
    static const char *const names[] = {"web", "nosuch", "three", "slow", "once"};
    zinit_report *report = NULL;
    zinit_error *error = NULL;

    CHECK_FAILS(zinit_client_start_multiple(client, names, 5, 4000, NULL, &report, &error), ZINIT_ERR_CONFIG_REFUSED);
    CHECK_CONTAINS(zinit_error_message(error), "3 of 5 services (\"nosuch\", \"three\", \"slow\")");
    CHECK_TEXT(zinit_error_service(error), "nosuch");
    zinit_error_free(error);
    CHECK_INT(zinit_report_len(report), 5);
    check_row(report, 0, "web", ZINIT_OK, 0);
    check_row(report, 1, "nosuch", ZINIT_ERR_CONFIG_REFUSED, 0);
    check_row(report, 2, "three", ZINIT_ERR_SERVICE_FAILED, 0);
    check_row(report, 3, "slow", ZINIT_ERR_TIMEOUT, 0);
    check_row(report, 4, "once", ZINIT_OK, 0);
    CHECK_INT(zinit_state_kind(zinit_report_state(report, 0)), ZINIT_STATE_RUNNING);
    CHECK(zinit_report_state(report, 1) == NULL);
    CHECK_INT(zinit_state_exit_code(zinit_report_state(report, 2)), 3);
    CHECK_INT(zinit_state_kind(zinit_report_state(report, 3)), ZINIT_STATE_SPAWNED);
    CHECK_INT(zinit_state_kind(zinit_report_state(report, 4)), ZINIT_STATE_SUCCESS);
    CHECK(zinit_report_state(report, 5) == NULL);
    CHECK_INT(zinit_report_step(report, 0), ZINIT_STEP_DONE);
    CHECK_INT(zinit_report_step(report, 1), ZINIT_STEP_STARTING);
    CHECK_INT(zinit_report_step(report, 5), ZINIT_STEP_NONE);
    CHECK_INT(zinit_report_pid(report, 0), pid_of(client, "web"));
    CHECK_INT(zinit_report_pid(report, 4), 0);
    CHECK_INT(zinit_report_pid(report, 5), 0);
    CHECK_INT(zinit_report_target(report, 0), ZINIT_TARGET_UP);
    CHECK_INT(zinit_report_target(report, 1), ZINIT_TARGET_UNKNOWN);
    CHECK_INT(zinit_report_target(report, 5), ZINIT_TARGET_UNKNOWN);
    zinit_report_free(report);
}

static const char *const to_stop[] = {"slow", "nosuch", "stubborn", "web", "once"};

static void check_stop(const zinit_client *client)
{
    /* Over JSON-RPC the daemon signals half a second after the command, and kills half a second after that. */
    int daemon_kills = speaks_json_rpc(client);
    zinit_report *report = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_client_stop_multiple(client, to_stop, 5, daemon_kills ? -1 : 500, NULL, &report, &error));
    check_row(report, 0, "slow", ZINIT_OK, 0);
    check_row(report, 1, "nosuch", ZINIT_OK, 0);
    check_row(report, 2, "stubborn", ZINIT_OK, !daemon_kills);
    check_row(report, 3, "web", ZINIT_OK, 0);
    check_row(report, 4, "once", ZINIT_OK, 0);
    zinit_report_free(report);
}

/* A directory is in the place of one service's file, which cannot be removed. */
static void check_destroy(const zinit_client *client)
{
    zinit_report *report = NULL;
    zinit_error *error = NULL;

    NEED(unlink(in_case_directory("services/web.yaml")) == 0);
    NEED(mkdir(in_case_directory("services/web.yaml"), 0755) == 0);
    CHECK_FAILS(zinit_client_destroy_services(client, to_stop, 5, -1, NULL, &report, &error), ZINIT_ERR_FILE_IO);
    CHECK_TEXT(zinit_error_service(error), "web");
    zinit_error_free(error);
    check_row(report, 0, "slow", ZINIT_OK, 0);
    check_row(report, 1, "nosuch", ZINIT_OK, 0);
    check_row(report, 2, "stubborn", ZINIT_OK, 0);
    check_row(report, 3, "web", ZINIT_ERR_FILE_IO, 0);
    check_row(report, 4, "once", ZINIT_OK, 0);
    zinit_report_free(report);
    CHECK(access(in_case_directory("services/slow.yaml"), F_OK) != 0);
}

static void a_group_goes_on_past_a_service_that_fails(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);

    (void)data;
    write_service(&daemon, "web", "exec: sleep 1000\n");
    write_service(&daemon, "three", "exec: sh -c 'exit 3'\noneshot: true\n");
    write_service(&daemon, "slow", NEVER_UP);
    write_service(&daemon, "once", "exec: 'true'\noneshot: true\n");
    check_start(client);
    add_service_here(&daemon, client, "stubborn", STUBBORN);
    wait_for_file("ready");
    check_stop(client);
    check_destroy(client);
    zinit_client_free(client);
}

static void a_group_is_restarted_past_a_service_that_is_not_there(const void *data)
{
    static const char *const names[] = {"web", "nosuch", "stubborn", "stopped"};
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    /* Over JSON-RPC the daemon kills by itself, half a second after the signal. */
    int daemon_kills = speaks_json_rpc(client);
    zinit_report *report = NULL;
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    int32_t web;
    int32_t stubborn;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    add_service(&daemon, client, "stopped", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_stop_wait(client, "stopped", -1, NULL, &error));
    add_service_here(&daemon, client, "stubborn", STUBBORN);
    wait_for_file("ready");
    wait_for_state(client, "web", ZINIT_STATE_RUNNING);
    web = pid_of(client, "web");
    stubborn = pid_of(client, "stubborn");
    CHECK_FAILS(
        zinit_client_restart_multiple(client, names, 4, daemon_kills ? -1 : 300, -1, NULL, &report, &error),
        ZINIT_ERR_UNKNOWN_SERVICE);
    CHECK_CONTAINS(zinit_error_message(error), "cannot restart 1 of 4 services (\"nosuch\")");
    zinit_error_free(error);
    check_row(report, 0, "web", ZINIT_OK, 0);
    check_row(report, 1, "nosuch", ZINIT_ERR_UNKNOWN_SERVICE, 0);
    check_row(report, 2, "stubborn", ZINIT_OK, !daemon_kills);
    check_row(report, 3, "stopped", ZINIT_OK, 0);
    CHECK_INT(zinit_report_pid(report, 0), pid_of(client, "web"));
    zinit_report_free(report);
    CHECK(pid_of(client, "web") != web && pid_of(client, "stubborn") != stubborn);
    CHECK(pid_of(client, "web") > 0 && pid_of(client, "stubborn") > 0 && pid_of(client, "stopped") > 0);

    /* The same as a request, and with SIGKILL at once. */
    web = pid_of(client, "web");
    CHECK_OK(zinit_client_begin_restart_multiple(client, names, 1, 0, -1, &request, &error));
    CHECK_OK(run_to_end(request, NULL, &error));
    check_row(zinit_request_report(request), 0, "web", ZINIT_OK, 1);
    zinit_request_free(request);
    CHECK(pid_of(client, "web") != web);
    zinit_client_free(client);
}

static void a_running_service_without_a_file_is_refused(const void *data)
{
    static const char *const names[] = {"web", "db"};
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    static const int64_t timeouts_ms[] = {0, 4000};
    int32_t pid;
    size_t i;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    write_service(&daemon, "db", "exec: sleep 1000\n");
    wait_for_state(client, "web", ZINIT_STATE_RUNNING);
    pid = pid_of(client, "web");
    NEED(unlink(in_case_directory("services/web.yaml")) == 0);
    for (i = 0; i < LENGTH(timeouts_ms); i++) {
        zinit_report *report = NULL;
        zinit_error *error = NULL;
        zinit_code code = zinit_client_start_multiple(client, names, 2, timeouts_ms[i], NULL, &report, &error);

        CHECK_FAILS(code, ZINIT_ERR_CONFIG_REFUSED);
        zinit_error_free(error);
        check_row(report, 0, "web", ZINIT_ERR_CONFIG_REFUSED, 0);
        check_row(report, 1, "db", ZINIT_OK, 0);
        CHECK_INT(pid_of(client, "web"), pid);
        zinit_report_free(report);
    }
    zinit_client_free(client);
}

/* A service that was still waited for when the daemon went has the error that ended the group. */
static void a_lost_daemon_ends_a_group(const void *data)
{
    static const char *const names[] = {"web", "db"};
    static const char script[] = ON("stop *", DONE) ON_STATUS("web", 0, "Success", "Down") "on status db\n";
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of_script(&daemon);
    zinit_report *report = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_stop_multiple(client, names, 2, -1, NULL, &report, &error), ZINIT_ERR_CLOSED);
    zinit_error_free(error);
    check_row(report, 0, "web", ZINIT_OK, 0);
    check_row(report, 1, "db", ZINIT_ERR_CLOSED, 0);
    zinit_report_free(report);
    zinit_client_free(client);
}

/* Says in a file when it has ended, for which it takes a while. */
#define ENDS_SLOWLY(name, after)                                                                                       \
    "exec: sh -c 'trap \"sleep 0.2; echo " name " >> order; exit 0\" TERM; echo >> " name                               \
    ".up; while :; do sleep 0.05; done'\nafter: [" after "]\n"

static void a_group_is_stopped_in_reverse(const void *data)
{
    static const char *const names[] = {"db", "app", "web"};
    struct daemon daemon = start_zinit();
    struct client_options options = {0};
    zinit_client *client;
    zinit_report *report = NULL;
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    (void)data;
    options.daemon = &daemon;
    options.stop_order = ZINIT_STOP_ORDER_REVERSE;
    client = make_client(options);
    add_service_here(&daemon, client, "db", ENDS_SLOWLY("db", ""));
    add_service_here(&daemon, client, "app", ENDS_SLOWLY("app", "db"));
    add_service_here(&daemon, client, "web", ENDS_SLOWLY("web", "app"));
    wait_for_file("web.up");
    CHECK_OK(zinit_client_begin_restart_multiple(client, names, 3, -1, -1, &request, &error));
    while (zinit_request_wait(request, 5, &error) == ZINIT_PENDING) {
        const zinit_report *so_far = zinit_request_report(request);

        if (zinit_report_step(so_far, 0) != ZINIT_STEP_NONE)
            CHECK(zinit_report_step(so_far, 1) >= ZINIT_STEP_STOPPED);
        if (zinit_report_step(so_far, 1) != ZINIT_STEP_NONE)
            CHECK(zinit_report_step(so_far, 2) >= ZINIT_STEP_STOPPED);
    }
    CHECK_INT(zinit_request_dispatch(request, NULL), ZINIT_OK);
    zinit_request_free(request);
    CHECK_TEXT(read_file(in_case_directory("order")), "web\napp\ndb\n");
    NEED(unlink(in_case_directory("order")) == 0 && unlink(in_case_directory("web.up")) == 0);
    CHECK_OK(zinit_client_start_multiple(client, names, 3, -1, NULL, &report, &error));
    zinit_report_free(report);
    CHECK_OK(zinit_client_stop_multiple(client, names, 3, -1, NULL, &report, &error));
    check_row(report, 0, "db", ZINIT_OK, 0);
    check_row(report, 2, "web", ZINIT_OK, 0);
    zinit_report_free(report);
    zinit_client_free(client);
}

static void a_name_may_stand_in_a_group_twice(const void *data)
{
    static const char *const names[] = {"web", "web"};
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_report *report = NULL;
    zinit_error *error = NULL;

    (void)data;
    write_file(in_case_directory("services/web.yaml"), "exec: sleep 1000\n");
    CHECK_OK(zinit_client_start_multiple(client, names, 2, -1, NULL, &report, &error));
    check_row(report, 0, "web", ZINIT_OK, 0);
    check_row(report, 1, "web", ZINIT_OK, 0);
    zinit_report_free(report);
    CHECK_OK(zinit_client_stop_multiple(client, names, 2, -1, NULL, &report, &error));
    check_row(report, 1, "web", ZINIT_OK, 0);
    zinit_report_free(report);
    CHECK_OK(zinit_client_destroy_services(client, names, 2, -1, NULL, &report, &error));
    check_row(report, 1, "web", ZINIT_OK, 0);
    zinit_report_free(report);
    zinit_client_free(client);
}

/* Each round asks for one list. It asks for the status of a service only when the list shows that
 * it may be down. */
static void a_large_group_asks_for_lists(const void *data)
{
    char script[8000] = ON("stop *", DONE) "on list\n";
    char list[2][2000];
    char names[20][20];
    const char *pointers[20];
    struct daemon daemon;
    zinit_client *client;
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    size_t i;
    int round;

    (void)data;
    for (round = 0; round < 2; round++) {
        strcpy(list[round], " send {\"state\":\"ok\",\"body\":{");
        for (i = 0; i < 20; i++) {
            snprintf(names[i], sizeof names[i], "web%lu", (unsigned long)i);
            pointers[i] = names[i];
            snprintf(list[round] + strlen(list[round]), 100, "%s\"%s\":\"%s\"", i == 0 ? "" : ",", names[i],
                     round == 0 ? "Running" : "Success");
        }
        strcat(list[round], "}}\n");
    }
    strcat(script, list[0]);
    strcat(script, "on list\n");
    strcat(script, list[1]);
    strcat(script, ON("status *", STATUS_OF("web", 0, "Success", "Down")));
    daemon = start_scripted(script);
    client = client_of_script(&daemon);
    CHECK_OK(zinit_client_stop_multiple(client, pointers, 20, -1, NULL, &report, &error));
    for (i = 0; i < 20; i++)
        check_row(report, i, names[i], ZINIT_OK, 0);
    zinit_report_free(report);
    /* The stops, two lists, and a status each in the second round. */
    CHECK_INT(count_commands(&daemon), 20 + 2 + 20);
    zinit_client_free(client);
}

typedef zinit_code (*group_call)(const zinit_client *, const char *const *, size_t, int64_t, zinit_cancel *,
                                 zinit_report **, zinit_error **);

/* With nobody to talk to, and nothing to say. */
static void an_empty_group(const void *data)
{
    static const group_call calls[] = {zinit_client_start_multiple, zinit_client_stop_multiple,
                                       zinit_client_destroy_services};
    static const int64_t timeouts[] = {-1, 0, 1000};
    zinit_client *client = client_for_files();
    zinit_cancel *cancel = NULL;
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    for (i = 0; i < LENGTH(calls) * LENGTH(timeouts); i++) {
        CHECK_OK(calls[i / 3](client, NULL, 0, timeouts[i % 3], cancel, &report, &error));
        CHECK(report != NULL);
        CHECK_INT(zinit_report_len(report), 0);
        zinit_report_free(report);
    }
    zinit_cancel_trigger(cancel);
    for (i = 0; i < LENGTH(calls) * LENGTH(timeouts); i++) {
        CHECK_FAILS(calls[i / 3](client, NULL, 0, timeouts[i % 3], cancel, &report, &error), ZINIT_ERR_CANCELLED);
        CHECK(report != NULL);
        CHECK_INT(zinit_report_len(report), 0);
        zinit_report_free(report);
        check_not_sent(error);
        CHECK_OK(calls[i / 3](client, NULL, 0, timeouts[i % 3], NULL, &report, &error));
        zinit_report_free(report);
    }
    zinit_cancel_free(cancel);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"a_group_goes_on_past_a_service_that_fails", a_group_goes_on_past_a_service_that_fails, NULL},
    {"a_group_is_restarted_past_a_service_that_is_not_there", a_group_is_restarted_past_a_service_that_is_not_there,
     NULL},
    {"a_running_service_without_a_file_is_refused", a_running_service_without_a_file_is_refused, NULL},
    {"a_lost_daemon_ends_a_group", a_lost_daemon_ends_a_group, NULL},
    {"a_group_is_stopped_in_reverse", a_group_is_stopped_in_reverse, NULL},
    {"a_name_may_stand_in_a_group_twice", a_name_may_stand_in_a_group_twice, NULL},
    {"a_large_group_asks_for_lists", a_large_group_asks_for_lists, NULL},
    {"an_empty_group", an_empty_group, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
