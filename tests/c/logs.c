/* The log through the C ABI: what the lines say, how a stream waits, and how much it holds. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "calls.h"

/* Scripts for a daemon: the reply to the question before the log, and then the steps of the log. */
#define WEB "{\"state\":\"ok\",\"body\":{\"name\":\"web\",\"pid\":7,\"state\":\"Running\",\"target\":\"Up\",\"after\":{}}}"
#define LIST "{\"state\":\"ok\",\"body\":{\"web\":\"Running\"}}"
#define LOG(steps) "on list\n send " LIST "\non status web\n send " WEB "\non log*\n" steps
#define NEWLINE " bytes 0a\n"
#define START_MARK "------------ [start] ------------"

static const char *source_name(int32_t source)
{
    switch (source) {
    case ZINIT_LOG_SOURCE_STDOUT:
        return "stdout";
    case ZINIT_LOG_SOURCE_STDERR:
        return "stderr";
    case ZINIT_LOG_SOURCE_START:
        return "start";
    case ZINIT_LOG_SOURCE_TEST:
        return "test";
    case ZINIT_LOG_SOURCE_DROPPED:
        return "dropped";
    default:
        fail_at(__FILE__, __LINE__, "no source has the number %d", (int)source);
    }
}

/* Appends `SERVICE SOURCE TEXT;`: long text as its length, and what cannot be printed in hexadecimal. */
static void describe(char *all, const zinit_log_line *line)
{
    const char *service = zinit_log_line_service(line);
    const char *text = zinit_log_line_text(line);
    size_t length = zinit_log_line_len(line);
    char *end = all + strlen(all);
    size_t i;

    CHECK(text[length] == '\0');
    end += sprintf(end, "%s %s ", service == NULL ? "-" : service, source_name(zinit_log_line_source(line)));
    if (length > 100)
        end += sprintf(end, "<%lu>", (unsigned long)length);
    for (i = 0; i < length && length <= 100; i++)
        end += sprintf(end, text[i] < ' ' || text[i] > '~' ? "\\%02x" : "%c", (unsigned char)text[i]);
    sprintf(end, "%s;", zinit_log_line_truncated(line) ? " (cut)" : "");
}

static zinit_log_stream *open_log(const zinit_client *client, const char *name, int64_t last, int32_t follow)
{
    zinit_log_stream *stream = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_client_logs(client, name, last, follow, &stream, &error));
    CHECK(zinit_log_stream_fd(stream) >= 0);
    return stream;
}

/* The next line, which must come. */
static const zinit_log_line *next_line(zinit_log_stream *stream)
{
    const zinit_log_line *line = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_log_stream_next(stream, -1, NULL, &line, &error));
    return line;
}

static void check_next(zinit_log_stream *stream, const char *expected)
{
    char seen[1000] = "";

    describe(seen, next_line(stream));
    CHECK_TEXT(seen, expected);
}

/* The stream is over, and stays so: ZINIT_END or an error. */
static void check_over(zinit_log_stream *stream, zinit_code expected)
{
    static const int64_t timeouts[] = {-1, 0, 1000};
    struct pollfd readable = {zinit_log_stream_fd(stream), POLLIN, 0};
    const zinit_log_line *line = (const zinit_log_line *)stream;
    zinit_error *error = NULL;
    size_t i;

    for (i = 0; i < LENGTH(timeouts); i++) {
        CHECK_INT(zinit_log_stream_next(stream, timeouts[i], NULL, &line, &error), expected);
        CHECK(line == NULL);
        CHECK_INT(zinit_error_code(error), expected < 0 ? expected : ZINIT_OK);
        zinit_error_free(error);
        CHECK_INT(poll(&readable, 1, 0), 1);
    }
}

/* What the lines say */

static const struct row {
    const char *name;
    const char *script;
    const char *service;
    int64_t last;
    int32_t follow;
    const char *lines;
    zinit_code end;
    uint64_t max_reply_bytes;
} rows[] = {
    {"every_source",
     LOG(" send [+] web: out\n" NEWLINE " send [-] web: err\n" NEWLINE " send [-] web: " START_MARK "\n" NEWLINE
         " send [+] web/test: passed\n" NEWLINE " send [-] zinit: 12 lines dropped\n" NEWLINE),
     NULL, -1, 0, "web stdout out;web stderr err;web start " START_MARK ";web test passed;- dropped 12 lines dropped;",
     ZINIT_END, 0},
    {"of_one_service_and_what_was_dropped_of_any",
     LOG(" send [+] sql: a\n" NEWLINE " send [+] web: b\n" NEWLINE " send [-] zinit: 1 lines dropped\n" NEWLINE
         " send [+] webb: c\n" NEWLINE " send web: d\n" NEWLINE " send [+] web/test: e\n" NEWLINE),
     "web", -1, 0, "web stdout b;- dropped 1 lines dropped;web test e;", ZINIT_END, 0},
    {"text_that_is_none",
     LOG(" send [+] web:\n bytes 20 ff fe 00 c3 0a\n send [+] web:\n bytes 20 0a 0a\n send hello\n" NEWLINE
         " send [+] hello\n" NEWLINE " send [*] web: hello\n" NEWLINE),
     NULL, -1, 0,
     "web stdout \\ff\\fe\\00\\c3;web stdout ;- stdout ;- stdout hello;- stdout hello;- stdout [*] web: hello;", ZINIT_END,
     0},
    {"a_line_of_a_mebibyte",
     LOG(" send [-] web:\n bytes 20\n repeat 1048576 x\n" NEWLINE " send [+] web: y\n" NEWLINE), "web", -1, 1,
     "web stderr <65527> (cut);web stdout y;", ZINIT_ERR_CLOSED, 0},
    {"a_line_of_65536_bytes", LOG(" send [-] web:\n bytes 20\n repeat 65527 x\n" NEWLINE), NULL, -1, 1,
     "web stderr <65527>;", ZINIT_ERR_CLOSED, 0},
    {"the_last_two", LOG(" send [+] web: 1\n" NEWLINE " send [+] web: 2\n" NEWLINE " send [+] web: 3\n" NEWLINE), "web",
     2, 0, "web stdout 2;web stdout 3;", ZINIT_END, 0},
    {"the_last_none", LOG(" send [+] web: 1\n" NEWLINE), "web", 0, 0, "", ZINIT_END, 0},
    {"the_last_of_fewer", LOG(" send [+] web: 1\n" NEWLINE), "web", INT64_MAX, 0, "web stdout 1;", ZINIT_END, 0},
    {"no_line", LOG(""), "web", -1, 0, "", ZINIT_END, 0},
    {"a_daemon_without_snapshot",
     LOG(" send [+] web: 1\n" NEWLINE " pause 50\n send [+] web: 2\n" NEWLINE " stay\n"), "web", 1, 0, "web stdout 2;",
     ZINIT_END, 0},
    {"followed_to_the_end", LOG(" send [+] web: 1\n" NEWLINE " pause 50\n send [+] web: 2\n" NEWLINE), "web", -1, 1,
     "web stdout 1;web stdout 2;", ZINIT_ERR_CLOSED, 0},
    {"followed_to_the_midst_of_a_line", LOG(" send [+] web: 1\n" NEWLINE " send [+] web: 2\n"), "web", -1, 1,
     "web stdout 1;web stdout 2 (cut);", ZINIT_ERR_CLOSED, 0},
    {"kept_to_the_midst_of_a_line", LOG(" send [+] web: 1\n" NEWLINE " send [+]\n"), "web", -1, 0, "web stdout 1;",
     ZINIT_ERR_CLOSED, 0},
    {"larger_than_the_largest_reply",
     LOG(" send [+] web:\n bytes 20\n repeat 600 x\n" NEWLINE " send [+] web:\n bytes 20\n repeat 500 y\n" NEWLINE " send [+] web: z\n" NEWLINE),
     "web", -1, 0, "- dropped 1 lines dropped;web stdout <500>;web stdout z;", ZINIT_END, 1000},
    {"refused", LOG(" send {\"state\":\"error\",\"body\":\"not now\"}\n"), "web", -1, 1, "", ZINIT_ERR_DAEMON, 0},
    {"unknown", "on status web\n send {\"state\":\"error\",\"body\":\"service name \\\"web\\\" unknown\"}\n", "web", -1, 1,
     "", ZINIT_ERR_UNKNOWN_SERVICE, 0},
    {"JSON_RPC", "on *\n send {\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700},\"id\":null}\n stay\n", "web", -1, 1, "",
     ZINIT_ERR_PROTOCOL, 0},
    {"JSON_RPC_for_all", "on *\n send {\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700},\"id\":null}\n stay\n", NULL, 5, 0, "",
     ZINIT_ERR_PROTOCOL, 0},
    {"closed_at_once", "on *\n", NULL, -1, 0, "", ZINIT_ERR_CLOSED, 0},
};

/* By each way to wait. */
static void what_comes(const void *data)
{
    const struct row *row = data;
    struct client_options options = {0};
    struct daemon daemon = start_scripted(row->script);
    zinit_client *client;
    int in_loop;

    options.daemon = &daemon;
    options.max_reply_bytes = row->max_reply_bytes;
    client = make_client(options);
    for (in_loop = 0; in_loop < 2; in_loop++) {
        zinit_log_stream *stream = open_log(client, row->service, row->last, row->follow);
        const zinit_log_line *line = NULL;
        char seen[2000] = "";
        zinit_code code;

        do {
            struct pollfd readable = {zinit_log_stream_fd(stream), POLLIN, 0};

            if (in_loop)
                NEED(poll(&readable, 1, -1) == 1);
            while ((code = zinit_log_stream_next(stream, in_loop ? 0 : -1, NULL, &line, NULL)) == ZINIT_OK)
                describe(seen, line);
        } while (code == ZINIT_PENDING);
        CHECK_INT(code, row->end);
        CHECK_TEXT(seen, row->lines);
        check_over(stream, row->end);
        zinit_log_stream_free(stream);
    }
    zinit_client_free(client);
}

/* How a stream waits */

static void an_unknown_service_is_told_by_each_next(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = open_log(client, "nosuch", 10, 1);

    (void)data;
    check_over(stream, ZINIT_ERR_UNKNOWN_SERVICE);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void a_mute_daemon_is_an_error(const void *data)
{
    struct client_options options = {0};
    struct daemon daemon = start_scripted("on *\n stay\n");
    zinit_log_stream *stream;
    zinit_client *client;

    (void)data;
    options.daemon = &daemon;
    options.io_timeout_ms = 50;
    client = make_client(options);
    stream = open_log(client, NULL, -1, 1);
    check_over(stream, ZINIT_ERR_NO_REPLY);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void a_stream_outlives_its_client(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" wait\n send [+] web: 1\n" NEWLINE));
    zinit_client *client = client_of(&daemon);
    char name[] = "web";
    zinit_log_stream *stream = open_log(client, name, -1, 1);

    (void)data;
    zinit_client_free(client);
    memset(name, 'x', sizeof name - 1);
    go_on(&daemon);
    check_next(stream, "web stdout 1;");
    check_over(stream, ZINIT_ERR_CLOSED);
    zinit_log_stream_free(stream);
}

static void each_timeout(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" send [+] web: 1\n" NEWLINE " wait\n send [+] web: 2\n" NEWLINE " stay\n"));
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = open_log(client, "web", -1, 1);
    const zinit_log_line *line = (const zinit_log_line *)stream;
    zinit_error *error = NULL;

    (void)data;
    CHECK_FAILS(zinit_log_stream_next(stream, -2, NULL, &line, &error), ZINIT_ERR_INVALID_ARGUMENT);
    CHECK(line == NULL);
    CHECK_CONTAINS(zinit_error_message(error), "timeout_ms");
    zinit_error_free(error);
    CHECK_INT(count_commands(&daemon), 0);
    check_next(stream, "web stdout 1;");
    line = (const zinit_log_line *)stream;
    CHECK_INT(zinit_log_stream_next(stream, 0, NULL, &line, &error), ZINIT_PENDING);
    CHECK(line == NULL && error == NULL);
    CHECK_INT(zinit_log_stream_next(stream, 20, NULL, &line, &error), ZINIT_PENDING);
    go_on(&daemon);
    CHECK_OK(zinit_log_stream_next(stream, INT64_MAX, NULL, &line, &error));
    CHECK_TEXT(zinit_log_line_text(line), "2");
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void *trigger(void *cancel)
{
    pause_ms(20);
    zinit_cancel_trigger(cancel);
    return NULL;
}

static void a_cancel_ends_a_next_and_loses_nothing(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" send [+] web: 1\n" NEWLINE " wait\n send [+] web: 2\n" NEWLINE
                                              " send [+] web: 3\n" NEWLINE " stay\n"));
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = open_log(client, "web", -1, 1);
    zinit_log_stream *unread = open_log(client, "web", -1, 1);
    const zinit_log_line *line = NULL;
    zinit_cancel *cancel = NULL;
    zinit_error *error = NULL;
    pthread_t thread;

    (void)data;
    CHECK_OK(zinit_cancel_new(&cancel, &error));
    check_next(stream, "web stdout 1;");
    NEED(pthread_create(&thread, NULL, trigger, cancel) == 0);
    CHECK_FAILS(zinit_log_stream_next(stream, -1, cancel, &line, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    NEED(pthread_join(thread, NULL) == 0);
    /* It stays triggered, lines or not. */
    go_on(&daemon);
    check_next(stream, "web stdout 2;");
    CHECK_FAILS(zinit_log_stream_next(stream, 0, cancel, &line, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    check_next(stream, "web stdout 3;");
    /* Nothing is sent with a cancel that is triggered. */
    CHECK_INT(count_commands(&daemon), 2);
    CHECK_FAILS(zinit_log_stream_next(unread, -1, cancel, &line, &error), ZINIT_ERR_CANCELLED);
    zinit_error_free(error);
    CHECK_INT(count_commands(&daemon), 0);
    zinit_cancel_free(cancel);
    zinit_log_stream_free(unread);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static int is_readable(const zinit_log_stream *stream)
{
    struct pollfd readable = {zinit_log_stream_fd(stream), POLLIN, 0};
    int ready = poll(&readable, 1, 0);

    NEED(ready >= 0);
    return ready;
}

static void wait_until_readable(const zinit_log_stream *stream)
{
    struct pollfd readable = {zinit_log_stream_fd(stream), POLLIN, 0};

    NEED(poll(&readable, 1, -1) == 1);
}

/* A caller that takes one line whenever its loop tells it to, and no more. */
static void the_descriptor_is_readable_as_long_as_there_is_something(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" repeat 3 [+] web: x\n" NEWLINE " send [+] web: 1\n" NEWLINE
                                              " send [+] web: 2\n" NEWLINE " send [+] web: 3\n" NEWLINE
                                              " wait\n send [+] sql: 4\n" NEWLINE " wait\n send [+] we\n"
                                              " wait\n send b: 5\n" NEWLINE " wait\n repeat 2000000 x\n wait\n"));
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = open_log(client, "web", -1, 1);
    const zinit_log_line *line = NULL;
    int lines = 0;
    int looks = 0;

    (void)data;
    CHECK(is_readable(stream));
    while (lines < 4) {
        wait_until_readable(stream);
        if (zinit_log_stream_next(stream, 0, NULL, &line, NULL) == ZINIT_OK)
            lines++;
    }
    CHECK_TEXT(zinit_log_line_text(line), "3");
    CHECK(!is_readable(stream));
    CHECK_INT(zinit_log_stream_next(stream, 0, NULL, &line, NULL), ZINIT_PENDING);
    CHECK(!is_readable(stream));
    /* Of another service, and half a line. */
    for (lines = 0; lines < 2; lines++) {
        go_on(&daemon);
        wait_until_readable(stream);
        CHECK_INT(zinit_log_stream_next(stream, 0, NULL, &line, NULL), ZINIT_PENDING);
        CHECK(!is_readable(stream));
    }
    go_on(&daemon);
    wait_until_readable(stream);
    check_next(stream, "web stdout 5;");
    /* More than one call looks at. */
    go_on(&daemon);
    do {
        wait_until_readable(stream);
        CHECK_INT(zinit_log_stream_next(stream, 0, NULL, &line, NULL), ZINIT_PENDING);
        looks++;
        /* The rest of it has come, unless there is none. */
        pause_ms(20);
    } while (is_readable(stream));
    CHECK(looks > 1);
    CHECK_INT(zinit_log_stream_next(stream, 20, NULL, &line, NULL), ZINIT_PENDING);
    CHECK(!is_readable(stream));
    go_on(&daemon);
    wait_until_readable(stream);
    check_over(stream, ZINIT_ERR_CLOSED);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

/* What is there already when a next looks brings no second event: 800 kB of another service, half a line, the end. */
static void an_edge_triggered_loop_misses_nothing(const void *data)
{
    static const char *const logs[] = {
        LOG(" repeat 40 [+] sql: \n" NEWLINE " send [+] web: 1\n" NEWLINE),
        LOG(" repeat 800000 x\n" NEWLINE " send [+] web: 1\n" NEWLINE),
        LOG(" repeat 4000000 x\n" NEWLINE " send [+] web: 1\n" NEWLINE),
        LOG(" send [+] web: 1\n" NEWLINE " send [+] w\n"),
    };
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(logs); i++) {
        struct daemon daemon = start_scripted(logs[i]);
        zinit_client *client = client_of(&daemon);
        zinit_log_stream *stream = open_log(client, "web", -1, 1);
        struct epoll_event event = {0};
        const zinit_log_line *line;
        zinit_code code = ZINIT_PENDING;
        int lines = 0;
        int epoll = epoll_create1(EPOLL_CLOEXEC);

        event.events = EPOLLIN | EPOLLET;
        NEED(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, zinit_log_stream_fd(stream), &event) == 0);
        while (code == ZINIT_PENDING) {
            NEED(epoll_wait(epoll, &event, 1, -1) == 1);
            /* So that more is there than one look takes, and the end is, too. */
            pause_ms(20);
            while ((code = zinit_log_stream_next(stream, 0, NULL, &line, NULL)) == ZINIT_OK)
                lines++;
        }
        CHECK_INT(code, ZINIT_ERR_CLOSED);
        CHECK_INT(lines, 1);
        close(epoll);
        zinit_log_stream_free(stream);
        zinit_client_free(client);
    }
}

/* Long after the silence that ends what the daemon has kept, more of that is there than one look takes. */
static void a_caller_that_comes_late_gets_the_last_lines_all_the_same(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" repeat 90000 x\n" NEWLINE " repeat 90000 y\n" NEWLINE
                                              " send [+] web: 1\n" NEWLINE " send [+] web: 2\n" NEWLINE " stay\n"));
    zinit_client *client = client_of(&daemon);
    zinit_log_stream *stream = open_log(client, NULL, 1, 1);
    const zinit_log_line *line = NULL;
    char command[10];

    (void)data;
    CHECK_INT(zinit_log_stream_next(stream, 0, NULL, &line, NULL), ZINIT_PENDING);
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "list");
    wait_until_readable(stream);
    CHECK_INT(zinit_log_stream_next(stream, 0, NULL, &line, NULL), ZINIT_PENDING);
    CHECK_TEXT(next_command(&daemon, command, sizeof command), "log");
    pause_ms(1100);
    check_next(stream, "web stdout 2;");
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static size_t count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    size_t count = 0;

    NEED(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void a_stream_is_freed_at_any_point_of_its_life(const void *data)
{
    struct daemon daemon = start_scripted(LOG(" send [+] web: 1\n" NEWLINE " send [+] web: 2\n" NEWLINE " pause 5\n"
                                              " send [+] web: 3\n" NEWLINE " send [+] web: 4\n"));
    zinit_client *client = client_of(&daemon);
    size_t before;
    int steps;

    (void)data;
    before = count_descriptors();
    for (steps = 0; steps < 12; steps++) {
        int64_t last;

        for (last = -1; last < 3; last++) {
            zinit_log_stream *stream = open_log(client, "web", last, steps % 2);
            const zinit_log_line *line;
            int step;

            for (step = 0; step < steps; step++) {
                wait_until_readable(stream);
                zinit_log_stream_next(stream, 0, NULL, &line, NULL);
            }
            zinit_log_stream_free(stream);
            CHECK_INT(count_descriptors(), before);
        }
    }
    zinit_client_free(client);
}

/* How much it holds */

/* A daemon in a process of its own, whose log is what a function sends. */
static struct client_options fork_daemon(void (*send_log)(int connection))
{
    static char path[200];
    struct sockaddr_un address;
    struct client_options options = {0};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t pid;

    snprintf(path, sizeof path, "%s", in_case_directory("forked.sock"));
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, path, strlen(path));
    NEED(listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 10) == 0);
    pid = fork();
    NEED(pid >= 0);
    while (pid == 0) {
        char command[100] = "";
        int connection = accept(listener, NULL, NULL);

        NEED(connection >= 0 && recv(connection, command, sizeof command - 1, 0) > 0);
        if (strncmp(command, "log", 3) == 0)
            send_log(connection);
        else if (strcmp(command, "list\n") == 0)
            NEED(send(connection, LIST, strlen(LIST), MSG_NOSIGNAL) > 0);
        else
            NEED(send(connection, WEB, strlen(WEB), MSG_NOSIGNAL) > 0);
        close(connection);
    }
    close(listener);
    options.socket_path = path;
    return options;
}

static void send_all(int connection, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);

        if (sent < 0)
            _exit(0);
        bytes += sent;
        length -= (size_t)sent;
    }
}

/* Under valgrind a hundredth of all that is much. */
static long much(long number)
{
    return getenv("ZINIT_TEST_VALGRIND") != NULL ? number / 100 : number;
}

/* The most memory that this process has had, in kB. */
static long peak_memory(void)
{
    const char *line = strstr(read_file("/proc/self/status"), "VmHWM:");

    NEED(line != NULL);
    return atol(line + strlen("VmHWM:"));
}

/* Valgrind's own memory tells nothing. */
static void check_flat(long before_kb, long most_kb)
{
    long grown = peak_memory() - before_kb;

    if (getenv("ZINIT_TEST_VALGRIND") == NULL && grown > most_kb)
        fail_at(__FILE__, __LINE__, "it took %ld kB more memory, expected at most %ld kB", grown, most_kb);
}

static void send_numbers(int connection)
{
    char lines[100 * 40];
    long number = 0;

    while (number < much(1000000)) {
        size_t length = 0;
        int i;

        /* As the real daemon does, each by itself; and in bursts. */
        for (i = number < much(500000) ? 1 : 100; i > 0; i--)
            length += (size_t)sprintf(lines + length, "[+] web: line %ld\n", ++number);
        send_all(connection, lines, length);
    }
}

static void a_million_lines_are_followed_and_none_is_lost(const void *data)
{
    zinit_client *client = make_client(fork_daemon(send_numbers));
    zinit_log_stream *stream = open_log(client, "web", -1, 1);
    zinit_error *error = NULL;
    const zinit_log_line *line;
    long before = 0;
    long number = 0;
    zinit_code code;

    (void)data;
    while ((code = zinit_log_stream_next(stream, -1, NULL, &line, &error)) == ZINIT_OK) {
        char expected[40];

        if (number++ == 1000)
            before = peak_memory();
        snprintf(expected, sizeof expected, "line %ld", number);
        CHECK_TEXT(zinit_log_line_text(line), expected);
    }
    CHECK_INT(code, ZINIT_ERR_CLOSED);
    CHECK_INT(number, much(1000000));
    zinit_error_free(error);
    check_flat(before, 2000);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

/* Where the daemon writes how much it has sent, once nothing more can be sent. */
static int full[2];

static void send_until_full_and_on(int connection)
{
    char line[1000];
    int is_full = 0;
    long number;
    long sent = 0;

    for (number = 1; number <= much(100000); number++) {
        int length = sprintf(line, "[+] web: %ld %0500d\n", number, 0);

        /* A socket takes a line of this size whole, or nothing. */
        if (!is_full && send(connection, line, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) == length) {
            sent += length;
            continue;
        }
        if (!is_full)
            NEED(write(full[1], &sent, sizeof sent) == sizeof sent);
        is_full = 1;
        send_all(connection, line, (size_t)length);
    }
}

static void who_does_not_take_lines_holds_few_and_loses_none(const void *data)
{
    zinit_log_stream *stream;
    const zinit_log_line *line = NULL;
    zinit_client *client;
    long before;
    long number;
    long sent;

    (void)data;
    NEED(pipe(full) == 0);
    client = make_client(fork_daemon(send_until_full_and_on));
    stream = open_log(client, "web", -1, 1);
    line = next_line(stream);
    CHECK_INT(atol(zinit_log_line_text(line)), 1);
    before = peak_memory();
    /* It fills what the system holds for a socket, and then cannot go on. */
    NEED(read(full[0], &sent, sizeof sent) == sizeof sent);
    CHECK(sent < 10000000);
    for (number = 2; number <= much(100000); number++) {
        line = next_line(stream);
        CHECK_INT(atol(zinit_log_line_text(line)), number);
    }
    check_over(stream, ZINIT_ERR_CLOSED);
    check_flat(before, 2000);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void send_a_line_of_a_gibibyte(int connection)
{
    static char bytes[1 << 16];
    long count;

    send_all(connection, "[+] web: ", 9);
    memset(bytes, 'x', sizeof bytes);
    for (count = 0; count < much(1 << 14); count++)
        send_all(connection, bytes, sizeof bytes);
    send_all(connection, "\n[+] web: end\n", 14);
}

static void send_nothing_but_newlines(int connection)
{
    static char bytes[1 << 16];
    long count;

    memset(bytes, '\n', sizeof bytes);
    for (count = 0; count < much(400); count++)
        send_all(connection, bytes, sizeof bytes);
    send_all(connection, "[+] web: end\n", 13);
}

static void send_long_lines(int connection)
{
    static char bytes[1 << 16];
    long count;

    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, "[+] web: ", 9);
    bytes[sizeof bytes - 1] = '\n';
    for (count = 0; count < much(10000); count++)
        send_all(connection, bytes, sizeof bytes);
    send_all(connection, "[+] web: end\n", 13);
}

static const struct flood {
    const char *name;
    void (*send_log)(int connection);
    const char *service;
    int32_t follow;
    long most_kb;
} floods[] = {
    {"a_line_of_a_gibibyte_takes_no_memory", send_a_line_of_a_gibibyte, "web", 1, 2000},
    {"a_line_of_a_gibibyte_that_was_kept_takes_no_memory", send_a_line_of_a_gibibyte, NULL, 0, 2000},
    /* The most lines that 64 KiB can hold. */
    {"empty_lines_take_little_memory", send_nothing_but_newlines, NULL, 1, 16000},
    {"more_than_may_be_kept_takes_no_more", send_long_lines, NULL, 0, 16000},
};

static void memory_is_bounded(const void *data)
{
    const struct flood *flood = data;
    struct client_options options = fork_daemon(flood->send_log);
    zinit_client *client;
    zinit_log_stream *stream;
    zinit_error *error = NULL;
    const zinit_log_line *line;
    char text[10] = "";
    long before = peak_memory();
    zinit_code code;

    options.max_reply_bytes = 8 << 20;
    client = make_client(options);
    stream = open_log(client, flood->service, -1, flood->follow);
    while ((code = zinit_log_stream_next(stream, -1, NULL, &line, &error)) == ZINIT_OK)
        snprintf(text, sizeof text, "%s", zinit_log_line_text(line));
    CHECK_INT(code, flood->follow ? ZINIT_ERR_CLOSED : ZINIT_END);
    CHECK_TEXT(text, "end");
    zinit_error_free(error);
    check_flat(before, flood->most_kb);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

/* On a daemon that runs */

static void a_service_is_followed_from_its_last_lines(const void *data)
{
    struct daemon daemon = start_zinit();
    zinit_client *client = client_of(&daemon);
    zinit_error *error = NULL;
    zinit_log_stream *stream;
    const zinit_log_line *line;

    (void)data;
    add_service(&daemon, client, "counts", "exec: sh -c 'seq 100; sleep 1000'\n");
    stream = open_log(client, "counts", -1, 1);
    do
        line = next_line(stream);
    while (strcmp(zinit_log_line_text(line), "100") != 0);
    zinit_log_stream_free(stream);

    stream = open_log(client, "counts", 2, 0);
    check_next(stream, "counts stdout 99;");
    check_next(stream, "counts stdout 100;");
    check_over(stream, ZINIT_END);
    zinit_log_stream_free(stream);

    stream = open_log(client, "counts", 1, 1);
    /* On a busy machine it may come so late that it is taken for a new one, and others before it. */
    do
        line = next_line(stream);
    while (strcmp(zinit_log_line_text(line), "100") != 0);
    CHECK_OK(zinit_client_kill(client, "counts", "SIGKILL", &error));
    /* The daemon starts it again. */
    check_next(stream, "counts start " START_MARK ";");
    check_next(stream, "counts stdout 1;");
    kill_daemon(&daemon);
    do
        error = NULL;
    while (zinit_log_stream_next(stream, -1, NULL, &line, &error) == ZINIT_OK);
    CHECK_INT(zinit_error_code(error), ZINIT_ERR_CLOSED);
    zinit_error_free(error);
    check_over(stream, ZINIT_ERR_CLOSED);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void *count_lines(void *stream)
{
    const zinit_log_line *line;
    long lines = 0;

    while (zinit_log_stream_next(stream, -1, NULL, &line, NULL) == ZINIT_OK)
        lines++;
    CHECK_INT(lines, much(10000));
    return NULL;
}

static void send_ten_thousand(int connection)
{
    long number;

    for (number = 0; number < much(10000); number++)
        send_all(connection, "[+] web: x\n", 11);
}

static void streams_of_one_client_in_many_threads(const void *data)
{
    zinit_client *client = make_client(fork_daemon(send_ten_thousand));
    zinit_log_stream *streams[8];
    pthread_t threads[8];
    size_t i;

    (void)data;
    for (i = 0; i < LENGTH(streams); i++) {
        streams[i] = open_log(client, "web", -1, (int32_t)(i % 2));
        NEED(pthread_create(&threads[i], NULL, count_lines, streams[i]) == 0);
    }
    for (i = 0; i < LENGTH(streams); i++) {
        NEED(pthread_join(threads[i], NULL) == 0);
        zinit_log_stream_free(streams[i]);
    }
    zinit_client_free(client);
}

int main(int argc, char **argv)
{
    static const struct test_case others[] = {
        {"an_unknown_service_is_told_by_each_next", an_unknown_service_is_told_by_each_next, NULL},
        {"a_mute_daemon_is_an_error", a_mute_daemon_is_an_error, NULL},
        {"a_stream_outlives_its_client", a_stream_outlives_its_client, NULL},
        {"each_timeout", each_timeout, NULL},
        {"a_cancel_ends_a_next_and_loses_nothing", a_cancel_ends_a_next_and_loses_nothing, NULL},
        {"the_descriptor_is_readable_as_long_as_there_is_something",
         the_descriptor_is_readable_as_long_as_there_is_something, NULL},
        {"an_edge_triggered_loop_misses_nothing", an_edge_triggered_loop_misses_nothing, NULL},
        {"a_caller_that_comes_late_gets_the_last_lines_all_the_same",
         a_caller_that_comes_late_gets_the_last_lines_all_the_same, NULL},
        {"a_stream_is_freed_at_any_point_of_its_life", a_stream_is_freed_at_any_point_of_its_life, NULL},
        {"a_million_lines_are_followed_and_none_is_lost", a_million_lines_are_followed_and_none_is_lost, NULL},
        {"who_does_not_take_lines_holds_few_and_loses_none", who_does_not_take_lines_holds_few_and_loses_none, NULL},
        {"a_service_is_followed_from_its_last_lines", a_service_is_followed_from_its_last_lines, NULL},
        {"streams_of_one_client_in_many_threads", streams_of_one_client_in_many_threads, NULL},
    };
    struct test_case cases[LENGTH(rows) + LENGTH(floods) + LENGTH(others)];
    size_t count = 0;
    size_t i;

    for (i = 0; i < LENGTH(rows); i++, count++) {
        cases[count].name = rows[i].name;
        cases[count].run = what_comes;
        cases[count].data = &rows[i];
    }
    for (i = 0; i < LENGTH(others); i++)
        cases[count++] = others[i];
    for (i = 0; i < LENGTH(floods); i++, count++) {
        cases[count].name = floods[i].name;
        cases[count].run = memory_is_bounded;
        cases[count].data = &floods[i];
    }
    return run_cases(cases, count, argc, argv);
}
