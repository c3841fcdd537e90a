#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe::bridge {

/// The header that a load balancer puts before the first byte of a connection (PROXY protocol, versions 1 and
/// 2).
struct proxy_header {
  enum class state : std::uint8_t { need_more, ok, malformed };
  state outcome = state::need_more;
  std::size_t size = 0;                           // bytes it takes, when ok
  std::optional<boost::asio::ip::address> source; // empty: the proxy speaks for itself (LOCAL, UNKNOWN)
};

/// Reads the header at the front of `bytes`; asks for at most 4 KiB.
proxy_header parse_proxy_header(std::string_view bytes);

} // namespace troupe::bridge
