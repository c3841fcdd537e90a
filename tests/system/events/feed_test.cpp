#define CAF_SUITE event_feed
#include <caf/test/unit_test.hpp>

#include "audience.hpp"

#include <thread>

using namespace troupe;
using namespace troupe::test;

namespace {

/// Only the kinds of what was heard, joined.
std::string kinds(const std::vector<std::string>& lines) {
  std::string out;
  for (auto& l : lines) out += l.substr(0, l.find(' ')) + " ";
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(event_feed_tests, stage)

CAF_TEST(listeners hear what happens in their workspace and nothing else) {
  auto f = feed();
  emit(shop, "before.all");
  settle();
  heard first{shop}, second{shop}, elsewhere{other};
  CAF_CHECK(open(*f, first).why.code == ec::none);
  CAF_CHECK(open(*f, second).why.code == ec::none);
  CAF_CHECK(open(*f, elsewhere).why.code == ec::none);
  auto subject = new_uuid(system_now());
  emit(shop, "post.created", subject, R"({"a":"line\nbreak"})");
  emit(other, "post.edited");
  emit(shop, "post.deleted");
  auto want = "H post.created post.deleted ";
  CAF_CHECK_EQUAL(kinds(first.lines(3)), want);
  CAF_CHECK_EQUAL(kinds(second.lines(3)), want);
  CAF_CHECK_EQUAL(kinds(elsewhere.lines(2)), "H post.edited ");
  auto line = first.lines(3)[1];
  CAF_CHECK_EQUAL(line, "post.created " + to_string(subject) + R"( {"a": "line\nbreak"})");
  CAF_CHECK_EQUAL(f->counters().listeners.load(), 3u);
  polls(*f, 2); // counted after it was heard
  CAF_CHECK_EQUAL(f->counters().sent.load(), 5u);
}

CAF_TEST(a transaction that commits late is heard before those that began after it) {
  auto f = feed();
  heard h{shop};
  open(*f, h);
  auto early = connect();
  CAF_REQUIRE(early->run_script("BEGIN; " + insert_of(shop, "early.one")).has_value());
  emit(shop, "late.one"); // has the higher number, and commits first
  polls(*f, 5);
  CAF_CHECK_EQUAL(kinds(h.lines_now()), "H ");
  CAF_REQUIRE(early->run_script("COMMIT").has_value());
  CAF_CHECK_EQUAL(kinds(h.lines(3)), "H early.one late.one ");
  // Whoever was away meanwhile hears the same.
  heard back{shop};
  back.who->resumes = true;
  back.who->after = h.marks()[0];
  open(*f, back);
  CAF_CHECK_EQUAL(kinds(back.lines(3)), "H early.one late.one ");
}

CAF_TEST(a transaction that is rolled back holds nothing up) {
  auto f = feed();
  heard h{shop};
  open(*f, h);
  auto never = connect();
  CAF_REQUIRE(never->run_script("BEGIN; " + insert_of(shop, "never.one")).has_value());
  emit(shop, "second.one");
  CAF_REQUIRE(never->run_script("ROLLBACK").has_value());
  emit(shop, "third.one");
  CAF_CHECK_EQUAL(kinds(h.lines(3)), "H second.one third.one ");
}

CAF_TEST(many writers at once are heard completely and in one order on two nodes) {
  settings.page = 7; // many pages
  auto a = feed(), b = feed();
  heard on_a{shop}, on_b{shop};
  open(*a, on_a);
  open(*b, on_b);
  constexpr int writers = 4, rounds = 25;
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([this, w] {
      auto db = connect();
      for (int i = 0; i < rounds; ++i)
        (void)db->run_script("BEGIN; " + insert_of(shop, "w" + std::to_string(w) + ".a" + std::to_string(i)) +
                             insert_of(other, "noise") + insert_of(shop, "w" + std::to_string(w) + ".b") +
                             "COMMIT;");
    });
  for (auto& t : threads) t.join();
  auto all = on_a.lines(1 + 2 * writers * rounds);
  CAF_CHECK(all == on_b.lines(1 + 2 * writers * rounds));
  auto marks = on_a.marks();
  for (std::size_t i = 2; i < marks.size(); ++i) CAF_CHECK(marks[i - 1].at < marks[i].at);
  // From any place, on the other node, the rest follows: nothing twice, nothing missing.
  for (std::size_t from : {std::size_t{1}, all.size() / 2, all.size() - 1}) {
    heard back{shop};
    back.who->resumes = true;
    back.who->after = marks[from];
    open(*b, back);
    auto rest = back.lines(all.size() - from);
    CAF_CHECK(std::vector(all.begin() + static_cast<std::ptrdiff_t>(from) + 1, all.end()) ==
              std::vector(rest.begin() + 1, rest.end()));
  }
}

CAF_TEST(a cursor from a node that is ahead repeats nothing) {
  auto ahead = feed();
  heard there{shop};
  open(*ahead, there);
  emit(shop, "post.created");
  there.lines(2);
  settings.poll = milliseconds{1'000}; // this one looks again only much later
  auto behind = feed();
  heard first{shop};
  open(*behind, first);
  emit(shop, "post.edited");
  there.lines(3);
  heard moved{shop};
  moved.who->resumes = true;
  moved.who->after = there.marks()[2];
  CAF_CHECK(open(*behind, moved).why.code == ec::none);
  emit(shop, "post.deleted");
  CAF_CHECK_EQUAL(kinds(moved.lines(2)), "H post.deleted ");
  CAF_CHECK_EQUAL(kinds(first.lines(3)), "H post.edited post.deleted ");
}

CAF_TEST(nobody listens and nothing is read) {
  auto f = feed();
  CAF_CHECK_EQUAL(f->counters().polls.load(), 0u);
  heard h{shop};
  auto o = open(*f, h);
  emit(shop, "post.created");
  h.lines(2);
  f->close(o.id);
  h.wait_end();
  CAF_CHECK_EQUAL(f->counters().listeners.load(), 0u);
  emit(shop, "post.edited");
  settle();
  // The next one begins at its own present.
  heard later{shop};
  open(*f, later);
  emit(shop, "post.deleted");
  CAF_CHECK_EQUAL(kinds(later.lines(2)), "H post.deleted ");
}

CAF_TEST(as many may listen as the settings say) {
  settings.listeners = 4;
  settings.listeners_per_workspace = 3;
  settings.listeners_per_user = 2;
  auto f = feed();
  auto ada = new_uuid(system_now()), bob = new_uuid(system_now()), eve = new_uuid(system_now());
  heard a1{shop, ada}, a2{other, ada}, a3{shop, ada}, b1{shop, bob}, b2{shop, bob}, e1{shop, eve},
      e2{other, eve}, e3{other, eve};
  CAF_CHECK(open(*f, a1).why.code == ec::none);
  auto second = open(*f, a2);
  CAF_CHECK(second.why.code == ec::none);
  auto third = open(*f, a3);
  CAF_CHECK(third.why.code == ec::rate_limited);
  CAF_CHECK(third.why.retry_after_ms > 0);
  CAF_CHECK(open(*f, b1).why.code == ec::none);
  CAF_CHECK(open(*f, b2).why.code == ec::none);
  CAF_CHECK(open(*f, e1).why.code == ec::overloaded); // of the workspace
  CAF_CHECK(open(*f, e2).why.code == ec::overloaded); // of the node
  CAF_CHECK_EQUAL(f->counters().refused.load(), 3u);
  f->close(second.id);
  a2.wait_end();
  CAF_CHECK(open(*f, e3).why.code == ec::none);
}

CAF_TEST(who does not keep up or has left is let go alone) {
  auto f = feed();
  heard good{shop}, slow{shop}, left{shop};
  slow.slow_after(2);
  for (auto* h : {&good, &slow, &left}) open(*f, *h);
  left.lines(1);
  left.leave();
  for (auto* kind : {"a.a", "b.b", "c.c"}) emit(shop, kind);
  CAF_CHECK_EQUAL(kinds(good.lines(4)), "H a.a b.b c.c ");
  slow.wait_end();
  left.wait_end();
  CAF_CHECK_EQUAL(kinds(slow.lines_now()), "H a.a ");
  CAF_CHECK(!good.ended());
  CAF_CHECK_EQUAL(f->counters().dropped.load(), 1u);
  CAF_CHECK_EQUAL(f->counters().listeners.load(), 1u);
}

CAF_TEST(the end of a membership ends its streams and no others) {
  auto f = feed();
  auto ada = new_uuid(system_now()), bob = new_uuid(system_now());
  heard hers{shop, ada}, her_other{other, ada}, his{shop, bob};
  for (auto* h : {&hers, &her_other, &his}) open(*f, *h);
  emit(shop, "member.left", ada);
  emit(shop, "post.created");
  hers.wait_end();
  CAF_CHECK_EQUAL(kinds(his.lines(3)), "H member.left post.created ");
  CAF_CHECK_EQUAL(kinds(hers.lines_now()), "H ");
  CAF_CHECK(!her_other.ended());
}

CAF_TEST(a token that ends or a membership that no event told of ends the stream) {
  settings.heartbeat = milliseconds{100};
  auto f = feed();
  auto eve = new_uuid(system_now());
  heard expired{shop}, stranger{shop, eve}, good{shop};
  for (auto* h : {&expired, &stranger, &good}) open(*f, *h);
  good.beats(1);
  expired.unwelcome();
  expired.wait_end();
  sql("INSERT INTO stranger VALUES ($1)", {to_string(eve)});
  stranger.wait_end();
  good.beats(good.beats(1) + 1);
  CAF_CHECK(!good.ended());
}

CAF_TEST(the database goes away and nothing is lost) {
  auto f = feed();
  heard h{shop};
  open(*f, h);
  emit(shop, "one.one");
  h.lines(2);
  sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid()");
  emit(shop, "two.two");
  CAF_CHECK_EQUAL(kinds(h.lines(3)), "H one.one two.two ");
}

CAF_TEST(a feed that ends says goodbye to all) {
  auto f = feed();
  heard h{shop};
  open(*f, h);
  f.reset();
  h.wait_end();
}

CAF_TEST_FIXTURE_SCOPE_END()
