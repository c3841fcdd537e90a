#define CAF_SUITE core_ids
#include <caf/test/unit_test.hpp>

#include "system/core/ids.hpp"

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

using namespace troupe;

CAF_TEST(fresh ids rise strictly although the clock stands still or goes back) {
  auto now = from_micros(1'800'000'000'000'000);
  auto last = new_uuid(now);
  for (int i = 0; i < 20000; ++i) {
    auto next = new_uuid(i % 2 ? now : now - std::chrono::hours{1});
    if (!(last < next) || !(to_string(last) < to_string(next))) CAF_FAIL("after " << i << " ids");
    last = next;
  }
}

CAF_TEST(a fresh id carries its time its version and its variant) {
  auto id = new_uuid(from_micros(4'000'000'000'000'000));
  CAF_CHECK_EQUAL(id.hi >> 16, 4'000'000'000'000ull);
  CAF_CHECK_EQUAL((id.hi >> 12) & 0xF, 7u);
  CAF_CHECK_EQUAL(id.lo >> 62, 2u);
}

CAF_TEST(ids of several threads are all different) {
  std::vector<std::vector<uuid>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made)
    threads.emplace_back([&mine] {
      for (int i = 0; i < 5000; ++i) mine.push_back(new_uuid(from_micros(0)));
    });
  for (auto& t : threads) t.join();
  std::set<uuid> all;
  for (auto& mine : made) {
    CAF_CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  CAF_CHECK_EQUAL(all.size(), 20000u);
}

CAF_TEST(an id is written in lower case and read in either) {
  uuid id{0x018f3a52c0de7abc, 0x8123456789abcdef};
  CAF_CHECK_EQUAL(to_string(id), "018f3a52-c0de-7abc-8123-456789abcdef");
  CAF_CHECK(parse_uuid("018f3a52-c0de-7abc-8123-456789abcdef") == id);
  CAF_CHECK(parse_uuid("018F3A52-C0DE-7ABC-8123-456789ABCDEF") == id);
  CAF_CHECK(parse_uuid("00000000-0000-0000-0000-000000000000")->is_nil());
}

CAF_TEST(anything but the 36 characters is not an id) {
  for (auto text : {"", "018f3a52c0de7abc8123456789abcdef", "{018f3a52-c0de-7abc-8123-456789abcdef}",
                    "018f3a52-c0de-7abc-8123-456789abcde", "018f3a52-c0de-7abc-8123-456789abcdef0",
                    "018f3a52-c0de-7abc-8123-456789abcdeg", "018f3a52+c0de-7abc-8123-456789abcdef",
                    "018f3a520-c0de-7abc-8123-456789abcde", "018f3a52-c0de-7abc-8123-456789abc\xc3\xa9z"})
    CAF_CHECK(!parse_uuid(text).has_value());
}

CAF_TEST(a derived id depends on its name alone) {
  auto id = derived_uuid("bluesky");
  CAF_CHECK(id == derived_uuid("bluesky"));
  CAF_CHECK(id != derived_uuid("mastodon"));
  CAF_CHECK_EQUAL((id.hi >> 12) & 0xF, 8u);
  CAF_CHECK_EQUAL(id.lo >> 62, 2u);
  // Rows hold ids made like this: the value must never change.
  CAF_CHECK_EQUAL(to_string(derived_uuid("troupe")), "ab8c8527-c04e-8d56-8cab-3b5a4d82f754");
}

CAF_TEST(slots keep their values and are spread evenly) {
  // Rows hold these: changing the hash is a data migration.
  CAF_CHECK_EQUAL(slot_of(uuid{0, 0}), 37635);
  CAF_CHECK_EQUAL(slot_of(uuid{0x018f3a52c0de7abc, 0x8123456789abcdef}), 3369);
  std::vector<int> shards(256);
  for (int i = 0; i < 25600; ++i) ++shards[slot_of(new_uuid(from_micros(i * 1000))) % 256];
  auto [least, most] = std::minmax_element(shards.begin(), shards.end());
  CAF_CHECK_GREATER(*least, 50);
  CAF_CHECK_LESS(*most, 170);
}
