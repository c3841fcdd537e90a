#pragma once

#include "system/actor/runtime.hpp"

#include <string_view>

namespace troupe {

/// Why a read failed. storage_failed: the statement or the rows are wrong and will be tomorrow (SQLSTATE
/// classes 22 data, 42 syntax and access, XX corruption); whoever needs them has a defect. unavailable: the
/// database is away, ends, or has too much to do, which passes.
inline ec unreadable(const db_reply& r) {
  if (!r.result || r.result->status != storage::batch_status::failed) return ec::unavailable;
  auto of_class = std::string_view(r.result->sqlstate).substr(0, 2);
  return of_class == "22" || of_class == "42" || of_class == "XX" ? ec::storage_failed : ec::unavailable;
}

} // namespace troupe
