#pragma once

#include "net/platforms/adapter.hpp"
#include "system/core/clock.hpp"
#include "system/core/ids.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Value types and pure rules of the content group: no actors, no I/O.
namespace troupe {

enum class delivery_state : std::uint8_t {
  draft,
  awaiting_approval,
  scheduled,
  sending,
  published,
  failed,
  in_doubt,
  needs_review,
  cancelled,
};
std::string_view to_string(delivery_state s) noexcept;
std::optional<delivery_state> parse_delivery_state(std::string_view text) noexcept;

/// The one table of transitions (architecture: a delivery's life). An in-doubt delivery that is repeated with
/// the same key stays in doubt under a new attempt, so in_doubt -> in_doubt is a row of the ledger too.
bool may_become(delivery_state from, delivery_state to) noexcept;

/// Still the engine's business: found again by a new owner's scan.
bool is_open(delivery_state s) noexcept;

struct media_ref {
  uuid media;
  std::string alt;
};

/// What one post says; a target may override any part of it.
struct post_content {
  std::string text;
  std::string title;
  std::string language;
  std::vector<media_ref> media;
};

struct delivery {
  uuid id;
  uuid account;
  std::string platform;
  std::optional<timestamp> due_at;
  delivery_state state = delivery_state::draft;
  std::int64_t version = 1;
  std::int64_t attempt = 0;
  std::int64_t burnt = 0; // attempts that count against the retry limit
  std::string idempotency_key;
  std::optional<std::string> text, title; // variants
  std::optional<std::vector<media_ref>> media;
  boost::json::object options;
  std::optional<timestamp> first_sending_at, call_deadline, next_attempt_at, published_at;
  boost::json::object remote_handle;
  std::string remote_id, permalink, error_kind, error_detail;
};

struct post {
  uuid id;
  uuid workspace;
  uuid author;
  post_content content;
  std::optional<timestamp> scheduled_at;
  std::string schedule_local, schedule_zone; // wall clock as the author gave it; both empty: given in UTC
  std::int64_t version = 1;
  bool deleted = false;
  timestamp created_at{}, updated_at{};
  std::vector<delivery> deliveries;
};

/// One word for the whole post, from its deliveries: draft, scheduled, sending, in_doubt, needs_review,
/// published, partly_published, failed, cancelled.
std::string_view post_state(const std::vector<delivery>& deliveries) noexcept;

boost::json::array media_json(const std::vector<media_ref>& media);
std::vector<media_ref> media_from_json(std::string_view text);

/// The views of openapi.yaml (schemas Delivery and Post).
/// `memory`: where its parts are made; a list gives an arena of its own.
boost::json::object delivery_view(const post& p, const delivery& d, boost::json::storage_ptr memory = {});
boost::json::object post_view(const post& p, const boost::json::storage_ptr& memory = {});

/// What the adapter gets: the target's variant over the post's content. `images` still hold no paths.
platforms::publication publication_of(const post& p, const delivery& d);

/// Whether the network's part of the work begins before the due time.
bool needs_prepare(const platforms::description& network, bool has_media) noexcept;

/// Backoff before attempt `burnt + 1`: doubling from `min` to `max`, with jitter in the upper half.
milliseconds retry_backoff(std::int64_t burnt, milliseconds min, milliseconds max,
                           std::uint64_t random) noexcept;

} // namespace troupe
