#include "system/cluster/placement.hpp"

#include <algorithm>
#include <string_view>

namespace troupe::cluster {

namespace {

/// FNV-1a over the name, then the finaliser of splitmix64, so that neighbouring shards do not follow each
/// other. The same on every node and in every version: changing it moves every shard.
std::uint64_t weight(std::string_view name, shard_id shard) noexcept {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (unsigned char c : name) h = (h ^ c) * 0x100000001b3u;
  h += (shard + 1) * 0x9e3779b97f4a7c15u;
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
  return h ^ (h >> 31);
}

} // namespace

const member* home_of(shard_id shard, const std::vector<member>& members) {
  const member* best = nullptr;
  std::uint64_t most = 0;
  for (auto& m : members) {
    if (!m.entities || m.draining || !m.lease_valid) continue;
    auto w = weight(m.id.name, shard);
    if (best && (w < most || (w == most && m.id < best->id))) continue;
    best = &m;
    most = w;
  }
  return best;
}

plan plan_for(const node_id& me, const cluster_rows& rows, std::size_t moves) {
  plan out;
  // Whose own lease has run out, after a stall of the database, say, does nothing before it is renewed: seen
  // from here its shards would be at home anywhere else.
  if (std::none_of(rows.members.begin(), rows.members.end(),
                   [&](auto& m) { return m.id == me && m.lease_valid; }))
    return out;
  for (auto& s : rows.shards) {
    auto* home = home_of(s.id, rows.members);
    if (!home) continue;
    bool free = !s.owner || s.owner_gone;
    if (free && home->id == me) out.take.push_back(s.id);
    if (!free && *s.owner == me && home->id != me && out.give.size() < moves) out.give.push_back(s.id);
  }
  return out;
}

} // namespace troupe::cluster
