#include "actors/social/budgets.hpp"

#include <algorithm>

namespace troupe {

shared_budgets::window& shared_budgets::open(const platforms::shared_budget& budget,
                                             const platforms::description& network, const std::string& server,
                                             timestamp now) {
  if (windows_.size() >= most_windows)
    std::erase_if(windows_, [now](auto& w) { return w.second.ends <= now; });
  auto& w = windows_[network.id + ' ' + budget.scope + ' ' + server];
  if (w.ends <= now) w = {budget.calls, now + budget.per};
  return w;
}

std::optional<timestamp> shared_budgets::take(const platforms::description& network,
                                              const std::string& server, timestamp now) {
  if (network.shared_budgets.empty()) return std::nullopt;
  std::lock_guard lock(mutex_);
  std::optional<timestamp> full_until;
  for (auto& b : network.shared_budgets)
    if (auto& w = open(b, network, server, now); w.remaining <= 0)
      full_until = std::max(full_until.value_or(w.ends), w.ends);
  if (full_until) return full_until;
  for (auto& b : network.shared_budgets) --open(b, network, server, now).remaining;
  return std::nullopt;
}

void shared_budgets::spend(const platforms::description& network, const std::string& server, timestamp now) {
  if (network.shared_budgets.empty()) return;
  std::lock_guard lock(mutex_);
  for (auto& b : network.shared_budgets) --open(b, network, server, now).remaining;
}

void shared_budgets::saw(const platforms::description& network, const std::string& server,
                         const platforms::rate_window& seen, timestamp now) {
  if (network.shared_budgets.empty()) return;
  std::lock_guard lock(mutex_);
  for (auto& b : network.shared_budgets) {
    if (!b.in_headers || seen.limit < b.calls) continue;
    auto& w = open(b, network, server, now);
    // Calls that are on their way are counted here and not there yet: the smaller number is the safe one.
    w.remaining = std::min(w.remaining, seen.remaining);
    w.ends = now + seen.resets_in;
  }
}

} // namespace troupe
