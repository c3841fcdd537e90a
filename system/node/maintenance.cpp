#include "system/node/maintenance.hpp"

#include "system/core/log.hpp"

namespace troupe::node {

namespace {

constexpr auto interval = std::chrono::hours{1};
constexpr const char* days_ahead = "7";

} // namespace

maintenance::maintenance(const config::settings& c, storage::connection_settings connection,
                         std::function<void()> sweep_media)
    : config_(c), connection_(std::move(connection)), sweep_media_(std::move(sweep_media)),
      thread_([this] { run(); }) {}

maintenance::~maintenance() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void maintenance::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    turn();
    lock.lock();
    wake_.wait_for(lock, interval, [this] { return stop_; });
  }
}

void maintenance::turn() {
  // Dropping a partition may wait for readers: more patience than a request has.
  auto patient = connection_;
  patient.statement_timeout_ms = 300'000;
  auto db = storage::blocking_connection::open(patient);
  if (!db) {
    log::warning("maintenance.no_database", {{"detail", db.error().detail}});
    return;
  }
  // One node at a time: two that make the same partition meet, and all of it is for everybody. The lock goes
  // with the connection.
  auto mine = (*db)->run("SELECT pg_try_advisory_lock(hashtext('troupe_housekeeping'))");
  if (mine.ok() && mine.results[0].get_bool(0, 0)) keep_house(**db);
  if (sweep_media_) sweep_media_();
}

void maintenance::keep_house(storage::blocking_connection& db) const {
  auto run = [&](const char* sql, const storage::params& values) {
    auto r = db.run(sql, values);
    if (!r.ok()) log::warning("maintenance.failed", {{"sqlstate", r.sqlstate}, {"message", r.message}});
  };
  run("SELECT troupe_partitions('ledger', $1::int, $2::int)",
      {days_ahead, std::to_string(config_.retention.ledger_days)});
  run("SELECT troupe_partitions('event', $1::int, $2::int)",
      {days_ahead, std::to_string(config_.retention.event_days)});
  run("DELETE FROM idempotency WHERE at < now() - make_interval(hours => $1::int)",
      {std::to_string(config_.retention.idempotency_hours)});
  run("DELETE FROM receipt WHERE at < now() - make_interval(days => $1::int)",
      {std::to_string(config_.retention.ledger_days)});
  run("DELETE FROM shard_history WHERE at < now() - make_interval(days => $1::int)",
      {std::to_string(config_.retention.ledger_days)});
  run("DELETE FROM oauth_flow WHERE expires_at < now()", {});
  run("DELETE FROM token_grant g USING account a WHERE a.id = g.account_id AND g.refreshed_at < "
      "least(a.last_checked_at, now() - "
      "interval '7 days')",
      {});
  run("DELETE FROM node n WHERE state IN ('dead', 'stopped') AND lease_until < now() - interval '30 days' "
      "AND NOT EXISTS "
      "(SELECT 1 FROM shard s WHERE s.owner_node = n.name AND s.owner_incarnation = n.incarnation)",
      {});
}

} // namespace troupe::node
