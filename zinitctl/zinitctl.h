/* zinitctl: the library as a command.
 *
 *     cd zinitctl
 *     cc -o zinitctl *.c $(pkg-config --cflags --libs zinit-client)
 *     ./zinitctl --help
 *
 * To add a subcommand, write one function run_… in the file of its theme, and one row in the table of subcommands.c.
 * To add an option, write one row in options.c. If the name of its value is new, say in complete.c what it means.
 * Help, completion and the test of the man page read these tables.
 *
 * main.c, arguments.c      the command line, from the words to the call
 * subcommands.c, options.c the two tables; help.c prints them, and complete.c answers shells by them
 * query.c, why.c, control.c, definitions.c, edit.c, system.c, logs.c, watch.c   the subcommands by theme
 * log_lines.c, until.c     how lines of the log are printed, and what a watch waits for
 * names.c, suggest.c       which services are meant, and what a misspelled word may mean
 * statuses.c, words.c, since.c, table.c   the status of services, for people
 * wait.c, signals.c        requests under poll(2)
 * steps.c, progress.c      how far a request has come, in words, and drawn on the terminal
 * output.c                 messages, exit statuses, text on one line
 * document.c, json.c       the document of --json
 */
#ifndef ZINITCTL_H
#define ZINITCTL_H

#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <zinit.h>

/* With several services, the exit status is the highest of theirs: see worse_of(). */
enum exit_status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,      /* the operation or a service failed, or the answer is no */
    STATUS_USAGE = 2,       /* wrong usage, or an argument that cannot be valid */
    STATUS_UNKNOWN = 3,     /* there is no such service */
    STATUS_UNREACHABLE = 4, /* the daemon is not running, does not answer, or may not be asked */
    STATUS_TIMEOUT = 5,     /* the service was not there in time */
    STATUS_SIGNALLED = 128  /* plus the signal that ended a wait: main raises it */
};

enum colour_choice { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct subcommand;

/* What --until waits for. */
enum until { UNTIL_NOTHING, UNTIL_UP, UNTIL_DOWN, UNTIL_FAILED };

/* The arguments and options of a subcommand. */
struct call {
    const zinit_client *client;
    const struct subcommand *subcommand;
    char **arguments;
    size_t argument_count;
    const char *socket_path; /* NULL: the library's default */
    const char *config_dir;  /* the same */
    const char *signal;     /* as it was given; NULL: not given */
    int64_t timeout_ms;      /* NOT_GIVEN, or a timeout of the library */
    int64_t stop_timeout_ms; /* the same */
    int64_t lines;           /* -1: all */
    enum colour_choice colour;
    int wait;
    int follow;
    int strict;
    int all;
    int ignore_missing;
    int quiet;
    int raw;
    int no_header;
    int json;
    int ignore_case;
    int no_reload;
    const char *grep;  /* NULL: not given */
    enum until until;
    zinit_filter *filter;
};

#define NOT_GIVEN INT64_MIN

#define LENGTH_OF(array) (sizeof(array) / sizeof(array)[0])

/* output.c */

/* Prints that the usage is wrong, with a message as for printf. */
enum exit_status usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
enum exit_status exit_status_of(zinit_code code);
/* The exit status of two services together. */
enum exit_status worse_of(enum exit_status one, enum exit_status other);
/* Prints a message on one line of stderr: control characters in it are escaped. */
void print_message(const char *message);
/* Prints a message on stderr, for --json also into the document. `service` is the one that it is about; or NULL. */
enum exit_status print_failure(zinit_code code, const char *service, const char *message);
/* Ends a call. If it failed, prints why on stderr. Frees the error. */
enum exit_status finish(zinit_code code, zinit_error **error);
/* The same, with a subject in front of the message; the subject may be NULL. */
enum exit_status finish_about(const char *subject, zinit_code code, zinit_error **error);
/* The option that the advice in a message of this code is about, such as " (--socket or ZINIT_SOCKET)"; or "". */
const char *advice_of(zinit_code code);
/* Begins text in memory. Write into the stream that it returns, and close that before you read the text. The caller
 * frees `*text`. */
FILE *begin_text(char **text);
/* Ends the program if there is no memory. `memory` is the result of malloc, calloc, realloc or strdup. */
void *need_memory(void *memory);
/* The bytes of the control character that begins here, of `left` bytes; 0 if there is no such. A terminal acts on those
 * from U+0080 to U+009F, too, which are two bytes. */
size_t control_length(const char *text, size_t left);
/* Writes that character as text, if there is one. Returns how many bytes it has. */
size_t write_control(FILE *stream, const char *text, size_t left);
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
/* The columns of a terminal; 80 if they are not known. */
size_t columns_of(int descriptor);
/* Whether to use colours on stdout. */
int use_colour(const struct call *call);
int use_colour_on(const struct call *call, int descriptor);
/* Call this after a write to stdout has failed. It is not a failure if nobody reads the output any more. All other
 * errors are reported at the end of the program. */
zinit_code discard_output(void);

/* signals.c */

/* For a wait: from now on the signals that end, stop and continue the program, and SIGWINCH, do not do so.
 * signal_descriptor() becomes readable. Ends with release_signals(). */
enum exit_status catch_signals_of_wait(void);
/* The signals do again what they did before. Returns one that arrived and would have ended the program, or 0. */
int release_signals(void);
/* Whether a signal that was caught ends the program. */
int ends_program(int number);
/* Stops the program as Ctrl-Z does, until it is continued. */
void stop_as_by_terminal(void);

/* From now on SIGINT and SIGTERM do not end the program; signal_descriptor() becomes readable. */
enum exit_status catch_signals(void);
int signal_descriptor(void);
/* The signal that arrived, according to poll(2); 0 if there was no signal. */
int caught_signal(const struct pollfd *polled);
/* Waits until a descriptor is readable. Returns 0 if the program should end: a signal has arrived, or nobody reads
 * stdout any more. */
int wait_for(int descriptor);

/* wait.c */

/* Waits for a request and frees it. `code` and `error` are the result of the function that began it. `aim` is the
 * wanted state of its services, such as "up". */
enum exit_status finish_wait(const struct call *call, zinit_code code, zinit_request *request, zinit_error **error,
                             const char *aim);

#endif
