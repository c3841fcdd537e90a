#define CAF_SUITE api_platform_answers
#include <caf/test/unit_test.hpp>

#include "api_node.hpp"
#include "contract.hpp"

using namespace troupe;
using namespace troupe::test;
namespace json = boost::json;

namespace {

/// Few tries, one right after the other: what counts is what becomes of the delivery in the end.
api_node& node() {
  static auto* one = shared_until_end<api_node>([](config::settings& c) {
    c.publish.retry_limit = 3;
    c.publish.retry_backoff_max_ms = 50;
    c.publish.call_timeout_ms = 1'000;
    c.publish.send_window_ms = 1'000;
  });
  return *one;
}

/// Publishes through an account on which the network behaves like this; answers the post in its last state.
json::object published_through(const std::string& behaviour, const std::string& state) {
  auto post = node().make_post("to " + behaviour, node().connect(behaviour, behaviour));
  expect(node().post("~/posts/" + post + "/publish-now"), 200);
  return node().wait_state(post, state);
}

std::int64_t posts_on_network(const std::string& handle) {
  return node().sql("SELECT count(*) FROM sandbox_post WHERE handle = $1", {handle}).get_int(0, 0);
}

/// A delivery that nobody can be sure of waits for a person, who is told so.
void check_review(const json::object& post) {
  auto& delivery = post.at("deliveries").at(0);
  CAF_CHECK_EQUAL(contract::differences(delivery, "Delivery"), "");
  CAF_CHECK_EQUAL(text_at(delivery.at("error"), "kind"), "unknown_outcome");
  CAF_CHECK(!text_at(delivery.at("error"), "detail").empty());
  CAF_CHECK(delivery.at("published_at").is_null());
}

} // namespace

CAF_TEST(answers that are no answers publish nothing and end at a person) {
  for (std::string behaviour : {"html", "empty", "garbage", "gigantic"}) {
    CAF_MESSAGE(behaviour);
    check_review(published_through(behaviour, "needs_review"));
    CAF_CHECK_EQUAL(posts_on_network(behaviour), 0);
  }
}

CAF_TEST(an answer that is cut off after the post was taken is found out and not sent twice) {
  auto post = published_through("applied-then-cut", "published");
  CAF_CHECK(!text_at(post.at("deliveries").at(0), "permalink").empty());
  CAF_CHECK_EQUAL(posts_on_network("applied-then-cut"), 1);
}

CAF_TEST(a network that says nothing until the deadline holds nobody up) {
  check_review(published_through("hang", "needs_review"));
  CAF_CHECK_EQUAL(posts_on_network("hang"), 0);
  published_through("ok", "published");
  CAF_CHECK_EQUAL(posts_on_network("ok"), 1);
}

CAF_TEST(an answer that only comes after our deadline is one post all the same) {
  published_through("slow", "published");
  CAF_CHECK_EQUAL(posts_on_network("slow"), 1);
}
