/* Log streams and watches: what is there is taken at once, and only then is anything waited for. */
#include "addon.h"

#include <stdlib.h>

struct stream {
    struct item item;
    zinit_log_stream *log; /* or */
    zinit_watch *watch;
    bool is_binary; /* the text of a line is bytes */
    bool is_empty;  /* the queue tells when there is more */
};

/* How many are taken at a time, so that a long log does not hold up the loop. */
#define BATCH 256

static napi_value stream_new(napi_env env, struct stream made)
{
    struct stream *stream = malloc(sizeof *stream);

    if (stream == NULL)
        abort();
    *stream = made;
    stream->item.is_stream = true;
    stream->item.request = stream->log != NULL ? zinit_log_stream_request(stream->log) : zinit_watch_request(stream->watch);
    item_enter(environment_of(env), &stream->item);
    return handle_new(env, STREAM, stream, &stream->item.handle);
}

/* openLog(client, name or null, last, follow, isBinary) */
napi_value open_log(napi_env env, napi_callback_info info)
{
    napi_value values[5];
    size_t count = 5;
    struct stream stream = {0};
    const zinit_client *client;
    zinit_error *error = NULL;
    char *name = NULL;
    double last;
    bool follow;

    napi_get_cb_info(env, info, &count, values, NULL, NULL);
    client = handle_pointer(env, values[0], CLIENT);
    if (client == NULL || (!is_nothing(env, values[1]) && !take_name(env, values[1], "name", &name)))
        return NULL;
    if (take_not_negative(env, values[2], "last", &last) && take_truth(env, values[3], "follow", &follow) &&
        take_truth(env, values[4], "isBinary", &stream.is_binary))
        /* There are fewer lines than that, and a number above may not fit. */
        zinit_client_logs(client, name, last > 1e9 ? -1 : (int64_t)last, follow, &stream.log, &error);
    free(name);
    if (error != NULL)
        return throw_failure(env, error);
    return stream.log == NULL ? NULL : stream_new(env, stream);
}

/* openWatch(client, names, interval) */
napi_value open_watch(napi_env env, napi_callback_info info)
{
    napi_value values[3];
    size_t count = 3;
    struct stream stream = {0};
    const zinit_client *client;
    zinit_error *error = NULL;
    char **names = NULL;
    uint32_t len = 0;
    int64_t interval;
    bool is_taken;

    napi_get_cb_info(env, info, &count, values, NULL, NULL);
    if (handle_pointer(env, values[0], CLIENT) == NULL)
        return NULL;
    is_taken = take_names(env, values[1], "names", &names, &len) && take_milliseconds(env, values[2], "interval", &interval);
    /* Only now, for a getter of the array may have closed it. */
    client = is_taken ? handle_pointer(env, values[0], CLIENT) : NULL;
    if (client != NULL)
        zinit_client_watch(client, (const char *const *)names, len, interval, &stream.watch, &error);
    names_free(names, len);
    if (error != NULL)
        return throw_failure(env, error);
    return stream.watch == NULL ? NULL : stream_new(env, stream);
}

static napi_value line_value(napi_env env, const zinit_log_line *line, bool is_binary)
{
    const char *text = zinit_log_line_text(line);
    size_t length = zinit_log_line_len(line);
    napi_value value = NULL, content = NULL;

    if (is_binary)
        napi_create_buffer_copy(env, length, text, NULL, &content);
    else
        napi_create_string_utf8(env, text, length, &content);
    napi_create_object(env, &value);
    set(env, value, "service", text_value(env, zinit_log_line_service(line)));
    set(env, value, "source", number_value(env, zinit_log_line_source(line)));
    set(env, value, "text", content);
    set(env, value, "truncated", boolean_value(env, zinit_log_line_truncated(line) != 0));
    return value;
}

static napi_value change_value(napi_env env, const zinit_change *change)
{
    napi_value value = NULL;

    napi_create_object(env, &value);
    set(env, value, "kind", number_value(env, zinit_change_kind(change)));
    set(env, value, "service", text_value(env, zinit_change_service(change)));
    set(env, value, "stateBefore", state_value(env, zinit_change_state_before(change)));
    set(env, value, "stateAfter", state_value(env, zinit_change_state_after(change)));
    set(env, value, "pid", number_value(env, zinit_change_pid(change)));
    set(env, value, "target", text_value(env, zinit_target_name(zinit_change_target(change))));
    return value;
}

/* The next line or change. Of a code other than ZINIT_OK it gives nothing. */
static zinit_code next_value(napi_env env, struct stream *stream, napi_value *value, zinit_error **error)
{
    const zinit_log_line *line = NULL;
    const zinit_change *change = NULL;
    zinit_code code;

    if (stream->log != NULL) {
        code = zinit_log_stream_next(stream->log, 0, NULL, &line, error);
        if (code == ZINIT_OK)
            *value = line_value(env, line, stream->is_binary);
    } else {
        code = zinit_watch_next(stream->watch, 0, NULL, &change, error);
        if (code == ZINIT_OK)
            *value = change_value(env, change);
    }
    return code;
}

/* What is there: ZINIT_OK and an array, or the code of the stream if nothing is there. A stream gives its end, and its
 * error, again and again. */
static zinit_code take_batch(napi_env env, struct stream *stream, napi_value *batch, zinit_error **error)
{
    zinit_code code = ZINIT_PENDING;
    uint32_t length = 0;

    while (length < BATCH) {
        napi_value value = NULL;
        zinit_error_free(*error);
        code = next_value(env, stream, &value, error);
        if (code != ZINIT_OK)
            break;
        if (length == 0)
            napi_create_array(env, batch);
        napi_set_element(env, *batch, length++, value);
    }
    stream->is_empty = code == ZINIT_PENDING;
    if (length == 0)
        return code;
    zinit_error_free(*error);
    *error = NULL;
    return ZINIT_OK;
}

/* read(stream): an array of lines or changes; null at the end; or a promise of one of these. Throws the stream's error. */
napi_value read_stream(napi_env env, napi_callback_info info)
{
    napi_value value, batch = NULL;
    size_t count = 1;
    struct stream *stream;
    zinit_error *error = NULL;
    zinit_code code = ZINIT_PENDING;

    napi_get_cb_info(env, info, &count, &value, NULL, NULL);
    stream = handle_pointer(env, value, STREAM);
    if (stream == NULL)
        return NULL;
    if (stream->item.deferred != NULL)
        return throw_invalid(env, ZINIT_ERR_INVALID_ARGUMENT, "the %s is being read", "stream");
    if (!stream->is_empty)
        code = take_batch(env, stream, &batch, &error);
    switch (code) {
    case ZINIT_OK:
        return batch;
    case ZINIT_PENDING:
        return item_promise(env, &stream->item);
    case ZINIT_END:
        return text_value(env, NULL);
    default:
        return throw_failure(env, error);
    }
}

void stream_news(napi_env env, struct stream *stream)
{
    napi_value batch = NULL;
    zinit_error *error = NULL;

    stream->is_empty = false;
    if (stream->item.deferred == NULL)
        return;
    switch (take_batch(env, stream, &batch, &error)) {
    case ZINIT_OK:
        item_resolve(env, &stream->item, batch);
        break;
    case ZINIT_PENDING:
        break;
    case ZINIT_END:
        item_resolve(env, &stream->item, text_value(env, NULL));
        break;
    default:
        item_reject(env, &stream->item, failure_value(env, error));
    }
    zinit_error_free(error);
}

/* close(stream): who reads it gets the end. Nothing happens if it is closed. */
napi_value close_stream(napi_env env, napi_callback_info info)
{
    napi_value value;
    size_t count = 1;
    struct handle *handle;
    struct stream *stream;

    napi_get_cb_info(env, info, &count, &value, NULL, NULL);
    handle = handle_of(env, value, STREAM);
    if (handle == NULL || handle->pointer == NULL)
        return NULL;
    stream = handle->pointer;
    if (stream->item.deferred != NULL)
        item_resolve(env, &stream->item, text_value(env, NULL));
    stream_free(stream);
    return NULL;
}

void stream_free(struct stream *stream)
{
    item_leave(&stream->item);
    zinit_log_stream_free(stream->log);
    zinit_watch_free(stream->watch);
    free(stream);
}

/* Nobody can read it any more. */
void stream_lose_handle(struct stream *stream)
{
    stream->item.handle = NULL;
    stream_free(stream);
}
