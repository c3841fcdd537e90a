#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace troupe::test {

/// A private redis-server on a free loopback port, without persistence, in a directory of its own.
class redis_server {
 public:
  /// `options` go to redis-server as they are ("--requirepass", "x").
  explicit redis_server(std::vector<std::string> options = {});
  ~redis_server();
  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;

  /// Returns when it answers. It has the same port every time.
  void start();
  /// kill -9, nothing said to anyone.
  void kill();
  void freeze();
  void thaw();
  /// One command on a connection of its own; the reply as text, "(nil)" for none. Throws when it cannot be
  /// asked.
  std::string ask(const std::vector<std::string>& words) const;
  int port() const { return port_; }
  std::string socket_path() const { return folder_ + "/redis.sock"; }

 private:
  std::vector<std::string> options_;
  std::string folder_;
  int port_ = 0;
  pid_t process_ = 0;
};

} // namespace troupe::test
