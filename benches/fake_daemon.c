/* A daemon whose replies never change, so that counted instructions repeat exactly, and one that knows when a service
 * changed.
 *
 *     fake_daemon SOCKET SERVICES
 *
 * `list` names SERVICES services, all Running; `status NAME` is always the same, except for a service called after-N:
 * N milliseconds after `start` it is Running, N milliseconds after `stop` its process is gone. `changed` is the time of
 * that change, in milliseconds of the monotonic clock. There is one such service at a time. It ends with its parent.
 */
#include "floor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static char list[REPLY_MAX];
static char reply[REPLY_MAX];
static double changed;
static int is_target_up;

static void make_list(int services)
{
    char *end = list + sprintf(list, "{\"state\":\"ok\",\"body\":{");

    for (int i = 0; i < services; i++)
        end += sprintf(end, "%s\"service-%04d\":\"Running\"", i ? "," : "", i);
    strcpy(end, "}}");
}

static const char *status_of(const char *name)
{
    int is_over = wall_ms() >= changed;
    int is_new = strncmp(name, "after-", 6) != 0 || (is_target_up && is_over);
    const char *state = is_new ? "Running" : is_target_up ? "Blocked" : is_over ? "Success" : "Running";
    int has_process = strcmp(state, "Running") == 0;

    sprintf(reply, "{\"state\":\"ok\",\"body\":{\"after\":{},\"name\":\"%s\",\"pid\":%d,\"state\":\"%s\",\"target\":\"%s\"}}",
            name, has_process ? 4242 : 0, state, is_new || is_target_up ? "Up" : "Down");
    return reply;
}

/* after-N changes in N milliseconds. */
static const char *change(const char *name, int to_up)
{
    const char *milliseconds = strchr(name, '-');

    is_target_up = to_up;
    changed = wall_ms() + (milliseconds ? atof(milliseconds + 1) : 0);
    return "{\"state\":\"ok\",\"body\":null}";
}

static const char *answer(char *line)
{
    char *name = strchr(line, ' ');

    line[strcspn(line, "\n")] = '\0';
    name = name ? name + 1 : line;
    if (strcmp(line, "list") == 0)
        return list;
    if (strncmp(line, "status ", 7) == 0)
        return status_of(name);
    if (strncmp(line, "start ", 6) == 0)
        return change(name, 1);
    if (strncmp(line, "stop ", 5) == 0)
        return change(name, 0);
    if (strcmp(line, "changed") == 0)
        sprintf(reply, "{%f}", changed);
    else
        strcpy(reply, "{\"state\":\"error\",\"body\":\"unknown command\"}");
    return reply;
}

int main(int argc, char **argv)
{
    int listener;

    if (argc != 3) {
        fprintf(stderr, "usage: fake_daemon SOCKET SERVICES\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    make_list(atoi(argv[2]));
    listener = listen_at(argv[1]);
    for (;;) {
        char line[512] = "";
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            fail("accept");
        if (recv(connection, line, sizeof line - 1, 0) > 0) {
            const char *said = answer(line);
            send(connection, said, strlen(said), MSG_NOSIGNAL);
        }
        close(connection);
    }
}
