#include "actors/auth/signing_keys.hpp"

#include "system/core/log.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

namespace troupe::auth {

namespace {

constexpr const char* insert_key_sql =
    "INSERT INTO signing_key (kid, public_key, sealed_seed) SELECT $1, $2::bytea, $3::bytea "
    "WHERE $4::boolean OR NOT EXISTS (SELECT 1 FROM signing_key WHERE retired_at IS NULL)";

std::string context_of(std::string_view kid) { return fmt::format("signing-key:{}", kid); }

std::string_view text_of(const auto& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

failure broken(const storage::batch_result& r) {
  log::error("auth.signing_keys_failed", {{"sqlstate", r.sqlstate}, {"message", r.message}});
  return {ec::storage_failed, "the signing keys could not be read or written"};
}

/// Inserts a fresh key; without `always` only when no key is there that goes on signing.
expected<std::string> insert_key(storage::blocking_connection& db, const secrets::key_ring& ring,
                                 bool always) {
  auto seed = secrets::random_bytes(crypto_sign_SEEDBYTES);
  auto key = make_signing_key(seed, {});
  auto r = db.run(insert_key_sql, {key.kid, storage::bytea(text_of(key.public_key)),
                                   storage::bytea(ring.seal(seed, context_of(key.kid))), always ? "t" : "f"});
  sodium_memzero(seed.data(), seed.size());
  if (!r.ok()) return broken(r);
  if (r.results[0].affected() > 0) log::info("auth.signing_key_made", {{"kid", key.kid}});
  return key.kid;
}

} // namespace

const storage::statement read_keys_sql{"auth_read_keys",
                                       "SELECT kid, sealed_seed, micros(created_at), "
                                       "micros(retired_at) FROM signing_key ORDER BY created_at, kid"};

signing_key make_signing_key(std::string_view seed, timestamp created_at) {
  signing_key key;
  crypto_sign_seed_keypair(key.public_key.data(), key.secret.data(),
                           reinterpret_cast<const unsigned char*>(seed.data()));
  auto x = secrets::base64url(text_of(key.public_key));
  // RFC 7638: the required members in lexicographic order, without white space.
  key.kid =
      secrets::base64url(secrets::sha256(fmt::format(R"({{"crv":"Ed25519","kty":"OKP","x":"{}"}})", x)));
  key.created_at = created_at;
  key.token_header = secrets::base64url(fmt::format(R"({{"alg":"EdDSA","kid":"{}","typ":"JWT"}})", key.kid));
  return key;
}

key_set::key_set(std::vector<signing_key> keys, seconds token_life)
    : keys_(std::move(keys)), token_life_(token_life) {
  std::stable_sort(keys_.begin(), keys_.end(),
                   [](const signing_key& a, const signing_key& b) { return a.created_at < b.created_at; });
}

const signing_key* key_set::signer(timestamp now) const noexcept {
  const signing_key* best = nullptr;
  for (auto& key : keys_) {
    if (key.retired_at && *key.retired_at <= now) continue;
    // A key with an end in sight is the one that everyone knows already; the oldest of those without one is
    // next.
    if (!best || (key.retired_at && (!best->retired_at || *key.retired_at < *best->retired_at))) best = &key;
  }
  return best;
}

bool key_set::verifies(const signing_key& key, timestamp now) const noexcept {
  return !key.retired_at || now < *key.retired_at + token_life_;
}

const signing_key* key_set::find(std::string_view kid, timestamp now) const noexcept {
  for (auto& key : keys_)
    if (key.kid == kid && verifies(key, now)) return &key;
  return nullptr;
}

std::string key_set::jwks(timestamp now) const {
  boost::json::array keys;
  auto show = [&](const signing_key& key) {
    keys.push_back({{"kty", "OKP"},
                    {"crv", "Ed25519"},
                    {"use", "sig"},
                    {"alg", "EdDSA"},
                    {"kid", key.kid},
                    {"x", secrets::base64url(text_of(key.public_key))}});
  };
  auto* first = signer(now);
  if (first) show(*first);
  for (auto& key : keys_)
    if (&key != first && verifies(key, now)) show(key);
  return boost::json::serialize(boost::json::object{{"keys", std::move(keys)}});
}

void key_holder::replace(std::shared_ptr<const key_set> fresh) {
  std::lock_guard lock(mutex_);
  keys_ = std::move(fresh);
}

std::shared_ptr<const key_set> key_holder::get() const {
  std::lock_guard lock(mutex_);
  return keys_;
}

expected<std::vector<signing_key>> read_keys(const storage::rows& rows, const secrets::key_ring& ring) {
  std::vector<signing_key> keys;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto kid = std::string(rows.get(i, 0));
    auto seed = ring.open(storage::from_bytea(rows.get(i, 1)), context_of(kid));
    if (!seed) return seed.error();
    if (seed->size() != crypto_sign_SEEDBYTES)
      return failure{ec::internal, "a stored signing key is damaged"};
    auto key = make_signing_key(*seed, from_micros(rows.get_int(i, 2)));
    sodium_memzero(seed->data(), seed->size());
    if (key.kid != kid) return failure{ec::internal, "a stored signing key does not match its id"};
    if (!rows.is_null(i, 3)) key.retired_at = from_micros(rows.get_int(i, 3));
    keys.push_back(std::move(key));
  }
  return keys;
}

expected<std::vector<signing_key>> load_or_create_keys(storage::blocking_connection& db,
                                                       const secrets::key_ring& ring) {
  if (auto made = insert_key(db, ring, false); !made) return made.error();
  auto r = db.run(read_keys_sql.sql);
  if (!r.ok()) return broken(r);
  return read_keys(r.results[0], ring);
}

expected<std::string> rotate_signing_key(storage::blocking_connection& db, const secrets::key_ring& ring,
                                         seconds announce) {
  auto kid = insert_key(db, ring, true);
  if (!kid) return kid.error();
  auto r = db.run("UPDATE signing_key SET retired_at = now() + make_interval(secs => $2::float8) "
                  "WHERE kid <> $1 AND retired_at IS NULL",
                  {*kid, std::to_string(announce.count())});
  if (!r.ok()) return broken(r);
  log::info("auth.signing_keys_rotated", {{"kid", *kid}, {"retiring", r.results[0].affected()}});
  return kid;
}

expected<std::size_t> reseal_signing_keys(storage::blocking_connection& db, const secrets::key_ring& ring) {
  auto r = db.run("SELECT kid, sealed_seed FROM signing_key");
  if (!r.ok()) return broken(r);
  std::size_t count = 0;
  for (std::size_t i = 0; i < r.results[0].size(); ++i) {
    auto kid = std::string(r.results[0].get(i, 0));
    auto sealed = storage::from_bytea(r.results[0].get(i, 1));
    if (secrets::key_ring::key_id_of(sealed) == ring.newest()) continue;
    auto seed = ring.open(sealed, context_of(kid));
    if (!seed) return seed.error();
    auto w = db.run("UPDATE signing_key SET sealed_seed = $2::bytea WHERE kid = $1",
                    {kid, storage::bytea(ring.seal(*seed, context_of(kid)))});
    sodium_memzero(seed->data(), seed->size());
    if (!w.ok()) return broken(w);
    ++count;
  }
  return count;
}

} // namespace troupe::auth
