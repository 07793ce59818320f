/* Chooses and prints the lines of the log. */
#define _POSIX_C_SOURCE 200809L
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "log_lines.h"
#include "statuses.h"

/* A longer name sticks out, and does not move the lines of the others. */
#define WIDEST_NAME 24
#define COLOUR_OF_MATCH "\033[1;31m"

/* Neither red, which is standard error, nor black and white, which may be the background. */
static const char *const name_colours[] = {"\033[32m", "\033[33m", "\033[34m", "\033[35m", "\033[36m",
                                           "\033[92m", "\033[93m", "\033[94m", "\033[95m", "\033[96m"};

/* A service has the same colour each time: it depends on the name alone (the hash is FNV-1a). */
static const char *colour_of_name(const char *name)
{
    uint32_t hash = 2166136261u;

    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return name_colours[hash % LENGTH_OF(name_colours)];
}

static const char *colour_of_source(int32_t source)
{
    switch (source) {
    case ZINIT_LOG_SOURCE_STDERR:
        return "\033[31m";
    case ZINIT_LOG_SOURCE_START:
        return "\033[36m";
    case ZINIT_LOG_SOURCE_TEST:
        return "\033[34m";
    default:
        return "";
    }
}

static const char *word_of_source(int32_t source)
{
    static const char *const words[] = {NULL, "stdout", "stderr", "start", "test", "dropped"};

    return source > 0 && (size_t)source < LENGTH_OF(words) ? words[source] : NULL;
}

enum exit_status start_log_printer(struct log_printer *printer, const struct call *call, const struct names *names)
{
    int result;

    *printer = (struct log_printer){.call = call, .names = names};
    printer->with_service = names == NULL || names->count > 1;
    printer->in_colour = use_colour(call);
    printer->is_terminal = isatty(STDOUT_FILENO);
    for (size_t i = 0; names != NULL && i < names->count; i++)
        make_room(printer, names->at[i]);
    if (call->grep == NULL)
        return STATUS_DONE;
    /* The pattern and the log are in the user's encoding. */
    setlocale(LC_CTYPE, "");
    result = regcomp(&printer->pattern, call->grep, REG_EXTENDED | (call->ignore_case ? REG_ICASE : 0));
    if (result != 0) {
        char reason[128];

        regerror(result, &printer->pattern, reason, sizeof reason);
        return usage_error("'%s' is not a pattern for option '--grep': %s", call->grep, reason);
    }
    return STATUS_DONE;
}

void end_log_printer(struct log_printer *printer)
{
    if (printer->call->grep != NULL)
        regfree(&printer->pattern);
}

void make_room(struct log_printer *printer, const char *service)
{
    size_t width = width_of(service);

    if (width > printer->name_width && width <= WIDEST_NAME)
        printer->name_width = width;
}

/* A number of dropped lines is of nobody in particular. */
int is_wanted(const struct log_printer *printer, const zinit_log_line *line)
{
    const char *service = zinit_log_line_service(line);
    const struct names *names = printer->names;
    int is_chosen = names == NULL || names->count == 1 || service == NULL;

    if (zinit_log_line_source(line) == ZINIT_LOG_SOURCE_DROPPED)
        return 1;
    for (size_t i = 0; !is_chosen && i < names->count; i++)
        is_chosen = strcmp(names->at[i], service) == 0;
    return is_chosen && (printer->call->grep == NULL ||
                         regexec(&printer->pattern, zinit_log_line_text(line), 0, NULL, 0) == 0);
}

struct kept_line borrow_line(const zinit_log_line *line)
{
    /* Nothing is written into them. */
    return (struct kept_line){(char *)zinit_log_line_service(line), (char *)zinit_log_line_text(line),
                              zinit_log_line_len(line), zinit_log_line_source(line), zinit_log_line_truncated(line)};
}

/* Prints bytes unchanged to a pipe. For a terminal, escapes control characters, which could change its settings. */
static void print_bytes(const char *text, size_t length, int is_terminal)
{
    if (!is_terminal) {
        fwrite(text, 1, length, stdout);
        return;
    }
    while (length > 0) {
        size_t control = *text == '\t' ? 0 : write_control(stdout, text, length);

        if (control == 0) {
            putchar(*text);
            control = 1;
        }
        text += control;
        length -= control;
    }
}

/* Prints text, in which what --grep has found stands out. `colour` is that of the line. */
static void print_matches(const struct log_printer *printer, const struct kept_line *line, const char *colour)
{
    size_t printed = 0;
    size_t at = 0;
    regmatch_t match;

    while (at < line->length &&
           regexec(&printer->pattern, line->text + at, 1, &match, at == 0 ? 0 : REG_NOTBOL) == 0) {
        size_t begin = at + (size_t)match.rm_so;
        size_t end = at + (size_t)match.rm_eo;

        if (end > begin) {
            print_bytes(line->text + printed, begin - printed, printer->is_terminal);
            fputs(COLOUR_OF_MATCH, stdout);
            print_bytes(line->text + begin, end - begin, printer->is_terminal);
            printf(COLOUR_END "%s", colour);
            printed = end;
        }
        /* A match of nothing is passed over, or the search would not end. */
        at = end > begin ? end : end + 1;
    }
    print_bytes(line->text + printed, line->length - printed, printer->is_terminal);
}

static void print_name(struct log_printer *printer, const char *service)
{
    if (!printer->is_terminal) {
        print_text(service, 0);
        fputs(": ", stdout);
        return;
    }
    make_room(printer, service);
    fputs(printer->in_colour ? colour_of_name(service) : "", stdout);
    print_text(service, printer->name_width);
    printf(" |%s ", printer->in_colour ? COLOUR_END : "");
}

static void print_json(const struct kept_line *line)
{
    struct json json = {.stream = stdout};

    json_begin_object(&json, NULL);
    json_string(&json, "service", line->service);
    json_string(&json, "source", word_of_source(line->source));
    json_bytes(&json, "text", line->text, line->length);
    json_boolean(&json, "truncated", line->is_truncated);
    json_end_object(&json);
}

void print_log_line(struct log_printer *printer, const struct kept_line *line)
{
    const char *colour = printer->in_colour ? colour_of_source(line->source) : "";

    if (printer->call->json) {
        print_json(line);
        return;
    }
    if (line->source == ZINIT_LOG_SOURCE_DROPPED) {
        /* This is not a line of a service, so it does not belong on stdout. */
        fflush(stdout);
        fprintf(stderr, "zinitctl: %s\n", line->text);
        return;
    }
    if (printer->with_service && line->service != NULL)
        print_name(printer, line->service);
    fputs(colour, stdout);
    if (printer->in_colour && printer->call->grep != NULL)
        print_matches(printer, line, colour);
    else
        print_bytes(line->text, line->length, printer->is_terminal);
    if (line->is_truncated)
        fputs(" [cut]", stdout);
    fputs(*colour == '\0' ? "\n" : COLOUR_END "\n", stdout);
}
