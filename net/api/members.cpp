#include "actors/users/reads.hpp"
#include "actors/users/types.hpp"
#include "net/api/page_answer.hpp"
#include "net/api/views.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

/// Members of a workspace, and the invites through which they come.
namespace troupe::api {

namespace {

boost::json::object to_json(const users::reads::member_row& m) {
  return {{"user_id", troupe::to_string(m.user)},
          {"email", m.email},
          {"display_name", m.display_name},
          {"role", to_string(m.has)},
          {"joined_at", utc(m.joined_at)}};
}

boost::json::value or_null(const std::optional<std::string>& text) {
  return text ? boost::json::value(*text) : boost::json::value(nullptr);
}

void list_members(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto list = fmt::format("members|{}", troupe::to_string(*workspace));
  auto page = c->page(list, 2);
  if (!page) return;
  c->require_member(*workspace, role::viewer,
                    [workspace = *workspace, list, page = *page](const call_ptr& c2) {
                      c2->read({users::reads::members_of(workspace, page_key_of(page), page.limit + 1)},
                               [list, limit = page.limit](const call_ptr& c3, const db_reply& reply) {
                                 answer_page(
                                     c3, list, users::reads::read_members(reply.rows()), limit,
                                     [](const users::reads::member_row& m) { return to_json(m); },
                                     [](const users::reads::member_row& m) {
                                       return std::pair{m.joined_at, m.user};
                                     });
                               });
                    });
}

void update_member(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto user = c->path_id("user_id");
  if (!user) return;
  users::set_role m{c->who.user, *user, role::viewer};
  bool good = c->body([&](bridge::field_reader& r) {
    m.to = r.choice<role>(
        "role",
        {{"owner", role::owner}, {"admin", role::admin}, {"editor", role::editor}, {"viewer", role::viewer}});
  });
  if (!good) return;
  c->ask_member<users::member_view>(
      *workspace, role::admin, workspace_ref(*workspace), m,
      [](const call_ptr& c2, const users::member_view& member) {
        c2->read(
            {users::reads::user_by_id(member.user)}, [member](const call_ptr& c3, const db_reply& reply) {
              auto found = users::reads::read_user(reply.rows());
              if (!found) return c3->fail({ec::not_found});
              c3->answer(200, to_json(users::reads::member_row{found->id, found->email, found->display_name,
                                                               member.has, member.joined_at}));
            });
      });
}

void remove_member(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto user = c->path_id("user_id");
  if (!user) return;
  c->ask_member<done>(*workspace, role::viewer, workspace_ref(*workspace),
                      users::remove_member{c->who.user, *user},
                      [](const call_ptr& c2, done&) { c2->answer_empty(); });
}

void create_invite(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  users::create_invite m;
  bool good = c->body([&](bridge::field_reader& r) {
    m.as =
        r.choice<role>("role", {{"admin", role::admin}, {"editor", role::editor}, {"viewer", role::viewer}});
    if (r.has("email") && !r.is_null("email"))
      m.email = read_email(r, "email");
    else
      r.any("email");
  });
  if (!good) return;
  m.id = c->new_id("invite");
  m.by = c->who.user;
  m.key = c->repeat.key;
  m.body_hash = c->repeat.body_hash;
  c->ask_member<users::created_invite>(
      *workspace, role::admin, workspace_ref(*workspace), std::move(m),
      [](const call_ptr& c2, users::created_invite& made) {
        c2->answer(201, boost::json::object{
                            {"invite_id", troupe::to_string(made.id)},
                            {"role", to_string(made.as)},
                            {"email", made.email.empty() ? boost::json::value(nullptr)
                                                         : boost::json::value(made.email)},
                            {"token", made.token},
                            {"url", fmt::format("{}/invite#{}", c2->ctx.config->http.public_url, made.token)},
                            {"expires_at", utc(made.expires_at)}});
      });
}

void list_invites(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto list = fmt::format("invites|{}", troupe::to_string(*workspace));
  auto page = c->page(list, 2);
  if (!page) return;
  c->require_member(*workspace, role::admin,
                    [workspace = *workspace, list, page = *page](const call_ptr& c2) {
                      c2->read({users::reads::open_invites_of(workspace, page_key_of(page), page.limit + 1)},
                               [list, limit = page.limit](const call_ptr& c3, const db_reply& reply) {
                                 answer_page(
                                     c3, list, users::reads::read_invites(reply.rows()), limit,
                                     [](const users::reads::invite_row& i) {
                                       return boost::json::object{{"invite_id", troupe::to_string(i.id)},
                                                                  {"role", to_string(i.as)},
                                                                  {"email", or_null(i.email)},
                                                                  {"invited_by", troupe::to_string(i.by)},
                                                                  {"created_at", utc(i.created_at)},
                                                                  {"expires_at", utc(i.expires_at)}};
                                     },
                                     [](const users::reads::invite_row& i) {
                                       return std::pair{i.created_at, i.id};
                                     });
                               });
                    });
}

void revoke_invite(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto invite = c->path_id("invite_id");
  if (!invite) return;
  c->ask_member<done>(*workspace, role::admin, workspace_ref(*workspace), users::revoke_invite{*invite},
                      [](const call_ptr& c2, done&) { c2->answer_empty(); });
}

void accept_invite(const call_ptr& c) {
  std::string token;
  if (!c->body([&](bridge::field_reader& r) { token = r.string("token", {.min = 1, .max = 512}); })) return;
  auto to = users::address_of(token);
  if (!to) return c->fail({ec::not_found});
  users::accept_invite m{to->second, std::move(token), c->who.user, {}, c->repeat.key, c->repeat.body_hash};
  // The invite may be meant for one address only: the USER knows which one the caller has.
  c->ask<users::user_view>(
      user_ref(c->who.user), users::get_user{},
      [m, workspace = to->first](const call_ptr& c2, const users::user_view& user) mutable {
        m.email = user.email;
        c2->ask<users::membership>(
            workspace_ref(workspace), m, [](const call_ptr& c3, const users::membership& joined) {
              c3->answer(200, boost::json::object{{"workspace", api::to_json(joined.workspace)},
                                                  {"role", to_string(joined.workspace.own_role)},
                                                  {"joined_at", utc(joined.joined_at)}});
            });
      });
}

operation plain(const char* id) {
  operation op;
  op.id = id;
  return op;
}

operation list_of(const char* id) {
  auto op = plain(id);
  op.query = {"limit", "cursor"};
  return op;
}

operation plain_json(const char* id) {
  auto op = plain(id);
  op.body_limit = json_body_limit;
  return op;
}

operation takes_json_once(const char* id) {
  auto op = plain_json(id);
  op.idempotent = true;
  return op;
}

} // namespace

void add_member_routes(bridge::router& routes, api_context& ctx) {
  using bridge::verb;
  const std::string members = "/v1/workspaces/{workspace_id}/members";
  const std::string invites = "/v1/workspaces/{workspace_id}/invites";
  add(routes, ctx, verb::get, members, list_of("listMembers"), list_members);
  add(routes, ctx, verb::patch, members + "/{user_id}", plain_json("updateMember"), update_member);
  add(routes, ctx, verb::del, members + "/{user_id}", plain("removeMember"), remove_member);
  add(routes, ctx, verb::post, invites, takes_json_once("createInvite"), create_invite);
  add(routes, ctx, verb::get, invites, list_of("listInvites"), list_invites);
  add(routes, ctx, verb::del, invites + "/{invite_id}", plain("revokeInvite"), revoke_invite);
  add(routes, ctx, verb::post, "/v1/invites/accept", takes_json_once("acceptInvite"), accept_invite);
}

} // namespace troupe::api
