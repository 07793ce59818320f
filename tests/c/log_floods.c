/* Logs of very many lines and of very long ones: none is lost, and little memory is taken. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"
#include "streams.h"

/* The daemon */

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

static void send_text(int connection, const char *text)
{
    send_all(connection, text, strlen(text));
}

static void answer_all(int listener, void (*send_log)(int connection))
{
    for (;;) {
        char command[100] = "";
        int connection = accept(listener, NULL, NULL);

        if (connection < 0 || recv(connection, command, sizeof command - 1, 0) <= 0)
            _exit(1);
        if (strncmp(command, "log", 3) == 0)
            send_log(connection);
        else if (strcmp(command, "list\n") == 0)
            send_text(connection, LIST_OF("\"web\":\"Running\""));
        else
            send_text(connection, STATUS_OF("web", 7, "Running", "Up"));
        close(connection);
    }
}

/* A daemon in a process of its own, whose log is what a function sends. */
static struct client_options fork_daemon(void (*send_log)(int connection))
{
    struct client_options options = {0};
    struct sockaddr_un address;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t pid;

    options.socket_path = in_case_directory("forked.sock");
    address = address_of(options.socket_path);
    NEED(listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    NEED(listen(listener, 10) == 0);
    pid = fork();
    NEED(pid >= 0);
    if (pid == 0)
        answer_all(listener, send_log);
    close(listener);
    return options;
}

/* The number, or under valgrind a hundredth of it, for there all takes many times as long. */
static long many(long number)
{
    return is_under_valgrind() ? number / 100 : number;
}

/* Memory */

/* The most memory that this process has had, in kB. */
static long peak_memory(void)
{
    const char *line = strstr(read_file("/proc/self/status"), "VmHWM:");

    NEED(line != NULL);
    return atol(line + strlen("VmHWM:"));
}

static void check_flat(long before_kb, long most_kb)
{
    long grown = peak_memory() - before_kb;

    if (is_under_valgrind())
        skip_check("how much memory it takes, for under valgrind most of it is valgrind's own");
    else if (grown > most_kb)
        fail_at(__FILE__, __LINE__, "it took %ld kB more memory, expected at most %ld kB", grown, most_kb);
}

/* No line is lost */

static void send_numbers(int connection)
{
    char lines[100 * 40];
    long number = 0;

    while (number < many(1000000)) {
        size_t length = 0;
        int i;

        /* Each line by itself, as zinit sends them; and in bursts. */
        for (i = number < many(500000) ? 1 : 100; i > 0; i--)
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
    CHECK_INT(number, many(1000000));
    zinit_error_free(error);
    check_flat(before, 2000);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

/* A pipe on which the daemon says how many bytes it has sent, when no more can be sent. */
static int full[2];

static void send_until_full_and_on(int connection)
{
    char line[1000];
    int is_full = 0;
    long number;
    long sent = 0;

    for (number = 1; number <= many(100000); number++) {
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

static void a_caller_that_does_not_read_loses_no_line(const void *data)
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
    /* The daemon fills the buffers of the socket, and then has to wait. */
    NEED(read(full[0], &sent, sizeof sent) == sizeof sent);
    CHECK(sent < 10000000);
    for (number = 2; number <= many(100000); number++) {
        line = next_line(stream);
        CHECK_INT(atol(zinit_log_line_text(line)), number);
    }
    check_over(stream, ZINIT_ERR_CLOSED);
    check_flat(before, 2000);
    zinit_log_stream_free(stream);
    zinit_client_free(client);
}

static void *count_lines(void *stream)
{
    const zinit_log_line *line;
    long lines = 0;

    while (zinit_log_stream_next(stream, -1, NULL, &line, NULL) == ZINIT_OK)
        lines++;
    CHECK_INT(lines, many(10000));
    return NULL;
}

static void send_ten_thousand(int connection)
{
    long number;

    for (number = 0; number < many(10000); number++)
        send_text(connection, "[+] web: x\n");
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

/* Memory is bounded */

static void send_a_line_of_a_gibibyte(int connection)
{
    static char bytes[1 << 16];
    long count;

    send_text(connection, "[+] web: ");
    memset(bytes, 'x', sizeof bytes);
    for (count = 0; count < many(1 << 14); count++)
        send_all(connection, bytes, sizeof bytes);
    send_text(connection, "\n[+] web: end\n");
}

static void send_nothing_but_newlines(int connection)
{
    static char bytes[1 << 16];
    long count;

    memset(bytes, '\n', sizeof bytes);
    for (count = 0; count < many(400); count++)
        send_all(connection, bytes, sizeof bytes);
    send_text(connection, "[+] web: end\n");
}

static void send_long_lines(int connection)
{
    static char bytes[1 << 16];
    long count;

    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, "[+] web: ", 9);
    bytes[sizeof bytes - 1] = '\n';
    for (count = 0; count < many(10000); count++)
        send_all(connection, bytes, sizeof bytes);
    send_text(connection, "[+] web: end\n");
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

int main(int argc, char **argv)
{
    static const struct test_case others[] = {
        {"a_million_lines_are_followed_and_none_is_lost", a_million_lines_are_followed_and_none_is_lost, NULL},
        {"a_caller_that_does_not_read_loses_no_line", a_caller_that_does_not_read_loses_no_line, NULL},
        {"streams_of_one_client_in_many_threads", streams_of_one_client_in_many_threads, NULL},
    };
    struct test_case cases[LENGTH(others) + LENGTH(floods)];
    size_t i;

    memcpy(cases, others, sizeof others);
    for (i = 0; i < LENGTH(floods); i++) {
        cases[LENGTH(others) + i].name = floods[i].name;
        cases[LENGTH(others) + i].run = memory_is_bounded;
        cases[LENGTH(others) + i].data = &floods[i];
    }
    return run_cases(cases, LENGTH(cases), argc, argv);
}
