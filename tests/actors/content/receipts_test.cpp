#define CAF_SUITE receipts
#include "tests/actors/content/fixture.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace troupe::test;

namespace {

uuid fresh() { return new_uuid(system_now()); }

struct fixture {
  small_network network;
  small_node node{network, [](config::settings& c) { c.publish.receipt_interval_ms = 100; }};
  uuid account = node.connect_account("ada");
  uuid post = fresh();

  /// A published or doubtful delivery, as the engine leaves it.
  void publish() {
    CAF_REQUIRE(node.make_post(post, {account}, milliseconds{0}).has_value());
    node.wait_state(post, "published");
  }
  void leave_in_doubt_for_a_person() {
    publish();
    node.sql("UPDATE delivery SET state = 'needs_review', remote_id = NULL, permalink = NULL, published_at = "
             "NULL, version = "
             "version + 1 WHERE post_id = $1",
             {to_string(post)});
  }
  void receipt(const char* remote_id) {
    node.sql("INSERT INTO receipt (delivery_id, attempt, node, outcome, remote_id, permalink, detail) SELECT "
             "id, 1, 'b', "
             "'published', $2, 'https://example.test/' || $2, '' FROM delivery WHERE post_id = $1",
             {to_string(post), std::string(remote_id)});
  }
  std::string delivery(const char* column) {
    return std::string(
        node.sql(("SELECT " + std::string(column) + " FROM delivery WHERE post_id = $1").c_str(),
                 {to_string(post)})
            .get(0, 0));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(receipts_tests, fixture)

CAF_TEST(a late receipt settles what waited for a person) {
  leave_in_doubt_for_a_person();
  receipt("one");
  node.wait_sql("it is published", "SELECT bool_and(state = 'published') FROM delivery");
  CAF_CHECK_EQUAL(delivery("remote_id"), "one");
  CAF_CHECK_EQUAL(delivery("coalesce(error_kind, '')"), "");
  auto steps = node.ledger(post);
  CAF_CHECK_EQUAL(steps.back(), "needs_review>published");
  CAF_CHECK_EQUAL(network.applied(), 1);
}

CAF_TEST(two receipts that differ are shown as a duplicate with both links) {
  leave_in_doubt_for_a_person();
  receipt("one");
  receipt("two");
  node.wait_sql("it is published",
                "SELECT bool_and(state = 'published' AND error_kind = 'duplicate_detected') FROM delivery");
  auto detail = delivery("error_detail");
  CAF_CHECK(detail.find("https://example.test/one and https://example.test/two") != std::string::npos);
  auto events = node.sql("SELECT count(*) FROM event WHERE kind = 'delivery.duplicate_detected'");
  CAF_CHECK_EQUAL(events.get_int(0, 0), 1);
}

CAF_TEST(a receipt that differs from what is stored as published is a duplicate and is told once) {
  publish();
  receipt("another");
  node.wait_sql("the duplicate is shown", "SELECT bool_and(error_kind = 'duplicate_detected') FROM delivery");
  CAF_CHECK_EQUAL(delivery("state"), "published");
  CAF_CHECK(delivery("remote_id") != "another");
  receipt("another");
  CAF_CHECK(
      node.sql("SELECT 1 FROM ledger WHERE from_state = 'published' AND to_state = 'published'").size() == 1);
}

CAF_TEST(a receipt that says what is known changes nothing) {
  publish();
  auto version = delivery("version");
  receipt(delivery("remote_id").c_str());
  auto unsettled = node.ask<document>(post_ref(node.workspace, post), read_post{});
  CAF_CHECK(unsettled.has_value());
  // The POST is told directly, so that "nothing happened" is an answer and not a matter of waiting.
  auto to = post_ref(node.workspace, post);
  node.core().rt().route->tell(to, look_at_receipts{*parse_uuid(delivery("id"))});
  CAF_CHECK(node.ask<document>(to, read_post{}).has_value());
  CAF_CHECK_EQUAL(delivery("version"), version);
}

CAF_TEST(an answer that comes after its post has died is kept and the post is out once) {
  network.hold();
  CAF_REQUIRE(node.make_post(post, {account}, milliseconds{0}).has_value());
  network.wait("the call is under way",
               [](auto& record) { return !record.empty() && record.begin()->second.raw == 1; });
  auto& rt = node.core().rt();
  auto shard = rt.shard_of(post_ref(node.workspace, post));
  auto before = rt.route->find_local(group::content, shard);
  caf::anon_send_exit(before, caf::exit_reason::kill);
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (rt.route->find_local(group::content, shard) == before && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  network.let_go();
  node.wait_sql("the answer is kept", "SELECT count(*) = 1 FROM receipt");
  node.wait_state(post, "published");
  CAF_CHECK_EQUAL(network.applied(), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
