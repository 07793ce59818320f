#define _GNU_SOURCE
#include "wrappers.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <zinit.h>

const struct wrapper_facts wrappers[WRAPPERS] = {
#define FACTS(identifier, ...) WITH_END(__VA_ARGS__, 0)
#define WITH_END(name, calls, ...) {name, calls, {__VA_ARGS__}},
    EACH_WRAPPER(FACTS)
};

const char *outcome_name(int outcome)
{
    outcome = abs(outcome);
    return outcome == SHORT ? "SHORT" : outcome == FROM_HERE_ON ? "FROM_HERE_ON" : strerrorname_np(outcome);
}

int outcome_of(const char *name)
{
    int outcome;

    for (outcome = 1; outcome <= FROM_HERE_ON; outcome++) {
        const char *known = outcome_name(outcome);
        if (known != NULL && strcmp(known, name) == 0)
            return outcome;
    }
    return 0;
}

/* Where the code of an object is. */
struct range {
    uintptr_t start, end;
};
static struct range library, c_library;
static struct counts *counts;
static struct fault fault;

static int contains(struct range range, const void *address)
{
    return (uintptr_t)address >= range.start && (uintptr_t)address < range.end;
}

static struct range range_of(const struct dl_phdr_info *object)
{
    struct range range = {UINTPTR_MAX, 0};
    size_t i;

    for (i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && start < range.start)
            range.start = start;
        if (part->p_type == PT_LOAD && start + part->p_memsz > range.end)
            range.end = start + part->p_memsz;
    }
    return range;
}

static int note_object(struct dl_phdr_info *object, size_t size, void *data)
{
    struct range range = range_of(object);

    (void)size, (void)data;
    if (contains(range, dlsym(RTLD_DEFAULT, "zinit_version")))
        library = range;
    if (contains(range, dlsym(RTLD_DEFAULT, "strlen")))
        c_library = range;
    return 0;
}

void begin_faults(struct counts *of_process, struct fault wanted)
{
    if (library.end == 0)
        dl_iterate_phdr(note_object, NULL);
    if (library.end == 0 || c_library.end == 0 || contains(library, (void *)c_library.start))
        abort();
    fault = wanted;
    counts = of_process;
}

void end_faults(void)
{
    counts = NULL;
}

/* What this call comes to: 0, or an outcome. */
static int outcome(enum wrapper wrapper, const void *caller)
{
    unsigned number;

    if (counts == NULL || !contains(library, caller))
        return 0;
    number = ++counts->calls[wrapper];
    if (wrapper != fault.wrapper || number != fault.number)
        return 0;
    counts->injected++;
    return abs(fault.outcome);
}

/* Memory. What the C library takes on behalf of the library counts, too. */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static int is_without_memory(const void *caller)
{
    unsigned number;

    if (counts == NULL || !(contains(library, caller) || contains(c_library, caller)))
        return 0;
    number = ++counts->calls[ALLOCATION];
    if (fault.wrapper != ALLOCATION || fault.number == 0 || number < fault.number ||
        (number > fault.number && fault.outcome != FROM_HERE_ON))
        return 0;
    counts->injected++;
    errno = ENOMEM;
    return 1;
}
#define IS_WITHOUT_MEMORY is_without_memory(__builtin_return_address(0))

void *malloc(size_t size)
{
    return IS_WITHOUT_MEMORY ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return IS_WITHOUT_MEMORY ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return IS_WITHOUT_MEMORY ? NULL : __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    return IS_WITHOUT_MEMORY ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return IS_WITHOUT_MEMORY ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    *memory = IS_WITHOUT_MEMORY ? NULL : __libc_memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}

/* The others */

/* Declares `next`, the C library's function of that name, which is looked for before the first fault. */
#define FIND_NEXT(result, name, parameters)                                                                            \
    static result(*next_##name) parameters;                                                                            \
    __attribute__((constructor)) static void find_##name(void)                                                         \
    {                                                                                                                  \
        *(void **)&next_##name = dlsym(RTLD_NEXT, #name);                                                              \
    }                                                                                                                  \
    static result(*found_##name(void)) parameters                                                                      \
    {                                                                                                                  \
        if (next_##name == NULL)                                                                                       \
            find_##name();                                                                                             \
        return next_##name;                                                                                            \
    }

/* One that returns `failed` and sets errno. */
#define STAND_IN(wrapper, result, failed, name, parameters, arguments)                                                 \
    FIND_NEXT(result, name, parameters)                                                                                \
    result name parameters                                                                                             \
    {                                                                                                                  \
        int error = outcome(wrapper, __builtin_return_address(0));                                                     \
        if (error == 0)                                                                                                \
            return found_##name() arguments;                                                                           \
        errno = error;                                                                                                 \
        return failed;                                                                                                 \
    }

/* One that returns the error number. */
#define STAND_IN_POSIX(wrapper, name, parameters, arguments)                                                           \
    FIND_NEXT(int, name, parameters)                                                                                   \
    int name parameters                                                                                                \
    {                                                                                                                  \
        int error = outcome(wrapper, __builtin_return_address(0));                                                     \
        return error != 0 ? error : found_##name() arguments;                                                          \
    }

/* What is behind a descriptor, where that matters. */
enum kind { OTHER, EVENT, PIPE };
static unsigned char kinds[1024];

static void note_kind(int descriptor, enum kind kind)
{
    if (descriptor >= 0 && descriptor < (int)sizeof kinds)
        kinds[descriptor] = kind;
}

static enum kind kind_of(int descriptor)
{
    return descriptor >= 0 && descriptor < (int)sizeof kinds ? kinds[descriptor] : OTHER;
}

STAND_IN(SOCKET, int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol))
STAND_IN(CONNECT, int, -1, connect, (int socket, __CONST_SOCKADDR_ARG address, socklen_t length),
         (socket, address, length))
STAND_IN(PPOLL, int, -1, ppoll,
         (struct pollfd * polled, nfds_t count, const struct timespec *timeout, const sigset_t *signals),
         (polled, count, timeout, signals))
STAND_IN(EPOLL_CREATE1, int, -1, epoll_create1, (int flags), (flags))
STAND_IN(EPOLL_WAIT, int, -1, epoll_wait, (int epoll, struct epoll_event *events, int most, int timeout),
         (epoll, events, most, timeout))
STAND_IN(TIMERFD_CREATE, int, -1, timerfd_create, (clockid_t clock, int flags), (clock, flags))
STAND_IN(OPENDIR, DIR *, NULL, opendir, (const char *path), (path))
STAND_IN(READDIR64, struct dirent64 *, NULL, readdir64, (DIR * directory), (directory))
STAND_IN(FSYNC, int, -1, fsync, (int file), (file))
STAND_IN(STATX, int, -1, statx, (int directory, const char *path, int flags, unsigned mask, struct statx *status),
         (directory, path, flags, mask, status))
STAND_IN(FSTAT64, int, -1, fstat64, (int file, struct stat64 *status), (file, status))
STAND_IN(LSTAT64, int, -1, lstat64, (const char *path, struct stat64 *status), (path, status))
STAND_IN(STAT64, int, -1, stat64, (const char *path, struct stat64 *status), (path, status))
STAND_IN(READLINK, ssize_t, -1, readlink, (const char *path, char *target, size_t size), (path, target, size))
STAND_IN(RENAME, int, -1, rename, (const char *from, const char *to), (from, to))
STAND_IN(UNLINK, int, -1, unlink, (const char *path), (path))
STAND_IN(FLOCK, int, -1, flock, (int file, int operation), (file, operation))
STAND_IN(FCHMOD, int, -1, fchmod, (int file, mode_t mode), (file, mode))
STAND_IN(FCHOWN, int, -1, fchown, (int file, uid_t user, gid_t group), (file, user, group))
STAND_IN(size == 0 ? LLISTXATTR_LENGTH : LLISTXATTR, ssize_t, -1, llistxattr,
         (const char *path, char *list, size_t size), (path, list, size))
STAND_IN(size == 0 ? LGETXATTR_LENGTH : LGETXATTR, ssize_t, -1, lgetxattr,
         (const char *path, const char *name, void *value, size_t size), (path, name, value, size))
STAND_IN(FSETXATTR, int, -1, fsetxattr, (int file, const char *name, const void *value, size_t size, int flags),
         (file, name, value, size, flags))
STAND_IN(FREMOVEXATTR, int, -1, fremovexattr, (int file, const char *name), (file, name))
STAND_IN(GETRANDOM, ssize_t, -1, getrandom, (void *bytes, size_t size, unsigned flags), (bytes, size, flags))
STAND_IN_POSIX(SPAWN_INIT, posix_spawn_file_actions_init, (posix_spawn_file_actions_t * files), (files))
STAND_IN_POSIX(SPAWN_OPEN, posix_spawn_file_actions_addopen,
               (posix_spawn_file_actions_t * files, int file, const char *path, int flags, mode_t mode),
               (files, file, path, flags, mode))
STAND_IN_POSIX(SPAWN_DUP, posix_spawn_file_actions_adddup2, (posix_spawn_file_actions_t * files, int from, int to),
               (files, from, to))
STAND_IN_POSIX(SPAWN, posix_spawnp,
               (pid_t * pid, const char *program, const posix_spawn_file_actions_t *files,
                const posix_spawnattr_t *attributes, char *const *arguments, char *const *environment),
               (pid, program, files, attributes, arguments, environment))

/* One that moves bytes: fewer of them, or an error. */
#define STAND_IN_MOVER(wrapper, name, parameters, arguments)                                                           \
    FIND_NEXT(ssize_t, name, parameters)                                                                               \
    ssize_t name parameters                                                                                            \
    {                                                                                                                  \
        int error = outcome(wrapper, __builtin_return_address(0));                                                     \
        if (error == SHORT && size > 1)                                                                                \
            size = 1;                                                                                                  \
        if (error == 0 || error == SHORT)                                                                              \
            return found_##name() arguments;                                                                           \
        errno = error;                                                                                                 \
        return -1;                                                                                                     \
    }
#define BY_KIND(file, event, other) (kind_of(file) == EVENT ? (event) : (other))

STAND_IN_MOVER(SEND, send, (int socket, const void *bytes, size_t size, int flags), (socket, bytes, size, flags))
STAND_IN_MOVER(RECV, recv, (int socket, void *bytes, size_t size, int flags), (socket, bytes, size, flags))
STAND_IN_MOVER(BY_KIND(file, READ_EVENT, kind_of(file) == PIPE ? READ_PIPE : READ), read,
               (int file, void *bytes, size_t size), (file, bytes, size))
STAND_IN_MOVER(BY_KIND(file, WRITE_EVENT, WRITE), write, (int file, const void *bytes, size_t size),
               (file, bytes, size))

FIND_NEXT(int, epoll_ctl, (int, int, int, struct epoll_event *))
int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event)
{
    int error = outcome(operation == EPOLL_CTL_DEL ? EPOLL_CTL_OUT : EPOLL_CTL, __builtin_return_address(0));

    if (error == 0)
        return found_epoll_ctl()(epoll, operation, descriptor, event);
    errno = error;
    return -1;
}

FIND_NEXT(int, eventfd, (unsigned, int))
int eventfd(unsigned value, int flags)
{
    int error = outcome(EVENTFD, __builtin_return_address(0));
    int descriptor = error == 0 ? found_eventfd()(value, flags) : -1;

    if (error != 0)
        errno = error;
    note_kind(descriptor, EVENT);
    return descriptor;
}

FIND_NEXT(int, pipe2, (int *, int))
int pipe2(int ends[2], int flags)
{
    int error = outcome(PIPE2, __builtin_return_address(0));
    int result = error == 0 ? found_pipe2()(ends, flags) : -1;

    if (error != 0)
        errno = error;
    if (result == 0)
        note_kind(ends[0], PIPE);
    return result;
}

FIND_NEXT(int, open64, (const char *, int, ...))
int open64(const char *path, int flags, ...)
{
    int error = outcome(OPEN64, __builtin_return_address(0));
    va_list rest;
    mode_t mode;

    va_start(rest, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (error == 0)
        return found_open64()(path, flags, mode);
    errno = error;
    return -1;
}

/* The descriptor is closed in any case, as Linux does it. */
#define STAND_IN_CLOSER(wrapper, name, type)                                                                           \
    FIND_NEXT(int, name, (type))                                                                                       \
    int name(type closed)                                                                                              \
    {                                                                                                                  \
        int error = outcome(wrapper, __builtin_return_address(0));                                                     \
        int result;                                                                                                    \
        FORGET_KIND_##wrapper(closed);                                                                                 \
        result = found_##name()(closed);                                                                               \
        if (error == 0)                                                                                                \
            return result;                                                                                             \
        errno = error;                                                                                                 \
        return -1;                                                                                                     \
    }
#define FORGET_KIND_CLOSE(closed) note_kind(closed, OTHER)
#define FORGET_KIND_CLOSEDIR(closed) (void)0
STAND_IN_CLOSER(CLOSE, close, int)
STAND_IN_CLOSER(CLOSEDIR, closedir, DIR *)

FIND_NEXT(pid_t, waitpid, (pid_t, int *, int))
pid_t waitpid(pid_t pid, int *status, int options)
{
    int error = outcome(WAITPID, __builtin_return_address(0));

    if (error == 0)
        return found_waitpid()(pid, status, options);
    found_waitpid()(pid, status, 0);
    errno = error;
    return -1;
}
