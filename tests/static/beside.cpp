// A program with exceptions of its own, a second Rust library, and this one.
#include <cstdio>
#include <stdexcept>
#include <zinit.h>

extern "C" int second_catches(int number);

namespace {

struct list {
    zinit_client *client = nullptr;
    zinit_service_list *services = nullptr;
    zinit_error *error = nullptr;

    void read(const char *socket_path)
    {
        if (zinit_client_new(socket_path, &client, &error) != ZINIT_OK ||
            zinit_client_list(client, &services, &error) != ZINIT_OK)
            throw std::runtime_error(zinit_error_message(error));
    }
    ~list()
    {
        zinit_error_free(error);
        zinit_service_list_free(services);
        zinit_client_free(client);
    }
};

} // namespace

int main(int, char **argv)
{
    list all;

    try {
        all.read("");
    } catch (const std::runtime_error &) {
        std::printf("caught 1 ");
    }
    std::printf("caught %d ", second_catches(2));
    zinit_error_free(all.error);
    all.read(argv[1]);
    std::puts(zinit_service_list_len(all.services) == 1 ? "listed" : "not listed");
}
