#include "actors/social/lists.hpp"
#include "actors/social/store.hpp"
#include "actors/social/types.hpp"
#include "net/api/accounts_input.hpp"
#include "net/api/content_input.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

/// Connected accounts. An ACCOUNT speaks for itself while it is connected; what has been disconnected is only
/// a row.
namespace troupe::api {

namespace {

struct account_address {
  uuid workspace, account;
  entity_ref entity() const { return account_ref(workspace, account); }
};

std::optional<account_address> read_account_address(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return std::nullopt;
  auto account = c->path_id("account_id");
  if (!account) return std::nullopt;
  return account_address{*workspace, *account};
}

/// An account has a version, but no If-Match: so no ETag either.
void answer_account(const call_ptr& c, int status, document& d, std::string location = {}) {
  bridge::reply reply;
  reply.status = status;
  reply.body = std::move(d.json);
  if (!location.empty()) reply.headers.emplace_back("Location", std::move(location));
  c->answer(std::move(reply));
}

/// The row of an account of this workspace: `then(c, row)`, or 404.
template <class Then>
void read_row(const call_ptr& c, const account_address& at, Then then) {
  c->read({{&social_store::load, {to_string(at.account), to_string(at.workspace)}}},
          [then = std::move(then)](const call_ptr& c2, const db_reply& r) {
            if (r.rows().empty()) return c2->fail({ec::not_found});
            then(c2, social_store::read(r.rows(), 0));
          });
}

// -- connect ---------------------------------------------------------------------------------

/// Networks that are connected through a browser may take a secret instead, which a person got there by hand.
bool has_secret(const platforms::description& network, const boost::json::object& body) {
  auto* fields = body.at("fields").if_object();
  return std::any_of(network.fields.begin(), network.fields.end(),
                     [&](auto& f) { return f.secret && fields && fields->contains(f.name); });
}

void connect(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto body = json_body(*c);
  if (!body) return;
  bridge::field_reader r(*body);
  auto* network = read_platform(r, *c->ctx.networks);
  connect_account m;
  m.fields = read_connect_fields(r, network);
  if (!finish(*c, r)) return;
  m.platform = network->id;
  if (network->connect != "credentials" && !has_secret(*network, *body))
    return c->fail({ec::conflict, fmt::format("{} is connected through OAuth", network->name)});

  account_address at{*workspace, c->new_id("account")};
  c->require_member(at.workspace, role::admin, [at, m](const call_ptr& c2) {
    c2->read({social_store::count_accounts(at.workspace)},
             [at, m](const call_ptr& c3, const db_reply& counted) {
               if (counted.rows().get_int(0, 0) >= c3->ctx.config->limits.accounts_per_workspace)
                 return c3->fail({ec::conflict, fmt::format("a workspace has at most {} accounts",
                                                            c3->ctx.config->limits.accounts_per_workspace)});
               keep_key(c3, at.workspace, at.account, [at, m](const call_ptr& c4) {
                 c4->ask_member<document>(
                     at.workspace, role::admin, at.entity(), m, [at](const call_ptr& c5, document& d) {
                       answer_account(c5, 201, d,
                                      fmt::format("/v1/workspaces/{}/accounts/{}", to_string(at.workspace),
                                                  to_string(at.account)));
                     });
               });
             });
  });
}

void reconnect(const call_ptr& c) {
  auto at = read_account_address(c);
  if (!at) return;
  auto body = json_body(*c);
  if (!body) return;
  c->require_member(at->workspace, role::admin, [at = *at, body = std::move(*body)](const call_ptr& c2) {
    read_row(c2, at, [at, body](const call_ptr& c3, const account_row& row) {
      auto* network = c3->ctx.networks->find(row.platform);
      if (network && network->describe().connect != "credentials" &&
          !(body.contains("fields") && has_secret(network->describe(), body)))
        return c3->fail({ec::conflict, "this network is connected through OAuth: begin with account_id"});
      if (row.state == "disconnected")
        return c3->fail({ec::conflict, "this account was disconnected; connect it anew"});
      bridge::field_reader r(body);
      reconnect_account m{read_connect_fields(r, network ? &network->describe() : nullptr)};
      if (!finish(*c3, r)) return;
      keep_key(c3, at.workspace, at.account, [at, m](const call_ptr& c4) {
        c4->ask_member<document>(at.workspace, role::admin, at.entity(), m,
                                 [](const call_ptr& c5, document& d) { answer_account(c5, 200, d); });
      });
    });
  });
}

// -- read ------------------------------------------------------------------------------------

void get_account(const call_ptr& c) {
  auto at = read_account_address(c);
  if (!at) return;
  c->ask_member<document>(
      at->workspace, role::viewer, at->entity(), read_account{},
      [](const call_ptr& c2, document& d) { answer_account(c2, 200, d); },
      [at = *at](const call_ptr& c2, const failure& f) {
        if (f.code != ec::not_found) return c2->fail(f);
        // No member, no such account, or a disconnected one, of which only the row is left.
        c2->require_member(at.workspace, role::viewer, [at](const call_ptr& c3) {
          read_row(c3, at, [](const call_ptr& c4, const account_row& row) {
            c4->answer(200, account_view(row, std::nullopt, std::nullopt));
          });
        });
      });
}

struct account_query {
  social_store::account_filter filter;
  std::string name; // of the list with its filters: what its cursors are bound to
};

std::optional<account_query> read_account_query(const call_ptr& c, const uuid& workspace) {
  account_query out;
  auto& f = out.filter;
  query_input q(*c);
  f.workspace = workspace;
  f.states = q.choices("state", {"active", "paused", "reconnect_required", "restricted", "disconnected"});
  f.platform = q.text("platform", 32).value_or(std::string{});
  if (!q.finish()) return std::nullopt;
  out.name = fmt::format("accounts|{}|{}|{}", to_string(workspace), fmt::join(f.states, ","), f.platform);
  auto page = c->page(out.name, 2);
  if (!page) return std::nullopt;
  f.limit = page->limit;
  if (!page->after.empty()) {
    auto& us = page->after[0];
    std::from_chars(us.data(), us.data() + us.size(), f.after_us);
    f.after_id = parse_uuid(page->after[1]).value_or(uuid{});
  }
  return out;
}

void list_accounts(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto asked = read_account_query(c, *workspace);
  if (!asked) return;
  list_for_member(c, *workspace, [asked = *asked](const call_ptr& c2) {
    auto with_one_more = asked.filter;
    ++with_one_more.limit;
    c2->read({social_store::list_accounts(with_one_more)}, [asked](const call_ptr& c3, const db_reply& r) {
      boost::json::array items;
      std::string next;
      auto shown = std::min(r.rows().size(), asked.filter.limit);
      for (std::size_t i = 0; i < shown; ++i) {
        auto row = social_store::read(r.rows(), i);
        items.push_back(account_view(row, std::nullopt, std::nullopt));
        if (i + 1 == shown && r.rows().size() > shown)
          next = c3->cursor(asked.name, {std::to_string(to_micros(row.created_at)), to_string(row.id)});
      }
      answer_page(c3, std::move(items), next);
    });
  });
}

// -- change ----------------------------------------------------------------------------------

void change_account(const call_ptr& c, account_action action) {
  auto at = read_account_address(c);
  if (!at) return;
  c->require_member(at->workspace, role::admin, [at = *at, action](const call_ptr& c2) {
    keep_key(c2, at.workspace, at.account, [at, action](const call_ptr& c3) {
      c3->ask_member<document>(
          at.workspace, role::admin, at.entity(), act_on_account{action},
          [](const call_ptr& c4, document& d) { answer_account(c4, 200, d); },
          [at](const call_ptr& c4, const failure& f) {
            if (f.code != ec::not_found) return c4->fail(f);
            read_row(c4, at, [](const call_ptr& c5, const account_row&) {
              c5->fail({ec::conflict, "this account was disconnected"});
            });
          });
    });
  });
}

void disconnect(const call_ptr& c) {
  auto at = read_account_address(c);
  if (!at) return;
  c->require_member(at->workspace, role::admin, [at = *at](const call_ptr& c2) {
    c2->ask_member<document>(
        at.workspace, role::admin, at.entity(), act_on_account{account_action::disconnect},
        [](const call_ptr& c3, document&) { c3->answer_empty(204); },
        [at](const call_ptr& c3, const failure& f) {
          if (f.code != ec::not_found) return c3->fail(f);
          read_row(c3, at, [](const call_ptr& c4, const account_row& row) {
            row.state == "disconnected" ? c4->answer_empty(204) : c4->fail({ec::not_found});
          });
        });
  });
}

} // namespace

void add_account_routes(bridge::router& routes, api_context& ctx) {
  using bridge::verb;
  const std::string all = "/v1/workspaces/{workspace_id}/accounts", one = all + "/{account_id}";
  auto acting = [](account_action action) {
    return [action](const call_ptr& c) { change_account(c, action); };
  };
  auto disconnecting = acts("disconnectAccount");
  disconnecting.idempotent = false;

  add(routes, ctx, verb::post, all, takes_json("connectAccount"), connect);
  add(routes, ctx, verb::get, all, lists("listAccounts", {"state", "platform"}), list_accounts);
  add(routes, ctx, verb::get, one, reads("getAccount"), get_account);
  add(routes, ctx, verb::del, one, disconnecting, disconnect);
  add(routes, ctx, verb::post, one + "/check", acts("checkAccount"), acting(account_action::check));
  add(routes, ctx, verb::post, one + "/pause", acts("pauseAccount"), acting(account_action::pause));
  add(routes, ctx, verb::post, one + "/resume", acts("resumeAccount"), acting(account_action::resume));
  add(routes, ctx, verb::post, one + "/reconnect", takes_json("reconnectAccount"), reconnect);
  add_oauth_routes(routes, ctx);
}

} // namespace troupe::api
