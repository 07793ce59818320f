/* Child processes: those that zinit_client_version() starts, and those that the caller forks. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "everything.h"
#include "replies.h"

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
    /* What looks for leaks at the end starts processes, too. */
    NEED(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
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
    NEED(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
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
        /* Not exit(): what the other threads had allocated at the fork would be a leak in the child. */
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
    struct daemon daemon = start_scripted("on status web\n wait\n" SEND(STATUS_OF("web", 7, "Running", "Up"))
                                          ON("list", LIST_OF("\"web\":\"Running\"")));
    zinit_client *client = client_of(&daemon);
    struct call call;
    char command[100];

    (void)data;
    begin_status(&call, client);
    next_command(&daemon, command, sizeof command);
    CHECK_INT(list_in_a_child(client), 0);
    go_on(&daemon);
    end_call(&call);
    zinit_client_free(client);
}

/* So long after the other thread has begun the first call, the fork comes. */
static void spin(unsigned rounds)
{
    volatile unsigned left = rounds;

    while (left > 0)
        left = left - 1;
}

static void *make_a_client(void *data)
{
    zinit_client *client = NULL;

    (void)data;
    if (zinit_client_new(NULL, &client, NULL) != ZINIT_OK)
        return data;
    zinit_client_free(client);
    return NULL;
}

/* Not exit(): what other threads had allocated at the fork would be a leak in the child. */
static void end_child(int is_good)
{
    execlp(is_good ? "true" : "false", "child", (char *)NULL);
    _exit(127);
}

/* In a process that has not called the library yet: two threads, a first call in one, a fork in the other. */
static void fork_during_the_first_call(unsigned delay)
{
    pthread_t thread;
    void *result;
    int status;
    pid_t pid;

    if (pthread_create(&thread, NULL, make_a_client, &status) != 0)
        end_child(0);
    spin(delay);
    pid = fork();
    if (pid == 0) {
        /* Only a hang takes so long. */
        alarm(60);
        end_child(make_a_client(&status) == NULL);
    }
    end_child(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 && pthread_join(thread, &result) == 0 &&
              result == NULL);
}

static void a_fork_during_the_first_call_of_another_thread(const void *data)
{
    unsigned rounds = is_under_valgrind() ? 5 : 1000;
    unsigned round;

    (void)data;
    for (round = 0; round < rounds; round++) {
        pid_t pid = fork();
        int status;

        NEED(pid >= 0);
        if (pid == 0)
            fork_during_the_first_call(round % 50 * 200);
        NEED(waitpid(pid, &status, 0) == pid);
        CHECK_INT(status, 0);
    }
}

static const struct test_case cases[] = {
    {"version_where_SIGCHLD_is_ignored", version_where_SIGCHLD_is_ignored, NULL},
    {"version_where_all_children_are_reaped", version_where_all_children_are_reaped, NULL},
    {"version_leaves_no_child", version_leaves_no_child, NULL},
    {"a_client_works_in_the_child_of_a_fork", a_client_works_in_the_child_of_a_fork, NULL},
    {"a_fork_during_a_call_of_another_thread", a_fork_during_a_call_of_another_thread, NULL},
    {"a_fork_during_the_first_call_of_another_thread", a_fork_during_the_first_call_of_another_thread, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
