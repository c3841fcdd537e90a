#include "actors/content/lists.hpp"
#include "net/api/content_input.hpp"
#include "net/api/posts_input.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>

/// Posts: lists come from the store, everything else from the POST, whose document is passed on as it is.
namespace troupe::api {

namespace {

namespace store = content_store;

constexpr std::size_t post_body_limit = 1'048'576;

struct post_address {
  uuid workspace, post;
  entity_ref entity() const { return post_ref(workspace, post); }
};

std::optional<post_address> read_post_address(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return std::nullopt;
  auto post = c->path_id("post_id");
  if (!post) return std::nullopt;
  return post_address{*workspace, *post};
}

void answer_post(const call_ptr& c, document& d) { answer_document(c, 200, d); }

void make_post(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto body = json_body(*c);
  if (!body) return;
  create_post m;
  bridge::field_reader r(*body);
  read_create(r, m);
  if (!finish(*c, r)) return;
  m.origin = origin_of(*c);
  auto id = c->new_id("post");
  bool local = m.schedule.what == schedule_spec::kind::local;
  c->ask_member<document>(
      *workspace, role::editor, post_ref(*workspace, id), std::move(m),
      [w = *workspace, id](const call_ptr& c2, document& d) {
        answer_document(c2, 201, d, fmt::format("/v1/workspaces/{}/posts/{}", to_string(w), to_string(id)));
      },
      [local](const call_ptr& c2, const failure& f) { c2->fail(in_terms_of_request(f, local, false)); });
}

void get_post(const call_ptr& c) {
  if (auto at = read_post_address(c))
    c->ask_member<document>(at->workspace, role::viewer, at->entity(), read_post{}, answer_post);
}

void update(const call_ptr& c) {
  auto at = read_post_address(c);
  if (!at) return;
  auto version = c->if_match();
  if (!version) return;
  auto body = json_body(*c);
  if (!body) return;
  if (body->empty()) return c->fail_field("", "empty", "At least one field is needed.");
  edit_post m;
  bridge::field_reader r(*body);
  read_edit(r, m);
  if (!finish(*c, r)) return;
  m.origin = origin_of(*c, *version);
  c->ask_member<document>(
      at->workspace, role::editor, at->entity(), std::move(m), answer_post,
      [](const call_ptr& c2, const failure& f) { c2->fail(in_terms_of_request(f, false, false)); });
}

void schedule(const call_ptr& c) {
  auto at = read_post_address(c);
  if (!at) return;
  auto version = c->if_match();
  if (!version) return;
  auto body = json_body(*c);
  if (!body) return;
  schedule_post m;
  bridge::field_reader r(*body);
  read_schedule(r, m.schedule);
  if (!finish(*c, r)) return;
  m.origin = origin_of(*c, *version);
  bool local = m.schedule.what == schedule_spec::kind::local;
  c->ask_member<document>(
      at->workspace, role::editor, at->entity(), std::move(m), answer_post,
      [local](const call_ptr& c2, const failure& f) { c2->fail(in_terms_of_request(f, local, true)); });
}

void change_post(const call_ptr& c, post_action action) {
  auto at = read_post_address(c);
  if (!at) return;
  auto version = c->if_match();
  if (!version) return;
  act_on_post m{origin_of(*c, *version), action};
  c->ask_member<document>(
      at->workspace, role::editor, at->entity(), std::move(m),
      [action](const call_ptr& c2, document& d) {
        if (action == post_action::remove) return c2->answer_empty(204);
        answer_document(c2, 200, d);
      },
      [](const call_ptr& c2, const failure& f) { c2->fail(in_terms_of_request(f, false, true)); });
}

void validate(const call_ptr& c) {
  auto at = read_post_address(c);
  if (!at) return;
  c->ask_member<json_text>(at->workspace, role::viewer, at->entity(), validate_post{},
                           [](const call_ptr& c2, json_text& answer) {
                             bridge::reply reply;
                             reply.body = std::move(answer.text);
                             c2->answer(std::move(reply));
                           });
}

// -- list ------------------------------------------------------------------------------------

struct post_query {
  store::post_filter filter;
  std::string name; // of the list with its filters: what its cursors are bound to
};

std::string micros_or_nothing(const std::optional<timestamp>& t) {
  return t ? std::to_string(to_micros(*t)) : "";
}

/// What was asked for, or answers.
std::optional<post_query> read_post_query(const call_ptr& c, const uuid& workspace) {
  post_query out;
  auto& f = out.filter;
  query_input q(*c);
  f.workspace = workspace;
  f.states = q.choices("state", {"draft", "awaiting_approval", "scheduled", "sending", "published",
                                 "partly_published", "failed", "cancelled", "needs_review", "in_doubt"});
  f.account = q.id("account_id");
  f.from = q.instant("from");
  f.to = q.instant("to");
  if (auto order = q.choice("order", {"created_desc", "created_asc", "scheduled_asc", "scheduled_desc"}))
    f.order = *store::parse_post_order(*order);
  if (!q.finish()) return std::nullopt;

  out.name = fmt::format("posts|{}|{}|{}|{}|{}|{}", to_string(workspace), fmt::join(f.states, ","),
                         f.account ? to_string(*f.account) : "", micros_or_nothing(f.from),
                         micros_or_nothing(f.to), store::to_string(f.order));
  auto page = c->page(out.name, 2);
  if (!page) return std::nullopt;
  f.limit = page->limit;
  if (!page->after.empty()) {
    store::list_position after;
    std::from_chars(page->after[0].data(), page->after[0].data() + page->after[0].size(), after.at_us);
    after.id = parse_uuid(page->after[1]).value_or(uuid{});
    f.after = after;
  }
  return out;
}

void answer_list(const call_ptr& c, const post_query& asked, std::vector<post> posts, bool more) {
  std::string next;
  if (more) {
    auto last = store::position_of(posts.back(), asked.filter.order);
    next = c->cursor(asked.name, {std::to_string(last.at_us), to_string(last.id)});
  }
  // A page is hundreds of small parts that all go at once.
  boost::json::monotonic_resource arena(16 * 1'024);
  boost::json::array items(&arena);
  for (auto& p : posts) items.push_back(post_view(p, &arena));
  answer_page(c, std::move(items), next);
}

void list_posts(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto asked = read_post_query(c, *workspace);
  if (!asked) return;
  list_for_member(c, *workspace, [asked = *asked](const call_ptr& c2) {
    auto with_one_more = asked.filter;
    ++with_one_more.limit;
    c2->read({store::list_posts(with_one_more)}, [asked](const call_ptr& c3, const db_reply& found) {
      auto posts = store::read_posts(found.rows());
      bool more = posts.size() > asked.filter.limit;
      if (more) posts.pop_back();
      if (posts.empty()) return answer_list(c3, asked, {}, false);
      auto theirs = store::deliveries_of(posts);
      c3->read({std::move(theirs)},
               [asked, more, posts = std::move(posts)](const call_ptr& c4, const db_reply& r) mutable {
                 store::attach_deliveries(posts, r.rows());
                 answer_list(c4, asked, std::move(posts), more);
               });
    });
  });
}

} // namespace

void add_post_routes(bridge::router& routes, api_context& ctx) {
  using bridge::verb;
  const std::string all = "/v1/workspaces/{workspace_id}/posts", one = all + "/{post_id}";
  auto acting = [](post_action action) { return [action](const call_ptr& c) { change_post(c, action); }; };
  auto updating = takes_json("updatePost", post_body_limit), deleting = acts("deletePost");
  updating.idempotent = deleting.idempotent = false;
  auto validating = acts("validatePost");
  validating.idempotent = false;

  add(routes, ctx, verb::post, all, takes_json("createPost", post_body_limit), make_post);
  add(routes, ctx, verb::get, all, lists("listPosts", {"state", "account_id", "from", "to", "order"}),
      list_posts);
  add(routes, ctx, verb::get, one, reads("getPost"), get_post);
  add(routes, ctx, verb::patch, one, updating, update);
  add(routes, ctx, verb::del, one, deleting, acting(post_action::remove));
  add(routes, ctx, verb::post, one + "/schedule", takes_json("schedulePost"), schedule);
  add(routes, ctx, verb::post, one + "/unschedule", acts("unschedulePost"), acting(post_action::unschedule));
  add(routes, ctx, verb::post, one + "/cancel", acts("cancelPost"), acting(post_action::cancel));
  add(routes, ctx, verb::post, one + "/publish-now", acts("publishPostNow"),
      acting(post_action::publish_now));
  add_bulk_routes(routes, ctx);
  add(routes, ctx, verb::post, one + "/validate", validating, validate);
}

} // namespace troupe::api
