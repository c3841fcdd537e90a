#pragma once

#include "system/storage/database.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

/// What the tests of storage share: settings with short limits, and waiting for completions by name.
namespace troupe::test {

/// Every wait in these tests ends here and fails, saying what it waited for.
inline constexpr std::chrono::seconds patience{60};

storage::connection_settings settings_for(const std::string& dsn);

/// Collects the results of batches in the order in which they completed. Copies share what they collect.
class collector {
 public:
  /// A completion that puts its result here.
  storage::completion next();
  /// Waits until so many have completed; throws, naming what is missing, when they do not.
  std::vector<storage::batch_result> wait_for(std::size_t count);
  std::size_t count() const;

 private:
  struct shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<storage::batch_result> results;
  };
  std::shared_ptr<shared> shared_ = std::make_shared<shared>();
};

/// Submits one batch and waits for its result.
storage::batch_result run(storage::connection& on, std::vector<storage::step> steps);

/// Waits until the condition holds; polled, since the thing waited for has no event of its own.
void wait_until(const std::string& what, const std::function<bool()>& holds);

/// All that one test needs of one database, connected.
std::unique_ptr<storage::database> open_connected(const storage::connection_settings& settings,
                                                  int writers = 1, int readers = 1);

/// Runs a script on a connection of its own; throws when it fails.
void script(const std::string& dsn, const std::string& sql);
/// The first value of the first row.
std::string value(const std::string& dsn, const std::string& sql);

/// One line for a test's log: status, sqlstate, message.
std::string text(const storage::batch_result& result);

} // namespace troupe::test
