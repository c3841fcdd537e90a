#include "net/outbound/check.hpp"

#include "system/core/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace troupe::outbound {

namespace {

/// RFC 9110 token characters.
bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool has_control(std::string_view text, bool tab_allowed) noexcept {
  return std::any_of(text.begin(), text.end(),
                     [=](unsigned char c) { return (c < ' ' && !(tab_allowed && c == '\t')) || c == 0x7f; });
}

std::string problem_of_headers(const std::vector<std::string>& headers) {
  std::size_t bytes = 0;
  for (const auto& line : headers) {
    bytes += line.size();
    const auto colon = line.find(':');
    if (colon == std::string::npos || !is_token(std::string_view(line).substr(0, colon)))
      return "a request header is not of the form \"Name: value\"";
    const auto name = std::string_view(line).substr(0, colon);
    if (has_control(line, true)) return fmt::format("the value of header {} holds a control character", name);
    // The engine frames the message; a second opinion on that is how requests are smuggled.
    for (auto own : {"content-length", "transfer-encoding", "expect"})
      if (ascii::equal_ignoring_case(name, own))
        return fmt::format("header {} is set by the engine alone", name);
  }
  if (bytes > max_request_header_bytes)
    return fmt::format("the request headers are larger than {} bytes", max_request_header_bytes);
  return {};
}

void check_range(std::string_view key, long value, long least, long most) {
  if (value < least || value > most)
    throw std::invalid_argument(
        fmt::format("outbound {} = {}: allowed is {} .. {}", key, value, least, most));
}

} // namespace

std::string lane_of(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const auto scheme = url.substr(0, scheme_end);
  if (!ascii::equal_ignoring_case(scheme, "http") && !ascii::equal_ignoring_case(scheme, "https")) return {};
  auto authority = url.substr(scheme_end + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (authority.empty()) return {};
  std::string lane;
  lane.reserve(scheme.size() + 3 + authority.size());
  lane += ascii::to_lower(scheme);
  lane += "://";
  lane += ascii::to_lower(authority);
  return lane;
}

std::string problem_of(const request& what) {
  if (what.url.size() > max_url_bytes) return fmt::format("the URL is longer than {} bytes", max_url_bytes);
  if (has_control(what.url, false) || what.url.find(' ') != std::string::npos)
    return "the URL holds a space or a control character";
  if (what.timeout < milliseconds{1} || what.timeout > max_timeout)
    return fmt::format("timeout of {} ms: allowed is 1 .. {}", what.timeout.count(), max_timeout.count());
  if (what.connect_timeout < milliseconds{1})
    return fmt::format("connect timeout of {} ms: allowed is 1 and more", what.connect_timeout.count());
  const int bodies = !what.body.empty() + !what.body_file.empty() + !what.form.empty();
  if (bodies > 1) return "more than one of body, body_file and form is set";
  if (bodies > 0 && what.method == verb::get) return "a GET carries no body";
  if (what.body_file.find('\0') != std::string::npos) return "the path of the body file holds a zero byte";
  for (const auto& part : what.form) {
    for (auto text : {&part.name, &part.file, &part.file_name, &part.content_type})
      if (has_control(*text, false)) return "a form part's name, file or type holds a control character";
  }
  return problem_of_headers(what.headers);
}

void validate(const engine_settings& settings) {
  check_range("max_in_flight", settings.max_in_flight, 1, 20'000);
  check_range("max_queued", settings.max_queued, 1, 10'000'000);
  check_range("max_connections_per_host", settings.max_connections_per_host, 1, 20'000);
  check_range("max_idle_connections", settings.max_idle_connections, 0, 20'000);
  if (settings.user_agent.empty() || has_control(settings.user_agent, false))
    throw std::invalid_argument("outbound user_agent: must be one non-empty line");
  if (!settings.ca_file.empty() && !std::ifstream(settings.ca_file).good())
    throw std::invalid_argument(fmt::format("outbound ca_file = {}: cannot be read", settings.ca_file));
}

} // namespace troupe::outbound
