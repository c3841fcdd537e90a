#pragma once

#include <memory>
#include <string>

namespace troupe::test {

struct postgres_options {
  /// A server of this test's own, to be stopped and killed. Otherwise a fresh database on a server that is
  /// shared.
  bool own_server = false;
  /// Off: faster, but a killed server may lose commits.
  bool fsync = true;
  /// The own server takes TLS on TCP, with a certificate that it signs itself, and refuses everything else
  /// there.
  bool tls = false;
  /// Fills the fresh database. On the shared server only the first one of the program: the others are copied
  /// from what it made, which is many times quicker than migrating each.
  void (*prepare)(const std::string& dsn) = nullptr;
  /// Lines for postgresql.conf.
  std::string extra_configuration = {};
};

class postgres_server;

/// A PostgreSQL 15 to test against, with one fresh, empty database; gone with this object. The shared server
/// is that of TROUPE_TEST_PG (the connection string of a superuser) or, without it, one that this program
/// starts at first use. Everything throws std::runtime_error with the server's own words when it fails.
class postgres {
 public:
  explicit postgres(postgres_options options = {});
  ~postgres();
  postgres(const postgres&) = delete;
  postgres& operator=(const postgres&) = delete;

  /// Connection string of the fresh database (TCP on 127.0.0.1).
  std::string dsn() const;
  /// The same through the server's Unix socket. Own server only.
  std::string socket_dsn() const;
  /// Makes another database and answers its connection string.
  std::string create_database(const std::string& name);
  /// The TCP port on 127.0.0.1.
  int port() const;

  /// Own server only. Ends it in order (SIGINT), and waits for it.
  void stop();
  /// Own server only. SIGKILL to every process of it, as a power cut would.
  void kill_immediately();
  /// Own server only. Starts it again on the same port; answers when it takes connections.
  void start();

 private:
  postgres_server& own() const;

  std::shared_ptr<postgres_server> server_; // Null with TROUPE_TEST_PG.
  bool own_server_ = false;
  std::string admin_dsn_;
  std::string database_;
  std::string made_; // Names of further databases, one a line.
};

} // namespace troupe::test
