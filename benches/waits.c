/* How long after the true change of a service's state a wait returns, and how long after its cancel.
 *
 *     waits SOCKET CONFIG-DIR change start|stop MILLISECONDS TIMES
 *         the change comes that long after the command; prints, in milliseconds from the change to the return,
 *         library-median library-worst floor-median floor-worst
 *     waits SOCKET CONFIG-DIR cancel TIMES
 *         prints library-median library-worst
 *
 * SOCKET is a fake_daemon's, which knows when the change was.
 */
#include "check.h"
#include "floor.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMES_MAX = 200 };

static const char *socket_path;
static zinit_client *client;

/* Sends one line with the service's name in it. */
static void bare(const char *format, const char *name, char reply[REPLY_MAX])
{
    char line[300];

    snprintf(line, sizeof line, format, name);
    floor_exchange(socket_path, line, reply);
}

/* When the daemon's service changed. */
static double true_change(void)
{
    char reply[REPLY_MAX];

    bare("changed%s\n", "", reply);
    return atof(reply + 1);
}

/* The bare system calls: a look every millisecond. */
static double floor_wait(const char *name, int is_start)
{
    const char *end = is_start ? "\"Running\"" : "\"pid\":0,";
    char reply[REPLY_MAX];

    bare(is_start ? "start %s\n" : "stop %s\n", name, reply);
    for (bare("status %s\n", name, reply); strstr(reply, end) == NULL; bare("status %s\n", name, reply))
        sleep_ms(1);
    return wall_ms() - true_change();
}

static double library_wait(const char *name, int is_start)
{
    zinit_error *error = NULL;
    double returned;

    if (is_start)
        zinit_client_start_wait(client, name, 60000, NULL, &error);
    else
        zinit_client_stop_wait(client, name, 60000, NULL, &error);
    returned = wall_ms();
    check(error);
    return returned - true_change();
}

/* The service as it was before: up for a stop, down for a start. */
static void prepare(int is_start)
{
    char reply[REPLY_MAX];

    bare(is_start ? "stop %s\n" : "start %s\n", "after-0", reply);
}

static void measure_change(int is_start, const char *milliseconds, int times)
{
    double of_library[TIMES_MAX], of_floor[TIMES_MAX];
    char name[32];
    double library_median, floor_median;

    snprintf(name, sizeof name, "after-%s", milliseconds);
    for (int i = 0; i < times; i++)
        for (int turn = 0; turn < 2; turn++) {
            prepare(is_start);
            if (turn == i % 2)
                of_library[i] = library_wait(name, is_start);
            else
                of_floor[i] = floor_wait(name, is_start);
        }
    library_median = median(of_library, (size_t)times);
    floor_median = median(of_floor, (size_t)times);
    /* They are sorted now. */
    printf("%.2f %.2f %.2f %.2f\n", library_median, of_library[times - 1], floor_median, of_floor[times - 1]);
}

struct cancelled {
    zinit_cancel *cancel;
    double returned;
};

static void *wait_for_ever(void *argument)
{
    struct cancelled *cancelled = argument;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_stop_wait(client, "after-60000", 60000, cancelled->cancel, &error);

    cancelled->returned = wall_ms();
    if (code != ZINIT_ERR_CANCELLED)
        check(error);
    zinit_error_free(error);
    return NULL;
}

static void measure_cancel(int times)
{
    double took[TIMES_MAX], middle;

    for (int i = 0; i < times; i++) {
        struct cancelled cancelled = {NULL, 0};
        zinit_error *error = NULL;
        pthread_t thread;
        double triggered;

        zinit_cancel_new(&cancelled.cancel, &error);
        check(error);
        prepare(0);
        if (pthread_create(&thread, NULL, wait_for_ever, &cancelled) != 0)
            fail("pthread_create");
        /* At another point of the wait each time. */
        sleep_ms(2 + i % 20 + i / 1000.0);
        triggered = wall_ms();
        zinit_cancel_trigger(cancelled.cancel);
        pthread_join(thread, NULL);
        took[i] = cancelled.returned - triggered;
        zinit_cancel_free(cancelled.cancel);
    }
    middle = median(took, (size_t)times);
    printf("%.2f %.2f\n", middle, took[times - 1]);
}

int main(int argc, char **argv)
{
    zinit_options *options = zinit_options_new();
    zinit_error *error = NULL;
    int times = argc > 4 ? atoi(argv[argc - 1]) : 0;

    if (times < 1 || times > TIMES_MAX) {
        fprintf(stderr, "usage: waits SOCKET CONFIG-DIR change start|stop MILLISECONDS TIMES\n"
                        "       waits SOCKET CONFIG-DIR cancel TIMES\n");
        return 2;
    }
    socket_path = argv[1];
    zinit_options_set_socket_path(options, socket_path, &error);
    check(error);
    zinit_options_set_config_dir(options, argv[2], &error);
    check(error);
    /* The floor takes a service for up as soon as it is Running. */
    zinit_options_set_steady_ms(options, 0, &error);
    check(error);
    zinit_client_with_options(options, &client, &error);
    check(error);
    if (strcmp(argv[3], "cancel") == 0)
        measure_cancel(times);
    else
        measure_change(strcmp(argv[4], "start") == 0, argv[5], times);
    zinit_client_free(client);
    zinit_options_free(options);
    return 0;
}
