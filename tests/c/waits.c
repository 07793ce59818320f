/* Starting, stopping and restarting services, and waiting for that: on their own, and against others. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"
#include "waiting.h"

/* Starting, stopping, starting again */

static void a_service_stopped_and_started_has_another_process(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    int32_t before;
    int32_t after;

    (void)data;
    add_service(&daemon, client, "web", "exec: sh -c 'trap \"exit 0\" TERM; while :; do sleep 0.05; done'\n");
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    before = pid_of(client, "web");
    CHECK(before != 0);
    CHECK_OK(zinit_client_stop_wait(client, "web", -1, NULL, &error));
    CHECK_INT(pid_of(client, "web"), 0);
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    after = pid_of(client, "web");
    CHECK(after != 0 && after != before);
    CHECK_OK(zinit_client_restart(client, "web", -1, -1, NULL, &error));
    CHECK(pid_of(client, "web") != 0 && pid_of(client, "web") != after);
    zinit_client_free(client);
}

/* The old process still runs, in the state Running, when the start is asked for. */
static void a_start_during_a_slow_stop_waits_for_the_new_process(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    int32_t before;

    (void)data;
    add_service_here(&daemon, client, "web",
                     "exec: sh -c 'trap \"sleep 0.5; exit 0\" TERM; echo >> ready; while :; do sleep 0.05; done'\n");
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    wait_for_file("ready");
    before = pid_of(client, "web");
    CHECK_OK(zinit_client_stop(client, "web", &error));
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    CHECK(pid_of(client, "web") != 0 && pid_of(client, "web") != before);
    zinit_client_free(client);
}

static void a_service_that_ignores_its_stop_signal_can_be_forgotten(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    /* Since zinit 0.2.15 the daemon itself sends SIGKILL, after a second, and may answer nothing else until then. */
    int daemon_kills = speaks_json_rpc(client);
    zinit_error *error = NULL;
    int round;

    (void)data;
    for (round = 0; round < (daemon_kills ? 3 : 10); round++) {
        add_service_here(&daemon, client, "web", STUBBORN);
        wait_for_file("ready");
        NEED(unlink("ready") == 0);
        CHECK_OK(zinit_client_stop_wait(client, "web", daemon_kills ? -1 : 100, NULL, &error));
        CHECK_OK(zinit_client_forget(client, "web", &error));
    }
    zinit_client_free(client);
}

static void failures_tell_the_state(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    add_service(&daemon, client, "slow", NEVER_UP);
    CHECK_FAILS(zinit_client_start_wait(client, "slow", 100, NULL, &error), ZINIT_ERR_TIMEOUT);
    CHECK_INT(zinit_state_kind(zinit_error_state(error)), ZINIT_STATE_SPAWNED);
    zinit_error_free(error);
    add_service(&daemon, client, "missing", "exec: /nonexistent/program\n");
    CHECK_FAILS(zinit_client_start_wait(client, "missing", -1, NULL, &error), ZINIT_ERR_SERVICE_FAILED);
    CHECK_INT(zinit_state_kind(zinit_error_state(error)), ZINIT_STATE_FAILURE);
    zinit_error_free(error);
    add_service(&daemon, client, "three", "exec: sh -c 'exit 3'\noneshot: true\n");
    CHECK_FAILS(zinit_client_start_wait(client, "three", -1, NULL, &error), ZINIT_ERR_SERVICE_FAILED);
    CHECK_INT(zinit_state_exit_code(zinit_error_state(error)), 3);
    zinit_error_free(error);
    /* The failure of the new start, not the one before. */
    CHECK_FAILS(zinit_client_restart(client, "three", -1, -1, NULL, &error), ZINIT_ERR_SERVICE_FAILED);
    CHECK_CONTAINS(zinit_error_message(error), "restart \"three\"");
    CHECK_CONTAINS(zinit_error_message(error), "cannot start it");
    zinit_error_free(error);
    add_service(&daemon, client, "crash", "exec: sh -c 'kill -SEGV $$'\noneshot: true\n");
    CHECK_FAILS(zinit_client_start_wait(client, "crash", -1, NULL, &error), ZINIT_ERR_SERVICE_FAILED);
    CHECK_TEXT(zinit_state_signal(zinit_error_state(error)), "SIGSEGV");
    zinit_error_free(error);
    zinit_client_free(client);
}

static void a_oneshot_is_up_when_it_has_ended_well(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    zinit_status *status = NULL;

    (void)data;
    add_service_here(&daemon, client, "once", "exec: sh -c 'echo >> ran'\noneshot: true\n");
    CHECK_OK(zinit_client_start_wait(client, "once", -1, NULL, &error));
    CHECK(access("ran", F_OK) == 0);
    NEED(unlink("ran") == 0);
    CHECK_OK(zinit_client_restart(client, "once", -1, -1, NULL, &error));
    CHECK(access("ran", F_OK) == 0);
    CHECK_OK(zinit_client_status(client, "once", &status, &error));
    CHECK_INT(zinit_state_kind(zinit_status_state(status)), ZINIT_STATE_SUCCESS);
    zinit_status_free(status);
    zinit_client_free(client);
}

/* Times */

/* Without a limit SIGKILL is never sent. */
static void stopping_without_a_limit_kills_nothing(const void *data)
{
    /* The process is there for twenty looks. */
    char script[4000] = ON("stop web", DONE);
    struct daemon daemon;
    zinit_client *client;
    zinit_error *error = NULL;
    char command[100];
    int look;

    (void)data;
    for (look = 0; look < 20; look++)
        strcat(script, ON_STATUS("web", 7, "Running", "Down"));
    strcat(script, ON_STATUS("web", 0, "Success", "Down"));
    daemon = start_scripted(script);
    client = client_of_script(&daemon);
    CHECK_OK(zinit_client_stop_wait(client, "web", -1, NULL, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "stop web");
    for (look = 0; look < 21; look++)
        CHECK_TEXT(next_command(&daemon, command, sizeof command), "status web");
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

/* A call that goes on after the stop cannot leave the process behind: without time to stop it sends SIGKILL at once. */
static void no_time_to_stop_sends_SIGKILL_at_once(const void *data)
{
    static const char *const names[] = {"web", "deaf"};
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    int32_t before;

    (void)data;
    add_service_here(&daemon, client, "web", STUBBORN);
    wait_for_file("ready");
    before = pid_of(client, "web");
    CHECK_OK(zinit_client_restart(client, "web", 0, -1, NULL, &error));
    CHECK(pid_of(client, "web") != 0 && pid_of(client, "web") != before);
    before = pid_of(client, "web");
    CHECK_OK(zinit_service_set_exec(service, "sleep 1000", &error));
    CHECK_OK(zinit_client_deploy(client, "web", service, 0, -1, NULL, &error));
    CHECK(pid_of(client, "web") != 0 && pid_of(client, "web") != before);
    NEED(unlink("ready") == 0);
    add_service_here(&daemon, client, "deaf", STUBBORN);
    wait_for_file("ready");
    CHECK_OK(zinit_client_destroy_services(client, names, 2, 0, NULL, &report, &error));
    CHECK_INT(zinit_report_killed(report, 1), 1);
    zinit_report_free(report);
    CHECK(access(in_case_directory("services/web.yaml"), F_OK) != 0);
    CHECK(access(in_case_directory("services/deaf.yaml"), F_OK) != 0);
    zinit_service_free(service);
    zinit_client_free(client);
}

/* A start without time to wait sends the command and returns, also behind a stop. */
static void no_time_to_start_sends_and_returns(const void *data)
{
    static const char script[] = ON_STATUS("web", 0, "Success", "Down") ON("*", DONE);
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of_script(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_error *error = NULL;
    char command[100];

    (void)data;
    CHECK_OK(zinit_client_restart(client, "web", -1, 0, NULL, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "stop web");
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "status web");
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "start web");
    CHECK_INT(count_commands(&daemon), 0);
    CHECK_OK(zinit_service_set_exec(service, "sleep 1000", &error));
    CHECK_OK(zinit_client_deploy(client, "web", service, -1, 0, NULL, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "stop web");
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "status web");
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "forget web");
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "monitor web");
    CHECK_INT(count_commands(&daemon), 0);
    zinit_service_free(service);
    zinit_client_free(client);
}

static void the_longest_times_work(const void *data)
{
    static const char script[] = ON_STATUS("web", 0, "Success", "Down") ON("*", DONE);
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of_script(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_client_stop_wait(client, "web", INT64_MAX, NULL, &error));
    CHECK_FAILS(zinit_client_restart(client, "web", INT64_MAX, INT64_MAX, NULL, &error), ZINIT_ERR_TARGET_CHANGED);
    zinit_error_free(error);
    zinit_client_free(client);
}

/* What others do meanwhile */

static void somebody_else_stops_it(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    struct waiting waiting;

    (void)data;
    add_service(&daemon, client, "web", NEVER_UP);
    wait_for_state(client, "web", ZINIT_STATE_SPAWNED);
    begin_waiting(&waiting, start_wait, client, NULL);
    /* The start may come later than a stop, and undo it. */
    do {
        CHECK_OK(zinit_client_stop(client, "web", &error));
    } while (is_waiting(&waiting, 20));
    end_waiting(&waiting);
    error = waiting.error;
    CHECK_FAILS(waiting.code, ZINIT_ERR_TARGET_CHANGED);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void somebody_else_starts_it(const void *data)
{
    static const char script[] = ON("stop web", DONE) ON_STATUS("web", 7, "Running", "Down")
        ON_STATUS("web", 7, "Running", "Up");
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of_script(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_stop_wait(client, "web", -1, NULL, &error), ZINIT_ERR_TARGET_CHANGED);
    CHECK_INT(zinit_state_kind(zinit_error_state(error)), ZINIT_STATE_RUNNING);
    zinit_error_free(error);
    CHECK_INT(count_commands(&daemon), 3);
    zinit_client_free(client);
}

static void somebody_else_forgets_it(const void *data)
{
    static const char script[] = ON("stop web", DONE) ON_STATUS("web", 7, "Running", "Down")
        ON("status web", UNKNOWN_SERVICE("web"));
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of_script(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_client_stop_wait(client, "web", -1, NULL, &error));
    CHECK_INT(count_commands(&daemon), 3);
    zinit_client_free(client);
}

static void the_daemon_dies_during_the_wait(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    struct waiting waiting;

    (void)data;
    add_service(&daemon, client, "web", NEVER_UP);
    begin_waiting(&waiting, start_wait, client, NULL);
    wait_for_state(client, "web", ZINIT_STATE_SPAWNED);
    kill_daemon(&daemon);
    end_waiting(&waiting);
    CHECK(waiting.code == ZINIT_ERR_NOT_RUNNING || waiting.code == ZINIT_ERR_CLOSED);
    zinit_error_free(waiting.error);
    zinit_client_free(client);
}

/* Deploy */

static void deploy_touches_nothing_where_it_cannot_work(const void *data)
{
    struct daemon daemon = start_zinit();
    struct client_options options = {0};
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_error *error = NULL;
    int32_t before;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    before = pid_of(client, "web");
    /* No command. */
    CHECK_FAILS(zinit_client_deploy(client, "web", service, 0, 0, NULL, &error), ZINIT_ERR_INVALID_SERVICE);
    CHECK_CONTAINS(zinit_error_message(error), "exec");
    CHECK_INT(zinit_error_request_sent(error), 0);
    zinit_error_free(error);
    CHECK_OK(zinit_service_set_exec(service, "sleep 2000", &error));
    zinit_client_free(client);
    /* No directory. */
    options.daemon = &daemon;
    options.config_dir = "/nonexistent";
    client = make_client(options);
    CHECK_FAILS(zinit_client_deploy(client, "web", service, 0, 0, NULL, &error), ZINIT_ERR_FILE_IO);
    CHECK_INT(zinit_error_os_errno(error), ENOENT);
    CHECK_INT(zinit_error_request_sent(error), 0);
    zinit_error_free(error);
    CHECK_INT(pid_of(client, "web"), before);
    CHECK_TEXT(read_file(in_case_directory("services/web.yaml")), "exec: sleep 1000\n");
    zinit_service_free(service);
    zinit_client_free(client);
}

static void deploy_over_a_running_a_stopped_and_no_service(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_error *error = NULL;
    int round;

    (void)data;
    for (round = 0; round < 3; round++) {
        char command[50];

        snprintf(command, sizeof command, "sleep %d", 1000 + round);
        if (round == 2)
            CHECK_OK(zinit_client_stop_wait(client, "web", -1, NULL, &error));
        CHECK_OK(zinit_service_set_exec(service, command, &error));
        CHECK_OK(zinit_client_deploy(client, "web", service, -1, -1, NULL, &error));
        CHECK(pid_of(client, "web") != 0);
        CHECK_CONTAINS(read_file(in_case_directory("services/web.yaml")), command);
    }
    zinit_service_free(service);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"a_service_stopped_and_started_has_another_process", a_service_stopped_and_started_has_another_process, NULL},
    {"a_start_during_a_slow_stop_waits_for_the_new_process", a_start_during_a_slow_stop_waits_for_the_new_process,
     NULL},
    {"a_service_that_ignores_its_stop_signal_can_be_forgotten", a_service_that_ignores_its_stop_signal_can_be_forgotten,
     NULL},
    {"failures_tell_the_state", failures_tell_the_state, NULL},
    {"a_oneshot_is_up_when_it_has_ended_well", a_oneshot_is_up_when_it_has_ended_well, NULL},
    {"stopping_without_a_limit_kills_nothing", stopping_without_a_limit_kills_nothing, NULL},
    {"no_time_to_stop_sends_SIGKILL_at_once", no_time_to_stop_sends_SIGKILL_at_once, NULL},
    {"no_time_to_start_sends_and_returns", no_time_to_start_sends_and_returns, NULL},
    {"the_longest_times_work", the_longest_times_work, NULL},
    {"somebody_else_stops_it", somebody_else_stops_it, NULL},
    {"somebody_else_starts_it", somebody_else_starts_it, NULL},
    {"somebody_else_forgets_it", somebody_else_forgets_it, NULL},
    {"the_daemon_dies_during_the_wait", the_daemon_dies_during_the_wait, NULL},
    {"deploy_touches_nothing_where_it_cannot_work", deploy_touches_nothing_where_it_cannot_work, NULL},
    {"deploy_over_a_running_a_stopped_and_no_service", deploy_over_a_running_a_stopped_and_no_service, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
