#include "net/platforms/handle.hpp"

#include <fmt/format.h>

#include <map>

namespace troupe::platforms::handle {

std::vector<std::string> image_keys(const publication& p) {
  std::vector<std::string> keys;
  std::map<std::string, int> seen;
  for (const auto& i : p.images) {
    const auto print = wire::fingerprint(i);
    keys.push_back(fmt::format("{}-{}", print, seen[print]++));
  }
  return keys;
}

const json::object* kept_media(const json::object& handle, std::string_view image_key) {
  const auto* media = wire::array_at(handle, "media");
  if (!media) return nullptr;
  for (const auto& entry : *media) {
    const auto* o = entry.if_object();
    if (o && wire::text_at(*o, "of") == image_key) return o;
  }
  return nullptr;
}

bool is_ready(const publication& p) { return wire::text_at(p.remote_handle, "for") == wire::fingerprint(p); }

publish_failure not_prepared() {
  return wire::fail(publish_error::not_sent, "not prepared for this content; nothing was sent");
}

json::object finish(json::object handle, const publication& p) {
  handle["for"] = wire::fingerprint(p);
  return handle;
}

publish_failure keep(publish_failure f, json::object done_so_far) {
  f.progress = std::move(done_so_far);
  return f;
}

} // namespace troupe::platforms::handle
