#pragma once

#include "actors/social/types.hpp"
#include "system/storage/database.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Reads that span accounts, and kept Idempotency-Keys of requests whose effect can be repeated harmlessly.
namespace troupe::social_store {

/// Oldest first, disconnected ones too.
struct account_filter {
  uuid workspace;
  std::vector<std::string> states; // empty: any
  std::string platform;            // empty: any
  std::int64_t after_us = 0;       // of created_at, with `after_id`
  uuid after_id;
  std::size_t limit = 50;
};
/// Rows for `read`.
storage::step list_accounts(const account_filter& f);
/// How many of a workspace are not disconnected.
storage::step count_accounts(const uuid& workspace);

/// For the JOURNAL. Nothing applied: the key is kept already, see find_key.
extern const storage::statement keep_key;
storage::params keep_key_params(const uuid& user, std::string_view key, std::string_view body_hash,
                                const uuid& subject);
/// body_hash, subject.
storage::step find_key(const uuid& user, std::string_view key);

} // namespace troupe::social_store
