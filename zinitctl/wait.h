/* Services that are waited for: how far each has come, and how this is shown. */
#ifndef WAIT_H
#define WAIT_H

#include "statuses.h"
#include "zinitctl.h"

/* One service that is waited for. */
struct waited {
    int64_t end_ms; /* when it was over; 0: it is under way */
    int32_t step;   /* a ZINIT_STEP_ number: the one that was seen last */
    char *state_before; /* the state when it was told to start; NULL: not told yet */
    int oneshot; /* as for is_oneshot(); NOT_READ: its file was not read */
};

#define NOT_READ (-2)

/* A wait or a group under way. */
struct wait {
    const struct call *call;
    zinit_request *request;
    const char *aim; /* the wanted state, such as "up" */
    int64_t begin_ms;
    struct waited *services; /* in the order of the report */
};

/* wait.c */

int64_t now_ms(void);
/* The seconds that a service took, or takes until now. */
double seconds_of(const struct wait *wait, size_t index);

/* steps.c */

/* Notes how far each service has come. */
void note_steps(const struct wait *wait);
int is_under_way(const zinit_report *report, size_t index);
/* Writes what is being done with a service that is under way, and its state if this says more: "stopping", or
 * "starting, crashing (exit 3)". */
enum mood write_doing(FILE *stream, const struct wait *wait, size_t index);
/* The same without what is being done, if its state says more. */
enum mood write_doing_short(FILE *stream, const struct wait *wait, size_t index);
/* What a service was told, for the end of a wait that was interrupted: "it was told to stop". */
const char *what_was_told(const zinit_report *report, size_t index);

/* progress.c */

/* The lines about services on the terminal, which are drawn in place. Begin with begin_progress(). */
struct progress {
    int is_on;
    int in_utf8;
    int in_colour;
    int is_drawn;         /* there are lines, the cursor is at the begin of the first one, and is hidden */
    int64_t next_draw_ms; /* INT64_MAX: never */
};

void begin_progress(struct progress *progress, const struct wait *wait);
/* Draws the lines if it is time to. */
void draw_progress(struct progress *progress, const struct wait *wait);
/* The next draw_progress() draws. */
void draw_progress_soon(struct progress *progress);
/* Takes the lines away and shows the cursor. They are drawn again by draw_progress(). */
void erase_progress(struct progress *progress);

#endif
