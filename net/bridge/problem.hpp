#pragma once

#include "net/bridge/http.hpp"

#include <string>
#include <string_view>

/// Problem details (RFC 9457) for what the transport itself refuses.
namespace troupe::bridge {

/// A request that HTTP's own rules refuse, before any route could speak. Its names must outlive it
/// (literals).
struct refusal {
  int status = 400;
  std::string_view slug = "bad-request";
  std::string_view title = "The request could not be understood.";
  std::string detail;
  bool close = true; // the rest of the connection cannot be trusted or is not worth reading
};

reply problem(const refusal& r, std::string_view request_id);

refusal malformed(std::string detail);
refusal header_too_large(std::size_t limit);
refusal target_too_long(std::size_t limit);
refusal body_too_large(std::size_t limit);
refusal wrong_media(std::string detail);
refusal request_timeout(std::string detail);
refusal not_implemented(std::string detail);
refusal version_not_supported();
refusal expectation_failed();
refusal too_many_connections();
reply no_such_path(std::string_view request_id);
reply method_not_allowed(const std::string& allow, std::string_view request_id);

} // namespace troupe::bridge
