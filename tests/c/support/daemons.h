/* The daemons that cases run against: a real one, and one that does what a script says. */
#ifndef DAEMONS_H
#define DAEMONS_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>

struct daemon {
    pid_t pid;
    char socket_path[108];
    char config_dir[128]; /* of a real daemon; empty for a scripted one */
    int output;           /* of a scripted daemon: what it prints */
    int input;            /* of a scripted daemon: what its `wait` waits for */
};

/* Before the first case: finds the daemons, or ends the program with exit status 2. */
void find_daemons(void);
/* The daemon under test, ZINIT_BIN: answers, and has no services yet. */
struct daemon start_zinit(void);
/* After kill_daemon(): on the same socket, with the service files that are there. */
void start_zinit_again(struct daemon *daemon);
/* Its binary, which knows its version. */
const char *zinit_binary(void);
/* The daemon that does what a script says: testbed/src/bin/scripted.rs has its words. A case may have several. */
struct daemon start_scripted(const char *script);
/* Waits for the next command that a scripted daemon gets, and gives it without its newline. */
const char *next_command(struct daemon *daemon, char *buffer, size_t size);
/* How many commands a scripted daemon has got that next_command() has not given. It counts a command before it answers;
 * so nothing is missed that a call has had an answer to. */
size_t count_commands(struct daemon *daemon);
/* Ends a `wait` of a scripted daemon. */
void go_on(struct daemon *daemon);
/* Kills a daemon; its socket stays behind, as after any death. */
void kill_daemon(struct daemon *daemon);

/* The address of a socket with this path, which fits into it. */
struct sockaddr_un address_of(const char *socket_path);

#endif
