/* Service definitions: each key in and out, the file, and what the daemon makes of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"

static zinit_service *read_yaml(const char *yaml)
{
    zinit_service *service = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_service_from_yaml(yaml, strlen(yaml), &service, &error));
    return service;
}

/* Writes a definition and reads it again; the first one is freed. */
static zinit_service *written_and_read(zinit_service *service)
{
    zinit_service *again;
    zinit_error *error = NULL;
    char *yaml = NULL;

    CHECK_OK(zinit_service_to_yaml(service, &yaml, &error));
    zinit_service_free(service);
    again = read_yaml(yaml);
    zinit_string_free(yaml);
    return again;
}

static void a_new_definition_has_no_key(const void *data)
{
    zinit_service *service = zinit_service_new();

    (void)data;
    CHECK(service != NULL);
    CHECK_TEXT(zinit_service_exec(service), NULL);
    CHECK_TEXT(zinit_service_test(service), NULL);
    CHECK_TEXT(zinit_service_dir(service), NULL);
    CHECK_TEXT(zinit_service_stop_signal(service), NULL);
    CHECK_INT(zinit_service_oneshot(service), 0);
    CHECK_INT(zinit_service_log(service), ZINIT_LOG_UNSET);
    CHECK_INT(zinit_service_shutdown_timeout_s(service), -1);
    CHECK_INT(zinit_service_after_len(service), 0);
    CHECK_INT(zinit_service_env_len(service), 0);
    zinit_service_free(service);
}

static zinit_service *with_every_key(void)
{
    zinit_service *service = zinit_service_new();
    zinit_error *error = NULL;

    CHECK_OK(zinit_service_set_exec(service, "web --port 80", &error));
    CHECK_OK(zinit_service_set_test(service, "curl -f localhost", &error));
    CHECK_OK(zinit_service_set_dir(service, "/srv", &error));
    CHECK_OK(zinit_service_set_stop_signal(service, "sigint", &error));
    CHECK_OK(zinit_service_set_oneshot(service, 2, &error));
    CHECK_OK(zinit_service_set_log(service, ZINIT_LOG_STDOUT, &error));
    CHECK_OK(zinit_service_set_shutdown_timeout_s(service, 0, &error));
    CHECK_OK(zinit_service_after_push(service, "db", &error));
    CHECK_OK(zinit_service_after_push(service, "stream:1", &error));
    CHECK_OK(zinit_service_env_set(service, "B", "yes", &error));
    CHECK_OK(zinit_service_env_set(service, "A", "", &error));
    return service;
}

static void check_every_key(const zinit_service *service)
{
    CHECK_TEXT(zinit_service_exec(service), "web --port 80");
    CHECK_TEXT(zinit_service_test(service), "curl -f localhost");
    CHECK_TEXT(zinit_service_dir(service), "/srv");
    CHECK_TEXT(zinit_service_stop_signal(service), "SIGINT");
    CHECK_INT(zinit_service_oneshot(service), 1);
    CHECK_INT(zinit_service_log(service), ZINIT_LOG_STDOUT);
    CHECK_INT(zinit_service_shutdown_timeout_s(service), 0);
    CHECK_INT(zinit_service_after_len(service), 2);
    CHECK_TEXT(zinit_service_after_at(service, 0), "db");
    CHECK_TEXT(zinit_service_after_at(service, 1), "stream:1");
    CHECK_INT(zinit_service_env_len(service), 2);
    CHECK_TEXT(zinit_service_env_key(service, 0), "A");
    CHECK_TEXT(zinit_service_env_value(service, 0), "");
    CHECK_TEXT(zinit_service_env_key(service, 1), "B");
    CHECK_TEXT(zinit_service_env_value(service, 1), "yes");
}

static void what_is_set_is_there_before_and_after_writing(const void *data)
{
    zinit_service *service = with_every_key();

    (void)data;
    check_every_key(service);
    service = written_and_read(service);
    check_every_key(service);
    zinit_service_free(service);
}

#if HEADER_HAS_0_2_0
static void a_copy_has_the_same_text_and_a_life_of_its_own(const void *data)
{
    /* What the daemon would refuse cannot be written, and is copied all the same. */
    zinit_service *service = read_yaml("# why\nexec: a # as it is\nlog: file\n");
    zinit_service *copy = zinit_service_copy(service);
    zinit_error *error = NULL;
    char *yaml = NULL;

    (void)data;
    CHECK_OK(zinit_service_set_exec(service, "b", &error));
    zinit_service_free(service);
    CHECK_TEXT(zinit_service_exec(copy), "a");
    CHECK_INT(zinit_service_key_status(copy, "log"), ZINIT_KEY_NOT_UNDERSTOOD);
    CHECK_OK(zinit_service_set_log(copy, ZINIT_LOG_UNSET, &error));
    CHECK_OK(zinit_service_to_yaml(copy, &yaml, &error));
    CHECK_TEXT(yaml, "# why\nexec: a # as it is\n");
    zinit_string_free(yaml);
    zinit_service_free(copy);
}
#endif

static void null_takes_a_key_out(const void *data)
{
    zinit_service *service = with_every_key();
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_service_set_test(service, NULL, &error));
    CHECK_OK(zinit_service_set_dir(service, NULL, &error));
    CHECK_OK(zinit_service_set_stop_signal(service, NULL, &error));
    CHECK_OK(zinit_service_set_oneshot(service, 0, &error));
    CHECK_OK(zinit_service_set_log(service, ZINIT_LOG_UNSET, &error));
    CHECK_OK(zinit_service_set_shutdown_timeout_s(service, -1, &error));
    zinit_service_after_clear(service);
    CHECK_OK(zinit_service_env_set(service, "A", NULL, &error));
    CHECK_OK(zinit_service_env_set(service, "nosuch", NULL, &error));
    CHECK_OK(zinit_service_env_set(service, "B", "other", &error));
    service = written_and_read(service);
    CHECK_TEXT(zinit_service_exec(service), "web --port 80");
    CHECK_TEXT(zinit_service_test(service), NULL);
    CHECK_TEXT(zinit_service_dir(service), NULL);
    CHECK_TEXT(zinit_service_stop_signal(service), NULL);
    CHECK_INT(zinit_service_oneshot(service), 0);
    CHECK_INT(zinit_service_log(service), ZINIT_LOG_UNSET);
    CHECK_INT(zinit_service_shutdown_timeout_s(service), -1);
    CHECK_INT(zinit_service_after_len(service), 0);
    CHECK_INT(zinit_service_env_len(service), 1);
    CHECK_TEXT(zinit_service_env_value(service, 0), "other");
    CHECK_OK(zinit_service_set_exec(service, NULL, &error));
    CHECK_TEXT(zinit_service_exec(service), NULL);
    zinit_service_free(service);
}

static void a_setter_that_fails_changes_nothing(const void *data)
{
    zinit_service *service = with_every_key();

    (void)data;
    CHECK_INT(zinit_service_set_exec(service, "\xff", NULL), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK_INT(zinit_service_set_test(service, "\xff", NULL), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK_INT(zinit_service_set_dir(service, "\xff", NULL), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK_INT(zinit_service_set_stop_signal(service, "SIGNOPE", NULL), ZINIT_ERR_INVALID_SIGNAL);
    CHECK_INT(zinit_service_set_log(service, 17, NULL), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK_INT(zinit_service_set_shutdown_timeout_s(service, -2, NULL), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK_INT(zinit_service_after_push(service, "a/b", NULL), ZINIT_ERR_INVALID_NAME);
    CHECK_INT(zinit_service_env_set(service, "B", "\xff", NULL), ZINIT_ERR_INVALID_ARGUMENT);
    check_every_key(service);
    zinit_service_free(service);
}

/* Text that is a number, a boolean or null to some YAML readers, or that must be quoted, stays text. */
static void text_that_yaml_could_take_for_something_else(const void *data)
{
    static const char *const texts[] = {
        "yes", "no", "on", "~", "null", "true", "010", "1_000", "12:30:45", "<<", "- a", "a: b", "#", " a", "a ", "a #b",
        "\t", "\n", "a\nb", "a\n", "\"", "'", "\\", "{}", "[", "%", "@", "`", "&a", "*a", "!a", "|", ">", "\xf0\x9f\x90\xa7",
        "\xe2\x80\xa8", "\x01", "\x7f", "\xc2\x85",
    };
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(texts); i++) {
        zinit_service *service = zinit_service_new();

        /* Some of them are not commands. */
        CHECK_OK(zinit_service_set_exec(service, "a", &error));
        CHECK_OK(zinit_service_set_dir(service, texts[i], &error));
        CHECK_OK(zinit_service_env_set(service, texts[i], texts[i], &error));
        service = written_and_read(service);
        CHECK_TEXT(zinit_service_dir(service), texts[i]);
        CHECK_TEXT(zinit_service_env_key(service, 0), texts[i]);
        CHECK_TEXT(zinit_service_env_value(service, 0), texts[i]);
        zinit_service_free(service);
    }
}

static void yaml_of_a_given_length(const void *data)
{
    /* Not a string: there is no NUL behind it. */
    char *yaml = malloc(7);
    zinit_service *service = NULL;
    zinit_error *error = NULL;

    (void)data;
    NEED(yaml != NULL);
    memcpy(yaml, "exec: a", 7);
    CHECK_OK(zinit_service_from_yaml(yaml, 7, &service, &error));
    CHECK_TEXT(zinit_service_exec(service), "a");
    zinit_service_free(service);
    CHECK_OK(zinit_service_from_yaml(yaml, 0, &service, &error));
    CHECK_TEXT(zinit_service_exec(service), NULL);
    zinit_service_free(service);
    free(yaml);
}

static void yaml_that_is_not_a_definition(const void *data)
{
    static const struct {
        const char *yaml;
        size_t length;
    } rows[] = {
#define YAML(text) {text, sizeof(text) - 1}
        YAML("exec: ["),
        YAML("just text"),
        YAML("exec: a\0b"),
        YAML("exec: \xff"),
        YAML("exec: a\n---\nexec: b\n"),
#undef YAML
    };
    const size_t limit = 262144;
    zinit_error *error = NULL;
    char *large;
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(rows); i++) {
        zinit_service *service = (zinit_service *)&rows;

        CHECK_FAILS(zinit_service_from_yaml(rows[i].yaml, rows[i].length, &service, &error), ZINIT_ERR_FILE_SYNTAX);
        CHECK(service == NULL);
        CHECK_INT(zinit_error_request_sent(error), 0);
        zinit_error_free(error);
    }

    large = malloc(limit + 1);
    NEED(large != NULL);
    memset(large, '[', limit + 1);
    for (i = limit; i <= limit + 1; i++) {
        zinit_service *service = NULL;

        CHECK_FAILS(zinit_service_from_yaml(large, i, &service, &error), ZINIT_ERR_FILE_SYNTAX);
        zinit_error_free(error);
    }
    memset(large, 'x', limit + 1);
    memcpy(large, "exec: a\n#", 9);
    for (i = limit; i <= limit + 1; i++) {
        zinit_service *service = NULL;

        CHECK_INT(zinit_service_from_yaml(large, i, &service, NULL), i == limit ? ZINIT_OK : ZINIT_ERR_FILE_SYNTAX);
        zinit_service_free(service);
    }
    free(large);
}

#if HEADER_HAS_0_2_0
static void a_key_is_absent_or_present_or_not_understood(const void *data)
{
    static const char yaml[] = "exec: [a]\ntest: b\noneshot: 1\nafter: net\nenv: {A: [1], B: 2}\nlog: ~\nx-own:\n";
    static const struct {
        const char *key;
        int32_t status;
    } rows[] = {
        {"exec", ZINIT_KEY_NOT_UNDERSTOOD},  {"test", ZINIT_KEY_PRESENT},   {"oneshot", ZINIT_KEY_NOT_UNDERSTOOD},
        {"after", ZINIT_KEY_NOT_UNDERSTOOD}, {"env", ZINIT_KEY_PRESENT},    {"log", ZINIT_KEY_ABSENT},
        {"x-own", ZINIT_KEY_PRESENT},        {"signal", ZINIT_KEY_ABSENT},  {"dir", ZINIT_KEY_ABSENT},
        {"nosuch", ZINIT_KEY_ABSENT},        {"", ZINIT_KEY_ABSENT},
    };
    zinit_service *service = read_yaml(yaml);
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(rows); i++)
        CHECK_INT(zinit_service_key_status(service, rows[i].key), rows[i].status);
    CHECK_TEXT(zinit_service_exec(service), NULL);
    CHECK_INT(zinit_service_oneshot(service), 0);
    CHECK_INT(zinit_service_after_len(service), 0);
    CHECK_INT(zinit_service_env_len(service), 2);
    CHECK_TEXT(zinit_service_env_value(service, 0), NULL);
    CHECK_TEXT(zinit_service_env_value(service, 1), "2");
    CHECK_OK(zinit_service_set_exec(service, "a", &error));
    CHECK_INT(zinit_service_key_status(service, "exec"), ZINIT_KEY_PRESENT);
    CHECK_OK(zinit_service_set_test(service, NULL, &error));
    CHECK_INT(zinit_service_key_status(service, "test"), ZINIT_KEY_ABSENT);
    zinit_service_free(service);
}
#endif

/* The text that a definition gives; to be freed. */
static char *written(const zinit_service *service)
{
    zinit_error *error = NULL;
    char *yaml = NULL;

    CHECK_OK(zinit_service_to_yaml(service, &yaml, &error));
    return yaml;
}

static void what_was_not_changed_is_written_byte_for_byte(const void *data)
{
    static const char *const files[] = {
        "# web\nexec:   'web'   # why\n\n\nx-own: {b: 1.10, a: [~]}\ntest: t\n# end",
        "exec: a\r\nlog: ring\r\n",
        "{exec: a}",
    };
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(files); i++) {
        zinit_service *service = read_yaml(files[i]);
        char *yaml = written(service);

        CHECK_TEXT(yaml, files[i]);
        zinit_string_free(yaml);
        zinit_service_free(service);
    }
}

static void a_change_changes_only_what_it_names(const void *data)
{
    zinit_service *service = read_yaml("# web\nexec: old # why\n\n# own\nx-own: {b: 1.10}\ntest: 't'\n");
    zinit_error *error = NULL;
    char *yaml;

    (void)data;
    CHECK_OK(zinit_service_set_exec(service, "new", &error));
    yaml = written(service);
    CHECK_TEXT(yaml, "# web\nexec: new # why\n\n# own\nx-own: {b: 1.10}\ntest: 't'\n");
    zinit_string_free(yaml);
    zinit_service_free(service);
}

/* What is understood but misspelled is refused as it stands, and mended with any change. */
static void a_misspelled_value(const void *data)
{
    zinit_service *service = read_yaml("exec: a # why\noneshot: yes\n");
    zinit_error *error = NULL;
    char *yaml = NULL;

    (void)data;
    CHECK_INT(zinit_service_oneshot(service), 1);
    CHECK_FAILS(zinit_service_to_yaml(service, &yaml, &error), ZINIT_ERR_INVALID_SERVICE);
    CHECK_CONTAINS(zinit_error_message(error), "`oneshot`");
    CHECK_CONTAINS(zinit_error_message(error), "line 2 column 10");
    zinit_error_free(error);
    CHECK_OK(zinit_service_set_test(service, "t", &error));
    yaml = written(service);
    CHECK_TEXT(yaml, "exec: a # why\noneshot: true\ntest: t\n");
    zinit_string_free(yaml);
    zinit_service_free(service);
}

static void what_the_daemon_would_refuse_is_not_written(const void *data)
{
    static const struct {
        const char *yaml;
        const char *key;
    } rows[] = {
        {"oneshot: true\n", "exec"},
        {"exec: ''\n", "exec"},
        {"exec: [a]\n", "exec"},
        {"exec: \"a\\0b\"\n", "exec"},
        {"exec: a\nafter: b\n", "after"},
        {"exec: a\nlog: file\n", "log"},
        {"exec: a\nshutdown_timeout: soon\n", "shutdown_timeout"},
        {"exec: a\nsignal: {stop: SIGNOPE}\n", "signal.stop"},
    };
    zinit_client *client = client_for_files();
    zinit_error *error = NULL;
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(rows); i++) {
        zinit_service *service = read_yaml(rows[i].yaml);
        char *yaml = (char *)&rows;

        CHECK_FAILS(zinit_service_to_yaml(service, &yaml, &error), ZINIT_ERR_INVALID_SERVICE);
        CHECK(yaml == NULL);
        CHECK_CONTAINS(zinit_error_message(error), rows[i].key);
        zinit_error_free(error);
        CHECK_FAILS(zinit_client_add_service(client, "web", service, &error), ZINIT_ERR_INVALID_SERVICE);
        CHECK_CONTAINS(zinit_error_message(error), rows[i].key);
        zinit_error_free(error);
        CHECK(access(in_case_directory("web.yaml"), F_OK) != 0);
        zinit_service_free(service);
    }
    zinit_client_free(client);
}

static void a_change_in_a_file_keeps_all_else(const void *data)
{
    zinit_client *client = client_for_files();
    zinit_service *service = NULL;
    zinit_error *error = NULL;

    (void)data;
    write_file(in_case_directory("web.yaml"), "# web\nexec: old\nsignal: {stop: SIGINT, reload: SIGHUP}\n"
                                              "shutdown_timeout: 7 # short\ndir: /srv\nx-owner: {team: [a, b]}\n");
    CHECK_OK(zinit_client_load_service(client, "web", &service, &error));
    CHECK_OK(zinit_service_set_exec(service, "new", &error));
    CHECK_OK(zinit_client_add_service(client, "web", service, &error));
    zinit_service_free(service);
    CHECK_TEXT(read_file(in_case_directory("web.yaml")),
               "# web\nexec: new\nsignal: {stop: SIGINT, reload: SIGHUP}\n"
               "shutdown_timeout: 7 # short\ndir: /srv\nx-owner: {team: [a, b]}\n");
    zinit_client_free(client);
}

static void files_that_cannot_be_used(const void *data)
{
    zinit_client *client = client_for_files();
    zinit_service *definition = read_yaml("exec: a\n");
    zinit_error *error = NULL;
    static const char *const names[] = {"directory", "fifo", "dangling"};
    struct client_options elsewhere = {0};
    size_t i;

    (void)data;
    NEED(mkdir(in_case_directory("directory.yaml"), 0755) == 0);
    NEED(mkfifo(in_case_directory("fifo.yaml"), 0644) == 0);
    NEED(symlink("nosuch/nosuch", in_case_directory("dangling.yaml")) == 0);
    for (i = 0; i < LENGTH(names); i++) {
        zinit_service *service = NULL;

        CHECK_FAILS(zinit_client_load_service(client, names[i], &service, &error), ZINIT_ERR_FILE_IO);
        CHECK_CONTAINS(zinit_error_message(error), names[i]);
        zinit_error_free(error);
        CHECK_FAILS(zinit_client_add_service(client, names[i], definition, &error), ZINIT_ERR_FILE_IO);
        CHECK_CONTAINS(zinit_error_message(error), names[i]);
        zinit_error_free(error);
    }
    /* A file or a link is unlinked, whatever is behind it; a directory never. */
    CHECK_OK(zinit_client_remove_service(client, "dangling", &error));
    CHECK_OK(zinit_client_remove_service(client, "fifo", &error));
    CHECK_FAILS(zinit_client_remove_service(client, "directory", &error), ZINIT_ERR_FILE_IO);
    zinit_error_free(error);
    CHECK_OK(zinit_client_remove_service(client, "nosuch", &error));
    zinit_client_free(client);

    elsewhere.config_dir = in_case_directory("nosuch");
    client = make_client(elsewhere);
    CHECK_FAILS(zinit_client_add_service(client, "web", definition, &error), ZINIT_ERR_FILE_IO);
    CHECK_INT(zinit_error_os_errno(error), ENOENT);
    CHECK_CONTAINS(zinit_error_message(error), elsewhere.config_dir);
    zinit_error_free(error);
    zinit_client_free(client);
    zinit_service_free(definition);
}

static void get_gives_monitored_services_only(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service *definition = read_yaml("exec: sleep 1000\n");
    zinit_service *service = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_client_add_service(client, "web", definition, &error));
    CHECK_FAILS(zinit_client_get(client, "web", &service, &error), ZINIT_ERR_UNKNOWN_SERVICE);
    CHECK(service == NULL);
    CHECK_INT(zinit_error_request_sent(error), 1);
    zinit_error_free(error);
    CHECK_OK(zinit_client_load_service(client, "web", &service, &error));
    zinit_service_free(service);
    CHECK_OK(zinit_client_monitor(client, "web", &error));
    CHECK_OK(zinit_client_get(client, "web", &service, &error));
    CHECK_TEXT(zinit_service_exec(service), "sleep 1000");
    zinit_service_free(service);
    CHECK_OK(zinit_client_remove_service(client, "web", &error));
    CHECK_FAILS(zinit_client_get(client, "web", &service, &error), ZINIT_ERR_FILE_NOT_FOUND);
    CHECK_TEXT(zinit_error_service(error), "web");
    zinit_error_free(error);
    zinit_service_free(definition);
    zinit_client_free(client);
}

/* The service writes down what it was started with, and how it ends. */
static void the_daemon_does_what_is_written(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    const char *said = in_case_directory("said");
    char expected[400];

    (void)data;
    NEED(mkdir(in_case_directory("work"), 0755) == 0);
    CHECK_OK(zinit_service_set_exec(service,
                                    write_program("web", "trap 'echo interrupted >> ../said; exit 3' INT\n"
                                                         "echo \"$GREETING, $PWD\" > ../said\n"
                                                         "while :; do sleep 0.05; done\n"),
                                    &error));
    CHECK_OK(zinit_service_set_dir(service, in_case_directory("work"), &error));
    CHECK_OK(zinit_service_env_set(service, "GREETING", "yes: # 'hello'", &error));
    CHECK_OK(zinit_service_set_stop_signal(service, "SIGINT", &error));
    CHECK_OK(zinit_client_add_service(client, "web", service, &error));
    zinit_service_free(service);
    CHECK_OK(zinit_client_monitor(client, "web", &error));
    snprintf(expected, sizeof expected, "yes: # 'hello', %s\n", in_case_directory("work"));
    while (access(said, F_OK) != 0 || strcmp(read_file(said), expected) != 0)
        pause_ms(5);
    CHECK_OK(zinit_client_stop(client, "web", &error));
    wait_for_no_process(client, "web");
    CHECK_OK(zinit_client_status(client, "web", &status, &error));
    CHECK_INT(zinit_status_target(status), ZINIT_TARGET_DOWN);
    CHECK_INT(zinit_state_kind(zinit_status_state(status)), ZINIT_STATE_ERROR);
    CHECK_INT(zinit_state_exit_code(zinit_status_state(status)), 3);
    zinit_status_free(status);
    CHECK_CONTAINS(read_file(said), "interrupted");
    CHECK_OK(zinit_client_forget(client, "web", &error));
    CHECK_OK(zinit_client_remove_service(client, "web", &error));
    CHECK_OK(zinit_client_remove_service(client, "web", &error));
    zinit_client_free(client);
}

static void a_oneshot_and_what_waits_for_it(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_service *service = zinit_service_new();
    zinit_status *status = NULL;
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_service_set_exec(service, "sleep 1000", &error));
    CHECK_OK(zinit_service_after_push(service, "prepare", &error));
    CHECK_OK(zinit_client_add_service(client, "web", service, &error));
    CHECK_OK(zinit_client_monitor(client, "web", &error));
    wait_for_state(client, "web", ZINIT_STATE_BLOCKED);
    CHECK_OK(zinit_client_status(client, "web", &status, &error));
    CHECK_INT(zinit_status_after_len(status), 1);
    CHECK_TEXT(zinit_status_after_name(status, 0), "prepare");
    CHECK_INT(zinit_state_kind(zinit_status_after_state(status, 0)), ZINIT_STATE_UNKNOWN);
    zinit_status_free(status);

    zinit_service_after_clear(service);
    CHECK_OK(zinit_service_set_exec(service, "true", &error));
    CHECK_OK(zinit_service_set_oneshot(service, 1, &error));
    CHECK_OK(zinit_client_add_service(client, "prepare", service, &error));
    CHECK_OK(zinit_client_monitor(client, "prepare", &error));
    wait_for_state(client, "prepare", ZINIT_STATE_SUCCESS);
    wait_for_state(client, "web", ZINIT_STATE_RUNNING);
    zinit_service_free(service);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"a_new_definition_has_no_key", a_new_definition_has_no_key, NULL},
    {"what_is_set_is_there_before_and_after_writing", what_is_set_is_there_before_and_after_writing, NULL},
#if HEADER_HAS_0_2_0
    {"a_copy_has_the_same_text_and_a_life_of_its_own", a_copy_has_the_same_text_and_a_life_of_its_own, NULL},
#endif
    {"null_takes_a_key_out", null_takes_a_key_out, NULL},
    {"a_setter_that_fails_changes_nothing", a_setter_that_fails_changes_nothing, NULL},
    {"text_that_yaml_could_take_for_something_else", text_that_yaml_could_take_for_something_else, NULL},
    {"yaml_of_a_given_length", yaml_of_a_given_length, NULL},
    {"yaml_that_is_not_a_definition", yaml_that_is_not_a_definition, NULL},
#if HEADER_HAS_0_2_0
    {"a_key_is_absent_or_present_or_not_understood", a_key_is_absent_or_present_or_not_understood, NULL},
#endif
    {"what_was_not_changed_is_written_byte_for_byte", what_was_not_changed_is_written_byte_for_byte, NULL},
    {"a_change_changes_only_what_it_names", a_change_changes_only_what_it_names, NULL},
    {"a_misspelled_value", a_misspelled_value, NULL},
    {"what_the_daemon_would_refuse_is_not_written", what_the_daemon_would_refuse_is_not_written, NULL},
    {"a_change_in_a_file_keeps_all_else", a_change_in_a_file_keeps_all_else, NULL},
    {"files_that_cannot_be_used", files_that_cannot_be_used, NULL},
    {"get_gives_monitored_services_only", get_gives_monitored_services_only, NULL},
    {"the_daemon_does_what_is_written", the_daemon_does_what_is_written, NULL},
    {"a_oneshot_and_what_waits_for_it", a_oneshot_and_what_waits_for_it, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
