#pragma once

#include "net/bridge/field_reader.hpp"
#include "net/bridge/query_reader.hpp"
#include "system/core/errors.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace troupe::bridge {

struct json_limits {
  std::size_t bytes = 1024 * 1024;
  std::size_t depth = 32; // objects and arrays within each other
};

/// Parses a request body that must be one JSON object (RFC 8259) in UTF-8, without a name that appears twice
/// in one object: two programs that read such an object may read different things. Fails with bad_request,
/// saying what is wrong at which line and column, or with payload_too_large.
expected<boost::json::object> parse_json_object(std::string_view body, json_limits limits = {});

} // namespace troupe::bridge
