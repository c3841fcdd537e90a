#pragma once

#include "system/core/clock.hpp"
#include "system/core/ids.hpp"
#include "system/storage/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What was published on the built-in sandbox network. It plays a foreign server: nothing here is fenced, and
/// nothing of Troupe's own state depends on it.
namespace troupe::content_store {

/// Counts a request with this key, whatever becomes of it. Answers how many there were, this one included.
storage::step count_sandbox_request(const std::string& handle, const std::string& key);

struct sandbox_post {
  std::string handle, identity, key;
  uuid id;
  std::string body_hash; // raw bytes
  std::string text;
  std::string media_ids = "[]"; // JSON
  std::string scheduled_for;
  std::int64_t repeats = 0;
  std::int64_t requests = 0; // with its key
  timestamp at{};
};
/// Publishes, or finds what was published under the same `identity` before. Answers id, body_hash, repeats: 0
/// means that it is new.
storage::step publish_sandbox(const sandbox_post& p);
struct sandbox_published {
  uuid id;
  std::string body_hash;
  bool repeat = false;
};
sandbox_published read_sandbox_published(const storage::rows& r);

/// Ids of what was published with this key.
storage::step sandbox_by_key(const std::string& handle, const std::string& key);
/// The newest posts of a handle.
storage::step sandbox_wall(const std::string& handle, std::size_t limit);
std::vector<sandbox_post> read_sandbox_wall(const storage::rows& r);

/// Forgets what is older: two steps.
std::vector<storage::step> forget_sandbox(seconds age);

} // namespace troupe::content_store
