/* Waits and groups: what each call returns, what it sends, and what stands in a report. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"

#define DONE " send {\"state\":\"ok\",\"body\":null}\n"
#define REFUSED(message) " send {\"state\":\"error\",\"body\":\"" message "\"}\n"
#define STATUS(pid, state, target)                                                                                     \
    " send {\"state\":\"ok\",\"body\":{\"name\":\"web\",\"pid\":" #pid ",\"state\":\"" state "\",\"target\":\"" target  \
    "\",\"after\":{}}}\n"
/* Ignores SIGTERM, as soon as there is a file `ready` in the directory of the case. */
#define STUBBORN "exec: sh -c 'trap \"\" TERM; echo >> ready; while :; do sleep 1; done'\n"
/* Never gets from Spawned to Running. */
#define NEVER_UP "exec: sleep 1000\ntest: 'false'\n"

/* Every call of sections 9 and 10, as one type. Those of a group get a group of one. */

static const char *const web[] = {"web"};

static zinit_code start_wait(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    return zinit_client_start_wait(client, "web", timeout_ms, cancel, error);
}

static zinit_code stop_wait(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    return zinit_client_stop_wait(client, "web", timeout_ms, cancel, error);
}

static zinit_code restart(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    return zinit_client_restart(client, "web", timeout_ms, timeout_ms, cancel, error);
}

static zinit_code deploy(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    zinit_service *service = zinit_service_new();
    zinit_code code = zinit_service_set_exec(service, "sleep 1000", NULL);

    CHECK_INT(code, ZINIT_OK);
    code = zinit_client_deploy(client, "web", service, timeout_ms, timeout_ms, cancel, error);
    zinit_service_free(service);
    return code;
}

typedef zinit_code (*group)(const zinit_client *, const char *const *, size_t, int64_t, zinit_cancel *, zinit_report **,
                            zinit_error **);

/* The report of a group of one says what the call says. */
static zinit_code of_one(group call, const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel,
                         zinit_error **error)
{
    zinit_report *report = NULL;
    zinit_code code = call(client, web, 1, timeout_ms, cancel, &report, error);

    CHECK_INT(zinit_report_len(report), 1);
    CHECK_TEXT(zinit_report_name(report, 0), "web");
    CHECK_INT(zinit_report_code(report, 0), code);
    CHECK_INT(zinit_error_code(zinit_report_error(report, 0)), code);
    CHECK((zinit_report_error(report, 0) == NULL) == (code == ZINIT_OK));
    CHECK(zinit_report_error(report, 1) == NULL);
    zinit_report_free(report);
    return code;
}

static zinit_code start_multiple(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel,
                                 zinit_error **error)
{
    return of_one(zinit_client_start_multiple, client, timeout_ms, cancel, error);
}

static zinit_code stop_multiple(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel,
                                zinit_error **error)
{
    return of_one(zinit_client_stop_multiple, client, timeout_ms, cancel, error);
}

static zinit_code destroy_services(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel,
                                   zinit_error **error)
{
    return of_one(zinit_client_destroy_services, client, timeout_ms, cancel, error);
}

typedef zinit_code (*wait_call)(const zinit_client *, int64_t, zinit_cancel *, zinit_error **);

/* One call, a daemon that does one thing, and the code that comes of it. */
struct outcome {
    wait_call call;
    const char *script; /* NULL: no daemon */
    zinit_code code;
    int64_t timeout_ms;
    int commands; /* how many were sent; -1: any number */
};

/* The client of a scripted daemon, with the service files in the directory of the case. */
static zinit_client *client_of_script(const struct daemon *daemon)
{
    struct client_options options = {0};

    options.daemon = daemon;
    options.config_dir = case_directory();
    return make_client(options);
}

static void check_outcome(const void *data)
{
    const struct outcome *expected = data;
    struct client_options options = {0};
    struct daemon daemon;
    zinit_client *client;
    zinit_error *error = NULL;

    options.socket_path = in_case_directory("no.sock");
    if (expected->script != NULL) {
        daemon = start_scripted(expected->script);
        options.socket_path = daemon.socket_path;
    }
    options.config_dir = case_directory();
    /* No reply comes where the code says so, and long before that everywhere else. */
    if (expected->code == ZINIT_ERR_NO_REPLY)
        options.io_timeout_ms = 50;
    options.max_reply_bytes = 1000;
    client = make_client(options);
    write_file(in_case_directory("web.yaml"), "exec: sleep 1000\n");
    if (expected->code == ZINIT_OK) {
        CHECK_OK(expected->call(client, expected->timeout_ms, NULL, &error));
    } else {
        CHECK_FAILS(expected->call(client, expected->timeout_ms, NULL, &error), expected->code);
        CHECK_CONTAINS(zinit_error_message(error), "\"web\"");
        CHECK_TEXT(zinit_error_service(error), "web");
        CHECK_INT(zinit_error_request_sent(error), expected->script != NULL);
        zinit_error_free(error);
    }
    if (expected->script != NULL && expected->commands >= 0)
        CHECK_INT(count_commands(&daemon), expected->commands);
    zinit_client_free(client);
}

/* A service that runs in the directory of the case. */
static void add_service_here(const struct daemon *daemon, const zinit_client *client, const char *name, const char *yaml)
{
    char with_directory[1000];

    snprintf(with_directory, sizeof with_directory, "%sdir: %s\n", yaml, case_directory());
    add_service(daemon, client, name, with_directory);
}

/* Starting, stopping, starting again */

static int32_t pid_of(const zinit_client *client, const char *name)
{
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    int32_t pid;

    CHECK_OK(zinit_client_status(client, name, &status, &error));
    pid = zinit_status_pid(status);
    zinit_status_free(status);
    return pid;
}

static void wait_for_file(const char *name)
{
    while (access(name, F_OK) != 0)
        pause_ms(2);
}

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
    zinit_error *error = NULL;
    int round;

    (void)data;
    for (round = 0; round < 10; round++) {
        add_service_here(&daemon, client, "web", STUBBORN);
        wait_for_file("ready");
        NEED(unlink("ready") == 0);
        CHECK_OK(zinit_client_stop_wait(client, "web", 20, NULL, &error));
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
    /* It fails again, and is not taken for its first failure. */
    CHECK_FAILS(zinit_client_restart(client, "three", -1, -1, NULL, &error), ZINIT_ERR_SERVICE_FAILED);
    CHECK_CONTAINS(zinit_error_message(error), "restart service \"three\"");
    CHECK_CONTAINS(zinit_error_message(error), "start service");
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
    /* It lives for twenty looks. */
    char script[4000] = "on stop web\n" DONE;
    struct daemon daemon;
    zinit_client *client;
    zinit_error *error = NULL;
    char command[100];
    int look;

    (void)data;
    for (look = 0; look < 20; look++)
        strcat(script, "on status web\n" STATUS(7, "Running", "Down"));
    strcat(script, "on status web\n" STATUS(0, "Success", "Down"));
    daemon = start_scripted(script);
    client = client_of_script(&daemon);
    CHECK_OK(zinit_client_stop_wait(client, "web", -1, NULL, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "stop web");
    for (look = 0; look < 21; look++)
        CHECK_TEXT(next_command(&daemon, command, sizeof command), "status web");
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

/* Where the call must outlive the stop, no time is no grace. */
static void no_time_to_stop_is_no_grace(const void *data)
{
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
    {
        static const char *const names[] = {"web", "deaf"};

        CHECK_OK(zinit_client_destroy_services(client, names, 2, 0, NULL, &report, &error));
        CHECK_INT(zinit_report_killed(report, 1), 1);
        zinit_report_free(report);
    }
    CHECK(access(in_case_directory("services/web.yaml"), F_OK) != 0);
    CHECK(access(in_case_directory("services/deaf.yaml"), F_OK) != 0);
    zinit_service_free(service);
    zinit_client_free(client);
}

/* A start without time to wait sends and returns, where a stop comes before it, too. */
static void no_time_to_start_sends_and_returns(const void *data)
{
    static const char script[] = "on status web\n" STATUS(0, "Success", "Down") "on *\n" DONE;
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
    static const char script[] = "on status web\n" STATUS(0, "Success", "Down") "on *\n" DONE;
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of_script(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_client_stop_wait(client, "web", INT64_MAX, NULL, &error));
    CHECK_FAILS(zinit_client_restart(client, "web", INT64_MAX, INT64_MAX, NULL, &error), ZINIT_ERR_TARGET_CHANGED);
    zinit_error_free(error);
    zinit_client_free(client);
}

/* Cancel */

/* A wait in another thread. */
struct waiting {
    pthread_t thread;
    const zinit_client *client;
    zinit_cancel *cancel;
    wait_call call;
    zinit_code code;
    zinit_error *error;
    int end[2]; /* a pipe that is closed when the wait is over */
};

static void *wait_here(void *data)
{
    struct waiting *waiting = data;

    waiting->code = waiting->call(waiting->client, -1, waiting->cancel, &waiting->error);
    close(waiting->end[1]);
    return NULL;
}

static void begin_waiting(struct waiting *waiting, wait_call call, const zinit_client *client, zinit_cancel *cancel)
{
    memset(waiting, 0, sizeof *waiting);
    waiting->call = call;
    waiting->client = client;
    waiting->cancel = cancel;
    NEED(pipe(waiting->end) == 0);
    NEED(pthread_create(&waiting->thread, NULL, wait_here, waiting) == 0);
}

static void end_waiting(struct waiting *waiting)
{
    NEED(pthread_join(waiting->thread, NULL) == 0);
    close(waiting->end[0]);
}

static int is_waiting(const struct waiting *waiting, int timeout_ms)
{
    struct pollfd end = {waiting->end[0], POLLIN, 0};

    return poll(&end, 1, timeout_ms) <= 0;
}

static void check_cancelled(struct waiting *waiting)
{
    zinit_error *error;

    end_waiting(waiting);
    error = waiting->error;
    CHECK_FAILS(waiting->code, ZINIT_ERR_CANCELLED);
    CHECK_INT(zinit_error_request_sent(error), 1);
    CHECK_TEXT(zinit_error_service(error), "web");
    zinit_error_free(error);
}

/* Each call, cancelled by another thread while it awaits a reply and while it pauses; none sends anything afterwards. */
static void cancelled_from_another_thread(const void *data)
{
    static const wait_call calls[] = {start_wait, stop_wait, restart,         deploy,
                                      start_multiple, stop_multiple, destroy_services};
    /* What every call waits for ends never: a stop that does not end, a start that gets to no process. */
    static const char *const scripts[] = {
        "on *\n stay\n",
        "on start web\n" DONE "on monitor web\n" DONE "on stop web\n" DONE "on status web\n" STATUS(0, "Blocked", "Up"),
        "on stop web\n" DONE "on status web\n" STATUS(7, "Running", "Down"),
    };
    size_t i;

    (void)data;
    write_file(in_case_directory("web.yaml"), "exec: sleep 1000\n");
    for (i = 0; i < LENGTH(calls); i++) {
        int starts = calls[i] == start_wait || calls[i] == start_multiple;
        int pauses;

        for (pauses = 0; pauses < 2; pauses++) {
            struct daemon daemon = start_scripted(scripts[pauses == 0 ? 0 : starts ? 1 : 2]);
            zinit_client *client = client_of_script(&daemon);
            zinit_cancel *cancel = NULL;
            zinit_error *error = NULL;
            struct waiting waiting;
            char command[100];
            int seen;

            CHECK_OK(zinit_cancel_new(&cancel, &error));
            begin_waiting(&waiting, calls[i], client, cancel);
            for (seen = 0; seen < (pauses ? 10 : 1); seen++)
                next_command(&daemon, command, sizeof command);
            zinit_cancel_trigger(cancel);
            check_cancelled(&waiting);
            count_commands(&daemon);
            CHECK_FAILS(calls[i](client, -1, cancel, &error), ZINIT_ERR_CANCELLED);
            CHECK_INT(zinit_error_request_sent(error), 0);
            zinit_error_free(error);
            CHECK_INT(count_commands(&daemon), 0);
            zinit_cancel_free(cancel);
            zinit_client_free(client);
            kill_daemon(&daemon);
        }
    }
}

static zinit_cancel *cancel_of_handler;
static volatile sig_atomic_t errno_in_handler;

static void cancel_in_handler(int number)
{
    (void)number;
    errno = EDOM;
    zinit_cancel_trigger(cancel_of_handler);
    errno_in_handler = errno;
}

static void *signal_when_asked(void *data)
{
    void **daemon_and_thread = data;
    char command[100];

    next_command(daemon_and_thread[0], command, sizeof command);
    NEED(pthread_kill(*(pthread_t *)daemon_and_thread[1], SIGUSR1) == 0);
    return NULL;
}

static void cancelled_from_a_signal_handler(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_client *client = client_of_script(&daemon);
    zinit_error *error = NULL;
    struct sigaction action;
    pthread_t self = pthread_self();
    pthread_t other;
    void *daemon_and_thread[2];

    (void)data;
    daemon_and_thread[0] = &daemon;
    daemon_and_thread[1] = &self;
    memset(&action, 0, sizeof action);
    action.sa_handler = cancel_in_handler;
    NEED(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK_OK(zinit_cancel_new(&cancel_of_handler, &error));
    NEED(pthread_create(&other, NULL, signal_when_asked, daemon_and_thread) == 0);
    CHECK_FAILS(zinit_client_stop_wait(client, "web", -1, cancel_of_handler, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    NEED(pthread_join(other, NULL) == 0);
    CHECK_INT(errno_in_handler, EDOM);
    count_commands(&daemon);
    CHECK_FAILS(zinit_client_stop_wait(client, "web", -1, cancel_of_handler, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_cancel_free(cancel_of_handler);
    zinit_client_free(client);
}

static void one_cancel_ends_all_calls_that_have_it(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_client *client = client_of_script(&daemon);
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    struct waiting waiting[5];
    char command[100];
    size_t i;

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    for (i = 0; i < LENGTH(waiting); i++)
        begin_waiting(&waiting[i], stop_wait, client, cancel);
    for (i = 0; i < LENGTH(waiting); i++)
        next_command(&daemon, command, sizeof command);
    zinit_cancel_trigger(cancel);
    zinit_cancel_trigger(cancel);
    for (i = 0; i < LENGTH(waiting); i++)
        check_cancelled(&waiting[i]);
    zinit_cancel_free(cancel);
    zinit_client_free(client);
}

/* What somebody else does meanwhile */

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
    /* A stop that comes before its start is undone by it, and nobody tells when that is. */
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
    static const char script[] = "on stop web\n" DONE "on status web\n" STATUS(7, "Running", "Down")
        "on status web\n" STATUS(7, "Running", "Up");
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
    static const char script[] = "on stop web\n" DONE "on status web\n" STATUS(7, "Running", "Down")
        "on status web\n" REFUSED("service name \\\"web\\\" unknown");
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

/* Groups */

static void check_row(const zinit_report *report, size_t index, const char *name, zinit_code code, int killed)
{
    const zinit_error *error = zinit_report_error(report, index);

    CHECK_TEXT(zinit_report_name(report, index), name);
    if (zinit_report_code(report, index) != code)
        fail_at(__FILE__, __LINE__, "row %s is %s (%s), expected %s", name,
                zinit_code_name(zinit_report_code(report, index)), zinit_error_message(error), zinit_code_name(code));
    CHECK_INT(zinit_report_killed(report, index), killed);
    CHECK_INT(zinit_error_code(error), code);
    if (error != NULL)
        CHECK_TEXT(zinit_error_service(error), name);
}

static void a_group_goes_on_past_a_service_that_fails(const void *data)
{
    static const char *const names[] = {"web", "nosuch", "three", "slow", "once"};
    static const char *const to_stop[] = {"slow", "nosuch", "stubborn", "web", "once"};
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_report *report = NULL;
    zinit_error *error = NULL;

    (void)data;
    write_file(in_case_directory("services/web.yaml"), "exec: sleep 1000\n");
    write_file(in_case_directory("services/three.yaml"), "exec: sh -c 'exit 3'\noneshot: true\n");
    write_file(in_case_directory("services/slow.yaml"), NEVER_UP);
    write_file(in_case_directory("services/once.yaml"), "exec: 'true'\noneshot: true\n");
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
    zinit_report_free(report);

    add_service_here(&daemon, client, "stubborn", STUBBORN);
    wait_for_file("ready");
    CHECK_OK(zinit_client_stop_multiple(client, to_stop, 5, 500, NULL, &report, &error));
    check_row(report, 0, "slow", ZINIT_OK, 0);
    check_row(report, 1, "nosuch", ZINIT_OK, 0);
    check_row(report, 2, "stubborn", ZINIT_OK, 1);
    check_row(report, 3, "web", ZINIT_OK, 0);
    check_row(report, 4, "once", ZINIT_OK, 0);
    zinit_report_free(report);

    /* One whose file cannot be removed. */
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
    zinit_client_free(client);
}

/* What was not over when the daemon went has the error that ended the whole. */
static void a_lost_daemon_ends_a_group(const void *data)
{
    static const char *const names[] = {"web", "db"};
    static const char script[] = "on stop *\n" DONE "on status web\n" STATUS(0, "Success", "Down") "on status db\n";
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

/* The same name twice is one service. */
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

/* One list a round, and one status for each service that could be there, not one for each service. */
static void a_large_group_asks_for_lists(const void *data)
{
    char script[8000] = "on stop *\n" DONE "on list\n";
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
    strcat(script, "on status *\n" STATUS(0, "Success", "Down"));
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

/* Each call with each code that it can return. */

#define BAD(call, code, script, commands) {#call "_" #code, check_outcome, &(const struct outcome){call, script, ZINIT_ERR_##code, -1, commands}}
#define GOOD(call, name, timeout_ms, script, commands) {#call "_" name, check_outcome, &(const struct outcome){call, script, ZINIT_OK, timeout_ms, commands}}
#define LATE(call, script) {#call "_TIMEOUT", check_outcome, &(const struct outcome){call, script, ZINIT_ERR_TIMEOUT, 50, -1}}
/* Those that the first exchange can end in. */
#define EXCHANGE_CODES(call)                                                                                           \
    BAD(call, NOT_RUNNING, NULL, -1), BAD(call, NO_REPLY, "on *\n stay\n", 1), BAD(call, CLOSED, "on *\n", 1),          \
        BAD(call, PROTOCOL, "on *\n send {}\n", 1), BAD(call, REPLY_TOO_LARGE, "on *\n repeat 2000 [\n", 1)
#define UNKNOWN REFUSED("service name \\\"web\\\" unknown")
#define KNOWN REFUSED("service \\\"web\\\" already monitored")
#define UP REFUSED("service \\\"web\\\" is up")
#define ENDING REFUSED("zinit is shutting down")
#define NO_FILE REFUSED("failed to load service config")
#define ODD REFUSED("EINVAL: Invalid argument")
#define STOPPED "on stop web\n" DONE "on status web\n" STATUS(0, "Success", "Down")
#define STARTED "on start web\n" DONE "on monitor web\n" DONE
#define IS(state) "on status web\n" STATUS(0, state, "Up")
#define IS_GOING_DOWN "on status web\n" STATUS(0, "Success", "Down")

static const struct test_case cases[] = {
    {"a_service_stopped_and_started_has_another_process", a_service_stopped_and_started_has_another_process, NULL},
    {"a_start_during_a_slow_stop_waits_for_the_new_process", a_start_during_a_slow_stop_waits_for_the_new_process, NULL},
    {"a_service_that_ignores_its_stop_signal_can_be_forgotten", a_service_that_ignores_its_stop_signal_can_be_forgotten,
     NULL},
    {"failures_tell_the_state", failures_tell_the_state, NULL},
    {"a_oneshot_is_up_when_it_has_ended_well", a_oneshot_is_up_when_it_has_ended_well, NULL},
    {"stopping_without_a_limit_kills_nothing", stopping_without_a_limit_kills_nothing, NULL},
    {"no_time_to_stop_is_no_grace", no_time_to_stop_is_no_grace, NULL},
    {"no_time_to_start_sends_and_returns", no_time_to_start_sends_and_returns, NULL},
    {"the_longest_times_work", the_longest_times_work, NULL},
    {"cancelled_from_another_thread", cancelled_from_another_thread, NULL},
    {"cancelled_from_a_signal_handler", cancelled_from_a_signal_handler, NULL},
    {"one_cancel_ends_all_calls_that_have_it", one_cancel_ends_all_calls_that_have_it, NULL},
    {"somebody_else_stops_it", somebody_else_stops_it, NULL},
    {"somebody_else_starts_it", somebody_else_starts_it, NULL},
    {"somebody_else_forgets_it", somebody_else_forgets_it, NULL},
    {"the_daemon_dies_during_the_wait", the_daemon_dies_during_the_wait, NULL},
    {"deploy_touches_nothing_where_it_cannot_work", deploy_touches_nothing_where_it_cannot_work, NULL},
    {"deploy_over_a_running_a_stopped_and_no_service", deploy_over_a_running_a_stopped_and_no_service, NULL},
    {"a_group_goes_on_past_a_service_that_fails", a_group_goes_on_past_a_service_that_fails, NULL},
    {"a_lost_daemon_ends_a_group", a_lost_daemon_ends_a_group, NULL},
    {"a_name_may_stand_in_a_group_twice", a_name_may_stand_in_a_group_twice, NULL},
    {"a_large_group_asks_for_lists", a_large_group_asks_for_lists, NULL},

    EXCHANGE_CODES(start_wait),
    BAD(start_wait, DAEMON, "on *\n" ODD, 1),
    BAD(start_wait, UNKNOWN_SERVICE, "on *\n" UNKNOWN, 1),
    BAD(start_wait, SHUTTING_DOWN, IS("Blocked") "on start web\n" ENDING, 2),
    BAD(start_wait, SERVICE_FAILED, STARTED IS("Blocked") IS("Failure"), 3),
    BAD(start_wait, TARGET_CHANGED, STARTED IS("Blocked") IS_GOING_DOWN, 3),
    LATE(start_wait, STARTED IS("Spawned")),
    GOOD(start_wait, "without_time", 0, STARTED, 1),

    EXCHANGE_CODES(stop_wait),
    BAD(stop_wait, DAEMON, "on *\n" ODD, 1),
    BAD(stop_wait, UNKNOWN_SERVICE, "on *\n" UNKNOWN, 1),
    BAD(stop_wait, TARGET_CHANGED, "on stop web\n" DONE IS("Running"), 2),
    /* It outlives ten times SIGKILL, one a second. */
    LATE(stop_wait, "on status web\n" STATUS(7, "Running", "Down") "on *\n" DONE),
    GOOD(stop_wait, "without_time", 0, "on stop web\n" DONE, 1),

    EXCHANGE_CODES(restart),
    BAD(restart, DAEMON, "on *\n" ODD, 1),
    BAD(restart, UNKNOWN_SERVICE, "on *\n" UNKNOWN, 1),
    BAD(restart, SHUTTING_DOWN, STOPPED "on start web\n" ENDING, 3),
    BAD(restart, SERVICE_FAILED, STOPPED IS("Failure") STARTED, 4),
    BAD(restart, TARGET_CHANGED, STOPPED STARTED, 4),
    LATE(restart, STOPPED STARTED IS("Spawned")),

    EXCHANGE_CODES(deploy),
    BAD(deploy, DAEMON, "on *\n" ODD, 1),
    BAD(deploy, SERVICE_UP, STOPPED "on forget web\n" UP, 3),
    BAD(deploy, ALREADY_MONITORED, STOPPED "on forget web\n" DONE "on monitor web\n" KNOWN, 4),
    BAD(deploy, CONFIG_REFUSED, STOPPED "on forget web\n" DONE "on monitor web\n" NO_FILE, 4),
    BAD(deploy, SHUTTING_DOWN, STOPPED "on forget web\n" DONE "on monitor web\n" ENDING, 4),
    BAD(deploy, SERVICE_FAILED, STOPPED "on forget web\n" DONE STARTED IS("Failure"), 5),
    BAD(deploy, TARGET_CHANGED, STOPPED "on forget web\n" DONE STARTED, 5),
    LATE(deploy, STOPPED "on forget web\n" DONE STARTED IS("Spawned")),

    EXCHANGE_CODES(start_multiple),
    BAD(start_multiple, DAEMON, "on monitor web\n" KNOWN "on *\n" ODD, 2),
    BAD(start_multiple, CONFIG_REFUSED, "on *\n" NO_FILE, 1),
    BAD(start_multiple, SHUTTING_DOWN, "on *\n" ENDING, 1),
    BAD(start_multiple, UNKNOWN_SERVICE, "on monitor web\n" KNOWN "on status web\n" UNKNOWN, 2),
    BAD(start_multiple, SERVICE_FAILED, STARTED IS("Failure"), 2),
    BAD(start_multiple, TARGET_CHANGED, STARTED IS_GOING_DOWN, 2),
    LATE(start_multiple, STARTED IS("Spawned")),
    GOOD(start_multiple, "without_time", 0, STARTED, 1),

    EXCHANGE_CODES(stop_multiple),
    BAD(stop_multiple, DAEMON, "on *\n" ODD, 1),
    BAD(stop_multiple, TARGET_CHANGED, "on stop web\n" DONE IS("Running"), 2),
    GOOD(stop_multiple, "of_an_unknown_service", -1, "on *\n" UNKNOWN, 1),
    GOOD(stop_multiple, "without_time", 0, "on stop web\n" DONE, 1),

    EXCHANGE_CODES(destroy_services),
    BAD(destroy_services, DAEMON, "on *\n" ODD, 1),
    BAD(destroy_services, TARGET_CHANGED, "on stop web\n" DONE IS("Running"), 2),
    BAD(destroy_services, SERVICE_UP, STOPPED "on forget web\n" UP, 3),
    GOOD(destroy_services, "of_an_unknown_service", -1, "on *\n" UNKNOWN, -1),
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
