/* The status of services, and how it is said to people. */
#ifndef STATUSES_H
#define STATUSES_H

#include <time.h>

#include "names.h"
#include "zinitctl.h"

/* statuses.c */

/* The status of several services: read them with status_at(). */
struct statuses {
    zinit_status_list *all; /* of all services; or NULL: */
    zinit_status **at;      /* of those that were chosen */
    size_t count;
};

/* Reads the status of each service: all that the daemon knows, sorted, if `services` is NULL. One that is forgotten
 * meanwhile is left out; if it was named, prints that it is unknown. Free them with free_statuses(), whatever the
 * result is. */
enum exit_status read_statuses(const struct call *call, const struct services *services, struct statuses *statuses);
const zinit_status *status_at(const struct statuses *statuses, size_t index);
void free_statuses(struct statuses *statuses);

/* Whether a service is a oneshot, as its file says; -1 if the file does not tell it. */
int is_oneshot(const struct call *call, const char *name);
/* The same, but -1 without reading the file if the words for this state do not depend on it. */
int oneshot_for(const struct call *call, const char *name, const zinit_state *state, int32_t target);

/* words.c */

enum mood { MOOD_NEUTRAL, MOOD_GOOD, MOOD_UNDER_WAY, MOOD_BAD };

/* A state in words, such as "crashing" with exit code 3, or "killed" with signal "SIGKILL". */
struct state_words {
    const char *word;   /* lives as long as the state */
    int32_t exit_code;  /* -1: do not say it */
    const char *signal; /* NULL: do not say it; lives as long as the state */
    enum mood mood;
};

/* `target` and `pid` are those of the service; ZINIT_TARGET_UNKNOWN and 0 if they are not known. `oneshot` is as for
 * is_oneshot(). It matters only if depends_on_oneshot(). */
struct state_words words_of(const zinit_state *state, int32_t target, int32_t pid, int oneshot);
int depends_on_oneshot(const zinit_state *state, int32_t target);
/* The words of a status. Reads the file of the service if they depend on it. */
struct state_words words_of_status(const struct call *call, const zinit_status *status);
/* Writes "crashing (exit 3)". */
void write_words(FILE *stream, const struct state_words *words);
/* The terminal's sequence for a colour; "" for none. */
const char *colour_of_mood(enum mood mood);
#define COLOUR_END "\033[0m"
/* "up", "down" or "unknown". */
const char *target_word(int32_t target);
/* Whether a service that starts after one in this state waits for it. */
int blocks(const zinit_state *state);

/* since.c */

/* When the process of a service was started. Returns 0 if this machine does not show it. */
int start_time_of(const struct call *call, int32_t pid, time_t *time);
/* Writes a time as "2026-11-26 11:14:22", in the local time zone. */
void format_time(time_t time, char *text, size_t size);
/* Writes a time as "2026-11-26T10:14:22Z", in UTC, as in RFC 3339. */
void format_utc(time_t time, char *text, size_t size);

/* table.c */

struct column {
    const char *title;
    int weight; /* if the terminal is too narrow, the column of the lowest weight goes first; 0: it never goes */
};

struct cell {
    char *text; /* NULL: there is nothing to say */
    const char *colour;
};

/* Rows of cells. Begin with the columns alone. */
struct table {
    const struct column *columns;
    size_t column_count;
    struct cell *cells;
    size_t cell_count;
    size_t capacity;
};

/* Adds the next cell, row by row. `text` is copied; NULL: there is nothing to say. `colour` may be "". */
void add_cell(struct table *table, const char *text, const char *colour);
/* Prints a table: in columns on a terminal, otherwise one row a line, with tabs between the cells. */
void print_table(const struct call *call, const struct table *table);
void free_table(struct table *table);

#endif
