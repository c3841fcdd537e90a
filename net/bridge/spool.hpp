#pragma once

#include "net/bridge/inbox.hpp"
#include "system/core/errors.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace troupe::bridge {

/// The one thread that writes bodies to disk, so that no I/O thread waits for it. Each session has at most
/// one piece on its way, which bounds what waits here.
class spool {
 public:
  /// Removes files that a crash left more than a day ago. bad_configuration when the directory cannot be
  /// used.
  static expected<std::unique_ptr<spool>> start(std::string directory);
  ~spool(); // does what is queued, then ends

  const std::string& directory() const noexcept { return directory_; }
  void submit(std::function<void()> job);

 private:
  explicit spool(std::string directory);
  void run();

  std::string directory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

/// One body on its way to disk: a fresh file of mode 0600, removed again unless release()d. Callbacks come on
/// the I/O thread behind `home`.
class spool_file : public std::enable_shared_from_this<spool_file> {
 public:
  using callback = std::function<void(bool ok)>;

  spool_file(spool& disk, std::shared_ptr<inbox> home);
  ~spool_file();

  void write(std::string bytes, callback done);
  /// All is written; the file is closed.
  void finish(callback done);
  /// The path; whoever gets it owns the file.
  std::string release();

 private:
  struct target; // shared with the jobs on the disk thread

  spool& disk_;
  std::shared_ptr<inbox> home_;
  std::shared_ptr<target> target_;
};

} // namespace troupe::bridge
