#include "net/platforms/text.hpp"
#include "net/platforms/wire.hpp"
#include "system/core/ascii.hpp"

#include <boost/url.hpp>
#include <fmt/format.h>
#include <unicode/uidna.h>

#include <array>
#include <memory>

namespace troupe::platforms::wire {
namespace {

namespace urls = boost::urls;

// "bücher.example" as "xn--bcher-kva.example"; empty when it is no host name.
std::string ascii_host(std::string_view host) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UIDNA, decltype(&uidna_close)> idna(
      uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, &error),
      &uidna_close);
  if (U_FAILURE(error)) return {};
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  std::array<char, 256> out{};
  const auto length =
      uidna_nameToASCII_UTF8(idna.get(), host.data(), static_cast<std::int32_t>(host.size()), out.data(),
                             static_cast<std::int32_t>(out.size()), &info, &error);
  if (U_FAILURE(error) || info.errors != 0 || length > 253) return {};
  return std::string(out.data(), static_cast<std::size_t>(length));
}

bool is_ip_literal(std::string_view host) {
  return urls::parse_ipv4_address(host).has_value() || urls::parse_ipv6_address(host).has_value();
}

bool ends_with(std::string_view s, std::string_view end) {
  return s.size() >= end.size() && s.substr(s.size() - end.size()) == end;
}

// Names that are never delegated on the public internet, and private addresses.
bool is_private_host(std::string_view host) {
  if (!host.empty() && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (is_ip_literal(host)) return outbound::is_private_address(host);
  if (host.find('.') == std::string_view::npos) return true;
  for (const auto* suffix : {".localhost", ".local", ".lan", ".internal", ".test", ".home.arpa", ".intranet"})
    if (ends_with(host, suffix)) return true;
  return false;
}

publish_failure refuse(std::string_view why) {
  return fail(publish_error::validation, fmt::format("server: {}", why));
}

} // namespace

outcome<std::string> server_address(std::string_view typed) {
  typed = text::trim(typed);
  if (typed.empty()) return refuse("is missing");
  if (typed.size() > 2000 || !is_utf8(typed)) return refuse("is no web address");
  std::string_view scheme = "https", rest = typed;
  std::string given;
  if (const auto colon = typed.find("://"); colon != std::string_view::npos) {
    given = ascii::to_lower(typed.substr(0, colon));
    scheme = given;
    rest = typed.substr(colon + 3);
  }
  if (scheme != "https" && scheme != "http") return refuse("must begin with https://");

  auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto tail = rest.substr(authority.size());
  if (authority.find('@') != std::string_view::npos) return refuse("must not hold a user name");
  // Only the host may need translating; everything else has to be an address as it stands.
  std::string_view port;
  if (const auto bracket = authority.rfind(']'); bracket != std::string_view::npos) {
    port = authority.substr(bracket + 1);
    authority = authority.substr(0, bracket + 1);
  } else if (const auto colon = authority.rfind(':'); colon != std::string_view::npos) {
    port = authority.substr(colon);
    authority = authority.substr(0, colon);
  }
  std::string host(authority);
  if (host.empty()) return refuse("has no host name");
  if (host.front() != '[') {
    host = ascii_host(host);
    if (host.empty()) return refuse("has no valid host name");
  }
  const auto text = fmt::format("{}://{}{}{}", scheme, host, port, tail);
  const auto parsed = urls::parse_uri(text);
  if (!parsed) return refuse("is no web address");
  if (parsed->has_query() || parsed->has_fragment()) return refuse("must end before any ? or #");
  if (parsed->has_userinfo()) return refuse("must not hold a user name");
  if (parsed->encoded_host().empty()) return refuse("has no host name");
  const std::string digits(std::string_view(parsed->port())); // port_number() wraps beyond 65535
  if (!digits.empty() && (digits.size() > 5 || std::stoi(digits) == 0 || std::stoi(digits) > 65535))
    return refuse("has no valid port");

  urls::url clean(*parsed);
  clean.normalize();
  clean.set_encoded_host(ascii::to_lower(std::string_view(clean.encoded_host())));
  if (clean.has_port()) {
    const auto number = clean.port_number();
    if (clean.port().empty() || number == (scheme == "https" ? 443 : 80)) clean.remove_port();
  }
  if (scheme == "http" && !is_private_host(std::string_view(clean.encoded_host())))
    return refuse("must begin with https:// (passwords are not sent in the clear)");
  std::string out(clean.buffer().data(), clean.buffer().size());
  while (!out.empty() && out.back() == '/') out.pop_back();
  return out;
}

std::string host_and_port(std::string_view address) {
  const auto colon = address.find("://");
  const auto from = colon == std::string_view::npos ? 0 : colon + 3;
  return std::string(address.substr(from, address.find('/', from) - from));
}

std::string origin(std::string_view address) {
  return fmt::format("{}://{}", is_https(address) ? "https" : "http", host_and_port(address));
}

bool is_https(std::string_view address) noexcept { return address.substr(0, 8) == "https://"; }

bool is_loopback(std::string_view address) {
  auto host = host_and_port(address);
  if (!host.empty() && host.front() == '[') {
    host = host.substr(1, host.find(']') - 1);
    return host == "::1";
  }
  host = host.substr(0, host.rfind(':'));
  return host == "localhost" || ends_with(host, ".localhost") || host.substr(0, 4) == "127.";
}

} // namespace troupe::platforms::wire
