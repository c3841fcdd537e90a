#pragma once

#include "raw_server.hpp"

#include <memory>
#include <string>

namespace troupe::test {

/// A self-made certificate for the given DNS name and 127.0.0.1, and a server context with it.
class tls_identity {
 public:
  explicit tls_identity(const std::string& dns_name);
  ~tls_identity();
  /// PEM file that a client can trust.
  const std::string& certificate_file() const { return file_; }
  void* context() const { return context_; }

 private:
  void* context_;
  std::string folder_;
  std::string file_;
};

/// The server's end of a TLS connection.
class tls_session {
 public:
  tls_session(const tls_identity& identity, connection& c);
  ~tls_session();
  bool handshake();
  /// Head and Content-Length body; empty when the client is gone.
  std::string read_request();
  void send(const std::string& bytes);

 private:
  void* session_;
  std::string buffer_;
};

} // namespace troupe::test
