#pragma once

#include "system/storage/handles.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe::storage {

/// INTERNAL. One open session in libpq's pipeline mode: sends batches, takes their answers apart, never
/// blocks. Lives on the I/O thread. It only ever notes that it is broken; its owner asks and lets go of it.
///
/// What travels, for a batch of two steps of which the second is new on this session:
///
///     Parse(b) Sync | Bind(a) Execute  Bind(b) Execute Sync |  next batch ...
///
/// Everything between two Syncs is one implicit transaction. The first error makes the server skip to the
/// next Sync, so a failed batch leaves nothing behind and the batches after it are not touched.
class pipeline : public std::enable_shared_from_this<pipeline> {
 public:
  using clock = std::chrono::steady_clock;

  /// `on_event` is called when the socket woke up and the owner should look at everything again.
  pipeline(boost::asio::io_context& io, pg_connection connection, std::function<void()> on_event);

  /// Switches to pipeline mode and starts to listen; false (and broken) when that fails.
  bool start();

  /// Sends one batch; `done` is called once: by a later receive(), or by close(). The values must have passed
  /// check_values().
  void send(std::vector<step> steps, completion done);
  /// Writes what libpq has buffered as far as the socket takes it, and reads as well: the server stops
  /// reading while nobody reads its answers.
  void flush();
  /// Completes the batches whose answers are here.
  void receive();
  /// Reads what has arrived without waiting for the socket to say so.
  void read();
  /// Notes that the session is of no use; its owner finds it broken.
  void abandon(std::string reason) { broke(std::move(reason)); }
  /// Ends the session; batches without an answer complete as `unknown`.
  void close(const std::string& reason);

  /// False while the socket takes no more: what waits then waits in the owner's queue, not in libpq's memory.
  bool takes_more() const noexcept { return !write_blocked_ && !retiring_ && !broken(); }
  bool broken() const noexcept { return !broken_.empty() || (retiring_ && units_.empty()); }
  std::string reason() const { return broken_.empty() ? "the server became read-only" : broken_; }
  std::size_t in_flight() const noexcept { return batches_; }
  std::int32_t backend_pid() const noexcept { return pid_; }
  /// Since when the answer at the head is awaited, and how many statements it is about.
  clock::time_point waiting_since() const noexcept { return progress_; }
  bool awaits_answer() const noexcept { return !units_.empty(); }
  std::size_t statements_awaited() const noexcept { return units_.empty() ? 0 : units_.front().statements; }

 private:
  /// A statement that the server knows by `server_name`, or will once the Parse in flight is answered.
  struct prepared {
    std::string server_name;
    std::string sql;
    std::string sqlstate; // Why preparing failed.
    std::string message;
  };
  using prepared_ptr = std::shared_ptr<prepared>;
  struct name_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  /// What lies between two Syncs: one Parse, or one batch.
  struct unit {
    std::size_t statements = 0;
    std::size_t answered = 0;
    bool is_batch = false;
    std::vector<prepared_ptr> uses; // One per statement.
    completion done;
    batch_result result;
  };

  prepared_ptr prepare(const statement& sql);
  void forget(const prepared_ptr& p);
  void take(pg_result result);
  void take_error(unit& u, const PGresult* result);
  void finish_unit();
  void broke(std::string reason);
  void listen();
  void await_writable();
  void notify();

  pg_connection connection_;
  boost::asio::posix::stream_descriptor socket_;
  std::function<void()> on_event_;
  std::int32_t pid_ = 0;
  std::deque<unit> units_; // Sent and not answered, oldest first.
  std::size_t batches_ = 0;
  std::unordered_map<std::string, prepared_ptr, name_hash, std::equal_to<>> statements_;
  unsigned generation_ = 0;
  clock::time_point progress_ = clock::now();
  std::string broken_;
  bool retiring_ = false; // Answer what is in flight, then go.
  bool write_blocked_ = false;
  bool awaiting_writable_ = false;
  int silent_results_ = 0;
};

} // namespace troupe::storage
