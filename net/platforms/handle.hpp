#pragma once

#include "net/platforms/wire.hpp"

#include <string>
#include <vector>

/// The common shape of a delivery's remote_handle: `{"for": fingerprint, "media": [{"of": image key, ...}],
/// ...}`.
namespace troupe::platforms::handle {

namespace json = boost::json;

/// One key per image: its fingerprint and which of its equals it is, so that one picture attached twice is
/// two.
std::vector<std::string> image_keys(const publication& p);

/// What an earlier `prepare` kept for this image; null when it did nothing yet.
const json::object* kept_media(const json::object& handle, std::string_view image_key);

/// True when `handle` was finished for exactly this content.
bool is_ready(const publication& p);

/// What `publish` answers without that.
publish_failure not_prepared();

/// Stamps a handle as finished for this content.
json::object finish(json::object handle, const publication& p);

/// The failure with the work done so far attached.
publish_failure keep(publish_failure f, json::object done_so_far);

} // namespace troupe::platforms::handle
