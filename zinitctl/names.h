/* Which services a subcommand means. */
#ifndef NAMES_H
#define NAMES_H

#include "zinitctl.h"

/* Names of services. Begin with all zeros. */
struct names {
    char **at;
    size_t count;
    size_t capacity;
};

void add_name(struct names *names, const char *name);
/* Sorts names, and takes out those that are there twice. */
void sort_names(struct names *names);
void free_names(struct names *names);

struct services {
    struct names chosen;  /* in the order in which they were given, each once */
    struct names known;   /* all that the subcommand could mean, sorted */
    int by_pattern;       /* some were chosen by a pattern or by --all */
};

/* Chooses the services that `arguments` name, which may be patterns. With --all, or if there is no argument, chooses
 * all. If one argument names no service, prints so, chooses none, and returns STATUS_UNKNOWN, unless --ignore-missing
 * was given. Free them with free_services(), whatever the result is. */
enum exit_status choose_services(const struct call *call, char **arguments, size_t count, struct services *services);
/* The same for all arguments of the call. */
enum exit_status choose_all_services(const struct call *call, struct services *services);
void free_services(struct services *services);
/* Reads which services there are, according to the subcommand's row. */
enum exit_status read_known(const struct call *call, struct names *known);
/* Adds the services that have a file. Returns 0 if the directory cannot be read; errno says why. */
int read_files(const struct call *call, struct names *known);
int is_known(const struct names *known, const char *name);
/* Whether a word can be a name: the library knows. If not, prints why, and which service may be meant. */
enum exit_status check_name(const struct names *known, const char *word);
int is_pattern(const char *word);
int matches_any(const struct names *known, const char *pattern);

/* The path that the file of a service has, whether it is there or not. The caller frees it. */
char *path_of_service(const struct call *call, const char *name);

/* Ends a query about one service that was chosen. If it failed, prints why. Frees the error. */
enum exit_status finish_service(const struct call *call, const struct services *services, const char *name,
                                zinit_code code, zinit_error **error);
/* The same for an operation: its result is an entry of the document of --json. */
enum exit_status finish_operation(const struct call *call, const struct services *services, const char *name,
                                  zinit_code code, zinit_error **error);

/* Does the same to each service, one after the other. Goes on if one fails, but not after a signal. */
enum exit_status for_each_service(const struct call *call,
                                  enum exit_status (*act)(const struct call *call, const struct services *services,
                                                          const char *name));

/* suggest.c */

/* The search for a word that a misspelled one may mean. */
struct nearest {
    const char *word; /* the misspelled one */
    const char *best; /* NULL: nothing is near */
    size_t distance;
};

/* Begins a search for what is near `word`. */
struct nearest nearest_to(const char *word);
void consider(struct nearest *nearest, const char *candidate);

#endif
