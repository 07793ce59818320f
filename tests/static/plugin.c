/* A shared object that contains the library. */
#include <zinit.h>

const char *plugin_version(void);

const char *plugin_version(void)
{
    return zinit_version();
}
