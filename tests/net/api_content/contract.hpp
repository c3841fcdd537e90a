#pragma once

#include <boost/json.hpp>

#include <set>
#include <string>
#include <vector>

/// net/api/openapi.yaml as a test reads it.
namespace troupe::test::contract {

struct operation {
  std::string verb; // "GET"
  std::string path;
  std::string id;
  bool operator<(const operation& o) const { return std::tie(path, verb) < std::tie(o.path, o.verb); }
};
/// Every operation that the file has.
std::vector<operation> operations();
/// Names of the query parameters of an operation.
std::set<std::string> query_parameters(const std::string& operation_id);
/// Whether it takes an Idempotency-Key.
bool takes_key(const std::string& operation_id);

/// What of this value is not as the schema of this name says, one line each: types, required members,
/// enumerations, patterns, bounds. Empty: it is as promised.
std::string differences(const boost::json::value& v, const std::string& schema_name);

} // namespace troupe::test::contract
