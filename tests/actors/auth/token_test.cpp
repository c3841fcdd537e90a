#define CAF_SUITE token

#include "proofs.hpp"

#include <boost/json.hpp>
#include <caf/test/unit_test.hpp>
#include <fmt/format.h>
#include <sodium.h>

using namespace troupe;
using test::proofs;

namespace {

std::string_view view(const auto& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// HS256 with this key: what a verifier that trusts the token's algorithm would compute.
std::string hmac_token(std::string_view header, std::string_view payload, std::string_view key) {
  auto text = secrets::base64url(header) + "." + secrets::base64url(payload);
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
  return text + "." + secrets::base64url(mac);
}

} // namespace

CAF_TEST(a token says who it was issued to) {
  proofs p;
  auto v = p.verifier.verify(p.issue(7));
  CAF_REQUIRE(v.ok());
  CAF_CHECK(v.who.user == p.user);
  CAF_CHECK(v.who.sign_in == p.sign_in);
  CAF_CHECK_EQUAL(v.who.generation, 7);
  CAF_CHECK(v.who.issued_at == p.now);
  CAF_CHECK(v.who.expires_at == p.now + seconds{900});
}

CAF_TEST(the second look at a token comes from the cache) {
  proofs p;
  auto token = p.issue();
  CAF_CHECK_EQUAL(p.verdict(token), "none");
  CAF_CHECK_EQUAL(p.verdict(token), "none");
  CAF_CHECK_EQUAL(p.verifier.counters().verified.load(), 1u);
  CAF_CHECK_EQUAL(p.verifier.counters().hits.load(), 1u);
}

CAF_TEST(a token ends at its time also when it is cached) {
  proofs p;
  auto token = p.issue();
  CAF_CHECK_EQUAL(p.verdict(token), "none");
  p.now += seconds{899};
  CAF_CHECK_EQUAL(p.verdict(token), "none");
  p.now += seconds{1};
  CAF_CHECK_EQUAL(p.verdict(token), "expired");
}

CAF_TEST(a token from the future is refused beyond a few seconds) {
  proofs p;
  auto now = p.now.time_since_epoch() / seconds{1};
  CAF_CHECK_EQUAL(p.verdict(p.signed_by_us(p.header(), p.payload(now + 5, now + 900))), "none");
  CAF_CHECK_EQUAL(p.verdict(p.signed_by_us(p.header(), p.payload(now + 6, now + 900))), "not_yet_valid");
}

CAF_TEST(a token without a signature is refused whatever algorithm it names) {
  proofs p;
  auto payload = p.payload(1'800'000'000, 1'800'000'900);
  for (std::string_view alg : {"none", "None", "NONE", "", "eddsa", "Ed25519"}) {
    auto header = fmt::format(R"({{"alg":"{}","kid":"{}","typ":"JWT"}})", alg, p.key.kid);
    auto text = secrets::base64url(header) + "." + secrets::base64url(payload) + ".";
    CAF_CHECK_EQUAL(p.verdict(text), "algorithm");
    // Signed by our very key, it still is not what we write.
    CAF_CHECK_EQUAL(p.verdict(p.signed_by_us(header, payload)), "algorithm");
  }
  CAF_CHECK_EQUAL(p.verdict(secrets::base64url(p.header()) + "." + secrets::base64url(payload) + "."),
                  "malformed");
  CAF_CHECK_EQUAL(p.verdict(p.signed_by_us(R"({"typ":"JWT"})", payload)), "algorithm");
}

CAF_TEST(the public key is no secret for HMAC) {
  proofs p;
  auto payload = p.payload(1'800'000'000, 1'800'000'900);
  auto header = fmt::format(R"({{"alg":"HS256","kid":"{}","typ":"JWT"}})", p.key.kid);
  CAF_CHECK_EQUAL(p.verdict(hmac_token(header, payload, view(p.key.public_key))), "algorithm");
  CAF_CHECK_EQUAL(p.verdict(hmac_token(header, payload, secrets::base64url(view(p.key.public_key)))),
                  "algorithm");
}

CAF_TEST(a token of another key is refused) {
  proofs p, stranger;
  CAF_CHECK_EQUAL(p.verdict(stranger.issue()), "unknown_key");
  // The stranger's signature under our key id.
  stranger.key.kid = p.key.kid;
  CAF_CHECK_EQUAL(p.verdict(stranger.signed_by_us(p.header(), p.payload(1'800'000'000, 1'800'000'900))),
                  "signature");
}

CAF_TEST(every changed character makes a token worthless) {
  proofs p;
  auto token = p.issue();
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (p.verifier.verify(changed).ok()) CAF_ERROR("accepted with another character at " << i);
  }
  CAF_CHECK_EQUAL(p.verdict(token), "none");
}

CAF_TEST(what is no token is refused for its form) {
  proofs p;
  auto token = p.issue();
  CAF_CHECK_EQUAL(p.verdict(""), "malformed");
  CAF_CHECK_EQUAL(p.verdict("."), "malformed");
  CAF_CHECK_EQUAL(p.verdict(".."), "malformed");
  CAF_CHECK_EQUAL(p.verdict(token + ".x"), "malformed");
  CAF_CHECK_EQUAL(p.verdict(token + "="), "malformed");
  CAF_CHECK_EQUAL(p.verdict(" " + token), "malformed");
  CAF_CHECK_EQUAL(p.verdict(std::string(2'000, 'a')), "oversized");
  CAF_CHECK_EQUAL(p.verdict(token + std::string(1'024, 'A')), "oversized");
  CAF_CHECK_EQUAL(p.verdict(p.signed_by_us("[]", "{}")), "malformed");
  CAF_CHECK_EQUAL(p.verdict(p.signed_by_us(p.header(), "[]")), "malformed");
  CAF_CHECK_EQUAL(p.verdict(p.signed_by_us(p.header(), R"({"a":{"b":{"c":{}}}})")), "malformed");
  auto crit = fmt::format(R"({{"alg":"EdDSA","kid":"{}","crit":["exp"]}})", p.key.kid);
  CAF_CHECK_EQUAL(p.verdict(p.signed_by_us(crit, p.payload(1'800'000'000, 1'800'000'900))), "algorithm");
}

CAF_TEST(claims of the wrong kind are refused) {
  proofs p;
  auto with = [&](std::string_view from, std::string_view to) {
    auto text = p.payload(1'800'000'000, 1'800'000'900);
    auto at = text.find(from);
    CAF_REQUIRE(at != text.npos);
    text.replace(at, from.size(), to);
    return p.verdict(p.signed_by_us(p.header(), text));
  };
  CAF_CHECK_EQUAL(with(R"("iss":"troupe")", R"("iss":"other")"), "issuer");
  CAF_CHECK_EQUAL(with(R"("iss":"troupe",)", ""), "issuer");
  CAF_CHECK_EQUAL(with(R"("gen":1)", R"("gen":"1")"), "malformed");
  CAF_CHECK_EQUAL(with(R"("gen":1)", R"("gen":99999999999)"), "malformed");
  CAF_CHECK_EQUAL(with(R"("exp":1800000900)", R"("exp":1800000900.5)"), "malformed");
  CAF_CHECK_EQUAL(with(R"("exp":1800000900)", R"("exp":9223372036854775807)"), "malformed");
  CAF_CHECK_EQUAL(with(R"("exp":1800000900)", R"("exp":1800000000)"), "malformed");
  CAF_CHECK_EQUAL(with(R"("iat":1800000000)", R"("iat":-1)"), "malformed");
  CAF_CHECK_EQUAL(with(to_string(p.user), "not-a-uuid"), "malformed");
}

CAF_TEST(a logout everywhere takes cached tokens back and leaves newer ones) {
  proofs p;
  auto old_token = p.issue(1), fresh_token = p.issue(2);
  CAF_CHECK_EQUAL(p.verdict(old_token), "none");
  p.verifier.revoke_generations_before(p.user, 2);
  CAF_CHECK_EQUAL(p.verdict(old_token), "revoked");
  CAF_CHECK_EQUAL(p.verdict(fresh_token), "none");
}

CAF_TEST(the end of one session leaves the users others) {
  proofs p;
  auto ended = p.issue();
  auto other = p.issuer.issue(p.user, new_uuid(p.now), 1)->text;
  CAF_CHECK_EQUAL(p.verdict(ended), "none");
  p.verifier.revoke_sign_in(p.sign_in);
  CAF_CHECK_EQUAL(p.verdict(ended), "revoked");
  CAF_CHECK_EQUAL(p.verdict(other), "none");
}

CAF_TEST(without a cache every token is verified and revocations still hold) {
  auth::verifier_settings settings;
  settings.cache_entries = 0;
  proofs p(settings);
  auto token = p.issue();
  CAF_CHECK_EQUAL(p.verdict(token), "none");
  CAF_CHECK_EQUAL(p.verdict(token), "none");
  CAF_CHECK_EQUAL(p.verifier.counters().verified.load(), 2u);
  p.verifier.revoke_sign_in(p.sign_in);
  CAF_CHECK_EQUAL(p.verdict(token), "revoked");
}

CAF_TEST(openssl finds our signatures good) {
  proofs p;
  auto token = p.issue();
  auto text = token.substr(0, token.rfind('.'));
  auto signature = test::part_of(token, 2);
  // With the key as the JWKS shows it.
  auto jwks = boost::json::parse(p.keys.get()->jwks(p.now));
  auto& jwk = jwks.at("keys").at(0);
  CAF_CHECK_EQUAL(std::string(jwk.at("kid").as_string()),
                  std::string(boost::json::parse(test::part_of(token, 0)).at("kid").as_string()));
  auto x = secrets::parse_base64url(std::string_view(jwk.at("x").as_string()));
  CAF_REQUIRE(x.has_value());
  CAF_CHECK(test::openssl_verifies(*x, text, signature));
  signature[5] = static_cast<char>(signature[5] ^ 1);
  CAF_CHECK(!test::openssl_verifies(*x, text, signature));
}

CAF_TEST(we find signatures of openssl good) {
  proofs p;
  auto text =
      secrets::base64url(p.header()) + "." + secrets::base64url(p.payload(1'800'000'000, 1'800'000'900));
  auto signature = test::openssl_sign(p.seed, text);
  CAF_REQUIRE_EQUAL(signature.size(), 64u);
  CAF_CHECK_EQUAL(p.verdict(text + "." + secrets::base64url(signature)), "none");
}
