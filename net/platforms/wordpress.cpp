#include "net/platforms/adapters.hpp"
#include "net/platforms/handle.hpp"
#include "net/platforms/text.hpp"
#include "net/platforms/wire.hpp"
#include "net/platforms/wordpress_html.hpp"
#include "net/platforms/wordpress_rest.hpp"

#include <fmt/format.h>

/// WordPress, self-hosted. Exactly once in two phases: `prepare` makes a draft that only our account sees and
/// keeps its id, the final call sets that one post to "publish", which may be repeated at will. A draft whose
/// creation was answered into the void is found again by its slug.
namespace troupe::platforms {
namespace {

namespace json = boost::json;
using namespace wordpress;
using wire::stage;

description wordpress_description() {
  description d;
  d.id = "wordpress";
  d.name = "WordPress";
  d.connect = "credentials";
  d.fields = {{"server", "Site", false, true, "Address of the site, e.g. https://blog.example.com."},
              {"username", "User name", false, true, "Of a user who may publish posts."},
              {"app_password", "Application password", true, true,
               "Made in the site's admin pages under Users, Profile, Application Passwords."}};
  d.promise = guarantee::exactly_once;
  d.safe_forever = true;
  d.repeat_while_running = true;
  d.absence_is_proof = true;
  d.always_prepares = true;
  d.can_find = true;
  d.two_phase = true;
  d.safe_repeat = true;
  auto& l = d.default_limits;
  l.max_text = 200'000;
  l.text_unit = count_unit::code_points;
  l.max_images = 20;
  l.max_image_bytes = 10'000'000;
  l.image_types = {"image/jpeg", "image/png", "image/gif", "image/webp"};
  l.needs_title = true;
  return d;
}

// A post as the site shows it to its author.
struct remote_post {
  std::int64_t id = 0;
  std::string status, link;
};

std::optional<remote_post> read_post(const json::value& v) {
  const auto* o = v.if_object();
  if (!o) return std::nullopt;
  const auto id = wire::number_at(*o, "id");
  remote_post p{id.value_or(0), wire::text_at(*o, "status"), wire::text_at(*o, "link")};
  if (p.id <= 0 || p.status.empty()) return std::nullopt;
  return p;
}

outcome<remote_post> one_post(const outbound::response& r, stage s, timestamp now) {
  if (!r.ok()) return wordpress::failure_of(r, s, now);
  const auto body = wire::parse(r.body);
  const auto post = body ? read_post(*body) : std::nullopt;
  if (!post) return wire::nonsense(r, s, network);
  return *post;
}

constexpr std::string_view post_columns = "_fields=id,status,link";

class wordpress_adapter final : public adapter {
 public:
  const description& describe() const override { return description_; }

  std::vector<content_issue> validate(const account_limits& limits, const publication& p) const override {
    auto issues = wire::check_limits(limits, p);
    for (auto& wrong : check_options(p.options)) issues.push_back(std::move(wrong));
    return issues;
  }

  task<outcome<connection>> connect(io& port, json::object fields) override {
    const auto server = wire::server_address(wire::text_at(fields, "server"));
    if (!server) co_return server.error();
    keys_of keys;
    keys.username = text::trim(wire::text_at(fields, "username"));
    keys.app_password = text::trim(wire::text_at(fields, "app_password"));
    if (keys.username.empty() || keys.username.size() > 256 || keys.username.find(':') != std::string::npos)
      co_return wire::fail(publish_error::validation, "username: is missing or holds a colon");
    if (keys.app_password.empty() || keys.app_password.size() > 512)
      co_return wire::fail(publish_error::validation, "app_password: is missing");
    auto search = discover(port, *server);
    const auto base = co_await search;
    if (!base) co_return wire::at_connect(base.error());
    auto request = account_request(keys, *base);
    const auto answer = co_await call(port, request);
    const auto who = read_account(answer, *base, port.now());
    if (!who) co_return wire::at_connect(who.error());
    co_return connection{*who, keys.seal(), description_.default_limits};
  }

  task<outcome<account_limits>> check(io& port, account_identity who, credentials sealed) override {
    auto request = account_request(keys_of(sealed), who.server);
    const auto answer = co_await call(port, request);
    const auto account = read_account(answer, who.server, port.now());
    if (!account) co_return account.error();
    if (account->remote_id != who.remote_id)
      co_return wire::fail(publish_error::reconnect_required,
                           "WordPress knows another user by these credentials");
    co_return description_.default_limits;
  }

  task<outcome<json::object>> prepare(io& port, account_identity who, credentials sealed,
                                      publication p) override {
    if (handle::is_ready(p)) co_return std::move(p.remote_handle);
    const keys_of keys(sealed);
    const auto image_keys = handle::image_keys(p);
    json::object done{{"media", json::array{}}};
    if (const auto* draft = p.remote_handle.if_contains("draft")) done["draft"] = *draft;
    std::vector<figure> figures;
    for (std::size_t i = 0; i < p.images.size(); ++i) {
      json::object entry;
      if (const auto* kept = handle::kept_media(p.remote_handle, image_keys[i])) {
        entry = *kept;
      } else {
        auto upload = upload_image(port, who, keys, p.images[i], media_slug(p, p.images[i], image_keys[i]));
        auto uploaded = co_await upload;
        if (!uploaded) co_return handle::keep(uploaded.error(), std::move(done));
        entry = std::move(*uploaded);
        entry["of"] = image_keys[i];
      }
      figures.push_back(
          {wire::number_at(entry, "id").value_or(0), wire::text_at(entry, "url"), p.images[i].alt});
      done["media"].get_array().emplace_back(std::move(entry));
    }
    auto making = make_draft(port, who, keys, p, figures);
    const auto draft = co_await making;
    if (!draft) co_return handle::keep(draft.error(), std::move(done));
    done["draft"] = *draft;
    co_return handle::finish(std::move(done), p);
  }

  task<outcome<receipt>> publish(io& port, account_identity who, credentials sealed, publication p,
                                 std::shared_ptr<outbound::send_gate> gate) override {
    const auto draft = wire::number_at(p.remote_handle, "draft");
    if (!handle::is_ready(p) || !draft) co_return handle::not_prepared();
    // Without a slug of the author's own, an empty one makes WordPress form it from the title.
    auto request =
        write(keys_of(sealed), rest(who.server, fmt::format("/wp/v2/posts/{}", *draft), post_columns),
              json::object{{"status", "publish"}, {"slug", wire::text_at(p.options, "slug")}});
    request.gate = std::move(gate);
    const auto answer = co_await call(port, request);
    const auto post = one_post(answer, stage::final, port.now());
    if (!post) {
      auto failed = post.error();
      if (failed.kind == publish_error::target_not_found && answer.status == 404)
        failed.detail = "The prepared draft was deleted in WordPress";
      co_return failed;
    }
    if (post->status == "pending")
      co_return wire::fail(publish_error::permission,
                           "WordPress holds the post back for review: this user may not publish",
                           answer.status);
    if (post->id != *draft || post->status != "publish")
      co_return wire::nonsense(answer, stage::final, network);
    co_return receipt{std::to_string(post->id), post->link};
  }

  task<outcome<find_result>> find(io& port, account_identity who, credentials sealed,
                                  publication p) override {
    const auto draft = wire::number_at(p.remote_handle, "draft");
    // Without a draft's id the final call has never been made.
    if (!draft) co_return find_result{presence::absent, {}};
    auto request = read(keys_of(sealed), rest(who.server, fmt::format("/wp/v2/posts/{}", *draft),
                                              fmt::format("context=edit&{}", post_columns)));
    const auto answer = co_await call(port, request);
    const auto post = one_post(answer, stage::before, port.now());
    if (!post) {
      // Deleted by a person: it may have been public before.
      if (answer.status == 404 || answer.status == 410) co_return find_result{};
      co_return post.error();
    }
    if (post->status == "publish")
      co_return find_result{presence::published, {std::to_string(post->id), post->link}};
    const bool draft_still =
        post->status == "draft" || post->status == "auto-draft" || post->status == "pending";
    co_return find_result{draft_still ? presence::absent : presence::cannot_tell, {}};
  }

  task<outcome<bool>> discard(io& port, account_identity who, credentials sealed, publication p) override {
    const keys_of keys(sealed);
    auto search = find_draft(port, who, keys, p);
    const auto post = co_await search;
    if (!post) co_return post.error();
    // Only what nobody has seen is deleted.
    if (*post && (*post)->status != "draft" && (*post)->status != "auto-draft") co_return false;
    if (*post) {
      auto request =
          remove(keys, rest(who.server, fmt::format("/wp/v2/posts/{}", (*post)->id), "force=true"));
      const auto answer = co_await call(port, request);
      if (!answer.ok() && answer.status != 404 && answer.status != 410)
        co_return wordpress::failure_of(answer, stage::before, port.now());
    }
    const auto* kept = wire::array_at(p.remote_handle, "media");
    const json::array media = kept ? *kept : json::array{};
    for (const auto& entry : media) {
      const auto* o = entry.if_object();
      const auto id = o ? wire::number_at(*o, "id") : std::nullopt;
      if (!id) continue;
      auto request = remove(keys, rest(who.server, fmt::format("/wp/v2/media/{}", *id), "force=true"));
      const auto answer = co_await call(port, request);
      if (!answer.ok() && answer.status != 404 && answer.status != 410)
        co_return wordpress::failure_of(answer, stage::before, port.now());
    }
    co_return true;
  }

 private:
  static outbound::request account_request(const keys_of& keys, std::string_view base) {
    return read(keys, rest(base, "/wp/v2/users/me", "context=edit&_fields=id,name,slug,capabilities"));
  }

  static outcome<account_identity> read_account(const outbound::response& r, const std::string& base,
                                                timestamp now) {
    if (!r.ok()) return wordpress::failure_of(r, stage::before, now);
    const auto body = wire::parse_object(r.body);
    const auto id = body ? wire::number_at(*body, "id") : std::nullopt;
    if (!id || *id <= 0) return wire::nonsense(r, stage::before, network);
    const auto* may = wire::object_at(*body, "capabilities");
    if (may && !wire::true_at(*may, "publish_posts"))
      return wire::fail(publish_error::permission, "this WordPress user may not publish posts");
    const auto slug = wire::text_at(*body, "slug");
    return account_identity{std::to_string(*id), fmt::format("{}@{}", slug, wire::host_and_port(base)),
                            wire::text_at(*body, "name"), base};
  }

  // One image up, or found again from an earlier try; answers {"id", "url"}.
  task<outcome<json::object>> upload_image(io& port, const account_identity& who, const keys_of& keys,
                                           const image& i, std::string slug) {
    auto lookup =
        read(keys, rest(who.server, "/wp/v2/media", fmt::format("slug={}&_fields=id,source_url", slug)));
    auto answer = co_await call(port, lookup);
    if (!answer.ok()) co_return wordpress::failure_of(answer, stage::before, port.now());
    const auto found = wire::parse_array(answer.body);
    if (!found) co_return wire::nonsense(answer, stage::before, network);
    std::optional<json::object> media;
    if (!found->empty() && found->front().is_object()) {
      media = found->front().get_object();
    } else {
      auto upload = read(keys, rest(who.server, "/wp/v2/media", "_fields=id,source_url"));
      upload.method = outbound::verb::post;
      upload.timeout = wire::upload_timeout;
      upload.body_file = i.path;
      upload.headers.push_back(wire::header("Content-Type", i.content_type));
      upload.headers.push_back(
          wire::header("Content-Disposition",
                       fmt::format("attachment; filename=\"{}{}\"", slug, extension_of(i.content_type))));
      answer = co_await call(port, upload);
      if (!answer.ok()) co_return wordpress::failure_of(answer, stage::before, port.now());
      media = wire::parse_object(answer.body);
    }
    const auto id = media ? wire::number_at(*media, "id") : std::nullopt;
    const auto url = media ? wire::text_at(*media, "source_url") : std::string{};
    if (!id || *id <= 0 || (url.substr(0, 7) != "http://" && url.substr(0, 8) != "https://"))
      co_return wire::nonsense(answer, stage::before, network);
    if (!i.alt.empty()) {
      auto describe_it = write(keys, rest(who.server, fmt::format("/wp/v2/media/{}", *id), "_fields=id"),
                               json::object{{"alt_text", kept_alt_text(i.alt)}});
      answer = co_await call(port, describe_it);
      if (!answer.ok()) co_return wordpress::failure_of(answer, stage::before, port.now());
    }
    co_return json::object{{"id", *id}, {"url", url}};
  }

  // The post of this delivery, by id when it is known, else by slug; nullopt when there is none.
  task<outcome<std::optional<remote_post>>> find_draft(io& port, const account_identity& who,
                                                       const keys_of& keys, const publication& p) {
    const auto known = wire::number_at(p.remote_handle, "draft");
    auto request =
        known ? read(keys, rest(who.server, fmt::format("/wp/v2/posts/{}", *known),
                                fmt::format("context=edit&{}", post_columns)))
              : read(keys, rest(who.server, "/wp/v2/posts",
                                fmt::format("slug={}&status=any&context=edit&orderby=id&order=asc&{}",
                                            draft_slug(p), post_columns)));
    const auto answer = co_await call(port, request);
    if (known && (answer.status == 404 || answer.status == 410)) co_return std::optional<remote_post>{};
    if (!answer.ok()) co_return wordpress::failure_of(answer, stage::before, port.now());
    const auto body = wire::parse(answer.body);
    if (known) {
      const auto post = body ? read_post(*body) : std::nullopt;
      if (!post) co_return wire::nonsense(answer, stage::before, network);
      co_return post->status == "trash" ? std::optional<remote_post>{} : post;
    }
    const auto* list = body ? body->if_array() : nullptr;
    if (!list) co_return wire::nonsense(answer, stage::before, network);
    // Slugs are no lock: two creations at once may both have succeeded. One that is public already wins.
    std::optional<remote_post> best;
    for (const auto& entry : *list) {
      const auto post = read_post(entry);
      if (post && (!best || (post->status == "publish" && best->status != "publish"))) best = post;
    }
    co_return best;
  }

  // The id of this delivery's draft, holding exactly this content.
  task<outcome<std::int64_t>> make_draft(io& port, const account_identity& who, const keys_of& keys,
                                         const publication& p, const std::vector<figure>& figures) {
    auto search = find_draft(port, who, keys, p);
    const auto existing = co_await search;
    if (!existing) co_return existing.error();
    if (*existing && (*existing)->status == "publish") co_return (*existing)->id;
    auto body = post_fields(p.options);
    body["title"] = title_of(p);
    body["content"] = to_html(p.text, figures);
    body["status"] = "draft";
    body["slug"] = draft_slug(p);
    const auto path =
        *existing ? fmt::format("/wp/v2/posts/{}", (*existing)->id) : std::string("/wp/v2/posts");
    auto request = write(keys, rest(who.server, path, post_columns), std::move(body));
    const auto answer = co_await call(port, request);
    const auto post = one_post(answer, stage::before, port.now());
    if (!post) co_return post.error();
    co_return post->id;
  }

  description description_ = wordpress_description();
};

} // namespace

std::unique_ptr<adapter> make_wordpress() { return std::make_unique<wordpress_adapter>(); }

} // namespace troupe::platforms
