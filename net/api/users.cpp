#include "actors/users/reads.hpp"
#include "net/api/call.hpp"
#include "net/api/views.hpp"

#include <boost/json.hpp>

/// The signed-in user and their sessions.
namespace troupe::api {

namespace {

void answer_user(const call_ptr& c, const users::user_view& u) {
  c->answer_version(200, to_json(u), u.version);
}

/// Who operates the instance is asked of the store: the shell may have changed it behind the USER.
void get_me(const call_ptr& c) {
  c->read({users::reads::operates(c->who.user)}, [](const call_ptr& c2, const db_reply& reply) {
    bool operates = users::reads::read_operates(reply.rows());
    c2->ask<users::user_view>(user_ref(c2->who.user), users::get_user{},
                              [operates](const call_ptr& c3, users::user_view& u) {
                                u.operates = operates;
                                answer_user(c3, u);
                              });
  });
}

void update_me(const call_ptr& c) {
  auto version = c->if_match();
  if (!version) return;
  users::update_user m;
  m.version = *version;
  if (!c->body([&](bridge::field_reader& r) { m.display_name = read_name(r, "display_name"); })) return;
  c->ask<users::user_view>(user_ref(c->who.user), std::move(m), answer_user);
}

void list_sessions(const call_ptr& c) {
  c->ask<users::session_list>(user_ref(c->who.user), users::get_sessions{},
                              [](const call_ptr& c2, users::session_list& open) {
                                boost::json::array items;
                                for (auto& s : open.items)
                                  items.push_back(boost::json::object{{"id", troupe::to_string(s.id)},
                                                                      {"created_at", utc(s.created_at)},
                                                                      {"last_used_at", utc(s.last_used_at)},
                                                                      {"address", s.from.address},
                                                                      {"user_agent", s.from.user_agent},
                                                                      {"current", s.id == c2->who.sign_in}});
                                c2->answer(200, boost::json::object{{"items", std::move(items)}});
                              });
}

void end_session(const call_ptr& c) {
  auto id = c->path_id("session_id");
  if (!id) return;
  c->ask<done>(user_ref(c->who.user), users::end_session{*id},
               [](const call_ptr& c2, done&) { c2->answer_empty(); });
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
  operation sessions;
  sessions.id = "listSessions";
  add(routes, ctx, bridge::verb::get, "/v1/me/sessions", sessions, list_sessions);
  operation end;
  end.id = "endSession";
  add(routes, ctx, bridge::verb::del, "/v1/me/sessions/{session_id}", end, end_session);
}

} // namespace troupe::api
