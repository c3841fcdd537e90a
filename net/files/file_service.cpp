#include "net/files/file_service.hpp"

#include <fmt/format.h>

namespace troupe::files {

expected<void> validate(const file_service_settings& s) {
  if (s.threads < 1 || s.threads > 16)
    return failure{ec::bad_configuration,
                   fmt::format("file threads: got {}, allowed are 1 to 16", s.threads)};
  if (s.queue_limit < 1 || s.queue_limit > 100'000)
    return failure{ec::bad_configuration,
                   fmt::format("file queue: got {}, allowed are 1 to 100000", s.queue_limit)};
  return {};
}

file_service::file_service(file_store store, file_service_settings settings)
    : store_(std::move(store)), pool_(settings.threads, settings.queue_limit) {}

template <class Done, class Work>
void file_service::submit(Done done, Work work) {
  bool taken = pool_.submit([done, work = std::move(work)](bool run) {
    if (run)
      done(work());
    else
      done(failure{ec::unavailable, "this node is stopping"});
  });
  if (!taken) done(failure{ec::overloaded, "too many images are being worked on"});
}

void file_service::take_image(spool_ptr spool, std::string declared_type, image_limits limits,
                              image_done done) {
  submit(std::move(done), [this, spool = std::move(spool), declared_type = std::move(declared_type), limits] {
    return store_.take_image(*spool, declared_type, limits);
  });
}

void file_service::read(std::string sha256, std::int64_t max_bytes, read_done done) {
  submit(std::move(done),
         [this, sha256 = std::move(sha256), max_bytes] { return store_.read(sha256, max_bytes); });
}

void file_service::run(std::function<void(const file_store*)> work) {
  if (!pool_.submit([this, work](bool go) { work(go ? &store_ : nullptr); })) work(nullptr);
}

} // namespace troupe::files
