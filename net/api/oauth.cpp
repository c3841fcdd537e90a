#include "actors/social/store.hpp"
#include "net/api/accounts_input.hpp"
#include "net/api/content_input.hpp"
#include "system/core/secrets.hpp"

#include <boost/json.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <fmt/format.h>

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

// -- begin -----------------------------------------------------------------------------------

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
  m.user = c->who.user;
  m.platform = network->id;
  m.redirect_uri = redirect_uri(c->ctx);

  auto id = account.value_or(c->new_id("account"));
  auto ask = [w = *workspace, id, m](const call_ptr& c2) {
    keep_key(c2, w, id, [w, id, m](const call_ptr& c3) {
      c3->ask_member<json_text>(w, role::admin, account_ref(w, id), m,
                                [](const call_ptr& c4, json_text& answer) {
                                  bridge::reply reply;
                                  reply.status = 201;
                                  reply.body = std::move(answer.text);
                                  reply.headers.emplace_back("Cache-Control", "no-store");
                                  c4->answer(std::move(reply));
                                });
    });
  };
  c->require_member(
      *workspace, role::admin, [ask, account, w = *workspace, platform = m.platform](const call_ptr& c2) {
        if (!account) return ask(c2);
        c2->read({{&social_store::load, {to_string(*account), to_string(w)}}},
                 [ask, platform](const call_ptr& c3, const db_reply& r) {
                   if (r.rows().empty()) return c3->fail({ec::not_found});
                   if (social_store::read(r.rows(), 0).platform != platform)
                     return c3->fail_field("/platform", "not-allowed", "this account is on another network");
                   ask(c3);
                 });
      });
}

// -- the browser is back ---------------------------------------------------------------------

struct flow {
  uuid workspace, account;
  std::string platform, sealed, return_url;
};

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

void end_well(const call_ptr& c, const flow& f, const document& d) {
  if (!f.return_url.empty()) {
    auto to = with_query(f.return_url,
                         {{"account_id", to_string(f.account)}, {"workspace_id", to_string(f.workspace)}});
    if (!to.empty()) return send_back(c, std::move(to));
  }
  bridge::reply reply;
  reply.body = fmt::format(R"({{"workspace_id":"{}","account":{}}})", to_string(f.workspace), d.json);
  reply.headers.emplace_back("Cache-Control", "no-store");
  c->answer(std::move(reply));
}

/// The row is taken, so that a state works once whatever becomes of it.
void finish_flow(const call_ptr& c, const std::string& state, const std::optional<std::string>& code) {
  c->read({{&social_store::take_flow, {storage::bytea(secrets::token_hash(state))}}},
          [code](const call_ptr& c2, const db_reply& r) {
            if (r.rows().empty())
              return c2->fail({ec::not_found, "this connect was finished already, or its time is over"});
            flow f;
            f.workspace = parse_uuid(r.rows().get(0, 0)).value_or(uuid{});
            f.platform = r.rows().get(0, 2);
            f.sealed = storage::from_bytea(r.rows().get(0, 3));
            f.return_url = r.rows().get(0, 4);
            f.account = parse_uuid(r.rows().get(0, 5)).value_or(uuid{});
            // Checked when it was stored; the configuration may have changed since.
            if (!f.return_url.empty() && !may_return_to(f.return_url, c2->ctx)) f.return_url.clear();
            if (!code) return end_badly(c2, f, {ec::conflict, "access was refused on the network"});
            // No membership here: who holds the state was given it by the ACCOUNT, and the row names the
            // account.
            c2->ask<document>(
                account_ref(f.workspace, f.account),
                finish_oauth{f.platform, f.sealed, *code, redirect_uri(c2->ctx)},
                [f](const call_ptr& c3, document& d) { end_well(c3, f, d); },
                [f](const call_ptr& c3, const failure& why) { end_badly(c3, f, why); });
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
  finish_flow(c, *state, code);
}

} // namespace

void add_oauth_routes(bridge::router& routes, api_context& ctx) {
  add(routes, ctx, bridge::verb::post, "/v1/workspaces/{workspace_id}/accounts/oauth",
      takes_json("beginOauth"), begin);
  auto op = reads("finishOauth");
  op.who = access::anyone;
  op.other_query = true;
  add(routes, ctx, bridge::verb::get, callback_path, op, callback);
}

} // namespace troupe::api
