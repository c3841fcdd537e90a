#pragma once

#include "api_node.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <string>

/// What the suites of a resource have in common.
namespace troupe::test {

/// The body of a request that schedules for so much later.
inline boost::json::value in(std::chrono::seconds from_now) {
  return {{"at", format_utc(system_now() + from_now)}};
}

/// The wrong field of a refused request.
inline std::string refused(const answer& a, int status = 422) { return expect(a, status).errors(); }

} // namespace troupe::test

namespace {

/// One node for the tests of a file, from its first test to the end of the program. Each file has its own.
inline troupe::test::api_node& node() {
  static auto* one = troupe::test::shared_until_end<troupe::test::api_node>();
  return *one;
}

} // namespace
