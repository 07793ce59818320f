/* zinitctl: the library as a command.
 *
 *     cd zinitctl
 *     cc -o zinitctl *.c $(pkg-config --cflags --libs zinit-client)
 *     ./zinitctl --help
 *
 * To add a subcommand, write one function run_… and one row in the table `subcommands`, both in subcommands.c.
 * main.c reads the command line. wait.c shows how to run a request with poll(2) and how to print its progress.
 * watch.c and logs.c do the same for a watch and for a log.
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
    STATUS_NOT_CALLED = 2, /* wrong usage, or the daemon cannot be reached */
    STATUS_SIGNALLED = 128 /* plus the signal that ended a wait: main raises it */
};

/* The arguments and options of a subcommand. */
struct call {
    const zinit_client *client;
    char **arguments;
    size_t argument_count;
    int wait;
    int64_t timeout_ms;      /* NOT_GIVEN, or a timeout of the library */
    int64_t stop_timeout_ms; /* the same */
    int64_t lines;           /* -1: all */
    int follow;
    int strict;
    zinit_filter *filter;
};

#define NOT_GIVEN INT64_MIN

struct subcommand {
    const char *name;
    const char *arguments; /* one word each; the last may be NAME..., [NAME] or [NAME...] */
    const char *summary;
    enum exit_status (*run)(const struct call *call);
    const char *details; /* for its own --help; may be NULL */
};

#define LENGTH_OF(array) (sizeof(array) / sizeof(array)[0])

/* subcommands.c */

extern const struct subcommand subcommands[];
extern const size_t subcommand_count;
/* The ZINIT_PROTOCOL_ number of "any", "line" or "json-rpc"; -1 for another word. */
int32_t protocol_of_word(const char *word);

/* output.c */

/* Prints that the usage is wrong, with a message as for printf. */
enum exit_status usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
enum exit_status exit_status_of(zinit_code code);
/* Ends a call. If it failed, prints why on stderr. Frees the error. */
enum exit_status finish(zinit_code code, zinit_error **error);
/* The same, with a subject in front of the message; the subject may be NULL. */
enum exit_status finish_about(const char *subject, zinit_code code, zinit_error **error);
/* The number of columns that write_text needs. */
size_t width_of(const char *text);
/* Writes text of the daemon on one line: control characters in it are escaped. */
void write_text(FILE *stream, const char *text);
/* The same on stdout, padded with spaces to `width`. */
void print_text(const char *text, size_t width);
void print_field(const char *key, const char *value);
void print_number_field(const char *key, int32_t value);
/* Whether this is a terminal on which a line can be drawn again. */
int is_terminal(int descriptor);
/* Whether to use colours on stdout. */
int use_colour(void);
/* Call this after a write to stdout has failed. It is not a failure if nobody reads the output any more. All
 * other
 * errors are reported at the end of the program. */
zinit_code discard_output(void);

/* signals.c */

/* From now on SIGINT and SIGTERM do not end the program; signal_descriptor() becomes readable. */
enum exit_status catch_signals(void);
int signal_descriptor(void);
/* The signal that arrived, according to poll(2); 0 if there was no signal. */
int caught_signal(const struct pollfd *polled);
/* Waits until a descriptor is readable. Returns 0 if the program should end: a signal has arrived, or nobody
 * reads
 * stdout any more. */
int wait_for(int descriptor);

/* wait.c */

/* Waits for a request and frees it. `code` and `error` are the result of the function that began it. `aim` is
 * the
 * wanted state of its services, such as "up". */
enum exit_status finish_wait(zinit_code code, zinit_request *request, zinit_error **error, const char *aim);

/* watch.c */

enum exit_status run_watch(const struct call *call);

/* logs.c */

enum exit_status run_logs(const struct call *call);

#endif
