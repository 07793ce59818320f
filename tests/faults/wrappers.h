/* The functions of the C library by which the library reaches the system, and how each of them can fail. They are
 * defined in this program, and so stand in for the C library's in the whole process. Only calls from the library
 * itself are counted, and fail. */
#ifndef WRAPPERS_H
#define WRAPPERS_H

#include <errno.h>

/* An outcome that is not an error number. */
#define SHORT 10000         /* one byte is read or written, and not all */
#define FROM_HERE_ON 10001  /* this allocation fails, and all that follow */
/* The answer to the caller has to be as if this had not happened. */
#define RIGHT(outcome) (-(outcome))

/* X(identifier, name, "system calls", outcomes...). A system call with ~ behind it is made any number of times for one
 * call of the function, the others exactly once in all. Names that differ between processors stand side by side. */
#define EACH_WRAPPER(X)                                                                                                \
    X(SOCKET, "socket", "socket", EMFILE, ENFILE, ENOMEM, ENOBUFS)                                                     \
    X(CONNECT, "connect", "connect", ENOENT, ECONNREFUSED, EACCES, EPERM, EPROTOTYPE, RIGHT(EINTR), RIGHT(EAGAIN))     \
    X(SEND, "send", "sendto", EPIPE, ECONNRESET, ENOBUFS, ENOMEM, RIGHT(EINTR), RIGHT(EAGAIN), RIGHT(SHORT))           \
    X(RECV, "recv", "recvfrom", ECONNRESET, ENOMEM, RIGHT(EINTR), RIGHT(EAGAIN), RIGHT(SHORT))                         \
    X(PPOLL, "ppoll", "ppoll", ENOMEM, RIGHT(EINTR))                                                                   \
    X(EPOLL_CREATE1, "epoll_create1", "epoll_create1", EMFILE, ENFILE, ENOMEM)                                         \
    X(EPOLL_CTL, "epoll_ctl", "epoll_ctl", ENOMEM, ENOSPC)                                                             \
    /* To take a descriptor out can fail only where it is not in. */                                                   \
    X(EPOLL_CTL_OUT, "epoll_ctl_del", "epoll_ctl")                                                         \
    X(EPOLL_WAIT, "epoll_wait", "epoll_wait epoll_pwait", RIGHT(EINTR))                                                \
    X(EVENTFD, "eventfd", "eventfd2", EMFILE, ENFILE, ENOMEM)                                                          \
    X(TIMERFD_CREATE, "timerfd_create", "timerfd_create", EMFILE, ENFILE, ENOMEM)                                      \
    X(OPEN64, "open64", "openat", EMFILE, ENFILE, ENOMEM, EACCES, EIO, ENOENT, RIGHT(EINTR))                           \
    /* A directory is opened only to tidy up, and what cannot be tidied up stays. */                                   \
    X(OPENDIR, "opendir", "openat newfstatat~ fstat~", RIGHT(EMFILE), RIGHT(ENOMEM), RIGHT(EACCES))                    \
    X(READDIR64, "readdir64", "getdents64~", RIGHT(EIO), RIGHT(ENOENT))                                                \
    X(CLOSEDIR, "closedir", "close", RIGHT(EINTR))                                                                     \
    X(READ, "read", "read", EIO, EISDIR, ESTALE, RIGHT(EINTR), RIGHT(SHORT))                                           \
    X(READ_PIPE, "read_pipe", "read", EIO, RIGHT(EINTR), RIGHT(SHORT))                                                \
    X(WRITE, "write", "write", ENOSPC, EIO, EDQUOT, EFBIG, RIGHT(EINTR), RIGHT(SHORT))                                 \
    /* That never wait cannot fail: an event that is full is set, and one that is empty is not. */                     \
    X(READ_EVENT, "read_event", "read")                                                                              \
    X(WRITE_EVENT, "write_event", "write")                                                                           \
    X(FSYNC, "fsync", "fsync", EIO, ENOSPC, EDQUOT, RIGHT(EINTR))                                                      \
    X(STATX, "statx", "statx", EIO, ENOMEM, EACCES, ESTALE, RIGHT(EINTR))                                              \
    X(FSTAT64, "fstat64", "newfstatat~ fstat~", EIO, RIGHT(EINTR))                                                     \
    X(LSTAT64, "lstat64", "newfstatat~", EIO, ENOMEM, RIGHT(EINTR))                                                    \
    X(STAT64, "stat64", "newfstatat~", EIO, ENOMEM, RIGHT(EINTR))                                                      \
    X(READLINK, "readlink", "readlink readlinkat", EIO, ENOMEM, EACCES, EINVAL, RIGHT(EINTR))                          \
    X(RENAME, "rename", "rename renameat renameat2", EIO, ENOSPC, EACCES, EROFS, EBUSY, RIGHT(EINTR))                  \
    X(UNLINK, "unlink", "unlink unlinkat", EIO, EACCES, EBUSY, EROFS, RIGHT(EINTR))                                    \
    /* Without a lock a file is written all the same, and one that somebody holds is left alone. */                    \
    X(FLOCK, "flock", "flock", RIGHT(ENOLCK), RIGHT(EWOULDBLOCK), RIGHT(EINTR))                                        \
    X(FCHMOD, "fchmod", "fchmod", EPERM, EIO, EROFS, RIGHT(EINTR))                                                     \
    /* The owner is kept only where that can be done. */                                                               \
    X(FCHOWN, "fchown", "fchown", RIGHT(EPERM), RIGHT(EIO), RIGHT(EINTR))                                              \
    /* First they are asked how long the answer is, which can have grown then. */                                      \
    X(LLISTXATTR, "llistxattr", "llistxattr", EIO, ENOMEM, EACCES, RIGHT(ERANGE), RIGHT(EINTR))                        \
    X(LLISTXATTR_LENGTH, "llistxattr_length", "llistxattr", EIO, ENOMEM, EACCES, RIGHT(EINTR))                         \
    X(LGETXATTR, "lgetxattr", "lgetxattr", EIO, ENOMEM, EPERM, RIGHT(ERANGE), RIGHT(EINTR))                            \
    X(LGETXATTR_LENGTH, "lgetxattr_length", "lgetxattr", EIO, ENOMEM, EPERM, RIGHT(EINTR))                             \
    X(FSETXATTR, "fsetxattr", "fsetxattr", EPERM, ENOSPC, EDQUOT, ENOTSUP, RIGHT(EINTR))                               \
    X(FREMOVEXATTR, "fremovexattr", "fremovexattr", EPERM, EIO, RIGHT(EINTR))                                          \
    X(PIPE2, "pipe2", "pipe2", EMFILE, ENFILE)                                                                         \
    X(SPAWN_INIT, "posix_spawn_file_actions_init", "", ENOMEM)                                                         \
    X(SPAWN_OPEN, "posix_spawn_file_actions_addopen", "prlimit64~", ENOMEM)                                            \
    X(SPAWN_DUP, "posix_spawn_file_actions_adddup2", "prlimit64~", ENOMEM)                                             \
    X(SPAWN, "posix_spawnp", "clone3~ clone~ vfork~", EAGAIN, ENOMEM, ENOENT, EACCES, ETXTBSY)                         \
    /* Another has reaped the child, or the caller ignores SIGCHLD. */                                                 \
    X(WAITPID, "waitpid", "wait4", RIGHT(ECHILD))                                                                      \
    X(CLOSE, "close", "close", RIGHT(EIO), RIGHT(EINTR))                                                               \
    X(GETRANDOM, "getrandom", "getrandom", RIGHT(EINTR), RIGHT(ENOSYS))                                                \
    X(ALLOCATION, "malloc", "brk~ mmap~ munmap~ mremap~", ENOMEM, FROM_HERE_ON)

enum wrapper {
#define IDENTIFIER(identifier, ...) identifier,
    EACH_WRAPPER(IDENTIFIER)
#undef IDENTIFIER
        WRAPPERS
};

#define MOST_OUTCOMES 10
struct wrapper_facts {
    const char *name;
    const char *system_calls;
    int outcomes[MOST_OUTCOMES]; /* 0 behind the last one */
};
extern const struct wrapper_facts wrappers[WRAPPERS];

/* The number-th call of a wrapper, from 1, has an outcome. 0: none has. */
struct fault {
    enum wrapper wrapper;
    unsigned number;
    int outcome;
};

/* What has happened since begin_faults(). Shared by the processes. */
struct counts {
    unsigned calls[WRAPPERS];
    unsigned injected;
};

/* From here on the library's calls are counted, and that one fails, until end_faults(). */
void begin_faults(struct counts *counts, struct fault fault);
void end_faults(void);

/* "EIO", "SHORT", ... and back; 0 if there is none of that name. */
const char *outcome_name(int outcome);
int outcome_of(const char *name);

#endif
