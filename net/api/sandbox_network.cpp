#include "actors/content/sandbox_store.hpp"
#include "net/api/content_input.hpp"
#include "net/api/sandbox_page.hpp"
#include "net/platforms/adapter.hpp"
#include "system/core/log.hpp"
#include "system/core/secrets.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>

/// The server half of the built-in sandbox network, as net/platforms/README.md describes its calls. It is a
/// foreign API that happens to listen here: its own tokens, its own errors, nothing of the conventions of
/// /v1. It answers only this machine, because its tokens are no secrets; only the page for people is open.
namespace troupe::api {

namespace {

namespace json = boost::json;
namespace store = content_store;

constexpr std::size_t max_graphemes = 500;
constexpr std::size_t max_media_ids = 4;
constexpr std::size_t gigantic_bytes = 4'000'000; // beyond what an adapter reads
constexpr milliseconds slow_answer{3'000};
constexpr std::size_t wall_posts = 50;
constexpr seconds kept{30 * 86'400};
constexpr std::uint64_t posts_between_clearings = 500;

enum class behaviour : std::uint8_t {
  ok,
  slow, // published, answered late
  hang, // never answered: the deadline of the listener ends it
  error_500,
  applied_then_502,
  applied_then_cut, // published, and the answer is lost on the way
  rate_limited,
  rate_limited_once, // per key
  expired_token,
  reconnect,
  reject,
  html,
  empty,
  gigantic,
  garbage,
  no_keys, // published again at every repeat
  duplicate,
};

constexpr std::array<std::pair<std::string_view, behaviour>, 17> behaviours{{
    {"ok", behaviour::ok},
    {"slow", behaviour::slow},
    {"hang", behaviour::hang},
    {"error-500", behaviour::error_500},
    {"applied-then-502", behaviour::applied_then_502},
    {"applied-then-cut", behaviour::applied_then_cut},
    {"rate-limited", behaviour::rate_limited},
    {"rate-limited-once", behaviour::rate_limited_once},
    {"expired-token", behaviour::expired_token},
    {"reconnect", behaviour::reconnect},
    {"reject", behaviour::reject},
    {"html", behaviour::html},
    {"empty", behaviour::empty},
    {"gigantic", behaviour::gigantic},
    {"garbage", behaviour::garbage},
    {"no-keys", behaviour::no_keys},
    {"duplicate", behaviour::duplicate},
}};

std::optional<behaviour> parse_behaviour(std::string_view text) {
  if (text.empty()) return behaviour::ok;
  for (auto& [name, b] : behaviours)
    if (name == text) return b;
  return std::nullopt;
}

// -- answers of this network -----------------------------------------------------------------

bridge::reply answer(int status, const json::value& body, bridge::header_list headers = {}) {
  bridge::reply out;
  out.status = status;
  out.headers = std::move(headers);
  out.body = json::serialize(body);
  return out;
}

bridge::reply error(int status, std::string_view text, bridge::header_list headers = {}) {
  return answer(status, json::object{{"error", text}}, std::move(headers));
}

bridge::reply raw(std::string content_type, std::string body) {
  bridge::reply out;
  out.content_type = std::move(content_type);
  out.body = std::move(body);
  return out;
}

// -- who calls -------------------------------------------------------------------------------

bool is_here(const call& c) {
  auto& peer = c.request.peer;
  return peer.starts_with("127.") || peer == "::1" || peer.starts_with("::ffff:127.") ||
         peer == c.ctx.config->http.address;
}

/// The handle of the caller; nullopt: answered.
std::optional<std::string> read_caller(const call_ptr& c) {
  constexpr std::string_view prefix = "sandbox-";
  if (!is_here(*c)) {
    c->answer(error(403, "the sandbox network serves its own node only"));
    return std::nullopt;
  }
  auto token = bearer_token(c->request);
  auto handle = token.starts_with(prefix) ? token.substr(prefix.size()) : std::string_view{};
  if (is_sandbox_handle(handle)) return std::string(handle);
  c->answer(error(401, "this token is unknown", {{"WWW-Authenticate", "Bearer"}}));
  return std::nullopt;
}

void sandbox_account(const call_ptr& c) {
  auto handle = read_caller(c);
  if (!handle) return;
  c->answer(
      answer(200, json::object{{"id", "sb_" + *handle}, {"handle", *handle}, {"max_text", max_graphemes}}));
}

/// Takes an image and forgets it: a post shows how many it has.
void upload_to_sandbox(const call_ptr& c) {
  if (!read_caller(c)) return;
  if (c->request.body_size == 0) return c->answer(error(422, "an image is needed"));
  c->answer(answer(201, json::object{{"id", "m" + secrets::random_token(12)}}));
}

// -- posts -----------------------------------------------------------------------------------

std::string url_of(const api_context& ctx, const std::string& handle, const uuid& id) {
  auto base = ctx.config->http.public_url;
  while (base.ends_with('/')) base.pop_back();
  return fmt::format("{}/sandbox/{}#{}", base, handle, to_string(id));
}

/// The post in the request; nullopt: answered.
std::optional<store::sandbox_post> read_post_body(const call_ptr& c, const std::string& handle) {
  auto refuse = [&](std::string_view why) {
    c->answer(error(422, why));
    return std::nullopt;
  };
  store::sandbox_post p;
  p.handle = handle;
  p.key = std::string(c->request.header("idempotency-key"));
  if (p.key.empty() || p.key.size() > 200)
    return refuse("an Idempotency-Key of 1 to 200 characters is needed");
  auto body = bridge::parse_json_object(c->request.body);
  if (!body) return refuse(body.error().detail);
  auto* text = body->if_contains("text");
  if (!text || !text->is_string()) return refuse("text is needed");
  p.text = std::string_view(text->get_string());
  if (p.text.find('\0') != std::string::npos) return refuse("the text holds a null character");
  if (platforms::measure(p.text).graphemes > max_graphemes)
    return refuse(fmt::format("text has more than {} characters", max_graphemes));
  if (auto* media = body->if_contains("media_ids")) {
    if (!media->is_array() || media->get_array().size() > max_media_ids)
      return refuse("media_ids is no list of at most 4");
    p.media_ids = json::serialize(*media);
  }
  if (auto* when = body->if_contains("scheduled_for");
      when && when->is_string() && when->get_string().size() <= 64)
    p.scheduled_for = std::string_view(when->get_string());
  p.id = new_uuid(c->now());
  p.identity = p.key;
  p.body_hash = secrets::sha256(json::serialize(*body));
  return p;
}

/// Publishes; `then(c, reply)` has the truthful answer, which the behaviour may yet spoil.
template <class Then>
void publish(const call_ptr& c, store::sandbox_post p, Then then) {
  auto step = store::publish_sandbox(p);
  c->read({std::move(step)},
          [p = std::move(p), then = std::move(then)](const call_ptr& c2, const db_reply& r) {
            auto stored = store::read_sandbox_published(r.rows());
            if (stored.body_hash != p.body_hash)
              return then(c2, error(409, "this key was used for another post"));
            json::object body{{"id", to_string(stored.id)}, {"url", url_of(c2->ctx, p.handle, stored.id)}};
            if (stored.repeat) return then(c2, answer(200, body, {{"Idempotent-Replay", "true"}}));
            then(c2, answer(201, body));
          });
}

/// Answers later, without a thread and without a timer per request in the HTTP BRIDGE.
void answer_later(const call_ptr& c, bridge::reply reply) {
  auto& system = c->self->system();
  system.spawn(
      [kept = call_ptr(c), reply = std::move(reply)](caf::event_based_actor* self) mutable -> caf::behavior {
        self->delayed_send(self, slow_answer, tick{});
        return {[self, kept, reply = std::move(reply)](tick) mutable {
          // Handed on, not shared: from the HTTP BRIDGE to here, and nobody else holds the call.
          kept->answer(std::move(reply));
          kept = nullptr;
          self->quit();
        }};
      });
}

/// Keeps the request open until its session's deadline ends it.
void answer_never(const call_ptr& c) {
  auto left = c->request.deadline - std::chrono::steady_clock::now();
  auto& system = c->self->system();
  system.spawn([kept = call_ptr(c), left](caf::event_based_actor* self) mutable -> caf::behavior {
    self->delayed_send(self, std::chrono::duration_cast<milliseconds>(left) + milliseconds{500}, tick{});
    return {[self, kept](tick) mutable {
      kept = nullptr;
      self->quit();
    }};
  });
}

/// Only the first answer is late or lost: whoever asks again under the key learns what became of it.
bool is_replay(const bridge::reply& r) { return r.status == 200; }

void behave(const call_ptr& c, behaviour b, std::int64_t requests, store::sandbox_post p) {
  auto truthful = [](const call_ptr& c2, bridge::reply r) { c2->answer(std::move(r)); };
  switch (b) {
  case behaviour::ok: return publish(c, std::move(p), truthful);
  case behaviour::slow:
    return publish(c, std::move(p), [](const call_ptr& c2, bridge::reply r) {
      is_replay(r) ? c2->answer(std::move(r)) : answer_later(c2, std::move(r));
    });
  case behaviour::hang: return answer_never(c);
  case behaviour::error_500: return c->answer(error(500, "something broke"));
  case behaviour::applied_then_502:
  // A listener cannot cut its own connection in the middle; an answer that says nothing comes closest.
  case behaviour::applied_then_cut:
    return publish(c, std::move(p), [](const call_ptr& c2, bridge::reply r) {
      c2->answer(is_replay(r) ? std::move(r) : error(502, "the answer was lost"));
    });
  case behaviour::rate_limited: return c->answer(error(429, "too many posts", {{"Retry-After", "5"}}));
  case behaviour::rate_limited_once:
    if (requests <= 1) return c->answer(error(429, "too many posts", {{"Retry-After", "1"}}));
    return publish(c, std::move(p), truthful);
  case behaviour::expired_token: return c->answer(error(401, "this token has expired"));
  case behaviour::reconnect: return c->answer(error(401, "this token was taken back"));
  case behaviour::reject: return c->answer(error(422, "this text is not liked here"));
  case behaviour::html:
    return c->answer(raw("text/html; charset=utf-8", "<!doctype html><title>Welcome</title>"));
  case behaviour::empty: return c->answer(raw("application/json", ""));
  case behaviour::gigantic: return c->answer(raw("application/json", std::string(gigantic_bytes, ' ')));
  case behaviour::garbage: return c->answer(raw("application/json", std::string("{\"id\":\x01\xff[", 9)));
  case behaviour::no_keys:
    p.identity = fmt::format("{}#{}", p.key, to_string(p.id));
    return publish(c, std::move(p), truthful);
  case behaviour::duplicate: return c->answer(error(409, "this was posted already"));
  }
}

/// The network forgets what is old: now and then, with a post that comes anyway, and nobody waits for it.
void clear_now_and_then(const api_context& ctx) {
  static std::atomic<std::uint64_t> posts{0};
  if (posts.fetch_add(1, std::memory_order_relaxed) % posts_between_clearings != 0) return;
  ctx.rt->database->read(store::forget_sandbox(kept), [](const storage::batch_result& r) {
    if (!r.ok()) log::warning("sandbox.not_cleared", {{"sqlstate", r.sqlstate}});
  });
}

void post_to_sandbox(const call_ptr& c) {
  auto handle = read_caller(c);
  if (!handle) return;
  auto b = parse_behaviour(c->request.header("sandbox-behaviour"));
  if (!b) return c->answer(error(400, "this Sandbox-Behaviour is unknown"));
  auto p = read_post_body(c, *handle);
  if (!p) return;
  clear_now_and_then(c->ctx);
  auto count = store::count_sandbox_request(p->handle, p->key);
  c->read({std::move(count)}, [b = *b, p = std::move(*p)](const call_ptr& c2, const db_reply& r) {
    behave(c2, b, r.rows().get_int(0, 0), p);
  });
}

void find_on_sandbox(const call_ptr& c) {
  auto handle = read_caller(c);
  if (!handle) return;
  auto* key = c->request.query_value("key");
  if (!key || key->empty() || key->size() > 200) return c->answer(error(422, "key is needed"));
  c->read({store::sandbox_by_key(*handle, *key)}, [handle = *handle](const call_ptr& c2, const db_reply& r) {
    json::array posts;
    for (std::size_t i = 0; i < r.rows().size(); ++i) {
      auto id = parse_uuid(r.rows().get(i, 0)).value_or(uuid{});
      posts.push_back({{"id", to_string(id)}, {"url", url_of(c2->ctx, handle, id)}});
    }
    c2->answer(answer(200, json::object{{"posts", std::move(posts)}}));
  });
}

// -- for people ------------------------------------------------------------------------------

void show_sandbox(const call_ptr& c) {
  auto handle = std::string(c->request.param("handle"));
  if (!is_sandbox_handle(handle)) return c->fail({ec::not_found});
  c->read({store::sandbox_wall(handle, wall_posts)}, [handle](const call_ptr& c2, const db_reply& r) {
    auto reply = raw("text/html; charset=utf-8", sandbox_page(handle, store::read_sandbox_wall(r.rows())));
    reply.headers = {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"},
                     {"X-Content-Type-Options", "nosniff"},
                     {"Referrer-Policy", "no-referrer"},
                     {"X-Robots-Tag", "noindex"},
                     {"Cache-Control", "no-store"}};
    c2->answer(std::move(reply));
  });
}

operation open_operation(const char* id, std::size_t body_limit = 0, std::vector<std::string> query = {}) {
  operation op;
  op.id = id;
  op.who = access::unmetered;
  op.body_limit = body_limit;
  op.query = std::move(query);
  return op;
}

} // namespace

void add_sandbox_routes(bridge::router& routes, api_context& ctx) {
  using bridge::verb;
  auto uploading = open_operation("sandboxUpload", static_cast<std::size_t>(ctx.config->media.max_bytes));
  uploading.body_to_file = true;
  uploading.content_types = {"image/png", "image/jpeg", "image/gif", "image/webp"};
  auto showing = open_operation("sandboxPage");
  showing.who = access::anyone;
  add(routes, ctx, verb::get, "/sandbox/v1/account", open_operation("sandboxAccount"), sandbox_account);
  add(routes, ctx, verb::post, "/sandbox/v1/media", uploading, upload_to_sandbox);
  add(routes, ctx, verb::post, "/sandbox/v1/posts", open_operation("sandboxPost", json_body_limit),
      post_to_sandbox);
  add(routes, ctx, verb::get, "/sandbox/v1/posts", open_operation("sandboxFind", 0, {"key"}),
      find_on_sandbox);
  add(routes, ctx, verb::get, "/sandbox/{handle}", showing, show_sandbox);
}

} // namespace troupe::api
