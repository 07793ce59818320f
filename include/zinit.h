/* zinit.h: a client for the zinit process supervisor.
 *
 * A complete program, which prints each service and its state:
 *
 *     #include <stdio.h>
 *     #include <zinit.h>
 *
 *     int main(void)
 *     {
 *         zinit_client *client = NULL;
 *         zinit_service_list *list = NULL;
 *         zinit_error *error = NULL;
 *
 *         if (zinit_client_new(NULL, &client, &error) == ZINIT_OK &&
 *             zinit_client_list(client, &list, &error) == ZINIT_OK) {
 *             for (size_t i = 0; i < zinit_service_list_len(list); i++)
 *                 printf("%s: %s\n", zinit_service_list_name(list, i),
 *                        zinit_state_text(zinit_service_list_state(list, i)));
 *         }
 *         if (error != NULL)
 *             fprintf(stderr, "%s\n", zinit_error_message(error));
 *         int status = error != NULL;
 *         zinit_error_free(error);
 *         zinit_service_list_free(list);
 *         zinit_client_free(client);
 *         return status;
 *     }
 *
 *     cc program.c $(pkg-config --cflags --libs zinit-client)
 *
 * Rules that hold for every function
 *
 * Codes. A function that can fail returns a zinit_code. 0 means done. A number below 0 is a failure. A number
 * above 0 is another outcome, which is not a failure. The meaning of a number never changes. New numbers can
 * be added: a program must expect numbers that it does not know.
 *
 * Exchange codes. Where a comment says "an exchange code", the function talks to the daemon. It can then
 * return ZINIT_ERR_NOT_RUNNING, ZINIT_ERR_PERMISSION, ZINIT_ERR_IO, ZINIT_ERR_NO_REPLY, ZINIT_ERR_CLOSED,
 * ZINIT_ERR_PROTOCOL, ZINIT_ERR_REPLY_TOO_LARGE, ZINIT_ERR_DAEMON and ZINIT_ERR_NOT_SUPPORTED. Every function
 * that returns a code can return ZINIT_ERR_INTERNAL.
 *
 * Errors. The last parameter `error` may be NULL if the code is enough. Otherwise it is set on every call: to
 * NULL on success, and on failure to an error object that the caller frees. Free this object before you use
 * the same variable for the next call. There is no "last error" of a thread.
 *
 * Out-parameters are set to NULL or 0 on entry and get their result on success. So one clean-up path can free
 * everything, whichever call has failed.
 *
 * Ownership. If a function makes an object for the caller, its comment names the zinit_..._free() that frees
 * the object. For text this is zinit_string_free(). Never call free(). Every free function takes NULL. What a
 * getter returns is borrowed: it is valid until the object that it came from is freed or changed. What the
 * caller passes to a function is borrowed for the call. The library makes a copy if it needs it longer.
 *
 * NULL. A pointer may be NULL only if the comment says so. Otherwise the function returns
 * ZINIT_ERR_INVALID_ARGUMENT. A getter accepts NULL and an index that is out of range: it then returns NULL,
 * 0, or what its comment says.
 *
 * Text is UTF-8 and ends with a NUL. A path is any bytes and ends with a NUL. A service's name has 1 to 250
 * bytes and contains neither a newline nor a /.
 *
 * Truth values are int32_t. The library returns 0 or 1. It takes every number except 0 as true.
 *
 * Threads. The rule depends on what a function does. Each section says which rules apply to its objects.
 *   A function that takes a client: any number of threads may use one client at the same time.
 *   A getter: any number of threads may read one object at the same time, if no thread changes or frees it.
 *   A function that changes its object (a setter, zinit_..._next(), zinit_..._dispatch()): only one thread at
 *     a time, and no other thread may read the object meanwhile.
 *   A function that frees an object: must not overlap another call on the object.
 *   A function that uses no object: any thread, any time.
 * After a fork without exec, the child may use clients and service definitions, but no other objects from before the fork.
 *
 * Processes. The daemon reports only the process that it spawned for a service. It does not report the
 * children of that process: "the process has ended" does not say that they have ended too.
 *
 * Side effects. The library starts no thread, installs no signal handler, calls no function of the caller,
 * and writes nothing to stdout or stderr. It never raises SIGPIPE. A child that calls exec inherits no
 * descriptor of it. If a thread is cancelled (pthread_cancel) during a call, the cancellation takes effect
 * after the call.
 *
 * Memory. If there is no memory for the bytes of a reply, the call returns ZINIT_ERR_IO and
 * zinit_error_os_errno() is ENOMEM. If there is no memory for something else, for example for the objects
 * that are made from a reply, the process is aborted: SIGABRT, after a message on stderr. A service's file is
 * then either the old or the new one.
 *
 * Versions. "Since" names the first version of this library that has a function, a type or a constant. A
 * version of zinit in parentheses is the one on which the behaviour was observed.
 */
#ifndef ZINIT_H
#define ZINIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * 1. Version
 * ==========
 *
 * Threads: any thread may call these functions at any time. Since 0.1.0.
 */

/**
 * The version that this header belongs to, as text.
 */
#define ZINIT_VERSION_STRING "0.2.0"

/**
 * The major number of the version that this header belongs to.
 */
#define ZINIT_VERSION_MAJOR 0

/**
 * The minor number of that version.
 */
#define ZINIT_VERSION_MINOR 2

/**
 * The patch number of that version.
 */
#define ZINIT_VERSION_PATCH 0

/**
 * The ABI number: the number of the binary interface that this header belongs to. A program that was built
 * for one ABI number runs with every library that has the same number. After dlopen, compare it with
 * zinit_abi_version().
 */
#define ZINIT_ABI_VERSION 0

/**
 * Returns the version of the library that is loaded.
 *
 * @return text such as "1.2.3"; static, never NULL
 */
const char *zinit_version(void);

/**
 * Returns the ABI number of the library that is loaded.
 *
 * @return the number; compare it with ZINIT_ABI_VERSION
 */
int32_t zinit_abi_version(void);

/*
 * 2. Codes
 * ========
 *
 * Threads: any thread may call these functions at any time. Since 0.1.0.
 */

/**
 * The result of a call. 0 means done. A number below 0 is a failure. A number above 0 is another outcome,
 * which is not a failure and makes no error object. The meaning of a number never changes, and a number is
 * never used for something else.
 */
typedef int32_t zinit_code;

/**
 * Done.
 */
#define ZINIT_OK 0

/**
 * There is no result yet. Call again when the file descriptor is readable.
 */
#define ZINIT_PENDING 1

/**
 * All lines of the log have been returned.
 */
#define ZINIT_END 2

/**
 * An argument is not valid: it is NULL, not UTF-8, or out of range. Nothing was sent, opened or changed.
 */
#define ZINIT_ERR_INVALID_ARGUMENT (-1)

/**
 * A service name is empty, is longer than 250 bytes, or contains a newline or a /. Nothing was sent, opened
 * or changed.
 */
#define ZINIT_ERR_INVALID_NAME (-2)

/**
 * zinit does not know the signal. Nothing was sent or changed.
 */
#define ZINIT_ERR_INVALID_SIGNAL (-3)

/**
 * A pattern is not a valid regular expression, or is too large. Nothing was changed.
 */
#define ZINIT_ERR_INVALID_REGEX (-4)

/**
 * The daemon would refuse the service definition. The message names the key. Nothing was sent or written.
 */
#define ZINIT_ERR_INVALID_SERVICE (-5)

/**
 * zinit_state_parse() cannot read the text.
 */
#define ZINIT_ERR_INVALID_STATE (-6)

/**
 * The daemon does not know a service of that name.
 */
#define ZINIT_ERR_UNKNOWN_SERVICE (-20)

/**
 * The service is already monitored.
 */
#define ZINIT_ERR_ALREADY_MONITORED (-21)

/**
 * The service must be stopped first.
 */
#define ZINIT_ERR_SERVICE_UP (-22)

/**
 * The service has no process.
 */
#define ZINIT_ERR_SERVICE_DOWN (-23)

/**
 * The daemon is shutting down and does not start services any more.
 */
#define ZINIT_ERR_SHUTTING_DOWN (-24)

/**
 * The daemon could not load the service's file: the file is missing, or a key is invalid.
 */
#define ZINIT_ERR_CONFIG_REFUSED (-25)

/**
 * This version of the daemon does not support the operation.
 */
#define ZINIT_ERR_NOT_SUPPORTED (-26)

/**
 * The daemon refused for another reason. zinit_error_daemon_message() returns the daemon's own words.
 */
#define ZINIT_ERR_DAEMON (-27)

/**
 * The service did not reach the wanted state within the timeout.
 */
#define ZINIT_ERR_TIMEOUT (-40)

/**
 * The caller triggered the cancel object. Commands that were already sent are not undone.
 */
#define ZINIT_ERR_CANCELLED (-41)

/**
 * Somebody else stopped or started the service during the wait.
 */
#define ZINIT_ERR_TARGET_CHANGED (-42)

/**
 * The service failed: it will not reach the wanted state by itself.
 */
#define ZINIT_ERR_SERVICE_FAILED (-43)

/**
 * There is no socket, or no daemon listens on it.
 */
#define ZINIT_ERR_NOT_RUNNING (-60)

/**
 * This user may not connect to the daemon's socket, or the process behind /tmp/zinit.sock is another user's:
 * see zinit_options_set_socket_path(). Nothing was sent.
 */
#define ZINIT_ERR_PERMISSION (-61)

/**
 * A system call failed. zinit_error_os_errno() returns its errno.
 */
#define ZINIT_ERR_IO (-62)

/**
 * The daemon did not answer within the I/O timeout. It may still have acted.
 */
#define ZINIT_ERR_NO_REPLY (-63)

/**
 * The daemon closed the connection before its reply was complete. It may still have acted.
 */
#define ZINIT_ERR_CLOSED (-64)

/**
 * The reply does not follow the daemon's protocol, or the daemon speaks another protocol than the one that
 * zinit_options_set_protocol() has set.
 */
#define ZINIT_ERR_PROTOCOL (-65)

/**
 * The reply is larger than the client allows.
 */
#define ZINIT_ERR_REPLY_TOO_LARGE (-66)

/**
 * The service file does not exist.
 */
#define ZINIT_ERR_FILE_NOT_FOUND (-80)

/**
 * A service file cannot be read, written or removed. zinit_error_os_errno() returns the errno.
 */
#define ZINIT_ERR_FILE_IO (-81)

/**
 * The content of a service file is not a service definition. The message names the key or the line.
 */
#define ZINIT_ERR_FILE_SYNTAX (-82)

/**
 * The library could not find out the daemon's version.
 */
#define ZINIT_ERR_VERSION (-83)

/**
 * This library has a defect.
 */
#define ZINIT_ERR_INTERNAL (-99)

/**
 * Returns the name of a code, for a program's own messages.
 *
 * @param code any number
 * @return text such as "ZINIT_ERR_TIMEOUT"; "ZINIT_UNKNOWN_CODE" if this library has no code of that number;
 *     static, never NULL
 */
const char *zinit_code_name(zinit_code code);

/*
 * 3. Errors
 * =========
 *
 * Threads: any number of threads may read one error at the same time. Freeing it must not overlap
 * another call on it. Since 0.1.0.
 */

/**
 * The reason why a call failed. The caller owns it and frees it with zinit_error_free(). Every getter takes
 * NULL.
 */
typedef struct zinit_error zinit_error;

/**
 * The state of a service. An error can hold one. See the section "States and targets". Every getter takes
 * NULL.
 *
 * zinit 0.3 has states of its own, and zinit_state_text() returns its words. Their kinds are: inactive:
 * ZINIT_STATE_UNKNOWN; blocked: ZINIT_STATE_BLOCKED; starting: ZINIT_STATE_SPAWNED; running and stopping:
 * ZINIT_STATE_RUNNING; exited: ZINIT_STATE_SUCCESS with exit code 0, or else ZINIT_STATE_ERROR; failed:
 * ZINIT_STATE_ERROR, ZINIT_STATE_FAILURE if it was not spawned, or ZINIT_STATE_TEST_FAILURE. The exit code, the
 * signal and the reason are what the daemon tells beside the word (zinit 0.3.9).
 */
typedef struct zinit_state zinit_state;

/**
 * Returns the code that the call returned.
 *
 * @param error may be NULL
 * @return the code; ZINIT_OK for NULL
 */
zinit_code zinit_error_code(const zinit_error *error);

/**
 * Returns a message for people, on one line: what was tried, on which service, what came back, and what to
 * do.
 *
 * @param error may be NULL
 * @return the message, borrowed until the error is freed; "" for NULL
 */
const char *zinit_error_message(const zinit_error *error);

/**
 * Returns the name of the service that the error is about.
 *
 * @param error may be NULL
 * @return the name, borrowed until the error is freed; NULL if the error is not about a service
 */
const char *zinit_error_service(const zinit_error *error);

/**
 * Returns the daemon's own words, as they were received.
 *
 * @param error may be NULL
 * @return the words, borrowed until the error is freed; NULL if it was not the daemon that refused
 */
const char *zinit_error_daemon_message(const zinit_error *error);

/**
 * Returns the last state that was seen of the service, for ZINIT_ERR_SERVICE_FAILED, ZINIT_ERR_TIMEOUT and
 * ZINIT_ERR_TARGET_CHANGED.
 *
 * @param error may be NULL
 * @return the state, borrowed until the error is freed; NULL if no state was seen
 */
const zinit_state *zinit_error_state(const zinit_error *error);

/**
 * Returns the errno of the system call that failed.
 *
 * @param error may be NULL
 * @return the errno; 0 if the failure did not come from a system call
 */
int32_t zinit_error_os_errno(const zinit_error *error);

/**
 * Returns whether a command was sent before the failure. If so, the daemon may have acted on it.
 *
 * @param error may be NULL
 * @return 1 if a command was sent; 0 if nothing was sent
 */
int32_t zinit_error_request_sent(const zinit_error *error);

/**
 * Frees an error and all that was borrowed from it.
 *
 * @param error may be NULL
 */
void zinit_error_free(zinit_error *error);

/*
 * 4. Client and options
 * =====================
 *
 * Threads: any number of threads may read one options object at the same time. Changing options, freeing
 * options and freeing a client must not overlap another call on the same object. Since 0.1.0.
 */

/**
 * The protocol of whatever daemon is there: the client learns it from the replies. Since 0.2.0.
 */
#define ZINIT_PROTOCOL_ANY 0

/**
 * The line protocol, which zinit 0.2.0 to 0.2.14 speak. Since 0.2.0.
 */
#define ZINIT_PROTOCOL_LINE 1

/**
 * JSON-RPC, which zinit 0.2.15 to 0.2.28 speak. Since 0.2.0.
 */
#define ZINIT_PROTOCOL_JSONRPC 2

/**
 * JSON-RPC with other methods, which zinit 0.3.6 to 0.3.9 speak. That daemon has other states, reads its
 * directory only when it begins, and cannot replace nor forget most services: the functions concerned say so.
 * Since 0.2.0.
 */
#define ZINIT_PROTOCOL_ZINIT_0_3 3

/**
 * The services of a group are stopped side by side. Since 0.2.0.
 */
#define ZINIT_STOP_ORDER_ANY 0

/**
 * A service that runs after another one is stopped before that one: the reverse of `after`. Since 0.2.0.
 */
#define ZINIT_STOP_ORDER_REVERSE 1

/**
 * A daemon to talk to. A client never changes and holds no connection: each call opens its own.
 */
typedef struct zinit_client zinit_client;

/**
 * Settings from which clients are made. One options object can make any number of clients.
 */
typedef struct zinit_options zinit_options;

/**
 * Makes a client for the daemon behind a socket. All other options have their defaults. Does no I/O.
 *
 * @param socket_path may be NULL, for the default of zinit_options_set_socket_path(); at most 107 bytes;
 *     need not be UTF-8; borrowed
 * @param client required; receives a client; free it with zinit_client_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: any thread, any time.
 */
zinit_code zinit_client_new(const char *socket_path, zinit_client **client, zinit_error **error);

/**
 * Makes a client from options. Does no I/O.
 *
 * @param options required; borrowed. The client does not see later changes, and the options may be freed
 *     before the client
 * @param client required; receives a client; free it with zinit_client_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_client_with_options(const zinit_options *options,
                                     zinit_client **client,
                                     zinit_error **error);

/**
 * Frees a client. Requests, watches and log streams that were begun with it go on.
 *
 * @param client may be NULL
 */
void zinit_client_free(zinit_client *client);

/**
 * Makes options that all have their defaults.
 *
 * @return options, never NULL; free them with zinit_options_free()
 * Thread safety: any thread, any time.
 */
zinit_options *zinit_options_new(void);

/**
 * Sets the path of the daemon's socket. Default: /var/run/zinit.sock, and if nothing is there,
 * /tmp/zinit.sock, which is the default of zinit 0.2.15 and later.
 *
 * Any user can put a socket into /tmp. So a client without a path uses /tmp/zinit.sock only if the process
 * behind it is root's or the caller's own, by its effective user id; and if the path is a link that leads
 * elsewhere, so must the link be. Otherwise each call returns ZINIT_ERR_PERMISSION, and nothing is sent. A
 * path that is set here is used whoever listens there.
 *
 * @param options required
 * @param path may be NULL, for the default; at most 107 bytes; need not be UTF-8; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_options_set_socket_path(zinit_options *options, const char *path, zinit_error **error);

/**
 * Sets the directory of the daemon's service files, as this program sees it. Default: /etc/zinit.
 *
 * @param options required
 * @param path required; need not be UTF-8; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_options_set_config_dir(zinit_options *options, const char *path, zinit_error **error);

/**
 * Sets the zinit binary, which is asked for the daemon's version. Default: zinit, looked up in PATH.
 *
 * @param options required
 * @param path required; need not be UTF-8; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_options_set_zinit_binary(zinit_options *options, const char *path, zinit_error **error);

/**
 * Sets how long one exchange with the daemon may take. Default: 10000.
 *
 * @param options required
 * @param milliseconds must be above 0
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_options_set_io_timeout_ms(zinit_options *options, int64_t milliseconds, zinit_error **error);

/**
 * Sets how large one reply of the daemon may be. Default: 67108864 (64 MiB). What of a reply cannot be read as it
 * comes, such as a message, may be 4194304 bytes long; above that, the call ends with ZINIT_ERR_PROTOCOL.
 *
 * @param options required
 * @param bytes must be above 0
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_options_set_max_reply_bytes(zinit_options *options,
                                             uint64_t bytes,
                                             zinit_error **error);

/**
 * Sets how long a process must be Running before its service counts as up. Default: 250.
 *
 * This applies to start_wait, restart, deploy, reload, start_multiple and restart_multiple. It does not
 * apply to a service with a test: there, Running means that the test has passed. A process that is
 * Running at the timeout counts as up too, if it was Running whenever it was seen, and if no other
 * process of the service has ended since the start. Since 0.2.0.
 *
 * @param options required
 * @param milliseconds 0 or more; 0: the service is up as soon as it is Running
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_options_set_steady_ms(zinit_options *options, int64_t milliseconds, zinit_error **error);

/**
 * Sets the protocol that the daemon must speak. Default: ZINIT_PROTOCOL_ANY, which works with every daemon.
 *
 * With ZINIT_PROTOCOL_ANY, a client learns the protocol from the replies. Its first command to zinit 0.2.15
 * or later takes two exchanges more, and so does the first one after the daemon was replaced by one that
 * speaks another protocol. No command is carried out twice. With another number, a call to a daemon that
 * speaks another protocol returns ZINIT_ERR_PROTOCOL, and the daemon has not acted. Since 0.2.0.
 *
 * @param options required
 * @param protocol a ZINIT_PROTOCOL_ number
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_options_set_protocol(zinit_options *options, int32_t protocol, zinit_error **error);

/**
 * Sets the order in which zinit_client_stop_multiple(), zinit_client_destroy_services() and
 * zinit_client_restart_multiple() stop their services. Default: ZINIT_STOP_ORDER_ANY.
 *
 * With ZINIT_STOP_ORDER_REVERSE, a service that runs after another service of the same call is down
 * before that one is told to stop. Services that do not depend on each other are stopped side by side.
 * For this, the daemon is first asked for the status of each service, which names what the service runs
 * after. What a service that is not in the call runs after does not count. Between services that run
 * after each other in a circle there is no order.
 *
 * If a service cannot be stopped, those that it runs after are told to stop all the same, as soon as its
 * failure is known. If the daemon refuses the status of a service, the service fails, and it is not told
 * to stop.
 *
 * The timeout is for the whole call. When it is over, the services that are left are killed in the same
 * order, and those that have not been told yet, too. So the timeout must be long enough for one after
 * the other. A service that is still running 5 s later, though it was killed, holds up nobody any more.
 * With a timeout of 0, zinit_client_stop_multiple() tells the services in this order, and waits for
 * none. Since 0.2.0.
 *
 * @param options required
 * @param order a ZINIT_STOP_ORDER_ number
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_options_set_stop_order(zinit_options *options, int32_t order, zinit_error **error);

/**
 * Frees options. Clients that were made from them stay valid.
 *
 * @param options may be NULL
 */
void zinit_options_free(zinit_options *options);

/*
 * 5. Queries
 * ==========
 *
 * Threads: any number of threads may call these functions with one client, and may read one list, status,
 * stats or version, at the same time. Freeing an object must not overlap another call on it. Since 0.1.0.
 */

/**
 * The version of a daemon. Every getter takes NULL.
 */
typedef struct zinit_daemon_version zinit_daemon_version;

/**
 * All monitored services at one moment, sorted by name. Every getter takes NULL.
 */
typedef struct zinit_service_list zinit_service_list;

/**
 * What the processes of one service use. Every getter takes NULL. Since 0.2.0.
 */
typedef struct zinit_stats zinit_stats;

/**
 * One service at one moment. Every getter takes NULL.
 */
typedef struct zinit_status zinit_status;

/**
 * The status of each monitored service, sorted by name. Every getter takes NULL. Since 0.2.0.
 */
typedef struct zinit_status_list zinit_status_list;

/**
 * Gets all monitored services and their states.
 *
 * @param client required
 * @param list required; receives a list; free it with zinit_service_list_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; ZINIT_ERR_UNKNOWN_SERVICE if services are forgotten again
 *     and again during the call; an exchange code
 */
zinit_code zinit_client_list(const zinit_client *client, zinit_service_list **list, zinit_error **error);

/**
 * Returns how many services there are.
 *
 * @param list may be NULL
 * @return the number; 0 for NULL
 */
size_t zinit_service_list_len(const zinit_service_list *list);

/**
 * Returns the name of a service.
 *
 * @param list may be NULL
 * @param index from 0
 * @return the name, borrowed until the list is freed; NULL if the index is out of range
 */
const char *zinit_service_list_name(const zinit_service_list *list, size_t index);

/**
 * Returns the state of a service.
 *
 * @param list may be NULL
 * @param index from 0
 * @return the state, borrowed until the list is freed; NULL if the index is out of range
 */
const zinit_state *zinit_service_list_state(const zinit_service_list *list, size_t index);

/**
 * Frees a list and all that was borrowed from it.
 *
 * @param list may be NULL
 */
void zinit_service_list_free(zinit_service_list *list);

/**
 * Gets the status of one service.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param status required; receives a status; free it with zinit_status_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE; an
 *     exchange code
 */
zinit_code zinit_client_status(const zinit_client *client,
                               const char *name,
                               zinit_status **status,
                               zinit_error **error);

/**
 * Returns the service's name.
 *
 * @param status may be NULL
 * @return the name, borrowed until the status is freed; NULL for NULL
 */
const char *zinit_status_name(const zinit_status *status);

/**
 * Returns the process id of the process that the daemon spawned for the service.
 *
 * @param status may be NULL
 * @return the process id; 0 if no process is running, and for NULL
 */
int32_t zinit_status_pid(const zinit_status *status);

/**
 * Returns the service's state.
 *
 * @param status may be NULL
 * @return the state, borrowed until the status is freed; NULL for NULL
 */
const zinit_state *zinit_status_state(const zinit_status *status);

/**
 * Returns the service's target: the state that the daemon works towards.
 *
 * @param status may be NULL
 * @return a ZINIT_TARGET_ number; ZINIT_TARGET_UNKNOWN for NULL
 */
int32_t zinit_status_target(const zinit_status *status);

/**
 * Returns how many services this service starts after.
 *
 * @param status may be NULL
 * @return the number; 0 for NULL
 */
size_t zinit_status_after_len(const zinit_status *status);

/**
 * Returns the name of a service that this service starts after.
 *
 * @param status may be NULL
 * @param index from 0
 * @return the name, borrowed until the status is freed; NULL if the index is out of range
 */
const char *zinit_status_after_name(const zinit_status *status, size_t index);

/**
 * Returns the state of a service that this service starts after. A service that is not monitored has the
 * state Unknown (zinit 0.2.14).
 *
 * @param status may be NULL
 * @param index from 0
 * @return the state, borrowed until the status is freed; NULL if the index is out of range
 */
const zinit_state *zinit_status_after_state(const zinit_status *status, size_t index);

/**
 * Frees a status and all that was borrowed from it.
 *
 * @param status may be NULL
 */
void zinit_status_free(zinit_status *status);

/**
 * Gets what the processes of one service use: memory and processor time. The daemon measures for 1 to 2 s
 * (zinit 0.2.28), so the I/O timeout must be longer. zinit 0.3 does not measure processor time: it is 0
 * (zinit 0.3.9). zinit before 0.2.15 does not tell it: such a daemon is asked
 * only which protocol it speaks, and the call ends with ZINIT_ERR_NOT_SUPPORTED. Since 0.2.0.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param stats required; receives stats; free them with zinit_stats_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE;
 *     ZINIT_ERR_SERVICE_DOWN if the service has no process; ZINIT_ERR_NOT_SUPPORTED; an exchange code
 */
zinit_code zinit_client_stats(const zinit_client *client,
                              const char *name,
                              zinit_stats **stats,
                              zinit_error **error);

/**
 * Returns the process id of the process that the daemon spawned for the service. Since 0.2.0.
 *
 * @param stats may be NULL
 * @return the process id; 0 for NULL
 */
int32_t zinit_stats_pid(const zinit_stats *stats);

/**
 * Returns how much memory that process uses. Its children are not counted. Since 0.2.0.
 *
 * @param stats may be NULL
 * @return the memory in bytes; 0 for NULL
 */
uint64_t zinit_stats_memory(const zinit_stats *stats);

/**
 * Returns how much processor time that process uses, while the daemon measures. Its children are not counted.
 * Since 0.2.0.
 *
 * @param stats may be NULL
 * @return the percentage of one processor, a finite number; above 100 if the process runs on several; 0 for
 *     NULL
 */
double zinit_stats_cpu(const zinit_stats *stats);

/**
 * Returns how many children there are: all descendants of the process, in no order. Since 0.2.0.
 *
 * @param stats may be NULL
 * @return the number; 0 for NULL
 */
size_t zinit_stats_child_len(const zinit_stats *stats);

/**
 * Returns the process id of a child. Since 0.2.0.
 *
 * @param stats may be NULL
 * @param index from 0
 * @return the process id; 0 if the index is out of range
 */
int32_t zinit_stats_child_pid(const zinit_stats *stats, size_t index);

/**
 * Returns how much memory a child uses. Since 0.2.0.
 *
 * @param stats may be NULL
 * @param index from 0
 * @return the memory in bytes; 0 if the index is out of range
 */
uint64_t zinit_stats_child_memory(const zinit_stats *stats, size_t index);

/**
 * Returns how much processor time a child uses, while the daemon measures. Since 0.2.0.
 *
 * @param stats may be NULL
 * @param index from 0
 * @return the percentage of one processor, as for zinit_stats_cpu(); 0 if the index is out of range
 */
double zinit_stats_child_cpu(const zinit_stats *stats, size_t index);

/**
 * Frees stats. Since 0.2.0.
 *
 * @param stats may be NULL
 */
void zinit_stats_free(zinit_stats *stats);

/**
 * Finds out whether a service is monitored. A service file alone does not count.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param exists required; receives 1 or 0
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; an exchange code
 */
zinit_code zinit_client_exists(const zinit_client *client,
                               const char *name,
                               int32_t *exists,
                               zinit_error **error);

/**
 * Gets the version of the zinit binary, as zinit -V prints it. The daemon itself does not report its
 * version: if the binary was replaced after the daemon started, the daemon is older than the result. If this
 * client has learned which protocol the daemon speaks, and zinit of that version speaks another one, the
 * call returns ZINIT_ERR_VERSION, and its message says so. The call takes at most the I/O timeout, plus one
 * second if the child process hangs.
 *
 * zinit 0.3 tells its version itself, and is asked if the client has learned that it is there: by any call before,
 * such as zinit_client_protocol(). Then this call can also end as that one does (zinit 0.3.9).
 *
 * @param client required
 * @param version required; receives a version; free it with zinit_daemon_version_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_VERSION, ZINIT_ERR_IO, ZINIT_ERR_INTERNAL
 */
zinit_code zinit_client_version(const zinit_client *client,
                                zinit_daemon_version **version,
                                zinit_error **error);

/**
 * Finds out which protocol the daemon speaks at this moment. The daemon is asked in one exchange, or two if it
 * is zinit 0.3, which change nothing. The answer does not depend on what the client has learned before, nor on what
 * zinit_options_set_protocol() has set. Since 0.2.0.
 *
 * @param client required
 * @param protocol required; receives ZINIT_PROTOCOL_LINE, ZINIT_PROTOCOL_JSONRPC or ZINIT_PROTOCOL_ZINIT_0_3
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; an exchange code
 */
zinit_code zinit_client_protocol(const zinit_client *client,
                                 int32_t *protocol,
                                 zinit_error **error);

/**
 * Returns the major number.
 *
 * @param version may be NULL
 * @return the number; 0 for NULL
 */
uint64_t zinit_daemon_version_major(const zinit_daemon_version *version);

/**
 * Returns the minor number.
 *
 * @param version may be NULL
 * @return the number; 0 for NULL
 */
uint64_t zinit_daemon_version_minor(const zinit_daemon_version *version);

/**
 * Returns the patch number.
 *
 * @param version may be NULL
 * @return the number; 0 for NULL
 */
uint64_t zinit_daemon_version_patch(const zinit_daemon_version *version);

/**
 * Returns the version as the binary printed it, without the leading v.
 *
 * @param version may be NULL
 * @return text such as "0.2.14", borrowed until the version is freed; NULL for NULL
 */
const char *zinit_daemon_version_text(const zinit_daemon_version *version);

/**
 * Frees a version and all that was borrowed from it.
 *
 * @param version may be NULL
 */
void zinit_daemon_version_free(zinit_daemon_version *version);

/**
 * Gets the status of each monitored service.
 *
 * The daemon is asked for its list, and then for each status, up to four of them side by side: each status is of
 * its own moment. A service that is forgotten in the meantime is left out. A service whose name
 * zinit_client_status() would refuse has only what the list tells, its name and its state: its pid is 0, its
 * target is ZINIT_TARGET_UNKNOWN, and it has no services that it starts after. Any other failure for one
 * service ends the call, and zinit_error_service() returns its name. The call holds up to five file
 * descriptors. The list of zinit 0.3 tells all but the services that one starts after, and is asked for alone
 * (zinit 0.3.9). Since 0.2.0.
 *
 * @param client required
 * @param list required; receives a list; free it with zinit_status_list_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; ZINIT_ERR_UNKNOWN_SERVICE if services are forgotten again
 *     and again while the daemon makes its list; an exchange code
 */
zinit_code zinit_client_statuses(const zinit_client *client,
                                 zinit_status_list **list,
                                 zinit_error **error);

/**
 * Returns how many services there are. Since 0.2.0.
 *
 * @param list may be NULL
 * @return the number; 0 for NULL
 */
size_t zinit_status_list_len(const zinit_status_list *list);

/**
 * Returns the status of a service. Since 0.2.0.
 *
 * @param list may be NULL
 * @param index from 0
 * @return the status, borrowed until the list is freed; do not free it. NULL if the index is out of range
 */
const zinit_status *zinit_status_list_at(const zinit_status_list *list, size_t index);

/**
 * Frees a list and all that was borrowed from it. Since 0.2.0.
 *
 * @param list may be NULL
 */
void zinit_status_list_free(zinit_status_list *list);

/*
 * 6. States and targets
 * =====================
 *
 * Threads: any number of threads may read one state at the same time. Freeing it must not overlap
 * another call on it. Since 0.1.0.
 */

/**
 * A state that this library does not know, from a newer daemon. zinit_state_text() returns it.
 */
#define ZINIT_STATE_OTHER 0

/**
 * The service was just monitored. Nothing is known about it yet.
 */
#define ZINIT_STATE_UNKNOWN 1

/**
 * The service waits for a service that it starts after.
 */
#define ZINIT_STATE_BLOCKED 2

/**
 * The process is running. The test has not passed yet.
 */
#define ZINIT_STATE_SPAWNED 3

/**
 * The process is running. The test, if there is one, has passed. A service keeps this state after a stop for
 * as long as its process does not end.
 */
#define ZINIT_STATE_RUNNING 4

/**
 * The process ended with exit code 0. This is final for a oneshot. The daemon spawns any other service again
 * after 2 s (zinit 0.2.14), or not at all (zinit 0.3.9).
 */
#define ZINIT_STATE_SUCCESS 5

/**
 * The process ended in another way. The reason says how. This is final for a oneshot. The daemon spawns any
 * other service again after 2 s (zinit 0.2.14).
 */
#define ZINIT_STATE_ERROR 6

/**
 * The daemon cannot spawn the command. This is final until the next start.
 */
#define ZINIT_STATE_FAILURE 7

/**
 * The daemon cannot run the test. The state may remain after a stop (zinit 0.2.14).
 */
#define ZINIT_STATE_TEST_FAILURE 8

/**
 * A target that this library does not know, from a newer daemon.
 */
#define ZINIT_TARGET_UNKNOWN 0

/**
 * The daemon keeps the service running.
 */
#define ZINIT_TARGET_UP 1

/**
 * The daemon keeps the service stopped.
 */
#define ZINIT_TARGET_DOWN 2

/**
 * Reads the text of a state, such as "Running" or "Error(Exited(Pid(1), 3))". Upper and lower case are the
 * same.
 *
 * @param text required; borrowed
 * @param state required; receives a state; free it with zinit_state_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_STATE
 * Thread safety: any thread, any time.
 */
zinit_code zinit_state_parse(const char *text, zinit_state **state, zinit_error **error);

/**
 * Returns the kind of a state.
 *
 * @param state may be NULL
 * @return a ZINIT_STATE_ number; ZINIT_STATE_OTHER for NULL
 */
int32_t zinit_state_kind(const zinit_state *state);

/**
 * Returns whether the kind is Success, Error, Failure or Blocked. This does not say whether a process is
 * running: a service is stopped when its target is Down and its pid is 0, whatever its state is.
 *
 * @param state may be NULL
 * @return 1 or 0; 0 for NULL
 */
int32_t zinit_state_exited(const zinit_state *state);

/**
 * Returns the text of a state, as it was received.
 *
 * @param state may be NULL
 * @return the text, borrowed until the state's owner is freed; NULL for NULL
 */
const char *zinit_state_text(const zinit_state *state);

/**
 * Returns the part of the text that is in parentheses; of zinit 0.3, why the service is in the state.
 *
 * @param state may be NULL
 * @return text such as "Exited(Pid(1), 3)" or "waiting on: db", borrowed until the state's owner is freed; NULL
 *     if there is no reason
 */
const char *zinit_state_reason(const zinit_state *state);

/**
 * Returns the exit code of a process that ended by itself.
 *
 * @param state may be NULL
 * @return the exit code; -1 if the daemon does not tell it. For Success the result is -1 before zinit 0.3, whose
 *     text for it does not contain the exit code 0
 */
int32_t zinit_state_exit_code(const zinit_state *state);

/**
 * Returns the name of the signal that ended the process.
 *
 * @param state may be NULL
 * @return text such as "SIGSEGV", borrowed until the state's owner is freed; NULL if no signal ended it
 */
const char *zinit_state_signal(const zinit_state *state);

/**
 * Frees a state that zinit_state_parse() made. All other states are borrowed: they are freed together with
 * their owner.
 *
 * @param state may be NULL
 */
void zinit_state_free(zinit_state *state);

/**
 * Returns zinit's word for a kind of state.
 *
 * @param kind a ZINIT_STATE_ number
 * @return text such as "Running"; "Other" for ZINIT_STATE_OTHER; NULL if kind is not a ZINIT_STATE_ number;
 *     static
 * Thread safety: any thread, any time.
 */
const char *zinit_state_kind_name(int32_t kind);

/**
 * Returns zinit's word for a target.
 *
 * @param target a ZINIT_TARGET_ number
 * @return "Up", "Down" or "Unknown"; NULL if target is not a ZINIT_TARGET_ number; static
 * Thread safety: any thread, any time.
 */
const char *zinit_target_name(int32_t target);

/*
 * 7. Service definitions
 * ======================
 *
 * Threads: any number of threads may call these functions with one client, and may read one definition or
 * list, at the same time. Changing or freeing a definition, or freeing a list or text, must not overlap
 * another call on the same object. Since 0.1.0.
 *
 * Two rules hold for what is written. A definition that was read and not changed is written byte for byte.
 * A change changes only what it names: comments, order and unknown keys stay.
 *
 * What cannot be read: a file of more than 262144 bytes, or that is not UTF-8; a NUL character, because the
 * daemon reads nothing behind it; a second document; lists and maps that are nested more than 64 deep.
 * No message shows a value of env, because it can be secret.
 */

/**
 * The key is absent. The daemon then uses ZINIT_LOG_RING.
 */
#define ZINIT_LOG_UNSET 0

/**
 * The output goes to the daemon's ring buffer.
 */
#define ZINIT_LOG_RING 1

/**
 * The output goes to the daemon's own output.
 */
#define ZINIT_LOG_STDOUT 2

/**
 * The output is discarded.
 */
#define ZINIT_LOG_NONE 3

/**
 * The key is absent, or has no value. Since 0.2.0.
 */
#define ZINIT_KEY_ABSENT 0

/**
 * The key has a value that is understood, or is not known to the library. Since 0.2.0.
 */
#define ZINIT_KEY_PRESENT 1

/**
 * The key has a value that cannot be understood. It is kept until the key is set. Since 0.2.0.
 */
#define ZINIT_KEY_NOT_UNDERSTOOD 2

/**
 * The daemon refuses the file. Since 0.2.0.
 */
#define ZINIT_SEVERITY_ERROR 1

/**
 * The daemon loads the file, but it may not be what was meant. Since 0.2.0.
 */
#define ZINIT_SEVERITY_WARNING 2

/**
 * The problems of a service file, in the order of the file. Every getter takes NULL. Since 0.2.0.
 */
typedef struct zinit_problem_list zinit_problem_list;

/**
 * A service definition: the content of a service file. Every getter takes NULL.
 */
typedef struct zinit_service zinit_service;

/**
 * Makes a definition that has no keys.
 *
 * @return a definition, never NULL; free it with zinit_service_free()
 * Thread safety: any thread, any time.
 */
zinit_service *zinit_service_new(void);

/**
 * Makes a copy of a definition, such as one that is borrowed from a request. The copy is as the definition is: what
 * was read and not changed is written byte for byte. Since 0.2.0.
 *
 * @param service may be NULL
 * @return a definition; free it with zinit_service_free(); NULL for NULL
 */
zinit_service *zinit_service_copy(const zinit_service *service);

/**
 * Reads the content of a service file. A value is read as the daemon or as a reader of YAML 1.1 reads it,
 * whichever takes more: yes and on mean true, null means absent, and numbers are accepted as text. A value
 * that cannot be understood is kept until it is set. zinit_check_yaml() tells what the daemon would refuse.
 *
 * @param yaml required; need not end with a NUL; borrowed
 * @param len the length in bytes; at most 262144
 * @param service required; receives a definition; free it with zinit_service_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_FILE_SYNTAX
 * Thread safety: any thread, any time.
 */
zinit_code zinit_service_from_yaml(const char *yaml,
                                   size_t len,
                                   zinit_service **service,
                                   zinit_error **error);

/**
 * Writes the content of a service file. If nothing was set, this is what was read, byte for byte. Otherwise
 * only the lines of the keys that were set are exchanged, and yes or RING, for example, becomes the word that
 * the daemon knows. A file whose lines cannot be told apart, such as {exec: a}, is written anew with the same
 * values. Refuses what the daemon would refuse or could not use: the message names the key, and the line if
 * the value was read.
 *
 * @param service required
 * @param yaml required; receives text; free it with zinit_string_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_SERVICE
 */
zinit_code zinit_service_to_yaml(const zinit_service *service, char **yaml, zinit_error **error);

/**
 * Frees a definition and all that was borrowed from it.
 *
 * @param service may be NULL
 */
void zinit_service_free(zinit_service *service);

/**
 * Frees text that a function of this library made for the caller.
 *
 * @param text may be NULL
 */
void zinit_string_free(char *text);

/**
 * Returns whether a definition has a key, be it known to the library or not. Since 0.2.0.
 *
 * @param service may be NULL
 * @param key may be NULL; the name of a key at the top of a service file, such as "exec"; borrowed
 * @return a ZINIT_KEY_ number; ZINIT_KEY_ABSENT for NULL, and if key is not UTF-8
 */
int32_t zinit_service_key_status(const zinit_service *service, const char *key);

/**
 * Returns the command that the service runs.
 *
 * @param service may be NULL
 * @return the text, borrowed until the definition is freed or changed; NULL if the key is absent, or if its
 *     value cannot be understood: zinit_service_key_status() tells which
 */
const char *zinit_service_exec(const zinit_service *service);

/**
 * Sets the command that the service runs.
 *
 * @param service required
 * @param command may be NULL, to remove the key; the daemon refuses a definition without it; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_service_set_exec(zinit_service *service, const char *command, zinit_error **error);

/**
 * Returns the test command. Its exit code shows whether the service is up.
 *
 * @param service may be NULL
 * @return the text, borrowed until the definition is freed or changed; NULL if the key is absent, or if its
 *     value cannot be understood: zinit_service_key_status() tells which
 */
const char *zinit_service_test(const zinit_service *service);

/**
 * Sets the test command. Its exit code shows whether the service is up.
 *
 * @param service required
 * @param command may be NULL, to remove the key; then the service is up as soon as its process runs; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_service_set_test(zinit_service *service, const char *command, zinit_error **error);

/**
 * Returns the directory that the service runs in.
 *
 * @param service may be NULL
 * @return the text, borrowed until the definition is freed or changed; NULL if the key is absent, or if its
 *     value cannot be understood: zinit_service_key_status() tells which
 */
const char *zinit_service_dir(const zinit_service *service);

/**
 * Sets the directory that the service runs in.
 *
 * @param service required
 * @param path may be NULL, to remove the key; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_service_set_dir(zinit_service *service, const char *path, zinit_error **error);

/**
 * Returns the name of the signal that stops the service.
 *
 * @param service may be NULL
 * @return the text, borrowed until the definition is freed or changed; NULL if the key is absent, or if its
 *     value cannot be understood: zinit_service_key_status() tells which
 */
const char *zinit_service_stop_signal(const zinit_service *service);

/**
 * Sets the signal that stops the service.
 *
 * @param service required
 * @param signal may be NULL, to remove the key; then the daemon sends SIGTERM; a name, in upper or lower
 *     case; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_SIGNAL
 */
zinit_code zinit_service_set_stop_signal(zinit_service *service, const char *signal, zinit_error **error);

/**
 * Returns whether the service runs once. Otherwise the daemon keeps it running.
 *
 * @param service may be NULL
 * @return 1 or 0; 0 for NULL, and if the value cannot be understood: zinit_service_key_status() tells
 */
int32_t zinit_service_oneshot(const zinit_service *service);

/**
 * Sets whether the service runs once.
 *
 * @param service required
 * @param oneshot 0 removes the key
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_service_set_oneshot(zinit_service *service, int32_t oneshot, zinit_error **error);

/**
 * Returns where the service's output goes.
 *
 * @param service may be NULL
 * @return a ZINIT_LOG_ number; ZINIT_LOG_UNSET for NULL, if the key is absent, or if its value cannot be
 *     understood: zinit_service_key_status() tells which
 */
int32_t zinit_service_log(const zinit_service *service);

/**
 * Sets where the service's output goes.
 *
 * @param service required
 * @param log a ZINIT_LOG_ number; ZINIT_LOG_UNSET removes the key
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_service_set_log(zinit_service *service, int32_t log, zinit_error **error);

/**
 * Returns how much time the service has to stop when the daemon shuts down.
 *
 * @param service may be NULL
 * @return seconds; -1 for NULL, if the key is absent, or if its value cannot be understood:
 *     zinit_service_key_status() tells which
 */
int64_t zinit_service_shutdown_timeout_s(const zinit_service *service);

/**
 * Sets how much time the service has to stop when the daemon shuts down.
 *
 * @param service required
 * @param seconds 0 or more; or -1 to remove the key: then the daemon uses 10 (zinit 0.2.14)
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_service_set_shutdown_timeout_s(zinit_service *service, int64_t seconds, zinit_error **error);

/**
 * Returns how many services must be up before this service is started.
 *
 * @param service may be NULL
 * @return the number; 0 for NULL, if the key is absent, or if its value cannot be understood:
 *     zinit_service_key_status() tells which
 */
size_t zinit_service_after_len(const zinit_service *service);

/**
 * Returns the name of a service that must be up before this service is started.
 *
 * @param service may be NULL
 * @param index from 0
 * @return the name, borrowed until the definition is freed or changed; NULL if the index is out of range
 */
const char *zinit_service_after_at(const zinit_service *service, size_t index);

/**
 * Adds a service that must be up before this service is started. Up means Running, or Success for a oneshot.
 *
 * @param service required
 * @param name required; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME
 */
zinit_code zinit_service_after_push(zinit_service *service, const char *name, zinit_error **error);

/**
 * Removes all services that must be up before this service is started.
 *
 * @param service may be NULL
 */
void zinit_service_after_clear(zinit_service *service);

/**
 * Returns how many environment variables the definition sets.
 *
 * @param service may be NULL
 * @return the number; 0 for NULL, if the key is absent, or if its value cannot be understood:
 *     zinit_service_key_status() tells which
 */
size_t zinit_service_env_len(const zinit_service *service);

/**
 * Returns the name of an environment variable. The variables are sorted by name.
 *
 * @param service may be NULL
 * @param index from 0
 * @return the name, borrowed until the definition is freed or changed; NULL if the index is out of range
 */
const char *zinit_service_env_key(const zinit_service *service, size_t index);

/**
 * Returns the value of an environment variable.
 *
 * @param service may be NULL
 * @param index from 0
 * @return the value, borrowed until the definition is freed or changed; NULL if the index is out of range, or
 *     if the value is not text
 */
const char *zinit_service_env_value(const zinit_service *service, size_t index);

/**
 * Sets an environment variable. Replaces a variable of the same name.
 *
 * @param service required
 * @param key required; copied
 * @param value may be NULL, to remove the variable; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_service_env_set(zinit_service *service,
                                 const char *key,
                                 const char *value,
                                 zinit_error **error);

/**
 * Reads the definition of a monitored service from its file. The daemon may use an older content, if the
 * file was changed since the daemon read it. The daemon does not report the content that it uses.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; receives a definition; free it with zinit_service_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
 *     ZINIT_ERR_FILE_NOT_FOUND, ZINIT_ERR_FILE_IO, ZINIT_ERR_FILE_SYNTAX; an exchange code
 */
zinit_code zinit_client_get(const zinit_client *client,
                            const char *name,
                            zinit_service **service,
                            zinit_error **error);

/**
 * Reads the definition of a service from its file, whether it is monitored or not. If the options set no
 * config directory and the daemon speaks JSON-RPC, it is asked for the definition instead. So is zinit 0.3 if
 * there is no such file: what has no key in a definition stands under the name of its section there, which is a
 * key that zinit 0.2 does not know.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; receives a definition; free it with zinit_service_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_FILE_NOT_FOUND,
 *     ZINIT_ERR_FILE_IO, ZINIT_ERR_FILE_SYNTAX; an exchange code
 */
zinit_code zinit_client_load_service(const zinit_client *client,
                                     const char *name,
                                     zinit_service **service,
                                     zinit_error **error);

/**
 * Writes a service's file, with the content that zinit_service_to_yaml() gives. Replaces an existing file: a
 * reader sees either the old or the new content, never a part. The daemon reads the file at
 * zinit_client_monitor(). If the options set no config directory and the daemon speaks JSON-RPC, the daemon
 * writes the file: it keeps the values, but neither comments nor spelling.
 *
 * zinit 0.3 then starts the service at once. It runs `exec` and `test` by a shell, waits for the services in
 * `after` as `after` and `requires`, and has no place for `log` and unknown keys: ZINIT_ERR_INVALID_SERVICE. It
 * hangs for ever if it is told to replace a definition. So a service that is there already is taken out first,
 * as by zinit_client_forget(): it must be the last one in the daemon's list, and be stopped (zinit 0.3.9).
 *
 * A symbolic link is followed, for reading, too; but not one of another user in a directory that everybody
 * may write to, unless it is root's or that of the directory's owner: this is ZINIT_ERR_FILE_IO.
 *
 * An existing file keeps its mode and its extended attributes: access control
 * lists, labels, and all others that the process can see. If one cannot be kept, the call fails with
 * ZINIT_ERR_FILE_IO, and the old file stays. The attributes security.ima and security.evm are not kept,
 * because they are hashes of the old content. The owner and the group are kept if the process may set them;
 * only root may give a file to another user. Otherwise the file belongs to the process's user, and the call
 * succeeds.
 *
 * The new content is first written to a file .zinit-client-PID-N.tmp beside the old one. If a process is
 * killed while it writes, this file stays. The next write in that directory removes it when it is more than
 * an hour old and no process holds it. Such files never stand in the way of a write.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_INVALID_SERVICE,
 *     ZINIT_ERR_FILE_IO, ZINIT_ERR_CONFIG_REFUSED; ZINIT_ERR_NOT_SUPPORTED or ZINIT_ERR_SERVICE_UP if zinit
 *     0.3 cannot replace it; an exchange code
 */
zinit_code zinit_client_add_service(const zinit_client *client,
                                    const char *name,
                                    const zinit_service *service,
                                    zinit_error **error);

/**
 * Removes a service's file. It is not a failure if the file does not exist. Stop and forget the service
 * first. If the options set no config directory and the daemon speaks JSON-RPC, the daemon removes the file;
 * zinit 0.3 does so by zinit_client_forget(), and this call does the same.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_FILE_IO,
 *     ZINIT_ERR_CONFIG_REFUSED; ZINIT_ERR_NOT_SUPPORTED or ZINIT_ERR_SERVICE_UP of zinit 0.3; an exchange code
 */
zinit_code zinit_client_remove_service(const zinit_client *client,
                                       const char *name,
                                       zinit_error **error);

/**
 * Finds what is wrong with the content of a service file as it stands: what the daemon would refuse (zinit
 * 0.2.14), and what a person may not have meant, such as a misspelled key or a command that needs a shell.
 * Success means that the content was checked, not that it is right. Content that is too long to be read gives
 * a list with one error. Since 0.2.0.
 *
 * @param yaml required; need not end with a NUL; borrowed
 * @param len the length in bytes; any length
 * @param problems required; receives a list, which is empty if nothing is wrong; free it with
 *     zinit_problem_list_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: any thread, any time.
 */
zinit_code zinit_check_yaml(const char *yaml, size_t len, zinit_problem_list **problems, zinit_error **error);

/**
 * Returns how many problems there are. Since 0.2.0.
 *
 * @param problems may be NULL
 * @return the number; 0 for NULL
 */
size_t zinit_problem_list_len(const zinit_problem_list *problems);

/**
 * Returns how bad a problem is. Since 0.2.0.
 *
 * @param problems may be NULL
 * @param index from 0
 * @return a ZINIT_SEVERITY_ number; 0 if the index is out of range
 */
int32_t zinit_problem_severity(const zinit_problem_list *problems, size_t index);

/**
 * Returns the line that a problem is in. Since 0.2.0.
 *
 * @param problems may be NULL
 * @param index from 0
 * @return the line, from 1; 0 if the index is out of range
 */
size_t zinit_problem_line(const zinit_problem_list *problems, size_t index);

/**
 * Returns the column that a problem begins in. Since 0.2.0.
 *
 * @param problems may be NULL
 * @param index from 0
 * @return the column, in characters, from 1; 0 if the index is out of range
 */
size_t zinit_problem_column(const zinit_problem_list *problems, size_t index);

/**
 * Returns the key that a problem is about. Since 0.2.0.
 *
 * @param problems may be NULL
 * @param index from 0
 * @return text such as "exec", "signal.stop" or "env.HOME", borrowed until the list is freed; NULL if the
 *     problem is not about a key, or the index is out of range
 */
const char *zinit_problem_key(const zinit_problem_list *problems, size_t index);

/**
 * Returns what is wrong, and what to write instead, on one line. It contains neither the place nor a value of
 * an environment variable. Since 0.2.0.
 *
 * @param problems may be NULL
 * @param index from 0
 * @return the text, borrowed until the list is freed; NULL if the index is out of range
 */
const char *zinit_problem_message(const zinit_problem_list *problems, size_t index);

/**
 * Frees a list and all that was borrowed from it. Since 0.2.0.
 *
 * @param problems may be NULL
 */
void zinit_problem_list_free(zinit_problem_list *problems);

/*
 * 8. Control
 * ==========
 *
 * Threads: any number of threads may call these functions with one client at the same time. Since 0.1.0.
 */

/**
 * Sets the service's target to Up and returns. The daemon starts the service as soon as the services that it
 * starts after are up. Has no effect on a service that is up. After a stop, the daemon waits 2 s before it
 * starts the service again (zinit 0.2.14).
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
 *     ZINIT_ERR_SHUTTING_DOWN; an exchange code
 */
zinit_code zinit_client_start(const zinit_client *client, const char *name, zinit_error **error);

/**
 * Sets the service's target to Down and returns. The daemon sends the stop signal (SIGTERM by default). The
 * process may still be running when this returns. The daemon sends SIGKILL only when it shuts down (zinit
 * 0.2.14). A daemon that speaks JSON-RPC sends SIGKILL half a second after the stop signal, and this returns
 * when the process has ended, after 1 to 2 s (zinit 0.2.28). zinit 0.3 stops the services that run after this
 * one, too, and sends SIGKILL after the shutdown timeout. It may start a service again that waited for another
 * one, or for its next start: see zinit_client_stop_wait() (zinit 0.3.9).
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE; an
 *     exchange code
 */
zinit_code zinit_client_stop(const zinit_client *client,
                             const char *name,
                             zinit_error **error);

/**
 * Tells the daemon to read the service's file and to start the service. The daemon reads a file only here
 * and when it starts: after a change of the file, stop, forget and monitor the service.
 *
 * zinit 0.3 reads no such file. If the options set a config directory, the library reads the file there, and
 * gives the definition to the daemon, as zinit_client_add_service() does. Otherwise a service is there as soon
 * as it is added, and this call ends with ZINIT_ERR_ALREADY_MONITORED (zinit 0.3.9).
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_ALREADY_MONITORED,
 *     ZINIT_ERR_CONFIG_REFUSED, ZINIT_ERR_SHUTTING_DOWN; ZINIT_ERR_INVALID_SERVICE if zinit 0.3 has no place
 *     for one of its keys; an exchange code
 */
zinit_code zinit_client_monitor(const zinit_client *client,
                                const char *name,
                                zinit_error **error);

/**
 * Tells the daemon to forget a service. The service must be stopped. Its file stays.
 *
 * zinit 0.3 removes its own file of the service, too. It mixes up its services if one is taken out that is not
 * the last one in its list, and takes out those that depend on it: then this call ends with
 * ZINIT_ERR_NOT_SUPPORTED, and has changed nothing (zinit 0.3.9).
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE;
 *     ZINIT_ERR_SERVICE_UP while its target is Up or its process is running; ZINIT_ERR_NOT_SUPPORTED; an
 *     exchange code
 */
zinit_code zinit_client_forget(const zinit_client *client,
                               const char *name,
                               zinit_error **error);

/**
 * Sends a signal to the service's process group. The target does not change: if the process ends, the daemon
 * spawns it again.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param signal required; a name such as "SIGHUP", in upper or lower case; borrowed. zinit_signal_name()
 *     returns the name for a number
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
 *     ZINIT_ERR_INVALID_SIGNAL, ZINIT_ERR_SERVICE_DOWN; an exchange code
 */
zinit_code zinit_client_kill(const zinit_client *client,
                             const char *name,
                             const char *signal,
                             zinit_error **error);

/**
 * Returns the name of a signal, as zinit_client_kill() takes it.
 *
 * @param number a signal number of signal.h, such as SIGTERM
 * @return text such as "SIGTERM"; NULL if zinit has no name for the number; static
 * Thread safety: any thread, any time.
 */
const char *zinit_signal_name(int32_t number);

/**
 * Tells the daemon to stop all services and to restart the machine. In a container, the daemon ends instead.
 * A daemon before 0.2.9 receives the command shutdown, which restarts the machine in those versions.
 *
 * @param client required
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; an exchange code
 */
zinit_code zinit_client_reboot(const zinit_client *client, zinit_error **error);

/**
 * Tells the daemon to stop all services and to turn the machine off. In a container, the daemon ends
 * instead. The call asks for the version first. It sends nothing to a daemon before 0.2.9, which would
 * restart the machine. If services start after each other in a circle, the daemon never ends (zinit 0.2.14).
 *
 * @param client required
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_NOT_SUPPORTED, ZINIT_ERR_VERSION; an exchange code
 */
zinit_code zinit_client_shutdown(const zinit_client *client, zinit_error **error);

/**
 * Tells the daemon to serve its JSON-RPC over HTTP, too. The daemon serves anyone who can connect, without any
 * authentication, and does as root what it is told there. An address other than a loopback address, such as
 * 127.0.0.1, gives root to the network; a loopback address gives it to every user of the machine. A server that
 * the daemon has started before is closed, unless this call fails (zinit 0.2.28). zinit before 0.2.15 has no
 * such server. Since 0.2.0.
 *
 * @param client required
 * @param address required; an IP address and a port, such as "127.0.0.1:8080" or "[::1]:8080"; host names are
 *     refused; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_NOT_SUPPORTED; ZINIT_ERR_DAEMON if, among others, the
 *     daemon cannot listen at the address; an exchange code
 */
zinit_code zinit_client_start_http_server(const zinit_client *client,
                                          const char *address,
                                          zinit_error **error);

/**
 * Tells the daemon to serve its JSON-RPC over HTTP no longer. Since 0.2.0.
 *
 * @param client required
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_NOT_SUPPORTED; ZINIT_ERR_DAEMON if, among others, it
 *     serves nothing over HTTP; an exchange code
 */
zinit_code zinit_client_stop_http_server(const zinit_client *client,
                                         zinit_error **error);

/*
 * 9. Waits
 * ========
 *
 * zinit does not report changes, so a wait asks again and again. It sees a change of state after at most a
 * tenth of the time that it has waited, and within 100 ms. If many waits are under way in a process, they
 * share the daemon: then each sees a change of state within a second, and a change of only the target within
 * 2.5 s.
 *
 * Threads: any number of threads may call these functions with one client and one cancel object at the
 * same time. Freeing a cancel object must not overlap another call on it. Since 0.1.0.
 */

/**
 * A cancel object. It ends calls from outside: from another thread or from a signal handler. Once triggered,
 * it stays triggered.
 */
typedef struct zinit_cancel zinit_cancel;

/**
 * Makes a cancel object. It holds one file descriptor.
 *
 * @param cancel required; receives a cancel object; free it with zinit_cancel_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_IO
 * Thread safety: any thread, any time.
 */
zinit_code zinit_cancel_new(zinit_cancel **cancel, zinit_error **error);

/**
 * Ends every call that uses the cancel object: the call returns ZINIT_ERR_CANCELLED within 10 ms. A call
 * that is given the cancel object later returns it too, before it sends anything. Commands that were already
 * sent are not undone. Does not change errno.
 *
 * @param cancel may be NULL
 * Thread safety: any thread, any time; async-signal-safe.
 */
void zinit_cancel_trigger(zinit_cancel *cancel);

/**
 * Frees a cancel object. No call may use it any more.
 *
 * @param cancel may be NULL
 */
void zinit_cancel_free(zinit_cancel *cancel);

/**
 * Starts a service and waits until it is up. Up means Running, or Success for a oneshot. A service without a
 * test must be Running for some time: see zinit_options_set_steady_ms(). A state from before the start does
 * not count. After a stop this takes more than 2 s, because the daemon waits that long before it starts a
 * service again (zinit 0.2.14).
 *
 * The service's file says whether the service is a oneshot. If the file is not there, is not this user's to
 * read, or is not a service definition, Running counts as up, and Success or Error that lasts for 3 s counts as
 * the end of a oneshot.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param timeout_ms milliseconds; 0: send the command and do not wait; -1: no limit; below -1: invalid
 * @param cancel may be NULL; must live until the call returns
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
 *     ZINIT_ERR_SHUTTING_DOWN; ZINIT_ERR_SERVICE_FAILED if the daemon cannot spawn it, or if it is a oneshot
 *     and its process failed; ZINIT_ERR_TIMEOUT; ZINIT_ERR_TARGET_CHANGED if somebody else stops it;
 *     ZINIT_ERR_FILE_IO if the system cannot read its file, for want of memory, for example;
 *     ZINIT_ERR_CANCELLED; an exchange code
 */
zinit_code zinit_client_start_wait(const zinit_client *client,
                                   const char *name,
                                   int64_t timeout_ms,
                                   zinit_cancel *cancel,
                                   zinit_error **error);

/**
 * Stops a service and waits until its process has ended, whatever its state is. A service that is forgotten
 * in the meantime counts as stopped. At the timeout, SIGKILL is sent, and again each second, at most ten
 * times. Without a limit, SIGKILL is never sent.
 *
 * The daemon reports only the process that it spawned. Children of that process may still be running.
 *
 * zinit 0.3 forgets the stop of a service that waits for its next start, or for another service. Such a service
 * is told to stop again when it is started, and counts as stopped when the time of its next start is over
 * (zinit 0.3.9).
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param timeout_ms milliseconds; 0: send the command and do not wait; -1: no limit; below -1: invalid
 * @param cancel may be NULL; must live until the call returns
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE;
 *     ZINIT_ERR_TIMEOUT if the process is still running after SIGKILL; ZINIT_ERR_TARGET_CHANGED if somebody
 *     else starts it; ZINIT_ERR_CANCELLED; an exchange code
 */
zinit_code zinit_client_stop_wait(const zinit_client *client,
                                  const char *name,
                                  int64_t timeout_ms,
                                  zinit_cancel *cancel,
                                  zinit_error **error);

/**
 * Stops a service, waits until its process has ended, starts it, and waits until it is up.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param stop_timeout_ms as for zinit_client_stop_wait(), but 0 means SIGKILL at once
 * @param start_timeout_ms as for zinit_client_start_wait()
 * @param cancel may be NULL; must live until the call returns
 * @param error may be NULL
 * @return ZINIT_OK; the codes of zinit_client_stop_wait() and zinit_client_start_wait(). The message says
 *     which step failed
 */
zinit_code zinit_client_restart(const zinit_client *client,
                                const char *name,
                                int64_t stop_timeout_ms,
                                int64_t start_timeout_ms,
                                zinit_cancel *cancel,
                                zinit_error **error);

/**
 * Puts a definition in force. If the service is monitored, stops and forgets it. Then writes its file,
 * monitors it, and waits until it is up. First the definition is checked and the new file is prepared. The
 * old file does not change before the service is stopped and forgotten. The file is written as by
 * zinit_client_add_service(): what that keeps is kept, and if it cannot be kept, nothing is stopped.
 *
 * If a service is forgotten while it is Blocked, the daemon goes on reporting Blocked after it is monitored
 * again, even though its process is running (zinit 0.2.14). Then this call ends with ZINIT_ERR_TIMEOUT. A
 * restart of the daemon solves this.
 *
 * zinit 0.3 can replace only the last service in its list, on which no other one depends: otherwise this call
 * ends with ZINIT_ERR_NOT_SUPPORTED before it sends anything that changes something (zinit 0.3.9).
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; borrowed
 * @param stop_timeout_ms as for zinit_client_stop_wait(), but 0 means SIGKILL at once
 * @param start_timeout_ms as for zinit_client_start_wait()
 * @param cancel may be NULL; must live until the call returns
 * @param error may be NULL
 * @return ZINIT_OK; the codes of zinit_client_stop_wait() and zinit_client_start_wait();
 *     ZINIT_ERR_INVALID_SERVICE, ZINIT_ERR_FILE_IO, ZINIT_ERR_NOT_SUPPORTED; ZINIT_ERR_CONFIG_REFUSED if the
 *     daemon cannot load the new file; ZINIT_ERR_SERVICE_UP if somebody else starts it, or ZINIT_ERR_ALREADY_MONITORED if somebody
 *     else monitors it, in the meantime. The message says which step failed
 */
zinit_code zinit_client_deploy(const zinit_client *client,
                               const char *name,
                               const zinit_service *service,
                               int64_t stop_timeout_ms,
                               int64_t start_timeout_ms,
                               zinit_cancel *cancel,
                               zinit_error **error);

/**
 * Puts an edited service file in force. First reads and checks the file: if the daemon would refuse it, this
 * call fails before it sends anything. Otherwise, if the service is monitored, stops and forgets it. Then
 * monitors it, and waits until it is up. A service that is stopped, or that the daemon does not know, is
 * started too. The file is not changed.
 *
 * If the call ends early, it does not undo what it has done:
 * - after ZINIT_ERR_TIMEOUT of the stop, the target is Down and the process is still running. The daemon has
 *   not read the file;
 * - after ZINIT_ERR_TIMEOUT of the start, the file is in force. The daemon goes on with the start;
 * - after ZINIT_ERR_CANCELLED or an exchange code, the service may be at any step: stopping, stopped,
 *   forgotten or monitored again. The same call, made again, completes the work.
 *
 * For a service that is Blocked, and for zinit 0.3, see zinit_client_deploy(). Since 0.2.0.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param stop_timeout_ms as for zinit_client_stop_wait(), but 0 means SIGKILL at once
 * @param start_timeout_ms as for zinit_client_start_wait()
 * @param cancel may be NULL; must live until the call returns
 * @param error may be NULL
 * @return ZINIT_OK; the codes of zinit_client_stop_wait() and zinit_client_start_wait();
 *     ZINIT_ERR_FILE_NOT_FOUND, ZINIT_ERR_FILE_IO, ZINIT_ERR_FILE_SYNTAX or ZINIT_ERR_INVALID_SERVICE if the
 *     check fails; ZINIT_ERR_NOT_SUPPORTED; ZINIT_ERR_CONFIG_REFUSED if the daemon cannot load the file all
 *     the same;
 *     ZINIT_ERR_SERVICE_UP if somebody else starts it, or ZINIT_ERR_ALREADY_MONITORED if somebody else
 *     monitors it, in the meantime. The message says which step failed
 */
zinit_code zinit_client_reload(const zinit_client *client,
                               const char *name,
                               int64_t stop_timeout_ms,
                               int64_t start_timeout_ms,
                               zinit_cancel *cancel,
                               zinit_error **error);

/*
 * 10. Groups
 * ==========
 *
 * Threads: any number of threads may call these functions with one client, and may read one report, at
 * the same time. Freeing a report must not overlap another call on it. Since 0.1.0.
 */

/**
 * Nothing was done to the service yet. Its definition may be read, and the daemon may be asked for it;
 * or it waits for its turn in a group. Since 0.2.0.
 */
#define ZINIT_STEP_NONE 0

/**
 * The service was told to stop, by this call or before it, and its process has not ended. Since 0.2.0.
 */
#define ZINIT_STEP_STOPPING 1

/**
 * SIGKILL is sent to the service, and its process has not ended. Since 0.2.0.
 */
#define ZINIT_STEP_KILLING 2

/**
 * The service is stopped. It waits for its next step: for its file to be read, or for other services of
 * its group to stop. Since 0.2.0.
 */
#define ZINIT_STEP_STOPPED 3

/**
 * The daemon is told to forget the service. Since 0.2.0.
 */
#define ZINIT_STEP_FORGETTING 4

/**
 * The new definition of the service is put in its place. Since 0.2.0.
 */
#define ZINIT_STEP_WRITING 5

/**
 * The definition of the service is removed. Since 0.2.0.
 */
#define ZINIT_STEP_REMOVING 6

/**
 * The daemon is told to start or to monitor the service, and the service is not up yet. Since 0.2.0.
 */
#define ZINIT_STEP_STARTING 7

/**
 * The service is where the call was to bring it: its code is ZINIT_OK. Since 0.2.0.
 */
#define ZINIT_STEP_DONE 8

/**
 * The result for each service, in the order in which the names were given. Every getter takes NULL.
 */
typedef struct zinit_report zinit_report;

/**
 * Monitors and starts services, and waits until all are up. Goes on if a service fails. The daemon reads the
 * file of each service first. If the file is gone, the service fails with ZINIT_ERR_CONFIG_REFUSED, even
 * while its process is running; the process goes on.
 *
 * @param client required
 * @param names the services' names; may be NULL if len is 0; borrowed; cast argv: (const char *const *)argv
 * @param len the number of names; 0 is valid and gives an empty report
 * @param timeout_ms the timeout for all services together; as for zinit_client_start_wait()
 * @param cancel may be NULL; must live until the call returns
 * @param report required; receives a report, on failure too, unless an argument is invalid; free it with
 *     zinit_report_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; ZINIT_ERR_CANCELLED; an exchange
 *     code. If services fail: the code of the first one, with a message that names each. These are the codes
 *     of zinit_client_monitor(), without ZINIT_ERR_ALREADY_MONITORED, and of zinit_client_start_wait()
 */
zinit_code zinit_client_start_multiple(const zinit_client *client,
                                       const char *const *names,
                                       size_t len,
                                       int64_t timeout_ms,
                                       zinit_cancel *cancel,
                                       zinit_report **report,
                                       zinit_error **error);

/**
 * Stops services and waits until their processes have ended. Goes on if a service fails. A service that
 * is not monitored counts as stopped. For the order, see zinit_options_set_stop_order().
 *
 * @param client required
 * @param names the services' names; may be NULL if len is 0; borrowed; cast argv: (const char *const *)argv
 * @param len the number of names; 0 is valid and gives an empty report
 * @param timeout_ms the timeout for all services together; as for zinit_client_stop_wait()
 * @param cancel may be NULL; must live until the call returns
 * @param report required; receives a report, on failure too, unless an argument is invalid; free it with
 *     zinit_report_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; ZINIT_ERR_CANCELLED; an exchange
 *     code. If services fail: the code of the first one, with a message that names each. These are the codes
 *     of zinit_client_stop_wait(), without ZINIT_ERR_UNKNOWN_SERVICE
 */
zinit_code zinit_client_stop_multiple(const zinit_client *client,
                                      const char *const *names,
                                      size_t len,
                                      int64_t timeout_ms,
                                      zinit_cancel *cancel,
                                      zinit_report **report,
                                      zinit_error **error);

/**
 * Restarts services: stops all of them side by side, then starts them again, and waits until all are up.
 * No service is started before all of them are stopped or have failed. Goes on if a service fails. A
 * service that cannot be stopped is not started, and one that is not monitored fails with
 * ZINIT_ERR_UNKNOWN_SERVICE. A service that was stopped before is started. The daemon starts a service
 * after those that its file names in `after`. For another order of the stops, see
 * zinit_options_set_stop_order(). Since 0.2.0.
 *
 * @param client required
 * @param names the services' names; may be NULL if len is 0; borrowed; cast argv: (const char *const *)argv
 * @param len the number of names; 0 is valid and gives an empty report
 * @param stop_timeout_ms the timeout for all services together; as for zinit_client_restart()
 * @param start_timeout_ms the timeout for all services together, from the end of the last stop on; as for
 *     zinit_client_restart()
 * @param cancel may be NULL; must live until the call returns
 * @param report required; receives a report, on failure too, unless an argument is invalid; free it with
 *     zinit_report_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; ZINIT_ERR_CANCELLED; an exchange
 *     code. If services fail: the code of the first one, with a message that names each. These are the codes
 *     of zinit_client_restart()
 */
zinit_code zinit_client_restart_multiple(const zinit_client *client,
                                         const char *const *names,
                                         size_t len,
                                         int64_t stop_timeout_ms,
                                         int64_t start_timeout_ms,
                                         zinit_cancel *cancel,
                                         zinit_report **report,
                                         zinit_error **error);

/**
 * Stops services, forgets them and removes their files. Goes on if a service fails: the file of that
 * service stays. If a service is not monitored, only its file is removed. For the order of the stops,
 * see zinit_options_set_stop_order().
 *
 * @param client required
 * @param names the services' names; may be NULL if len is 0; borrowed; cast argv: (const char *const *)argv
 * @param len the number of names; 0 is valid and gives an empty report
 * @param timeout_ms the timeout for all services together; as for zinit_client_stop_wait(), but 0 means
 *     SIGKILL at once
 * @param cancel may be NULL; must live until the call returns
 * @param report required; receives a report, on failure too, unless an argument is invalid; free it with
 *     zinit_report_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; ZINIT_ERR_CANCELLED; an exchange
 *     code. If services fail: the code of the first one, with a message that names each. These are the codes
 *     of zinit_client_stop_multiple(), zinit_client_forget() and zinit_client_remove_service()
 */
zinit_code zinit_client_destroy_services(const zinit_client *client,
                                         const char *const *names,
                                         size_t len,
                                         int64_t timeout_ms,
                                         zinit_cancel *cancel,
                                         zinit_report **report,
                                         zinit_error **error);

/**
 * Returns how many services the report has.
 *
 * @param report may be NULL
 * @return the number; 0 for NULL
 */
size_t zinit_report_len(const zinit_report *report);

/**
 * Returns the name of a service.
 *
 * @param report may be NULL
 * @param index from 0
 * @return the name, borrowed until the report is freed; NULL if the index is out of range
 */
const char *zinit_report_name(const zinit_report *report, size_t index);

/**
 * Returns the result for a service.
 *
 * @param report may be NULL
 * @param index from 0
 * @return ZINIT_OK; ZINIT_PENDING while the operation is under way; the code of its failure;
 *     ZINIT_ERR_INVALID_ARGUMENT if the index is out of range
 */
zinit_code zinit_report_code(const zinit_report *report, size_t index);

/**
 * Returns the last state that was seen of a service.
 *
 * @param report may be NULL
 * @param index from 0
 * @return the state, borrowed until the report is freed; NULL if no state was seen, or if the index is out
 *     of range
 */
const zinit_state *zinit_report_state(const zinit_report *report, size_t index);

/**
 * Returns the error of a service that failed.
 *
 * @param report may be NULL
 * @param index from 0
 * @return the error, borrowed until the report is freed; do not free it. NULL if the service has not failed,
 *     or if the index is out of range
 */
const zinit_error *zinit_report_error(const zinit_report *report, size_t index);

/**
 * Returns whether SIGKILL was sent to stop a service.
 *
 * @param report may be NULL
 * @param index from 0
 * @return 1 or 0; 0 if the index is out of range
 */
int32_t zinit_report_killed(const zinit_report *report, size_t index);

/**
 * Returns the step that a service is at. Since 0.2.0.
 *
 * @param report may be NULL
 * @param index from 0
 * @return a ZINIT_STEP_ number. For a service that failed: the step at which it failed. ZINIT_STEP_NONE if the
 *     index is out of range
 */
int32_t zinit_report_step(const zinit_report *report,
                          size_t index);

/**
 * Returns the process of a service, as the last reply about the service told it. Since 0.2.0.
 *
 * @param report may be NULL
 * @param index from 0
 * @return the process id; 0 if the service has no process, if the process is not known, or if the index is out
 *     of range. A list of all services tells no process: while a call waits for more than 8 services, or next to
 *     many other calls, the process is known only at times
 */
int32_t zinit_report_pid(const zinit_report *report,
                         size_t index);

/**
 * Returns the target of a service, as the last reply told it that tells of the target. Since 0.2.0.
 *
 * @param report may be NULL
 * @param index from 0
 * @return a ZINIT_TARGET_ number; ZINIT_TARGET_UNKNOWN if the target is not known, or if the index is out of
 *     range
 */
int32_t zinit_report_target(const zinit_report *report, size_t index);

/**
 * Returns the word for a step. Since 0.2.0.
 *
 * @param step a ZINIT_STEP_ number
 * @return text such as "Stopping"; NULL if step is not a ZINIT_STEP_ number; static
 * Thread safety: any thread, any time.
 */
const char *zinit_step_name(int32_t step);

/**
 * Frees a report and all that was borrowed from it.
 *
 * @param report may be NULL
 */
void zinit_report_free(zinit_report *report);

/*
 * 11. Matches
 * ===========
 *
 * Threads: any number of threads may call these functions with one client, and may read one filter or
 * list, at the same time. Changing a filter or freeing an object must not overlap another call on the
 * same object. Since 0.1.0.
 */

/**
 * Conditions on a service. All of them must hold. One filter can be used for any number of searches.
 */
typedef struct zinit_filter zinit_filter;

/**
 * Names of services, sorted. Every getter takes NULL.
 */
typedef struct zinit_name_list zinit_name_list;

/**
 * Makes a filter without conditions. Each zinit_filter_with_ function adds one.
 *
 * @return a filter, never NULL; free it with zinit_filter_free()
 * Thread safety: any thread, any time.
 */
zinit_filter *zinit_filter_new(void);

/**
 * Adds a condition: the service has this name.
 *
 * @param filter required
 * @param name required; the whole name; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME
 */
zinit_code zinit_filter_with_name(zinit_filter *filter, const char *name, zinit_error **error);

/**
 * Adds a condition: the service's whole name matches a shell pattern.
 *
 * The pattern has the syntax and the meaning of fnmatch(3) without flags: * is any text, ? is any character,
 * [a-z] is a character of a set, [!a-z] is one that is not in it, and a backslash takes away the meaning of
 * the character behind it. A dot at the beginning of a name is a character like any other. A set may have
 * classes such as [:digit:], which know only ASCII. In a set, [. and [= are refused, and a class at the end of
 * a range. A range has the characters from one Unicode code point to the other. The search takes time in
 * proportion to the length of the pattern times that of the name, and not more. Since 0.2.0.
 *
 * @param filter required
 * @param pattern required; such as "web-*"; at most 1024 bytes; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, also if a [ in the pattern is not closed, if it ends with a
 *     backslash, if it has an unknown class or a form that is refused, or if it is too long
 */
zinit_code zinit_filter_with_glob(zinit_filter *filter,
                                  const char *pattern,
                                  zinit_error **error);

/**
 * Adds a condition: the service's command runs a program of this name, in any directory.
 *
 * The program is the first word of the key exec in the service's file, without quotes and escapes. Only the
 * part after its last / counts. The command is not read as a shell reads it: in "A=1 /bin/x" the program is
 * "A=1", and in "x;y" it is "x;y". A command in which a quote is not closed matches nothing.
 *
 * @param filter required
 * @param basename required; such as "sshd"; copied. A name that contains a / matches nothing, except the
 *     name "/"
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_filter_with_exec(zinit_filter *filter, const char *basename, zinit_error **error);

/**
 * Adds a condition: a regular expression matches some part of the service's command, which is the key exec
 * in its file.
 *
 * The expression has the syntax of the Rust crate regex-lite. It means the same as in Go's package regexp,
 * with these differences:
 * - Go accepts, this library refuses: \pL, \p{Greek} and all Unicode classes; \Q...\E; \123 (write \x53); a
 *   { that is not part of a repetition, as in a{,5} (write \{); [, &&, -- and ~~ in a class (write [\[]);
 *   groups that are nested more than 50 deep.
 * - Go refuses, this library accepts: a**, a++, x{2}{3}; repetitions above 1000; (?<n>a), which Go accepts
 *   since 1.22; \u0041; the flags x, u and R.
 * - Different meaning: \< and \> are the start and the end of a word; \s also matches the vertical tab; (?i)
 *   ignores the case of ASCII letters only.
 *
 * An expression that takes more than 256 KiB when it is compiled is refused: with 32 bytes for a character,
 * that is a text of 8000 characters, or a{8000}. A smaller one with many groups is refused too: its size times
 * its groups is at most 10 MiB. zinit_client_matches() says what an expression may cost.
 *
 * @param filter required
 * @param pattern required; at most 8192 bytes; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_REGEX
 */
zinit_code zinit_filter_with_exec_regex(zinit_filter *filter,
                                        const char *pattern,
                                        zinit_error **error);

/**
 * Frees a filter.
 *
 * @param filter may be NULL
 */
void zinit_filter_free(zinit_filter *filter);

/**
 * Finds the monitored services for which all conditions of a filter hold.
 *
 * The daemon is asked only for its list. Files are read only for conditions on the command, and only for
 * services whose name matches. If a file is missing, is not this user's to read or is not a service definition,
 * its service does not match; this is not a failure. The daemon may use an older content of a file, if the file
 * was changed since the daemon read it.
 *
 * The time of the search is bounded: it grows with the size of the expressions times the length of the
 * commands, and with nothing else. An expression that takes up to 4 KiB when it is compiled, as one of 100
 * characters does, is searched for in each command that a file can have. A larger one, or several together, and a
 * command whose length times that size is more than 1 GiB end the call with ZINIT_ERR_INVALID_REGEX, and the
 * message names the service. One command takes half a second at most. In an event loop, others go on between
 * the commands, and a request that is freed searches no further.
 *
 * @param client required
 * @param filter required; must have at least one condition; borrowed
 * @param names required; receives a list, which is empty if nothing matches; free it with
 *     zinit_name_list_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; ZINIT_ERR_INVALID_REGEX if an expression is too large for the
 *     command of a service; ZINIT_ERR_UNKNOWN_SERVICE if services are forgotten again and again during the
 *     call; ZINIT_ERR_FILE_IO if the system cannot read a file, for want of memory, for example; an exchange
 *     code
 */
zinit_code zinit_client_matches(const zinit_client *client,
                                const zinit_filter *filter,
                                zinit_name_list **names,
                                zinit_error **error);

/**
 * Returns how many names there are.
 *
 * @param names may be NULL
 * @return the number; 0 for NULL
 */
size_t zinit_name_list_len(const zinit_name_list *names);

/**
 * Returns one name.
 *
 * @param names may be NULL
 * @param index from 0
 * @return the name, borrowed until the list is freed; NULL if the index is out of range
 */
const char *zinit_name_list_at(const zinit_name_list *names, size_t index);

/**
 * Frees a list of names and all that was borrowed from it.
 *
 * @param names may be NULL
 */
void zinit_name_list_free(zinit_name_list *names);

/*
 * 12. Requests
 * ============
 *
 * Threads: any number of threads may call these functions with one client, and may read one request, at
 * the same time. Changing a request, which zinit_request_dispatch() does, or freeing it must not overlap
 * another call on it. Since 0.1.0.
 */

/**
 * A call that runs in the caller's event loop. It is either under way or over. In a queue, zinit_queue_next()
 * continues it, and none of the following is needed.
 *
 * Wait until zinit_request_fd() is readable, then call zinit_request_dispatch(). Repeat this while it
 * returns ZINIT_PENDING. The file descriptor stays the same as long as the request exists, and becomes
 * readable for timeouts too: the event loop needs no timer. This works with epoll (level- or
 * edge-triggered), poll, libuv, asyncio and Go's netpoller. When the request is over, the descriptor stays
 * readable, and another dispatch does no harm.
 *
 * A request holds one file descriptor while it waits for a reply; a deployment holds one more until its file
 * is in place. A request for the status of every service holds up to five, and so does one that waits for
 * many services while it looks at them. One that stops a service over JSON-RPC holds up to three until the
 * daemon has taken the stop in. A request holds two more from the first zinit_request_fd() on. The limit
 * (ulimit -n) is often 1024: a program with many requests puts them into a zinit_queue. If several threads
 * wait on one epoll instance, use EPOLLONESHOT; the kernel refuses EPOLLEXCLUSIVE; an epoll instance may be
 * nested in at most four others, and one of a request with three or more descriptors in three. Remove the
 * descriptor from the event loop before zinit_request_free(), because its number is soon used again. After a
 * fork without exec, the child must neither dispatch nor free the request.
 */
typedef struct zinit_request zinit_request;

/**
 * Begins the request for zinit_client_list().
 *
 * @param client required
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_list(const zinit_client *client, zinit_request **request, zinit_error **error);

/**
 * Begins the request for zinit_client_status().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_status(const zinit_client *client,
                                     const char *name,
                                     zinit_request **request,
                                     zinit_error **error);

/**
 * Begins the request for zinit_client_statuses(). Since 0.2.0.
 *
 * @param client required
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_statuses(const zinit_client *client,
                                       zinit_request **request,
                                       zinit_error **error);

/**
 * Begins the request for zinit_client_stats(). Since 0.2.0.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_stats(const zinit_client *client,
                                    const char *name,
                                    zinit_request **request,
                                    zinit_error **error);

/**
 * Begins the request for zinit_client_exists(). Since 0.2.0.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_exists(const zinit_client *client,
                                     const char *name,
                                     zinit_request **request,
                                     zinit_error **error);

/**
 * Begins the request for zinit_client_version(). Since 0.2.0.
 *
 * @param client required
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_version(const zinit_client *client,
                                      zinit_request **request,
                                      zinit_error **error);

/**
 * Begins the request for zinit_client_protocol(). Since 0.2.0.
 *
 * @param client required
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_protocol(const zinit_client *client,
                                       zinit_request **request,
                                       zinit_error **error);

/**
 * Begins the request for zinit_client_get(). Since 0.2.0.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_get(const zinit_client *client,
                                  const char *name,
                                  zinit_request **request,
                                  zinit_error **error);

/**
 * Begins the request for zinit_client_load_service(). Since 0.2.0.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_load_service(const zinit_client *client,
                                           const char *name,
                                           zinit_request **request,
                                           zinit_error **error);

/**
 * Begins the request for zinit_client_add_service(). Since 0.2.0.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; copied
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_add_service(const zinit_client *client,
                                          const char *name,
                                          const zinit_service *service,
                                          zinit_request **request,
                                          zinit_error **error);

/**
 * Begins the request for zinit_client_remove_service(). Since 0.2.0.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_remove_service(const zinit_client *client,
                                             const char *name,
                                             zinit_request **request,
                                             zinit_error **error);

/**
 * Begins the request for zinit_client_start().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_start(const zinit_client *client,
                                    const char *name,
                                    zinit_request **request,
                                    zinit_error **error);

/**
 * Begins the request for zinit_client_stop().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_stop(const zinit_client *client,
                                   const char *name,
                                   zinit_request **request,
                                   zinit_error **error);

/**
 * Begins the request for zinit_client_monitor().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_monitor(const zinit_client *client,
                                      const char *name,
                                      zinit_request **request,
                                      zinit_error **error);

/**
 * Begins the request for zinit_client_forget().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_forget(const zinit_client *client,
                                     const char *name,
                                     zinit_request **request,
                                     zinit_error **error);

/**
 * Begins the request for zinit_client_kill().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param signal as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_INVALID_SIGNAL;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_kill(const zinit_client *client,
                                   const char *name,
                                   const char *signal,
                                   zinit_request **request,
                                   zinit_error **error);

/**
 * Begins the request for zinit_client_reboot(). Since 0.2.0.
 *
 * @param client required
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_reboot(const zinit_client *client,
                                     zinit_request **request,
                                     zinit_error **error);

/**
 * Begins the request for zinit_client_shutdown(). Since 0.2.0.
 *
 * @param client required
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_shutdown(const zinit_client *client,
                                       zinit_request **request,
                                       zinit_error **error);

/**
 * Begins the request for zinit_client_start_http_server(). Since 0.2.0.
 *
 * @param client required
 * @param address as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_start_http_server(const zinit_client *client,
                                                const char *address,
                                                zinit_request **request,
                                                zinit_error **error);

/**
 * Begins the request for zinit_client_stop_http_server(). Since 0.2.0.
 *
 * @param client required
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_stop_http_server(const zinit_client *client,
                                               zinit_request **request,
                                               zinit_error **error);

/**
 * Begins the request for zinit_client_start_wait().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param timeout_ms as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_start_wait(const zinit_client *client,
                                         const char *name,
                                         int64_t timeout_ms,
                                         zinit_request **request,
                                         zinit_error **error);

/**
 * Begins the request for zinit_client_stop_wait().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param timeout_ms as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_stop_wait(const zinit_client *client,
                                        const char *name,
                                        int64_t timeout_ms,
                                        zinit_request **request,
                                        zinit_error **error);

/**
 * Begins the request for zinit_client_restart().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param stop_timeout_ms as for that call
 * @param start_timeout_ms as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_restart(const zinit_client *client,
                                      const char *name,
                                      int64_t stop_timeout_ms,
                                      int64_t start_timeout_ms,
                                      zinit_request **request,
                                      zinit_error **error);

/**
 * Begins the request for zinit_client_deploy().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; copied
 * @param stop_timeout_ms as for that call
 * @param start_timeout_ms as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_deploy(const zinit_client *client,
                                     const char *name,
                                     const zinit_service *service,
                                     int64_t stop_timeout_ms,
                                     int64_t start_timeout_ms,
                                     zinit_request **request,
                                     zinit_error **error);

/**
 * Begins the request for zinit_client_reload(). Since 0.2.0.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param stop_timeout_ms as for that call
 * @param start_timeout_ms as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_reload(const zinit_client *client,
                                     const char *name,
                                     int64_t stop_timeout_ms,
                                     int64_t start_timeout_ms,
                                     zinit_request **request,
                                     zinit_error **error);

/**
 * Begins the request for zinit_client_start_multiple().
 *
 * @param client required
 * @param names as for that call
 * @param len as for that call
 * @param timeout_ms as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_start_multiple(const zinit_client *client,
                                             const char *const *names,
                                             size_t len,
                                             int64_t timeout_ms,
                                             zinit_request **request,
                                             zinit_error **error);

/**
 * Begins the request for zinit_client_stop_multiple().
 *
 * @param client required
 * @param names as for that call
 * @param len as for that call
 * @param timeout_ms as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_stop_multiple(const zinit_client *client,
                                            const char *const *names,
                                            size_t len,
                                            int64_t timeout_ms,
                                            zinit_request **request,
                                            zinit_error **error);

/**
 * Begins the request for zinit_client_restart_multiple(). Since 0.2.0.
 *
 * @param client required
 * @param names as for that call
 * @param len as for that call
 * @param stop_timeout_ms as for that call
 * @param start_timeout_ms as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_restart_multiple(const zinit_client *client,
                                               const char *const *names,
                                               size_t len,
                                               int64_t stop_timeout_ms,
                                               int64_t start_timeout_ms,
                                               zinit_request **request,
                                               zinit_error **error);

/**
 * Begins the request for zinit_client_destroy_services().
 *
 * @param client required
 * @param names as for that call
 * @param len as for that call
 * @param timeout_ms as for that call
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_destroy_services(const zinit_client *client,
                                               const char *const *names,
                                               size_t len,
                                               int64_t timeout_ms,
                                               zinit_request **request,
                                               zinit_error **error);

/**
 * Begins the request for zinit_client_matches(). Since 0.2.0.
 *
 * @param client required
 * @param filter required; must have a condition; copied
 * @param request required; receives a request; free it with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT;
 *     ZINIT_ERR_IO if no file descriptor is available; zinit_request_dispatch() returns all other codes
 */
zinit_code zinit_client_begin_matches(const zinit_client *client,
                                      const zinit_filter *filter,
                                      zinit_request **request,
                                      zinit_error **error);

/**
 * Returns the request's file descriptor. It is readable when zinit_request_dispatch() has something to do.
 * The first call makes it.
 *
 * @param request may be NULL
 * @return the descriptor; it belongs to the request and must not be closed; -1 for NULL, for a request in a
 *     queue, and if no file descriptor is available
 */
int32_t zinit_request_fd(const zinit_request *request);

/**
 * Returns whether the next dispatch reads or writes service files. Such a dispatch may wait for the disk: a
 * program may call it in another thread. Since 0.2.0.
 *
 * @param request may be NULL
 * @return 1 or 0; 0 for NULL
 */
int32_t zinit_request_is_before_file(const zinit_request *request);

/**
 * Continues the request as far as possible without waiting. Blocks only to read or write service files. This
 * happens in the requests for get, load_service, add_service, remove_service, matches, start_wait, restart,
 * deploy, reload, start_multiple, restart_multiple and destroy_services. Before each such dispatch,
 * zinit_request_is_before_file() returns 1. The functions that begin a request do not read or write files. For
 * a request in a queue, call it only after zinit_queue_next() has returned the request.
 *
 * @param request required
 * @param error may be NULL
 * @return ZINIT_OK or another code of the call that was begun, when the request is over: a further dispatch
 *     returns the same code, with a new error object; ZINIT_PENDING, without an error object, while the
 *     request is under way; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_request_dispatch(zinit_request *request,
                                  zinit_error **error);

/**
 * Continues the request, and waits until it is over. For a request that is not in a queue. Other threads may
 * not use it meanwhile. Reads and writes service files like zinit_request_dispatch(). Since 0.2.0.
 *
 * @param request required
 * @param timeout_ms milliseconds; 0: do not wait; -1: no limit; below -1: invalid
 * @param error may be NULL
 * @return ZINIT_OK or another code, as zinit_request_dispatch(); ZINIT_PENDING if the request is not over
 *     within the timeout
 */
zinit_code zinit_request_wait(zinit_request *request, int64_t timeout_ms, zinit_error **error);

/**
 * Stores a pointer of the caller's in a request. The library does not use it. Since 0.2.0.
 *
 * @param request may be NULL
 * @param data may be NULL; whatever it points to stays the caller's
 * Thread safety: any thread, any time; not while the request is freed.
 */
void zinit_request_set_data(zinit_request *request, void *data);

/**
 * Returns the pointer that zinit_request_set_data() has stored. Since 0.2.0.
 *
 * @param request may be NULL
 * @return the pointer; NULL before zinit_request_set_data(), and for NULL
 * Thread safety: any thread, any time; not while the request is freed.
 */
void *zinit_request_data(const zinit_request *request);

/**
 * Returns the result of zinit_client_begin_list().
 *
 * @param request may be NULL
 * @return the list, borrowed until the request is freed; NULL before the request is over, after a failure,
 *     and for another kind of request
 */
const zinit_service_list *zinit_request_service_list(const zinit_request *request);

/**
 * Returns the result of zinit_client_begin_status().
 *
 * @param request may be NULL
 * @return the status, borrowed until the request is freed; NULL before the request is over, after a failure,
 *     and for another kind of request
 */
const zinit_status *zinit_request_status(const zinit_request *request);

/**
 * Returns the result of zinit_client_begin_statuses(). Since 0.2.0.
 *
 * @param request may be NULL
 * @return the list, borrowed until the request is freed; NULL before the request is over, after a failure,
 *     and for another kind of request
 */
const zinit_status_list *zinit_request_status_list(const zinit_request *request);

/**
 * Returns the result of zinit_client_begin_stats(). Since 0.2.0.
 *
 * @param request may be NULL
 * @return the stats, borrowed until the request is freed; NULL before the request is over, after a failure,
 *     and for another kind of request
 */
const zinit_stats *zinit_request_stats(const zinit_request *request);

/**
 * Returns the result of zinit_client_begin_exists(). Since 0.2.0.
 *
 * @param request may be NULL
 * @return 1 or 0; 0 before the request is over, after a failure, and for another kind of request
 */
int32_t zinit_request_exists(const zinit_request *request);

/**
 * Returns the result of zinit_client_begin_version(). Since 0.2.0.
 *
 * @param request may be NULL
 * @return the version, borrowed until the request is freed; NULL before the request is over, after a
 *     failure, and for another kind of request
 */
const zinit_daemon_version *zinit_request_daemon_version(const zinit_request *request);

/**
 * Returns the result of zinit_client_begin_protocol(). Since 0.2.0.
 *
 * @param request may be NULL
 * @return ZINIT_PROTOCOL_LINE, ZINIT_PROTOCOL_JSONRPC or ZINIT_PROTOCOL_ZINIT_0_3; ZINIT_PROTOCOL_ANY before
 *     the request is over, after a failure, and for another kind of request
 */
int32_t zinit_request_protocol(const zinit_request *request);

/**
 * Returns the result of zinit_client_begin_get() or zinit_client_begin_load_service(). Since 0.2.0.
 *
 * @param request may be NULL
 * @return the definition, borrowed until the request is freed; NULL before the request is over, after a
 *     failure, and for another kind of request
 */
const zinit_service *zinit_request_service(const zinit_request *request);

/**
 * Returns the result of zinit_client_begin_matches(). Since 0.2.0.
 *
 * @param request may be NULL
 * @return the names, borrowed until the request is freed; NULL before the request is over, after a failure,
 *     and for another kind of request
 */
const zinit_name_list *zinit_request_name_list(const zinit_request *request);

/**
 * Returns the report of a request that waits for one or more services: the result so far, from the beginning
 * on.
 *
 * @param request may be NULL
 * @return the report, borrowed until the next dispatch; NULL for another kind of request
 */
const zinit_report *zinit_request_report(const zinit_request *request);

/**
 * Frees a request. This is allowed at any time, in a queue too: nothing more is sent. Commands that were
 * already sent are not undone. If a deploy has prepared its new file, and has not put it in place yet, this
 * removes the prepared file, which may wait for the disk.
 *
 * @param request may be NULL; a request that stands for a log stream or a watch stays: it belongs to that
 */
void zinit_request_free(zinit_request *request);

/*
 * 13. Queue
 * =========
 *
 * Threads: any number of threads may call these functions with one queue, any time: changing a queue needs no
 * lock. Changing a request or options, which zinit_queue_add() and zinit_options_set_queue() do, or freeing a
 * queue must not overlap another call on the same object. Since 0.2.0.
 */

/**
 * A queue of requests: one file descriptor and one timer for any number of them. A request in a queue holds
 * one descriptor while it waits for a reply (zinit_request tells which hold more), and no descriptor while it
 * pauses. The queue itself holds three.
 *
 * zinit_queue_next() continues all requests of the queue, and returns the next one that is over. A program
 * without an event loop calls it with a timeout. A program with an event loop waits until zinit_queue_fd() is
 * readable, and then calls it with timeout 0 until it returns ZINIT_PENDING. This works with epoll (level- or
 * edge-triggered), poll, libuv, asyncio and Go's netpoller.
 *
 * A log stream or a watch of a client with a queue joins the queue, too. A request stands for it there: see
 * zinit_log_stream_request() and zinit_watch_request(). Each of them holds up to four descriptors, in a queue
 * too.
 *
 * After a fork without exec, the child must use neither the queue nor its requests, nor begin new ones with a
 * client that has the queue. It may close the descriptors.
 */
typedef struct zinit_queue zinit_queue;

/**
 * Makes a queue.
 *
 * @param queue required; receives a queue; free it with zinit_queue_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_IO if no file descriptor is available
 */
zinit_code zinit_queue_new(zinit_queue **queue, zinit_error **error);

/**
 * Sets the queue of the clients that are made from these options: every request that is begun with such a
 * client, and every log stream and watch, joins it. If another thread calls zinit_queue_next(), it can get a
 * request before its data is set: then use a client without a queue, and zinit_queue_add().
 *
 * @param options required
 * @param queue may be NULL, for no queue, which is the default; may be freed before the clients
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 */
zinit_code zinit_options_set_queue(zinit_options *options, zinit_queue *queue, zinit_error **error);

/**
 * Puts a request into a queue, which continues it from now on. For a request of a client without a queue. A
 * request that is over is returned at once. It stays in the queue until it is freed. If the program has
 * asked for the request's file descriptor, it is closed: remove it from the event loop before.
 *
 * A program in which one thread begins requests, and another one calls zinit_queue_next(), sets the data of a
 * request before it puts it into the queue. The other thread can get the request before this call returns.
 *
 * @param queue required
 * @param request required; stays the caller's; must not be in a queue
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; ZINIT_ERR_IO if the system has no memory for it: then the
 *     request goes on as one that is in no queue
 */
zinit_code zinit_queue_add(zinit_queue *queue, zinit_request *request, zinit_error **error);

/**
 * Returns the queue's file descriptor. It is readable when zinit_queue_next() can go on without waiting. The
 * call may still return ZINIT_PENDING then. The rules for a request's descriptor apply.
 *
 * @param queue may be NULL
 * @return the descriptor; it belongs to the queue and must not be closed; -1 for NULL
 */
int32_t zinit_queue_fd(zinit_queue *queue);

/**
 * Sets whether zinit_queue_next() leaves the steps that read and write service files to the caller. Default:
 * it does them itself, and so it may wait for the disk; other threads that call it go on meanwhile.
 *
 * Otherwise it also returns each request whose next step reads or writes files: for this request,
 * zinit_request_is_before_file() returns 1. Call zinit_request_dispatch() for it, in any thread. After that
 * the request goes on in the queue: even if the dispatch has returned its code, zinit_queue_next() returns it,
 * and so only a thread that got it there frees it.
 *
 * @param queue may be NULL
 * @param leaves 1 or 0
 */
void zinit_queue_set_leaves_files(zinit_queue *queue,
                                  int32_t leaves);

/**
 * Continues all requests of the queue, and returns the next one that is over; waits for it if necessary. Each
 * request is returned once, in the order in which they ended; a request that stands for a log stream or a
 * watch each time that there is something to take. zinit_request_dispatch() returns the request's code then,
 * and makes its error object.
 *
 * If one thread frees a request while another one is in this call, the other one can still return it: let
 * the threads that call this function free the requests, or compare with those that still exist.
 *
 * @param queue required
 * @param timeout_ms milliseconds; 0: do not wait; -1: no limit, even if the queue is empty; below -1: invalid
 * @param cancel may be NULL; must live until the call returns; it ends this call and no request
 * @param request required; receives a request that the caller has begun and still owns, or that stands for a
 *     log stream or a watch; NULL unless the result is ZINIT_OK
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_PENDING if no request is over within the timeout; ZINIT_ERR_INVALID_ARGUMENT,
 *     ZINIT_ERR_CANCELLED, ZINIT_ERR_IO
 */
zinit_code zinit_queue_next(zinit_queue *queue,
                            int64_t timeout_ms,
                            zinit_cancel *cancel,
                            zinit_request **request,
                            zinit_error **error);

/**
 * Frees a queue. Requests that are in it are not continued any more; free them before or after. Neither is a
 * request that is begun later with a client that has this queue: free such clients first.
 *
 * @param queue may be NULL
 */
void zinit_queue_free(zinit_queue *queue);

/*
 * 14. Watch
 * =========
 *
 * Threads: any number of threads may call these functions with one client, and may read one watch or
 * change, at the same time. Changing a watch, which zinit_watch_next() does, or freeing it must not
 * overlap another call on it or on its change. Since 0.1.0.
 */

/**
 * The service is monitored. A watch begins with such a change for every service that is already monitored.
 */
#define ZINIT_CHANGE_APPEARED 1

/**
 * The service has another state.
 */
#define ZINIT_CHANGE_STATE 2

/**
 * The service is not monitored any more.
 */
#define ZINIT_CHANGE_FORGOTTEN 3

/**
 * The daemon does not answer. The watch goes on, and reports when the daemon answers again.
 */
#define ZINIT_CHANGE_DAEMON_LOST 4

/**
 * The daemon answers again. The changes that happened in the meantime follow.
 */
#define ZINIT_CHANGE_DAEMON_BACK 5

/**
 * One change. It is borrowed until the next zinit_watch_next() on its watch. Every getter takes NULL.
 */
typedef struct zinit_change zinit_change;

/**
 * Changes of services' states, as they happen.
 *
 * zinit does not report changes, so a watch asks for the states again and again: often while something
 * changes, seldom while nothing changes. It does not see a state that comes and goes between two queries. It
 * does not report a change of only the target or the process.
 */
typedef struct zinit_watch zinit_watch;

/**
 * Begins a watch. Does no I/O itself.
 *
 * @param client required
 * @param names the services' names, monitored or not; may be NULL if len is 0, which means all services;
 *     copied
 * @param len the number of names
 * @param idle_interval_ms how often to ask while nothing changes, in milliseconds; 0 means 1000
 * @param watch required; receives a watch; free it with zinit_watch_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no file descriptor
 *     is available
 */
zinit_code zinit_client_watch(const zinit_client *client,
                              const char *const *names,
                              size_t len,
                              int64_t idle_interval_ms,
                              zinit_watch **watch,
                              zinit_error **error);

/**
 * Returns the watch's file descriptor. It is readable when zinit_watch_next() can go on without waiting. The
 * call may still return ZINIT_PENDING then. The rules for a request's descriptor apply. A watch holds one
 * descriptor more than a request.
 *
 * @param watch may be NULL
 * @return the descriptor; it belongs to the watch and must not be closed; -1 for NULL
 */
int32_t zinit_watch_fd(const zinit_watch *watch);

/**
 * Returns the request that stands for the watch in its client's queue. zinit_queue_next() returns it when
 * zinit_watch_next() can go on without waiting. Then call that with timeout 0 until it returns
 * ZINIT_PENDING: only after this the queue can return the request again. The request is good for
 * zinit_request_set_data() and zinit_request_data(). It is freed with the watch. Since 0.2.0.
 *
 * @param watch may be NULL
 * @return the request, borrowed from the watch; NULL for NULL
 */
zinit_request *zinit_watch_request(const zinit_watch *watch);

/**
 * Returns the next change, and waits for it if necessary. In an event loop, call it with timeout 0 until it
 * returns ZINIT_PENDING.
 *
 * @param watch required
 * @param timeout_ms milliseconds; 0: do not wait; -1: no limit; below -1: invalid
 * @param cancel may be NULL; must live until the call returns
 * @param change required; receives a change, borrowed until the next call of this function on the watch;
 *     NULL unless the result is ZINIT_OK
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_PENDING if there is no change within the timeout; ZINIT_ERR_INVALID_ARGUMENT,
 *     ZINIT_ERR_CANCELLED; an exchange code, after which the watch is over. A daemon that does not answer is
 *     not a failure, but a change: ZINIT_CHANGE_DAEMON_LOST
 */
zinit_code zinit_watch_next(zinit_watch *watch,
                            int64_t timeout_ms,
                            zinit_cancel *cancel,
                            const zinit_change **change,
                            zinit_error **error);

/**
 * Returns the kind of a change.
 *
 * @param change may be NULL
 * @return a ZINIT_CHANGE_ number; 0 for NULL
 */
int32_t zinit_change_kind(const zinit_change *change);

/**
 * Returns the name of the service that changed.
 *
 * @param change may be NULL
 * @return the name, borrowed until the next zinit_watch_next(); NULL for a change of the daemon
 */
const char *zinit_change_service(const zinit_change *change);

/**
 * Returns the state before the change.
 *
 * @param change may be NULL
 * @return the state, borrowed until the next zinit_watch_next(); NULL for ZINIT_CHANGE_APPEARED and for a
 *     change of the daemon
 */
const zinit_state *zinit_change_state_before(const zinit_change *change);

/**
 * Returns the state after the change.
 *
 * @param change may be NULL
 * @return the state, borrowed until the next zinit_watch_next(); NULL for ZINIT_CHANGE_FORGOTTEN and for a
 *     change of the daemon
 */
const zinit_state *zinit_change_state_after(const zinit_change *change);

/**
 * Returns the process id of the process that the daemon spawned for the service.
 *
 * @param change may be NULL
 * @return the process id; 0 if no process is running, for a change of the daemon, and for NULL
 */
int32_t zinit_change_pid(const zinit_change *change);

/**
 * Returns the service's target after the change.
 *
 * @param change may be NULL
 * @return a ZINIT_TARGET_ number; ZINIT_TARGET_UNKNOWN for ZINIT_CHANGE_FORGOTTEN, for a change of the
 *     daemon, and for NULL
 */
int32_t zinit_change_target(const zinit_change *change);

/**
 * Frees a watch and all that was borrowed from it.
 *
 * @param watch may be NULL
 */
void zinit_watch_free(zinit_watch *watch);

/*
 * 15. Logs
 * ========
 *
 * Threads: any number of threads may call these functions with one client, and may read one stream or
 * line, at the same time. Changing a stream, which zinit_log_stream_next() does, or freeing it must not
 * overlap another call on it or on its line. Since 0.1.0.
 */

/**
 * The service's standard output.
 */
#define ZINIT_LOG_SOURCE_STDOUT 1

/**
 * The service's standard error. Before zinit 0.2.10 its lines come as ZINIT_LOG_SOURCE_STDOUT.
 */
#define ZINIT_LOG_SOURCE_STDERR 2

/**
 * zinit's own mark: the daemon has spawned the service.
 */
#define ZINIT_LOG_SOURCE_START 3

/**
 * The standard output or standard error of the service's test command.
 */
#define ZINIT_LOG_SOURCE_TEST 4

/**
 * Lines of some service were lost. Either the daemon dropped them for a slow reader, or the library dropped
 * them because of their size.
 */
#define ZINIT_LOG_SOURCE_DROPPED 5

/**
 * One line. It is borrowed until the next zinit_log_stream_next() on its stream. Every getter takes NULL.
 */
typedef struct zinit_log_line zinit_log_line;

/**
 * Lines of the daemon's log. The daemon keeps the log of all services together: the last 2000 lines by
 * default (zinit 0.2.14).
 *
 * A line of more than 65536 bytes is cut. Of the lines that the daemon has kept, the stream holds at most as
 * many bytes as the client allows for one reply. If there are more, the oldest lines are dropped, and a
 * ZINIT_LOG_SOURCE_DROPPED line says how many. Of the new lines, at most 16384 bytes are read at a time.
 * Nothing more is read until the caller has taken them: a slow reader loses only the lines that the daemon
 * itself drops.
 *
 * The daemon sends plain text, and the library finds the service and the source in this text. This is exact
 * if no service's name contains ": ". A service whose name contains ": " has its full name here only if the
 * log of that name was asked for. If the log of the part before the ": " was asked for, its lines are
 * included. A service can print text to its stderr that looks like a start mark. A service called zinit can
 * print text that looks like dropped lines. A service with log: none or log: stdout has no lines here.
 *
 * zinit 0.3 keeps the last 1000 lines of each service, and sends none by itself: a log that is followed asks for
 * new ones 2 to 20 times a second. It keeps no start marks, nothing of tests, and no line after one that is not
 * UTF-8 (zinit 0.3.9).
 *
 * A daemon that speaks the line protocol sends a line twice that a service prints just while the daemon
 * begins to send new lines: at the end of the kept lines, and as a new one (zinit 0.2.14).
 *
 * The daemon keeps a descriptor of a stream that was freed while it followed until some service prints its
 * next line. Before zinit 0.2.11 a stream that did not follow leaves one, too.
 */
typedef struct zinit_log_stream zinit_log_stream;

/**
 * Begins to read the log. Opens the connection at once and does not wait: with follow, every line that is
 * printed after this call is returned. Until the daemon has taken in the command, such a line is one of the
 * kept ones, so that a small `last` can leave it out. If this fails, or if the daemon does not know the
 * service, the first zinit_log_stream_next() returns the error.
 *
 * @param client required
 * @param name the service's name; may be NULL, for all services; copied
 * @param last how many of the last lines that the daemon has kept to read; -1: all
 * @param follow 0: read only the kept lines; after them comes ZINIT_END. Otherwise read new lines too, until
 *     the daemon ends
 * @param stream required; receives a stream; free it with zinit_log_stream_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no file descriptor
 *     is available
 */
zinit_code zinit_client_logs(const zinit_client *client,
                             const char *name,
                             int64_t last,
                             int32_t follow,
                             zinit_log_stream **stream,
                             zinit_error **error);

/**
 * Returns the stream's file descriptor. It is readable when zinit_log_stream_next() can go on without
 * waiting. The call may still return ZINIT_PENDING then. The rules for a request's descriptor apply. A
 * stream holds one descriptor more than a request.
 *
 * @param stream may be NULL
 * @return the descriptor; it belongs to the stream and must not be closed; -1 for NULL
 */
int32_t zinit_log_stream_fd(const zinit_log_stream *stream);

/**
 * Returns the request that stands for the log stream in its client's queue. zinit_queue_next() returns it when
 * zinit_log_stream_next() can go on without waiting. Then call that with timeout 0 until it returns
 * ZINIT_PENDING: only after this the queue can return the request again. The request is good for
 * zinit_request_set_data() and zinit_request_data(). It is freed with the log stream. Since 0.2.0.
 *
 * @param stream may be NULL
 * @return the request, borrowed from the log stream; NULL for NULL
 */
zinit_request *zinit_log_stream_request(const zinit_log_stream *stream);

/**
 * Returns the next line, and waits for it if necessary. In an event loop, call it with timeout 0 until it
 * returns ZINIT_PENDING.
 *
 * With follow and a number of last lines, the library first reads the lines that the daemon has kept. Then
 * it follows the log, and skips the lines that it has already read. A daemon before 0.2.11 sends no end
 * after the kept lines. There, with follow, the lines that arrive in one go within 100 ms count as kept.
 * Without follow, the log ends after 500 ms without a line, or after 5 s. The time in which the caller does
 * not read does not count as silence. If the library cannot find out the daemon's version, it waits up to the
 * I/O timeout for the end of the kept lines, and returns no line before.
 *
 * @param stream required
 * @param timeout_ms milliseconds; 0: do not wait; -1: no limit; below -1: invalid
 * @param cancel may be NULL; must live until the call returns
 * @param line required; receives a line, borrowed until the next call of this function on the stream; NULL
 *     unless the result is ZINIT_OK
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_PENDING if there is no line within the timeout; ZINIT_END after the last line;
 *     ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_CANCELLED; an exchange code.
 *     ZINIT_ERR_CLOSED means that the daemon ended while the log was followed, or in the middle of a line.
 *     An error comes after all lines that were received, and further calls return it again
 */
zinit_code zinit_log_stream_next(zinit_log_stream *stream,
                                 int64_t timeout_ms,
                                 zinit_cancel *cancel,
                                 const zinit_log_line **line,
                                 zinit_error **error);

/**
 * Returns the name of the service that the line belongs to. A line of a service's test has the service's own
 * name.
 *
 * @param line may be NULL
 * @return the name, borrowed until the next zinit_log_stream_next(); NULL if the line does not belong to a
 *     service
 */
const char *zinit_log_line_service(const zinit_log_line *line);

/**
 * Returns where the line comes from.
 *
 * @param line may be NULL
 * @return a ZINIT_LOG_SOURCE_ number; 0 for NULL
 */
int32_t zinit_log_line_source(const zinit_log_line *line);

/**
 * Returns the text without the newline. The text need not be UTF-8. It ends with a NUL, and can contain
 * other NULs.
 *
 * @param line may be NULL
 * @return the text, borrowed until the next zinit_log_stream_next(); NULL for NULL
 */
const char *zinit_log_line_text(const zinit_log_line *line);

/**
 * Returns the length of the text.
 *
 * @param line may be NULL
 * @return the number of bytes, without the NUL at the end; 0 for NULL
 */
size_t zinit_log_line_len(const zinit_log_line *line);

/**
 * Returns whether the end of the line is missing: the line was too long, or the daemon ended in the middle
 * of it.
 *
 * @param line may be NULL
 * @return 1 or 0; 0 for NULL
 */
int32_t zinit_log_line_truncated(const zinit_log_line *line);

/**
 * Frees a stream and all that was borrowed from it.
 *
 * @param stream may be NULL
 */
void zinit_log_stream_free(zinit_log_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
