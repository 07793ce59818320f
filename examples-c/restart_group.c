/* Restarts several services together: stops all, then starts all, and prints the result for each.
 *
 *     cc -o restart_group restart_group.c $(pkg-config --cflags --libs zinit-client)
 *     ./restart_group SOCKET CONFIG_DIR NAME...
 */
#include <stdio.h>
#include <zinit.h>

#define STOP_TIMEOUT_MS 5000
#define START_TIMEOUT_MS 20000

static zinit_code connect_to(const char *socket_path, const char *config_dir, zinit_client **client,
                             zinit_error **error)
{
    zinit_options *options = zinit_options_new();
    zinit_code code = zinit_options_set_socket_path(options, socket_path, error);

    if (code == ZINIT_OK)
        code = zinit_options_set_config_dir(options, config_dir, error);
    if (code == ZINIT_OK)
        code = zinit_client_with_options(options, client, error);
    zinit_options_free(options);
    return code;
}

/* There is a report even if the call failed: if a service fails, the call goes on with the others. */
static void print_report(const char *what, const zinit_report *report)
{
    for (size_t i = 0; i < zinit_report_len(report); i++) {
        const char *name = zinit_report_name(report, i);

        if (zinit_report_code(report, i) == ZINIT_OK)
            printf("%s: %s%s\n", name, what, zinit_report_killed(report, i) ? ", after SIGKILL" : "");
        else
            printf("%s: not %s: %s\n", name, what, zinit_error_message(zinit_report_error(report, i)));
    }
}

int main(int argc, char **argv)
{
    zinit_client *client = NULL;
    zinit_error *error = NULL;
    zinit_report *stopped = NULL;
    zinit_report *started = NULL;
    zinit_code code;
    const char *const *names;
    size_t count;

    if (argc < 4) {
        fprintf(stderr, "usage: restart_group SOCKET CONFIG_DIR NAME...\n");
        return 2;
    }
    /* C does not convert char ** to const char *const * by itself, so this needs a cast. */
    names = (const char *const *)(argv + 3);
    count = (size_t)argc - 3;

    code = connect_to(argv[1], argv[2], &client, &error);
    if (code == ZINIT_OK) {
        code = zinit_client_stop_multiple(client, names, count, STOP_TIMEOUT_MS, NULL, &stopped, &error);
        print_report("down", stopped);
    }
    if (code == ZINIT_OK) {
        code = zinit_client_start_multiple(client, names, count, START_TIMEOUT_MS, NULL, &started, &error);
        print_report("up", started);
    }
    if (code != ZINIT_OK)
        fprintf(stderr, "restart_group: %s\n", zinit_error_message(error));
    zinit_report_free(started);
    zinit_report_free(stopped);
    zinit_error_free(error);
    zinit_client_free(client);
    return code == ZINIT_OK ? 0 : 1;
}
