#include "system/cluster/lease.hpp"

#include "system/cluster/store.hpp"
#include "system/core/log.hpp"

#include <unistd.h>

#include <algorithm>

namespace troupe {

namespace {

// synchronous_commit=off is safe here: a lease that is lost in a crash of PostgreSQL only ends sooner.
constexpr const char* renew_sql =
    "WITH quick AS (SELECT set_config('synchronous_commit', 'off', true)), "
    "mine AS (UPDATE node SET lease_until = clock_timestamp() + $3::bigint * interval '1 ms' FROM quick "
    "WHERE name = $1 AND incarnation = $2 AND state IN ('active', 'draining') RETURNING 1) "
    "SELECT (SELECT count(*) FROM mine), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, "
    "(SELECT count(*) FROM node WHERE state = 'active' AND lease_until > clock_timestamp()), "
    "(SELECT view FROM cluster), "
    "(SELECT count(*) FROM node WHERE state IN ('active', 'draining') AND lease_until <= clock_timestamp())";
constexpr const char* lock_sql = "SELECT pg_try_advisory_lock($1::int, $2::bigint::int)";

constexpr int delay_memory = 16;

std::int64_t nanos(ownership::steady t) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(t.time_since_epoch()).count();
}

} // namespace

lease::lease(storage::connection_settings connection, lease_settings settings, std::string node_name,
             membership member, const shard_table& owned, lease_events events)
    : connection_(std::move(connection)), settings_(settings), node_name_(std::move(node_name)),
      member_(std::move(member)), owned_(owned), events_(std::move(events)),
      time_({settings.clock_step_limit}) {}

expected<std::unique_ptr<lease>> lease::start(storage::connection_settings connection,
                                              lease_settings settings, std::string node_name,
                                              membership member, const shard_table& owned,
                                              lease_events events) {
  std::unique_ptr<lease> l(new lease(std::move(connection), settings, std::move(node_name), std::move(member),
                                     owned, std::move(events)));
  if (!l->renew()) return failure{ec::unavailable, "the node's lease could not be renewed at start"};
  l->thread_ = std::thread([p = l.get()] { p->run(); });
  return l;
}

lease::~lease() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (member_.lock_fd >= 0) ::close(member_.lock_fd);
}

void lease::run() {
  std::unique_lock lock(mutex_);
  while (!stop_ && !gone_) {
    wake_.wait_for(lock, settings_.renew_interval, [this] { return stop_; });
    if (stop_) return;
    lock.unlock();
    renew();
    lock.lock();
  }
}

bool lease::connect() {
  locked_ = false;
  auto again = storage::blocking_connection::open(connection_);
  if (!again) {
    log::warning("lease.no_database", {{"detail", again.error().detail}});
    return false;
  }
  db_ = std::move(*again);
  healthy_since_ns_ = nanos(std::chrono::steady_clock::now());
  auto id = db_->run("SELECT system_identifier::text, (SELECT timeline_id FROM pg_control_checkpoint()) "
                     "FROM pg_control_system()");
  if (!id.ok()) return false;
  if (id.results[0].get(0, 0) == member_.system_identifier && id.results[0].get_int(0, 1) == member_.timeline)
    return true;
  lose("the database behind the address is another one, or was failed over");
  return false;
}

/// True when the row is still ours and was extended.
bool lease::renew() {
  if ((!db_ || !db_->alive()) && !connect()) return false;
  // Tried again with each renewal: the backend of a connection that broke may hold it for a moment yet.
  if (!locked_) {
    auto got = db_->run(lock_sql,
                        {std::to_string(cluster::liveness_lock_class), std::to_string(member_.incarnation)});
    locked_ = got.ok() && got.results[0].get_bool(0, 0);
  }
  auto sent = std::chrono::steady_clock::now();
  auto ttl = next_ttl();
  auto r =
      db_->run(renew_sql, {node_name_, std::to_string(member_.incarnation), std::to_string(ttl.count())});
  auto received = std::chrono::steady_clock::now();
  if (!r.ok()) {
    log::warning("lease.renewal_failed", {{"sqlstate", r.sqlstate}, {"message", r.message}});
    if (!db_->alive()) db_ = nullptr;
    return false;
  }
  auto delay = std::chrono::duration_cast<milliseconds>(received - sent);
  last_delay_ms_ = delay.count();
  if (delays_.size() < delay_memory)
    delays_.push_back(delay);
  else
    delays_[delay_at_++ % delay_memory] = delay;
  auto& row = r.results[0];
  if (row.get_int(0, 0) != 1) {
    lose("another node declared this one dead");
    return false;
  }
  bool stepped = time_.measured(from_micros(row.get_int(0, 1)), sent, received);
  alone_ = row.get_int(0, 2) <= 1;
  if (nanos(received) > ends_at_ns_.load() || nanos(received) - nanos(sent) > ttl_ns_.load())
    healthy_since_ns_ = nanos(received);
  ttl_ns_ = std::chrono::nanoseconds(ttl).count();
  ends_at_ns_ = nanos(sent + ttl - ttl / 5);
  if (stepped && events_.clock_stepped) events_.clock_stepped();
  tell_if_changed(row);
  return true;
}

void lease::tell_if_changed(const storage::rows& answer) {
  auto view = answer.get_int(0, 3);
  bool changed = view != std::exchange(view_, view);
  if ((changed || answer.get_int(0, 4) > 0) && events_.look) events_.look();
}

bool lease::may_judge() const noexcept {
  return may_dispatch() &&
         nanos(std::chrono::steady_clock::now()) - healthy_since_ns_.load() >= ttl_ns_.load();
}

milliseconds lease::next_ttl() const {
  if (alone_) return settings_.ttl_max;
  milliseconds worst{0};
  for (auto d : delays_) worst = std::max(worst, d);
  return std::clamp(worst * 12, settings_.ttl_min, settings_.ttl_max);
}

void lease::lose(const std::string& why) {
  if (gone_.exchange(true)) return;
  log::error("lease.lost", {{"why", why}});
  if (events_.lost) events_.lost(why);
}

std::optional<std::int64_t> lease::epoch_of(shard_id shard) const noexcept {
  if (gone_) return std::nullopt;
  return owned_.epoch_of(shard);
}

bool lease::may_dispatch() const noexcept {
  return !gone_ && time_.confirmed() && nanos(std::chrono::steady_clock::now()) < ends_at_ns_.load();
}

void lease::fence_lost(shard_id shard) {
  if (events_.fence_lost) events_.fence_lost(shard);
}

timestamp lease::now() const noexcept { return time_.at(std::chrono::steady_clock::now()); }

ownership::steady lease::ends_at() const noexcept {
  return steady{std::chrono::duration_cast<steady::duration>(std::chrono::nanoseconds{ends_at_ns_.load()})};
}

void lease::give_up() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  gone_ = true;
  if (!db_ || !db_->alive()) return;
  auto r = db_->run("WITH seen AS (UPDATE cluster SET view = view + 1) "
                    "UPDATE node SET state = 'stopped', lease_until = clock_timestamp() WHERE name = $1 AND "
                    "incarnation = $2 AND state IN ('active', 'draining')",
                    {node_name_, std::to_string(member_.incarnation)});
  if (!r.ok()) log::warning("lease.not_given_up", {{"sqlstate", r.sqlstate}});
}

} // namespace troupe
