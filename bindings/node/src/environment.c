/* The queue of an environment, which one uv_poll_t watches: any number of calls take no thread. */
#include "addon.h"

#include <stdlib.h>

struct environment {
    napi_env env;
    zinit_queue *queue;
    uv_poll_t *poll;
    napi_async_context context;
    napi_async_cleanup_hook_handle hook;
    struct item *first;
    size_t waited_for; /* promises that are not settled */
    struct disk disk;
    bool is_ending, is_closed;
};

struct environment *environment_of(napi_env env)
{
    void *data = NULL;

    napi_get_instance_data(env, &data);
    return data;
}

zinit_queue *environment_queue(struct environment *environment)
{
    return environment->queue;
}

struct disk *environment_disk(struct environment *environment)
{
    return &environment->disk;
}

bool environment_is_ending(const struct environment *environment)
{
    return environment->is_ending;
}

void item_enter(struct environment *environment, struct item *item)
{
    item->environment = environment;
    item->next = environment->first;
    item->link = &environment->first;
    if (item->next != NULL)
        item->next->link = &item->next;
    environment->first = item;
    zinit_request_set_data(item->request, item);
}

/* The process may end once nobody waits. */
void item_stop_waiting(struct item *item)
{
    item->deferred = NULL;
    if (--item->environment->waited_for == 0)
        uv_unref((uv_handle_t *)item->environment->poll);
}

void item_leave(struct item *item)
{
    if (item->deferred != NULL)
        item_stop_waiting(item);
    if (item->handle != NULL)
        item->handle->pointer = NULL;
    if (item->next != NULL)
        item->next->link = item->link;
    *item->link = item->next;
}

napi_value item_promise(napi_env env, struct item *item)
{
    napi_value promise = NULL;

    if (napi_create_promise(env, &item->deferred, &promise) != napi_ok) {
        item->deferred = NULL;
        return NULL;
    }
    if (item->environment->waited_for++ == 0)
        uv_ref((uv_handle_t *)item->environment->poll);
    return promise;
}

void item_resolve(napi_env env, struct item *item, napi_value value)
{
    napi_deferred deferred = item->deferred;

    item_stop_waiting(item);
    napi_resolve_deferred(env, deferred, value);
}

void item_reject(napi_env env, struct item *item, napi_value reason)
{
    napi_deferred deferred = item->deferred;

    item_stop_waiting(item);
    napi_reject_deferred(env, deferred, reason);
}

/* The queue itself has failed: no call goes on any more. */
static void fail_all(struct environment *environment, zinit_error *error)
{
    struct item *item, *next;

    for (item = environment->first; item != NULL; item = next) {
        next = item->next;
        if (item->deferred != NULL)
            item_reject(environment->env, item, failure_value(environment->env, error));
    }
}

static void take_all(struct environment *environment)
{
    zinit_request *request;
    zinit_error *error = NULL;

    while (zinit_queue_next(environment->queue, 0, NULL, &request, &error) == ZINIT_OK) {
        napi_handle_scope scope = NULL;
        struct item *item = zinit_request_data(request);

        /* Of each, as there can be thousands. */
        napi_open_handle_scope(environment->env, &scope);
        if (item->is_stream)
            stream_news(environment->env, (struct stream *)item);
        else
            call_news(environment->env, (struct call *)item);
        napi_close_handle_scope(environment->env, scope);
    }
    if (error != NULL)
        fail_all(environment, error);
    zinit_error_free(error);
}

/* Inside a callback scope, at whose end Node runs what awaits the promises. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct environment *environment = uv_handle_get_data((uv_handle_t *)poll);
    napi_env env = environment->env;
    napi_handle_scope scope = NULL;
    napi_callback_scope callback_scope = NULL;
    napi_value resource = NULL;

    (void)status;
    (void)events;
    if (environment->is_ending)
        return;
    napi_open_handle_scope(env, &scope);
    napi_create_object(env, &resource);
    if (napi_open_callback_scope(env, resource, environment->context, &callback_scope) == napi_ok) {
        take_all(environment);
        napi_close_callback_scope(env, callback_scope);
    }
    napi_close_handle_scope(env, scope);
}

static void end_if_idle(struct environment *environment)
{
    napi_async_cleanup_hook_handle hook = environment->hook;

    if (!environment->is_closed || environment->disk.at_work != NULL)
        return;
    zinit_queue_free(environment->queue);
    free(environment);
    napi_remove_async_cleanup_hook(hook);
}

void environment_disk_is_idle(struct environment *environment)
{
    end_if_idle(environment);
}

static void on_close(uv_handle_t *poll)
{
    struct environment *environment = uv_handle_get_data(poll);

    free(poll);
    environment->is_closed = true;
    end_if_idle(environment);
}

/* Node ends the thread or the process. What is under way is given up; a step on the disk ends first. */
static void on_end(napi_async_cleanup_hook_handle hook, void *data)
{
    struct environment *environment = data;
    struct item *item, *next;

    (void)hook;
    environment->is_ending = true;
    for (item = environment->first; item != NULL; item = next) {
        next = item->next;
        if (item->is_stream)
            stream_free((struct stream *)item);
        else if (disk_leave(&environment->disk, (struct call *)item))
            call_free((struct call *)item);
        else if (item->deferred != NULL)
            item_stop_waiting(item);
    }
    napi_async_destroy(environment->env, environment->context);
    uv_close((uv_handle_t *)environment->poll, on_close);
}

static bool watch_queue(struct environment *environment)
{
    struct uv_loop_s *loop = NULL;

    if (napi_get_uv_event_loop(environment->env, &loop) != napi_ok)
        return false;
    /* The size is that of the libuv that runs, which need not be that of the header. */
    environment->poll = malloc(uv_handle_size(UV_POLL));
    if (environment->poll == NULL)
        abort();
    if (uv_poll_init(loop, environment->poll, zinit_queue_fd(environment->queue)) != 0) {
        free(environment->poll);
        return false;
    }
    uv_handle_set_data((uv_handle_t *)environment->poll, environment);
    uv_poll_start(environment->poll, UV_READABLE, on_readable);
    uv_unref((uv_handle_t *)environment->poll);
    return true;
}

struct environment *environment_new(napi_env env)
{
    struct environment *environment = calloc(1, sizeof *environment);
    napi_value name = NULL;
    zinit_error *error = NULL;

    if (environment == NULL)
        abort();
    environment->env = env;
    if (zinit_queue_new(&environment->queue, &error) != ZINIT_OK) {
        throw_failure(env, error);
        free(environment);
        return NULL;
    }
    /* A slow disk must not delay the loop. */
    zinit_queue_set_leaves_files(environment->queue, 1);
    if (!watch_queue(environment)) {
        throw_invalid(env, ZINIT_ERR_IO, "%s cannot watch a file descriptor", "this runtime");
        zinit_queue_free(environment->queue);
        free(environment);
        return NULL;
    }
    napi_create_string_utf8(env, "zinit", NAPI_AUTO_LENGTH, &name);
    napi_async_init(env, NULL, name, &environment->context);
    napi_set_instance_data(env, environment, NULL, NULL);
    napi_add_async_cleanup_hook(env, on_end, environment, &environment->hook);
    return environment;
}
