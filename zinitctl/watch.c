/* Changes of state, as they happen. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "document.h"
#include "until.h"
#include "wait.h"

/* A watch does not report a change of the target alone, so with --until the services are asked this often. */
#define LOOK_INTERVAL_MS 1000

/* What was printed last of each service. */
struct seen {
    struct names names;
    struct names words; /* at the same index */
};

static char **words_seen(struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->names.count; i++) {
        if (strcmp(seen->names.at[i], name) == 0)
            return &seen->words.at[i];
    }
    return NULL;
}

static void note_words(struct seen *seen, const char *name, const char *words)
{
    char **place = words_seen(seen, name);

    if (place == NULL) {
        add_name(&seen->names, name);
        add_name(&seen->words, words);
    } else {
        free(*place);
        *place = need_memory(strdup(words));
    }
}

static struct state_words words_of_change(const struct call *call, const zinit_change *change)
{
    const zinit_state *state = zinit_change_state_after(change);
    int32_t target = zinit_change_target(change);
    int oneshot = oneshot_for(call, zinit_change_service(change), state, target);

    return words_of(state, target, zinit_change_pid(change), oneshot);
}

/* The state after a change, coloured for a terminal if `in_colour`. The caller frees it. */
static char *text_after(const struct call *call, const zinit_change *change, int in_colour)
{
    struct state_words words = words_of_change(call, change);
    const char *colour = in_colour ? colour_of_mood(words.mood) : "";
    char *text = NULL;
    size_t size;
    FILE *stream = need_memory(open_memstream(&text, &size));

    fputs(colour, stream);
    if (call->raw)
        write_text(stream, zinit_state_text(zinit_change_state_after(change)));
    else
        write_words(stream, &words);
    fputs(*colour == '\0' ? "" : COLOUR_END, stream);
    fclose(stream);
    return need_memory(text);
}

static void print_time(void)
{
    char text[32];

    format_time(time(NULL), text, sizeof text);
    printf("%s  ", text);
}

static void print_change(const struct call *call, const zinit_change *change, struct seen *seen)
{
    int32_t kind = zinit_change_kind(change);
    const char *name = zinit_change_service(change);
    char *after;

    print_time();
    if (name == NULL) {
        puts(kind == ZINIT_CHANGE_DAEMON_LOST ? "the daemon does not answer" : "the daemon answers again");
        return;
    }
    print_text(name, 0);
    fputs(": ", stdout);
    if (kind == ZINIT_CHANGE_FORGOTTEN) {
        puts("forgotten");
        return;
    }
    after = text_after(call, change, use_colour(call));
    if (kind == ZINIT_CHANGE_STATE && words_seen(seen, name) != NULL)
        printf("%s -> ", *words_seen(seen, name));
    printf("%s, target %s", after, call->raw ? zinit_target_name(zinit_change_target(change))
                                             : target_word(zinit_change_target(change)));
    if (zinit_change_pid(change) != 0)
        printf(", pid %ld", (long)zinit_change_pid(change));
    putchar('\n');
    note_words(seen, name, after);
    free(after);
}

/* As the times of the document, with milliseconds: 2026-11-26T10:14:22.123Z. */
static void write_now(struct json *json)
{
    struct timespec now;
    struct tm utc;
    char text[48] = "";

    if (clock_gettime(CLOCK_REALTIME, &now) == 0 && gmtime_r(&now.tv_sec, &utc) != NULL &&
        strftime(text, 24, "%Y-%m-%dT%H:%M:%S", &utc) != 0)
        snprintf(text + strlen(text), sizeof text - strlen(text), ".%03ldZ", now.tv_nsec / 1000000);
    json_string(json, "time", text);
}

static void print_change_as_json(const struct call *call, const zinit_change *change, struct seen *seen)
{
    static const char *const kinds[] = {NULL, "appeared", "state", "forgotten", "daemon_lost", "daemon_back"};
    int32_t kind = zinit_change_kind(change);
    const char *name = zinit_change_service(change);
    const zinit_state *before = zinit_change_state_before(change);
    const zinit_state *after = zinit_change_state_after(change);
    struct json json = {.stream = stdout};
    struct state_words words = words_of_change(call, change);
    const char *word = after == NULL ? NULL : json_word_of(&words, after);

    json_begin_object(&json, NULL);
    write_now(&json);
    json_string(&json, "change", kind > 0 && (size_t)kind < LENGTH_OF(kinds) ? kinds[kind] : NULL);
    json_string(&json, "name", name);
    json_string(&json, "state_before",
                before == NULL || words_seen(seen, name) == NULL ? NULL : *words_seen(seen, name));
    json_string(&json, "daemon_state_before", before == NULL ? NULL : zinit_state_text(before));
    json_string(&json, "state", word);
    json_string(&json, "daemon_state", after == NULL ? NULL : zinit_state_text(after));
    json_string(&json, "target", after == NULL ? NULL : target_word(zinit_change_target(change)));
    json_number(&json, "pid", zinit_change_pid(change) > 0 ? zinit_change_pid(change) : -1);
    if (word != NULL)
        note_words(seen, name, word);
    json_end_object(&json);
}

/* A watch under way. */
struct watching {
    const struct call *call;
    zinit_watch *watch;
    struct goal *goal; /* NULL without --until */
    struct seen seen;
    int64_t begin_ms;
    int is_due; /* a change was printed, or nothing has happened for some time: look whether the goal is reached */
};

/* Prints the changes that there are. */
static zinit_code print_changes(struct watching *watching, zinit_error **error)
{
    const struct call *call = watching->call;

    for (;;) {
        const zinit_change *change = NULL;
        zinit_code code = zinit_watch_next(watching->watch, 0, NULL, &change, error);

        if (code != ZINIT_OK)
            return code;
        if (call->json)
            print_change_as_json(call, change, &watching->seen);
        else
            print_change(call, change, &watching->seen);
        watching->is_due = 1;
        if (fflush(stdout) != 0)
            return ZINIT_ERR_CANCELLED;
    }
}

/* How long to sleep at most, in milliseconds; -1: no limit; 0: the timeout is over. */
static int time_left(const struct watching *watching)
{
    int64_t timeout_ms = timeout_or(watching->call->timeout_ms, -1);
    int64_t left_ms;

    if (watching->goal == NULL)
        return -1;
    left_ms = timeout_ms < 0 ? LOOK_INTERVAL_MS : watching->begin_ms + timeout_ms - now_ms();
    return left_ms < 0 ? 0 : left_ms > LOOK_INTERVAL_MS ? LOOK_INTERVAL_MS : (int)left_ms;
}

/* Sleeps until something may have happened. Returns the signal that arrived, -1 if nobody reads the output any more,
 * or 0. */
static int sleep_at_most(struct watching *watching, int timeout_ms)
{
    int count;
    struct pollfd polled[3] = {{.fd = zinit_watch_fd(watching->watch), .events = POLLIN},
                               {.fd = signal_descriptor(), .events = POLLIN},
                               {.fd = STDOUT_FILENO, .events = 0}};

    count = poll(polled, LENGTH_OF(polled), timeout_ms);
    watching->is_due = count == 0;
    if (count <= 0)
        return 0;
    return polled[2].revents != 0 ? -1 : caught_signal(&polled[1]);
}

/* Whether --until ends the watch; then `status` says how. */
static int is_over(const struct watching *watching, int left_ms, enum exit_status *status)
{
    struct goal *goal = watching->goal;

    if (goal == NULL || (!watching->is_due && left_ms != 0))
        return 0;
    look_at_all(watching->call, goal);
    *status = STATUS_DONE;
    if (goal->hopeless == NULL && is_reached(goal))
        return 1;
    *status = goal->hopeless != NULL ? STATUS_FAILED : STATUS_TIMEOUT;
    if (goal->hopeless == NULL && left_ms != 0)
        return 0;
    print_missed(watching->call, goal, (double)(now_ms() - watching->begin_ms) / 1000);
    return 1;
}

/* Without --until, a signal and a reader that has gone are a normal end. */
static enum exit_status keep_watching(struct watching *watching)
{
    enum exit_status status = STATUS_DONE;
    zinit_error *error = NULL;

    for (;;) {
        zinit_code code = print_changes(watching, &error);
        int left_ms = time_left(watching);
        int ended_by;

        if (code == ZINIT_ERR_CANCELLED) {
            discard_output();
            return watching->goal == NULL ? STATUS_DONE : STATUS_FAILED;
        }
        if (code != ZINIT_PENDING)
            return finish(code, &error);
        if (is_over(watching, left_ms, &status))
            return status;
        ended_by = sleep_at_most(watching, left_ms);
        if (ended_by == 0)
            continue;
        if (watching->goal == NULL)
            return STATUS_DONE;
        return ended_by < 0 ? STATUS_FAILED : (enum exit_status)(STATUS_SIGNALLED + ended_by);
    }
}

static enum exit_status watch_services(const struct call *call, char **names, size_t count, struct goal *goal)
{
    struct watching watching = {.call = call, .goal = goal, .begin_ms = now_ms()};
    zinit_error *error = NULL;
    enum exit_status status = catch_signals();
    zinit_code code;

    if (status != STATUS_DONE)
        return status;
    signal(SIGPIPE, SIG_IGN);
    code = zinit_client_watch(call->client, (const char *const *)names, count, 0, &watching.watch, &error);
    status = code == ZINIT_OK ? keep_watching(&watching) : finish(code, &error);
    zinit_watch_free(watching.watch);
    free_names(&watching.seen.names);
    free_names(&watching.seen.words);
    return status;
}

enum exit_status run_watch(const struct call *call)
{
    struct services services;
    struct goal goal = {.until = call->until,
                        .names = &services.chosen};
    enum exit_status status;

    if (goal.until == UNTIL_NOTHING && call->timeout_ms != NOT_GIVEN)
        return usage_error("for 'watch', option '--timeout' needs '--until'");
    /* All: those that the daemon does not know yet, too. */
    if (goal.until == UNTIL_NOTHING && call->argument_count == 0)
        return watch_services(call, NULL, 0, NULL);
    status = choose_all_services(call, &services);
    if (status == STATUS_DONE && services.chosen.count > 0) {
        begin_goal(&goal);
        status = watch_services(call, services.chosen.at, services.chosen.count,
                                goal.until == UNTIL_NOTHING ? NULL : &goal);
        free_goal(&goal);
    }
    free_services(&services);
    return status;
}
