#include "actors/users/reads.hpp"
#include "net/api/page_answer.hpp"
#include "net/api/views.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace troupe::api {

namespace {

constexpr bridge::integer_rule lateness_rule{.min = 1, .max = 2'592'000};

void create_workspace(const call_ptr& c) {
  users::create_workspace m;
  bool good = c->body([&](bridge::field_reader& r) {
    m.name = read_name(r, "name");
    m.time_zone = read_time_zone(r, "time_zone");
    m.max_lateness_s = r.optional_integer("max_lateness_s", lateness_rule)
                           .value_or(c->ctx.config->publish.max_lateness_ms / 1'000);
  });
  if (!good) return;
  auto id = c->new_id("workspace");
  m.owner = c->who.user;
  m.key = c->repeat.key;
  m.body_hash = c->repeat.body_hash;
  c->ask<users::workspace_view>(
      workspace_ref(id), std::move(m), [](const call_ptr& c2, users::workspace_view& w) {
        c2->headers.emplace_back("Location", fmt::format("/v1/workspaces/{}", troupe::to_string(w.id)));
        c2->answer_version(201, to_json(w), w.version);
      });
}

void list_workspaces(const call_ptr& c) {
  constexpr std::string_view list = "workspaces";
  auto page = c->page(list, 2);
  if (!page) return;
  auto limit = page->limit;
  c->read({users::reads::workspaces_of(c->who.user, page_key_of(*page), limit + 1)},
          [list, limit](const call_ptr& c2, const db_reply& reply) {
            auto rows = users::reads::read_workspaces(reply.rows());
            answer_page(
                c2, list, rows, limit,
                [](const users::reads::workspace_row& w) {
                  return to_json(users::workspace_view{w.id, w.name, w.time_zone, w.max_lateness_s,
                                                       w.own_role, w.created_at, w.version});
                },
                [](const users::reads::workspace_row& w) {
                  return std::pair{w.joined_at, w.id};
                });
          });
}

void get_workspace(const call_ptr& c) {
  auto id = c->path_id("workspace_id");
  if (!id) return;
  c->ask_member<users::workspace_view>(
      *id, role::viewer, workspace_ref(*id), users::get_workspace{c->who.user},
      [](const call_ptr& c2, users::workspace_view& w) { c2->answer_version(200, to_json(w), w.version); });
}

void update_workspace(const call_ptr& c) {
  auto id = c->path_id("workspace_id");
  if (!id) return;
  auto version = c->if_match();
  if (!version) return;
  users::update_workspace m;
  bool good = c->body([&](bridge::field_reader& r) {
    auto name = read_optional_name(r, "name");
    auto time_zone = read_optional_time_zone(r, "time_zone");
    auto lateness = r.optional_integer("max_lateness_s", lateness_rule);
    for (auto field : {"name", "time_zone", "max_lateness_s"})
      if (r.is_null(field))
        r.fail(field, "wrong-type", "null is not allowed; leave the field out to keep it");
    if (!r.has("name") && !r.has("time_zone") && !r.has("max_lateness_s"))
      r.fail("", "required", "name, time_zone or max_lateness_s: at least one is needed");
    m = {c->who.user, *version, name.value_or(""), time_zone.value_or(""), lateness.value_or(0)};
  });
  if (!good) return;
  c->ask_member<users::workspace_view>(
      *id, role::admin, workspace_ref(*id), std::move(m),
      [](const call_ptr& c2, users::workspace_view& w) { c2->answer_version(200, to_json(w), w.version); });
}

} // namespace

void add_workspace_routes(bridge::router& routes, api_context& ctx) {
  using bridge::verb;
  operation create;
  create.id = "createWorkspace";
  create.body_limit = json_body_limit;
  create.idempotent = true;
  add(routes, ctx, verb::post, "/v1/workspaces", create, create_workspace);
  operation list;
  list.id = "listWorkspaces";
  list.query = {"limit", "cursor"};
  add(routes, ctx, verb::get, "/v1/workspaces", list, list_workspaces);
  operation get;
  get.id = "getWorkspace";
  add(routes, ctx, verb::get, "/v1/workspaces/{workspace_id}", get, get_workspace);
  operation update;
  update.id = "updateWorkspace";
  update.body_limit = json_body_limit;
  add(routes, ctx, verb::patch, "/v1/workspaces/{workspace_id}", update, update_workspace);
}

} // namespace troupe::api
