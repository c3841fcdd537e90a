#define CAF_SUITE bridge_problem
#include <caf/test/unit_test.hpp>

#include "net/bridge/problem.hpp"
#include "net/bridge/reply_writer.hpp"

#include <boost/json.hpp>

using namespace troupe;
using namespace troupe::bridge;

namespace {

std::string header_of(const reply& r, std::string_view name) {
  for (auto& [key, value] : r.headers)
    if (key == name) return value;
  return {};
}

} // namespace

CAF_TEST(a failure becomes problem details) {
  failure f(ec::validation_failed, "One field is wrong.",
            {{"/text", "too-long", "It has 3 characters; at most 2 fit."}});
  auto r = problem(f, "req-1");
  CAF_CHECK_EQUAL(r.status, 422);
  CAF_CHECK_EQUAL(r.content_type, "application/problem+json");
  auto body = boost::json::parse(r.body).as_object();
  CAF_CHECK_EQUAL(std::string(body.at("type").as_string()), "urn:troupe:problem:validation-failed");
  CAF_CHECK_EQUAL(std::string(body.at("title").as_string()), sentence(ec::validation_failed));
  CAF_CHECK_EQUAL(body.at("status").as_int64(), 422);
  CAF_CHECK_EQUAL(std::string(body.at("detail").as_string()), "One field is wrong.");
  CAF_CHECK_EQUAL(std::string(body.at("instance").as_string()), "urn:troupe:request:req-1");
  auto first = body.at("errors").at(0).as_object();
  CAF_CHECK_EQUAL(std::string(first.at("pointer").as_string()), "/text");
  CAF_CHECK_EQUAL(std::string(first.at("code").as_string()), "too-long");
}

CAF_TEST(what is not known is left out) {
  auto r = problem(failure{ec::forbidden});
  auto body = boost::json::parse(r.body).as_object();
  CAF_CHECK(!body.contains("detail"));
  CAF_CHECK(!body.contains("instance"));
  CAF_CHECK(!body.contains("errors"));
  CAF_CHECK(r.headers.empty());
}

CAF_TEST(every code has a status of its kind) {
  for (int i = 0; i <= static_cast<int>(ec::internal); ++i) {
    auto code = static_cast<ec>(i);
    auto status = status_of(code);
    bool ours = code == ec::none || code >= ec::overloaded;
    CAF_CHECK_EQUAL(status >= 500, ours);
    CAF_CHECK(status >= 400 && status < 600);
  }
}

CAF_TEST(Retry - After is rounded up to whole seconds) {
  failure f(ec::rate_limited);
  f.retry_after_ms = 1001;
  CAF_CHECK_EQUAL(header_of(problem(f), "Retry-After"), "2");
  f.retry_after_ms = 1000;
  CAF_CHECK_EQUAL(header_of(problem(f), "Retry-After"), "1");
  f.retry_after_ms = 1;
  CAF_CHECK_EQUAL(header_of(problem(f), "Retry-After"), "1");
  CAF_CHECK_EQUAL(header_of(problem(failure{ec::timed_out}), "Retry-After"), "1");
  CAF_CHECK_EQUAL(header_of(problem(failure{ec::unauthenticated}), "WWW-Authenticate"), "Bearer");
  CAF_CHECK_EQUAL(header_of(problem(failure{ec::wrong_credentials}), "WWW-Authenticate"), "Bearer");
}

CAF_TEST(a reply is written with its framing) {
  std::string out;
  append_reply(out, {200, "text/plain", {{"ETag", "\"7\""}}, "hello"}, {"id-1", true, true, false});
  auto date = std::string(http_date());
  CAF_CHECK_EQUAL(date.size(), 29u);
  CAF_CHECK_EQUAL(out, "HTTP/1.1 200 OK\r\nDate: " + date +
                           "\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-Content-Type-Options: "
                           "nosniff\r\nETag: \"7\"\r\n"
                           "X-Request-Id: id-1\r\n\r\nhello");
}

CAF_TEST(replies that have no body are written without one) {
  std::string none, unchanged, strange;
  append_reply(none, {204, "", {}, "x"}, {});
  CAF_CHECK(none.find("Content-Length") == std::string::npos);
  CAF_CHECK(none.substr(none.size() - 4) == "\r\n\r\n");
  append_reply(unchanged, {304, "", {}, "x"}, {});
  CAF_CHECK(unchanged.substr(unchanged.size() - 4) == "\r\n\r\n");
  append_reply(strange, {99, "", {}, ""}, {});
  CAF_CHECK(strange.rfind("HTTP/1.1 500 ", 0) == 0);
}
