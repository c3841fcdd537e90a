#define CAF_SUITE budgets
#include "actors/social/budgets.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

platforms::description network(bool in_headers) {
  platforms::description d;
  d.id = "example";
  d.shared_budgets = {{"address", 3, 60s, in_headers}};
  return d;
}

const timestamp begin = from_micros(1'800'000'000'000'000);
const std::string server = "https://one.example";

struct fixture {
  shared_budgets budgets;
  platforms::description counted = network(false), told = network(true);
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(budgets_tests, fixture)

CAF_TEST(as many calls as the network allows go through and the next one is told when) {
  for (int i = 0; i < 3; ++i) CAF_CHECK(!budgets.take(counted, server, begin + 1s));
  auto until = budgets.take(counted, server, begin + 10s);
  CAF_REQUIRE(until.has_value());
  CAF_CHECK(*until == begin + 61s);
  CAF_CHECK(budgets.take(counted, server, begin + 60s).has_value());
  CAF_CHECK(!budgets.take(counted, server, begin + 61s));
}

CAF_TEST(servers and networks have budgets of their own) {
  for (int i = 0; i < 3; ++i) budgets.take(counted, server, begin);
  CAF_CHECK(budgets.take(counted, server, begin).has_value());
  CAF_CHECK(!budgets.take(counted, "https://two.example", begin));
  auto other = counted;
  other.id = "other";
  CAF_CHECK(!budgets.take(other, server, begin));
}

CAF_TEST(a network without shared budgets is never held back) {
  platforms::description free;
  for (int i = 0; i < 1'000; ++i) CAF_CHECK(!budgets.take(free, server, begin));
}

CAF_TEST(requests inside an operation count too) {
  CAF_CHECK(!budgets.take(counted, server, begin));
  budgets.spend(counted, server, begin);
  budgets.spend(counted, server, begin);
  CAF_CHECK(budgets.take(counted, server, begin).has_value());
}

CAF_TEST(the headers of the network correct the count where they tell of this budget) {
  CAF_CHECK(!budgets.take(told, server, begin));
  budgets.saw(told, server, {3, 0, 20s}, begin + 1s); // someone else behind our address
  auto until = budgets.take(told, server, begin + 2s);
  CAF_REQUIRE(until.has_value());
  CAF_CHECK(*until == begin + 21s);
  CAF_CHECK(!budgets.take(told, server, begin + 21s));
}

CAF_TEST(headers of an account or of one endpoint change no shared budget) {
  budgets.saw(counted, server, {300, 0, 20s}, begin);
  CAF_CHECK(!budgets.take(counted, server, begin));
  budgets.saw(told, server, {1, 0, 20s}, begin); // narrower than the budget: an endpoint's own limit
  CAF_CHECK(!budgets.take(told, server, begin));
}

CAF_TEST_FIXTURE_SCOPE_END()
