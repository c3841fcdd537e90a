#include "actors/users/reads.hpp"
#include "actors/users/types.hpp"
#include "net/api/browser_session.hpp"
#include "net/api/views.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

/// Registering, signing in and out, the password, and the keys that verify access tokens.
namespace troupe::api {

namespace {

operation session_call(const char* id, access who) {
  operation op;
  op.id = id;
  op.who = who;
  op.body_limit = json_body_limit;
  return op;
}

/// `session`: where the refresh token goes, true for a cookie.
bool read_session_form(bridge::field_reader& r) {
  return r.optional_choice<bool>("session", {{"body", false}, {"cookie", true}}).value_or(false);
}

/// The session as JSON; a refresh token that the browser keeps is in the cookie alone.
boost::json::object session_json(const call_ptr& c, const users::session& s, bool in_cookie) {
  auto out = to_json(s);
  if (!in_cookie) return out;
  out.erase("refresh_token");
  keep_session_cookie(*c, s.refresh_token);
  return out;
}

auto answer_session(bool in_cookie) {
  return [in_cookie](const call_ptr& c, users::session& s) { c->answer(200, session_json(c, s, in_cookie)); };
}

void register_user(const call_ptr& c) {
  users::register_user m;
  bool good = c->body([&](bridge::field_reader& r) {
    m.email = read_email(r, "email");
    m.password = r.string("password", password_rule);
    m.display_name = read_name(r, "display_name");
    auto workspace = r.object("workspace");
    m.workspace_name = read_name(workspace, "name");
    m.time_zone = read_time_zone(workspace, "time_zone");
    m.from = client_of(*c, read_session_form(r));
  });
  if (!good) return;
  if (!c->ctx.registration_open) return c->fail({ec::forbidden, "registration is closed on this server"});
  auto user = c->new_id("user");
  m.workspace_id = c->new_id("first-workspace");
  m.key = c->repeat.key;
  m.body_hash = c->repeat.body_hash;
  bool in_cookie = m.from.keeps_cookie;
  c->ask<users::registered>(user_ref(user), std::move(m),
                            [in_cookie](const call_ptr& c2, users::registered& made) {
                              auto body = session_json(c2, made.session, in_cookie);
                              body["workspace"] = to_json(made.workspace);
                              c2->answer(201, body);
                            });
}

/// Counts an attempt to prove a password; `then` runs when there may be another one.
template <class Then>
void count_attempt(const call_ptr& c, const std::string& email, Then then) {
  c->ctx.logins->attempt(email, c->request.peer, [c, then = std::move(then)](milliseconds wait) {
    c->resume([then, wait](const call_ptr& again) {
      if (wait.count() == 0) return then(again);
      failure f{ec::rate_limited, "too many attempts to sign in"};
      f.retry_after_ms = wait.count();
      again->fail(f);
    });
  });
}

void login(const call_ptr& c) {
  std::string email, password;
  bool in_cookie = false;
  bool good = c->body([&](bridge::field_reader& r) {
    email = read_email(r, "email");
    password = r.string("password", {.min = 1, .max = 200});
    in_cookie = read_session_form(r);
  });
  if (!good) return;
  count_attempt(c, email, [email, password, in_cookie](const call_ptr& c2) {
    c2->read({users::reads::user_by_email(email)},
             [email, password, in_cookie](const call_ptr& c3, const db_reply& reply) {
               auto user = users::reads::read_user(reply.rows());
               // Whoever does not exist is asked all the same: the same steps in the same time, and the same
               // answer.
               auto id = user ? user->id : derived_uuid(fmt::format("nobody|{}", email));
               c3->ask<users::session>(user_ref(id), users::login{password, client_of(*c3, in_cookie)},
                                       [email, in_cookie](const call_ptr& c4, users::session& s) {
                                         c4->ctx.logins->succeeded(email);
                                         answer_session(in_cookie)(c4, s);
                                       });
             });
  });
}

struct given_token {
  std::string text;
  bool in_cookie = false;
};

/// The refresh token of the body, or else the one that the browser keeps, or answers.
std::optional<given_token> read_refresh_token(const call_ptr& c) {
  std::optional<std::string> token;
  auto cookie = session_cookie(*c);
  bool browser = !cookie.empty() || says_web_client(c->request);
  bool good = c->body([&](bridge::field_reader& r) {
    token = r.optional_string("refresh_token", {.min = 1, .max = 512});
    if (!token && !browser) r.fail("refresh_token", "required", "it is needed where no cookie holds it");
  });
  if (!good) return std::nullopt;
  if (token) return given_token{*token, false};
  if (!is_own_page(*c)) {
    c->fail({ec::csrf});
    return std::nullopt;
  }
  return given_token{std::string(cookie), true};
}

void refresh(const call_ptr& c) {
  auto token = read_refresh_token(c);
  if (!token) return;
  auto to = users::address_of(token->text);
  if (!to) return c->fail({ec::unauthenticated});
  users::refresh m{to->second, token->text, client_of(*c, token->in_cookie)};
  c->ask<users::session>(user_ref(to->first), std::move(m), answer_session(token->in_cookie));
}

void logout(const call_ptr& c) {
  auto token = read_refresh_token(c);
  if (!token) return;
  auto to = users::address_of(token->text);
  auto leave = [in_cookie = token->in_cookie](const call_ptr& c2) {
    if (in_cookie) end_session_cookie(*c2);
    c2->answer_empty();
  };
  if (!to) return leave(c);
  c->ask<done>(user_ref(to->first), users::logout{to->second, token->text},
               [leave](const call_ptr& c2, done&) { leave(c2); });
}

void logout_everywhere(const call_ptr& c) {
  c->ask<done>(user_ref(c->who.user), users::logout_everywhere{}, [](const call_ptr& c2, done&) {
    if (!session_cookie(*c2).empty()) end_session_cookie(*c2);
    c2->answer_empty();
  });
}

void change_password(const call_ptr& c) {
  users::change_password m;
  bool good = c->body([&](bridge::field_reader& r) {
    m.current_password = r.string("current_password", {.min = 1, .max = 200});
    m.new_password = r.string("new_password", password_rule);
    m.from = client_of(*c, read_session_form(r));
  });
  if (!good) return;
  c->ask<users::user_view>(
      user_ref(c->who.user), users::get_user{}, [m](const call_ptr& c2, const users::user_view& user) {
        count_attempt(c2, user.email, [m, email = user.email](const call_ptr& c3) {
          bool in_cookie = m.from.keeps_cookie;
          c3->ask<users::session>(user_ref(c3->who.user), m,
                                  [email, in_cookie](const call_ptr& c4, users::session& s) {
                                    c4->ctx.logins->succeeded(email);
                                    answer_session(in_cookie)(c4, s);
                                  });
        });
      });
}

void get_jwks(const call_ptr& c) {
  auto keys = c->ctx.signing_keys->get();
  if (!keys) return c->fail({ec::unavailable});
  c->headers.emplace_back("Cache-Control", "public, max-age=60");
  c->answer_text(200, keys->jwks(c->now()));
}

} // namespace

void add_auth_routes(bridge::router& routes, api_context& ctx) {
  using bridge::verb;
  auto registering = session_call("register", access::anyone);
  registering.idempotent = true;
  add(routes, ctx, verb::post, "/v1/auth/register", registering, register_user);
  add(routes, ctx, verb::post, "/v1/auth/login", session_call("login", access::anyone), login);
  add(routes, ctx, verb::post, "/v1/auth/refresh", session_call("refreshSession", access::anyone), refresh);
  add(routes, ctx, verb::post, "/v1/auth/logout", session_call("logout", access::anyone), logout);
  operation everywhere;
  everywhere.id = "logoutEverywhere";
  add(routes, ctx, verb::post, "/v1/auth/logout-everywhere", everywhere, logout_everywhere);
  add(routes, ctx, verb::post, "/v1/auth/password", session_call("changePassword", access::user),
      change_password);
  operation keys;
  keys.id = "getJwks";
  keys.who = access::anyone;
  add(routes, ctx, verb::get, "/.well-known/jwks.json", keys, get_jwks);
}

} // namespace troupe::api
