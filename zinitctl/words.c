/* States in the words of people. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "statuses.h"

int depends_on_oneshot(const zinit_state *state, int32_t target)
{
    int32_t kind = zinit_state_kind(state);

    return target == ZINIT_TARGET_UP && (kind == ZINIT_STATE_SUCCESS || kind == ZINIT_STATE_ERROR);
}

/* The words for a process that has ended otherwise than with exit code 0. */
static struct state_words words_of_error(const zinit_state *state, int32_t target, int oneshot)
{
    int32_t exit_code = zinit_state_exit_code(state);
    const char *signal = zinit_state_signal(state);

    /* After a stop, its signal is nothing to speak of, unless the service had to be killed. */
    if (signal != NULL && strcmp(signal, "SIGKILL") == 0)
        return (struct state_words){"killed", -1, signal, MOOD_BAD};
    if (target == ZINIT_TARGET_DOWN)
        return (struct state_words){"stopped", exit_code, NULL, MOOD_NEUTRAL};
    /* The daemon starts it again, unless it is a oneshot. */
    return (struct state_words){target == ZINIT_TARGET_UP && oneshot != 1 ? "crashing" : "failed", exit_code, signal,
                                MOOD_BAD};
}

/* The words while the target is Down and the process has not ended, or there was none. */
static struct state_words words_of_stop(int32_t pid)
{
    return pid != 0 ? (struct state_words){"stopping", -1, NULL, MOOD_UNDER_WAY}
                    : (struct state_words){"stopped", -1, NULL, MOOD_NEUTRAL};
}

struct state_words words_of(const zinit_state *state, int32_t target, int32_t pid, int oneshot)
{
    int down = target == ZINIT_TARGET_DOWN;

    switch (zinit_state_kind(state)) {
    case ZINIT_STATE_UNKNOWN:
        return down                           ? words_of_stop(pid)
               : target == ZINIT_TARGET_UP    ? (struct state_words){"starting", -1, NULL, MOOD_UNDER_WAY}
                                              : (struct state_words){"unknown", -1, NULL, MOOD_UNDER_WAY};
    case ZINIT_STATE_BLOCKED:
        return down ? words_of_stop(pid) : (struct state_words){"blocked", -1, NULL, MOOD_UNDER_WAY};
    case ZINIT_STATE_SPAWNED:
        return down ? words_of_stop(pid) : (struct state_words){"starting", -1, NULL, MOOD_UNDER_WAY};
    case ZINIT_STATE_RUNNING:
        return down ? words_of_stop(pid) : (struct state_words){"running", -1, NULL, MOOD_GOOD};
    case ZINIT_STATE_TEST_FAILURE:
        return down ? words_of_stop(pid) : (struct state_words){"test failed", -1, NULL, MOOD_BAD};
    case ZINIT_STATE_SUCCESS:
        if (down)
            return words_of_stop(pid);
        /* Without its file, it is taken for a oneshot: any other service does not stay so. */
        return oneshot == 0 ? (struct state_words){"restarting", 0, NULL, MOOD_UNDER_WAY}
                            : (struct state_words){"done", -1, NULL, MOOD_GOOD};
    case ZINIT_STATE_ERROR:
        return words_of_error(state, target, oneshot);
    case ZINIT_STATE_FAILURE:
        return (struct state_words){"failed", -1, NULL, MOOD_BAD};
    default:
        return (struct state_words){state == NULL ? "unknown" : zinit_state_text(state), -1, NULL, MOOD_UNDER_WAY};
    }
}

struct state_words words_of_status(const struct call *call, const zinit_status *status)
{
    const zinit_state *state = zinit_status_state(status);
    int32_t target = zinit_status_target(status);
    int oneshot = oneshot_for(call, zinit_status_name(status), state, target);

    return words_of(state, target, zinit_status_pid(status), oneshot);
}

void write_words(FILE *stream, const struct state_words *words)
{
    write_text(stream, words->word);
    if (words->exit_code >= 0)
        fprintf(stream, " (exit %ld)", (long)words->exit_code);
    else if (words->signal != NULL)
        fprintf(stream, " (%s)", words->signal);
}

const char *colour_of_mood(enum mood mood)
{
    static const char *const colours[] = {"", "\033[32m", "\033[33m", "\033[31m"};

    return colours[mood];
}

const char *target_word(int32_t target)
{
    return target == ZINIT_TARGET_UP ? "up" : target == ZINIT_TARGET_DOWN ? "down" : "unknown";
}

int blocks(const zinit_state *state)
{
    int32_t kind = zinit_state_kind(state);

    return kind != ZINIT_STATE_RUNNING && kind != ZINIT_STATE_SUCCESS;
}
