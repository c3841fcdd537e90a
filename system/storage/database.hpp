#pragma once

#include "system/core/errors.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// PostgreSQL through libpq: connections in pipeline mode on one I/O thread, prepared statements, nothing
/// blocks the caller. Completions run ON THE I/O THREAD and must only hand over (send a message), never
/// compute or wait.
namespace troupe::storage {

/// One SQL text, written once as a named constant beside its row mapping. `name` is unique in the program;
/// the statement is prepared on a connection at its first use there. Both texts live as long as the program.
struct statement {
  const char* name;
  const char* sql;
};

/// Text-format parameters; nullopt is NULL.
using param = std::optional<std::string>;
using params = std::vector<param>;

/// bytea parameter in text format ("\x...").
std::string bytea(std::string_view bytes);
/// The bytes of a bytea column in text format.
std::string from_bytea(std::string_view text);

/// Builds the text form of a PostgreSQL array, one element at a time: {"a","b",NULL}.
class array_builder {
 public:
  void add(std::string_view value);
  void add(const std::string& value) { add(std::string_view{value}); }
  void add(const char* value) { add(std::string_view{value}); }
  void add(const std::optional<std::string>& value); // nullopt is NULL
  void add(std::int64_t value);
  std::string take(); // and starts anew

 private:
  std::string text_;
};

/// The rows of one statement. Movable, owns its memory; cheap to pass by shared pointer.
class rows {
 public:
  rows() = default;
  explicit rows(void* pg_result); // takes ownership of a PGresult
  std::size_t size() const noexcept { return rows_; }
  bool empty() const noexcept { return rows_ == 0; }
  std::string_view get(std::size_t row, std::size_t column) const noexcept; // empty when NULL
  bool is_null(std::size_t row, std::size_t column) const noexcept;
  std::int64_t get_int(std::size_t row, std::size_t column) const noexcept; // 0 when NULL
  bool get_bool(std::size_t row, std::size_t column) const noexcept;
  std::optional<std::string> get_optional(std::size_t row, std::size_t column) const;
  std::int64_t affected() const noexcept; // rows that an INSERT/UPDATE/DELETE touched

 private:
  std::shared_ptr<void> result_;
  std::size_t rows_ = 0;
};

struct step {
  const statement* sql;
  params values;
};

/// How a batch ended.
enum class batch_status : std::uint8_t {
  committed, // every step ran; the implicit transaction is durable
  failed,    // step `failed_step` raised `sqlstate`; nothing of the batch happened
  not_sent,  // no connection within the deadline; nothing of the batch happened
  unknown,   // the connection died after sending: the commit may or may not have happened
};

struct batch_result {
  batch_status status = batch_status::not_sent;
  std::vector<rows> results;    // one per step when committed
  std::size_t failed_step = 0;  // the number of steps when the commit itself failed (deferred constraint)
  std::string sqlstate;         // five characters when failed
  std::string message;          // for the log, never for a client
  std::int32_t backend_pid = 0; // of the connection that ran it; after `unknown`: terminate this one first
  bool ok() const noexcept { return status == batch_status::committed; }
};

using completion = std::function<void(batch_result)>;

struct connection_settings {
  std::string dsn; // libpq connection string or URI
  std::string application_name = "troupe";
  int statement_timeout_ms = 5000; // 100 .. 600000
  int lock_timeout_ms = 2000;      // 10 .. 600000
  int connect_timeout_s = 2;       // 1 .. 60
  int tcp_user_timeout_ms = 1000;
  int queue_limit = 10000;                    // batches waiting per connection; beyond: not_sent at once
  std::int64_t queue_limit_bytes = 256 << 20; // of their values; beyond: not_sent at once
  int in_flight_limit = 64;                   // batches sent and not answered, per connection
  int queue_deadline_ms = 5000;               // a batch that waits longer than this unsent answers not_sent
  int answer_grace_ms = 5000; // silence beyond statement_timeout after which a connection is given up
  // Plan each statement once, for few rows: set on writers, whose statements find rows by their keys. A plan
  // made for the rows at hand costs its making each time, and where a table is still small reads it whole.
  bool plan_once = false;
};

/// bad_configuration names the key, what it holds and what is allowed; never shows the connection string.
expected<void> validate(const connection_settings& settings);

/// One connection with its own reconnecting (backoff 10 ms .. 1 s with jitter). Batches are executed strictly
/// in the order of `submit`. Each batch is one implicit transaction (all its steps, then Sync); several
/// batches are in flight at once. All methods are thread-safe.
class connection {
 public:
  virtual ~connection() = default;
  virtual void submit(std::vector<step> steps, completion done) = 0;
  virtual bool connected() const noexcept = 0;
  virtual std::int32_t backend_pid() const noexcept = 0; // 0 when not connected
};

/// All connections of a node to one database; owns the I/O thread.
class database {
 public:
  struct identity {
    std::string system_identifier; // of pg_control_system()
    std::int64_t timeline = 0;
  };

  /// `writers` connections that shards are pinned to, `readers` for everything else.
  static std::unique_ptr<database> open(connection_settings settings, int writers, int readers);
  virtual ~database() = default; // closes all; open batches complete as unknown / not_sent

  /// The connection that all fenced writes of this shard go through.
  virtual connection& writer_of(std::uint32_t shard) = 0;
  /// Runs on the least busy reader.
  virtual void read(std::vector<step> steps, completion done) = 0;
  virtual std::size_t queued() const noexcept = 0; // batches waiting or in flight, all connections
  virtual std::size_t connections_up() const noexcept = 0;
  virtual std::size_t connections() const noexcept = 0;
  /// Called (on the I/O thread) whenever a connection opens, with what it is connected to: a change of system
  /// identifier or timeline means that ownership must be dropped.
  virtual void on_connect(std::function<void(const identity&)> handler) = 0;
};

/// Blocking helper for start-up, the CLI and the lease thread: one batch on a connection of its own.
/// Never call it on a scheduler or I/O thread.
class blocking_connection {
 public:
  static expected<std::unique_ptr<blocking_connection>> open(const connection_settings& settings);
  virtual ~blocking_connection() = default;
  virtual batch_result run(const char* sql, const params& values = {}) = 0;
  /// Runs a script of many statements (simple protocol), for migrations.
  virtual expected<void> run_script(const std::string& sql) = 0;
  virtual bool alive() const noexcept = 0;
  virtual std::int32_t backend_pid() const noexcept = 0;
};

struct migration {
  const char* group; // "content"
  int version;       // 1, 2, ... within its group
  const char* name;  // "posts"
  const char* sql;
};

/// All migrations compiled in, in the order in which they apply.
const std::vector<migration>& all_migrations();
/// Applies what is missing, under an advisory lock, each in its own transaction; answers what was applied.
/// bad_configuration when the database holds a newer or changed migration (checksums are kept).
expected<std::vector<std::string>> migrate(blocking_connection& db);
/// The names of those not yet applied.
expected<std::vector<std::string>> pending_migrations(blocking_connection& db);

} // namespace troupe::storage
