#define CAF_SUITE page_cache

#include "net/api/page_cache.hpp"

#include <caf/test/unit_test.hpp>

#include <chrono>

using namespace troupe;
using api::page_cache;

namespace {

/// Owns every shard, under the epoch that the test gives it.
class one_owner final : public ownership {
 public:
  const std::string& node_name() const noexcept override { return name; }
  std::int64_t incarnation() const noexcept override { return 1; }
  std::optional<std::int64_t> epoch_of(shard_id) const noexcept override { return epoch; }
  bool may_dispatch() const noexcept override { return leased; }
  void fence_lost(shard_id) override {}
  timestamp now() const noexcept override { return system_now(); }
  microseconds error_bound() const noexcept override { return microseconds{0}; }
  steady steady_at(timestamp) const noexcept override { return {}; }

  std::string name = "a";
  std::optional<std::int64_t> epoch = 1;
  bool leased = true;
};

struct fixture {
  one_owner owner;
  change_count changes{4};
  runtime rt;
  fixture() {
    rt.owner = &owner;
    rt.changes = &changes;
  }
  page_cache made(std::size_t bytes = 100'000, milliseconds longest = std::chrono::hours{1}) {
    return page_cache{rt, bytes, longest};
  }
  /// As a list does it.
  static void read(page_cache& c, const std::string& key, shard_id shard = 2, std::size_t bytes = 10) {
    if (auto since = c.look(shard)) c.keep(key, shard, *since, std::string(bytes, 'x'));
  }
  void change(shard_id shard) {
    changes.begun(shard);
    changes.ended(shard);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(page_cache_tests, fixture)

CAF_TEST(a page is given until its shard changes) {
  auto c = made();
  CAF_CHECK(!c.find("k", 2));
  read(c, "k");
  change(1);
  CAF_CHECK(c.find("k", 2) != nullptr);
  CAF_CHECK(!c.find("other", 2));
  change(2);
  CAF_CHECK(!c.find("k", 2));
  CAF_CHECK_EQUAL(c.size_bytes(), 0u);
}

CAF_TEST(nothing is given or kept while a change is under way) {
  auto c = made();
  read(c, "before");
  changes.begun(2);
  CAF_CHECK(!c.find("before", 2));
  read(c, "meanwhile");
  changes.ended(2);
  CAF_CHECK(!c.find("before", 2));
  CAF_CHECK(!c.find("meanwhile", 2));
}

CAF_TEST(what was read across a change is not kept) {
  auto c = made();
  auto since = c.look(2);
  CAF_REQUIRE(since.has_value());
  change(2);
  c.keep("k", 2, *since, "page");
  CAF_CHECK(!c.find("k", 2));
}

CAF_TEST(who owns the shard no longer or again gives nothing old) {
  auto c = made();
  read(c, "k");
  owner.leased = false;
  CAF_CHECK(!c.find("k", 2));
  owner.leased = true;
  CAF_CHECK(c.find("k", 2) != nullptr);
  owner.epoch.reset();
  CAF_CHECK(!c.find("k", 2));
  owner.epoch = 3; // another node had it
  CAF_CHECK(!c.find("k", 2));
}

CAF_TEST(a page that is too old is read again) {
  auto c = made(100'000, milliseconds{-1});
  read(c, "k");
  CAF_CHECK(!c.find("k", 2));
}

CAF_TEST(bytes are bounded and what is used stays) {
  auto c = made(20'000);
  read(c, "used", 2, 1'000);
  for (int i = 0; i < 40; ++i) {
    read(c, "k" + std::to_string(i), 2, 1'000);
    CAF_CHECK(c.find("used", 2) != nullptr);
    CAF_CHECK(c.size_bytes() <= 20'000);
  }
  CAF_CHECK(!c.find("k0", 2));
  CAF_CHECK(c.find("k39", 2) != nullptr);
  read(c, "huge", 2, 5'000);
  CAF_CHECK(!c.find("huge", 2));
  auto none = made(0);
  read(none, "k");
  CAF_CHECK(!none.find("k", 2));
}

CAF_TEST_FIXTURE_SCOPE_END()
