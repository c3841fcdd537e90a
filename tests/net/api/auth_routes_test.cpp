#define CAF_SUITE auth_routes

#include "front.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace troupe::test;

namespace {

/// The same problem, but for the id of the request.
boost::json::object without_instance(const answer& a) {
  auto o = a.json().as_object();
  o.erase("instance");
  return o;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(auth_routes_tests, front)

CAF_TEST(a person registers and is signed in) {
  auto a = call("", "POST", "/v1/auth/register", registration("Ada@Example.org"));
  expect(a, 201, "RegisteredSession");
  auto v = a.json();
  CAF_CHECK_EQUAL(at(v.at("user"), "email"), "ada@example.org");
  CAF_CHECK_EQUAL(at(v.at("workspace"), "role"), "owner");
  CAF_CHECK_EQUAL(a.header("cache-control"), "no-store");
  CAF_CHECK(!a.header("ratelimit-limit").empty());
  CAF_CHECK(!a.header("x-request-id").empty());
  expect(get(at(v, "access_token"), "/v1/me"), 200, "User");
}

CAF_TEST(what is wrong with a registration is said all at once) {
  auto a = call("", "POST", "/v1/auth/register",
                {{"email", "nobody"},
                 {"password", "short"},
                 {"display_name", "   "},
                 {"workspace", {{"name", ""}, {"time_zone", "Mars/Olympus"}, {"colour", "red"}}},
                 {"admin", true}});
  expect(a, 422);
  CAF_CHECK_EQUAL(a.problem(), "validation-failed");
  auto errors = a.errors();
  for (auto* wanted :
       {"/email bad-format", "/password too-short", "/display_name empty", "/workspace/name ",
        "/workspace/time_zone not-allowed", "/workspace/colour unknown-field", "/admin unknown-field"})
    if (errors.find(wanted) == errors.npos) CAF_ERROR("missing: " << wanted << " in " << errors);
  expect(call("", "POST", "/v1/auth/register", boost::json::object{}), 422);
  CAF_CHECK_EQUAL(count("SELECT count(*) FROM app_user"), 0);
}

CAF_TEST(a taken address answers 409) {
  sign_up("ada");
  auto a = call("", "POST", "/v1/auth/register", registration("ADA@example.org"));
  expect(a, 409);
  CAF_CHECK_EQUAL(a.problem(), "already-exists");
}

CAF_TEST(a closed door answers 403) {
  api_.registration_open = false;
  expect(call("", "POST", "/v1/auth/register", registration("ada@example.org")), 403);
  CAF_CHECK_EQUAL(count("SELECT count(*) FROM app_user"), 0);
}

CAF_TEST(login answers alike for a wrong password and an unknown user) {
  auto ada = sign_up("ada");
  auto good = call("", "POST", "/v1/auth/login", {{"email", "ADA@example.org"}, {"password", ada.password}});
  expect(good, 200, "Session");
  auto wrong = call("", "POST", "/v1/auth/login", {{"email", ada.email}, {"password", "not this one"}});
  auto unknown =
      call("", "POST", "/v1/auth/login", {{"email", "bob@example.org"}, {"password", "not this one"}});
  expect(wrong, 401);
  expect(unknown, 401);
  CAF_CHECK_EQUAL(wrong.problem(), "wrong-credentials");
  CAF_CHECK(without_instance(wrong) == without_instance(unknown));
  auto names = [](const answer& a) {
    std::string out;
    for (auto& [name, value] : a.fields) out += name + " ";
    return out;
  };
  CAF_CHECK_EQUAL(names(wrong), names(unknown));
}

CAF_TEST(a refresh token is exchanged once and its reuse ends the session) {
  auto ada = sign_up("ada");
  auto exchange = [&](const std::string& token) {
    return call("", "POST", "/v1/auth/refresh", {{"refresh_token", token}});
  };
  auto second = exchange(ada.refresh_token);
  expect(second, 200, "Session");
  CAF_CHECK(text(second, "refresh_token") != ada.refresh_token);
  auto reused = exchange(ada.refresh_token);
  expect(reused, 401);
  CAF_CHECK_EQUAL(reused.problem(), "unauthenticated");
  expect(exchange(text(second, "refresh_token")), 401);
  expect(get(text(second, "access_token"), "/v1/me"), 401);
  expect(exchange("no token at all"), 401);
  expect(exchange(secrets::random_token(64)), 401);
  expect(exchange(std::string(513, 'A')), 422);
}

CAF_TEST(a logout answers the same whatever the token) {
  auto ada = sign_up("ada");
  auto leave = [&](const std::string& token) {
    return expect(call("", "POST", "/v1/auth/logout", {{"refresh_token", token}}), 204).body;
  };
  CAF_CHECK_EQUAL(leave("unknown"), "");
  CAF_CHECK_EQUAL(leave(secrets::random_token(64)), "");
  expect(get(ada.token, "/v1/me"), 200, "User");
  CAF_CHECK_EQUAL(leave(ada.refresh_token), "");
  CAF_CHECK_EQUAL(leave(ada.refresh_token), "");
  expect(get(ada.token, "/v1/me"), 401);
  expect(call("", "POST", "/v1/auth/refresh", {{"refresh_token", ada.refresh_token}}), 401);
}

CAF_TEST(a logout everywhere ends other sessions too) {
  auto ada = sign_up("ada");
  auto other = call("", "POST", "/v1/auth/login", {{"email", ada.email}, {"password", ada.password}});
  expect(call(ada.token, "POST", "/v1/auth/logout-everywhere"), 204);
  expect(get(ada.token, "/v1/me"), 401);
  expect(get(text(other, "access_token"), "/v1/me"), 401);
  expect(call("", "POST", "/v1/auth/refresh", {{"refresh_token", text(other, "refresh_token")}}), 401);
  expect(call("", "POST", "/v1/auth/login", {{"email", ada.email}, {"password", ada.password}}), 200,
         "Session");
}

CAF_TEST(a new password needs the old one and ends other sessions) {
  auto ada = sign_up("ada");
  auto change = [&](const std::string& current, const std::string& fresh) {
    return call(ada.token, "POST", "/v1/auth/password",
                {{"current_password", current}, {"new_password", fresh}});
  };
  auto wrong = change("not this one", "another long password");
  expect(wrong, 401);
  CAF_CHECK_EQUAL(wrong.problem(), "wrong-credentials");
  expect(change(ada.password, "short"), 422);
  auto changed = change(ada.password, "another long password");
  expect(changed, 200, "Session");
  expect(get(text(changed, "access_token"), "/v1/me"), 200, "User");
  expect(get(ada.token, "/v1/me"), 401);
  expect(call("", "POST", "/v1/auth/login", {{"email", ada.email}, {"password", ada.password}}), 401);
  expect(call("", "POST", "/v1/auth/login", {{"email", ada.email}, {"password", "another long password"}}),
         200, "Session");
}

CAF_TEST(users see and rename themselves) {
  auto ada = sign_up("ada");
  auto a = call(ada.token, "PATCH", "/v1/me", {{"display_name", "Countess of Lovelace"}});
  expect(a, 200, "User");
  CAF_CHECK_EQUAL(text(a, "display_name"), "Countess of Lovelace");
  CAF_CHECK_EQUAL(text(get(ada.token, "/v1/me"), "display_name"), "Countess of Lovelace");
  expect(call(ada.token, "PATCH", "/v1/me", boost::json::object{}), 422);
  expect(call(ada.token, "PATCH", "/v1/me", {{"display_name", nullptr}}), 422);
  expect(call(ada.token, "PATCH", "/v1/me", {{"email", "x@example.org"}, {"display_name", "A"}}), 422);
  auto head = call(ada.token, "HEAD", "/v1/me");
  CAF_CHECK_EQUAL(head.status, 200);
  CAF_CHECK_EQUAL(head.body, "");
}

CAF_TEST(the key set has the key of the tokens) {
  auto ada = sign_up("ada");
  auto a = call("", "GET", "/.well-known/jwks.json");
  expect(a, 200, "Jwks");
  auto header = boost::json::parse(*secrets::parse_base64url(ada.token.substr(0, ada.token.find('.'))));
  CAF_CHECK_EQUAL(at(a.json().at("keys").at(0), "kid"), at(header, "kid"));
  CAF_CHECK(a.header("cache-control") != "no-store");
}

CAF_TEST(only good tokens open what needs one) {
  auto ada = sign_up("ada");
  auto none = call("", "GET", "/v1/me");
  expect(none, 401);
  CAF_CHECK_EQUAL(none.header("www-authenticate"), "Bearer");
  CAF_CHECK(!none.header("ratelimit-remaining").empty());
  auto refused = [&](const std::string& token) {
    auto a = get(token, "/v1/me");
    expect(a, 401);
    CAF_CHECK_EQUAL(a.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    CAF_CHECK_EQUAL(a.problem(), "unauthenticated");
  };
  refused("nonsense");
  refused(ada.token + "x");
  refused(ada.refresh_token);
  auto payload = ada.token.substr(ada.token.find('.') + 1);
  payload = payload.substr(0, payload.find('.'));
  refused(secrets::base64url(R"({"alg":"none","typ":"JWT"})") + "." + payload + ".");
  // Somebody else's claims over her signature, and her own words signed by a key that is not ours.
  auto signature = ada.token.substr(ada.token.rfind('.'));
  auto head = ada.token.substr(0, ada.token.find('.'));
  auto claims = boost::json::parse(*secrets::parse_base64url(payload)).as_object();
  claims["sub"] = to_string(new_uuid(now()));
  refused(head + "." + secrets::base64url(boost::json::serialize(claims)) + signature);
  auth::key_holder stolen;
  std::vector<auth::signing_key> keys{auth::make_signing_key(secrets::random_bytes(32), now() - seconds{60})};
  stolen.replace(std::make_shared<const auth::key_set>(keys, seconds{900}));
  auth::token_issuer forger(stolen, "troupe", seconds{900}, [this] { return now(); });
  auto forged = forger.issue(*parse_uuid(ada.id), new_uuid(now()), 1);
  CAF_REQUIRE(forged.has_value());
  refused(forged->text);
  refused(head + forged->text.substr(forged->text.find('.'))); // under the name of our key
  auto public_key = get("", "/.well-known/jwks.json").json().at("keys").at(0);
  auto confused = secrets::base64url(R"({"alg":"HS256","typ":"JWT","kid":")" + at(public_key, "kid") + "\"}");
  refused(confused + "." + payload + signature);
  CAF_CHECK_EQUAL(raw("GET", "/v1/me", {{"Authorization", "Basic " + ada.token}}).status, 401);
  CAF_CHECK_EQUAL(raw("GET", "/v1/me", {{"Authorization", "bearer " + ada.token}}).status, 200);
  owner_.ahead_s = 901;
  refused(ada.token);
}

CAF_TEST_FIXTURE_SCOPE_END()
