#include "system/core/ascii.hpp"
#include "system/storage/handles.hpp"

#include <charconv>

namespace troupe::storage {

namespace {

constexpr char hex_digits[] = "0123456789abcdef";

PGresult* native(const std::shared_ptr<void>& result) noexcept {
  return static_cast<PGresult*>(result.get());
}

std::int64_t to_int(std::string_view text) noexcept {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

} // namespace

std::string bytea(std::string_view bytes) {
  std::string out = "\\x";
  out.reserve(2 + bytes.size() * 2);
  for (unsigned char c : bytes) {
    out += hex_digits[c >> 4];
    out += hex_digits[c & 0xF];
  }
  return out;
}

std::string from_bytea(std::string_view text) {
  if (!text.starts_with("\\x")) return {}; // The session has bytea_output=hex: only NULL can look like this.
  text.remove_prefix(2);
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    int high = ascii::hex_value(text[i]), low = ascii::hex_value(text[i + 1]);
    if (high < 0 || low < 0) return {};
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

void array_builder::add(std::string_view value) {
  text_ += text_.empty() ? '{' : ',';
  // Always quoted: then neither commas, braces, blanks nor the word NULL mean anything.
  text_ += '"';
  for (char c : value) {
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
}

void array_builder::add(const std::optional<std::string>& value) {
  if (value) return add(std::string_view{*value});
  text_ += text_.empty() ? '{' : ',';
  text_ += "NULL";
}

void array_builder::add(std::int64_t value) {
  text_ += text_.empty() ? '{' : ',';
  text_ += std::to_string(value);
}

std::string array_builder::take() {
  auto out = text_.empty() ? std::string{"{}"} : std::move(text_) + '}';
  text_.clear();
  return out;
}

rows::rows(void* owned)
    : result_(owned, [](void* r) { PQclear(static_cast<PGresult*>(r)); }),
      rows_(static_cast<std::size_t>(PQntuples(static_cast<PGresult*>(owned)))) {}

std::string_view rows::get(std::size_t row, std::size_t column) const noexcept {
  if (is_null(row, column)) return {};
  auto r = static_cast<int>(row), c = static_cast<int>(column);
  return {PQgetvalue(native(result_), r, c), static_cast<std::size_t>(PQgetlength(native(result_), r, c))};
}

bool rows::is_null(std::size_t row, std::size_t column) const noexcept {
  // Checked here, not by libpq: that would print a warning and answer "not null" for a row that is not there.
  if (row >= rows_ || column >= static_cast<std::size_t>(PQnfields(native(result_)))) return true;
  return PQgetisnull(native(result_), static_cast<int>(row), static_cast<int>(column)) == 1;
}

std::int64_t rows::get_int(std::size_t row, std::size_t column) const noexcept {
  return to_int(get(row, column));
}

bool rows::get_bool(std::size_t row, std::size_t column) const noexcept { return get(row, column) == "t"; }

std::optional<std::string> rows::get_optional(std::size_t row, std::size_t column) const {
  if (is_null(row, column)) return std::nullopt;
  return std::string(get(row, column));
}

std::int64_t rows::affected() const noexcept { return result_ ? to_int(PQcmdTuples(native(result_))) : 0; }

} // namespace troupe::storage
