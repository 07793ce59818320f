/* The table of subcommands. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "command_line.h"
#include "names.h"

const struct subcommand subcommands[] = {
    {"list", "ls", "[NAME...]", KNOWN_TO_DAEMON, "print every service, its state and its process", run_list,
     "With names, prints these services only."},
    {"status", "", "[NAME...]", KNOWN_TO_DAEMON, "print what the daemon knows about services", run_status,
     "Prints one service in fields, one a line. Prints several services, or all if no name is given, as a table."},
    {"stats", "", "[NAME...]", KNOWN_TO_DAEMON, "print what the processes of services use", run_stats,
     "Prints a line for each service: its process, the memory and the processor time that the process uses. Behind\n"
     "it, indented, prints the same for all children of the process. The daemon takes a second or two to measure a\n"
     "service. Without a name, prints all services that have a process. zinit before 0.2.15 cannot do it."},
    {"exists", "", "NAME...", KNOWN_TO_DAEMON, "print whether the daemon knows a service", run_exists,
     "Prints yes, with exit status 0, or no, with exit status 1. With several names, prints a line for each; the exit\n"
     "status is 0 if the daemon knows all of them."},
    {"is-active", "", "NAME...", KNOWN_TO_DAEMON, "tell whether a service is running or done", run_is_active,
     "Prints the state of each service, one a line. The exit status is 0 if one of them is so, otherwise 1."},
    {"is-failed", "", "NAME...", KNOWN_TO_DAEMON, "tell whether a service has failed", run_is_failed,
     "Prints the state of each service, one a line. The exit status is 0 if one of them is failed, crashing or\n"
     "killed, or if its test failed; otherwise 1."},
    {"is-blocked", "", "NAME...", KNOWN_TO_DAEMON, "tell whether a service waits for another one", run_is_blocked,
     "Prints the state of each service, one a line. The exit status is 0 if one of them is blocked, otherwise 1."},
    {"match", "", "", 0, "print the services that meet all conditions", run_match,
     "Each --name, --exec and --exec-regex is a condition. At least one is required. Prints nothing if no service\n"
     "meets the conditions."},
    {"why", "", "NAME...", KNOWN_TO_DAEMON, "say why a service is not up, and what to do", run_why,
     "Also says it of the services that it waits for, and of those that these wait for. The exit status is 0 if the\n"
     "service is up, otherwise 1."},
    {"watch", "", "[NAME...]", KNOWN_TO_DAEMON, "print each change of a service's state", run_watch,
     "First prints the current state of each service. Without a name, watches all services. Ends at Ctrl-C. Goes on\n"
     "while the daemon is not running. With --until up, down or failed, ends when all services are there; the exit\n"
     "status is 1 if one cannot get there any more, and 5 at the --timeout."},
    {"logs", "log", "[NAME...]", KNOWN_TO_DAEMON, "print the log that the daemon has kept", run_logs,
     "Without a name, prints the log of all services. If there are several services, each line begins with the name\n"
     "of its service, and --lines counts for each service that is named. zinit does not tell when a line was printed."},
    {"tail", "", "[NAME...]", KNOWN_TO_DAEMON, "print the end of a log, and new lines", run_tail,
     "The same as logs --follow --lines 10."},
    {"start", "", "NAME...", KNOWN_TO_DAEMON, "start services", run_start,
     "Does not wait until they are up, unless --wait is given. --timeout implies --wait; its default is 20. --steady\n"
     "implies --wait, too."},
    {"stop", "", "NAME...", KNOWN_TO_DAEMON, "stop services", run_stop,
     "Sends the stop signal. Does not wait until they are down, unless --wait is given. With --wait, sends SIGKILL at\n"
     "the timeout. --timeout implies --wait; its default is 10. --stop-order implies --wait, too."},
    {"restart", "", "NAME...", KNOWN_TO_DAEMON, "stop services, then start them and wait",
     run_restart,
     "Stops all of them side by side, then starts them. Sends SIGKILL at the timeout of the stop. --timeout is for\n"
     "the start; its default is 20. Both are for all services together."},
    {"deploy", "", "NAME FILE", KNOWN_TO_DAEMON | KNOWN_BY_FILE,
     "put a definition in force: stop, write the file, start", run_deploy,
     "FILE contains the definition in YAML; - is standard input. It is written byte for byte. If zinit would\n"
     "refuse it, nothing is changed.\n"
     "Sends SIGKILL at the timeout of the stop. --timeout is for the start; its default is 20."},
    {"reload", "", "NAME...", KNOWN_TO_DAEMON | KNOWN_BY_FILE,
     "put edited files in force: stop, read the file, start", run_reload,
     "Does one service after the other. If zinit would refuse a file, its service is not stopped.\n"
     "Sends SIGKILL at the timeout of the stop. --timeout is for each start; its default is 20."},
    {"edit", "", "NAME", KNOWN_TO_DAEMON | KNOWN_BY_FILE, "edit the file of a service, and put it in force", run_edit,
     "Starts $VISUAL, $EDITOR or vi on a copy, checks what was written, then writes the file and does what reload\n"
     "does. If nothing was changed, does nothing."},
    {"start-all", "", "NAME...", KNOWN_TO_DAEMON | KNOWN_BY_FILE,
     "monitor and start services, and wait until all are up", run_start_all,
     "--timeout is for all services together; its default is 20."},
    {"stop-all", "", "NAME...", KNOWN_TO_DAEMON | KNOWN_BY_FILE, "stop services, and wait until all are down",
     run_stop_all, "Sends SIGKILL at the timeout. --timeout is for all services together; its default is 10."},
    {"destroy", "", "NAME...", KNOWN_TO_DAEMON | KNOWN_BY_FILE, "stop services, forget them and remove their files",
     run_destroy, "Sends SIGKILL at the timeout. --timeout is for all services together; its default is 10."},
    {"kill", "", "NAME... [SIGNAL]", KNOWN_TO_DAEMON, "send a signal to the process groups of services", run_kill,
     "SIGNAL is a name, with or without SIG in front, or a number. Without it, sends SIGTERM. It may also be given as\n"
     "in kill(1): -9, -HUP, -s HUP. The last word is the signal only if no service is called so."},
    {"monitor", "", "NAME...", KNOWN_TO_DAEMON | KNOWN_BY_FILE | KNOWN_OR_ASK,
     "make the daemon read files and start services", run_monitor, NULL},
    {"forget", "", "NAME...", KNOWN_TO_DAEMON, "make the daemon forget services that are down", run_forget, NULL},
    {"get", "", "NAME...", KNOWN_TO_DAEMON, "print the definitions of monitored services", run_get,
     "In front of each of several definitions, prints a line \"--- # NAME\"."},
    {"load", "", "NAME...", KNOWN_BY_FILE, "print the definitions in the files of services", run_load,
     "The services need not be monitored. In front of each of several definitions, prints a line \"--- # NAME\"."},
    {"add", "", "NAME FILE", KNOWN_BY_FILE, "write a service's file", run_add,
     "FILE contains the definition in YAML; - is standard input. It is written byte for byte. If zinit would\n"
     "refuse it, nothing is written."},
    {"remove", "", "NAME...", KNOWN_BY_FILE, "remove the files of services", run_remove, NULL},
    {"check", "", "FILE...", 0, "print what is wrong with definitions", run_check,
     "FILE contains a definition in YAML; - is standard input. Prints each problem with its line and column, or\n"
     "that the file is valid. An error is what zinit refuses: the exit status is then 1. A warning is what may not\n"
     "be meant. Does not talk to the daemon."},
    {"state", "", "TEXT", 0, "print the parts of a state's text", run_state, NULL},
    {"version", "", "", 0, "print the versions of the library and the daemon", run_version, NULL},
    {"protocol", "", "", 0, "print the protocol that the daemon speaks", run_protocol,
     "zinit 0.2.0 to 0.2.14 speak line, 0.2.15 to 0.2.28 json-rpc, and 0.3 zinit-0.3. Does not depend on --protocol."},
    {"reboot", "", "", 0, "stop all services and reboot the machine", run_reboot, NULL},
    {"shutdown", "", "", 0, "stop all services and power the machine off", run_shutdown, NULL},
    {"http", "", "ACTION [ADDRESS]", 0, "make the daemon listen for HTTP, or stop that", run_http,
     "ACTION is start, with an ADDRESS such as 127.0.0.1:8080, or stop. The daemon serves its JSON-RPC there without\n"
     "any authentication: an address other than a loopback address gives root to the network. zinit before 0.2.15\n"
     "cannot do it."},
    {"help", "", "[SUBCOMMAND]", 0, "print this help, or the help of a subcommand", run_help, NULL},
};

const size_t subcommand_count = LENGTH_OF(subcommands);

/* What the completion of the shells asks. Not in the table: help and the man page are for people. */
static const struct subcommand complete = {"complete", "", "[WORD...]", 0, "print what can stand at the end of a line",
                                           run_complete, NULL};

int index_of_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    int index = 0;

    for (const char *at = words; *at != '\0'; at += strspn(at, " "), index++) {
        size_t length_there = strcspn(at, " ");
        if (length_there == length && strncmp(at, word, length) == 0)
            return index;
        at += length_there;
    }
    return -1;
}

const struct subcommand *find_subcommand(const char *name)
{
    for (size_t i = 0; i < subcommand_count; i++) {
        if (strcmp(subcommands[i].name, name) == 0 || index_of_word(subcommands[i].aliases, name) >= 0)
            return &subcommands[i];
    }
    return strcmp(name, complete.name) == 0 ? &complete : NULL;
}

enum exit_status unknown_subcommand(const char *name)
{
    struct nearest nearest = nearest_to(name);

    for (size_t i = 0; i < subcommand_count; i++)
        consider(&nearest, subcommands[i].name);
    if (nearest.best != NULL)
        return usage_error("unknown subcommand '%s'; did you mean '%s'?", name, nearest.best);
    return usage_error("unknown subcommand '%s'", name);
}
