#include "net/platforms/adapters.hpp"
#include "net/platforms/bluesky_record.hpp"
#include "net/platforms/bluesky_session.hpp"
#include "net/platforms/handle.hpp"
#include "net/platforms/jpeg.hpp"
#include "net/platforms/text.hpp"
#include "net/platforms/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

/// Bluesky and every other AT Protocol server. Exactly once without a time limit: the record key is a
/// function of the delivery, the record is frozen in `prepare`, and putting the same record at the same key
/// again changes nothing.
namespace troupe::platforms {
namespace {

namespace json = boost::json;
using namespace bluesky;
using wire::stage;

constexpr std::string_view default_server = "https://bsky.social";
constexpr std::string_view default_plc = "https://plc.directory";
constexpr std::size_t most_mentions = 20; // resolved per post; further ones stay text
constexpr std::array<std::string_view, 4> self_labels = {"sexual", "nudity", "porn", "graphic-media"};

description bluesky_description() {
  description d;
  d.id = "bluesky";
  d.name = "Bluesky";
  d.connect = "credentials";
  d.fields = {
      {"server", "Server", false, false, "Where the account lives. Default: https://bsky.social."},
      {"identifier", "Handle", false, true, "Handle, DID or e-mail address of the account."},
      {"app_password", "App password", true, true, "Made in the app under Settings, Privacy and security."},
      {"plc", "PLC directory", false, false, "Default: https://plc.directory."}};
  d.promise = guarantee::exactly_once;
  d.safe_forever = true;
  d.repeat_while_running = true;
  d.absence_is_proof = true;
  d.always_prepares = true;
  d.can_find = true;
  d.safe_repeat = true;
  d.shared_budgets = {{"address", 3'000, std::chrono::minutes(5), true}};
  auto& l = d.default_limits;
  l.max_text = 300;
  l.text_unit = count_unit::graphemes;
  l.max_text_bytes = 3000;
  l.max_images = 4;
  l.max_image_bytes = 2'000'000;
  l.max_alt_text = 2000;
  l.image_types = {"image/jpeg", "image/png", "image/webp", "image/gif"};
  return d;
}

class bluesky_adapter final : public adapter {
 public:
  const description& describe() const override { return description_; }

  std::vector<content_issue> validate(const account_limits& limits, const publication& p) const override {
    auto issues = wire::check_limits(limits, p);
    for (const auto& option : p.options)
      if (option.key() != "labels")
        issues.push_back({fmt::format("options/{}", std::string_view(option.key())), "not-allowed",
                          "Bluesky knows the option labels"});
    if (const auto* labels = p.options.if_contains("labels")) {
      const auto known = labels_of(p.options);
      const auto* list = labels->if_array();
      const bool fine = list && list->size() == known.size() && known.size() <= self_labels.size() &&
                        std::all_of(known.begin(), known.end(), [](const std::string& l) {
                          return std::find(self_labels.begin(), self_labels.end(), l) != self_labels.end();
                        });
      if (!fine)
        issues.push_back(
            {"options/labels", "not-allowed", fmt::format("a list of {}", fmt::join(self_labels, ", "))});
    }
    return issues;
  }

  task<outcome<connection>> connect(io& port, json::object fields) override {
    const auto typed_server = wire::text_at(fields, "server");
    const auto typed_plc = wire::text_at(fields, "plc");
    const auto server = wire::server_address(typed_server.empty() ? default_server : typed_server);
    if (!server) co_return server.error();
    const auto plc = wire::server_address(typed_plc.empty() ? default_plc : typed_plc);
    if (!plc) co_return wire::fail(publish_error::validation, "plc: is no web address");
    std::string identifier(text::trim(wire::text_at(fields, "identifier")));
    if (!identifier.empty() && identifier.front() == '@') identifier.erase(0, 1);
    if (identifier.empty() || identifier.size() > 2048)
      co_return wire::fail(publish_error::validation,
                           "identifier: the handle, DID or e-mail address is missing");
    const std::string password(text::trim(wire::text_at(fields, "app_password")));
    if (password.empty() || password.size() > 512)
      co_return wire::fail(publish_error::validation, "app_password: is missing");

    auto search = login_server(port, *server, identifier, *plc);
    auto base = co_await search;
    auto request = login_request(base, identifier, password);
    const auto answer = co_await call(port, request);
    const auto opened = read_session(answer, port.now());
    if (!opened) co_return wire::at_connect(login_failure(opened.error(), answer));
    if (is_did(identifier) && opened->did != identifier)
      co_return wire::fail(publish_error::provider_unavailable,
                           "the server logged in another account than was asked for");

    // An entrance server (bsky.social) names the server behind it that keeps the account.
    if (!opened->pds.empty() && !wire::is_loopback(base) &&
        (wire::is_https(opened->pds) || !wire::is_https(base)))
      base = opened->pds;
    keys_of keys;
    keys.access = opened->access;
    keys.refresh = opened->refresh;
    if (is_app_password(password)) keys.app_password = password;
    connection made{
        {opened->did, opened->handle, opened->handle, base}, keys.seal(), description_.default_limits};
    co_return made;
  }

  task<outcome<credentials>> refresh(io& port, account_identity who, credentials sealed) override {
    keys_of keys(sealed);
    auto request = wire::get(xrpc(who.server, "com.atproto.server.refreshSession"));
    request.method = outbound::verb::post;
    request.headers.push_back(wire::bearer(keys.refresh));
    auto answer = co_await call(port, request);
    auto fresh = read_session(answer, port.now());
    // The refresh token is used up or lost; the app password opens a new session.
    if (!fresh && fresh.error().kind == publish_error::auth_expired && !keys.app_password.empty()) {
      auto again = login_request(who.server, who.remote_id, keys.app_password);
      answer = co_await call(port, again);
      fresh = read_session(answer, port.now());
    }
    if (!fresh) co_return login_failure(fresh.error(), answer);
    if (fresh->did != who.remote_id)
      co_return wire::fail(publish_error::provider_unavailable, "Bluesky answered for another account");
    keys.access = fresh->access;
    keys.refresh = fresh->refresh;
    co_return keys.seal();
  }

  task<outcome<account_limits>> check(io& port, account_identity who, credentials sealed) override {
    const keys_of keys(sealed);
    auto request = wire::get(xrpc(who.server, "com.atproto.server.getSession"));
    request.headers.push_back(wire::bearer(keys.access));
    const auto answer = co_await call(port, request);
    if (!answer.ok()) co_return bluesky::failure_of(answer, stage::before, port.now());
    const auto body = wire::parse_object(answer.body);
    if (!body || wire::text_at(*body, "did") != who.remote_id)
      co_return wire::nonsense(answer, stage::before, network);
    const auto* active = body->if_contains("active");
    if (active && active->is_bool() && !active->get_bool())
      co_return wire::fail(publish_error::account_restricted, "Bluesky says that this account is not active");
    co_return description_.default_limits;
  }

  task<outcome<json::object>> prepare(io& port, account_identity who, credentials sealed,
                                      publication p) override {
    if (handle::is_ready(p)) co_return std::move(p.remote_handle);
    const keys_of keys(sealed);
    const auto image_keys = handle::image_keys(p);
    json::array media;
    std::vector<picture> pictures;
    for (std::size_t i = 0; i < p.images.size(); ++i) {
      if (const auto* kept = handle::kept_media(p.remote_handle, image_keys[i])) {
        media.emplace_back(*kept);
      } else {
        auto upload = upload_image(port, who, keys, p.images[i]);
        auto entry = co_await upload;
        if (!entry) co_return handle::keep(entry.error(), {{"media", std::move(media)}});
        (*entry)["of"] = image_keys[i];
        media.emplace_back(std::move(*entry));
      }
      const auto& entry = media.back().get_object();
      const auto* blob = wire::object_at(entry, "blob");
      pictures.push_back({blob ? *blob : json::object{}, p.images[i].alt,
                          static_cast<int>(wire::number_at(entry, "width").value_or(0)),
                          static_cast<int>(wire::number_at(entry, "height").value_or(0))});
    }
    auto names = resolve_mentions(port, who, p.text);
    const auto dids = co_await names;
    if (!dids) co_return handle::keep(dids.error(), {{"media", std::move(media)}});
    json::object done{{"media", std::move(media)},
                      {"rkey", record_key(p.scheduled_for, p.idempotency_key)},
                      {"record", make_record(p, pictures, *dids)}};
    co_return handle::finish(std::move(done), p);
  }

  task<outcome<receipt>> publish(io& port, account_identity who, credentials sealed, publication p,
                                 std::shared_ptr<outbound::send_gate> gate) override {
    const auto* record = wire::object_at(p.remote_handle, "record");
    const auto rkey = wire::text_at(p.remote_handle, "rkey");
    if (!handle::is_ready(p) || !record || rkey.empty()) co_return handle::not_prepared();
    const keys_of keys(sealed);
    // swapRecord null: only where nothing is, or the very same record.
    auto request = wire::post_json(xrpc(who.server, "com.atproto.repo.putRecord"),
                                   json::object{{"repo", who.remote_id},
                                                {"collection", collection},
                                                {"rkey", rkey},
                                                {"record", *record},
                                                {"swapRecord", nullptr}});
    request.headers.push_back(wire::bearer(keys.access));
    request.gate = std::move(gate);
    const auto answer = co_await call(port, request);
    if (!answer.ok()) co_return bluesky::failure_of(answer, stage::final, port.now());
    const auto body = wire::parse_object(answer.body);
    const auto uri = record_uri(who.remote_id, rkey);
    if (!body || wire::text_at(*body, "uri") != uri) co_return wire::nonsense(answer, stage::final, network);
    co_return receipt{uri, permalink(who, rkey)};
  }

  task<outcome<find_result>> find(io& port, account_identity who, credentials, publication p) override {
    const auto* record = wire::object_at(p.remote_handle, "record");
    const auto rkey = wire::text_at(p.remote_handle, "rkey");
    // Without a finished handle the final call has never been made.
    if (!record || rkey.empty()) co_return find_result{presence::absent, {}};
    auto request = wire::get(
        xrpc(who.server, "com.atproto.repo.getRecord?") +
        wire::query({{"repo", who.remote_id}, {"collection", std::string(collection)}, {"rkey", rkey}}));
    const auto answer = co_await call(port, request);
    const auto body = wire::parse_object(answer.body);
    if (!answer.ok()) {
      const auto error = body ? wire::text_at(*body, "error") : std::string{};
      const auto message = body ? wire::text_at(*body, "message") : std::string{};
      // Older servers have no name of its own for it.
      const bool gone =
          error == "RecordNotFound" ||
          (error == "InvalidRequest" && message.find("Could not locate record") != std::string::npos);
      if (answer.kind == outbound::result_kind::answered && gone) co_return find_result{presence::absent, {}};
      co_return bluesky::failure_of(answer, stage::before, port.now());
    }
    const auto* value = body ? wire::object_at(*body, "value") : nullptr;
    if (!value) co_return wire::nonsense(answer, stage::before, network);
    const bool ours = wire::text_at(*value, "text") == wire::text_at(*record, "text") &&
                      wire::text_at(*value, "createdAt") == wire::text_at(*record, "createdAt");
    if (!ours) co_return find_result{presence::cannot_tell, {}};
    co_return find_result{presence::published, {record_uri(who.remote_id, rkey), permalink(who, rkey)}};
  }

 private:
  // One image up, its metadata removed; answers {"blob", "width", "height"}.
  task<outcome<json::object>> upload_image(io& port, const account_identity& who, const keys_of& keys,
                                           const image& i) {
    int width = i.width, height = i.height;
    auto request = wire::get(xrpc(who.server, "com.atproto.repo.uploadBlob"));
    request.method = outbound::verb::post;
    request.timeout = wire::upload_timeout;
    request.headers.push_back(wire::bearer(keys.access));
    request.headers.push_back(wire::header("Content-Type", i.content_type));
    request.body_file = i.path;
    if (i.content_type == "image/jpeg") {
      auto cleaned = std::make_shared<jpeg::result>();
      std::function<void()> work = [cleaned, path = i.path,
                                    most = description_.default_limits.max_image_bytes] {
        *cleaned = jpeg::without_metadata(path, most);
      };
      co_await offload(port, work);
      if (cleaned->what == jpeg::state::failed)
        co_return wire::fail(publish_error::validation, "image: " + cleaned->error);
      if (cleaned->what == jpeg::state::resaved) {
        request.body_file.clear();
        request.body = std::move(cleaned->bytes);
        width = cleaned->width;
        height = cleaned->height;
      }
    }
    const auto answer = co_await call(port, request);
    if (!answer.ok()) co_return bluesky::failure_of(answer, stage::before, port.now());
    const auto body = wire::parse_object(answer.body);
    const auto* blob = body ? wire::object_at(*body, "blob") : nullptr;
    const auto* ref = blob ? wire::object_at(*blob, "ref") : nullptr;
    if (!ref || wire::text_at(*ref, "$link").empty())
      co_return wire::nonsense(answer, stage::before, network);
    co_return json::object{{"blob", *blob}, {"width", width}, {"height", height}};
  }

  // The DIDs behind the mentions; a handle that belongs to nobody is left out.
  task<outcome<std::map<std::string, std::string>>> resolve_mentions(io& port, const account_identity& who,
                                                                     const std::string& text) {
    std::set<std::string> handles;
    for (const auto& f : richtext::detect(text))
      if (f.kind == richtext::feature::mention && handles.size() < most_mentions) handles.insert(f.value);
    std::map<std::string, std::string> dids;
    for (const auto& name : handles) {
      auto request =
          wire::get(xrpc(who.server, "com.atproto.identity.resolveHandle?handle=") + wire::percent(name));
      const auto answer = co_await call(port, request);
      if (answer.ok()) {
        const auto body = wire::parse_object(answer.body);
        const auto did = body ? wire::text_at(*body, "did") : std::string{};
        if (is_did(did)) dids[name] = did;
        continue;
      }
      const auto failed = bluesky::failure_of(answer, stage::before, port.now());
      const bool nobody =
          failed.kind == publish_error::validation || failed.kind == publish_error::target_not_found;
      if (!nobody) co_return failed;
    }
    co_return dids;
  }

  description description_ = bluesky_description();
};

} // namespace

std::unique_ptr<adapter> make_bluesky() { return std::make_unique<bluesky_adapter>(); }

} // namespace troupe::platforms
