/* A cancel ends a wait: from another thread, from a signal handler, and several waits at once. */
#include "calls.h"
#include "replies.h"
#include "waiting.h"

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

/* Each call, while it awaits a reply and while it pauses. It sends nothing afterwards. */
static void cancelled_from_another_thread(const void *data)
{
    static const wait_call calls[] = {
        start_wait,
        stop_wait,
        restart,
        deploy,
        start_multiple,
        stop_multiple,
        destroy_services,
#if HEADER_HAS_0_2_0
        reload,
        restart_multiple,
#endif
    };
    static const char never_answers[] = "on *\n stay\n";
    static const char never_starts[] = ON("start web", DONE) ON("monitor web", DONE) ON("stop web", DONE)
        ON_STATUS("web", 0, "Blocked", "Up");
    size_t i;

    (void)data;
    write_file(in_case_directory("web.yaml"), "exec: sleep 1000\n");
    for (i = 0; i < LENGTH(calls); i++) {
        int starts = calls[i] == start_wait || calls[i] == start_multiple;
        int pauses;

        for (pauses = 0; pauses < 2; pauses++) {
            struct daemon daemon = start_scripted(pauses == 0 ? never_answers : starts ? never_starts : NEVER_STOPS);
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

static void cancelled_from_a_signal_handler(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_client *client = client_of_script(&daemon);
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    struct ending ending;

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    signal_at_next_command(&ending, &daemon, cancel);
    CHECK_FAILS(zinit_client_stop_wait(client, "web", -1, cancel, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    join_ending(&ending);
    count_commands(&daemon);
    CHECK_FAILS(zinit_client_stop_wait(client, "web", -1, cancel, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_cancel_free(cancel);
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

static const struct test_case cases[] = {
    {"cancelled_from_another_thread", cancelled_from_another_thread, NULL},
    {"cancelled_from_a_signal_handler", cancelled_from_a_signal_handler, NULL},
    {"one_cancel_ends_all_calls_that_have_it", one_cancel_ends_all_calls_that_have_it, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
