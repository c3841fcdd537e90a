#pragma once

#include "system/events/feed.hpp"
#include "tests/support/migrated.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troupe::test {

/// One listener and what it was sent, a line each: "H" hello, "R <reason>", "B" and "b" heartbeats with and
/// without a position, else "<kind> <subject> <payload>". Each line but the last kind begins with its mark,
/// cut off here.
class heard {
 public:
  std::shared_ptr<events::listener> who = std::make_shared<events::listener>();

  explicit heard(const uuid& workspace, const uuid& user = {});
  /// Lines that are no heartbeat, once there are so many; fails the test after 30 s with what there is.
  std::vector<std::string> lines(std::size_t count);
  std::vector<std::string> lines_now();
  std::vector<events::mark> marks();
  std::size_t beats(std::size_t at_least);
  void wait_end();
  bool ended();
  void unwelcome(); // from now on
  void leave();     // takes nothing more
  void slow_after(std::size_t lines);

 private:
  struct notes; // outlives this object: the feed may have something to say to it still
  std::shared_ptr<notes> notes_;
};

/// A database with the outbox, and what a feed needs of a node.
class stage {
 public:
  stage();
  ~stage();

  events::feed_settings settings;
  uuid shop, other;

  std::unique_ptr<events::feed> feed();
  events::opened open(events::feed& f, heard& h);
  storage::rows sql(const char* text, const storage::params& values = {});
  /// One event, committed.
  void emit(const uuid& workspace, const std::string& kind, const uuid& subject = {},
            const std::string& payload = "{}");
  /// Waits until what was emitted lies before every transaction under way: whoever else uses the server at
  /// this moment, in whatever database, holds the horizon back.
  void settle();
  /// A connection of its own, for transactions that stay open.
  std::unique_ptr<storage::blocking_connection> connect();
  static std::string insert_of(const uuid& workspace, const std::string& kind);
  /// Waits until the feed has looked at the table so many times more.
  static void polls(const events::feed& f, std::uint64_t more);
  std::string dsn() const { return postgres_.dsn(); }

 private:
  postgres postgres_{migrated()};
  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<storage::database> database_;
  std::unique_ptr<storage::blocking_connection> own_;
  thread_wakeups ticks_;
  runtime rt_;
};

} // namespace troupe::test
