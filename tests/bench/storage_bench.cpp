// What storage costs: one connection to a private PostgreSQL on loopback, with durable commits (mostly the
// disk's figures) and without (ours and PostgreSQL's).
//   batches of 1 row and of 78 rows through unnest, always so many in flight as the connection allows
//   one batch at a time: the way there and back
// CPU figures are the I/O thread's own, per batch. Prints one JSON line.
#include "system/storage/database.hpp"
#include "tests/support/postgres.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

using namespace troupe::storage;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr statement insert_rows{"insert_rows",
                                "INSERT INTO item (id, note) SELECT * FROM unnest($1::bigint[], $2::text[])"};
constexpr std::chrono::seconds run_time{3};
constexpr int outstanding = 512; // Enough to keep the connection's window full.

double seconds_of(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// CPU time of all threads but this one, which waits or prepares statements.
double io_cpu() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - seconds_of(CLOCK_THREAD_CPUTIME_ID); }

/// Lets so many batches be open at a time.
class window {
 public:
  explicit window(int size) : size_(size), free_(size) {}
  void enter() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return free_ > 0; });
    --free_;
  }
  void leave(const batch_result& r) {
    std::lock_guard lock{mutex_};
    if (!r.ok()) problem_ = r.message.empty() ? "not sent" : r.message;
    ++free_;
    changed_.notify_one();
  }
  void finish() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return free_ == size_; });
    if (!problem_.empty()) throw std::runtime_error(problem_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int size_;
  int free_;
  std::string problem_;
};

std::vector<step> batch_of(int rows, std::int64_t& id) {
  array_builder ids, notes;
  for (int i = 0; i < rows; ++i) {
    ids.add(id++);
    notes.add("a note of a usual length, such as a ledger line has");
  }
  return {{&insert_rows, {ids.take(), notes.take()}}};
}

struct figures {
  double batches_per_s, io_cpu_us;
  std::vector<double> latencies_us;
};

figures measure(database& db, std::uint32_t writers, int rows, int open, std::int64_t& id) {
  window w{open};
  figures out{};
  std::uint32_t batches = 0;
  auto cpu = io_cpu();
  auto begin = clock_type::now();
  while (clock_type::now() - begin < run_time) {
    auto steps = batch_of(rows, id);
    w.enter();
    auto sent = clock_type::now();
    db.writer_of(batches++ % writers).submit(std::move(steps), [&w, &out, sent, open](batch_result r) {
      if (open == 1)
        out.latencies_us.push_back(
            std::chrono::duration<double, std::micro>(clock_type::now() - sent).count());
      w.leave(r);
    });
  }
  w.finish();
  auto elapsed = std::chrono::duration<double>(clock_type::now() - begin).count();
  out.batches_per_s = batches / elapsed;
  out.io_cpu_us = (io_cpu() - cpu) * 1e6 / batches;
  std::sort(out.latencies_us.begin(), out.latencies_us.end());
  return out;
}

std::string show(const figures& f, int rows) {
  return fmt::format(R"({{"batches_per_s":{:.0f},"rows_per_s":{:.0f},"io_cpu_us_per_batch":{:.1f}}})",
                     f.batches_per_s, f.batches_per_s * rows, f.io_cpu_us);
}

std::string all_figures(bool fsync) {
  troupe::test::postgres server{{.own_server = true, .fsync = fsync}};
  connection_settings settings;
  settings.dsn = server.dsn();
  auto setup = blocking_connection::open(settings);
  if (!setup) throw std::runtime_error(setup.error().detail);
  auto made = (*setup)->run_script("CREATE TABLE item (id bigint PRIMARY KEY, note text)");
  if (!made) throw std::runtime_error(made.error().detail);
  auto db = database::open(settings, 4, 1);
  std::int64_t id = 0;
  measure(*db, 4, 1, 4, id); // Warm: connected, prepared, files grown.
  auto single = measure(*db, 1, 1, outstanding, id);
  auto many = measure(*db, 1, 78, outstanding, id);
  auto spread = measure(*db, 4, 78, outstanding, id);
  auto alone = measure(*db, 1, 1, 1, id);
  auto at = [&](double share) {
    return alone
        .latencies_us[static_cast<std::size_t>(share * static_cast<double>(alone.latencies_us.size() - 1))];
  };
  return fmt::format(R"({{"rows_1":{},"rows_78":{},"rows_78_on_4_connections":{},)"
                     R"("one_at_a_time":{{"p50_us":{:.0f},"p99_us":{:.0f}}}}})",
                     show(single, 1), show(many, 78), show(spread, 78), at(0.5), at(0.99));
}

} // namespace

int main() {
  fmt::print("{{\"bench\":\"storage\",\"in_flight\":{},\"fsync_on\":{},\"fsync_off\":{}}}\n",
             connection_settings{}.in_flight_limit, all_figures(true), all_figures(false));
}
