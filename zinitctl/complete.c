/* What can stand at the end of a command line, for the completion of shells.
 *
 * `zinitctl complete -- WORD...` gets the words behind zinitctl, up to the cursor; the last one may be empty. It prints
 * what can stand there, one candidate a line, with a tab and a description behind it. A line without a candidate says
 * what the shell itself has to offer: "files" or "directories". Which candidates begin as the word does is up to the
 * shell, and so is their quoting. Nothing is said on stderr, and a daemon that does not answer soon is left alone. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "names.h"
#include "statuses.h"

/* Who presses Tab does not want to wait. */
#define IO_TIMEOUT_MS 500

/* A command line as far as it was written. */
struct partial {
    struct command_line line;
    const struct subcommand *subcommand; /* NULL: not given yet, or there is no such */
    const char *prefix;                  /* what stands in front of each candidate: "--name=", or "" */
    int prefix_length;
};

static int has_control(const char *text)
{
    size_t left = strlen(text);

    while (left > 0 && control_length(text, left) == 0) {
        text++;
        left--;
    }
    return left > 0;
}

static void print_candidate(const struct partial *partial, const char *candidate, const char *description)
{
    /* It would not be one line. */
    if (!has_control(candidate))
        printf("%.*s%s\t%s\n", partial->prefix_length, partial->prefix, candidate, description);
}

/* --- What the name of a value or an argument stands for --- */

static void print_files(const struct partial *partial, const char *description)
{
    (void)partial;
    printf("\t%s\n", description);
}

static void print_words(const struct partial *partial, const char *words)
{
    char word[32];

    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        print_candidate(partial, word, "");
        at += length;
    }
}

static void print_signals(const struct partial *partial, const char *unused)
{
    char number[16];

    (void)unused;
    for (int32_t i = 1; i <= HIGHEST_SIGNAL; i++) {
        const char *name = zinit_signal_name(i);
        snprintf(number, sizeof number, "%ld", (long)i);
        if (name != NULL)
            print_candidate(partial, name + strlen("SIG"), number);
    }
}

static void print_subcommands(const struct partial *partial, const char *unused)
{
    (void)unused;
    for (size_t i = 0; i < subcommand_count; i++)
        print_candidate(partial, subcommands[i].name, subcommands[i].summary);
}

/* Each service once, and none that stands on the line already. */
static void print_service(const struct partial *partial, const char *name, const char *description)
{
    const struct call *call = &partial->line.call;

    for (size_t i = 0; i < call->argument_count; i++) {
        if (strcmp(call->arguments[i], name) == 0)
            return;
    }
    /* It would be read as an option. */
    if (*name != '-' || partial->line.options_ended || partial->prefix_length > 0)
        print_candidate(partial, name, description);
}

static void print_services_of_daemon(const struct partial *partial, struct names *printed)
{
    zinit_service_list *list = NULL;
    zinit_client *client = NULL;

    if (zinit_options_set_io_timeout_ms(partial->line.options, IO_TIMEOUT_MS, NULL) == ZINIT_OK &&
        zinit_client_with_options(partial->line.options, &client, NULL) == ZINIT_OK)
        (void)zinit_client_list(client, &list, NULL);
    for (size_t i = 0; i < zinit_service_list_len(list); i++) {
        const char *name = zinit_service_list_name(list, i);
        struct state_words words = words_of(zinit_service_list_state(list, i), ZINIT_TARGET_UNKNOWN, 0, -1);
        print_service(partial, name, has_control(words.word) ? "" : words.word);
        add_name(printed, name);
    }
    zinit_service_list_free(list);
    zinit_client_free(client);
}

static void print_services(const struct partial *partial, const char *unused)
{
    const struct subcommand *subcommand = partial->subcommand;
    unsigned places = subcommand == NULL || subcommand->known == 0 ? KNOWN_TO_DAEMON : subcommand->known;
    struct names printed = {0};
    struct names files = {0};

    (void)unused;
    if (places & KNOWN_TO_DAEMON)
        print_services_of_daemon(partial, &printed);
    if (places & KNOWN_BY_FILE)
        (void)read_files(&partial->line.call, &files);
    sort_names(&printed);
    sort_names(&files);
    for (size_t i = 0; i < files.count; i++) {
        if (!is_known(&printed, files.at[i]))
            print_service(partial, files.at[i], "service file");
    }
    free_names(&printed);
    free_names(&files);
}

/* By the names that values and arguments have in the help. What is not here cannot be guessed. */
static const struct {
    const char *name;
    void (*print)(const struct partial *partial, const char *words);
    const char *words;
} placeholders[] = {
    {"ACTION", print_words, HTTP_WORDS},       {"DIR", print_files, "directories"},
    {"FILE", print_files, "files"},            {"NAME", print_services, NULL},
    {"ORDER", print_words, STOP_ORDER_WORDS},  {"PATH", print_files, "files"},
    {"PROTOCOL", print_words, PROTOCOL_WORDS}, {"SIGNAL", print_signals, NULL},
    {"STATE", print_words, UNTIL_WORDS},       {"SUBCOMMAND", print_subcommands, NULL},
    {"WHEN", print_words, COLOUR_WORDS},
};

/* `length` is that of the name, without brackets and dots. */
static void print_placeholder(const struct partial *partial, const char *name, size_t length)
{
    for (size_t i = 0; i < LENGTH_OF(placeholders); i++) {
        if (strlen(placeholders[i].name) == length && strncmp(placeholders[i].name, name, length) == 0)
            placeholders[i].print(partial, placeholders[i].words);
    }
}

/* --- Where the last word stands --- */

static void print_value(const struct partial *partial, const struct option *option, int by_letter)
{
    /* As in kill(1): -s HUP. */
    if (by_letter && partial->subcommand != NULL && partial->subcommand->run == run_kill)
        print_signals(partial, NULL);
    print_placeholder(partial, option->value, strlen(option->value));
}

static void print_options(const struct partial *partial)
{
    for (size_t i = 0; i < option_count; i++) {
        char letter[] = {'-', options[i].letter, '\0'};

        if (options[i].subcommands != NULL &&
            (partial->subcommand == NULL || !is_option_of(&options[i], partial->subcommand)))
            continue;
        print_candidate(partial, options[i].name, options[i].summary);
        if (options[i].letter != '\0')
            print_candidate(partial, letter, options[i].summary);
    }
}

/* The argument at an index, by the usage line. One that ends with "..." can come again, or else the next one. */
static void print_argument(const struct partial *partial, size_t index)
{
    const char *at = partial->subcommand->arguments;

    for (size_t i = 0; *at != '\0' && i <= index; i++) {
        const char *name = at + (*at == '[');
        size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        int repeats = strncmp(name + length, "...", 3) == 0;

        if (i == index || repeats)
            print_placeholder(partial, name, length);
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
}

static void print_candidates(struct partial *partial, const char *last, const char *before)
{
    const struct command_line *line = &partial->line;
    const char *equals = strchr(last, '=');

    if (line->incomplete != NULL) {
        print_value(partial, line->incomplete, before[1] != '-');
    } else if (*last == '-' && !line->options_ended) {
        const struct option *option = find_option(last);

        if (equals == NULL) {
            print_options(partial);
        } else if (option != NULL && option->value != NULL) {
            partial->prefix = last;
            partial->prefix_length = (int)(equals + 1 - last);
            print_value(partial, option, 0);
        }
    } else if (line->subcommand == NULL) {
        print_subcommands(partial, NULL);
    } else if (partial->subcommand != NULL && !line->call.all) {
        print_argument(partial, line->call.argument_count);
    }
}

enum exit_status run_complete(const struct call *call)
{
    struct partial partial = {.line = {.call = {.lines = -1}}, .prefix = ""};
    struct command_line *line = &partial.line;
    size_t count = call->argument_count;
    const char *last = count == 0 ? "" : call->arguments[count - 1];
    const char *before = count < 2 ? "" : call->arguments[count - 2];
    int last_index = count == 0 ? 1 : (int)count;
    char **words;

    /* What is wrong with an unfinished line is not worth a message. */
    if (freopen("/dev/null", "w", stderr) == NULL)
        return STATUS_FAILED;
    words = need_memory(calloc(count + 2, sizeof *words));
    words[0] = "zinitctl";
    for (int i = 1; i < last_index; i++)
        words[i] = call->arguments[i - 1];
    line->options = zinit_options_new();
    line->call.filter = zinit_filter_new();
    /* A value that is not valid ends the reading, and the rest of the line is not known. */
    if (read_words(line, last_index, words) == STATUS_DONE || line->incomplete != NULL) {
        (void)read_environment(line);
        partial.subcommand = line->subcommand == NULL ? NULL : find_subcommand(line->subcommand);
        print_candidates(&partial, last, before);
    }
    zinit_filter_free(line->call.filter);
    zinit_options_free(line->options);
    free(words);
    return STATUS_DONE;
}
