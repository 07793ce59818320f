/* Makes the same calls with the library and with the bare system calls.
 *
 *     calls SOCKET library|floor status NAME COUNT     one side alone, to be counted from outside
 *     calls SOCKET library|floor list - COUNT
 *     calls SOCKET both status|list NAME COUNT         both in turn; prints
 *         wall-ratio cpu-ratio library-wall floor-wall library-cpu floor-cpu     in microseconds a call
 *     calls SOCKET beside OTHER-SOCKET NAME COUNT      status of both daemons in turn; prints the same
 */
#include "check.h"
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *socket_path;
static const char *name;
static zinit_client *client;
static zinit_client *other_client;
static char line[300];

static void status_of(const zinit_client *asked)
{
    zinit_status *status = NULL;
    zinit_error *error = NULL;

    zinit_client_status(asked, name, &status, &error);
    check(error);
    zinit_status_free(status);
}

static void library_status(void)
{
    status_of(client);
}

static void other_status(void)
{
    status_of(other_client);
}

static void library_list(void)
{
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;

    zinit_client_list(client, &list, &error);
    check(error);
    zinit_service_list_free(list);
}

static void bare(void)
{
    static char reply[REPLY_MAX];

    floor_exchange(socket_path, line, reply);
}

typedef void call(void);

struct cost {
    double wall, cpu;
};

static struct cost cost_of(call *made, long count)
{
    struct cost cost = {wall_ms(), cpu_ms()};

    for (long i = 0; i < count; i++)
        made();
    cost.wall = wall_ms() - cost.wall;
    cost.cpu = cpu_ms() - cost.cpu;
    return cost;
}

/* The medians over the rounds; in each both make their calls, by turns the one and the other first. */
static void compare(call *library, call *floor, long count)
{
    enum { ROUNDS = 40 };
    double wall_ratio[ROUNDS], cpu_ratio[ROUNDS], library_wall[ROUNDS], library_cpu[ROUNDS], floor_wall[ROUNDS],
        floor_cpu[ROUNDS];
    double scale = 1e3 / (double)count;

    cost_of(library, count);
    cost_of(floor, count);
    for (int round = 0; round < ROUNDS; round++) {
        struct cost of_library, of_floor;
        if (round % 2 == 0) {
            of_library = cost_of(library, count);
            of_floor = cost_of(floor, count);
        } else {
            of_floor = cost_of(floor, count);
            of_library = cost_of(library, count);
        }
        wall_ratio[round] = of_library.wall / of_floor.wall;
        cpu_ratio[round] = of_library.cpu / of_floor.cpu;
        library_wall[round] = of_library.wall * scale;
        library_cpu[round] = of_library.cpu * scale;
        floor_wall[round] = of_floor.wall * scale;
        floor_cpu[round] = of_floor.cpu * scale;
    }
    printf("%.2f %.2f %.1f %.1f %.1f %.1f\n", median(wall_ratio, ROUNDS), median(cpu_ratio, ROUNDS),
           median(library_wall, ROUNDS), median(floor_wall, ROUNDS), median(library_cpu, ROUNDS),
           median(floor_cpu, ROUNDS));
}

int main(int argc, char **argv)
{
    zinit_error *error = NULL;
    call *library;
    long count;

    if (argc != 6) {
        fprintf(stderr, "usage: calls SOCKET library|floor|both status|list NAME COUNT\n"
                        "       calls SOCKET beside OTHER-SOCKET NAME COUNT\n");
        return 2;
    }
    socket_path = argv[1];
    name = argv[4];
    count = atol(argv[5]);
    if (strcmp(argv[3], "status") == 0) {
        library = library_status;
        snprintf(line, sizeof line, "status %s\n", name);
    } else {
        library = library_list;
        strcpy(line, "list\n");
    }
    zinit_client_new(socket_path, &client, &error);
    check(error);
    if (strcmp(argv[2], "beside") == 0) {
        zinit_client_new(argv[3], &other_client, &error);
        check(error);
        compare(library_status, other_status, count);
        zinit_client_free(other_client);
    } else if (strcmp(argv[2], "both") == 0)
        compare(library, bare, count);
    else
        cost_of(strcmp(argv[2], "library") == 0 ? library : bare, count);
    zinit_client_free(client);
    return 0;
}
