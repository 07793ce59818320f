/* The status of several services. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>

#include "statuses.h"

/* Adds the status of one service. */
static zinit_code read_status(const struct call *call, const char *name, struct statuses *statuses, zinit_error **error)
{
    zinit_status *status = NULL;
    zinit_code code = zinit_client_status(call->client, name, &status, error);

    if (code == ZINIT_OK)
        statuses->at[statuses->count++] = status;
    return code;
}

static enum exit_status read_chosen(const struct call *call, const struct services *services, struct statuses *statuses)
{
    enum exit_status status = STATUS_DONE;

    statuses->at = need_memory(calloc(services->chosen.count + 1, sizeof(zinit_status *)));
    for (size_t i = 0; i < services->chosen.count && status < STATUS_UNREACHABLE; i++) {
        const char *name = services->chosen.at[i];
        zinit_error *error = NULL;
        zinit_code code = read_status(call, name, statuses, &error);

        status = worse_of(status, finish_service(call, services, name, code, &error));
    }
    return status;
}

static enum exit_status read_all(const struct call *call, struct statuses *statuses)
{
    zinit_error *error = NULL;
    zinit_code code = zinit_client_statuses(call->client, &statuses->all, &error);

    statuses->count = zinit_status_list_len(statuses->all);
    return finish(code, &error);
}

enum exit_status read_statuses(const struct call *call, const struct services *services, struct statuses *statuses)
{
    *statuses = (struct statuses){0};
    return services == NULL ? read_all(call, statuses) : read_chosen(call, services, statuses);
}

const zinit_status *status_at(const struct statuses *statuses, size_t index)
{
    return statuses->all != NULL ? zinit_status_list_at(statuses->all, index) : statuses->at[index];
}

void free_statuses(struct statuses *statuses)
{
    for (size_t i = 0; statuses->at != NULL && i < statuses->count; i++)
        zinit_status_free(statuses->at[i]);
    free(statuses->at);
    zinit_status_list_free(statuses->all);
    *statuses = (struct statuses){0};
}

int is_oneshot(const struct call *call, const char *name)
{
    zinit_service *service = NULL;
    int oneshot = -1;

    if (zinit_client_load_service(call->client, name, &service, NULL) == ZINIT_OK)
        oneshot = zinit_service_oneshot(service) == 1;
    zinit_service_free(service);
    return oneshot;
}

int oneshot_for(const struct call *call, const char *name, const zinit_state *state, int32_t target)
{
    return depends_on_oneshot(state, target) ? is_oneshot(call, name) : -1;
}
