/* For the programs that call the library. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zinit.h>

/* Ends the program with a message if a call has failed. */
static inline void check(const zinit_error *error)
{
    if (error == NULL)
        return;
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, zinit_error_message(error));
    exit(1);
}

#endif
