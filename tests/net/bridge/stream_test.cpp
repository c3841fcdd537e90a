#define CAF_SUITE bridge_streams
#include <caf/test/unit_test.hpp>

#include "served.hpp"

#include <atomic>

using namespace troupe;
using namespace troupe::bridge;
using namespace troupe::test;

namespace {

/// GET /stream answers with a stream whose other end the test holds.
struct fixture : served {
  fixture() {
    settings.write_timeout = milliseconds{600'000};
    routes.add(verb::get, "/stream", {}, [this](request, responder respond) {
      auto made = body_stream::make(limit);
      reply r;
      r.content_type = "text/event-stream";
      r.stream = std::move(made.reader);
      made.writer->when_gone([this] { ++gone; });
      {
        std::lock_guard lock(mutex);
        writer = std::move(made.writer);
      }
      respond(std::move(r));
    });
    get("/", "root");
  }
  body_writer& open(raw_client& client, std::string_view version = "HTTP/1.1") {
    client.send("GET /stream " + std::string(version) + "\r\nHost: a\r\n\r\n");
    wait_until("the handler has run", [this] {
      std::lock_guard lock(mutex);
      return writer != nullptr;
    });
    return *writer;
  }

  std::mutex mutex;
  std::shared_ptr<body_writer> writer;
  std::atomic<int> gone{0};
  std::size_t limit = 100'000;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(stream_tests, fixture)

CAF_TEST(what is written arrives at once and the end is told) {
  start();
  raw_client client(port());
  auto& out = open(client);
  auto head = client.read_until("\r\n\r\n");
  CAF_CHECK(head.find("Transfer-Encoding: chunked") != head.npos);
  CAF_CHECK(head.find("Content-Length") == head.npos);
  CAF_CHECK(head.find("Connection: close") != head.npos);
  CAF_CHECK(out.write("one\n\n"));
  CAF_CHECK_EQUAL(client.read_until("one\n\n\r\n"), "5\r\none\n\n\r\n");
  CAF_CHECK(out.write("second"));
  client.read_until("second\r\n");
  out.finish();
  CAF_CHECK(!out.write("too late"));
  CAF_CHECK_EQUAL(client.read_to_end(), "0\r\n\r\n");
  wait_until("the writer is told", [this] { return gone == 1; });
  CAF_CHECK_EQUAL(counters().in_flight.load(), 0u);
}

CAF_TEST(pieces written before the client is there are not lost) {
  routes.add(verb::get, "/said", {}, [](request, responder respond) {
    auto made = body_stream::make(1'000);
    reply r;
    r.stream = std::move(made.reader);
    made.writer->write("a");
    made.writer->write("b");
    respond(std::move(r));
  });
  start();
  raw_client client(port());
  client.send(get_request("/said"));
  client.read_until("\r\n\r\n");
  // Nobody holds the writer any more, which ends the body.
  CAF_CHECK_EQUAL(client.read_to_end(), "2\r\nab\r\n0\r\n\r\n");
}

CAF_TEST(an old client gets the plain bytes) {
  start();
  raw_client client(port());
  auto& out = open(client, "HTTP/1.0");
  auto head = client.read_until("\r\n\r\n");
  CAF_CHECK(head.find("Transfer-Encoding") == head.npos);
  out.write("plain");
  out.finish();
  CAF_CHECK_EQUAL(client.read_to_end(), "plain");
}

CAF_TEST(a HEAD gets no stream) {
  start();
  raw_client client(port());
  client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  auto rest = client.read_to_end();
  CAF_CHECK(rest.ends_with("\r\n\r\n"));
  CAF_CHECK(rest.starts_with("HTTP/1.1 200"));
  wait_until("the writer is told", [this] { return gone == 1; });
}

CAF_TEST(the writer learns that the client has left) {
  start();
  {
    raw_client client(port());
    open(client);
    client.read_until("\r\n\r\n");
  }
  wait_until("the writer is told", [this] { return gone == 1; });
  CAF_CHECK(!writer->write("to nobody"));
  CAF_CHECK(!writer->too_slow());
}

CAF_TEST(requests after the stream are not answered and too many bytes end it) {
  start();
  raw_client client(port());
  auto& out = open(client);
  client.read_until("\r\n\r\n");
  client.send(get_request("/"));
  out.write("still here");
  client.read_until("still here");
  client.try_send(std::string(200'000, 'x'));
  wait_until("the writer is told", [this] { return gone == 1; });
}

CAF_TEST(a client that does not read is dropped when its buffer is full) {
  start();
  raw_client client(port(), 4'096);
  auto& out = open(client);
  std::string piece(50'000, 'x');
  std::size_t taken = 0;
  wait_until("the buffer is full", [&] {
    if (out.write(piece)) taken += piece.size();
    return out.over();
  });
  CAF_CHECK(out.too_slow());
  CAF_CHECK_EQUAL(gone.load(), 1);
  CAF_MESSAGE("taken: " << taken);
}

CAF_TEST(a client that takes nothing for the write deadline is dropped) {
  settings.write_timeout = milliseconds{60};
  settings.min_body_rate = 1'000'000'000;
  limit = 100'000'000;
  start();
  raw_client client(port(), 4'096);
  auto& out = open(client);
  CAF_CHECK(out.write(std::string(20'000'000, 'x')));
  wait_until("the writer is told", [this] { return gone == 1; });
  CAF_CHECK_EQUAL(counters().timeouts.load(), 1u);
}

CAF_TEST(a drain ends streams properly) {
  start();
  raw_client client(port());
  auto& out = open(client);
  client.read_until("\r\n\r\n");
  out.write("last words");
  running->drain(milliseconds{10'000});
  CAF_CHECK_EQUAL(client.read_to_end(), "a\r\nlast words\r\n0\r\n\r\n");
  CAF_CHECK(!out.write("too late"));
}

CAF_TEST_FIXTURE_SCOPE_END()
