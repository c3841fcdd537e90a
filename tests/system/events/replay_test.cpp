#define CAF_SUITE event_replay
#include <caf/test/unit_test.hpp>

#include "audience.hpp"

#include <fmt/format.h>

using namespace troupe;
using namespace troupe::test;

namespace {

struct fixture : stage {
  /// A mark from before everything that follows.
  events::mark begin() {
    auto f = feed();
    heard h{shop};
    open(*f, h);
    h.lines(1);
    return h.marks()[0];
  }
  std::vector<std::string> resumed(events::feed& f, std::optional<events::mark> from, std::size_t count) {
    heard h{shop};
    h.who->resumes = true;
    h.who->after = std::move(from);
    CAF_CHECK(open(f, h).why.code == ec::none);
    auto out = h.lines(count);
    last = h.marks().back();
    h.leave();
    return out;
  }
  events::mark last;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(event_replay_tests, fixture)

CAF_TEST(what was missed comes in pages and then goes on live) {
  settings.page = 3;
  auto from = begin();
  for (int i = 0; i < 10; ++i) {
    emit(shop, fmt::format("e.n{}", i));
    emit(other, "noise");
  }
  settle();
  auto f = feed();
  heard h{shop};
  h.who->resumes = true;
  h.who->after = from;
  open(*f, h);
  emit(shop, "live.one");
  auto got = h.lines(12);
  CAF_REQUIRE_EQUAL(got.size(), 12u);
  for (std::size_t i = 0; i < 10; ++i) CAF_CHECK(got[i + 1].starts_with(fmt::format("e.n{} ", i)));
  CAF_CHECK(got[11].starts_with("live.one "));
  CAF_CHECK(f->counters().replayed >= 10u);
}

CAF_TEST(many resume at once and each gets all) {
  settings.replays_at_once = 2;
  settings.page = 4;
  auto from = begin();
  for (int i = 0; i < 9; ++i) emit(shop, "e.e");
  auto f = feed();
  std::vector<std::unique_ptr<heard>> all;
  for (int i = 0; i < 12; ++i) {
    all.push_back(std::make_unique<heard>(shop, new_uuid(system_now())));
    all.back()->who->resumes = true;
    all.back()->who->after = from;
    open(*f, *all.back());
  }
  emit(shop, "live.one");
  for (auto& h : all) CAF_CHECK_EQUAL(h->lines(11).size(), 11u);
  f.reset();
}

CAF_TEST(a cursor that cannot be honoured begins anew with a reset) {
  auto from = begin();
  emit(shop, "e.e");
  auto first_is = [this](std::optional<events::mark> m, const char* want) {
    auto f = feed();
    auto line = resumed(*f, std::move(m), 1)[0];
    CAF_CHECK_EQUAL(line, want);
    CAF_CHECK_EQUAL(f->counters().resets.load(), std::string_view(want) == "H" ? 0u : 1u);
  };
  first_is(from, "H");
  first_is(std::nullopt, "R unknown-cursor");
  auto elsewhere = from;
  elsewhere.history = "elsewhere/1";
  first_is(elsewhere, "R unknown-cursor");
  auto ancient = from;
  ancient.time -= settings.kept + seconds{60};
  first_is(ancient, "R too-old");
  settings.replay_limit = 3;
  for (int i = 0; i < 3; ++i) emit(shop, "e.e");
  first_is(from, "H"); // a hello, and then the reset
  settle();            // or what it gives lies before some of them
  auto f = feed();
  auto too_many = resumed(*f, from, 2);
  CAF_CHECK_EQUAL(too_many[1], "R too-many");
  // What the reset gave is a place to go on from.
  auto again = last;
  emit(shop, "after.reset");
  auto g = feed();
  CAF_CHECK(resumed(*g, again, 2)[1].starts_with("after.reset "));
}

CAF_TEST(events from before the order was kept come first) {
  auto from = begin();
  sql("INSERT INTO event (shard_id, workspace_id, kind, subject, xid) VALUES (0, $1, 'old.one', $1, '0')",
      {to_string(shop)});
  emit(shop, "new.one");
  auto f = feed();
  auto start = from;
  start.at = {};
  auto got = resumed(*f, start, 3);
  CAF_CHECK(got[1].starts_with("old.one "));
  CAF_CHECK(got[2].starts_with("new.one "));
}

CAF_TEST_FIXTURE_SCOPE_END()
