#define CAF_SUITE sink_network
#include <caf/test/unit_test.hpp>

#include "system/core/clock.hpp"
#include "tests/sink/network.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

using namespace troupe;
using namespace troupe::sink;

namespace {

constexpr std::int64_t due = 1'700'000'000'000'000;

request posting(std::string_view key, std::string_view behaviour = {}) {
  static const std::string body =
      R"({"text":"hi","media_ids":[],"scheduled_for":")" + format_utc(from_micros(due)) + R"("})";
  request r;
  r.method = "POST";
  r.target = "/any/prefix/v1/posts";
  r.authorization = "Bearer sandbox-ada";
  r.key = key;
  r.behaviour = behaviour;
  r.body = body;
  return r;
}

request getting(std::string_view target) {
  request r;
  r.method = "GET";
  r.target = target;
  r.authorization = "Bearer sandbox-ada";
  return r;
}

std::int64_t count(network& n, const char* what) {
  return n.known().summary().at(what).to_number<std::int64_t>();
}

bool says(const answer& a, std::string_view text) { return a.bytes.find(text) != std::string::npos; }

} // namespace

CAF_TEST(a key that comes again is a raw request and no second post) {
  network n{{}};
  auto first = n.handle(posting("k"), due + 5);
  auto again = n.handle(posting("k"), due + 6);
  CAF_CHECK(says(first, "HTTP/1.1 201 ") && says(again, "HTTP/1.1 200 ") &&
            says(again, "Idempotent-Replay: true"));
  CAF_CHECK_EQUAL(count(n, "raw"), 2);
  CAF_CHECK_EQUAL(count(n, "keys"), 1);
  CAF_CHECK_EQUAL(count(n, "applied"), 1);
  CAF_CHECK_EQUAL(count(n, "repeated"), 1);
  CAF_CHECK_EQUAL(count(n, "doubled"), 0);
  CAF_CHECK_EQUAL(n.known().keys(), "k,2,1\n");
  CAF_CHECK(says(n.handle(getting("/record/counts"), due), R"({"raw":2,"applied":1})"));
}

CAF_TEST(where keys are not honoured a repeat is a double) {
  network n{{false, 0}};
  n.handle(posting("k"), due);
  n.handle(posting("k"), due);
  CAF_CHECK_EQUAL(count(n, "applied"), 2);
  CAF_CHECK_EQUAL(count(n, "doubled"), 1);
}

CAF_TEST(an account that ignores keys doubles too) {
  network n{{}};
  n.handle(posting("k", "no-keys"), due);
  n.handle(posting("k", "no-keys"), due);
  CAF_CHECK_EQUAL(count(n, "doubled"), 1);
}

CAF_TEST(the same key with another body is refused) {
  network n{{}};
  n.handle(posting("k"), due);
  auto other = posting("k");
  other.body = R"({"text":"else"})";
  CAF_CHECK(says(n.handle(other, due), "HTTP/1.1 409 "));
  CAF_CHECK_EQUAL(count(n, "applied"), 1);
}

CAF_TEST(a request before its time counts as early) {
  network n{{}};
  n.handle(posting("a"), due - 1);
  n.handle(posting("b"), due);
  CAF_CHECK_EQUAL(count(n, "early"), 1);
}

CAF_TEST(lateness is that of the first request of each key) {
  network n{{}};
  for (int i = 0; i < 100; ++i) n.handle(posting(fmt::format("k{}", i)), due + i * 1'000);
  n.handle(posting("k0"), due + 9'000'000);
  auto l = n.known().summary().at("lateness_us").as_object();
  CAF_CHECK_EQUAL(l.at("p50").to_number<int>(), 49'000);
  CAF_CHECK_EQUAL(l.at("p99").to_number<int>(), 98'000);
  CAF_CHECK_EQUAL(l.at("max").to_number<int>(), 99'000);
}

CAF_TEST(a post can be found by its key) {
  network n{{}};
  n.handle(posting("a b"), due);
  n.handle(posting("k/1"), due);
  CAF_CHECK(says(n.handle(getting("/v1/posts?x=1&key=k%2f1"), due), R"("posts":[{"id":)"));
  CAF_CHECK(says(n.handle(getting("/v1/posts?key=none"), due), R"("posts":[])"));
  CAF_CHECK(says(n.handle(getting("/v1/posts"), due), "HTTP/1.1 400 "));
}

CAF_TEST(nobody is served without a token) {
  network n{{}};
  auto r = posting("k");
  r.authorization = "Basic x";
  CAF_CHECK(says(n.handle(r, due), "HTTP/1.1 401 "));
  CAF_CHECK_EQUAL(count(n, "raw"), 0);
}

CAF_TEST(faults that strike before the post leave none behind and the others do) {
  struct expectation {
    const char* mode;
    bool applied;
    answer::how how;
  };
  using how = answer::how;
  for (auto e : {expectation{"applied-then-cut", true, how::cut},
                 {"applied-then-502", true, how::send},
                 {"applied-then-hang", true, how::hang},
                 {"cut-before", false, how::cut},
                 {"429", false, how::send},
                 {"hang", false, how::hang},
                 {"500", false, how::send}}) {
    network n{{}};
    n.faults().set({{e.mode, 1.0, 1}});
    auto a = n.handle(posting("k"), due);
    CAF_MESSAGE(e.mode);
    CAF_CHECK_EQUAL(count(n, "raw"), 1);
    CAF_CHECK_EQUAL(count(n, "applied"), e.applied ? 1 : 0);
    CAF_CHECK(a.what == e.how);
  }
}

CAF_TEST(behaviours of an account are the same switches) {
  network n{{}};
  CAF_CHECK(says(n.handle(posting("a", "reject"), due), "HTTP/1.1 422 "));
  CAF_CHECK(says(n.handle(posting("b", "expired-token"), due), "HTTP/1.1 401 "));
  CAF_CHECK(says(n.handle(posting("c", "rate-limited-once"), due), "HTTP/1.1 429 "));
  CAF_CHECK(says(n.handle(posting("c", "rate-limited-once"), due), "HTTP/1.1 201 "));
  CAF_CHECK(n.handle(posting("d", "slow"), due).delay_ms > 0);
  CAF_CHECK(n.handle(posting("e", "hang"), due).what == answer::how::hang);
  CAF_CHECK(n.handle(posting("f", "gigantic"), due).bytes.size() > 1'000'000);
  CAF_CHECK(says(n.handle(posting("g", "html"), due), "text/html"));
  CAF_CHECK_EQUAL(count(n, "applied"), 3); // c, d and f
}

CAF_TEST(a fault strikes about as often as asked and the same with the same seed) {
  auto struck = [](std::uint64_t seed) {
    fault_plan plan;
    plan.set({{"500", 0.1, seed}});
    std::string out;
    for (int i = 0; i < 2'000; ++i) out += plan.draw().empty() ? '.' : 'x';
    return out;
  };
  auto once = struck(7);
  auto hits = std::count(once.begin(), once.end(), 'x');
  CAF_CHECK(hits > 120 && hits < 280);
  CAF_CHECK(once == struck(7));
  CAF_CHECK(once != struck(8));
}

CAF_TEST(a fault is written as mode and probability and seed) {
  CAF_CHECK(parse_fault("500:0.25:9")->probability == 0.25);
  CAF_CHECK(parse_fault("hang:1").has_value());
  for (auto* bad : {"", "500", "unheard-of:1", "500:2", "500:-1", "500:x", "500:0.5:y"})
    CAF_CHECK(!parse_fault(bad).has_value());
}

CAF_TEST(settings change what happens from now on) {
  network n{{}};
  auto r = posting("k");
  r.target = "/settings";
  r.body = R"({"faults":["500:1"],"latency_ms":7,"honour_keys":false})";
  CAF_CHECK(says(n.handle(r, due), "HTTP/1.1 200 "));
  auto a = n.handle(posting("k"), due);
  CAF_CHECK(says(a, "HTTP/1.1 500 ") && a.delay_ms == 7);
  r.body = R"({"faults":["bad"]})";
  CAF_CHECK(says(n.handle(r, due), "HTTP/1.1 422 "));
  r.body = R"({"faults":[]})";
  n.handle(r, due);
  CAF_CHECK(says(n.handle(posting("k"), due), "HTTP/1.1 201 "));
}

CAF_TEST(a sink that comes back with its journal knows what it knew) {
  std::string path = "/tmp/troupe-sink-XXXXXX";
  ::close(::mkstemp(path.data()));
  {
    network before{{}};
    before.log().open(path, before.known());
    before.handle(posting("k"), due);
    before.handle(posting("k"), due);
    before.handle(posting("reject", "reject"), due);
    before.handle(posting(""), due);
    before.log().flush();
    std::ofstream(path, std::ios::app) << "1700000000000000 17000"; // cut off in the middle of a write
  }
  network after{{}};
  after.log().open(path, after.known());
  CAF_CHECK_EQUAL(count(after, "raw"), 4);
  CAF_CHECK_EQUAL(count(after, "applied"), 2);
  CAF_CHECK_EQUAL(count(after, "without_key"), 1);
  CAF_CHECK(says(after.handle(posting("k"), due), "Idempotent-Replay"));
  after.log().flush();
  network third{{}};
  third.log().open(path, third.known());
  CAF_CHECK_EQUAL(count(third, "raw"), 5);
  ::unlink(path.c_str());
}
