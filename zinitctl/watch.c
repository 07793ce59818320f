/* Changes of state, as they happen. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>

#include "command_line.h"
#include "names.h"

/* The usual colours: green is good, red has failed, yellow is on the way. */
static const char *colour_of(const zinit_state *state)
{
    switch (zinit_state_kind(state)) {
    case ZINIT_STATE_RUNNING:
    case ZINIT_STATE_SUCCESS:
        return "\033[32m";
    case ZINIT_STATE_ERROR:
    case ZINIT_STATE_FAILURE:
    case ZINIT_STATE_TEST_FAILURE:
        return "\033[31m";
    default:
        return "\033[33m";
    }
}

static void print_state(const zinit_state *state, int in_colour)
{
    if (in_colour)
        fputs(colour_of(state), stdout);
    print_text(zinit_state_text(state), 0);
    if (in_colour)
        fputs("\033[0m", stdout);
}

static void print_change(const zinit_change *change, int in_colour)
{
    switch (zinit_change_kind(change)) {
    case ZINIT_CHANGE_DAEMON_LOST:
        puts("the daemon does not answer");
        return;
    case ZINIT_CHANGE_DAEMON_BACK:
        puts("the daemon answers again");
        return;
    default:
        break;
    }
    print_text(zinit_change_service(change), 0);
    fputs(": ", stdout);
    switch (zinit_change_kind(change)) {
    case ZINIT_CHANGE_FORGOTTEN:
        puts("forgotten");
        return;
    case ZINIT_CHANGE_STATE:
        print_state(zinit_change_state_before(change), in_colour);
        fputs(" -> ", stdout);
        break;
    default:
        break;
    }
    print_state(zinit_change_state_after(change), in_colour);
    printf(", target %s", zinit_target_name(zinit_change_target(change)));
    if (zinit_change_pid(change) != 0)
        printf(", pid %ld", (long)zinit_change_pid(change));
    putchar('\n');
}

/* Prints changes until a signal arrives or nobody reads the output any more. Both are a normal end. */
static zinit_code print_changes(const struct call *call, zinit_watch *watch, zinit_error **error)
{
    int in_colour = use_colour(call);

    for (;;) {
        const zinit_change *change = NULL;
        zinit_code code = zinit_watch_next(watch, 0, NULL, &change, error);

        if (code == ZINIT_OK) {
            print_change(change, in_colour);
            if (fflush(stdout) != 0)
                return discard_output();
        } else if (code != ZINIT_PENDING) {
            return code;
        } else if (!wait_for(zinit_watch_fd(watch))) {
            return ZINIT_OK;
        }
    }
}

static enum exit_status watch_services(const struct call *call, char **names, size_t count)
{
    zinit_watch *watch = NULL;
    zinit_error *error = NULL;
    enum exit_status status = catch_signals();
    zinit_code code;

    if (status != STATUS_DONE)
        return status;
    signal(SIGPIPE, SIG_IGN);
    code = zinit_client_watch(call->client, (const char *const *)names, count, 0, &watch, &error);
    if (code == ZINIT_OK)
        code = print_changes(call, watch, &error);
    zinit_watch_free(watch);
    return finish(code, &error);
}

enum exit_status run_watch(const struct call *call)
{
    struct services services;
    enum exit_status status;

    /* All: those that the daemon does not know yet, too. */
    if (call->argument_count == 0)
        return watch_services(call, NULL, 0);
    status = choose_all_services(call, &services);
    if (status == STATUS_DONE && services.chosen.count > 0)
        status = watch_services(call, services.chosen.at, services.chosen.count);
    free_services(&services);
    return status;
}
