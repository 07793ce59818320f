/* Whether services are up, down or failed, as --until wants it. */
#define _POSIX_C_SOURCE 200809L
#include "until.h"

#include <stdlib.h>
#include <string.h>

/* In the order of enum until. */
static const char *const aims[] = {"", "up", "down", "failed"};

void begin_goal(struct goal *goal)
{
    goal->awaited = need_memory(calloc(goal->names->count + 1, sizeof *goal->awaited));
}

void free_goal(struct goal *goal)
{
    free(goal->awaited);
    goal->awaited = NULL;
}

/* Whether the daemon does not start the process again by itself. */
static int is_final(const zinit_state *state, int oneshot)
{
    switch (zinit_state_kind(state)) {
    case ZINIT_STATE_FAILURE:
    case ZINIT_STATE_TEST_FAILURE:
        return 1;
    case ZINIT_STATE_SUCCESS:
    case ZINIT_STATE_ERROR:
        return oneshot == 1;
    default:
        return 0;
    }
}

/* Notes whether a service is there. Returns 0 if it cannot get there any more. */
static int look(const struct call *call, enum until until, const zinit_status *status, struct awaited *awaited)
{
    const zinit_state *state = zinit_status_state(status);
    int32_t target = zinit_status_target(status);
    int oneshot = oneshot_for(call, zinit_status_name(status), state, target);
    struct state_words words = words_of(state, target, zinit_status_pid(status), oneshot);
    int was_stopped = target == ZINIT_TARGET_DOWN && awaited->was_up;

    awaited->was_up = awaited->was_up || target == ZINIT_TARGET_UP;
    switch (until) {
    case UNTIL_UP:
        awaited->is_there = words.mood == MOOD_GOOD;
        return awaited->is_there || !(was_stopped || is_final(state, oneshot));
    case UNTIL_DOWN:
        awaited->is_there = target == ZINIT_TARGET_DOWN && zinit_status_pid(status) == 0;
        return 1;
    default:
        /* One that crashes again and again has failed, even if it is running now. */
        awaited->is_there = awaited->is_there || words.mood == MOOD_BAD;
        return awaited->is_there || !(was_stopped || is_final(state, oneshot));
    }
}

void look_at_all(const struct call *call, struct goal *goal)
{
    for (size_t i = 0; i < goal->names->count && goal->hopeless == NULL; i++) {
        const char *name = goal->names->at[i];
        zinit_status *status = NULL;
        zinit_code code = zinit_client_status(call->client, name, &status, NULL);
        int is_possible = 1;

        if (code == ZINIT_OK) {
            is_possible = look(call, goal->until, status, &goal->awaited[i]);
        } else if (code == ZINIT_ERR_UNKNOWN_SERVICE) {
            /* It was forgotten, and only a service that is down can be. */
            goal->awaited[i].is_there = goal->awaited[i].is_there || goal->until == UNTIL_DOWN;
            is_possible = goal->awaited[i].is_there;
        }
        /* On another failure, the watch goes on as it does without a goal. */
        zinit_status_free(status);
        if (!is_possible)
            goal->hopeless = name;
    }
}

int is_reached(const struct goal *goal)
{
    for (size_t i = 0; i < goal->names->count; i++) {
        if (!goal->awaited[i].is_there)
            return 0;
    }
    return 1;
}

static void write_current(const struct call *call, const char *name)
{
    zinit_status *status = NULL;
    zinit_error *error = NULL;

    if (zinit_client_status(call->client, name, &status, &error) == ZINIT_OK) {
        struct state_words words = words_of_status(call, status);
        fputs("it is ", stderr);
        write_words(stderr, &words);
        fputc('\n', stderr);
    } else {
        fprintf(stderr, "%s\n", zinit_error_message(error));
    }
    zinit_error_free(error);
    zinit_status_free(status);
}

void print_missed(const struct call *call, const struct goal *goal, double seconds)
{
    const char *aim = aims[goal->until];

    for (size_t i = 0; i < goal->names->count; i++) {
        const char *name = goal->names->at[i];
        if (goal->awaited[i].is_there || (goal->hopeless != NULL && strcmp(goal->hopeless, name) != 0))
            continue;
        fputs("zinitctl: ", stderr);
        write_text(stderr, name);
        if (goal->hopeless != NULL)
            fprintf(stderr, ": cannot get %s any more by itself: ", aim);
        else
            fprintf(stderr, ": not %s after %.2f s: ", aim, seconds);
        write_current(call, name);
    }
}
