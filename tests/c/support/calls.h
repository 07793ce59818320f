/* Checks of what a call returns, and how clients for tests are made. */
#ifndef CALLS_H
#define CALLS_H

#include <stdio.h>
#include <string.h>
#include <zinit.h>

#include "harness.h"

/* Each takes a call whose last argument is `&error`, and the variable `error` itself. CHECK_FAILS leaves the error for a
 * closer look, and for zinit_error_free(). */
#define CHECK_OK(call) check_code(__FILE__, __LINE__, #call, (call), ZINIT_OK, &error)
#define CHECK_FAILS(call, code) check_code(__FILE__, __LINE__, #call, (call), (code), &error)

static inline void check_code(const char *file, int line, const char *call, zinit_code code, zinit_code expected,
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

struct client_options {
    const struct daemon *daemon;
    const char *socket_path; /* in place of a daemon's */
    const char *config_dir;
    const char *zinit_binary;
    int64_t io_timeout_ms;
    uint64_t max_reply_bytes;
};

/* What is 0 or NULL keeps its default. */
static inline zinit_client *make_client(struct client_options wanted)
{
    zinit_options *options = zinit_options_new();
    zinit_client *client = NULL;
    zinit_error *error = NULL;

    if (wanted.daemon != NULL) {
        CHECK_OK(zinit_options_set_socket_path(options, wanted.daemon->socket_path, &error));
        if (wanted.daemon->config_dir[0] != '\0')
            CHECK_OK(zinit_options_set_config_dir(options, wanted.daemon->config_dir, &error));
        CHECK_OK(zinit_options_set_zinit_binary(options, zinit_binary(), &error));
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
    CHECK_OK(zinit_client_with_options(options, &client, &error));
    zinit_options_free(options);
    return client;
}

static inline zinit_client *client_of(const struct daemon *daemon)
{
    struct client_options options = {0};

    options.daemon = daemon;
    return make_client(options);
}

/* Writes a service's file and has the daemon read it. */
static inline void add_service(const struct daemon *daemon, const zinit_client *client, const char *name,
                               const char *yaml)
{
    zinit_error *error = NULL;
    char path[400];

    snprintf(path, sizeof path, "%s/%s.yaml", daemon->config_dir, name);
    write_file(path, yaml);
    CHECK_OK(zinit_client_monitor(client, name, &error));
}

/* The daemon tells nobody of a change of state, so this looks again and again. */
static inline void wait_for_state(const zinit_client *client, const char *name, int32_t kind)
{
    zinit_error *error = NULL;
    zinit_status *status = NULL;
    int32_t seen;

    do {
        CHECK_OK(zinit_client_status(client, name, &status, &error));
        seen = zinit_state_kind(zinit_status_state(status));
        zinit_status_free(status);
        pause_ms(5);
    } while (seen != kind);
}

#endif
