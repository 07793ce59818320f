/* What the library costs the daemon: its CPU time for waits that end late, and how long groups take, each beside the bare
 * exchanges.
 *
 *     daemon_load SOCKET late WAITS SECONDS PID
 *         stops services that ignore it, each by a wait of its own under one event loop, then by a look a second by the
 *         bare system calls; prints the CPU time of the daemon PID in that time, in milliseconds: library floor
 *     daemon_load SOCKET groups SERVICES ROUNDS
 *         starts services, and stops them; prints, of medians, wall-ratio, library and floor in milliseconds of the start,
 *         and then those of the stop
 *
 * The services have files and are called stubborn-0000 and so on, or service-0000 and so on. None is monitored before or
 * afterwards.
 */
#include "check.h"
#include "floor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SERVICES_MAX = 1000, ROUNDS_MAX = 100 };

static const char *socket_path;
static zinit_client *client;
static char names[SERVICES_MAX][32];
static const char *list_of_names[SERVICES_MAX];
static int services;
static char reply[REPLY_MAX];

static void name_services(const char *prefix, const char *count)
{
    services = atoi(count);
    if (services < 1 || services > SERVICES_MAX)
        fail("the number of services");
    for (int i = 0; i < services; i++) {
        snprintf(names[i], sizeof names[i], "%s-%04d", prefix, i);
        list_of_names[i] = names[i];
    }
}

/* One command for each service. */
static void tell_all(const char *command, const char *end)
{
    for (int i = 0; i < services; i++) {
        char line[64];
        snprintf(line, sizeof line, "%s %.31s%s\n", command, names[i], end);
        floor_exchange(socket_path, line, reply);
        if (strncmp(reply, "{\"state\":\"ok\"", 13) != 0) {
            fprintf(stderr, "daemon_load: %s%s", line, reply);
            exit(1);
        }
    }
}

static int count(const char *word)
{
    int found = 0;

    for (const char *at = reply; (at = strstr(at, word)) != NULL; at++)
        found++;
    return found;
}

/* A list every millisecond, until as many are Running. */
static void until_running(int number)
{
    for (floor_exchange(socket_path, "list\n", reply); count("\"Running\"") != number;
         floor_exchange(socket_path, "list\n", reply))
        sleep_ms(1);
}

/* All waits on one epoll, for so long. */
static void wait_by_library(double ms)
{
    static zinit_request *requests[SERVICES_MAX];
    static struct epoll_event events[SERVICES_MAX];
    double end = wall_ms() + ms;
    int loop = epoll_create1(EPOLL_CLOEXEC);
    zinit_error *error = NULL;

    if (loop < 0)
        fail("epoll_create1");
    for (int i = 0; i < services; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)i};

        zinit_client_begin_stop_wait(client, names[i], -1, &requests[i], &error);
        check(error);
        if (epoll_ctl(loop, EPOLL_CTL_ADD, zinit_request_fd(requests[i]), &event) != 0)
            fail("epoll_ctl");
    }
    for (double left = ms; left > 0; left = end - wall_ms()) {
        int ready = epoll_wait(loop, events, SERVICES_MAX, (int)left + 1);

        if (ready < 0 && errno != EINTR)
            fail("epoll_wait");
        for (int i = 0; i < ready; i++)
            if (zinit_request_dispatch(requests[events[i].data.u32], &error) != ZINIT_PENDING) {
                check(error);
                fprintf(stderr, "daemon_load: %s has stopped\n", names[events[i].data.u32]);
                exit(1);
            }
    }
    for (int i = 0; i < services; i++)
        zinit_request_free(requests[i]);
    close(loop);
}

/* Each service is looked at once a second. */
static void wait_by_floor(double ms)
{
    double begin = wall_ms();

    tell_all("stop", "");
    for (double next = 1000; next < ms; next += 1000) {
        double left = begin + next - wall_ms();
        if (left > 0)
            sleep_ms(left);
        tell_all("status", "");
    }
    if (begin + ms > wall_ms())
        sleep_ms(begin + ms - wall_ms());
}

static void measure_late(double ms, const char *pid)
{
    double of_library, of_floor;

    tell_all("monitor", "");
    until_running(services);
    /* What follows a spawn. */
    sleep_ms(1000);
    of_library = -daemon_cpu_ms(pid);
    wait_by_library(ms);
    of_library += daemon_cpu_ms(pid);
    of_floor = -daemon_cpu_ms(pid);
    wait_by_floor(ms);
    of_floor += daemon_cpu_ms(pid);
    tell_all("kill", " SIGKILL");
    until_running(0);
    tell_all("forget", "");
    printf("%.0f %.0f\n", of_library, of_floor);
}

static double start(int by_library)
{
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    double begin = wall_ms();

    if (by_library) {
        zinit_client_start_multiple(client, list_of_names, (size_t)services, 60000, NULL, &report, &error);
        check(error);
        zinit_report_free(report);
    } else {
        tell_all("monitor", "");
        until_running(services);
    }
    return wall_ms() - begin;
}

static double stop(int by_library)
{
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    double begin = wall_ms();

    if (by_library) {
        zinit_client_stop_multiple(client, list_of_names, (size_t)services, 60000, NULL, &report, &error);
        check(error);
        zinit_report_free(report);
    } else {
        tell_all("stop", "");
        until_running(0);
    }
    return wall_ms() - begin;
}

static void print_medians(double of_both[2][ROUNDS_MAX], int rounds)
{
    double ratio[ROUNDS_MAX], of_library[ROUNDS_MAX], of_floor[ROUNDS_MAX];

    for (int i = 0; i < rounds; i++) {
        of_library[i] = of_both[1][i];
        of_floor[i] = of_both[0][i];
        ratio[i] = of_library[i] / of_floor[i];
    }
    printf("%.2f %.1f %.1f", median(ratio, (size_t)rounds), median(of_library, (size_t)rounds),
           median(of_floor, (size_t)rounds));
}

static void measure_groups(int rounds)
{
    static double starts[2][ROUNDS_MAX], stops[2][ROUNDS_MAX];

    for (int i = 0; i < rounds; i++)
        for (int turn = 0; turn < 2; turn++) {
            int by_library = turn == i % 2;
            starts[by_library][i] = start(by_library);
            /* What follows a spawn. */
            sleep_ms(100);
            stops[by_library][i] = stop(by_library);
            sleep_ms(100);
            tell_all("forget", "");
        }
    print_medians(starts, rounds);
    putchar(' ');
    print_medians(stops, rounds);
    putchar('\n');
}

int main(int argc, char **argv)
{
    zinit_options *options = zinit_options_new();
    zinit_error *error = NULL;
    int is_late = argc == 6 && strcmp(argv[2], "late") == 0;
    int is_groups = argc == 5 && strcmp(argv[2], "groups") == 0;
    int times = is_late || is_groups ? atoi(argv[4]) : 0;

    if (times < 1 || (is_groups && times > ROUNDS_MAX)) {
        fprintf(stderr, "usage: daemon_load SOCKET late WAITS SECONDS PID\n"
                        "       daemon_load SOCKET groups SERVICES ROUNDS\n");
        return 2;
    }
    socket_path = argv[1];
    raise_limit();
    zinit_options_set_socket_path(options, socket_path, &error);
    check(error);
    /* The floor takes a service for up as soon as it is Running. */
    zinit_options_set_steady_ms(options, 0, &error);
    check(error);
    zinit_client_with_options(options, &client, &error);
    check(error);
    name_services(is_late ? "stubborn" : "service", argv[3]);
    if (is_late)
        measure_late(times * 1e3, argv[5]);
    else
        measure_groups(times);
    zinit_client_free(client);
    zinit_options_free(options);
    return 0;
}
