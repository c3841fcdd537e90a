#include "system/actor/router.hpp"

#include <mutex>

namespace troupe {

router::router(std::uint32_t shards) : shards_(shards), remote_(shards) {
  for (auto& row : table_) row.resize(shards);
}

void router::set(group g, shard_id shard, caf::actor handler) {
  std::unique_lock lock(mutex_);
  table_[static_cast<std::size_t>(g)][shard] = std::move(handler);
}

void router::clear(shard_id shard) {
  std::unique_lock lock(mutex_);
  for (auto& row : table_) row[shard] = nullptr;
}

void router::set_remote(shard_id shard, caf::actor link) {
  std::unique_lock lock(mutex_);
  remote_[shard] = std::move(link);
}

caf::actor router::find(const entity_ref& ref) const {
  auto shard = shard_of(ref);
  std::shared_lock lock(mutex_);
  auto& here = table_[static_cast<std::size_t>(group_of(ref.kind))][shard];
  return here ? here : remote_[shard];
}

caf::actor router::find_local(group g, shard_id shard) const {
  std::shared_lock lock(mutex_);
  return table_[static_cast<std::size_t>(g)][shard];
}

} // namespace troupe
