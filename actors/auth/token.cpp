#include "actors/auth/token.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sodium.h>

namespace troupe::auth {

namespace {

/// Ours have about 330 bytes.
constexpr std::size_t token_limit = 1'024;

std::int64_t to_seconds(timestamp t) { return std::chrono::floor<seconds>(t).time_since_epoch().count(); }

/// A small JSON object, or nothing.
std::optional<boost::json::object> parse_object(std::string_view base64url) {
  auto text = secrets::parse_base64url(base64url);
  if (!text) return std::nullopt;
  boost::system::error_code problem;
  boost::json::parse_options options;
  options.max_depth = 2;
  auto value = boost::json::parse(*text, problem, {}, options);
  if (problem || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::optional<std::string_view> text_member(const boost::json::object& o, std::string_view name) {
  auto* v = o.if_contains(name);
  if (!v || !v->is_string()) return std::nullopt;
  return std::string_view(v->get_string());
}

std::optional<std::int64_t> number_member(const boost::json::object& o, std::string_view name) {
  auto* v = o.if_contains(name);
  if (!v || !v->is_int64()) return std::nullopt;
  auto n = v->get_int64();
  // Seconds of any century that matters: what follows multiplies by a million.
  if (n < 0 || n > 100'000'000'000) return std::nullopt;
  return n;
}

} // namespace

std::string_view to_string(token_problem p) noexcept {
  switch (p) {
  case token_problem::none: return "none";
  case token_problem::oversized: return "oversized";
  case token_problem::malformed: return "malformed";
  case token_problem::algorithm: return "algorithm";
  case token_problem::unknown_key: return "unknown_key";
  case token_problem::signature: return "signature";
  case token_problem::issuer: return "issuer";
  case token_problem::expired: return "expired";
  case token_problem::not_yet_valid: return "not_yet_valid";
  case token_problem::revoked: return "revoked";
  }
  return "unknown";
}

token_issuer::token_issuer(const key_holder& keys, std::string issuer, seconds life, clock_function now)
    : keys_(keys), issuer_(std::move(issuer)), life_(life), now_(std::move(now)) {}

expected<issued_token> token_issuer::issue(const uuid& user, const uuid& sign_in,
                                           std::int32_t generation) const {
  auto now = now_();
  auto keys = keys_.get();
  auto* key = keys ? keys->signer(now) : nullptr;
  if (!key) {
    failure f{ec::unavailable, "there is no signing key"};
    f.retry_after_ms = 1'000;
    return f;
  }
  auto issued = to_seconds(now);
  auto expires = issued + life_.count();
  auto payload = boost::json::serialize(boost::json::object{{"iss", issuer_},
                                                            {"sub", troupe::to_string(user)},
                                                            {"sid", troupe::to_string(sign_in)},
                                                            {"gen", generation},
                                                            {"iat", issued},
                                                            {"exp", expires}});
  issued_token out;
  out.text = key->token_header + '.' + secrets::base64url(payload);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                       reinterpret_cast<const unsigned char*>(out.text.data()), out.text.size(),
                       key->secret.data());
  out.text += '.';
  out.text += secrets::base64url(signature);
  out.expires_at = timestamp{seconds{expires}};
  return out;
}

token_verifier::token_verifier(const key_holder& keys, verifier_settings settings, clock_function now)
    : keys_(keys), settings_(std::move(settings)), now_(std::move(now)), cache_(settings_.cache_entries),
      revoked_(settings_.life) {}

verification token_verifier::verify(std::string_view token) {
  if (token.size() > token_limit) {
    ++counters_.refused;
    return {token_problem::oversized, {}};
  }
  auto now = now_();
  auto key = token_cache::key_of(token);
  verification v;
  if (cache_.find(key, now, v.who)) {
    counters_.hits.fetch_add(1, std::memory_order_relaxed);
    v.problem = token_problem::none;
    return v;
  }
  v = check(token, now);
  if (v.ok()) {
    bool good = true;
    cache_.insert(key, v.who, [&] { return good = !revoked_.covers(v.who, now); });
    // With a cache of size 0 nobody has asked yet.
    if (good && settings_.cache_entries == 0) good = !revoked_.covers(v.who, now);
    if (!good) v.problem = token_problem::revoked;
  }
  ++(v.ok() ? counters_.verified : counters_.refused);
  return v;
}

verification token_verifier::check(std::string_view token, timestamp now) const {
  auto first = token.find('.');
  auto second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos)
    return {token_problem::malformed, {}};
  auto header = parse_object(token.substr(0, first));
  if (!header) return {token_problem::malformed, {}};
  // Before the signature is looked at: what the token wants to be verified with is none of its business.
  if (text_member(*header, "alg") != "EdDSA" || header->contains("crit") || header->contains("b64"))
    return {token_problem::algorithm, {}};
  auto kid = text_member(*header, "kid");
  auto keys = keys_.get();
  auto* key = kid && keys ? keys->find(*kid, now) : nullptr;
  if (!key) return {token_problem::unknown_key, {}};
  auto signature = secrets::parse_base64url(token.substr(second + 1));
  if (!signature || signature->size() != crypto_sign_BYTES) return {token_problem::malformed, {}};
  auto signed_part = token.substr(0, second);
  if (crypto_sign_verify_detached(reinterpret_cast<const unsigned char*>(signature->data()),
                                  reinterpret_cast<const unsigned char*>(signed_part.data()),
                                  signed_part.size(), key->public_key.data()) != 0)
    return {token_problem::signature, {}};
  auto payload = parse_object(token.substr(first + 1, second - first - 1));
  if (!payload) return {token_problem::malformed, {}};
  if (text_member(*payload, "iss") != settings_.issuer) return {token_problem::issuer, {}};
  auto user = parse_uuid(text_member(*payload, "sub").value_or(""));
  auto sign_in = parse_uuid(text_member(*payload, "sid").value_or(""));
  auto generation = number_member(*payload, "gen"), issued = number_member(*payload, "iat"),
       expires = number_member(*payload, "exp");
  if (!user || !sign_in || !generation || *generation > INT32_MAX || !issued || !expires ||
      *expires <= *issued)
    return {token_problem::malformed, {}};
  verification v;
  v.who = {*user, *sign_in, static_cast<std::int32_t>(*generation), timestamp{seconds{*issued}},
           timestamp{seconds{*expires}}};
  if (v.who.issued_at > now + settings_.leeway) return {token_problem::not_yet_valid, {}};
  if (now >= v.who.expires_at) return {token_problem::expired, {}};
  v.problem = token_problem::none;
  return v;
}

void token_verifier::revoke_generations_before(const uuid& user, std::int32_t generation) {
  revoked_.user(user, generation, now_());
  cache_.remove_if([&](const claims& c) { return c.user == user && c.generation < generation; });
}

void token_verifier::revoke_sign_in(const uuid& sign_in) {
  revoked_.sign_in(sign_in, now_());
  cache_.remove_if([&](const claims& c) { return c.sign_in == sign_in; });
}

} // namespace troupe::auth
