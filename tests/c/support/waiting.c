#include "waiting.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "calls.h"

/* The waits */

zinit_code start_wait(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    return zinit_client_start_wait(client, "web", timeout_ms, cancel, error);
}

zinit_code stop_wait(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    return zinit_client_stop_wait(client, "web", timeout_ms, cancel, error);
}

zinit_code restart(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    return zinit_client_restart(client, "web", timeout_ms, timeout_ms, cancel, error);
}

zinit_code deploy(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    zinit_service *service = zinit_service_new();
    zinit_code code = zinit_service_set_exec(service, "sleep 1000", NULL);

    CHECK_INT(code, ZINIT_OK);
    code = zinit_client_deploy(client, "web", service, timeout_ms, timeout_ms, cancel, error);
    zinit_service_free(service);
    return code;
}

#if HEADER_HAS_0_2_0
zinit_code reload(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    return zinit_client_reload(client, "web", timeout_ms, timeout_ms, cancel, error);
}
#endif

typedef zinit_code (*group)(const zinit_client *, const char *const *, size_t, int64_t, zinit_cancel *, zinit_report **,
                            zinit_error **);

static const char *const names_of_one[] = {"web"};

/* The report of a group of one says what the call says. */
static zinit_code check_report_of_one(zinit_report *report, zinit_code code)
{
    CHECK_INT(zinit_report_len(report), 1);
    CHECK_TEXT(zinit_report_name(report, 0), "web");
    CHECK_INT(zinit_report_code(report, 0), code);
    CHECK_INT(zinit_error_code(zinit_report_error(report, 0)), code);
    CHECK((zinit_report_error(report, 0) == NULL) == (code == ZINIT_OK));
    CHECK(zinit_report_error(report, 1) == NULL);
    zinit_report_free(report);
    return code;
}

static zinit_code of_one(group call, const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel,
                         zinit_error **error)
{
    zinit_report *report = NULL;
    zinit_code code = call(client, names_of_one, 1, timeout_ms, cancel, &report, error);

    return check_report_of_one(report, code);
}

zinit_code start_multiple(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    return of_one(zinit_client_start_multiple, client, timeout_ms, cancel, error);
}

zinit_code stop_multiple(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    return of_one(zinit_client_stop_multiple, client, timeout_ms, cancel, error);
}

#if HEADER_HAS_0_2_0
zinit_code restart_multiple(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    zinit_report *report = NULL;
    zinit_code code =
        zinit_client_restart_multiple(client, names_of_one, 1, timeout_ms, timeout_ms, cancel, &report, error);

    return check_report_of_one(report, code);
}
#endif

zinit_code destroy_services(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error)
{
    return of_one(zinit_client_destroy_services, client, timeout_ms, cancel, error);
}

/* A wait in another thread */

static void *wait_here(void *data)
{
    struct waiting *waiting = data;

    waiting->code = waiting->call(waiting->client, -1, waiting->cancel, &waiting->error);
    close(waiting->end[1]);
    return NULL;
}

void begin_waiting(struct waiting *waiting, wait_call call, const zinit_client *client, zinit_cancel *cancel)
{
    memset(waiting, 0, sizeof *waiting);
    waiting->call = call;
    waiting->client = client;
    waiting->cancel = cancel;
    waiting->code = NO_CODE;
    NEED(pipe(waiting->end) == 0);
    NEED(pthread_create(&waiting->thread, NULL, wait_here, waiting) == 0);
}

void end_waiting(struct waiting *waiting)
{
    NEED(pthread_join(waiting->thread, NULL) == 0);
    close(waiting->end[0]);
}

int is_waiting(const struct waiting *waiting, int timeout_ms)
{
    return !is_readable(waiting->end[0], timeout_ms);
}

/* What ends it */

static void *act_at_next_command(void *data)
{
    struct ending *ending = data;
    char command[100];

    next_command(ending->daemon, command, sizeof command);
    if (ending->cancel != NULL)
        zinit_cancel_trigger(ending->cancel);
    else
        NEED(pthread_kill(ending->signalled, SIGUSR1) == 0);
    return NULL;
}

void cancel_at_next_command(struct ending *ending, struct daemon *daemon, zinit_cancel *cancel)
{
    memset(ending, 0, sizeof *ending);
    ending->daemon = daemon;
    ending->cancel = cancel;
    NEED(pthread_create(&ending->thread, NULL, act_at_next_command, ending) == 0);
}

static zinit_cancel *cancel_of_handler;
static volatile sig_atomic_t handled;
static volatile sig_atomic_t errno_after;

static void cancel_in_handler(int number)
{
    int before = errno;

    (void)number;
    errno = EDOM;
    zinit_cancel_trigger(cancel_of_handler);
    errno_after = errno;
    handled = 1;
    errno = before;
}

void signal_at_next_command(struct ending *ending, struct daemon *daemon, zinit_cancel *cancel)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = cancel_in_handler;
    cancel_of_handler = cancel;
    NEED(sigaction(SIGUSR1, &action, NULL) == 0);
    memset(ending, 0, sizeof *ending);
    ending->daemon = daemon;
    ending->signalled = pthread_self();
    NEED(pthread_create(&ending->thread, NULL, act_at_next_command, ending) == 0);
}

void join_ending(struct ending *ending)
{
    NEED(pthread_join(ending->thread, NULL) == 0);
    if (ending->cancel != NULL)
        return;
    CHECK_INT(handled, 1);
    CHECK_INT(errno_after, EDOM);
}
