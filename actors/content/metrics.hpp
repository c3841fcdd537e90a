#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace troupe {

/// What monitoring wants to know of the publish protocol. One per node, written by POSTs, read at a scrape.
struct publish_metrics {
  /// Upper bounds of the lateness histogram, in milliseconds; one more bucket has no bound.
  static constexpr std::array<std::int64_t, 12> lateness_bounds_ms{
      5, 10, 25, 50, 100, 250, 1'000, 5'000, 30'000, 300'000, 3'600'000, 21'600'000};
  std::array<std::atomic<std::uint64_t>, lateness_bounds_ms.size() + 1> lateness{};
  std::atomic<std::uint64_t> lateness_sum_ms{0};
  std::atomic<std::uint64_t> armed{0}, published{0}, failed{0}, in_doubt{0}, needs_review{0}, recalled{0},
      rescheduled{0}, repeats{0}, writes_refused{0}, receipts_kept{0}, duplicates{0};

  void published_late_by(std::int64_t ms) {
    std::size_t bucket = 0;
    while (bucket < lateness_bounds_ms.size() && ms > lateness_bounds_ms[bucket]) ++bucket;
    lateness[bucket].fetch_add(1, std::memory_order_relaxed);
    lateness_sum_ms.fetch_add(static_cast<std::uint64_t>(ms > 0 ? ms : 0), std::memory_order_relaxed);
    published.fetch_add(1, std::memory_order_relaxed);
  }
};

} // namespace troupe
