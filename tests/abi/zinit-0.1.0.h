/* zinit.h: a client for the zinit process supervisor.
 *
 * A complete program: prints each service and its state.
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
 * Codes. A function that can fail returns a zinit_code: 0 is done, below 0 a failure, above 0 an outcome that is no
 * failure. Numbers are never changed or used again; a program must expect new ones.
 *
 * Exchange codes. A function that talks to the daemon can return each of these, besides those that its comment names:
 * ZINIT_ERR_NOT_RUNNING, ZINIT_ERR_PERMISSION, ZINIT_ERR_IO, ZINIT_ERR_NO_REPLY, ZINIT_ERR_CLOSED, ZINIT_ERR_PROTOCOL,
 * ZINIT_ERR_REPLY_TOO_LARGE, ZINIT_ERR_DAEMON, ZINIT_ERR_NOT_SUPPORTED. And every function with a code can return
 * ZINIT_ERR_INTERNAL.
 *
 * Errors. The last parameter `error` may be NULL where the code is enough. If it is not, it is set on every call: to
 * NULL on success, to an error that the caller frees on failure. A program that goes on after a failure frees the error
 * before the next call. There is no last error of a thread.
 *
 * Out-parameters are set to NULL or 0 on entry and filled on success, so one clean-up path may free everything, whatever
 * has failed.
 *
 * Ownership. An object that a function gives has one zinit_..._free(), which takes NULL; text has zinit_string_free().
 * free() is never right. What a getter returns is borrowed: valid until the object it came from is freed or changed.
 * What is handed to a function is borrowed for the call, and copied where it is needed longer.
 *
 * NULL. A pointer may be NULL only where the comment says so; otherwise it is ZINIT_ERR_INVALID_ARGUMENT. A getter takes
 * NULL, and an index that is out of range, and then gives NULL, 0, or what its comment says.
 *
 * Text is UTF-8 and ends with a NUL. A path is bytes. A service's name has 1 to 250 bytes, no newline and no /.
 *
 * Truth values are int32_t: 0 or 1 out; anything but 0 is true in.
 *
 * Threads. A client serves any number of threads at once. For all other objects: many readers, or one writer; and
 * freeing an object must not overlap another call on it. After a fork without exec, the child may use clients only.
 *
 * Side effects. The library starts no thread, installs no signal handler, calls nothing back, writes nothing to stdout
 * or stderr, raises no SIGPIPE, and leaves no descriptor open in a child that calls exec. A thread that is cancelled
 * (pthread_cancel) during a call is cancelled after it.
 *
 * Versions. What is said of the daemon was seen on the zinit version named with it.
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
 */

/**
 * The version that this header belongs to, as text.
 */
#define ZINIT_VERSION_STRING "0.1.0"

/**
 * Major number of the version that this header belongs to.
 */
#define ZINIT_VERSION_MAJOR 0

/**
 * Minor number of it.
 */
#define ZINIT_VERSION_MINOR 1

/**
 * Patch number of it.
 */
#define ZINIT_VERSION_PATCH 0

/**
 * Number of the binary interface that this header belongs to. A program built for one number runs with every library
 * of the same number; compare it with zinit_abi_version() after dlopen.
 */
#define ZINIT_ABI_VERSION 0

/**
 * Tells the version of the library that is loaded.
 *
 * @return such as "0.1.0"; static, never NULL
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
const char *zinit_version(void);

/**
 * Tells the number of the binary interface of the library that is loaded.
 *
 * @return to be compared with ZINIT_ABI_VERSION
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
int32_t zinit_abi_version(void);

/*
 * 2. Codes
 * ========
 */

/**
 * The result of a call: 0 is done, below 0 a failure, above 0 an outcome that is no failure and makes no error object.
 * Numbers are never changed or used again.
 */
typedef int32_t zinit_code;

/**
 * Done.
 */
#define ZINIT_OK 0

/**
 * Nothing yet: dispatch or ask again when the descriptor is readable.
 */
#define ZINIT_PENDING 1

/**
 * The snapshot is over.
 */
#define ZINIT_END 2

/**
 * An argument that no call can use: NULL, not UTF-8, out of range. Nothing was sent, opened or
 * changed.
 */
#define ZINIT_ERR_INVALID_ARGUMENT (-1)

/**
 * A service name that is empty, longer than 250 bytes, or has a newline or a / inside. Nothing was
 * sent, opened or changed.
 */
#define ZINIT_ERR_INVALID_NAME (-2)

/**
 * A signal that zinit does not know. Nothing was sent or changed.
 */
#define ZINIT_ERR_INVALID_SIGNAL (-3)

/**
 * A pattern that is no regular expression. Nothing was changed.
 */
#define ZINIT_ERR_INVALID_REGEX (-4)

/**
 * A definition that the daemon would refuse; the message names the key. Nothing was sent or
 * written.
 */
#define ZINIT_ERR_INVALID_SERVICE (-5)

/**
 * Text that zinit_state_parse() cannot read.
 */
#define ZINIT_ERR_INVALID_STATE (-6)

/**
 * The daemon has no service of that name.
 */
#define ZINIT_ERR_UNKNOWN_SERVICE (-20)

/**
 * The service is monitored already.
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
 * The daemon is shutting down and starts nothing any more.
 */
#define ZINIT_ERR_SHUTTING_DOWN (-24)

/**
 * The daemon could not load the service's file: it is missing, or a key is invalid.
 */
#define ZINIT_ERR_CONFIG_REFUSED (-25)

/**
 * The daemon's version cannot do it.
 */
#define ZINIT_ERR_NOT_SUPPORTED (-26)

/**
 * Any other refusal; zinit_error_daemon_message() has the daemon's words.
 */
#define ZINIT_ERR_DAEMON (-27)

/**
 * The service is not there yet.
 */
#define ZINIT_ERR_TIMEOUT (-40)

/**
 * The caller's cancel was triggered. What was sent before is not undone.
 */
#define ZINIT_ERR_CANCELLED (-41)

/**
 * Somebody else stopped or started the service during the wait.
 */
#define ZINIT_ERR_TARGET_CHANGED (-42)

/**
 * The service will not get there by itself.
 */
#define ZINIT_ERR_SERVICE_FAILED (-43)

/**
 * No socket, or nobody behind it.
 */
#define ZINIT_ERR_NOT_RUNNING (-60)

/**
 * The socket belongs to somebody else.
 */
#define ZINIT_ERR_PERMISSION (-61)

/**
 * A system call failed; zinit_error_os_errno() tells which way.
 */
#define ZINIT_ERR_IO (-62)

/**
 * The daemon did not answer within the I/O timeout. It may have acted all the same.
 */
#define ZINIT_ERR_NO_REPLY (-63)

/**
 * The daemon closed the connection before its reply was whole. It may have acted all the same.
 */
#define ZINIT_ERR_CLOSED (-64)

/**
 * The reply is none of the line protocol of zinit 0.2.0 to 0.2.14.
 */
#define ZINIT_ERR_PROTOCOL (-65)

/**
 * The reply is larger than the client allows.
 */
#define ZINIT_ERR_REPLY_TOO_LARGE (-66)

/**
 * There is no such service file.
 */
#define ZINIT_ERR_FILE_NOT_FOUND (-80)

/**
 * A service file that cannot be read, written or removed; zinit_error_os_errno() tells why.
 */
#define ZINIT_ERR_FILE_IO (-81)

/**
 * A service file whose content is no service definition; the message names the key or the line.
 */
#define ZINIT_ERR_FILE_SYNTAX (-82)

/**
 * The daemon's version cannot be found out.
 */
#define ZINIT_ERR_VERSION (-83)

/**
 * A defect of this library.
 */
#define ZINIT_ERR_INTERNAL (-99)

/**
 * Tells the name of a code, for a program's own messages.
 *
 * @param code any number
 * @return such as "ZINIT_ERR_TIMEOUT"; "ZINIT_UNKNOWN_CODE" for a number that is none; static, never NULL
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
const char *zinit_code_name(zinit_code code);

/*
 * 3. Errors
 * =========
 */

/**
 * Why a call failed. Owned by the caller, who frees it with zinit_error_free(). Every getter takes NULL.
 */
typedef struct zinit_error zinit_error;

/**
 * The state of a service, which an error can hold; see the section on states. Every getter takes NULL.
 */
typedef struct zinit_state zinit_state;

/**
 * Tells the code that the call returned.
 *
 * @param error may be NULL
 * @return the code; ZINIT_OK for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
zinit_code zinit_error_code(const zinit_error *error);

/**
 * Tells what was tried, on which service, what came back, and what to do, in one line for a person.
 *
 * @param error may be NULL
 * @return the message, borrowed until the error is freed; "" for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_error_message(const zinit_error *error);

/**
 * Tells the service that it happened to.
 *
 * @param error may be NULL
 * @return the name, borrowed until the error is freed; NULL where it concerns none
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_error_service(const zinit_error *error);

/**
 * Tells the daemon's own words, as received.
 *
 * @param error may be NULL
 * @return the words, borrowed until the error is freed; NULL where the daemon did not refuse
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_error_daemon_message(const zinit_error *error);

/**
 * Tells the last state that was seen of the service, for ZINIT_ERR_SERVICE_FAILED, ZINIT_ERR_TIMEOUT and
 * ZINIT_ERR_TARGET_CHANGED.
 *
 * @param error may be NULL
 * @return the state, borrowed until the error is freed; NULL where none was seen
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_state *zinit_error_state(const zinit_error *error);

/**
 * Tells the number of the system's error behind it, as errno has it.
 *
 * @param error may be NULL
 * @return the number; 0 where the system reported none
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_error_os_errno(const zinit_error *error);

/**
 * Tells whether a command went out before it failed: then the daemon may have acted on it.
 *
 * @param error may be NULL
 * @return 1 if so, 0 if nothing was sent
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_error_request_sent(const zinit_error *error);

/**
 * Frees an error and all that was borrowed from it.
 *
 * @param error may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_error_free(zinit_error *error);

/*
 * 4. Client and options
 * =====================
 */

/**
 * A daemon to talk to. It never changes and holds no connection: each call makes its own.
 */
typedef struct zinit_client zinit_client;

/**
 * What a client is made with. Any number of clients can be made with one.
 */
typedef struct zinit_options zinit_options;

/**
 * Makes a client for the daemon behind a socket, with all other options at their defaults. Does no I/O.
 *
 * @param socket_path may be NULL: /var/run/zinit.sock; at most 107 bytes; need not be UTF-8; borrowed
 * @param client required; receives a client to be freed with zinit_client_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
zinit_code zinit_client_new(const char *socket_path, zinit_client **client, zinit_error **error);

/**
 * Makes a client with options. Does no I/O.
 *
 * @param options required; borrowed: later changes of it do not reach the client, and it may be freed first
 * @param client required; receives a client to be freed with zinit_client_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
zinit_code zinit_client_with_options(const zinit_options *options,
                                     zinit_client **client,
                                     zinit_error **error);

/**
 * Frees a client. What was begun with it goes on.
 *
 * @param client may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_client_free(zinit_client *client);

/**
 * Makes options, all at their defaults.
 *
 * @return options to be freed with zinit_options_free(); never NULL
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
zinit_options *zinit_options_new(void);

/**
 * Sets the daemon's socket. Default: /var/run/zinit.sock.
 *
 * @param options required
 * @param path may be NULL: the default; at most 107 bytes; need not be UTF-8; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_options_set_socket_path(zinit_options *options, const char *path, zinit_error **error);

/**
 * Sets the directory of the daemon's service files, as this program sees it. Default: /etc/zinit.
 *
 * @param options required
 * @param path required; need not be UTF-8; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_options_set_config_dir(zinit_options *options, const char *path, zinit_error **error);

/**
 * Sets the daemon's binary, which is asked for the daemon's version. Default: zinit, looked up in PATH.
 *
 * @param options required
 * @param path required; need not be UTF-8; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_options_set_zinit_binary(zinit_options *options, const char *path, zinit_error **error);

/**
 * Sets how long one exchange with the daemon may take. Default: 10000.
 *
 * @param options required
 * @param milliseconds above 0
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_options_set_io_timeout_ms(zinit_options *options, int64_t milliseconds, zinit_error **error);

/**
 * Sets how large one reply of the daemon may be. Default: 67108864 (64 MiB).
 *
 * @param options required
 * @param bytes above 0
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_options_set_max_reply_bytes(zinit_options *options, uint64_t bytes, zinit_error **error);

/**
 * Frees options. Clients made with them stay.
 *
 * @param options may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_options_free(zinit_options *options);

/*
 * 5. Queries
 * ==========
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
 * One service at one moment. Every getter takes NULL.
 */
typedef struct zinit_status zinit_status;

/**
 * Gets all monitored services with their states.
 *
 * @param client required
 * @param list required; receives a list to be freed with zinit_service_list_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_UNKNOWN_SERVICE if services are forgotten all the time; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_list(const zinit_client *client,
                             zinit_service_list **list,
                             zinit_error **error);

/**
 * Tells how many services there are.
 *
 * @param list may be NULL
 * @return the number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
size_t zinit_service_list_len(const zinit_service_list *list);

/**
 * Tells the name of a service.
 *
 * @param list may be NULL
 * @param index from 0
 * @return the name, borrowed until the list is freed; NULL out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_service_list_name(const zinit_service_list *list, size_t index);

/**
 * Tells the state of a service.
 *
 * @param list may be NULL
 * @param index from 0
 * @return the state, borrowed until the list is freed; NULL out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_state *zinit_service_list_state(const zinit_service_list *list, size_t index);

/**
 * Frees a list and all that was borrowed from it.
 *
 * @param list may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_service_list_free(zinit_service_list *list);

/**
 * Gets one service in detail.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param status required; receives a status to be freed with zinit_status_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_status(const zinit_client *client,
                               const char *name,
                               zinit_status **status,
                               zinit_error **error);

/**
 * Tells the service's name.
 *
 * @param status may be NULL
 * @return the name, borrowed until the status is freed; NULL for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_status_name(const zinit_status *status);

/**
 * Tells the service's process.
 *
 * @param status may be NULL
 * @return its id; 0 whenever no process lives, and for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_status_pid(const zinit_status *status);

/**
 * Tells the service's state.
 *
 * @param status may be NULL
 * @return the state, borrowed until the status is freed; NULL for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_state *zinit_status_state(const zinit_status *status);

/**
 * Tells what the daemon works towards.
 *
 * @param status may be NULL
 * @return a ZINIT_TARGET_ number; ZINIT_TARGET_UNKNOWN for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_status_target(const zinit_status *status);

/**
 * Tells how many services it runs after.
 *
 * @param status may be NULL
 * @return the number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
size_t zinit_status_after_len(const zinit_status *status);

/**
 * Tells the name of a service that it runs after.
 *
 * @param status may be NULL
 * @param index from 0
 * @return the name, borrowed until the status is freed; NULL out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_status_after_name(const zinit_status *status, size_t index);

/**
 * Tells the state of a service that it runs after. One that is not monitored is Unknown (zinit 0.2.14).
 *
 * @param status may be NULL
 * @param index from 0
 * @return the state, borrowed until the status is freed; NULL out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_state *zinit_status_after_state(const zinit_status *status, size_t index);

/**
 * Frees a status and all that was borrowed from it.
 *
 * @param status may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_status_free(zinit_status *status);

/**
 * Tells whether a service is monitored. A service file alone does not count.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param exists required; receives 1 or 0
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_exists(const zinit_client *client,
                               const char *name,
                               int32_t *exists,
                               zinit_error **error);

/**
 * Asks the zinit binary for its version (zinit -V), for the daemon does not tell. A daemon that was started before the
 * binary was replaced is older than this says. Takes at most the I/O timeout, and a second more for a child that hangs.
 *
 * @param client required
 * @param version required; receives a version to be freed with zinit_daemon_version_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_VERSION, ZINIT_ERR_INTERNAL
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_version(const zinit_client *client,
                                zinit_daemon_version **version,
                                zinit_error **error);

/**
 * Tells the major number.
 *
 * @param version may be NULL
 * @return the number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
uint64_t zinit_daemon_version_major(const zinit_daemon_version *version);

/**
 * Tells the minor number.
 *
 * @param version may be NULL
 * @return the number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
uint64_t zinit_daemon_version_minor(const zinit_daemon_version *version);

/**
 * Tells the patch number.
 *
 * @param version may be NULL
 * @return the number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
uint64_t zinit_daemon_version_patch(const zinit_daemon_version *version);

/**
 * Tells the version as the binary printed it, without the leading v.
 *
 * @param version may be NULL
 * @return such as "0.2.14", borrowed until the version is freed; NULL for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_daemon_version_text(const zinit_daemon_version *version);

/**
 * Frees a version and all that was borrowed from it.
 *
 * @param version may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_daemon_version_free(zinit_daemon_version *version);

/*
 * 6. States and targets
 * =====================
 */

/**
 * A word from a newer daemon: see the text.
 */
#define ZINIT_STATE_OTHER 0

/**
 * Just monitored: nothing is known yet.
 */
#define ZINIT_STATE_UNKNOWN 1

/**
 * Waits for a service that it runs after.
 */
#define ZINIT_STATE_BLOCKED 2

/**
 * Its process lives; its test has not passed yet.
 */
#define ZINIT_STATE_SPAWNED 3

/**
 * Its process lives, and its test, if it has one, has passed. A stopped service whose process does not end stays so.
 */
#define ZINIT_STATE_RUNNING 4

/**
 * Its process ended with exit code 0. Final for a oneshot; another service is spawned again after 2 s (zinit 0.2.14).
 */
#define ZINIT_STATE_SUCCESS 5

/**
 * Its process ended otherwise; the reason tells how. Final for a oneshot, as above.
 */
#define ZINIT_STATE_ERROR 6

/**
 * Its command cannot be spawned. Final until the next start.
 */
#define ZINIT_STATE_FAILURE 7

/**
 * Its test cannot be run. It may stay so after a stop (zinit 0.2.14).
 */
#define ZINIT_STATE_TEST_FAILURE 8

/**
 * A word from a newer daemon.
 */
#define ZINIT_TARGET_UNKNOWN 0

/**
 * The daemon works towards a running service.
 */
#define ZINIT_TARGET_UP 1

/**
 * The daemon works towards a stopped service.
 */
#define ZINIT_TARGET_DOWN 2

/**
 * Reads the text of a state, such as "Running" or "Error(Exited(Pid(1), 3))". Case does not matter.
 *
 * @param text required; borrowed
 * @param state required; receives a state to be freed with zinit_state_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_STATE
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
zinit_code zinit_state_parse(const char *text, zinit_state **state, zinit_error **error);

/**
 * Tells which of the known words it is.
 *
 * @param state may be NULL
 * @return a ZINIT_STATE_ number; ZINIT_STATE_OTHER for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_state_kind(const zinit_state *state);

/**
 * Tells whether the word is Success, Error, Failure or Blocked. It says nothing of a process: a service is stopped when
 * its target is Down and its pid is 0, whatever its state.
 *
 * @param state may be NULL
 * @return 1 or 0; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_state_exited(const zinit_state *state);

/**
 * Tells the state as it was received.
 *
 * @param state may be NULL
 * @return the text, borrowed until the state's owner is freed; NULL for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_state_text(const zinit_state *state);

/**
 * Tells what stands in the parentheses behind the word.
 *
 * @param state may be NULL
 * @return such as "Exited(Pid(1), 3)", borrowed until the state's owner is freed; NULL where there is none
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_state_reason(const zinit_state *state);

/**
 * Tells the exit code of a process that ended by itself.
 *
 * @param state may be NULL
 * @return the code; -1 where the state tells none. Success is exit code 0, but its text does not tell: -1
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_state_exit_code(const zinit_state *state);

/**
 * Tells the signal that ended the process.
 *
 * @param state may be NULL
 * @return such as "SIGSEGV", borrowed until the state's owner is freed; NULL where there is none
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_state_signal(const zinit_state *state);

/**
 * Frees a state that zinit_state_parse() gave. All others are borrowed, and go with their owner.
 *
 * @param state may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_state_free(zinit_state *state);

/**
 * Tells zinit's word for a kind of state.
 *
 * @param kind a ZINIT_STATE_ number
 * @return such as "Running"; "Other" for ZINIT_STATE_OTHER; NULL for a number that is none; static
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
const char *zinit_state_kind_name(int32_t kind);

/**
 * Tells zinit's word for a target.
 *
 * @param target a ZINIT_TARGET_ number
 * @return "Up", "Down" or "Unknown"; NULL for a number that is none; static
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
const char *zinit_target_name(int32_t target);

/*
 * 7. Service definitions
 * ======================
 */

/**
 * The key is absent: the daemon takes ZINIT_LOG_RING.
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
 * The output goes nowhere.
 */
#define ZINIT_LOG_NONE 3

/**
 * A service definition: the content of a service file. Keys that the library does not know are kept and written back.
 * Every getter takes NULL.
 */
typedef struct zinit_service zinit_service;

/**
 * Makes a definition without any key.
 *
 * @return a definition to be freed with zinit_service_free(); never NULL
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
zinit_service *zinit_service_new(void);

/**
 * Reads the content of a service file, its first document only, as leniently as YAML 1.1 readers do: yes and on are
 * true, null is absent, numbers are text. A value that the daemon would refuse is kept until it is set or written.
 *
 * @param yaml required; need not end with a NUL; borrowed
 * @param len its length in bytes; at most 65536
 * @param service required; receives a definition to be freed with zinit_service_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_FILE_SYNTAX
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
zinit_code zinit_service_from_yaml(const char *yaml,
                                   size_t len,
                                   zinit_service **service,
                                   zinit_error **error);

/**
 * Writes the content of a service file that the daemon loads with these values. Checks first whether it would.
 *
 * @param service required
 * @param yaml required; receives text to be freed with zinit_string_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_SERVICE
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
zinit_code zinit_service_to_yaml(const zinit_service *service,
                                 char **yaml,
                                 zinit_error **error);

/**
 * Frees a definition and all that was borrowed from it.
 *
 * @param service may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_service_free(zinit_service *service);

/**
 * Frees text that a function gave.
 *
 * @param text may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_string_free(char *text);

/**
 * Tells the command to run.
 *
 * @param service may be NULL
 * @return the text, borrowed until the definition is freed or changed; NULL where the key is absent
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_service_exec(const zinit_service *service);

/**
 * Sets the command to run.
 *
 * @param service required
 * @param command may be NULL: takes the key out, which the daemon needs; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_service_set_exec(zinit_service *service, const char *command, zinit_error **error);

/**
 * Tells the command that tells whether the service is up, by its exit code.
 *
 * @param service may be NULL
 * @return the text, borrowed until the definition is freed or changed; NULL where the key is absent
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_service_test(const zinit_service *service);

/**
 * Sets the command that tells whether the service is up, by its exit code.
 *
 * @param service required
 * @param command may be NULL: takes the key out, and the service is up as soon as it runs; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_service_set_test(zinit_service *service, const char *command, zinit_error **error);

/**
 * Tells the directory to run in.
 *
 * @param service may be NULL
 * @return the text, borrowed until the definition is freed or changed; NULL where the key is absent
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_service_dir(const zinit_service *service);

/**
 * Sets the directory to run in.
 *
 * @param service required
 * @param path may be NULL: takes the key out; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_service_set_dir(zinit_service *service, const char *path, zinit_error **error);

/**
 * Tells the signal that stops the service.
 *
 * @param service may be NULL
 * @return the text, borrowed until the definition is freed or changed; NULL where the key is absent
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_service_stop_signal(const zinit_service *service);

/**
 * Sets the signal that stops the service.
 *
 * @param service required
 * @param signal may be NULL: takes the key out, and the daemon sends SIGTERM; a name in any case; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_SIGNAL
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_service_set_stop_signal(zinit_service *service, const char *signal, zinit_error **error);

/**
 * Tells whether it runs once, instead of being kept running.
 *
 * @param service may be NULL
 * @return 1 or 0; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_service_oneshot(const zinit_service *service);

/**
 * Sets whether it runs once.
 *
 * @param service required
 * @param oneshot 0 takes the key out
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_service_set_oneshot(zinit_service *service, int32_t oneshot, zinit_error **error);

/**
 * Tells where its output goes.
 *
 * @param service may be NULL
 * @return a ZINIT_LOG_ number; ZINIT_LOG_UNSET for NULL, or where the value is none that the daemon knows
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_service_log(const zinit_service *service);

/**
 * Sets where its output goes.
 *
 * @param service required
 * @param log a ZINIT_LOG_ number; ZINIT_LOG_UNSET takes the key out
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_service_set_log(zinit_service *service, int32_t log, zinit_error **error);

/**
 * Tells how long it has to stop when the daemon shuts down.
 *
 * @param service may be NULL
 * @return seconds; -1 where the key is absent or no number, and for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int64_t zinit_service_shutdown_timeout_s(const zinit_service *service);

/**
 * Sets how long it has to stop when the daemon shuts down.
 *
 * @param service required
 * @param seconds -1 takes the key out, and the daemon takes 10 (zinit 0.2.14); otherwise 0 or more
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_service_set_shutdown_timeout_s(zinit_service *service, int64_t seconds, zinit_error **error);

/**
 * Tells how many services must be up before it is started.
 *
 * @param service may be NULL
 * @return the number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
size_t zinit_service_after_len(const zinit_service *service);

/**
 * Tells the name of a service that must be up before.
 *
 * @param service may be NULL
 * @param index from 0
 * @return the name, borrowed until the definition is freed or changed; NULL out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_service_after_at(const zinit_service *service, size_t index);

/**
 * Adds a service that must be up before: Running, or Success for a oneshot.
 *
 * @param service required
 * @param name required; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_service_after_push(zinit_service *service, const char *name, zinit_error **error);

/**
 * Takes all services that must be up before out.
 *
 * @param service may be NULL
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
void zinit_service_after_clear(zinit_service *service);

/**
 * Tells how many environment variables are set.
 *
 * @param service may be NULL
 * @return the number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
size_t zinit_service_env_len(const zinit_service *service);

/**
 * Tells the name of an environment variable. They are sorted by name.
 *
 * @param service may be NULL
 * @param index from 0
 * @return the name, borrowed until the definition is freed or changed; NULL out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_service_env_key(const zinit_service *service, size_t index);

/**
 * Tells the value of an environment variable.
 *
 * @param service may be NULL
 * @param index from 0
 * @return the value, borrowed until the definition is freed or changed; NULL out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_service_env_value(const zinit_service *service, size_t index);

/**
 * Sets an environment variable, in place of one with the same name.
 *
 * @param service required
 * @param key required; copied
 * @param value may be NULL: takes the variable out; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_service_env_set(zinit_service *service,
                                 const char *key,
                                 const char *value,
                                 zinit_error **error);

/**
 * Reads the definition of a service that is monitored, from its file. The daemon may have read the file before it was
 * changed: it does not tell.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; receives a definition to be freed with zinit_service_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
 *     ZINIT_ERR_FILE_NOT_FOUND, ZINIT_ERR_FILE_IO, ZINIT_ERR_FILE_SYNTAX; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_get(const zinit_client *client,
                            const char *name,
                            zinit_service **service,
                            zinit_error **error);

/**
 * Reads the definition of a service from its file, monitored or not. Does not ask the daemon.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; receives a definition to be freed with zinit_service_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_FILE_NOT_FOUND, ZINIT_ERR_FILE_IO, ZINIT_ERR_FILE_SYNTAX
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_load_service(const zinit_client *client,
                                     const char *name,
                                     zinit_service **service,
                                     zinit_error **error);

/**
 * Writes a service's file, in place of one that is there; a reader sees the old one or the new one, never a part. Does not
 * ask the daemon: zinit_client_monitor() makes it read the file.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_INVALID_SERVICE, ZINIT_ERR_FILE_IO
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_add_service(const zinit_client *client,
                                    const char *name,
                                    const zinit_service *service,
                                    zinit_error **error);

/**
 * Removes a service's file. One that is not there is no failure. Does not ask the daemon: stop and forget the service first.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_FILE_IO
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_remove_service(const zinit_client *client,
                                       const char *name,
                                       zinit_error **error);

/*
 * 8. Control
 * ==========
 */

/**
 * Sets the service's target Up, and returns: the service is started as soon as the services that it runs after are there.
 * Has no effect on one that is up. After a stop the daemon waits 2 s before it starts the service again (zinit 0.2.14).
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_SHUTTING_DOWN; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_start(const zinit_client *client,
                              const char *name,
                              zinit_error **error);

/**
 * Sets the service's target Down, has its stop signal sent (SIGTERM by default), and returns: the process may live on.
 * The daemon never sends SIGKILL by itself, other than in a shutdown (zinit 0.2.14).
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_stop(const zinit_client *client,
                             const char *name,
                             zinit_error **error);

/**
 * Has the daemon read the service's file, and start the service.
 * The daemon reads the file here and at its own start only: after a change of the file, stop, forget and monitor it.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_ALREADY_MONITORED, ZINIT_ERR_CONFIG_REFUSED,
 *     ZINIT_ERR_SHUTTING_DOWN; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_monitor(const zinit_client *client,
                                const char *name,
                                zinit_error **error);

/**
 * Has the daemon drop a service, which must be stopped. Its file stays.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
 *     ZINIT_ERR_SERVICE_UP while its target is Up or its process lives; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_forget(const zinit_client *client, const char *name, zinit_error **error);

/**
 * Sends a signal to the service's process group. Its target stays: a service that ends of it is spawned again.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param signal required; such as "SIGHUP", in any case; zinit_signal_name() gives it for a number; borrowed
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE,
 *     ZINIT_ERR_INVALID_SIGNAL, ZINIT_ERR_SERVICE_DOWN; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_kill(const zinit_client *client,
                             const char *name,
                             const char *signal,
                             zinit_error **error);

/**
 * Tells the name of a signal, as zinit_client_kill() takes it.
 *
 * @param number such as SIGTERM of signal.h
 * @return such as "SIGTERM"; NULL for a number that zinit knows no name of; static
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
const char *zinit_signal_name(int32_t number);

/**
 * Has the daemon stop all services and restart the machine; in a container, end itself.
 * A daemon before 0.2.9 is sent shutdown, which meant just that.
 *
 * @param client required
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_reboot(const zinit_client *client, zinit_error **error);

/**
 * Has the daemon stop all services and turn the machine off; in a container, end itself.
 * The version is asked for first: nothing is sent to a daemon before 0.2.9, which would restart the machine instead.
 * With services that run after each other in a circle, the daemon never ends (zinit 0.2.14).
 *
 * @param client required
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_NOT_SUPPORTED, ZINIT_ERR_VERSION; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_shutdown(const zinit_client *client,
                                 zinit_error **error);

/*
 * 9. Waits
 * ========
 */

/**
 * Ends calls from outside: from another thread, or from a signal handler. Once triggered it stays so.
 */
typedef struct zinit_cancel zinit_cancel;

/**
 * Makes a cancel, which holds one descriptor.
 *
 * @param cancel required; receives a cancel to be freed with zinit_cancel_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_IO
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
zinit_code zinit_cancel_new(zinit_cancel **cancel, zinit_error **error);

/**
 * Ends every call that the cancel was given to with ZINIT_ERR_CANCELLED, within 10 ms, and every one that it will be given
 * to before anything is sent. What was sent is not undone. Async-signal-safe; errno stays as it was.
 *
 * @param cancel may be NULL
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
void zinit_cancel_trigger(zinit_cancel *cancel);

/**
 * Frees a cancel that no call uses any more.
 *
 * @param cancel may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_cancel_free(zinit_cancel *cancel);

/**
 * Starts a service and waits until it is up: Running, or for a oneshot Success. What it is stands in its file; where that
 * cannot be read, Running is up, and an end that stands for 3 s is a oneshot's. A state from before the start does not count.
 * After a stop this takes over 2 s, for the daemon waits so long before it starts a service again (zinit 0.2.14).
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param timeout_ms 0: send and return; -1: no limit; otherwise above 0
 * @param cancel may be NULL: none; must live until the call returns
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_SHUTTING_DOWN;
 *     ZINIT_ERR_SERVICE_FAILED if it cannot be spawned, or as a oneshot ended badly; ZINIT_ERR_TIMEOUT;
 *     ZINIT_ERR_TARGET_CHANGED if somebody else stops it; ZINIT_ERR_CANCELLED; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_start_wait(const zinit_client *client,
                                   const char *name,
                                   int64_t timeout_ms,
                                   zinit_cancel *cancel,
                                   zinit_error **error);

/**
 * Stops a service and waits until no process of it lives, whatever its state. When the time is up, SIGKILL is sent, and
 * again each second, ten times at most; without a limit, never. A service that is forgotten meanwhile has stopped.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param timeout_ms 0: send and return; -1: no limit; otherwise above 0
 * @param cancel may be NULL: none; must live until the call returns
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_UNKNOWN_SERVICE;
 *     ZINIT_ERR_TIMEOUT if its process outlives SIGKILL; ZINIT_ERR_TARGET_CHANGED if somebody else starts it;
 *     ZINIT_ERR_CANCELLED; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_stop_wait(const zinit_client *client,
                                  const char *name,
                                  int64_t timeout_ms,
                                  zinit_cancel *cancel,
                                  zinit_error **error);

/**
 * Stops a service, waits until no process of it lives, starts it, and waits until it is up.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param stop_timeout_ms as zinit_client_stop_wait(), but 0 is no grace: SIGKILL at once
 * @param start_timeout_ms as zinit_client_start_wait()
 * @param cancel may be NULL: none; must live until the call returns
 * @param error may be NULL
 * @return ZINIT_OK; what zinit_client_stop_wait() and zinit_client_start_wait() return; the message says which step failed
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_restart(const zinit_client *client,
                                const char *name,
                                int64_t stop_timeout_ms,
                                int64_t start_timeout_ms,
                                zinit_cancel *cancel,
                                zinit_error **error);

/**
 * Puts a definition in force: if the service is monitored, stops and forgets it; writes its file; monitors it; and waits
 * until it is up. The definition is checked, and the new file prepared, before anything is touched: until the service is
 * stopped and forgotten, its old file stays as it is.
 *
 * A service that is forgotten while it is Blocked goes on being called Blocked when it is monitored again, though its
 * process runs (zinit 0.2.14): then this ends with ZINIT_ERR_TIMEOUT, and a restart of the daemon mends it.
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; borrowed
 * @param stop_timeout_ms as zinit_client_stop_wait(), but 0 is no grace: SIGKILL at once
 * @param start_timeout_ms as zinit_client_start_wait()
 * @param cancel may be NULL: none; must live until the call returns
 * @param error may be NULL
 * @return ZINIT_OK; what zinit_client_stop_wait() and zinit_client_start_wait() return; ZINIT_ERR_INVALID_SERVICE,
 *     ZINIT_ERR_FILE_IO,
 *     ZINIT_ERR_ALREADY_MONITORED if somebody else monitors it meanwhile; the message says which step failed
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_deploy(const zinit_client *client,
                               const char *name,
                               const zinit_service *service,
                               int64_t stop_timeout_ms,
                               int64_t start_timeout_ms,
                               zinit_cancel *cancel,
                               zinit_error **error);

/*
 * 10. Groups
 * ==========
 */

/**
 * What has become of each service, in the order given. Every getter takes NULL.
 */
typedef struct zinit_report zinit_report;

/**
 * Monitors and starts services, and waits until all are up. Goes on past a service that fails.
 *
 * @param client required
 * @param names may be NULL with len 0; the services' names; borrowed. An argv needs a cast: (const char *const *)argv
 * @param len how many there are; 0: done, with an empty report
 * @param timeout_ms for all together; as zinit_client_start_wait()
 * @param cancel may be NULL: none; must live until the call returns
 * @param report required; receives a report to be freed with zinit_report_free(), on failure too, unless an argument is invalid
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; otherwise the code of the first service that failed, with a
 *     message that names every one: those of zinit_client_monitor() but for ZINIT_ERR_ALREADY_MONITORED, and zinit_client_start_wait(); and of what ends the whole: ZINIT_ERR_CANCELLED, an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_start_multiple(const zinit_client *client,
                                       const char *const *names,
                                       size_t len,
                                       int64_t timeout_ms,
                                       zinit_cancel *cancel,
                                       zinit_report **report,
                                       zinit_error **error);

/**
 * Stops services and waits until no process of them lives. Goes on past a service that fails; one that is not monitored
 * is stopped.
 *
 * @param client required
 * @param names may be NULL with len 0; the services' names; borrowed. An argv needs a cast: (const char *const *)argv
 * @param len how many there are; 0: done, with an empty report
 * @param timeout_ms for all together; as zinit_client_stop_wait()
 * @param cancel may be NULL: none; must live until the call returns
 * @param report required; receives a report to be freed with zinit_report_free(), on failure too, unless an argument is invalid
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; otherwise the code of the first service that failed, with a
 *     message that names every one: those of zinit_client_stop_wait() but for ZINIT_ERR_UNKNOWN_SERVICE; and of what ends the whole: ZINIT_ERR_CANCELLED, an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_stop_multiple(const zinit_client *client,
                                      const char *const *names,
                                      size_t len,
                                      int64_t timeout_ms,
                                      zinit_cancel *cancel,
                                      zinit_report **report,
                                      zinit_error **error);

/**
 * Stops services, forgets them and removes their files. Goes on past a service that fails, whose file then stays; one
 * that is not monitored loses its file.
 *
 * @param client required
 * @param names may be NULL with len 0; the services' names; borrowed. An argv needs a cast: (const char *const *)argv
 * @param len how many there are; 0: done, with an empty report
 * @param timeout_ms for all together; as zinit_client_stop_wait(), but 0 is no grace: SIGKILL at once
 * @param cancel may be NULL: none; must live until the call returns
 * @param report required; receives a report to be freed with zinit_report_free(), on failure too, unless an argument is invalid
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME; otherwise the code of the first service that failed, with a
 *     message that names every one: those of zinit_client_stop_multiple(), zinit_client_forget() and
 *     zinit_client_remove_service(); and of what ends the whole: ZINIT_ERR_CANCELLED, an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_destroy_services(const zinit_client *client,
                                         const char *const *names,
                                         size_t len,
                                         int64_t timeout_ms,
                                         zinit_cancel *cancel,
                                         zinit_report **report,
                                         zinit_error **error);

/**
 * Tells how many services there are.
 *
 * @param report may be NULL
 * @return the number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
size_t zinit_report_len(const zinit_report *report);

/**
 * Tells the name of a service.
 *
 * @param report may be NULL
 * @param index from 0
 * @return the name, borrowed until the report is freed; NULL out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_report_name(const zinit_report *report, size_t index);

/**
 * Tells what has become of a service.
 *
 * @param report may be NULL
 * @param index from 0
 * @return ZINIT_OK, ZINIT_PENDING while it is under way, or its failure; ZINIT_ERR_INVALID_ARGUMENT out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
zinit_code zinit_report_code(const zinit_report *report,
                             size_t index);

/**
 * Tells the last state that was seen of a service.
 *
 * @param report may be NULL
 * @param index from 0
 * @return the state, borrowed until the report is freed; NULL where none was seen, and out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_state *zinit_report_state(const zinit_report *report, size_t index);

/**
 * Tells why a service failed.
 *
 * @param report may be NULL
 * @param index from 0
 * @return the error, borrowed until the report is freed: not to be freed itself; NULL where there is none, and out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_error *zinit_report_error(const zinit_report *report,
                                      size_t index);

/**
 * Tells whether SIGKILL was needed.
 *
 * @param report may be NULL
 * @param index from 0
 * @return 1 or 0; 0 out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_report_killed(const zinit_report *report, size_t index);

/**
 * Frees a report and all that was borrowed from it.
 *
 * @param report may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_report_free(zinit_report *report);

/*
 * 11. Matches
 * ===========
 */

/**
 * Conditions on a service, all of which must hold. Any number of searches can be made with one.
 */
typedef struct zinit_filter zinit_filter;

/**
 * Names of services, sorted. Every getter takes NULL.
 */
typedef struct zinit_name_list zinit_name_list;

/**
 * Makes a filter without conditions. Each zinit_filter_with_ function adds one.
 *
 * @return a filter to be freed with zinit_filter_free(); never NULL
 * Thread safety: any thread, any time.
 * Since 0.1.0.
 */
zinit_filter *zinit_filter_new(void);

/**
 * Adds a condition: the service has this name.
 *
 * @param filter required
 * @param name required; the whole name; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_filter_with_name(zinit_filter *filter, const char *name, zinit_error **error);

/**
 * Adds a condition: the program that the service's command runs has this name, wherever it is.
 *
 * The program is the first word of the key exec in the service's file, without quotes and escapes, behind its last /.
 * The command is not read as a shell reads it: in "A=1 /bin/x" the program is "A=1", in "x;y" it is "x;y". A command
 * with an open quote matches nothing.
 *
 * @param filter required
 * @param basename required; such as "sshd"; one with a / inside matches nothing but "/"; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_filter_with_exec(zinit_filter *filter,
                                  const char *basename,
                                  zinit_error **error);

/**
 * Adds a condition: a regular expression matches some part of the service's command, the key exec in its file.
 *
 * The expression is one of the Rust crate regex-lite. It means what it means to Go's package regexp, but for these:
 * Refused here, taken there: \pL, \p{Greek} and all Unicode classes; \Q...\E; \123 (write \x53); a { that counts
 *     nothing, as in a{,5} (write \{); [, &&, -- and ~~ in a class (write [\[]); more than 50 groups in one another.
 * Taken here, refused there: a**, a++, x{2}{3}; counts above 1000; (?<n>a), which Go takes since 1.22; \u0041; the flags
 *     x, u and R.
 * Read otherwise: \< and \> are the begin and the end of a word; \s has the vertical tab too; (?i) knows both cases of
 *     ASCII letters only.
 * One that would take more than 10 MiB of memory is refused, and so is a smaller one with many groups.
 *
 * @param filter required
 * @param pattern required; copied
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_REGEX
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_filter_with_exec_regex(zinit_filter *filter,
                                        const char *pattern,
                                        zinit_error **error);

/**
 * Frees a filter.
 *
 * @param filter may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_filter_free(zinit_filter *filter);

/**
 * Finds the monitored services for which all conditions of a filter hold.
 *
 * The daemon is asked for its list only. Files are read only for conditions on the command, and only of services whose
 * name matches; one that is missing, cannot be read or is no service definition does not match, and is no failure. The
 * daemon may have read a file before it was changed: it does not tell.
 *
 * @param client required
 * @param filter required; with at least one condition; borrowed
 * @param names required; receives a list, empty where nothing matches, to be freed with zinit_name_list_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_UNKNOWN_SERVICE if services are forgotten all the time; an exchange code
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_matches(const zinit_client *client,
                                const zinit_filter *filter,
                                zinit_name_list **names,
                                zinit_error **error);

/**
 * Tells how many names there are.
 *
 * @param names may be NULL
 * @return the number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
size_t zinit_name_list_len(const zinit_name_list *names);

/**
 * Tells one name.
 *
 * @param names may be NULL
 * @param index from 0
 * @return the name, borrowed until the list is freed; NULL out of range
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_name_list_at(const zinit_name_list *names, size_t index);

/**
 * Frees a list of names and all that was borrowed from it.
 *
 * @param names may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_name_list_free(zinit_name_list *names);

/*
 * 12. Requests
 * ============
 */

/**
 * A call under way in the caller's event loop, or over.
 *
 * Wait until zinit_request_fd() is readable, call zinit_request_dispatch(), and do so again while it returns
 * ZINIT_PENDING. The descriptor is the same for the request's whole life and takes care of all times: nothing else is
 * needed under epoll (level- or edge-triggered), poll, libuv, asyncio or Go's netpoller. It stays readable once the request
 * is over, and a dispatch too many does no harm.
 *
 * A request holds three descriptors while it awaits a reply and two while it pauses: mind the limit (ulimit -n), often
 * 1024. Several threads that wait on one epoll need EPOLLONESHOT; EPOLLEXCLUSIVE is refused; an epoll may be nested in at
 * most four others. Take the descriptor out of the loop before zinit_request_free(), for its number is soon used again. After
 * a fork without exec the child must neither dispatch nor free it.
 */
typedef struct zinit_request zinit_request;

/**
 * Begins zinit_client_list().
 *
 * @param client required
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_list(const zinit_client *client,
                                   zinit_request **request,
                                   zinit_error **error);

/**
 * Begins zinit_client_status().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_status(const zinit_client *client,
                                     const char *name,
                                     zinit_request **request,
                                     zinit_error **error);

/**
 * Begins zinit_client_start().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_start(const zinit_client *client,
                                    const char *name,
                                    zinit_request **request,
                                    zinit_error **error);

/**
 * Begins zinit_client_stop().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_stop(const zinit_client *client,
                                   const char *name,
                                   zinit_request **request,
                                   zinit_error **error);

/**
 * Begins zinit_client_monitor().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_monitor(const zinit_client *client,
                                      const char *name,
                                      zinit_request **request,
                                      zinit_error **error);

/**
 * Begins zinit_client_forget().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_forget(const zinit_client *client,
                                     const char *name,
                                     zinit_request **request,
                                     zinit_error **error);

/**
 * Begins zinit_client_kill().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param signal as the call
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_INVALID_SIGNAL, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_kill(const zinit_client *client,
                                   const char *name,
                                   const char *signal,
                                   zinit_request **request,
                                   zinit_error **error);

/**
 * Begins zinit_client_start_wait().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param timeout_ms as the call
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_start_wait(const zinit_client *client,
                                         const char *name,
                                         int64_t timeout_ms,
                                         zinit_request **request,
                                         zinit_error **error);

/**
 * Begins zinit_client_stop_wait().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param timeout_ms as the call
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_stop_wait(const zinit_client *client,
                                        const char *name,
                                        int64_t timeout_ms,
                                        zinit_request **request,
                                        zinit_error **error);

/**
 * Begins zinit_client_restart().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param stop_timeout_ms as the call
 * @param start_timeout_ms as the call
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_restart(const zinit_client *client,
                                      const char *name,
                                      int64_t stop_timeout_ms,
                                      int64_t start_timeout_ms,
                                      zinit_request **request,
                                      zinit_error **error);

/**
 * Begins zinit_client_deploy().
 *
 * @param client required
 * @param name required; the service's name; borrowed
 * @param service required; copied
 * @param stop_timeout_ms as the call
 * @param start_timeout_ms as the call
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_deploy(const zinit_client *client,
                                     const char *name,
                                     const zinit_service *service,
                                     int64_t stop_timeout_ms,
                                     int64_t start_timeout_ms,
                                     zinit_request **request,
                                     zinit_error **error);

/**
 * Begins zinit_client_start_multiple().
 *
 * @param client required
 * @param names as the call
 * @param len as the call
 * @param timeout_ms as the call
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_start_multiple(const zinit_client *client,
                                             const char *const *names,
                                             size_t len,
                                             int64_t timeout_ms,
                                             zinit_request **request,
                                             zinit_error **error);

/**
 * Begins zinit_client_stop_multiple().
 *
 * @param client required
 * @param names as the call
 * @param len as the call
 * @param timeout_ms as the call
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_stop_multiple(const zinit_client *client,
                                            const char *const *names,
                                            size_t len,
                                            int64_t timeout_ms,
                                            zinit_request **request,
                                            zinit_error **error);

/**
 * Begins zinit_client_destroy_services().
 *
 * @param client required
 * @param names as the call
 * @param len as the call
 * @param timeout_ms as the call
 * @param request required; receives a request to be freed with zinit_request_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had; everything else is told by the
 *     dispatch
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_begin_destroy_services(const zinit_client *client,
                                               const char *const *names,
                                               size_t len,
                                               int64_t timeout_ms,
                                               zinit_request **request,
                                               zinit_error **error);

/**
 * Tells the request's descriptor, readable when there is something to dispatch.
 *
 * @param request may be NULL
 * @return the descriptor, which belongs to the request and must not be closed; -1 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_request_fd(const zinit_request *request);

/**
 * Takes the request as far as it goes without waiting. Never blocks; a regular file may be read or written in place.
 *
 * @param request required
 * @param error may be NULL
 * @return ZINIT_OK, or what else the call itself returns, and asked again the same, with an error object of its own;
 *     ZINIT_PENDING while it is under way, and no error; ZINIT_ERR_INVALID_ARGUMENT
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_request_dispatch(zinit_request *request,
                                  zinit_error **error);

/**
 * Tells the list that zinit_client_begin_list() asked for.
 *
 * @param request may be NULL
 * @return the list, borrowed until the request is freed; NULL before the end, after a failure, and for another kind of request
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_service_list *zinit_request_service_list(const zinit_request *request);

/**
 * Tells the status that zinit_client_begin_status() asked for.
 *
 * @param request may be NULL
 * @return the status, borrowed until the request is freed; NULL before the end, after a failure, and for another kind of request
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_status *zinit_request_status(const zinit_request *request);

/**
 * Tells how far a wait or a group has come, from its beginning on.
 *
 * @param request may be NULL
 * @return the report, borrowed until the next dispatch; NULL for another kind of request
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_report *zinit_request_report(const zinit_request *request);

/**
 * Frees a request, at any time: what was sent is not undone, and nothing more is sent.
 *
 * @param request may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_request_free(zinit_request *request);

/*
 * 13. Watch
 * =========
 */

/**
 * The service is monitored. The first look gives every service so.
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
 * The daemon does not answer. The watch goes on, and tells when it does again.
 */
#define ZINIT_CHANGE_DAEMON_LOST 4

/**
 * The daemon answers again. Behind it come the changes that happened meanwhile.
 */
#define ZINIT_CHANGE_DAEMON_BACK 5

/**
 * One change, borrowed until the watch's next zinit_watch_next(). Every getter takes NULL.
 */
typedef struct zinit_change zinit_change;

/**
 * Changes of state, as they happen.
 *
 * zinit pushes nothing, so a watch looks: often while something changes, seldom while nothing does. It cannot see a state
 * that comes and goes between two looks, nor a change of the target or the process alone.
 */
typedef struct zinit_watch zinit_watch;

/**
 * Begins a watch. Does no I/O itself.
 *
 * @param client required
 * @param names may be NULL with len 0: all services; the services' names, monitored or not; copied
 * @param len how many there are
 * @param idle_interval_ms how often to look while nothing changes; 0: 1000
 * @param watch required; receives a watch to be freed with zinit_watch_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_watch(const zinit_client *client,
                              const char *const *names,
                              size_t len,
                              int64_t idle_interval_ms,
                              zinit_watch **watch,
                              zinit_error **error);

/**
 * Tells the watch's descriptor: readable when zinit_watch_next() gets on without waiting, whether to a change or not yet.
 * The same rules hold as for a request's; a watch holds one descriptor more.
 *
 * @param watch may be NULL
 * @return the descriptor, which belongs to the watch and must not be closed; -1 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_watch_fd(const zinit_watch *watch);

/**
 * Gives the next change, and waits for it if need be. Under an event loop, call it with timeout 0 until it returns
 * ZINIT_PENDING.
 *
 * @param watch required
 * @param timeout_ms 0: do not wait; -1: no limit; otherwise above 0
 * @param cancel may be NULL: none; must live until the call returns
 * @param change required; receives a change, borrowed until the next call on the watch; NULL unless ZINIT_OK
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_PENDING if there is none in time; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_CANCELLED; an exchange code
 *     other than those that are a lost daemon: then the watch is over
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_watch_next(zinit_watch *watch,
                            int64_t timeout_ms,
                            zinit_cancel *cancel,
                            const zinit_change **change,
                            zinit_error **error);

/**
 * Tells in which way something has changed.
 *
 * @param change may be NULL
 * @return a ZINIT_CHANGE_ number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_change_kind(const zinit_change *change);

/**
 * Tells the service.
 *
 * @param change may be NULL
 * @return the name, borrowed until the next call on the watch; NULL for a change of the daemon
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_change_service(const zinit_change *change);

/**
 * Tells the state that the service had.
 *
 * @param change may be NULL
 * @return the state, borrowed until the next call on the watch; NULL for ZINIT_CHANGE_APPEARED and a change of the daemon
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_state *zinit_change_state_before(const zinit_change *change);

/**
 * Tells the state that the service has.
 *
 * @param change may be NULL
 * @return the state, borrowed until the next call on the watch; NULL for ZINIT_CHANGE_FORGOTTEN and a change of the daemon
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const zinit_state *zinit_change_state_after(const zinit_change *change);

/**
 * Tells the process that the service has.
 *
 * @param change may be NULL
 * @return its id; 0 where it has none
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_change_pid(const zinit_change *change);

/**
 * Tells the target that the service has.
 *
 * @param change may be NULL
 * @return a ZINIT_TARGET_ number; ZINIT_TARGET_UNKNOWN for ZINIT_CHANGE_FORGOTTEN and a change of the daemon
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_change_target(const zinit_change *change);

/**
 * Frees a watch and all that was borrowed from it.
 *
 * @param watch may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_watch_free(zinit_watch *watch);

/*
 * 14. Logs
 * ========
 */

/**
 * The service's standard output.
 */
#define ZINIT_LOG_SOURCE_STDOUT 1

/**
 * The service's standard error.
 */
#define ZINIT_LOG_SOURCE_STDERR 2

/**
 * zinit's own mark: it has spawned the service.
 */
#define ZINIT_LOG_SOURCE_START 3

/**
 * The service's test command, standard output or error.
 */
#define ZINIT_LOG_SOURCE_TEST 4

/**
 * Lines were lost, of whichever service: the daemon dropped them for a slow reader, or the library for their size.
 */
#define ZINIT_LOG_SOURCE_DROPPED 5

/**
 * One line, borrowed until the stream's next zinit_log_stream_next(). Every getter takes NULL.
 */
typedef struct zinit_log_line zinit_log_line;

/**
 * Lines of the daemon's log, which it keeps for all services together: the last 2000 by default (zinit 0.2.14).
 *
 * A line of more than 65536 bytes is cut. Of what the daemon has kept, at most the client's largest reply is held here:
 * where it is more, its oldest lines go, and a ZINIT_LOG_SOURCE_DROPPED line says how many. Of what comes, at most 16384
 * bytes are read at a time, and nothing more until they are taken: a slow reader loses only what the daemon itself drops.
 *
 * The daemon sends text alone, and service and source are told from it. That is exact unless a name has ": " inside: such a
 * service has its own name here only where it is asked for by it, and its lines come along where the part of its name
 * before the ": " is asked for. A service can print to its stderr what looks like a start mark, and one that is called zinit
 * what looks like dropped lines. A service with log: none or log: stdout has no lines here.
 */
typedef struct zinit_log_stream zinit_log_stream;

/**
 * Begins to read the log. Does no I/O itself: the first zinit_log_stream_next() tells of a service that is none.
 *
 * @param client required
 * @param name may be NULL: all services; the service's name; copied
 * @param last of the lines that the daemon has kept, so many of the last; -1: all
 * @param follow 0: that is all, and ZINIT_END behind it; otherwise the lines that come, too, until the daemon ends
 * @param stream required; receives a stream to be freed with zinit_log_stream_free()
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_ERR_INVALID_ARGUMENT, ZINIT_ERR_INVALID_NAME, ZINIT_ERR_IO if no descriptor is to be had
 * Thread safety: any number of threads with one client.
 * Since 0.1.0.
 */
zinit_code zinit_client_logs(const zinit_client *client,
                             const char *name,
                             int64_t last,
                             int32_t follow,
                             zinit_log_stream **stream,
                             zinit_error **error);

/**
 * Tells the stream's descriptor: readable when zinit_log_stream_next() gets on without waiting, whether to a line or not
 * yet. The same rules hold as for a request's; a stream holds one descriptor more.
 *
 * @param stream may be NULL
 * @return the descriptor, which belongs to the stream and must not be closed; -1 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_log_stream_fd(const zinit_log_stream *stream);

/**
 * Gives the next line, and waits for it if need be. Under an event loop, call it with timeout 0 until it returns
 * ZINIT_PENDING.
 *
 * With a number of last lines and follow, the lines that the daemon has kept end with 100 ms of silence, or after 1 s: the daemon
 * sends no mark between these and new ones. A daemon before 0.2.11 does not end them either: 500 ms of silence do, or 5 s.
 * The time in which the caller does not read does not count as silence.
 *
 * @param stream required
 * @param timeout_ms 0: do not wait; -1: no limit; otherwise above 0
 * @param cancel may be NULL: none; must live until the call returns
 * @param line required; receives a line, borrowed until the next call on the stream; NULL unless ZINIT_OK
 * @param error may be NULL
 * @return ZINIT_OK; ZINIT_PENDING if there is none in time; ZINIT_END if all were given; ZINIT_ERR_INVALID_ARGUMENT,
 *     ZINIT_ERR_UNKNOWN_SERVICE, ZINIT_ERR_CANCELLED; an exchange code: ZINIT_ERR_CLOSED ends a log that is followed,
 *     and one that ends within a line. An error is given behind all lines that had come, and again each time
 * Thread safety: one writer of one object at a time, and no reader.
 * Since 0.1.0.
 */
zinit_code zinit_log_stream_next(zinit_log_stream *stream,
                                 int64_t timeout_ms,
                                 zinit_cancel *cancel,
                                 const zinit_log_line **line,
                                 zinit_error **error);

/**
 * Tells the service that the line is of. A line of its test has the service's own name.
 *
 * @param line may be NULL
 * @return the name, borrowed until the next call on the stream; NULL where it is of none
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_log_line_service(const zinit_log_line *line);

/**
 * Tells where the line comes from.
 *
 * @param line may be NULL
 * @return a ZINIT_LOG_SOURCE_ number; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_log_line_source(const zinit_log_line *line);

/**
 * Tells the text, without the newline. It need not be UTF-8, and may have a NUL inside besides the one behind it.
 *
 * @param line may be NULL
 * @return the text, borrowed until the next call on the stream; NULL for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
const char *zinit_log_line_text(const zinit_log_line *line);

/**
 * Tells the length of the text.
 *
 * @param line may be NULL
 * @return its bytes, without the NUL behind it; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
size_t zinit_log_line_len(const zinit_log_line *line);

/**
 * Tells whether the end of the line is missing: it was too long, or the daemon ended in the midst of it.
 *
 * @param line may be NULL
 * @return 1 or 0; 0 for NULL
 * Thread safety: many readers of one object at a time.
 * Since 0.1.0.
 */
int32_t zinit_log_line_truncated(const zinit_log_line *line);

/**
 * Frees a stream and all that was borrowed from it.
 *
 * @param stream may be NULL
 * Thread safety: must not overlap another call on the same object.
 * Since 0.1.0.
 */
void zinit_log_stream_free(zinit_log_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
