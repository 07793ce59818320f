/* One thread with one epoll loop starts fifty services, waits for all of them, and watches them.
 *
 *     cc -o event_loop event_loop.c $(pkg-config --cflags --libs zinit-client)
 *     ./event_loop [SOCKET CONFIG_DIR]
 *
 * One of the services never comes up. When all others are up, the program gives up its request. At the end it
 * removes all services.
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

/* Waiting until it is readable is enough: a request's descriptor becomes readable for timeouts too. */
static int add_to_loop(int loop, int descriptor, void *what)
{
    struct epoll_event event;

    event.events = EPOLLIN;
    event.data.ptr = what;
    return epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event);
}

/* Removes the descriptor from the loop before the request is freed, which closes it. */
static void end_request(int loop, struct service *service)
{
    epoll_ctl(loop, EPOLL_CTL_DEL, zinit_request_fd(service->request), NULL);
    zinit_request_free(service->request);
    service->request = NULL;
}

static zinit_code begin(const zinit_client *client, int loop, struct service *service, int hopeless,
                        zinit_error **error)
{
    zinit_service *definition = zinit_service_new();
    zinit_code code = zinit_service_set_exec(definition, "sleep 1000", error);

    if (code == ZINIT_OK && hopeless)
        code = zinit_service_set_test(definition, "false", error);
    if (code == ZINIT_OK)
        code = zinit_client_begin_deploy(client, service->name, definition, 5000, 20000, &service->request, error);
    zinit_service_free(definition);
    if (code == ZINIT_OK && add_to_loop(loop, zinit_request_fd(service->request), service) != 0)
        perror("event_loop: epoll_ctl");
    return code;
}

static zinit_code go_on_with(int loop, struct service *service, size_t *up, zinit_error **error)
{
    zinit_code code = zinit_request_dispatch(service->request, error);

    if (code == ZINIT_PENDING)
        return ZINIT_OK;
    end_request(loop, service);
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

/* Runs until all services except the hopeless one are up, and the watch has seen each of them. */
static zinit_code run_loop(int loop, zinit_watch *watch, zinit_error **error)
{
    zinit_code code = ZINIT_OK;
    size_t up = 0;
    size_t appeared = 0;

    while (code == ZINIT_OK && (up < COUNT - 1 || appeared < COUNT)) {
        struct epoll_event events[16];
        int count = epoll_wait(loop, events, sizeof events / sizeof events[0], -1);

        for (int i = 0; i < count && code == ZINIT_OK; i++) {
            if (events[i].data.ptr == watch)
                code = print_changes(watch, &appeared, error);
            else
                code = go_on_with(loop, events[i].data.ptr, &up, error);
        }
    }
    return code;
}

int main(int argc, char **argv)
{
    static struct service services[COUNT];
    const char *names[COUNT];
    zinit_client *client = NULL;
    zinit_watch *watch = NULL;
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    int loop = epoll_create1(EPOLL_CLOEXEC);
    zinit_code code = argc == 3 ? connect_to(argv[1], argv[2], &client, &error)
                                : zinit_client_new(NULL, &client, &error);

    for (size_t i = 0; i < COUNT; i++) {
        snprintf(services[i].name, sizeof services[i].name, "zinit-example-%02lu", (unsigned long)i);
        names[i] = services[i].name;
    }
    if (code == ZINIT_OK)
        code = zinit_client_watch(client, names, COUNT, 0, &watch, &error);
    if (code == ZINIT_OK && add_to_loop(loop, zinit_watch_fd(watch), watch) != 0)
        perror("event_loop: epoll_ctl");
    for (size_t i = 0; code == ZINIT_OK && i < COUNT; i++)
        code = begin(client, loop, &services[i], i == HOPELESS, &error);
    if (code == ZINIT_OK)
        code = run_loop(loop, watch, &error);
    for (size_t i = 0; i < COUNT; i++) {
        if (services[i].request == NULL)
            continue;
        /* This does not undo the start: the daemon goes on trying. */
        printf("%s: given up\n", services[i].name);
        end_request(loop, &services[i]);
    }
    if (code == ZINIT_OK)
        code = zinit_client_destroy_services(client, names, COUNT, 5000, NULL, &report, &error);

    if (code != ZINIT_OK)
        fprintf(stderr, "event_loop: %s\n", zinit_error_message(error));
    zinit_error_free(error);
    zinit_report_free(report);
    zinit_watch_free(watch);
    zinit_client_free(client);
    close(loop);
    return code == ZINIT_OK ? 0 : 1;
}
