/* Makes the same calls with the library, with the bare system calls, and with the crate zinit-client of crates.io.
 *
 *     calls SOCKET library|floor|crate status NAME COUNT     one side alone, to be counted from outside
 *     calls SOCKET library|floor|crate list - COUNT
 *     calls SOCKET both status|list NAME COUNT               library and floor in turn; prints
 *         wall-ratio cpu-ratio library-wall floor-wall library-cpu floor-cpu     in microseconds a call
 *     calls SOCKET beside OTHER-SOCKET NAME COUNT            status of both daemons in turn; prints the same
 *     calls SOCKET beside-crate status|list NAME COUNT PID   library and crate in turn; prints the same, and then of the
 *         daemon PID                                         ratio library crate
 *
 * CRATE is the path of the shared library that benches/crate/build prints.
 */
#include "check.h"
#include "floor.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *socket_path;
static const char *name;
static zinit_client *client;
static zinit_client *other_client;
static char line[300];
static const char *daemon_pid;
static long long (*status_by_crate)(const char *socket_path, const char *name);
static long long (*list_by_crate)(const char *socket_path);

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

static void crate_status(void)
{
    if (status_by_crate(socket_path, name) < 0)
        exit(1);
}

static void crate_list(void)
{
    if (list_by_crate(socket_path) < 0)
        exit(1);
}

/* Only where it is meant: it may not have been built. */
static void load_crate(void)
{
    const char *path = getenv("CRATE");
    void *loaded = path == NULL ? NULL : dlopen(path, RTLD_NOW);

    /* As dlopen(3) writes it, for ISO C knows no other way to a function. */
    if (loaded != NULL) {
        *(void **)&status_by_crate = dlsym(loaded, "crate_status");
        *(void **)&list_by_crate = dlsym(loaded, "crate_list");
    }
    if (status_by_crate == NULL || list_by_crate == NULL) {
        fprintf(stderr, "calls: CRATE: %s\n", path == NULL ? "not set" : dlerror());
        exit(1);
    }
}

typedef void call(void);

struct cost {
    double wall, cpu, daemon;
};

static struct cost cost_of(call *made, long count)
{
    struct cost cost = {wall_ms(), cpu_ms(), daemon_pid ? daemon_cpu_ms(daemon_pid) : 0};

    for (long i = 0; i < count; i++)
        made();
    cost.wall = wall_ms() - cost.wall;
    cost.cpu = cpu_ms() - cost.cpu;
    cost.daemon = daemon_pid ? daemon_cpu_ms(daemon_pid) - cost.daemon : 0;
    return cost;
}

/* The medians over the rounds; in each both make their calls, by turns the one and the other first. */
static void compare(call *library, call *peer, long count)
{
    enum { ROUNDS = 40 };
    double wall_ratio[ROUNDS], cpu_ratio[ROUNDS], library_wall[ROUNDS], library_cpu[ROUNDS], peer_wall[ROUNDS],
        peer_cpu[ROUNDS];
    double daemon_ratio[ROUNDS], library_daemon[ROUNDS], peer_daemon[ROUNDS];
    double scale = 1e3 / (double)count;

    cost_of(library, count);
    cost_of(peer, count);
    for (int round = 0; round < ROUNDS; round++) {
        struct cost of_library, of_peer;
        if (round % 2 == 0) {
            of_library = cost_of(library, count);
            of_peer = cost_of(peer, count);
        } else {
            of_peer = cost_of(peer, count);
            of_library = cost_of(library, count);
        }
        wall_ratio[round] = of_library.wall / of_peer.wall;
        cpu_ratio[round] = of_library.cpu / of_peer.cpu;
        library_wall[round] = of_library.wall * scale;
        library_cpu[round] = of_library.cpu * scale;
        peer_wall[round] = of_peer.wall * scale;
        peer_cpu[round] = of_peer.cpu * scale;
        daemon_ratio[round] = of_library.daemon / of_peer.daemon;
        library_daemon[round] = of_library.daemon * scale;
        peer_daemon[round] = of_peer.daemon * scale;
    }
    printf("%.2f %.2f %.1f %.1f %.1f %.1f", median(wall_ratio, ROUNDS), median(cpu_ratio, ROUNDS),
           median(library_wall, ROUNDS), median(peer_wall, ROUNDS), median(library_cpu, ROUNDS),
           median(peer_cpu, ROUNDS));
    if (daemon_pid)
        printf(" %.2f %.1f %.1f", median(daemon_ratio, ROUNDS), median(library_daemon, ROUNDS),
               median(peer_daemon, ROUNDS));
    putchar('\n');
}

int main(int argc, char **argv)
{
    zinit_error *error = NULL;
    call *library, *by_crate;
    long count;

    if (argc != (argc > 2 && strcmp(argv[2], "beside-crate") == 0 ? 7 : 6)) {
        fprintf(stderr, "usage: calls SOCKET library|floor|crate|both status|list NAME COUNT\n"
                        "       calls SOCKET beside OTHER-SOCKET NAME COUNT\n"
                        "       calls SOCKET beside-crate status|list NAME COUNT PID\n");
        return 2;
    }
    socket_path = argv[1];
    name = argv[4];
    count = atol(argv[5]);
    if (strcmp(argv[3], "status") == 0) {
        library = library_status;
        by_crate = crate_status;
        snprintf(line, sizeof line, "status %s\n", name);
    } else {
        library = library_list;
        by_crate = crate_list;
        strcpy(line, "list\n");
    }
    if (strstr(argv[2], "crate") != NULL)
        load_crate();
    zinit_client_new(socket_path, &client, &error);
    check(error);
    if (strcmp(argv[2], "beside") == 0) {
        zinit_client_new(argv[3], &other_client, &error);
        check(error);
        compare(library_status, other_status, count);
        zinit_client_free(other_client);
    } else if (strcmp(argv[2], "beside-crate") == 0) {
        daemon_pid = argv[6];
        compare(library, by_crate, count);
    } else if (strcmp(argv[2], "both") == 0)
        compare(library, bare, count);
    else
        cost_of(strcmp(argv[2], "library") == 0 ? library : strcmp(argv[2], "crate") == 0 ? by_crate : bare, count);
    zinit_client_free(client);
    return 0;
}
