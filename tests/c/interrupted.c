/* Signals that cut a system call on a file short, which some file systems let happen (EINTR): it is made again. And the
 * order of the calls, which is what a loss of power meets. The functions below stand in for the C library's in the whole
 * program, the library included. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "calls.h"

enum { FCHMOD, FCHOWN, FSYNC, LGETXATTR, LLISTXATTR, READLINK, RENAME, STATX, UNLINK, FUNCTIONS };

static const char *const names[FUNCTIONS] = {"fchmod",   "fchown", "fsync", "lgetxattr", "llistxattr",
                                             "readlink", "rename", "statx", "unlink"};
static int calls[FUNCTIONS];
static int interrupts;
/* What was brought to the disk, and put in its place: `f` is a file, `d` a directory, `r` a rename. */
static char order[100];

static void note(char call)
{
    size_t length = strlen(order);

    if (length < sizeof order - 1)
        order[length] = call;
}

/* Cuts every other call of a function short. */
static int is_interrupted(int function)
{
    if (!interrupts || calls[function]++ % 2 != 0)
        return 0;
    errno = EINTR;
    return 1;
}

int fchmod(int file, mode_t mode)
{
    return is_interrupted(FCHMOD) ? -1 : (int)syscall(SYS_fchmod, file, mode);
}

int fchown(int file, uid_t user, gid_t group)
{
    return is_interrupted(FCHOWN) ? -1 : (int)syscall(SYS_fchown, file, user, group);
}

int fsync(int file)
{
    struct stat status;

    if (is_interrupted(FSYNC))
        return -1;
    note(fstat(file, &status) == 0 && S_ISDIR(status.st_mode) ? 'd' : 'f');
    return (int)syscall(SYS_fsync, file);
}

ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size)
{
    return is_interrupted(LGETXATTR) ? -1 : syscall(SYS_lgetxattr, path, name, value, size);
}

ssize_t llistxattr(const char *path, char *list, size_t size)
{
    return is_interrupted(LLISTXATTR) ? -1 : syscall(SYS_llistxattr, path, list, size);
}

ssize_t readlink(const char *path, char *target, size_t size)
{
    return is_interrupted(READLINK) ? -1 : readlinkat(AT_FDCWD, path, target, size);
}

int rename(const char *from, const char *to)
{
    if (is_interrupted(RENAME))
        return -1;
    note('r');
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int statx(int directory, const char *path, int flags, unsigned mask, struct statx *status)
{
    return is_interrupted(STATX) ? -1 : (int)syscall(SYS_statx, directory, path, flags, mask, status);
}

int unlink(const char *path)
{
    return is_interrupted(UNLINK) ? -1 : unlinkat(AT_FDCWD, path, 0);
}

static void service_files_of_interrupted_calls(const void *data)
{
    zinit_client *client = client_for_files();
    zinit_service *service = NULL;
    zinit_error *error = NULL;
    struct stat status;
    int i;

    (void)data;
    /* A link to a file that is there, and a link to one that is not. */
    write_file(in_case_directory("target"), "exec: before\n");
    NEED(symlink("target", in_case_directory("web.yaml")) == 0);
    NEED(symlink("nosuch", in_case_directory("lost.yaml")) == 0);
    interrupts = 1;
    CHECK_OK(zinit_client_load_service(client, "web", &service, &error));
    CHECK_TEXT(zinit_service_exec(service), "before");
    CHECK_OK(zinit_service_set_exec(service, "after", &error));
    CHECK_OK(zinit_client_add_service(client, "web", service, &error));
    CHECK_OK(zinit_client_add_service(client, "new", service, &error));
    zinit_service_free(service);
    CHECK_FAILS(zinit_client_load_service(client, "lost", &service, &error), ZINIT_ERR_FILE_IO);
    CHECK_CONTAINS(zinit_error_message(error), "symbolic link to nosuch");
    CHECK_INT(zinit_error_os_errno(error), ENOENT);
    zinit_error_free(error);
    CHECK_OK(zinit_client_remove_service(client, "web", &error));
    CHECK_OK(zinit_client_remove_service(client, "lost", &error));
    interrupts = 0;
    for (i = 0; i < FUNCTIONS; i++)
        if (calls[i] < 2)
            fail_at(__FILE__, __LINE__, "%s was called %d times, and not made again", names[i], calls[i]);
    CHECK_TEXT(read_file(in_case_directory("target")), "exec: after\n");
    CHECK_TEXT(read_file(in_case_directory("new.yaml")), "exec: after\n");
    CHECK(lstat(in_case_directory("web.yaml"), &status) != 0 && errno == ENOENT);
    CHECK(lstat(in_case_directory("lost.yaml"), &status) != 0 && errno == ENOENT);
    zinit_client_free(client);
}

/* Otherwise a machine that loses its power could come up with an empty file. */
static void the_content_is_on_the_disk_before_it_takes_the_place_of_the_old_one(const void *data)
{
    zinit_client *client = client_for_files();
    zinit_service *service = zinit_service_new();
    zinit_error *error = NULL;

    (void)data;
    CHECK_OK(zinit_service_set_exec(service, "one", &error));
    CHECK_OK(zinit_client_add_service(client, "web", service, &error));
    CHECK_TEXT(order, "frd");
    CHECK_OK(zinit_service_set_exec(service, "two", &error));
    CHECK_OK(zinit_client_add_service(client, "web", service, &error));
    CHECK_TEXT(order, "frdfrd");
    CHECK_TEXT(read_file(in_case_directory("web.yaml")), "exec: two\n");
    zinit_service_free(service);
    zinit_client_free(client);
}

static const struct test_case cases[] = {
    {"service_files_of_interrupted_calls", service_files_of_interrupted_calls, NULL},
    {"the_content_is_on_the_disk_before_it_takes_the_place_of_the_old_one",
     the_content_is_on_the_disk_before_it_takes_the_place_of_the_old_one, NULL},
};

int main(int argc, char **argv)
{
    return run_cases(cases, LENGTH(cases), argc, argv);
}
