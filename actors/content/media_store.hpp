#pragma once

#include "system/core/clock.hpp"
#include "system/core/ids.hpp"
#include "system/storage/database.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <vector>

/// Uploaded images: the rows. The bytes are in net/files, by `sha256`.
namespace troupe::content_store {

struct media_row {
  uuid id, workspace, uploaded_by;
  std::string content_type;
  std::int64_t bytes = 0;
  int width = 0, height = 0;
  std::string sha256; // 32 raw bytes
  std::string file_name;
  timestamp created_at{};
};
/// The view of openapi.yaml (schema Media).
boost::json::object media_view(const media_row& m);

/// $1 media, $2 workspace.
storage::step find_media(const uuid& workspace, const uuid& id);
media_row read_media(const storage::rows& r, std::size_t row);

// Changes for the JOURNAL (arrays from $4 on).

/// Nothing applied: this id is there already. `key` empty: no Idempotency-Key.
extern const storage::statement insert_media;
storage::params insert_media_params(const media_row& m, const std::string& key, const std::string& body_hash);
/// Nothing applied: not there, or a post that was not deleted uses it.
extern const storage::statement remove_media;
storage::params remove_media_params(const uuid& workspace, const uuid& id);

/// One page of all media by id: id, workspace, shard, whether it is older than `age` and nobody uses it.
storage::step sweep_page(const uuid& after, seconds age, std::size_t limit);
struct sweep_row {
  uuid id, workspace;
  std::uint32_t shard = 0;
  bool unused = false;
};
std::vector<sweep_row> read_sweep(const storage::rows& r);
/// Of these hashes (raw), those that any row has.
storage::step hashes_in_use(const std::vector<std::string>& hashes);
std::vector<std::string> read_hashes(const storage::rows& r);

} // namespace troupe::content_store
