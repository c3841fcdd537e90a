// A connection's bytes: heads, routes and bodies. They must come out the same however the bytes are cut,
// since a request that changes with the packets it comes in is a request that two servers can read
// differently.
#include "net/bridge/admission.hpp"
#include "net/bridge/body_decoder.hpp"
#include "require.hpp"

#include <string>

namespace {

using namespace troupe::bridge;

constexpr std::size_t header_limit = 2048;
constexpr std::size_t body_limit = 4096;

const router& routes() {
  static const router all = [] {
    router out;
    handler nothing = [](request, responder) {};
    route_options any;
    any.content_types.clear();
    out.add(verb::get, "/", {}, nothing);
    out.add(verb::get, "/v1/posts/{post_id}", {}, nothing);
    out.add(verb::get, "/v1/posts/latest", {}, nothing);
    out.add(verb::post, "/v1/posts", {}, nothing);
    out.add(verb::put, "/v1/{kind}/{id}/x", any, nothing);
    return out;
  }();
  return all;
}

/// Reads the whole connection, given in pieces of `step` bytes, and describes what it held.
std::string read_connection(std::string_view bytes, std::size_t step) {
  std::string seen, pending;
  head_reader reader(header_limit);
  body_decoder decoder;
  bool in_body = false;
  std::uint64_t body = 0;
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    pending += piece;
    for (bool more = true; more;) {
      std::size_t used = 0;
      if (!in_body) {
        auto outcome = reader.feed(pending, used);
        TROUPE_FUZZ_REQUIRE(used <= pending.size());
        pending.erase(0, used);
        if (outcome == head_reader::state::failed) {
          TROUPE_FUZZ_REQUIRE(reader.error().status >= 400);
          TROUPE_FUZZ_REQUIRE(!problem(reader.error(), "id").body.empty());
          return seen + "refused";
        }
        more = outcome == head_reader::state::done;
        if (!more) {
          TROUPE_FUZZ_REQUIRE(pending.size() < header_limit);
          continue;
        }
        auto& head = reader.head();
        TROUPE_FUZZ_REQUIRE(!head.req.path.empty() && head.req.path.front() == '/');
        auto admitted = admit(head, routes());
        TROUPE_FUZZ_REQUIRE(admitted.route || admitted.refused);
        seen += head.method + " " + head.req.path + (admitted.refused ? " refused\n" : "\n");
        for (auto& [name, value] : head.req.headers) seen.append(name).append("=").append(value).append("\n");
        for (auto& [name, value] : head.req.query) seen.append(name).append("=").append(value).append("\n");
        for (auto& [name, value] : head.req.path_params)
          seen.append(name).append("=").append(value).append("\n");
        decoder = body_decoder(head, body_limit);
        in_body = true;
        body = 0;
        continue;
      }
      std::string_view part;
      auto outcome = decoder.feed(pending, used, part);
      TROUPE_FUZZ_REQUIRE(used <= pending.size() && part.size() <= used);
      body += part.size();
      TROUPE_FUZZ_REQUIRE(body == decoder.decoded() && body <= body_limit);
      seen += part;
      pending.erase(0, used);
      if (outcome == body_decoder::state::malformed) return seen + "malformed body";
      if (outcome == body_decoder::state::too_large) return seen + "large body";
      if (outcome == body_decoder::state::done) {
        reader.reset();
        in_body = false;
      }
      more = outcome == body_decoder::state::done ? !pending.empty() : used > 0;
    }
  }
  return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // Beast looks at an unfinished header again only when its end is there, so there is always an end:
  // otherwise a mistake that is seen at once in one piece would not have been seen yet in many.
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  bytes += "\r\n\r\n";
  auto whole = read_connection(bytes, bytes.size() + 1);
  auto cut = read_connection(bytes, 1 + data[0] % 64);
  TROUPE_FUZZ_REQUIRE(whole == cut);
  return 0;
}
