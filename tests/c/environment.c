/* Variables of the environment: the library takes none but PATH, and that for the daemon's version alone. */
#include <stdio.h>
#include <stdlib.h>

#include "calls.h"
#include "replies.h"

static void set(const char *name, const char *value)
{
    NEED(setenv(name, value, 1) == 0);
}

/* Those of zinitctl, and what libraries and runtimes look at. */
static void variables_change_nothing(const void *data)
{
    struct daemon daemon = start_zinit();
    struct daemon planted = start_scripted("on *\n");
    zinit_client *client;
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;

    (void)data;
    set("ZINIT_SOCKET", planted.socket_path);
    set("ZINIT_CONFIG_DIR", "/nonexistent/config");
    set("ZINIT_BINARY", "/nonexistent/zinit");
    set("ZINIT_PROTOCOL", "2");
    set("TMPDIR", "/nonexistent/tmp");
    set("HOME", "/nonexistent/home");
    set("XDG_RUNTIME_DIR", "/nonexistent/run");
    set("RUST_BACKTRACE", "full");
    set("RUST_LOG", "trace");
    set("LC_ALL", "tr_TR.UTF-8");
    set("LD_LIBRARY_PATH", "/nonexistent/lib");

    /* Where there is a daemon at the default path, this asks that one; never the planted one. */
    client = NULL;
    CHECK_OK(zinit_client_new(NULL, &client, &error));
    if (zinit_client_list(client, &list, &error) != ZINIT_OK)
        CHECK_CONTAINS(zinit_error_message(error), "/var/run/zinit.sock");
    zinit_error_free(error);
    zinit_service_list_free(list);
    list = NULL;
    zinit_client_free(client);
    CHECK_INT(count_commands(&planted), 0);

    client = client_of(&daemon);
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_INT(zinit_service_list_len(list), 1);
    zinit_service_list_free(list);
    /* It is written beside the old one, and not in TMPDIR. */
    zinit_service *service = zinit_service_new();
    CHECK_OK(zinit_service_set_exec(service, "sleep 1001", &error));
    CHECK_OK(zinit_client_add_service(client, "web", service, &error));
    zinit_service_free(service);
    CHECK_FAILS(zinit_client_start(client, "nosuch", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    zinit_error_free(error);
    zinit_client_free(client);
    CHECK_INT(count_commands(&planted), 0);
}

static uint64_t patch_of(const char *binary)
{
    struct client_options options = {0};
    zinit_daemon_version *version = NULL;
    zinit_client *client;
    zinit_error *error = NULL;
    uint64_t patch;

    options.socket_path = "/nonexistent/zinit.sock";
    options.zinit_binary = binary;
    client = make_client(options);
    CHECK_OK(zinit_client_version(client, &version, &error));
    patch = zinit_daemon_version_patch(version);
    zinit_daemon_version_free(version);
    zinit_client_free(client);
    return patch;
}

static void a_zinit_in_PATH_is_run_only_where_no_binary_is_named(const void *data)
{
    const char *planted = write_program("zinit", "echo zinit v0.2.9");
    char directory[400];
    char *named;

    (void)data;
    snprintf(directory, sizeof directory, "%s", planted);
    *strrchr(directory, '/') = '\0';
    named = strdup(write_program("named-zinit", "echo zinit v0.2.12"));
    NEED(named != NULL);
    strcat(directory, ":/bin:/usr/bin");
    set("PATH", directory);
    CHECK_INT(patch_of(NULL), 9);
    CHECK_INT(patch_of(named), 12);
    free(named);
}

static const struct test_case cases[] = {
    {"variables_change_nothing", variables_change_nothing, NULL},
    {"a_zinit_in_PATH_is_run_only_where_no_binary_is_named", a_zinit_in_PATH_is_run_only_where_no_binary_is_named, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
