#include "system/cluster/shard_table.hpp"

namespace troupe {

shard_table::shard_table(std::uint32_t shards) : size_(shards), cells_(std::make_unique<cell[]>(shards)) {}

std::optional<std::int64_t> shard_table::epoch_of(shard_id shard) const noexcept {
  if (shard >= size_) return std::nullopt;
  auto epoch = cells_[shard].epoch.load();
  if (epoch == 0) return std::nullopt;
  return epoch;
}

timestamp shard_table::predecessor_lease(shard_id shard) const noexcept {
  return shard < size_ ? from_micros(cells_[shard].predecessor_us.load()) : timestamp{};
}

void shard_table::own(shard_id shard, std::int64_t epoch, timestamp predecessor_lease) noexcept {
  cells_[shard].predecessor_us = to_micros(predecessor_lease);
  if (cells_[shard].epoch.exchange(epoch) == 0) ++owned_;
}

bool shard_table::drop(shard_id shard) noexcept {
  if (shard >= size_ || cells_[shard].epoch.exchange(0) == 0) return false;
  --owned_;
  return true;
}

} // namespace troupe
