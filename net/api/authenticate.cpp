#include "net/api/authenticate.hpp"

#include "net/api/api.hpp"

#include <boost/beast/core/string.hpp>

namespace troupe::api {

void access_table::open(bridge::verb v, std::string_view path_template, access who) {
  auto at = static_cast<std::size_t>(v);
  if (auto parameter = path_template.find('{'); parameter != path_template.npos)
    open_below_[at].emplace_back(path_template.substr(0, parameter), who);
  else
    open_[at].emplace(path_template, who);
}

access access_table::of(bridge::verb v, std::string_view path) const {
  auto at = static_cast<std::size_t>(v);
  if (auto found = open_[at].find(std::string(path)); found != open_[at].end()) return found->second;
  for (auto& [prefix, who] : open_below_[at])
    if (path.starts_with(prefix)) return who;
  if (v == bridge::verb::get && claims_ && claims_(path)) return access::unmetered;
  return access::user;
}

std::string_view bearer_token(const bridge::request& r) noexcept {
  constexpr std::string_view scheme = "bearer ";
  auto header = r.header("authorization");
  if (header.size() <= scheme.size() || !boost::beast::iequals(header.substr(0, scheme.size()), scheme))
    return {};
  header.remove_prefix(scheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  return header;
}

void add_rate_headers(const rate_state& rate, bridge::header_list& headers) {
  headers.emplace_back("RateLimit-Limit", std::to_string(rate.limit));
  headers.emplace_back("RateLimit-Remaining", std::to_string(rate.remaining));
  headers.emplace_back("RateLimit-Reset", std::to_string(rate.resets_in_s));
}

bridge::reply refusal(const failure& f, const bridge::request& r, const rate_state* rate) {
  auto out = bridge::problem(f, r.request_id);
  if (f.code == ec::unauthenticated && !r.header("authorization").empty())
    for (auto& [name, value] : out.headers)
      if (name == "WWW-Authenticate") value = R"(Bearer error="invalid_token")";
  if (rate) add_rate_headers(*rate, out.headers);
  return out;
}

bridge::early_check make_early_check(api_context& ctx) {
  return [&ctx](const bridge::request& head) -> std::unique_ptr<bridge::reply> {
    auto who = ctx.access.of(head.method, head.path);
    if (who == access::unmetered) return nullptr;
    auto& limits = ctx.config->limits;
    auto refuse = [&](const failure& f, const rate_state& rate) {
      return std::make_unique<bridge::reply>(refusal(f, head, &rate));
    };
    auto too_many = [&](const rate_state& rate) {
      failure f{ec::rate_limited};
      f.retry_after_ms = std::max<std::int64_t>(rate.resets_in_s, 1) * 1'000;
      return refuse(f, rate);
    };
    // The address first: a flood of bad tokens must not buy a signature check each.
    auto rate = ctx.limits->take_address(head.peer, limits.requests_per_address_per_minute);
    if (!rate.allowed) return too_many(rate);
    if (who == access::anyone) return nullptr;
    auto token = bearer_token(head);
    if (token.empty()) return refuse({ec::unauthenticated}, rate);
    auto verified = ctx.tokens->verify(token);
    if (!verified.ok()) return refuse({ec::unauthenticated}, rate);
    auto user = ctx.limits->take_user(verified.who.user, limits.requests_per_user_per_minute);
    if (!user.allowed) return too_many(user);
    return nullptr;
  };
}

} // namespace troupe::api
