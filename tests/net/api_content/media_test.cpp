#define CAF_SUITE api_media
#include <caf/test/unit_test.hpp>

#include "api_node.hpp"
#include "contract.hpp"
#include "system/core/secrets.hpp"
#include "tests/net/bridge/raw_client.hpp"
#include "tests/net/files/pictures.hpp"

#include <fmt/format.h>

#include <filesystem>

using namespace troupe;
using namespace troupe::test;

namespace {

api_node& node() {
  static auto* one = shared_until_end<api_node>([](config::settings& c) {
    c.media.max_bytes = 200'000;
    c.media.max_pixels = 100'000;
  });
  return *one;
}

std::string png(int seed = 1) { return picture(files::image_type::png, 60, 40, 1, seed); }

/// Files of refused uploads go when their answer is on its way, not before.
void wait_for_empty_spool() {
  wait_until("the spool is empty",
             [] { return std::filesystem::is_empty(node().config().node.data_directory + "/spool"); });
}

std::string uploaded(int seed) {
  return text_at(expect(node().upload(png(seed), "image/png"), 201).json(), "id");
}

} // namespace

CAF_TEST(an image is uploaded and described and read back byte for byte) {
  auto bytes = png();
  auto made = expect(node().upload(bytes, "image/png", {{"X-File-Name", "br%C3%B6tchen.png"}}), 201);
  auto media = made.json();
  auto id = text_at(media, "id");
  CAF_CHECK_EQUAL(contract::differences(media, "Media"), "");
  CAF_CHECK_EQUAL(text_at(media, "sha256"), secrets::hex(secrets::sha256(bytes)));
  CAF_CHECK_EQUAL(text_at(media, "file_name"), "brötchen.png");
  CAF_CHECK_EQUAL(media.at("width").as_int64(), 60);
  CAF_CHECK_EQUAL(made.header("location"),
                  fmt::format("/v1/workspaces/{}/media/{}", to_string(node().workspace), id));
  CAF_CHECK(expect(node().get("~/media/" + id), 200).json() == media);
  auto content = expect(node().get(text_at(media, "url")), 200);
  CAF_CHECK(content.body == bytes);
  CAF_CHECK_EQUAL(content.header("content-type"), "image/png");
  CAF_CHECK_EQUAL(content.header("etag"), "\"" + text_at(media, "sha256") + "\"");
  CAF_CHECK_EQUAL(content.header("x-content-type-options"), "nosniff");
  CAF_CHECK_EQUAL(content.header("content-disposition"), "inline; filename*=UTF-8''br%C3%B6tchen.png");
  CAF_CHECK_EQUAL(content.header("cache-control"), "private, max-age=31536000, immutable");
  auto head = expect(node().call(node().viewer, "HEAD", text_at(media, "url")), 200);
  CAF_CHECK_EQUAL(head.header("content-length"), std::to_string(bytes.size()));
}

CAF_TEST(what is no such image is refused with the status that says why) {
  CAF_CHECK_EQUAL(node().upload(png(), "image/jpeg").problem(), "unsupported-media-type");
  CAF_CHECK_EQUAL(node().upload("<svg/>", "image/png").problem(), "unsupported-media-type");
  CAF_CHECK_EQUAL(node().upload(png(), "image/svg+xml").problem(), "unsupported-media-type");
  CAF_CHECK_EQUAL(node().upload(png(), "application/json").problem(), "unsupported-media-type");
  auto cut = png();
  CAF_CHECK_EQUAL(expect(node().upload(cut.substr(0, cut.size() / 2), "image/png"), 422).errors(),
                  " bad-format");
  CAF_CHECK_EQUAL(expect(node().upload(png_promising(50'000, 50'000), "image/png"), 422).errors(),
                  " too-large");
  CAF_CHECK_EQUAL(node().upload(std::string(200'001, 'x'), "image/png").problem(), "payload-too-large");
  for (auto* name : {"a%2Fb.png", "%00.png", "%ff.png", "%zz"})
    CAF_CHECK_EQUAL(expect(node().upload(png(), "image/png", {{"X-File-Name", name}}), 422).errors(),
                    "X-File-Name bad-format");
  wait_for_empty_spool();
}

CAF_TEST(an upload that is cut off leaves nothing behind) {
  auto rows = [&] { return node().sql("SELECT count(*) FROM media").get_int(0, 0); };
  auto before = rows();
  auto bytes = png(90);
  auto head =
      fmt::format("POST /v1/workspaces/{}/media HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                  "Content-Type: image/png\r\nContent-Length: {}\r\n\r\n",
                  to_string(node().workspace), node().token_of(node().editor), bytes.size());
  auto half = bytes.substr(0, bytes.size() / 2);
  raw_client listening(node().port());
  listening.send(head).send(half).end_sending();
  auto told = listening.read();
  CAF_CHECK_EQUAL(told.status, 400);
  CAF_CHECK(told.body.find("urn:troupe:problem:bad-request") != std::string::npos);
  raw_client vanishing(node().port());
  vanishing.send(head).send(half).reset();
  wait_for_empty_spool();
  CAF_CHECK_EQUAL(rows(), before);
}

CAF_TEST(uploading takes an editor and reading a member) {
  auto send_as = [&](const uuid& who) {
    return node().open("POST", fmt::format("/v1/workspaces/{}/media", to_string(node().workspace)),
                       {{"Authorization", "Bearer " + node().token_of(who)}, {"Content-Type", "image/png"}},
                       png());
  };
  CAF_CHECK_EQUAL(send_as(node().viewer).status, 403);
  CAF_CHECK_EQUAL(send_as(node().stranger).status, 404);
  auto id = uploaded(20);
  for (auto* path : {"", "/content"})
    CAF_CHECK_EQUAL(node().call(node().stranger, "GET", "~/media/" + id + path).status, 404);
  CAF_CHECK_EQUAL(node().call(node().stranger, "DELETE", "~/media/" + id).status, 404);
  CAF_CHECK_EQUAL(node().call(node().viewer, "DELETE", "~/media/" + id).status, 403);
  CAF_CHECK_EQUAL(node().get("~/media/" + to_string(new_uuid(system_now()))).status, 404);
  wait_for_empty_spool();
}

CAF_TEST(a repeated upload is one image and other bytes under its key are refused) {
  headers key{{"Idempotency-Key", "upload-1"}};
  auto first = expect(node().upload(png(30), "image/png", key), 201).json();
  CAF_CHECK(expect(node().upload(png(30), "image/png", key), 201).json() == first);
  CAF_CHECK_EQUAL(node().upload(png(31), "image/png", key).problem(), "idempotency-mismatch");
  // Without a key, the same bytes are another image that shares the file.
  auto other = expect(node().upload(png(30), "image/png"), 201).json();
  CAF_CHECK(text_at(other, "id") != text_at(first, "id"));
  CAF_CHECK_EQUAL(text_at(other, "sha256"), text_at(first, "sha256"));
}

CAF_TEST(an image that a post uses stays) {
  auto id = uploaded(40), variant = uploaded(41), free = uploaded(42);
  auto account = node().connect("pictures");
  auto post = text_at(
      expect(node().post("~/posts",
                         {{"text", "x"},
                          {"media", {{{"media_id", id}, {"alt", "a loaf"}}}},
                          {"targets", {{{"account_id", account}, {"media", {{{"media_id", variant}}}}}}}}),
             201)
          .json(),
      "id");
  auto remove = [&](const std::string& media) {
    return node().call(node().editor, "DELETE", "~/media/" + media);
  };
  CAF_CHECK_EQUAL(remove(id).problem(), "conflict");
  CAF_CHECK_EQUAL(remove(variant).problem(), "conflict");
  CAF_CHECK_EQUAL(remove(free).status, 204);
  CAF_CHECK_EQUAL(remove(free).status, 404);
  CAF_CHECK_EQUAL(node().get("~/media/" + free).status, 404);
  expect(node().call(node().editor, "DELETE", "~/posts/" + post), 204);
  CAF_CHECK_EQUAL(remove(id).status, 204);
  CAF_CHECK_EQUAL(remove(variant).status, 204);
}

CAF_TEST(an image goes out with its post) {
  auto account = node().connect("gallery");
  auto made = expect(node().post("~/posts", {{"text", "look"},
                                             {"media", {{{"media_id", uploaded(50)}, {"alt", "a loaf"}}}},
                                             {"targets", {{{"account_id", account}}}}}),
                     201)
                  .json();
  auto id = text_at(made, "id");
  CAF_CHECK_EQUAL(contract::differences(made, "Post"), "");
  expect(node().post("~/posts/" + id + "/publish-now"), 200);
  node().wait_state(id, "published");
  CAF_CHECK(expect(node().open("GET", "/sandbox/gallery"), 200).body.find("1 image") != std::string::npos);
}

CAF_TEST(bytes that were lost are our fault) {
  auto id = uploaded(60);
  auto hash = node().sql("SELECT sha256 FROM media WHERE id = $1", {id});
  CAF_REQUIRE(node().files().store().remove(storage::from_bytea(hash.get(0, 0))));
  CAF_CHECK_EQUAL(node().get("~/media/" + id + "/content").problem(), "internal");
}
