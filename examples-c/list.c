/* Prints every service of the daemon and its state.
 *
 *     cc -o list list.c $(pkg-config --cflags --libs zinit-client)
 *     ./list [SOCKET]
 */
#include <stdio.h>
#include <zinit.h>

int main(int argc, char **argv)
{
    /* NULL means the default socket of zinit. */
    const char *socket_path = argc > 1 ? argv[1] : NULL;
    zinit_client *client = NULL;
    zinit_service_list *services = NULL;
    zinit_error *error = NULL;
    int exit_status = 1;

    if (zinit_client_new(socket_path, &client, &error) != ZINIT_OK)
        goto cleanup;
    if (zinit_client_list(client, &services, &error) != ZINIT_OK)
        goto cleanup;

    for (size_t i = 0; i < zinit_service_list_len(services); i++) {
        const zinit_state *state = zinit_service_list_state(services, i);
        printf("%-20s %s\n", zinit_service_list_name(services, i), zinit_state_text(state));
    }
    if (fflush(stdout) == 0)
        exit_status = 0;
    else
        perror("list: cannot write");

cleanup:
    /* There is an error object only if a call failed. Every free function accepts NULL. */
    if (error != NULL)
        fprintf(stderr, "list: %s\n", zinit_error_message(error));
    zinit_error_free(error);
    zinit_service_list_free(services);
    zinit_client_free(client);
    return exit_status;
}
