#pragma once

#include "system/core/clock.hpp"
#include "system/core/errors.hpp"
#include "system/storage/database.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Joining the cluster: everything between "PostgreSQL answers" and "this node is one of those that own
/// shards". Blocking; runs on the main thread at start.
namespace troupe {

struct join_settings {
  std::string node_name;
  std::string http_address;
  std::string cluster_address; // where other nodes reach this one; empty: nowhere
  std::string version;
  std::uint32_t shards = 256;
  std::string key_fingerprint;
  std::string data_directory;  // holds the lock file and the memory of the last incarnation
  std::string media_directory; // must be the one that the other nodes see; empty: not looked at
  milliseconds first_lease{15'000};
};

struct membership {
  std::int64_t incarnation = 0;
  std::string system_identifier;
  std::int64_t timeline = 0;
  bool restored = false; // the database went back in time: nothing may be published yet
  int lock_fd = -1;      // held for the life of the process
};

/// Registers a new incarnation and ends what is left of the predecessor on this host (the held flock proves
/// that it is dead), so that its shards are there for the taking. bad_configuration: another key file,
/// another shard count, a second node under this name, a node that others could not reach although there are
/// others, media that not all see, or a clock of this host too far from the database's.
expected<membership> join(storage::blocking_connection& db, const join_settings& settings);

/// Connections of one incarnation carry this application_name, so that a successor can end them.
std::string application_name(const std::string& node, std::int64_t incarnation);

} // namespace troupe
