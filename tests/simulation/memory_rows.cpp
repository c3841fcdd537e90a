#include "tests/simulation/memory_rows.hpp"

#include <libpq-fe.h>

#include <cstdlib>
#include <stdexcept>

namespace troupe::test {

storage::rows rows_of(const memory_answer& answer) {
  auto* result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
  if (!result) throw std::bad_alloc();
  auto columns = answer.empty() ? 0 : answer.front().size();
  static char name[] = "column";
  std::vector<PGresAttDesc> described(columns);
  for (auto& d : described) d.name = name;
  if (columns > 0) PQsetResultAttrs(result, static_cast<int>(columns), described.data());
  for (std::size_t i = 0; i < answer.size(); ++i)
    for (std::size_t c = 0; c < columns; ++c) {
      auto value = answer[i][c];
      PQsetvalue(result, static_cast<int>(i), static_cast<int>(c), value ? value->data() : nullptr,
                 value ? static_cast<int>(value->size()) : -1);
    }
  return storage::rows(result);
}

std::vector<storage::param> elements(const storage::param& array) {
  std::vector<storage::param> out;
  if (!array || array->size() < 2) return out;
  auto& text = *array;
  for (std::size_t i = 1; i + 1 < text.size();) {
    std::string value;
    bool quoted = text[i] == '"';
    if (quoted) ++i;
    for (; i + 1 < text.size() && (quoted ? text[i] != '"' : text[i] != ','); ++i) {
      if (quoted && text[i] == '\\') ++i;
      value += text[i];
    }
    if (quoted) ++i; // the closing one
    ++i;             // the comma
    if (!quoted && value == "NULL")
      out.emplace_back();
    else
      out.emplace_back(std::move(value));
  }
  return out;
}

std::int64_t number(const storage::param& p) { return p ? std::strtoll(p->c_str(), nullptr, 10) : 0; }

storage::param text_of(const std::optional<std::int64_t>& n) {
  if (!n) return std::nullopt;
  return std::to_string(*n);
}

unnested::unnested(const memory_call& call) {
  auto spread = [](const storage::param& p) {
    if (p && p->starts_with('{')) return elements(p);
    return std::vector<storage::param>{p};
  };
  shards_ = spread(call.values.at(0));
  epochs_ = spread(call.values.at(1));
  for (std::size_t i = 3; i < call.values.size(); ++i) columns_.push_back(elements(call.values[i]));
  for (auto& c : columns_)
    if (c.size() != columns_.front().size()) throw std::logic_error("arrays of one change differ in length");
}

std::optional<std::int64_t> unnested::maybe(std::size_t row, std::size_t column) const {
  if (!at(row, column)) return std::nullopt;
  return number(row, column);
}

bool unnested::yes(std::size_t row, std::size_t column) const {
  auto& p = at(row, column);
  return p && (*p == "true" || *p == "t");
}

std::uint32_t unnested::shard(std::size_t row) const {
  return static_cast<std::uint32_t>(test::number(shards_[shards_.size() == 1 ? 0 : row]));
}

std::int64_t unnested::epoch(std::size_t row) const {
  return test::number(epochs_[epochs_.size() == 1 ? 0 : row]);
}

void log(const memory_call& call, const memory_delivery& d, std::string from, std::string to,
         std::int64_t epoch, std::string reason) {
  memory_ledger_row row;
  row.delivery = d.id;
  row.from = std::move(from);
  row.to = std::move(to);
  row.node = call.values.at(2).value_or("");
  row.reason = std::move(reason);
  row.shard = d.shard;
  row.epoch = epoch;
  row.attempt = d.attempt;
  row.at_us = call.now_us;
  row.application = call.application;
  call.rows.ledger.push_back(std::move(row));
}

memory_delivery* next_version(const memory_call& call, const unnested& u, std::size_t row,
                              std::string_view state) {
  auto it = call.rows.deliveries.find(u.text(row, 0));
  if (it == call.rows.deliveries.end() || it->second.version != u.number(row, 1) || it->second.state != state)
    return nullptr;
  ++it->second.version;
  it->second.epoch = u.epoch(row);
  return &it->second;
}

void overlay(storage::param& to, const storage::param& with) {
  if (with) to = with;
}

} // namespace troupe::test
