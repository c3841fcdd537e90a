#include "actors/auth/login_limiter.hpp"

#include "system/core/secrets.hpp"

#include <fmt/format.h>

namespace troupe::auth {

namespace {

/// The cache may be shared and is no place for addresses of people: only hashes go there.
std::string account_key(std::string_view account) {
  return fmt::format("login:account:{}", secrets::base64url(secrets::token_hash(account).substr(0, 16)));
}

std::string address_key(std::string_view address) { return fmt::format("login:address:{}", address); }

milliseconds wait_of(const cache::bucket_result& r) {
  return r.allowed ? milliseconds{0} : std::max(r.resets_in, milliseconds{1});
}

} // namespace

void login_limiter::attempt(std::string_view account, std::string_view address,
                            std::function<void(milliseconds)> done) {
  cache_.take(
      address_key(address), limits_.per_address, limits_.window,
      [this, key = account_key(account), done = std::move(done)](const cache::bucket_result& by_address) {
        if (!by_address.allowed) return done(wait_of(by_address));
        cache_.take(key, limits_.per_account, limits_.window,
                    [done](const cache::bucket_result& by_account) { done(wait_of(by_account)); });
      });
}

void login_limiter::succeeded(std::string_view account) { cache_.end_window(account_key(account)); }

} // namespace troupe::auth
