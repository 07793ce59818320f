/* Makes Ctrl-C an event that poll(2) can wait for. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "zinitctl.h"

/* The handler writes the signal's number to a pipe. poll(2) waits for the pipe together with other
 * descriptors. */
static int signal_pipe[2];

static void note_signal(int number)
{
    int errno_before = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t written = write(signal_pipe[1], &byte, 1);

    (void)written;
    errno = errno_before;
}

enum exit_status catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM};

    /* An earlier wait has done it. */
    if (signal_pipe[1] != 0)
        return STATUS_DONE;
    if (pipe(signal_pipe) != 0) {
        fprintf(stderr, "zinitctl: cannot make a pipe: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    for (size_t i = 0; i < LENGTH_OF(numbers); i++) {
        struct sigaction action;
        /* A shell makes programs in the background ignore Ctrl-C: keep it so. */
        if (sigaction(numbers[i], NULL, &action) != 0 || action.sa_handler == SIG_IGN)
            continue;
        memset(&action, 0, sizeof action);
        action.sa_handler = note_signal;
        sigaction(numbers[i], &action, NULL);
    }
    return STATUS_DONE;
}

int signal_descriptor(void)
{
    return signal_pipe[0];
}

int caught_signal(const struct pollfd *polled)
{
    unsigned char byte = 0;

    if ((polled->revents & POLLIN) != 0 && read(signal_pipe[0], &byte, 1) != 1)
        return 0;
    return byte;
}

int wait_for(int descriptor)
{
    /* If nobody reads a pipe any more, poll reports an error for it, even if no event was asked for. */
    struct pollfd polled[3] = {{.fd = descriptor, .events = POLLIN},
                               {.fd = signal_descriptor(), .events = POLLIN},
                               {.fd = STDOUT_FILENO, .events = 0}};

    return poll(polled, LENGTH_OF(polled), -1) <= 0 || (polled[2].revents == 0 && caught_signal(&polled[1]) == 0);
}
