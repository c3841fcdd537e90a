#include "net/bridge/spool.hpp"

#include "system/core/clock.hpp"
#include "system/core/ids.hpp"
#include "system/core/log.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::bridge {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "upload-";

void remove_leftovers(const std::string& directory) {
  std::error_code failed;
  auto limit = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (fs::directory_iterator it(directory, failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code ignored;
    if (it->path().filename().string().rfind(prefix, 0) == 0 && it->is_regular_file(ignored) &&
        it->last_write_time(ignored) < limit)
      fs::remove(it->path(), ignored);
  }
}

} // namespace

spool::spool(std::string directory) : directory_(std::move(directory)), thread_([this] { run(); }) {}

expected<std::unique_ptr<spool>> spool::start(std::string directory) {
  if (directory.empty() || access(directory.c_str(), W_OK | X_OK) != 0 || !fs::is_directory(directory))
    return failure{ec::bad_configuration,
                   fmt::format("spool_directory: '{}' is not a directory that can be written to", directory)};
  remove_leftovers(directory);
  return std::unique_ptr<spool>(new spool(std::move(directory)));
}

spool::~spool() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void spool::submit(std::function<void()> job) {
  {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void spool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = {};
    lock.lock();
  }
}

/// Touched by the disk thread alone once a job has been submitted; `path` never changes.
struct spool_file::target {
  std::string path;
  int handle = -1;
  bool failed = false;

  void fail(const char* what) {
    log::warning("bridge.spool_failed",
                 {{"step", std::string_view{what}}, {"error", std::string_view{strerror(errno)}}});
    failed = true;
  }

  void append(std::string_view bytes) {
    if (failed) return;
    if (handle < 0) handle = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (handle < 0) return fail("open");
    while (!bytes.empty()) {
      auto count = ::write(handle, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail("write");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  void close() {
    if (handle >= 0 && ::close(handle) != 0) fail("close");
    handle = -1;
  }
};

spool_file::spool_file(spool& disk, std::shared_ptr<inbox> home)
    : disk_(disk), home_(std::move(home)), target_(std::make_shared<target>()) {
  target_->path = fmt::format("{}/{}{}", disk.directory(), prefix, to_string(new_uuid(system_now())));
}

spool_file::~spool_file() {
  if (!target_) return;
  disk_.submit([at = target_] {
    at->close();
    unlink(at->path.c_str());
  });
}

void spool_file::write(std::string bytes, callback done) {
  disk_.submit([at = target_, home = home_, bytes = std::move(bytes), done = std::move(done)] {
    at->append(bytes);
    home->push([done, ok = !at->failed] { done(ok); });
  });
}

void spool_file::finish(callback done) {
  disk_.submit([at = target_, home = home_, done = std::move(done)] {
    at->append({});
    at->close();
    home->push([done, ok = !at->failed] { done(ok); });
  });
}

std::string spool_file::release() {
  auto path = target_->path;
  target_.reset();
  return path;
}

} // namespace troupe::bridge
