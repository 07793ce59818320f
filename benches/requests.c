/* What a thousand waits at once cost in one thread, on one epoll and in one queue, beside as many threads with the
 * blocking call; what one request costs beside the bare system calls; and what a watch costs while nothing changes.
 *
 *     requests SOCKET waits MILLISECONDS ROUNDS
 *         each wait is a stop of a service that takes that long; prints
 *         dispatch-median dispatch-99th-percentile dispatch-max (µs) dispatches-a-wait
 *         cpu-epoll cpu-queue cpu-threads (s, medians of the rounds)
 *         threads-epoll threads-queue threads-threads descriptors-epoll descriptors-queue
 *     requests SOCKET one ROUNDS
 *         a status; prints cpu-epoll cpu-queue cpu-floor (µs), and of each of the first two the ratio to the floor's:
 *         medians of the rounds, in each of which all three are made in turn
 *     requests SOCKET watch SECONDS
 *         prints the services watched, how often the watch woke up, and its CPU time in percent of one core
 *
 * SOCKET is a fake_daemon's. CPU times are this process's alone.
 */
#include "check.h"
#include "floor.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { WAITS = 1000, REQUESTS = 500, ROUNDS_MAX = 40, DISPATCHES_MAX = 1 << 21, TIMEOUT_MS = 30000 };

static const char *socket_path;
static zinit_client *client;
static zinit_queue *queue;
static zinit_client *client_in_queue;
static char names[WAITS][32];
static double dispatches[DISPATCHES_MAX];
static size_t dispatch_count;

static int descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    if (directory == NULL)
        fail("/proc/self/fd");
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static int threads(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    int count = 0;

    if (status == NULL)
        fail("/proc/self/status");
    while (fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "Threads: %d", &count) == 1)
            break;
    fclose(status);
    return count;
}

/* All services up. The daemon has one state for all that are called after-N: they are down that long after the last of
 * the commands. */
static void prepare(const char *milliseconds)
{
    static char reply[REPLY_MAX];

    floor_exchange(socket_path, "start after-0\n", reply);
    for (int i = 0; i < WAITS; i++)
        snprintf(names[i], sizeof names[i], "after-%s-%04d", milliseconds, i);
}

struct peak {
    int threads;
    int descriptors;
};

static void note_peak(struct peak *peak, int before)
{
    int held = descriptors() - before;
    int running = threads();

    peak->descriptors = held > peak->descriptors ? held : peak->descriptors;
    peak->threads = running > peak->threads ? running : peak->threads;
}

/* All waits on one epoll; gives the CPU time. Counting takes time of its own, so `peak` is NULL in what is measured. */
static double on_epoll(struct peak *peak)
{
    static zinit_request *requests[WAITS];
    static struct epoll_event events[WAITS];
    int before = descriptors();
    double cpu = cpu_ms();
    int loop = epoll_create1(EPOLL_CLOEXEC);
    zinit_error *error = NULL;

    if (loop < 0)
        fail("epoll_create1");
    for (int i = 0; i < WAITS; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)i};

        zinit_client_begin_stop_wait(client, names[i], TIMEOUT_MS, &requests[i], &error);
        check(error);
        if (epoll_ctl(loop, EPOLL_CTL_ADD, zinit_request_fd(requests[i]), &event) != 0)
            fail("epoll_ctl");
    }
    for (int left = WAITS; left > 0;) {
        int ready = epoll_wait(loop, events, WAITS, -1);

        if (ready < 0 && errno != EINTR)
            fail("epoll_wait");
        for (int i = 0; i < ready; i++) {
            unsigned number = events[i].data.u32;
            double began = wall_ms();
            zinit_code code = zinit_request_dispatch(requests[number], &error);

            if (peak == NULL && dispatch_count < DISPATCHES_MAX)
                dispatches[dispatch_count++] = (wall_ms() - began) * 1e3;
            check(error);
            if (code == ZINIT_PENDING)
                continue;
            epoll_ctl(loop, EPOLL_CTL_DEL, zinit_request_fd(requests[number]), NULL);
            zinit_request_free(requests[number]);
            left--;
        }
        if (peak != NULL) {
            /* Without the epoll of the loop. */
            note_peak(peak, before + 1);
        }
    }
    close(loop);
    return cpu_ms() - cpu;
}

/* All waits in the queue; as above. What the queue itself holds counts, too. */
static double in_queue(struct peak *peak)
{
    int before = descriptors() - 3;
    double cpu = cpu_ms();
    zinit_request *request;
    zinit_error *error = NULL;

    for (int i = 0; i < WAITS; i++) {
        zinit_client_begin_stop_wait(client_in_queue, names[i], TIMEOUT_MS, &request, &error);
        check(error);
    }
    if (peak != NULL)
        note_peak(peak, before);
    for (int left = WAITS; left > 0;) {
        zinit_code code = zinit_queue_next(queue, peak != NULL ? 1 : -1, NULL, &request, &error);

        check(error);
        if (peak != NULL)
            note_peak(peak, before);
        if (code == ZINIT_PENDING)
            continue;
        zinit_request_dispatch(request, &error);
        check(error);
        zinit_request_free(request);
        left--;
    }
    return cpu_ms() - cpu;
}

static void *wait_blocking(void *name)
{
    zinit_error *error = NULL;

    zinit_client_stop_wait(client, name, TIMEOUT_MS, NULL, &error);
    check(error);
    return NULL;
}

/* A thread for each wait; gives the CPU time. */
static double in_threads(int *peak)
{
    static pthread_t waiting[WAITS];
    double cpu = cpu_ms();

    for (int i = 0; i < WAITS; i++)
        if (pthread_create(&waiting[i], NULL, wait_blocking, names[i]) != 0)
            fail("pthread_create");
    *peak = threads();
    for (int i = 0; i < WAITS; i++)
        pthread_join(waiting[i], NULL);
    return cpu_ms() - cpu;
}

static void measure_waits(const char *milliseconds, int rounds)
{
    double cpu_epoll[ROUNDS_MAX], cpu_queue[ROUNDS_MAX], cpu_threads[ROUNDS_MAX], middle;
    struct peak peak = {0, 0}, peak_of_queue = {0, 0};
    int peak_of_threads = 0;

    for (int i = 0; i < rounds; i++)
        for (int turn = 0; turn < 3; turn++) {
            int kind = (turn + i) % 3;

            prepare(milliseconds);
            if (kind == 0)
                cpu_epoll[i] = on_epoll(NULL);
            else if (kind == 1)
                cpu_queue[i] = in_queue(NULL);
            else
                cpu_threads[i] = in_threads(&peak_of_threads);
        }
    prepare("100");
    on_epoll(&peak);
    prepare("100");
    in_queue(&peak_of_queue);
    middle = median(dispatches, dispatch_count);
    /* They are sorted now. */
    printf("%.1f %.1f %.1f %.1f ", middle, dispatches[dispatch_count * 99 / 100], dispatches[dispatch_count - 1],
           (double)dispatch_count / WAITS / rounds);
    printf("%.3f %.3f %.3f ", median(cpu_epoll, (size_t)rounds) / 1e3, median(cpu_queue, (size_t)rounds) / 1e3,
           median(cpu_threads, (size_t)rounds) / 1e3);
    printf("%d %d %d %d %d\n", peak.threads, peak_of_queue.threads, peak_of_threads, peak.descriptors,
           peak_of_queue.descriptors);
}

/* One request after the other, each in the loop by its own descriptor. */
static void one_on_epoll(void)
{
    static int loop = -1;
    struct epoll_event event = {.events = EPOLLIN};
    zinit_request *request;
    zinit_error *error = NULL;

    if (loop < 0 && (loop = epoll_create1(EPOLL_CLOEXEC)) < 0)
        fail("epoll_create1");
    zinit_client_begin_status(client, "web", &request, &error);
    check(error);
    if (epoll_ctl(loop, EPOLL_CTL_ADD, zinit_request_fd(request), &event) != 0)
        fail("epoll_ctl");
    do
        epoll_wait(loop, &event, 1, -1);
    while (zinit_request_dispatch(request, &error) == ZINIT_PENDING);
    check(error);
    epoll_ctl(loop, EPOLL_CTL_DEL, zinit_request_fd(request), NULL);
    zinit_request_free(request);
}

static void one_in_queue(void)
{
    zinit_request *request;
    zinit_error *error = NULL;

    zinit_client_begin_status(client_in_queue, "web", &request, &error);
    check(error);
    zinit_queue_next(queue, -1, NULL, &request, &error);
    check(error);
    zinit_request_dispatch(request, &error);
    check(error);
    zinit_request_free(request);
}

static void bare(void)
{
    static char reply[REPLY_MAX];

    floor_exchange(socket_path, "status web\n", reply);
}

static void measure_one(int rounds)
{
    static void (*const kinds[])(void) = {one_on_epoll, one_in_queue, bare};
    double cpu[3][ROUNDS_MAX], of_floor[2][ROUNDS_MAX];

    for (int round = -1; round < rounds; round++) {
        for (int turn = 0; turn < 3; turn++) {
            int kind = (turn + round + 1) % 3;
            double began = cpu_ms();

            for (int i = 0; i < REQUESTS; i++)
                kinds[kind]();
            /* The first round only warms up. */
            if (round >= 0)
                cpu[kind][round] = (cpu_ms() - began) * 1e3 / REQUESTS;
        }
        for (int kind = 0; round >= 0 && kind < 2; kind++)
            of_floor[kind][round] = cpu[kind][round] / cpu[2][round];
    }
    for (int kind = 0; kind < 3; kind++)
        printf("%.1f ", median(cpu[kind], (size_t)rounds));
    printf("%.2f %.2f\n", median(of_floor[0], (size_t)rounds), median(of_floor[1], (size_t)rounds));
}

/* Takes what there is of a watch for so long, under a poll as an event loop does. Gives the changes. */
static int watch_for(zinit_watch *watch, double ms, int *wake_ups)
{
    struct pollfd polled = {.fd = zinit_watch_fd(watch), .events = POLLIN};
    double end = wall_ms() + ms;
    const zinit_change *change;
    zinit_error *error = NULL;
    int changes = 0;

    for (double left = ms; left > 0; left = end - wall_ms()) {
        if (poll(&polled, 1, (int)left + 1) <= 0)
            continue;
        ++*wake_ups;
        while (zinit_watch_next(watch, 0, NULL, &change, &error) == ZINIT_OK)
            changes++;
        check(error);
    }
    return changes;
}

static void measure_watch(int seconds)
{
    zinit_watch *watch;
    zinit_error *error = NULL;
    int services, wake_ups = 0;
    double cpu, began;

    zinit_client_watch(client, NULL, 0, 0, &watch, &error);
    check(error);
    /* The first look, which asks for each service, and the looks until the watch has found that nothing moves. */
    services = watch_for(watch, 3000, &wake_ups);
    wake_ups = 0;
    cpu = cpu_ms();
    began = wall_ms();
    if (watch_for(watch, seconds * 1e3, &wake_ups) != 0) {
        fprintf(stderr, "requests: something changed\n");
        exit(1);
    }
    printf("%d %d %.3f\n", services, wake_ups, (cpu_ms() - cpu) / (wall_ms() - began) * 100);
    zinit_watch_free(watch);
}

int main(int argc, char **argv)
{
    zinit_options *options = zinit_options_new();
    zinit_error *error = NULL;
    int is_waits = argc == 5 && strcmp(argv[2], "waits") == 0;
    int is_one = argc == 4 && strcmp(argv[2], "one") == 0;
    int is_watch = argc == 4 && strcmp(argv[2], "watch") == 0;
    int count = is_waits || is_one || is_watch ? atoi(argv[argc - 1]) : 0;

    if (count < 1 || count > ROUNDS_MAX) {
        fprintf(stderr, "usage: requests SOCKET waits MILLISECONDS ROUNDS\n"
                        "       requests SOCKET one ROUNDS\n"
                        "       requests SOCKET watch SECONDS\n");
        return 2;
    }
    socket_path = argv[1];
    raise_limit();
    zinit_options_set_socket_path(options, socket_path, &error);
    check(error);
    zinit_client_with_options(options, &client, &error);
    check(error);
    zinit_queue_new(&queue, &error);
    check(error);
    zinit_options_set_queue(options, queue, &error);
    check(error);
    zinit_client_with_options(options, &client_in_queue, &error);
    check(error);
    if (is_waits)
        measure_waits(argv[3], count);
    else if (is_one)
        measure_one(count);
    else
        measure_watch(count);
    zinit_client_free(client);
    zinit_client_free(client_in_queue);
    zinit_queue_free(queue);
    zinit_options_free(options);
    return 0;
}
