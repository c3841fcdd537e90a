#define CAF_SUITE bridge_spool
#include <caf/test/unit_test.hpp>

#include "served.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace troupe;
using namespace troupe::bridge;
using namespace troupe::test;

namespace {

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string large_body() {
  std::string out(3'000'000, ' ');
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(i * 31 + i / 251);
  return out;
}

struct fixture : served {
  temporary_directory disk;

  fixture() {
    settings.spool_directory = disk.path;
    route_options options;
    options.body_limit = 4'000'000;
    options.body_to_file = true;
    options.content_types = {"image/png"};
    routes.add(verb::post, "/upload", options, held.handler());
    get("/", "root");
  }

  static std::string head(std::string_view more) {
    return "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\n" + std::string(more) + "\r\n";
  }
  void none_left() {
    wait_until("the file is removed", [&] { return disk.files().empty(); });
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(spool_tests, fixture)

CAF_TEST(a body is delivered as a file that only we may read) {
  start();
  raw_client client(port());
  auto body = large_body();
  client.send(head("Content-Length: " + std::to_string(body.size()) + "\r\n") + body);
  auto one = held.take("/upload");
  CAF_CHECK_EQUAL(one.req.body_size, body.size());
  CAF_CHECK(one.req.body.empty());
  CAF_CHECK(contents(one.req.body_file) == body);
  struct stat about {};
  CAF_REQUIRE_EQUAL(stat(one.req.body_file.c_str(), &about), 0);
  CAF_CHECK_EQUAL(about.st_mode & 0777, 0600u);
  one.answer({200, "text/plain", {}, "stored"});
  CAF_CHECK_EQUAL(client.read().body, "stored");
  CAF_CHECK_EQUAL(disk.files().size(), 1u); // it is the handler's now
  client.send(get_request("/"));
  CAF_CHECK_EQUAL(client.read().body, "root");
}

CAF_TEST(chunks and an empty body become files too) {
  start();
  raw_client client(port());
  client.send(head("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
  auto one = held.take("/upload");
  CAF_CHECK_EQUAL(contents(one.req.body_file), "hello world");
  CAF_CHECK_EQUAL(one.req.body_size, 11u);
  one.answer({204, "", {}, ""});
  CAF_CHECK_EQUAL(client.read().status, 204);
  client.send(head("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n");
  auto empty = held.take("/upload");
  CAF_CHECK_EQUAL(contents(empty.req.body_file), "");
  CAF_CHECK(std::filesystem::exists(empty.req.body_file));
  empty.answer({204, "", {}, ""});
  client.send(head("Content-Length: 0\r\n"));
  auto none = held.take("/upload");
  CAF_CHECK(none.req.body_file.empty());
}

CAF_TEST(the file of an aborted upload is removed) {
  start();
  {
    raw_client client(port());
    client.send(head("Content-Length: 1000\r\n") + "half of it");
    wait_until("the file is there", [&] { return disk.files().size() == 1; });
  }
  none_left();
  CAF_CHECK_EQUAL(held.came(), 0u);
  wait_until("nothing is in flight", [&] { return counters().in_flight.load() == 0; });
}

CAF_TEST(the file of an upload that is too large or too slow is removed) {
  settings.body_timeout = milliseconds(60);
  start();
  raw_client large(port());
  large.send(head("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\nffffff\r\n");
  CAF_CHECK_EQUAL(large.read().status, 413);
  raw_client slow(port());
  slow.send(head("Content-Length: 1000\r\n") + "half of it");
  CAF_CHECK_EQUAL(slow.read().status, 408);
  none_left();
}

CAF_TEST(files are removed when the server ends within uploads) {
  start();
  raw_client client(port());
  client.send(head("Content-Length: 1000\r\n") + "half of it");
  wait_until("the file is there", [&] { return disk.files().size() == 1; });
  running.reset();
  CAF_CHECK(disk.files().empty());
}

CAF_TEST(a disk that takes nothing is a 503) {
  start();
  std::filesystem::remove(disk.path);
  raw_client client(port());
  client.send(head("Content-Length: 5\r\n") + "hello");
  auto r = client.read();
  CAF_CHECK_EQUAL(r.status, 503);
  CAF_CHECK_EQUAL(problem_slug(r), "unavailable");
  CAF_CHECK_EQUAL(held.came(), 0u);
  std::filesystem::create_directory(disk.path);
}

CAF_TEST(uploads that a crash left are removed a day later) {
  auto old_file = disk.path + "/upload-old", new_file = disk.path + "/upload-new",
       other = disk.path + "/other";
  for (auto& path : {old_file, new_file, other}) std::ofstream(path) << "x";
  auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(48);
  std::filesystem::last_write_time(old_file, long_ago);
  std::filesystem::last_write_time(other, long_ago);
  start();
  CAF_CHECK(!std::filesystem::exists(old_file));
  CAF_CHECK(std::filesystem::exists(new_file));
  CAF_CHECK(std::filesystem::exists(other));
}

CAF_TEST_FIXTURE_SCOPE_END()
