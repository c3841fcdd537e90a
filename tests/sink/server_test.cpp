#define CAF_SUITE sink_server
#include <caf/test/unit_test.hpp>

#include "tests/sink/server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

using namespace troupe::sink;

namespace {

struct running_server {
  network net{{}};
  server serving{net, 0};
  int stop = ::eventfd(0, EFD_CLOEXEC);
  std::thread thread{[this] { serving.run(stop); }};

  ~running_server() {
    ::eventfd_write(stop, 1);
    thread.join();
    ::close(stop);
  }
};

/// A socket that gives up after ten seconds.
struct client {
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  explicit client(int port) {
    timeval limit{10, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<std::uint16_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CAF_REQUIRE(::connect(socket, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0);
  }
  ~client() { ::close(socket); }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  void send(const std::string& bytes) {
    CAF_REQUIRE(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
  }
  /// Reads until `wanted` stands in what came, or the other side has closed.
  std::string read(const std::string& wanted, int times = 1) {
    std::string seen;
    char buffer[4096];
    for (;;) {
      int found = 0;
      for (auto at = seen.find(wanted); at != seen.npos; at = seen.find(wanted, at + 1)) ++found;
      if (!wanted.empty() && found >= times) return seen;
      auto n = ::recv(socket, buffer, sizeof buffer, 0);
      if (n <= 0) return seen + (n == 0 ? "<closed>" : "<nothing within ten seconds>");
      seen.append(buffer, static_cast<std::size_t>(n));
    }
  }
};

std::string post(const std::string& key, const std::string& behaviour = "ok") {
  std::string body = R"({"text":"hi"})";
  return "POST /v1/posts HTTP/1.1\r\nAuthorization: Bearer t\r\nIdempotency-Key: " + key +
         "\r\nSandbox-Behaviour: " + behaviour + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

} // namespace

CAF_TEST(pipelined requests are answered in their order even when the first is slow) {
  running_server s;
  client c{s.serving.port()};
  c.send(post("first", "slow") + post("second", "reject") + post("third"));
  auto seen = c.read("HTTP/1.1 ", 3);
  auto first = seen.find("201 Created"), second = seen.find("422 "), third = seen.rfind("HTTP/1.1");
  CAF_CHECK(first < second && second < third && third != seen.npos);
}

CAF_TEST(a cut leaves a post behind and no answer) {
  running_server s;
  client c{s.serving.port()};
  c.send(post("k", "applied-then-cut"));
  CAF_CHECK_EQUAL(c.read(""), "<closed>");
  client d{s.serving.port()};
  d.send("GET /record HTTP/1.1\r\n\r\n");
  auto seen = d.read("\"lateness_us\"");
  CAF_CHECK(seen.find("\"raw\":1") != seen.npos && seen.find("\"applied\":1") != seen.npos);
}

CAF_TEST(one that hangs does not hold up another) {
  running_server s;
  client hung{s.serving.port()}, other{s.serving.port()};
  hung.send(post("a", "hang"));
  other.send(post("b"));
  CAF_CHECK(other.read("201 Created").find("201 Created") != std::string::npos);
}

CAF_TEST(a client that reads slowly gets a gigantic answer whole) {
  running_server s;
  client c{s.serving.port()};
  c.send(post("k", "gigantic"));
  std::size_t size = 0;
  char buffer[65536];
  while (size < 32u * 1024 * 1024) {
    auto n = ::recv(c.socket, buffer, sizeof buffer, 0);
    CAF_REQUIRE(n > 0);
    size += static_cast<std::size_t>(n);
  }
  c.send(post("k2"));
  CAF_CHECK(c.read("\"url\"").find("201 Created") != std::string::npos);
}

CAF_TEST(nonsense is answered and the connection closed) {
  running_server s;
  client c{s.serving.port()};
  c.send("nonsense\r\n\r\n");
  auto seen = c.read("");
  CAF_CHECK(seen.find("400 Bad Request") != seen.npos && seen.ends_with("<closed>"));
}
