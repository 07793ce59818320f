#include "floor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_un address_of(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strncpy(address.sun_path, socket_path, sizeof address.sun_path - 1);
    return address;
}

size_t floor_exchange(const char *socket_path, const char *line, char reply[REPLY_MAX])
{
    struct sockaddr_un address = address_of(socket_path);
    struct pollfd polled = {.events = POLLIN};
    size_t length = 0;
    ssize_t received = 0;

    polled.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (polled.fd < 0 || connect(polled.fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail(socket_path);
    if (send(polled.fd, line, strlen(line), MSG_NOSIGNAL) < 0)
        fail("send");
    do {
        if (poll(&polled, 1, 60000) != 1)
            fail("poll");
        received = recv(polled.fd, reply + length, REPLY_MAX - 1 - length, 0);
        if (received < 0)
            fail("recv");
        length += (size_t)received;
        /* The daemon closes behind its reply, but nobody needs to wait for that: a reply ends as it began. */
    } while (received > 0 && reply[length - 1] != '}');
    close(polled.fd);
    reply[length] = '\0';
    return length;
}

int listen_at(const char *socket_path)
{
    struct sockaddr_un address = address_of(socket_path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1024) != 0)
        fail(socket_path);
    return listener;
}

double wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

double cpu_ms(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return cpu_ms_of(&usage);
}

double cpu_ms_of(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e3 +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e3;
}

double daemon_cpu_ms(const char *pid)
{
    struct timespec used;
    clockid_t its_clock;

    errno = clock_getcpuclockid((pid_t)atol(pid), &its_clock);
    if (errno != 0 || clock_gettime(its_clock, &used) != 0)
        fail(pid);
    return (double)used.tv_sec * 1e3 + (double)used.tv_nsec / 1e6;
}

void sleep_ms(double ms)
{
    struct timespec left = {.tv_sec = (time_t)(ms / 1e3)};

    left.tv_nsec = (long)((ms - (double)left.tv_sec * 1e3) * 1e6);
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;

    return (a > b) - (a < b);
}

double median(double *figures, size_t count)
{
    qsort(figures, count, sizeof *figures, compare);
    return count % 2 ? figures[count / 2] : (figures[count / 2 - 1] + figures[count / 2]) / 2;
}

void raise_limit(void)
{
    const rlim_t least = 4096;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        fail("getrlimit");
    if (limit.rlim_cur >= least)
        return;
    limit.rlim_cur = limit.rlim_max < least ? limit.rlim_max : least;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        fail("setrlimit");
}

void fail(const char *what)
{
    perror(what);
    exit(1);
}
