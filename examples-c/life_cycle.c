/* Takes a service through its life: lists, deploys, restarts, reads its log, destroys, lists again, and checks
 * the result of each step. The compiled program is the same for every daemon, whichever protocol it speaks.
 *
 *     cc -o life_cycle life_cycle.c $(pkg-config --cflags --libs zinit-client)
 *     ./life_cycle SOCKET CONFIG_DIR
 */
#include <stdio.h>
#include <string.h>
#include <zinit.h>

#define STOP_TIMEOUT_MS 5000
#define START_TIMEOUT_MS 20000
#define LOG_TIMEOUT_MS 20000

static const char name[] = "zinit-example-life-cycle";

/* Each process of the service prints its own process id, so that its line in the log is known. */
static const char command[] = "sh -c 'echo \"process $$\"; exec sleep 1000'";

/* Says why a step failed, and frees the error. Gives 0. */
static int failed(const char *step, zinit_code code, zinit_error *error)
{
    const char *message = error != NULL ? zinit_error_message(error) : "the result is not as expected";

    fprintf(stderr, "life_cycle: %s: %s: %s\n", step, zinit_code_name(code), message);
    zinit_error_free(error);
    return 0;
}

static int connect_to(const char *socket_path, const char *config_dir, zinit_client **client)
{
    zinit_error *error = NULL;
    zinit_options *options = zinit_options_new();
    zinit_code code = zinit_options_set_socket_path(options, socket_path, &error);

    if (code == ZINIT_OK)
        code = zinit_options_set_config_dir(options, config_dir, &error);
    if (code == ZINIT_OK)
        code = zinit_client_with_options(options, client, &error);
    zinit_options_free(options);
    return code == ZINIT_OK ? 1 : failed("options", code, error);
}

/* Whether the service is in the list must be as expected. */
static int list(const zinit_client *client, int expected)
{
    zinit_service_list *services = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_list(client, &services, &error);
    int found = 0;

    for (size_t i = 0; i < zinit_service_list_len(services); i++)
        found |= strcmp(zinit_service_list_name(services, i), name) == 0;
    zinit_service_list_free(services);
    if (code != ZINIT_OK || found != expected)
        return failed("list", code, error);
    printf("list: %s\n", found ? "it is there" : "it is not there");
    return 1;
}

/* The service must be Running. Receives its process. */
static int is_running(const zinit_client *client, const char *step, int32_t *pid)
{
    zinit_status *status = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_status(client, name, &status, &error);
    int32_t kind = zinit_state_kind(zinit_status_state(status));

    *pid = zinit_status_pid(status);
    zinit_status_free(status);
    if (code != ZINIT_OK || kind != ZINIT_STATE_RUNNING || *pid == 0)
        return failed(step, code, error);
    printf("%s: Running\n", step);
    return 1;
}

static int deploy(const zinit_client *client, int32_t *pid)
{
    zinit_error *error = NULL;
    zinit_service *service = zinit_service_new();
    zinit_code code = zinit_service_set_exec(service, command, &error);

    if (code == ZINIT_OK)
        code = zinit_client_deploy(client, name, service, STOP_TIMEOUT_MS, START_TIMEOUT_MS, NULL, &error);
    zinit_service_free(service);
    return code == ZINIT_OK ? is_running(client, "deploy", pid) : failed("deploy", code, error);
}

/* The new process must be another one. */
static int restart(const zinit_client *client, int32_t before, int32_t *pid)
{
    zinit_error *error = NULL;
    zinit_code code = zinit_client_restart(client, name, STOP_TIMEOUT_MS, START_TIMEOUT_MS, NULL, &error);

    if (code != ZINIT_OK)
        return failed("restart", code, error);
    return is_running(client, "restart", pid) && (*pid != before || failed("restart", code, NULL));
}

/* Both processes must have printed their line. The second line can reach the log after the service is up, so
 * this follows the log until it is there. */
static int read_log(const zinit_client *client, const int32_t pids[2])
{
    zinit_log_stream *stream = NULL;
    const zinit_log_line *line = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_logs(client, name, -1, 1, &stream, &error);
    int found[2] = {0, 0};

    while (code == ZINIT_OK && !(found[0] && found[1])) {
        code = zinit_log_stream_next(stream, LOG_TIMEOUT_MS, NULL, &line, &error);
        for (int i = 0; code == ZINIT_OK && i < 2; i++) {
            char expected[32];

            snprintf(expected, sizeof expected, "process %ld", (long)pids[i]);
            found[i] |= zinit_log_line_source(line) == ZINIT_LOG_SOURCE_STDOUT &&
                        strcmp(zinit_log_line_text(line), expected) == 0;
        }
    }
    zinit_log_stream_free(stream);
    /* ZINIT_PENDING, without an error, means that no line came for so long. */
    if (code != ZINIT_OK)
        return failed("logs", code, error);
    printf("logs: a line of each of the two processes\n");
    return 1;
}

static int destroy(const zinit_client *client)
{
    const char *const names[] = {name};
    zinit_report *report = NULL;
    zinit_error *error = NULL;
    zinit_code code = zinit_client_destroy_services(client, names, 1, STOP_TIMEOUT_MS, NULL, &report, &error);
    int is_destroyed = zinit_report_len(report) == 1 && zinit_report_code(report, 0) == ZINIT_OK;

    zinit_report_free(report);
    if (code != ZINIT_OK || !is_destroyed)
        return failed("destroy", code, error);
    printf("destroy: done\n");
    return 1;
}

int main(int argc, char **argv)
{
    zinit_client *client = NULL;
    int32_t pids[2] = {0, 0};
    int done;

    if (argc != 3) {
        fprintf(stderr, "usage: life_cycle SOCKET CONFIG_DIR\n");
        return 2;
    }
    /* A service of that name that is there already is somebody else's. */
    done = connect_to(argv[1], argv[2], &client) && list(client, 0);
    if (done) {
        done = deploy(client, &pids[0]) && list(client, 1) && restart(client, pids[0], &pids[1]) &&
               read_log(client, pids);
        /* Also where a step before failed. */
        done = destroy(client) && done;
        done = list(client, 0) && done;
    }
    zinit_client_free(client);
    return done ? 0 : 1;
}
