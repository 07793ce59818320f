/* Checks of what a call returns, clients for tests, and what is done to services on the way. */
#ifndef CALLS_H
#define CALLS_H

#include <string.h>
#include <zinit.h>

#include "daemons.h"
#include "harness.h"

/* The suite abi builds files of these tests with the header of 0.1.0, too, and with no other. What came later stands
 * between `#if HEADER_HAS_0_2_0` and `#endif` in them. */
#define HEADER_HAS_0_2_0 (ZINIT_VERSION_MAJOR > 0 || ZINIT_VERSION_MINOR > 1)

/* Each takes a call whose last argument is `&error`, and the variable `error` itself. CHECK_FAILS leaves the error for a
 * closer look, and for zinit_error_free(). */
#define CHECK_OK(call) check_code(__FILE__, __LINE__, #call, (call), ZINIT_OK, &error)
#define CHECK_FAILS(call, code) check_code(__FILE__, __LINE__, #call, (call), (code), &error)

void check_code(const char *file, int line, const char *call, zinit_code code, zinit_code expected,
                zinit_error *const *error);
/* Checks that nothing was sent, and so the daemon has said nothing. Frees the error. */
void check_not_sent(zinit_error *error);

/* A number that no function returns: what a variable for a code holds before the call. */
#define NO_CODE 12345

/* What is 0 or NULL keeps its default. */
struct client_options {
    const struct daemon *daemon;
    const char *socket_path; /* in place of a daemon's */
    const char *config_dir;
    const char *zinit_binary;
    int64_t io_timeout_ms;
    uint64_t max_reply_bytes;
#if HEADER_HAS_0_2_0
    int32_t stop_order;
    zinit_queue *queue;
    int32_t protocol;
#endif
};

zinit_client *make_client(struct client_options wanted);
zinit_client *client_of(const struct daemon *daemon);
/* The service files are in the directory of the case. */
zinit_client *client_of_script(const struct daemon *daemon);
/* The same, without a daemon. */
zinit_client *client_for_files(void);
/* Whether the daemon is zinit 0.2.PATCH or a later one. */
int daemon_is_since(const zinit_client *client, uint64_t patch);
/* Whether it is one that speaks JSON-RPC, and not the line protocol. */
int speaks_json_rpc(const zinit_client *client);

/* Writes a service's file. */
void write_service(const struct daemon *daemon, const char *name, const char *yaml);
/* The same, and has the daemon read it. */
void add_service(const struct daemon *daemon, const zinit_client *client, const char *name, const char *yaml);
/* The same, for a service that runs in the directory of the case. */
void add_service_here(const struct daemon *daemon, const zinit_client *client, const char *name, const char *yaml);
/* A service that ignores SIGTERM, as soon as there is a file `ready` in its working directory. */
#define STUBBORN "exec: sh -c 'trap \"\" TERM; echo >> ready; while :; do sleep 1; done'\n"
/* A service that never gets from Spawned to Running. */
#define NEVER_UP "exec: sleep 1000\ntest: 'false'\n"

/* The daemon tells nobody of a change of state, so these look again and again. */
void wait_for_state(const zinit_client *client, const char *name, int32_t kind);
void wait_for_no_process(const zinit_client *client, const char *name);
int32_t pid_of(const zinit_client *client, const char *name);
/* Checks that the daemon goes on answering others. */
void check_daemon_answers(const zinit_client *client);

#if HEADER_HAS_0_2_0
zinit_queue *make_queue(void);
/* A client whose requests, logs and watches are in the queue. */
zinit_client *client_in(zinit_queue *queue, const struct daemon *daemon);
/* The next request of a queue, which must come. */
zinit_request *next_of(zinit_queue *queue);
/* Checks that the queue has nothing to return now. */
void check_queue_pending(zinit_queue *queue);
#endif

/* Takes a request to its end, by its descriptor alone: no time-out, no other event. Counts the dispatches, if it is not
 * NULL. */
zinit_code run_to_end(zinit_request *request, size_t *dispatches, zinit_error **error);
/* The same, and frees the request. */
zinit_code finish(zinit_request *request, zinit_error **error);

#endif
