/* What the Go side calls where one call of its own for each getter would cost too much: a call from Go to C takes some
 * 40 ns, and a list has two getters a service. Nothing here decides anything. */
#include <stdint.h>
#include <zinit.h>

/* The text is borrowed, and NULL where there is no state. */
struct state_parts {
	const char *text;
	int32_t kind;
};

/* What is borrowed from an error, a status or a service; valid as long as that is. */
struct error_parts {
	zinit_code code;
	int32_t os_errno;
	int32_t request_sent;
	const char *message;
	const char *service;
	const char *daemon_message;
	struct state_parts state;
};

struct status_parts {
	int32_t pid;
	size_t after_len;
	const char *name;
	struct state_parts state;
	const char *target;
};

struct process_parts {
	int32_t pid;
	uint64_t memory;
	double cpu;
};

struct service_parts {
	int32_t oneshot;
	int32_t log;
	size_t after_len;
	size_t env_len;
	const char *exec;
	const char *test;
};

struct change_parts {
	int32_t kind;
	int32_t pid;
	const char *service;
	struct state_parts before;
	struct state_parts after;
	const char *target;
};

struct line_parts {
	int32_t source;
	int32_t truncated;
	size_t len;
	const char *service;
	const char *text;
};

static inline struct state_parts read_state(const zinit_state *state)
{
	return (struct state_parts){zinit_state_text(state), zinit_state_kind(state)};
}

static inline void read_error(const zinit_error *error, struct error_parts *parts)
{
	parts->code = zinit_error_code(error);
	parts->os_errno = zinit_error_os_errno(error);
	parts->request_sent = zinit_error_request_sent(error);
	parts->message = zinit_error_message(error);
	parts->service = zinit_error_service(error);
	parts->daemon_message = zinit_error_daemon_message(error);
	parts->state = read_state(zinit_error_state(error));
}

static inline void read_status(const zinit_status *status, struct status_parts *parts)
{
	parts->pid = zinit_status_pid(status);
	parts->after_len = zinit_status_after_len(status);
	parts->name = zinit_status_name(status);
	parts->state = read_state(zinit_status_state(status));
	parts->target = zinit_target_name(zinit_status_target(status));
}

static inline void read_status_after(const zinit_status *status, const char **names, struct state_parts *states, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		names[i] = zinit_status_after_name(status, i);
		states[i] = read_state(zinit_status_after_state(status, i));
	}
}

static inline void read_statuses(const zinit_status_list *list, struct status_parts *parts, size_t len)
{
	for (size_t i = 0; i < len; i++)
		read_status(zinit_status_list_at(list, i), &parts[i]);
}

static inline void read_stats(const zinit_stats *stats, struct process_parts *parts)
{
	parts->pid = zinit_stats_pid(stats);
	parts->memory = zinit_stats_memory(stats);
	parts->cpu = zinit_stats_cpu(stats);
}

static inline void read_stats_children(const zinit_stats *stats, struct process_parts *children, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		children[i].pid = zinit_stats_child_pid(stats, i);
		children[i].memory = zinit_stats_child_memory(stats, i);
		children[i].cpu = zinit_stats_child_cpu(stats, i);
	}
}

static inline void read_list(const zinit_service_list *list, const char **names, struct state_parts *states, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		names[i] = zinit_service_list_name(list, i);
		states[i] = read_state(zinit_service_list_state(list, i));
	}
}

static inline void read_service(const zinit_service *service, struct service_parts *parts)
{
	parts->oneshot = zinit_service_oneshot(service);
	parts->log = zinit_service_log(service);
	parts->after_len = zinit_service_after_len(service);
	parts->env_len = zinit_service_env_len(service);
	parts->exec = zinit_service_exec(service);
	parts->test = zinit_service_test(service);
}

static inline void read_change(const zinit_change *change, struct change_parts *parts)
{
	parts->kind = zinit_change_kind(change);
	parts->pid = zinit_change_pid(change);
	parts->service = zinit_change_service(change);
	parts->before = read_state(zinit_change_state_before(change));
	parts->after = read_state(zinit_change_state_after(change));
	parts->target = zinit_target_name(zinit_change_target(change));
}

static inline void read_line(const zinit_log_line *line, struct line_parts *parts)
{
	parts->source = zinit_log_line_source(line);
	parts->truncated = zinit_log_line_truncated(line);
	parts->len = zinit_log_line_len(line);
	parts->service = zinit_log_line_service(line);
	parts->text = zinit_log_line_text(line);
}

/* The numbers of the operations, so that beginning one is one call. */
enum operation {
	OPERATION_LIST,
	OPERATION_MATCHES,
	OPERATION_STATUS,
	OPERATION_STATUSES,
	OPERATION_VERSION,
	OPERATION_PROTOCOL,
	OPERATION_REBOOT,
	OPERATION_SHUTDOWN,
	OPERATION_STATS,
	OPERATION_START_HTTP_SERVER,
	OPERATION_STOP_HTTP_SERVER,
	OPERATION_START,
	OPERATION_STOP,
	OPERATION_MONITOR,
	OPERATION_FORGET,
	OPERATION_KILL,
	OPERATION_START_WAIT,
	OPERATION_STOP_WAIT,
	OPERATION_RESTART,
	OPERATION_DEPLOY,
	OPERATION_RELOAD,
	OPERATION_LOAD_SERVICE,
	OPERATION_ADD_SERVICE,
	OPERATION_REMOVE_SERVICE,
	OPERATION_START_MULTIPLE,
	OPERATION_STOP_MULTIPLE,
	OPERATION_RESTART_MULTIPLE,
	OPERATION_DESTROY
};

/* A request under way, or why there is none. The outcome is ZINIT_PENDING unless it is over already. */
struct begun {
	zinit_request *request;
	int32_t is_before_file;
	zinit_code code;
	zinit_code outcome;
	zinit_error *error;
};

/* What has come of beginning one. Waits for its end, but not longer than this. */
static inline void complete_begun(struct begun *begun, zinit_code code, int64_t moment_ms)
{
	begun->code = code;
	begun->outcome = ZINIT_PENDING;
	if (code == ZINIT_OK && moment_ms > 0)
		begun->outcome = zinit_request_wait(begun->request, moment_ms, &begun->error);
	begun->is_before_file = zinit_request_is_before_file(begun->request);
}

/* Continues all requests of a queue, and takes those for which there is something to do. The code is ZINIT_OK where there
 * may be more. */
static inline size_t next_requests(zinit_queue *queue, zinit_request **requests, size_t len, zinit_code *code,
				   zinit_error **error)
{
	size_t taken = 0;

	*code = ZINIT_OK;
	while (taken < len && *code == ZINIT_OK) {
		*code = zinit_queue_next(queue, 0, NULL, &requests[taken], error);
		if (*code == ZINIT_OK)
			taken++;
	}
	return taken;
}

/* Dispatches, and tells whether the dispatch behind this one reads or writes files. */
static inline zinit_code dispatch(zinit_request *request, int32_t *is_before_file, zinit_error **error)
{
	zinit_code code = zinit_request_dispatch(request, error);

	*is_before_file = zinit_request_is_before_file(request);
	return code;
}

/* Begins an operation on no service or on one. `signal`, `address`, `definition` and the times are for those that take
 * them. */
static inline void begin_one(int operation, const zinit_client *client, const char *name, const char *signal,
			     const char *address, const zinit_service *definition, int64_t first_ms, int64_t second_ms,
			     int64_t moment_ms, struct begun *begun)
{
	zinit_request **request = &begun->request;
	zinit_error **error = &begun->error;
	zinit_code code = ZINIT_ERR_INTERNAL;

	switch (operation) {
	case OPERATION_LIST:
		code = zinit_client_begin_list(client, request, error);
		break;
	case OPERATION_STATUS:
		code = zinit_client_begin_status(client, name, request, error);
		break;
	case OPERATION_STATUSES:
		code = zinit_client_begin_statuses(client, request, error);
		break;
	case OPERATION_VERSION:
		code = zinit_client_begin_version(client, request, error);
		break;
	case OPERATION_PROTOCOL:
		code = zinit_client_begin_protocol(client, request, error);
		break;
	case OPERATION_REBOOT:
		code = zinit_client_begin_reboot(client, request, error);
		break;
	case OPERATION_SHUTDOWN:
		code = zinit_client_begin_shutdown(client, request, error);
		break;
	case OPERATION_STATS:
		code = zinit_client_begin_stats(client, name, request, error);
		break;
	case OPERATION_START_HTTP_SERVER:
		code = zinit_client_begin_start_http_server(client, address, request, error);
		break;
	case OPERATION_STOP_HTTP_SERVER:
		code = zinit_client_begin_stop_http_server(client, request, error);
		break;
	case OPERATION_START:
		code = zinit_client_begin_start(client, name, request, error);
		break;
	case OPERATION_STOP:
		code = zinit_client_begin_stop(client, name, request, error);
		break;
	case OPERATION_MONITOR:
		code = zinit_client_begin_monitor(client, name, request, error);
		break;
	case OPERATION_FORGET:
		code = zinit_client_begin_forget(client, name, request, error);
		break;
	case OPERATION_KILL:
		code = zinit_client_begin_kill(client, name, signal, request, error);
		break;
	case OPERATION_START_WAIT:
		code = zinit_client_begin_start_wait(client, name, first_ms, request, error);
		break;
	case OPERATION_STOP_WAIT:
		code = zinit_client_begin_stop_wait(client, name, first_ms, request, error);
		break;
	case OPERATION_RESTART:
		code = zinit_client_begin_restart(client, name, first_ms, second_ms, request, error);
		break;
	case OPERATION_DEPLOY:
		code = zinit_client_begin_deploy(client, name, definition, first_ms, second_ms, request, error);
		break;
	case OPERATION_RELOAD:
		code = zinit_client_begin_reload(client, name, first_ms, second_ms, request, error);
		break;
	case OPERATION_LOAD_SERVICE:
		code = zinit_client_begin_load_service(client, name, request, error);
		break;
	case OPERATION_ADD_SERVICE:
		code = zinit_client_begin_add_service(client, name, definition, request, error);
		break;
	case OPERATION_REMOVE_SERVICE:
		code = zinit_client_begin_remove_service(client, name, request, error);
		break;
	}
	complete_begun(begun, code, moment_ms);
}

/* Begins a search for services. */
static inline void begin_matches(const zinit_client *client, const zinit_filter *filter, int64_t moment_ms,
				 struct begun *begun)
{
	complete_begun(begun, zinit_client_begin_matches(client, filter, &begun->request, &begun->error), moment_ms);
}

static inline void read_names(const zinit_name_list *list, const char **names, size_t len)
{
	for (size_t i = 0; i < len; i++)
		names[i] = zinit_name_list_at(list, i);
}

/* Begins an operation on several services. `second_ms` is for those that take two times. */
static inline void begin_group(int operation, const zinit_client *client, const char *const *names, size_t len,
			       int64_t first_ms, int64_t second_ms, struct begun *begun)
{
	zinit_request **request = &begun->request;
	zinit_error **error = &begun->error;
	zinit_code code = ZINIT_ERR_INTERNAL;

	switch (operation) {
	case OPERATION_START_MULTIPLE:
		code = zinit_client_begin_start_multiple(client, names, len, first_ms, request, error);
		break;
	case OPERATION_STOP_MULTIPLE:
		code = zinit_client_begin_stop_multiple(client, names, len, first_ms, request, error);
		break;
	case OPERATION_RESTART_MULTIPLE:
		code = zinit_client_begin_restart_multiple(client, names, len, first_ms, second_ms, request, error);
		break;
	case OPERATION_DESTROY:
		code = zinit_client_begin_destroy_services(client, names, len, first_ms, request, error);
		break;
	}
	complete_begun(begun, code, 0);
}
