#define CAF_SUITE outbound_queue
#include "net/outbound/queue.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace troupe::outbound;

namespace {

constexpr int all = 256;
const steady::time_point start{};

struct fixture {
  job_queue queue{all};
  std::vector<job_ptr> active;

  void wait_for(const std::string& server, int count) {
    for (int i = 0; i < count; ++i) {
      auto j = std::make_unique<job>();
      j->lane = server;
      queue.push(std::move(j));
    }
  }
  /// Starts all that may be started; answers how many.
  int start_all(steady::time_point now) {
    int count = 0;
    for (auto j = queue.pop(now); j; j = queue.pop(now), ++count) active.push_back(std::move(j));
    return count;
  }
  void end_one(steady::time_point now) {
    queue.done(*active.front(), now);
    active.erase(active.begin());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(queue_tests, fixture)

CAF_TEST(a server that answers at once gets few connections) {
  wait_for("quick", 2'000);
  CAF_CHECK_EQUAL(start_all(start), job_queue::few);
  for (int i = 0; i < 500; ++i) {
    end_one(start + milliseconds{5});
    CAF_CHECK_EQUAL(start_all(start + milliseconds{i / 100}), 1);
  }
}

CAF_TEST(a server that takes its time gets all it may have) {
  wait_for("slow", 2'000);
  CAF_CHECK_EQUAL(start_all(start), job_queue::few);
  for (int i = 0; i < job_queue::few; ++i) end_one(start + milliseconds{200});
  start_all(start + milliseconds{200});
  CAF_CHECK_EQUAL(static_cast<int>(active.size()), all);
}

CAF_TEST(a server that says nothing gets all it may have) {
  wait_for("mute", 2'000);
  CAF_CHECK_EQUAL(start_all(start), job_queue::few);
  queue.look_for_silence(start + milliseconds{19});
  CAF_CHECK_EQUAL(start_all(start + milliseconds{19}), 0);
  queue.look_for_silence(start + milliseconds{50});
  CAF_CHECK_EQUAL(start_all(start + milliseconds{50}), all - job_queue::few);
}

CAF_TEST(after a pause a server is not taken for mute) {
  wait_for("quick", 1);
  start_all(start);
  wait_for("quick", 1);
  start_all(start);
  end_one(start + milliseconds{1});
  end_one(start + milliseconds{1});
  auto later = start + std::chrono::hours{1};
  wait_for("quick", 500);
  CAF_CHECK_EQUAL(start_all(later), job_queue::few);
  queue.look_for_silence(later + milliseconds{1});
  CAF_CHECK_EQUAL(start_all(later), 0);
}

CAF_TEST(what was not started says nothing of its server) {
  wait_for("slow", 2'000);
  start_all(start);
  for (int i = 0; i < job_queue::few; ++i) end_one(start + milliseconds{200});
  start_all(start + milliseconds{200});
  for (int i = 0; i < 200; ++i) {
    queue.not_started(*active.back());
    active.pop_back();
  }
  start_all(start + milliseconds{200});
  CAF_CHECK_EQUAL(static_cast<int>(active.size()), all);
}

CAF_TEST(a burst for one server does not keep another waiting) {
  wait_for("burst", 2'000);
  wait_for("other", 1);
  start_all(start);
  bool there = std::any_of(active.begin(), active.end(), [](auto& j) { return j->lane == "other"; });
  CAF_CHECK(there);
}

CAF_TEST_FIXTURE_SCOPE_END()
