#pragma once

#include "config/settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>

/// The commands of the program that are not `serve`. All BLOCK; all answer the exit code and say on standard
/// error what went wrong.
namespace troupe::node {

int migrate(const config::settings& c);
int keys_init(const config::settings& c);
/// Adds a key to the key file, which seals from the next start of the nodes on.
int keys_rotate(const config::settings& c);
/// Seals everything anew that an older key has sealed, and makes a new signing key. Run after the nodes have
/// been restarted with the rotated file.
int keys_reseal(const config::settings& c);
/// Asks the admin listener of the running node and prints its answer. `path` as in the admin API, e.g.
/// "content/3".
int inspect(const config::settings& c, const std::string& path);
int reset_password(const config::settings& c, const std::string& email, bool from_stdin);
int set_operator(const config::settings& c, const std::string& email, bool on);
/// After a restore from a backup: everything that was due since is in doubt, and publishing may begin.
int restored(const config::settings& c);

// cluster_commands.cpp: orders to and questions about the cluster, by way of the database.
int show_nodes(const config::settings& c);
/// Lets the node hand its shards to the others and watches it; 1 when it is not done after `patience`. Safe
/// to repeat.
int drain_node(const config::settings& c, const std::string& name, std::chrono::seconds patience);
/// Ends all drains, and watches until each shard is where it belongs.
int rebalance(const config::settings& c, std::chrono::seconds patience);
/// The owner of a shard, and its last 50 changes.
int show_shard(const config::settings& c, std::int64_t id);

int serve(const config::settings& c);

} // namespace troupe::node
