#include "system/node/engine.hpp"

#include "actors/auth/keyring.hpp"
#include "actors/content/media_store.hpp"
#include "actors/social/lists.hpp"
#include "actors/users/context.hpp"
#include "actors/users/interface.hpp"
#include "net/files/file_store.hpp"
#include "system/actor/scheduler.hpp"
#include "system/actor/supervisor.hpp"
#include "system/core/log.hpp"
#include "system/node/version.hpp"

#include <caf/io/all.hpp>
#include <fmt/format.h>

#include <thread>

namespace troupe::node {

actor_config::actor_config(std::int64_t scheduler_threads, bool network, const std::string& key_fingerprint) {
  add_message_types<caf::id_block::troupe_actor>();
  add_message_types<caf::id_block::troupe_group>();
  add_message_types<caf::id_block::troupe_journal>();
  add_message_types<caf::id_block::troupe_users>();
  add_message_types<caf::id_block::troupe_auth>();
  add_message_types<caf::id_block::troupe_social>();
  add_message_types<caf::id_block::troupe_content>();
  add_message_types<caf::id_block::troupe_window>();
  add_message_types<caf::id_block::troupe_dispatcher>();
  add_message_types<caf::id_block::troupe_cluster>();
  add_message_types<caf::id_block::troupe_tokens>();
  // Actors use less than half of a node's time, the rest is I/O, outgoing calls and, often, PostgreSQL beside
  // it; and each worker more costs: messages then cross cores. On two cores one worker drained a burst a
  // tenth faster than two.
  auto half = std::max<std::size_t>(std::thread::hardware_concurrency() / 2, 1);
  set("scheduler.max-threads", scheduler_threads > 0 ? static_cast<std::size_t>(scheduler_threads) : half);
  load<actor_scheduler>();
  // One busy actor must not hog a worker.
  set("scheduler.max-throughput", static_cast<std::size_t>(300));
  if (!network) return;
  load<caf::io::middleman>();
  // Who says another word at the handshake is not talked to.
  set("middleman.app-identifiers",
      std::vector<std::string>{fmt::format("troupe-{}-{}", cluster::protocol, key_fingerprint)});
  // A frozen node's connections stay open: without these nobody would notice.
  set("middleman.heartbeat-interval", caf::timespan{std::chrono::milliseconds{250}});
  set("middleman.connection-timeout", caf::timespan{std::chrono::milliseconds{2'000}});
}

storage::connection_settings connection_of(const config::settings& c, std::string application_name) {
  storage::connection_settings s;
  s.dsn = c.database.dsn;
  s.application_name = std::move(application_name);
  s.statement_timeout_ms = static_cast<int>(c.database.statement_timeout_ms);
  s.lock_timeout_ms = static_cast<int>(c.database.lock_timeout_ms);
  s.connect_timeout_s = static_cast<int>(c.database.connect_timeout_s);
  s.tcp_user_timeout_ms = static_cast<int>(c.database.tcp_user_timeout_ms);
  s.queue_limit = static_cast<int>(c.database.queue_limit);
  s.in_flight_limit = static_cast<int>(c.database.in_flight_limit);
  s.queue_deadline_ms = static_cast<int>(c.database.queue_deadline_ms);
  return s;
}

engine::engine(const config::settings& c, const secrets::key_ring& keys, caf::actor_system& system)
    : config_(c), system_(system), router_(static_cast<std::uint32_t>(c.cluster.shards)),
      changes_(static_cast<std::uint32_t>(c.cluster.shards)),
      owned_(static_cast<std::uint32_t>(c.cluster.shards)) {
  rt_.ticks = &ticks_;
  rt_.route = &router_;
  rt_.changes = &changes_;
  rt_.keys = &keys;
}

expected<std::unique_ptr<engine>> engine::start(const config::settings& c, const secrets::key_ring& keys,
                                                caf::actor_system& system,
                                                std::function<void(std::string)> lost) {
  std::unique_ptr<engine> e(new engine(c, keys, system));
  e->lost_ = lost;

  join_settings joining;
  joining.node_name = c.node.name;
  joining.http_address = fmt::format("{}:{}", c.http.address, c.http.port);
  joining.cluster_address = c.cluster.address;
  joining.version = version;
  joining.shards = static_cast<std::uint32_t>(c.cluster.shards);
  joining.key_fingerprint = keys.fingerprint();
  joining.data_directory = c.node.data_directory;
  if (!c.cluster.address.empty()) joining.media_directory = c.media.directory; // one node sees its own
  joining.first_lease = milliseconds{c.cluster.lease_ttl_max_ms};
  auto settings = connection_of(c, "troupe/" + c.node.name + "/join");
  auto db = storage::blocking_connection::open(settings);
  if (!db) return db.error();
  auto pending = storage::pending_migrations(**db);
  if (!pending) return pending.error();
  if (!pending->empty())
    return failure{
        ec::bad_configuration,
        fmt::format("database.dsn: {} migrations are missing; run 'troupe migrate'", pending->size())};
  auto member = join(**db, joining);
  if (!member) return member.error();

  settings.application_name = application_name(c.node.name, member->incarnation);
  lease_settings leasing{milliseconds{c.cluster.lease_ttl_min_ms}, milliseconds{c.cluster.lease_ttl_max_ms},
                         milliseconds{c.cluster.renew_interval_ms},
                         milliseconds{c.cluster.clock_step_limit_ms}};
  lease_events events;
  events.lost = lost;
  events.fence_lost = [k = e->keeping_](shard_id s) { k->with([s](cluster::keeper& it) { it.lost(s); }); };
  events.look = [k = e->keeping_] { k->with([](cluster::keeper& it) { it.wake(); }); };
  // A tick that comes too early does no harm: each asks for its next one by the new time.
  events.clock_stepped = [ticks = &e->ticks_] { ticks->wake_all(); };
  auto held = lease::start(settings, leasing, c.node.name, std::move(*member), e->owned_, std::move(events));
  if (!held) return held.error();
  e->lease_ = std::move(*held);
  e->rt_.owner = e->lease_.get();
  e->database_ = storage::database::open(settings, static_cast<int>(c.database.writers),
                                         static_cast<int>(c.database.readers));
  e->rt_.database = e->database_.get();
  e->tables_ = cluster::make_store(settings);

  outbound::engine_settings out;
  out.max_in_flight = static_cast<int>(c.outbound.max_in_flight);
  out.max_queued = static_cast<int>(c.outbound.max_queued);
  out.max_connections_per_host = static_cast<int>(c.outbound.max_connections_per_host);
  out.max_idle_connections = static_cast<int>(c.outbound.max_idle_connections);
  out.allow_private = c.outbound.allow_private_networks;
  out.user_agent = c.outbound.user_agent;
  out.ca_file = c.outbound.ca_file;
  e->outbound_ = outbound::engine::start(out);
  e->networks_ = std::make_unique<platforms::registry>(c.sandbox.enabled ? sandbox_url(c) : std::string{});
  e->window_ = std::make_unique<send_window>(static_cast<int>(c.publish.max_in_flight));

  e->social_.rt = &e->rt_;
  e->social_.out = e->outbound_.get();
  e->social_.networks = e->networks_.get();
  e->social_.settings.call_timeout = milliseconds{c.publish.call_timeout_ms};
  e->social_.settings.allow_private = c.outbound.allow_private_networks;
  e->social_.settings.max_calls = static_cast<int>(c.publish.max_in_flight_per_account);

  e->content_.rt = &e->rt_;
  e->content_.networks = e->networks_.get();
  auto& s = e->content_.settings;
  s.send_window = milliseconds{c.publish.send_window_ms};
  s.call_timeout = milliseconds{c.publish.call_timeout_ms};
  s.in_doubt_grace = milliseconds{c.publish.in_doubt_grace_ms};
  s.retry_backoff_min = milliseconds{c.publish.retry_backoff_min_ms};
  s.retry_backoff_max = milliseconds{c.publish.retry_backoff_max_ms};
  s.retry_limit = static_cast<int>(c.publish.retry_limit);
  s.find_attempts = static_cast<int>(c.publish.find_attempts);
  s.max_lateness = milliseconds{c.publish.max_lateness_ms};
  s.receipt_interval = milliseconds{c.publish.receipt_interval_ms};
  e->content_.media_path = [p = e.get()](std::string_view sha256) { return p->media_path(sha256); };

  e->dispatching_.rt = &e->rt_;
  e->dispatching_.networks = e->networks_.get();
  e->dispatching_.window = e->window_.get();
  e->bound_ = std::make_unique<loaded_bound>(static_cast<std::size_t>(c.publish.max_loaded_posts),
                                             static_cast<std::size_t>(c.cluster.shards));
  e->dispatching_.bound = e->bound_.get();
  e->dispatching_.restored = e->lease_->restored();
  auto& d = e->dispatching_.settings;
  d.arm_lead = milliseconds{c.publish.arm_lead_ms};
  d.prepare_lead = milliseconds{c.publish.prepare_lead_ms};
  d.near_window = milliseconds{c.publish.near_window_ms};
  d.max_out = static_cast<int>(c.publish.max_in_flight_per_shard);
  d.max_out_per_account = static_cast<int>(c.publish.max_in_flight_per_account);
  return e;
}

std::string engine::media_path(std::string_view sha256) const {
  return files::path_of(config_.media.directory, sha256);
}

expected<void> engine::open(entity_factory users, node_events events) {
  journal_settings journaling;
  journaling.batch_rows = static_cast<std::size_t>(config_.actors.journal_batch_rows);
  journaling.queue_limit = static_cast<std::size_t>(config_.actors.journal_queue_limit);
  shard_settings sharding;
  sharding.entity_idle = milliseconds{config_.actors.entity_idle_ms};
  sharding.restart_backoff_min = milliseconds{config_.actors.restart_backoff_min_ms};
  sharding.restart_backoff_max = milliseconds{config_.actors.restart_backoff_max_ms};
  sharding.restart_limit = static_cast<int>(config_.actors.restart_limit);
  sharding.restart_window = milliseconds{config_.actors.restart_window_ms};

  sharding.write = [this](caf::scheduled_actor* self, shard_id s, const write_row& w,
                          caf::response_promise promise) {
    static const std::array<const storage::statement*, 3> known{
        &social_store::keep_key, &content_store::insert_media, &content_store::remove_media};
    auto found = std::find_if(known.begin(), known.end(), [&](auto* k) { return w.statement == k->name; });
    if (found == known.end()) return promise.deliver(to_error({ec::not_found, "no such statement"}));
    storage::params row;
    for (auto& c : w.row) row.push_back(c.null ? storage::param{} : storage::param{c.text});
    commit(self, rt_, s, **found, std::move(row), [promise](const change_result& r) mutable {
      if (r.code == ec::fence_lost) return promise.deliver(to_error({ec::fence_lost}));
      promise.deliver(row_written{r.code});
    });
  };

  group_settings grouping;
  grouping.restart_limit = sharding.restart_limit;
  grouping.restart_window = sharding.restart_window;

  auto count = static_cast<shard_id>(config_.cluster.shards);
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(config_.database.writers); ++i)
    rt_.journals.push_back(system_.spawn(journal, i, journaling, rt_.database, rt_.owner, &changes_));
  entity_factory accounts = [this](caf::scheduled_actor* shard_actor, const entity_ref& who) {
    return make_account(shard_actor, &social_, who);
  };
  entity_factory posts = [this](caf::scheduled_actor* shard_actor, const entity_ref& who) {
    return make_post(shard_actor, &content_, who);
  };
  for (shard_id i = 0; i < count; ++i) dispatchers_.push_back(system_.spawn(dispatcher, i, &dispatching_));
  social_.dispatchers = dispatchers_;
  content_.dispatchers = dispatchers_;
  auto supervise = [&](group which, entity_factory make, const std::vector<caf::actor>& listeners) {
    group_plan plan;
    plan.which = which;
    plan.shards = count;
    plan.make = [this, which, sharding, make, listeners](shard_id i, const shard_past& past) {
      return system_.spawn(shard, which, i, sharding, make, &ticks_,
                           listeners.empty() ? caf::actor{} : listeners[i], past);
    };
    if (!listeners.empty()) {
      plan.opened = [listeners](shard_id i) { caf::anon_send(listeners[i], start_dispatching{}); };
      plan.restarted = [listeners](shard_id i) { caf::anon_send(listeners[i], shard_restarted{}); };
    }
    plan.escalate = lost_;
    groups_.push_back(system_.spawn(supervise_group, std::move(plan), grouping, &router_));
  };
  supervise(group::users, std::move(users), {});
  supervise(group::social, std::move(accounts), {});
  supervise(group::content, std::move(posts), dispatchers_);
  receipt_watch_ = system_.spawn(watch_receipts, &content_);
  auto vital = rt_.journals;
  vital.insert(vital.end(), dispatchers_.begin(), dispatchers_.end());
  vital.push_back(receipt_watch_);
  return own_shards(std::move(vital), std::move(events));
}

/// Begins to be one of those that own shards, and takes what belongs here before it returns.
expected<void> engine::own_shards(std::vector<caf::actor> vital, node_events events) {
  cluster::node_id me{config_.node.name, lease_->incarnation()};
  local_host::parts parts;
  parts.rt = &rt_;
  parts.may_judge = [held = lease_.get()] { return held->may_judge(); };
  parts.me = me;
  parts.groups = groups_;
  parts.dispatchers = dispatchers_;
  parts.resumed = std::move(events.resumed);
  parts.reachable = !config_.cluster.address.empty();
  host_ = std::make_unique<local_host>(system_, router_, std::move(parts));
  auto made = std::make_unique<cluster::keeper>(me, cluster::keeper_settings{}, *tables_, owned_, *host_);
  host_->listen(
      {[k = keeping_, reached = std::move(events.reached)](const cluster::node_id& n) {
         k->with([&n](cluster::keeper& it) { it.trust(n); });
         if (reached) reached();
       },
       [k = keeping_](const cluster::node_id& n) { k->with([&n](cluster::keeper& it) { it.suspect(n); }); }});
  if (!config_.cluster.address.empty()) {
    gateway_ = system_.spawn(cluster::gateway, &router_, me,
                             [k = keeping_, noticed = std::move(events.noticed)](const caf::message& m) {
                               if (m.match_elements<cluster::look_now>())
                                 return k->with([](cluster::keeper& it) { it.wake(); });
                               if (noticed) noticed(m);
                             });
    auto where =
        cluster::parse_address(config_.cluster.address).value_or(std::pair{std::string{}, std::uint16_t{0}});
    auto bound = system_.middleman().publish(gateway_, where.second, where.first.c_str(), true);
    if (!bound)
      return failure{ec::unavailable, fmt::format("cluster.address: cannot listen on {}: {}",
                                                  config_.cluster.address, to_string(bound.error()))};
    vital.push_back(gateway_);
  }
  watcher_ = system_.spawn(watch_over, std::move(vital), lost_);
  if (config_.cluster.role != "bridge")
    if (auto told = tables_->begin_owning(me); !told) return told.error();
  made->step();
  std::lock_guard lock(keeping_->mutex);
  keeping_->keeper = std::move(made);
  keeping_->keeper->start();
  return {};
}

bool engine::stop(milliseconds deadline) {
  auto until = std::chrono::steady_clock::now() + deadline;
  auto left = [&] {
    auto rest = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    return std::max(rest, milliseconds{1});
  };
  bool clean = true;
  caf::scoped_actor self{system_};
  auto all_done = [&](const std::vector<caf::actor>& actors, auto message) {
    std::size_t open = 0;
    for (auto& a : actors) {
      self->request(a, left(), message).receive([](done) {}, [&](const caf::error&) { ++open; });
    }
    return open == 0;
  };
  // Nothing comes or goes any more.
  {
    std::unique_ptr<cluster::keeper> keeping;
    std::lock_guard lock(keeping_->mutex);
    keeping.swap(keeping_->keeper);
  }
  clean &= all_done(dispatchers_, stop_dispatching{});
  clean &= outbound_->drain(left());
  clean &= all_done(rt_.journals, flush{});
  for (auto& g : groups_) caf::anon_send_exit(g, caf::exit_reason::user_shutdown);
  for (auto& a : dispatchers_) caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  for (auto& a : rt_.journals) caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(watcher_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(receipt_watch_, caf::exit_reason::user_shutdown);
  if (gateway_) caf::anon_send_exit(gateway_, caf::exit_reason::user_shutdown);
  host_.reset();
  lease_->give_up();
  log::info("engine.stopped", {{"clean", clean}});
  return clean;
}

engine::~engine() = default;

} // namespace troupe::node
