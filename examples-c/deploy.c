/* Puts a service definition in force and waits until the service is up. Handles each kind of failure.
 *
 *     cc -o deploy deploy.c $(pkg-config --cflags --libs zinit-client)
 *     ./deploy NAME COMMAND [SOCKET CONFIG_DIR]
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <zinit.h>

#define STOP_TIMEOUT_MS 5000
#define START_TIMEOUT_MS 20000

static zinit_cancel *cancel;

/* Triggering a cancel is one of the few things that a signal handler may do. */
static void on_signal(int number)
{
    (void)number;
    zinit_cancel_trigger(cancel);
}

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

/* A program decides by the code what to do about a failure. The message is for people. */
static void explain(const zinit_error *error)
{
    const zinit_state *state = zinit_error_state(error);
    const char *advice;

    fprintf(stderr, "deploy: %s\n", zinit_error_message(error));
    switch (zinit_error_code(error)) {
    case ZINIT_ERR_INVALID_NAME:
    case ZINIT_ERR_INVALID_SERVICE:
        advice = "correct the definition; nothing was changed";
        break;
    case ZINIT_ERR_SERVICE_FAILED:
        advice = zinit_state_exit_code(state) >= 0 ? "check why the program ends" : "check that the program exists";
        break;
    case ZINIT_ERR_TIMEOUT:
        advice = "the service may still come up; check its status later";
        break;
    case ZINIT_ERR_TARGET_CHANGED:
    case ZINIT_ERR_ALREADY_MONITORED:
        advice = "somebody else changes this service at the same time; find out who";
        break;
    case ZINIT_ERR_CANCELLED:
        advice = "check its status to see how far it came";
        break;
    case ZINIT_ERR_NOT_RUNNING:
        advice = "start zinit, or give the path of its socket";
        break;
    case ZINIT_ERR_FILE_IO:
        advice = "check the directory of the service files; the old file was not changed";
        break;
    default:
        advice = zinit_error_request_sent(error) ? "the daemon may have acted on it; check the service's status"
                                                 : "nothing was sent to the daemon";
    }
    fprintf(stderr, "deploy: %s\n", advice);
}

int main(int argc, char **argv)
{
    zinit_client *client = NULL;
    zinit_error *error = NULL;
    zinit_service *service = zinit_service_new();
    struct sigaction action;
    zinit_code code;

    if (argc != 3 && argc != 5) {
        fprintf(stderr, "usage: deploy NAME COMMAND [SOCKET CONFIG_DIR]\n");
        zinit_service_free(service);
        return 2;
    }
    code = argc == 5 ? connect_to(argv[3], argv[4], &client, &error) : zinit_client_new(NULL, &client, &error);
    if (code == ZINIT_OK)
        code = zinit_cancel_new(&cancel, &error);
    if (code == ZINIT_OK) {
        memset(&action, 0, sizeof action);
        action.sa_handler = on_signal;
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        code = zinit_service_set_exec(service, argv[2], &error);
    }
    if (code == ZINIT_OK)
        code = zinit_client_deploy(client, argv[1], service, STOP_TIMEOUT_MS, START_TIMEOUT_MS, cancel, &error);

    if (code == ZINIT_OK)
        printf("%s is up\n", argv[1]);
    else
        explain(error);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    zinit_cancel_free(cancel);
    zinit_error_free(error);
    zinit_service_free(service);
    zinit_client_free(client);
    return code == ZINIT_OK ? 0 : 1;
}
