#include "actors/social/types.hpp"

namespace troupe {

namespace {

boost::json::value time_or_null(const std::optional<timestamp>& t) {
  if (!t) return nullptr;
  return boost::json::string(format_utc(*t));
}

} // namespace

boost::json::object account_view(const account_row& a, const std::optional<platforms::rate_window>& rate,
                                 std::optional<timestamp> rate_resets_at) {
  boost::json::object out{
      {"id", to_string(a.id)},
      {"workspace_id", to_string(a.workspace)},
      {"platform", a.platform},
      {"handle", a.who.handle},
      {"display_name", a.who.display_name},
      {"server", a.who.server},
      {"remote_id", a.who.remote_id},
      {"state", a.state},
      {"state_reason", a.state_reason.empty() ? boost::json::value() : boost::json::value(a.state_reason)},
      {"limits", platforms::to_json(a.limits)},
      {"rate", nullptr},
      {"token_expires_at", time_or_null(a.token_expires_at)},
      {"last_checked_at", time_or_null(a.last_checked_at)},
      {"created_at", format_utc(a.created_at)},
      {"version", a.version}};
  if (rate)
    out["rate"] = {
        {"limit", rate->limit}, {"remaining", rate->remaining}, {"resets_at", time_or_null(rate_resets_at)}};
  return out;
}

} // namespace troupe
