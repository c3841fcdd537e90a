#include "actors/auth/password.hpp"

#include "system/core/log.hpp"

#include <sodium.h>

#include <new>
#include <utility>

namespace troupe::auth {

namespace {

std::size_t memory_bytes(const password_settings& s) { return s.memory_kib * 1024; }

void wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

} // namespace

std::string hash_password_blocking(const std::string& password, const password_settings& s) {
  char text[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(text, password.data(), password.size(), s.passes, memory_bytes(s),
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc();
  return text;
}

password_hasher::password_hasher(password_settings settings)
    : settings_(settings), dummy_(hash_password_blocking("no user has this one", settings)) {
  for (std::size_t i = 0; i < settings_.threads; ++i) threads_.emplace_back([this] { run(); });
}

password_hasher::~password_hasher() {
  std::deque<job> left;
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    left.swap(queue_);
  }
  changed_.notify_all();
  for (auto& t : threads_) t.join();
  for (auto& j : left) refuse(j, ec::unavailable);
}

void password_hasher::hash(std::string password, std::function<void(password_hash)> done) {
  add({std::move(password), {}, std::move(done), {}});
}

void password_hasher::verify(std::string password, std::string stored,
                             std::function<void(password_check)> done) {
  add({std::move(password), std::move(stored), {}, std::move(done)});
}

void password_hasher::add(job j) {
  {
    std::lock_guard lock(mutex_);
    if (!stop_ && queue_.size() < settings_.queue_limit) {
      queue_.push_back(std::move(j));
      changed_.notify_one();
      return;
    }
  }
  refuse(j, ec::overloaded);
}

void password_hasher::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    auto j = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work(j);
    lock.lock();
  }
}

void password_hasher::work(job& j) const {
  if (j.hashed) {
    password_hash out;
    try {
      out.text = hash_password_blocking(j.password, settings_);
      out.code = ec::none;
    } catch (const std::bad_alloc&) {
      log::error("auth.hash_out_of_memory", {{"memory_kib", settings_.memory_kib}});
      out.code = ec::overloaded;
    }
    wipe(j.password);
    j.hashed(std::move(out));
    return;
  }
  password_check out;
  out.code = ec::none;
  const auto& stored = j.stored.empty() ? dummy_ : j.stored;
  bool same = crypto_pwhash_str_verify(stored.c_str(), j.password.data(), j.password.size()) == 0;
  out.matches = same && !j.stored.empty();
  out.needs_rehash = out.matches && crypto_pwhash_str_needs_rehash(stored.c_str(), settings_.passes,
                                                                   memory_bytes(settings_)) != 0;
  wipe(j.password);
  j.checked(out);
}

void password_hasher::refuse(job& j, ec code) {
  wipe(j.password);
  if (j.hashed) j.hashed({code, {}});
  if (j.checked) j.checked({code, false, false});
}

std::size_t password_hasher::waiting() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

} // namespace troupe::auth
