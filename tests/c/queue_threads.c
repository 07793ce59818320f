/* One queue in many threads. The suite c-thread-sanitizer runs this under ThreadSanitizer. helgrind does not see Rust's
 * locks, and would call each use of a queue a race. */
#include <pthread.h>
#include <stdio.h>

#include "calls.h"
#include "replies.h"

#define BEGINNERS 16
#define TAKERS 48
#define REQUESTS_EACH 20

struct queue_pool {
    zinit_queue *queue;
    zinit_client *client;
    zinit_cancel *cancel;
    pthread_mutex_t lock;
    int returned[BEGINNERS * REQUESTS_EACH];
    int begun;
    int left;
};

static void *begin_in_queue(void *data)
{
    struct queue_pool *pool = data;
    zinit_error *error = NULL;
    int round;

    for (round = 0; round < REQUESTS_EACH; round++) {
        zinit_request *request = NULL;
        int *returned;

        NEED(pthread_mutex_lock(&pool->lock) == 0);
        returned = &pool->returned[pool->begun++];
        NEED(pthread_mutex_unlock(&pool->lock) == 0);
        CHECK_OK(zinit_client_begin_stop_wait(pool->client, "web", -1, &request, &error));
        zinit_request_set_data(request, returned);
        CHECK_OK(zinit_queue_add(pool->queue, request, &error));
    }
    return NULL;
}

static void *take_from_queue(void *data)
{
    struct queue_pool *pool = data;

    for (;;) {
        zinit_request *request = NULL;
        zinit_error *error = NULL;
        zinit_code code = zinit_queue_next(pool->queue, -1, pool->cancel, &request, &error);
        int *returned = zinit_request_data(request);

        if (code == ZINIT_ERR_CANCELLED) {
            zinit_error_free(error);
            return NULL;
        }
        CHECK_OK(code);
        CHECK_OK(zinit_request_dispatch(request, &error));
        zinit_request_free(request);
        NEED(pthread_mutex_lock(&pool->lock) == 0);
        ++*returned;
        if (--pool->left == 0)
            zinit_cancel_trigger(pool->cancel);
        NEED(pthread_mutex_unlock(&pool->lock) == 0);
    }
}

static void sixty_four_threads_on_one_queue(const void *data)
{
    static const char script[] = ON("stop web", DONE) ON_STATUS("web", 0, "Success", "Down");
    static struct queue_pool pool;
    struct daemon daemon = start_scripted(script);
    size_t descriptors = count_descriptors();
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    pthread_t threads[BEGINNERS + TAKERS];
    size_t i;

    (void)data;
    CHECK_OK(zinit_queue_new(&pool.queue, &error));
    pool.client = client_of_script(&daemon);
    pool.left = BEGINNERS * REQUESTS_EACH;
    CHECK_OK(zinit_cancel_new(&pool.cancel, &error));
    NEED(pthread_mutex_init(&pool.lock, NULL) == 0);
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_create(&threads[i], NULL, i % 4 == 0 ? begin_in_queue : take_from_queue, &pool) == 0);
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_join(threads[i], NULL) == 0);
    CHECK_INT(pool.left, 0);
    for (i = 0; i < LENGTH(pool.returned); i++)
        CHECK_INT(pool.returned[i], 1);
    CHECK_INT(zinit_queue_next(pool.queue, 0, NULL, &request, &error), ZINIT_PENDING);
    pthread_mutex_destroy(&pool.lock);
    zinit_cancel_free(pool.cancel);
    zinit_client_free(pool.client);
    zinit_queue_free(pool.queue);
    CHECK_INT(count_descriptors(), descriptors);
}

/* Some of the threads read and write files, while the others continue other requests. */

#define DEPLOYS 12

static void begin_deploys(struct queue_pool *pool)
{
    zinit_service *service = zinit_service_new();
    zinit_error *error = NULL;
    int i;

    CHECK_OK(zinit_service_set_exec(service, "sleep 2000", &error));
    for (i = 0; i < DEPLOYS; i++) {
        zinit_request *request = NULL;
        char name[20];

        snprintf(name, sizeof name, "s%d", i);
        CHECK_OK(zinit_client_begin_deploy(pool->client, name, service, -1, -1, &request, &error));
        zinit_request_set_data(request, &pool->returned[i]);
        CHECK_OK(zinit_queue_add(pool->queue, request, &error));
    }
    zinit_service_free(service);
}

static void deployed_by_several_threads(const void *data)
{
    static struct queue_pool pool;
    struct daemon daemon = start_zinit();
    zinit_error *error = NULL;
    pthread_t threads[4];
    size_t i;

    (void)data;
    CHECK_OK(zinit_queue_new(&pool.queue, &error));
    pool.client = client_of(&daemon);
    pool.left = DEPLOYS;
    CHECK_OK(zinit_cancel_new(&pool.cancel, &error));
    NEED(pthread_mutex_init(&pool.lock, NULL) == 0);
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_create(&threads[i], NULL, take_from_queue, &pool) == 0);
    begin_deploys(&pool);
    for (i = 0; i < LENGTH(threads); i++)
        NEED(pthread_join(threads[i], NULL) == 0);
    for (i = 0; i < DEPLOYS; i++)
        CHECK_INT(pool.returned[i], 1);
    CHECK_CONTAINS(read_file(in_case_directory("services/s11.yaml")), "sleep 2000");
    pthread_mutex_destroy(&pool.lock);
    zinit_cancel_free(pool.cancel);
    zinit_client_free(pool.client);
    zinit_queue_free(pool.queue);
}

static const struct test_case cases[] = {
    {"sixty_four_threads_on_one_queue", sixty_four_threads_on_one_queue, NULL},
    {"deployed_by_several_threads", deployed_by_several_threads, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
