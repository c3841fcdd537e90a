#pragma once

#include "tests/support/postgres.hpp"

#include <string>
#include <sys/types.h>

namespace troupe::test {

/// One PostgreSQL server in a temporary directory: made by initdb, run as a child process (as the system user
/// `postgres` when this program runs as root), removed with this object.
class postgres_server {
 public:
  explicit postgres_server(const postgres_options& options);
  ~postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  void start();
  void stop(int signal);
  void kill_immediately();
  bool running() const noexcept { return pid_ > 0; }

  int port() const noexcept { return port_; }
  std::string dsn(const std::string& database) const;
  std::string socket_dsn(const std::string& database) const;

 private:
  void make_cluster(const postgres_options& options);
  std::string make_certificate();
  void wait_until_ready(long log_offset);
  std::string log_tail() const;

  std::string folder_;
  std::string password_;
  int port_ = 0;
  pid_t pid_ = -1;
};

} // namespace troupe::test
