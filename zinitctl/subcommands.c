/* All subcommands, and their table. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "zinitctl.h"

/* A file larger than this is not a service file. The library's own limit is lower. */
#define INPUT_LIMIT (1024 * 1024)

/* The default timeouts. 20 s is common for a start among programs that use zinit. */
#define START_TIMEOUT_MS 20000
#define STOP_TIMEOUT_MS 10000

/* --- Helpers -----------------------------------------------------------------------------------------------
 * */

/* Prints how the process ended, if the state contains it. */
static void print_exit_fields(const zinit_state *state)
{
    if (zinit_state_exit_code(state) >= 0)
        print_number_field("exit code", zinit_state_exit_code(state));
    if (zinit_state_signal(state) != NULL)
        print_field("signal", zinit_state_signal(state));
}

/* Prints a definition and frees it. */
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

static int is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

static const char *input_name(const char *path)
{
    return is_standard_input(path) ? "standard input" : path;
}

/* Reads a file, or stdin for "-", into memory that the caller frees. On failure, prints a message and returns
 * NULL. */
static char *read_input(const char *path, size_t *length)
{
    char *text = malloc(INPUT_LIMIT);
    FILE *stream = text == NULL ? NULL : is_standard_input(path) ? stdin : fopen(path, "r");
    int broken = stream == NULL;

    *length = 0;
    if (!broken) {
        errno = EFBIG; /* if reading itself does not fail */
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

/* Reads the definition in a file, or in stdin for "-", and checks that zinit would not refuse it. Makes a definition
 * only if the result is STATUS_DONE. */
static enum exit_status read_definition(const char *path, zinit_service **service)
{
    zinit_error *error = NULL;
    zinit_code code;
    char *yaml = NULL;
    size_t length;
    char *text = read_input(path, &length);

    if (text == NULL)
        return STATUS_FAILED;
    code = zinit_service_from_yaml(text, length, service, &error);
    free(text);
    if (code == ZINIT_OK)
        code = zinit_service_to_yaml(*service, &yaml, &error);
    zinit_string_free(yaml);
    if (code != ZINIT_OK) {
        zinit_service_free(*service);
        *service = NULL;
    }
    return finish_about(input_name(path), code, &error);
}

static int64_t timeout_or(int64_t timeout_ms, int64_t default_ms)
{
    return timeout_ms == NOT_GIVEN ? default_ms : timeout_ms;
}

/* --- Subcommands -------------------------------------------------------------------------------------------
 * */

static enum exit_status run_list(const struct call *call)
{
    zinit_service_list *services = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_list(call->client, &services, &error);
    size_t width = 0;

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

static enum exit_status run_status(const struct call *call)
{
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_status(call->client, call->arguments[0], &status, &error);

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

static void print_process(int32_t pid, uint64_t memory, double cpu)
{
    printf("pid %" PRId32 "  %" PRIu64 " KiB  %.1f%% CPU\n", pid, memory / 1024, cpu);
}

static enum exit_status print_stats(const struct call *call, const char *name)
{
    zinit_stats *stats = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_stats(call->client, name, &stats, &error);

    if (code == ZINIT_OK) {
        print_text(name, 0);
        fputs("  ", stdout);
        print_process(zinit_stats_pid(stats), zinit_stats_memory(stats), zinit_stats_cpu(stats));
    }
    for (size_t i = 0; i < zinit_stats_child_len(stats); i++) {
        fputs("  ", stdout);
        print_process(zinit_stats_child_pid(stats, i), zinit_stats_child_memory(stats, i),
                      zinit_stats_child_cpu(stats, i));
    }
    zinit_stats_free(stats);
    return finish(code, &error);
}

/* Goes on if one fails. */
static enum exit_status run_stats(const struct call *call)
{
    int failed = 0;
    int called = 0;

    for (size_t i = 0; i < call->argument_count; i++) {
        enum exit_status status = print_stats(call, call->arguments[i]);

        failed |= status != STATUS_DONE;
        called |= status != STATUS_NOT_CALLED;
    }
    return !failed ? STATUS_DONE : called ? STATUS_FAILED : STATUS_NOT_CALLED;
}

static enum exit_status run_exists(const struct call *call)
{
    zinit_error *error = NULL;
    int32_t exists = 0;
    zinit_code code = zinit_client_exists(call->client, call->arguments[0], &exists, &error);

    if (code != ZINIT_OK)
        return finish(code, &error);
    puts(exists ? "yes" : "no");
    return exists ? STATUS_DONE : STATUS_FAILED;
}

static enum exit_status run_match(const struct call *call)
{
    zinit_name_list *names = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_matches(call->client, call->filter, &names, &error);

    for (size_t i = 0; i < zinit_name_list_len(names); i++) {
        print_text(zinit_name_list_at(names, i), 0);
        putchar('\n');
    }
    zinit_name_list_free(names);
    return finish(code, &error);
}

static enum exit_status run_version(const struct call *call)
{
    zinit_daemon_version *version = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    print_field("library", zinit_version());
    code = zinit_client_version(call->client, &version, &error);
    if (code == ZINIT_OK)
        print_field("daemon", zinit_daemon_version_text(version));
    zinit_daemon_version_free(version);
    return finish(code, &error);
}

/* In the order of their numbers. */
static const char *const protocol_words[] = {"any", "line", "json-rpc"};

int32_t protocol_of_word(const char *word)
{
    for (size_t i = 0; i < LENGTH_OF(protocol_words); i++) {
        if (strcmp(protocol_words[i], word) == 0)
            return (int32_t)i;
    }
    return -1;
}

static enum exit_status run_protocol(const struct call *call)
{
    int32_t protocol = ZINIT_PROTOCOL_ANY;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_protocol(call->client, &protocol, &error);

    if (code == ZINIT_OK)
        /* A newer library may know another one. */
        puts((size_t)protocol < LENGTH_OF(protocol_words) ? protocol_words[protocol] : "other");
    return finish(code, &error);
}

static enum exit_status run_state(const struct call *call)
{
    zinit_state *state = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_state_parse(call->arguments[0], &state, &error);

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

static enum exit_status run_get(const struct call *call)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_get(call->client, call->arguments[0], &service, &error);

    return code == ZINIT_OK ? print_definition(service) : finish(code, &error);
}

static enum exit_status run_load(const struct call *call)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_load_service(call->client, call->arguments[0], &service, &error);

    return code == ZINIT_OK ? print_definition(service) : finish(code, &error);
}

/* Prints a problem as compilers do, so that editors find the place. */
static void print_problem(const char *path, const zinit_problem_list *problems, size_t index)
{
    const char *key = zinit_problem_key(problems, index);
    int is_error = zinit_problem_severity(problems, index) == ZINIT_SEVERITY_ERROR;

    print_text(input_name(path), 0);
    printf(":%zu:%zu: %s: ", zinit_problem_line(problems, index), zinit_problem_column(problems, index),
           is_error ? "error" : "warning");
    if (key != NULL) {
        print_text(key, 0);
        fputs(": ", stdout);
    }
    print_text(zinit_problem_message(problems, index), 0);
    putchar('\n');
}

static enum exit_status check_file(const char *path, int strict)
{
    zinit_problem_list *problems = NULL;
    zinit_error *error = NULL;
    enum exit_status status;
    size_t length;
    char *text = read_input(path, &length);

    if (text == NULL)
        return STATUS_FAILED;
    status = finish_about(input_name(path), zinit_check_yaml(text, length, &problems, &error), &error);
    free(text);
    if (status == STATUS_DONE && zinit_problem_list_len(problems) == 0)
        print_field(input_name(path), "valid");
    for (size_t i = 0; i < zinit_problem_list_len(problems); i++) {
        print_problem(path, problems, i);
        if (strict || zinit_problem_severity(problems, i) == ZINIT_SEVERITY_ERROR)
            status = STATUS_FAILED;
    }
    zinit_problem_list_free(problems);
    return status;
}

static enum exit_status run_check(const struct call *call)
{
    enum exit_status status = STATUS_DONE;

    for (size_t i = 0; i < call->argument_count; i++) {
        if (check_file(call->arguments[i], call->strict) != STATUS_DONE)
            status = STATUS_FAILED;
    }
    return status;
}

static enum exit_status run_add(const struct call *call)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    enum exit_status status = read_definition(call->arguments[1], &service);

    if (status == STATUS_DONE)
        status = finish(zinit_client_add_service(call->client, call->arguments[0], service, &error), &error);
    zinit_service_free(service);
    return status;
}

static enum exit_status run_remove(const struct call *call)
{
    zinit_error *error = NULL;

    return finish(zinit_client_remove_service(call->client, call->arguments[0], &error), &error);
}

static enum exit_status run_monitor(const struct call *call)
{
    zinit_error *error = NULL;

    return finish(zinit_client_monitor(call->client, call->arguments[0], &error), &error);
}

static enum exit_status run_forget(const struct call *call)
{
    zinit_error *error = NULL;

    return finish(zinit_client_forget(call->client, call->arguments[0], &error), &error);
}

static enum exit_status run_start(const struct call *call)
{
    int64_t timeout_ms = timeout_or(call->timeout_ms, START_TIMEOUT_MS);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    if (!call->wait)
        return finish(zinit_client_start(call->client, call->arguments[0], &error), &error);
    code = zinit_client_begin_start_wait(call->client, call->arguments[0], timeout_ms, &request, &error);
    return finish_wait(code, request, &error, timeout_ms == 0 ? "told to start" : "up");
}

static enum exit_status run_stop(const struct call *call)
{
    int64_t timeout_ms = timeout_or(call->timeout_ms, STOP_TIMEOUT_MS);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    if (!call->wait)
        return finish(zinit_client_stop(call->client, call->arguments[0], &error), &error);
    code = zinit_client_begin_stop_wait(call->client, call->arguments[0], timeout_ms, &request, &error);
    return finish_wait(code, request, &error, timeout_ms == 0 ? "told to stop" : "down");
}

static enum exit_status run_restart(const struct call *call)
{
    int64_t stop_timeout_ms = timeout_or(call->stop_timeout_ms, STOP_TIMEOUT_MS);
    int64_t timeout_ms = timeout_or(call->timeout_ms, START_TIMEOUT_MS);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_begin_restart(call->client, call->arguments[0], stop_timeout_ms, timeout_ms, &request,
                                                 &error);

    return finish_wait(code, request, &error, timeout_ms == 0 ? "told to start" : "up again");
}

static enum exit_status run_deploy(const struct call *call)
{
    int64_t stop_timeout_ms = timeout_or(call->stop_timeout_ms, STOP_TIMEOUT_MS);
    int64_t timeout_ms = timeout_or(call->timeout_ms, START_TIMEOUT_MS);
    zinit_service *service = NULL;
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    enum exit_status status = read_definition(call->arguments[1], &service);
    zinit_code code;

    if (status != STATUS_DONE)
        return status;
    code = zinit_client_begin_deploy(call->client, call->arguments[0], service, stop_timeout_ms, timeout_ms, &request,
                                     &error);
    zinit_service_free(service);
    return finish_wait(code, request, &error, timeout_ms == 0 ? "told to start" : "up");
}

static enum exit_status reload_service(const struct call *call, const char *name)
{
    int64_t stop_timeout_ms = timeout_or(call->stop_timeout_ms, STOP_TIMEOUT_MS);
    int64_t timeout_ms = timeout_or(call->timeout_ms, START_TIMEOUT_MS);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_begin_reload(call->client, name, stop_timeout_ms, timeout_ms, &request, &error);

    return finish_wait(code, request, &error, timeout_ms == 0 ? "told to start" : "up");
}

/* One after the other. Goes on if one fails, but not after a signal. */
static enum exit_status run_reload(const struct call *call)
{
    int failed = 0;
    int called = 0;

    for (size_t i = 0; i < call->argument_count; i++) {
        enum exit_status status = reload_service(call, call->arguments[i]);

        if (status >= STATUS_SIGNALLED)
            return status;
        failed |= status != STATUS_DONE;
        called |= status != STATUS_NOT_CALLED;
    }
    return !failed ? STATUS_DONE : called ? STATUS_FAILED : STATUS_NOT_CALLED;
}

static enum exit_status run_start_all(const struct call *call)
{
    int64_t timeout_ms = timeout_or(call->timeout_ms, START_TIMEOUT_MS);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_begin_start_multiple(call->client, (const char *const *)call->arguments,
                                                        call->argument_count, timeout_ms, &request, &error);

    return finish_wait(code, request, &error, timeout_ms == 0 ? "told to start" : "up");
}

static enum exit_status run_stop_all(const struct call *call)
{
    int64_t timeout_ms = timeout_or(call->timeout_ms, STOP_TIMEOUT_MS);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_begin_stop_multiple(call->client, (const char *const *)call->arguments,
                                                       call->argument_count, timeout_ms, &request, &error);

    return finish_wait(code, request, &error, timeout_ms == 0 ? "told to stop" : "down");
}

static enum exit_status run_destroy(const struct call *call)
{
    int64_t timeout_ms = timeout_or(call->timeout_ms, STOP_TIMEOUT_MS);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_begin_destroy_services(call->client, (const char *const *)call->arguments,
                                                          call->argument_count, timeout_ms, &request, &error);

    return finish_wait(code, request, &error, "gone");
}

/* The library takes a full name. Like kill(1), this takes 15 and TERM too. */
static enum exit_status run_kill(const struct call *call)
{
    zinit_error *error = NULL;
    const char *signal = call->arguments[1];
    char prefixed[32];

    if (*signal != '\0' && strspn(signal, "0123456789") == strlen(signal)) {
        signal = strlen(signal) < 4 ? zinit_signal_name((int32_t)strtol(signal, NULL, 10)) : NULL;
        if (signal == NULL)
            return usage_error("%s is not the number of a signal that zinit knows", call->arguments[1]);
    } else if (strncasecmp(signal, "SIG", 3) != 0 && strlen(signal) < sizeof prefixed - 3) {
        snprintf(prefixed, sizeof prefixed, "SIG%s", signal);
        signal = prefixed;
    }
    return finish(zinit_client_kill(call->client, call->arguments[0], signal, &error), &error);
}

static enum exit_status run_reboot(const struct call *call)
{
    zinit_error *error = NULL;

    return finish(zinit_client_reboot(call->client, &error), &error);
}

static enum exit_status run_shutdown(const struct call *call)
{
    zinit_error *error = NULL;

    return finish(zinit_client_shutdown(call->client, &error), &error);
}

static enum exit_status run_http(const struct call *call)
{
    int has_address = call->argument_count == 2;
    zinit_error *error = NULL;

    if (has_address && strcmp(call->arguments[0], "start") == 0)
        return finish(zinit_client_start_http_server(call->client, call->arguments[1], &error), &error);
    if (!has_address && strcmp(call->arguments[0], "stop") == 0)
        return finish(zinit_client_stop_http_server(call->client, &error), &error);
    return usage_error("'http' needs 'start ADDRESS' or 'stop'");
}

const struct subcommand subcommands[] = {
    {"list", "", "print every service and its state", run_list, NULL},
    {"status", "NAME", "print what the daemon knows about a service", run_status, NULL},
    {"stats", "NAME...", "print what the processes of services use", run_stats,
     "Prints a line for each service: its process, the memory and the processor time that the process uses. Behind\n"
     "it, indented, prints the same for all children of the process. The daemon takes a second or two to measure a\n"
     "service. zinit before 0.2.15 cannot do it."},
    {"exists", "NAME", "print whether the daemon knows a service", run_exists,
     "Prints yes, with exit status 0, or no, with exit status 1."},
    {"match", "", "print the services that meet all conditions", run_match,
     "Each --name, --exec and --exec-regex is a condition. At least one is required. Prints nothing if no service\n"
     "meets the conditions."},
    {"watch", "[NAME...]", "print each change of a service's state", run_watch,
     "First prints the current state of each service. Without a name, watches all services. Ends at Ctrl-C. Goes on\n"
     "while the daemon is not running."},
    {"logs", "[NAME]", "print the log that the daemon has kept", run_logs,
     "Without a name, prints the log of all services, with the service's name in front of each line."},
    {"start", "NAME", "start a service", run_start,
     "Does not wait until the service is up, unless --wait is given. --timeout implies --wait; its default is\n"
     "20. --steady implies --wait, too."},
    {"stop", "NAME", "stop a service", run_stop,
     "Sends the stop signal. Does not wait until the service is down, unless --wait is given. With --wait, sends\n"
     "SIGKILL at the timeout. --timeout implies --wait; its default is 10."},
    {"restart", "NAME", "stop a service, then start it and wait until it is up", run_restart,
     "Sends SIGKILL at the timeout of the stop. --timeout is for the start; its default is 20."},
    {"deploy", "NAME FILE", "put a definition in force: stop, write the file, start", run_deploy,
     "FILE contains the definition in YAML; - is standard input. It is written byte for byte. If zinit would\n"
     "refuse it, nothing is changed.\n"
     "Sends SIGKILL at the timeout of the stop. --timeout is for the start; its default is 20."},
    {"reload", "NAME...", "put edited files in force: stop, read the file, start", run_reload,
     "Does one service after the other. If zinit would refuse a file, its service is not stopped.\n"
     "Sends SIGKILL at the timeout of the stop. --timeout is for each start; its default is 20."},
    {"start-all", "NAME...", "monitor and start services, and wait until all are up", run_start_all,
     "--timeout is for all services together; its default is 20."},
    {"stop-all", "NAME...", "stop services, and wait until all are down", run_stop_all,
     "Sends SIGKILL at the timeout. --timeout is for all services together; its default is 10."},
    {"destroy", "NAME...", "stop services, forget them and remove their files", run_destroy,
     "Sends SIGKILL at the timeout. --timeout is for all services together; its default is 10."},
    {"kill", "NAME SIGNAL", "send a signal to the process group of a service", run_kill,
     "SIGNAL is a name, with or without SIG in front, or a number."},
    {"monitor", "NAME", "make the daemon read a service's file and start it", run_monitor, NULL},
    {"forget", "NAME", "make the daemon forget a service that is down", run_forget, NULL},
    {"get", "NAME", "print the definition of a monitored service", run_get, NULL},
    {"load", "NAME", "print the definition in a service's file", run_load,
     "The service need not be monitored."},
    {"add", "NAME FILE", "write a service's file", run_add,
     "FILE contains the definition in YAML; - is standard input. It is written byte for byte. If zinit would\n"
     "refuse it, nothing is written."},
    {"remove", "NAME", "remove a service's file", run_remove, "It is not an error if the file does not exist."},
    {"check", "FILE...", "print what is wrong with definitions", run_check,
     "FILE contains a definition in YAML; - is standard input. Prints each problem with its line and column, or\n"
     "that the file is valid. An error is what zinit refuses: the exit status is then 1. A warning is what may not\n"
     "be meant. Does not talk to the daemon."},
    {"state", "TEXT", "print the parts of a state's text", run_state, NULL},
    {"version", "", "print the versions of the library and the daemon", run_version, NULL},
    {"protocol", "", "print which protocol the daemon speaks: line or json-rpc", run_protocol,
     "zinit 0.2.0 to 0.2.14 speak line, zinit 0.2.15 to 0.2.28 json-rpc. Does not depend on --protocol."},
    {"reboot", "", "stop all services and reboot the machine", run_reboot, NULL},
    {"shutdown", "", "stop all services and power the machine off", run_shutdown, NULL},
    {"http", "ACTION [ADDRESS]", "make the daemon listen for HTTP, or stop that", run_http,
     "ACTION is start, with an ADDRESS such as 127.0.0.1:8080, or stop. The daemon serves its JSON-RPC there without\n"
     "any authentication: an address other than a loopback address gives root to the network. zinit before 0.2.15\n"
     "cannot do it."},
};

const size_t subcommand_count = LENGTH_OF(subcommands);
