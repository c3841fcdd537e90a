#define CAF_SUITE lost_reply
#include "tests/actors/content/fixture.hpp"
#include "tests/support/tcp_proxy.hpp"

#include <caf/test/unit_test.hpp>

// The database has made a change, and nobody hears of it: the JOURNAL repeats it, and it finds itself done.

using namespace troupe;
using namespace troupe::test;
using std::chrono::milliseconds;

namespace {

/// A node behind a relay that loses answers of the database.
struct fixture {
  small_network network;
  std::unique_ptr<tcp_proxy> relay;
  small_node node{network, [this](config::settings& c) { put_between(c); }};

  void put_between(config::settings& c) {
    auto at = c.database.dsn.find("port='") + 6;
    relay = std::make_unique<tcp_proxy>(std::stoi(c.database.dsn.substr(at)));
    c.database.dsn += " port=" + std::to_string(relay->port()); // the last one counts
  }
  /// Does it twice before the answer to `statement` is lost, so that both writers have prepared it.
  uuid draft(const uuid& account) {
    auto id = new_uuid(system_now());
    CAF_REQUIRE(node.make_post(id, {account}, milliseconds{-1}).has_value());
    return id;
  }
  expected<document> publish_now(const uuid& post) {
    act_on_post m;
    m.origin.user = node.user;
    m.action = post_action::publish_now;
    return node.ask<document>(post_ref(node.workspace, post), m);
  }
  expected<document> change(const uuid& account, account_action what) {
    return node.ask<document>(account_ref(node.workspace, account), act_on_account{what});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(lost_reply_tests, fixture)

CAF_TEST(what was scheduled goes out although nobody heard that it was) {
  auto account = node.connect_account("ada");
  auto first = draft(account), second = draft(account);
  CAF_REQUIRE(publish_now(first).has_value());
  node.wait_state(first, "published");
  relay->lose_reply_to("post_move");
  CAF_CHECK(publish_now(second).has_value());
  relay->wait_until_lost();
  node.wait_state(second, "published");
  CAF_CHECK_EQUAL(network.applied(), 2);
}

CAF_TEST(what was made goes out although nobody heard that it was) {
  auto account = node.connect_account("ada");
  draft(account);
  relay->lose_reply_to("post_create");
  auto id = new_uuid(system_now());
  CAF_CHECK(node.make_post(id, {account}, milliseconds{0}).has_value());
  relay->wait_until_lost();
  node.wait_state(id, "published");
  CAF_CHECK_EQUAL(network.applied(), 1);
}

CAF_TEST(a decision about one delivery counts although nobody heard that it did) {
  auto account = node.connect_account("ada");
  auto id = draft(account);
  network.misbehave(1, 422, false);
  CAF_REQUIRE(publish_now(id).has_value());
  node.wait_state(id, "failed");
  act_on_delivery m;
  m.origin.user = node.user;
  m.delivery = *parse_uuid(node.sql("SELECT id FROM delivery").get(0, 0));
  m.action = delivery_action::retry;
  relay->lose_reply_to("delivery_decide");
  CAF_CHECK(node.ask<document>(post_ref(node.workspace, id), m).has_value());
  relay->wait_until_lost();
  node.wait_state(id, "published");
}

CAF_TEST(an account is paused and resumed although nobody heard that it was) {
  auto account = node.connect_account("ada");
  CAF_REQUIRE(change(account, account_action::pause).has_value());
  CAF_REQUIRE(change(account, account_action::resume).has_value());
  relay->lose_reply_to("account_set_state");
  CAF_CHECK(change(account, account_action::pause).has_value());
  relay->wait_until_lost();
  auto id = draft(account);
  CAF_REQUIRE(publish_now(id).has_value());
  CAF_CHECK_EQUAL(node.state_of(id), "scheduled");
  CAF_CHECK_EQUAL(network.applied(), 0);
  relay->lose_reply_to("account_set_state");
  CAF_CHECK(change(account, account_action::resume).has_value());
  relay->wait_until_lost();
  node.wait_state(id, "published");
}

CAF_TEST_FIXTURE_SCOPE_END()
