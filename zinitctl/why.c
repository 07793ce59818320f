/* Why a service is not up, and what to do. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command_line.h"
#include "statuses.h"

/* A walk through the services that wait for each other. */
struct walk {
    const struct call *call;
    struct names told; /* in the order in which they were told */
    struct names path; /* from the service that was asked about to the one that is told now */
};

static void print_indent(const struct walk *walk)
{
    for (size_t i = 0; i < walk->path.count; i++)
        fputs("  ", stdout);
}

/* Begins a sentence. */
static void print_subject(const struct walk *walk, const char *name)
{
    print_indent(walk);
    print_text(name, 0);
}

/* Prints a command that helps. A name that a shell would read otherwise is quoted. */
static void print_command(const char *subcommand, const char *name)
{
    int is_plain = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@:+-") == strlen(name);

    printf("'zinitctl %s %s%s", subcommand, name[0] == '-' ? "-- " : "", is_plain ? "" : "\"");
    for (; *name != '\0'; name++) {
        /* In double quotes, the shell still reads these. */
        char character[] = {*name, '\0'};

        fputs(strchr("$`\"\\", *name) == NULL ? "" : "\\", stdout);
        print_text(character, 0);
    }
    fputs(is_plain ? "'" : "\"'", stdout);
}

/* Where the output of a service is. */
static void print_log_advice(const char *name, const zinit_service *service)
{
    switch (zinit_service_log(service)) {
    case ZINIT_LOG_NONE:
        fputs("its file says log: none, so nobody has its output", stdout);
        return;
    case ZINIT_LOG_STDOUT:
        fputs("its output is in that of the daemon, for its file says log: stdout", stdout);
        return;
    default:
        fputs("see ", stdout);
        print_command("logs", name);
    }
}

static void print_quoted(const char *text)
{
    putchar('\'');
    print_text(text, 0);
    putchar('\'');
}

/* ": COMMAND", if the file tells it. */
static void print_command_line(const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    fputs(" ", stdout);
    print_quoted(text);
}

static void tell_starting(const zinit_status *status, const zinit_service *service)
{
    const char *test = zinit_service_test(service);

    if (zinit_status_pid(status) == 0) {
        fputs(" is starting: the daemon has not spawned its process yet; ask again", stdout);
        return;
    }
    printf(" is starting: its process %" PRId32 " is running, ", zinit_status_pid(status));
    if (test == NULL || *test == '\0') {
        fputs("and the daemon has not noted it yet; ask again", stdout);
        return;
    }
    fputs("and its test has not passed yet:", stdout);
    print_command_line(test);
    fputs("; ", stdout);
    print_log_advice(zinit_status_name(status), service);
}

static void tell_ended(const zinit_status *status, const zinit_service *service, const struct state_words *words)
{
    const char *name = zinit_status_name(status);
    int is_oneshot = zinit_service_oneshot(service) == 1;

    fputs(" is ", stdout);
    write_words(stdout, words);
    if (strcmp(words->word, "killed") == 0)
        fputs(": somebody has killed its process, or the kernel, if there was no memory", stdout);
    else
        fputs(is_oneshot ? ": its process has failed" : ": its process ends again and again", stdout);
    fputs(is_oneshot ? ", and a oneshot is not started again; " : ", and the daemon starts it again; ", stdout);
    print_log_advice(name, service);
    if (is_oneshot) {
        fputs(", then ", stdout);
        print_command("start", name);
    }
}

static void tell_failure(const zinit_status *status, const zinit_service *service, const struct state_words *words)
{
    const char *name = zinit_status_name(status);
    int is_test = zinit_state_kind(zinit_status_state(status)) == ZINIT_STATE_TEST_FAILURE;

    fputs(" is ", stdout);
    write_words(stdout, words);
    printf(": the daemon cannot run its %s", is_test ? "test" : "command");
    print_command_line(is_test ? zinit_service_test(service) : zinit_service_exec(service));
    fputs(is_test ? "; correct test in its file: " : "; correct exec or dir in its file: ", stdout);
    print_command("edit", name);
}

static void tell_down(const zinit_status *status, const struct state_words *words)
{
    const char *name = zinit_status_name(status);

    if (zinit_status_pid(status) != 0) {
        printf(" is stopping: it was told to stop, and its process %" PRId32 " has not ended; ",
               zinit_status_pid(status));
        print_command("stop --wait", name);
        fputs(" kills it at last", stdout);
        return;
    }
    fputs(" is ", stdout);
    write_words(stdout, words);
    fputs(": somebody has told the daemon to stop it, its target is down; ", stdout);
    print_command("start", name);
}

/* Tells all states but blocked. */
static void tell_state(const zinit_status *status, const zinit_service *service)
{
    const zinit_state *state = zinit_status_state(status);
    int32_t target = zinit_status_target(status);
    int oneshot = service == NULL ? -1 : zinit_service_oneshot(service) == 1;
    struct state_words words = words_of(state, target, zinit_status_pid(status), oneshot);

    if (target == ZINIT_TARGET_DOWN) {
        tell_down(status, &words);
        return;
    }
    switch (zinit_state_kind(state)) {
    case ZINIT_STATE_UNKNOWN:
    case ZINIT_STATE_SPAWNED:
        tell_starting(status, service);
        break;
    case ZINIT_STATE_RUNNING:
        printf(" is running, with process %" PRId32, zinit_status_pid(status));
        break;
    case ZINIT_STATE_SUCCESS:
        fputs(oneshot == 0 ? " is restarting: its process has ended with exit code 0, and the daemon starts it"
                             " again; if it shall run once, say oneshot: true in its file"
                           : " is done: it is a oneshot, and its process has ended with exit code 0",
              stdout);
        break;
    case ZINIT_STATE_ERROR:
        tell_ended(status, service, &words);
        break;
    case ZINIT_STATE_FAILURE:
    case ZINIT_STATE_TEST_FAILURE:
        tell_failure(status, service, &words);
        break;
    default:
        fputs(" is ", stdout);
        write_words(stdout, &words);
    }
}

/* The daemon does not tell what it has read. But what was changed after the process was started, it cannot run. */
static void tell_changed_file(const struct walk *walk, const zinit_status *status)
{
    const char *name = zinit_status_name(status);
    char *path = path_of_service(walk->call, name);
    struct stat file;
    time_t started;

    if (stat(path, &file) == 0 && start_time_of(walk->call, zinit_status_pid(status), &started) && file.st_mtime > started) {
        print_subject(walk, name);
        fputs(" runs with an older definition: its file was changed after the process was started; ", stdout);
        print_command("reload", name);
        putchar('\n');
    }
    free(path);
}

static int is_among(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->at[i], name) == 0)
            return 1;
    }
    return 0;
}

static void tell_unmonitored(const struct walk *walk, const char *name)
{
    const char *waiting = walk->path.at[walk->path.count - 1];
    char *path = path_of_service(walk->call, name);
    struct stat file;

    print_subject(walk, name);
    if (stat(path, &file) == 0) {
        fputs(" is not monitored, and has a file; ", stdout);
        print_command("monitor", name);
    } else {
        fputs(" is not monitored, and there is no file ", stdout);
        print_text(path, 0);
        fputs(": write it, or take the name out of after: ", stdout);
        print_command("edit", waiting);
    }
    putchar('\n');
    free(path);
}

static void tell_circle(const struct walk *walk, const char *name)
{
    size_t begin = 0;

    while (strcmp(walk->path.at[begin], name) != 0)
        begin++;
    print_indent(walk);
    fputs("this is a circle: ", stdout);
    for (size_t i = begin; i < walk->path.count; i++) {
        print_text(walk->path.at[i], 0);
        fputs(" waits for ", stdout);
    }
    print_text(name, 0);
    fputs("; take a name out of after: ", stdout);
    print_command("edit", walk->path.at[walk->path.count - 1]);
    putchar('\n');
}

static enum exit_status tell(struct walk *walk, const char *name);

/* The services that this one waits for. A oneshot that is running blocks, too. */
static struct names blockers_of(const struct walk *walk, const zinit_status *status)
{
    struct names blockers = {0};

    for (size_t i = 0; i < zinit_status_after_len(status); i++) {
        const char *name = zinit_status_after_name(status, i);
        const zinit_state *state = zinit_status_after_state(status, i);

        if (blocks(state) || (zinit_state_kind(state) == ZINIT_STATE_RUNNING && is_oneshot(walk->call, name) == 1))
            add_name(&blockers, name);
    }
    sort_names(&blockers);
    return blockers;
}

static enum exit_status tell_blocked(struct walk *walk, const zinit_status *status)
{
    const char *name = zinit_status_name(status);
    struct names blockers = blockers_of(walk, status);
    enum exit_status result = STATUS_FAILED;

    fputs(blockers.count == 0 ? " is blocked, but all that it starts after is up: ask again, or restart the daemon"
                              : " is blocked by ",
          stdout);
    for (size_t i = 0; i < blockers.count; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        print_text(blockers.at[i], 0);
    }
    putchar('\n');
    add_name(&walk->path, name);
    for (size_t i = 0; i < blockers.count && result < STATUS_UNREACHABLE; i++) {
        const char *blocker = blockers.at[i];
        enum exit_status of_blocker = STATUS_DONE;

        if (is_among(&walk->path, blocker))
            tell_circle(walk, blocker);
        else if (!is_among(&walk->told, blocker))
            of_blocker = tell(walk, blocker);
        result = of_blocker >= STATUS_UNREACHABLE ? of_blocker : result;
    }
    free(walk->path.at[--walk->path.count]);
    free_names(&blockers);
    return result;
}

static int is_up(const zinit_status *status, const zinit_service *service)
{
    int32_t kind = zinit_state_kind(zinit_status_state(status));

    if (zinit_status_target(status) == ZINIT_TARGET_DOWN)
        return 0;
    return kind == ZINIT_STATE_RUNNING ||
           (kind == ZINIT_STATE_SUCCESS && (service == NULL || zinit_service_oneshot(service) == 1));
}

static enum exit_status tell_known(struct walk *walk, const zinit_status *status)
{
    int is_blocked = zinit_state_kind(zinit_status_state(status)) == ZINIT_STATE_BLOCKED &&
                     zinit_status_target(status) != ZINIT_TARGET_DOWN;
    zinit_service *service = NULL;
    enum exit_status result;

    print_subject(walk, zinit_status_name(status));
    if (is_blocked)
        return tell_blocked(walk, status);
    /* Without its file, less can be told. */
    (void)zinit_client_load_service(walk->call->client, zinit_status_name(status), &service, NULL);
    tell_state(status, service);
    putchar('\n');
    tell_changed_file(walk, status);
    result = is_up(status, service) ? STATUS_DONE : STATUS_FAILED;
    zinit_service_free(service);
    return result;
}

/* Tells about a service, and about all that it waits for. */
static enum exit_status tell(struct walk *walk, const char *name)
{
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_status(walk->call->client, name, &status, &error);
    enum exit_status result;

    if (code == ZINIT_ERR_UNKNOWN_SERVICE && walk->path.count > 0) {
        zinit_error_free(error);
        add_name(&walk->told, name);
        tell_unmonitored(walk, name);
        return STATUS_FAILED;
    }
    if (code != ZINIT_OK)
        return finish(code, &error);
    add_name(&walk->told, name);
    result = tell_known(walk, status);
    zinit_status_free(status);
    return result;
}

static enum exit_status explain(const struct call *call, const struct services *services, const char *name)
{
    struct walk walk = {.call = call};
    enum exit_status status = tell(&walk, name);

    (void)services;
    free_names(&walk.told);
    free_names(&walk.path);
    return status;
}

enum exit_status run_why(const struct call *call)
{
    return for_each_service(call, explain);
}
