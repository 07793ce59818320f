/* What a misspelled word may mean. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "names.h"

/* Longer words are not compared: the name of a service has at most so many bytes. */
#define LONGEST_WORD 255

static size_t smaller(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* How many characters must be inserted, removed, replaced, or swapped with their neighbour. */
static size_t distance_of(const char *one, const char *other)
{
    size_t rows[3][LONGEST_WORD + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *now = rows[2];
    size_t length = strlen(other);

    for (size_t i = 0; i <= length; i++)
        last[i] = i;
    for (size_t row = 1; one[row - 1] != '\0'; row++) {
        size_t *free_row = before;

        now[0] = row;
        for (size_t i = 1; i <= length; i++) {
            int differ = one[row - 1] != other[i - 1];
            now[i] = smaller(smaller(last[i] + 1, now[i - 1] + 1), last[i - 1] + (size_t)differ);
            if (differ && row > 1 && i > 1 && one[row - 1] == other[i - 2] && one[row - 2] == other[i - 1])
                now[i] = smaller(now[i], before[i - 2] + 1);
        }
        before = last;
        last = now;
        now = free_row;
    }
    return last[length];
}

struct nearest nearest_to(const char *word)
{
    size_t length = strlen(word);

    /* A short word is near to too many others. */
    return (struct nearest){.word = word, .distance = length < 2 ? 0 : length < 4 ? 2 : length < 8 ? 3 : 4};
}

void consider(struct nearest *nearest, const char *candidate)
{
    size_t distance;

    if (strlen(nearest->word) > LONGEST_WORD || strlen(candidate) > LONGEST_WORD)
        return;
    distance = distance_of(nearest->word, candidate);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->best = candidate;
    }
}
