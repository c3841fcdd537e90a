#define CAF_SUITE platforms_task
#include "scripted_io.hpp"

using namespace troupe;
using namespace troupe::platforms;
using namespace troupe::platforms::testing;

namespace {

// Says when its owner is gone.
struct witness {
  explicit witness(bool& f) : flag(&f) {}
  witness(const witness&) = delete;
  ~witness() { *flag = true; }
  bool* flag;
};

task<int> value(int v) { co_return v; }

task<int> sum(int a, int b) {
  auto first = value(a);
  auto second = value(b);
  const int x = co_await first;
  const int y = co_await second;
  co_return x + y;
}

task<int> broken() {
  throw std::runtime_error("broken");
  co_return 0;
}

task<int> passes_on() {
  auto inner = broken();
  co_return co_await inner;
}

task<int> ask(io& port, std::shared_ptr<witness> alive) {
  outbound::request what;
  what.url = "https://example.com/";
  const auto r = co_await call(port, what);
  (void)alive;
  co_return r.status;
}

task<int> ask_twice(io& port, std::shared_ptr<witness> alive) {
  auto one = ask(port, alive);
  const int a = co_await one;
  auto two = ask(port, alive);
  const int b = co_await two;
  co_return a + b;
}

task<int> counts_down(io& port, int rounds) {
  int done = 0;
  for (int i = 0; i < rounds; ++i) {
    outbound::request what;
    what.url = "https://example.com/";
    const auto r = co_await call(port, what);
    done += r.status == 200;
  }
  co_return done;
}

std::string complaint(task<int> t) {
  try {
    run(std::move(t));
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "none";
}

task<std::string> computes(io& port) {
  auto out = std::make_shared<std::string>();
  std::function<void()> work = [out] { *out = "worked"; };
  co_await offload(port, work);
  co_return *out;
}

} // namespace

CAF_TEST(nothing runs before the task is started) {
  scripted_io port;
  bool gone = false;
  auto t = ask(port, std::make_shared<witness>(gone));
  CAF_CHECK(port.seen.empty());
  CAF_CHECK(t.running());
}

CAF_TEST(tasks await tasks) { CAF_CHECK_EQUAL(run(sum(2, 3)), 5); }

CAF_TEST(an exception reaches whoever awaits and whoever started) {
  CAF_CHECK_EQUAL(complaint(broken()), "broken");
  CAF_CHECK_EQUAL(complaint(passes_on()), "broken");
}

CAF_TEST(a task that is destroyed before its start frees its frame) {
  scripted_io port;
  bool gone = false;
  { auto t = ask(port, std::make_shared<witness>(gone)); }
  CAF_CHECK(gone);
}

CAF_TEST(a task that is destroyed while it waits never completes and the late answer is dropped) {
  scripted_io port;
  port.hold = true;
  port.script = {answer(200), answer(200)};
  bool gone = false, completed = false;
  {
    auto t = ask_twice(port, std::make_shared<witness>(gone));
    t.start([&](std::optional<int>, std::exception_ptr) { completed = true; });
    CAF_CHECK(t.running());
    CAF_CHECK(!gone);
  }
  CAF_CHECK(gone);
  port.deliver();
  CAF_CHECK(!completed);
  CAF_CHECK_EQUAL(port.seen.size(), 1u);
}

CAF_TEST(a second answer to the same call is dropped) {
  scripted_io port;
  port.hold = true;
  port.script = {answer(200)};
  bool gone = false;
  int completed = 0;
  auto t = ask(port, std::make_shared<witness>(gone));
  t.start([&](std::optional<int>, std::exception_ptr) { ++completed; });
  auto twice = port.held;
  port.deliver();
  for (auto& again : twice) again();
  CAF_CHECK_EQUAL(completed, 1);
}

CAF_TEST(the completion may destroy the task that calls it) {
  scripted_io port;
  port.hold = true;
  port.script = {answer(201)};
  bool gone = false;
  int status = 0;
  auto t = std::make_unique<task<int>>(ask(port, std::make_shared<witness>(gone)));
  t->start([&](std::optional<int> v, std::exception_ptr) {
    status = v.value_or(0);
    t.reset();
  });
  port.deliver();
  CAF_CHECK_EQUAL(status, 201);
  CAF_CHECK(gone);
  CAF_CHECK(!t);
}

CAF_TEST(moving a task moves its frame and assigning frees the old one) {
  scripted_io port;
  bool first = false, second = false;
  auto a = ask(port, std::make_shared<witness>(first));
  auto b = ask(port, std::make_shared<witness>(second));
  a = std::move(b);
  CAF_CHECK(first);
  CAF_CHECK(!second);
  CAF_CHECK(!b.running());
  port.script = {answer(200)};
  CAF_CHECK_EQUAL(run(std::move(a)), 200);
  CAF_CHECK(second);
}

CAF_TEST(many answers that are there at once do not exhaust the stack) {
  scripted_io port;
  port.respond = [](const outbound::request&) { return answer(200); };
  CAF_CHECK_EQUAL(run(counts_down(port, 500)), 500);
}

CAF_TEST(work that is offloaded runs where the owner says) {
  scripted_io port;
  CAF_CHECK_EQUAL(run(computes(port)), "worked");
}

CAF_TEST(rate headers reach the port by themselves) {
  scripted_io port;
  port.script = {answer(
      200, "{}", {{"ratelimit-limit", "30"}, {"ratelimit-remaining", "7"}, {"ratelimit-reset", "60"}})};
  bool gone = false;
  run(ask(port, std::make_shared<witness>(gone)));
  CAF_REQUIRE_EQUAL(port.rates.size(), 1u);
  CAF_CHECK_EQUAL(port.rates[0].limit, 30);
  CAF_CHECK_EQUAL(port.rates[0].remaining, 7);
  CAF_CHECK_EQUAL(port.rates[0].resets_in.count(), 60'000);
}
