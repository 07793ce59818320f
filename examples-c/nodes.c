/* Lists the services of many nodes, or restarts a service on each of them, in one event loop.
 *
 *     cc -o nodes nodes.c $(pkg-config --cflags --libs zinit-client)
 *     ./nodes SECONDS list SOCKET...
 *     ./nodes SECONDS restart NAME SOCKET...
 *
 * A node is a daemon behind a socket, such as one that OpenSSH forwards from another machine: docs/remote.md shows how.
 * A node that fails is named with its error, and the others go on. SECONDS is how long a node may take: for an answer,
 * for the stop of the service, and for its start. The exit status is 1 if a node failed, and 2 for wrong arguments.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zinit.h>

struct node {
    const char *socket_path;
    zinit_client *client;
    zinit_request *request; /* NULL when it is over */
};

struct job {
    const char *name; /* of the service to restart; NULL for a list */
    int64_t timeout_ms;
};

/* A client for each node, and one queue for all of them. */
static zinit_code connect_to(struct node *node, const struct job *job, zinit_queue *queue, zinit_error **error)
{
    zinit_options *options = zinit_options_new();
    zinit_code code = zinit_options_set_queue(options, queue, error);

    if (code == ZINIT_OK)
        code = zinit_options_set_socket_path(options, node->socket_path, error);
    if (code == ZINIT_OK)
        code = zinit_options_set_io_timeout_ms(options, job->timeout_ms, error);
    /* The files of the services are on the node. Those of this machine are other ones, and are not to be read. */
    if (code == ZINIT_OK)
        code = zinit_options_set_config_dir(options, "/nonexistent", error);
    if (code == ZINIT_OK)
        code = zinit_client_with_options(options, &node->client, error);
    zinit_options_free(options);
    return code;
}

static zinit_code begin(struct node *node, const struct job *job, zinit_error **error)
{
    zinit_code code;

    if (job->name == NULL)
        code = zinit_client_begin_list(node->client, &node->request, error);
    else
        code = zinit_client_begin_restart(node->client, job->name, job->timeout_ms, job->timeout_ms, &node->request,
                                          error);
    zinit_request_set_data(node->request, node);
    return code;
}

static void print_list(const struct node *node)
{
    const zinit_service_list *list = zinit_request_service_list(node->request);

    for (size_t i = 0; i < zinit_service_list_len(list); i++)
        printf("%s: %s %s\n", node->socket_path, zinit_service_list_name(list, i),
               zinit_state_text(zinit_service_list_state(list, i)));
    if (zinit_service_list_len(list) == 0)
        printf("%s: no services\n", node->socket_path);
}

/* Prints what came of a node, and frees the error. */
static void print_result(const struct node *node, const struct job *job, zinit_code code, zinit_error *error)
{
    if (code != ZINIT_OK)
        printf("%s: failed: %s: %s\n", node->socket_path, zinit_code_name(code), zinit_error_message(error));
    else if (job->name != NULL)
        printf("%s: %s is up again\n", node->socket_path, job->name);
    else
        print_list(node);
    fflush(stdout);
    zinit_error_free(error);
}

/* Takes all nodes from the queue that are over. */
static zinit_code take(zinit_queue *queue, const struct job *job, size_t *left, size_t *failed, zinit_error **error)
{
    zinit_request *request;
    zinit_code code;

    while ((code = zinit_queue_next(queue, 0, NULL, &request, error)) == ZINIT_OK) {
        struct node *node = zinit_request_data(request);
        zinit_error *why = NULL;
        zinit_code ended = zinit_request_dispatch(request, &why);

        print_result(node, job, ended, why);
        *failed += ended != ZINIT_OK;
        --*left;
        zinit_request_free(request);
        node->request = NULL;
    }
    return code == ZINIT_PENDING ? ZINIT_OK : code;
}

/* The event loop. A program that waits for other things, too, adds them to what it polls. */
static zinit_code run_loop(zinit_queue *queue, const struct job *job, size_t left, size_t *failed, zinit_error **error)
{
    struct pollfd polled = {zinit_queue_fd(queue), POLLIN, 0};
    zinit_code code = ZINIT_OK;

    while (code == ZINIT_OK && left > 0) {
        if (poll(&polled, 1, -1) < 0 && errno != EINTR) {
            perror("nodes: poll");
            exit(1);
        }
        code = take(queue, job, &left, failed, error);
    }
    return code;
}

/* Does the job on all nodes, and counts those that failed. An error is one of the queue, and ends the job. */
static zinit_code do_job(const struct job *job, struct node *nodes, size_t count, size_t *failed, zinit_error **error)
{
    zinit_queue *queue = NULL;
    zinit_code code = zinit_queue_new(&queue, error);
    size_t left = 0;

    for (size_t i = 0; code == ZINIT_OK && i < count; i++) {
        zinit_error *why = NULL;
        zinit_code begun = connect_to(&nodes[i], job, queue, &why);

        if (begun == ZINIT_OK)
            begun = begin(&nodes[i], job, &why);
        if (begun == ZINIT_OK) {
            left++;
        } else {
            print_result(&nodes[i], job, begun, why);
            ++*failed;
        }
    }
    if (code == ZINIT_OK)
        code = run_loop(queue, job, left, failed, error);
    for (size_t i = 0; i < count; i++) {
        zinit_request_free(nodes[i].request);
        zinit_client_free(nodes[i].client);
    }
    zinit_queue_free(queue);
    return code;
}

int main(int argc, char **argv)
{
    const int is_list = argc > 3 && strcmp(argv[2], "list") == 0;
    const int is_restart = argc > 4 && strcmp(argv[2], "restart") == 0;
    const int first = is_list ? 3 : 4;
    const int seconds = argc > 1 ? atoi(argv[1]) : 0;
    struct job job = {is_restart ? argv[3] : NULL, (int64_t)seconds * 1000};
    struct node *nodes;
    zinit_error *error = NULL;
    zinit_code code;
    size_t failed = 0;

    if ((!is_list && !is_restart) || seconds <= 0) {
        fprintf(stderr, "usage: nodes SECONDS list SOCKET...\n       nodes SECONDS restart NAME SOCKET...\n");
        return 2;
    }
    nodes = calloc((size_t)(argc - first), sizeof *nodes);
    if (nodes == NULL) {
        perror("nodes");
        return 1;
    }
    for (int i = first; i < argc; i++)
        nodes[i - first].socket_path = argv[i];

    code = do_job(&job, nodes, (size_t)(argc - first), &failed, &error);
    if (code != ZINIT_OK)
        fprintf(stderr, "nodes: %s\n", zinit_error_message(error));
    zinit_error_free(error);
    free(nodes);
    return code == ZINIT_OK && failed == 0 ? 0 : 1;
}
