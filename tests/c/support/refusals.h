/* Checks that a function refuses an argument, for the suites that pass wrong ones. */
#ifndef REFUSALS_H
#define REFUSALS_H

#include <stdint.h>

#include "calls.h"

#define NOT_UTF8 "a\xff\xfe"

/* A place that no function should ever look at. */
#define GARBAGE ((void *)(uintptr_t)64)

/* Calls a function, whose last argument is the error, twice: with one and without. It must refuse the argument, name
 * it, and say that nothing was sent. */
#define REFUSES(code, words, ...)                                                                                      \
    do {                                                                                                               \
        zinit_error *error = GARBAGE;                                                                                  \
        CHECK_FAILS(CALL(__VA_ARGS__, &error), (code));                                                                \
        CHECK_CONTAINS(zinit_error_message(error), words);                                                             \
        CHECK_INT(zinit_error_request_sent(error), 0);                                                                 \
        CHECK_INT(zinit_error_os_errno(error), 0);                                                                     \
        zinit_error_free(error);                                                                                       \
        CHECK_INT(CALL(__VA_ARGS__, NULL), (code));                                                                    \
    } while (0)
#define CALL(function, ...) function(__VA_ARGS__)
#define REFUSES_ARGUMENT(argument, ...) REFUSES(ZINIT_ERR_INVALID_ARGUMENT, "`" argument "`", __VA_ARGS__)
#define REFUSES_NAME(...) REFUSES(ZINIT_ERR_INVALID_NAME, "name", __VA_ARGS__)
/* As above, for a function that would give something: the variable must be NULL or 0 afterwards. */
#define REFUSES_AND_EMPTIES(argument, variable, garbage, ...)                                                          \
    do {                                                                                                               \
        (variable) = (garbage);                                                                                        \
        REFUSES_ARGUMENT(argument, __VA_ARGS__);                                                                       \
        CHECK((variable) == 0);                                                                                        \
    } while (0)

#endif
