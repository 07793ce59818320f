/* No memory for a reply: an error of the call, and not a word on stderr. These limit the memory of the process, which
 * valgrind and an emulator need for themselves. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "calls.h"
#include "replies.h"
#include "streams.h"

/* What a process has of memory, in bytes. */
static rlim_t memory_in_use(void)
{
    return (rlim_t)strtoul(read_file("/proc/self/statm"), NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* So much more, or no limit. */
static void limit_memory(rlim_t more)
{
    struct rlimit limit;

    NEED(getrlimit(RLIMIT_AS, &limit) == 0);
    limit.rlim_cur = more == RLIM_INFINITY ? limit.rlim_max : memory_in_use() + more;
    NEED(setrlimit(RLIMIT_AS, &limit) == 0);
}

/* Is sent as `list` is asked for, and then the daemon waits. */
#define LARGE_REPLY "on list\n send {\"state\":\"ok\",\"body\":{\"\n repeat 6400000 0123456789\n stay\n"
#define LARGE_REPLY_BYTES 64000000
/* Far less than what may come before more of the reply cannot be read in parts. */
#define SCARCE_BYTES (1 << 20)

typedef zinit_code (*list_call)(const zinit_client *client, zinit_error **error);

static zinit_code blocking_list(const zinit_client *client, zinit_error **error)
{
    zinit_service_list *list = NULL;
    zinit_code code = zinit_client_list(client, &list, error);

    CHECK(list == NULL);
    return code;
}

static zinit_code requested_list(const zinit_client *client, zinit_error **error)
{
    zinit_request *request = NULL;

    CHECK_INT(zinit_client_begin_list(client, &request, error), ZINIT_OK);
    return finish(request, error);
}

static zinit_code watched_list(const zinit_client *client, zinit_error **error)
{
    zinit_watch *watch = open_watch(client, NULL, 0);
    const zinit_change *change = NULL;
    zinit_code code = zinit_watch_next(watch, -1, NULL, &change, error);

    CHECK(change == NULL);
    zinit_watch_free(watch);
    return code;
}

static void no_memory_for_a_reply(const void *data)
{
    static const list_call calls[] = {blocking_list, requested_list, watched_list};
    struct daemon daemon = start_scripted(LARGE_REPLY ON_STATUS("web", 7, "Running", "Up"));
    struct client_options options = {0};
    zinit_client *client;
    int output = open("output", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    size_t i;

    (void)data;
    if (is_under_valgrind()) {
        skip_check("the memory of the process cannot be limited");
        return;
    }
    NEED(output >= 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2);
    options.daemon = &daemon;
    options.max_reply_bytes = 2 * LARGE_REPLY_BYTES;
    client = make_client(options);
    for (i = 0; i < LENGTH(calls); i++) {
        zinit_status *status = NULL;
        zinit_error *error = NULL;

        limit_memory(SCARCE_BYTES);
        CHECK_FAILS(calls[i](client, &error), ZINIT_ERR_IO);
        CHECK_INT(zinit_error_os_errno(error), ENOMEM);
        CHECK_INT(zinit_error_request_sent(error), 1);
        CHECK_CONTAINS(zinit_error_message(error), "reply");
        zinit_error_free(error);
        /* The process and the client go on. */
        CHECK_OK(zinit_client_status(client, "web", &status, &error));
        zinit_status_free(status);
        limit_memory(RLIM_INFINITY);
    }
    zinit_client_free(client);
    CHECK_INT(lseek(output, 0, SEEK_END), 0);
}

static const struct test_case cases[] = {
    {"no_memory_for_a_reply", no_memory_for_a_reply, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
