#include "calls.h"

#include <stdio.h>

void check_code(const char *file, int line, const char *call, zinit_code code, zinit_code expected,
                zinit_error *const *error)
{
    const char *message = zinit_error_message(*error);

    if (code != expected)
        fail_at(file, line, "%s returned %s (%s), expected %s", call, zinit_code_name(code), message,
                zinit_code_name(expected));
    if (zinit_error_code(*error) != code)
        fail_at(file, line, "%s returned %s, its error is %s", call, zinit_code_name(code),
                zinit_code_name(zinit_error_code(*error)));
    if ((code < 0) != (*error != NULL))
        fail_at(file, line, "%s returned %s and %s error", call, zinit_code_name(code), *error ? "an" : "no");
    if (code < 0 && (message[0] == '\0' || strpbrk(message, "\r\n") != NULL))
        fail_at(file, line, "%s: the message is not one line: %s", call, message);
}

void check_not_sent(zinit_error *error)
{
    CHECK_INT(zinit_error_request_sent(error), 0);
    CHECK_TEXT(zinit_error_daemon_message(error), NULL);
    zinit_error_free(error);
}

zinit_client *make_client(struct client_options wanted)
{
    zinit_options *options = zinit_options_new();
    zinit_client *client = NULL;
    zinit_error *error = NULL;

    if (wanted.daemon != NULL) {
        CHECK_OK(zinit_options_set_socket_path(options, wanted.daemon->socket_path, &error));
        int is_scripted = wanted.daemon->config_dir[0] == '\0';
        const char *binary = is_scripted ? write_program("scripted-zinit", "echo zinit v0.2.14") : zinit_binary();

        if (!is_scripted)
            CHECK_OK(zinit_options_set_config_dir(options, wanted.daemon->config_dir, &error));
        CHECK_OK(zinit_options_set_zinit_binary(options, binary, &error));
    }
    if (wanted.socket_path != NULL)
        CHECK_OK(zinit_options_set_socket_path(options, wanted.socket_path, &error));
    if (wanted.config_dir != NULL)
        CHECK_OK(zinit_options_set_config_dir(options, wanted.config_dir, &error));
    if (wanted.zinit_binary != NULL)
        CHECK_OK(zinit_options_set_zinit_binary(options, wanted.zinit_binary, &error));
    if (wanted.io_timeout_ms != 0)
        CHECK_OK(zinit_options_set_io_timeout_ms(options, wanted.io_timeout_ms, &error));
    if (wanted.max_reply_bytes != 0)
        CHECK_OK(zinit_options_set_max_reply_bytes(options, wanted.max_reply_bytes, &error));
#if HEADER_HAS_0_2_0
    CHECK_OK(zinit_options_set_stop_order(options, wanted.stop_order, &error));
    CHECK_OK(zinit_options_set_queue(options, wanted.queue, &error));
    CHECK_OK(zinit_options_set_protocol(options, wanted.protocol, &error));
#endif
    CHECK_OK(zinit_client_with_options(options, &client, &error));
    zinit_options_free(options);
    return client;
}

zinit_client *client_of(const struct daemon *daemon)
{
    struct client_options options = {0};

    options.daemon = daemon;
    return make_client(options);
}

int daemon_is_since(const zinit_client *client, uint64_t patch)
{
    zinit_daemon_version *version = NULL;
    zinit_error *error = NULL;
    int is_since;

    CHECK_OK(zinit_client_version(client, &version, &error));
    is_since = zinit_daemon_version_major(version) > 0 || zinit_daemon_version_minor(version) > 2 ||
               zinit_daemon_version_patch(version) >= patch;
    zinit_daemon_version_free(version);
    return is_since;
}

int speaks_json_rpc(const zinit_client *client)
{
    return daemon_is_since(client, 15);
}

zinit_client *client_of_script(const struct daemon *daemon)
{
    struct client_options options = {0};

    options.daemon = daemon;
    options.config_dir = case_directory();
    return make_client(options);
}

zinit_client *client_for_files(void)
{
    struct client_options options = {0};

    options.socket_path = in_case_directory("nosuch.sock");
    options.config_dir = case_directory();
    return make_client(options);
}

void write_service(const struct daemon *daemon, const char *name, const char *yaml)
{
    char path[400];

    snprintf(path, sizeof path, "%s/%s.yaml", daemon->config_dir, name);
    write_file(path, yaml);
}

void add_service(const struct daemon *daemon, const zinit_client *client, const char *name, const char *yaml)
{
    zinit_error *error = NULL;

    write_service(daemon, name, yaml);
    CHECK_OK(zinit_client_monitor(client, name, &error));
}

void add_service_here(const struct daemon *daemon, const zinit_client *client, const char *name, const char *yaml)
{
    char with_directory[1000];

    snprintf(with_directory, sizeof with_directory, "%sdir: %s\n", yaml, case_directory());
    add_service(daemon, client, name, with_directory);
}

static void read_status(const zinit_client *client, const char *name, int32_t *kind, int32_t *pid)
{
    zinit_error *error = NULL;
    zinit_status *status = NULL;

    CHECK_OK(zinit_client_status(client, name, &status, &error));
    CHECK_TEXT(zinit_status_name(status), name);
    *kind = zinit_state_kind(zinit_status_state(status));
    *pid = zinit_status_pid(status);
    zinit_status_free(status);
}

void wait_for_state(const zinit_client *client, const char *name, int32_t kind)
{
    int32_t seen;
    int32_t pid;

    for (;;) {
        read_status(client, name, &seen, &pid);
        if (seen == kind)
            return;
        pause_ms(5);
    }
}

void wait_for_no_process(const zinit_client *client, const char *name)
{
    while (pid_of(client, name) != 0)
        pause_ms(5);
}

int32_t pid_of(const zinit_client *client, const char *name)
{
    int32_t kind;
    int32_t pid;

    read_status(client, name, &kind, &pid);
    return pid;
}

void check_daemon_answers(const zinit_client *client)
{
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_client_list(client, &list, &error));
    zinit_service_list_free(list);
}

#if HEADER_HAS_0_2_0
zinit_queue *make_queue(void)
{
    zinit_queue *queue = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_queue_new(&queue, &error));
    return queue;
}

zinit_client *client_in(zinit_queue *queue, const struct daemon *daemon)
{
    struct client_options options = {0};

    options.daemon = daemon;
    options.queue = queue;
    if (daemon->config_dir[0] == '\0')
        options.config_dir = case_directory();
    return make_client(options);
}

zinit_request *next_of(zinit_queue *queue)
{
    zinit_request *request = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_queue_next(queue, -1, NULL, &request, &error));
    CHECK(request != NULL);
    return request;
}

void check_queue_pending(zinit_queue *queue)
{
    zinit_request *request = (zinit_request *)queue;
    zinit_error *error = NULL;

    CHECK_INT(zinit_queue_next(queue, 0, NULL, &request, &error), ZINIT_PENDING);
    CHECK(request == NULL && error == NULL);
}
#endif

zinit_code run_to_end(zinit_request *request, size_t *dispatches, zinit_error **error)
{
    zinit_code code;

    do {
        wait_until_readable(zinit_request_fd(request));
        code = zinit_request_dispatch(request, error);
        if (dispatches != NULL)
            ++*dispatches;
    } while (code == ZINIT_PENDING);
    return code;
}

zinit_code finish(zinit_request *request, zinit_error **error)
{
    zinit_code code = run_to_end(request, NULL, error);

    zinit_request_free(request);
    return code;
}
