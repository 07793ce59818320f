#include "addon.h"

#include <stdio.h>

napi_value failure_value(napi_env env, const zinit_error *error)
{
    napi_value failure = NULL;

    napi_create_object(env, &failure);
    set(env, failure, "code", text_value(env, zinit_code_name(zinit_error_code(error))));
    set(env, failure, "message", text_value(env, zinit_error_message(error)));
    if (zinit_error_service(error) != NULL)
        set(env, failure, "service", text_value(env, zinit_error_service(error)));
    if (zinit_error_state(error) != NULL)
        set(env, failure, "state", state_value(env, zinit_error_state(error)));
    if (zinit_error_daemon_message(error) != NULL)
        set(env, failure, "daemonMessage", text_value(env, zinit_error_daemon_message(error)));
    if (zinit_error_os_errno(error) != 0)
        set(env, failure, "errno", number_value(env, zinit_error_os_errno(error)));
    set(env, failure, "requestSent", boolean_value(env, zinit_error_request_sent(error) != 0));
    return failure;
}

napi_value throw_failure(napi_env env, zinit_error *error)
{
    napi_throw(env, failure_value(env, error));
    zinit_error_free(error);
    return NULL;
}

napi_value throw_invalid(napi_env env, zinit_code code, const char *format, const char *what)
{
    napi_value failure = NULL;
    char message[200];

    snprintf(message, sizeof message, format, what);
    napi_create_object(env, &failure);
    set(env, failure, "code", text_value(env, zinit_code_name(code)));
    set(env, failure, "message", text_value(env, message));
    set(env, failure, "requestSent", boolean_value(env, false));
    napi_throw(env, failure);
    return NULL;
}

bool throw_type(napi_env env, const char *what, const char *type)
{
    char message[200];

    snprintf(message, sizeof message, "The \"%s\" argument must be of type %s", what, type);
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
    return false;
}
