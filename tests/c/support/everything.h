/* Many calls at once, for cases that look at what all of them do to the process. */
#ifndef EVERYTHING_H
#define EVERYTHING_H

#include <pthread.h>
#include <zinit.h>

#include "daemons.h"

/* Nearly every call that there is, against a real daemon without services; some with a failure, too. */
void call_everything(const struct daemon *daemon);

/* Every way in which an exchange can fail, by the start of a service. The daemons are started before, for a case may
 * count what is there then. */
#define FAILURES 8
void start_failures(struct daemon *daemons);
void fail_in_every_way(const struct daemon *daemons);

/* A call in another thread: the status of "web", or the version. */
struct call {
    pthread_t thread;
    zinit_client *client;
    zinit_status *status;
    zinit_daemon_version *version;
    zinit_code code;
};

void begin_status(struct call *call, zinit_client *client);
void begin_version(struct call *call, zinit_client *client);
/* Waits for the end of the thread, and checks that the call has done what it was to do. Whether the thread was
 * cancelled behind the call. */
int end_call(struct call *call);

#endif
