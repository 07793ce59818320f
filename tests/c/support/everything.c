#include "everything.h"

#include <pthread.h>

#include "calls.h"
#include "replies.h"
#include "streams.h"

/* The calls that wait, as calls, as requests and as streams. */
static void wait_in_every_way(const zinit_client *client)
{
    static const char *const names[] = {"waits"};
    zinit_service *service = zinit_service_new();
    zinit_cancel *cancel = NULL;
    zinit_request *request = NULL;
    zinit_watch *watch;
    zinit_log_stream *stream;
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    const zinit_change *change = NULL;
    const zinit_log_line *line = NULL;
    zinit_code code;
    size_t lines = 0;

    CHECK_OK(zinit_cancel_new(&cancel, &error));
    CHECK_OK(zinit_service_set_exec(service, "sh -c 'echo ready; exec sleep 1000'", &error));
    CHECK_OK(zinit_client_deploy(client, "waits", service, -1, -1, cancel, &error));
#if HEADER_HAS_0_2_0
    CHECK_OK(zinit_client_reload(client, "waits", -1, -1, cancel, &error));
#endif
    CHECK_OK(zinit_client_start_wait(client, "waits", -1, cancel, &error));
    watch = open_watch(client, names, 1);
    CHECK_OK(zinit_watch_next(watch, -1, cancel, &change, &error));
    CHECK_INT(zinit_change_kind(change), ZINIT_CHANGE_APPEARED);
    zinit_watch_free(watch);
    CHECK_OK(zinit_client_begin_stop_wait(client, "waits", -1, &request, &error));
    CHECK_OK(finish(request, &error));
    CHECK_OK(zinit_client_begin_list(client, &request, &error));
    CHECK(zinit_request_dispatch(request, NULL) >= ZINIT_OK);
    zinit_request_free(request);
    stream = open_log(client, "waits", -1, 0);
    while ((code = zinit_log_stream_next(stream, -1, cancel, &line, &error)) == ZINIT_OK)
        lines++;
    CHECK_INT(code, ZINIT_END);
    CHECK(lines > 0);
    zinit_log_stream_free(stream);
    CHECK_OK(zinit_client_destroy_services(client, names, 1, -1, cancel, &report, &error));
    zinit_report_free(report);
    zinit_cancel_trigger(cancel);
    CHECK_FAILS(zinit_client_start_wait(client, "waits", -1, cancel, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    zinit_cancel_free(cancel);
    zinit_service_free(service);
}

static void call_about_definitions(const zinit_client *client)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    char *yaml = NULL;

    CHECK_OK(zinit_service_from_yaml("exec: sleep 1000\n", 17, &service, &error));
    CHECK_OK(zinit_service_to_yaml(service, &yaml, &error));
    zinit_string_free(yaml);
    CHECK_OK(zinit_client_add_service(client, "everything", service, &error));
    zinit_service_free(service);
    CHECK_OK(zinit_client_load_service(client, "everything", &service, &error));
    zinit_service_free(service);
    CHECK_OK(zinit_client_monitor(client, "everything", &error));
    CHECK_OK(zinit_client_get(client, "everything", &service, &error));
    CHECK_TEXT(zinit_service_exec(service), "sleep 1000");
    zinit_service_free(service);
}

void call_everything(const struct daemon *daemon)
{
    zinit_client *client = client_of(daemon);
    zinit_service_list *list = NULL;
    zinit_daemon_version *version = NULL;
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    int32_t exists = 0;

    CHECK_OK(zinit_client_version(client, &version, &error));
    zinit_daemon_version_free(version);
    call_about_definitions(client);
    wait_for_state(client, "everything", ZINIT_STATE_RUNNING);
    CHECK_OK(zinit_client_list(client, &list, &error));
    CHECK_INT(zinit_service_list_len(list), 1);
    zinit_service_list_free(list);
    CHECK_OK(zinit_client_exists(client, "everything", &exists, &error));
    CHECK_INT(exists, 1);
    CHECK_OK(zinit_client_start(client, "everything", &error));
    CHECK_OK(zinit_client_kill(client, "everything", "SIGCONT", &error));
    CHECK_FAILS(zinit_client_forget(client, "everything", &error), ZINIT_ERR_SERVICE_UP);
    zinit_error_free(error);
    CHECK_OK(zinit_client_stop(client, "everything", &error));
    wait_for_no_process(client, "everything");
    CHECK_OK(zinit_client_forget(client, "everything", &error));
    CHECK_OK(zinit_client_remove_service(client, "everything", &error));
    CHECK_FAILS(zinit_client_load_service(client, "everything", &service, &error), ZINIT_ERR_FILE_NOT_FOUND);
    zinit_error_free(error);
    CHECK_FAILS(zinit_client_get(client, "everything", &service, &error), ZINIT_ERR_UNKNOWN_SERVICE);
    zinit_error_free(error);
    CHECK_FAILS(zinit_client_monitor(client, "everything", &error), ZINIT_ERR_CONFIG_REFUSED);
    zinit_error_free(error);
    CHECK_FAILS(zinit_client_stop(client, "everything", &error), ZINIT_ERR_UNKNOWN_SERVICE);
    zinit_error_free(error);
    wait_in_every_way(client);
    zinit_client_free(client);
}

static const struct {
    const char *script;
    zinit_code code;
} failures[FAILURES] = {
    {"on *\n stay\n", ZINIT_ERR_NO_REPLY},
    {"accept never\n", ZINIT_ERR_NO_REPLY},
    {"on *\n send {\"state\":\n stay\n", ZINIT_ERR_NO_REPLY},
    {"on *\n", ZINIT_ERR_CLOSED},
    {"accept and close\n", ZINIT_ERR_CLOSED},
    {"on *\n send hello\n stay\n", ZINIT_ERR_PROTOCOL},
    {"on *\n send {\"a\":\"\n repeat 100000 x\n stay\n", ZINIT_ERR_REPLY_TOO_LARGE},
    {ON("*", REFUSAL("no")), ZINIT_ERR_DAEMON},
};

void start_failures(struct daemon *daemons)
{
    size_t i;

    for (i = 0; i < FAILURES; i++)
        daemons[i] = start_scripted(failures[i].script);
}

void fail_in_every_way(const struct daemon *daemons)
{
    zinit_error *error = NULL;
    size_t i;

    for (i = 0; i < FAILURES; i++) {
        struct client_options options = {0};
        zinit_client *client;

        options.daemon = &daemons[i];
        /* Short where no reply comes, and longer than any reply takes elsewhere. */
        options.io_timeout_ms = failures[i].code == ZINIT_ERR_NO_REPLY ? 20 : 60000;
        options.max_reply_bytes = 10000;
        client = make_client(options);
        CHECK_FAILS(zinit_client_start(client, "web", &error), failures[i].code);
        zinit_error_free(error);
        zinit_client_free(client);
    }
}

static void *get_status(void *data)
{
    struct call *call = data;

    call->code = zinit_client_status(call->client, "web", &call->status, NULL);
    pthread_testcancel();
    return NULL;
}

static void *get_version(void *data)
{
    struct call *call = data;

    call->code = zinit_client_version(call->client, &call->version, NULL);
    return NULL;
}

static void begin_call(struct call *call, zinit_client *client, void *(*make)(void *))
{
    memset(call, 0, sizeof *call);
    call->client = client;
    call->code = NO_CODE;
    NEED(pthread_create(&call->thread, NULL, make, call) == 0);
}

void begin_status(struct call *call, zinit_client *client)
{
    begin_call(call, client, get_status);
}

void begin_version(struct call *call, zinit_client *client)
{
    begin_call(call, client, get_version);
}

int end_call(struct call *call)
{
    void *result;

    NEED(pthread_join(call->thread, &result) == 0);
    CHECK_INT(call->code, ZINIT_OK);
    CHECK((call->status != NULL) != (call->version != NULL));
    if (call->status != NULL)
        CHECK_TEXT(zinit_status_name(call->status), "web");
    zinit_status_free(call->status);
    zinit_daemon_version_free(call->version);
    return result == PTHREAD_CANCELED;
}
