/* Help, from the tables. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "command_line.h"

/* The width of a common terminal, and where the summaries begin. */
#define HELP_COLUMNS 80
#define SUMMARY_COLUMN 26

/* Prints words on lines that are not too wide. The first one begins at `column`, the others at `indent`. */
static void print_wrapped(const char *text, size_t column, size_t indent)
{
    int is_first = 1;

    for (text += strspn(text, " \n"); *text != '\0'; text += strspn(text, " \n")) {
        size_t length = strcspn(text, " \n");

        if (!is_first && column + 1 + length > HELP_COLUMNS) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (!is_first) {
            putchar(' ');
            column++;
        }
        fwrite(text, 1, length, stdout);
        column += length;
        text += length;
        is_first = 0;
    }
    putchar('\n');
}

static void print_help_row(const char *name, const char *value, const char *summary)
{
    int printed = printf("  %s%s%s", name, *value == '\0' ? "" : " ", value);
    int padding = printed < SUMMARY_COLUMN ? SUMMARY_COLUMN - printed : 2;

    printf("%*s", padding, "");
    print_wrapped(summary, (size_t)(printed < 0 ? 0 : printed + padding), SUMMARY_COLUMN);
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
         "2: wrong usage. 3: there is no such service. 4: the daemon cannot be reached,\n"
         "or does not answer.\n"
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
    print_wrapped(subcommand->summary, 0, 0);
    if (subcommand->details != NULL)
        print_wrapped(subcommand->details, 0, 0);
    if (*subcommand->aliases != '\0')
        printf("Other names: %s.\n", subcommand->aliases);
    for (size_t i = 0; i < option_count; i++) {
        if (is_option_of(&options[i], subcommand))
            print_help_of_option(&options[i]);
    }
}
