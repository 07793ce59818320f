/* Signals: none interrupts a call, none is raised, and what the process does with them stays as it is. */
#include <signal.h>
#include <time.h>

#include "calls.h"
#include "everything.h"
#include "replies.h"

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
    struct daemon failing[FAILURES];
    struct daemon daemon = start_zinit();
    struct daemon slow = start_scripted("on *\n drip 2 " DONE "\n stay\n");
    struct daemon full = start_scripted("accept after 100\non *\n pause 50\n" SEND(DONE) " stay\n");
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

static void signals_are_left_as_they_are(const void *data)
{
    struct daemon daemon = start_zinit();
    struct sigaction before[64];
    struct sigaction after;
    int is_known[64]; /* glibc has two for itself, which sigaction() does not know */
    sigset_t mask_before;
    sigset_t mask_after;
    int number;

    (void)data;
    for (number = 1; number < 64; number++)
        is_known[number] = sigaction(number, NULL, &before[number]) == 0;
    NEED(pthread_sigmask(SIG_SETMASK, NULL, &mask_before) == 0);
    call_everything(&daemon);
    NEED(pthread_sigmask(SIG_SETMASK, NULL, &mask_after) == 0);
    for (number = 1; number < 64; number++) {
        CHECK_INT(sigismember(&mask_after, number), sigismember(&mask_before, number));
        CHECK_INT(sigaction(number, NULL, &after) == 0, is_known[number]);
        if (is_known[number])
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
    NEED(pthread_sigmask(SIG_SETMASK, NULL, &all) == 0);
    CHECK_INT(sigismember(&all, SIGTERM), 1);
    CHECK_INT(sigismember(&all, SIGCHLD), 1);
}

static const struct test_case cases[] = {
    {"signals_interrupt_nothing", signals_interrupt_nothing, NULL},
    {"no_SIGPIPE", no_SIGPIPE, NULL},
    {"signals_are_left_as_they_are", signals_are_left_as_they_are, NULL},
    {"blocked_signals_stop_nothing", blocked_signals_stop_nothing, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
