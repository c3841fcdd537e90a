#include "net/api/call.hpp"

#include "system/core/log.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace troupe::api {

namespace {

std::string keyed_hash(std::string_view key, std::string_view text) {
  std::string out(32, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size());
  return out;
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= 200 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
}

/// Parameters that this operation does not know, or that come more than once where only one has a meaning.
std::vector<field_error> check_query(const operation& op, const bridge::request& r) {
  std::vector<field_error> out;
  if (op.other_query) return out;
  for (auto& [name, value] : r.query)
    if (std::find(op.query.begin(), op.query.end(), name) == op.query.end() && out.size() < 100)
      out.push_back({name.substr(0, 100), "unknown-field", "this operation has no such query parameter"});
  return out;
}

/// Idempotency-Key; false when it has been refused.
bool read_repeat(call& c, const operation& op) {
  if (!op.idempotent) return true;
  auto key = c.request.header("idempotency-key");
  if (key.data() == nullptr) return true; // absent; an empty one is refused
  if (!is_key(key)) {
    c.fail_field("Idempotency-Key", "bad-format", "1 to 200 visible ASCII characters are allowed");
    return false;
  }
  c.repeat.key = std::string(key);
  // Keyed, because bodies may hold passwords: a stolen table must not be a dictionary to try them against.
  c.repeat.body_hash = keyed_hash(c.ctx.idempotency_key, fmt::format("{} {}\n{}", to_string(c.request.method),
                                                                     c.request.path, c.request.body));
  return true;
}

/// Bytes: room for an empty object and for being told which field is too much.
constexpr std::size_t no_body_limit = 1'024;

/// Many clients send an empty object where nothing is asked for: the same as no body. False: refused.
bool read_no_body(call& c) {
  if (c.request.body.empty()) return true;
  if (!c.body([](bridge::field_reader&) {})) return false;
  c.request.body.clear();
  return true;
}

struct route_work {
  operation op;
  std::function<void(const call_ptr&)> work;
};

/// Within the HTTP BRIDGE.
void run(const call_ptr& c, const route_work& route, bridge_actor* self) {
  c->self = self;
  c->guard([&] {
    if (auto wrong = check_query(route.op, c->request); !wrong.empty())
      return c->fail({ec::validation_failed, {}, std::move(wrong)});
    if (route.op.body_limit == 0 && !read_no_body(*c)) return;
    if (read_repeat(*c, route.op)) route.work(c);
  });
}

/// The counter that all nodes share, when there is one: asked here and not in the early check, since it
/// answers later.
void count_shared(const call_ptr& c, std::function<void()> go_on) {
  auto& limits = c->ctx.config->limits;
  bool user = !c->who.user.is_nil();
  auto key = user ? fmt::format("rate:user:{}", troupe::to_string(c->who.user))
                  : fmt::format("rate:address:{}", c->request.peer);
  c->ctx.cache->take(std::move(key),
                     user ? limits.requests_per_user_per_minute : limits.requests_per_address_per_minute,
                     rate_limiter::window, [c, go_on = std::move(go_on)](const cache::bucket_result& r) {
                       auto resets = std::chrono::ceil<seconds>(r.resets_in).count();
                       c->rate = narrower(c->rate, {r.allowed, r.limit, r.remaining, resets});
                       if (r.allowed) return go_on();
                       failure f{ec::rate_limited};
                       f.retry_after_ms = std::max<std::int64_t>(r.resets_in.count(), 1);
                       c->fail(f);
                     });
}

} // namespace

void api_context::derive_keys() {
  idempotency_key = rt->keys->derive("idempotency");
  cursors = cursor_codec(rt->keys->derive("cursor"));
}

void add(bridge::router& routes, api_context& ctx, bridge::verb v, std::string_view path_template,
         operation op, std::function<void(const call_ptr&)> work) {
  if (op.who != access::user) ctx.access.open(v, path_template, op.who);
  bridge::route_options options;
  options.body_limit = op.body_limit == 0 && v != bridge::verb::get ? no_body_limit : op.body_limit;
  options.body_to_file = op.body_to_file;
  options.content_types = op.content_types;
  options.operation = op.id;
  auto route = std::make_shared<const route_work>(route_work{std::move(op), std::move(work)});
  routes.add(
      v, path_template, std::move(options), [&ctx, route](bridge::request r, bridge::responder respond) {
        auto c = std::make_shared<call>(ctx, std::move(r), std::move(respond));
        auto& limits = ctx.config->limits;
        c->metered = route->op.who != access::unmetered;
        if (c->metered)
          c->rate = ctx.limits->look_address(c->request.peer, limits.requests_per_address_per_minute);
        if (route->op.who == access::user) {
          // Asked again: the body took its time, and the token may have been taken back meanwhile.
          auto verified = ctx.tokens->verify(bearer_token(c->request));
          if (!verified.ok()) return c->fail({ec::unauthenticated});
          c->who = verified.who;
          c->rate =
              narrower(c->rate, ctx.limits->look_user(c->who.user, limits.requests_per_user_per_minute));
        }
        auto go_on = [c, route] {
          c->ctx.pool->post([c, route](bridge_actor* self) { run(c, *route, self); });
        };
        if (c->metered && ctx.cache->shared()) return count_shared(c, std::move(go_on));
        go_on();
      });
}

call::call(api_context& context, bridge::request r, bridge::responder a)
    : ctx(context), request(std::move(r)), respond_(std::move(a)) {}

call::~call() {
  if (!request.body_file.empty()) ::unlink(request.body_file.c_str());
}

std::optional<uuid> call::path_id(std::string_view name) {
  auto id = parse_uuid(request.param(name));
  if (!id) fail({ec::not_found});
  return id;
}

std::optional<page_request> call::page(std::string_view list, std::size_t values) {
  page_request out;
  auto most = std::min<std::int64_t>(ctx.config->limits.page_size_max, 200);
  out.limit = static_cast<std::size_t>(std::min<std::int64_t>(50, most));
  std::vector<field_error> wrong;
  int limits = 0, cursors = 0;
  for (auto& [name, value] : request.query) {
    if (name == "limit") {
      std::int64_t n = 0;
      auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), n);
      if (++limits > 1)
        wrong.push_back({"limit", "duplicate", "only one is allowed"});
      else if (problem != std::errc{} || end != value.data() + value.size())
        wrong.push_back({"limit", "bad-format", fmt::format("a number from 1 to {} is allowed", most)});
      else if (n < 1)
        wrong.push_back({"limit", "too-small", fmt::format("got {}, allowed is 1 to {}", n, most)});
      else if (n > most)
        wrong.push_back({"limit", "too-large", fmt::format("got {}, allowed is 1 to {}", n, most)});
      else
        out.limit = static_cast<std::size_t>(n);
    } else if (name == "cursor") {
      auto after = ctx.cursors.decode(value, list, values);
      if (++cursors > 1)
        wrong.push_back({"cursor", "duplicate", "only one is allowed"});
      else if (!after)
        wrong.push_back({"cursor", "bad-format", "this is no next_cursor of this list with these filters"});
      else
        out.after = std::move(*after);
    }
  }
  if (wrong.empty()) return out;
  fail({ec::validation_failed, {}, std::move(wrong)});
  return std::nullopt;
}

std::string call::cursor(std::string_view list, std::initializer_list<std::string_view> values) const {
  return ctx.cursors.encode(list, values);
}

std::optional<std::int64_t> call::if_match() {
  auto version = parse_if_match(request.header("if-match"));
  if (!version) fail_field("If-Match", "bad-format", R"(allowed is * or "v<version>", as ETag gave it)");
  return version;
}

uuid call::new_id(std::string_view purpose) const {
  if (repeat.key.empty()) return new_uuid(now());
  return derived_uuid(fmt::format("idempotent|{}|{}|{}", purpose, troupe::to_string(who.user), repeat.key));
}

void call::answer(int status, const boost::json::value& body) {
  bridge::reply reply;
  reply.status = status;
  reply.body = boost::json::serialize(body);
  answer(std::move(reply));
}

void call::answer(bridge::reply reply) {
  if (!respond_) return;
  if (metered) add_rate_headers(rate, reply.headers);
  for (auto& h : headers) reply.headers.push_back(std::move(h));
  respond_(std::move(reply));
}

void call::answer_text(int status, std::string json, std::int64_t version) {
  bridge::reply reply;
  reply.status = status;
  reply.body = std::move(json);
  if (version != 0) reply.headers.emplace_back("ETag", version_etag(version));
  answer(std::move(reply));
}

void call::answer_version(int status, const boost::json::value& body, std::int64_t version) {
  answer_text(status, boost::json::serialize(body), version);
}

void call::answer_empty(int status) {
  bridge::reply reply;
  reply.status = status;
  reply.content_type.clear();
  answer(std::move(reply));
}

void call::fail(const failure& f) {
  headers.clear();
  answer(refusal(f, request, nullptr));
}

void call::fail_field(std::string pointer, std::string code, std::string detail) {
  fail({ec::validation_failed, {}, {{std::move(pointer), std::move(code), std::move(detail)}}});
}

void call::fail_read(const db_reply& reply) {
  if (reply.result && reply.result->status == storage::batch_status::failed)
    log::error("http.read_failed", {{"request", request.request_id},
                                    {"sqlstate", reply.result->sqlstate},
                                    {"message", reply.result->message}});
  failure f{ec::storage_failed};
  f.retry_after_ms = 1'000;
  fail(f);
}

void call::threw(const std::exception& e) {
  log::error("http.defect", {{"request", request.request_id}, {"path", request.path}, {"error", e.what()}});
  fail({ec::internal});
}

} // namespace troupe::api
