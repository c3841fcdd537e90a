#define CAF_SUITE fairness
#include "tests/actors/content/fixture.hpp"

#include <caf/test/unit_test.hpp>

// What many accounts have due at once shares the node.

using namespace troupe;
using namespace troupe::test;
using std::chrono::milliseconds;

namespace {

uuid fresh() { return new_uuid(system_now()); }

} // namespace

CAF_TEST(a burst of one account does not keep another account waiting until it is done) {
  small_network network;
  small_node node{network, [](config::settings& c) { c.publish.max_in_flight = 16; }};
  auto busy_account = node.connect_account("busy"), quick = node.connect_account("quick");
  network.hold(); // so that all of them are there before the first one is done
  std::vector<uuid> burst;
  for (int i = 0; i < 300; ++i) burst.push_back(fresh());
  for (auto& p : burst) CAF_REQUIRE(node.make_post(p, {busy_account}, milliseconds{0}).has_value());
  auto single = fresh();
  CAF_REQUIRE(node.make_post(single, {quick}, milliseconds{0}).has_value());
  network.let_go();
  node.wait_state(single, "published");
  for (auto& p : burst) node.wait_state(p, "published");
  auto before = node.sql(
      "SELECT count(*) FROM delivery b JOIN delivery q ON q.account_id = $1 WHERE b.account_id = $2 AND "
      "b.published_at < q.published_at",
      {to_string(quick), to_string(busy_account)});
  // In turn with the burst, not behind it: far fewer than the burst's 300 went out first.
  CAF_CHECK(before.get_int(0, 0) < 150);
}

CAF_TEST(one shard has no more under way than its share) {
  small_network network;
  small_node node{network, [](config::settings& c) {
                    c.publish.max_in_flight_per_shard = 4;
                    c.cluster.shards = 1;
                  }};
  std::vector<uuid> accounts{node.connect_account("one"), node.connect_account("two"),
                             node.connect_account("three")};
  for (int i = 0; i < 10; ++i) CAF_REQUIRE(node.make_post(fresh(), accounts, milliseconds{0}).has_value());
  node.wait_sql("everything is published", "SELECT count(*) = 30 FROM delivery WHERE state = 'published'");
  auto most =
      node.sql("SELECT max(n) FROM (SELECT sum((to_state = 'sending')::int - (from_state = 'sending')::int) "
               "OVER (ORDER BY at) AS n FROM ledger) AS under_way");
  CAF_CHECK(most.get_int(0, 0) > 0);
  CAF_CHECK(most.get_int(0, 0) <= 4);
}

CAF_TEST(accounts whose network hangs leave room for another one of their shard) {
  small_network network;
  small_node node{network, [](config::settings& c) {
                    c.publish.max_in_flight_per_shard = 8;
                    c.cluster.shards = 1;
                  }};
  network.hold();
  for (auto& hanging : {node.connect_account("one"), node.connect_account("two")})
    for (int i = 0; i < 10; ++i) CAF_REQUIRE(node.make_post(fresh(), {hanging}, milliseconds{0}).has_value());
  // One account alone may have half of the share, two a third each.
  network.wait("both hang", [](auto& record) { return record.size() == 6; });
  CAF_REQUIRE(node.make_post(fresh(), {node.connect_account("other")}, milliseconds{0}).has_value());
  network.wait("the other one goes out all the same", [](auto& record) { return record.size() == 7; });
  network.let_go();
  node.wait_sql("everything is published", "SELECT count(*) = 21 FROM delivery WHERE state = 'published'");
}
