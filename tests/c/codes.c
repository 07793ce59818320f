/* Every number is pinned. And each code that a function can return is produced in a case with its name: here those of
 * success, of wrong arguments and of files, in daemon_codes.c and wait_codes.c the others. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "streams.h"

/* The numbers */

static const struct {
    const char *name;
    int number;
    int macro;
} codes[] = {
#define CODE(name, number) {#name, number, name}
    CODE(ZINIT_OK, 0),
    CODE(ZINIT_PENDING, 1),
    CODE(ZINIT_END, 2),
    CODE(ZINIT_ERR_INVALID_ARGUMENT, -1),
    CODE(ZINIT_ERR_INVALID_NAME, -2),
    CODE(ZINIT_ERR_INVALID_SIGNAL, -3),
    CODE(ZINIT_ERR_INVALID_REGEX, -4),
    CODE(ZINIT_ERR_INVALID_SERVICE, -5),
    CODE(ZINIT_ERR_INVALID_STATE, -6),
    CODE(ZINIT_ERR_UNKNOWN_SERVICE, -20),
    CODE(ZINIT_ERR_ALREADY_MONITORED, -21),
    CODE(ZINIT_ERR_SERVICE_UP, -22),
    CODE(ZINIT_ERR_SERVICE_DOWN, -23),
    CODE(ZINIT_ERR_SHUTTING_DOWN, -24),
    CODE(ZINIT_ERR_CONFIG_REFUSED, -25),
    CODE(ZINIT_ERR_NOT_SUPPORTED, -26),
    CODE(ZINIT_ERR_DAEMON, -27),
    CODE(ZINIT_ERR_TIMEOUT, -40),
    CODE(ZINIT_ERR_CANCELLED, -41),
    CODE(ZINIT_ERR_TARGET_CHANGED, -42),
    CODE(ZINIT_ERR_SERVICE_FAILED, -43),
    CODE(ZINIT_ERR_NOT_RUNNING, -60),
    CODE(ZINIT_ERR_PERMISSION, -61),
    CODE(ZINIT_ERR_IO, -62),
    CODE(ZINIT_ERR_NO_REPLY, -63),
    CODE(ZINIT_ERR_CLOSED, -64),
    CODE(ZINIT_ERR_PROTOCOL, -65),
    CODE(ZINIT_ERR_REPLY_TOO_LARGE, -66),
    CODE(ZINIT_ERR_FILE_NOT_FOUND, -80),
    CODE(ZINIT_ERR_FILE_IO, -81),
    CODE(ZINIT_ERR_FILE_SYNTAX, -82),
    CODE(ZINIT_ERR_VERSION, -83),
    /* A defect of the library, so no case here produces it; the tests of src/ffi/call.rs do. */
    CODE(ZINIT_ERR_INTERNAL, -99),
#undef CODE
};

static const struct {
    const char *name;
    int number;
    int macro;
} other_numbers[] = {
#define NUMBER(name, number) {#name, number, name}
    NUMBER(ZINIT_PROTOCOL_ANY, 0),
    NUMBER(ZINIT_PROTOCOL_LINE, 1),
    NUMBER(ZINIT_PROTOCOL_JSONRPC, 2),
    NUMBER(ZINIT_PROTOCOL_ZINIT_0_3, 3),
    NUMBER(ZINIT_STOP_ORDER_ANY, 0),
    NUMBER(ZINIT_STOP_ORDER_REVERSE, 1),
    NUMBER(ZINIT_STATE_OTHER, 0),
    NUMBER(ZINIT_STATE_UNKNOWN, 1),
    NUMBER(ZINIT_STATE_BLOCKED, 2),
    NUMBER(ZINIT_STATE_SPAWNED, 3),
    NUMBER(ZINIT_STATE_RUNNING, 4),
    NUMBER(ZINIT_STATE_SUCCESS, 5),
    NUMBER(ZINIT_STATE_ERROR, 6),
    NUMBER(ZINIT_STATE_FAILURE, 7),
    NUMBER(ZINIT_STATE_TEST_FAILURE, 8),
    NUMBER(ZINIT_TARGET_UNKNOWN, 0),
    NUMBER(ZINIT_TARGET_UP, 1),
    NUMBER(ZINIT_TARGET_DOWN, 2),
    NUMBER(ZINIT_STEP_NONE, 0),
    NUMBER(ZINIT_STEP_STOPPING, 1),
    NUMBER(ZINIT_STEP_KILLING, 2),
    NUMBER(ZINIT_STEP_STOPPED, 3),
    NUMBER(ZINIT_STEP_FORGETTING, 4),
    NUMBER(ZINIT_STEP_WRITING, 5),
    NUMBER(ZINIT_STEP_REMOVING, 6),
    NUMBER(ZINIT_STEP_STARTING, 7),
    NUMBER(ZINIT_STEP_DONE, 8),
    NUMBER(ZINIT_LOG_UNSET, 0),
    NUMBER(ZINIT_LOG_RING, 1),
    NUMBER(ZINIT_LOG_STDOUT, 2),
    NUMBER(ZINIT_LOG_NONE, 3),
    NUMBER(ZINIT_KEY_ABSENT, 0),
    NUMBER(ZINIT_KEY_PRESENT, 1),
    NUMBER(ZINIT_KEY_NOT_UNDERSTOOD, 2),
    NUMBER(ZINIT_SEVERITY_ERROR, 1),
    NUMBER(ZINIT_SEVERITY_WARNING, 2),
    NUMBER(ZINIT_CHANGE_APPEARED, 1),
    NUMBER(ZINIT_CHANGE_STATE, 2),
    NUMBER(ZINIT_CHANGE_FORGOTTEN, 3),
    NUMBER(ZINIT_CHANGE_DAEMON_LOST, 4),
    NUMBER(ZINIT_CHANGE_DAEMON_BACK, 5),
    NUMBER(ZINIT_LOG_SOURCE_STDOUT, 1),
    NUMBER(ZINIT_LOG_SOURCE_STDERR, 2),
    NUMBER(ZINIT_LOG_SOURCE_START, 3),
    NUMBER(ZINIT_LOG_SOURCE_TEST, 4),
    NUMBER(ZINIT_LOG_SOURCE_DROPPED, 5),
#undef NUMBER
};

static void every_code_has_its_number_and_name(const void *data)
{
    size_t i;
    size_t other;

    (void)data;
    for (i = 0; i < LENGTH(codes); i++) {
        if (codes[i].macro != codes[i].number)
            fail_at(__FILE__, __LINE__, "%s is %d, and was %d", codes[i].name, codes[i].macro, codes[i].number);
        CHECK_TEXT(zinit_code_name(codes[i].number), codes[i].name);
        for (other = 0; other < i; other++)
            CHECK(codes[i].number != codes[other].number);
    }
    for (i = 0; i < LENGTH(other_numbers); i++)
        if (other_numbers[i].macro != other_numbers[i].number)
            fail_at(__FILE__, __LINE__, "%s is %d, and was %d", other_numbers[i].name, other_numbers[i].macro,
                    other_numbers[i].number);
    CHECK_INT(sizeof(zinit_code), sizeof(int32_t));
}

static void every_other_number_is_an_unknown_code(const void *data)
{
    int number;
    size_t i;

    (void)data;
    for (number = -300; number < 300; number++) {
        const char *name = "ZINIT_UNKNOWN_CODE";

        for (i = 0; i < LENGTH(codes); i++)
            if (codes[i].number == number)
                name = codes[i].name;
        CHECK_TEXT(zinit_code_name(number), name);
    }
    CHECK_TEXT(zinit_code_name(INT32_MAX), "ZINIT_UNKNOWN_CODE");
    CHECK_TEXT(zinit_code_name(INT32_MIN), "ZINIT_UNKNOWN_CODE");
}

static void versions_agree(const void *data)
{
    char version[50];

    (void)data;
    snprintf(version, sizeof version, "%d.%d.%d", ZINIT_VERSION_MAJOR, ZINIT_VERSION_MINOR, ZINIT_VERSION_PATCH);
    CHECK_TEXT(zinit_version(), version);
    CHECK_TEXT(zinit_version(), ZINIT_VERSION_STRING);
    CHECK_INT(zinit_abi_version(), ZINIT_ABI_VERSION);
}

/* Codes that are not errors */

static void ok(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    /* What an earlier call has left there, and was freed: not to be looked at. */
    zinit_error *error = (zinit_error *)&daemon;

    (void)data;
    CHECK_INT(zinit_client_monitor(client, "nosuch", NULL), ZINIT_ERR_CONFIG_REFUSED);
    add_service(&daemon, client, "web", "exec: sleep 1000\n");
    CHECK_OK(zinit_client_start(client, "web", &error));
    CHECK(error == NULL);
    CHECK_INT(zinit_client_stop(client, "web", NULL), ZINIT_OK);
    zinit_client_free(client);
}

static void pending(const void *data)
{
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_client *client = client_of(&daemon);
    zinit_request *request = NULL;
    /* What an earlier call has left there, and was freed: not to be looked at. */
    zinit_error *error = (zinit_error *)&daemon;
    char command[100];

    (void)data;
    CHECK_OK(zinit_client_begin_status(client, "web", &request, &error));
    CHECK_INT(zinit_request_dispatch(request, &error), ZINIT_PENDING);
    CHECK(error == NULL);
    next_command(&daemon, command, sizeof command);
    CHECK_INT(zinit_request_dispatch(request, NULL), ZINIT_PENDING);
    CHECK(zinit_request_status(request) == NULL);
    zinit_request_free(request);
    zinit_client_free(client);
}

static void end(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = NULL;
    const zinit_log_line *line = NULL;
    zinit_error *error = NULL;
    zinit_code code;
    size_t lines = 0;

    (void)data;
    add_service(&daemon, client, "once", "exec: echo hello\noneshot: true\n");
    wait_for_state(client, "once", ZINIT_STATE_SUCCESS);
    /* zinit 0.3 can tell of the end of a process before it has read what that has printed. */
    for (;;) {
        stream = open_log(client, "once", -1, 0);
        while ((code = zinit_log_stream_next(stream, -1, NULL, &line, &error)) == ZINIT_OK) {
            CHECK_TEXT(zinit_log_line_service(line), "once");
            lines++;
        }
        CHECK_INT(code, ZINIT_END);
        CHECK(error == NULL && line == NULL);
        if (lines > 0)
            break;
        zinit_log_stream_free(stream);
        pause_ms(5);
    }
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

/* Wrong arguments */

static void invalid_argument(const void *data)
{
    zinit_client *client = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_with_options(NULL, &client, &error), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK_CONTAINS(zinit_error_message(error), "`options`");
    CHECK(client == NULL);
    check_not_sent(error);
}

static void invalid_name(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_start(client, "../web", &error), ZINIT_ERR_INVALID_NAME);
    CHECK_CONTAINS(zinit_error_message(error), "../web");
    check_not_sent(error);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void invalid_signal(const void *data)
{
    struct daemon daemon = start_scripted("");
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_kill(client, "web", "SIGNOPE", &error), ZINIT_ERR_INVALID_SIGNAL);
    CHECK_CONTAINS(zinit_error_message(error), "SIGNOPE");
    check_not_sent(error);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_client_free(client);
}

static void invalid_service(const void *data)
{
    zinit_service *service = zinit_service_new();
    zinit_error *error = NULL;
    char *yaml = NULL;

    (void)data;
    CHECK_FAILS(zinit_service_to_yaml(service, &yaml, &error), ZINIT_ERR_INVALID_SERVICE);
    CHECK_CONTAINS(zinit_error_message(error), "exec");
    CHECK(yaml == NULL);
    check_not_sent(error);
    zinit_service_free(service);
}

static void invalid_state(const void *data)
{
    zinit_state *state = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_state_parse("Error(", &state, &error), ZINIT_ERR_INVALID_STATE);
    CHECK_CONTAINS(zinit_error_message(error), "Error(");
    CHECK(state == NULL);
    check_not_sent(error);
}

/* Service files, and the version */

static void file_not_found(const void *data)
{
    zinit_client *client = client_for_files();
    zinit_service *service = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_client_load_service(client, "web", &service, &error), ZINIT_ERR_FILE_NOT_FOUND);
    CHECK_CONTAINS(zinit_error_message(error), in_case_directory("web.yaml"));
    CHECK_INT(zinit_error_os_errno(error), ENOENT);
    CHECK(service == NULL);
    check_not_sent(error);
    zinit_client_free(client);
}

static void file_io(const void *data)
{
    zinit_client *client = client_for_files();
    zinit_service *service = NULL;
    zinit_error *error = NULL;

    (void)data;
    NEED(mkdir(in_case_directory("web.yaml"), 0755) == 0);
    CHECK_FAILS(zinit_client_load_service(client, "web", &service, &error), ZINIT_ERR_FILE_IO);
    CHECK_CONTAINS(zinit_error_message(error), in_case_directory("web.yaml"));
    check_not_sent(error);
    CHECK_FAILS(zinit_client_remove_service(client, "web", &error), ZINIT_ERR_FILE_IO);
    CHECK_INT(zinit_error_os_errno(error), EISDIR);
    check_not_sent(error);
    zinit_client_free(client);
}

static void file_syntax(const void *data)
{
    zinit_client *client = client_for_files();
    zinit_service *service = NULL;
    zinit_error *error = NULL;

    (void)data;
    write_file(in_case_directory("web.yaml"), "exec: [\n");
    CHECK_FAILS(zinit_client_load_service(client, "web", &service, &error), ZINIT_ERR_FILE_SYNTAX);
    CHECK_CONTAINS(zinit_error_message(error), in_case_directory("web.yaml"));
    CHECK(service == NULL);
    check_not_sent(error);
    CHECK_FAILS(zinit_service_from_yaml("web\n", 4, &service, &error), ZINIT_ERR_FILE_SYNTAX);
    CHECK(service == NULL);
    check_not_sent(error);
    zinit_client_free(client);
}

static void version(const void *data)
{
    static const char *const programs[] = {"echo hello", "echo zinit v0.2", "exit 0", "printf 'zinit v\\377'",
                                           "while :; do echo zinit v0.2.14; done"};
    struct client_options options = {0};
    zinit_daemon_version *version = NULL;
    zinit_client *client;
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    options.zinit_binary = in_case_directory("nosuch");
    client = make_client(options);
    CHECK_FAILS(zinit_client_version(client, &version, &error), ZINIT_ERR_VERSION);
    CHECK_CONTAINS(zinit_error_message(error), options.zinit_binary);
    check_not_sent(error);
    CHECK_FAILS(zinit_client_shutdown(client, &error), ZINIT_ERR_VERSION);
    check_not_sent(error);
    zinit_client_free(client);

    for (i = 0; i < LENGTH(programs); i++) {
        options.zinit_binary = write_program("zinit", programs[i]);
        client = make_client(options);
        CHECK_FAILS(zinit_client_version(client, &version, &error), ZINIT_ERR_VERSION);
        CHECK_CONTAINS(zinit_error_message(error), options.zinit_binary);
        CHECK(version == NULL);
        check_not_sent(error);
        zinit_client_free(client);
    }

    options.zinit_binary = write_program("zinit", "exec sleep 1000");
    options.io_timeout_ms = 100;
    client = make_client(options);
    CHECK_FAILS(zinit_client_version(client, &version, &error), ZINIT_ERR_VERSION);
    check_not_sent(error);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"every_code_has_its_number_and_name", every_code_has_its_number_and_name, NULL},
    {"every_other_number_is_an_unknown_code", every_other_number_is_an_unknown_code, NULL},
    {"versions_agree", versions_agree, NULL},
    {"ZINIT_OK", ok, NULL},
    {"ZINIT_PENDING", pending, NULL},
    {"ZINIT_END", end, NULL},
    {"ZINIT_ERR_INVALID_ARGUMENT", invalid_argument, NULL},
    {"ZINIT_ERR_INVALID_NAME", invalid_name, NULL},
    {"ZINIT_ERR_INVALID_SIGNAL", invalid_signal, NULL},
    {"ZINIT_ERR_INVALID_SERVICE", invalid_service, NULL},
    {"ZINIT_ERR_INVALID_STATE", invalid_state, NULL},
    {"ZINIT_ERR_FILE_NOT_FOUND", file_not_found, NULL},
    {"ZINIT_ERR_FILE_IO", file_io, NULL},
    {"ZINIT_ERR_FILE_SYNTAX", file_syntax, NULL},
    {"ZINIT_ERR_VERSION", version, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
