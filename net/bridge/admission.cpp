#include "net/bridge/admission.hpp"

#include "system/core/ascii.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace troupe::bridge {

namespace {

using boost::beast::iequals;

/// True unless a charset is named that is not UTF-8.
bool speaks_utf8(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    auto one = ascii::trimmed(parameters.substr(0, parameters.find(';')));
    parameters.remove_prefix(std::min(parameters.size(), parameters.find(';')));
    if (!parameters.empty()) parameters.remove_prefix(1);
    auto equals = one.find('=');
    if (equals == std::string_view::npos || !iequals(one.substr(0, equals), "charset")) continue;
    auto value = one.substr(equals + 1);
    if (!iequals(value, "utf-8") && !iequals(value, "\"utf-8\"")) return false;
  }
  return true;
}

std::optional<refusal> check_media(std::string_view content_type, const std::vector<std::string>& taken) {
  if (taken.empty()) return std::nullopt;
  auto semicolon = content_type.find(';');
  auto type = ascii::trimmed(content_type.substr(0, semicolon));
  auto fits = [&](const std::string& one) { return iequals(type, one); };
  if (std::any_of(taken.begin(), taken.end(), fits)) {
    if (semicolon == std::string_view::npos || speaks_utf8(content_type.substr(semicolon + 1)))
      return std::nullopt;
    return wrong_media("The only charset taken is utf-8.");
  }
  std::string list;
  for (auto& one : taken) list += (list.empty() ? "" : ", ") + one;
  return wrong_media(type.empty() ? "Content-Type is missing; this route takes " + list + "."
                                  : "This route takes " + list + ".");
}

std::optional<refusal> check_body(const message_head& head, const route_options& options) {
  if (!head.has_body()) return std::nullopt;
  if (head.content_length > options.body_limit || options.body_limit == 0)
    return body_too_large(options.body_limit);
  return check_media(head.req.header("content-type"), options.content_types);
}

} // namespace

admission admit(message_head& head, const router& routes) {
  admission out;
  auto& req = head.req;
  if (head.options) {
    auto allow = routes.allow(req.path);
    if (allow.empty()) {
      out.refused = no_such_path(req.request_id);
    } else {
      out.refused.emplace();
      out.refused->status = 204;
      out.refused->headers.emplace_back("Allow", std::move(allow));
    }
    return out;
  }
  std::string allow;
  out.route = routes.find(req.method, req.path, req.path_params, allow);
  if (!out.route) {
    out.refused = allow.empty() ? no_such_path(req.request_id) : method_not_allowed(allow, req.request_id);
    return out;
  }
  auto why = check_body(head, out.route->options);
  if (req.method == verb::get && head.has_body()) why = malformed("GET and HEAD take no body.");
  if (!why) return out;
  out.refused = problem(*why, req.request_id);
  out.close = why->status == 400;
  return out;
}

} // namespace troupe::bridge
