#define CAF_SUITE cookie_sessions

#include "front.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace troupe::test;

namespace {

const headers web{{"X-Troupe-Client", "web"}};

/// The value of the session cookie that an answer sets; "(none)" when it sets none.
std::string cookie_of(const answer& a) {
  auto line = a.header("set-cookie");
  if (!line.starts_with("troupe_refresh=")) return "(none)";
  line = line.substr(std::string_view("troupe_refresh=").size());
  return line.substr(0, line.find(';'));
}

class browser : public front {
 public:
  browser() {
    auto form = registration("ada@example.org");
    form["session"] = "cookie";
    made = call("", "POST", "/v1/auth/register", form);
    expect(made, 201, "RegisteredSession");
    cookie = cookie_of(made);
    token = text(made, "access_token");
  }
  answer refresh(const std::string& with, headers more = web) {
    more.emplace_back("Cookie", "theme=dark; troupe_refresh=" + with + "; other=1");
    return call("", "POST", "/v1/auth/refresh", boost::json::object{}, more);
  }
  boost::json::array sessions(const std::string& access) {
    auto a = get(access, "/v1/me/sessions");
    expect(a, 200, "SessionList");
    return a.json().at("items").as_array();
  }

  answer made;
  std::string cookie, token;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cookie_sessions_tests, browser)

CAF_TEST(a session in a cookie keeps its refresh token out of the answer) {
  CAF_CHECK(made.body.find("refresh_token") == made.body.npos);
  auto line = made.header("set-cookie");
  for (auto* part : {"; Path=/v1/auth;", "; HttpOnly", "; SameSite=Strict", "; Max-Age=2592000"})
    if (line.find(part) == line.npos) CAF_ERROR("missing: " << part);
  CAF_CHECK(line.find("Secure") == line.npos);
  CAF_CHECK(cookie.size() > 60u);
  auto in = call(
      "", "POST", "/v1/auth/login",
      {{"email", "ada@example.org"}, {"password", "password of ada@example.org"}, {"session", "cookie"}});
  expect(in, 200, "Session");
  CAF_CHECK(in.body.find("refresh_token") == in.body.npos);
  CAF_CHECK(cookie_of(in) != "(none)");
  auto plain = call("", "POST", "/v1/auth/login",
                    {{"email", "ada@example.org"}, {"password", "password of ada@example.org"}});
  CAF_CHECK_EQUAL(cookie_of(plain), "(none)");
  CAF_CHECK(!text(plain, "refresh_token").empty());
  expect(
      call("", "POST", "/v1/auth/login",
           {{"email", "ada@example.org"}, {"password", "password of ada@example.org"}, {"session", "jar"}}),
      422);
}

CAF_TEST(the cookie is renewed and ended) {
  auto a = refresh(cookie);
  expect(a, 200, "Session");
  CAF_CHECK(a.body.find("refresh_token") == a.body.npos);
  auto second = cookie_of(a);
  CAF_CHECK(second != cookie);
  expect(get(text(a, "access_token"), "/v1/me"), 200, "User");
  headers leaving = web;
  leaving.emplace_back("Cookie", "troupe_refresh=" + second);
  auto out = call("", "POST", "/v1/auth/logout", boost::json::object{}, leaving);
  expect(out, 204);
  CAF_CHECK_EQUAL(cookie_of(out), "");
  CAF_CHECK(out.header("set-cookie").find("Max-Age=0") != std::string::npos);
  expect(get(text(a, "access_token"), "/v1/me"), 401);
  expect(refresh(second), 401);
}

CAF_TEST(without the header of our page the cookie is worth nothing) {
  auto refused = [](const answer& a) {
    expect(a, 403);
    CAF_CHECK_EQUAL(a.problem(), "csrf");
    CAF_CHECK_EQUAL(cookie_of(a), "(none)");
  };
  refused(refresh(cookie, {}));
  refused(refresh(cookie, {{"X-Troupe-Client", "mobile"}}));
  const std::string host = "localhost"; // what the client of these tests asks for
  for (auto& origin : std::vector<std::string>{"https://evil.example", "null", "http://localhost:8443", host,
                                               "http://" + host + ".evil.example", "ftp://" + host,
                                               "http://user@" + host, "http://troupe.example.org"}) {
    CAF_MESSAGE(origin);
    refused(refresh(cookie, {{"X-Troupe-Client", "web"}, {"Origin", origin}}));
  }
  headers leaving{{"Cookie", "troupe_refresh=" + cookie}};
  refused(call("", "POST", "/v1/auth/logout", boost::json::object{}, leaving));
  // None of that touched the session.
  auto a = refresh(cookie, {{"X-Troupe-Client", "web"}, {"Origin", "http://" + host}});
  expect(a, 200, "Session");
  // Where a proxy has another name for us, the public address counts.
  expect(refresh(cookie_of(a), {{"X-Troupe-Client", "web"}, {"Origin", "https://troupe.example.org"}}), 200);
}

CAF_TEST(a token in the body needs no proof of a page and gets no cookie) {
  auto plain = call("", "POST", "/v1/auth/login",
                    {{"email", "ada@example.org"}, {"password", "password of ada@example.org"}});
  auto a = call("", "POST", "/v1/auth/refresh", {{"refresh_token", text(plain, "refresh_token")}},
                {{"Cookie", "troupe_refresh=" + cookie}});
  expect(a, 200, "Session");
  CAF_CHECK_EQUAL(cookie_of(a), "(none)");
  CAF_CHECK(!text(a, "refresh_token").empty());
  auto none = call("", "POST", "/v1/auth/refresh", boost::json::object{});
  expect(none, 422);
  CAF_CHECK_EQUAL(none.errors(), "/refresh_token required");
  expect(call("", "POST", "/v1/auth/refresh", boost::json::object{}, web), 401);
  expect(call("", "POST", "/v1/auth/logout", boost::json::object{}, web), 204);
}

CAF_TEST(two tabs that renew at the same moment get the same session) {
  auto first = refresh(cookie), second = refresh(cookie);
  expect(first, 200, "Session");
  expect(second, 200, "Session");
  CAF_CHECK_EQUAL(cookie_of(first), cookie_of(second));
  restart(); // the grace is in the database, not in an actor's memory
  auto third = refresh(cookie);
  expect(third, 200, "Session");
  CAF_CHECK_EQUAL(cookie_of(third), cookie_of(first));
  auto onward = refresh(cookie_of(first));
  expect(onward, 200, "Session");
  // Two steps back is a theft, however soon.
  expect(refresh(cookie), 401);
  expect(refresh(cookie_of(onward)), 401);
}

CAF_TEST(after the grace an old cookie ends the session) {
  auto a = refresh(cookie);
  owner_.ahead_s = 11;
  expect(refresh(cookie), 401);
  expect(refresh(cookie_of(a)), 401);
}

CAF_TEST(a token given in a body has no grace) {
  auto plain = call("", "POST", "/v1/auth/login",
                    {{"email", "ada@example.org"}, {"password", "password of ada@example.org"}});
  auto once = text(plain, "refresh_token");
  expect(call("", "POST", "/v1/auth/refresh", {{"refresh_token", once}}), 200);
  expect(refresh(once), 401);
}

CAF_TEST(a new password begins a new cookie) {
  auto a = call(token, "POST", "/v1/auth/password",
                {{"current_password", "password of ada@example.org"},
                 {"new_password", "another long password"},
                 {"session", "cookie"}});
  expect(a, 200, "Session");
  expect(refresh(cookie_of(a)), 200);
  expect(refresh(cookie), 401);
}

CAF_TEST(a person sees their sessions and ends one) {
  auto other = call("", "POST", "/v1/auth/login",
                    {{"email", "ada@example.org"}, {"password", "password of ada@example.org"}},
                    {{"User-Agent", "Phone \xff/1"}});
  auto theirs = text(other, "access_token");
  auto seen = sessions(token);
  CAF_REQUIRE_EQUAL(seen.size(), 2u);
  CAF_CHECK_EQUAL(at(seen[0], "user_agent"), "Phone ?/1");
  CAF_CHECK_EQUAL(at(seen[0], "address"), "127.0.0.1");
  CAF_CHECK(!seen[0].at("current").as_bool());
  CAF_CHECK(seen[1].at("current").as_bool());
  restart();
  CAF_CHECK(boost::json::value(seen) == boost::json::value(sessions(token)));
  auto path = "/v1/me/sessions/" + at(seen[0], "id");
  auto bob = sign_up("bob");
  expect(call(bob.token, "DELETE", path), 404);
  expect(call(token, "DELETE", "/v1/me/sessions/nonsense"), 404);
  expect(call("", "DELETE", path), 401);
  expect(get(theirs, "/v1/me"), 200);
  expect(call(token, "DELETE", path), 204);
  expect(get(theirs, "/v1/me"), 401);
  expect(call("", "POST", "/v1/auth/refresh", {{"refresh_token", text(other, "refresh_token")}}), 401);
  expect(call(token, "DELETE", path), 404);
  CAF_CHECK_EQUAL(sessions(token).size(), 1u);
  CAF_CHECK_EQUAL(sessions(bob.token).size(), 1u);
}

CAF_TEST(a renewal is seen in the list) {
  owner_.ahead_s = 100;
  headers from = web;
  from.emplace_back("User-Agent", "Browser/2");
  auto a = refresh(cookie, from);
  auto seen = sessions(text(a, "access_token"));
  CAF_REQUIRE_EQUAL(seen.size(), 1u);
  CAF_CHECK_EQUAL(at(seen[0], "user_agent"), "Browser/2");
  CAF_CHECK(at(seen[0], "last_used_at") > at(seen[0], "created_at"));
}

CAF_TEST(a profile that somebody else changed is not overwritten) {
  auto read = get(token, "/v1/me");
  auto tag = read.header("etag");
  CAF_CHECK_EQUAL(tag, "\"v1\"");
  auto rename = [&](const char* name, const std::string& if_match) {
    return call(token, "PATCH", "/v1/me", {{"display_name", name}}, {{"If-Match", if_match}});
  };
  auto changed = rename("Countess", tag);
  expect(changed, 200, "User");
  CAF_CHECK_EQUAL(changed.header("etag"), "\"v2\"");
  expect(rename("Duchess", tag), 412);
  expect(rename("Duchess", "nonsense"), 422);
  CAF_CHECK_EQUAL(text(get(token, "/v1/me"), "display_name"), "Countess");
  expect(rename("Duchess", "*"), 200, "User");
}

CAF_TEST_FIXTURE_SCOPE_END()
