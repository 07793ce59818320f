#include "addon.h"

#include <stdlib.h>

static void finalize(napi_env env, void *data, void *hint)
{
    struct handle *handle = data;

    (void)env;
    (void)hint;
    if (handle->pointer != NULL) {
        switch (handle->kind) {
        case CLIENT:
            zinit_client_free(handle->pointer);
            break;
        case SERVICE:
            zinit_service_free(handle->pointer);
            break;
        case CALL:
            call_lose_handle(handle->pointer);
            break;
        case STREAM:
            stream_lose_handle(handle->pointer);
            break;
        }
    }
    free(handle);
}

napi_value handle_new(napi_env env, enum kind kind, void *pointer, struct handle **made)
{
    struct handle *handle = malloc(sizeof *handle);
    napi_value value = NULL;

    if (handle == NULL)
        abort();
    handle->kind = kind;
    handle->pointer = pointer;
    if (napi_create_external(env, handle, finalize, NULL, &value) != napi_ok) {
        /* The environment ends: nobody will ask for it. */
        finalize(env, handle, NULL);
        handle = NULL;
    }
    if (made != NULL)
        *made = handle;
    return value;
}

struct handle *handle_of(napi_env env, napi_value value, enum kind kind)
{
    void *data = NULL;
    struct handle *handle;

    if (napi_get_value_external(env, value, &data) != napi_ok)
        return NULL;
    handle = data;
    return handle->kind == kind ? handle : NULL;
}

void *handle_pointer(napi_env env, napi_value value, enum kind kind)
{
    static const char *const names[] = {"client", "service", "call", "stream"};
    struct handle *handle = handle_of(env, value, kind);

    if (handle == NULL)
        throw_type(env, names[kind], "handle of this package");
    else if (handle->pointer == NULL)
        throw_invalid(env, ZINIT_ERR_INVALID_ARGUMENT, "the %s is closed", names[kind]);
    else
        return handle->pointer;
    return NULL;
}
