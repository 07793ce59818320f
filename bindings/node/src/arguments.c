#include "addon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool is_nothing(napi_env env, napi_value value)
{
    napi_valuetype type = napi_undefined;

    napi_typeof(env, value, &type);
    return type == napi_undefined || type == napi_null;
}

napi_value get(napi_env env, napi_value object, const char *key)
{
    napi_value value = NULL;

    if (napi_get_named_property(env, object, key, &value) != napi_ok)
        return undefined_value(env);
    return value;
}

/* `code` is for a text that C would cut. */
static bool take_text_or(napi_env env, napi_value value, const char *what, zinit_code code, char **text)
{
    size_t length = 0;

    if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok)
        return throw_type(env, what, "string");
    *text = malloc(length + 1);
    if (*text == NULL)
        abort();
    napi_get_value_string_utf8(env, value, *text, length + 1, &length);
    if (memchr(*text, 0, length) == NULL)
        return true;
    free(*text);
    *text = NULL;
    throw_invalid(env, code, "%s contains a NUL character", what);
    return false;
}

bool take_text(napi_env env, napi_value value, const char *what, char **text)
{
    return take_text_or(env, value, what, ZINIT_ERR_INVALID_ARGUMENT, text);
}

bool take_name(napi_env env, napi_value value, const char *what, char **name)
{
    return take_text_or(env, value, what, ZINIT_ERR_INVALID_NAME, name);
}

bool take_names(napi_env env, napi_value value, const char *what, char ***names, uint32_t *len)
{
    bool is_array = false;
    uint32_t length = 0;

    napi_is_array(env, value, &is_array);
    if (!is_array)
        return throw_type(env, what, "Array of strings");
    napi_get_array_length(env, value, &length);
    *names = calloc((size_t)length + 1, sizeof **names);
    if (*names == NULL)
        abort();
    *len = length;
    for (uint32_t i = 0; i < length; i++) {
        napi_value element = NULL;
        if (napi_get_element(env, value, i, &element) != napi_ok || !take_name(env, element, what, &(*names)[i]))
            return false;
    }
    return true;
}

void names_free(char **names, uint32_t len)
{
    for (uint32_t i = 0; names != NULL && i < len; i++)
        free(names[i]);
    free(names);
}

bool take_number(napi_env env, napi_value value, const char *what, double *number)
{
    if (napi_get_value_double(env, value, number) != napi_ok || isnan(*number))
        return throw_type(env, what, "number");
    return true;
}

static bool refuse(napi_env env, const char *what, const char *format)
{
    throw_invalid(env, ZINIT_ERR_INVALID_ARGUMENT, format, what);
    return false;
}

/* In C -1 is a word of its own. Here it can be the rest of a time that is over. */
bool take_not_negative(napi_env env, napi_value value, const char *what, double *number)
{
    if (!take_number(env, value, what, number))
        return false;
    return *number >= 0 || refuse(env, what, "invalid argument `%s`: it is below 0");
}

/* Infinity is no limit. A part of a millisecond counts as a whole one. What is too large for C is as good as no limit. */
bool take_timeout(napi_env env, napi_value value, const char *what, int64_t *milliseconds)
{
    double number = 0;

    if (!take_not_negative(env, value, what, &number))
        return false;
    *milliseconds = number < 9e15 ? (int64_t)ceil(number) : -1;
    return true;
}

bool take_milliseconds(napi_env env, napi_value value, const char *what, int64_t *milliseconds)
{
    if (!take_timeout(env, value, what, milliseconds))
        return false;
    return *milliseconds >= 0 || refuse(env, what, "invalid argument `%s`: it is too large");
}

bool take_truth(napi_env env, napi_value value, const char *what, bool *truth)
{
    if (napi_get_value_bool(env, value, truth) != napi_ok)
        return throw_type(env, what, "boolean");
    return true;
}

/* An object with any of the keys name, glob, exec and execRegex. */
bool take_filter(napi_env env, napi_value value, zinit_filter **filter)
{
    static const struct {
        const char *key;
        zinit_code (*add)(zinit_filter *filter, const char *text, zinit_error **error);
    } conditions[] = {
        {"name", zinit_filter_with_name},
        {"glob", zinit_filter_with_glob},
        {"exec", zinit_filter_with_exec},
        {"execRegex", zinit_filter_with_exec_regex},
    };
    napi_valuetype type = napi_undefined;

    napi_typeof(env, value, &type);
    if (type != napi_object)
        return throw_type(env, "filter", "Object");
    *filter = zinit_filter_new();
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        napi_value condition = NULL;
        zinit_error *error = NULL;
        char *text;
        /* A getter can throw. */
        if (napi_get_named_property(env, value, conditions[i].key, &condition) != napi_ok)
            return false;
        if (is_nothing(env, condition))
            continue;
        if (!take_text(env, condition, conditions[i].key, &text))
            return false;
        conditions[i].add(*filter, text, &error);
        free(text);
        if (error != NULL) {
            throw_failure(env, error);
            return false;
        }
    }
    return true;
}
