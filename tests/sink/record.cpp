#include "tests/sink/record.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::sink {

namespace {

constexpr std::size_t most_named_keys = 100;

} // namespace

void record::add(const arrival& a) {
  ++raw_;
  if (first_us_ == 0) first_us_ = a.at_us;
  last_us_ = a.at_us;
  if (a.scheduled_us != 0 && a.at_us < a.scheduled_us) ++early_;
  if (a.applied) ++applied_;
  ++next_id_;
  if (a.key.empty()) {
    ++without_key_;
    return;
  }
  auto it = keys_.find(a.key);
  if (it == keys_.end()) it = keys_.emplace(a.key, entry{}).first;
  auto& e = it->second;
  if (e.raw++ == 0) {
    e.first_at_us = a.at_us;
    e.scheduled_us = a.scheduled_us;
  }
  if (a.applied) e.posts.push_back({fmt::format("s{}", next_id_), a.body_hash});
}

const applied_post* record::find(std::string_view key) const {
  auto& all = posts(key);
  return all.empty() ? nullptr : &all.front();
}

const std::vector<applied_post>& record::posts(std::string_view key) const {
  static const std::vector<applied_post> none;
  auto it = keys_.find(key);
  return it == keys_.end() ? none : it->second.posts;
}

void record::clear() { *this = record{}; }

boost::json::object record::summary() const {
  std::vector<std::int64_t> lateness;
  boost::json::array repeated_keys;
  std::uint64_t repeated = 0, doubled = 0;
  for (auto& [key, e] : keys_) {
    if (e.raw > 1) {
      ++repeated;
      if (repeated_keys.size() < most_named_keys) repeated_keys.emplace_back(key);
    }
    if (e.posts.size() > 1) ++doubled;
    if (e.scheduled_us != 0) lateness.push_back(e.first_at_us - e.scheduled_us);
  }
  std::sort(lateness.begin(), lateness.end());
  auto at = [&](double share) -> std::int64_t {
    if (lateness.empty()) return 0;
    return lateness[static_cast<std::size_t>(share * static_cast<double>(lateness.size() - 1))];
  };
  return {{"raw", raw_},
          {"keys", keys_.size()},
          {"applied", applied_},
          {"repeated", repeated},
          {"repeated_keys", std::move(repeated_keys)},
          {"doubled", doubled},
          {"early", early_},
          {"without_key", without_key_},
          {"first_us", first_us_},
          {"last_us", last_us_},
          {"lateness_us",
           {{"count", lateness.size()},
            {"p50", at(0.5)},
            {"p90", at(0.9)},
            {"p99", at(0.99)},
            {"p999", at(0.999)},
            {"max", at(1)}}}};
}

std::string record::keys() const {
  std::string out;
  for (auto& [key, e] : keys_) out += fmt::format("{},{},{}\n", key, e.raw, e.posts.size());
  return out;
}

} // namespace troupe::sink
