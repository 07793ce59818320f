/* zinitctl: the whole library as a command.
 *
 *     cd zinitctl
 *     cc -o zinitctl *.c $(pkg-config --cflags --libs zinit-client)
 *     ./zinitctl --help
 *
 * A new subcommand is one function run_… and one row in the table `subcommands`, both in subcommands.c. main.c reads the
 * command line. wait.c shows how a request is driven by poll(2) and what can be told of it on the way; watch.c and logs.c
 * do the same with a watch and a log.
 */
#ifndef ZINITCTL_H
#define ZINITCTL_H

#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <zinit.h>

enum exit_status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,     /* the daemon refused, or the operation failed */
    STATUS_NOT_CALLED = 2, /* wrong usage, or no daemon to talk to */
    STATUS_SIGNALLED = 128 /* and the number of the signal that ended a wait: main dies of it */
};

/* What a subcommand is called with. */
struct call {
    const zinit_client *client;
    char **arguments;
    size_t argument_count;
    int wait;
    int64_t timeout_ms;      /* NOT_GIVEN, or as the library takes it */
    int64_t stop_timeout_ms; /* the same */
    int64_t lines;           /* -1: all */
    int follow;
    zinit_filter *filter;
};

#define NOT_GIVEN INT64_MIN

struct subcommand {
    const char *name;
    const char *arguments; /* as in the usage line, one word for each; the last may be NAME..., [NAME] or [NAME...] */
    const char *summary;
    enum exit_status (*run)(const struct call *call);
    const char *details; /* for its own --help; may be NULL */
};

#define LENGTH_OF(array) (sizeof(array) / sizeof(array)[0])

/* subcommands.c */

extern const struct subcommand subcommands[];
extern const size_t subcommand_count;

/* output.c */

/* Wrong usage, worded as for printf. */
enum exit_status usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
enum exit_status exit_status_of(zinit_code code);
/* Ends a call: says on stderr why it failed, if it did, and frees the error. */
enum exit_status finish(zinit_code code, zinit_error **error);
/* The same, with what it is about in front; may be NULL. */
enum exit_status finish_about(const char *subject, zinit_code code, zinit_error **error);
/* How many columns write_text takes. */
size_t width_of(const char *text);
/* Text of the daemon on one line: a service may have a line feed in its name. */
void write_text(FILE *stream, const char *text);
/* The same on stdout, filled up with spaces to `width`. */
void print_text(const char *text, size_t width);
void print_field(const char *key, const char *value);
void print_number_field(const char *key, int32_t value);
/* Whether lines may be drawn over. */
int is_terminal(int descriptor);
/* Whether stdout is for people who want colours. */
int use_colour(void);
/* After a write that failed: what nobody wants to read any more is no failure, and everything else is told at the end of
 * the program. */
zinit_code discard_output(void);

/* signals.c */

/* From now on SIGINT and SIGTERM do not end the program; signal_descriptor() becomes readable. */
enum exit_status catch_signals(void);
int signal_descriptor(void);
/* The signal that poll(2) has found there; 0: none. */
int caught_signal(const struct pollfd *polled);
/* Waits until a descriptor is readable. 0: there is no reason to go on, for a signal has come or nobody reads stdout any
 * more. */
int wait_for(int descriptor);

/* wait.c */

/* Waits for a request that has been begun with this code and error, and frees it. `aim` is where its services should
 * get to: "up". */
enum exit_status finish_wait(zinit_code code, zinit_request *request, zinit_error **error, const char *aim);

/* watch.c */

enum exit_status run_watch(const struct call *call);

/* logs.c */

enum exit_status run_logs(const struct call *call);

#endif
