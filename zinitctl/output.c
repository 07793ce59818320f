/* Messages, fields, and text on one line. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "document.h"
#include "zinitctl.h"

enum exit_status usage_error(const char *format, ...)
{
    va_list arguments;
    char *message;
    FILE *stream = begin_text(&message);

    va_start(arguments, format);
    vfprintf(stream, format, arguments);
    va_end(arguments);
    fclose(stream);
    print_failure(ZINIT_ERR_INVALID_ARGUMENT, NULL, message);
    fputs("Try 'zinitctl --help'.\n", stderr);
    free(message);
    return STATUS_USAGE;
}

FILE *begin_text(char **text)
{
    static size_t size;

    *text = NULL;
    return need_memory(open_memstream(text, &size));
}

enum exit_status exit_status_of(zinit_code code)
{
    switch (code) {
    case ZINIT_OK:
        return STATUS_DONE;
    case ZINIT_ERR_INVALID_ARGUMENT:
    case ZINIT_ERR_INVALID_NAME:
    case ZINIT_ERR_INVALID_SIGNAL:
    case ZINIT_ERR_INVALID_REGEX:
    case ZINIT_ERR_INVALID_STATE:
        return STATUS_USAGE;
    case ZINIT_ERR_UNKNOWN_SERVICE:
        return STATUS_UNKNOWN;
    case ZINIT_ERR_NOT_RUNNING:
    case ZINIT_ERR_PERMISSION:
    case ZINIT_ERR_NO_REPLY:
    case ZINIT_ERR_CLOSED:
        return STATUS_UNREACHABLE;
    case ZINIT_ERR_TIMEOUT:
        return STATUS_TIMEOUT;
    default:
        return STATUS_FAILED;
    }
}

enum exit_status worse_of(enum exit_status one, enum exit_status other)
{
    return one > other ? one : other;
}

const char *advice_of(zinit_code code)
{
    switch (code) {
    case ZINIT_ERR_NOT_RUNNING:
        return " (--socket or ZINIT_SOCKET)";
    case ZINIT_ERR_NO_REPLY:
        return " (--io-timeout)";
    case ZINIT_ERR_FILE_NOT_FOUND:
    case ZINIT_ERR_FILE_IO:
        return " (--config-dir or ZINIT_CONFIG_DIR)";
    case ZINIT_ERR_CONFIG_REFUSED:
        return " (--config-dir must be the daemon's directory)";
    case ZINIT_ERR_PROTOCOL:
        return " (--protocol)";
    case ZINIT_ERR_VERSION:
        return " (--zinit-binary or ZINIT_BINARY)";
    default:
        return "";
    }
}

void print_message(const char *message)
{
    fputs("zinitctl: ", stderr);
    write_text(stderr, message);
    fputc('\n', stderr);
}

enum exit_status print_failure(zinit_code code, const char *service, const char *message)
{
    print_message(message);
    note_failure(code, service, message);
    return exit_status_of(code);
}

enum exit_status finish_about(const char *subject, zinit_code code, zinit_error **error)
{
    if (code != ZINIT_OK) {
        char *message;
        FILE *stream = begin_text(&message);

        fprintf(stream, "%s%s%s%s", subject == NULL ? "" : subject, subject == NULL ? "" : ": ",
                zinit_error_message(*error), advice_of(code));
        fclose(stream);
        print_failure(code, zinit_error_service(*error), message);
        free(message);
    }
    zinit_error_free(*error);
    *error = NULL;
    return exit_status_of(code);
}

enum exit_status finish(zinit_code code, zinit_error **error)
{
    return finish_about(NULL, code, error);
}

size_t control_length(const char *text, size_t left)
{
    const unsigned char *at = (const unsigned char *)text;

    if (left > 0 && (at[0] < 0x20 || at[0] == 0x7f))
        return 1;
    return left > 1 && at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0 ? 2 : 0;
}

size_t write_control(FILE *stream, const char *text, size_t left)
{
    size_t length = control_length(text, left);

    for (size_t i = 0; i < length; i++)
        fprintf(stream, "\\x%02x", (unsigned)(unsigned char)text[i]);
    return length;
}

/* The columns that write_text needs: it escapes control characters, and a UTF-8 character has several bytes. */
size_t width_of(const char *text)
{
    size_t width = 0;
    size_t left = strlen(text);

    while (left > 0) {
        size_t control = control_length(text, left);
        size_t length = control == 0 ? 1 : control;

        if (control != 0)
            width += control * strlen("\\x00");
        else if (((unsigned char)*text & 0xc0) != 0x80)
            width++;
        text += length;
        left -= length;
    }
    return width;
}

void write_text(FILE *stream, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        size_t length = write_control(stream, text, left);

        if (length == 0) {
            putc(*text, stream);
            length = 1;
        }
        text += length;
        left -= length;
    }
}

void print_text(const char *text, size_t width)
{
    size_t printed = width_of(text);

    write_text(stdout, text);
    for (; printed < width; printed++)
        putchar(' ');
}

void print_field(const char *key, const char *value)
{
    printf("%s: ", key);
    print_text(value, 0);
    putchar('\n');
}

void print_number_field(const char *key, int32_t value)
{
    printf("%s: %ld\n", key, (long)value);
}

zinit_code discard_output(void)
{
    /* A write that a signal has interrupted is the last one, too. */
    if ((errno == EPIPE || errno == EINTR) && freopen("/dev/null", "w", stdout) == NULL)
        perror("zinitctl: /dev/null");
    return ZINIT_OK;
}

void *need_memory(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "zinitctl: %s\n", strerror(errno));
        exit(STATUS_FAILED);
    }
    return memory;
}

int use_colour_on(const struct call *call, int descriptor)
{
    const char *no_colour = getenv("NO_COLOR");

    if (call->colour != COLOUR_AUTO)
        return call->colour == COLOUR_ALWAYS;
    return is_terminal(descriptor) && (no_colour == NULL || *no_colour == '\0');
}

int use_colour(const struct call *call)
{
    return use_colour_on(call, STDOUT_FILENO);
}

int is_terminal(int descriptor)
{
    const char *type = getenv("TERM");

    return isatty(descriptor) && type != NULL && strcmp(type, "dumb") != 0;
}

size_t columns_of(int descriptor)
{
    struct winsize size;

    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}
