#include "net/platforms/adapters.hpp"
#include "net/platforms/handle.hpp"
#include "net/platforms/mastodon_api.hpp"
#include "net/platforms/mastodon_oauth.hpp"
#include "net/platforms/text.hpp"
#include "net/platforms/wire.hpp"

#include <fmt/format.h>

/// Mastodon and the servers that speak its API. The server remembers an Idempotency-Key for an hour: within
/// it a repeat is safe once the first call has ended; afterwards only the account's own timeline can tell.
namespace troupe::platforms {
namespace {

namespace json = boost::json;
using mastodon::keys_of;
using mastodon::network;
using wire::stage;

constexpr milliseconds media_poll{1000};
// A status cannot be older than its due time; clocks differ by less than this.
constexpr seconds clock_slack{120};

description mastodon_description() {
  description d;
  d.id = "mastodon";
  d.name = "Mastodon";
  d.connect = "oauth";
  d.fields = {
      {"server", "Server", false, true, "The server of the account, e.g. mastodon.social."},
      {"access_token", "Access token", true, false,
       "Instead of signing in: a token with the rights read:accounts, read:statuses, write:statuses and "
       "write:media, from Preferences, Development."}};
  d.promise = guarantee::exactly_once_within_window;
  d.key_window = std::chrono::hours(1);
  d.can_find = true;
  d.safe_repeat = true;
  d.shared_budgets = {{"address", 300, std::chrono::minutes(5)}};
  d.default_limits = mastodon::default_limits();
  return d;
}

// A server's own address: Mastodon never lives below a path.
outcome<std::string> server_of(const json::object& fields) {
  auto typed = wire::server_address(wire::text_at(fields, "server"));
  if (!typed) return typed.error();
  return wire::origin(*typed);
}

class mastodon_adapter final : public adapter {
 public:
  const description& describe() const override { return description_; }

  std::vector<content_issue> validate(const account_limits& limits, const publication& p) const override {
    const auto warning = wire::text_at(p.options, "spoiler_text");
    auto issues = wire::check_limits(limits, p, warning);
    if (!is_utf8(warning))
      issues.push_back({"options/spoiler_text", "bad-encoding", "not well-formed UTF-8"});
    for (auto& wrong : mastodon::check_options(p.options)) issues.push_back(std::move(wrong));
    return issues;
  }

  task<outcome<connection>> connect(io& port, json::object fields) override {
    auto server = server_of(fields);
    if (!server) co_return server.error();
    keys_of keys;
    keys.access_token = text::trim(wire::text_at(fields, "access_token"));
    if (keys.access_token.empty() || keys.access_token.size() > 2048)
      co_return wire::fail(publish_error::validation,
                           "access_token: is missing; or sign in through the browser");
    auto meeting = meet(port, *server, keys);
    auto met = co_await meeting;
    if (!met) co_return wire::at_connect(met.error());
    co_return met;
  }

  task<outcome<oauth_begin>> begin_oauth(io& port, json::object fields, std::string redirect_uri,
                                         std::string state) override {
    auto server = server_of(fields);
    if (!server) co_return server.error();
    auto beginning = mastodon::begin(port, *server, redirect_uri, state);
    auto begun = co_await beginning;
    co_return begun;
  }

  task<outcome<connection>> finish_oauth(io& port, std::string private_state, std::string code,
                                         std::string redirect_uri) override {
    auto finishing = mastodon::finish(port, private_state, code, redirect_uri);
    auto granted = co_await finishing;
    if (!granted) co_return granted.error();
    auto meeting = meet(port, granted->server, granted->keys);
    auto met = co_await meeting;
    co_return met;
  }

  task<outcome<account_limits>> check(io& port, account_identity who, credentials sealed) override {
    const keys_of keys(sealed);
    auto meeting = meet(port, who.server, keys);
    const auto met = co_await meeting;
    if (!met) co_return met.error();
    if (met->who.remote_id != who.remote_id)
      co_return wire::fail(publish_error::reconnect_required,
                           "the token belongs to another Mastodon account");
    co_return met->limits;
  }

  task<outcome<json::object>> prepare(io& port, account_identity who, credentials sealed,
                                      publication p) override {
    if (handle::is_ready(p)) co_return std::move(p.remote_handle);
    const keys_of keys(sealed);
    const auto image_keys = handle::image_keys(p);
    json::array media;
    bool all_ready = true;
    for (std::size_t i = 0; i < p.images.size(); ++i) {
      json::object entry;
      if (const auto* kept = handle::kept_media(p.remote_handle, image_keys[i])) {
        entry = *kept;
        if (!wire::true_at(entry, "ready")) {
          auto asking = is_processed(port, who, keys, wire::id_at(entry, "id"));
          const auto state = co_await asking;
          // Gone: uploaded anew by the next try.
          if (!state && state.error().kind == publish_error::target_not_found) {
            all_ready = false;
            continue;
          }
          if (!state) co_return handle::keep(state.error(), {{"media", std::move(media)}});
          entry["ready"] = *state;
        }
      } else {
        auto upload = upload_image(port, who, keys, p.images[i]);
        auto uploaded = co_await upload;
        if (!uploaded) co_return handle::keep(uploaded.error(), {{"media", std::move(media)}});
        entry = std::move(*uploaded);
        entry["of"] = image_keys[i];
      }
      all_ready = all_ready && wire::true_at(entry, "ready");
      media.emplace_back(std::move(entry));
    }
    json::object done{{"media", std::move(media)}};
    if (!all_ready) {
      auto wait = wire::fail(publish_error::media_processing, "Mastodon still works on the images");
      wait.retry_after = media_poll;
      co_return handle::keep(std::move(wait), std::move(done));
    }
    co_return handle::finish(std::move(done), p);
  }

  task<outcome<receipt>> publish(io& port, account_identity who, credentials sealed, publication p,
                                 std::shared_ptr<outbound::send_gate> gate) override {
    // Text alone needs no preparation.
    if (!p.images.empty() && !handle::is_ready(p)) co_return handle::not_prepared();
    const keys_of keys(sealed);
    auto request = wire::post_json(who.server + "/api/v1/statuses", mastodon::status_fields(p));
    request.headers.push_back(wire::bearer(keys.access_token));
    request.headers.push_back(wire::header("Idempotency-Key", p.idempotency_key));
    request.gate = std::move(gate);
    const auto answer = co_await call(port, request);
    if (!answer.ok()) co_return mastodon::failure_of(answer, stage::final, port.now());
    const auto body = wire::parse_object(answer.body);
    const auto found = body ? read_receipt(*body) : std::nullopt;
    if (!found) co_return wire::nonsense(answer, stage::final, network);
    co_return *found;
  }

  task<outcome<find_result>> find(io& port, account_identity who, credentials sealed,
                                  publication p) override {
    const keys_of keys(sealed);
    auto request = wire::get(fmt::format("{}/api/v1/accounts/{}/statuses?limit=40&exclude_reblogs=true",
                                         who.server, wire::percent(who.remote_id)));
    request.headers.push_back(wire::bearer(keys.access_token));
    request.max_response_bytes = 8 << 20; // forty statuses with previews and polls
    const auto answer = co_await call(port, request);
    if (!answer.ok()) co_return mastodon::failure_of(answer, stage::before, port.now());
    const auto list = wire::parse_array(answer.body);
    if (!list) co_return wire::nonsense(answer, stage::before, network);
    for (const auto& entry : *list) {
      const auto* status = entry.if_object();
      if (!status || !is_ours(*status, p)) continue;
      if (const auto found = read_receipt(*status)) co_return find_result{presence::published, *found};
    }
    // The first call may still be on its way through the server's queues: not seeing it proves nothing.
    co_return find_result{presence::cannot_tell, {}};
  }

  task<outcome<bool>> discard(io& port, account_identity who, credentials sealed, publication p) override {
    const keys_of keys(sealed);
    const auto* kept = wire::array_at(p.remote_handle, "media");
    const json::array media = kept ? *kept : json::array{};
    bool all = true;
    for (const auto& entry : media) {
      const auto* o = entry.if_object();
      const auto id = o ? wire::id_at(*o, "id") : std::string{};
      if (id.empty()) continue;
      auto request = wire::get(fmt::format("{}/api/v1/media/{}", who.server, wire::percent(id)));
      request.method = outbound::verb::del;
      request.headers.push_back(wire::bearer(keys.access_token));
      const auto answer = co_await call(port, request);
      // Servers before 4.4 cannot delete media; all of them collect what no status uses.
      all = all && (answer.ok() || answer.status == 404 || answer.status == 405);
    }
    co_return all;
  }

 private:
  static std::optional<receipt> read_receipt(const json::object& status) {
    auto id = wire::id_at(status, "id");
    if (id.empty() || wire::text_at(status, "created_at").empty()) return std::nullopt;
    auto link = wire::text_at(status, "url");
    if (link.empty()) link = wire::text_at(status, "uri");
    return receipt{std::move(id), std::move(link)};
  }

  static bool is_ours(const json::object& status, const publication& p) {
    const auto at = parse_utc(wire::text_at(status, "created_at"));
    if (!at || *at < p.scheduled_for - clock_slack) return false;
    const auto* media = wire::array_at(status, "media_attachments");
    if ((media ? media->size() : 0) != p.images.size()) return false;
    return wire::text_at(status, "spoiler_text") == wire::text_at(p.options, "spoiler_text") &&
           mastodon::shows(wire::text_at(status, "content"), p.text);
  }

  // Who a token belongs to, and the limits of the place.
  task<outcome<connection>> meet(io& port, const std::string& server, const keys_of& keys) {
    auto request = wire::get(server + "/api/v1/accounts/verify_credentials");
    request.headers.push_back(wire::bearer(keys.access_token));
    const auto answer = co_await call(port, request);
    if (!answer.ok()) {
      if (answer.kind == outbound::result_kind::answered && answer.status == 404)
        co_return wire::fail(publish_error::target_not_found, "no Mastodon was found there", 404);
      co_return mastodon::failure_of(answer, stage::before, port.now());
    }
    const auto account = wire::parse_object(answer.body);
    const auto id = account ? wire::id_at(*account, "id") : std::string{};
    const auto name = account ? wire::text_at(*account, "username") : std::string{};
    if (id.empty() || name.empty()) co_return wire::nonsense(answer, stage::before, network);

    auto describing = describe_instance(port, server, keys);
    const auto place = co_await describing;
    if (!place) co_return place.error();
    const auto domain = place->domain.empty() ? wire::host_and_port(server) : place->domain;
    const auto shown = wire::text_at(*account, "display_name");
    connection made{{id, fmt::format("@{}@{}", name, domain), shown.empty() ? name : shown, server},
                    keys.seal(),
                    place->limits};
    co_return made;
  }

  // With the token: a server that federates with chosen ones only tells nothing to strangers.
  task<outcome<mastodon::instance>> describe_instance(io& port, const std::string& server,
                                                      const keys_of& keys) {
    auto newer = wire::get(server + "/api/v2/instance");
    newer.headers.push_back(wire::bearer(keys.access_token));
    auto answer = co_await call(port, newer);
    if (auto found = mastodon::read_instance(answer)) co_return *found;
    if (answer.kind != outbound::result_kind::answered || answer.status >= 500 || answer.status == 429)
      co_return mastodon::failure_of(answer, stage::before, port.now());
    auto older = wire::get(server + "/api/v1/instance");
    older.headers.push_back(wire::bearer(keys.access_token));
    answer = co_await call(port, older);
    if (auto found = mastodon::read_instance(answer)) co_return *found;
    if (!answer.ok()) co_return mastodon::failure_of(answer, stage::before, port.now());
    co_return wire::nonsense(answer, stage::before, network);
  }

  // One image up; answers {"id", "ready"}.
  task<outcome<json::object>> upload_image(io& port, const account_identity& who, const keys_of& keys,
                                           const image& i) {
    auto request = wire::get(who.server + "/api/v2/media");
    request.method = outbound::verb::post;
    request.timeout = wire::upload_timeout;
    request.headers.push_back(wire::bearer(keys.access_token));
    request.form = {{"file", {}, i.path, i.file_name, i.content_type}};
    if (!i.alt.empty()) request.form.push_back({"description", i.alt, {}, {}, {}});
    const auto answer = co_await call(port, request);
    if (!answer.ok()) co_return mastodon::failure_of(answer, stage::before, port.now());
    const auto body = wire::parse_object(answer.body);
    const auto id = body ? wire::id_at(*body, "id") : std::string{};
    if (id.empty()) co_return wire::nonsense(answer, stage::before, network);
    co_return json::object{{"id", id}, {"ready", answer.status != 202}};
  }

  // Whether an uploaded image may be attached yet.
  task<outcome<bool>> is_processed(io& port, const account_identity& who, const keys_of& keys,
                                   std::string id) {
    auto request = wire::get(fmt::format("{}/api/v1/media/{}", who.server, wire::percent(id)));
    request.headers.push_back(wire::bearer(keys.access_token));
    const auto answer = co_await call(port, request);
    if (!answer.ok()) co_return mastodon::failure_of(answer, stage::before, port.now());
    co_return answer.status != 206;
  }

  description description_ = mastodon_description();
};

} // namespace

std::unique_ptr<adapter> make_mastodon() { return std::make_unique<mastodon_adapter>(); }

} // namespace troupe::platforms
