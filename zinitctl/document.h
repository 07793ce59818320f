/* The document of --json: one object on stdout, which contains all that a subcommand has to tell. Its form is in
 * docs/zinitctl.schema.json. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "json.h"
#include "statuses.h"
#include "zinitctl.h"

/* Begins the document, if --json is given. A subcommand that prints a stream has none. */
void begin_document(const struct call *call);
/* Ends it, with all failures that were noted. */
void end_document(enum exit_status status);
/* Where to write an entry of its list, or another member of it; NULL without --json. */
struct json *document_of(const struct call *call);
/* Notes a failure that is not the result of an entry. `service` may be NULL. Without a document, does nothing. */
void note_failure(zinit_code code, const char *service, const char *message);

/* What came of an operation on a service. */
struct result {
    const char *name;
    zinit_code code;
    const char *message;      /* why it failed; NULL if it did not */
    const zinit_state *state; /* the last one that was seen; may be NULL */
    int32_t target;           /* ZINIT_TARGET_UNKNOWN if it is not known */
    int32_t pid;              /* 0: there is no process, or it is not known */
    int killed;               /* SIGKILL was sent */
    double seconds;           /* below 0: it was not measured */
};

/* The word for a state: one of those in the schema. */
const char *json_word_of(const struct state_words *words, const zinit_state *state);

/* Writes an entry. */
void write_result(const struct call *call, const struct result *result);
void write_status(const struct call *call, const zinit_status *status);
void write_stats(struct json *json, const char *name, const zinit_stats *stats);
void write_definition(struct json *json, const char *name, const zinit_service *service, const char *yaml);
void write_problems(struct json *json, const char *path, const zinit_problem_list *problems, int valid);
/* Writes the parts of a state's text as members of the document. */
void write_state(struct json *json, const zinit_state *state);

#endif
