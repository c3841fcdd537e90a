#include "actors/social/lists.hpp"
#include "actors/social/store.hpp"
#include "net/api/accounts_input.hpp"
#include "net/api/browser_session.hpp"
#include "net/api/content_input.hpp"
#include "system/core/secrets.hpp"

#include <boost/json.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <fmt/format.h>

#include <algorithm>

/// Connecting through a browser: begin, and the address to which the network sends the browser back.
namespace troupe::api {

namespace {

constexpr std::string_view callback_path = "/v1/oauth/callback";

std::string redirect_uri(const api_context& ctx) {
  auto base = ctx.config->http.public_url;
  while (base.ends_with('/')) base.pop_back();
  return base + std::string(callback_path);
}

/// Scheme, host and port, the default port filled in; empty when there is no host.
std::string origin_of(std::string_view address) {
  auto u = boost::urls::parse_uri({address.data(), address.size()});
  if (!u || u->host().empty() || u->has_userinfo()) return {};
  std::string scheme(u->scheme()), port(u->port());
  if (port.empty()) port = scheme == "https" ? "443" : "80";
  return fmt::format("{}://{}:{}", scheme, std::string(u->encoded_host()), port);
}

/// A path on this server, or an address with the origin of http.public_url. Nothing else: what comes back
/// carries ids, and an open redirect is a gift to phishers.
bool may_return_to(std::string_view address, const api_context& ctx) {
  if (address.starts_with('/')) return address.size() < 2 || (address[1] != '/' && address[1] != '\\');
  auto origin = origin_of(address);
  return !origin.empty() && is_web_address(address) && origin == origin_of(ctx.config->http.public_url);
}

using flow = social_store::oauth_flow;

// -- the browser that began ------------------------------------------------------------------

/// A network's sign-in page may be opened by anybody who is sent its address. So that nobody can be led to
/// connect an account of theirs for somebody else, only the browser that began ends: it holds a cookie of
/// this connect, and the flow holds the cookie's hash. Who begins elsewhere (an app, a shell) ends with a
/// token of the same user.
std::string cookie_name(const std::string& state) {
  return "troupe_oauth_" + secrets::hex(secrets::token_hash(state).substr(0, 8));
}

std::string flow_cookie(const call& c, const std::string& state, std::string_view value, seconds life) {
  auto back = redirect_uri(c.ctx);
  auto address = boost::urls::parse_uri(back);
  auto path = address ? std::string(address->encoded_path()) : std::string(callback_path);
  return fmt::format("{}={}; Path={}; Max-Age={}; HttpOnly; SameSite=Lax{}", cookie_name(state), value, path,
                     life.count(), back.starts_with("https:") ? "; Secure" : "");
}

bool is_browser_of(const call& c, const flow& f, const std::string& state) {
  auto value = cookie_value(c.request, cookie_name(state));
  return !value.empty() && secrets::equal_constant_time(secrets::token_hash(value), f.browser_hash);
}

// -- begin -----------------------------------------------------------------------------------

void answer_begun(const call_ptr& c, json_text& answer, const std::string& state,
                  const std::string& browser) {
  bridge::reply reply;
  reply.status = 201;
  reply.body = std::move(answer.text);
  reply.headers.emplace_back("Cache-Control", "no-store");
  reply.headers.emplace_back("Set-Cookie", flow_cookie(*c, state, browser, oauth_life));
  c->answer(std::move(reply));
}

/// The account that is connected again has to be on this network; a new one has to fit into the workspace.
void check_account(const call_ptr& c, const uuid& workspace, const std::optional<uuid>& account,
                   const std::string& platform, std::function<void(const call_ptr&)> then) {
  if (!account)
    return c->read(
        {social_store::count_accounts(workspace)}, [then](const call_ptr& c2, const db_reply& counted) {
          auto most = c2->ctx.config->limits.accounts_per_workspace;
          if (counted.rows().get_int(0, 0) >= most)
            return c2->fail({ec::conflict, fmt::format("a workspace has at most {} accounts", most)});
          then(c2);
        });
  c->read({{&social_store::load, {to_string(*account), to_string(workspace)}}},
          [then, platform](const call_ptr& c2, const db_reply& r) {
            if (r.rows().empty()) return c2->fail({ec::not_found});
            auto row = social_store::read(r.rows(), 0);
            if (row.platform != platform)
              return c2->fail_field("/platform", "not-allowed", "this account is on another network");
            if (row.state == "disconnected")
              return c2->fail({ec::conflict, "this account was disconnected; connect it anew"});
            then(c2);
          });
}

void begin(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto body = json_body(*c);
  if (!body) return;
  bridge::field_reader r(*body);
  auto* network = read_platform(r, *c->ctx.networks);
  begin_oauth m;
  m.fields = read_connect_fields(r, network);
  m.return_url = r.optional_string("return_url", {1, 2'048, true}).value_or(std::string{});
  if (!m.return_url.empty() && !may_return_to(m.return_url, c->ctx))
    r.fail("return_url", "not-allowed",
           fmt::format("A path, or an address of {} is allowed.", c->ctx.config->http.public_url));
  auto account = r.optional_uuid("account_id");
  if (!finish(*c, r)) return;
  if (network->connect != "oauth")
    return c->fail({ec::conflict, fmt::format("{} is connected with credentials", network->name)});
  auto browser = secrets::random_token();
  m.user = c->who.user;
  m.platform = network->id;
  m.redirect_uri = redirect_uri(c->ctx);
  m.state = secrets::random_token();
  m.browser_hash = secrets::token_hash(browser);

  auto id = account.value_or(c->new_id("account"));
  auto ask = [w = *workspace, id, m, browser](const call_ptr& c2) {
    keep_key(c2, w, id, [w, id, m, browser](const call_ptr& c3) {
      c3->ask_member<json_text>(w, role::admin, account_ref(w, id), m,
                                [state = m.state, browser](const call_ptr& c4, json_text& answer) {
                                  answer_begun(c4, answer, state, browser);
                                });
    });
  };
  c->require_member(*workspace, role::admin,
                    [ask, account, w = *workspace, platform = m.platform](const call_ptr& c2) {
                      check_account(c2, w, account, platform, ask);
                    });
}

// -- the browser is back ---------------------------------------------------------------------

const char* const over = "this connect was finished already, or its time is over";

/// Adds to the query of where the browser shall end.
std::string with_query(const std::string& address,
                       std::initializer_list<std::pair<std::string_view, std::string>> more) {
  auto parsed = boost::urls::parse_uri_reference(address);
  if (!parsed) return {};
  boost::urls::url u(*parsed);
  for (auto& [name, value] : more) u.params().append({{name.data(), name.size()}, value});
  return std::string(u.buffer());
}

void send_back(const call_ptr& c, std::string to) {
  bridge::reply reply;
  reply.status = 303;
  reply.content_type.clear();
  reply.headers = {{"Location", std::move(to)}, {"Cache-Control", "no-store"}};
  c->answer(std::move(reply));
}

void end_badly(const call_ptr& c, const flow& f, const failure& why) {
  auto to = f.return_url.empty() ? std::string{}
                                 : with_query(f.return_url, {{"error", std::string(slug(why.code))}});
  to.empty() ? c->fail(why) : send_back(c, std::move(to));
}

std::string connected_json(const uuid& workspace, const document& d) {
  return fmt::format(R"({{"workspace_id":"{}","account":{}}})", to_string(workspace), d.json);
}

void end_well(const call_ptr& c, const flow& f, const document& d) {
  if (!f.return_url.empty()) {
    auto to = with_query(f.return_url,
                         {{"account_id", to_string(f.account)}, {"workspace_id", to_string(f.workspace)}});
    if (!to.empty()) return send_back(c, std::move(to));
  }
  bridge::reply reply;
  reply.body = connected_json(f.workspace, d);
  reply.headers.emplace_back("Cache-Control", "no-store");
  c->answer(std::move(reply));
}

/// Takes the row, so that a state works once whatever becomes of it, and asks the ACCOUNT on behalf of the
/// member who began and who has to be one still. Exactly one of the two runs.
void exchange(const call_ptr& c, const std::string& state, const std::string& code,
              std::function<void(const call_ptr&, document&)> then,
              std::function<void(const call_ptr&, const failure&)> otherwise) {
  c->read({{&social_store::take_flow, {storage::bytea(secrets::token_hash(state))}}},
          [code, then, otherwise](const call_ptr& c2, const db_reply& r) {
            auto f = social_store::read_flow(r.rows());
            if (!f) return otherwise(c2, {ec::not_found, over});
            finish_oauth m{f->platform, f->sealed, code, redirect_uri(c2->ctx)};
            auto to = account_ref(f->workspace, f->account);
            c2->ask<document>(workspace_ref(f->workspace),
                              as_member{f->user, role::admin, to, caf::make_message(std::move(m))}, then,
                              otherwise);
          });
}

void find_flow(const call_ptr& c, const std::string& state,
               std::function<void(const call_ptr&, std::optional<flow>)> then) {
  c->read({{&social_store::find_flow, {storage::bytea(secrets::token_hash(state))}}},
          [then = std::move(then)](const call_ptr& c2, const db_reply& r) {
            auto f = social_store::read_flow(r.rows());
            // Checked when it was stored; the configuration may have changed since.
            if (f && !f->return_url.empty() && !may_return_to(f->return_url, c2->ctx)) f->return_url.clear();
            then(c2, std::move(f));
          });
}

/// Another browser than the one that began, or none of ours: nothing is spent.
void end_elsewhere(const call_ptr& c, const flow& f, const std::string& state,
                   const std::optional<std::string>& code) {
  if (!f.return_url.empty() && code)
    if (auto to = with_query(f.return_url, {{"state", state}, {"code", *code}}); !to.empty())
      return send_back(c, std::move(to));
  end_badly(c, f,
            {ec::forbidden, "this connect was begun in another browser; end it there, or with completeOauth "
                            "as the user who began it"});
}

void refused_by_person(const call_ptr& c, const flow& f, const std::string& state) {
  c->read({{&social_store::take_flow, {storage::bytea(secrets::token_hash(state))}}},
          [f](const call_ptr& c2, const db_reply&) {
            end_badly(c2, f, {ec::conflict, "access was refused on the network"});
          });
}

void callback(const call_ptr& c) {
  query_input q(*c);
  auto state = q.text("state", 256);
  auto code = q.text("code", 4'096);
  auto error = q.text("error", 256);
  auto given = [&](std::string_view name) { return c->request.query_value(name) != nullptr; };
  if (!given("state")) q.fail("state", "required", "it is what the network was given");
  if (given("code") == given("error")) q.fail("code", "required", "either code or error is needed");
  if (!q.finish()) return;
  find_flow(c, *state, [state = *state, code](const call_ptr& c2, const std::optional<flow>& f) {
    if (!f) return c2->fail({ec::not_found, over});
    if (!is_browser_of(*c2, *f, state)) return end_elsewhere(c2, *f, state, code);
    c2->headers.emplace_back("Set-Cookie", flow_cookie(*c2, state, "", seconds{0}));
    if (!code) return refused_by_person(c2, *f, state);
    exchange(
        c2, state, *code, [f = *f](const call_ptr& c3, document& d) { end_well(c3, f, d); },
        [f = *f](const call_ptr& c3, const failure& why) { end_badly(c3, f, why); });
  });
}

// -- ended by who began, without the browser -------------------------------------------------

struct completion {
  uuid workspace;
  std::string state, code;
};

void answer_connected(const call_ptr& c, const uuid& workspace, const document& d) {
  bridge::reply reply;
  reply.body = connected_json(workspace, d);
  reply.headers.emplace_back("Cache-Control", "no-store");
  c->answer(std::move(reply));
}

/// The flow is gone. When it went with this very request, whose answer was lost, the account is the answer.
void repeat_completion(const call_ptr& c, const uuid& workspace) {
  if (c->repeat.key.empty()) return c->fail({ec::not_found, over});
  c->read({social_store::find_key(c->who.user, c->repeat.key)},
          [workspace](const call_ptr& c2, const db_reply& kept) {
            if (kept.rows().empty()) return c2->fail({ec::not_found, over});
            if (storage::from_bytea(kept.rows().get(0, 0)) != c2->repeat.body_hash)
              return c2->fail({ec::idempotency_mismatch});
            auto account = parse_uuid(kept.rows().get(0, 1)).value_or(uuid{});
            c2->ask_member<document>(
                workspace, role::admin, account_ref(workspace, account), read_account{},
                [workspace](const call_ptr& c3, document& d) { answer_connected(c3, workspace, d); });
          });
}

void complete(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto body = json_body(*c);
  if (!body) return;
  bridge::field_reader r(*body);
  completion m{*workspace, r.string("state", {1, 256}), r.string("code", {1, 4'096})};
  if (!finish(*c, r)) return;
  c->require_member(m.workspace, role::admin, [m](const call_ptr& c2) {
    find_flow(c2, m.state, [m](const call_ptr& c3, const std::optional<flow>& f) {
      // Another workspace's is none at all.
      if (!f || f->workspace != m.workspace) return repeat_completion(c3, m.workspace);
      if (f->user != c3->who.user)
        return c3->fail({ec::forbidden, "another member began this connect, and only they can end it"});
      keep_key(c3, m.workspace, f->account, [m](const call_ptr& c4) {
        exchange(
            c4, m.state, m.code,
            [m](const call_ptr& c5, document& d) { answer_connected(c5, m.workspace, d); },
            [](const call_ptr& c5, const failure& why) { c5->fail(why); });
      });
    });
  });
}

} // namespace

void add_oauth_routes(bridge::router& routes, api_context& ctx) {
  add(routes, ctx, bridge::verb::post, "/v1/workspaces/{workspace_id}/accounts/oauth",
      takes_json("beginOauth"), begin);
  add(routes, ctx, bridge::verb::post, "/v1/workspaces/{workspace_id}/accounts/oauth/complete",
      takes_json("completeOauth"), complete);
  auto op = reads("finishOauth");
  op.who = access::anyone;
  op.other_query = true;
  add(routes, ctx, bridge::verb::get, callback_path, op, callback);
}

} // namespace troupe::api
