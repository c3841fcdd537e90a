#pragma once

#include "config/settings.hpp"
#include "net/files/file_service.hpp"
#include "system/actor/ownership.hpp"
#include "system/storage/database.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace troupe::node {

/// Housekeeping on a thread of its own, at start and then every hour: partitions of the days to come, what
/// has outlived its retention, media that nothing refers to. A failure is logged and tried again at the next
/// turn.
class maintenance {
 public:
  maintenance(const config::settings& c, storage::connection_settings connection,
              std::function<void()> sweep_media);
  ~maintenance();

 private:
  void run();
  void turn();
  void keep_house(storage::blocking_connection& db) const;

  const config::settings& config_;
  storage::connection_settings connection_;
  std::function<void()> sweep_media_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace troupe::node
