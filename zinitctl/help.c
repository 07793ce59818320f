/* Help, from the tables. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "command_line.h"

static void print_help_row(const char *name, const char *value, const char *summary)
{
    int printed = printf("  %s%s%s", name, *value == '\0' ? "" : " ", value);

    printf("%*s%s\n", printed < 26 ? 26 - printed : 2, "", summary);
}

static void print_help_of_option(const struct option *option)
{
    char names[32];

    if (option->letter == '\0')
        snprintf(names, sizeof names, "%s", option->name);
    else
        snprintf(names, sizeof names, "-%c, %s", option->letter, option->name);
    print_help_row(names, option->value == NULL ? "" : option->value, option->summary);
}

void print_help(void)
{
    puts("Usage: zinitctl [OPTION...] SUBCOMMAND [ARGUMENT...]\n"
         "Show the services of a zinit daemon, and control them.\n"
         "\n"
         "Subcommands:");
    for (size_t i = 0; i < subcommand_count; i++)
        print_help_row(subcommands[i].name, subcommands[i].arguments, subcommands[i].summary);
    puts("\n"
         "NAME may be a pattern, such as 'web-*'.\n"
         "\n"
         "Options, before or after the subcommand:");
    for (size_t i = 0; i < option_count; i++)
        print_help_of_option(&options[i]);
    puts("\n"
         "Environment, where the option is not given:");
    for (size_t i = 0; i < option_count; i++) {
        if (options[i].variable != NULL)
            print_help_row(options[i].variable, "", options[i].name);
    }
    puts("\n"
         "Exit status: 0: done. 1: the operation or a service failed, or the answer is no.\n"
         "2: wrong usage. 3: there is no such service. 4: the daemon cannot be reached, or does not answer.\n"
         "5: timeout. 128 + n: signal n. With several services: the highest of theirs.");
}

void print_usage(FILE *stream, const struct subcommand *subcommand)
{
    fprintf(stream, "Usage: zinitctl [OPTION...] %s%s%s\n", subcommand->name,
            *subcommand->arguments == '\0' ? "" : " ", subcommand->arguments);
}

void print_help_of_subcommand(const struct subcommand *subcommand)
{
    print_usage(stdout, subcommand);
    puts(subcommand->summary);
    if (subcommand->details != NULL)
        puts(subcommand->details);
    if (*subcommand->aliases != '\0')
        printf("Other names: %s.\n", subcommand->aliases);
    for (size_t i = 0; i < option_count; i++) {
        if (is_option_of(&options[i], subcommand))
            print_help_of_option(&options[i]);
    }
}
