#define CAF_SUITE outbound_request
#include "calls.hpp"
#include "raw_server.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace troupe;
using namespace troupe::test;
using outbound::verb;

namespace {

/// Keeps what it was sent; answers everything with 200.
struct recording_server {
  std::mutex mutex;
  std::vector<std::string> seen;
  raw_server server{[this](connection& c) {
    for (std::string text; !(text = c.read_request()).empty();) {
      {
        std::lock_guard lock(mutex);
        seen.push_back(text);
      }
      c.answer(200);
    }
  }};

  std::string last() {
    std::lock_guard lock(mutex);
    return seen.empty() ? "" : seen.back();
  }
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// A file in a directory of its own that goes away with this.
struct temporary_file {
  std::filesystem::path folder;
  std::string path;
  explicit temporary_file(std::string_view content) {
    std::string pattern = (std::filesystem::temp_directory_path() / "outbound-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    path = (folder / "content.bin").string();
    std::ofstream(path, std::ios::binary) << content;
  }
  ~temporary_file() { std::filesystem::remove_all(folder); }
};

std::string some_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  return bytes;
}

} // namespace

CAF_TEST(each method is sent with its name and its body) {
  recording_server s;
  auto engine = start_engine();
  for (auto [method, line] : {std::pair{verb::post, "POST /x?y=1 HTTP/1.1\r\n"},
                              {verb::put, "PUT /x?y=1 HTTP/1.1\r\n"},
                              {verb::patch, "PATCH /x?y=1 HTTP/1.1\r\n"},
                              {verb::del, "DELETE /x?y=1 HTTP/1.1\r\n"}}) {
    auto r = post(s.server.url("/x?y=1"), "the body");
    r.method = method;
    r.headers = {"Content-Type: text/plain", "X-Own: 1"};
    CAF_CHECK(call(*engine, std::move(r)).ok());
    auto text = s.last();
    CAF_CHECK(text.starts_with(line));
    CAF_CHECK(contains(text, "\r\nContent-Length: 8\r\n"));
    CAF_CHECK(contains(text, "\r\nContent-Type: text/plain\r\n"));
    CAF_CHECK(contains(text, "\r\nX-Own: 1\r\n"));
    CAF_CHECK(contains(text, "\r\nUser-Agent: Troupe/0.1\r\n"));
    CAF_CHECK(text.ends_with("\r\n\r\nthe body"));
  }
}

CAF_TEST(a reused handle keeps nothing of the request before) {
  recording_server s;
  auto engine = start_engine();
  auto first = post(s.server.url(), "secret body");
  first.method = verb::put;
  first.headers = {"Authorization: Bearer secret"};
  CAF_CHECK(call(*engine, std::move(first)).ok());
  CAF_CHECK(call(*engine, get(s.server.url("/plain"))).ok());
  auto plain = s.last();
  CAF_CHECK(plain.starts_with("GET /plain HTTP/1.1\r\n"));
  CAF_CHECK(!contains(plain, "secret"));
  CAF_CHECK(!contains(plain, "Content-"));
  auto removal = get(s.server.url("/gone"));
  removal.method = verb::del;
  CAF_CHECK(call(*engine, std::move(removal)).ok());
  CAF_CHECK(s.last().starts_with("DELETE /gone HTTP/1.1\r\n"));
  CAF_CHECK(!contains(s.last(), "Content-"));
  CAF_CHECK(call(*engine, post(s.server.url(), "")).ok());
  CAF_CHECK(s.last().starts_with("POST / HTTP/1.1\r\n"));
  CAF_CHECK(contains(s.last(), "\r\nContent-Length: 0\r\n"));
  CAF_CHECK_EQUAL(s.server.connections(), 1);
}

CAF_TEST(no body waits for a permission to continue and no type is made up) {
  recording_server s;
  auto engine = start_engine();
  CAF_CHECK(call(*engine, post(s.server.url(), some_bytes(3 << 20))).ok());
  CAF_CHECK(!contains(s.last(), "\r\nExpect:"));
  CAF_CHECK(!contains(s.last(), "\r\nContent-Type:"));
  CAF_CHECK(s.last().ends_with(some_bytes(3 << 20)));
}

CAF_TEST(a file is streamed as the body) {
  recording_server s;
  auto engine = start_engine();
  const auto bytes = some_bytes(5'000'003);
  temporary_file file(bytes);
  for (auto method : {verb::post, verb::put}) {
    auto r = post(s.server.url(), "");
    r.method = method;
    r.body_file = file.path;
    r.headers = {"Content-Type: image/png"};
    CAF_CHECK(call(*engine, std::move(r)).ok());
    CAF_CHECK(s.last().starts_with(method == verb::post ? "POST /" : "PUT /"));
    CAF_CHECK(contains(s.last(), "\r\nContent-Length: 5000003\r\n"));
    CAF_CHECK(s.last().ends_with("\r\n\r\n" + bytes));
  }
  CAF_CHECK(call(*engine, post(s.server.url(), "small")).ok());
  CAF_CHECK(s.last().ends_with("\r\n\r\nsmall"));
}

CAF_TEST(an empty file is an empty body) {
  recording_server s;
  auto engine = start_engine();
  temporary_file file("");
  auto r = post(s.server.url(), "");
  r.body_file = file.path;
  CAF_CHECK(call(*engine, std::move(r)).ok());
  CAF_CHECK(contains(s.last(), "\r\nContent-Length: 0\r\n"));
}

CAF_TEST(a body file that is missing or no file sends nothing) {
  recording_server s;
  auto engine = start_engine();
  temporary_file file("x");
  for (auto path : {file.path + ".missing", file.folder.string(), std::string("/dev/null")}) {
    auto r = post(s.server.url(), "");
    r.body_file = path;
    auto a = call(*engine, std::move(r));
    CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
    CAF_CHECK(contains(a.error, "body file"));
  }
  CAF_CHECK_EQUAL(s.server.connections(), 0);
}

CAF_TEST(a body file that shrinks under way is no answer) {
  event head_read, shrunk;
  raw_server server([&](connection& c) {
    c.read_head();
    head_read.set();
    shrunk.wait();
    c.wait_closed();
  });
  auto engine = start_engine();
  temporary_file file("");
  std::filesystem::resize_file(file.path, 64 << 20); // more than socket buffers take
  auto r = post(server.url(), "");
  r.body_file = file.path;
  auto answer = submit(*engine, std::move(r));
  CAF_REQUIRE(head_read.wait());
  std::filesystem::resize_file(file.path, 0);
  shrunk.set();
  auto a = await(std::move(answer));
  CAF_CHECK_EQUAL(a.kind, result_kind::no_answer);
  CAF_CHECK(contains(a.error, "shorter"));
}

CAF_TEST(a form carries values and streamed files) {
  recording_server s;
  auto engine = start_engine();
  const auto bytes = some_bytes(300'000);
  temporary_file file(bytes);
  auto r = post(s.server.url(), "");
  outbound::form_part text, image, inline_file;
  text.name = "description";
  text.value = "a \"quoted\" text\r\nin two lines";
  image.name = "file";
  image.file = file.path;
  image.file_name = "photo.png";
  image.content_type = "image/png";
  inline_file.name = "meta";
  inline_file.value = "{}";
  inline_file.file_name = "meta.json";
  r.form = {text, image, inline_file};
  CAF_CHECK(call(*engine, std::move(r)).ok());
  auto sent = s.last();
  CAF_CHECK(contains(sent, "\r\nContent-Type: multipart/form-data; boundary="));
  CAF_CHECK(contains(sent, "name=\"description\"\r\n\r\na \"quoted\" text\r\nin two lines\r\n"));
  CAF_CHECK(
      contains(sent, "name=\"file\"; filename=\"photo.png\"\r\nContent-Type: image/png\r\n\r\n" + bytes));
  CAF_CHECK(contains(sent, "name=\"meta\"; filename=\"meta.json\"\r\n"));
  CAF_CHECK(call(*engine, post(s.server.url(), "after")).ok());
  CAF_CHECK(s.last().ends_with("\r\n\r\nafter"));
  CAF_CHECK(!contains(s.last(), "multipart"));
}

CAF_TEST(a form with an unreadable file sends nothing) {
  recording_server s;
  auto engine = start_engine();
  auto r = post(s.server.url(), "");
  temporary_file file("");
  const auto pipe = file.path + ".pipe";
  CAF_REQUIRE_EQUAL(mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& path : {std::string("/nonexistent/file"), file.folder.string(), pipe}) {
    outbound::form_part part;
    part.name = "file";
    part.file = path;
    r.form = {part};
    auto a = call(*engine, r);
    CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
    CAF_CHECK_EQUAL(a.error, "the file of a form part cannot be read");
  }
  CAF_CHECK_EQUAL(s.server.connections(), 0);
}

CAF_TEST(a request that cannot be sent by anyone is refused with its reason) {
  recording_server s;
  auto engine = start_engine();
  auto refused = [&](outbound::request r, std::string_view reason) {
    auto a = call(*engine, std::move(r));
    CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
    CAF_CHECK(!a.timed_out);
    CAF_MESSAGE(a.error);
    CAF_CHECK(contains(a.error, reason));
  };
  for (auto url : {"", "x", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "//127.0.0.1/",
                   "http://", "http:///path", "127.0.0.1/x", "HTTPS//x"})
    refused(get(url), "URL");
  refused(get("http://127.0.0.1/a b"), "control");
  refused(get("http://127.0.0.1/a\r\nX: y"), "control");
  refused(get("http://127.0.0.1:99999/"), "URL");
  refused(get("http://127.0.0.1/" + std::string(20'000, 'x')), "longer");
  for (auto header : {"X: a\r\nY: b", "X: a\nb", "no colon", ": empty", "Bad Name: x", "X\r\n: y"}) {
    auto r = get(s.server.url());
    r.headers = {header};
    refused(std::move(r), "header");
  }
  for (auto header : {"Content-Length: 3", "transfer-encoding: chunked", "EXPECT: 100-continue"}) {
    auto r = post(s.server.url());
    r.headers = {header};
    refused(std::move(r), "engine alone");
  }
  auto large = get(s.server.url());
  large.headers = {"X: " + std::string(70'000, 'x')};
  refused(std::move(large), "larger");
  auto with_body = post(s.server.url());
  with_body.method = verb::get;
  refused(std::move(with_body), "GET");
  auto two_bodies = post(s.server.url());
  two_bodies.body_file = "/dev/null";
  refused(std::move(two_bodies), "more than one");
  auto no_time = get(s.server.url());
  no_time.timeout = milliseconds{0};
  refused(std::move(no_time), "timeout");
  auto too_long = get(s.server.url());
  too_long.timeout = milliseconds{600'001};
  refused(std::move(too_long), "timeout");
  auto split_name = post(s.server.url(), "");
  outbound::form_part part;
  part.name = "a\r\nb";
  split_name.form = {part};
  refused(std::move(split_name), "control");
  CAF_CHECK_EQUAL(s.server.connections(), 0);
}

CAF_TEST(an error text holds no secret of the request) {
  raw_server garbage([](connection& c) {
    c.read_request();
    c.send("s3cret garbage");
  });
  raw_server reset([](connection& c) { c.read_request(), c.reset(); });
  raw_server closing([](connection& c) { c.close(); });
  auto engine = start_engine();
  const auto base = "user:s3cret@127.0.0.1:";
  for (auto target :
       {"http://" + (base + std::to_string(garbage.port())),
        "http://" + (base + std::to_string(reset.port())), "http://" + (base + std::to_string(closed_port())),
        "https://" + (base + std::to_string(closing.port())), std::string("ftp://user:s3cret@127.0.0.1"),
        std::string("http://user:s3cret@"), std::string("http://user:s3cret@[::zz]"),
        std::string("http://user:s3cret@127.0.0.1:port")}) {
    auto r = post(target + "/p?token=s3cret", "s3cret");
    r.headers = {"Authorization: Bearer s3cret", "X-Key: s3cret"};
    auto a = call(*engine, std::move(r));
    CAF_CHECK(a.kind != result_kind::answered);
    CAF_CHECK(!a.error.empty());
    CAF_MESSAGE(a.error);
    CAF_CHECK(!contains(a.error, "s3cret"));
  }
  auto bad = get("http://127.0.0.1/");
  bad.headers = {"X-Key: s3cret\r\nX: y"};
  CAF_CHECK(!contains(call(*engine, std::move(bad)).error, "s3cret"));
}
