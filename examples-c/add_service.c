/* Shows a service from its definition to its removal: defines it, starts it, prints its status, stops it,
 * removes it.
 *
 *     cc -o add_service add_service.c $(pkg-config --cflags --libs zinit-client)
 *     ./add_service [SOCKET CONFIG_DIR]
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <time.h>
#include <zinit.h>

static const char name[] = "zinit-example";

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

static zinit_code define(const zinit_client *client, zinit_error **error)
{
    zinit_service *service = zinit_service_new();
    zinit_code code = zinit_service_set_exec(service, "sleep 1000", error);

    if (code == ZINIT_OK)
        code = zinit_service_env_set(service, "LANG", "C", error);
    if (code == ZINIT_OK)
        code = zinit_client_add_service(client, name, service, error);
    zinit_service_free(service);
    return code;
}

/* Asks for the status ten times a second, until the service is Running (up) or its process has ended (down).
 * */
static zinit_code wait_until(const zinit_client *client, int32_t target, zinit_error **error)
{
    const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};

    for (int look = 0; look < 150; look++) {
        zinit_status *status = NULL;
        zinit_code code = zinit_client_status(client, name, &status, error);
        int is_there = target == ZINIT_TARGET_UP
                           ? zinit_state_kind(zinit_status_state(status)) == ZINIT_STATE_RUNNING
                           : zinit_status_pid(status) == 0;
        int done = zinit_status_target(status) == target && is_there;

        if (code == ZINIT_OK)
            printf("%s: %s, pid %ld\n", name, zinit_state_text(zinit_status_state(status)),
                   (long)zinit_status_pid(status));
        zinit_status_free(status);
        if (code != ZINIT_OK || done)
            return code;
        nanosleep(&pause, NULL);
    }
    return ZINIT_ERR_TIMEOUT;
}

int main(int argc, char **argv)
{
    zinit_client *client = NULL;
    zinit_error *error = NULL;
    zinit_code code = argc == 3 ? connect_to(argv[1], argv[2], &client, &error)
                                : zinit_client_new(NULL, &client, &error);

    if (code == ZINIT_OK)
        code = define(client, &error);
    if (code == ZINIT_OK)
        code = zinit_client_monitor(client, name, &error); /* makes the daemon read the file */
    if (code == ZINIT_OK)
        code = wait_until(client, ZINIT_TARGET_UP, &error);
    if (code == ZINIT_OK)
        code = zinit_client_stop(client, name, &error); /* sends the stop signal and does not wait */
    if (code == ZINIT_OK)
        code = wait_until(client, ZINIT_TARGET_DOWN, &error);
    if (code == ZINIT_OK)
        code = zinit_client_forget(client, name, &error); /* refused while the process is running */
    if (code == ZINIT_OK)
        code = zinit_client_remove_service(client, name, &error); /* removes the file */

    if (code != ZINIT_OK)
        fprintf(stderr, "add_service: %s: %s\n", zinit_code_name(code), zinit_error_message(error));
    zinit_error_free(error);
    zinit_client_free(client);
    return code == ZINIT_OK ? 0 : 1;
}
