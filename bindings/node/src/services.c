/* Service definitions, key by key, and the check of a file. */
#include "addon.h"

#include <stdlib.h>
#include <string.h>

napi_value service_new(napi_env env, napi_callback_info info)
{
    (void)info;
    return handle_new(env, SERVICE, zinit_service_new(), NULL);
}

/* A service's file may contain what C would cut, which the library refuses by itself. */
static bool take_yaml(napi_env env, napi_value value, char **yaml, size_t *length)
{
    if (napi_get_value_string_utf8(env, value, NULL, 0, length) != napi_ok)
        return throw_type(env, "yaml", "string");
    *yaml = malloc(*length + 1);
    if (*yaml == NULL)
        abort();
    napi_get_value_string_utf8(env, value, *yaml, *length + 1, length);
    return true;
}

napi_value service_from_yaml(napi_env env, napi_callback_info info)
{
    napi_value value;
    size_t count = 1, length;
    zinit_service *service;
    zinit_error *error = NULL;
    char *yaml;

    napi_get_cb_info(env, info, &count, &value, NULL, NULL);
    if (!take_yaml(env, value, &yaml, &length))
        return NULL;
    zinit_service_from_yaml(yaml, length, &service, &error);
    free(yaml);
    return error != NULL ? throw_failure(env, error) : handle_new(env, SERVICE, service, NULL);
}

napi_value service_to_yaml(napi_env env, napi_callback_info info)
{
    napi_value value;
    size_t count = 1;
    const zinit_service *service;
    zinit_error *error = NULL;
    char *yaml;

    napi_get_cb_info(env, info, &count, &value, NULL, NULL);
    service = handle_pointer(env, value, SERVICE);
    if (service == NULL)
        return NULL;
    if (zinit_service_to_yaml(service, &yaml, &error) != ZINIT_OK)
        return throw_failure(env, error);
    value = text_value(env, yaml);
    zinit_string_free(yaml);
    return value;
}

/* keyStatus(service, key): a ZINIT_KEY_ number */
napi_value service_key_status(napi_env env, napi_callback_info info)
{
    napi_value values[2];
    size_t count = 2;
    const zinit_service *service;
    int32_t status;
    char *key;

    napi_get_cb_info(env, info, &count, values, NULL, NULL);
    service = handle_pointer(env, values[0], SERVICE);
    if (service == NULL || !take_text(env, values[1], "key", &key))
        return NULL;
    status = zinit_service_key_status(service, key);
    free(key);
    return number_value(env, status);
}

/* The keys whose value is one text; undefined where it is absent. */
static const struct {
    const char *key;
    const char *(*get)(const zinit_service *service);
    zinit_code (*set)(zinit_service *service, const char *text, zinit_error **error);
} texts[] = {
    {"exec", zinit_service_exec, zinit_service_set_exec},
    {"test", zinit_service_test, zinit_service_set_test},
    {"dir", zinit_service_dir, zinit_service_set_dir},
    {"stopSignal", zinit_service_stop_signal, zinit_service_set_stop_signal},
};

#define TEXTS (sizeof texts / sizeof texts[0])

static napi_value after_value(napi_env env, const zinit_service *service)
{
    napi_value names = NULL;

    napi_create_array(env, &names);
    for (size_t i = 0; i < zinit_service_after_len(service); i++)
        append(env, names, text_value(env, zinit_service_after_at(service, i)));
    return names;
}

/* As pairs: a name can be one that an object of JavaScript does not take as a key of its own. */
static napi_value env_value(napi_env env, const zinit_service *service)
{
    napi_value pairs = NULL;

    napi_create_array(env, &pairs);
    for (size_t i = 0; i < zinit_service_env_len(service); i++) {
        napi_value pair = NULL;
        napi_create_array(env, &pair);
        append(env, pair, text_value(env, zinit_service_env_key(service, i)));
        append(env, pair, text_value(env, zinit_service_env_value(service, i)));
        append(env, pairs, pair);
    }
    return pairs;
}

/* get(service, key) */
napi_value service_get(napi_env env, napi_callback_info info)
{
    napi_value values[2], value = NULL;
    size_t count = 2;
    const zinit_service *service;
    char *key;

    napi_get_cb_info(env, info, &count, values, NULL, NULL);
    service = handle_pointer(env, values[0], SERVICE);
    if (service == NULL || !take_text(env, values[1], "key", &key))
        return NULL;
    for (size_t i = 0; i < TEXTS; i++) {
        if (strcmp(key, texts[i].key) == 0)
            value = texts[i].get(service) == NULL ? undefined_value(env) : text_value(env, texts[i].get(service));
    }
    if (strcmp(key, "oneshot") == 0)
        value = boolean_value(env, zinit_service_oneshot(service) != 0);
    else if (strcmp(key, "log") == 0)
        value = number_value(env, zinit_service_log(service));
    else if (strcmp(key, "shutdownTimeoutSeconds") == 0)
        value = zinit_service_shutdown_timeout_s(service) < 0
                    ? undefined_value(env)
                    : number_value(env, (double)zinit_service_shutdown_timeout_s(service));
    else if (strcmp(key, "after") == 0)
        value = after_value(env, service);
    else if (strcmp(key, "env") == 0)
        value = env_value(env, service);
    free(key);
    return value;
}

static void set_after(napi_env env, zinit_service *service, napi_value value, zinit_error **error)
{
    char **names = NULL;
    uint32_t len = 0;

    if (take_names(env, value, "after", &names, &len)) {
        zinit_service *copy = zinit_service_copy(service);
        /* First on a copy, so that a wrong name changes nothing. */
        for (int pass = 0; pass < 2 && *error == NULL; pass++) {
            zinit_service *target = pass == 0 ? copy : service;
            zinit_service_after_clear(target);
            for (uint32_t i = 0; i < len && *error == NULL; i++)
                zinit_service_after_push(target, names[i], error);
        }
        zinit_service_free(copy);
    }
    names_free(names, len);
}

/* One variable: [name, value], or [name, null] to remove it. */
static void set_variable(napi_env env, zinit_service *service, napi_value pair, zinit_error **error)
{
    napi_value key = NULL, value = NULL;
    char *name = NULL, *text = NULL;

    napi_get_element(env, pair, 0, &key);
    napi_get_element(env, pair, 1, &value);
    if (take_text(env, key, "env", &name) && (is_nothing(env, value) || take_text(env, value, "env", &text)))
        zinit_service_env_set(service, name, text, error);
    free(name);
    free(text);
}

static void set_key(napi_env env, zinit_service *service, const char *key, napi_value value, zinit_error **error)
{
    const bool is_removed = is_nothing(env, value);
    bool truth = false;
    double number = -1;
    char *text = NULL;

    for (size_t i = 0; i < TEXTS; i++) {
        if (strcmp(key, texts[i].key) == 0 && (is_removed || take_text(env, value, key, &text))) {
            texts[i].set(service, text, error);
            free(text);
        }
    }
    if (strcmp(key, "oneshot") == 0 && (is_removed || take_truth(env, value, key, &truth)))
        zinit_service_set_oneshot(service, truth, error);
    else if (strcmp(key, "log") == 0 && take_number(env, value, key, &number))
        zinit_service_set_log(service, (int32_t)number, error);
    else if (strcmp(key, "shutdownTimeoutSeconds") == 0 && (is_removed || take_not_negative(env, value, key, &number)))
        zinit_service_set_shutdown_timeout_s(service, number > 9e15 ? INT64_MAX : (int64_t)number, error);
    else if (strcmp(key, "after") == 0)
        set_after(env, service, value, error);
    else if (strcmp(key, "variable") == 0)
        set_variable(env, service, value, error);
}

/* set(service, key, value): undefined and null remove the key; `variable` is one of `env` */
napi_value service_set(napi_env env, napi_callback_info info)
{
    napi_value values[3];
    size_t count = 3;
    zinit_service *service;
    zinit_error *error = NULL;
    char *key;

    napi_get_cb_info(env, info, &count, values, NULL, NULL);
    service = handle_pointer(env, values[0], SERVICE);
    if (service == NULL || !take_text(env, values[1], "key", &key))
        return NULL;
    set_key(env, service, key, values[2], &error);
    free(key);
    return error == NULL ? NULL : throw_failure(env, error);
}

napi_value check_yaml(napi_env env, napi_callback_info info)
{
    napi_value value, array = NULL;
    size_t count = 1, length;
    zinit_problem_list *problems;
    zinit_error *error = NULL;
    char *yaml;

    napi_get_cb_info(env, info, &count, &value, NULL, NULL);
    if (!take_yaml(env, value, &yaml, &length))
        return NULL;
    zinit_check_yaml(yaml, length, &problems, &error);
    free(yaml);
    if (error != NULL)
        return throw_failure(env, error);
    napi_create_array(env, &array);
    for (size_t i = 0; i < zinit_problem_list_len(problems); i++) {
        napi_value problem = NULL;
        napi_create_object(env, &problem);
        set(env, problem, "severity", number_value(env, zinit_problem_severity(problems, i)));
        set(env, problem, "line", number_value(env, (double)zinit_problem_line(problems, i)));
        set(env, problem, "column", number_value(env, (double)zinit_problem_column(problems, i)));
        set(env, problem, "key", text_value(env, zinit_problem_key(problems, i)));
        set(env, problem, "message", text_value(env, zinit_problem_message(problems, i)));
        append(env, array, problem);
    }
    zinit_problem_list_free(problems);
    return array;
}
