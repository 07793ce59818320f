/* How the lines of the log are chosen and printed. */
#ifndef LOG_LINES_H
#define LOG_LINES_H

#include <regex.h>

#include "names.h"
#include "zinitctl.h"

/* Begin with start_log_printer(). */
struct log_printer {
    const struct call *call;
    const struct names *names; /* whose lines are printed; NULL: those of all services */
    regex_t pattern;           /* of --grep */
    int with_service;
    int in_colour;
    int is_terminal;
    size_t name_width; /* on a terminal: the widest name yet */
};

/* A line that was copied out of its stream. */
struct kept_line {
    char *service; /* NULL: it does not belong to a service */
    char *text;
    size_t length;
    int32_t source;
    int is_truncated;
};

/* Returns STATUS_USAGE if the pattern of --grep is not valid; then there is nothing to end. */
enum exit_status start_log_printer(struct log_printer *printer, const struct call *call, const struct names *names);
void end_log_printer(struct log_printer *printer);
/* Whether to print a line: it is of a chosen service, and --grep matches it. */
int is_wanted(const struct log_printer *printer, const zinit_log_line *line);
void print_log_line(struct log_printer *printer, const struct kept_line *line);
/* The same line, borrowed as zinit_log_line_text() is. */
struct kept_line borrow_line(const zinit_log_line *line);
/* Makes room for the name, so that the lines that follow line up. */
void make_room(struct log_printer *printer, const char *service);

#endif
