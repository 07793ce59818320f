/* Subcommands about definitions and service files. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "document.h"
#include "names.h"

/* A file larger than this is not a service file. The library's own limit is lower. */
#define INPUT_LIMIT (1024 * 1024)

static int is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

static const char *input_name(const char *path)
{
    return is_standard_input(path) ? "standard input" : path;
}

static void unreadable_input(const char *path, int error_number)
{
    char *message;
    FILE *stream = begin_text(&message);

    fprintf(stream, "cannot read %s: %s", input_name(path), strerror(error_number));
    fclose(stream);
    print_failure(error_number == ENOENT ? ZINIT_ERR_FILE_NOT_FOUND : ZINIT_ERR_FILE_IO, NULL, message);
    free(message);
}

char *read_input(const char *path, size_t *length)
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
        unreadable_input(path, errno);
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

/* Prints a definition and frees it. Several are the documents of one YAML stream, each with its service's name. */
static enum exit_status print_definition(const struct call *call, const struct services *services, const char *name,
                                         zinit_service *service)
{
    zinit_error *error = NULL;
    char *yaml = NULL;
    zinit_code code = zinit_service_to_yaml(service, &yaml, &error);

    if (code == ZINIT_OK && document_of(call) != NULL) {
        write_definition(document_of(call), name, service, yaml);
    } else if (code == ZINIT_OK) {
        if (services->chosen.count > 1) {
            fputs("--- # ", stdout);
            print_text(name, 0);
            putchar('\n');
        }
        fputs(yaml, stdout);
        if (services->chosen.count > 1 && *yaml != '\0' && yaml[strlen(yaml) - 1] != '\n')
            putchar('\n');
    }
    zinit_string_free(yaml);
    zinit_service_free(service);
    return finish(code, &error);
}

static enum exit_status get_service(const struct call *call, const struct services *services, const char *name)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_get(call->client, name, &service, &error);

    return code == ZINIT_OK ? print_definition(call, services, name, service)
                            : finish_service(call, services, name, code, &error);
}

enum exit_status run_get(const struct call *call)
{
    return for_each_service(call, get_service);
}

static enum exit_status load_service(const struct call *call, const struct services *services, const char *name)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_load_service(call->client, name, &service, &error);

    return code == ZINIT_OK ? print_definition(call, services, name, service)
                            : finish_service(call, services, name, code, &error);
}

enum exit_status run_load(const struct call *call)
{
    return for_each_service(call, load_service);
}

void print_problem(const char *path, const zinit_problem_list *problems, size_t index)
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

static void print_problems(const char *path, const zinit_problem_list *problems)
{
    if (zinit_problem_list_len(problems) == 0)
        print_field(input_name(path), "valid");
    for (size_t i = 0; i < zinit_problem_list_len(problems); i++)
        print_problem(path, problems, i);
}

static int has_error(const zinit_problem_list *problems)
{
    for (size_t i = 0; i < zinit_problem_list_len(problems); i++) {
        if (zinit_problem_severity(problems, i) == ZINIT_SEVERITY_ERROR)
            return 1;
    }
    return 0;
}

static enum exit_status check_file(const struct call *call, const char *path)
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
    if (status == STATUS_DONE && document_of(call) != NULL)
        write_problems(document_of(call), path, problems, !has_error(problems));
    else if (status == STATUS_DONE)
        print_problems(path, problems);
    if (has_error(problems) || (call->strict && zinit_problem_list_len(problems) > 0))
        status = STATUS_FAILED;
    zinit_problem_list_free(problems);
    return status;
}

enum exit_status run_check(const struct call *call)
{
    enum exit_status status = STATUS_DONE;

    for (size_t i = 0; i < call->argument_count; i++) {
        if (check_file(call, call->arguments[i]) != STATUS_DONE)
            status = STATUS_FAILED;
    }
    return status;
}

enum exit_status run_add(const struct call *call)
{
    const char *name = call->arguments[0];
    struct services services = {0};
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    enum exit_status status = read_definition(call->arguments[1], &service);

    if (status == STATUS_DONE) {
        zinit_code code = zinit_client_add_service(call->client, name, service, &error);
        status = finish_operation(call, &services, name, code, &error);
    }
    zinit_service_free(service);
    return status;
}

static enum exit_status remove_service(const struct call *call, const struct services *services, const char *name)
{
    zinit_error *error = NULL;
    zinit_code code = zinit_client_remove_service(call->client, name, &error);

    return finish_operation(call, services, name, code, &error);
}

enum exit_status run_remove(const struct call *call)
{
    return for_each_service(call, remove_service);
}

enum exit_status run_deploy(const struct call *call)
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
    return finish_wait(call, code, request, &error, timeout_ms == 0 ? "told to start" : "up");
}

static enum exit_status reload_service(const struct call *call, const struct services *services, const char *name)
{
    int64_t stop_timeout_ms = timeout_or(call->stop_timeout_ms, STOP_TIMEOUT_MS);
    int64_t timeout_ms = timeout_or(call->timeout_ms, START_TIMEOUT_MS);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_begin_reload(call->client, name, stop_timeout_ms, timeout_ms, &request, &error);

    (void)services;
    return finish_wait(call, code, request, &error, timeout_ms == 0 ? "told to start" : "up");
}

/* One after the other: one that fails leaves the others alone. */
enum exit_status run_reload(const struct call *call)
{
    return for_each_service(call, reload_service);
}
