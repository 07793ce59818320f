/* Calls the functions of the header as the fuzzer's bytes say: with NULL, odd texts and numbers, and objects in any order
 * in which a caller may use and free them. What the header promises of codes, errors and results is checked.
 *
 * The daemon is in here, too: the bytes say what it answers. Time goes by only where the library waits, and then at
 * once. No program is run, no real daemon is met, and files are written in a directory of the fuzzer's alone. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <zinit.h>

/* The bytes, of which each choice takes some. */

static const unsigned char *bytes;
static size_t bytes_len;

static unsigned byte(void)
{
    if (bytes_len == 0)
        return 0;
    bytes_len--;
    return *bytes++;
}

static uint64_t any_number(void)
{
    static const int64_t odd[] = {0, 1, -1, 2, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX};
    unsigned first = byte();
    if (first < 64)
        return (uint64_t)odd[first % 8];
    if (first < 192)
        return first - 128;
    return (uint64_t)(first & 63) << 8 * (byte() % 8) | byte();
}

static size_t any_index(void)
{
    unsigned first = byte();
    return first < 250 ? first % 4 : (size_t)any_number();
}

/* Whether a pointer for a result is passed. */
static int gives(void)
{
    return byte() % 16 != 15;
}

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    abort();
}

/* Texts, which are gone after the call. */

static void *texts[64];
static size_t texts_len;

static char *block_of(const void *content, size_t len, size_t more)
{
    char *copy = malloc(len + more + (len + more == 0));
    if (copy == NULL || texts_len == sizeof texts / sizeof *texts)
        fail("no memory for a text");
    if (len > 0)
        memcpy(copy, content, len);
    texts[texts_len++] = copy;
    return copy;
}

static void free_texts(void)
{
    while (texts_len > 0)
        free(texts[--texts_len]);
}

static const char *const words[] = {
    "web", "db", "api", "", "a/b", "..", "a\nb", "caf\303\251", "\377", "a'b c", "SIGTERM", "sigkill", "TERM", "*", "[", "w[a-f]b",
    "(", "(?i)REDIS", "redis-server --port 1", "sh -c 'a", "exec: redis\nafter: [db]\n", "exec: true\noneshot: true\n", "exec",
    "env", "Running", "Error(Exited(Pid(1), 3))", "127.0.0.1:8080", "KEY", "zinit v0.2.9",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

/* The next bytes. */
static char *raw(size_t len, size_t more)
{
    if (len > bytes_len)
        len = bytes_len;
    char *copy = block_of(bytes, len, more);
    if (more > 0)
        copy[len] = '\0';
    bytes += len;
    bytes_len -= len;
    return copy;
}

static char *any_text(void)
{
    unsigned first = byte();
    if (first >= 248)
        return NULL;
    if (first >= 64)
        return raw(first % 64, 1);
    const char *word = words[first % (sizeof words / sizeof *words)];
    char *copy = block_of(word, strlen(word), 1);
    copy[strlen(word)] = '\0';
    return copy;
}

/* A text that does not end with a NUL, and its length. */
static char *any_block(size_t *len)
{
    unsigned first = byte();
    if (first >= 248) {
        *len = (size_t)any_number();
        return NULL;
    }
    if (first >= 64) {
        *len = 2 * (first % 64) < bytes_len ? 2 * (first % 64) : bytes_len;
        return raw(*len, 0);
    }
    const char *word = words[first % (sizeof words / sizeof *words)];
    *len = strlen(word);
    return block_of(word, *len, 0);
}

static const char *const *any_names(size_t *len)
{
    unsigned first = byte();
    if (first >= 248) {
        *len = (size_t)any_number();
        return NULL;
    }
    *len = first % 5;
    /* Of exactly this size, so that a look behind the end is seen. */
    const char **names = (const char **)(void *)block_of(NULL, 0, *len * sizeof *names);
    for (size_t i = 0; i < *len; i++)
        names[i] = any_text();
    return names;
}

/* The places where the library may look for service files. */
static char config_directory[200];
static const char *any_directory(void)
{
    switch (byte() % 8) {
    case 0:
        return NULL;
    case 1:
        return "/proc/self/nothing";
    case 2:
        return "/dev/null";
    default:
        return config_directory;
    }
}

/* Waits without a limit end by a cancel. */
static zinit_cancel *cancel_of_call;
static int64_t any_milliseconds(zinit_cancel *cancel)
{
    static const int64_t some[] = {0, 1, 7, 50, 300, 2500, -2, INT64_MIN};
    unsigned first = byte() % 16;
    if (first < 8)
        return some[first];
    cancel_of_call = cancel;
    if (cancel == NULL || first < 12)
        return (int64_t)first * first;
    return first < 14 ? -1 : INT64_MAX;
}

static int here;

/* Results. */

static volatile int used;
static void use(int value)
{
    used = value;
}

static void look_text(const char *text)
{
    if (text != NULL)
        use(strlen(text) > 1);
}

/* What a result is before the call: no pointer that could be used. */
static void *garbage(void)
{
    return (void *)(uintptr_t)0xdead0001;
}

static char **unset_text(char **text)
{
    *text = NULL;
    return NULL;
}

static int32_t *unset_number(int32_t *result)
{
    *result = 0;
    return NULL;
}

static void take_text(zinit_code code, char *text)
{
    if (code != ZINIT_OK && text != NULL)
        fail("a text is given with a code that is not ZINIT_OK");
    look_text(text);
    zinit_string_free(text);
}

static void check_number(zinit_code code, int32_t result)
{
    if (result == 77 || (code != ZINIT_OK && result != 0))
        fail("a number is given with a code that is not ZINIT_OK, or is not set");
}

static void check_object(zinit_code code, int is_given)
{
    if (is_given != (code == ZINIT_OK))
        fail("an object is given with another code than ZINIT_OK, or none with ZINIT_OK");
}

static void check_error(zinit_code code, const zinit_error *error)
{
    if ((code < 0) != (error != NULL) || zinit_error_code(error) != (error == NULL ? ZINIT_OK : code))
        fail("the error does not fit the code");
    if (code == ZINIT_ERR_INTERNAL || strcmp(zinit_code_name(code), "ZINIT_UNKNOWN_CODE") == 0)
        fail("the library has a defect");
    if (error != NULL && (zinit_error_message(error)[0] == '\0' || strchr(zinit_error_message(error), '\n') != NULL))
        fail("a message is not one line");
}

/* Some objects of each type that the caller owns. */

#define SLOTS 3
#define POOL(type)                                                          \
    static type *pool_##type[SLOTS];                                        \
    static type **slot_##type(void)                                         \
    {                                                                       \
        unsigned first = byte();                                            \
        for (unsigned i = 0; first < 240 && i < SLOTS; i++) {               \
            type **slot = &pool_##type[(first + i) % SLOTS];                \
            if (*slot != NULL)                                              \
                return slot;                                                \
        }                                                                   \
        return NULL;                                                        \
    }                                                                       \
    static inline type *pick_##type(void)                                   \
    {                                                                       \
        type **slot = slot_##type();                                        \
        return slot == NULL ? NULL : *slot;                                 \
    }                                                                       \
    static type *take_##type(void)                                          \
    {                                                                       \
        type **slot = slot_##type(), *object = slot == NULL ? NULL : *slot; \
        if (slot != NULL)                                                   \
            *slot = NULL;                                                   \
        return object;                                                      \
    }                                                                       \
    static void keep_##type(type *object)                                   \
    {                                                                       \
        type **slot = &pool_##type[byte() % SLOTS];                         \
        if (object == NULL)                                                 \
            return;                                                         \
        type##_free(*slot);                                                 \
        *slot = object;                                                     \
    }                                                                       \
    static void free_pool_##type(void)                                      \
    {                                                                       \
        for (unsigned i = 0; i < SLOTS; i++) {                              \
            type##_free(pool_##type[i]);                                    \
            pool_##type[i] = NULL;                                          \
        }                                                                   \
    }

/* Options whose clients write to the fuzzer's directory. */
static zinit_options *new_options(void)
{
    zinit_options *options = zinit_options_new();
    zinit_options_set_config_dir(options, config_directory, NULL);
    return options;
}

struct function {
    unsigned number;
    void (*call)(void);
};

#include "calls.h"

/* The daemon. */

enum { SPEAKS_LINE, SPEAKS_JSON, SPEAKS_BOTH };
static unsigned daemon_speaks;

#define PEERS 64
static struct {
    int library, daemon;
} peers[PEERS];
static size_t peers_len;

static void forget_peer(int library)
{
    for (size_t i = 0; i < peers_len; i++)
        if (peers[i].library == library) {
            close(peers[i].daemon);
            peers[i] = peers[--peers_len];
            return;
        }
}

static void say(int socket, const char *text)
{
    /* A buffer that is full cuts the reply, as a daemon can. */
    if (send(socket, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        errno = 0;
}

int connect(int library, __CONST_SOCKADDR_ARG address, socklen_t len)
{
    static const int failures[] = {ENOENT, ECONNREFUSED, EAGAIN, EACCES};
    int ends[2];
    unsigned choice = bytes_len == 0 ? 1 : byte();
    (void)address;
    (void)len;
    forget_peer(library);
    if (choice < 8 || peers_len == PEERS) {
        errno = failures[choice % 4];
        return -1;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    if (dup3(ends[0], library, O_CLOEXEC) < 0)
        fail("dup3 failed");
    close(ends[0]);
    peers[peers_len].library = library;
    peers[peers_len++].daemon = ends[1];
    if (choice < 12) {
        say(ends[1], "Too many connections. Please try again later.");
        shutdown(ends[1], SHUT_WR);
    }
    return 0;
}

static const char *state(void)
{
    static const char *const states[] = {
        "Running", "Success", "Spawned", "Blocked", "Unknown", "Error(Exited(Pid(7), 3))", "Error(Signaled(Pid(7), SIGKILL, false))",
        "Failure(no such file)", "TestFailure", "Paused",
    };
    return states[byte() % (sizeof states / sizeof *states)];
}

static int asks(const char *request, const char *word)
{
    return strstr(request, word) != NULL;
}

/* The value that the request asks for. */
static void answer_value(char *value, size_t size, const char *request)
{
    unsigned choice = byte();
    if (asks(request, "list"))
        snprintf(value, size, "{\"web\":\"%s\",\"db\":\"%s\",\"api\":\"%s\"}", state(), state(), state());
    else if (asks(request, "status"))
        snprintf(value, size, "{\"name\":\"%s\",\"pid\":%u,\"state\":\"%s\",\"target\":\"%s\",\"after\":{\"db\":\"%s\"}}",
            asks(request, "db") ? "db" : "web", choice % 3, state(), choice & 4 ? "Up" : "Down", state());
    else if (asks(request, "stats"))
        snprintf(value, size,
            "{\"name\":\"web\",\"pid\":%u,\"memory_usage\":5,\"cpu_usage\":1.5,\"children\":[{\"pid\":8,\"memory_usage\":6,\"cpu_usage\":0}]}", choice);
    else if (asks(request, "currentLogs"))
        snprintf(value, size, "[\"[+] web: one\",\"[-] web: %s\"]", state());
    else if (asks(request, "service_get"))
        snprintf(value, size, "{\"exec\":\"redis-server\",\"oneshot\":%s,\"after\":[\"db\"]}", choice & 1 ? "true" : "false");
    else if (asks(request, "subscribeLogs"))
        snprintf(value, size, "%u", choice);
    else
        snprintf(value, size, "null");
}

static void answer(int socket, const char *request)
{
    static const int codes[] = {-32000, -32001, -32002, -32003, -32004, -32005, -32006, -32603, -32700, -32601};
    static const char *const refusals[] = {"service name \\\"web\\\" unknown", "service \\\"web\\\" already monitored",
        "service is up", "service is down", "system is shutting down", "failed to load service", "something else"};
    char value[700], reply[1000];
    int is_json = request[0] == '{';
    if (daemon_speaks == SPEAKS_LINE && is_json)
        say(socket, "{\"state\":\"error\",\"body\":\"unknown command\"}");
    else if (daemon_speaks == SPEAKS_JSON && !is_json)
        say(socket, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"Parse error\"}}");
    else if (byte() % 8 == 0) {
        snprintf(reply, sizeof reply,
            is_json ? "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":%d,\"message\":\"%s\"}}" : "{\"x\":%d,\"state\":\"error\",\"body\":\"%s\"}",
            codes[byte() % (sizeof codes / sizeof *codes)], refusals[byte() % (sizeof refusals / sizeof *refusals)]);
        say(socket, reply);
    } else if (!is_json && asks(request, "log")) {
        snprintf(reply, sizeof reply, "[+] web: one\n[-] web: %s\n[-] zinit: 3 lines dropped\n[+] db/test: x\n", state());
        say(socket, reply);
    } else {
        answer_value(value, sizeof value, request);
        snprintf(reply, sizeof reply, is_json ? "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}\n" : "{\"state\":\"ok\",\"body\":%s}", value);
        say(socket, reply);
        if (asks(request, "subscribeLogs"))
            say(socket, "{\"jsonrpc\":\"2.0\",\"method\":\"stream_subscribeLogs\",\"params\":{\"subscription\":1,\"result\":\"[+] web: new\"}}\n");
    }
}

/* What the library sends is answered before it looks for a reply. */
ssize_t send(int socket, const void *content, size_t len, int flags)
{
    for (size_t i = 0; i < peers_len; i++) {
        if (peers[i].library != socket)
            continue;
        int daemon = peers[i].daemon;
        unsigned choice = byte();
        char request[300];
        snprintf(request, sizeof request, "%.*s", (int)len, (const char *)content);
        if (choice < 192) {
            answer(daemon, request);
        } else if (choice < 224) {
            size_t raw_len = byte() < bytes_len ? byte() : bytes_len;
            raw_len = raw_len < bytes_len ? raw_len : bytes_len;
            if (syscall(SYS_sendto, daemon, bytes, raw_len, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) < 0)
                errno = 0;
            bytes += raw_len;
            bytes_len -= raw_len;
        } else if (choice >= 250) {
            errno = choice & 1 ? EPIPE : ECONNRESET;
            return -1;
        }
        if (choice % 4 != 0)
            shutdown(daemon, SHUT_WR);
        return (ssize_t)len;
    }
    return syscall(SYS_sendto, socket, content, len, flags, NULL, 0);
}

int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
    char *const *arguments, char *const *environment)
{
    (void)pid, (void)file, (void)actions, (void)attributes, (void)arguments, (void)environment;
    return ENOENT;
}

/* The clock. */

static int64_t ahead_ns;

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_MONOTONIC) {
        int64_t ns = now->tv_nsec + ahead_ns;
        now->tv_sec += (time_t)(ns / 1000000000);
        now->tv_nsec = (long)(ns % 1000000000);
    }
    return result;
}

int ppoll(struct pollfd *polled, nfds_t len, const struct timespec *timeout, const sigset_t *signals)
{
    int ready = poll(polled, len, 0);
    (void)signals;
    if (ready != 0)
        return ready;
    int64_t seconds = timeout == NULL ? INT64_MAX : timeout->tv_sec;
    /* In real time nobody would wait so long; the next look tells that it is cancelled. */
    if (seconds > 3600) {
        if (cancel_of_call == NULL)
            fail("the library waits for ever");
        zinit_cancel_trigger(cancel_of_call);
        return poll(polled, len, 0);
    }
    ahead_ns += seconds * 1000000000 + timeout->tv_nsec;
    return 0;
}

/* The calls. */

static const struct function *function(void)
{
    unsigned number = byte() << 8;
    number |= byte();
    size_t len = sizeof functions / sizeof *functions, low = 0, high = len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (functions[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return &functions[low % len];
}

/* So that not every run has to find out how a client is made. */
static void begin(void)
{
    unsigned first = byte();
    daemon_speaks = first % 3;
    pool_zinit_options[0] = new_options();
    if (first & 64) {
        zinit_queue_new(&pool_zinit_queue[0], NULL);
        zinit_options_set_queue(pool_zinit_options[0], pool_zinit_queue[0], NULL);
    }
    zinit_client_with_options(pool_zinit_options[0], &pool_zinit_client[0], NULL);
    zinit_cancel_new(&pool_zinit_cancel[0], NULL);
    pool_zinit_service[0] = zinit_service_new();
    zinit_service_set_exec(pool_zinit_service[0], "redis-server --port 1", NULL);
    zinit_service_set_oneshot(pool_zinit_service[0], first & 128, NULL);
    pool_zinit_filter[0] = zinit_filter_new();
    zinit_filter_with_glob(pool_zinit_filter[0], "w*", NULL);
}

static void make_directory(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(config_directory, sizeof config_directory, "%s/zinit-fuzz.XXXXXX", parent == NULL ? "/tmp" : parent);
    if (mkdtemp(config_directory) == NULL)
        fail("no directory for service files: set TMPDIR");
}

/* Two files that each run finds. */
static void write_file(const char *name, const char *content)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s.yaml", config_directory, name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(content, file) < 0 || fclose(file) != 0)
        fail("a service file cannot be written");
}

int drive(const unsigned char *content, size_t len)
{
    bytes = content;
    bytes_len = len;
    ahead_ns = 0;
    if (config_directory[0] == '\0')
        make_directory();
    write_file("web", "exec: redis-server\n");
    write_file("db", "exec: true\noneshot: true\n");
    int lowest = dup(0);
    close(lowest);
    begin();
    while (bytes_len > 0) {
        cancel_of_call = NULL;
        function()->call();
    }
    free_all();
    while (peers_len > 0)
        close(peers[--peers_len].daemon);
    int lowest_after = dup(0);
    close(lowest_after);
    if (lowest_after != lowest)
        fail("a descriptor is left open");
    return 1;
}
