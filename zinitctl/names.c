/* Which services are meant: names and patterns, held against what the daemon knows and what has a file. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "document.h"
#include "names.h"

#define DEFAULT_CONFIG_DIR "/etc/zinit"
#define SUFFIX ".yaml"

void add_name(struct names *names, const char *name)
{
    if (names->count == names->capacity) {
        names->capacity = names->capacity == 0 ? 16 : 2 * names->capacity;
        names->at = need_memory(realloc(names->at, names->capacity * sizeof *names->at));
    }
    names->at[names->count++] = need_memory(strdup(name));
}

void free_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->at[i]);
    free(names->at);
    *names = (struct names){0};
}

static int compare_names(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

void sort_names(struct names *names)
{
    size_t count = 0;

    if (names->count == 0)
        return;
    qsort(names->at, names->count, sizeof *names->at, compare_names);
    for (size_t i = 0; i < names->count; i++) {
        if (count > 0 && strcmp(names->at[count - 1], names->at[i]) == 0)
            free(names->at[i]);
        else
            names->at[count++] = names->at[i];
    }
    names->count = count;
}

int is_known(const struct names *known, const char *name)
{
    return known->count != 0 && bsearch(&name, known->at, known->count, sizeof *known->at, compare_names) != NULL;
}

int is_pattern(const char *word)
{
    return strpbrk(word, "*?[") != NULL;
}

int matches_any(const struct names *known, const char *pattern)
{
    for (size_t i = 0; i < known->count; i++) {
        if (fnmatch(pattern, known->at[i], 0) == 0)
            return 1;
    }
    return 0;
}

static const char *config_dir_of(const struct call *call)
{
    return call->config_dir == NULL ? DEFAULT_CONFIG_DIR : call->config_dir;
}

char *path_of_service(const struct call *call, const char *name)
{
    size_t size = strlen(config_dir_of(call)) + 1 + strlen(name) + sizeof SUFFIX;
    char *path = need_memory(malloc(size));

    snprintf(path, size, "%s/%s" SUFFIX, config_dir_of(call), name);
    return path;
}

int read_files(const struct call *call, struct names *known)
{
    DIR *directory = opendir(config_dir_of(call));
    const struct dirent *entry;
    zinit_filter *filter;

    if (directory == NULL)
        return 0;
    filter = zinit_filter_new();
    while ((entry = readdir(directory)) != NULL) {
        size_t length = strlen(entry->d_name);
        char name[sizeof entry->d_name];

        if (length <= strlen(SUFFIX) || strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) != 0)
            continue;
        memcpy(name, entry->d_name, length - strlen(SUFFIX));
        name[length - strlen(SUFFIX)] = '\0';
        /* The filter takes valid names only. A file of another name is not the file of a service. */
        if (zinit_filter_with_name(filter, name, NULL) == ZINIT_OK)
            add_name(known, name);
    }
    zinit_filter_free(filter);
    closedir(directory);
    return 1;
}

/* Prints that the config directory cannot be read. Without it, there is no service. */
static enum exit_status unreadable_directory(const struct call *call, int error_number)
{
    char *message;
    FILE *stream = begin_text(&message);

    fprintf(stream, "cannot read the directory %s: %s (--config-dir or ZINIT_CONFIG_DIR)", config_dir_of(call),
            strerror(error_number));
    fclose(stream);
    print_failure(error_number == ENOENT ? ZINIT_ERR_FILE_NOT_FOUND : ZINIT_ERR_FILE_IO, NULL, message);
    free(message);
    return error_number == ENOENT ? STATUS_UNKNOWN : STATUS_FAILED;
}

enum exit_status read_known(const struct call *call, struct names *known)
{
    zinit_service_list *list = NULL;
    zinit_error *error = NULL;
    zinit_code code = ZINIT_OK;

    if (call->subcommand->known & KNOWN_TO_DAEMON)
        code = zinit_client_list(call->client, &list, &error);
    for (size_t i = 0; i < zinit_service_list_len(list); i++)
        add_name(known, zinit_service_list_name(list, i));
    zinit_service_list_free(list);
    if (code != ZINIT_OK)
        return finish(code, &error);
    if (call->subcommand->known & KNOWN_BY_FILE && !read_files(call, known) &&
        (call->subcommand->known & KNOWN_TO_DAEMON) == 0)
        return unreadable_directory(call, errno);
    sort_names(known);
    return STATUS_DONE;
}

/* The name in "web.yaml" or "/etc/zinit/web.yaml", if there is such a service; otherwise the nearest name; or NULL. */
static const char *meant_by(const struct names *known, const char *word)
{
    const char *base = strrchr(word, '/') == NULL ? word : strrchr(word, '/') + 1;
    size_t length = strlen(base);
    struct nearest nearest = nearest_to(word);

    if (length > strlen(SUFFIX) && strcmp(base + length - strlen(SUFFIX), SUFFIX) == 0)
        length -= strlen(SUFFIX);
    for (size_t i = 0; i < known->count; i++) {
        if (strlen(known->at[i]) == length && strncmp(known->at[i], base, length) == 0)
            return known->at[i];
        consider(&nearest, known->at[i]);
    }
    return nearest.best;
}

static void write_suggestion(FILE *stream, const struct names *known, const char *word)
{
    const char *meant = meant_by(known, word);

    if (meant == NULL)
        return;
    fputs("; did you mean \"", stream);
    write_text(stream, meant);
    fputs("\"?", stream);
}

/* Whether there is a file for a service that the daemon does not know. */
static int has_file(const struct call *call, const char *name)
{
    struct names files = {0};
    int found = 0;

    if (read_files(call, &files)) {
        sort_names(&files);
        found = is_known(&files, name);
    }
    free_names(&files);
    return found;
}

/* Whether a word stands where kill could have had a signal. */
static int may_be_signal(const struct call *call, const char *word)
{
    return call->subcommand->run == run_kill && call->signal == NULL && call->argument_count > 1 &&
           call->arguments[call->argument_count - 1] == word;
}

/* Prints that a word names no service. */
static enum exit_status unknown_service(const struct call *call, const struct names *known, const char *word)
{
    unsigned places = call->subcommand->known;
    int pattern = is_pattern(word);
    char *message;
    FILE *stream = begin_text(&message);

    fputs(pattern                             ? "no service matches \""
          : (places & KNOWN_TO_DAEMON) == 0   ? "there is no service file for \""
                                              : "the daemon does not know \"",
          stream);
    write_text(stream, word);
    fputc('"', stream);
    if ((places & KNOWN_BY_FILE) != 0) {
        fputs(pattern || (places & KNOWN_TO_DAEMON) == 0 ? "" : ", and there is no file for it", stream);
        fputs(" in ", stream);
        write_text(stream, config_dir_of(call));
        fputs(" (--config-dir)", stream);
    }
    if (may_be_signal(call, word))
        fputs(", and it is not a signal", stream);
    if (!pattern && (places & KNOWN_BY_FILE) == 0 && has_file(call, word))
        fputs("; it has a file: monitor it first", stream);
    else if (!pattern)
        write_suggestion(stream, known, word);
    fclose(stream);
    print_failure(ZINIT_ERR_UNKNOWN_SERVICE, word, message);
    free(message);
    return STATUS_UNKNOWN;
}

/* The message of an error, and which service may be meant. The caller frees it. */
static char *suggest(const zinit_error *error, const struct names *known, const char *word)
{
    char *message;
    FILE *stream = begin_text(&message);

    fprintf(stream, "%s%s", zinit_error_message(error), advice_of(zinit_error_code(error)));
    write_suggestion(stream, known, word);
    fclose(stream);
    return message;
}

enum exit_status check_name(const struct names *known, const char *word)
{
    zinit_filter *filter = zinit_filter_new();
    zinit_error *error = NULL;
    zinit_code code = zinit_filter_with_name(filter, word, &error);

    if (code != ZINIT_OK) {
        char *message = suggest(error, known, word);

        print_failure(code, word, message);
        free(message);
    }
    zinit_error_free(error);
    zinit_filter_free(filter);
    return exit_status_of(code);
}

static void choose(struct services *services, const char *name)
{
    for (size_t i = 0; i < services->chosen.count; i++) {
        if (strcmp(services->chosen.at[i], name) == 0)
            return;
    }
    add_name(&services->chosen, name);
}

/* What is called so is meant, even if its name looks like a pattern. */
static enum exit_status choose_word(const struct call *call, struct services *services, const char *word)
{
    int found = 0;
    enum exit_status status;

    if (is_known(&services->known, word)) {
        choose(services, word);
        return STATUS_DONE;
    }
    if (is_pattern(word)) {
        services->by_pattern = 1;
        for (size_t i = 0; i < services->known.count; i++) {
            if (fnmatch(word, services->known.at[i], 0) == 0) {
                choose(services, services->known.at[i]);
                found = 1;
            }
        }
        return found || call->ignore_missing ? STATUS_DONE : unknown_service(call, &services->known, word);
    }
    status = check_name(&services->known, word);
    if (status != STATUS_DONE)
        return status;
    if (call->subcommand->known & KNOWN_OR_ASK) {
        choose(services, word);
        return STATUS_DONE;
    }
    return call->ignore_missing ? STATUS_DONE : unknown_service(call, &services->known, word);
}

enum exit_status choose_services(const struct call *call, char **arguments, size_t count, struct services *services)
{
    enum exit_status status;

    *services = (struct services){.by_pattern = count == 0};
    status = read_known(call, &services->known);
    if (status != STATUS_DONE)
        return status;
    for (size_t i = 0; count == 0 && i < services->known.count; i++)
        add_name(&services->chosen, services->known.at[i]);
    for (size_t i = 0; i < count; i++)
        status = worse_of(status, choose_word(call, services, arguments[i]));
    if (status != STATUS_DONE)
        free_names(&services->chosen);
    return status;
}

enum exit_status choose_all_services(const struct call *call, struct services *services)
{
    return choose_services(call, call->arguments, call->argument_count, services);
}

void free_services(struct services *services)
{
    free_names(&services->chosen);
    free_names(&services->known);
}

/* Whether a failure is one that nobody has asked about: the service was not named, or may be missing. */
static int is_ignored(const struct call *call, const struct services *services, zinit_code code)
{
    switch (code) {
    case ZINIT_ERR_UNKNOWN_SERVICE:
        /* Somebody else has made the daemon forget it since it was chosen. */
        return call->ignore_missing || services->by_pattern;
    case ZINIT_ERR_ALREADY_MONITORED:
        return services->by_pattern;
    default:
        return 0;
    }
}

/* Why an operation on a service failed. The caller frees it. */
static char *message_about(const struct services *services, const char *name, zinit_code code, const zinit_error *error)
{
    char *message;
    FILE *stream;

    /* The daemon was asked whether it finds a file, and it does not. */
    if (code == ZINIT_ERR_CONFIG_REFUSED && !is_known(&services->known, name))
        return suggest(error, &services->known, name);
    stream = begin_text(&message);
    fprintf(stream, "%s%s", zinit_error_message(error), advice_of(code));
    fclose(stream);
    return message;
}

enum exit_status finish_service(const struct call *call, const struct services *services, const char *name,
                                zinit_code code, zinit_error **error)
{
    if (is_ignored(call, services, code))
        code = ZINIT_OK;
    if (code != ZINIT_OK) {
        char *message = message_about(services, name, code, *error);

        print_failure(code, name, message);
        free(message);
    }
    zinit_error_free(*error);
    *error = NULL;
    return exit_status_of(code);
}

enum exit_status finish_operation(const struct call *call, const struct services *services, const char *name,
                                  zinit_code code, zinit_error **error)
{
    int ignored = is_ignored(call, services, code);
    char *message = code == ZINIT_OK || ignored ? NULL : message_about(services, name, code, *error);

    if (message != NULL)
        print_message(message);
    if (document_of(call) != NULL && !ignored)
        write_result(call, &(struct result){.name = name, .code = code, .message = message, .seconds = -1});
    zinit_error_free(*error);
    *error = NULL;
    free(message);
    if (code == ZINIT_ERR_CONFIG_REFUSED && !is_known(&services->known, name))
        return STATUS_UNKNOWN;
    return ignored ? STATUS_DONE : exit_status_of(code);
}

enum exit_status for_each_service(const struct call *call,
                                  enum exit_status (*act)(const struct call *call, const struct services *services,
                                                          const char *name))
{
    struct services services;
    enum exit_status status = choose_all_services(call, &services);

    for (size_t i = 0; i < services.chosen.count && status < STATUS_SIGNALLED; i++)
        status = worse_of(status, act(call, &services, services.chosen.at[i]));
    free_services(&services);
    return status;
}
