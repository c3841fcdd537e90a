#pragma once

#include "actors/users/role.hpp"
#include "system/actor/runtime.hpp"
#include "system/core/ids.hpp"
#include "system/storage/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Lists and lookups over many USERs or WORKSPACEs: read from the store, not through their mailboxes. Each
/// function makes the step of a read, its partner reads the rows.
namespace troupe::users::reads {

struct user_row {
  uuid id;
  std::string email;
  std::string display_name;
};
/// By normalised address.
storage::step user_by_email(const std::string& email);
storage::step user_by_id(const uuid& id);
std::optional<user_row> read_user(const storage::rows& rows);

/// Whether somebody may operate the instance, now.
storage::step operates(const uuid& user);
bool read_operates(const storage::rows& rows);

/// $1 workspaces, $2 users -> those of the pairs that are no members.
extern const storage::statement strangers;

/// Where the next page begins: after the row with these values; nullopt: at the start.
struct page_key {
  std::string micros; // decimal
  std::string id;
};

struct workspace_row {
  uuid id;
  std::string name;
  std::string time_zone;
  std::int64_t max_lateness_s = 0;
  role own_role = role::viewer;
  std::int64_t created_at = 0;
  std::int64_t version = 1;
  std::int64_t joined_at = 0; // the order, then id
};
/// Of one user, oldest membership first.
storage::step workspaces_of(const uuid& user, const std::optional<page_key>& after, std::size_t limit);
std::vector<workspace_row> read_workspaces(const storage::rows& rows);

struct member_row {
  uuid user;
  std::string email;
  std::string display_name;
  role has = role::viewer;
  std::int64_t joined_at = 0; // the order, then user
};
/// In the order in which they joined.
storage::step members_of(const uuid& workspace, const std::optional<page_key>& after, std::size_t limit);
std::vector<member_row> read_members(const storage::rows& rows);

struct invite_row {
  uuid id;
  role as = role::viewer;
  std::optional<std::string> email;
  uuid by;
  std::int64_t created_at = 0; // the order, newest first, then id
  std::int64_t expires_at = 0;
};
/// Open ones, newest first.
storage::step open_invites_of(const uuid& workspace, const std::optional<page_key>& after, std::size_t limit);
std::vector<invite_row> read_invites(const storage::rows& rows);

} // namespace troupe::users::reads
