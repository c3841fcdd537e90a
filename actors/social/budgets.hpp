#pragma once

#include "net/platforms/adapter.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace troupe {

/// The rate budgets that all ACCOUNTs of a node share: what a network counts per egress address or per app,
/// whichever account calls. One window per network, scope and server; counted here, corrected by the
/// network's own headers where these tell of this budget. Per node: nodes behind one egress address learn of
/// each other through the headers. Thread-safe.
class shared_budgets {
 public:
  /// Counts one call to `server` against every budget of `network`. nullopt: go ahead; else nothing was
  /// counted, and the answer is when the fullest of them begins anew.
  std::optional<timestamp> take(const platforms::description& network, const std::string& server,
                                timestamp now);

  /// Counts a call that is made in any case (the next request of an operation that has begun).
  void spend(const platforms::description& network, const std::string& server, timestamp now);

  /// What an answer's headers said. Ignored when they tell of a narrower limit than the budget's own (an
  /// endpoint's).
  void saw(const platforms::description& network, const std::string& server,
           const platforms::rate_window& window, timestamp now);

 private:
  struct window {
    int remaining = 0;
    timestamp ends{};
  };
  window& open(const platforms::shared_budget& budget, const platforms::description& network,
               const std::string& server, timestamp now);

  static constexpr std::size_t most_windows = 10'000; // beyond, those that have ended are forgotten
  std::mutex mutex_;
  std::unordered_map<std::string, window> windows_;
};

} // namespace troupe
