/* Prints the status of one service.
 *
 *     cc -o status status.c $(pkg-config --cflags --libs zinit-client)
 *     ./status NAME [SOCKET]
 */
#include <stdio.h>
#include <zinit.h>

static void print_status(const zinit_status *status)
{
    const zinit_state *state = zinit_status_state(status);

    printf("name:   %s\n", zinit_status_name(status));
    printf("state:  %s\n", zinit_state_text(state));
    printf("target: %s\n", zinit_target_name(zinit_status_target(status)));
    /* 0 means that no process is running. */
    if (zinit_status_pid(status) != 0)
        printf("pid:    %ld\n", (long)zinit_status_pid(status));
    /* The state Error says how the process ended: by a signal, or by itself with an exit code. */
    if (zinit_state_signal(state) != NULL)
        printf("killed: %s\n", zinit_state_signal(state));
    else if (zinit_state_exit_code(state) >= 0)
        printf("exit:   %ld\n", (long)zinit_state_exit_code(state));
    for (size_t i = 0; i < zinit_status_after_len(status); i++) {
        const zinit_state *other = zinit_status_after_state(status, i);
        printf("after:  %s, which is %s\n", zinit_status_after_name(status, i), zinit_state_text(other));
    }
}

int main(int argc, char **argv)
{
    zinit_client *client = NULL;
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    int exit_status = 1;

    if (argc < 2) {
        fprintf(stderr, "usage: status NAME [SOCKET]\n");
        return 2;
    }
    if (zinit_client_new(argc > 2 ? argv[2] : NULL, &client, &error) != ZINIT_OK)
        goto cleanup;
    if (zinit_client_status(client, argv[1], &status, &error) != ZINIT_OK)
        goto cleanup;
    print_status(status);
    if (fflush(stdout) == 0)
        exit_status = 0;
    else
        perror("status: cannot write");

cleanup:
    /* The code says what kind of failure it is. The message is for people. */
    if (zinit_error_code(error) == ZINIT_ERR_UNKNOWN_SERVICE)
        fprintf(stderr, "status: there is no service %s\n", zinit_error_service(error));
    else if (error != NULL)
        fprintf(stderr, "status: %s\n", zinit_error_message(error));
    zinit_error_free(error);
    zinit_status_free(status);
    zinit_client_free(client);
    return exit_status;
}
