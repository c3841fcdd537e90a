#include "names.hpp"

#include "raw_server.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <map>
#include <mutex>

namespace troupe::test {

namespace {

struct name_table {
  std::mutex mutex;
  std::map<std::string, std::vector<std::string>> addresses;
  std::map<std::string, int> lookups;
  event slow_may_answer;
};

name_table& table() {
  static auto* instance = new name_table; // resolver threads may outlive main
  return *instance;
}

} // namespace

void give_name(const std::string& host, std::vector<std::string> addresses) {
  std::lock_guard lock(table().mutex);
  table().addresses[host] = std::move(addresses);
}

int lookups(const std::string& host) {
  std::lock_guard lock(table().mutex);
  return table().lookups[host];
}

void release_slow_names() { table().slow_may_answer.set(); }

} // namespace troupe::test

using lookup = int(const char*, const char*, const addrinfo*, addrinfo**);

/// Stands in front of the C library's.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* host, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
  using namespace troupe::test;
  static auto* real = reinterpret_cast<lookup*>(dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string name = host == nullptr ? "" : host;
  if (!name.ends_with(".test")) return real(host, service, hints, result);
  std::vector<std::string> addresses;
  {
    std::lock_guard lock(table().mutex);
    ++table().lookups[name];
    addresses = table().addresses[name];
  }
  if (name == "slow.test") table().slow_may_answer.wait();
  addrinfo* first = nullptr;
  addrinfo** next = &first;
  for (const auto& address : addresses) {
    if (real(address.c_str(), service, hints, next) != 0) continue;
    while (*next != nullptr) next = &(*next)->ai_next;
  }
  *result = first;
  return first == nullptr ? EAI_NONAME : 0;
}
