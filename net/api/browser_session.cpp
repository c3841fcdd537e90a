#include "net/api/browser_session.hpp"

#include "system/core/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::api {

namespace {

constexpr std::string_view session_cookie_name = "troupe_refresh";
constexpr std::size_t user_agent_max = 256;

/// Host and port of an origin or of a Host header, without a port that its scheme has by default.
std::string authority_of(std::string_view origin, std::string_view scheme) {
  auto port = scheme == "https" ? ":443" : ":80";
  auto out = ascii::to_lower(origin);
  if (out.ends_with(port)) out.resize(out.size() - std::string_view(port).size());
  return out;
}

/// nullopt for what is no origin of the web, `null` included.
std::optional<std::pair<std::string, std::string_view>> split_origin(std::string_view origin) {
  auto end = origin.find("://");
  if (end == origin.npos) return std::nullopt;
  auto scheme = ascii::to_lower(origin.substr(0, end));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  return std::pair{scheme, origin.substr(end + 3)};
}

void set_session_cookie(call& c, std::string_view value, std::int64_t life_s) {
  c.headers.emplace_back("Set-Cookie",
                         fmt::format("{}={}; Path=/v1/auth; Max-Age={}; HttpOnly; SameSite=Strict{}",
                                     session_cookie_name, value, life_s, c.request.secure ? "; Secure" : ""));
}

} // namespace

std::string_view cookie_value(const bridge::request& r, std::string_view name) noexcept {
  auto rest = r.header("cookie");
  while (!rest.empty()) {
    auto end = std::min(rest.find(';'), rest.size());
    auto one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
      return one.substr(name.size() + 1);
  }
  return {};
}

users::client client_of(const call& c, bool keeps_cookie) {
  users::client out{c.request.peer, {}, keeps_cookie};
  for (char ch : c.request.header("user-agent").substr(0, user_agent_max))
    out.user_agent += ch >= 0x20 && ch < 0x7F ? ch : '?';
  return out;
}

std::string_view session_cookie(const call& c) noexcept {
  return cookie_value(c.request, session_cookie_name);
}

void keep_session_cookie(call& c, std::string_view refresh_token) {
  set_session_cookie(c, refresh_token, c.ctx.config->auth.refresh_token_ttl_s);
}

void end_session_cookie(call& c) { set_session_cookie(c, {}, 0); }

bool says_web_client(const bridge::request& r) noexcept { return r.header("x-troupe-client") == "web"; }

/// The page's address is what it asked for, or, where a proxy says another name to us, http.public_url.
bool is_own_page(const call& c) {
  if (!says_web_client(c.request)) return false;
  auto origin = c.request.header("origin");
  if (origin.empty()) return true; // not a browser, or one that has nothing to say against it
  auto theirs = split_origin(origin);
  if (!theirs) return false;
  auto authority = authority_of(theirs->second, theirs->first);
  if (authority == authority_of(c.request.header("host"), theirs->first)) return true;
  auto ours = split_origin(c.ctx.config->http.public_url);
  return ours && ours->first == theirs->first &&
         authority == authority_of(ours->second.substr(0, ours->second.find('/')), ours->first);
}

} // namespace troupe::api
