/* The words of the command line. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "names.h"

const struct option *find_option(const char *argument)
{
    size_t length = strcspn(argument, "=");

    for (size_t i = 0; i < option_count; i++) {
        if (strlen(options[i].name) == length && strncmp(options[i].name, argument, length) == 0)
            return &options[i];
    }
    return NULL;
}

static const struct option *find_letter(char letter)
{
    for (size_t i = 0; i < option_count; i++) {
        if (options[i].letter != '\0' && options[i].letter == letter)
            return &options[i];
    }
    return NULL;
}

static enum exit_status unknown_option(const char *argument)
{
    struct nearest nearest = nearest_to(argument);

    /* Other programs that print logs have it. */
    if (strncmp(argument, "--since", strlen("--since")) == 0)
        return usage_error("there is no option '--since': zinit does not tell when a line of its log was printed");
    for (size_t i = 0; i < option_count; i++)
        consider(&nearest, options[i].name);
    if (nearest.best != NULL)
        return usage_error("unknown option '%s'; did you mean '%s'?", argument, nearest.best);
    return usage_error("unknown option '%s'", argument);
}

/* Sets an option. `called` is what the value was given by: the option, or an environment variable. */
static enum exit_status set_option(struct command_line *line, const struct option *option, const char *value,
                                   const char *called)
{
    zinit_error *error = NULL;
    zinit_code code = option->set(line, value, &error);

    if (code != ZINIT_OK && error == NULL)
        return usage_error("'%s' is not a value for option '%s'", value, called);
    return finish_about(called, code, &error);
}

/* Sets an option of the command line. `value` is NULL if there is none. */
static enum exit_status take_option(struct command_line *line, const struct option *option, const char *value)
{
    if (option->value != NULL && value == NULL) {
        line->incomplete = option;
        return usage_error("option '%s' needs a value: %s", option->name, option->value);
    }
    line->given |= 1ull << (option - options);
    return set_option(line, option, value, option->name);
}

/* Reads --name, --name=value, or --name value. `next` is the argument behind it, or NULL. Sets `next_used` if that
 * was the value. */
static enum exit_status take_long_option(struct command_line *line, const char *argument, const char *next,
                                         int *next_used)
{
    const struct option *option = find_option(argument);
    const char *value = strchr(argument, '=');

    if (option == NULL)
        return unknown_option(argument);
    if (option->value == NULL && value != NULL)
        return usage_error("option '%s' takes no value", option->name);
    *next_used = option->value != NULL && value == NULL && next != NULL;
    return take_option(line, option, *next_used ? next : value == NULL ? NULL : value + 1);
}

/* Reads letters such as -f, -fn2, or -n 2. */
static enum exit_status take_letters(struct command_line *line, const char *argument, const char *next, int *next_used)
{
    for (const char *at = argument + 1; *at != '\0'; at++) {
        const struct option *option = find_letter(*at);
        enum exit_status status;

        if (option == NULL)
            return unknown_option(argument);
        if (option->value != NULL) {
            *next_used = at[1] == '\0' && next != NULL;
            return take_option(line, option, *next_used ? next : at[1] == '\0' ? NULL : at + 1);
        }
        status = take_option(line, option, NULL);
        if (status != STATUS_DONE)
            return status;
    }
    return STATUS_DONE;
}

/* For kill, reads a signal as in kill(1): -9, -HUP, -s HUP. A socket is not called like a signal. */
static int take_signal(struct command_line *line, const char *argument, const char *next, int *next_used)
{
    if (line->subcommand == NULL || strcmp(line->subcommand, "kill") != 0)
        return 0;
    *next_used = strcmp(argument, "-s") == 0 && next != NULL && signal_of_word(next) != NULL;
    if (!*next_used && signal_of_word(argument + 1) == NULL)
        return 0;
    line->call.signal = *next_used ? next : argument + 1;
    return 1;
}

/* Takes what was not given from the environment. */
enum exit_status read_environment(struct command_line *line)
{
    enum exit_status status = STATUS_DONE;

    for (size_t i = 0; i < option_count && status == STATUS_DONE; i++) {
        const char *value = options[i].variable == NULL ? NULL : getenv(options[i].variable);
        if (value != NULL && *value != '\0' && (line->given >> i & 1) == 0)
            status = set_option(line, &options[i], value, options[i].variable);
    }
    return status;
}

/* Moves the words that are not options to the front of argv. A "--" ends the options, so that a service's name may
 * begin with a dash. */
enum exit_status read_words(struct command_line *line, int argc, char **argv)
{
    size_t count = 0;

    for (int i = 1; i < argc; i++) {
        enum exit_status status = STATUS_DONE;
        int next_used = 0;

        if (line->options_ended || argv[i][0] != '-' || argv[i][1] == '\0') {
            if (count == 0)
                line->subcommand = argv[i];
            argv[count++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            line->options_ended = 1;
        } else if (argv[i][1] == '-') {
            status = take_long_option(line, argv[i], argv[i + 1], &next_used);
        } else if (!take_signal(line, argv[i], argv[i + 1], &next_used)) {
            status = take_letters(line, argv[i], argv[i + 1], &next_used);
        }
        if (status != STATUS_DONE)
            return status;
        i += next_used;
    }
    if (count > 0) {
        line->call.arguments = argv + 1;
        line->call.argument_count = count - 1;
    }
    return STATUS_DONE;
}

enum exit_status read_command_line(struct command_line *line, int argc, char **argv)
{
    enum exit_status status = read_words(line, argc, argv);

    return status == STATUS_DONE ? read_environment(line) : status;
}

/* Whether the number of arguments fits the usage line. */
static int fits_arguments(const char *usage, size_t count)
{
    size_t words = *usage == '\0' ? 0 : 1;
    size_t optional = 0;

    for (const char *at = usage; *at != '\0'; at++) {
        words += *at == ' ';
        optional += *at == '[';
    }
    return count >= words - optional && (count <= words || strstr(usage, "...") != NULL);
}

enum exit_status check_usage(const struct command_line *line, const struct subcommand *subcommand)
{
    size_t count = line->call.argument_count;

    for (size_t i = 0; i < option_count; i++) {
        if ((line->given >> i & 1) != 0 && options[i].subcommands != NULL && !is_option_of(&options[i], subcommand))
            return usage_error("option '%s' is not for '%s'", options[i].name, subcommand->name);
    }
    if (line->call.all && count > 0)
        return usage_error("option '--all' and a name cannot be given together");
    if (!line->call.all && !fits_arguments(subcommand->arguments, count)) {
        fprintf(stderr, "zinitctl: wrong number of arguments for '%s'\n", subcommand->name);
        print_usage(stderr, subcommand);
        return STATUS_USAGE;
    }
    return STATUS_DONE;
}
