/* What a scripted daemon sends, as parts of its script. All are text that the compiler puts together. */
#ifndef REPLIES_H
#define REPLIES_H

#define OK_WITH(body) "{\"state\":\"ok\",\"body\":" body "}"
#define DONE OK_WITH("null")
#define REFUSAL(message) "{\"state\":\"error\",\"body\":\"" message "\"}"
#define UNKNOWN_SERVICE(name) REFUSAL("service name \\\"" name "\\\" unknown")
/* Entries such as "\"web\":\"Running\"". */
#define LIST_OF(entries) OK_WITH("{" entries "}")
/* The fields of a status, and the reply that has them. The pid is a number. */
#define STATUS_FIELDS(name, pid, state, target)                                                                        \
    "\"name\":\"" name "\",\"pid\":" #pid ",\"state\":\"" state "\",\"target\":\"" target "\",\"after\":{}"
#define STATUS_WITH(fields) OK_WITH("{" fields "}")
#define STATUS_OF(name, pid, state, target) STATUS_WITH(STATUS_FIELDS(name, pid, state, target))

/* One step of a script. */
#define SEND(reply) " send " reply "\n"
/* What is done for one command: a reply, and then the connection is closed. */
#define ON(command, reply) "on " command "\n" SEND(reply)
#define ON_STATUS(name, pid, state, target) ON("status " name, STATUS_OF(name, pid, state, target))
/* A service whose process is there for one look after its stop. */
#define STOPS_SLOWLY                                                                                                   \
    ON("stop web", DONE) ON_STATUS("web", 7, "Running", "Down") ON_STATUS("web", 0, "Success", "Down")
/* A service whose process never goes. */
#define NEVER_STOPS ON("stop web", DONE) ON_STATUS("web", 7, "Running", "Down")

#endif
