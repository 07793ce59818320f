/* An edited file in force: on its own, as a request, and where it cannot be. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"
#include "waiting.h"

/* As a person writes it, with a variable that shows in the process. */
#define WRITTEN(value)                                                                                                 \
    "# ours: do not touch\n\nexec:   \"sleep 1000\"   # long enough\nenv: { COLOUR: '" value "' }\n\n# the end\n"

/* Whether a process has a variable of its environment, such as COLOUR=red. */
static int has_variable(int32_t pid, const char *variable)
{
    char path[50];
    char environment[1 << 14];
    size_t length;
    const char *found;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
    file = fopen(path, "re");
    NEED(file != NULL);
    length = fread(environment, 1, sizeof environment - 1, file);
    fclose(file);
    environment[length] = '\0';
    for (found = environment; found < environment + length; found += strlen(found) + 1) {
        if (strcmp(found, variable) == 0)
            return 1;
    }
    return 0;
}

static void an_edited_file_is_in_force_and_stays_as_it_is(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    int32_t before;
    int32_t after;

    (void)data;
    add_service(&daemon, client, "web", WRITTEN("red"));
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    before = pid_of(client, "web");
    CHECK(has_variable(before, "COLOUR=red"));
    write_service(&daemon, "web", WRITTEN("blue"));
    CHECK_OK(zinit_client_reload(client, "web", -1, -1, NULL, &error));
    after = pid_of(client, "web");
    CHECK(after != 0 && after != before);
    CHECK(has_variable(after, "COLOUR=blue") && !has_variable(after, "COLOUR=red"));
    CHECK_TEXT(read_file(in_case_directory("services/web.yaml")), WRITTEN("blue"));
    zinit_client_free(client);
}

/* Its file cannot be read, is not a definition, or is one that the daemon would refuse. */
static void a_file_that_the_daemon_would_refuse_stops_nothing(const void *data)
{
    static const struct {
        const char *content; /* NULL: there is no file */
        zinit_code code;
        const char *part;
    } refused[] = {
        {"# no command\nlog: ring\n", ZINIT_ERR_INVALID_SERVICE, "`exec`"},
        {"exec: sleep 1\nsignal: { stop: SIGNOPE }\n", ZINIT_ERR_INVALID_SERVICE, "`signal.stop`"},
        {"exec: [\n", ZINIT_ERR_FILE_SYNTAX, "services/web.yaml"},
        {"exec: [sleep, 1000]\n", ZINIT_ERR_INVALID_SERVICE, "`exec`"},
        {NULL, ZINIT_ERR_FILE_NOT_FOUND, "services/web.yaml"},
    };
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    const char *path = in_case_directory("services/web.yaml");
    int32_t before;
    size_t i;

    (void)data;
    add_service(&daemon, client, "web", WRITTEN("red"));
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    before = pid_of(client, "web");
    for (i = 0; i < LENGTH(refused); i++) {
        if (refused[i].content == NULL)
            NEED(unlink(path) == 0);
        else
            write_file(path, refused[i].content);
        CHECK_FAILS(zinit_client_reload(client, "web", 0, -1, NULL, &error), refused[i].code);
        CHECK_CONTAINS(zinit_error_message(error), "cannot reload \"web\": ");
        CHECK_CONTAINS(zinit_error_message(error), refused[i].part);
        CHECK_TEXT(zinit_error_service(error), "web");
        check_not_sent(error);
        CHECK_INT(pid_of(client, "web"), before);
        if (refused[i].content != NULL)
            CHECK_TEXT(read_file(path), refused[i].content);
    }
    NEED(symlink("web.yaml", path) == 0);
    CHECK_FAILS(zinit_client_reload(client, "web", 0, -1, NULL, &error), ZINIT_ERR_FILE_IO);
    CHECK_INT(zinit_error_os_errno(error), ELOOP);
    check_not_sent(error);
    CHECK_INT(pid_of(client, "web"), before);
    CHECK(has_variable(before, "COLOUR=red"));
    zinit_client_free(client);
}

static void an_unknown_and_a_stopped_service_are_started(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    write_service(&daemon, "web", WRITTEN("red"));
    CHECK_OK(zinit_client_reload(client, "web", -1, -1, NULL, &error));
    CHECK(has_variable(pid_of(client, "web"), "COLOUR=red"));
    CHECK_OK(zinit_client_stop_wait(client, "web", -1, NULL, &error));
    write_service(&daemon, "web", WRITTEN("blue"));
    CHECK_OK(zinit_client_reload(client, "web", -1, -1, NULL, &error));
    CHECK(has_variable(pid_of(client, "web"), "COLOUR=blue"));
    zinit_client_free(client);
}

/* The file says so, and not what ran before. */
static void a_service_that_has_become_a_oneshot_is_up_when_it_has_ended(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    add_service(&daemon, client, "web", WRITTEN("red"));
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    write_service(&daemon, "web", "exec: 'true'\noneshot: true\n");
    CHECK_OK(zinit_client_reload(client, "web", -1, -1, NULL, &error));
    CHECK_INT(pid_of(client, "web"), 0);
    write_service(&daemon, "web", "exec: sh -c 'exit 3'\noneshot: true\n");
    CHECK_FAILS(zinit_client_reload(client, "web", -1, -1, NULL, &error), ZINIT_ERR_SERVICE_FAILED);
    CHECK_CONTAINS(zinit_error_message(error), "cannot reload \"web\": cannot start it: ");
    CHECK_INT(zinit_state_exit_code(zinit_error_state(error)), 3);
    zinit_error_free(error);
    zinit_client_free(client);
}

static void a_service_that_ignores_its_stop_signal_is_killed(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    int64_t stop_timeout_ms;

    (void)data;
    for (stop_timeout_ms = 0; stop_timeout_ms <= 50; stop_timeout_ms += 50) {
        int32_t before;

        add_service_here(&daemon, client, "web", STUBBORN);
        wait_for_file("ready");
        before = pid_of(client, "web");
        write_service(&daemon, "web", WRITTEN("blue"));
        CHECK_OK(zinit_client_reload(client, "web", stop_timeout_ms, -1, NULL, &error));
        CHECK(pid_of(client, "web") != before);
        CHECK(has_variable(pid_of(client, "web"), "COLOUR=blue"));
        CHECK_OK(zinit_client_stop_wait(client, "web", -1, NULL, &error));
        CHECK_OK(zinit_client_forget(client, "web", &error));
        NEED(unlink("ready") == 0);
    }
    zinit_client_free(client);
}

/* What a call has done that ends early: the comment in the header says it. */
static void a_file_whose_service_is_not_up_in_time_is_in_force(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    add_service(&daemon, client, "web", WRITTEN("red"));
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    write_service(&daemon, "web", WRITTEN("blue") "test: 'false'\n");
    CHECK_FAILS(zinit_client_reload(client, "web", -1, 500, NULL, &error), ZINIT_ERR_TIMEOUT);
    CHECK_CONTAINS(zinit_error_message(error), "cannot reload \"web\": cannot start it: timed out after 500 ms: ");
    zinit_error_free(error);
    wait_for_state(client, "web", ZINIT_STATE_SPAWNED);
    CHECK(has_variable(pid_of(client, "web"), "COLOUR=blue"));
    zinit_client_free(client);
}

static void a_service_that_cannot_be_stopped_in_time_is_not_forgotten(const void *data)
{
    static const char script[] = ON_STATUS("web", 7, "Running", "Down") ON("*", DONE);
    struct daemon daemon = start_scripted(script);
    zinit_client *client = client_of_script(&daemon);
    zinit_error *error = NULL;
    char command[100];

    (void)data;
    write_file(in_case_directory("web.yaml"), WRITTEN("blue"));
    /* SIGKILL is sent ten times, once a second. */
    CHECK_FAILS(zinit_client_reload(client, "web", 50, -1, NULL, &error), ZINIT_ERR_TIMEOUT);
    CHECK_CONTAINS(zinit_error_message(error), "cannot reload \"web\": cannot stop it: timed out after 50 ms: ");
    zinit_error_free(error);
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "stop web");
    while (is_readable(daemon.output, 0)) {
        next_command(&daemon, command, sizeof command);
        CHECK(strcmp(command, "status web") == 0 || strcmp(command, "kill web SIGKILL") == 0);
    }
    zinit_client_free(client);
}

static void a_request_does_the_same(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    int32_t before;

    (void)data;
    add_service(&daemon, client, "web", WRITTEN("red"));
    CHECK_OK(zinit_client_start_wait(client, "web", -1, NULL, &error));
    before = pid_of(client, "web");
    write_service(&daemon, "web", "log: ring\n");
    CHECK_OK(zinit_client_begin_reload(client, "web", -1, -1, &request, &error));
    CHECK_INT(zinit_request_is_before_file(request), 1);
    CHECK_FAILS(finish(request, &error), ZINIT_ERR_INVALID_SERVICE);
    check_not_sent(error);
    CHECK_INT(pid_of(client, "web"), before);
    /* What counts is the file when it is dispatched. */
    CHECK_OK(zinit_client_begin_reload(client, "web", -1, -1, &request, &error));
    write_service(&daemon, "web", WRITTEN("blue"));
    CHECK_OK(run_to_end(request, NULL, &error));
    CHECK_INT(zinit_report_len(zinit_request_report(request)), 1);
    CHECK_INT(zinit_report_code(zinit_request_report(request), 0), ZINIT_OK);
    zinit_request_free(request);
    CHECK(pid_of(client, "web") != before);
    CHECK(has_variable(pid_of(client, "web"), "COLOUR=blue"));
    CHECK_TEXT(read_file(in_case_directory("services/web.yaml")), WRITTEN("blue"));
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"an_edited_file_is_in_force_and_stays_as_it_is", an_edited_file_is_in_force_and_stays_as_it_is, NULL},
    {"a_file_that_the_daemon_would_refuse_stops_nothing", a_file_that_the_daemon_would_refuse_stops_nothing, NULL},
    {"an_unknown_and_a_stopped_service_are_started", an_unknown_and_a_stopped_service_are_started, NULL},
    {"a_service_that_has_become_a_oneshot_is_up_when_it_has_ended",
     a_service_that_has_become_a_oneshot_is_up_when_it_has_ended, NULL},
    {"a_service_that_ignores_its_stop_signal_is_killed", a_service_that_ignores_its_stop_signal_is_killed, NULL},
    {"a_file_whose_service_is_not_up_in_time_is_in_force", a_file_whose_service_is_not_up_in_time_is_in_force, NULL},
    {"a_service_that_cannot_be_stopped_in_time_is_not_forgotten",
     a_service_that_cannot_be_stopped_in_time_is_not_forgotten, NULL},
    {"a_request_does_the_same", a_request_does_the_same, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
