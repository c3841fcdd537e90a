#include "actors/content/media_store.hpp"
#include "actors/content/store.hpp"
#include "net/api/content_input.hpp"
#include "net/files/file_service.hpp"
#include "net/platforms/adapter.hpp"
#include "system/core/secrets.hpp"

#include <boost/json.hpp>
#include <boost/url/pct_string_view.hpp>
#include <fmt/format.h>

#include <algorithm>

/// Images: the bytes pass through the files service, the row through the JOURNAL of the workspace's shard.
namespace troupe::api {

namespace {

namespace store = content_store;

/// LOCAL ONLY: what the files service answered. Null when the answer was lost.
struct image_answer {
  std::shared_ptr<expected<files::stored_image>> value;
};
struct bytes_answer {
  std::shared_ptr<expected<std::string>> value;
};

} // namespace

} // namespace troupe::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::api::image_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::api::bytes_answer)

namespace troupe::api {

namespace {

struct media_address {
  uuid workspace, media;
};

std::optional<media_address> read_media_address(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return std::nullopt;
  auto media = c->path_id("media_id");
  if (!media) return std::nullopt;
  return media_address{*workspace, *media};
}

// -- upload ----------------------------------------------------------------------------------

constexpr std::size_t max_file_name = 255;

/// X-File-Name decoded: empty when absent, nullopt when it cannot be taken.
std::optional<std::string> read_file_name(const bridge::request& r) {
  auto header = r.header("x-file-name");
  if (header.data() == nullptr) return std::string{};
  auto decoded = boost::urls::make_pct_string_view({header.data(), header.size()});
  if (!decoded) return std::nullopt;
  std::string name = decoded->decode();
  auto forbidden = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '/'; };
  if (name.empty() || name.size() > max_file_name || std::any_of(name.begin(), name.end(), forbidden) ||
      !platforms::is_utf8(name))
    return std::nullopt;
  return name;
}

void answer_media(const call_ptr& c, int status, const store::media_row& m) {
  if (status == 201)
    c->headers.emplace_back(
        "Location", fmt::format("/v1/workspaces/{}/media/{}", to_string(m.workspace), to_string(m.id)));
  c->answer(status, store::media_view(m));
}

/// This id is there: the same upload again, or another one under the same Idempotency-Key.
void answer_repeat(const call_ptr& c, const store::media_row& m, const std::string& body_hash) {
  c->read({{&store::kept_key, {to_string(c->who.user), c->repeat.key}}, store::find_media(m.workspace, m.id)},
          [body_hash](const call_ptr& c2, const db_reply& r) {
            if (r.rows(0).empty() || storage::from_bytea(r.rows(0).get(0, 0)) != body_hash)
              return c2->fail({ec::idempotency_mismatch});
            if (r.rows(1).empty()) return c2->fail({ec::not_found, "the image was deleted since"});
            answer_media(c2, 201, store::read_media(r.rows(1), 0));
          });
}

void keep_row(const call_ptr& c, const store::media_row& m) {
  // The key stands for the bytes too, which the call's own hash does not cover.
  auto body_hash = c->repeat.key.empty() ? std::string{} : secrets::sha256(c->repeat.body_hash + m.sha256);
  c->write(m.workspace, store::insert_media, store::insert_media_params(m, c->repeat.key, body_hash),
           [m, body_hash](const call_ptr& c2, ec code) {
             if (code == ec::none) return answer_media(c2, 201, m);
             if (!c2->repeat.key.empty()) return answer_repeat(c2, m, body_hash);
             c2->fail({code});
           });
}

void upload_media(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  auto name = read_file_name(c->request);
  if (!name)
    return c->fail_field(
        "X-File-Name", "bad-format",
        "a percent-encoded UTF-8 name of at most 255 bytes is allowed, without slashes and controls");
  auto spool = std::make_shared<files::spool_file>(std::exchange(c->request.body_file, {}));
  c->require_member(*workspace, role::editor, [w = *workspace, name = *name, spool](const call_ptr& c2) {
    auto slot = reply_slot<image_answer>::make(c2->self, [c2, w, name](const image_answer& answer) {
      c2->guard([&] {
        if (!answer.value) return c2->fail({ec::unavailable});
        if (!*answer.value) return c2->fail(answer.value->error());
        auto& image = **answer.value;
        store::media_row m;
        m.id = c2->new_id("media");
        m.workspace = w;
        m.uploaded_by = c2->who.user;
        m.content_type = files::content_type(image.type);
        m.bytes = image.bytes;
        m.width = image.width;
        m.height = image.height;
        m.sha256 = image.sha256;
        m.file_name = name;
        m.created_at = c2->now();
        keep_row(c2, m);
      });
    });
    auto& limits = c2->ctx.config->media;
    c2->ctx.files->take_image(spool, std::string(c2->request.header("content-type")),
                              {limits.max_bytes, limits.max_pixels}, [slot](expected<files::stored_image> r) {
                                slot({std::make_shared<expected<files::stored_image>>(std::move(r))});
                              });
  });
}

// -- read ------------------------------------------------------------------------------------

template <class Then>
void with_row(const call_ptr& c, const media_address& at, role least, Then then) {
  c->require_member(at.workspace, least, [at, then = std::move(then)](const call_ptr& c2) {
    c2->read({store::find_media(at.workspace, at.media)}, [then](const call_ptr& c3, const db_reply& r) {
      if (r.rows().empty()) return c3->fail({ec::not_found});
      then(c3, store::read_media(r.rows(), 0));
    });
  });
}

void get_media(const call_ptr& c) {
  if (auto at = read_media_address(c))
    with_row(c, *at, role::viewer,
             [](const call_ptr& c2, const store::media_row& m) { answer_media(c2, 200, m); });
}

std::string disposition(const std::string& file_name) {
  if (file_name.empty()) return "inline";
  std::string out = "inline; filename*=UTF-8''";
  for (unsigned char ch : file_name) {
    bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
                 ch == '.' || ch == '-' || ch == '_';
    out += plain ? std::string(1, static_cast<char>(ch)) : fmt::format("%{:02X}", ch);
  }
  return out;
}

void answer_bytes(const call_ptr& c, const store::media_row& m, std::string bytes) {
  bridge::reply reply;
  reply.content_type = m.content_type;
  reply.body = std::move(bytes);
  // A browser is to show it as the image it was checked to be and as nothing else.
  reply.headers = {{"ETag", fmt::format("\"{}\"", secrets::hex(m.sha256))},
                   {"Cache-Control", "private, max-age=31536000, immutable"},
                   {"Content-Disposition", disposition(m.file_name)},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Content-Security-Policy", "default-src 'none'; sandbox"}};
  c->answer(std::move(reply));
}

void get_content(const call_ptr& c) {
  auto at = read_media_address(c);
  if (!at) return;
  with_row(c, *at, role::viewer, [](const call_ptr& c2, const store::media_row& m) {
    auto slot = reply_slot<bytes_answer>::make(c2->self, [c2, m](const bytes_answer& answer) {
      c2->guard([&] {
        if (!answer.value) return c2->fail({ec::unavailable});
        if (*answer.value) return answer_bytes(c2, m, std::move(**answer.value));
        // The row is there, so the file should be: that is our fault, not the caller's.
        auto why = answer.value->error();
        c2->fail(why.code == ec::not_found ? failure{ec::internal, "the bytes of this image are lost"} : why);
      });
    });
    c2->ctx.files->read(m.sha256, m.bytes, [slot](expected<std::string> r) {
      slot({std::make_shared<expected<std::string>>(std::move(r))});
    });
  });
}

// -- delete ----------------------------------------------------------------------------------

/// Only the row: other rows may share the file, so it is collected when none does.
void remove(const call_ptr& c) {
  auto at = read_media_address(c);
  if (!at) return;
  with_row(c, *at, role::editor, [at = *at](const call_ptr& c2, const store::media_row&) {
    c2->write(at.workspace, store::remove_media, store::remove_media_params(at.workspace, at.media),
              [](const call_ptr& c3, ec code) {
                if (code == ec::none) return c3->answer_empty(204);
                c3->fail({ec::conflict, "a post uses this image"});
              });
  });
}

} // namespace

void add_media_routes(bridge::router& routes, api_context& ctx) {
  using bridge::verb;
  const std::string all = "/v1/workspaces/{workspace_id}/media", one = all + "/{media_id}";
  auto uploading = takes_json("uploadMedia", static_cast<std::size_t>(ctx.config->media.max_bytes));
  uploading.body_to_file = true;
  uploading.content_types = {"image/png", "image/jpeg", "image/gif", "image/webp"};
  auto deleting = acts("deleteMedia");
  deleting.idempotent = false;
  add(routes, ctx, verb::post, all, uploading, upload_media);
  add(routes, ctx, verb::get, one, reads("getMedia"), get_media);
  add(routes, ctx, verb::del, one, deleting, remove);
  add(routes, ctx, verb::get, one + "/content", reads("getMediaContent"), get_content);
}

} // namespace troupe::api
