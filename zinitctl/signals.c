/* Makes Ctrl-C and other signals events that poll(2) can wait for. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
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

static enum exit_status open_pipe(void)
{
    /* An earlier wait has done it. */
    if (signal_pipe[1] != 0)
        return STATUS_DONE;
    /* The handler never waits. */
    if (pipe(signal_pipe) != 0 || fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK) != 0) {
        fprintf(stderr, "zinitctl: cannot make a pipe: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    return STATUS_DONE;
}

static void catch_signal(int number)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = note_signal;
    sigaction(number, &action, NULL);
}

/* A shell makes programs in the background ignore Ctrl-C: keep it so. */
static int is_ignored(const struct sigaction *action)
{
    return action->sa_handler == SIG_IGN;
}

enum exit_status catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    enum exit_status status = open_pipe();

    for (size_t i = 0; i < LENGTH_OF(numbers) && status == STATUS_DONE; i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) == 0 && !is_ignored(&action))
            catch_signal(numbers[i]);
    }
    return status;
}

static const int signals_of_wait[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP, SIGCONT, SIGWINCH};
static struct sigaction actions_before[LENGTH_OF(signals_of_wait)];

enum exit_status catch_signals_of_wait(void)
{
    enum exit_status status = open_pipe();

    for (size_t i = 0; i < LENGTH_OF(signals_of_wait) && status == STATUS_DONE; i++) {
        if (sigaction(signals_of_wait[i], NULL, &actions_before[i]) == 0 && !is_ignored(&actions_before[i]))
            catch_signal(signals_of_wait[i]);
    }
    return status;
}

int release_signals(void)
{
    struct pollfd polled = {.fd = signal_descriptor(), .events = POLLIN};
    int ending = 0;

    for (size_t i = 0; i < LENGTH_OF(signals_of_wait); i++)
        sigaction(signals_of_wait[i], &actions_before[i], NULL);
    while (poll(&polled, 1, 0) > 0) {
        int number = caught_signal(&polled);
        if (ends_program(number))
            ending = number;
    }
    return ending;
}

int ends_program(int number)
{
    return number != 0 && number != SIGTSTP && number != SIGCONT && number != SIGWINCH;
}

void stop_as_by_terminal(void)
{
    signal(SIGTSTP, SIG_DFL);
    raise(SIGTSTP);
    catch_signal(SIGTSTP);
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
