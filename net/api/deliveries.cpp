#include "actors/content/lists.hpp"
#include "net/api/content_input.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>
#include <unordered_map>

/// Deliveries: found in the store by their id, changed through their POST.
namespace troupe::api {

namespace {

namespace store = content_store;

struct delivery_address {
  uuid workspace, delivery;
};

std::optional<delivery_address> read_delivery_address(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return std::nullopt;
  auto delivery = c->path_id("delivery_id");
  if (!delivery) return std::nullopt;
  return delivery_address{*workspace, *delivery};
}

std::int64_t number(const std::string& text) {
  std::int64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

boost::json::array views(const std::vector<store::found_delivery>& found, const storage::rows& posts) {
  std::unordered_map<uuid, post> by_id;
  for (auto& p : store::read_posts(posts)) by_id.emplace(p.id, std::move(p));
  boost::json::array out;
  for (auto& f : found)
    if (auto p = by_id.find(f.of); p != by_id.end()) out.push_back(delivery_view(p->second, f.what));
  return out;
}

// -- read ------------------------------------------------------------------------------------

void get_delivery(const call_ptr& c) {
  auto at = read_delivery_address(c);
  if (!at) return;
  c->require_member(at->workspace, role::viewer, [at = *at](const call_ptr& c2) {
    c2->read({store::find_delivery(at.workspace, at.delivery)}, [](const call_ptr& c3, const db_reply& r) {
      auto found = store::read_found(r.rows());
      if (found.empty()) return c3->fail({ec::not_found});
      auto theirs = store::posts_of(found);
      c3->read({std::move(theirs)}, [found = std::move(found)](const call_ptr& c4, const db_reply& posts) {
        auto shown = views(found, posts.rows());
        if (shown.empty()) return c4->fail({ec::not_found});
        c4->answer(200, shown[0]);
      });
    });
  });
}

struct delivery_query {
  store::delivery_filter filter;
  std::string name; // of the list with its filters: what its cursors are bound to
};

/// What was asked for, or answers.
std::optional<delivery_query> read_delivery_query(const call_ptr& c, const uuid& workspace) {
  delivery_query out;
  auto& f = out.filter;
  query_input q(*c);
  f.workspace = workspace;
  f.states = q.choices("state", {"draft", "awaiting_approval", "scheduled", "sending", "in_doubt",
                                 "published", "failed", "needs_review", "cancelled"});
  f.account = q.id("account_id");
  f.from = q.instant("from");
  f.to = q.instant("to");
  if (!q.finish()) return std::nullopt;

  auto micros = [](const std::optional<timestamp>& t) {
    return t ? std::to_string(to_micros(*t)) : std::string{};
  };
  out.name = fmt::format("deliveries|{}|{}|{}|{}|{}", to_string(workspace), fmt::join(f.states, ","),
                         f.account ? to_string(*f.account) : "", micros(f.from), micros(f.to));
  auto page = c->page(out.name, 2);
  if (!page) return std::nullopt;
  f.limit = page->limit;
  if (!page->after.empty())
    f.after = store::list_position{number(page->after[0]), parse_uuid(page->after[1]).value_or(uuid{})};
  return out;
}

void list_deliveries(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto asked = read_delivery_query(c, *workspace);
  if (!asked) return;
  list_for_member(c, *workspace, [asked = *asked](const call_ptr& c2) {
    auto with_one_more = asked.filter;
    ++with_one_more.limit;
    c2->read({store::list_deliveries(with_one_more)}, [asked](const call_ptr& c3, const db_reply& r) {
      auto found = store::read_found(r.rows());
      std::string next;
      if (found.size() > asked.filter.limit) {
        found.pop_back();
        auto last = store::position_of(found.back().what);
        next = c3->cursor(asked.name, {std::to_string(last.at_us), to_string(last.id)});
      }
      if (found.empty()) return answer_page(c3, {}, {});
      auto theirs = store::posts_of(found);
      c3->read({std::move(theirs)},
               [found = std::move(found), next](const call_ptr& c4, const db_reply& posts) {
                 answer_page(c4, views(found, posts.rows()), next);
               });
    });
  });
}

void ledger(const call_ptr& c) {
  auto at = read_delivery_address(c);
  if (!at) return;
  auto name = fmt::format("ledger|{}", to_string(at->delivery));
  auto page = c->page(name, 3);
  if (!page) return;
  std::optional<store::ledger_position> after;
  if (!page->after.empty())
    after = store::ledger_position{number(page->after[0]), number(page->after[1]), page->after[2]};
  c->require_member(at->workspace, role::viewer,
                    [at = *at, name, after, limit = page->limit](const call_ptr& c2) {
                      c2->read({store::find_delivery(at.workspace, at.delivery),
                                store::list_ledger(at.delivery, after, limit + 1)},
                               [name, limit](const call_ptr& c3, const db_reply& r) {
                                 if (r.rows(0).empty()) return c3->fail({ec::not_found});
                                 boost::json::array items;
                                 std::string next;
                                 auto shown = std::min(r.rows(1).size(), limit);
                                 for (std::size_t i = 0; i < shown; ++i)
                                   items.push_back(store::ledger_view(store::read_ledger(r.rows(1), i)));
                                 if (r.rows(1).size() > limit) {
                                   auto last = store::read_ledger(r.rows(1), shown - 1);
                                   next = c3->cursor(name, {std::to_string(last.at_us),
                                                            std::to_string(last.attempt), last.to_state});
                                 }
                                 answer_page(c3, std::move(items), next);
                               });
                    });
}

// -- change ----------------------------------------------------------------------------------

/// Finds the delivery's POST, which then checks and does it. A stranger learns nothing: the workspace is part
/// of the search, and its WORKSPACE is asked before the POST.
void change_delivery(const call_ptr& c, const delivery_address& at, act_on_delivery m) {
  m.origin = origin_of(*c);
  m.delivery = at.delivery;
  c->read({store::find_delivery(at.workspace, at.delivery)},
          [at, m = std::move(m)](const call_ptr& c2, const db_reply& r) mutable {
            auto found = store::read_found(r.rows());
            if (found.empty()) return c2->fail({ec::not_found});
            c2->ask_member<document>(at.workspace, role::editor, post_ref(at.workspace, found[0].of),
                                     std::move(m), [](const call_ptr& c3, document& d) {
                                       bridge::reply reply;
                                       reply.body = std::move(d.json);
                                       c3->answer(std::move(reply));
                                     });
          });
}

void simple_act(const call_ptr& c, delivery_action action) {
  auto at = read_delivery_address(c);
  if (!at) return;
  act_on_delivery m;
  m.action = action;
  change_delivery(c, *at, std::move(m));
}

void resolve(const call_ptr& c) {
  auto at = read_delivery_address(c);
  if (!at) return;
  auto body = json_body(*c);
  if (!body) return;
  act_on_delivery m;
  bridge::field_reader r(*body);
  m.action = r.choice<delivery_action>("as", {{"published", delivery_action::resolve_published},
                                              {"not_published", delivery_action::resolve_not_published}});
  if (auto permalink = r.optional_string("permalink", {1, 2'048, true})) {
    m.permalink = std::move(*permalink);
    if (!is_web_address(m.permalink))
      r.fail("permalink", "bad-format", "An http or https address is allowed.");
    if (m.action == delivery_action::resolve_not_published)
      r.fail("permalink", "not-allowed", "What was not published has no address.");
  }
  if (!finish(*c, r)) return;
  change_delivery(c, *at, std::move(m));
}

} // namespace

void add_delivery_routes(bridge::router& routes, api_context& ctx) {
  using bridge::verb;
  const std::string all = "/v1/workspaces/{workspace_id}/deliveries", one = all + "/{delivery_id}";
  auto acting = [](delivery_action action) { return [action](const call_ptr& c) { simple_act(c, action); }; };
  add(routes, ctx, verb::get, all, lists("listDeliveries", {"state", "account_id", "from", "to"}),
      list_deliveries);
  add(routes, ctx, verb::get, one, reads("getDelivery"), get_delivery);
  add(routes, ctx, verb::get, one + "/ledger", lists("getDeliveryLedger"), ledger);
  add(routes, ctx, verb::post, one + "/resolve", takes_json("resolveDelivery"), resolve);
  add(routes, ctx, verb::post, one + "/retry", acts("retryDelivery"), acting(delivery_action::retry));
  add(routes, ctx, verb::post, one + "/cancel", acts("cancelDelivery"), acting(delivery_action::cancel));
}

} // namespace troupe::api
