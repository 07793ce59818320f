/* Runs a subcommand. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "command_line.h"
#include "document.h"

/* Prints no output any more, only errors. */
static enum exit_status silence_output(void)
{
    if (freopen("/dev/null", "w", stdout) != NULL)
        return STATUS_DONE;
    fprintf(stderr, "zinitctl: /dev/null: %s\n", strerror(errno));
    return STATUS_FAILED;
}

static enum exit_status run_subcommand(const struct command_line *line, const struct subcommand *subcommand)
{
    struct call call = line->call;
    zinit_client *client = NULL;
    zinit_error *error = NULL;
    enum exit_status status = check_usage(line, subcommand);

    if (status == STATUS_DONE && call.quiet)
        status = silence_output();
    if (status == STATUS_DONE)
        status = finish(zinit_client_with_options(line->options, &client, &error), &error);
    call.client = client;
    call.subcommand = subcommand;
    if (status == STATUS_DONE) {
        begin_document(&call);
        status = subcommand->run(&call);
        end_document(status);
    }
    zinit_client_free(client);
    return status;
}

static enum exit_status run(const struct command_line *line)
{
    const struct subcommand *subcommand = NULL;

    if (line->subcommand != NULL) {
        subcommand = find_subcommand(line->subcommand);
        if (subcommand == NULL)
            return unknown_subcommand(line->subcommand);
    }
    if (line->version) {
        printf("zinitctl %s (libzinit_client %s)\n", ZINIT_VERSION_STRING, zinit_version());
        return STATUS_DONE;
    }
    if (line->help && subcommand == NULL) {
        print_help();
        return STATUS_DONE;
    }
    if (subcommand == NULL)
        return usage_error("no subcommand given");
    if (line->help) {
        print_help_of_subcommand(subcommand);
        return STATUS_DONE;
    }
    return run_subcommand(line, subcommand);
}

/* If the caller has closed one of the first three descriptors, a socket would get its number and receive our
 * output. */
static void fill_standard_descriptors(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        /* Open it for the wrong direction: using it is then an error, as for a closed descriptor. */
        if (fcntl(descriptor, F_GETFD) == -1)
            (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

/* If output could not be written, for example because the disk is full, this is a failure. */
static enum exit_status close_output(enum exit_status status)
{
    int broken = ferror(stdout);

    errno = 0;
    if (fclose(stdout) == 0 && !broken)
        return status;
    fprintf(stderr, "zinitctl: cannot write to standard output%s%s\n", errno == 0 ? "" : ": ",
            errno == 0 ? "" : strerror(errno));
    return status == STATUS_DONE ? STATUS_FAILED : status;
}

int main(int argc, char **argv)
{
    struct command_line line = {.call = {.timeout_ms = NOT_GIVEN, .stop_timeout_ms = NOT_GIVEN, .lines = -1}};
    enum exit_status status;

    fill_standard_descriptors();
    line.options = zinit_options_new();
    line.call.filter = zinit_filter_new();
    status = read_command_line(&line, argc, argv);
    if (status == STATUS_DONE)
        status = run(&line);
    zinit_filter_free(line.call.filter);
    zinit_options_free(line.options);
    status = close_output(status);
    if (status > STATUS_SIGNALLED) {
        /* This tells a shell that a signal ended the program, so that it does not go on with a script. */
        signal((int)status - STATUS_SIGNALLED, SIG_DFL);
        raise((int)status - STATUS_SIGNALLED);
    }
    return (int)status;
}
