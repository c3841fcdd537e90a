#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::test {

using headers = std::vector<std::pair<std::string, std::string>>;

/// One answer as a test looks at it.
struct answer {
  int status = 0;
  headers fields; // names in lower case
  std::string body;

  std::string header(std::string_view lower_name) const; // empty when absent
  /// The body as JSON; throws with the body when it is none.
  boost::json::value json() const;
  /// Of a problem: the last part of its type; else empty.
  std::string problem() const;
  /// Of a problem: "<pointer> <code>" of each error, joined by "; ".
  std::string errors() const;
};

/// Makes one request on a connection of its own and waits up to 30 s for the answer; throws when there is
/// none.
answer send(std::uint16_t port, std::string_view verb, std::string_view target, const headers& fields = {},
            std::string body = {});

} // namespace troupe::test
