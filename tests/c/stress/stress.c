/* 64 threads for some seconds on one client and one queue: queries, waits, requests, streams, deployments, groups and
 * cancels, while some of them fork. Each call has to end with a code that its comment in the header names, and of these
 * with none that says that the daemon could not be talked to, for it is there. STRESS_SECONDS is how long, 10 by default.
 *
 * At the end nothing is left: no descriptor, no child, no temporary file, no service, no memory. Prints what was counted
 * as lines `# figure NAME NUMBER`. */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "streams.h"

#define THREADS 64
#define WEBS 8
/* More requests than these are not in the queue at a time. */
#define MOST_IN_QUEUE 12

/* The codes that a call may end with, and NO_CODE behind them. */
typedef const zinit_code codes[16];
static codes only_ok = {ZINIT_OK, NO_CODE};
static codes query_codes = {ZINIT_OK, ZINIT_ERR_UNKNOWN_SERVICE, NO_CODE};
static codes file_codes = {ZINIT_OK, ZINIT_ERR_FILE_NOT_FOUND, NO_CODE};
static codes get_codes = {ZINIT_OK, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_FILE_NOT_FOUND, NO_CODE};
static codes monitor_codes = {ZINIT_OK, ZINIT_ERR_ALREADY_MONITORED, ZINIT_ERR_CONFIG_REFUSED, NO_CODE};
static codes kill_codes = {ZINIT_OK, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_SERVICE_DOWN, NO_CODE};
static codes write_codes = {ZINIT_OK, ZINIT_ERR_CONFIG_REFUSED, NO_CODE};
static codes start_codes = {ZINIT_OK, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_SERVICE_FAILED, ZINIT_ERR_TIMEOUT,
                            ZINIT_ERR_TARGET_CHANGED, ZINIT_ERR_CANCELLED, NO_CODE};
static codes stop_codes = {ZINIT_OK, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_TIMEOUT, ZINIT_ERR_TARGET_CHANGED,
                           ZINIT_ERR_CANCELLED, NO_CODE};
static codes start_group_codes = {ZINIT_OK, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_SERVICE_FAILED, ZINIT_ERR_TIMEOUT,
                                  ZINIT_ERR_TARGET_CHANGED, ZINIT_ERR_CANCELLED, ZINIT_ERR_CONFIG_REFUSED, NO_CODE};
static codes stop_group_codes = {ZINIT_OK, ZINIT_ERR_TIMEOUT, ZINIT_ERR_TARGET_CHANGED, ZINIT_ERR_CANCELLED, NO_CODE};
static codes destroy_codes = {ZINIT_OK, ZINIT_ERR_TIMEOUT, ZINIT_ERR_TARGET_CHANGED, ZINIT_ERR_CANCELLED,
                              ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_SERVICE_UP, ZINIT_ERR_CONFIG_REFUSED, NO_CODE};
static codes next_codes = {ZINIT_OK, ZINIT_PENDING, ZINIT_ERR_CANCELLED, NO_CODE};
static codes line_codes = {ZINIT_OK, ZINIT_PENDING, ZINIT_END, ZINIT_ERR_CANCELLED, NO_CODE};
static codes reload_codes = {ZINIT_OK, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_SERVICE_FAILED, ZINIT_ERR_TIMEOUT,
                             ZINIT_ERR_TARGET_CHANGED, ZINIT_ERR_CANCELLED, ZINIT_ERR_FILE_NOT_FOUND,
                             ZINIT_ERR_CONFIG_REFUSED, ZINIT_ERR_SERVICE_UP, ZINIT_ERR_ALREADY_MONITORED, NO_CODE};

struct worker {
    pthread_t thread;
    unsigned number;
    /* The service that this thread alone deploys. */
    char own[20];
    unsigned long random;
    /* Of its calls that wait. Whoever triggers it holds the lock. */
    pthread_mutex_t lock;
    zinit_cancel *cancel;
    unsigned long calls, cancelled, refused, forks, freed_early;
};

static struct {
    struct daemon daemon;
    zinit_client *client;
    zinit_queue *queue;
    struct timespec end;
    int32_t steady_pid;
    int descriptors_over_exec;
    /* zinit 0.3, which does not remove each service: the calls that would are refused, and change nothing. */
    int keeps_services;
    pthread_mutex_t lock;
    int in_queue;
    int beginners;
    struct worker workers[THREADS];
} all;

static unsigned choose(struct worker *worker, unsigned bound)
{
    worker->random = worker->random * 6364136223846793005UL + 1442695040888963407UL;
    return (unsigned)(worker->random >> 33) % bound;
}

static int is_over(void)
{
    struct timespec now;

    NEED(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return now.tv_sec > all.end.tv_sec || (now.tv_sec == all.end.tv_sec && now.tv_nsec >= all.end.tv_nsec);
}

static const char *web(unsigned number)
{
    static const char *const names[WEBS] = {"web0", "web1", "web2", "web3", "web4", "web5", "web6", "web7"};

    return names[number % WEBS];
}

/* Cancels */

static void renew_cancel(struct worker *worker)
{
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    zinit_cancel *before;

    CHECK_OK(zinit_cancel_new(&cancel, &error));
    NEED(pthread_mutex_lock(&worker->lock) == 0);
    before = worker->cancel;
    worker->cancel = cancel;
    NEED(pthread_mutex_unlock(&worker->lock) == 0);
    zinit_cancel_free(before);
}

/* A daemon that speaks JSON-RPC serves 100 connections at a time (zinit 0.2.28). That is the one refusal that the daemon
 * of this test can give. */
static int is_crowded(const zinit_error *error)
{
    return zinit_error_code(error) == ZINIT_ERR_DAEMON &&
           strstr(zinit_error_message(error), "too many connections") != NULL;
}

static int is_refused(const zinit_error *error)
{
    return is_crowded(error) || (all.keeps_services && zinit_error_code(error) == ZINIT_ERR_NOT_SUPPORTED);
}

/* What a call has returned. Frees the error. */
#define ENDED(codes, call) check_ended(worker, __LINE__, #call, codes, (call), &error)
static zinit_code check_ended(struct worker *worker, int line, const char *call, const zinit_code *named,
                              zinit_code code, zinit_error **error)
{
    size_t i;

    worker->calls++;
    worker->refused += (unsigned long)is_refused(*error);
    for (i = 0; named[i] != code && !is_refused(*error); i++)
        if (named[i] == NO_CODE)
            fail_at(__FILE__, line, "%s returned %s (%s)", call, zinit_code_name(code), zinit_error_message(*error));
    if (zinit_error_code(*error) != (code < 0 ? code : ZINIT_OK))
        fail_at(__FILE__, line, "%s returned %s, its error is %s", call, zinit_code_name(code),
                zinit_code_name(zinit_error_code(*error)));
    zinit_error_free(*error);
    *error = NULL;
    if (code == ZINIT_ERR_CANCELLED) {
        worker->cancelled++;
        renew_cancel(worker);
    }
    return code;
}

static void cancel_others(struct worker *worker)
{
    struct worker *other = &all.workers[choose(worker, THREADS)];

    NEED(pthread_mutex_lock(&other->lock) == 0);
    if (other->cancel != NULL)
        zinit_cancel_trigger(other->cancel);
    NEED(pthread_mutex_unlock(&other->lock) == 0);
    /* Over JSON-RPC a stop that is left takes its connection for 1.5 s more, of 100. */
    pause_ms(10 + choose(worker, 50));
}

/* Calls */

static int64_t timeout_of(struct worker *worker)
{
    static const int64_t timeouts[] = {0, 20, 300, 1500};

    return timeouts[choose(worker, LENGTH(timeouts))];
}

static void query(struct worker *worker)
{
    const char *name = web(choose(worker, WEBS));
    zinit_error *error = NULL;
    zinit_service_list *list = NULL;
    zinit_status_list *statuses = NULL;
    zinit_status *status = NULL;
    zinit_service *service = NULL;
    zinit_daemon_version *version = NULL;
    int32_t number = 0;

    ENDED(query_codes, zinit_client_list(all.client, &list, &error));
    zinit_service_list_free(list);
    if (ENDED(only_ok, zinit_client_status(all.client, "steady", &status, &error)) == ZINIT_OK)
        CHECK_INT(zinit_status_pid(status), all.steady_pid);
    zinit_status_free(status);
    ENDED(query_codes, zinit_client_status(all.client, name, &status, &error));
    zinit_status_free(status);
    if (ENDED(only_ok, zinit_client_exists(all.client, "steady", &number, &error)) == ZINIT_OK)
        CHECK_INT(number, 1);
    ENDED(get_codes, zinit_client_get(all.client, name, &service, &error));
    zinit_service_free(service);
    ENDED(file_codes, zinit_client_load_service(all.client, "gone0", &service, &error));
    zinit_service_free(service);
    ENDED(monitor_codes, zinit_client_monitor(all.client, name, &error));
    ENDED(kill_codes, zinit_client_kill(all.client, name, "SIGCONT", &error));
    if (choose(worker, 8) != 0)
        return;
    ENDED(query_codes, zinit_client_statuses(all.client, &statuses, &error));
    zinit_status_list_free(statuses);
    ENDED(only_ok, zinit_client_protocol(all.client, &number, &error));
    /* Starts a process. */
    ENDED(only_ok, zinit_client_version(all.client, &version, &error));
    zinit_daemon_version_free(version);
}

static void wait_for_services(struct worker *worker)
{
    const char *name = web(choose(worker, WEBS));
    int64_t timeout = timeout_of(worker);
    zinit_error *error = NULL;

    switch (choose(worker, 4)) {
    case 0:
        ENDED(start_codes, zinit_client_start_wait(all.client, name, timeout, worker->cancel, &error));
        break;
    case 1:
        ENDED(stop_codes, zinit_client_stop_wait(all.client, name, timeout, worker->cancel, &error));
        break;
    case 2:
        ENDED(start_codes, zinit_client_restart(all.client, name, 300, timeout, worker->cancel, &error));
        break;
    default:
        ENDED(reload_codes, zinit_client_reload(all.client, name, 300, timeout, worker->cancel, &error));
    }
}

/* Requests, by themselves and in the queue */

static zinit_request *begin(struct worker *worker, const zinit_client *client, const zinit_code **named)
{
    const char *name = web(choose(worker, WEBS));
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    switch (choose(worker, 6)) {
    case 0:
        *named = query_codes;
        ENDED(only_ok, zinit_client_begin_list(client, &request, &error));
        break;
    case 1:
        *named = query_codes;
        ENDED(only_ok, zinit_client_begin_status(client, name, &request, &error));
        break;
    case 2:
        *named = start_codes;
        ENDED(only_ok, zinit_client_begin_start_wait(client, name, timeout_of(worker), &request, &error));
        break;
    case 3:
        *named = stop_codes;
        ENDED(only_ok, zinit_client_begin_stop_wait(client, name, timeout_of(worker), &request, &error));
        break;
    case 4:
        *named = get_codes;
        ENDED(only_ok, zinit_client_begin_get(client, name, &request, &error));
        break;
    default:
        *named = query_codes;
        ENDED(only_ok, zinit_client_begin_statuses(client, &request, &error));
    }
    return request;
}

static void request_several(struct worker *worker)
{
    zinit_request *requests[2];
    const zinit_code *named[LENGTH(requests)];
    size_t left = LENGTH(requests);
    size_t i;

    for (i = 0; i < LENGTH(requests); i++)
        requests[i] = begin(worker, all.client, &named[i]);
    while (left > 0)
        for (i = 0; i < LENGTH(requests); i++) {
            zinit_error *error = NULL;
            zinit_code code;

            if (requests[i] == NULL)
                continue;
            code = zinit_request_wait(requests[i], 10, &error);
            if (code != ZINIT_PENDING)
                check_ended(worker, __LINE__, "zinit_request_wait", named[i], code, &error);
            else if (choose(worker, 40) == 0)
                worker->freed_early++;
            else
                continue;
            zinit_request_free(requests[i]);
            requests[i] = NULL;
            left--;
        }
}

static int change_in_queue(int change)
{
    int in_queue;

    NEED(pthread_mutex_lock(&all.lock) == 0);
    in_queue = all.in_queue += change;
    NEED(pthread_mutex_unlock(&all.lock) == 0);
    return in_queue;
}

static void begin_in_queue(struct worker *worker)
{
    const zinit_code *named;
    zinit_request *request;
    zinit_error *error = NULL;

    if (change_in_queue(1) > MOST_IN_QUEUE) {
        change_in_queue(-1);
        pause_ms(5);
        return;
    }
    request = begin(worker, all.client, &named);
    zinit_request_set_data(request, (void *)named);
    ENDED(only_ok, zinit_queue_add(all.queue, request, &error));
}

static void take_from_queue(struct worker *worker)
{
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    if (ENDED(next_codes, zinit_queue_next(all.queue, 50, worker->cancel, &request, &error)) != ZINIT_OK)
        return;
    ENDED(zinit_request_data(request), zinit_request_dispatch(request, &error));
    zinit_request_free(request);
    change_in_queue(-1);
}

/* Streams */

static void watch_for_a_while(struct worker *worker)
{
    zinit_watch *watch = NULL;
    zinit_error *error = NULL;
    const zinit_change *change = NULL;
    int round;

    ENDED(only_ok, zinit_client_watch(all.client, NULL, 0, 20, &watch, &error));
    for (round = 0; round < 20 && !is_over(); round++)
        if (ENDED(next_codes, zinit_watch_next(watch, 50, worker->cancel, &change, &error)) == ZINIT_OK &&
            zinit_change_service(change) != NULL)
            CHECK(strlen(zinit_change_service(change)) > 0);
    zinit_watch_free(watch);
}

static void read_the_log_for_a_while(struct worker *worker)
{
    zinit_log_stream *stream = NULL;
    zinit_error *error = NULL;
    const zinit_log_line *line = NULL;
    int follow = (int)choose(worker, 2);
    int round;

    ENDED(only_ok, zinit_client_logs(all.client, choose(worker, 2) ? "talk" : NULL, 20, follow, &stream, &error));
    for (round = 0; round < 40 && !is_over(); round++)
        if (ENDED(line_codes, zinit_log_stream_next(stream, 50, worker->cancel, &line, &error)) == ZINIT_END)
            break;
    zinit_log_stream_free(stream);
}

static void stream(struct worker *worker)
{
    if (choose(worker, 2))
        watch_for_a_while(worker);
    else
        read_the_log_for_a_while(worker);
}

/* Definitions and groups */

/* A service of this thread's own: what it deploys is what runs. */
static void deploy(struct worker *worker)
{
    zinit_service *service = zinit_service_new();
    zinit_service *running = NULL;
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    const char *name = worker->own;
    char command[40];

    snprintf(command, sizeof command, "sleep %u", 1000 + choose(worker, 1000));
    CHECK_OK(zinit_service_set_exec(service, command, &error));
    if (ENDED(only_ok, zinit_client_deploy(all.client, name, service, -1, -1, NULL, &error)) == ZINIT_OK) {
        if (ENDED(only_ok, zinit_client_get(all.client, name, &running, &error)) == ZINIT_OK)
            CHECK_TEXT(zinit_service_exec(running), command);
        if (ENDED(only_ok, zinit_client_status(all.client, name, &status, &error)) == ZINIT_OK)
            CHECK_INT(zinit_state_kind(zinit_status_state(status)), ZINIT_STATE_RUNNING);
    }
    zinit_status_free(status);
    zinit_service_free(running);
    zinit_service_free(service);
}

static void change_a_group(struct worker *worker)
{
    const char *names[3];
    static const char *const gone[] = {"gone0", "gone1"};
    zinit_service *service = NULL;
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    unsigned first = choose(worker, WEBS);
    unsigned i;

    for (i = 0; i < LENGTH(names); i++)
        names[i] = web(first + i);
    switch (choose(worker, 4)) {
    case 0:
        ENDED(start_group_codes, zinit_client_start_multiple(all.client, names, 3, timeout_of(worker), worker->cancel,
                                                             &report, &error));
        break;
    case 1:
        ENDED(stop_group_codes, zinit_client_stop_multiple(all.client, names, 3, timeout_of(worker), worker->cancel,
                                                           &report, &error));
        break;
    case 2:
        ENDED(start_codes, zinit_client_restart_multiple(all.client, names, 3, 300, timeout_of(worker), worker->cancel,
                                                         &report, &error));
        break;
    default:
        CHECK_OK(zinit_service_from_yaml("exec: sleep 1000\n", 17, &service, &error));
        for (i = 0; i < LENGTH(gone); i++) {
            ENDED(write_codes, zinit_client_add_service(all.client, gone[i], service, &error));
            ENDED(monitor_codes, zinit_client_monitor(all.client, gone[i], &error));
        }
        zinit_service_free(service);
        ENDED(destroy_codes, zinit_client_destroy_services(all.client, gone, 2, 300, worker->cancel, &report, &error));
    }
    CHECK(report != NULL);
    zinit_report_free(report);
}

/* Forks */

static int finds_steady(const zinit_client *client)
{
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    int is_good = zinit_client_status(client, "steady", &status, &error) == ZINIT_OK
                      ? zinit_status_pid(status) == all.steady_pid
                      : is_crowded(error);

    if (!is_good)
        dprintf(STDOUT_FILENO, "# in a child: steady has process %d, not %d; %s\n", (int)zinit_status_pid(status),
                (int)all.steady_pid, zinit_error_message(error));
    zinit_status_free(status);
    zinit_error_free(error);
    return is_good;
}

/* With the client from before the fork, and with one of its own. */
static int calls_in_a_child(void)
{
    zinit_options *options = zinit_options_new();
    zinit_client *own = NULL;
    /* As long as that of the other client: the daemon is busy. */
    int is_good = finds_steady(all.client) && zinit_options_set_io_timeout_ms(options, 120000, NULL) == ZINIT_OK &&
                  zinit_options_set_socket_path(options, all.daemon.socket_path, NULL) == ZINIT_OK &&
                  zinit_client_with_options(options, &own, NULL) == ZINIT_OK && finds_steady(own);

    zinit_options_free(options);
    zinit_client_free(own);
    return is_good;
}

/* How many descriptors a program has that this process executes, as exit status. */
static void execute(void)
{
    execl("/bin/sh", "sh", "-c", "set -- /proc/self/fd/*; exit $#", (char *)NULL);
    _exit(100);
}

static int wait_for_child(pid_t pid)
{
    int status;

    NEED(pid > 0);
    NEED(waitpid(pid, &status, 0) == pid);
    return status;
}

static void fork_children(struct worker *worker)
{
    int executes = (int)choose(worker, 2);
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        int is_good = calls_in_a_child();

        if (is_good && executes)
            execute();
        /* Not exit(): what the other threads had allocated would be a leak. */
        _exit(is_good ? 0 : 101);
    }
    worker->forks++;
    status = wait_for_child(pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), executes ? all.descriptors_over_exec : 0);
}

/* All of it */

static void (*const roles[])(struct worker *) = {
    query,          query,          wait_for_services, wait_for_services, request_several, request_several,
    begin_in_queue, take_from_queue, stream,           stream,            deploy,          change_a_group,
    fork_children,  fork_children,  cancel_others,     take_from_queue,
};

static void *work(void *data)
{
    struct worker *worker = data;
    void (*const role)(struct worker *) = roles[worker->number % LENGTH(roles)];

    while (!is_over())
        role(worker);
    if (role == begin_in_queue) {
        NEED(pthread_mutex_lock(&all.lock) == 0);
        all.beginners--;
        NEED(pthread_mutex_unlock(&all.lock) == 0);
    }
    if (role == take_from_queue)
        for (;;) {
            int is_empty;

            NEED(pthread_mutex_lock(&all.lock) == 0);
            is_empty = all.beginners == 0 && all.in_queue == 0;
            NEED(pthread_mutex_unlock(&all.lock) == 0);
            if (is_empty)
                break;
            role(worker);
        }
    return NULL;
}

static void add(const char *name, const char *yaml)
{
    int32_t is_there = 0;
    zinit_error *error = NULL;

    CHECK_OK(zinit_client_exists(all.client, name, &is_there, &error));
    if (is_there)
        CHECK_OK(zinit_client_start(all.client, name, &error));
    else
        add_service(&all.daemon, all.client, name, yaml);
}

static void add_services(void)
{
    unsigned i;

    for (i = 0; i < WEBS; i++)
        add(web(i), i % 2 ? "exec: sleep 1000\n" : "exec: sh -c 'exec sleep 1000'\n");
    add("steady", "exec: sleep 1000\n");
    add("talk", "exec: sh -c 'while :; do echo a line; sleep 0.05; done'\n");
    wait_for_state(all.client, "steady", ZINIT_STATE_RUNNING);
    all.steady_pid = pid_of(all.client, "steady");
}

static void run_threads(void)
{
    size_t i;

    for (i = 0; i < THREADS; i++) {
        struct worker *worker = &all.workers[i];

        worker->number = (unsigned)i;
        snprintf(worker->own, sizeof worker->own, "own%u", worker->number);
        worker->random = i;
        NEED(pthread_mutex_init(&worker->lock, NULL) == 0);
        renew_cancel(worker);
        all.beginners += roles[i % LENGTH(roles)] == begin_in_queue;
    }
    for (i = 0; i < THREADS; i++)
        NEED(pthread_create(&all.workers[i].thread, NULL, work, &all.workers[i]) == 0);
    for (i = 0; i < THREADS; i++)
        NEED(pthread_join(all.workers[i].thread, NULL) == 0);
    for (i = 0; i < THREADS; i++) {
        zinit_cancel_free(all.workers[i].cancel);
        all.workers[i].cancel = NULL;
        pthread_mutex_destroy(&all.workers[i].lock);
    }
}

/* Takes all services away, and sees that nothing is left of them. */
static void destroy_all(void)
{
    zinit_service_list *list = NULL;
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    const char *names[WEBS + THREADS + 100];
    size_t count;
    size_t i;
    DIR *directory;
    struct dirent *entry;

    CHECK_OK(zinit_client_list(all.client, &list, &error));
    count = zinit_service_list_len(list);
    CHECK(count + 2 + WEBS + THREADS <= LENGTH(names));
    for (i = 0; i < count; i++)
        names[i] = zinit_service_list_name(list, i);
    /* A call that was cancelled, or that a crowded daemon refused half-way, may have left the file alone. */
    for (i = 0; i < WEBS; i++)
        names[count++] = web((unsigned)i);
    for (i = 0; i < THREADS; i++)
        names[count++] = all.workers[i].own;
    names[count++] = "gone0";
    names[count++] = "gone1";
    if (all.keeps_services) {
        CHECK_OK(zinit_client_stop_multiple(all.client, names, count, 60000, NULL, &report, &error));
        zinit_report_free(report);
        zinit_service_list_free(list);
        return;
    }
    CHECK_OK(zinit_client_destroy_services(all.client, names, count, 60000, NULL, &report, &error));
    zinit_report_free(report);
    zinit_service_list_free(list);
    CHECK_OK(zinit_client_list(all.client, &list, &error));
    CHECK_INT(zinit_service_list_len(list), 0);
    zinit_service_list_free(list);
    directory = opendir(all.daemon.config_dir);
    NEED(directory != NULL);
    while ((entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            fail_at(__FILE__, __LINE__, "%s is left in the directory of service files", entry->d_name);
    closedir(directory);
}

static void figure(const char *name, unsigned long number)
{
    printf("# figure %s\t%lu\n", name, number);
}

static void print_figures(long seconds)
{
    struct worker sum = {0};
    size_t i;

    for (i = 0; i < THREADS; i++) {
        sum.calls += all.workers[i].calls;
        sum.cancelled += all.workers[i].cancelled;
        sum.refused += all.workers[i].refused;
        sum.forks += all.workers[i].forks;
        sum.freed_early += all.workers[i].freed_early;
    }
    figure("threads", THREADS);
    figure("seconds", (unsigned long)seconds);
    figure("calls", sum.calls);
    figure("calls that a cancel ended", sum.cancelled);
    figure("requests freed under way", sum.freed_early);
    figure(all.keeps_services ? "calls that would remove a service and were refused" : "calls that a crowded daemon refused",
           sum.refused);
    figure("forks", sum.forks);
    fflush(stdout);
    CHECK(sum.calls > 100 && sum.cancelled > 0 && sum.forks > 0);
}

static void use_all(long seconds)
{
    struct client_options options = {0};
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    int32_t protocol = 0;

    all.queue = make_queue();
    options.daemon = &all.daemon;
    /* A reply that comes late on a busy machine is not a failure. */
    options.io_timeout_ms = 120000;
    all.client = make_client(options);
    CHECK_OK(zinit_client_protocol(all.client, &protocol, &error));
    all.keeps_services = protocol == ZINIT_PROTOCOL_ZINIT_0_3;
    add_services();
    NEED(clock_gettime(CLOCK_MONOTONIC, &all.end) == 0);
    all.end.tv_sec += seconds;
    run_threads();
    CHECK_INT(all.in_queue, 0);
    CHECK_INT(zinit_queue_next(all.queue, 0, NULL, &request, &error), ZINIT_PENDING);
    destroy_all();
    zinit_client_free(all.client);
    zinit_queue_free(all.queue);
}

static void nothing_is_left_after_64_threads(const void *data)
{
    const char *wanted = getenv("STRESS_SECONDS");
    long seconds = wanted ? atol(wanted) : 10;
    struct mallinfo2 before;
    long long left;
    size_t descriptors;
    pid_t pid;

    (void)data;
    NEED(pthread_mutex_init(&all.lock, NULL) == 0);
    all.daemon = start_zinit();
    pid = fork();
    if (pid == 0)
        execute();
    all.descriptors_over_exec = WEXITSTATUS(wait_for_child(pid));
    CHECK(all.descriptors_over_exec < 100);
    /* What the library and the C library keep from their first use on is not a leak. */
    use_all(1);
    descriptors = count_descriptors();
    before = mallinfo2();
    use_all(seconds);
    left = (long long)mallinfo2().uordblks - (long long)before.uordblks;
    if (left >= 1024)
        fail_at(__FILE__, __LINE__, "%lld bytes of memory are left", left);
    CHECK_INT(count_descriptors(), descriptors);
    kill_daemon(&all.daemon);
    CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
    CHECK_INT(errno, ECHILD);
    figure("bytes of memory left", left > 0 ? (unsigned long)left : 0);
    /* As is checked above. */
    figure("descriptors left", 0);
    figure("processes left", 0);
    print_figures(seconds);
}

static const struct test_case cases[] = {
    {"nothing_is_left_after_64_threads", nothing_is_left_after_64_threads, NULL},
};

int main(int argc, char **argv)
{
    /* Without caches and arenas of its own for each thread, malloc tells what is in use to the byte. */
    if (getenv("GLIBC_TUNABLES") == NULL) {
        NEED(setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=2", 1) == 0);
        execv("/proc/self/exe", argv);
    }
    return run_cases(cases, LENGTH(cases), argc, argv);
}
