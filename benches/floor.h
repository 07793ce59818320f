/* What a call costs at least: the bare system calls, without a look at the reply. And what the measuring needs. */
#ifndef FLOOR_H
#define FLOOR_H

#include <stddef.h>
#include <sys/resource.h>

/* Room for the reply to a list of 10,000. */
enum { REPLY_MAX = 1 << 19 };

/* Sends a command line and receives the reply, with a NUL behind it. Gives its length. */
size_t floor_exchange(const char *socket_path, const char *line, char reply[REPLY_MAX]);

/* A socket on which a daemon accepts connections. */
int listen_at(const char *socket_path);

/* Milliseconds of the monotonic clock. */
double wall_ms(void);

/* Milliseconds that this process has had a processor, and those of a process that has ended. */
double cpu_ms(void);
double cpu_ms_of(const struct rusage *usage);

/* The same of a daemon that runs. */
double daemon_cpu_ms(const char *pid);

void sleep_ms(double ms);

/* Sorts the figures; half of them are below the median. */
double median(double *figures, size_t count);

/* A thousand requests hold three thousand descriptors, and the usual limit is 1024. */
void raise_limit(void);

/* Prints a message and ends the program. */
void fail(const char *what);

#endif
