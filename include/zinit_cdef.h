enum {
    ZINIT_VERSION_MAJOR = 0,
    ZINIT_VERSION_MINOR = 2,
    ZINIT_VERSION_PATCH = 0,
    ZINIT_ABI_VERSION = 0,
    ZINIT_OK = 0,
    ZINIT_PENDING = 1,
    ZINIT_END = 2,
    ZINIT_ERR_INVALID_ARGUMENT = -1,
    ZINIT_ERR_INVALID_NAME = -2,
    ZINIT_ERR_INVALID_SIGNAL = -3,
    ZINIT_ERR_INVALID_REGEX = -4,
    ZINIT_ERR_INVALID_SERVICE = -5,
    ZINIT_ERR_INVALID_STATE = -6,
    ZINIT_ERR_UNKNOWN_SERVICE = -20,
    ZINIT_ERR_ALREADY_MONITORED = -21,
    ZINIT_ERR_SERVICE_UP = -22,
    ZINIT_ERR_SERVICE_DOWN = -23,
    ZINIT_ERR_SHUTTING_DOWN = -24,
    ZINIT_ERR_CONFIG_REFUSED = -25,
    ZINIT_ERR_NOT_SUPPORTED = -26,
    ZINIT_ERR_DAEMON = -27,
    ZINIT_ERR_TIMEOUT = -40,
    ZINIT_ERR_CANCELLED = -41,
    ZINIT_ERR_TARGET_CHANGED = -42,
    ZINIT_ERR_SERVICE_FAILED = -43,
    ZINIT_ERR_NOT_RUNNING = -60,
    ZINIT_ERR_PERMISSION = -61,
    ZINIT_ERR_IO = -62,
    ZINIT_ERR_NO_REPLY = -63,
    ZINIT_ERR_CLOSED = -64,
    ZINIT_ERR_PROTOCOL = -65,
    ZINIT_ERR_REPLY_TOO_LARGE = -66,
    ZINIT_ERR_FILE_NOT_FOUND = -80,
    ZINIT_ERR_FILE_IO = -81,
    ZINIT_ERR_FILE_SYNTAX = -82,
    ZINIT_ERR_VERSION = -83,
    ZINIT_ERR_INTERNAL = -99,
    ZINIT_PROTOCOL_ANY = 0,
    ZINIT_PROTOCOL_LINE = 1,
    ZINIT_PROTOCOL_JSONRPC = 2,
    ZINIT_PROTOCOL_ZINIT_0_3 = 3,
    ZINIT_STOP_ORDER_ANY = 0,
    ZINIT_STOP_ORDER_REVERSE = 1,
    ZINIT_STATE_OTHER = 0,
    ZINIT_STATE_UNKNOWN = 1,
    ZINIT_STATE_BLOCKED = 2,
    ZINIT_STATE_SPAWNED = 3,
    ZINIT_STATE_RUNNING = 4,
    ZINIT_STATE_SUCCESS = 5,
    ZINIT_STATE_ERROR = 6,
    ZINIT_STATE_FAILURE = 7,
    ZINIT_STATE_TEST_FAILURE = 8,
    ZINIT_TARGET_UNKNOWN = 0,
    ZINIT_TARGET_UP = 1,
    ZINIT_TARGET_DOWN = 2,
    ZINIT_LOG_UNSET = 0,
    ZINIT_LOG_RING = 1,
    ZINIT_LOG_STDOUT = 2,
    ZINIT_LOG_NONE = 3,
    ZINIT_KEY_ABSENT = 0,
    ZINIT_KEY_PRESENT = 1,
    ZINIT_KEY_NOT_UNDERSTOOD = 2,
    ZINIT_SEVERITY_ERROR = 1,
    ZINIT_SEVERITY_WARNING = 2,
    ZINIT_STEP_NONE = 0,
    ZINIT_STEP_STOPPING = 1,
    ZINIT_STEP_KILLING = 2,
    ZINIT_STEP_STOPPED = 3,
    ZINIT_STEP_FORGETTING = 4,
    ZINIT_STEP_WRITING = 5,
    ZINIT_STEP_REMOVING = 6,
    ZINIT_STEP_STARTING = 7,
    ZINIT_STEP_DONE = 8,
    ZINIT_CHANGE_APPEARED = 1,
    ZINIT_CHANGE_STATE = 2,
    ZINIT_CHANGE_FORGOTTEN = 3,
    ZINIT_CHANGE_DAEMON_LOST = 4,
    ZINIT_CHANGE_DAEMON_BACK = 5,
    ZINIT_LOG_SOURCE_STDOUT = 1,
    ZINIT_LOG_SOURCE_STDERR = 2,
    ZINIT_LOG_SOURCE_START = 3,
    ZINIT_LOG_SOURCE_TEST = 4,
    ZINIT_LOG_SOURCE_DROPPED = 5,
};
const char *zinit_version(void);
int32_t zinit_abi_version(void);
typedef int32_t zinit_code;
const char *zinit_code_name(zinit_code code);
typedef struct zinit_error zinit_error;
typedef struct zinit_state zinit_state;
zinit_code zinit_error_code(const zinit_error *error);
const char *zinit_error_message(const zinit_error *error);
const char *zinit_error_service(const zinit_error *error);
const char *zinit_error_daemon_message(const zinit_error *error);
const zinit_state *zinit_error_state(const zinit_error *error);
int32_t zinit_error_os_errno(const zinit_error *error);
int32_t zinit_error_request_sent(const zinit_error *error);
void zinit_error_free(zinit_error *error);
typedef struct zinit_client zinit_client;
typedef struct zinit_options zinit_options;
zinit_code zinit_client_new(const char *socket_path, zinit_client **client, zinit_error **error);
zinit_code zinit_client_with_options(const zinit_options *options, zinit_client **client, zinit_error **error);
void zinit_client_free(zinit_client *client);
zinit_options *zinit_options_new(void);
zinit_code zinit_options_set_socket_path(zinit_options *options, const char *path, zinit_error **error);
zinit_code zinit_options_set_config_dir(zinit_options *options, const char *path, zinit_error **error);
zinit_code zinit_options_set_zinit_binary(zinit_options *options, const char *path, zinit_error **error);
zinit_code zinit_options_set_io_timeout_ms(zinit_options *options, int64_t milliseconds, zinit_error **error);
zinit_code zinit_options_set_max_reply_bytes(zinit_options *options, uint64_t bytes, zinit_error **error);
zinit_code zinit_options_set_steady_ms(zinit_options *options, int64_t milliseconds, zinit_error **error);
zinit_code zinit_options_set_protocol(zinit_options *options, int32_t protocol, zinit_error **error);
zinit_code zinit_options_set_stop_order(zinit_options *options, int32_t order, zinit_error **error);
void zinit_options_free(zinit_options *options);
typedef struct zinit_daemon_version zinit_daemon_version;
typedef struct zinit_service_list zinit_service_list;
typedef struct zinit_stats zinit_stats;
typedef struct zinit_status zinit_status;
typedef struct zinit_status_list zinit_status_list;
zinit_code zinit_client_list(const zinit_client *client, zinit_service_list **list, zinit_error **error);
size_t zinit_service_list_len(const zinit_service_list *list);
const char *zinit_service_list_name(const zinit_service_list *list, size_t index);
const zinit_state *zinit_service_list_state(const zinit_service_list *list, size_t index);
void zinit_service_list_free(zinit_service_list *list);
zinit_code zinit_client_status(const zinit_client *client, const char *name, zinit_status **status, zinit_error **error);
const char *zinit_status_name(const zinit_status *status);
int32_t zinit_status_pid(const zinit_status *status);
const zinit_state *zinit_status_state(const zinit_status *status);
int32_t zinit_status_target(const zinit_status *status);
size_t zinit_status_after_len(const zinit_status *status);
const char *zinit_status_after_name(const zinit_status *status, size_t index);
const zinit_state *zinit_status_after_state(const zinit_status *status, size_t index);
void zinit_status_free(zinit_status *status);
zinit_code zinit_client_stats(const zinit_client *client, const char *name, zinit_stats **stats, zinit_error **error);
int32_t zinit_stats_pid(const zinit_stats *stats);
uint64_t zinit_stats_memory(const zinit_stats *stats);
double zinit_stats_cpu(const zinit_stats *stats);
size_t zinit_stats_child_len(const zinit_stats *stats);
int32_t zinit_stats_child_pid(const zinit_stats *stats, size_t index);
uint64_t zinit_stats_child_memory(const zinit_stats *stats, size_t index);
double zinit_stats_child_cpu(const zinit_stats *stats, size_t index);
void zinit_stats_free(zinit_stats *stats);
zinit_code zinit_client_exists(const zinit_client *client, const char *name, int32_t *exists, zinit_error **error);
zinit_code zinit_client_version(const zinit_client *client, zinit_daemon_version **version, zinit_error **error);
zinit_code zinit_client_protocol(const zinit_client *client, int32_t *protocol, zinit_error **error);
uint64_t zinit_daemon_version_major(const zinit_daemon_version *version);
uint64_t zinit_daemon_version_minor(const zinit_daemon_version *version);
uint64_t zinit_daemon_version_patch(const zinit_daemon_version *version);
const char *zinit_daemon_version_text(const zinit_daemon_version *version);
void zinit_daemon_version_free(zinit_daemon_version *version);
zinit_code zinit_client_statuses(const zinit_client *client, zinit_status_list **list, zinit_error **error);
size_t zinit_status_list_len(const zinit_status_list *list);
const zinit_status *zinit_status_list_at(const zinit_status_list *list, size_t index);
void zinit_status_list_free(zinit_status_list *list);
zinit_code zinit_state_parse(const char *text, zinit_state **state, zinit_error **error);
int32_t zinit_state_kind(const zinit_state *state);
int32_t zinit_state_exited(const zinit_state *state);
const char *zinit_state_text(const zinit_state *state);
const char *zinit_state_reason(const zinit_state *state);
int32_t zinit_state_exit_code(const zinit_state *state);
const char *zinit_state_signal(const zinit_state *state);
void zinit_state_free(zinit_state *state);
const char *zinit_state_kind_name(int32_t kind);
const char *zinit_target_name(int32_t target);
typedef struct zinit_problem_list zinit_problem_list;
typedef struct zinit_service zinit_service;
zinit_service *zinit_service_new(void);
zinit_service *zinit_service_copy(const zinit_service *service);
zinit_code zinit_service_from_yaml(const char *yaml, size_t len, zinit_service **service, zinit_error **error);
zinit_code zinit_service_to_yaml(const zinit_service *service, char **yaml, zinit_error **error);
void zinit_service_free(zinit_service *service);
void zinit_string_free(char *text);
int32_t zinit_service_key_status(const zinit_service *service, const char *key);
const char *zinit_service_exec(const zinit_service *service);
zinit_code zinit_service_set_exec(zinit_service *service, const char *command, zinit_error **error);
const char *zinit_service_test(const zinit_service *service);
zinit_code zinit_service_set_test(zinit_service *service, const char *command, zinit_error **error);
const char *zinit_service_dir(const zinit_service *service);
zinit_code zinit_service_set_dir(zinit_service *service, const char *path, zinit_error **error);
const char *zinit_service_stop_signal(const zinit_service *service);
zinit_code zinit_service_set_stop_signal(zinit_service *service, const char *signal, zinit_error **error);
int32_t zinit_service_oneshot(const zinit_service *service);
zinit_code zinit_service_set_oneshot(zinit_service *service, int32_t oneshot, zinit_error **error);
int32_t zinit_service_log(const zinit_service *service);
zinit_code zinit_service_set_log(zinit_service *service, int32_t log, zinit_error **error);
int64_t zinit_service_shutdown_timeout_s(const zinit_service *service);
zinit_code zinit_service_set_shutdown_timeout_s(zinit_service *service, int64_t seconds, zinit_error **error);
size_t zinit_service_after_len(const zinit_service *service);
const char *zinit_service_after_at(const zinit_service *service, size_t index);
zinit_code zinit_service_after_push(zinit_service *service, const char *name, zinit_error **error);
void zinit_service_after_clear(zinit_service *service);
size_t zinit_service_env_len(const zinit_service *service);
const char *zinit_service_env_key(const zinit_service *service, size_t index);
const char *zinit_service_env_value(const zinit_service *service, size_t index);
zinit_code zinit_service_env_set(zinit_service *service, const char *key, const char *value, zinit_error **error);
zinit_code zinit_client_get(const zinit_client *client, const char *name, zinit_service **service, zinit_error **error);
zinit_code zinit_client_load_service(const zinit_client *client, const char *name, zinit_service **service, zinit_error **error);
zinit_code zinit_client_add_service(const zinit_client *client, const char *name, const zinit_service *service, zinit_error **error);
zinit_code zinit_client_remove_service(const zinit_client *client, const char *name, zinit_error **error);
zinit_code zinit_check_yaml(const char *yaml, size_t len, zinit_problem_list **problems, zinit_error **error);
size_t zinit_problem_list_len(const zinit_problem_list *problems);
int32_t zinit_problem_severity(const zinit_problem_list *problems, size_t index);
size_t zinit_problem_line(const zinit_problem_list *problems, size_t index);
size_t zinit_problem_column(const zinit_problem_list *problems, size_t index);
const char *zinit_problem_key(const zinit_problem_list *problems, size_t index);
const char *zinit_problem_message(const zinit_problem_list *problems, size_t index);
void zinit_problem_list_free(zinit_problem_list *problems);
zinit_code zinit_client_start(const zinit_client *client, const char *name, zinit_error **error);
zinit_code zinit_client_stop(const zinit_client *client, const char *name, zinit_error **error);
zinit_code zinit_client_monitor(const zinit_client *client, const char *name, zinit_error **error);
zinit_code zinit_client_forget(const zinit_client *client, const char *name, zinit_error **error);
zinit_code zinit_client_kill(const zinit_client *client, const char *name, const char *signal, zinit_error **error);
const char *zinit_signal_name(int32_t number);
zinit_code zinit_client_reboot(const zinit_client *client, zinit_error **error);
zinit_code zinit_client_shutdown(const zinit_client *client, zinit_error **error);
zinit_code zinit_client_start_http_server(const zinit_client *client, const char *address, zinit_error **error);
zinit_code zinit_client_stop_http_server(const zinit_client *client, zinit_error **error);
typedef struct zinit_cancel zinit_cancel;
zinit_code zinit_cancel_new(zinit_cancel **cancel, zinit_error **error);
void zinit_cancel_trigger(zinit_cancel *cancel);
void zinit_cancel_free(zinit_cancel *cancel);
zinit_code zinit_client_start_wait(const zinit_client *client, const char *name, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code zinit_client_stop_wait(const zinit_client *client, const char *name, int64_t timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code zinit_client_restart(const zinit_client *client, const char *name, int64_t stop_timeout_ms, int64_t start_timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code zinit_client_deploy(const zinit_client *client, const char *name, const zinit_service *service, int64_t stop_timeout_ms, int64_t start_timeout_ms, zinit_cancel *cancel, zinit_error **error);
zinit_code zinit_client_reload(const zinit_client *client, const char *name, int64_t stop_timeout_ms, int64_t start_timeout_ms, zinit_cancel *cancel, zinit_error **error);
typedef struct zinit_report zinit_report;
zinit_code zinit_client_start_multiple(const zinit_client *client, const char *const *names, size_t len, int64_t timeout_ms, zinit_cancel *cancel, zinit_report **report, zinit_error **error);
zinit_code zinit_client_stop_multiple(const zinit_client *client, const char *const *names, size_t len, int64_t timeout_ms, zinit_cancel *cancel, zinit_report **report, zinit_error **error);
zinit_code zinit_client_restart_multiple(const zinit_client *client, const char *const *names, size_t len, int64_t stop_timeout_ms, int64_t start_timeout_ms, zinit_cancel *cancel, zinit_report **report, zinit_error **error);
zinit_code zinit_client_destroy_services(const zinit_client *client, const char *const *names, size_t len, int64_t timeout_ms, zinit_cancel *cancel, zinit_report **report, zinit_error **error);
size_t zinit_report_len(const zinit_report *report);
const char *zinit_report_name(const zinit_report *report, size_t index);
zinit_code zinit_report_code(const zinit_report *report, size_t index);
const zinit_state *zinit_report_state(const zinit_report *report, size_t index);
const zinit_error *zinit_report_error(const zinit_report *report, size_t index);
int32_t zinit_report_killed(const zinit_report *report, size_t index);
int32_t zinit_report_step(const zinit_report *report, size_t index);
int32_t zinit_report_pid(const zinit_report *report, size_t index);
int32_t zinit_report_target(const zinit_report *report, size_t index);
const char *zinit_step_name(int32_t step);
void zinit_report_free(zinit_report *report);
typedef struct zinit_filter zinit_filter;
typedef struct zinit_name_list zinit_name_list;
zinit_filter *zinit_filter_new(void);
zinit_code zinit_filter_with_name(zinit_filter *filter, const char *name, zinit_error **error);
zinit_code zinit_filter_with_glob(zinit_filter *filter, const char *pattern, zinit_error **error);
zinit_code zinit_filter_with_exec(zinit_filter *filter, const char *basename, zinit_error **error);
zinit_code zinit_filter_with_exec_regex(zinit_filter *filter, const char *pattern, zinit_error **error);
void zinit_filter_free(zinit_filter *filter);
zinit_code zinit_client_matches(const zinit_client *client, const zinit_filter *filter, zinit_name_list **names, zinit_error **error);
size_t zinit_name_list_len(const zinit_name_list *names);
const char *zinit_name_list_at(const zinit_name_list *names, size_t index);
void zinit_name_list_free(zinit_name_list *names);
typedef struct zinit_request zinit_request;
zinit_code zinit_client_begin_list(const zinit_client *client, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_status(const zinit_client *client, const char *name, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_statuses(const zinit_client *client, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_stats(const zinit_client *client, const char *name, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_exists(const zinit_client *client, const char *name, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_version(const zinit_client *client, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_protocol(const zinit_client *client, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_get(const zinit_client *client, const char *name, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_load_service(const zinit_client *client, const char *name, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_add_service(const zinit_client *client, const char *name, const zinit_service *service, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_remove_service(const zinit_client *client, const char *name, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_start(const zinit_client *client, const char *name, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_stop(const zinit_client *client, const char *name, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_monitor(const zinit_client *client, const char *name, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_forget(const zinit_client *client, const char *name, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_kill(const zinit_client *client, const char *name, const char *signal, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_reboot(const zinit_client *client, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_shutdown(const zinit_client *client, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_start_http_server(const zinit_client *client, const char *address, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_stop_http_server(const zinit_client *client, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_start_wait(const zinit_client *client, const char *name, int64_t timeout_ms, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_stop_wait(const zinit_client *client, const char *name, int64_t timeout_ms, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_restart(const zinit_client *client, const char *name, int64_t stop_timeout_ms, int64_t start_timeout_ms, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_deploy(const zinit_client *client, const char *name, const zinit_service *service, int64_t stop_timeout_ms, int64_t start_timeout_ms, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_reload(const zinit_client *client, const char *name, int64_t stop_timeout_ms, int64_t start_timeout_ms, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_start_multiple(const zinit_client *client, const char *const *names, size_t len, int64_t timeout_ms, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_stop_multiple(const zinit_client *client, const char *const *names, size_t len, int64_t timeout_ms, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_restart_multiple(const zinit_client *client, const char *const *names, size_t len, int64_t stop_timeout_ms, int64_t start_timeout_ms, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_destroy_services(const zinit_client *client, const char *const *names, size_t len, int64_t timeout_ms, zinit_request **request, zinit_error **error);
zinit_code zinit_client_begin_matches(const zinit_client *client, const zinit_filter *filter, zinit_request **request, zinit_error **error);
int32_t zinit_request_fd(const zinit_request *request);
int32_t zinit_request_is_before_file(const zinit_request *request);
zinit_code zinit_request_dispatch(zinit_request *request, zinit_error **error);
zinit_code zinit_request_wait(zinit_request *request, int64_t timeout_ms, zinit_error **error);
void zinit_request_set_data(zinit_request *request, void *data);
void *zinit_request_data(const zinit_request *request);
const zinit_service_list *zinit_request_service_list(const zinit_request *request);
const zinit_status *zinit_request_status(const zinit_request *request);
const zinit_status_list *zinit_request_status_list(const zinit_request *request);
const zinit_stats *zinit_request_stats(const zinit_request *request);
int32_t zinit_request_exists(const zinit_request *request);
const zinit_daemon_version *zinit_request_daemon_version(const zinit_request *request);
int32_t zinit_request_protocol(const zinit_request *request);
const zinit_service *zinit_request_service(const zinit_request *request);
const zinit_name_list *zinit_request_name_list(const zinit_request *request);
const zinit_report *zinit_request_report(const zinit_request *request);
void zinit_request_free(zinit_request *request);
typedef struct zinit_queue zinit_queue;
zinit_code zinit_queue_new(zinit_queue **queue, zinit_error **error);
zinit_code zinit_options_set_queue(zinit_options *options, zinit_queue *queue, zinit_error **error);
zinit_code zinit_queue_add(zinit_queue *queue, zinit_request *request, zinit_error **error);
int32_t zinit_queue_fd(zinit_queue *queue);
void zinit_queue_set_leaves_files(zinit_queue *queue, int32_t leaves);
zinit_code zinit_queue_next(zinit_queue *queue, int64_t timeout_ms, zinit_cancel *cancel, zinit_request **request, zinit_error **error);
void zinit_queue_free(zinit_queue *queue);
typedef struct zinit_change zinit_change;
typedef struct zinit_watch zinit_watch;
zinit_code zinit_client_watch(const zinit_client *client, const char *const *names, size_t len, int64_t idle_interval_ms, zinit_watch **watch, zinit_error **error);
int32_t zinit_watch_fd(const zinit_watch *watch);
zinit_request *zinit_watch_request(const zinit_watch *watch);
zinit_code zinit_watch_next(zinit_watch *watch, int64_t timeout_ms, zinit_cancel *cancel, const zinit_change **change, zinit_error **error);
int32_t zinit_change_kind(const zinit_change *change);
const char *zinit_change_service(const zinit_change *change);
const zinit_state *zinit_change_state_before(const zinit_change *change);
const zinit_state *zinit_change_state_after(const zinit_change *change);
int32_t zinit_change_pid(const zinit_change *change);
int32_t zinit_change_target(const zinit_change *change);
void zinit_watch_free(zinit_watch *watch);
typedef struct zinit_log_line zinit_log_line;
typedef struct zinit_log_stream zinit_log_stream;
zinit_code zinit_client_logs(const zinit_client *client, const char *name, int64_t last, int32_t follow, zinit_log_stream **stream, zinit_error **error);
int32_t zinit_log_stream_fd(const zinit_log_stream *stream);
zinit_request *zinit_log_stream_request(const zinit_log_stream *stream);
zinit_code zinit_log_stream_next(zinit_log_stream *stream, int64_t timeout_ms, zinit_cancel *cancel, const zinit_log_line **line, zinit_error **error);
const char *zinit_log_line_service(const zinit_log_line *line);
int32_t zinit_log_line_source(const zinit_log_line *line);
const char *zinit_log_line_text(const zinit_log_line *line);
size_t zinit_log_line_len(const zinit_log_line *line);
int32_t zinit_log_line_truncated(const zinit_log_line *line);
void zinit_log_stream_free(zinit_log_stream *stream);
