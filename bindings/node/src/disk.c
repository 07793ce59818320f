/* The steps of calls that read or write service files. They may wait for the disk, so a thread of the pool makes them. One
 * at a time: what else a program has the pool do waits for one step, however many calls there are. */
#include "addon.h"

static void begin_next(napi_env env, struct disk *disk);

static void execute(napi_env env, void *data)
{
    struct disk *disk = data;

    (void)env;
    /* After this the queue returns it. */
    zinit_request_dispatch(disk->at_work->item.request, NULL);
}

static void complete(napi_env env, napi_status status, void *data)
{
    struct disk *disk = data;
    struct call *call = disk->at_work;
    struct environment *environment = call->item.environment;

    (void)status;
    disk->at_work = NULL;
    napi_delete_async_work(env, disk->work);
    if (call->item.deferred == NULL)
        call_free(call);
    else if (call->has_news)
        call_news(env, call);
    if (environment_is_ending(environment))
        environment_disk_is_idle(environment);
    else
        begin_next(env, disk);
}

static void begin_next(napi_env env, struct disk *disk)
{
    napi_value name = NULL;

    if (disk->at_work != NULL || disk->first == NULL)
        return;
    disk->at_work = disk->first;
    disk->first = disk->at_work->next_at_disk;
    disk->at_work->has_news = false;
    napi_create_string_utf8(env, "zinit", NAPI_AUTO_LENGTH, &name);
    napi_create_async_work(env, NULL, name, execute, complete, disk, &disk->work);
    napi_queue_async_work(env, disk->work);
}

void disk_enter(napi_env env, struct call *call)
{
    struct disk *disk = environment_disk(call->item.environment);

    call->next_at_disk = NULL;
    if (disk->first == NULL)
        disk->first = call;
    else
        disk->last->next_at_disk = call;
    disk->last = call;
    begin_next(env, disk);
}

bool disk_leave(struct disk *disk, struct call *call)
{
    struct call *before = NULL, *other;

    if (disk->at_work == call)
        return false;
    for (other = disk->first; other != NULL && other != call; other = other->next_at_disk)
        before = other;
    if (other == NULL)
        return true;
    if (before == NULL)
        disk->first = call->next_at_disk;
    else
        before->next_at_disk = call->next_at_disk;
    if (disk->last == call)
        disk->last = before;
    return true;
}
