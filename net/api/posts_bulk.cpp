#include "net/api/accounts_input.hpp"
#include "net/api/content_input.hpp"
#include "net/api/posts_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

/// Many posts in one request: each becomes a POST as createPost makes it, and has an answer of its own.
namespace troupe::api {

namespace {

constexpr std::size_t posts_at_most = 500;
constexpr std::size_t bulk_body_limit = 4 * 1'048'576;
/// So many are with their POSTs at a time: enough to fill the JOURNALs' batches, and others get their turn.
constexpr std::size_t window = 128;

struct wanted_post {
  uuid id;
  create_post what;
  bool local_time = false;
  std::string made; // JSON of the post, once it is there
  std::string problem;
};

struct bulk {
  uuid workspace;
  std::vector<wanted_post> posts;
  std::size_t asked = 0, ended = 0;
};
using bulk_ptr = std::shared_ptr<bulk>;

/// Posts with their problems, in the order of the request. The parts are JSON already.
std::string view(const bulk& b) {
  std::string items;
  std::size_t failed = 0;
  for (auto& p : b.posts) {
    if (!items.empty()) items += ',';
    if (!p.problem.empty()) ++failed;
    fmt::format_to(std::back_inserter(items), R"({{"post":{},"problem":{}}})",
                   p.made.empty() ? "null" : p.made, p.problem.empty() ? "null" : p.problem);
  }
  return fmt::format(R"({{"created":{},"failed":{},"items":[{}]}})", b.posts.size() - failed, failed, items);
}

/// What is wrong with one of them, pointing into the body of all.
std::string problem_of(const call& c, std::size_t index, const wanted_post& p, const failure& f) {
  auto told = in_terms_of_request(f, p.local_time, false);
  for (auto& field : told.fields)
    if (field.pointer.starts_with('/')) field.pointer = fmt::format("/posts/{}{}", index, field.pointer);
  return refusal(told, c.request, nullptr).body;
}

void go_on(const call_ptr& c, const bulk_ptr& b);

void ended(const call_ptr& c, const bulk_ptr& b) {
  ++b->ended;
  go_on(c, b);
}

void go_on(const call_ptr& c, const bulk_ptr& b) {
  while (b->asked < b->posts.size() && b->asked - b->ended < window) {
    auto index = b->asked++;
    auto& p = b->posts[index];
    c->ask<document>(
        post_ref(b->workspace, p.id), std::move(p.what),
        [b, index](const call_ptr& c2, document& d) {
          b->posts[index].made = std::move(d.json);
          ended(c2, b);
        },
        [b, index](const call_ptr& c2, const failure& f) {
          auto& of = b->posts[index];
          of.problem = problem_of(*c2, index, of, f);
          ended(c2, b);
        });
  }
  if (b->ended == b->posts.size()) c->answer_text(200, view(*b));
}

void make_posts(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto body = bridge::parse_json_object(c->request.body, {.bytes = bulk_body_limit});
  if (!body) return c->fail(body.error());
  auto b = std::make_shared<bulk>();
  b->workspace = *workspace;
  bridge::field_reader r(*body);
  for (auto& one : r.object_array("posts", {1, posts_at_most})) {
    auto& p = b->posts.emplace_back();
    p.id = c->new_id(fmt::format("posts/{}", b->posts.size() - 1));
    read_create(one, p.what);
    p.what.origin = origin_of(*c);
    p.local_time = p.what.schedule.what == schedule_spec::kind::local;
  }
  if (!finish(*c, r)) return;
  c->require_member(*workspace, role::editor, [b](const call_ptr& c2) {
    // Kept before the first of them, so that another request under the same key makes nothing at all.
    keep_key(c2, b->workspace, b->posts.front().id, [b](const call_ptr& c3) { go_on(c3, b); });
  });
}

} // namespace

void add_bulk_routes(bridge::router& routes, api_context& ctx) {
  add(routes, ctx, bridge::verb::post, "/v1/workspaces/{workspace_id}/posts/bulk",
      takes_json("createPosts", bulk_body_limit), make_posts);
}

} // namespace troupe::api
