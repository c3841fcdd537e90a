#pragma once

#include "system/core/clock.hpp"
#include "system/core/errors.hpp"
#include "system/storage/database.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Joining the cluster: everything between "PostgreSQL answers" and "these shards are mine". Blocking; runs
/// on the main thread at start.
namespace troupe {

struct join_settings {
  std::string node_name;
  std::string http_address;
  std::string version;
  std::uint32_t shards = 256;
  std::string key_fingerprint;
  std::string data_directory; // holds the lock file and the memory of the last incarnation
  milliseconds first_lease{15'000};
};

struct membership {
  std::int64_t incarnation = 0;
  std::string system_identifier;
  std::int64_t timeline = 0;
  bool restored = false;            // the database went back in time: nothing may be published yet
  std::vector<std::int64_t> epochs; // by shard
  timestamp predecessor_lease{};    // when the last lease of the previous owner ended; epoch 0 of time: none
  int lock_fd = -1;                 // held for the life of the process
};

/// Registers a new incarnation, ends what is left of the predecessor on this host (the held flock proves that
/// it is dead), and takes every shard at a new epoch. bad_configuration: another key file, another shard
/// count, a second node under this name, or another live node that owns shards.
expected<membership> join(storage::blocking_connection& db, const join_settings& settings);

/// Connections of one incarnation carry this application_name, so that a successor can end them.
std::string application_name(const std::string& node, std::int64_t incarnation);

} // namespace troupe
