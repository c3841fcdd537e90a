#include "actors/content/summary.hpp"
#include "actors/content/lists.hpp"
#include "actors/content/store.hpp"
#include "actors/social/lists.hpp"
#include "actors/social/store.hpp"
#include "net/api/content_input.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <unordered_map>

/// One call for a dashboard: what goes out next, what needs a person, what went out, how the accounts are.
namespace troupe::api {

namespace {

namespace json = boost::json;
namespace store = content_store;

constexpr std::size_t next_items = 10, stuck_items = 20, published_items = 10;
constexpr std::size_t account_items = 1'000;
constexpr std::array delivery_states = {"draft",   "awaiting_approval", "scheduled",
                                        "sending", "in_doubt",          "published",
                                        "failed",  "needs_review",      "cancelled"};

json::value instant(const std::optional<timestamp>& t) {
  return t ? json::value(format_utc(*t)) : json::value(nullptr);
}

struct findings {
  std::map<std::string, std::int64_t> states;
  std::vector<store::found_delivery> next;
  store::found_ids stuck, published;
  store::lateness_figures lateness;
  std::map<uuid, store::account_figures> by_account;
  std::vector<account_row> accounts;
};

json::array account_views(const findings& f) {
  json::array out;
  for (auto& a : f.accounts) {
    if (a.state == "disconnected") continue;
    auto found = f.by_account.find(a.id);
    auto n = found == f.by_account.end() ? store::account_figures{} : found->second;
    out.push_back(
        {{"account_id", to_string(a.id)},
         {"platform", a.platform},
         {"handle", a.who.handle},
         {"display_name", a.who.display_name},
         {"state", a.state},
         {"state_reason", a.state_reason.empty() ? json::value(nullptr) : json::value(a.state_reason)},
         {"token_expires_at", instant(a.token_expires_at)},
         {"last_checked_at", instant(a.last_checked_at)},
         {"scheduled", n.scheduled},
         {"published_24h", n.published_24h},
         {"failed_7d", n.failed_7d},
         {"needs_review", n.needs_review},
         {"last_published_at", instant(n.last_published_at)}});
  }
  return out;
}

/// Deliveries by id as they are shown, with the posts that they are of.
using shown_deliveries = std::unordered_map<uuid, json::object>;

json::array pick(const shown_deliveries& shown, const std::vector<uuid>& ids) {
  json::array out;
  for (auto& id : ids)
    if (auto found = shown.find(id); found != shown.end()) out.push_back(found->second);
  return out;
}

json::object view_of(const findings& f, const shown_deliveries& shown, timestamp now) {
  json::object states;
  for (auto* name : delivery_states) {
    auto found = f.states.find(name);
    states[name] = found == f.states.end() ? 0 : found->second;
  }
  std::vector<uuid> next;
  for (auto& d : f.next) next.push_back(d.what.id);
  auto accounts = account_views(f);
  json::array broken;
  for (auto& a : accounts)
    if (auto& state = a.at("state").as_string(); state == "reconnect_required" || state == "restricted")
      broken.push_back(a);
  auto figure = [&](std::int64_t ms) {
    return f.lateness.count == 0 ? json::value(nullptr) : json::value(ms);
  };
  return {{"at", format_utc(now)},
          {"deliveries", std::move(states)},
          {"next", pick(shown, next)},
          {"attention",
           {{"deliveries", pick(shown, f.stuck.ids)},
            {"deliveries_total", f.stuck.total},
            {"accounts", std::move(broken)}}},
          {"published_24h", {{"count", f.published.total}, {"items", pick(shown, f.published.ids)}}},
          {"lateness_7d",
           {{"count", f.lateness.count},
            {"p50_ms", figure(f.lateness.p50_ms)},
            {"p99_ms", figure(f.lateness.p99_ms)},
            {"max_ms", figure(f.lateness.max_ms)}}},
          {"accounts", std::move(accounts)}};
}

void answer_summary(const call_ptr& c, const findings& f, const std::vector<store::found_delivery>& found) {
  if (found.empty()) return c->answer(200, view_of(f, {}, c->now()));
  c->read({store::posts_of(found)}, [f, found](const call_ptr& c2, const db_reply& posts) {
    std::unordered_map<uuid, post> by_id;
    for (auto& p : store::read_posts(posts.rows())) by_id.emplace(p.id, std::move(p));
    shown_deliveries shown;
    for (auto& d : found)
      if (auto p = by_id.find(d.of); p != by_id.end())
        shown.emplace(d.what.id, delivery_view(p->second, d.what));
    c2->answer(200, view_of(f, shown, c2->now()));
  });
}

/// The deliveries that are shown, each by its id.
void find_shown(const call_ptr& c, const uuid& workspace, const findings& f) {
  std::vector<storage::step> steps;
  for (auto* ids : {&f.stuck.ids, &f.published.ids})
    for (auto& id : *ids) steps.push_back(store::find_delivery(workspace, id));
  if (steps.empty()) return answer_summary(c, f, f.next);
  auto count = steps.size();
  c->read(std::move(steps), [f, count](const call_ptr& c2, const db_reply& r) {
    auto found = f.next;
    for (std::size_t i = 0; i < count; ++i)
      for (auto& d : store::read_found(r.rows(i))) found.push_back(std::move(d));
    answer_summary(c2, f, found);
  });
}

void get_summary(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  c->require_member(*workspace, role::viewer, [w = *workspace](const call_ptr& c2) {
    store::delivery_filter due;
    due.workspace = w;
    due.states = {"scheduled", "sending"};
    due.from = c2->now() - std::chrono::hours{24};
    due.limit = next_items;
    social_store::account_filter accounts;
    accounts.workspace = w;
    accounts.limit = account_items;
    c2->read({store::count_states(w), store::list_deliveries(due), store::find_stuck(w, stuck_items),
              store::find_published(w, published_items), store::measure_lateness(w),
              store::count_by_account(w), social_store::list_accounts(accounts)},
             [w](const call_ptr& c3, const db_reply& r) {
               findings f{store::read_states(r.rows(0)),
                          store::read_found(r.rows(1)),
                          store::read_ids(r.rows(2)),
                          store::read_ids(r.rows(3)),
                          store::read_lateness(r.rows(4)),
                          store::read_by_account(r.rows(5)),
                          {}};
               for (std::size_t i = 0; i < r.rows(6).size(); ++i)
                 f.accounts.push_back(social_store::read(r.rows(6), i));
               find_shown(c3, w, f);
             });
  });
}

} // namespace

void add_summary_routes(bridge::router& routes, api_context& ctx) {
  add(routes, ctx, bridge::verb::get, "/v1/workspaces/{workspace_id}/summary", reads("getSummary"),
      get_summary);
}

} // namespace troupe::api
