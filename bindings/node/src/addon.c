/* The add-on: the C library as functions of JavaScript. What they take and give is the business of index.js alone. */
#include "addon.h"

#include <stdlib.h>

/* The options that are numbers. The times are in milliseconds. */
static bool set_numbers(napi_env env, napi_value from, zinit_options *options, zinit_error **error)
{
    static const struct {
        const char *key;
        zinit_code (*set)(zinit_options *options, int64_t number, zinit_error **error);
    } times[] = {
        {"ioTimeout", zinit_options_set_io_timeout_ms},
        {"steady", zinit_options_set_steady_ms},
    };
    napi_value value;
    int64_t time;
    double number;

    for (size_t i = 0; i < sizeof times / sizeof times[0] && *error == NULL; i++) {
        value = get(env, from, times[i].key);
        if (is_nothing(env, value))
            continue;
        if (!take_milliseconds(env, value, times[i].key, &time))
            return false;
        times[i].set(options, time, error);
    }
    value = get(env, from, "maxReplyBytes");
    if (*error == NULL && !is_nothing(env, value)) {
        if (!take_number(env, value, "maxReplyBytes", &number))
            return false;
        zinit_options_set_max_reply_bytes(options, number >= 1 && number < 1e18 ? (uint64_t)number : 0, error);
    }
    value = get(env, from, "protocol");
    if (*error == NULL && take_number(env, value, "protocol", &number))
        zinit_options_set_protocol(options, (int32_t)number, error);
    value = get(env, from, "stopOrder");
    if (*error == NULL && take_number(env, value, "stopOrder", &number))
        zinit_options_set_stop_order(options, (int32_t)number, error);
    return true;
}

static bool set_paths(napi_env env, napi_value from, zinit_options *options, zinit_error **error)
{
    static const struct {
        const char *key;
        zinit_code (*set)(zinit_options *options, const char *path, zinit_error **error);
    } paths[] = {
        {"socket", zinit_options_set_socket_path},
        {"configDir", zinit_options_set_config_dir},
        {"zinitBinary", zinit_options_set_zinit_binary},
    };

    for (size_t i = 0; i < sizeof paths / sizeof paths[0] && *error == NULL; i++) {
        napi_value value = get(env, from, paths[i].key);
        char *path = NULL;
        if (is_nothing(env, value))
            continue;
        if (!take_text(env, value, paths[i].key, &path))
            return false;
        paths[i].set(options, path, error);
        free(path);
    }
    return true;
}

/* newClient(options) */
static napi_value new_client(napi_env env, napi_callback_info info)
{
    napi_value from;
    size_t count = 1;
    zinit_options *options = zinit_options_new();
    zinit_client *client = NULL;
    zinit_error *error = NULL;
    bool is_taken;

    napi_get_cb_info(env, info, &count, &from, NULL, NULL);
    is_taken = set_paths(env, from, options, &error) && set_numbers(env, from, options, &error);
    if (is_taken && error == NULL)
        zinit_options_set_queue(options, environment_queue(environment_of(env)), &error);
    if (is_taken && error == NULL)
        zinit_client_with_options(options, &client, &error);
    zinit_options_free(options);
    if (error != NULL)
        return throw_failure(env, error);
    return client == NULL ? NULL : handle_new(env, CLIENT, client, NULL);
}

/* closeClient(client): what was begun with it goes on */
static napi_value close_client(napi_env env, napi_callback_info info)
{
    napi_value value;
    size_t count = 1;
    struct handle *handle;

    napi_get_cb_info(env, info, &count, &value, NULL, NULL);
    handle = handle_of(env, value, CLIENT);
    if (handle != NULL) {
        zinit_client_free(handle->pointer);
        handle->pointer = NULL;
    }
    return NULL;
}

/* signalName(number): null if zinit has no name for it */
static napi_value signal_name(napi_env env, napi_callback_info info)
{
    napi_value value;
    size_t count = 1;
    double number;

    napi_get_cb_info(env, info, &count, &value, NULL, NULL);
    if (!take_number(env, value, "signal", &number))
        return NULL;
    return text_value(env, number >= 1 && number < 1000 ? zinit_signal_name((int32_t)number) : NULL);
}

/* parseState(text) */
static napi_value parse_state(napi_env env, napi_callback_info info)
{
    napi_value value;
    size_t count = 1;
    zinit_state *state;
    zinit_error *error = NULL;
    char *text;

    napi_get_cb_info(env, info, &count, &value, NULL, NULL);
    if (!take_text(env, value, "text", &text))
        return NULL;
    zinit_state_parse(text, &state, &error);
    free(text);
    if (error != NULL)
        return throw_failure(env, error);
    value = state_value(env, state);
    zinit_state_free(state);
    return value;
}

NAPI_MODULE_INIT()
{
    static const struct {
        const char *name;
        napi_callback function;
    } functions[] = {
        {"newClient", new_client},          {"closeClient", close_client},
        {"begin", begin_call},              {"abort", abort_call},
        {"openLog", open_log},              {"openWatch", open_watch},
        {"read", read_stream},              {"close", close_stream},
        {"serviceNew", service_new},        {"serviceFromYAML", service_from_yaml},
        {"serviceToYAML", service_to_yaml}, {"serviceKeyStatus", service_key_status},
        {"serviceGet", service_get},        {"serviceSet", service_set},
        {"checkYAML", check_yaml},          {"signalName", signal_name},
        {"parseState", parse_state},
    };

    if (zinit_abi_version() != ZINIT_ABI_VERSION) {
        napi_throw_error(env, NULL, "zinit-client: libzinit_client has another ABI number than the header that this "
                                    "package was built with; build the package again");
        return NULL;
    }
    if (environment_new(env) == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        napi_value function = NULL;
        napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function);
        set(env, exports, functions[i].name, function);
    }
    set(env, exports, "operations", operation_numbers(env));
    set(env, exports, "version", text_value(env, zinit_version()));
    return exports;
}
