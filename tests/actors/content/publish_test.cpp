#define CAF_SUITE publish
#include "tests/actors/content/fixture.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace troupe::test;
using std::chrono::milliseconds;

namespace {

uuid fresh() { return new_uuid(system_now()); }

request_origin by(const small_node& n) {
  request_origin o;
  o.user = n.user;
  return o;
}

} // namespace

CAF_TEST(a scheduled post goes out once and its ledger says how) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  auto post = fresh();
  auto made = node.make_post(post, {account}, milliseconds{300});
  CAF_REQUIRE(made.has_value());
  node.wait_state(post, "published");
  CAF_CHECK_EQUAL(network.applied(), 1);
  for (auto& [key, s] : network.record()) CAF_CHECK_EQUAL(s.raw, 1);
  auto expected_ledger =
      std::vector<std::string>{"draft>scheduled", "scheduled>sending", "sending>published"};
  CAF_CHECK(node.ledger(post) == expected_ledger);
}

CAF_TEST(a post never goes out before its time) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  std::vector<uuid> posts;
  for (int i = 0; i < 50; ++i) {
    posts.push_back(fresh());
    CAF_REQUIRE(node.make_post(posts.back(), {account}, milliseconds{200 + 7 * i}).has_value());
  }
  for (auto& p : posts) node.wait_state(p, "published");
  auto early = node.sql("SELECT count(*) FROM delivery WHERE published_at < due_at");
  CAF_CHECK_EQUAL(early.get_int(0, 0), 0);
  CAF_CHECK_EQUAL(network.applied(), 50);
}

CAF_TEST(a draft stays where it is until it is published now) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  auto post = fresh();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{-1}).has_value());
  CAF_CHECK_EQUAL(node.state_of(post), "draft");
  CAF_REQUIRE(
      node.ask<document>(post_ref(node.workspace, post), act_on_post{by(node), post_action::publish_now})
          .has_value());
  node.wait_state(post, "published");
  CAF_CHECK_EQUAL(network.applied(), 1);
}

CAF_TEST(a cancelled post is never sent) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  auto post = fresh();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{60'000}).has_value());
  CAF_REQUIRE(node.ask<document>(post_ref(node.workspace, post), act_on_post{by(node), post_action::cancel})
                  .has_value());
  CAF_CHECK_EQUAL(node.state_of(post), "cancelled");
  auto other = fresh();
  CAF_REQUIRE(node.make_post(other, {account}, milliseconds{0}).has_value());
  node.wait_state(other, "published");
  CAF_CHECK_EQUAL(network.applied(), 1);
}

CAF_TEST(a cancel in the armed window is either honoured or refused) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  int honoured = 0, refused = 0;
  for (int i = 0; i < 40; ++i) {
    auto post = fresh();
    CAF_REQUIRE(node.make_post(post, {account}, milliseconds{110}).has_value());
    // The wait is spent on asking, so that the cancel falls around the arming and the release.
    auto due = node.core().rt().owner->now() + milliseconds{3 * i};
    while (node.core().rt().owner->now() < due) std::this_thread::yield();
    auto r = node.ask<document>(post_ref(node.workspace, post), act_on_post{by(node), post_action::cancel});
    auto row = node.sql("SELECT state, id FROM delivery WHERE post_id = $1", {to_string(post)});
    auto key = std::string(row.get(0, 1));
    if (r.has_value()) {
      ++honoured;
      CAF_CHECK_EQUAL(row.get(0, 0), "cancelled");
      CAF_CHECK(!network.record().contains(key));
    } else {
      ++refused; // on its way, or out already
      CAF_CHECK(r.error().code == ec::already_sending || r.error().code == ec::conflict);
      node.wait_state(post, "published");
    }
  }
  CAF_CHECK(honoured > 0);
  CAF_MESSAGE("honoured " << honoured << ", refused " << refused);
}

CAF_TEST(an answer that is lost after the post was applied ends in one post) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  network.misbehave(1, 502, true);
  auto post = fresh();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{0}).has_value());
  node.wait_state(post, "published");
  CAF_CHECK_EQUAL(network.applied(), 1);
  auto rows = node.ledger(post);
  CAF_CHECK(std::find(rows.begin(), rows.end(), "sending>in_doubt") != rows.end());
}

CAF_TEST(a repeat that is refused while the first call may still arrive settles nothing) {
  small_network network;
  small_node node{network,
                  [](config::settings& c) { c.publish.send_window_ms = c.publish.call_timeout_ms = 1'000; }};
  auto account = node.connect_account("ada");
  network.misbehave(1, 502, false); // who knows where it is
  network.misbehave(1, 422, false);
  auto post = fresh();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{0}).has_value());
  node.wait_state(post, "published");
  CAF_CHECK_EQUAL(network.applied(), 1);
  auto said = node.sql("SELECT reason FROM ledger "
                       "WHERE reason LIKE 'refused%' OR reason LIKE 'published%' ORDER BY at");
  CAF_REQUIRE_EQUAL(said.size(), 2u);
  CAF_CHECK_EQUAL(said.get(0, 0), "refused, while an earlier call may still arrive");
  CAF_CHECK_EQUAL(said.get(1, 0), "published, found by a repeat with the same key");
}

CAF_TEST(what is refused when no call can arrive any more has failed) {
  small_network network;
  small_node node{network,
                  [](config::settings& c) { c.publish.send_window_ms = c.publish.call_timeout_ms = 1'000; }};
  auto account = node.connect_account("ada");
  network.misbehave(1, 502, false);
  network.misbehave(2, 422, false);
  auto post = fresh();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{0}).has_value());
  node.wait_state(post, "failed");
  CAF_CHECK_EQUAL(network.applied(), 0);
  for (auto& [key, s] : network.record()) CAF_CHECK_EQUAL(s.raw, 3);
}

CAF_TEST(a rate limit moves the delivery and burns no attempt) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  network.misbehave(1, 429, false);
  auto post = fresh();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{0}).has_value());
  node.wait_state(post, "published");
  auto r = node.sql("SELECT burnt, attempt FROM delivery WHERE post_id = $1", {to_string(post)});
  CAF_CHECK_EQUAL(r.get_int(0, 0), 0);
  CAF_CHECK_EQUAL(r.get_int(0, 1), 2);
}

CAF_TEST(a budget that accounts share lets no more calls out than the network allows) {
  small_network network;
  small_node node{network};
  // Two calls in ten minutes for all accounts together.
  auto& sandbox = const_cast<platforms::description&>(node.core().networks().find("sandbox")->describe());
  sandbox.shared_budgets = {{"address", 2, std::chrono::minutes{10}}};
  std::vector<uuid> posts;
  for (auto* name : {"ada", "bob", "cyd"}) {
    auto account = node.connect_account(name);
    posts.push_back(fresh());
    CAF_REQUIRE(node.make_post(posts.back(), {account}, milliseconds{0}).has_value());
  }
  // Which of the three has to wait is nobody's promise.
  node.wait_sql(
      "two are out and one is back in line",
      "SELECT (SELECT count(*) FROM delivery WHERE state = 'published') = 2 AND (SELECT count(*) FROM ledger "
      "WHERE from_state = 'sending' AND to_state = 'scheduled') = 1");
  CAF_CHECK_EQUAL(network.applied(), 2);
  auto r = node.sql(
      "SELECT burnt, next_attempt_at > clock_timestamp() + interval '5 min' FROM delivery WHERE state = "
      "'scheduled'");
  CAF_REQUIRE_EQUAL(r.size(), 1u);
  CAF_CHECK_EQUAL(r.get_int(0, 0), 0);
  CAF_CHECK(r.get_bool(0, 1));
}

CAF_TEST(a refused post fails and goes out again when a person retries it) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  network.misbehave(1, 422, false);
  auto post = fresh();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{0}).has_value());
  node.wait_state(post, "failed");
  act_on_delivery again;
  again.origin = by(node);
  again.delivery =
      *parse_uuid(node.sql("SELECT id FROM delivery WHERE post_id = $1", {to_string(post)}).get(0, 0));
  again.action = delivery_action::retry;
  CAF_REQUIRE(node.ask<document>(post_ref(node.workspace, post), again).has_value());
  node.wait_state(post, "published");
}

CAF_TEST(a paused account holds its deliveries back and lets them go when it is resumed) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada"), other = node.connect_account("bob");
  CAF_REQUIRE(node.ask<document>(account_ref(node.workspace, account), act_on_account{account_action::pause})
                  .has_value());
  auto held = fresh(), free = fresh();
  CAF_REQUIRE(node.make_post(held, {account}, milliseconds{0}).has_value());
  CAF_REQUIRE(node.make_post(free, {other}, milliseconds{0}).has_value());
  node.wait_state(free, "published");
  CAF_CHECK_EQUAL(node.state_of(held), "scheduled");
  CAF_REQUIRE(node.ask<document>(account_ref(node.workspace, account), act_on_account{account_action::resume})
                  .has_value());
  node.wait_state(held, "published");
  CAF_CHECK_EQUAL(network.applied(), 2);
}

CAF_TEST(what is due while the node is away goes out once when it is back) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  std::vector<uuid> posts;
  for (int i = 0; i < 20; ++i) {
    posts.push_back(fresh());
    CAF_REQUIRE(node.make_post(posts.back(), {account}, milliseconds{3'000}).has_value());
  }
  node.stop();
  node.sql("UPDATE delivery SET due_at = due_at - interval '10 s'");
  node.start();
  for (auto& p : posts) node.wait_state(p, "published");
  CAF_CHECK_EQUAL(network.applied(), 20);
}

CAF_TEST(what is later than the workspace allows waits for a person instead of going out) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  auto post = fresh();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{60'000}).has_value());
  node.stop();
  node.sql("UPDATE delivery SET due_at = due_at - interval '3 days'");
  node.start();
  node.wait_state(post, "needs_review");
  CAF_CHECK_EQUAL(network.applied(), 0);
}

CAF_TEST(the same key and body make one post and another body is refused) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  auto post = derived_uuid("key-1" + to_string(node.user));
  auto first = node.make_post(post, {account}, milliseconds{-1}, "key-1");
  auto second = node.make_post(post, {account}, milliseconds{-1}, "key-1");
  CAF_REQUIRE(first.has_value());
  CAF_REQUIRE(second.has_value());
  CAF_CHECK_EQUAL(first->json, second->json);
  create_post other;
  other.origin = by(node);
  other.origin.key = "key-1";
  other.origin.body_hash = "something else";
  auto third = node.ask<document>(post_ref(node.workspace, post), other);
  CAF_REQUIRE(!third.has_value());
  CAF_CHECK(third.error().code == ec::idempotency_mismatch);
  CAF_CHECK_EQUAL(node.sql("SELECT count(*) FROM post").get_int(0, 0), 1);
}

CAF_TEST(a repeat is answered as the first try was although its wish would be refused by now) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  auto post = derived_uuid("key-1" + to_string(node.user));
  auto first = node.make_post(post, {account}, milliseconds{3'600'000}, "key-1");
  CAF_REQUIRE(first.has_value());
  CAF_REQUIRE(
      node.ask<document>(account_ref(node.workspace, account), act_on_account{account_action::disconnect})
          .has_value());
  // Neither the POST in memory nor, after a restart, one that has to be made anew.
  for (bool anew : {false, true}) {
    if (anew) {
      node.stop();
      node.start();
    }
    auto again = node.make_post(post, {account}, milliseconds{3'600'000}, "key-1");
    CAF_REQUIRE(again.has_value());
    CAF_CHECK_EQUAL(again->version, first->version);
    create_post other;
    other.origin = by(node);
    other.origin.key = "key-1";
    other.origin.body_hash = "something else";
    auto refused = node.ask<document>(post_ref(node.workspace, post), other);
    CAF_REQUIRE(!refused.has_value());
    CAF_CHECK(refused.error().code == ec::idempotency_mismatch);
  }
  auto unknown = node.make_post(fresh(), {account}, milliseconds{3'600'000}, "key-2");
  CAF_REQUIRE(!unknown.has_value());
  CAF_CHECK(unknown.error().code == ec::validation_failed);
  CAF_CHECK_EQUAL(node.sql("SELECT count(*) FROM post").get_int(0, 0), 1);
}

CAF_TEST(a post beyond a limit is refused with account limit and count) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  create_post m;
  m.origin = by(node);
  m.content.text = std::string(501, 'x');
  target_spec t;
  t.account = account;
  m.targets.push_back(t);
  m.schedule.what = schedule_spec::kind::at;
  m.schedule.at_us = to_micros(node.core().rt().owner->now() + milliseconds{1'000});
  auto r = node.ask<document>(post_ref(node.workspace, fresh()), m);
  CAF_REQUIRE(!r.has_value());
  const auto error = r.error();
  CAF_REQUIRE(error.code == ec::validation_failed);
  CAF_REQUIRE(!error.fields.empty());
  CAF_CHECK_EQUAL(error.fields[0].pointer, "/targets/0/text");
  CAF_CHECK(error.fields[0].detail.find("501") != std::string::npos);
  CAF_CHECK(error.fields[0].detail.find("500") != std::string::npos);
  CAF_CHECK(error.fields[0].detail.find(to_string(account)) != std::string::npos);
}

CAF_TEST(an edit changes what goes out and a stale edit is refused) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  auto post = fresh();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{60'000}).has_value());
  edit_post e;
  e.origin = by(node);
  e.origin.if_version = 1;
  e.has_text = true;
  e.content.text = "second thoughts";
  CAF_REQUIRE(node.ask<document>(post_ref(node.workspace, post), e).has_value());
  auto stale = node.ask<document>(post_ref(node.workspace, post), e);
  CAF_REQUIRE(!stale.has_value());
  CAF_CHECK(stale.error().code == ec::precondition_failed);
  CAF_REQUIRE(
      node.ask<document>(post_ref(node.workspace, post), act_on_post{by(node), post_action::publish_now})
          .has_value());
  node.wait_state(post, "published");
  auto record = network.record();
  CAF_REQUIRE_EQUAL(record.size(), 1u);
  CAF_CHECK(record.begin()->second.body.find("second thoughts") != std::string::npos);
}

CAF_TEST(a local time in a daylight saving gap is refused with both neighbours) {
  small_network network;
  small_node node{network};
  auto account = node.connect_account("ada");
  auto post = fresh();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{-1}).has_value());
  schedule_post s;
  s.origin = by(node);
  s.schedule.what = schedule_spec::kind::local;
  s.schedule.local = "2027-03-28T02:30";
  auto r = node.ask<document>(post_ref(node.workspace, post), s);
  CAF_REQUIRE(!r.has_value());
  CAF_CHECK(r.error().code == ec::nonexistent_time);
  CAF_CHECK(r.error().detail.find("01:59:59") != std::string::npos);
  CAF_CHECK(r.error().detail.find("03:00:00") != std::string::npos);
}
