#include "contract.hpp"

#include <atomic>

namespace troupe::test {

namespace {

using optional_text = std::optional<std::string>;

void a_value_is_kept(const subject& s) {
  auto c = s.open();
  CAF_CHECK(get(*c, "absent") == std::nullopt);
  c->set("key", "value", seconds{60});
  CAF_CHECK(get(*c, "key") == optional_text("value"));
  c->set("key", "other", seconds{60});
  CAF_CHECK(get(*c, "key") == optional_text("other"));
}

void a_value_is_seen_by_others(const subject& s) {
  auto one = s.open(), other = s.open();
  one->set("seen", "by all", seconds{60});
  CAF_CHECK(get(*one, "seen") == optional_text("by all"));
  CAF_CHECK(get(*other, "seen") == optional_text("by all"));
  other->remove("seen");
  CAF_CHECK(get(*other, "seen") == std::nullopt);
  CAF_CHECK(get(*one, "seen") == std::nullopt);
}

void a_removed_value_is_gone(const subject& s) {
  auto c = s.open();
  c->set("removed", "value", seconds{60});
  c->remove("removed");
  c->remove("never there");
  CAF_CHECK(get(*c, "removed") == std::nullopt);
}

void any_bytes_are_kept(const subject& s) {
  auto c = s.open();
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  c->set("k" + bytes, bytes, seconds{60});
  c->set("empty", "", seconds{60});
  c->set("", "no name", seconds{60});
  CAF_CHECK(get(*c, "k" + bytes) == optional_text(bytes));
  CAF_CHECK(get(*c, "empty") == optional_text(""));
  CAF_CHECK(get(*c, "") == optional_text("no name"));
  CAF_CHECK(get(*c, "k*") == std::nullopt);
}

void a_value_ends_with_its_time(const subject& s) {
  auto c = s.open();
  c->set("short", "value", milliseconds{30});
  c->set("long", "value", seconds{60});
  c->set("for ever", "value", milliseconds::max());
  s.pass(milliseconds{30});
  eventually("the value ends", [&] { return get(*c, "short") == std::nullopt; });
  CAF_CHECK(get(*c, "long") == optional_text("value"));
  CAF_CHECK(get(*c, "for ever") == optional_text("value"));
}

void no_time_to_live_removes(const subject& s) {
  auto c = s.open();
  c->set("timeless", "value", seconds{60});
  c->set("timeless", "value", milliseconds{0});
  CAF_CHECK(get(*c, "timeless") == std::nullopt);
  c->set("timeless", "value", milliseconds{-5});
  CAF_CHECK(get(*c, "timeless") == std::nullopt);
}

void a_value_that_is_too_large_removes(const subject& s) {
  auto c = s.open();
  const std::string largest(cache::max_value_bytes, 'x');
  c->set("large", largest, seconds{60});
  CAF_CHECK(get(*c, "large") == optional_text(largest));
  c->set("large", largest + "x", seconds{60});
  CAF_CHECK(get(*c, "large") == std::nullopt);
}

void a_window_counts_down(const subject& s) {
  auto c = s.open();
  for (std::int64_t n = 1; n <= 5; ++n) {
    auto r = take(*c, "window", 3, seconds{60});
    CAF_CHECK_EQUAL(r.allowed, n <= 3);
    CAF_CHECK_EQUAL(r.limit, 3);
    CAF_CHECK_EQUAL(r.remaining, n <= 3 ? 3 - n : 0);
    CAF_CHECK(r.resets_in > milliseconds{0} && r.resets_in <= seconds{60});
  }
  CAF_CHECK(take(*c, "another window", 3, seconds{60}).allowed);
  CAF_CHECK(!take(*c, "closed", 0, seconds{60}).allowed);
}

void a_window_begins_anew(const subject& s) {
  auto c = s.open();
  CAF_CHECK(take(*c, "brief", 1, milliseconds{30}).allowed);
  s.pass(milliseconds{30});
  eventually("the window begins anew", [&] { return take(*c, "brief", 1, milliseconds{30}).allowed; });
}

void a_denied_take_does_not_lengthen_the_window(const subject& s) {
  auto c = s.open();
  auto first = take(*c, "denied", 1, seconds{60});
  s.pass(milliseconds{10});
  for (int i = 0; i < 3; ++i) {
    auto r = take(*c, "denied", 1, seconds{60});
    CAF_CHECK(!r.allowed);
    CAF_CHECK(r.resets_in <= first.resets_in);
  }
}

void a_window_and_a_value_share_a_name(const subject& s) {
  auto c = s.open();
  c->set("name", "value", seconds{60});
  CAF_CHECK(take(*c, "name", 2, seconds{60}).allowed);
  CAF_CHECK(get(*c, "name") == optional_text("value"));
  c->remove("name");
  CAF_CHECK_EQUAL(take(*c, "name", 2, seconds{60}).remaining, 0);
}

void a_window_that_was_ended_begins_anew(const subject& s) {
  auto c = s.open();
  c->set("ended", "value", seconds{60});
  for (int i = 0; i < 3; ++i) take(*c, "ended", 2, seconds{60});
  CAF_CHECK(!take(*c, "ended", 2, seconds{60}).allowed);
  c->end_window("ended");
  c->end_window("never there");
  CAF_CHECK_EQUAL(take(*c, "ended", 2, seconds{60}).remaining, 1);
  CAF_CHECK(get(*c, "ended") == optional_text("value"));
}

void a_window_is_shared_exactly(const subject& s) {
  constexpr int nodes = 4, each = 250, limit = 300;
  std::vector<std::shared_ptr<cache::cache>> caches;
  for (int i = 0; i < nodes; ++i) caches.push_back(s.open());
  std::atomic<int> allowed{0}, left{nodes * each};
  std::promise<void> all;
  std::vector<std::thread> threads;
  for (auto& c : caches)
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i)
        c->take("crowd", limit, seconds{600}, [&](bucket_result r) {
          if (r.allowed) ++allowed;
          if (--left == 0) all.set_value();
        });
    });
  for (auto& t : threads) t.join();
  await(all.get_future());
  CAF_CHECK_EQUAL(allowed.load(), limit);
}

} // namespace

const std::vector<rule>& contract() {
  static const std::vector<rule> rules = {
      {"a value is kept until it is overwritten", a_value_is_kept},
      {"a value is seen and removed by others", a_value_is_seen_by_others},
      {"a removed value is gone", a_removed_value_is_gone},
      {"any bytes are kept", any_bytes_are_kept},
      {"a value ends with its time to live", a_value_ends_with_its_time},
      {"a time to live of nothing removes", no_time_to_live_removes},
      {"a value that is too large removes what was there", a_value_that_is_too_large_removes},
      {"a window counts down to nothing", a_window_counts_down},
      {"a window that is over begins anew", a_window_begins_anew},
      {"a denied take does not lengthen the window", a_denied_take_does_not_lengthen_the_window},
      {"a window and a value may share a name", a_window_and_a_value_share_a_name},
      {"a window that was ended begins anew", a_window_that_was_ended_begins_anew},
      {"a window shared by several lets exactly its limit pass", a_window_is_shared_exactly},
  };
  return rules;
}

} // namespace troupe::test
