#define CAF_SUITE password

#include "actors/auth/password.hpp"
#include "system/core/secrets.hpp"

#include <caf/test/unit_test.hpp>

#include <future>

using namespace troupe;
using auth::password_check;
using auth::password_hash;
using auth::password_hasher;

namespace {

/// As cheap as argon2id gets: what is tested is the way, not the cost.
constexpr auth::password_settings cheap{.memory_kib = 8, .passes = 1, .threads = 1, .queue_limit = 4};

template <class T>
T wait_for(std::future<T> result) {
  if (result.wait_for(std::chrono::seconds{30}) != std::future_status::ready)
    CAF_FAIL("no answer from the hasher");
  return result.get();
}

password_hash hash(password_hasher& h, std::string password) {
  auto done = std::make_shared<std::promise<password_hash>>();
  h.hash(std::move(password), [done](password_hash r) { done->set_value(std::move(r)); });
  return wait_for(done->get_future());
}

password_check verify(password_hasher& h, std::string password, std::string stored) {
  auto done = std::make_shared<std::promise<password_check>>();
  h.verify(std::move(password), std::move(stored), [done](password_check r) { done->set_value(r); });
  return wait_for(done->get_future());
}

} // namespace

CAF_TEST(a password matches its own hash and no other) {
  secrets::init();
  password_hasher h(cheap);
  auto stored = hash(h, "correct horse battery");
  CAF_REQUIRE(stored.code == ec::none);
  CAF_CHECK(stored.text.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  CAF_CHECK(verify(h, "correct horse battery", stored.text).matches);
  CAF_CHECK(!verify(h, "correct horse batterz", stored.text).matches);
  CAF_CHECK(!verify(h, "", stored.text).matches);
  CAF_CHECK(stored.text != hash(h, "correct horse battery").text);
}

CAF_TEST(nobody has a password not even the one of the dummy) {
  secrets::init();
  password_hasher h(cheap);
  auto r = verify(h, "no user has this one", "");
  CAF_CHECK(r.code == ec::none);
  CAF_CHECK(!r.matches);
  CAF_CHECK(!r.needs_rehash);
}

CAF_TEST(a hash of cheaper settings asks to be made anew) {
  secrets::init();
  password_hasher h(cheap);
  auto stored = hash(h, "correct horse battery").text;
  CAF_CHECK(!verify(h, "correct horse battery", stored).needs_rehash);
  password_hasher dearer({.memory_kib = 16, .passes = 2, .threads = 1, .queue_limit = 4});
  CAF_CHECK(verify(dearer, "correct horse battery", stored).needs_rehash);
  CAF_CHECK(!verify(dearer, "wrong", stored).needs_rehash);
}

CAF_TEST(a damaged hash in the database matches nothing) {
  secrets::init();
  password_hasher h(cheap);
  for (auto text : {"x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$", "plain text"}) {
    auto r = verify(h, "plain text", text);
    CAF_CHECK(r.code == ec::none);
    CAF_CHECK(!r.matches);
  }
}

CAF_TEST(a full queue refuses at once and an ending one answers everybody) {
  secrets::init();
  auto h = std::make_unique<password_hasher>(cheap);
  // The one thread stands in this handler until the test lets it go on.
  std::promise<void> entered, go_on;
  h->hash("first", [&](password_hash) {
    entered.set_value();
    go_on.get_future().wait();
  });
  wait_for(entered.get_future());
  std::vector<ec> codes;
  std::mutex mutex;
  auto note = [&](ec code) {
    std::lock_guard lock(mutex);
    codes.push_back(code);
  };
  for (int i = 0; i < 4; ++i) h->hash("queued", [&](const password_hash& r) { note(r.code); });
  CAF_CHECK_EQUAL(h->waiting(), 4u);
  h->verify("one too many", "", [&](const password_check& r) { note(r.code); });
  CAF_REQUIRE_EQUAL(codes.size(), 1u);
  CAF_CHECK(codes[0] == ec::overloaded);
  std::thread ending([&] { h.reset(); });
  // Whether the thread gets to a waiting one before it sees the end is open; an answer comes either way.
  go_on.set_value();
  ending.join();
  CAF_REQUIRE_EQUAL(codes.size(), 5u);
  for (std::size_t i = 1; i < codes.size(); ++i)
    CAF_CHECK(codes[i] == ec::unavailable || codes[i] == ec::none);
}
