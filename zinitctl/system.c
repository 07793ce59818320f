/* Subcommands about the daemon, the machine, and this program. */
#define _POSIX_C_SOURCE 200809L

#include "command_line.h"
#include "document.h"

/* Without a zinit binary, zinit 0.3 can still tell its version itself, once it is known that it is there. */
static zinit_code ask_daemon(const struct call *call, zinit_daemon_version **version, zinit_error **error)
{
    int32_t protocol = ZINIT_PROTOCOL_ANY;

    if (zinit_client_protocol(call->client, &protocol, NULL) != ZINIT_OK || protocol != ZINIT_PROTOCOL_ZINIT_0_3)
        return ZINIT_ERR_VERSION;
    zinit_error_free(*error);
    return zinit_client_version(call->client, version, error);
}

enum exit_status run_version(const struct call *call)
{
    struct json *json = document_of(call);
    zinit_daemon_version *version = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    if (json != NULL)
        json_string(json, "library", zinit_version());
    else
        print_field("library", zinit_version());
    code = zinit_client_version(call->client, &version, &error);
    if (code == ZINIT_ERR_VERSION)
        code = ask_daemon(call, &version, &error);
    if (json != NULL)
        json_string(json, "daemon", zinit_daemon_version_text(version));
    else if (code == ZINIT_OK)
        print_field("daemon", zinit_daemon_version_text(version));
    zinit_daemon_version_free(version);
    return finish(code, &error);
}

enum exit_status run_protocol(const struct call *call)
{
    int32_t protocol = ZINIT_PROTOCOL_ANY;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_protocol(call->client, &protocol, &error);
    /* A newer library may know another one. */
    const char *word = protocol == ZINIT_PROTOCOL_LINE      ? "line"
                       : protocol == ZINIT_PROTOCOL_JSONRPC ? "json-rpc"
                       : protocol == ZINIT_PROTOCOL_ZINIT_0_3 ? "zinit-0.3"
                                                              : "other";

    if (document_of(call) != NULL)
        json_string(document_of(call), "protocol", code == ZINIT_OK ? word : NULL);
    else if (code == ZINIT_OK)
        puts(word);
    return finish(code, &error);
}

enum exit_status run_reboot(const struct call *call)
{
    zinit_error *error = NULL;

    return finish(zinit_client_reboot(call->client, &error), &error);
}

enum exit_status run_shutdown(const struct call *call)
{
    zinit_error *error = NULL;

    return finish(zinit_client_shutdown(call->client, &error), &error);
}

enum exit_status run_http(const struct call *call)
{
    int has_address = call->argument_count == 2;
    int action = index_of_word(HTTP_WORDS, call->arguments[0]);
    zinit_error *error = NULL;

    if (has_address && action == 0)
        return finish(zinit_client_start_http_server(call->client, call->arguments[1], &error), &error);
    if (!has_address && action == 1)
        return finish(zinit_client_stop_http_server(call->client, &error), &error);
    return usage_error("'http' needs 'start ADDRESS' or 'stop'");
}

enum exit_status run_help(const struct call *call)
{
    const struct subcommand *subcommand;

    if (call->argument_count == 0) {
        print_help();
        return STATUS_DONE;
    }
    subcommand = find_subcommand(call->arguments[0]);
    if (subcommand == NULL)
        return unknown_subcommand(call->arguments[0]);
    print_help_of_subcommand(subcommand);
    return STATUS_DONE;
}
