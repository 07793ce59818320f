/* One thread with one epoll loop starts fifty services, waits for all of them, and watches them.
 *
 *     cc -o event_loop event_loop.c $(pkg-config --cflags --libs zinit-client)
 *     ./event_loop [SOCKET CONFIG_DIR]
 *
 * All requests and the watch are in one queue, so that the loop has one descriptor for all of them. One of the services
 * never comes up. When all others are up, the program gives up its request. At the end it removes all services.
 */
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <zinit.h>

#define COUNT 50
/* The index of the service whose test never passes. */
#define HOPELESS 7

struct service {
    char name[32];
    zinit_request *request; /* NULL when it is over */
};

/* All requests of this client, and its watches, join the queue. */
static zinit_code connect_with(zinit_queue *queue, char **paths, zinit_client **client, zinit_error **error)
{
    zinit_options *options = zinit_options_new();
    zinit_code code = zinit_options_set_queue(options, queue, error);

    if (code == ZINIT_OK && paths != NULL)
        code = zinit_options_set_socket_path(options, paths[0], error);
    if (code == ZINIT_OK && paths != NULL)
        code = zinit_options_set_config_dir(options, paths[1], error);
    if (code == ZINIT_OK)
        code = zinit_client_with_options(options, client, error);
    zinit_options_free(options);
    return code;
}

static zinit_code begin(const zinit_client *client, struct service *service, int hopeless, zinit_error **error)
{
    zinit_service *definition = zinit_service_new();
    zinit_code code = zinit_service_set_exec(definition, "sleep 1000", error);

    if (code == ZINIT_OK && hopeless)
        code = zinit_service_set_test(definition, "false", error);
    if (code == ZINIT_OK)
        code = zinit_client_begin_deploy(client, service->name, definition, 5000, 20000, &service->request, error);
    zinit_request_set_data(service->request, service);
    zinit_service_free(definition);
    return code;
}

/* A request that is over: its code is the dispatch's. */
static zinit_code end(struct service *service, size_t *up, zinit_error **error)
{
    zinit_code code = zinit_request_dispatch(service->request, error);

    zinit_request_free(service->request);
    service->request = NULL;
    if (code == ZINIT_OK) {
        printf("%s: is up\n", service->name);
        ++*up;
    }
    return code;
}

static zinit_code print_changes(zinit_watch *watch, size_t *appeared, zinit_error **error)
{
    const zinit_change *change;
    zinit_code code;

    while ((code = zinit_watch_next(watch, 0, NULL, &change, error)) == ZINIT_OK) {
        *appeared += zinit_change_kind(change) == ZINIT_CHANGE_APPEARED;
        if (zinit_change_service(change) != NULL && zinit_change_state_after(change) != NULL)
            printf("%s: %s\n", zinit_change_service(change), zinit_state_text(zinit_change_state_after(change)));
    }
    return code == ZINIT_PENDING ? ZINIT_OK : code;
}

/* Takes all that the queue has for now. */
static zinit_code take(zinit_queue *queue, zinit_watch *watch, size_t *up, size_t *appeared, zinit_error **error)
{
    zinit_request *request;
    zinit_code code;

    while ((code = zinit_queue_next(queue, 0, NULL, &request, error)) == ZINIT_OK) {
        if (request == zinit_watch_request(watch))
            code = print_changes(watch, appeared, error);
        else
            code = end(zinit_request_data(request), up, error);
        if (code != ZINIT_OK)
            return code;
    }
    return code == ZINIT_PENDING ? ZINIT_OK : code;
}

/* Runs until all services except the hopeless one are up, and the watch has seen each of them. A program that waits for
 * other things, too, adds them to the loop. */
static zinit_code run_loop(zinit_queue *queue, zinit_watch *watch, zinit_error **error)
{
    struct epoll_event event = {EPOLLIN, {NULL}};
    int loop = epoll_create1(EPOLL_CLOEXEC);
    zinit_code code = ZINIT_OK;
    size_t up = 0;
    size_t appeared = 0;

    if (epoll_ctl(loop, EPOLL_CTL_ADD, zinit_queue_fd(queue), &event) != 0)
        perror("event_loop: epoll_ctl");
    while (code == ZINIT_OK && (up < COUNT - 1 || appeared < COUNT)) {
        if (epoll_wait(loop, &event, 1, -1) == 1)
            code = take(queue, watch, &up, &appeared, error);
    }
    close(loop);
    return code;
}

int main(int argc, char **argv)
{
    static struct service services[COUNT];
    const char *names[COUNT];
    zinit_queue *queue = NULL;
    zinit_client *client = NULL;
    zinit_watch *watch = NULL;
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_queue_new(&queue, &error);

    for (size_t i = 0; i < COUNT; i++) {
        snprintf(services[i].name, sizeof services[i].name, "zinit-example-%02lu", (unsigned long)i);
        names[i] = services[i].name;
    }
    if (code == ZINIT_OK)
        code = connect_with(queue, argc == 3 ? argv + 1 : NULL, &client, &error);
    if (code == ZINIT_OK)
        code = zinit_client_watch(client, names, COUNT, 0, &watch, &error);
    for (size_t i = 0; code == ZINIT_OK && i < COUNT; i++)
        code = begin(client, &services[i], i == HOPELESS, &error);
    if (code == ZINIT_OK)
        code = run_loop(queue, watch, &error);
    for (size_t i = 0; i < COUNT; i++) {
        /* This does not undo the start: the daemon goes on trying. */
        if (services[i].request != NULL)
            printf("%s: given up\n", services[i].name);
        zinit_request_free(services[i].request);
    }
    /* The time is for all fifty together, and a daemon that speaks JSON-RPC takes some for each. */
    if (code == ZINIT_OK)
        code = zinit_client_destroy_services(client, names, COUNT, 20000, NULL, &report, &error);

    if (code != ZINIT_OK)
        fprintf(stderr, "event_loop: %s\n", zinit_error_message(error));
    zinit_error_free(error);
    zinit_report_free(report);
    zinit_watch_free(watch);
    zinit_client_free(client);
    zinit_queue_free(queue);
    return code == ZINIT_OK ? 0 : 1;
}
