/* Looks for services by what they execute, beside one list and a look into each file by the bare system calls.
 *
 *     matches SOCKET CONFIG-DIR SERVICES PROGRAM ROUNDS
 *
 * The services are called service-0000 and so on; those that execute PROGRAM are looked for. Prints, of medians:
 * wall-ratio, library and floor in milliseconds, and the same of the CPU time.
 */
#include "check.h"
#include "floor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS_MAX = 100 };

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
static zinit_filter *filter;

static struct cost library(void)
{
    zinit_name_list *names = NULL;
    zinit_error *error = NULL;
    struct cost begin = now();

    zinit_client_matches(client, filter, &names, &error);
    check(error);
    zinit_name_list_free(names);
    return since(begin);
}

static struct cost bare(const char *socket_path, const char *directory, int services)
{
    static char reply[REPLY_MAX];
    struct cost begin = now();

    floor_exchange(socket_path, "list\n", reply);
    for (int i = 0; i < services; i++) {
        char path[300];
        char content[4096];
        int file;
        snprintf(path, sizeof path, "%s/service-%04d.yaml", directory, i);
        file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || read(file, content, sizeof content) <= 0)
            fail(path);
        close(file);
    }
    return since(begin);
}

int main(int argc, char **argv)
{
    double wall_ratio[ROUNDS_MAX], cpu_ratio[ROUNDS_MAX], library_wall[ROUNDS_MAX], library_cpu[ROUNDS_MAX],
        floor_wall[ROUNDS_MAX], floor_cpu[ROUNDS_MAX];
    zinit_options *options = zinit_options_new();
    zinit_error *error = NULL;
    int services, rounds;

    if (argc != 6 || atoi(argv[5]) < 1 || atoi(argv[5]) > ROUNDS_MAX) {
        fprintf(stderr, "usage: matches SOCKET CONFIG-DIR SERVICES PROGRAM ROUNDS\n");
        return 2;
    }
    services = atoi(argv[3]);
    rounds = atoi(argv[5]);
    zinit_options_set_socket_path(options, argv[1], &error);
    check(error);
    zinit_options_set_config_dir(options, argv[2], &error);
    check(error);
    zinit_client_with_options(options, &client, &error);
    check(error);
    filter = zinit_filter_new();
    zinit_filter_with_exec(filter, argv[4], &error);
    check(error);
    for (int i = 0; i < rounds; i++) {
        struct cost of_library, of_floor;
        if (i % 2 == 0) {
            of_library = library();
            of_floor = bare(argv[1], argv[2], services);
        } else {
            of_floor = bare(argv[1], argv[2], services);
            of_library = library();
        }
        wall_ratio[i] = of_library.wall / of_floor.wall;
        cpu_ratio[i] = of_library.cpu / of_floor.cpu;
        library_wall[i] = of_library.wall;
        library_cpu[i] = of_library.cpu;
        floor_wall[i] = of_floor.wall;
        floor_cpu[i] = of_floor.cpu;
    }
    printf("%.2f %.2f %.2f ", median(wall_ratio, (size_t)rounds), median(library_wall, (size_t)rounds),
           median(floor_wall, (size_t)rounds));
    printf("%.2f %.4f %.4f\n", median(cpu_ratio, (size_t)rounds), median(library_cpu, (size_t)rounds),
           median(floor_cpu, (size_t)rounds));
    zinit_filter_free(filter);
    zinit_client_free(client);
    zinit_options_free(options);
    return 0;
}
