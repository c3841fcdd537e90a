#include "net/bridge/client_address.hpp"

#include "system/core/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace troupe::bridge {

namespace ip = boost::asio::ip;

namespace {

ip::address_v6::bytes_type wide_bytes(const ip::address& a) {
  return a.is_v4() ? ip::make_address_v6(ip::v4_mapped, a.to_v4()).to_bytes() : a.to_v6().to_bytes();
}

bool same_prefix(const ip::address_v6::bytes_type& a, const ip::address_v6::bytes_type& b,
                 int length) noexcept {
  for (std::size_t i = 0; length > 0; ++i, length -= 8) {
    auto mask = length >= 8 ? 0xFFu : 0xFFu << (8 - length) & 0xFFu;
    if ((a[i] ^ b[i]) & mask) return false;
  }
  return true;
}

/// "1.2.3.4", "1.2.3.4:5678", "::1", "[::1]", "[::1]:5678".
std::optional<ip::address> parse_entry(std::string_view text) {
  text = ascii::trimmed(text);
  if (!text.empty() && text.front() == '[')
    text = text.substr(1, text.find(']') == std::string_view::npos ? 0 : text.find(']') - 1);
  else if (std::count(text.begin(), text.end(), ':') == 1)
    text = text.substr(0, text.find(':'));
  if (text.empty() || text.size() > 64) return std::nullopt;
  boost::system::error_code ec;
  auto a = ip::make_address(std::string(text), ec);
  if (ec) return std::nullopt;
  return plain_address(a);
}

} // namespace

ip::address plain_address(const ip::address& a) {
  if (a.is_v6() && a.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, a.to_v6());
  return a;
}

expected<trusted_networks> trusted_networks::parse(const std::vector<std::string>& texts) {
  trusted_networks out;
  for (auto& text : texts) {
    auto slash = text.find('/');
    boost::system::error_code wrong;
    auto a = ip::make_address(text.substr(0, slash), wrong);
    int most = a.is_v4() ? 32 : 128;
    int length = most;
    if (!wrong && slash != std::string::npos) {
      auto* end = text.data() + text.size();
      auto [at, error] = std::from_chars(text.data() + slash + 1, end, length);
      if (error != std::errc{} || at != end || length < 0 || length > most)
        wrong = boost::asio::error::invalid_argument;
    }
    if (wrong)
      return failure{
          ec::bad_configuration,
          fmt::format("trusted_proxies: '{}' is neither an address nor a network like 10.0.0.0/8", text)};
    out.networks_.push_back({wide_bytes(a), a.is_v4() ? length + 96 : length});
  }
  return out;
}

bool trusted_networks::contain(const ip::address& a) const noexcept {
  if (networks_.empty()) return false;
  auto bits = wide_bytes(a);
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const network& n) { return same_prefix(n.bits, bits, n.length); });
}

ip::address forwarded_client(const header_list& headers, const ip::address& peer,
                             const trusted_networks& trusted) {
  auto client = peer;
  for (auto it = headers.rbegin(); it != headers.rend(); ++it) {
    if (it->first != "x-forwarded-for") continue;
    std::string_view rest = it->second;
    for (;;) {
      auto comma = rest.rfind(',');
      auto entry = parse_entry(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      if (!entry) return client;
      client = *entry;
      if (!trusted.contain(client)) return client;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return client;
}

} // namespace troupe::bridge
