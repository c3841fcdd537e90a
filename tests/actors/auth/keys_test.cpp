#define CAF_SUITE signing_keys

#include "proofs.hpp"
#include "tests/support/postgres.hpp"

#include <boost/json.hpp>
#include <caf/test/unit_test.hpp>

#include <filesystem>

using namespace troupe;
using test::proofs;

namespace {

/// A migrated database and a key file.
struct vault {
  test::postgres server;
  std::string file;
  secrets::key_ring ring;
  std::unique_ptr<storage::blocking_connection> db;

  vault() {
    secrets::init();
    file = (std::filesystem::temp_directory_path() / ("troupe-keys-" + secrets::random_token(9))).string();
    CAF_REQUIRE(secrets::key_ring::create(file).has_value());
    ring = *secrets::key_ring::load(file);
    storage::connection_settings settings;
    settings.dsn = server.dsn();
    auto opened = storage::blocking_connection::open(settings);
    CAF_REQUIRE(opened.has_value());
    db = std::move(*opened);
    auto migrated = storage::migrate(*db);
    CAF_REQUIRE(migrated.has_value());
  }
  ~vault() { std::filesystem::remove(file); }

  std::vector<auth::signing_key> load() {
    auto keys = auth::load_or_create_keys(*db, ring);
    if (!keys) CAF_FAIL("load: " << keys.error().detail);
    return *keys;
  }
};

auth::signing_key key_at(timestamp created, std::optional<timestamp> retired = std::nullopt) {
  auto key = auth::make_signing_key(secrets::random_bytes(32), created);
  key.retired_at = retired;
  return key;
}

} // namespace

CAF_TEST(the first start makes one key and the next ones find it) {
  vault v;
  auto first = v.load();
  CAF_REQUIRE_EQUAL(first.size(), 1u);
  auto second = v.load();
  CAF_REQUIRE_EQUAL(second.size(), 1u);
  CAF_CHECK_EQUAL(first[0].kid, second[0].kid);
  CAF_CHECK(first[0].secret == second[0].secret);
}

CAF_TEST(the private half in the database opens with its own key file only) {
  vault v;
  auto key = v.load()[0];
  auto row = v.db->run("SELECT sealed_seed FROM signing_key").results[0];
  auto sealed = storage::from_bytea(row.get(0, 0));
  std::string seed(reinterpret_cast<const char*>(key.secret.data()), 32);
  CAF_CHECK(sealed.find(seed) == sealed.npos);
  CAF_CHECK(v.ring.open(sealed, "signing-key:" + key.kid).has_value());
  CAF_CHECK(!v.ring.open(sealed, "signing-key:other").has_value());
  vault stranger;
  auto refused = auth::load_or_create_keys(*v.db, stranger.ring);
  CAF_REQUIRE(!refused.has_value());
  CAF_CHECK(refused.error().code == ec::internal);
}

CAF_TEST(a rotation announces the new key before it signs) {
  vault v;
  auto old_kid = v.load()[0].kid;
  auto rotated = auth::rotate_signing_key(*v.db, v.ring, seconds{120});
  CAF_REQUIRE(rotated.has_value());
  auto keys = v.load();
  CAF_REQUIRE_EQUAL(keys.size(), 2u);
  auto retires = keys[0].kid == old_kid ? keys[0].retired_at : keys[1].retired_at;
  CAF_REQUIRE(retires.has_value());
  auth::key_set set(std::move(keys), seconds{900});
  CAF_CHECK_EQUAL(set.signer(*retires - seconds{1})->kid, old_kid);
  CAF_CHECK(set.find(*rotated, *retires - seconds{1}) != nullptr);
  CAF_CHECK_EQUAL(set.signer(*retires)->kid, *rotated);
  CAF_CHECK(set.find(old_kid, *retires + seconds{899}) != nullptr);
  CAF_CHECK(set.find(old_kid, *retires + seconds{900}) == nullptr);
}

CAF_TEST(a fresh key file line seals the keys anew) {
  vault v;
  auto kid = v.load()[0].kid;
  CAF_REQUIRE(secrets::key_ring::add_key(v.file).has_value());
  v.ring = *secrets::key_ring::load(v.file);
  auto count = auth::reseal_signing_keys(*v.db, v.ring);
  CAF_REQUIRE(count.has_value());
  CAF_CHECK_EQUAL(*count, 1u);
  auto again = auth::reseal_signing_keys(*v.db, v.ring);
  CAF_REQUIRE(again.has_value());
  CAF_CHECK_EQUAL(*again, 0u);
  auto keys = v.load();
  CAF_CHECK_EQUAL(keys[0].kid, kid);
}

CAF_TEST(tokens of a retired key live out their time and no longer) {
  proofs p;
  auto token = p.issue();
  auto fresh = key_at(p.now);
  p.key.retired_at = p.now + seconds{10};
  p.use({p.key, fresh});
  CAF_CHECK_EQUAL(p.verdict(token), "none");
  p.now += seconds{10};
  auto later = p.issue();
  CAF_CHECK(test::part_of(later, 0).find(fresh.kid) != std::string::npos);
  CAF_CHECK_EQUAL(p.verdict(later), "none");
  p.now += seconds{900};
  CAF_CHECK_EQUAL(
      p.verdict(p.signed_by_us(p.header(), p.payload(p.now.time_since_epoch() / seconds{1},
                                                     p.now.time_since_epoch() / seconds{1} + 900))),
      "unknown_key");
}

CAF_TEST(the key set shows the signing key first and no dead key) {
  secrets::init();
  timestamp now{seconds{1'800'000'000}};
  auto dead = key_at(now - seconds{9'000}, now - seconds{900});
  auto retired = key_at(now - seconds{8'000}, now - seconds{899});
  auto retiring = key_at(now - seconds{7'000}, now + seconds{60});
  auto next = key_at(now - seconds{10});
  auth::key_set set({next, dead, retiring, retired}, seconds{900});
  auto keys = boost::json::parse(set.jwks(now)).at("keys").as_array();
  CAF_REQUIRE_EQUAL(keys.size(), 3u);
  CAF_CHECK_EQUAL(std::string(keys[0].at("kid").as_string()), retiring.kid);
  for (auto& k : keys) {
    CAF_CHECK(k.at("kid").as_string() != boost::json::string_view(dead.kid));
    CAF_CHECK(!k.as_object().contains("d"));
  }
}

CAF_TEST(without a key nothing is issued) {
  proofs p;
  p.use({});
  auto token = p.issuer.issue(p.user, p.sign_in, 1);
  CAF_REQUIRE(!token.has_value());
  CAF_CHECK(token.error().code == ec::unavailable);
}
