#include "net/bridge/query_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace troupe::bridge {

void query_reader::fail(std::string_view name, std::string_view code, std::string detail) {
  errors_.add(fmt::format("?{}", name), code, std::move(detail));
}

const std::string* query_reader::take(std::string_view name) {
  if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) asked_.push_back(name);
  const std::string* found = nullptr;
  for (auto& [key, value] : query_) {
    if (key != name) continue;
    if (found) return fail(name, "repeated", "This parameter may be given once."), nullptr;
    found = &value;
  }
  return found;
}

const std::string* query_reader::required(std::string_view name) {
  auto* found = take(name);
  auto there = [&](auto& pair) { return pair.first == name; };
  if (!found && std::none_of(query_.begin(), query_.end(), there))
    fail(name, "required", "This parameter is needed.");
  return found;
}

std::optional<std::string> query_reader::optional_string(std::string_view name, text_rule rule) {
  auto* text = take(name);
  if (!text) return std::nullopt;
  auto wrong = check_text(*text, rule);
  if (wrong.code.empty()) return *text;
  fail(name, wrong.code, std::move(wrong.detail));
  return std::nullopt;
}

std::optional<std::int64_t> query_reader::optional_integer(std::string_view name, integer_rule rule) {
  auto* text = take(name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  auto* end = text->data() + text->size();
  auto [at, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || at != end) {
    fail(name, "wrong-type", fmt::format("{} is not a whole number.", quoted(*text)));
    return std::nullopt;
  }
  auto wrong = check_integer(number, rule);
  if (wrong.code.empty()) return number;
  fail(name, wrong.code, std::move(wrong.detail));
  return std::nullopt;
}

std::optional<bool> query_reader::optional_boolean(std::string_view name) {
  auto* text = take(name);
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  fail(name, "wrong-type", fmt::format("{} is neither true nor false.", quoted(*text)));
  return std::nullopt;
}

std::optional<troupe::uuid> query_reader::optional_uuid(std::string_view name) {
  auto* text = take(name);
  if (!text) return std::nullopt;
  auto id = parse_uuid(*text);
  if (!id) fail(name, "bad-uuid", fmt::format("{} is not a UUID of 36 characters.", quoted(*text)));
  return id;
}

std::optional<troupe::timestamp> query_reader::optional_timestamp(std::string_view name) {
  auto* text = take(name);
  if (!text) return std::nullopt;
  auto t = parse_utc(*text);
  if (!t)
    fail(name, "bad-timestamp",
         fmt::format("{} is not an RFC 3339 time like 2026-03-08T07:00:00Z.", quoted(*text)));
  return t;
}

std::optional<std::string> query_reader::optional_string_enum(std::string_view name,
                                                              const std::vector<std::string_view>& choices) {
  auto* text = take(name);
  if (!text) return std::nullopt;
  if (std::find(choices.begin(), choices.end(), *text) != choices.end()) return *text;
  fail(name, "unknown-value", fmt::format("{} is not one of: {}.", quoted(*text), listed(choices)));
  return std::nullopt;
}

std::string query_reader::string(std::string_view name, text_rule rule) {
  return required(name) ? optional_string(name, rule).value_or(std::string{}) : std::string{};
}

troupe::uuid query_reader::uuid(std::string_view name) {
  return required(name) ? optional_uuid(name).value_or(troupe::uuid{}) : troupe::uuid{};
}

troupe::timestamp query_reader::timestamp(std::string_view name) {
  return required(name) ? optional_timestamp(name).value_or(troupe::timestamp{}) : troupe::timestamp{};
}

expected<void> query_reader::finish() {
  for (auto& [name, value] : query_)
    if (std::find(asked_.begin(), asked_.end(), name) == asked_.end())
      fail(shortened(name, 100), "unknown-parameter", "No such parameter is known here.");
  return errors_.finish();
}

} // namespace troupe::bridge
