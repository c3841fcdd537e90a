#pragma once

#include "net/bridge/http.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace troupe::bridge {

/// IPv4 addresses that came mapped into IPv6 are IPv4 again, so that one client has one address.
boost::asio::ip::address plain_address(const boost::asio::ip::address& a);

/// The peers whose word about the client's address is believed.
class trusted_networks {
 public:
  trusted_networks() = default;
  /// Addresses ("10.0.0.7", "::1") and networks ("10.0.0.0/8", "fd00::/8"). bad_configuration names the wrong
  /// one.
  static expected<trusted_networks> parse(const std::vector<std::string>& texts);
  bool contain(const boost::asio::ip::address& a) const noexcept;
  bool empty() const noexcept { return networks_.empty(); }

 private:
  struct network {
    boost::asio::ip::address_v6::bytes_type bits; // IPv4 as mapped IPv6
    int length;                                   // of the prefix, in that form
  };
  std::vector<network> networks_;
};

/// The client behind `peer`, which is trusted: the entries of X-Forwarded-For from right to left, skipping
/// trusted ones. An entry that is no address ends the walk, since nothing left of it was written by someone
/// believed.
boost::asio::ip::address forwarded_client(const header_list& headers, const boost::asio::ip::address& peer,
                                          const trusted_networks& trusted);

} // namespace troupe::bridge
