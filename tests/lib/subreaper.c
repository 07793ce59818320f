/* subreaper COMMAND...
 *
 * Runs a command to which every process falls whose own parent has ended. The tests in C make themselves so; this is for
 * an emulator that has not the call for it, as qemu-user 7.2 of Debian 12. */
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: subreaper COMMAND...\n");
        return 2;
    }
    /* It is kept over exec. */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) == 0)
        execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
