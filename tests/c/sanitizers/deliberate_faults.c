/* Makes one of the faults of src/ffi/tests/deliberate_faults.rs, which a sanitizer has to report: run.sh sees to that. It
 * is not in a suite, and has no runner. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int32_t zinit_fault_use_after_free(void);
uint8_t zinit_fault_heap_overflow(void);
int32_t zinit_fault_use_after_return(void);
void zinit_fault_leak(void);
void zinit_fault_data_race(void);

static void *race(void *barrier)
{
    int round;

    pthread_barrier_wait(barrier);
    for (round = 0; round < 100; round++)
        zinit_fault_data_race();
    return NULL;
}

static int race_in_two_threads(void)
{
    pthread_barrier_t barrier;
    pthread_t threads[2];
    int i;

    if (pthread_barrier_init(&barrier, NULL, 2) != 0)
        return 2;
    for (i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, race, &barrier) != 0)
            return 2;
    for (i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

int main(int argc, char **argv)
{
    const char *fault = argc == 2 ? argv[1] : "";

    if (strcmp(fault, "none") == 0)
        return 0;
    if (strcmp(fault, "use_after_free") == 0)
        return zinit_fault_use_after_free() == -1;
    if (strcmp(fault, "heap_overflow") == 0)
        return zinit_fault_heap_overflow() == 255;
    if (strcmp(fault, "use_after_return") == 0)
        return zinit_fault_use_after_return() == -1;
    if (strcmp(fault, "data_race") == 0)
        return race_in_two_threads();
    if (strcmp(fault, "leak") == 0) {
        zinit_fault_leak();
        return 0;
    }
    fprintf(stderr, "there is no fault '%s'\n", fault);
    return 2;
}
