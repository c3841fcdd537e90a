#include "system/node/local_host.hpp"

#include "actors/content/dispatcher.hpp"
#include "system/actor/supervisor.hpp"
#include "system/core/log.hpp"

namespace troupe::node {

namespace {

// For spawning some hundred actors, on a machine that is starved.
constexpr auto open_deadline = std::chrono::seconds{30};
// A shard that moves is away for this long at most, beside one commit: what is with a network then ends as a
// receipt.
constexpr auto calls_end_within = std::chrono::milliseconds{40};
constexpr auto journals_end_within = std::chrono::milliseconds{200};
constexpr auto told_within = std::chrono::seconds{5};

} // namespace

template <class Message>
bool local_host::ask_all(const std::vector<caf::actor>& who, const Message& what, milliseconds within) const {
  if (parts_.ask) return parts_.ask(who, caf::make_message(what), within);
  caf::scoped_actor self{system_};
  auto until = std::chrono::steady_clock::now() + within;
  bool all = true;
  for (auto& a : who) {
    auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    self->request(a, std::max(left, milliseconds{1}), what)
        .receive([](done) {}, [&](const caf::error&) { all = false; });
  }
  return all;
}

local_host::local_host(caf::actor_system& system, router& route, parts p)
    : system_(system), route_(route), parts_(std::move(p)) {}

local_host::~local_host() {
  for (auto& l : links()) caf::anon_send_exit(l, caf::exit_reason::user_shutdown);
}

std::vector<caf::actor> local_host::links() const {
  std::lock_guard lock(mutex_);
  std::vector<caf::actor> out;
  for (auto& [who, l] : links_) out.push_back(l);
  return out;
}

std::vector<std::pair<cluster::node_id, caf::actor>> local_host::peers() const {
  std::lock_guard lock(mutex_);
  return {links_.begin(), links_.end()};
}

void local_host::open(const std::vector<shard_id>& shards) {
  if (!ask_all(parts_.groups, open_shards{shards}, open_deadline))
    log::error("cluster.shards_not_opened", {{"count", shards.size()}});
  if (parts_.resumed) parts_.resumed();
}

void local_host::close(const std::vector<shard_id>& shards) {
  std::vector<caf::actor> desks;
  for (auto s : shards) desks.push_back(parts_.dispatchers[s]);
  for (auto& d : desks) caf::anon_send(d, stop_dispatching{true});
  ask_all(desks, stop_dispatching{true}, calls_end_within);
  for (auto s : shards) route_.clear(s);
  ask_all(parts_.rt->journals, flush{}, journals_end_within);
}

void local_host::abandon(const std::vector<shard_id>& shards) {
  std::vector<caf::actor> desks;
  for (auto s : shards) {
    route_.clear(s);
    desks.push_back(parts_.dispatchers[s]);
  }
  if (!ask_all(desks, abandon_desk{}, told_within) ||
      !ask_all(parts_.groups, close_shards{shards}, told_within))
    log::error("cluster.shards_not_closed", {{"count", shards.size()}});
}

cluster::gateway_settings local_host::linking(const cluster::node_id& to) const {
  cluster::gateway_settings s;
  if (parts_.reach) s.reach = [reach = parts_.reach, to] { return reach(to); };
  return s;
}

void local_host::seen(const cluster::cluster_rows& rows) {
  if (!parts_.reachable) return;
  std::map<cluster::node_id, caf::actor> now;
  {
    std::lock_guard lock(mutex_);
    for (auto& m : rows.members) {
      if (m.id == parts_.me || m.cluster_address.empty()) continue;
      if (auto known = links_.find(m.id); known != links_.end())
        now.insert(links_.extract(known));
      else
        now.emplace(m.id,
                    system_.spawn(cluster::link, m.id, m.cluster_address, parts_.me, linking(m.id), events_));
    }
    links_.swap(now);
  }
  for (auto& [gone, l] : now) caf::anon_send_exit(l, caf::exit_reason::user_shutdown);
  std::lock_guard lock(mutex_);
  for (auto& s : rows.shards) {
    auto where = s.owner && *s.owner != parts_.me ? links_.find(*s.owner) : links_.end();
    route_.set_remote(s.id, where == links_.end() ? caf::actor{} : where->second);
  }
}

void local_host::broadcast(const caf::message& m) {
  cluster::notice n{cluster::protocol, cluster::pack(system_, m)};
  for (auto& l : links()) caf::anon_send(l, n);
}

void local_host::call_others() { broadcast(caf::make_message(cluster::look_now{})); }

} // namespace troupe::node
