/* The table of options. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"

/* More than thirty years: a longer timeout is most likely a typing error. */
#define LONGEST_TIMEOUT_S 1e9

static zinit_code set_socket_path(struct command_line *line, const char *value, zinit_error **error)
{
    line->call.socket_path = value;
    return zinit_options_set_socket_path(line->options, value, error);
}

static zinit_code set_config_dir(struct command_line *line, const char *value, zinit_error **error)
{
    line->call.config_dir = value;
    return zinit_options_set_config_dir(line->options, value, error);
}

static zinit_code set_zinit_binary(struct command_line *line, const char *value, zinit_error **error)
{
    return zinit_options_set_zinit_binary(line->options, value, error);
}

static zinit_code set_protocol(struct command_line *line, const char *value, zinit_error **error)
{
    int32_t protocol = index_of_word(PROTOCOL_WORDS, value);

    return protocol < 0 ? ZINIT_ERR_INVALID_ARGUMENT : zinit_options_set_protocol(line->options, protocol, error);
}

static zinit_code set_io_timeout(struct command_line *line, const char *value, zinit_error **error)
{
    char *end;
    long long milliseconds;

    errno = 0;
    milliseconds = strtoll(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0)
        return ZINIT_ERR_INVALID_ARGUMENT;
    return zinit_options_set_io_timeout_ms(line->options, milliseconds, error);
}

static zinit_code set_wait(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.wait = 1;
    return ZINIT_OK;
}

/* Converts seconds, such as 2 or 0.5, or "none" for no limit, to a timeout of the library in milliseconds. */
static zinit_code read_timeout(const char *value, int64_t *timeout_ms)
{
    double seconds;

    if (strcmp(value, "none") == 0) {
        *timeout_ms = -1;
        return ZINIT_OK;
    }
    /* strtod accepts more than digits and a point. */
    if (strspn(value, "0123456789.") != strlen(value) || strpbrk(value, "0123456789") == NULL ||
        strchr(value, '.') != strrchr(value, '.'))
        return ZINIT_ERR_INVALID_ARGUMENT;
    seconds = strtod(value, NULL);
    if (seconds > LONGEST_TIMEOUT_S)
        return ZINIT_ERR_INVALID_ARGUMENT;
    *timeout_ms = (int64_t)(seconds * 1000);
    /* 0 has a special meaning: do not wait. */
    if (*timeout_ms == 0 && seconds > 0)
        *timeout_ms = 1;
    return ZINIT_OK;
}

static zinit_code set_timeout(struct command_line *line, const char *value, zinit_error **error)
{
    (void)error;
    line->call.wait = 1;
    return read_timeout(value, &line->call.timeout_ms);
}

static zinit_code set_stop_timeout(struct command_line *line, const char *value, zinit_error **error)
{
    (void)error;
    return read_timeout(value, &line->call.stop_timeout_ms);
}

static zinit_code set_stop_order(struct command_line *line, const char *value, zinit_error **error)
{
    int index = index_of_word(STOP_ORDER_WORDS, value);

    line->call.wait = 1;
    return index < 0 ? ZINIT_ERR_INVALID_ARGUMENT : zinit_options_set_stop_order(line->options, index, error);
}

static zinit_code set_steady(struct command_line *line, const char *value, zinit_error **error)
{
    int64_t steady_ms = -1;

    line->call.wait = 1;
    /* A time has no "none". */
    if (read_timeout(value, &steady_ms) != ZINIT_OK || steady_ms < 0)
        return ZINIT_ERR_INVALID_ARGUMENT;
    return zinit_options_set_steady_ms(line->options, steady_ms, error);
}

static zinit_code set_lines(struct command_line *line, const char *value, zinit_error **error)
{
    (void)error;
    if (*value == '\0' || strspn(value, "0123456789") != strlen(value))
        return ZINIT_ERR_INVALID_ARGUMENT;
    /* A number that is too large becomes the largest of its type, which means all lines. */
    line->call.lines = strtoll(value, NULL, 10);
    return ZINIT_OK;
}

static zinit_code set_follow(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.follow = 1;
    return ZINIT_OK;
}

static zinit_code set_grep(struct command_line *line, const char *value, zinit_error **error)
{
    (void)error;
    line->call.grep = value;
    return ZINIT_OK;
}

static zinit_code set_ignore_case(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.ignore_case = 1;
    return ZINIT_OK;
}

static zinit_code set_json(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.json = 1;
    return ZINIT_OK;
}

static zinit_code set_no_reload(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.no_reload = 1;
    return ZINIT_OK;
}

static zinit_code set_until(struct command_line *line, const char *value, zinit_error **error)
{
    int index = index_of_word(UNTIL_WORDS, value);

    (void)error;
    line->call.until = (enum until)(index + 1);
    return index < 0 ? ZINIT_ERR_INVALID_ARGUMENT : ZINIT_OK;
}

static zinit_code set_strict(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.strict = 1;
    return ZINIT_OK;
}

static zinit_code add_filter_name(struct command_line *line, const char *value, zinit_error **error)
{
    return zinit_filter_with_name(line->call.filter, value, error);
}

static zinit_code add_filter_exec(struct command_line *line, const char *value, zinit_error **error)
{
    return zinit_filter_with_exec(line->call.filter, value, error);
}

static zinit_code add_filter_exec_regex(struct command_line *line, const char *value, zinit_error **error)
{
    return zinit_filter_with_exec_regex(line->call.filter, value, error);
}

static zinit_code set_help(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->help = 1;
    return ZINIT_OK;
}

static zinit_code set_version(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->version = 1;
    return ZINIT_OK;
}

static zinit_code set_all(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.all = 1;
    return ZINIT_OK;
}

static zinit_code set_ignore_missing(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.ignore_missing = 1;
    return ZINIT_OK;
}

static zinit_code set_quiet(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.quiet = 1;
    return ZINIT_OK;
}

static zinit_code set_raw(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.raw = 1;
    return ZINIT_OK;
}

static zinit_code set_no_header(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.no_header = 1;
    return ZINIT_OK;
}

static zinit_code set_signal(struct command_line *line, const char *value, zinit_error **error)
{
    (void)error;
    line->call.signal = value;
    return signal_of_word(value) == NULL ? ZINIT_ERR_INVALID_ARGUMENT : ZINIT_OK;
}

static zinit_code set_colour(struct command_line *line, const char *value, zinit_error **error)
{
    int index = index_of_word(COLOUR_WORDS, value);

    (void)error;
    if (index < 0)
        return ZINIT_ERR_INVALID_ARGUMENT;
    line->call.colour = (enum colour_choice)index;
    return ZINIT_OK;
}

#define WITH_NAMES                                                                                                     \
    " list status stats why watch logs tail start stop restart reload start-all stop-all destroy kill monitor forget " \
    "get load remove is-active is-failed is-blocked "

#define WITH_JSON                                                                                                      \
    " list status stats exists match is-active is-failed is-blocked watch logs tail start stop restart deploy reload " \
    "start-all stop-all destroy kill monitor forget get load add remove check state version protocol reboot shutdown " \
    "http "

const struct option options[] = {
    {"--socket", 's', "PATH", "ZINIT_SOCKET", NULL, "the daemon's socket", set_socket_path},
    {"--config-dir", 'c', "DIR", "ZINIT_CONFIG_DIR", NULL, "the directory of the service files", set_config_dir},
    {"--zinit-binary", '\0', "PATH", "ZINIT_BINARY", NULL, "the zinit program, to ask for its version",
     set_zinit_binary},
    {"--protocol", '\0', "PROTOCOL", NULL, NULL,
     "what the daemon must speak: line, json-rpc, zinit-0.3 or any; default: any", set_protocol},
    {"--io-timeout", '\0', "MS", NULL, NULL, "how long the daemon may take to answer, in milliseconds",
     set_io_timeout},
    {"--quiet", 'q', NULL, NULL, NULL, "print errors only", set_quiet},
    {"--color", '\0', "WHEN", NULL, NULL, "colours: auto (on a terminal), always or never", set_colour},
    {"--all", '\0', NULL, NULL, " list status stats watch logs tail start stop restart start-all stop-all ",
     "all services", set_all},
    {"--ignore-missing", '\0', NULL, NULL, WITH_NAMES, "a name that no service has is not an error",
     set_ignore_missing},
    {"--raw", '\0', NULL, NULL, " list status watch ", "print states in the daemon's words", set_raw},
    {"--no-header", '\0', NULL, NULL, " list status ", "print no header above a table", set_no_header},
    {"--json", '\0', NULL, NULL, WITH_JSON, "print one JSON document; watch and logs: an object a line", set_json},
    {"--wait", '\0', NULL, NULL, " start stop ", "wait until the services are up or down (start, stop)", set_wait},
    {"--timeout", '\0', "SECONDS", NULL,
     " watch start stop restart deploy reload edit start-all stop-all destroy ",
     "how long to wait; none: no limit; default: 20 to start, 10 to stop, none for watch", set_timeout},
    {"--stop-timeout", '\0', "SECONDS", NULL, " restart deploy reload edit ",
     "how long to wait for the stop (restart, deploy, reload, edit); default: 10", set_stop_timeout},
    {"--stop-order", '\0', "ORDER", NULL, " stop restart stop-all destroy ",
     "reverse: stop a service before those that it starts after; default: any", set_stop_order},
    {"--steady", '\0', "SECONDS", NULL, " start restart deploy reload edit start-all ",
     "how long a process must run until its service is up; default: 0.25; 0: not at all", set_steady},
    {"--signal", '\0', "SIGNAL", NULL, " kill ", "the signal to send; default: TERM (kill)", set_signal},
    {"--lines", 'n', "NUMBER", NULL, " logs tail ", "print only the last NUMBER lines (logs, tail)", set_lines},
    {"--follow", 'f', NULL, NULL, " logs tail ", "print new lines too, until Ctrl-C (logs)", set_follow},
    {"--grep", '\0', "PATTERN", NULL, " logs tail ", "print only lines that a regular expression matches (logs, tail)",
     set_grep},
    {"--ignore-case", 'i', NULL, NULL, " logs tail ",
     "upper and lower case are the same for the pattern (logs, tail)", set_ignore_case},
    {"--until", '\0', "STATE", NULL, " watch ", "end when all services are up, down or failed (watch)", set_until},
    {"--no-reload", '\0', NULL, NULL, " edit ", "write the file only (edit)", set_no_reload},
    {"--strict", '\0', NULL, NULL, " check ", "fail on a warning, too (check)", set_strict},
    {"--name", '\0', "NAME", NULL, " match ", "the service has this name (match)", add_filter_name},
    {"--exec", '\0', "PROGRAM", NULL, " match ", "the command runs a program of this name (match)",
     add_filter_exec},
    {"--exec-regex", '\0', "PATTERN", NULL, " match ", "a regular expression matches the command (match)",
     add_filter_exec_regex},
    {"--help", 'h', NULL, NULL, NULL, "print this help, or the help of a subcommand", set_help},
    {"--version", 'V', NULL, NULL, NULL, "print the version of zinitctl and of its library", set_version},
};

const size_t option_count = LENGTH_OF(options);

int is_option_of(const struct option *option, const struct subcommand *subcommand)
{
    char word[32];

    snprintf(word, sizeof word, " %s ", subcommand->name);
    return option->subcommands != NULL && strstr(option->subcommands, word) != NULL;
}
