#pragma once

#include "system/core/errors.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// Passwords are kept as argon2id, libsodium's `crypto_pwhash_str`.
namespace troupe::auth {

struct password_settings {
  std::size_t memory_kib = 65'536; // 8 .. 4194304
  unsigned passes = 2;             // 1 .. 100
  std::size_t threads = 1;         // 1 .. 64
  std::size_t queue_limit = 64;    // waiting; beyond: overloaded at once
};

struct password_check {
  ec code = ec::unavailable; // none: done; overloaded; unavailable: shut down before it was done
  bool matches = false;
  bool needs_rehash = false; // matches, but was made with other settings
};
struct password_hash {
  ec code = ec::unavailable; // none; overloaded; unavailable
  std::string text;
};

/// Hashes on OS threads of its own: one hash takes about 100 ms of a core and 64 MiB, which must not happen
/// on a scheduler thread. Handlers run on those threads, or before the call returns when the queue is full:
/// hand over only. Thread-safe.
class password_hasher {
 public:
  explicit password_hasher(password_settings settings);
  ~password_hasher(); // what is waiting answers unavailable

  void hash(std::string password, std::function<void(password_hash)> done);
  /// An empty `stored` is compared with a dummy of the same cost and never matches: nobody can tell from the
  /// time whether the user exists.
  void verify(std::string password, std::string stored, std::function<void(password_check)> done);

  std::size_t waiting() const;

 private:
  struct job {
    std::string password;
    std::string stored;
    std::function<void(password_hash)> hashed;
    std::function<void(password_check)> checked;
  };
  void add(job j);
  void run();
  void work(job& j) const;
  static void refuse(job& j, ec code);

  password_settings settings_;
  std::string dummy_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<job> queue_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

/// One hash on the caller's thread, for the CLI. Throws std::bad_alloc when the memory is not there.
std::string hash_password_blocking(const std::string& password, const password_settings& settings);

} // namespace troupe::auth
