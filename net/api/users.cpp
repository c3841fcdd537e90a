#include "net/api/call.hpp"
#include "net/api/views.hpp"

#include <boost/json.hpp>

/// The signed-in user.
namespace troupe::api {

namespace {

void answer_user(const call_ptr& c, const users::user_view& u) { c->answer(200, to_json(u)); }

void get_me(const call_ptr& c) {
  c->ask<users::user_view>(user_ref(c->who.user), users::get_user{}, answer_user);
}

void update_me(const call_ptr& c) {
  users::update_user m;
  if (!c->body([&](bridge::field_reader& r) { m.display_name = read_name(r, "display_name"); })) return;
  c->ask<users::user_view>(user_ref(c->who.user), std::move(m), answer_user);
}

} // namespace

void add_user_routes(bridge::router& routes, api_context& ctx) {
  operation get;
  get.id = "getMe";
  add(routes, ctx, bridge::verb::get, "/v1/me", get, get_me);
  operation patch;
  patch.id = "updateMe";
  patch.body_limit = json_body_limit;
  add(routes, ctx, bridge::verb::patch, "/v1/me", patch, update_me);
}

} // namespace troupe::api
