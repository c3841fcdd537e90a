#pragma once

#include "net/api/api.hpp"
#include "system/events/feed.hpp"

/// Live events as server-sent events (text/event-stream).
namespace troupe::api {

events::feed_settings feed_settings_of(const config::settings& c);
/// Frames, with a cursor of `ctx` in each; `ctx` outlives the feed.
events::renderer event_renderer(const api_context& ctx);

} // namespace troupe::api
