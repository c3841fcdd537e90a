#pragma once

#include "actors/auth/token.hpp"
#include "actors/content/metrics.hpp"
#include "net/bridge/http.hpp"
#include "system/cache/cache.hpp"
#include "system/events/feed.hpp"
#include "system/node/engine.hpp"

#include <atomic>
#include <string>

namespace troupe::node {

/// What a scrape reads. Everything outlives the HTTP server.
struct metric_sources {
  engine* core = nullptr;
  std::atomic<const bridge::server*> front{nullptr}; // set while it answers already
  const auth::token_verifier* tokens = nullptr;
  const events::feed* feed = nullptr;
  const cache::cache* redis = nullptr; // null when none is configured
};

/// Prometheus text format (checked with promtool).
std::string metrics_text(const metric_sources& from);

} // namespace troupe::node
