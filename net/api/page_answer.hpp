#pragma once

#include "actors/users/reads.hpp"
#include "net/api/call.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::api {

/// The row after which a page begins, for lists whose order is an instant and an id.
inline std::optional<users::reads::page_key> page_key_of(const page_request& page) {
  if (page.after.empty()) return std::nullopt;
  return users::reads::page_key{page.after[0], page.after[1]};
}

/// Answers {"items", "next_cursor"}. `rows` has up to `limit` + 1 of them; `key(row)` gives its instant in
/// microseconds and its id.
template <class Row, class ToJson, class Key>
void answer_page(const call_ptr& c, std::string_view list, const std::vector<Row>& rows, std::size_t limit,
                 ToJson item, Key key) {
  boost::json::array items;
  auto count = std::min(rows.size(), limit);
  items.reserve(count);
  for (std::size_t i = 0; i < count; ++i) items.push_back(item(rows[i]));
  boost::json::value next;
  if (rows.size() > limit) {
    auto [micros, id] = key(rows[count - 1]);
    next = c->cursor(list, {std::to_string(micros), troupe::to_string(id)});
  }
  c->answer(200, boost::json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}});
}

} // namespace troupe::api
