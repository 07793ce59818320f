#include "addon.h"

napi_value undefined_value(napi_env env)
{
    napi_value value = NULL;

    napi_get_undefined(env, &value);
    return value;
}

napi_value text_value(napi_env env, const char *text)
{
    napi_value value = NULL;

    if (text == NULL)
        napi_get_null(env, &value);
    else
        napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
    return value;
}

napi_value number_value(napi_env env, double number)
{
    napi_value value = NULL;

    napi_create_double(env, number, &value);
    return value;
}

napi_value boolean_value(napi_env env, bool truth)
{
    napi_value value = NULL;

    napi_get_boolean(env, truth, &value);
    return value;
}

void set(napi_env env, napi_value object, const char *key, napi_value value)
{
    napi_set_named_property(env, object, key, value);
}

void append(napi_env env, napi_value array, napi_value value)
{
    uint32_t length = 0;

    napi_get_array_length(env, array, &length);
    napi_set_element(env, array, length, value);
}

static napi_value new_object(napi_env env)
{
    napi_value object = NULL;

    napi_create_object(env, &object);
    return object;
}

static napi_value new_array(napi_env env)
{
    napi_value array = NULL;

    napi_create_array(env, &array);
    return array;
}

napi_value state_value(napi_env env, const zinit_state *state)
{
    napi_value value, exit_code = NULL;

    if (state == NULL)
        return text_value(env, NULL);
    value = new_object(env);
    if (zinit_state_exit_code(state) < 0)
        napi_get_null(env, &exit_code);
    else
        exit_code = number_value(env, zinit_state_exit_code(state));
    set(env, value, "kind", text_value(env, zinit_state_kind_name(zinit_state_kind(state))));
    set(env, value, "text", text_value(env, zinit_state_text(state)));
    set(env, value, "reason", text_value(env, zinit_state_reason(state)));
    set(env, value, "exitCode", exit_code);
    set(env, value, "signal", text_value(env, zinit_state_signal(state)));
    set(env, value, "exited", boolean_value(env, zinit_state_exited(state) != 0));
    return value;
}

napi_value service_list_value(napi_env env, const zinit_request *request)
{
    const zinit_service_list *list = zinit_request_service_list(request);
    napi_value array = new_array(env);

    for (size_t i = 0; i < zinit_service_list_len(list); i++) {
        napi_value service = new_object(env);
        set(env, service, "name", text_value(env, zinit_service_list_name(list, i)));
        set(env, service, "state", state_value(env, zinit_service_list_state(list, i)));
        append(env, array, service);
    }
    return array;
}

static napi_value one_status(napi_env env, const zinit_status *status)
{
    napi_value value = new_object(env), after = new_array(env);

    for (size_t i = 0; i < zinit_status_after_len(status); i++) {
        napi_value service = new_object(env);
        set(env, service, "name", text_value(env, zinit_status_after_name(status, i)));
        set(env, service, "state", state_value(env, zinit_status_after_state(status, i)));
        append(env, after, service);
    }
    set(env, value, "name", text_value(env, zinit_status_name(status)));
    set(env, value, "pid", number_value(env, zinit_status_pid(status)));
    set(env, value, "state", state_value(env, zinit_status_state(status)));
    set(env, value, "target", text_value(env, zinit_target_name(zinit_status_target(status))));
    set(env, value, "after", after);
    return value;
}

napi_value status_value(napi_env env, const zinit_request *request)
{
    return one_status(env, zinit_request_status(request));
}

napi_value status_list_value(napi_env env, const zinit_request *request)
{
    const zinit_status_list *list = zinit_request_status_list(request);
    napi_value array = new_array(env);

    for (size_t i = 0; i < zinit_status_list_len(list); i++)
        append(env, array, one_status(env, zinit_status_list_at(list, i)));
    return array;
}

static napi_value usage(napi_env env, int32_t pid, uint64_t memory, double cpu)
{
    napi_value value = new_object(env);

    set(env, value, "pid", number_value(env, pid));
    set(env, value, "memory", number_value(env, (double)memory));
    set(env, value, "cpu", number_value(env, cpu));
    return value;
}

napi_value stats_value(napi_env env, const zinit_request *request)
{
    const zinit_stats *stats = zinit_request_stats(request);
    napi_value value = usage(env, zinit_stats_pid(stats), zinit_stats_memory(stats), zinit_stats_cpu(stats));
    napi_value children = new_array(env);

    for (size_t i = 0; i < zinit_stats_child_len(stats); i++)
        append(env, children, usage(env, zinit_stats_child_pid(stats, i), zinit_stats_child_memory(stats, i),
                                    zinit_stats_child_cpu(stats, i)));
    set(env, value, "children", children);
    return value;
}

napi_value exists_value(napi_env env, const zinit_request *request)
{
    return boolean_value(env, zinit_request_exists(request) != 0);
}

napi_value version_value(napi_env env, const zinit_request *request)
{
    const zinit_daemon_version *version = zinit_request_daemon_version(request);
    napi_value value = new_object(env);

    set(env, value, "text", text_value(env, zinit_daemon_version_text(version)));
    set(env, value, "major", number_value(env, (double)zinit_daemon_version_major(version)));
    set(env, value, "minor", number_value(env, (double)zinit_daemon_version_minor(version)));
    set(env, value, "patch", number_value(env, (double)zinit_daemon_version_patch(version)));
    return value;
}

/* The number; index.js has the words. */
napi_value protocol_value(napi_env env, const zinit_request *request)
{
    return number_value(env, zinit_request_protocol(request));
}

/* A copy: the definition of the request goes with it. */
napi_value service_value(napi_env env, const zinit_request *request)
{
    return handle_new(env, SERVICE, zinit_service_copy(zinit_request_service(request)), NULL);
}

napi_value name_list_value(napi_env env, const zinit_request *request)
{
    const zinit_name_list *names = zinit_request_name_list(request);
    napi_value array = new_array(env);

    for (size_t i = 0; i < zinit_name_list_len(names); i++)
        append(env, array, text_value(env, zinit_name_list_at(names, i)));
    return array;
}

napi_value report_value(napi_env env, const zinit_request *request)
{
    const zinit_report *report = zinit_request_report(request);
    napi_value array = new_array(env);

    for (size_t i = 0; i < zinit_report_len(report); i++) {
        const zinit_error *error = zinit_report_error(report, i);
        napi_value row = new_object(env);
        set(env, row, "name", text_value(env, zinit_report_name(report, i)));
        set(env, row, "code", text_value(env, zinit_code_name(zinit_report_code(report, i))));
        set(env, row, "step", text_value(env, zinit_step_name(zinit_report_step(report, i))));
        set(env, row, "state", state_value(env, zinit_report_state(report, i)));
        set(env, row, "target", text_value(env, zinit_target_name(zinit_report_target(report, i))));
        set(env, row, "pid", number_value(env, zinit_report_pid(report, i)));
        set(env, row, "killed", boolean_value(env, zinit_report_killed(report, i) != 0));
        set(env, row, "error", error == NULL ? text_value(env, NULL) : failure_value(env, error));
        append(env, array, row);
    }
    return array;
}

napi_value nothing_value(napi_env env, const zinit_request *request)
{
    (void)request;
    return undefined_value(env);
}
