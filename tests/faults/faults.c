/* Has the library's calls of the system fail, one after another, in every operation, and looks what that comes to.
 *
 *     faults --codes FILE --socket PATH --config DIR --files DIR --zinit PATH --scripted PATH
 *            [--json-rpc] [--long] [--seed N] [--fault OPERATION:FORM:FUNCTION:NUMBER:OUTCOME]
 *            [--trace | --functions | --wrappers]
 *
 * Each operation is carried out once without a fault, which counts its calls, and then once for each fault, in a process
 * of its own. --codes is what codes.awk prints. --files is where the service files are, to which links in DIR lead.
 * --trace carries out each operation once, in this process, between two writes to the descriptor -1, for strace.
 * --functions prints the functions of the header that were called, and --wrappers the functions that can fail.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "operations.h"
#include "wrappers.h"

/* So many workers at once: most of them wait for the daemon. */
#define JOBS 24
#define MOST_FUNCTIONS 300
/* So many descriptors are looked at. */
#define MOST_DESCRIPTORS 256

static struct {
    const char *codes, *socket, *config, *files, *zinit, *scripted, *only;
    int json_rpc, is_long, trace, functions;
    unsigned seed;
} arguments;

/* Of all processes. */
static struct totals {
    unsigned long operations, faults, calls, allocations, aborted, missed, failures;
    unsigned long descriptors, files, processes; /* that were left */
    unsigned wrappers[WRAPPERS];
    unsigned called[MOST_FUNCTIONS];
} *totals;

/* What one attack has come to; shared with the process that is attacked. */
static struct record {
    struct counts counts;
    char complaint[800];
    char message[400]; /* of the last error */
    zinit_code code;
    int has_ended;
} *record;

static struct fault fault;
static zinit_client *helper;
static int output = -1;

static void need(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
        exit(2);
    }
}

void complain(const char *format, ...)
{
    va_list rest;

    if (record->complaint[0] != '\0')
        return;
    va_start(rest, format);
    vsnprintf(record->complaint, sizeof record->complaint, format, rest);
    va_end(rest);
}

/* The codes that the header names for each function */

static struct function {
    char name[64];
    char codes[1200]; /* with a space around each */
} functions[MOST_FUNCTIONS];
static size_t function_count;

static void read_codes(void)
{
    FILE *file = fopen(arguments.codes, "r");
    struct function *next = functions;

    need(file != NULL, arguments.codes);
    while (next < functions + MOST_FUNCTIONS && fscanf(file, "%63s%1190[^\n]", next->name, next->codes) == 2) {
        strcat(next->codes, " ");
        next++;
    }
    fclose(file);
    function_count = (size_t)(next - functions);
    need(function_count > 90, arguments.codes);
}

static struct function *function_of(const char *call)
{
    size_t length = strcspn(call, "(");
    size_t i;

    for (i = 0; i < function_count; i++) {
        if (strlen(functions[i].name) == length && strncmp(functions[i].name, call, length) == 0)
            return &functions[i];
    }
    complain("%s is not a function of the header that returns a code", call);
    return NULL;
}

static int names_code(const char *call, zinit_code code)
{
    const struct function *function = function_of(call);
    char word[64];

    snprintf(word, sizeof word, " %s ", zinit_code_name(code));
    return function != NULL && strstr(function->codes, word) != NULL;
}

int is_file_unreadable(void)
{
    return record->counts.injected > 0 && fault.outcome > 0 &&
           (fault.wrapper == OPEN64 || fault.wrapper == STATX || fault.wrapper == READ ||
            /* The way to the file. */
            fault.wrapper == LSTAT64 || fault.wrapper == STAT64 || fault.wrapper == READLINK);
}

static int expected_errno(void)
{
    return fault.wrapper == ALLOCATION ? ENOMEM : abs(fault.outcome) >= SHORT ? 0 : abs(fault.outcome);
}

static void check_error(const char *call, zinit_code code, const zinit_error *error)
{
    const char *message = zinit_error_message(error);
    int32_t os_errno = zinit_error_os_errno(error);

    snprintf(record->message, sizeof record->message, "%s", message);
    if (zinit_error_code(error) != code)
        complain("%.60s: it returned %d, but its error has the code %d", call, code, zinit_error_code(error));
    if (message[0] == '\0' || strchr(message, '\n') != NULL)
        complain("%.60s: the message is not one line: '%s'", call, message);
    if ((code == ZINIT_ERR_IO || code == ZINIT_ERR_FILE_IO) && os_errno != expected_errno())
        complain("%.60s: the errno is %d, but that of the fault is %d (%s)", call, os_errno, expected_errno(), message);
}

zinit_code told(const char *call, const char *begun, zinit_code code, zinit_error *const *error_of_call)
{
    const struct function *function = function_of(call);
    zinit_error *error = *error_of_call;

    __sync_fetch_and_add(&totals->calls, 1);
    if (function != NULL)
        totals->called[function - functions] = 1;
    if (error == GARBAGE) {
        complain("%.60s: the error is not set", call);
        return code;
    }
    /* In whatever comes next. */
    if (code == ZINIT_ERR_INTERNAL || !(names_code(call, code) || (begun != NULL && names_code(begun, code))))
        complain("%.60s: its comment does not name %s (%s)", call, zinit_code_name(code), zinit_error_message(error));
    /* Nothing is lost for ever by one fault. */
    if (code == ZINIT_ERR_NO_REPLY || code == ZINIT_ERR_TIMEOUT)
        complain("%.60s: it waited in vain: %s", call, zinit_error_message(error));
    if ((code < 0) != (error != NULL))
        complain("%.60s: it returned %d, %s error", call, code, error == NULL ? "without an" : "but there is an");
    if (error != NULL)
        check_error(call, code, error);
    zinit_error_free(error);
    return code;
}

int wait_readable(int descriptor)
{
    struct pollfd polled = {descriptor, POLLIN, 0};
    int ready = poll(&polled, 1, DEADLINE);

    if (ready != 1)
        complain("the descriptor does not become readable");
    return ready == 1;
}

/* What an operation finds */

static const char *path_of(const char *directory, const char *name, const char *end)
{
    static char paths[4][300];
    static int next;

    next = (next + 1) % 4;
    snprintf(paths[next], sizeof paths[next], "%s/%s%s", directory, name, end);
    return paths[next];
}

#define LINK_OF(scene) path_of(arguments.config, (scene)->name, ".yaml")
#define FILE_OF(scene) path_of(arguments.files, (scene)->name, ".yaml")
#define ATTRIBUTE "user.zinit"
static int has_attributes;

static void write_old_file(const struct scene *scene)
{
    int file = open(FILE_OF(scene), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    need(file >= 0 && write(file, OLD_CONTENT, strlen(OLD_CONTENT)) == (ssize_t)strlen(OLD_CONTENT), "a service file");
    need(fchmod(file, 0640) == 0, "fchmod");
    has_attributes = fsetxattr(file, ATTRIBUTE, "kept", 4, 0) == 0;
    close(file);
    need(symlink(FILE_OF(scene), LINK_OF(scene)) == 0, "symlink");
}

/* As a process would that was killed two hours ago. */
static void leave_file_behind(void)
{
    static unsigned count;
    struct timespec times[2] = {{0, 0}, {0, 0}};
    char name[64];
    int file;

    /* Of process 1, which does not write service files. */
    snprintf(name, sizeof name, ".zinit-client-1-%u.tmp", (unsigned)getpid() * 1000 + count++ % 1000);
    file = open(path_of(arguments.files, name, ""), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    times[0].tv_sec = times[1].tv_sec = time(NULL) - 7200;
    need(file >= 0 && futimens(file, times) == 0 && close(file) == 0, "a file that is left behind");
}

static void need_code(zinit_code code, zinit_error *error, const char *what)
{
    if (code != ZINIT_OK) {
        fprintf(stderr, "faults: %s: %s\n", what, zinit_error_message(error));
        exit(2);
    }
}

static void set_up(const struct operation *operation, struct scene *scene)
{
    static unsigned count;
    zinit_error *error = NULL;
    int needs = operation->needs;

    snprintf(scene->name, sizeof scene->name, "s%d-%u", (int)getpid(), count++);
    snprintf(scene->address, sizeof scene->address, "127.61.%d.%d:18923", getpid() >> 8 & 255, getpid() & 255);
    if (needs & (WITH_FILE | MONITORED | DOWN))
        write_old_file(scene);
    if (needs & HAS_LEFT_OVER)
        leave_file_behind();
    if (needs & (MONITORED | DOWN)) {
        need_code(zinit_client_monitor(helper, scene->name, &error), error, "monitor");
        need_code(zinit_client_start_wait(helper, scene->name, DEADLINE, NULL, &error), error, "start");
    }
    if (needs & DOWN)
        need_code(zinit_client_stop_wait(helper, scene->name, DEADLINE, NULL, &error), error, "stop");
    need_code(zinit_service_from_yaml(NEW_CONTENT, strlen(NEW_CONTENT), &scene->definition, &error), error, "new");
    scene->filter = zinit_filter_new();
    need_code(zinit_filter_with_name(scene->filter, scene->name, &error), error, "filter");
    need_code(zinit_filter_with_exec(scene->filter, "sh", &error), error, "filter");
}

/* A daemon that speaks JSON-RPC takes seconds for it, which nobody waits for, unless many are under way: that daemon has
 * room for a hundred connections. */
static void end_service(const struct scene *scene)
{
    static int under_way;
    pid_t pid;

    while (under_way > 0 && waitpid(-1, NULL, under_way > 1 ? 0 : WNOHANG) > 0)
        under_way--;
    under_way++;
    fflush(stdout);
    pid = fork();
    need(pid >= 0, "fork");
    if (pid > 0)
        return;
    zinit_client_stop_wait(helper, scene->name, DEADLINE, NULL, NULL);
    zinit_client_forget(helper, scene->name, NULL);
    unlink(LINK_OF(scene));
    unlink(FILE_OF(scene));
    _exit(0);
}

static void tear_down(const struct operation *operation, struct scene *scene)
{
    if ((operation->needs & ENDS_DAEMON) == 0)
        end_service(scene);
    zinit_service_free(scene->definition);
    zinit_filter_free(scene->filter);
}

static zinit_client *make_client(const struct operation *operation, zinit_queue *queue)
{
    zinit_options *options = zinit_options_new();
    zinit_client *client = NULL;
    zinit_error *error = NULL;
    int needs = operation == NULL ? 0 : operation->needs;
    const char *socket = needs & ENDS_DAEMON ? arguments.scripted : arguments.socket;

    need_code(zinit_options_set_socket_path(options, socket, &error), error, "socket");
    if ((needs & BY_DAEMON) == 0)
        need_code(zinit_options_set_config_dir(options, arguments.config, &error), error, "config");
    need_code(zinit_options_set_zinit_binary(options, arguments.zinit, &error), error, "binary");
    need_code(zinit_options_set_io_timeout_ms(options, DEADLINE, &error), error, "timeout");
    need_code(zinit_options_set_steady_ms(options, 10, &error), error, "steady");
    need_code(zinit_options_set_queue(options, queue, &error), error, "queue");
    need_code(zinit_client_with_options(options, &client, &error), error, "client");
    zinit_options_free(options);
    return client;
}

static void make_clients(const struct operation *operation, struct scene *scene)
{
    zinit_error *error = NULL;

    scene->queue = NULL;
    if (scene->form == QUEUE)
        need_code(zinit_queue_new(&scene->queue, &error), error, "queue");
    scene->client = make_client(operation, scene->queue);
}

static void free_clients(struct scene *scene)
{
    zinit_client_free(scene->client);
    zinit_queue_free(scene->queue);
}

/* The process that is attacked */

static int count_descriptors(void)
{
    int count = 0;
    int i;

    for (i = 0; i < MOST_DESCRIPTORS; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

static void attack(const struct operation *operation, struct scene *scene)
{
    static const struct rlimit no_core = {0, 0};
    int before;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &no_core);
    /* A hang ends here, and is seen by the signal. */
    alarm(2 * DEADLINE / 1000);
    need(dup2(output, 1) == 1 && dup2(output, 2) == 2, "dup2");
    make_clients(operation, scene);
    before = count_descriptors();
    begin_faults(&record->counts, fault);
    record->code = carry_out(operation, scene);
    end_faults();
    if (count_descriptors() != before) {
        complain("%d descriptors are left", count_descriptors() - before);
        __sync_fetch_and_add(&totals->descriptors, 1);
    }
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
        complain("a child process is left");
        __sync_fetch_and_add(&totals->processes, 1);
    }
    free_clients(scene);
    record->has_ended = 1;
    _exit(0);
}

/* What is left behind it */

static void read_start(const char *path, char *buffer, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, buffer, size - 1);

    buffer[length < 0 ? 0 : length] = '\0';
    if (file >= 0)
        close(file);
}

/* Whether a process has left a file of its own in a directory. Removes it. */
static int has_left_file(const char *directory, pid_t pid)
{
    char name[64];
    int found = 0;
    int i;

    for (i = 0; i < 4; i++) {
        snprintf(name, sizeof name, ".zinit-client-%d-%d.tmp", (int)pid, i);
        found += unlink(path_of(directory, name, "")) == 0;
    }
    return found;
}

static void check_attributes(const struct scene *scene)
{
    char value[10] = "";
    struct stat status;

    if (stat(FILE_OF(scene), &status) != 0 || (status.st_mode & 07777) != 0640)
        complain("the mode of the service file is not kept");
    if (has_attributes && getxattr(FILE_OF(scene), ATTRIBUTE, value, sizeof value) != 4)
        complain("the extended attribute of the service file is not kept");
}

static void check_file(const struct operation *operation, const struct scene *scene)
{
    int had_file = (operation->needs & (WITH_FILE | MONITORED | DOWN)) != 0;
    int is_done = record->has_ended && record->code == ZINIT_OK;
    char content[1000];
    struct stat status;
    int is_there = lstat(LINK_OF(scene), &status) == 0;
    int is_old;

    if (operation->needs & BY_DAEMON)
        return;
    read_start(LINK_OF(scene), content, sizeof content);
    is_old = had_file ? strcmp(content, OLD_CONTENT) == 0 : !is_there;
    if (operation->needs & WRITES) {
        int is_new = strcmp(content, NEW_CONTENT) == 0;
        if (!is_new && (is_done || !is_old))
            complain("the service file is neither old nor new: '%s'", content);
    } else if (operation->needs & REMOVES) {
        if (is_there && (is_done || !is_old))
            complain("the service file is not removed, and not the old one: '%s'", content);
    } else if (!is_old) {
        complain("the service file has changed: '%s'", content);
    }
    if (had_file && is_there && !S_ISLNK(status.st_mode))
        complain("the link to the service file is not a link any more");
    if (had_file && is_there)
        check_attributes(scene);
}

/* After an abort, a new file may stay, which must not hinder the next write. */
static void check_next_write(const struct scene *scene)
{
    zinit_error *error = NULL;

    if (zinit_client_add_service(helper, scene->name, scene->definition, &error) != ZINIT_OK)
        complain("after it, a service file cannot be written: %s", zinit_error_message(error));
    zinit_error_free(error);
}

/* A process without memory is aborted, and says so. */
static void check_abort(void)
{
    char text[200] = "";

    need(pread(output, text, sizeof text - 1, 0) >= 0, "output");
    if (fault.wrapper != ALLOCATION || record->counts.injected == 0)
        complain("the process was aborted: %.150s", text);
    else if (strstr(text, "memory allocation of ") == NULL)
        complain("the process was aborted without a word on memory: %.150s", text);
    __sync_fetch_and_add(&totals->aborted, 1);
}

static void check_end(int status)
{
    char text[200] = "";

    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) {
        check_abort();
        return;
    }
    if (WIFSIGNALED(status))
        complain("%s: signal %d", WTERMSIG(status) == SIGALRM ? "it hangs" : "it crashed", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0 || !record->has_ended)
        complain("the process ended with exit status %d", WEXITSTATUS(status));
    if (pread(output, text, sizeof text - 1, 0) != 0)
        complain("it wrote to stdout or stderr: %.150s", text);
}

/* The worker: one operation in one form */

/* One attack. Returns the code. */
static zinit_code run_once(const struct operation *operation, struct scene *scene, zinit_code baseline)
{
    int status;
    pid_t pid;

    if (operation->needs & CHANGES)
        set_up(operation, scene);
    memset(record, 0, sizeof *record);
    need(ftruncate(output, 0) == 0, "output");
    pid = fork();
    need(pid >= 0, "fork");
    if (pid == 0)
        attack(operation, scene);
    need(waitpid(pid, &status, 0) == pid, "waitpid");
    check_end(status);
    if (has_left_file(arguments.config, pid) + has_left_file(arguments.files, pid) > 0 && record->has_ended &&
        !(fault.wrapper == UNLINK && fault.outcome > 0)) {
        complain("a temporary file is left");
        __sync_fetch_and_add(&totals->files, 1);
    }
    check_file(operation, scene);
    if (record->has_ended && record->counts.injected > 0 && fault.outcome < 0 && record->code != baseline &&
        !((operation->needs & MAY_REFUSE) && (record->code == ZINIT_OK || record->code == ZINIT_ERR_DAEMON)))
        complain("the answer is not right: %s (%s)", zinit_code_name(record->code), record->message);
    if (!record->has_ended && (operation->needs & WRITES))
        check_next_write(scene);
    if (operation->needs & CHANGES)
        tear_down(operation, scene);
    return record->code;
}

static void report(const struct operation *operation, enum form form)
{
    if (record->complaint[0] == '\0')
        return;
    __sync_fetch_and_add(&totals->failures, 1);
    if (fault.number == 0)
        printf("FAILED: %s, %s, without a fault: %s\n", operation->name, form_names[form], record->complaint);
    else
        printf("FAILED: %s, %s, when call %u of %s is %s: %s\n"
               "    again: FAULT=%s:%s:%s:%s:%u:%s make test SUITES=faults\n",
               operation->name, form_names[form], fault.number, wrappers[fault.wrapper].name,
               outcome_name(fault.outcome), record->complaint, arguments.json_rpc ? "json-rpc" : "line",
               operation->name, form_names[form], wrappers[fault.wrapper].name, fault.number,
               outcome_name(fault.outcome));
    fflush(stdout);
}

static void run_fault(const struct operation *operation, struct scene *scene, zinit_code baseline, struct fault wanted)
{
    fault = wanted;
    run_once(operation, scene, baseline);
    if (record->counts.injected > 0) {
        __sync_fetch_and_add(fault.wrapper == ALLOCATION ? &totals->allocations : &totals->faults, 1);
        totals->wrappers[fault.wrapper] = 1;
    } else {
        __sync_fetch_and_add(&totals->missed, 1);
    }
    report(operation, scene->form);
}

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 8;
}

/* Whether it takes seconds: because of the operation, or because of a stop, for which a daemon that speaks JSON-RPC takes
 * so long. */
static int is_slow(const struct operation *operation)
{
    int is_stopped = (operation->needs & CHANGES) && (operation->needs & (MONITORED | DOWN));

    return (operation->needs & SLOW) || (arguments.json_rpc && is_stopped);
}

/* The numbers of the calls that fail. Gives how many. */
static unsigned choose(unsigned *numbers, unsigned most, unsigned calls, int is_few, enum wrapper wrapper, unsigned *state)
{
    unsigned count = 0;
    unsigned i;

    if (arguments.is_long && !is_few) {
        for (i = 1; i <= calls && count < most; i++)
            numbers[count++] = i;
        return count;
    }
    if (wrapper == ALLOCATION) {
        for (i = 0; i < (is_few ? 2u : 4u); i++)
            numbers[count++] = 1 + next_random(state) % calls;
        return count;
    }
    numbers[count++] = 1;
    if (calls > 1)
        numbers[count++] = 2;
    if (calls > 2)
        numbers[count++] = calls;
    if (is_few) {
        numbers[0] = numbers[next_random(state) % count];
        count = 1;
    }
    return count;
}

/* Where a daemon cannot be asked, a client without a directory takes that of the system, which is not to be touched. */
static int is_harmless(const struct operation *operation, struct fault wanted)
{
    return !(operation->needs & BY_DAEMON) || wanted.wrapper != CONNECT || wanted.outcome < 0;
}

static void attack_wrapper(const struct operation *operation, struct scene *scene, zinit_code baseline,
                           enum wrapper wrapper, unsigned calls, unsigned *state)
{
    /* The other forms differ in how they wait. */
    int is_few = is_slow(operation) || (!arguments.is_long && scene->form != CALL && operation->stream == NULL);
    unsigned numbers[2000];
    unsigned outcomes = 0;
    unsigned count;
    unsigned i;
    unsigned j;

    while (wrappers[wrapper].outcomes[outcomes] != 0)
        outcomes++;
    if (outcomes == 0 || calls == 0)
        return;
    /* Of some twenty functions that it calls, a few. */
    if (is_slow(operation) && !arguments.is_long && next_random(state) % 20 >= (arguments.json_rpc ? 6 : 12))
        return;
    count = choose(numbers, 2000, calls, is_few, wrapper, state);
    for (i = 0; i < count; i++) {
        unsigned first = arguments.is_long ? 0 : next_random(state) % outcomes;
        for (j = first; j < (arguments.is_long ? outcomes : first + 1); j++) {
            struct fault wanted = {wrapper, numbers[i], wrappers[wrapper].outcomes[j]};
            if (is_harmless(operation, wanted))
                run_fault(operation, scene, baseline, wanted);
        }
    }
}

static int is_wanted(const struct operation *operation, enum form form)
{
    size_t length = strlen(operation->name);
    enum form chosen = (enum form)((arguments.seed + (unsigned)(operation - operations)) % FORMS);

    if (!has_form(operation, form) || ((operation->needs & BY_DAEMON) && !arguments.json_rpc))
        return 0;
    /* All forms meet a daemon that speaks the line protocol. */
    if (arguments.only == NULL && arguments.json_rpc && !arguments.is_long)
        return form == (has_form(operation, chosen) ? chosen : CALL);
    return arguments.only == NULL ||
           (strncmp(arguments.only, operation->name, length) == 0 && arguments.only[length] == ':' &&
            strncmp(arguments.only + length + 1, form_names[form], strlen(form_names[form])) == 0);
}

static struct fault only_fault(void)
{
    char function[64];
    char outcome[64];
    struct fault only = {0, 0, 0};

    if (sscanf(arguments.only, "%*[^:]:%*[^:]:%63[^:]:%u:%63s", function, &only.number, outcome) != 3)
        return only;
    while (only.wrapper < WRAPPERS && strcmp(wrappers[only.wrapper].name, function) != 0)
        only.wrapper++;
    only.outcome = outcome_of(outcome);
    errno = EINVAL;
    need(only.wrapper < WRAPPERS && only.outcome != 0, arguments.only);
    for (int i = 0; wrappers[only.wrapper].outcomes[i] != 0; i++) {
        if (wrappers[only.wrapper].outcomes[i] == -only.outcome)
            only.outcome = -only.outcome;
    }
    return only;
}

static zinit_code run_baseline(const struct operation *operation, struct scene *scene)
{
    zinit_code code;

    memset(&fault, 0, sizeof fault);
    code = run_once(operation, scene, ZINIT_OK);
    if (code != ZINIT_OK &&
        !((operation->needs & MAY_REFUSE) && (code == ZINIT_ERR_NOT_SUPPORTED || code == ZINIT_ERR_DAEMON)))
        complain("it returns %s (%s)", zinit_code_name(code), record->message);
    report(operation, scene->form);
    return code;
}

static void work(const struct operation *operation, enum form form)
{
    struct scene scene = {0};
    struct counts counts;
    unsigned state = arguments.seed ^ (unsigned)((operation - operations) * FORMS + form) * 2654435761u;
    zinit_code baseline;
    int wrapper;

    record = mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(record != MAP_FAILED, "mmap");
    output = open(arguments.files, O_TMPFILE | O_RDWR | O_CLOEXEC | O_APPEND, 0600);
    need(output >= 0, "a file for the output");
    scene.form = form;
    if ((operation->needs & CHANGES) == 0)
        set_up(operation, &scene);
    baseline = run_baseline(operation, &scene);
    counts = record->counts;
    __sync_fetch_and_add(&totals->operations, 1);
    if (arguments.only != NULL && only_fault().number > 0)
        run_fault(operation, &scene, baseline, only_fault());
    else
        for (wrapper = 0; wrapper < WRAPPERS; wrapper++)
            attack_wrapper(operation, &scene, baseline, (enum wrapper)wrapper, counts.calls[wrapper], &state);
    if ((operation->needs & CHANGES) == 0)
        tear_down(operation, &scene);
}

static int end_worker(void)
{
    int status;

    need(wait(&status) > 0, "wait");
    if (status != 0) {
        printf("FAILED: a worker ended with status %d\n", status);
        __sync_fetch_and_add(&totals->failures, 1);
    }
    return 1;
}

static void begin_worker(const struct operation *operation, enum form form)
{
    pid_t pid;

    fflush(stdout);
    pid = fork();
    need(pid >= 0, "fork");
    if (pid > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    work(operation, form);
    fflush(stdout);
    /* For the services that are being ended. */
    while (wait(NULL) > 0)
        ;
    _exit(0);
}

static void attack_everything(void)
{
    int running = 0;
    int slow;
    int form;
    size_t i;

    /* Those that wait long begin first. */
    for (slow = SLOW; slow >= 0; slow -= SLOW) {
        for (i = 0; i < operation_count; i++) {
            for (form = 0; form < FORMS; form++) {
                if ((operations[i].needs & SLOW) != slow || !is_wanted(&operations[i], (enum form)form))
                    continue;
                if (running == JOBS)
                    running -= end_worker();
                begin_worker(&operations[i], (enum form)form);
                running++;
            }
        }
    }
    while (running > 0)
        running -= end_worker();
}

/* For strace */

static void mark(const char *what, const struct operation *operation, enum form form, const struct counts *counts)
{
    char text[2000];
    size_t length = (size_t)snprintf(text, sizeof text, "%s %s %s", what, operation->name, form_names[form]);
    int i;

    for (i = 0; counts != NULL && i < WRAPPERS; i++) {
        if (counts->calls[i] > 0)
            length += (size_t)snprintf(text + length, sizeof text - length, " %s=%u", wrappers[i].name, counts->calls[i]);
    }
    (void)!write(-1, text, length);
}

static void trace(const struct operation *operation, enum form form)
{
    struct scene scene = {0};

    memset(record, 0, sizeof *record);
    scene.form = form;
    set_up(operation, &scene);
    make_clients(operation, &scene);
    mark("begin", operation, form, NULL);
    begin_faults(&record->counts, fault);
    record->code = carry_out(operation, &scene);
    end_faults();
    mark("end", operation, form, &record->counts);
    if (record->complaint[0] != '\0')
        printf("FAILED: %s, %s, traced: %s\n", operation->name, form_names[form], record->complaint);
    free_clients(&scene);
    tear_down(operation, &scene);
}

static void trace_everything(void)
{
    size_t i;
    int form;

    record = calloc(1, sizeof *record);
    need(record != NULL, "calloc");
    for (i = 0; i < operation_count; i++) {
        for (form = 0; form < FORMS; form++) {
            /* One after another, they would take too long. How each form waits, the others show. */
            if (is_slow(&operations[i]) && (form != CALL || arguments.json_rpc))
                continue;
            if (is_wanted(&operations[i], (enum form)form))
                trace(&operations[i], (enum form)form);
        }
    }
}

static void print_wrappers(void)
{
    int i;

    for (i = 0; i < WRAPPERS; i++)
        printf("%s %s\n", wrappers[i].name, wrappers[i].system_calls);
}

static void print_totals(void)
{
    unsigned reached = 0;
    size_t i;

    for (i = 0; i < WRAPPERS; i++)
        reached += totals->wrappers[i];
    for (i = 0; arguments.functions && i < function_count; i++) {
        if (totals->called[i])
            printf("called %s\n", functions[i].name);
    }
    printf("operations\t%lu\nfunctions\t%u\nfaults\t%lu\ncalls\t%lu\nallocations\t%lu\naborts\t%lu\nmissed\t%lu\n",
           totals->operations, reached, totals->faults, totals->calls, totals->allocations, totals->aborted,
           totals->missed);
    printf("descriptors-left\t%lu\nfiles-left\t%lu\nprocesses-left\t%lu\nfailures\t%lu\n", totals->descriptors,
           totals->files, totals->processes, totals->failures);
}

static void read_arguments(char **words)
{
    static const struct {
        const char *name;
        const char **value;
    } texts[] = {
        {"--codes", &arguments.codes}, {"--socket", &arguments.socket},     {"--config", &arguments.config},
        {"--files", &arguments.files}, {"--zinit", &arguments.zinit},       {"--scripted", &arguments.scripted},
        {"--fault", &arguments.only},
    };
    size_t i;

    for (; *words != NULL; words++) {
        for (i = 0; i < sizeof texts / sizeof texts[0] && words[1] != NULL; i++) {
            if (strcmp(*words, texts[i].name) == 0)
                *texts[i].value = words[1];
        }
        arguments.json_rpc |= strcmp(*words, "--json-rpc") == 0;
        arguments.is_long |= strcmp(*words, "--long") == 0;
        arguments.trace |= strcmp(*words, "--trace") == 0;
        arguments.functions |= strcmp(*words, "--functions") == 0;
        if (strcmp(*words, "--seed") == 0 && words[1] != NULL)
            arguments.seed = (unsigned)strtoul(words[1], NULL, 10);
        if (strcmp(*words, "--wrappers") == 0) {
            print_wrappers();
            exit(0);
        }
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    read_arguments(argv + 1);
    errno = EINVAL;
    need(arguments.codes && arguments.socket && arguments.config && arguments.files && arguments.zinit &&
             arguments.scripted, "an argument is missing");
    totals = mmap(NULL, sizeof *totals, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(totals != MAP_FAILED, "mmap");
    read_codes();
    helper = make_client(NULL, NULL);
    if (arguments.trace)
        trace_everything();
    else
        attack_everything();
    print_totals();
    return totals->failures != 0;
}
