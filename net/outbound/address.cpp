#include "net/outbound/address.hpp"

#include "net/outbound/engine.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace troupe::outbound {

namespace {

struct v4_range {
  std::uint32_t network;
  int bits;
};

/// Whatever no server of the public Internet can have.
constexpr std::array private_v4 = {
    v4_range{0x00000000, 8},  // "this" network; 0.0.0.0 connects to loopback on Linux
    v4_range{0x0A000000, 8},  // private
    v4_range{0x64400000, 10}, // carrier-grade NAT
    v4_range{0x7F000000, 8},  // loopback
    v4_range{0xA9FE0000, 16}, // link-local, cloud metadata services
    v4_range{0xAC100000, 12}, // private
    v4_range{0xC0000000, 24}, // IETF protocol assignments
    v4_range{0xC0A80000, 16}, // private
    v4_range{0xC6120000, 15}, // benchmarking
    v4_range{0xE0000000, 4},  // multicast
    v4_range{0xF0000000, 4},  // reserved, broadcast
};

bool is_private_v4(std::uint32_t host_order) noexcept {
  for (auto [network, bits] : private_v4)
    if ((host_order ^ network) >> (32 - bits) == 0) return true;
  return false;
}

std::uint32_t v4_at(const unsigned char* bytes) noexcept {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

bool starts_with(const unsigned char* bytes, std::initializer_list<unsigned char> prefix) noexcept {
  return std::equal(prefix.begin(), prefix.end(), bytes);
}

bool is_private_v6(const in6_addr& address) noexcept {
  const auto* b = address.s6_addr;
  // Forms that carry an IPv4 address are as private as what they carry.
  if (starts_with(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}))
    return is_private_v4(v4_at(b + 12)); // mapped
  if (starts_with(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
    return is_private_v4(v4_at(b + 12)); // ::, ::1, compatible
  if (starts_with(b, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}))
    return is_private_v4(v4_at(b + 12));                                // NAT64
  if (starts_with(b, {0, 0x64, 0xff, 0x9b, 0, 1})) return true;         // local NAT64
  if (starts_with(b, {0x20, 0x02})) return is_private_v4(v4_at(b + 2)); // 6to4
  if ((b[0] & 0xfe) == 0xfc) return true;                               // unique local
  if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) return true;               // link-local
  if (b[0] == 0xfe && (b[1] & 0xc0) == 0xc0) return true;               // site-local, deprecated
  return b[0] == 0xff;                                                  // multicast
}

} // namespace

bool is_private(const sockaddr& address) noexcept {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    return is_private_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    return is_private_v6(v6.sin6_addr);
  }
  return true;
}

bool is_private_address(std::string_view address) {
  if (address.size() >= 2 && address.front() == '[' && address.back() == ']') {
    address.remove_prefix(1);
    address.remove_suffix(1);
  }
  const std::string text(address.substr(0, address.find('%'))); // without a zone ("fe80::1%eth0")
  if (in6_addr v6; inet_pton(AF_INET6, text.c_str(), &v6) == 1) return is_private_v6(v6);
  // inet_aton also takes what resolvers take: "127.1", "0x7f000001", "2130706433".
  if (in_addr v4; !text.empty() && text.find(' ') == std::string::npos && inet_aton(text.c_str(), &v4) != 0)
    return is_private_v4(ntohl(v4.s_addr));
  return false;
}

} // namespace troupe::outbound
