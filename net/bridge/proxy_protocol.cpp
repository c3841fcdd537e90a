#include "net/bridge/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace troupe::bridge {

namespace ip = boost::asio::ip;
using namespace std::string_view_literals;

namespace {

constexpr auto signature_v1 = "PROXY "sv;
constexpr auto signature_v2 = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t longest_v1 = 107;
constexpr std::size_t longest_v2 = 4096;

bool may_become(std::string_view bytes, std::string_view signature) noexcept {
  auto count = std::min(bytes.size(), signature.size());
  return bytes.substr(0, count) == signature.substr(0, count);
}

proxy_header malformed() { return {proxy_header::state::malformed, 0, {}}; }

bool is_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && at == text.data() + text.size();
}

/// "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"
proxy_header parse_v1(std::string_view bytes) {
  auto end = bytes.substr(0, longest_v1).find("\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() >= longest_v1) return malformed();
    return {};
  }
  auto line = bytes.substr(signature_v1.size(), end - signature_v1.size());
  proxy_header out{proxy_header::state::ok, end + 2, {}};
  if (line == "UNKNOWN" || line.substr(0, 8) == "UNKNOWN ") return out;
  std::array<std::string_view, 5> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto blank = line.find(' ');
    words[i] = line.substr(0, blank);
    if ((blank == std::string_view::npos) != (i + 1 == words.size())) return malformed();
    line.remove_prefix(std::min(words[i].size() + 1, line.size()));
  }
  boost::system::error_code bad_source, bad_target;
  auto source = ip::make_address(std::string(words[1]), bad_source);
  auto target = ip::make_address(std::string(words[2]), bad_target);
  bool four = words[0] == "TCP4";
  if (bad_source || bad_target || (!four && words[0] != "TCP6") || source.is_v4() != four ||
      target.is_v4() != four || !is_port(words[3]) || !is_port(words[4]))
    return malformed();
  out.source = source;
  return out;
}

/// 12 bytes of signature, version and command, family, two bytes of length, then addresses and TLVs.
proxy_header parse_v2(std::string_view bytes) {
  if (bytes.size() < 16) return {};
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  auto length = static_cast<std::size_t>(byte(14)) << 8 | byte(15);
  auto version = byte(12) >> 4, command = byte(12) & 0xF, family = byte(13) >> 4;
  if (version != 2 || command > 1 || family > 3 || 16 + length > longest_v2) return malformed();
  std::size_t needed = command == 0 ? 0 : family == 1 ? 12 : family == 2 ? 36 : 0;
  if (length < needed) return malformed();
  if (bytes.size() < 16 + length) return {};
  proxy_header out{proxy_header::state::ok, 16 + length, {}};
  if (needed == 12) {
    ip::address_v4::bytes_type source;
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = byte(16 + i);
    out.source = ip::address_v4(source);
  } else if (needed == 36) {
    ip::address_v6::bytes_type source;
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = byte(16 + i);
    out.source = ip::address_v6(source);
  }
  return out;
}

} // namespace

proxy_header parse_proxy_header(std::string_view bytes) {
  if (may_become(bytes, signature_v2))
    return bytes.size() < signature_v2.size() ? proxy_header{} : parse_v2(bytes);
  if (may_become(bytes, signature_v1))
    return bytes.size() < signature_v1.size() ? proxy_header{} : parse_v1(bytes);
  return malformed();
}

} // namespace troupe::bridge
