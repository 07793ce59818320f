/* The tables of subcommands and options, and the command line that is read by them. */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "zinitctl.h"

/* What the NAME of a subcommand is looked up in, and how. */
enum known {
    KNOWN_TO_DAEMON = 1, /* the services that the daemon knows */
    KNOWN_BY_FILE = 2,   /* the services that have a file in the config directory */
    KNOWN_OR_ASK = 4     /* a name that is found nowhere is not refused: the daemon decides */
};

struct subcommand {
    const char *name;
    const char *aliases;   /* other names, with spaces between; "" for none */
    const char *arguments; /* one word each; optional ones in brackets, the last may end with "..." */
    unsigned known;        /* of enum known; 0: it has no NAME */
    const char *summary;
    enum exit_status (*run)(const struct call *call);
    const char *details; /* for its own --help; may be NULL */
};

extern const struct subcommand subcommands[];
extern const size_t subcommand_count;
/* Finds a subcommand by its name or by another name of it; NULL if there is no such. */
const struct subcommand *find_subcommand(const char *name);
/* Prints that there is no such subcommand, and which may be meant. */
enum exit_status unknown_subcommand(const char *name);

/* The contents of the command line. */
struct command_line {
    zinit_options *options;
    struct call call;
    const char *subcommand;   /* as it was given; NULL: not given */
    unsigned long long given; /* one bit for each row of the options */
    int options_ended;        /* by a "--" */
    int help;
    int version;
    const struct option *incomplete; /* the option at the end whose value is missing; NULL: there is none */
};

struct option {
    const char *name;        /* with its two dashes */
    char letter;             /* of its short form; '\0': it has none */
    const char *value;       /* its name in the help; NULL: the option takes no value */
    const char *variable;    /* the environment variable for its default; NULL: none */
    const char *subcommands; /* the ones that take it, each between two spaces; NULL: all */
    const char *summary;
    /* If it fails and makes no error, the value is not valid. */
    zinit_code (*set)(struct command_line *line, const char *value, zinit_error **error);
};

extern const struct option options[];
extern const size_t option_count;
/* Whether an option is only for certain subcommands, and this is one of them. */
int is_option_of(const struct option *option, const struct subcommand *subcommand);

/* arguments.c */

/* Reads the words of the command line, and the environment. */
enum exit_status read_command_line(struct command_line *line, int argc, char **argv);
/* The two parts of it. */
enum exit_status read_words(struct command_line *line, int argc, char **argv);
enum exit_status read_environment(struct command_line *line);
/* Finds an option by its name, which ends before the = of --name=value; NULL if there is no such. */
const struct option *find_option(const char *argument);
/* Checks that the options are for this subcommand, and that the number of arguments fits. */
enum exit_status check_usage(const struct command_line *line, const struct subcommand *subcommand);

/* help.c */

void print_help(void);
void print_usage(FILE *stream, const struct subcommand *subcommand);
void print_help_of_subcommand(const struct subcommand *subcommand);

/* query.c */
enum exit_status run_list(const struct call *call);
enum exit_status run_status(const struct call *call);
enum exit_status run_is_active(const struct call *call);
enum exit_status run_is_failed(const struct call *call);
enum exit_status run_is_blocked(const struct call *call);
enum exit_status run_stats(const struct call *call);
enum exit_status run_exists(const struct call *call);
enum exit_status run_match(const struct call *call);
enum exit_status run_state(const struct call *call);

/* control.c */
enum exit_status run_start(const struct call *call);
enum exit_status run_stop(const struct call *call);
enum exit_status run_restart(const struct call *call);
enum exit_status run_start_all(const struct call *call);
enum exit_status run_stop_all(const struct call *call);
enum exit_status run_destroy(const struct call *call);
enum exit_status run_kill(const struct call *call);
enum exit_status run_monitor(const struct call *call);
enum exit_status run_forget(const struct call *call);
/* The name of a signal that was given as 15, TERM, sigterm or the like; NULL if zinit does not know it. */
const char *signal_of_word(const char *word);
/* No signal of Linux has a higher number. */
#define HIGHEST_SIGNAL 64

/* definitions.c */
enum exit_status run_get(const struct call *call);
enum exit_status run_load(const struct call *call);
enum exit_status run_check(const struct call *call);
enum exit_status run_add(const struct call *call);
enum exit_status run_remove(const struct call *call);
enum exit_status run_deploy(const struct call *call);
enum exit_status run_reload(const struct call *call);
/* Reads a file, or stdin for "-", into memory that the caller frees. On failure, prints a message and returns NULL. */
char *read_input(const char *path, size_t *length);
/* Prints a problem as compilers do, so that editors find the place. */
void print_problem(const char *path, const zinit_problem_list *problems, size_t index);

/* system.c */
enum exit_status run_version(const struct call *call);
enum exit_status run_protocol(const struct call *call);
enum exit_status run_reboot(const struct call *call);
enum exit_status run_shutdown(const struct call *call);
enum exit_status run_http(const struct call *call);
enum exit_status run_help(const struct call *call);

/* complete.c */
enum exit_status run_complete(const struct call *call);

/* The values of options that take one of a few words, with spaces between. */
#define COLOUR_WORDS "auto always never"    /* in the order of enum colour_choice */
#define STOP_ORDER_WORDS "any reverse"      /* in the order of ZINIT_STOP_ORDER_ */
#define UNTIL_WORDS "up down failed"        /* in the order of enum until, behind its first one */
#define PROTOCOL_WORDS "any line json-rpc zinit-0.3"  /* in the order of the ZINIT_PROTOCOL_ numbers */
/* Those of the first argument of http. */
#define HTTP_WORDS "start stop"
/* Which of the words it is, from 0; -1 if it is not one of them. */
int index_of_word(const char *words, const char *word);

/* logs.c, watch.c */
enum exit_status run_logs(const struct call *call);
enum exit_status run_tail(const struct call *call);
enum exit_status run_watch(const struct call *call);

/* why.c, edit.c */
enum exit_status run_why(const struct call *call);
enum exit_status run_edit(const struct call *call);

/* The default timeouts. 20 s is common for a start among programs that use zinit. */
#define START_TIMEOUT_MS 20000
#define STOP_TIMEOUT_MS 10000

static inline int64_t timeout_or(int64_t timeout_ms, int64_t default_ms)
{
    return timeout_ms == NOT_GIVEN ? default_ms : timeout_ms;
}

#endif
