/* Runs `zinitctl list` and a bare program as whole processes, in turn.
 *
 *     processes floor SOCKET                       what zinitctl list asks, by the bare system calls
 *     processes both SOCKET ZINITCTL COUNT ROUNDS  COUNT runs of each a round; prints
 *         cpu-ratio zinitctl-cpu floor-cpu         medians, in milliseconds a run
 */
#include "floor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Looks when the process of a status was started, if it has one. */
static void look_at_process(const char *status)
{
    const char *pid = strstr(status, "\"pid\":");
    long number = pid == NULL ? 0 : atol(pid + strlen("\"pid\":"));
    char path[64];
    char text[1024];
    int descriptor;

    if (number == 0)
        return;
    snprintf(path, sizeof path, "/proc/%ld/stat", number);
    descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0 && read(descriptor, text, sizeof text) < 0)
        fail(path);
    if (descriptor >= 0)
        close(descriptor);
}

/* A list, the status of each service in it, and a line for each. The names are those of the bench: no quotes in them. */
static void floor_list(const char *socket_path)
{
    static char list[REPLY_MAX];
    static char status[REPLY_MAX];
    char line[300];

    floor_exchange(socket_path, "list\n", list);
    /* {"state":"ok","body":{"web":"Running","db":"Spawned"}} */
    for (char *at = strstr(list, "\"body\":{"); at != NULL && (at = strpbrk(at, "{,")) != NULL && at[1] == '"';) {
        char *name = at + 2;
        size_t length = strcspn(name, "\"");
        at = name + length;
        snprintf(line, sizeof line, "status %.*s\n", (int)length, name);
        floor_exchange(socket_path, line, status);
        look_at_process(status);
        printf("%.*s\n", (int)length, name);
    }
}

static double cpu_of_run(char *const *arguments)
{
    struct rusage usage;
    int status;
    pid_t child = fork();

    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        if (nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0)
            execv(arguments[0], arguments);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0)
        fail(arguments[0]);
    return cpu_ms_of(&usage);
}

int main(int argc, char **argv)
{
    enum { MOST = 100 };
    double ratio[MOST], zinitctl_cpu[MOST], floor_cpu[MOST];
    int count, rounds;

    if (argc == 3 && strcmp(argv[1], "floor") == 0) {
        floor_list(argv[2]);
        return 0;
    }
    if (argc != 6 || strcmp(argv[1], "both") != 0 || (rounds = atoi(argv[5])) > MOST) {
        fprintf(stderr, "usage: processes floor SOCKET\n       processes both SOCKET ZINITCTL COUNT ROUNDS\n");
        return 2;
    }
    count = atoi(argv[4]);
    for (int round = 0; round < rounds; round++) {
        char *const zinitctl[] = {argv[3], "--socket", argv[2], "list", NULL};
        char *const floor[] = {argv[0], "floor", argv[2], NULL};
        zinitctl_cpu[round] = floor_cpu[round] = 0;
        for (int i = 0; i < count; i++) {
            zinitctl_cpu[round] += cpu_of_run(zinitctl) / count;
            floor_cpu[round] += cpu_of_run(floor) / count;
        }
        ratio[round] = zinitctl_cpu[round] / floor_cpu[round];
    }
    printf("%.2f %.2f %.2f\n", median(ratio, (size_t)rounds), median(zinitctl_cpu, (size_t)rounds),
           median(floor_cpu, (size_t)rounds));
    return 0;
}
