#pragma once

#include "system/storage/handles.hpp"

#include <string>
#include <utility>
#include <vector>

namespace troupe::storage {

/// INTERNAL. One server of the connection string; a field is empty where the string says nothing.
struct endpoint {
  std::string host;     // name, address or directory of a Unix socket
  std::string hostaddr; // address, when it is known
  std::string port;
  /// True when `host` is a name that must be looked up before a connection can be started without blocking.
  bool needs_lookup() const;
};

/// INTERNAL. The connection string together with the settings that every session of Troupe has. Holds the
/// password: never print it.
class conninfo {
 public:
  /// bad_configuration when the string cannot be read.
  static expected<conninfo> parse(const connection_settings& settings);

  /// In the order in which they are to be tried; at least one.
  const std::vector<endpoint>& endpoints() const noexcept { return endpoints_; }
  /// Starts connecting to one endpoint without blocking (PQconnectPoll goes on from here).
  pg_connection start(const endpoint& to) const;
  /// Connects to the first endpoint that takes us, and blocks meanwhile.
  pg_connection connect() const;

 private:
  using pairs = std::vector<std::pair<std::string, std::string>>;
  void take_environment();
  void set(const std::string& key, std::string value);
  std::string get(const std::string& key) const;

  pairs parameters_;
  std::vector<endpoint> endpoints_;
};

} // namespace troupe::storage
