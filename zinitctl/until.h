/* What a watch waits for, with --until. */
#ifndef UNTIL_H
#define UNTIL_H

#include "command_line.h"
#include "statuses.h"

struct awaited {
    int is_there;
    int was_up; /* its target has been Up */
};

/* Begin with the first two members alone, and free_goal() at the end. */
struct goal {
    enum until until;
    const struct names *names;
    struct awaited *awaited; /* for each name */
    const char *hopeless;    /* the service that cannot get there any more; NULL: all can */
};

void begin_goal(struct goal *goal);
/* Asks for the status of each service. */
void look_at_all(const struct call *call, struct goal *goal);
int is_reached(const struct goal *goal);
/* Prints which services are not there. `seconds` is how long it was waited; below 0: that is not the reason. */
void print_missed(const struct call *call, const struct goal *goal, double seconds);
void free_goal(struct goal *goal);

#endif
