#pragma once

#include "net/files/file_store.hpp"
#include "net/files/worker_pool.hpp"

#include <functional>
#include <string>

namespace troupe::files {

struct file_service_settings {
  int threads = 1;               // 1 .. 16. Each may decode one image at a time, which takes memory
  std::size_t queue_limit = 256; // waiting jobs; beyond: overloaded
};

/// bad_configuration names the key, what it holds and what is allowed.
expected<void> validate(const file_service_settings& settings);

/// The store, on threads of its own. Completions run on those threads (or, when the queue is full, at once on
/// the caller's) and must only hand over. Each is called exactly once, at shutdown with unavailable.
class file_service {
 public:
  file_service(file_store store, file_service_settings settings);

  using image_done = std::function<void(expected<stored_image>)>;
  void take_image(spool_ptr spool, std::string declared_type, image_limits limits, image_done done);

  using read_done = std::function<void(expected<std::string>)>;
  void read(std::string sha256, std::int64_t max_bytes, read_done done);

  /// Any other work on the store: `work(store)` on a thread of this service, or `work(nullptr)` when it
  /// cannot be.
  void run(std::function<void(const file_store*)> work);

  const file_store& store() const noexcept { return store_; }
  std::size_t waiting() const { return pool_.waiting(); }

 private:
  template <class Done, class Work>
  void submit(Done done, Work work);

  file_store store_;
  worker_pool pool_; // last: its threads end before the store does
};

} // namespace troupe::files
