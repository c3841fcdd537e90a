#include "tests/system/storage/storage_support.hpp"

#include <stdexcept>
#include <thread>

namespace troupe::test {

using namespace storage;

connection_settings settings_for(const std::string& dsn) {
  connection_settings s;
  s.dsn = dsn;
  s.application_name = "troupe-test";
  s.statement_timeout_ms = 20000; // Tests run on busy machines.
  s.lock_timeout_ms = 20000;
  s.connect_timeout_s = 10;
  s.queue_deadline_ms = 30000;
  return s;
}

completion collector::next() {
  return [to = shared_](batch_result r) {
    std::lock_guard lock{to->mutex};
    to->results.push_back(std::move(r));
    to->changed.notify_all();
  };
}

std::vector<batch_result> collector::wait_for(std::size_t count) {
  std::unique_lock lock{shared_->mutex};
  if (!shared_->changed.wait_for(lock, patience, [&] { return shared_->results.size() >= count; }))
    throw std::runtime_error("only " + std::to_string(shared_->results.size()) + " of " +
                             std::to_string(count) + " batches completed");
  return shared_->results;
}

std::size_t collector::count() const {
  std::lock_guard lock{shared_->mutex};
  return shared_->results.size();
}

batch_result run(connection& on, std::vector<step> steps) {
  collector c;
  on.submit(std::move(steps), c.next());
  return c.wait_for(1)[0];
}

void wait_until(const std::string& what, const std::function<bool()>& holds) {
  auto until = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("it did not happen in time: " + what);
    std::this_thread::yield();
  }
}

std::unique_ptr<database> open_connected(const connection_settings& settings, int writers, int readers) {
  auto db = database::open(settings, writers, readers);
  wait_until("all connections are up", [&] { return db->connections_up() == db->connections(); });
  return db;
}

void script(const std::string& dsn, const std::string& sql) {
  auto db = blocking_connection::open(settings_for(dsn));
  if (!db) throw std::runtime_error(db.error().detail);
  if (auto done = (*db)->run_script(sql); !done) throw std::runtime_error(done.error().detail);
}

std::string value(const std::string& dsn, const std::string& sql) {
  auto db = blocking_connection::open(settings_for(dsn));
  if (!db) throw std::runtime_error(db.error().detail);
  auto result = (*db)->run(sql.c_str());
  if (!result.ok()) throw std::runtime_error(result.message);
  return std::string(result.results.at(0).get(0, 0));
}

std::string text(const batch_result& r) {
  static const char* const names[] = {"committed", "failed", "not_sent", "unknown"};
  std::string out = names[static_cast<int>(r.status)];
  if (!r.sqlstate.empty()) out += ' ' + r.sqlstate;
  if (!r.message.empty()) out += ": " + r.message;
  return out;
}

} // namespace troupe::test
