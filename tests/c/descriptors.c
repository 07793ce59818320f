/* Descriptors: none is left, none is given to a child, and nothing is written to those of the process. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "everything.h"
#include "replies.h"

static void no_descriptor_is_left(const void *data)
{
    static const char *const programs[] = {"echo zinit v0.2.14", "echo hello", "exec sleep 1000"};
    struct daemon failing[FAILURES];
    struct daemon daemon = start_zinit();
    const char *missing = in_case_directory("nosuch");
    size_t before;
    size_t i;
    int round;

    (void)data;
    start_failures(failing);
    before = count_descriptors();
    for (round = 0; round < 3; round++) {
        call_everything(&daemon);
        fail_in_every_way(failing);
        for (i = 0; i <= LENGTH(programs); i++) {
            struct client_options options = {0};
            zinit_daemon_version *version = NULL;
            zinit_client *client;

            options.zinit_binary = i < LENGTH(programs) ? write_program("zinit", programs[i]) : missing;
            options.socket_path = missing;
            options.io_timeout_ms = i == 2 ? 20 : 60000;
            client = make_client(options);
            CHECK_INT(zinit_client_version(client, &version, NULL), i == 0 ? ZINIT_OK : ZINIT_ERR_VERSION);
            CHECK_INT(zinit_client_start(client, "web", NULL), ZINIT_ERR_NOT_RUNNING);
            zinit_daemon_version_free(version);
            zinit_client_free(client);
        }
        CHECK_INT(count_descriptors(), before);
    }
}

/* How many lines ls(1) prints of the descriptors that it has as a child of this process. */
static int count_descriptors_of_a_child(void)
{
    const char *path = in_case_directory("descriptors");
    pid_t pid = fork();
    const char *line;
    int count = 0;
    int status;

    NEED(pid >= 0);
    if (pid == 0) {
        int nothing = open("/dev/null", O_RDONLY);
        int output = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

        if (dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
            _exit(1);
        close(nothing);
        close(output);
        execlp("ls", "ls", "-l", "/proc/self/fd", (char *)NULL);
        _exit(1);
    }
    NEED(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
    for (line = read_file(path); (line = strchr(line, '\n')) != NULL; line++)
        count++;
    return count;
}

static void descriptors_are_closed_on_exec(const void *data)
{
    struct daemon daemon = start_scripted("on *\n wait\n" SEND(STATUS_OF("web", 7, "Running", "Up")));
    struct client_options options = {0};
    zinit_client *client = client_of(&daemon);
    struct call call;
    char command[100];
    int before = count_descriptors_of_a_child();

    (void)data;
    begin_status(&call, client);
    next_command(&daemon, command, sizeof command);
    CHECK_INT(count_descriptors_of_a_child(), before);
    go_on(&daemon);
    end_call(&call);
    zinit_client_free(client);

    /* The child of version has begun when it opens the FIFO, and goes on when it can read from the other one. */
    NEED(mkfifo("begun", 0600) == 0 && mkfifo("go-on", 0600) == 0);
    options.zinit_binary = write_program("zinit", "echo > begun; read line < go-on; echo zinit v0.2.14");
    client = make_client(options);
    begin_version(&call, client);
    read_file("begun");
    CHECK_INT(count_descriptors_of_a_child(), before);
    write_file("go-on", "\n");
    end_call(&call);
    zinit_client_free(client);
}

static void nothing_is_written(const void *data)
{
    struct daemon failing[FAILURES];
    struct daemon daemon = start_zinit();
    int output = open("output", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct client_options options = {0};
    zinit_client *client;
    struct stat written;

    (void)data;
    start_failures(failing);
    NEED(output >= 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2);
    call_everything(&daemon);
    fail_in_every_way(failing);
    /* What the binary writes is not passed on either. */
    options.zinit_binary = write_program("zinit", "echo hello; echo hello >&2");
    client = make_client(options);
    CHECK_INT(zinit_client_shutdown(client, NULL), ZINIT_ERR_VERSION);
    zinit_client_free(client);
    NEED(fstat(output, &written) == 0);
    CHECK_INT(written.st_size, 0);
}

/* Nothing is read from them or written to them, so they need not be there. */
static void the_standard_descriptors_may_be_closed(const void *data)
{
    struct daemon daemon = start_zinit();

    (void)data;
    NEED(close(0) == 0 && close(1) == 0 && close(2) == 0);
    call_everything(&daemon);
}

static const struct test_case cases[] = {
    {"no_descriptor_is_left", no_descriptor_is_left, NULL},
    {"descriptors_are_closed_on_exec", descriptors_are_closed_on_exec, NULL},
    {"nothing_is_written", nothing_is_written, NULL},
    {"the_standard_descriptors_may_be_closed", the_standard_descriptors_may_be_closed, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
