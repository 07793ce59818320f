/* A queue under libuv: lists, a wait for a stop, and a watch, by one uv_poll_t.
 *
 *     queue SOCKET
 *
 * The daemon must know the service "web", which is up. Prints nothing if all is well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>
#include <zinit.h>

#define LISTS 100

struct program {
    zinit_queue *queue;
    zinit_watch *watch;
    int left;
    int has_changed; /* the watch has seen the stop */
};

static void check(zinit_error *error)
{
    if (error == NULL)
        return;
    fprintf(stderr, "queue: %s\n", zinit_error_message(error));
    exit(1);
}

static void read_watch(struct program *program)
{
    const zinit_change *change;
    zinit_error *error = NULL;

    while (zinit_watch_next(program->watch, 0, NULL, &change, &error) == ZINIT_OK)
        program->has_changed |= zinit_change_kind(change) == ZINIT_CHANGE_STATE;
    check(error);
}

static void take(uv_poll_t *poll, int status, int events)
{
    struct program *program = poll->data;
    zinit_request *request;
    zinit_error *error = NULL;

    (void)events;
    if (status != 0)
        exit(1);
    while (zinit_queue_next(program->queue, 0, NULL, &request, &error) == ZINIT_OK) {
        if (request == zinit_watch_request(program->watch)) {
            read_watch(program);
            continue;
        }
        zinit_request_dispatch(request, &error);
        check(error);
        zinit_request_free(request);
        program->left--;
    }
    check(error);
    if (program->left == 0 && program->has_changed)
        uv_poll_stop(poll);
}

static zinit_client *connect_with(zinit_queue *queue, const char *socket_path)
{
    zinit_options *options = zinit_options_new();
    zinit_client *client = NULL;
    zinit_error *error = NULL;

    zinit_options_set_socket_path(options, socket_path, &error);
    check(error);
    zinit_options_set_queue(options, queue, &error);
    check(error);
    zinit_client_with_options(options, &client, &error);
    check(error);
    zinit_options_free(options);
    return client;
}

int main(int argc, char **argv)
{
    struct program program = {NULL, NULL, LISTS + 1, 0};
    const zinit_change *change;
    zinit_request *request;
    zinit_client *client;
    zinit_error *error = NULL;
    uv_loop_t loop;
    uv_poll_t poll;

    if (argc != 2)
        return 2;
    zinit_queue_new(&program.queue, &error);
    check(error);
    client = connect_with(program.queue, argv[1]);
    zinit_client_watch(client, NULL, 0, 0, &program.watch, &error);
    check(error);
    /* It has looked for the first time, so that it sees the stop. */
    zinit_watch_next(program.watch, -1, NULL, &change, &error);
    check(error);
    zinit_client_begin_stop_wait(client, "web", -1, &request, &error);
    check(error);
    for (int i = 0; i < LISTS; i++) {
        zinit_client_begin_list(client, &request, &error);
        check(error);
    }
    uv_loop_init(&loop);
    uv_poll_init(&loop, &poll, zinit_queue_fd(program.queue));
    poll.data = &program;
    uv_poll_start(&poll, UV_READABLE, take);
    read_watch(&program);
    uv_run(&loop, UV_RUN_DEFAULT);
    /* Out of the loop before the descriptor is closed. */
    uv_close((uv_handle_t *)&poll, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    zinit_watch_free(program.watch);
    zinit_client_free(client);
    zinit_queue_free(program.queue);
    return 0;
}
