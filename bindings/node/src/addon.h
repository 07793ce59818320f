/* What the files of the add-on share. One environment of Node (the main thread, or a worker) has one `environment`. */
#ifndef ADDON_H
#define ADDON_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <uv.h>
#include <zinit.h>

struct environment;
struct disk;

/* What JavaScript holds of an object of the library. The pointer is NULL once the object is gone. */
enum kind { CLIENT, SERVICE, CALL, STREAM };
struct handle {
    enum kind kind;
    void *pointer;
};

/* handles.c */
napi_value handle_new(napi_env env, enum kind kind, void *pointer, struct handle **handle);
/* NULL with an exception if the value is not such a handle, or if its object is gone. */
void *handle_pointer(napi_env env, napi_value value, enum kind kind);
/* NULL without an exception. */
struct handle *handle_of(napi_env env, napi_value value, enum kind kind);

/* What is under way in an environment: a call, or a stream of log lines or changes. */
struct item {
    struct environment *environment;
    struct item *next, **link; /* of all that are under way */
    zinit_request *request;    /* it stands for a stream in the queue, too */
    struct handle *handle;     /* NULL if JavaScript has none */
    napi_deferred deferred;    /* NULL while nobody waits */
    bool is_stream;
};

/* environment.c */
struct environment *environment_new(napi_env env);
struct environment *environment_of(napi_env env);
zinit_queue *environment_queue(struct environment *environment);
void item_enter(struct environment *environment, struct item *item);
void item_leave(struct item *item);
/* A promise for which the process goes on until it is settled. */
napi_value item_promise(napi_env env, struct item *item);
void item_resolve(napi_env env, struct item *item, napi_value value);
void item_reject(napi_env env, struct item *item, napi_value reason);
/* Nobody waits for it any more. */
void item_stop_waiting(struct item *item);
bool environment_is_ending(const struct environment *environment);
struct disk *environment_disk(struct environment *environment);
/* The step that the end of the environment was waiting for is over. */
void environment_disk_is_idle(struct environment *environment);

/* calls.c */
struct call {
    struct item item;
    const struct operation *operation;
    struct call *next_at_disk;
    bool has_news; /* the queue has returned it before the pool has */
};
napi_value begin_call(napi_env env, napi_callback_info info);
napi_value abort_call(napi_env env, napi_callback_info info);
napi_value operation_numbers(napi_env env);
/* The queue has returned its request. */
void call_news(napi_env env, struct call *call);
void call_free(struct call *call);
/* The finalizer of a handle. */
void call_lose_handle(struct call *call);

/* disk.c: one step at a time that reads or writes service files, in the pool of threads. */
struct disk {
    struct call *first, *last; /* that wait for their turn */
    struct call *at_work;      /* a thread of the pool has it */
    napi_async_work work;
};
void disk_enter(napi_env env, struct call *call);
/* Whether the call was only waiting: then it may be freed. Otherwise disk.c frees it after its step. */
bool disk_leave(struct disk *disk, struct call *call);

/* streams.c */
struct stream;
napi_value open_log(napi_env env, napi_callback_info info);
napi_value open_watch(napi_env env, napi_callback_info info);
napi_value read_stream(napi_env env, napi_callback_info info);
napi_value close_stream(napi_env env, napi_callback_info info);
void stream_news(napi_env env, struct stream *stream);
void stream_free(struct stream *stream);
void stream_lose_handle(struct stream *stream);

/* services.c */
napi_value service_new(napi_env env, napi_callback_info info);
napi_value service_from_yaml(napi_env env, napi_callback_info info);
napi_value service_to_yaml(napi_env env, napi_callback_info info);
napi_value service_key_status(napi_env env, napi_callback_info info);
napi_value service_get(napi_env env, napi_callback_info info);
napi_value service_set(napi_env env, napi_callback_info info);
napi_value check_yaml(napi_env env, napi_callback_info info);

/* values.c: objects of the library as those of JavaScript */
napi_value text_value(napi_env env, const char *text); /* null for NULL */
napi_value number_value(napi_env env, double number);
napi_value boolean_value(napi_env env, bool truth);
napi_value undefined_value(napi_env env);
napi_value state_value(napi_env env, const zinit_state *state);
napi_value service_list_value(napi_env env, const zinit_request *request);
napi_value status_value(napi_env env, const zinit_request *request);
napi_value status_list_value(napi_env env, const zinit_request *request);
napi_value stats_value(napi_env env, const zinit_request *request);
napi_value exists_value(napi_env env, const zinit_request *request);
napi_value version_value(napi_env env, const zinit_request *request);
napi_value protocol_value(napi_env env, const zinit_request *request);
napi_value service_value(napi_env env, const zinit_request *request);
napi_value name_list_value(napi_env env, const zinit_request *request);
napi_value report_value(napi_env env, const zinit_request *request);
napi_value nothing_value(napi_env env, const zinit_request *request);
void set(napi_env env, napi_value object, const char *key, napi_value value);
void append(napi_env env, napi_value array, napi_value value);

/* failures.c: a failure is a plain object, of which index.js makes a ZinitError. */
napi_value failure_value(napi_env env, const zinit_error *error);
/* Throws the failure and frees it; always NULL. */
napi_value throw_failure(napi_env env, zinit_error *error);
/* ZINIT_ERR_INVALID_ARGUMENT; always NULL. */
napi_value throw_invalid(napi_env env, zinit_code code, const char *format, const char *what);
/* A TypeError of Node's; always false. */
bool throw_type(napi_env env, const char *what, const char *type);

/* arguments.c: true, or false with an exception; `what` is the name of the argument in messages */
bool take_text(napi_env env, napi_value value, const char *what, char **text);
bool take_name(napi_env env, napi_value value, const char *what, char **name);
bool take_names(napi_env env, napi_value value, const char *what, char ***names, uint32_t *len);
bool take_timeout(napi_env env, napi_value value, const char *what, int64_t *milliseconds); /* -1 for Infinity */
bool take_milliseconds(napi_env env, napi_value value, const char *what, int64_t *milliseconds);
bool take_number(napi_env env, napi_value value, const char *what, double *number);
bool take_not_negative(napi_env env, napi_value value, const char *what, double *number);
bool take_truth(napi_env env, napi_value value, const char *what, bool *truth);
bool take_filter(napi_env env, napi_value value, zinit_filter **filter);
bool is_nothing(napi_env env, napi_value value); /* undefined or null */
/* The value of a key; undefined if there is none. */
napi_value get(napi_env env, napi_value object, const char *key);
void names_free(char **names, uint32_t len);

#endif
