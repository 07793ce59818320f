/* What is attacked: every function of the library that talks to the daemon or touches the disk. */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include <stddef.h>
#include <zinit.h>

/* What an operation finds, and what it leaves. */
enum {
    WITH_FILE = 1,      /* its service has a file; and what follows from that: */
    MONITORED = 2,      /* the daemon knows the service, which is up */
    DOWN = 4,           /* it is monitored, and stopped */
    CHANGES = 8,        /* it needs a service of its own each time */
    WRITES = 16,        /* the file has a new content when it has succeeded */
    REMOVES = 32,       /* the file is gone when it has succeeded */
    SLOW = 64,          /* it takes seconds, for the daemon waits before it starts a service again */
    BY_DAEMON = 128,    /* the daemon keeps the files: only where it speaks JSON-RPC */
    ENDS_DAEMON = 256,  /* it meets a scripted daemon, which does not end */
    MAY_REFUSE = 512,   /* the daemon may refuse it, or not have it, which others and its protocol decide */
    HAS_LEFT_OVER = 1024, /* a file that a killed process has left in the directory long ago */
};

/* How an operation is carried out. */
enum form { CALL, WAIT, LOOP, QUEUE, FORMS };
extern const char *const form_names[FORMS];

/* What it works on. */
struct scene {
    zinit_client *client;
    zinit_queue *queue; /* of the client; NULL except in the form QUEUE */
    enum form form;
    char name[64];
    char address[64]; /* for the daemon to listen at; of this scene alone */
    zinit_service *definition; /* what is new in the form of a service */
    zinit_filter *filter;      /* finds the service by its command */
};

/* What is new in a file, and what was there before. */
#define OLD_CONTENT "# A comment that stays.\nexec: sh -c 'echo ready; exec sleep 1000'\n"
#define NEW_CONTENT "exec: sh -c 'echo new; exec sleep 1000'\n"

struct operation {
    const char *name;
    /* As a call, and as a request. A stream has one function for all forms. */
    zinit_code (*call)(struct scene *scene);
    zinit_code (*begin)(struct scene *scene, zinit_request **request);
    zinit_code (*stream)(struct scene *scene);
    const char *function; /* whose codes the request ends with */
    void (*answer)(struct scene *scene, const zinit_request *request);
    int needs;
};
extern const struct operation operations[];
extern const size_t operation_count;

int has_form(const struct operation *operation, enum form form);
/* Carries it out, and frees what it has made. The code of its end; ZINIT_PENDING where it was given up. */
zinit_code carry_out(const struct operation *operation, struct scene *scene);

/* What an out-parameter holds before a call, so that one that is left alone is seen. */
extern char nothing_yet;
#define GARBAGE ((void *)&nothing_yet)

/* The checks below are made by the driver. */

/* A call of a function of the header, whose name is the first word of `call`: its code must be one that the comment of
 * that function names, and the error must fit it. Frees the error. `begun` is the function whose codes count, too. */
zinit_code told(const char *call, const char *begun, zinit_code code, zinit_error *const *error);
#define TOLD(call) told(#call, NULL, (call), &error)
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define EXPECT(condition) ((condition) ? (void)0 : complain("expected %s", #condition))
/* Whether a service's file could not be read because of the fault. */
int is_file_unreadable(void);
/* Waits until a descriptor is readable, or complains. */
int wait_readable(int descriptor);
/* The longest that anything takes, in milliseconds. */
#define DEADLINE 120000

#endif
