#pragma once

#include "net/platforms/adapter.hpp"
#include "system/core/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace troupe {

/// One row of `account`, as the ACCOUNT keeps it. `sealed` is opened once into `keys`.
struct account_row {
  uuid id;
  uuid workspace;
  std::string platform;
  platforms::account_identity who;
  std::string state; // active | paused | reconnect_required | restricted | disconnected
  std::string state_reason;
  std::string sealed; // raw bytes
  std::optional<timestamp> token_expires_at;
  std::optional<timestamp> refreshing_until;
  platforms::account_limits limits;
  std::optional<timestamp> last_checked_at;
  std::int64_t version = 0;
  timestamp created_at{};
  std::string newest_grant; // sealed; empty when there is none newer than the row
  std::optional<timestamp> grant_expires_at;
};

/// What an account is bound to when its credentials are sealed: they open for no other account.
inline std::string seal_context(const uuid& account) { return "account:" + to_string(account); }

/// The account as the API shows it (openapi.yaml, schema Account). No secret is in it.
boost::json::object account_view(const account_row& a, const std::optional<platforms::rate_window>& rate,
                                 std::optional<timestamp> rate_resets_at);

} // namespace troupe
