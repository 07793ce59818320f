/* When a process was started. */
/* For SO_PEERCRED. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "statuses.h"

/* The fields of /proc/PID/stat behind the command's name: the state is the first of them; see proc(5). */
#define FIELD_PARENT 1
#define FIELD_PROCESS_GROUP 2
#define FIELD_START_TIME 19

#define NANOSECONDS 1000000000ll

static size_t read_stat(int32_t pid, char *text, size_t size)
{
    char path[32];
    ssize_t length;
    int descriptor;

    snprintf(path, sizeof path, "/proc/%" PRId32 "/stat", pid);
    descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor == -1)
        return 0;
    length = read(descriptor, text, size - 1);
    close(descriptor);
    if (length < 0)
        length = 0;
    text[length] = '\0';
    return (size_t)length;
}

/* The number in a field, or -1. */
static long long field_of(const char *text, int index)
{
    /* The name is in parentheses and may contain any character. */
    const char *at = strrchr(text, ')');

    for (int i = -1; at != NULL && i < index; i++)
        at = strchr(at + 1, ' ');
    return at == NULL ? -1 : strtoll(at, NULL, 10);
}

static long long nanoseconds(const struct timespec *time)
{
    return time->tv_sec * NANOSECONDS + time->tv_nsec;
}

/* Who listens at a socket; 0 if nobody does, or if this machine does not show the process. */
static pid_t listener_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred peer = {0};
    socklen_t length = sizeof peer;
    /* It does not wait for a daemon that has no room. */
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (descriptor == -1)
        return 0;
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) != 0 ||
        getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        peer.pid = 0;
    close(descriptor);
    return peer.pid;
}

/* The process of the daemon, looked for once. If its socket is forwarded from another machine, this is the process that
 * forwards it. */
static pid_t daemon_of(const struct call *call)
{
    static int is_known;
    static pid_t daemon;

    if (is_known)
        return daemon;
    is_known = 1;
    daemon = listener_at(call->socket_path == NULL ? "/var/run/zinit.sock" : call->socket_path);
    if (daemon == 0 && call->socket_path == NULL)
        daemon = listener_at("/tmp/zinit.sock");
    return daemon;
}

int start_time_of(const struct call *call, int32_t pid, time_t *time)
{
    char text[1024];
    struct timespec now;
    struct timespec since_boot;
    long long ticks;
    long ticks_per_second = sysconf(_SC_CLK_TCK);

    if (pid <= 0 || read_stat(pid, text, sizeof text) == 0 || ticks_per_second <= 0)
        return 0;
    /* The daemon gives each service a process group of its own. Otherwise this is not its process, but one of the same
     * number: the daemon is in another container, or on another machine. */
    if (field_of(text, FIELD_PROCESS_GROUP) != pid || field_of(text, FIELD_PARENT) != daemon_of(call))
        return 0;
    ticks = field_of(text, FIELD_START_TIME);
    if (ticks < 0 || clock_gettime(CLOCK_REALTIME, &now) != 0 || clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0)
        return 0;
    /* In nanoseconds, so that two queries give the same second. */
    *time = (time_t)((nanoseconds(&now) - nanoseconds(&since_boot) + ticks * (NANOSECONDS / ticks_per_second)) /
                     NANOSECONDS);
    return 1;
}

void format_time(time_t time, char *text, size_t size)
{
    struct tm local;

    if (localtime_r(&time, &local) == NULL || strftime(text, size, "%Y-%m-%d %H:%M:%S", &local) == 0)
        *text = '\0';
}

void format_utc(time_t time, char *text, size_t size)
{
    struct tm utc;

    if (gmtime_r(&time, &utc) == NULL || strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        *text = '\0';
}
