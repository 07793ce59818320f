/* Asks for the status of every service in one call, beside as many calls for one status in four threads.
 *
 *     statuses SOCKET ROUNDS
 *
 * Prints, of medians: wall-ratio, one call and the calls in threads in milliseconds, and the same of the CPU time.
 */
#include "check.h"
#include "floor.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS_MAX = 100, THREADS = 4 };

struct cost {
    double wall, cpu;
};

static struct cost now(void)
{
    return (struct cost){wall_ms(), cpu_ms()};
}

static struct cost since(struct cost begin)
{
    struct cost end = now();

    return (struct cost){end.wall - begin.wall, end.cpu - begin.cpu};
}

static zinit_client *client;
static zinit_service_list *services;

static struct cost in_one_call(void)
{
    zinit_status_list *list = NULL;
    zinit_error *error = NULL;
    struct cost begin = now();

    zinit_client_statuses(client, &list, &error);
    check(error);
    if (zinit_status_list_len(list) != zinit_service_list_len(services))
        fail("the number of statuses");
    zinit_status_list_free(list);
    return since(begin);
}

/* The statuses of each fourth service, from one of the first four on. */
static void *in_thread(void *first)
{
    for (size_t i = *(const size_t *)first; i < zinit_service_list_len(services); i += THREADS) {
        zinit_status *status = NULL;
        zinit_error *error = NULL;

        zinit_client_status(client, zinit_service_list_name(services, i), &status, &error);
        check(error);
        zinit_status_free(status);
    }
    return NULL;
}

static struct cost in_threads(void)
{
    pthread_t threads[THREADS];
    size_t firsts[THREADS];
    struct cost begin = now();

    for (size_t i = 0; i < THREADS; i++) {
        firsts[i] = i;
        if (pthread_create(&threads[i], NULL, in_thread, &firsts[i]) != 0)
            fail("pthread_create");
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return since(begin);
}

int main(int argc, char **argv)
{
    double wall_ratio[ROUNDS_MAX], cpu_ratio[ROUNDS_MAX], call_wall[ROUNDS_MAX], call_cpu[ROUNDS_MAX],
        threads_wall[ROUNDS_MAX], threads_cpu[ROUNDS_MAX];
    zinit_error *error = NULL;
    size_t rounds;

    if (argc != 3 || atoi(argv[2]) < 1 || atoi(argv[2]) > ROUNDS_MAX) {
        fprintf(stderr, "usage: statuses SOCKET ROUNDS\n");
        return 2;
    }
    rounds = (size_t)atoi(argv[2]);
    zinit_client_new(argv[1], &client, &error);
    check(error);
    zinit_client_list(client, &services, &error);
    check(error);
    in_one_call();
    in_threads();
    for (size_t i = 0; i < rounds; i++) {
        struct cost call, threads;
        if (i % 2 == 0) {
            call = in_one_call();
            threads = in_threads();
        } else {
            threads = in_threads();
            call = in_one_call();
        }
        wall_ratio[i] = call.wall / threads.wall;
        cpu_ratio[i] = call.cpu / threads.cpu;
        call_wall[i] = call.wall;
        call_cpu[i] = call.cpu;
        threads_wall[i] = threads.wall;
        threads_cpu[i] = threads.cpu;
    }
    printf("%.2f %.1f %.1f ", median(wall_ratio, rounds), median(call_wall, rounds), median(threads_wall, rounds));
    printf("%.2f %.1f %.1f\n", median(cpu_ratio, rounds), median(call_cpu, rounds), median(threads_cpu, rounds));
    zinit_service_list_free(services);
    zinit_client_free(client);
    return 0;
}
