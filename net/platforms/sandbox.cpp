#include "net/platforms/adapters.hpp"
#include "net/platforms/handle.hpp"
#include "net/platforms/text.hpp"
#include "net/platforms/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

/// The sandbox: a network inside the node for trying things out, with a switch for every failure that a real
/// network has shown. The wire protocol is in this folder's README.
namespace troupe::platforms {
namespace {

namespace json = boost::json;
using wire::stage;

constexpr std::string_view network = "The sandbox";

constexpr std::array<std::string_view, 17> behaviours = {"ok",
                                                         "slow",
                                                         "hang",
                                                         "error-500",
                                                         "applied-then-502",
                                                         "applied-then-cut",
                                                         "rate-limited",
                                                         "rate-limited-once",
                                                         "expired-token",
                                                         "reconnect",
                                                         "reject",
                                                         "html",
                                                         "empty",
                                                         "gigantic",
                                                         "garbage",
                                                         "no-keys",
                                                         "duplicate"};

bool is_behaviour(std::string_view b) {
  return std::find(behaviours.begin(), behaviours.end(), b) != behaviours.end();
}

account_limits sandbox_limits() {
  account_limits l;
  l.max_text = 500;
  l.text_unit = count_unit::graphemes;
  l.max_images = 4;
  l.max_image_bytes = 8'000'000;
  l.max_alt_text = 1500;
  l.image_types = {"image/png", "image/jpeg", "image/webp", "image/gif"};
  return l;
}

description sandbox_description() {
  description d;
  d.id = "sandbox";
  d.name = "Sandbox";
  d.connect = "credentials";
  d.fields = {
      {"handle", "Handle", false, true, "Any name: letters, digits, dot, hyphen, underscore."},
      {"behaviour", "Behaviour", false, false,
       "How this account's network misbehaves: " + fmt::format("{}", fmt::join(behaviours, ", ")) + "."}};
  d.promise = guarantee::exactly_once;
  d.safe_forever = true;
  d.repeat_while_running = true;
  d.absence_is_proof = true;
  d.can_find = true;
  d.safe_repeat = true;
  d.default_limits = sandbox_limits();
  return d;
}

bool is_handle(std::string_view s) {
  return !s.empty() && s.size() <= 64 && std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

// A refusal of the content in the network's own words, as other networks give one: what the status says is
// not enough to mend a post by.
publish_failure failure_of(const outbound::response& r, stage s, timestamp now) {
  auto f = wire::failure_of(r, s, now, network);
  if (f.kind != publish_error::validation) return f;
  const auto body = wire::parse_object(r.body);
  const auto error = body ? wire::quote(wire::text_at(*body, "error")) : std::string{};
  if (!error.empty()) f.detail = "The sandbox refused the content: " + error;
  return f;
}

// The account's secret: {"token", "behaviour", "refreshed"}.
struct keys_of {
  std::string token, behaviour;
  bool refreshed = false;

  explicit keys_of(const credentials& c) {
    const auto o = wire::parse_object(c.secret).value_or(json::object{});
    token = wire::text_at(o, "token");
    behaviour = wire::text_at(o, "behaviour");
    refreshed = wire::true_at(o, "refreshed");
  }
  credentials seal() const {
    return {
        json::serialize(json::object{{"token", token}, {"behaviour", behaviour}, {"refreshed", refreshed}}),
        {}};
  }
};

// An account of the network, as GET /v1/account shows it.
struct shown_account {
  account_identity who;
  account_limits limits;
};

class sandbox final : public adapter {
 public:
  explicit sandbox(std::string base_url) : base_(std::move(base_url)) {
    while (!base_.empty() && base_.back() == '/') base_.pop_back();
  }

  const description& describe() const override { return description_; }

  std::vector<content_issue> validate(const account_limits& limits, const publication& p) const override {
    auto issues = wire::check_limits(limits, p);
    if (p.options.contains("behaviour") && !is_behaviour(wire::text_at(p.options, "behaviour")))
      issues.push_back(
          {"options/behaviour", "not-allowed", fmt::format("one of {}", fmt::join(behaviours, ", "))});
    return issues;
  }

  task<outcome<connection>> connect(io& port, json::object fields) override {
    const auto handle = wire::text_at(fields, "handle");
    if (!is_handle(handle))
      co_return wire::fail(publish_error::validation,
                           "handle: 1 to 64 letters, digits, dots, hyphens, underscores");
    auto behaviour = wire::text_at(fields, "behaviour");
    if (behaviour.empty()) behaviour = "ok";
    if (!is_behaviour(behaviour))
      co_return wire::fail(publish_error::validation,
                           fmt::format("behaviour: one of {}", fmt::join(behaviours, ", ")));
    keys_of keys{credentials{}};
    keys.token = "sandbox-" + handle;
    keys.behaviour = behaviour;
    auto request = account_request(keys);
    const auto answer = co_await call(port, request);
    auto shown = read_account(answer, port.now());
    if (!shown) co_return wire::at_connect(shown.error());
    co_return connection{shown->who, keys.seal(), shown->limits};
  }

  task<outcome<credentials>> refresh(io& port, account_identity, credentials sealed) override {
    keys_of keys(sealed);
    auto request = account_request(keys);
    const auto answer = co_await call(port, request);
    auto shown = read_account(answer, port.now());
    if (!shown) co_return shown.error();
    keys.refreshed = true;
    co_return keys.seal();
  }

  task<outcome<account_limits>> check(io& port, account_identity, credentials sealed) override {
    auto request = account_request(keys_of(sealed));
    const auto answer = co_await call(port, request);
    auto shown = read_account(answer, port.now());
    if (!shown) co_return shown.error();
    co_return shown->limits;
  }

  task<outcome<json::object>> prepare(io& port, account_identity, credentials sealed,
                                      publication p) override {
    if (handle::is_ready(p)) co_return std::move(p.remote_handle);
    const keys_of keys(sealed);
    const auto image_keys = handle::image_keys(p);
    json::array media;
    for (std::size_t i = 0; i < p.images.size(); ++i) {
      if (const auto* kept = handle::kept_media(p.remote_handle, image_keys[i])) {
        media.emplace_back(*kept);
        continue;
      }
      auto request = upload_request(keys, p.images[i]);
      const auto answer = co_await call(port, request);
      const auto body = answer.ok() ? wire::parse_object(answer.body) : std::nullopt;
      const auto id = body ? wire::id_at(*body, "id") : std::string{};
      if (id.empty()) {
        auto failed = answer.ok() ? wire::nonsense(answer, stage::before, network)
                                  : failure_of(answer, stage::before, port.now());
        co_return handle::keep(std::move(failed), {{"media", std::move(media)}});
      }
      media.emplace_back(json::object{{"of", image_keys[i]}, {"id", id}});
    }
    json::object done{{"media", std::move(media)}};
    co_return handle::finish(std::move(done), p);
  }

  task<outcome<receipt>> publish(io& port, account_identity, credentials sealed, publication p,
                                 std::shared_ptr<outbound::send_gate> gate) override {
    // Text alone needs no preparation.
    if (!p.images.empty() && !handle::is_ready(p)) co_return handle::not_prepared();
    const keys_of keys(sealed);
    auto request = post_request(keys, p, std::move(gate));
    const auto answer = co_await call(port, request);
    if (answer.ok()) {
      const auto body = wire::parse_object(answer.body);
      const auto id = body ? wire::id_at(*body, "id") : std::string{};
      if (id.empty()) co_return wire::nonsense(answer, stage::final, network);
      co_return receipt{id, wire::text_at(*body, "url")};
    }
    auto failed = failure_of(answer, stage::final, port.now());
    // A token that was renewed and still is not accepted will not become better by renewing it again.
    if (failed.kind == publish_error::auth_expired && keys.refreshed) {
      failed.kind = publish_error::reconnect_required;
      failed.detail = "The sandbox does not accept the renewed token either; connect the account again";
    }
    co_return failed;
  }

  task<outcome<find_result>> find(io& port, account_identity, credentials sealed, publication p) override {
    const keys_of keys(sealed);
    auto request = wire::get(fmt::format("{}/v1/posts?key={}", base_, wire::percent(p.idempotency_key)));
    authorise(request, keys);
    const auto answer = co_await call(port, request);
    if (!answer.ok()) co_return failure_of(answer, stage::before, port.now());
    const auto body = wire::parse_object(answer.body);
    const auto* posts = body ? wire::array_at(*body, "posts") : nullptr;
    if (!posts) co_return wire::nonsense(answer, stage::before, network);
    if (posts->empty()) co_return find_result{presence::absent, {}};
    const auto* first = posts->front().if_object();
    const auto id = first ? wire::id_at(*first, "id") : std::string{};
    if (id.empty()) co_return wire::nonsense(answer, stage::before, network);
    co_return find_result{presence::published, {id, wire::text_at(*first, "url")}};
  }

 private:
  // The sandbox listens on loopback, where the engine sends nothing unless it is told that this is meant.
  void authorise(outbound::request& r, const keys_of& keys) const {
    r.headers.push_back(wire::bearer(keys.token));
    r.allow_private = true;
  }

  outbound::request account_request(const keys_of& keys) const {
    auto r = wire::get(base_ + "/v1/account");
    authorise(r, keys);
    return r;
  }

  outbound::request upload_request(const keys_of& keys, const image& i) const {
    auto r = wire::get(base_ + "/v1/media");
    r.method = outbound::verb::post;
    r.body_file = i.path;
    r.timeout = wire::upload_timeout;
    r.headers.push_back(wire::header("Content-Type", i.content_type));
    authorise(r, keys);
    return r;
  }

  outbound::request post_request(const keys_of& keys, const publication& p,
                                 std::shared_ptr<outbound::send_gate> gate) const {
    json::array media;
    const auto* kept = wire::array_at(p.remote_handle, "media");
    if (kept && !p.images.empty()) // a handle from before the images were taken out again does not count
      for (const auto& entry : *kept)
        if (const auto* o = entry.if_object()) media.emplace_back(wire::text_at(*o, "id"));
    auto r =
        wire::post_json(base_ + "/v1/posts", json::object{{"text", p.text},
                                                          {"media_ids", std::move(media)},
                                                          {"scheduled_for", format_utc(p.scheduled_for)}});
    r.headers.push_back(wire::header("Idempotency-Key", p.idempotency_key));
    auto behaviour = wire::text_at(p.options, "behaviour");
    if (behaviour.empty()) behaviour = keys.behaviour;
    if (behaviour == "expired-token" && keys.refreshed) behaviour = "ok";
    if (!behaviour.empty() && behaviour != "ok")
      r.headers.push_back(wire::header("Sandbox-Behaviour", behaviour));
    authorise(r, keys);
    r.gate = std::move(gate);
    return r;
  }

  outcome<shown_account> read_account(const outbound::response& answer, timestamp now) const {
    if (!answer.ok()) {
      auto failed = failure_of(answer, stage::before, now);
      if (failed.kind == publish_error::auth_expired) failed.kind = publish_error::reconnect_required;
      return failed;
    }
    const auto body = wire::parse_object(answer.body);
    const auto id = body ? wire::id_at(*body, "id") : std::string{};
    const auto handle = body ? wire::text_at(*body, "handle") : std::string{};
    if (id.empty() || handle.empty()) return wire::nonsense(answer, stage::before, network);
    shown_account shown{{id, handle, handle, base_}, sandbox_limits()};
    if (const auto most = wire::number_at(*body, "max_text"); most && *most > 0)
      shown.limits.max_text = static_cast<std::size_t>(*most);
    return shown;
  }

  std::string base_;
  description description_ = sandbox_description();
};

} // namespace

std::unique_ptr<adapter> make_sandbox(std::string base_url) {
  return std::make_unique<sandbox>(std::move(base_url));
}

} // namespace troupe::platforms
