#pragma once

#include "net/bridge/field_rules.hpp"
#include "net/bridge/http.hpp"
#include "system/core/clock.hpp"
#include "system/core/ids.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::bridge {

/// Reads query parameters as field_reader reads a body: everything wrong is in one answer, under pointers
/// like
/// "?limit"; parameters that nobody asked for and repeated ones are refused. The list must outlive the
/// reader.
class query_reader {
 public:
  explicit query_reader(const header_list& query) : query_(query) {}
  explicit query_reader(header_list&&) = delete;

  std::string string(std::string_view name, text_rule rule = {});
  troupe::uuid uuid(std::string_view name);
  troupe::timestamp timestamp(std::string_view name);

  std::optional<std::string> optional_string(std::string_view name, text_rule rule = {});
  std::optional<std::int64_t> optional_integer(std::string_view name, integer_rule rule = {});
  std::optional<bool> optional_boolean(std::string_view name); // true or false
  std::optional<troupe::uuid> optional_uuid(std::string_view name);
  std::optional<troupe::timestamp> optional_timestamp(std::string_view name);
  std::optional<std::string> optional_string_enum(std::string_view name,
                                                  const std::vector<std::string_view>& choices);

  void fail(std::string_view name, std::string_view code, std::string detail);
  bool ok() const noexcept { return errors_.empty(); }
  /// validation_failed with every entry, after everything has been read.
  expected<void> finish();

 private:
  const std::string* take(std::string_view name);
  const std::string* required(std::string_view name);

  const header_list& query_;
  std::vector<std::string_view> asked_;
  field_errors errors_;
};

} // namespace troupe::bridge
