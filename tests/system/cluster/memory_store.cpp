#include "memory_store.hpp"

namespace troupe::test {

using namespace cluster;

memory_tables::memory_tables(std::uint32_t count) : shards(count) {}

node_id memory_tables::join(const std::string& name, milliseconds ttl) {
  for (auto& [id, n] : nodes)
    if (id.name == name && (n.state == "active" || n.state == "draining")) n.state = "dead";
  node_id id{name, ++last_incarnation_};
  nodes[id].lease_until = now() + ttl;
  ++view;
  return id;
}

bool memory_tables::renew(const node_id& id, milliseconds ttl) {
  auto& n = nodes.at(id);
  if (n.state != "active" && n.state != "draining") return false;
  n.lease_until = now() + ttl;
  return true;
}

void memory_tables::stop(const node_id& id) {
  auto& n = nodes.at(id);
  n.lock_held = false;
  if (n.state != "active" && n.state != "draining") return;
  n.state = "stopped";
  n.lease_until = now();
  ++view;
}

bool memory_tables::commit(shard_id shard, std::int64_t epoch) const { return shards[shard].epoch == epoch; }

expected<cluster_rows> memory_store::read() {
  if (cut) return away();
  cluster_rows out;
  out.view = tables_.view;
  for (auto& [id, n] : tables_.nodes) {
    if (n.state != "active" && n.state != "draining") continue;
    member m;
    m.id = id;
    m.draining = n.state == "draining";
    m.entities = n.entities;
    m.lease_valid = n.lease_until > tables_.now();
    m.lock_held = n.lock_held;
    m.lease_until = n.lease_until;
    m.cluster_address = n.cluster_address;
    out.members.push_back(std::move(m));
  }
  for (shard_id i = 0; i < tables_.shards.size(); ++i) {
    auto& s = tables_.shards[i];
    bool gone = false;
    if (s.owner) {
      auto& owner = tables_.nodes.at(*s.owner);
      gone = owner.state == "dead" || owner.state == "stopped";
    }
    out.shards.push_back({i, s.owner, s.epoch, gone});
  }
  return out;
}

expected<bool> memory_store::mark_dead(const member& seen, bool proof) {
  if (cut) return away();
  auto& n = tables_.nodes.at(seen.id);
  bool there = n.state == "active" || n.state == "draining";
  if (!there || n.lease_until != seen.lease_until || (proof && n.lease_until >= tables_.now())) return false;
  n.state = "dead";
  ++tables_.view;
  if (lost()) return away();
  return true;
}

expected<void> memory_store::end_connections(const node_id& dead) {
  if (cut) return away();
  ++tables_.connections_ended[dead];
  if (tables_.ended) tables_.ended(dead);
  return {};
}

expected<std::vector<taken_shard>> memory_store::take(const node_id& me,
                                                      const std::vector<shard_id>& wanted) {
  if (cut) return away();
  for (auto id : wanted) {
    auto& owner = tables_.shards[id].owner;
    bool free =
        !owner || tables_.nodes.at(*owner).state == "dead" || tables_.nodes.at(*owner).state == "stopped";
    if (free && tables_.is_locked(id)) return locked_out();
  }
  std::vector<taken_shard> out;
  if (tables_.nodes.at(me).state == "active")
    for (auto id : wanted) {
      auto& s = tables_.shards[id];
      timestamp until = s.epoch > 0 ? s.changed_at : timestamp{};
      if (s.owner) {
        auto& owner = tables_.nodes.at(*s.owner);
        if (owner.state != "dead" && owner.state != "stopped") continue;
        until = owner.lease_until;
      }
      s.owner = me;
      ++s.epoch;
      s.changed_at = tables_.now();
      out.push_back({id, s.epoch, until});
    }
  if (!out.empty()) ++tables_.view;
  if (lost()) return away();
  return out;
}

expected<void> memory_store::release(const node_id& me, const std::vector<shard_id>& given) {
  if (cut) return away();
  for (auto id : given)
    if (tables_.shards[id].owner == me && tables_.is_locked(id)) return locked_out();
  for (auto id : given) {
    auto& s = tables_.shards[id];
    if (s.owner != me) continue;
    s.owner.reset();
    s.changed_at = tables_.now();
    ++tables_.view;
  }
  if (lost()) return away();
  return {};
}

expected<void> memory_store::begin_owning(const node_id& me) {
  if (cut) return away();
  tables_.nodes.at(me).entities = true;
  ++tables_.view;
  return {};
}

expected<void> memory_store::begin_draining(const node_id& me) {
  if (cut) return away();
  auto& n = tables_.nodes.at(me);
  if (n.state == "active") {
    n.state = "draining";
    ++tables_.view;
  }
  return {};
}

} // namespace troupe::test
