#define CAF_SUITE token_cache

#include "actors/auth/token_cache.hpp"
#include "system/core/secrets.hpp"

#include <caf/test/unit_test.hpp>

#include <fmt/format.h>

#include <atomic>
#include <thread>

using namespace troupe;
using auth::token_cache;

namespace {

constexpr timestamp start{seconds{1'800'000'000}};

auth::claims some_claims(seconds life) {
  secrets::init();
  return {new_uuid(start), new_uuid(start), 1, start, start + life};
}

} // namespace

CAF_TEST(the cache holds no more than it may and keeps what is used) {
  token_cache cache(160); // ten in each of its parts
  auto who = some_claims(seconds{900});
  auto favourite = token_cache::key_of("favourite");
  auth::claims out;
  cache.insert(favourite, who, [] { return true; });
  for (int i = 0; i < 2'000; ++i) {
    cache.insert(token_cache::key_of(fmt::format("token {}", i)), who, [] { return true; });
    CAF_REQUIRE(cache.find(favourite, start, out));
  }
  CAF_CHECK(cache.size() <= 160u);
  CAF_CHECK(cache.size() >= 100u);
  CAF_CHECK(!cache.find(token_cache::key_of("token 0"), start, out));
}

CAF_TEST(an expired entry is dropped when it is asked for) {
  token_cache cache(16);
  auto key = token_cache::key_of("token");
  cache.insert(key, some_claims(seconds{10}), [] { return true; });
  auth::claims out;
  CAF_CHECK(cache.find(key, start + seconds{9}, out));
  CAF_CHECK(!cache.find(key, start + seconds{10}, out));
  CAF_CHECK_EQUAL(cache.size(), 0u);
}

CAF_TEST(revocations are forgotten once no token can be alive) {
  auth::revocations revoked(seconds{900});
  auto who = some_claims(seconds{900});
  revoked.sign_in(who.sign_in, start);
  CAF_CHECK(revoked.covers(who, start));
  CAF_CHECK(revoked.covers(who, start + seconds{900}));
  CAF_CHECK(!revoked.covers(who, start + seconds{1'800}));
  // Old ones go when a later one comes.
  for (int i = 0; i < 1'000; ++i) revoked.sign_in(new_uuid(start), start + seconds{1});
  CAF_CHECK_EQUAL(revoked.size(), 1'001u);
  revoked.sign_in(new_uuid(start), start + seconds{4'000});
  CAF_CHECK_EQUAL(revoked.size(), 1u);
}

CAF_TEST(a token that is revoked while it is being cached does not stay) {
  // The two sides of the race, many times: whoever comes second must see the first.
  token_cache cache(1'600);
  auth::revocations revoked(seconds{900});
  for (int round = 0; round < 500; ++round) {
    auto who = some_claims(seconds{900});
    auto key = token_cache::key_of(fmt::format("round {}", round));
    std::atomic<int> ready{0};
    auto meet = [&] {
      ++ready;
      while (ready < 2) std::this_thread::yield();
    };
    std::thread revoker([&] {
      meet();
      revoked.sign_in(who.sign_in, start);
      cache.remove_if([&](const auth::claims& c) { return c.sign_in == who.sign_in; });
    });
    meet();
    cache.insert(key, who, [&] { return !revoked.covers(who, start); });
    revoker.join();
    auth::claims out;
    if (cache.find(key, start, out)) CAF_FAIL("a revoked token stayed in the cache in round " << round);
  }
}
