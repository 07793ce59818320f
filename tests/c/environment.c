/* What the library does to the process around it, and what that may do to the library. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

#define DONE "{\"state\":\"ok\",\"body\":null}"
#define STATUS_OF_WEB                                                                                                  \
    "{\"state\":\"ok\",\"body\":{\"name\":\"web\",\"pid\":7,\"state\":\"Running\",\"target\":\"Up\",\"after\":{}}}"

static size_t count_entries(const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;

    NEED(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* The calls that wait, in each form: here, under poll, and as streams. */
static void wait_in_every_way(const zinit_client *client)
{
    static const char *const names[] = {"waits"};
    zinit_service *service = zinit_service_new();
    zinit_cancel *cancel = NULL;
    zinit_request *request = NULL;
    zinit_watch *watch = NULL;
    zinit_log_stream *stream = NULL;
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    const zinit_change *change = NULL;
    const zinit_log_line *line = NULL;
    zinit_code code;

    CHECK_OK(zinit_cancel_new(&cancel, &error));
    CHECK_OK(zinit_service_set_exec(service, "sleep 1000", &error));
    CHECK_OK(zinit_client_deploy(client, "waits", service, -1, -1, cancel, &error));
    CHECK_OK(zinit_client_start_wait(client, "waits", -1, cancel, &error));
    CHECK_OK(zinit_client_watch(client, names, 1, 0, &watch, &error));
    CHECK_OK(zinit_watch_next(watch, -1, cancel, &change, &error));
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_APPEARED);
    zinit_watch_free(watch);
    CHECK_OK(zinit_client_begin_stop_wait(client, "waits", -1, &request, &error));
    while ((code = zinit_request_dispatch(request, &error)) == ZINIT_PENDING) {
        struct pollfd readable = {zinit_request_fd(request), POLLIN, 0};

        NEED(poll(&readable, 1, -1) == 1 || errno == EINTR);
    }
    CHECK_INT(code, ZINIT_OK);
    zinit_request_free(request);
    CHECK_OK(zinit_client_begin_list(client, &request, &error));
    zinit_request_dispatch(request, NULL);
    zinit_request_free(request);
    CHECK_OK(zinit_client_logs(client, "waits", -1, 0, &stream, &error));
    while ((code = zinit_log_stream_next(stream, -1, cancel, &line, &error)) == ZINIT_OK)
        continue;
    CHECK_INT(code, ZINIT_END);
    zinit_log_stream_free(stream);
    CHECK_OK(zinit_client_destroy_services(client, names, 1, -1, cancel, &report, &error));
    zinit_report_free(report);
    zinit_cancel_trigger(cancel);
    CHECK_FAILS(zinit_client_start_wait(client, "waits", -1, cancel, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    zinit_cancel_free(cancel);
    zinit_service_free(service);
}

/* Nearly every call that there is, against a real daemon, each with success and with a failure. */
static void call_everything(const struct daemon *daemon)
{
    zinit_client *client = client_of(daemon);
    zinit_service_list *list = NULL;
    zinit_status *status = NULL;
    zinit_daemon_version *version = NULL;
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    int32_t exists = 0;
    char *yaml = NULL;

    CHECK_OK(zinit_client_version(client, &version, &error));
    zinit_daemon_version_free(version);
    CHECK_OK(zinit_service_from_yaml("exec: sleep 1000\n", 17, &service, &error));
    CHECK_OK(zinit_service_to_yaml(service, &yaml, &error));
    zinit_string_free(yaml);
    CHECK_OK(zinit_client_add_service(client, "everything", service, &error));
    zinit_service_free(service);
    CHECK_OK(zinit_client_load_service(client, "everything", &service, &error));
    zinit_service_free(service);
    CHECK_OK(zinit_client_monitor(client, "everything", &error));
    CHECK_OK(zinit_client_get(client, "everything", &service, &error));
    zinit_service_free(service);
    wait_for_state(client, "everything", ZINIT_STATE_RUNNING);
    CHECK_OK(zinit_client_list(client, &list, &error));
    zinit_service_list_free(list);
    CHECK_OK(zinit_client_exists(client, "everything", &exists, &error));
    CHECK_OK(zinit_client_start(client, "everything", &error));
    CHECK_OK(zinit_client_kill(client, "everything", "SIGCONT", &error));
    CHECK_FAILS(zinit_client_forget(client, "everything", &error), ZINIT_ERR_SERVICE_UP);
    zinit_error_free(error);
    CHECK_OK(zinit_client_stop(client, "everything", &error));
    do {
        CHECK_OK(zinit_client_status(client, "everything", &status, &error));
        exists = zinit_status_pid(status) != 0;
        zinit_status_free(status);
    } while (exists);
    CHECK_OK(zinit_client_forget(client, "everything", &error));
    CHECK_OK(zinit_client_remove_service(client, "everything", &error));
    CHECK_FAILS(zinit_client_load_service(client, "everything", &service, &error), ZINIT_ERR_FILE_NOT_FOUND);
    zinit_error_free(error);
    CHECK_FAILS(zinit_client_get(client, "everything", &service, &error), ZINIT_ERR_UNKNOWN_SERVICE);
    zinit_error_free(error);
    CHECK_FAILS(zinit_client_monitor(client, "everything", &error), ZINIT_ERR_CONFIG_REFUSED);
    zinit_error_free(error);
    CHECK_FAILS(zinit_client_stop(client, "everything", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    zinit_error_free(error);
    wait_in_every_way(client);
    zinit_client_free(client);
}

/* Every way in which an exchange can fail, by the start of a service. */
static const struct {
    const char *script;
    zinit_code code;
} failures[] = {
    {"on *\n stay\n", ZINIT_ERR_NO_REPLY},
    {"accept never\n", ZINIT_ERR_NO_REPLY},
    {"on *\n send {\"state\":\n stay\n", ZINIT_ERR_NO_REPLY},
    {"on *\n", ZINIT_ERR_CLOSED},
    {"accept and close\n", ZINIT_ERR_CLOSED},
    {"on *\n send hello\n stay\n", ZINIT_ERR_PROTOCOL},
    {"on *\n send {\"a\":\"\n repeat 100000 x\n stay\n", ZINIT_ERR_REPLY_TOO_LARGE},
    {"on *\n send {\"state\":\"error\",\"body\":\"no\"}\n", ZINIT_ERR_DAEMON},
};

static void fail_in_every_way(const struct daemon *daemons)
{
    zinit_error *error = NULL;
    size_t i;

    for (i = 0; i < LENGTH(failures); i++) {
        struct client_options options = {0};
        zinit_client *client;

        options.daemon = &daemons[i];
        options.io_timeout_ms = 20;
        options.max_reply_bytes = 10000;
        /* Only these two take their time. */
        if (failures[i].code != ZINIT_ERR_NO_REPLY)
            options.io_timeout_ms = 60000;
        client = make_client(options);
        CHECK_FAILS(zinit_client_start(client, "web", &error), failures[i].code);
        zinit_error_free(error);
        zinit_client_free(client);
    }
}

static void start_failures(struct daemon *daemons)
{
    size_t i;

    for (i = 0; i < LENGTH(failures); i++)
        daemons[i] = start_scripted(failures[i].script);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals++;
}

/* Signals all the time, with a handler that interrupts system calls. */
static timer_t start_signals(void)
{
    struct sigaction action;
    struct sigevent event;
    struct itimerspec interval;
    timer_t timer;

    memset(&action, 0, sizeof action);
    action.sa_handler = count_signal;
    NEED(sigaction(SIGUSR1, &action, NULL) == 0);
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGUSR1;
    NEED(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    memset(&interval, 0, sizeof interval);
    interval.it_value.tv_nsec = interval.it_interval.tv_nsec = 1000000;
    NEED(timer_settime(timer, 0, &interval, NULL) == 0);
    return timer;
}

static void signals_interrupt_nothing(const void *data)
{
    struct daemon failing[LENGTH(failures)];
    struct daemon daemon = start_zinit();
    struct daemon slow = start_scripted("on *\n drip 2 " DONE "\n stay\n");
    struct daemon full = start_scripted("accept after 100\non *\n pause 50\n send " DONE "\n stay\n");
    struct client_options options = {0};
    zinit_daemon_version *version = NULL;
    zinit_error *error = NULL;
    zinit_client *client;
    timer_t timer;
    int i;

    (void)data;
    start_failures(failing);
    timer = start_signals();
    call_everything(&daemon);
    fail_in_every_way(failing);

    client = client_of(&slow);
    CHECK_OK(zinit_client_start(client, "web", &error));
    zinit_client_free(client);
    client = client_of(&full);
    CHECK_OK(zinit_client_start(client, "web", &error));
    zinit_client_free(client);

    options.zinit_binary = write_program("slow-zinit", "printf 'zinit '; sleep 0.1; echo v0.2.14; sleep 0.1");
    client = make_client(options);
    for (i = 0; i < 3; i++) {
        CHECK_OK(zinit_client_version(client, &version, &error));
        CHECK_TEXT(zinit_daemon_version_text(version), "0.2.14");
        zinit_daemon_version_free(version);
    }
    zinit_client_free(client);
    timer_delete(timer);
    CHECK(signals > 0);
}

static void no_SIGPIPE(const void *data)
{
    struct daemon daemon = start_scripted("accept and close\n");
    zinit_client *client = client_of(&daemon);
    int i;

    (void)data;
    /* As it is in a new process: it would end this one. */
    NEED(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    for (i = 0; i < 300; i++)
        CHECK_INT(zinit_client_start(client, "web", NULL), ZINIT_ERR_CLOSED);
    zinit_client_free(client);
}

static void no_descriptor_is_left(const void *data)
{
    static const char *const programs[] = {"echo zinit v0.2.14", "echo hello", "exec sleep 1000"};
    struct daemon failing[LENGTH(failures)];
    struct daemon daemon = start_zinit();
    const char *missing = in_case_directory("nosuch");
    size_t before;
    size_t i;
    int round;

    (void)data;
    start_failures(failing);
    before = count_entries("/proc/self/fd");
    for (round = 0; round < 3; round++) {
        call_everything(&daemon);
        fail_in_every_way(failing);
        for (i = 0; i <= LENGTH(programs); i++) {
            struct client_options options = {0};
            zinit_daemon_version *version = NULL;
            zinit_client *client;

            options.zinit_binary = i < LENGTH(programs) ? write_program("zinit", programs[i]) : missing;
            options.socket_path = missing;
            options.io_timeout_ms = i == 2 ? 20 : 60000;
            client = make_client(options);
            CHECK_INT(zinit_client_version(client, &version, NULL), i == 0 ? ZINIT_OK : ZINIT_ERR_VERSION);
            CHECK_INT(zinit_client_start(client, "web", NULL), ZINIT_ERR_NOT_RUNNING);
            zinit_daemon_version_free(version);
            zinit_client_free(client);
        }
        CHECK_INT(count_entries("/proc/self/fd"), before);
    }
}

struct call {
    zinit_client *client;
    zinit_status *status;
    zinit_daemon_version *version;
    zinit_code code;
    int returned;
};

static void *get_status(void *data)
{
    struct call *call = data;

    call->code = zinit_client_status(call->client, "web", &call->status, NULL);
    call->returned = 1;
    pthread_testcancel();
    return NULL;
}

static void *get_version(void *data)
{
    struct call *call = data;

    call->code = zinit_client_version(call->client, &call->version, NULL);
    return NULL;
}

/* How many descriptors a child has that calls exec, as its own listing tells. */
static int count_descriptors_of_a_child(void)
{
    const char *path = in_case_directory("descriptors");
    pid_t pid = fork();
    const char *line;
    int count = 0;
    int status;

    NEED(pid >= 0);
    if (pid == 0) {
        int nothing = open("/dev/null", O_RDONLY);
        int output = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

        if (dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
            _exit(1);
        close(nothing);
        close(output);
        execlp("ls", "ls", "-l", "/proc/self/fd", (char *)NULL);
        _exit(1);
    }
    NEED(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
    for (line = read_file(path); (line = strchr(line, '\n')) != NULL; line++)
        count++;
    return count;
}

static void descriptors_are_closed_on_exec(const void *data)
{
    struct daemon daemon = start_scripted("on *\n wait\n send " STATUS_OF_WEB "\n");
    struct client_options options = {0};
    struct call call;
    char command[100];
    pthread_t thread;
    int before;

    (void)data;
    before = count_descriptors_of_a_child();
    memset(&call, 0, sizeof call);
    call.client = client_of(&daemon);
    NEED(pthread_create(&thread, NULL, get_status, &call) == 0);
    next_command(&daemon, command, sizeof command);
    CHECK_INT(count_descriptors_of_a_child(), before);
    go_on(&daemon);
    NEED(pthread_join(thread, NULL) == 0);
    CHECK_INT(call.code, ZINIT_OK);
    zinit_status_free(call.status);
    zinit_client_free(call.client);

    /* The child of version has begun when it opens the FIFO, and goes on when it can read from the other one. */
    NEED(mkfifo("begun", 0600) == 0 && mkfifo("go-on", 0600) == 0);
    options.zinit_binary = write_program("zinit", "echo > begun; read line < go-on; echo zinit v0.2.14");
    call.client = make_client(options);
    NEED(pthread_create(&thread, NULL, get_version, &call) == 0);
    read_file("begun");
    CHECK_INT(count_descriptors_of_a_child(), before);
    write_file("go-on", "\n");
    NEED(pthread_join(thread, NULL) == 0);
    CHECK_INT(call.code, ZINIT_OK);
    zinit_daemon_version_free(call.version);
    zinit_client_free(call.client);
}

static void nothing_is_written(const void *data)
{
    struct daemon failing[LENGTH(failures)];
    struct daemon daemon = start_zinit();
    int output = open("output", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct client_options options = {0};
    zinit_client *client;
    struct stat written;

    (void)data;
    start_failures(failing);
    NEED(output >= 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2);
    call_everything(&daemon);
    fail_in_every_way(failing);
    /* What the binary writes is not passed on either. */
    options.zinit_binary = write_program("zinit", "echo hello; echo hello >&2");
    client = make_client(options);
    CHECK_INT(zinit_client_shutdown(client, NULL), ZINIT_ERR_VERSION);
    zinit_client_free(client);
    NEED(fstat(output, &written) == 0);
    CHECK_INT(written.st_size, 0);
}

/* Nothing is read from it, and it may even be closed. */
static void the_standard_descriptors_may_be_closed(const void *data)
{
    struct daemon daemon = start_zinit();

    (void)data;
    NEED(close(0) == 0 && close(1) == 0 && close(2) == 0);
    call_everything(&daemon);
}

static void version_where_SIGCHLD_is_ignored(const void *data)
{
    struct client_options options = {0};
    zinit_daemon_version *version = NULL;
    zinit_error *error = NULL;
    zinit_client *client;

    (void)data;
    options.zinit_binary = zinit_binary();
    client = make_client(options);
    NEED(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    CHECK_OK(zinit_client_version(client, &version, &error));
    CHECK_INT(zinit_daemon_version_major(version), 0);
    CHECK_INT(zinit_daemon_version_minor(version), 2);
    CHECK(zinit_daemon_version_patch(version) > 0);
    CHECK_CONTAINS(zinit_daemon_version_text(version), "0.2.");
    zinit_daemon_version_free(version);
    zinit_client_free(client);
}

static void reap_all(int number)
{
    int before = errno;

    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    errno = before;
}

static void version_where_all_children_are_reaped(const void *data)
{
    struct client_options options = {0};
    zinit_daemon_version *version = NULL;
    zinit_error *error = NULL;
    struct sigaction action;
    zinit_client *client;
    int i;

    (void)data;
    memset(&action, 0, sizeof action);
    action.sa_handler = reap_all;
    NEED(sigaction(SIGCHLD, &action, NULL) == 0);
    options.zinit_binary = zinit_binary();
    client = make_client(options);
    for (i = 0; i < 20; i++) {
        CHECK_OK(zinit_client_version(client, &version, &error));
        zinit_daemon_version_free(version);
    }
    zinit_client_free(client);
}

static void version_leaves_no_child(const void *data)
{
    static const char *const programs[] = {"echo zinit v0.2.14", "echo hello", "exec sleep 1000",
                                           "trap '' TERM HUP PIPE; while :; do echo x; done",
                                           "exec 1>&-; trap '' TERM; while :; do sleep 1000; done"};
    struct client_options options = {0};
    size_t i;

    (void)data;
    options.io_timeout_ms = 100;
    for (i = 0; i < LENGTH(programs); i++) {
        zinit_daemon_version *version = NULL;
        zinit_client *client;

        options.zinit_binary = write_program("zinit", programs[i]);
        options.io_timeout_ms = i == 0 ? 60000 : 100;
        client = make_client(options);
        CHECK_INT(zinit_client_version(client, &version, NULL), i == 0 ? ZINIT_OK : ZINIT_ERR_VERSION);
        CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
        CHECK_INT(errno, ECHILD);
        zinit_daemon_version_free(version);
        zinit_client_free(client);
    }
}

static void a_cancelled_thread_ends_after_its_call(const void *data)
{
    struct daemon daemon = start_scripted("on *\n wait\n send " STATUS_OF_WEB "\n");
    struct call call;
    char command[100];
    pthread_t thread;
    void *result;

    (void)data;
    memset(&call, 0, sizeof call);
    call.client = client_of(&daemon);
    NEED(pthread_create(&thread, NULL, get_status, &call) == 0);
    /* It is inside the call now, and has to wait there. */
    next_command(&daemon, command, sizeof command);
    NEED(pthread_cancel(thread) == 0);
    go_on(&daemon);
    NEED(pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_INT(call.returned, 1);
    CHECK_INT(call.code, ZINIT_OK);
    CHECK_TEXT(zinit_status_name(call.status), "web");
    zinit_status_free(call.status);

    /* Nothing is left behind that the next call would stumble over. */
    memset(&call.status, 0, sizeof call.status);
    go_on(&daemon);
    CHECK_INT(zinit_client_status(call.client, "web", &call.status, NULL), ZINIT_OK);
    zinit_status_free(call.status);
    zinit_client_free(call.client);
}

/* A cancellation that was held back by the caller stays held back. */
static void a_call_keeps_the_cancel_state(const void *data)
{
    struct daemon daemon = start_scripted("on *\n send " DONE "\n");
    zinit_client *client = client_of(&daemon);
    int before;

    (void)data;
    NEED(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0);
    CHECK_INT(before, PTHREAD_CANCEL_ENABLE);
    CHECK_INT(zinit_client_start(client, "web", NULL), ZINIT_OK);
    CHECK_INT(zinit_client_start(client, "", NULL), ZINIT_ERR_INVALID_NAME);
    NEED(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before) == 0);
    CHECK_INT(before, PTHREAD_CANCEL_DISABLE);
    CHECK_INT(zinit_client_start(client, "web", NULL), ZINIT_OK);
    NEED(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before) == 0);
    CHECK_INT(before, PTHREAD_CANCEL_ENABLE);
    zinit_client_free(client);
}

static int list_in_a_child(const zinit_client *client)
{
    pid_t pid = fork();
    int status;

    NEED(pid >= 0);
    if (pid == 0) {
        zinit_service_list *list = NULL;
        zinit_code code = zinit_client_list(client, &list, NULL);
        size_t length = zinit_service_list_len(list);

        zinit_service_list_free(list);
        zinit_client_free((zinit_client *)client);
        /* Not exit: what other threads had in their hands at the fork looks like a leak in the child. */
        execlp(code == ZINIT_OK && length == 1 ? "true" : "false", "child", (char *)NULL);
        _exit(127);
    }
    NEED(waitpid(pid, &status, 0) == pid);
    return status;
}

static void a_client_works_in_the_child_of_a_fork(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;

    (void)data;
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_INT(list_in_a_child(client), 0);
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_INT(zinit_service_list_len(list), 1);
    zinit_service_list_free(list);
    zinit_client_free(client);
}

static void a_fork_during_a_call_of_another_thread(const void *data)
{
    struct daemon daemon = start_scripted("on status web\n wait\n send " STATUS_OF_WEB "\n"
                                          "on list\n send {\"state\":\"ok\",\"body\":{\"web\":\"Running\"}}\n");
    struct call call;
    char command[100];
    pthread_t thread;

    (void)data;
    memset(&call, 0, sizeof call);
    call.client = client_of(&daemon);
    NEED(pthread_create(&thread, NULL, get_status, &call) == 0);
    next_command(&daemon, command, sizeof command);
    CHECK_INT(list_in_a_child(call.client), 0);
    go_on(&daemon);
    NEED(pthread_join(thread, NULL) == 0);
    CHECK_INT(call.code, ZINIT_OK);
    zinit_status_free(call.status);
    zinit_client_free(call.client);
}

#define THREADS 16

static void *use_client(void *data)
{
    const zinit_client *client = data;
    int round;

    for (round = 0; round < 25; round++) {
        zinit_service_list *list = NULL;
        zinit_status *status = NULL;
        zinit_error *error = NULL;

        CHECK_OK(zinit_client_list(client, &list, &error));
        CHECK_INT(zinit_service_list_len(list), 2);
        zinit_service_list_free(list);
        CHECK_OK(zinit_client_status(client, "web", &status, &error));
        CHECK_TEXT(zinit_status_name(status), "web");
        CHECK_TEXT(zinit_status_after_name(status, 0), "db");
        zinit_status_free(status);
        CHECK_FAILS(zinit_client_status(client, "nosuch", &status, &error), ZINIT_ERR_UNKNOWN_SERVICE);
        CHECK_TEXT(zinit_error_service(error), "nosuch");
        zinit_error_free(error);
        CHECK_FAILS(zinit_client_start(client, "a/b", &error), ZINIT_ERR_INVALID_NAME);
        zinit_error_free(error);
    }
    return NULL;
}

static void many_threads_use_one_client(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    pthread_t threads[THREADS];
    int i;

    (void)data;
    add_service(&daemon, client, "db", "exec: sleep 1000\n");
    add_service(&daemon, client, "web", "exec: sleep 1000\nafter: [db]\n");
    for (i = 0; i < THREADS; i++)
        NEED(pthread_create(&threads[i], NULL, use_client, client) == 0);
    for (i = 0; i < THREADS; i++)
        NEED(pthread_join(threads[i], NULL) == 0);
    zinit_client_free(client);
}

static void no_thread_is_started(const void *data)
{
    struct daemon scripted = start_scripted("on *\n wait\n send " STATUS_OF_WEB "\n");
    struct daemon daemon = start_zinit();
    struct call call;
    char command[100];
    pthread_t thread;
    size_t before = count_entries("/proc/self/task");

    (void)data;
    call_everything(&daemon);
    CHECK_INT(count_entries("/proc/self/task"), before);

    memset(&call, 0, sizeof call);
    call.client = client_of(&scripted);
    NEED(pthread_create(&thread, NULL, get_status, &call) == 0);
    next_command(&scripted, command, sizeof command);
    CHECK_INT(count_entries("/proc/self/task"), before + 1);
    go_on(&scripted);
    NEED(pthread_join(thread, NULL) == 0);
    zinit_status_free(call.status);
    zinit_client_free(call.client);
}

static void signals_are_left_as_they_are(const void *data)
{
    struct daemon daemon = start_zinit();
    struct sigaction before[64];
    struct sigaction after;
    sigset_t mask_before;
    sigset_t mask_after;
    int number;

    (void)data;
    for (number = 1; number < 64; number++)
        sigaction(number, NULL, &before[number]);
    NEED(pthread_sigmask(SIG_SETMASK, NULL, &mask_before) == 0);
    call_everything(&daemon);
    NEED(pthread_sigmask(SIG_SETMASK, NULL, &mask_after) == 0);
    for (number = 1; number < 64; number++) {
        CHECK_INT(sigismember(&mask_after, number), sigismember(&mask_before, number));
        if (sigaction(number, NULL, &after) == 0)
            CHECK(after.sa_handler == before[number].sa_handler && after.sa_flags == before[number].sa_flags);
    }
}

/* As in a program that blocks all signals and takes them by sigwait. */
static void blocked_signals_stop_nothing(const void *data)
{
    struct daemon daemon = start_zinit();
    sigset_t all;

    (void)data;
    sigfillset(&all);
    NEED(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
    call_everything(&daemon);
}

static const struct test_case cases[] = {
    {"signals_interrupt_nothing", signals_interrupt_nothing, NULL},
    {"no_SIGPIPE", no_SIGPIPE, NULL},
    {"no_descriptor_is_left", no_descriptor_is_left, NULL},
    {"descriptors_are_closed_on_exec", descriptors_are_closed_on_exec, NULL},
    {"nothing_is_written", nothing_is_written, NULL},
    {"the_standard_descriptors_may_be_closed", the_standard_descriptors_may_be_closed, NULL},
    {"version_where_SIGCHLD_is_ignored", version_where_SIGCHLD_is_ignored, NULL},
    {"version_where_all_children_are_reaped", version_where_all_children_are_reaped, NULL},
    {"version_leaves_no_child", version_leaves_no_child, NULL},
    {"a_cancelled_thread_ends_after_its_call", a_cancelled_thread_ends_after_its_call, NULL},
    {"a_call_keeps_the_cancel_state", a_call_keeps_the_cancel_state, NULL},
    {"a_client_works_in_the_child_of_a_fork", a_client_works_in_the_child_of_a_fork, NULL},
    {"a_fork_during_a_call_of_another_thread", a_fork_during_a_call_of_another_thread, NULL},
    {"many_threads_use_one_client", many_threads_use_one_client, NULL},
    {"no_thread_is_started", no_thread_is_started, NULL},
    {"signals_are_left_as_they_are", signals_are_left_as_they_are, NULL},
    {"blocked_signals_stop_nothing", blocked_signals_stop_nothing, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
