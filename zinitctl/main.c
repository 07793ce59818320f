/* The command line. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zinitctl.h"

/* More than thirty years: a longer timeout is most likely a typing error. */
#define LONGEST_TIMEOUT_S 1e9

/* The contents of the command line. */
struct command_line {
    zinit_options *options;
    struct call call;
    const char *subcommand;   /* NULL: not given */
    unsigned long long given; /* one bit for each row of options_known */
    int help;
    int version;
};

struct option {
    const char *name;
    const char *short_name; /* may be NULL */
    const char *value;      /* its name in the help; NULL: the option takes no value */
    const char *summary;
    const char *subcommands; /* the ones that take it, each between two spaces; NULL: all */
    zinit_code (*set)(struct command_line *line, const char *value, zinit_error **error);
};

static zinit_code set_socket_path(struct command_line *line, const char *value, zinit_error **error)
{
    return zinit_options_set_socket_path(line->options, value, error);
}

static zinit_code set_config_dir(struct command_line *line, const char *value, zinit_error **error)
{
    return zinit_options_set_config_dir(line->options, value, error);
}

static zinit_code set_zinit_binary(struct command_line *line, const char *value, zinit_error **error)
{
    return zinit_options_set_zinit_binary(line->options, value, error);
}

static zinit_code set_protocol(struct command_line *line, const char *value, zinit_error **error)
{
    int32_t protocol = protocol_of_word(value);

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

static zinit_code set_strict(struct command_line *line, const char *value, zinit_error **error)
{
    (void)value;
    (void)error;
    line->call.strict = 1;
    return ZINIT_OK;
}

static zinit_code add_name(struct command_line *line, const char *value, zinit_error **error)
{
    return zinit_filter_with_name(line->call.filter, value, error);
}

static zinit_code add_exec(struct command_line *line, const char *value, zinit_error **error)
{
    return zinit_filter_with_exec(line->call.filter, value, error);
}

static zinit_code add_exec_regex(struct command_line *line, const char *value, zinit_error **error)
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

static const struct option options_known[] = {
    {"--socket", NULL, "PATH", "the daemon's socket", NULL, set_socket_path},
    {"--config-dir", NULL, "DIR", "the directory of the service files", NULL, set_config_dir},
    {"--zinit-binary", NULL, "PATH", "the zinit program, to ask for its version", NULL, set_zinit_binary},
    {"--protocol", NULL, "PROTOCOL", "what the daemon must speak: line, json-rpc or any; default: any", NULL,
     set_protocol},
    {"--io-timeout", NULL, "MS", "how long the daemon may take to answer, in milliseconds", NULL, set_io_timeout},
    {"--wait", NULL, NULL, "wait until the service is up or down (start, stop)", " start stop ", set_wait},
    {"--timeout", NULL, "SECONDS", "how long to wait; default: 20 to start, 10 to stop; none: no limit",
     " start stop restart deploy reload start-all stop-all destroy ", set_timeout},
    {"--stop-timeout", NULL, "SECONDS", "how long to wait for the stop (restart, deploy, reload); default: 10",
     " restart deploy reload ", set_stop_timeout},
    {"--steady", NULL, "SECONDS", "how long a process must run until its service is up; default: 0.25; 0: not at all",
     " start restart deploy reload start-all ", set_steady},
    {"--lines", "-n", "NUMBER", "print only the last NUMBER lines (logs)", " logs ", set_lines},
    {"--follow", "-f", NULL, "print new lines too, until Ctrl-C (logs)", " logs ", set_follow},
    {"--strict", NULL, NULL, "fail on a warning, too (check)", " check ", set_strict},
    {"--name", NULL, "NAME", "the service has this name (match)", " match ", add_name},
    {"--exec", NULL, "PROGRAM", "the command runs a program of this name (match)", " match ", add_exec},
    {"--exec-regex", NULL, "PATTERN", "a regular expression matches the command (match)", " match ", add_exec_regex},
    {"--help", "-h", NULL, "print this help, or the help of a subcommand", NULL, set_help},
    {"--version", "-V", NULL, "print the version of zinitctl and of its library", NULL, set_version},
};

static void print_help_row(const char *name, const char *value, const char *summary)
{
    int printed = printf("  %s%s%s", name, *value == '\0' ? "" : " ", value);

    printf("%*s%s\n", printed < 26 ? 26 - printed : 2, "", summary);
}

static void print_help_of_option(const struct option *option)
{
    char names[32];

    snprintf(names, sizeof names, "%s%s%s", option->short_name == NULL ? "" : option->short_name,
             option->short_name == NULL ? "" : ", ", option->name);
    print_help_row(names, option->value == NULL ? "" : option->value, option->summary);
}

static void print_help(void)
{
    puts("Usage: zinitctl [OPTION...] SUBCOMMAND [ARGUMENT...]\n"
         "Show the services of a zinit daemon, and control them.\n"
         "\n"
         "Subcommands:");
    for (size_t i = 0; i < subcommand_count; i++)
        print_help_row(subcommands[i].name, subcommands[i].arguments, subcommands[i].summary);
    puts("\nOptions, before or after the subcommand:");
    for (size_t i = 0; i < LENGTH_OF(options_known); i++)
        print_help_of_option(&options_known[i]);
    puts("\n"
         "Exit status: 0: done. 1: the daemon refused, or the operation failed.\n"
         "2: wrong usage, or the daemon cannot be reached.");
}

static void print_usage(FILE *stream, const struct subcommand *subcommand)
{
    fprintf(stream, "Usage: zinitctl [OPTION...] %s%s%s\n", subcommand->name,
            *subcommand->arguments == '\0' ? "" : " ", subcommand->arguments);
}

/* Whether an option is only for certain subcommands, and this is one of them. */
static int is_option_of(const struct option *option, const char *subcommand)
{
    char word[32];

    snprintf(word, sizeof word, " %s ", subcommand);
    return option->subcommands != NULL && strstr(option->subcommands, word) != NULL;
}

static void print_help_of_subcommand(const struct subcommand *subcommand)
{
    print_usage(stdout, subcommand);
    puts(subcommand->summary);
    if (subcommand->details != NULL)
        puts(subcommand->details);
    for (size_t i = 0; i < LENGTH_OF(options_known); i++) {
        if (is_option_of(&options_known[i], subcommand->name))
            print_help_of_option(&options_known[i]);
    }
}

static const struct subcommand *find_subcommand(const char *name)
{
    for (size_t i = 0; i < subcommand_count; i++) {
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    }
    return NULL;
}

/* Finds an option by its name. In --name=value, the name ends before the =. */
static const struct option *find_option(const char *argument)
{
    size_t length = strcspn(argument, "=");

    for (size_t i = 0; i < LENGTH_OF(options_known); i++) {
        const struct option *option = &options_known[i];
        if (strlen(option->name) == length && strncmp(option->name, argument, length) == 0)
            return option;
        if (option->short_name != NULL && strcmp(option->short_name, argument) == 0)
            return option;
    }
    return NULL;
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

/* Reads one option. `next` is the argument after it, or NULL. Sets `next_used` if `next` was the option's
 * value. */
static enum exit_status take_option(struct command_line *line, const char *argument, const char *next, int *next_used)
{
    const struct option *option = find_option(argument);
    const char *value = strchr(argument, '=');
    zinit_error *error = NULL;
    zinit_code code;

    *next_used = 0;
    if (option == NULL)
        return usage_error("unknown option '%s'", argument);
    if (option->value == NULL && value != NULL)
        return usage_error("option '%s' takes no value", option->name);
    if (option->value != NULL) {
        *next_used = value == NULL;
        value = value == NULL ? next : value + 1;
        if (value == NULL)
            return usage_error("option '%s' needs a value: %s", option->name, option->value);
    }
    line->given |= 1ull << (option - options_known);
    code = option->set(line, value, &error);
    if (code != ZINIT_OK && error == NULL)
        return usage_error("'%s' is not a value for option '%s'", value, option->name);
    return finish_about(option->name, code, &error);
}

/* Moves the words that are not options to the front of argv. A "--" ends the options, so that a service's
 * name may
 * begin with a dash. */
static enum exit_status read_command_line(struct command_line *line, int argc, char **argv)
{
    int options_ended = 0;
    size_t count = 0;

    for (int i = 1; i < argc; i++) {
        if (!options_ended && strcmp(argv[i], "--") == 0) {
            options_ended = 1;
        } else if (!options_ended && argv[i][0] == '-' && argv[i][1] != '\0') {
            int next_used;
            enum exit_status status = take_option(line, argv[i], argv[i + 1], &next_used);
            if (status != STATUS_DONE)
                return status;
            i += next_used;
        } else {
            argv[count++] = argv[i];
        }
    }
    if (count > 0) {
        line->subcommand = argv[0];
        line->call.arguments = argv + 1;
        line->call.argument_count = count - 1;
    }
    return STATUS_DONE;
}

/* Checks that the options are for this subcommand, and that the number of arguments fits. */
static enum exit_status check_usage(const struct command_line *line, const struct subcommand *subcommand)
{
    for (size_t i = 0; i < LENGTH_OF(options_known); i++) {
        const struct option *option = &options_known[i];
        if ((line->given >> i & 1) != 0 && option->subcommands != NULL && !is_option_of(option, subcommand->name))
            return usage_error("option '%s' is not for '%s'", option->name, subcommand->name);
    }
    if (!fits_arguments(subcommand->arguments, line->call.argument_count)) {
        fprintf(stderr, "zinitctl: wrong number of arguments for '%s'\n", subcommand->name);
        print_usage(stderr, subcommand);
        return STATUS_NOT_CALLED;
    }
    return STATUS_DONE;
}

static enum exit_status run(const struct command_line *line)
{
    const struct subcommand *subcommand = NULL;
    struct call call = line->call;
    zinit_client *client = NULL;
    zinit_error *error = NULL;
    enum exit_status status;

    if (line->subcommand != NULL) {
        subcommand = find_subcommand(line->subcommand);
        if (subcommand == NULL)
            return usage_error("unknown subcommand '%s'", line->subcommand);
    }
    if (line->version) {
        printf("zinitctl %s (libzinit_client %s)\n", ZINIT_VERSION_STRING, zinit_version());
        return STATUS_DONE;
    }
    if (line->help && subcommand == NULL) {
        print_help();
        return STATUS_DONE;
    }
    if (subcommand == NULL)
        return usage_error("no subcommand given");
    if (line->help) {
        print_help_of_subcommand(subcommand);
        return STATUS_DONE;
    }
    status = check_usage(line, subcommand);
    if (status == STATUS_DONE)
        status = finish(zinit_client_with_options(line->options, &client, &error), &error);
    call.client = client;
    if (status == STATUS_DONE)
        status = subcommand->run(&call);
    zinit_client_free(client);
    return status;
}

/* If the caller has closed one of the first three descriptors, a socket would get its number and receive our
 * output. */
static void fill_standard_descriptors(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        /* Open it for the wrong direction: using it is then an error, as for a closed descriptor. */
        if (fcntl(descriptor, F_GETFD) == -1)
            (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

/* If output could not be written, for example because the disk is full, this is a failure. */
static enum exit_status close_output(enum exit_status status)
{
    int broken = ferror(stdout);

    errno = 0;
    if (fclose(stdout) == 0 && !broken)
        return status;
    fprintf(stderr, "zinitctl: cannot write to standard output%s%s\n", errno == 0 ? "" : ": ",
            errno == 0 ? "" : strerror(errno));
    return status == STATUS_DONE ? STATUS_FAILED : status;
}

int main(int argc, char **argv)
{
    struct command_line line = {.call = {.timeout_ms = NOT_GIVEN, .stop_timeout_ms = NOT_GIVEN, .lines = -1}};
    enum exit_status status;

    fill_standard_descriptors();
    line.options = zinit_options_new();
    line.call.filter = zinit_filter_new();
    status = read_command_line(&line, argc, argv);
    if (status == STATUS_DONE)
        status = run(&line);
    zinit_filter_free(line.call.filter);
    zinit_options_free(line.options);
    status = close_output(status);
    if (status > STATUS_SIGNALLED) {
        /* This tells a shell that a signal ended the program, so that it does not go on with a script. */
        signal((int)status - STATUS_SIGNALLED, SIG_DFL);
        raise((int)status - STATUS_SIGNALLED);
    }
    return (int)status;
}
