#define CAF_SUITE cache_memory
#include "contract.hpp"

#include <stdexcept>

using namespace troupe;
using namespace troupe::test;

namespace {

using steady = std::chrono::steady_clock;

struct fixture {
  std::atomic<steady::rep> elapsed{0};
  std::shared_ptr<cache::cache> make(std::size_t max_entries = 10'000) {
    return cache::make_memory_cache({max_entries},
                                    [this] { return steady::time_point{steady::duration{elapsed.load()}}; });
  }
  void pass(milliseconds time) { elapsed += std::chrono::duration_cast<steady::duration>(time).count(); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cache_memory_tests, fixture)

CAF_TEST(the twin keeps the contract) {
  for (const auto& r : contract()) {
    CAF_MESSAGE(r.sentence);
    auto store = make();
    r.check({[&] { return store; }, [this](milliseconds time) { pass(time); }});
  }
}

CAF_TEST(a value lives until the very moment its time is over) {
  auto c = make();
  c->set("key", "value", milliseconds{10});
  pass(milliseconds{9});
  CAF_CHECK(get(*c, "key") == std::optional<std::string>("value"));
  pass(milliseconds{1});
  CAF_CHECK(get(*c, "key") == std::nullopt);
}

CAF_TEST(a window tells to the millisecond when it begins anew) {
  auto c = make();
  CAF_CHECK(take(*c, "w", 1, milliseconds{100}).resets_in == milliseconds{100});
  pass(milliseconds{99});
  auto r = take(*c, "w", 1, milliseconds{100});
  CAF_CHECK(!r.allowed);
  CAF_CHECK(r.resets_in == milliseconds{1});
  pass(milliseconds{1});
  CAF_CHECK(take(*c, "w", 1, milliseconds{100}).allowed);
}

CAF_TEST(the least recently used entry goes first) {
  auto c = make(3);
  c->set("a", "1", seconds{60});
  c->set("b", "2", seconds{60});
  take(*c, "w", 9, seconds{60});
  CAF_CHECK(get(*c, "a").has_value());
  c->set("d", "4", seconds{60}); // b was not asked for the longest time
  CAF_CHECK(!get(*c, "b").has_value());
  CAF_CHECK(get(*c, "a").has_value());
  CAF_CHECK(get(*c, "d").has_value());
  CAF_CHECK_EQUAL(take(*c, "w", 9, seconds{60}).remaining, 7);
}

CAF_TEST(a cache of one entry works) {
  auto c = make(1);
  c->set("a", "1", seconds{60});
  c->set("b", "2", seconds{60});
  CAF_CHECK(!get(*c, "a").has_value());
  CAF_CHECK(get(*c, "b").has_value());
}

CAF_TEST(handlers may call the cache again) {
  auto c = make();
  c->set("a", "1", seconds{60});
  bool inner = false;
  c->get("a", [&](auto) { c->get("a", [&](auto value) { inner = value.has_value(); }); });
  CAF_CHECK(inner);
}

CAF_TEST(a cache of no entries is refused) {
  std::string refused;
  try {
    cache::make_memory_cache({0});
  } catch (const std::invalid_argument& e) {
    refused = e.what();
  }
  CAF_CHECK_EQUAL(refused, "cache max_entries = 0: allowed is 1 and more");
}

CAF_TEST_FIXTURE_SCOPE_END()
