/* Names of services and of signals: which are refused, and how the others reach the daemon. */
#include <limits.h>

#include "refusals.h"
#include "replies.h"

static void names(const void *data)
{
    char name251[252];
    char name300[301];
    const char *const bad[] = {"", "a\nb", "../x", "a/b", "/", "\n", name251, name300};
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_service *other;
    zinit_status *status;
    zinit_error *error = NULL;
    int32_t exists;
    size_t i;

    (void)data;
    memset(name251, 'a', sizeof name251);
    name251[251] = '\0';
    memset(name300, 'a', sizeof name300);
    name300[300] = '\0';
    CHECK_OK(zinit_service_set_exec(service, "true", &error));
    for (i = 0; i < LENGTH(bad); i++) {
        status = GARBAGE;
        REFUSES_NAME(zinit_client_status, client, bad[i], &status);
        CHECK(status == NULL);
        exists = 77;
        REFUSES_NAME(zinit_client_exists, client, bad[i], &exists);
        CHECK_INT(exists, 0);
        REFUSES_NAME(zinit_client_start, client, bad[i]);
        REFUSES_NAME(zinit_client_stop, client, bad[i]);
        REFUSES_NAME(zinit_client_monitor, client, bad[i]);
        REFUSES_NAME(zinit_client_forget, client, bad[i]);
        REFUSES_NAME(zinit_client_kill, client, bad[i], "SIGTERM");
        other = GARBAGE;
        REFUSES_NAME(zinit_client_get, client, bad[i], &other);
        CHECK(other == NULL);
        other = GARBAGE;
        REFUSES_NAME(zinit_client_load_service, client, bad[i], &other);
        CHECK(other == NULL);
        REFUSES_NAME(zinit_client_add_service, client, bad[i], service);
        REFUSES_NAME(zinit_client_remove_service, client, bad[i]);
        REFUSES_NAME(zinit_service_after_push, service, bad[i]);
    }
    CHECK_INT(count_commands(&daemon), 0);
    CHECK_INT(zinit_service_after_len(service), 0);
    zinit_service_free(service);
    zinit_client_free(client);
}

/* Over JSON-RPC a daemon monitors nothing with a dot or a backslash in its name, and the library has its words. */
static void check_name_refused(const struct daemon *daemon, const zinit_client *client, const char *name)
{
    zinit_error *error = NULL;

    write_service(daemon, name, "exec: sleep 1000\n");
    CHECK_FAILS(zinit_client_monitor(client, name, &error), ZINIT_ERR_CONFIG_REFUSED);
    CHECK_CONTAINS(zinit_error_daemon_message(error), "invalid service name");
    CHECK_TEXT(zinit_error_service(error), name);
    zinit_error_free(error);
}

/* Names that must be quoted in a command or escaped in a file, and one of the largest length. */
static void unusual_names_reach_the_daemon(const void *data)
{
    char name250[251];
    const char *const good[] = {"stream:1", "a.b", "with space", "a\"b", "a'b", "#x", "a\\b", "$HOME", "a;b", "*",
                                "-x", "..", "a\tb", "a\rb", "web' 'shutdown", "web\"]} {\"id\":2",
                                "$(reboot)", "`reboot`;&|<>~", "\x1b[2J\x01\x7f", "\xe2\x80\xa8", "\xc3\xa9", "\xf0\x9f\x90\xa7", name250};
    size_t accepted = 0;
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    zinit_status *status = NULL;
    zinit_service_list *list = NULL;
    size_t i;

    (void)data;
    memset(name250, 'a', sizeof name250);
    name250[250] = '\0';
    for (i = 0; i < LENGTH(good); i++) {
        if (strpbrk(good[i], ".\\") != NULL && speaks_json_rpc(client)) {
            check_name_refused(&daemon, client, good[i]);
            continue;
        }
        accepted++;
        add_service(&daemon, client, good[i], "exec: sleep 1000\n");
        CHECK_OK(zinit_client_status(client, good[i], &status, &error));
        CHECK_TEXT(zinit_status_name(status), good[i]);
        zinit_status_free(status);
    }
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_INT(zinit_service_list_len(list), accepted);
    for (i = 1; i < accepted; i++)
        CHECK(strcmp(zinit_service_list_name(list, i - 1), zinit_service_list_name(list, i)) < 0);
    zinit_service_list_free(list);
    zinit_client_free(client);
}

static void commands_as_they_are_sent(const void *data)
{
    static const struct {
        const char *name;
        const char *signal;
        const char *command;
    } rows[] = {
        {"web", "SIGTERM", "kill web SIGTERM"},
        {"web", "sighup", "kill web SIGHUP"},
        {"a.b", "SigUsr1", "kill a.b SIGUSR1"},
        {"stream:1", "SIGCLD", "kill stream:1 SIGCHLD"},
        {"web", "SIGIOT", "kill web SIGABRT"},
        {"web", "SIGPOLL", "kill web SIGIO"},
        {"web", "SIGUNUSED", "kill web SIGSYS"},
        {"with space", "SIGTERM", "kill 'with space' SIGTERM"},
    };
    static const char *const bad[] = {"", "TERM", "15", "SIG", "SIGTERM ", "SIGRTMIN", "SIGEMT"};
    struct daemon daemon = start_scripted(ON("*", DONE));
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    char command[100];
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(rows); i++) {
        CHECK_OK(zinit_client_kill(client, rows[i].name, rows[i].signal, &error));
        CHECK_TEXT(next_command(&daemon, command, sizeof command), rows[i].command);
    }
    for (i = 0; i < LENGTH(bad); i++)
        REFUSES(ZINIT_ERR_INVALID_SIGNAL, "signal", zinit_client_kill, client, "web", bad[i]);
    CHECK_OK(zinit_client_start(client, "web", &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "start web");
    CHECK_OK(zinit_client_stop(client, "web", &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "stop web");
    CHECK_OK(zinit_client_monitor(client, "web", &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "monitor web");
    CHECK_OK(zinit_client_forget(client, "web", &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "forget web");
    CHECK_OK(zinit_client_reboot(client, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "reboot");
    CHECK_OK(zinit_client_shutdown(client, &error));
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "shutdown");
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void signal_names(const void *data)
{
    (void)data;
    CHECK_TEXT(zinit_signal_name(15), "SIGTERM");
    CHECK_TEXT(zinit_signal_name(9), "SIGKILL");
    CHECK_TEXT(zinit_signal_name(1), "SIGHUP");
    CHECK(zinit_signal_name(0) == NULL && zinit_signal_name(-1) == NULL && zinit_signal_name(32) == NULL);
    CHECK(zinit_signal_name(64) == NULL && zinit_signal_name(INT_MAX) == NULL && zinit_signal_name(INT_MIN) == NULL);
}

static const struct test_case cases[] = {
    {"names", names, NULL},
    {"unusual_names_reach_the_daemon", unusual_names_reach_the_daemon, NULL},
    {"commands_as_they_are_sent", commands_as_they_are_sent, NULL},
    {"signal_names", signal_names, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
