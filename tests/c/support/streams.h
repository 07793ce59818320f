/* Opening a watch or a log, and taking from it what comes. */
#ifndef STREAMS_H
#define STREAMS_H

#include <zinit.h>

#include "replies.h"

zinit_watch *open_watch(const zinit_client *client, const char *const *names, size_t count);
/* The next change, which must come. */
const zinit_change *next_change(zinit_watch *watch);

zinit_log_stream *open_log(const zinit_client *client, const char *name, int64_t last, int32_t follow);
/* The next line, which must come. */
const zinit_log_line *next_line(zinit_log_stream *stream);
/* Appends `SERVICE SOURCE TEXT;`: long text as its length, and what cannot be printed in hexadecimal. */
void describe_line(char *all, const zinit_log_line *line);
void check_next_line(zinit_log_stream *stream, const char *expected);
/* Checks that the stream is over, and stays so: with ZINIT_END or an error. */
void check_over(zinit_log_stream *stream, zinit_code expected);

/* The script of a daemon whose log is made by these steps, and which knows the service "web". */
#define LOG(steps) ON("list", LIST_OF("\"web\":\"Running\"")) ON_STATUS("web", 7, "Running", "Up") "on log*\n" steps
#define NEWLINE " bytes 0a\n"
/* What the daemon logs at each start of a service. */
#define START_MARK "------------ [start] ------------"

#endif
