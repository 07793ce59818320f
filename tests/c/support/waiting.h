/* The calls that wait as one type, waits in other threads, and what ends them from there. */
#ifndef WAITING_H
#define WAITING_H

#include <pthread.h>
#include <zinit.h>

#include "daemons.h"

/* Each waits for the service "web". Those of a group get a group of one, and check that its row in the report says what
 * the call says. deploy gives it the command `sleep 1000`. */
typedef zinit_code (*wait_call)(const zinit_client *, int64_t, zinit_cancel *, zinit_error **);

zinit_code start_wait(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code stop_wait(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code restart(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code deploy(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code reload(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code start_multiple(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code stop_multiple(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code restart_multiple(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code destroy_services(const zinit_client *client, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);

/* A wait in another thread, without a limit. */
struct waiting {
    pthread_t thread;
    const zinit_client *client;
    zinit_cancel *cancel;
    wait_call call;
    zinit_code code;
    zinit_error *error;
    int end[2]; /* a pipe that is closed when the wait is over */
};

void begin_waiting(struct waiting *waiting, wait_call call, const zinit_client *client, zinit_cancel *cancel);
/* Whether it still waits after that long. */
int is_waiting(const struct waiting *waiting, int timeout_ms);
/* Waits for its end. Then the code and the error are there. */
void end_waiting(struct waiting *waiting);

/* A thread that triggers a cancel when a scripted daemon gets its next command. */
struct ending {
    pthread_t thread;
    struct daemon *daemon;
    zinit_cancel *cancel; /* NULL: a signal handler triggers it */
    pthread_t signalled;
};

void cancel_at_next_command(struct ending *ending, struct daemon *daemon, zinit_cancel *cancel);
/* The same, but sends a signal to the thread that calls this, whose handler triggers the cancel. */
void signal_at_next_command(struct ending *ending, struct daemon *daemon, zinit_cancel *cancel);
/* Waits for that thread. Checks that the handler has run, and that errno was in it as before. */
void join_ending(struct ending *ending);

#endif
