/* The library, loaded by a program that was not linked with it: by hand, again and again, as other runtimes do. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "daemons.h"
#include "harness.h"
#include "replies.h"

/* Types only: no function of the header is called by name here. */
#include <zinit.h>

struct library {
    void *handle;
    int32_t (*abi_version)(void);
    const char *(*version)(void);
    zinit_code (*client_new)(const char *, zinit_client **, zinit_error **);
    void (*client_free)(zinit_client *);
    zinit_code (*start)(const zinit_client *, const char *, zinit_error **);
    const char *(*message)(const zinit_error *);
    void (*error_free)(zinit_error *);
};

static void find(void *handle, const char *name, void *function)
{
    void *found = dlsym(handle, name);

    if (found == NULL)
        fail_at(__FILE__, __LINE__, "there is no %s", name);
    /* POSIX has a pointer to a function fit into a void pointer; ISO C has no cast for it. */
    memcpy(function, &found, sizeof found);
}

static struct library load(void)
{
    struct library library;

    library.handle = dlopen("libzinit_client.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library.handle == NULL)
        fail_at(__FILE__, __LINE__, "%s", dlerror());
    find(library.handle, "zinit_abi_version", &library.abi_version);
    find(library.handle, "zinit_version", &library.version);
    find(library.handle, "zinit_client_new", &library.client_new);
    find(library.handle, "zinit_client_free", &library.client_free);
    find(library.handle, "zinit_client_start", &library.start);
    find(library.handle, "zinit_error_message", &library.message);
    find(library.handle, "zinit_error_free", &library.error_free);
    CHECK_INT(library.abi_version(), ZINIT_ABI_VERSION);
    CHECK_TEXT(library.version(), ZINIT_VERSION_STRING);
    return library;
}

static void use(const struct library *library, const char *socket_path)
{
    zinit_client *client = NULL;
    zinit_error *error = NULL;

    CHECK_INT(library->client_new(socket_path, &client, &error), ZINIT_OK);
    CHECK_INT(library->start(client, "web", &error), ZINIT_OK);
    CHECK_INT(library->start(client, "", &error), ZINIT_ERR_INVALID_NAME);
    CHECK_CONTAINS(library->message(error), "name");
    library->error_free(error);
    library->client_free(client);
}

static void loaded_used_and_closed_again_and_again(const void *data)
{
    struct daemon daemon = start_scripted(ON("*", DONE));
    size_t before = count_descriptors();
    int round;

    (void)data;
    for (round = 0; round < 30; round++) {
        struct library library = load();

        use(&library, daemon.socket_path);
        NEED(dlclose(library.handle) == 0);
        CHECK_INT(count_descriptors(), before);
    }
}

struct closing {
    struct library library;
    const char *socket_path;
    pthread_barrier_t used;
    pthread_barrier_t closed;
};

static void *use_and_outlive(void *data)
{
    struct closing *closing = data;

    use(&closing->library, closing->socket_path);
    pthread_barrier_wait(&closing->used);
    /* What the library keeps for a thread goes when the thread ends: after the library is closed. */
    pthread_barrier_wait(&closing->closed);
    return NULL;
}

static void closed_before_a_thread_that_used_it_ends(const void *data)
{
    struct daemon daemon = start_scripted(ON("*", DONE));
    int round;

    (void)data;
    for (round = 0; round < 10; round++) {
        struct closing closing;
        pthread_t thread;

        closing.library = load();
        closing.socket_path = daemon.socket_path;
        NEED(pthread_barrier_init(&closing.used, NULL, 2) == 0 && pthread_barrier_init(&closing.closed, NULL, 2) == 0);
        NEED(pthread_create(&thread, NULL, use_and_outlive, &closing) == 0);
        pthread_barrier_wait(&closing.used);
        NEED(dlclose(closing.library.handle) == 0);
        pthread_barrier_wait(&closing.closed);
        NEED(pthread_join(thread, NULL) == 0);
    }
}

static const struct test_case cases[] = {
    {"loaded_used_and_closed_again_and_again", loaded_used_and_closed_again_and_again, NULL},
    {"closed_before_a_thread_that_used_it_ends", closed_before_a_thread_that_used_it_ends, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
