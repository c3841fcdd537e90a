#pragma once

#include "system/cache/cache.hpp"

#include <caf/test/unit_test.hpp>

#include <chrono>
#include <future>
#include <thread>

namespace troupe::test {

using cache::bucket_result;

/// What both implementations are held to.
struct subject {
  /// A further handle on the same store, as another node has it. In process there is one store and one
  /// handle.
  std::function<std::shared_ptr<cache::cache>()> open;
  /// Lets time pass where time is ours; a real server's passes by itself.
  std::function<void(milliseconds)> pass;
};

struct rule {
  const char* sentence;
  void (*check)(const subject&);
};
const std::vector<rule>& contract();

template <class T>
T await(std::future<T> answer) {
  if (answer.wait_for(seconds{30}) != std::future_status::ready) CAF_FAIL("no answer within 30 s");
  return answer.get();
}

inline std::optional<std::string> get(cache::cache& c, const std::string& key) {
  auto promise = std::make_shared<std::promise<std::optional<std::string>>>();
  auto answer = promise->get_future();
  c.get(key, [promise](std::optional<std::string> value) { promise->set_value(std::move(value)); });
  return await(std::move(answer));
}

inline bucket_result take(cache::cache& c, const std::string& key, std::int64_t limit, milliseconds window) {
  auto promise = std::make_shared<std::promise<bucket_result>>();
  auto answer = promise->get_future();
  c.take(key, limit, window, [promise](bucket_result result) { promise->set_value(result); });
  return await(std::move(answer));
}

/// Asks again until the condition holds; fails with `what` after 30 s.
template <class Condition>
void eventually(const char* what, Condition holds) {
  const auto deadline = std::chrono::steady_clock::now() + seconds{30};
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) CAF_FAIL("did not happen within 30 s: " << what);
    std::this_thread::yield();
  }
}

} // namespace troupe::test
