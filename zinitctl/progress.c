/* The lines about services that are waited for, drawn in place on a terminal: one line a service. They are on stderr,
 * so that they do not mix with the output on stdout. */
#define _POSIX_C_SOURCE 200809L
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wait.h"

/* A wait that takes longer than this gets lines. They are drawn again after each such interval. */
#define DRAW_INTERVAL_MS 100
#define SHOW_CURSOR "\033[?25h"
#define HIDE_CURSOR "\033[?25l"
#define WRAP_ON "\033[?7h"
#define WRAP_OFF "\033[?7l"
/* The columns of all that is not the name or what is being done: the mark, the seconds, and the space between. */
#define OTHER_COLUMNS 14
#define LEAST_NAME_COLUMNS 8
#define MOST_NAME_COLUMNS 40

/* How marks look in a locale. */
struct marks {
    const char *under_way[10];
    size_t under_way_count;
    const char *done;
    const char *failed;
    const char *cut;
};

static const struct marks marks_in_utf8 = {
    {"\u280b", "\u2819", "\u2839", "\u2838", "\u283c", "\u2834", "\u2826", "\u2827", "\u2807", "\u280f"},
    10,
    "\u2713",
    "\u2717",
    "\u2026"};
static const struct marks marks_in_ascii = {{"|", "/", "-", "\\"}, 4, "+", "x", "~"};

/* The parts of a line. */
struct line {
    const char *mark;
    enum mood mood;
    char name[256];
    char doing[128];
    char doing_short[128]; /* for a line that is too narrow */
    char seconds[24];
    char process[24]; /* "" if the process is not known */
};

/* The size of the terminal, and how wide the columns of names and of what is being done are. */
struct layout {
    size_t columns;
    size_t rows;
    size_t name_columns;
    size_t doing_columns;
};

static int locale_is_utf8(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    const char *codeset;
    int is_utf8;

    if (locale == (locale_t)0)
        return 0;
    codeset = nl_langinfo_l(CODESET, locale);
    is_utf8 = strcasecmp(codeset, "UTF-8") == 0 || strcasecmp(codeset, "UTF8") == 0;
    freelocale(locale);
    return is_utf8;
}

static const struct marks *marks_of(const struct progress *progress)
{
    return progress->in_utf8 ? &marks_in_utf8 : &marks_in_ascii;
}

void begin_progress(struct progress *progress, const struct wait *wait)
{
    *progress = (struct progress){.next_draw_ms = INT64_MAX};
    if (wait->call->quiet || !is_terminal(STDERR_FILENO))
        return;
    progress->is_on = 1;
    progress->in_utf8 = locale_is_utf8();
    progress->in_colour = use_colour_on(wait->call, STDERR_FILENO);
    progress->next_draw_ms = wait->begin_ms + DRAW_INTERVAL_MS;
}

/* --- Text in columns --- */

/* The bytes of the character at `text`, and the columns that it may take: one outside ASCII may take two. */
static size_t bytes_of_character(const char *text, size_t *columns)
{
    size_t bytes = 1;

    while (((unsigned char)text[bytes] & 0xc0) == 0x80)
        bytes++;
    *columns = (unsigned char)*text < 0x80 ? 1 : 2;
    return bytes;
}

static size_t most_columns_of(const char *text)
{
    size_t total = 0;
    size_t columns;

    for (; *text != '\0'; text += bytes_of_character(text, &columns))
        total += (unsigned char)*text < 0x80 ? 1 : 2;
    return total;
}

/* Writes as much of `text` as fits, with the mark of a cut behind it if that is not all, and spaces up to `columns`. */
static void write_fitted(FILE *stream, const char *text, size_t columns, const char *cut)
{
    int fits = most_columns_of(text) <= columns;
    size_t used = 0;
    size_t width;
    size_t bytes;

    for (; *text != '\0'; text += bytes) {
        bytes = bytes_of_character(text, &width);
        if (used + width + (fits ? 0 : 1) > columns)
            break;
        fwrite(text, 1, bytes, stream);
        used += width;
    }
    if (!fits && used < columns) {
        fputs(cut, stream);
        used++;
    }
    for (; used < columns; used++)
        putc(' ', stream);
}

/* --- Lines --- */

static FILE *begin_line(char *text, size_t size)
{
    memset(text, 0, size);
    return fmemopen(text, size, "w");
}

/* Text that is too long for its place ends at a whole character. */
static void end_text(FILE *stream, char *text, size_t size)
{
    size_t length;

    fclose(stream);
    text[size - 1] = '\0';
    length = strlen(text);
    if (length + 1 < size)
        return;
    while (length > 0 && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
        length--;
    if (length > 0 && (unsigned char)text[length - 1] >= 0x80)
        length--;
    text[length] = '\0';
}

static void describe_doing(struct line *line, const struct wait *wait, size_t index)
{
    FILE *stream = begin_line(line->doing, sizeof line->doing);

    if (stream != NULL) {
        line->mood = write_doing(stream, wait, index);
        end_text(stream, line->doing, sizeof line->doing);
    }
    stream = begin_line(line->doing_short, sizeof line->doing_short);
    if (stream != NULL) {
        (void)write_doing_short(stream, wait, index);
        end_text(stream, line->doing_short, sizeof line->doing_short);
    }
}

static void describe_service(struct line *line, const struct progress *progress, const struct wait *wait, size_t index)
{
    const struct marks *marks = marks_of(progress);
    const zinit_report *report = zinit_request_report(wait->request);
    zinit_code code = zinit_report_code(report, index);
    int32_t pid = zinit_report_pid(report, index);
    FILE *stream = begin_line(line->name, sizeof line->name);

    if (stream != NULL) {
        write_text(stream, zinit_report_name(report, index));
        end_text(stream, line->name, sizeof line->name);
    }
    snprintf(line->seconds, sizeof line->seconds, "%.1f s", seconds_of(wait, index));
    line->process[0] = '\0';
    if (code == ZINIT_PENDING) {
        size_t frame = (size_t)((now_ms() - wait->begin_ms) / DRAW_INTERVAL_MS);
        line->mark = marks->under_way[frame % marks->under_way_count];
        describe_doing(line, wait, index);
        if (pid != 0)
            snprintf(line->process, sizeof line->process, "(pid %ld)", (long)pid);
        return;
    }
    line->mark = code == ZINIT_OK ? marks->done : marks->failed;
    line->mood = code == ZINIT_OK ? MOOD_GOOD : MOOD_BAD;
    if (code == ZINIT_OK)
        snprintf(line->doing, sizeof line->doing, "%s%s", wait->aim,
                 zinit_report_killed(report, index) ? ", by SIGKILL" : "");
    else
        snprintf(line->doing, sizeof line->doing, "%s", code == ZINIT_ERR_TIMEOUT ? "timeout" : "failed");
    snprintf(line->doing_short, sizeof line->doing_short, "%s", code == ZINIT_OK ? wait->aim : line->doing);
}

static struct layout size_of_terminal(void)
{
    struct winsize size;
    struct layout layout = {columns_of(STDERR_FILENO), 24, 0, 0};

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
        layout.rows = size.ws_row;
    return layout;
}

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

static size_t most(size_t one, size_t other)
{
    return one > other ? one : other;
}

/* Names have their place first, up to half a line. */
static void measure_lines(struct layout *layout, const struct line *lines, size_t count)
{
    size_t columns = layout->columns > OTHER_COLUMNS ? layout->columns - OTHER_COLUMNS : 0;

    for (size_t i = 0; i < count; i++) {
        layout->name_columns = most(layout->name_columns, most_columns_of(lines[i].name));
        layout->doing_columns = most(layout->doing_columns, most_columns_of(lines[i].doing));
    }
    layout->name_columns = least(layout->name_columns, least(MOST_NAME_COLUMNS, most(LEAST_NAME_COLUMNS, columns / 2)));
    layout->doing_columns =
        least(layout->doing_columns, columns > layout->name_columns ? columns - layout->name_columns : 0);
}

static void write_line(FILE *stream, const struct line *line, const struct layout *layout,
                       const struct progress *progress)
{
    const char *cut = marks_of(progress)->cut;
    const char *colour = progress->in_colour ? colour_of_mood(line->mood) : "";
    const char *colour_end = *colour == '\0' ? "" : COLOUR_END;
    int fits = most_columns_of(line->doing) <= layout->doing_columns;
    size_t width = 1 + 1 + layout->name_columns + 2 + layout->doing_columns + 2 + strlen(line->seconds);

    fprintf(stream, "%s%s%s ", colour, line->mark, colour_end);
    write_fitted(stream, line->name, layout->name_columns, cut);
    fprintf(stream, "  %s", colour);
    write_fitted(stream, fits ? line->doing : line->doing_short, layout->doing_columns, cut);
    fprintf(stream, "%s  %s", colour_end, line->seconds);
    if (*line->process != '\0' && width + 2 + strlen(line->process) < layout->columns)
        fprintf(stream, "  %s", line->process);
}

/* --- All lines --- */

/* Where lines are written to before they are drawn. */
struct drawing {
    FILE *stream;
    struct layout layout;
    struct line *lines;
    size_t count;
};

/* Writes how it stands with the services that have no line: "and 9 more: 5 up, 1 failed, 3 under way". */
static void write_rest(struct drawing *drawing, const struct progress *progress, const struct wait *wait)
{
    const zinit_report *report = zinit_request_report(wait->request);
    size_t count = zinit_report_len(report);
    size_t counts[3] = {0, 0, 0};
    const char *words[3] = {wait->aim, "failed", "under way"};
    size_t columns = drawing->layout.columns - 1;
    const char *between = ":";
    char text[200];
    size_t length;

    for (size_t i = 0; i < count; i++) {
        zinit_code code = zinit_report_code(report, i);
        counts[code == ZINIT_OK ? 0 : code == ZINIT_PENDING ? 2 : 1]++;
    }
    counts[2] -= drawing->count;
    length = (size_t)snprintf(text, sizeof text, "and %lu more", (unsigned long)(count - drawing->count));
    for (size_t i = 0; i < LENGTH_OF(counts); i++) {
        if (counts[i] == 0)
            continue;
        length += (size_t)snprintf(text + length, sizeof text - length, "%s %lu %s", between, (unsigned long)counts[i],
                                   words[i]);
        between = ",";
    }
    length = least(length, columns);
    write_fitted(drawing->stream, text, length, marks_of(progress)->cut);
    fputs("\033[K\r\n", drawing->stream);
    drawing->count++;
}

/* Draws one line for each service. If they are too many, draws those that are under way, and one about the rest. */
static void write_lines(struct drawing *drawing, const struct progress *progress, const struct wait *wait)
{
    const zinit_report *report = zinit_request_report(wait->request);
    size_t count = zinit_report_len(report);
    /* The cursor comes to the row below the lines. */
    size_t room = drawing->layout.rows > 1 ? drawing->layout.rows - 1 : 1;
    int all = count <= room;
    size_t chosen = 0;

    for (size_t i = 0; i < count && chosen < (all ? room : room - 1); i++) {
        if (all || is_under_way(report, i))
            describe_service(&drawing->lines[chosen++], progress, wait, i);
    }
    measure_lines(&drawing->layout, drawing->lines, chosen);
    for (size_t i = 0; i < chosen; i++) {
        write_line(drawing->stream, &drawing->lines[i], &drawing->layout, progress);
        fputs("\033[K\r\n", drawing->stream);
        drawing->count++;
    }
    if (!all)
        write_rest(drawing, progress, wait);
    /* What stood below. */
    fputs("\033[J", drawing->stream);
}

/* In one write, so that no half of it is seen. Leaves the cursor at the begin of the first line: there it stays if the
 * terminal is made narrower and folds the lines. A line that is too wide is cut by the terminal, and not folded. */
static void draw(struct progress *progress, const struct wait *wait)
{
    struct drawing drawing = {.layout = size_of_terminal()};
    char *text = NULL;
    size_t size = 0;

    drawing.lines = calloc(drawing.layout.rows, sizeof *drawing.lines);
    drawing.stream = open_memstream(&text, &size);
    if (drawing.lines != NULL && drawing.stream != NULL) {
        fprintf(drawing.stream, "%s%s\r", progress->is_drawn ? "" : HIDE_CURSOR, WRAP_OFF);
        write_lines(&drawing, progress, wait);
        fprintf(drawing.stream, "\033[%luA%s", (unsigned long)drawing.count, WRAP_ON);
    }
    if (drawing.stream != NULL && fclose(drawing.stream) == 0 && drawing.count > 0) {
        fwrite(text, 1, size, stderr);
        progress->is_drawn = 1;
    }
    free(drawing.lines);
    free(text);
}

/* Whether the terminal is the shell's or another program's now. */
static int is_in_background(void)
{
    pid_t group = tcgetpgrp(STDERR_FILENO);

    return group != -1 && group != getpgrp();
}

void draw_progress(struct progress *progress, const struct wait *wait)
{
    if (!progress->is_on || now_ms() < progress->next_draw_ms)
        return;
    progress->next_draw_ms = now_ms() + DRAW_INTERVAL_MS;
    if (!is_in_background())
        draw(progress, wait);
}

void draw_progress_soon(struct progress *progress)
{
    if (progress->is_drawn)
        progress->next_draw_ms = 0;
}

void erase_progress(struct progress *progress)
{
    if (progress->is_drawn)
        fputs(is_in_background() ? SHOW_CURSOR : "\r\033[J" SHOW_CURSOR, stderr);
    progress->is_drawn = 0;
}
