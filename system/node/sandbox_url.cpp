#include "system/node/version.hpp"

#include <fmt/format.h>

namespace troupe::node {

std::string sandbox_url(const config::settings& c) {
  if (!c.sandbox.url.empty()) return c.sandbox.url;
  // The node calls itself through its own listener, whatever its public name is.
  bool anywhere = c.http.address == "0.0.0.0" || c.http.address == "::";
  bool v6 = c.http.address.find(':') != std::string::npos;
  auto host = anywhere ? std::string("127.0.0.1") : v6 ? "[" + c.http.address + "]" : c.http.address;
  return fmt::format("{}://{}:{}/sandbox", c.http.tls_certificate.empty() ? "http" : "https", host,
                     c.http.port);
}

} // namespace troupe::node
