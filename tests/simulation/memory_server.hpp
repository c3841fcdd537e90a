#pragma once

#include "tests/simulation/memory_rows.hpp"
#include "tests/system/cluster/memory_store.hpp"

#include <functional>
#include <list>
#include <memory>

namespace troupe::test {

/// A model of the PostgreSQL server behind the publish protocol: backends that run batches under the fence,
/// one stage at a time, so that whoever drives it decides what happens between the stages. The epochs and the
/// clock are those of `memory_tables`.
///
///     sent --begin--> begun (fence held, shard rows locked) --commit--> committed --answer--> gone
///                 \-> failed (TF001) -------------------------------------/
///
/// A connection may break at any stage: its client hears `unknown`, and the backend goes on by itself, as one
/// does whose client is gone or frozen, until somebody ends it.
class memory_server {
 public:
  enum class stage : std::uint8_t { sent, begun, committed };
  struct backend {
    std::int32_t pid = 0;
    std::string application;
    bool fenced = false; // its first step is the fence
    bool stuck = false;  // what would let it commit has not been received: the client is frozen in the middle
    stage now = stage::sent;
    std::vector<storage::step> steps;
    storage::completion done; // empty: the client is gone
    storage::batch_result result;
    std::vector<shard_id> held;
  };

  explicit memory_server(memory_tables& tables);

  std::int32_t new_pid() { return ++last_pid_; }
  /// A batch arrives on a connection. The answer's address stays good until the batch is gone.
  backend& send(std::int32_t pid, std::string application, std::vector<storage::step> steps,
                storage::completion done);
  std::list<backend>& open() { return open_; }

  void begin(backend& b);
  void commit(backend& b);
  void answer(backend& b); // `b` is gone afterwards
  /// begin, commit or answer, whichever is next.
  void advance(backend& b);
  /// The connection breaks, and its client learns of it; the backend does not. True: it goes on.
  void cut(backend& b);
  /// pg_terminate_backend: what is not committed is undone.
  void terminate(std::int32_t pid);
  void terminate_all(const std::string& application);
  /// To be sure that no simulation ends with locks that nobody holds.
  bool locks_are_consistent() const;

  /// All of a batch at once, as a client that nothing disturbs would have it.
  storage::batch_result run(const std::vector<storage::step>& steps, const std::string& application = "test");

  memory_tables& tables;
  memory_rows rows;
  /// Simulations break the fence on purpose to see that they notice.
  bool ignores_the_fence = false;

 private:
  bool holds(const storage::step& fence) const;
  void unlock(backend& b);
  void erase(backend& b);
  void execute(backend& b);

  std::list<backend> open_;
  std::int32_t last_pid_ = 0;
};

/// A node's connections to it. Nothing happens before the server is driven.
class memory_database final : public storage::database {
 public:
  memory_database(memory_server& server, std::string application, int writers);
  ~memory_database() override;

  storage::connection& writer_of(std::uint32_t shard) override;
  void read(std::vector<storage::step> steps, storage::completion done) override;
  std::size_t queued() const noexcept override { return server_.open().size(); }
  std::size_t connections_up() const noexcept override { return connections(); }
  std::size_t connections() const noexcept override;
  void on_connect(std::function<void(const identity&)>) override {}

  /// The process is gone: nobody hears answers any more. What has been sent wholly is carried out all the
  /// same; what is stuck is undone, unless the whole machine is gone and nothing tells the server.
  void die(bool with_its_machine);
  const std::string& application() const { return application_; }
  /// Cannot be reached: what is asked waits, and is answered `not_sent` when it has waited for too long.
  void set_away(bool away);
  bool away() const { return away_; }
  void give_up_waiting();

 private:
  struct waiting {
    bool writes = false;
    std::vector<storage::step> steps;
    storage::completion done;
    timestamp until{};
  };
  void ask(waiting w);
  class writer;
  memory_server& server_;
  std::string application_;
  std::vector<std::unique_ptr<writer>> writers_;
  std::list<waiting> waiting_;
  bool dead_ = false, away_ = false;
};

} // namespace troupe::test
