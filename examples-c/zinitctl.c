/* zinitctl: the whole library as a command.
 *
 *     cc -o zinitctl zinitctl.c $(pkg-config --cflags --libs zinit-client)
 *     ./zinitctl --help
 *
 * A new subcommand is one function run_… and one row in the table `subcommands`.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zinit.h>

enum exit_status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,     /* the daemon refused, or the operation failed */
    STATUS_NOT_CALLED = 2, /* wrong usage, or no daemon to talk to */
};

/* A service file larger than this is none; the library's own limit is lower. */
#define INPUT_LIMIT (1024 * 1024)

struct subcommand {
    const char *name;
    const char *arguments; /* as in the usage line, one word for each that is required */
    const char *summary;
    enum exit_status (*run)(const zinit_client *client, char **arguments);
    const char *details; /* for its own --help; may be NULL */
};

struct option {
    const char *name;
    const char *short_name; /* NULL: none */
    const char *value;      /* what it is called in the help; NULL: the option takes none */
    const char *summary;
    zinit_code (*set)(zinit_options *options, const char *value, zinit_error **error);
};

/* --- Messages ---------------------------------------------------------------------------------------------- */

/* Wrong usage, worded as for printf. */
static enum exit_status usage_error(const char *format, ...)
{
    va_list arguments;

    fputs("zinitctl: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("\nTry 'zinitctl --help'.\n", stderr);
    return STATUS_NOT_CALLED;
}

static enum exit_status exit_status_of(zinit_code code)
{
    switch (code) {
    case ZINIT_OK:
        return STATUS_DONE;
    case ZINIT_ERR_INVALID_ARGUMENT:
    case ZINIT_ERR_INVALID_NAME:
    case ZINIT_ERR_INVALID_SIGNAL:
    case ZINIT_ERR_INVALID_REGEX:
    case ZINIT_ERR_INVALID_STATE:
    case ZINIT_ERR_NOT_RUNNING:
    case ZINIT_ERR_PERMISSION:
        return STATUS_NOT_CALLED;
    default:
        return STATUS_FAILED;
    }
}

/* Ends a call: says on stderr why it failed, if it did, and frees the error. `subject` stands in front; may be NULL. */
static enum exit_status finish_about(const char *subject, zinit_code code, zinit_error **error)
{
    if (code != ZINIT_OK)
        fprintf(stderr, "zinitctl: %s%s%s\n", subject == NULL ? "" : subject, subject == NULL ? "" : ": ",
                zinit_error_message(*error));
    zinit_error_free(*error);
    *error = NULL;
    return exit_status_of(code);
}

static enum exit_status finish(zinit_code code, zinit_error **error)
{
    return finish_about(NULL, code, error);
}

/* --- Output ------------------------------------------------------------------------------------------------ */

static int is_control(char byte)
{
    return (unsigned char)byte < 0x20 || byte == 0x7f;
}

/* How many columns print_text takes: control characters are escaped, and UTF-8 has several bytes a column. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++) {
        if (is_control(*text))
            width += strlen("\\x00");
        else if (((unsigned char)*text & 0xc0) != 0x80)
            width++;
    }
    return width;
}

/* Text of the daemon on one line, filled up with spaces to `width`: a service may have a line feed in its name. */
static void print_text(const char *text, size_t width)
{
    size_t printed = width_of(text);

    for (; *text != '\0'; text++) {
        if (is_control(*text))
            printf("\\x%02x", (unsigned)(unsigned char)*text);
        else
            putchar(*text);
    }
    for (; printed < width; printed++)
        putchar(' ');
}

static void print_field(const char *key, const char *value)
{
    printf("%s: ", key);
    print_text(value, 0);
    putchar('\n');
}

static void print_number_field(const char *key, int32_t value)
{
    printf("%s: %ld\n", key, (long)value);
}

/* How a process ended, where the state tells. */
static void print_exit_fields(const zinit_state *state)
{
    if (zinit_state_exit_code(state) >= 0)
        print_number_field("exit code", zinit_state_exit_code(state));
    if (zinit_state_signal(state) != NULL)
        print_field("signal", zinit_state_signal(state));
}

/* Frees the service. */
static enum exit_status print_definition(zinit_service *service)
{
    zinit_error *error = NULL;
    char *yaml = NULL;
    zinit_code code = zinit_service_to_yaml(service, &yaml, &error);

    if (code == ZINIT_OK)
        fputs(yaml, stdout);
    zinit_string_free(yaml);
    zinit_service_free(service);
    return finish(code, &error);
}

/* --- Input ------------------------------------------------------------------------------------------------- */

static int is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

static const char *input_name(const char *path)
{
    return is_standard_input(path) ? "standard input" : path;
}

/* Reads a file, or stdin for "-", into memory that the caller frees; NULL after a message on stderr. */
static char *read_input(const char *path, size_t *length)
{
    char *text = malloc(INPUT_LIMIT);
    FILE *stream = text == NULL ? NULL : is_standard_input(path) ? stdin : fopen(path, "r");
    int broken = stream == NULL;

    *length = 0;
    if (!broken) {
        errno = EFBIG; /* unless reading says something else */
        *length = fread(text, 1, INPUT_LIMIT, stream);
        broken = ferror(stream) || *length == INPUT_LIMIT;
    }
    if (broken) {
        fprintf(stderr, "zinitctl: cannot read %s: %s\n", input_name(path), strerror(errno));
        free(text);
        text = NULL;
    }
    if (stream != NULL && stream != stdin)
        fclose(stream);
    return text;
}

/* The definition in a file, or in stdin for "-". On any other status than STATUS_DONE there is none. */
static enum exit_status read_definition(const char *path, zinit_service **service)
{
    zinit_error *error = NULL;
    zinit_code code;
    size_t length;
    char *text = read_input(path, &length);

    if (text == NULL)
        return STATUS_FAILED;
    code = zinit_service_from_yaml(text, length, service, &error);
    free(text);
    return finish_about(input_name(path), code, &error);
}

/* --- Subcommands ------------------------------------------------------------------------------------------- */

static enum exit_status run_list(const zinit_client *client, char **arguments)
{
    zinit_service_list *services = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_list(client, &services, &error);
    size_t width = 0;

    (void)arguments;
    for (size_t i = 0; i < zinit_service_list_len(services); i++) {
        size_t width_of_name = width_of(zinit_service_list_name(services, i));
        if (width < width_of_name)
            width = width_of_name;
    }
    for (size_t i = 0; i < zinit_service_list_len(services); i++) {
        print_text(zinit_service_list_name(services, i), width);
        fputs("  ", stdout);
        print_text(zinit_state_text(zinit_service_list_state(services, i)), 0);
        putchar('\n');
    }
    zinit_service_list_free(services);
    return finish(code, &error);
}

static enum exit_status run_status(const zinit_client *client, char **arguments)
{
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_status(client, arguments[0], &status, &error);

    if (code == ZINIT_OK) {
        const zinit_state *state = zinit_status_state(status);
        print_field("name", zinit_status_name(status));
        print_field("state", zinit_state_text(state));
        print_exit_fields(state);
        print_field("target", zinit_target_name(zinit_status_target(status)));
        print_number_field("pid", zinit_status_pid(status));
        for (size_t i = 0; i < zinit_status_after_len(status); i++) {
            fputs("after: ", stdout);
            print_text(zinit_status_after_name(status, i), 0);
            fputs(" is ", stdout);
            print_text(zinit_state_text(zinit_status_after_state(status, i)), 0);
            putchar('\n');
        }
    }
    zinit_status_free(status);
    return finish(code, &error);
}

static enum exit_status run_exists(const zinit_client *client, char **arguments)
{
    zinit_error *error = NULL;
    int32_t exists = 0;
    zinit_code code = zinit_client_exists(client, arguments[0], &exists, &error);

    if (code != ZINIT_OK)
        return finish(code, &error);
    puts(exists ? "yes" : "no");
    return exists ? STATUS_DONE : STATUS_FAILED;
}

static enum exit_status run_version(const zinit_client *client, char **arguments)
{
    zinit_daemon_version *version = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    (void)arguments;
    print_field("library", zinit_version());
    code = zinit_client_version(client, &version, &error);
    if (code == ZINIT_OK)
        print_field("daemon", zinit_daemon_version_text(version));
    zinit_daemon_version_free(version);
    return finish(code, &error);
}

static enum exit_status run_state(const zinit_client *client, char **arguments)
{
    zinit_state *state = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_state_parse(arguments[0], &state, &error);

    (void)client;
    if (code == ZINIT_OK) {
        print_field("kind", zinit_state_kind_name(zinit_state_kind(state)));
        if (zinit_state_reason(state) != NULL)
            print_field("reason", zinit_state_reason(state));
        print_exit_fields(state);
        print_field("exited", zinit_state_exited(state) ? "yes" : "no");
    }
    zinit_state_free(state);
    return finish(code, &error);
}

static enum exit_status run_get(const zinit_client *client, char **arguments)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_get(client, arguments[0], &service, &error);

    return code == ZINIT_OK ? print_definition(service) : finish(code, &error);
}

static enum exit_status run_load(const zinit_client *client, char **arguments)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_load_service(client, arguments[0], &service, &error);

    return code == ZINIT_OK ? print_definition(service) : finish(code, &error);
}

static enum exit_status run_check(const zinit_client *client, char **arguments)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    char *yaml = NULL;
    enum exit_status status = read_definition(arguments[0], &service);

    (void)client;
    if (status != STATUS_DONE)
        return status;
    /* What zinit would refuse is not written. */
    status = finish_about(input_name(arguments[0]), zinit_service_to_yaml(service, &yaml, &error), &error);
    if (status == STATUS_DONE)
        print_field(input_name(arguments[0]), "valid");
    zinit_string_free(yaml);
    zinit_service_free(service);
    return status;
}

static enum exit_status run_add(const zinit_client *client, char **arguments)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    enum exit_status status = read_definition(arguments[1], &service);

    if (status == STATUS_DONE)
        status = finish(zinit_client_add_service(client, arguments[0], service, &error), &error);
    zinit_service_free(service);
    return status;
}

static enum exit_status run_remove(const zinit_client *client, char **arguments)
{
    zinit_error *error = NULL;

    return finish(zinit_client_remove_service(client, arguments[0], &error), &error);
}

static enum exit_status run_monitor(const zinit_client *client, char **arguments)
{
    zinit_error *error = NULL;

    return finish(zinit_client_monitor(client, arguments[0], &error), &error);
}

static enum exit_status run_forget(const zinit_client *client, char **arguments)
{
    zinit_error *error = NULL;

    return finish(zinit_client_forget(client, arguments[0], &error), &error);
}

static enum exit_status run_start(const zinit_client *client, char **arguments)
{
    zinit_error *error = NULL;

    return finish(zinit_client_start(client, arguments[0], &error), &error);
}

static enum exit_status run_stop(const zinit_client *client, char **arguments)
{
    zinit_error *error = NULL;

    return finish(zinit_client_stop(client, arguments[0], &error), &error);
}

/* The library takes a full name; here 15 and TERM will do as well, as for kill(1). */
static enum exit_status run_kill(const zinit_client *client, char **arguments)
{
    zinit_error *error = NULL;
    const char *signal = arguments[1];
    char prefixed[32];

    if (*signal != '\0' && strspn(signal, "0123456789") == strlen(signal)) {
        signal = strlen(signal) < 4 ? zinit_signal_name((int32_t)strtol(signal, NULL, 10)) : NULL;
        if (signal == NULL)
            return usage_error("%s is not the number of a signal that zinit knows", arguments[1]);
    } else if (strncasecmp(signal, "SIG", 3) != 0 && strlen(signal) < sizeof prefixed - 3) {
        snprintf(prefixed, sizeof prefixed, "SIG%s", signal);
        signal = prefixed;
    }
    return finish(zinit_client_kill(client, arguments[0], signal, &error), &error);
}

static enum exit_status run_reboot(const zinit_client *client, char **arguments)
{
    zinit_error *error = NULL;

    (void)arguments;
    return finish(zinit_client_reboot(client, &error), &error);
}

static enum exit_status run_shutdown(const zinit_client *client, char **arguments)
{
    zinit_error *error = NULL;

    (void)arguments;
    return finish(zinit_client_shutdown(client, &error), &error);
}

static const struct subcommand subcommands[] = {
    {"list", "", "print every service and its state", run_list, NULL},
    {"status", "NAME", "print what the daemon knows about a service", run_status, NULL},
    {"exists", "NAME", "print whether the daemon knows a service", run_exists,
     "Prints yes, with exit status 0, or no, with exit status 1."},
    {"start", "NAME", "start a service", run_start, "Does not wait until it is up."},
    {"stop", "NAME", "stop a service", run_stop, "Sends its stop signal, and does not wait until it is down."},
    {"kill", "NAME SIGNAL", "send a signal to the processes of a service", run_kill,
     "SIGNAL is a name, with or without SIG in front, or a number."},
    {"monitor", "NAME", "read a service's file and start the service", run_monitor, NULL},
    {"forget", "NAME", "have the daemon forget a service that is down", run_forget, NULL},
    {"get", "NAME", "print the definition of a service that is monitored", run_get, NULL},
    {"load", "NAME", "print the definition in a service's file, monitored or not", run_load, NULL},
    {"add", "NAME FILE", "write a service's file", run_add,
     "FILE holds the definition in YAML; - is standard input. What zinit would refuse is not written."},
    {"remove", "NAME", "remove a service's file", run_remove, "It is no error if there is none."},
    {"check", "FILE", "check a definition, as add would, and write nothing", run_check, "- is standard input."},
    {"state", "TEXT", "take the text of a state apart", run_state, NULL},
    {"version", "", "print the versions of the library and the daemon", run_version, NULL},
    {"reboot", "", "stop all services and reboot the machine", run_reboot, NULL},
    {"shutdown", "", "stop all services and power the machine off", run_shutdown, NULL},
};

/* --- The command line -------------------------------------------------------------------------------------- */

static zinit_code set_io_timeout(zinit_options *options, const char *value, zinit_error **error)
{
    char *end;
    long long milliseconds;

    errno = 0;
    milliseconds = strtoll(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0)
        return ZINIT_ERR_INVALID_ARGUMENT;
    return zinit_options_set_io_timeout_ms(options, milliseconds, error);
}

static const struct option options_known[] = {
    {"--socket", NULL, "PATH", "the daemon's socket", zinit_options_set_socket_path},
    {"--config-dir", NULL, "DIR", "the directory of the service files", zinit_options_set_config_dir},
    {"--zinit-binary", NULL, "PATH", "the program that version asks", zinit_options_set_zinit_binary},
    {"--io-timeout", NULL, "MS", "how long the daemon may take to answer", set_io_timeout},
    {"--help", "-h", NULL, "print this help, or that of a subcommand", NULL},
    {"--version", "-V", NULL, "print the version of zinitctl and its library", NULL},
};

#define LENGTH_OF(array) (sizeof(array) / sizeof(array)[0])

/* What the command line says. */
struct request {
    zinit_options *options;
    char **arguments; /* the subcommand and its arguments */
    size_t argument_count;
    int help;
    int version;
};

static void print_help_row(const char *name, const char *value, const char *summary)
{
    int printed = printf("  %s%s%s", name, *value == '\0' ? "" : " ", value);

    printf("%*s%s\n", printed < 24 ? 24 - printed : 2, "", summary);
}

static void print_help(void)
{
    puts("Usage: zinitctl [OPTION...] SUBCOMMAND [ARGUMENT...]\n"
         "Ask a zinit daemon about its services, and tell it what to do with them.\n"
         "\n"
         "Subcommands:");
    for (size_t i = 0; i < LENGTH_OF(subcommands); i++)
        print_help_row(subcommands[i].name, subcommands[i].arguments, subcommands[i].summary);
    puts("\nOptions, before or behind the subcommand:");
    for (size_t i = 0; i < LENGTH_OF(options_known); i++) {
        const struct option *option = &options_known[i];
        char names[32];
        snprintf(names, sizeof names, "%s%s%s", option->short_name == NULL ? "" : option->short_name,
                 option->short_name == NULL ? "" : ", ", option->name);
        print_help_row(names, option->value == NULL ? "" : option->value, option->summary);
    }
    puts("\n"
         "Exit status: 0 done; 1 the daemon refused, or the operation failed;\n"
         "2 wrong usage, or no daemon to talk to.");
}

static void print_usage(FILE *stream, const struct subcommand *subcommand)
{
    fprintf(stream, "Usage: zinitctl [OPTION...] %s%s%s\n", subcommand->name,
            *subcommand->arguments == '\0' ? "" : " ", subcommand->arguments);
}

static const struct subcommand *find_subcommand(const char *name)
{
    for (size_t i = 0; i < LENGTH_OF(subcommands); i++) {
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    }
    return NULL;
}

/* By its name, or by what stands in front of the = of --name=value. */
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

static size_t count_words(const char *text)
{
    size_t words = *text == '\0' ? 0 : 1;

    for (; *text != '\0'; text++)
        words += *text == ' ';
    return words;
}

/* Takes one option; `next` is the argument behind it, or NULL. Tells by `next_used` whether that was its value. */
static enum exit_status take_option(struct request *request, const char *argument, const char *next, int *next_used)
{
    const struct option *option = find_option(argument);
    const char *value = strchr(argument, '=');
    zinit_error *error = NULL;
    zinit_code code;

    *next_used = 0;
    if (option == NULL)
        return usage_error("unknown option '%s'", argument);
    if (option->value == NULL) {
        if (value != NULL)
            return usage_error("option '%s' takes no value", option->name);
        if (strcmp(option->name, "--help") == 0)
            request->help = 1;
        else
            request->version = 1;
        return STATUS_DONE;
    }
    *next_used = value == NULL;
    value = value == NULL ? next : value + 1;
    if (value == NULL)
        return usage_error("option '%s' needs a value: %s", option->name, option->value);
    code = option->set(request->options, value, &error);
    if (code != ZINIT_OK && error == NULL)
        return usage_error("'%s' is not a value for option '%s'", value, option->name);
    return finish_about(option->name, code, &error);
}

/* Moves what is no option to the front of argv. A "--" ends the options, so that a name may begin with a dash. */
static enum exit_status read_command_line(struct request *request, int argc, char **argv)
{
    int options_ended = 0;

    request->arguments = argv;
    for (int i = 1; i < argc; i++) {
        if (!options_ended && strcmp(argv[i], "--") == 0) {
            options_ended = 1;
        } else if (!options_ended && argv[i][0] == '-' && argv[i][1] != '\0') {
            int next_used;
            enum exit_status status = take_option(request, argv[i], argv[i + 1], &next_used);
            if (status != STATUS_DONE)
                return status;
            i += next_used;
        } else {
            argv[request->argument_count++] = argv[i];
        }
    }
    return STATUS_DONE;
}

static enum exit_status run(const struct request *request)
{
    const struct subcommand *subcommand = NULL;
    zinit_client *client = NULL;
    zinit_error *error = NULL;
    enum exit_status status;

    if (request->argument_count > 0) {
        subcommand = find_subcommand(request->arguments[0]);
        if (subcommand == NULL)
            return usage_error("unknown subcommand '%s'", request->arguments[0]);
    }
    if (request->version) {
        printf("zinitctl %s (libzinit_client %s)\n", ZINIT_VERSION_STRING, zinit_version());
        return STATUS_DONE;
    }
    if (request->help && subcommand == NULL) {
        print_help();
        return STATUS_DONE;
    }
    if (subcommand == NULL)
        return usage_error("no subcommand given");
    if (request->help) {
        print_usage(stdout, subcommand);
        puts(subcommand->summary);
        if (subcommand->details != NULL)
            puts(subcommand->details);
        return STATUS_DONE;
    }
    if (request->argument_count - 1 != count_words(subcommand->arguments)) {
        fprintf(stderr, "zinitctl: wrong number of arguments for '%s'\n", subcommand->name);
        print_usage(stderr, subcommand);
        return STATUS_NOT_CALLED;
    }
    status = finish(zinit_client_with_options(request->options, &client, &error), &error);
    if (status == STATUS_DONE)
        status = subcommand->run(client, request->arguments + 1);
    zinit_client_free(client);
    return status;
}

/* If the caller closed one of the first three descriptors, a socket would get its number, and our output with it. */
static void fill_standard_descriptors(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        /* For the wrong direction, so that a use is an error as it is of a closed one. */
        if (fcntl(descriptor, F_GETFD) == -1)
            (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

/* Output that did not get out, for example to a full disk, is a failure. */
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
    struct request request = {0};
    enum exit_status status;

    fill_standard_descriptors();
    request.options = zinit_options_new();
    status = read_command_line(&request, argc, argv);
    if (status == STATUS_DONE)
        status = run(&request);
    zinit_options_free(request.options);
    return (int)close_output(status);
}
