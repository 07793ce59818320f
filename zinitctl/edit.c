/* Edits the file of a service, and puts it in force. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command_line.h"
#include "names.h"

struct text {
    char *bytes; /* NULL: there is no text */
    size_t length;
};

struct edit {
    const struct call *call;
    const char *name;
    int is_from_daemon;  /* the daemon has the definition, and no file is known here */
    struct text before;  /* what was there */
    struct text after;   /* what the editor has left */
    char directory[256]; /* of the copy, and of what the editor puts beside it */
    char path[576];      /* of the copy */
    int keeps_copy;      /* it is the only place where the text of the user is */
};

static int is_equal(const struct text *one, const struct text *other)
{
    return one->length == other->length && memcmp(one->bytes, other->bytes, one->length) == 0;
}

/* Reads the definition as it is now. A file that zinit would refuse is read, too: it shall be corrected. */
static enum exit_status read_current(const struct edit *edit, struct text *text)
{
    const struct call *call = edit->call;
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    char *yaml = NULL;
    zinit_code code;

    if (!edit->is_from_daemon) {
        char *path = path_of_service(call, edit->name);

        text->bytes = read_input(path, &text->length);
        free(path);
        return text->bytes == NULL ? STATUS_FAILED : STATUS_DONE;
    }
    code = zinit_client_load_service(call->client, edit->name, &service, &error);
    if (code == ZINIT_OK)
        code = zinit_service_to_yaml(service, &yaml, &error);
    if (code == ZINIT_OK) {
        text->bytes = need_memory(strdup(yaml));
        text->length = strlen(yaml);
    }
    zinit_string_free(yaml);
    zinit_service_free(service);
    return finish(code, &error);
}

static enum exit_status fail_about(const char *path)
{
    fprintf(stderr, "zinitctl: cannot write %s: %s\n", path, strerror(errno));
    return STATUS_FAILED;
}

/* Writes the copy into a directory that nobody else can look into: the values of env can be secret. It is called as the
 * file, so that the editor sees that it is YAML. */
static enum exit_status write_copy(struct edit *edit)
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(edit->directory, sizeof edit->directory, "%s/zinitctl-XXXXXX",
                          parent == NULL || *parent == '\0' ? "/tmp" : parent);
    int descriptor;
    FILE *stream;
    int is_written;

    if (length < 0 || (size_t)length >= sizeof edit->directory) {
        edit->directory[0] = '\0';
        errno = ENAMETOOLONG;
        return fail_about(parent);
    }
    if (mkdtemp(edit->directory) == NULL) {
        enum exit_status status = fail_about(edit->directory);
        edit->directory[0] = '\0';
        return status;
    }
    snprintf(edit->path, sizeof edit->path, "%s/%s.yaml", edit->directory, edit->name);
    descriptor = open(edit->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    stream = descriptor == -1 ? NULL : fdopen(descriptor, "w");
    if (stream == NULL)
        return fail_about(edit->path);
    is_written = fwrite(edit->before.bytes, 1, edit->before.length, stream) == edit->before.length;
    return fclose(stream) == 0 && is_written ? STATUS_DONE : fail_about(edit->path);
}

/* Removes the copy, and what the editor has left beside it. */
static void remove_copy(const struct edit *edit)
{
    DIR *directory = edit->directory[0] == '\0' ? NULL : opendir(edit->directory);
    const struct dirent *entry;

    if (directory == NULL)
        return;
    while ((entry = readdir(directory)) != NULL)
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    (void)rmdir(edit->directory);
}

static const char *editor(void)
{
    const char *visual = getenv("VISUAL");
    const char *plain = getenv("EDITOR");

    if (visual != NULL && *visual != '\0')
        return visual;
    return plain != NULL && *plain != '\0' ? plain : "vi";
}

/* The variable may contain options, so a shell reads it. */
static void exec_editor(const char *path)
{
    char *text = NULL;
    size_t size;
    FILE *stream = need_memory(open_memstream(&text, &size));

    fprintf(stream, "%s \"$1\"", editor());
    fclose(stream);
    execl("/bin/sh", "sh", "-c", need_memory(text), "zinitctl", path, (char *)NULL);
    fprintf(stderr, "zinitctl: /bin/sh: %s\n", strerror(errno));
    _exit(127);
}

/* While the editor runs, Ctrl-C is for it. */
static enum exit_status run_editor(struct edit *edit)
{
    struct sigaction ignore;
    struct sigaction before[2];
    int status = -1;
    pid_t child;

    fflush(stdout);
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &before[0]);
    sigaction(SIGQUIT, &ignore, &before[1]);
    child = fork();
    if (child == 0) {
        sigaction(SIGINT, &before[0], NULL);
        sigaction(SIGQUIT, &before[1], NULL);
        exec_editor(edit->path);
    }
    while (child > 0 && waitpid(child, &status, 0) == -1 && errno == EINTR)
        continue;
    sigaction(SIGINT, &before[0], NULL);
    sigaction(SIGQUIT, &before[1], NULL);
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return STATUS_DONE;
    if (child == -1)
        fprintf(stderr, "zinitctl: cannot start the editor: %s\n", strerror(errno));
    else if (WIFSIGNALED(status))
        fprintf(stderr, "zinitctl: the editor '%s' was ended by signal %d\n", editor(), WTERMSIG(status));
    else
        fprintf(stderr, "zinitctl: the editor '%s' has failed with exit status %d (VISUAL or EDITOR)\n", editor(),
                WEXITSTATUS(status));
    return STATUS_FAILED;
}

/* How bad what was written is. */
enum verdict { GOOD, DOUBTFUL, REFUSED };

/* Prints what is wrong, as check does. */
static enum verdict check(const struct edit *edit)
{
    zinit_problem_list *problems = NULL;
    zinit_error *error = NULL;
    enum verdict verdict = GOOD;

    if (finish(zinit_check_yaml(edit->after.bytes, edit->after.length, &problems, &error), &error) != STATUS_DONE)
        verdict = REFUSED;
    for (size_t i = 0; i < zinit_problem_list_len(problems); i++) {
        print_problem(edit->path, problems, i);
        if (zinit_problem_severity(problems, i) == ZINIT_SEVERITY_ERROR)
            verdict = REFUSED;
        else if (verdict == GOOD)
            verdict = DOUBTFUL;
    }
    zinit_problem_list_free(problems);
    return verdict;
}

/* Asks what to do: 'e' edit again, 'u' use it, 'l' leave. */
static char ask(enum verdict verdict)
{
    char answer[64];

    for (;;) {
        fputs(verdict == REFUSED ? "zinit would refuse it: (e)dit again, or (l)eave? "
                                 : "This may not be meant: (e)dit again, (u)se it, or (l)eave? ",
              stdout);
        fflush(stdout);
        if (fgets(answer, sizeof answer, stdin) == NULL)
            return 'l';
        if (answer[0] == 'e' || answer[0] == 'l' || (answer[0] == 'u' && verdict != REFUSED))
            return answer[0];
    }
}

/* Starts the editor until what it leaves can be used, or is to be left alone. */
static enum exit_status edit_copy(struct edit *edit)
{
    int can_ask = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);

    for (;;) {
        enum exit_status status = run_editor(edit);
        enum verdict verdict;
        char answer = 'l';

        free(edit->after.bytes);
        edit->after.bytes = read_input(edit->path, &edit->after.length);
        if (edit->after.bytes == NULL || status != STATUS_DONE) {
            /* The editor may have removed it. */
            edit->keeps_copy = edit->after.bytes == NULL ? access(edit->path, F_OK) == 0
                                                         : !is_equal(&edit->before, &edit->after);
            return STATUS_FAILED;
        }
        if (is_equal(&edit->before, &edit->after))
            return STATUS_DONE;
        edit->keeps_copy = 1;
        verdict = check(edit);
        if (verdict == GOOD || (verdict == DOUBTFUL && !can_ask))
            return STATUS_DONE;
        if (can_ask)
            answer = ask(verdict);
        if (answer == 'u')
            return STATUS_DONE;
        if (answer == 'l') {
            if (!can_ask)
                fprintf(stderr, "zinitctl: zinit would refuse what was written\n");
            return STATUS_FAILED;
        }
    }
}

/* Writes the file, unless somebody else has changed it while it was edited. */
static enum exit_status write_file(struct edit *edit)
{
    struct text now = {0};
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    enum exit_status status = read_current(edit, &now);
    zinit_code code;

    if (status != STATUS_DONE)
        return status;
    if (!is_equal(&edit->before, &now)) {
        fputs("zinitctl: somebody else has changed the file of ", stderr);
        write_text(stderr, edit->name);
        fputs(" while it was edited; it stays as it is\n", stderr);
        free(now.bytes);
        return STATUS_FAILED;
    }
    free(now.bytes);
    code = zinit_service_from_yaml(edit->after.bytes, edit->after.length, &service, &error);
    if (code == ZINIT_OK)
        code = zinit_client_add_service(edit->call->client, edit->name, service, &error);
    zinit_service_free(service);
    edit->keeps_copy = code != ZINIT_OK;
    return finish(code, &error);
}

static enum exit_status put_in_force(const struct edit *edit)
{
    const struct call *call = edit->call;
    int64_t stop_timeout_ms = timeout_or(call->stop_timeout_ms, STOP_TIMEOUT_MS);
    int64_t timeout_ms = timeout_or(call->timeout_ms, START_TIMEOUT_MS);
    zinit_request *request = NULL;
    zinit_error *error = NULL;
    zinit_code code;

    if (call->no_reload) {
        print_field(edit->name, "written");
        return STATUS_DONE;
    }
    /* deploy would stop the service before it writes, and what somebody else writes meanwhile would be lost. */
    code = zinit_client_begin_reload(call->client, edit->name, stop_timeout_ms, timeout_ms, &request, &error);
    return finish_wait(call, code, request, &error, timeout_ms == 0 ? "told to start" : "up");
}

static enum exit_status edit_definition(struct edit *edit)
{
    enum exit_status status = read_current(edit, &edit->before);

    if (status == STATUS_DONE)
        status = write_copy(edit);
    if (status == STATUS_DONE)
        status = edit_copy(edit);
    if (status != STATUS_DONE)
        return status;
    if (is_equal(&edit->before, &edit->after)) {
        edit->keeps_copy = 0;
        print_field(edit->name, "unchanged");
        return STATUS_DONE;
    }
    status = write_file(edit);
    return status == STATUS_DONE ? put_in_force(edit) : status;
}

static enum exit_status edit_service(const struct call *call, const struct services *services, const char *name)
{
    struct edit edit = {.call = call, .name = name};
    int32_t protocol = ZINIT_PROTOCOL_LINE;
    zinit_error *error = NULL;
    zinit_code code = ZINIT_OK;
    enum exit_status status;

    (void)services;
    /* As zinit_client_load_service() does it. */
    if (call->config_dir == NULL)
        code = zinit_client_protocol(call->client, &protocol, &error);
    if (code != ZINIT_OK)
        return finish(code, &error);
    edit.is_from_daemon = call->config_dir == NULL && protocol != ZINIT_PROTOCOL_LINE;
    status = edit_definition(&edit);
    if (edit.keeps_copy) {
        fputs("zinitctl: nothing was changed; what was written is in ", stderr);
        write_text(stderr, edit.path);
        fputc('\n', stderr);
    } else {
        remove_copy(&edit);
    }
    free(edit.before.bytes);
    free(edit.after.bytes);
    return status;
}

/* A name that holds a pattern could mean several: each has its own editor, one after the other. */
enum exit_status run_edit(const struct call *call)
{
    return for_each_service(call, edit_service);
}
