/* How far a service has come that is waited for, in words. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "wait.h"

int is_under_way(const zinit_report *report, size_t index)
{
    return zinit_report_code(report, index) == ZINIT_PENDING;
}

static const char *text_of_state(const zinit_state *state)
{
    return state == NULL ? "" : zinit_state_text(state);
}

static void note_step(const struct wait *wait, const zinit_report *report, size_t index)
{
    struct waited *service = &wait->services[index];
    int32_t step = zinit_report_step(report, index);

    if (service->end_ms == 0 && !is_under_way(report, index))
        service->end_ms = now_ms();
    if (step == ZINIT_STEP_STARTING && service->step != step) {
        free(service->state_before);
        /* Without memory, a state of an earlier process is taken for a new one until the next look. */
        service->state_before = strdup(text_of_state(zinit_report_state(report, index)));
    }
    service->step = step;
}

void note_steps(const struct wait *wait)
{
    const zinit_report *report = zinit_request_report(wait->request);

    for (size_t i = 0; i < zinit_report_len(report); i++)
        note_step(wait, report, i);
}

/* Whether the state tells of a process that ran before the start. The daemon leaves it until it spawns the new one. */
static int is_of_earlier_process(const struct waited *service, const zinit_state *state, int32_t pid)
{
    switch (zinit_state_kind(state)) {
    case ZINIT_STATE_BLOCKED:
        return 0;
    case ZINIT_STATE_SUCCESS:
    case ZINIT_STATE_ERROR:
    case ZINIT_STATE_FAILURE:
        break;
    default:
        if (pid != 0)
            return 0;
        break;
    }
    return service->state_before != NULL && strcmp(service->state_before, zinit_state_text(state)) == 0;
}

static struct state_words under_way(const char *word)
{
    return (struct state_words){word, -1, NULL, MOOD_UNDER_WAY};
}

/* The words for the state of a service that was told to start. */
static struct state_words words_of_start(const struct wait *wait, const zinit_report *report, size_t index)
{
    struct waited *service = &wait->services[index];
    const zinit_state *state = zinit_report_state(report, index);

    /* With the target Down, the daemon has not taken in the start. */
    if (state == NULL || zinit_report_target(report, index) == ZINIT_TARGET_DOWN ||
        is_of_earlier_process(service, state, zinit_report_pid(report, index)))
        return under_way("starting");
    if (service->oneshot == NOT_READ && depends_on_oneshot(state, ZINIT_TARGET_UP))
        service->oneshot = is_oneshot(wait->call, zinit_report_name(report, index));
    return words_of(state, ZINIT_TARGET_UP, zinit_report_pid(report, index),
                    service->oneshot == NOT_READ ? -1 : service->oneshot);
}

static const char *word_of_step(int32_t step)
{
    switch (step) {
    case ZINIT_STEP_NONE:
        return "waiting";
    case ZINIT_STEP_STOPPING:
        return "stopping";
    case ZINIT_STEP_KILLING:
        return "killing";
    case ZINIT_STEP_STOPPED:
        return "stopped";
    case ZINIT_STEP_FORGETTING:
        return "forgetting";
    case ZINIT_STEP_WRITING:
        return "writing its file";
    case ZINIT_STEP_REMOVING:
        return "removing its file";
    case ZINIT_STEP_STARTING:
        return "starting";
    default:
        return "under way";
    }
}

static enum mood write_step(FILE *stream, const struct wait *wait, size_t index, int in_full)
{
    const zinit_report *report = zinit_request_report(wait->request);
    int32_t step = zinit_report_step(report, index);
    struct state_words words =
        step == ZINIT_STEP_STARTING ? words_of_start(wait, report, index) : under_way(word_of_step(step));

    if (in_full && strcmp(words.word, word_of_step(step)) != 0)
        fprintf(stream, "%s, ", word_of_step(step));
    write_words(stream, &words);
    return words.mood == MOOD_BAD ? MOOD_BAD : MOOD_UNDER_WAY;
}

enum mood write_doing(FILE *stream, const struct wait *wait, size_t index)
{
    return write_step(stream, wait, index, 1);
}

enum mood write_doing_short(FILE *stream, const struct wait *wait, size_t index)
{
    return write_step(stream, wait, index, 0);
}

/* A step begins before its command is sent. The target of a service is known to have changed from the reply on. */
const char *what_was_told(const zinit_report *report, size_t index)
{
    int32_t target = zinit_report_target(report, index);

    switch (zinit_report_step(report, index)) {
    case ZINIT_STEP_NONE:
        return "nothing was done to it";
    case ZINIT_STEP_STOPPING:
        return target == ZINIT_TARGET_DOWN ? "it was told to stop" : "it may have been told to stop";
    case ZINIT_STEP_KILLING:
        return zinit_report_killed(report, index) ? "SIGKILL was sent" : "SIGKILL may have been sent";
    case ZINIT_STEP_STOPPED:
        return "it is left stopped";
    case ZINIT_STEP_FORGETTING:
        return "the daemon may have forgotten it";
    case ZINIT_STEP_WRITING:
        return "its new file may be written";
    case ZINIT_STEP_REMOVING:
        return "its file may be removed";
    case ZINIT_STEP_STARTING:
        return target == ZINIT_TARGET_UP ? "it was told to start" : "it may have been told to start";
    default:
        return "it is left as it is";
    }
}
