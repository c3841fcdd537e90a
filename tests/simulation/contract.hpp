#pragma once

#include "system/cluster/join.hpp"
#include "system/storage/database.hpp"
#include "tests/simulation/memory_server.hpp"
#include "tests/support/migrated.hpp"
#include "tests/support/tcp_proxy.hpp"

#include <functional>
#include <memory>

/// What the contract of the fenced store is tried on.
namespace troupe::test {

inline const auto workspace = to_string(derived_uuid("workspace")),
                  author = to_string(derived_uuid("author")), account = to_string(derived_uuid("account"));

inline std::string id(const char* name) { return to_string(derived_uuid(name)); }

/// One implementation, as a client sees it.
struct subject {
  std::function<storage::batch_result(std::vector<storage::step>)> write, read;
  std::unique_ptr<cluster::store> tables;
  cluster::node_id a, b; // two nodes; `a` owns all shards at epoch 1
  std::function<void(const cluster::node_id&)> expire;
  /// The batch is committed, and its answer lost on the way.
  std::function<storage::batch_result(std::vector<storage::step>)> write_and_lose_the_answer;
  /// A client of node `a` stops in the middle of a fenced batch; the answer commits it: true when that went
  /// well.
  std::function<std::function<bool()>(shard_id, std::int64_t epoch)> stop_in_the_middle;
};

/// A change of one row, as the JOURNAL sends it: the fence first.
std::vector<storage::step> change_of(const storage::statement& sql, bool wide, storage::params row,
                                     shard_id shard = 1, std::int64_t epoch = 1);
/// A row of post_create with two targets.
storage::params post_values(const char* name, storage::param due, storage::param key = {});

struct in_memory {
  memory_tables tables{4};
  memory_server server{tables};
  subject s;

  in_memory();
};

struct in_postgres {
  postgres server{migrated()};
  storage::connection_settings settings;
  std::unique_ptr<storage::blocking_connection> sql;
  std::unique_ptr<tcp_proxy> proxy;
  std::unique_ptr<storage::database> straight, relayed;
  std::unique_ptr<storage::blocking_connection> frozen;
  subject s;

  void run(const char* text, const storage::params& values = {});
  in_postgres();
};

} // namespace troupe::test
