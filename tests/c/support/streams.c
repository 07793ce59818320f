#include "streams.h"

#include <stdio.h>

#include "calls.h"

/* The watch */

zinit_watch *open_watch(const zinit_client *client, const char *const *names, size_t count)
{
    zinit_watch *watch = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_client_watch(client, names, count, 0, &watch, &error));
    return watch;
}

const zinit_change *next_change(zinit_watch *watch)
{
    const zinit_change *change = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_watch_next(watch, -1, NULL, &change, &error));
    return change;
}

/* The log */

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

void describe_line(char *all, const zinit_log_line *line)
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

zinit_log_stream *open_log(const zinit_client *client, const char *name, int64_t last, int32_t follow)
{
    zinit_log_stream *stream = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_client_logs(client, name, last, follow, &stream, &error));
    CHECK(zinit_log_stream_fd(stream) >= 0);
    return stream;
}

const zinit_log_line *next_line(zinit_log_stream *stream)
{
    const zinit_log_line *line = NULL;
    zinit_error *error = NULL;

    CHECK_OK(zinit_log_stream_next(stream, -1, NULL, &line, &error));
    return line;
}

void check_next_line(zinit_log_stream *stream, const char *expected)
{
    char seen[1000] = "";

    describe_line(seen, next_line(stream));
    CHECK_TEXT(seen, expected);
}

void check_over(zinit_log_stream *stream, zinit_code expected)
{
    static const int64_t timeouts[] = {-1, 0, 1000};
    const zinit_log_line *line = (const zinit_log_line *)stream;
    zinit_error *error = NULL;
    size_t i;

    for (i = 0; i < LENGTH(timeouts); i++) {
        CHECK_INT(zinit_log_stream_next(stream, timeouts[i], NULL, &line, &error), expected);
        CHECK(line == NULL);
        CHECK_INT(zinit_error_code(error), expected < 0 ? expected : ZINIT_OK);
        zinit_error_free(error);
        CHECK(is_readable(zinit_log_stream_fd(stream), 0));
    }
}
