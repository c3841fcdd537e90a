#pragma once

#include "actors/content/types.hpp"
#include "system/storage/database.hpp"

#include <optional>
#include <string>
#include <vector>

/// Reads that span posts: lists, and what is found by a delivery's id. They go to the store and wake no POST.
namespace troupe::content_store {

/// Where a page ended: the instant that the list is ordered by (microseconds) and the id.
struct list_position {
  std::int64_t at_us = 0;
  uuid id;
};

enum class post_order : std::uint8_t { created_desc, created_asc, scheduled_asc, scheduled_desc };
std::string_view to_string(post_order o) noexcept;
std::optional<post_order> parse_post_order(std::string_view text) noexcept;

/// All that are set have to hold. `from` and `to` are about the scheduled time and leave out what has none,
/// as do the two orders by it.
struct post_filter {
  uuid workspace;
  std::vector<std::string> states; // of the post as a whole; empty: any
  std::optional<uuid> account;
  std::optional<timestamp> from, to;
  post_order order = post_order::created_desc;
  std::optional<list_position> after;
  std::size_t limit = 50;
};
storage::step list_posts(const post_filter& f);
std::vector<post> read_posts(const storage::rows& r);
list_position position_of(const post& p, post_order order) noexcept;

/// The deliveries of these posts, for `attach_deliveries`.
storage::step deliveries_of(const std::vector<post>& posts);
void attach_deliveries(std::vector<post>& posts, const storage::rows& r);

/// Earliest due first; what has no due time comes last, and not at all with `from` or `to`.
struct delivery_filter {
  uuid workspace;
  std::vector<std::string> states;
  std::optional<uuid> account;
  std::optional<timestamp> from, to;
  std::optional<list_position> after; // at_us `undated`: among those without a due time
  std::size_t limit = 50;
};
inline constexpr std::int64_t undated = INT64_MAX;
storage::step list_deliveries(const delivery_filter& f);

/// A delivery that was found without its POST. `of` is the id of its post.
struct found_delivery {
  delivery what;
  uuid of;
};
std::vector<found_delivery> read_found(const storage::rows& r);
list_position position_of(const delivery& d) noexcept;

/// One delivery of a workspace, unless its post was deleted. No row: there is none.
storage::step find_delivery(const uuid& workspace, const uuid& id);
/// The posts of these deliveries (without their deliveries), for the views.
storage::step posts_of(const std::vector<found_delivery>& deliveries);

/// One row of the ledger.
struct ledger_entry {
  std::int64_t at_us = 0;
  std::string from_state, to_state, node, reason, detail;
  std::int64_t epoch = 0, attempt = 0;
};
struct ledger_position {
  std::int64_t at_us = 0, attempt = 0;
  std::string to_state;
};
/// Oldest first.
storage::step list_ledger(const uuid& delivery, const std::optional<ledger_position>& after,
                          std::size_t limit);
ledger_entry read_ledger(const storage::rows& r, std::size_t row);
/// The view of openapi.yaml (schema LedgerEntry).
boost::json::object ledger_view(const ledger_entry& e);

} // namespace troupe::content_store
