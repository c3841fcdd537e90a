#pragma once

#include "system/storage/database.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::test {

/// The tables of the publish protocol as PostgreSQL holds them: ids and JSON as text, instants as
/// microseconds since 1970.
struct memory_post {
  std::string id, workspace, author, text, title, language, media = "[]";
  std::uint32_t shard = 0;
  std::optional<std::int64_t> scheduled_us;
  storage::param local, zone, key_hash;
  std::int64_t version = 1, created_us = 0, updated_us = 0;
  bool deleted = false;
};

struct memory_delivery {
  std::string id, post, workspace, account, platform, state, key, options = "{}";
  std::uint32_t shard = 0;
  bool is_open = false;
  std::int64_t version = 1, attempt = 0, burnt = 0, epoch = 0;
  std::optional<std::int64_t> due_us, first_sending_us, send_not_after_us, call_deadline_us, next_us,
      published_us;
  storage::param text, title, media, remote_handle, remote_id, permalink, error_kind, error_detail;
};

struct memory_ledger_row {
  std::string delivery, from, to, node, reason;
  std::uint32_t shard = 0;
  std::int64_t epoch = 0, attempt = 0, at_us = 0;
  std::string application; // of the connection that wrote it
};

struct memory_receipt {
  std::string delivery, node, outcome, remote_id, permalink;
  std::int64_t attempt = 0, at_us = 0;
};

struct memory_account {
  std::string id, workspace, platform, handle, server, state = "active", state_reason, sealed, limits = "{}";
  std::uint32_t shard = 0;
  std::int64_t version = 1, created_us = 0;
  std::optional<std::int64_t> checked_us;
};

struct memory_rows {
  std::map<std::string, memory_post> posts;
  std::map<std::string, memory_delivery> deliveries;
  std::vector<memory_ledger_row> ledger;
  std::vector<memory_receipt> receipts;
  std::map<std::string, memory_account> accounts;
  struct kept {
    std::string body_hash, subject;
  };
  std::map<std::pair<std::string, std::string>, kept> idempotency; // (scope, key)
  /// How often the effect of a key was carried out: what no table of PostgreSQL says.
  std::map<std::pair<std::string, std::string>, int> carried_out;
};

/// What a statement runs in.
struct memory_call {
  memory_rows& rows;
  const storage::params& values;
  std::int64_t now_us;
  const std::string& application;
};
using memory_answer = std::vector<storage::params>;

/// The twin of a statement, by its name; nullptr where there is none.
using memory_statement = memory_answer (*)(const memory_call&);
memory_statement flight_twin(std::string_view name); // steps of a delivery, through the JOURNAL
memory_statement change_twin(std::string_view name); // whatever goes through the JOURNAL, the steps included
memory_statement read_twin(std::string_view name);
using memory_twins = std::map<std::string_view, memory_statement>;
inline memory_statement twin_in(const memory_twins& known, std::string_view name) {
  auto it = known.find(name);
  return it == known.end() ? nullptr : it->second;
}

/// A row of the ledger, under the node's name that each change has as its third value.
void log(const memory_call& call, const memory_delivery& d, std::string from, std::string to,
         std::int64_t epoch, std::string reason);
class unnested;
/// The delivery whose id and version row `row` begins with, taken one version further under the row's epoch;
/// nullptr if it does not stand there in this state.
memory_delivery* next_version(const memory_call& call, const unnested& u, std::size_t row,
                              std::string_view state);
/// What `coalesce(with, to)` leaves in a column.
void overlay(storage::param& to, const storage::param& with);

/// An answer as libpq would give it.
storage::rows rows_of(const memory_answer& answer);
/// The elements of an array in text form.
std::vector<storage::param> elements(const storage::param& array);

std::int64_t number(const storage::param& p);
storage::param text_of(const std::optional<std::int64_t>& n);
inline storage::param text_of(bool b) { return b ? "t" : "f"; }

/// The arrays of a change, row by row: `shard` and `epoch` as JOURNALs pass them, `at(i)` the i-th column
/// from $4 on.
class unnested {
 public:
  explicit unnested(const memory_call& call);
  std::size_t size() const { return columns_.empty() ? 0 : columns_.front().size(); }
  const storage::param& at(std::size_t row, std::size_t column) const { return columns_[column][row]; }
  std::string text(std::size_t row, std::size_t column) const { return at(row, column).value_or(""); }
  std::int64_t number(std::size_t row, std::size_t column) const { return test::number(at(row, column)); }
  std::optional<std::int64_t> maybe(std::size_t row, std::size_t column) const;
  bool yes(std::size_t row, std::size_t column) const;
  std::uint32_t shard(std::size_t row) const;
  std::int64_t epoch(std::size_t row) const;

 private:
  std::vector<storage::param> shards_, epochs_; // one element: the same for all
  std::vector<std::vector<storage::param>> columns_;
};

} // namespace troupe::test
