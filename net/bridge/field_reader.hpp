#pragma once

#include "net/bridge/field_rules.hpp"
#include "system/core/clock.hpp"
#include "system/core/ids.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::bridge {

/// Reads a JSON object field by field and remembers what is wrong with each, so that one answer names all of
/// it:
///
///   field_reader r(*parsed);
///   auto text = r.string("text", {.min = 1, .max = 10'000});
///   auto zone = r.optional_string("zone");
///   for (auto& target : r.object_array("targets", {.min = 1, .max = 50}))
///   accounts.push_back(target.uuid("account")); if (auto ok = r.finish(); !ok) return ok.error();
///
/// A required field that is absent, null or wrong yields an empty value and an entry; an optional one that is
/// absent or null yields nullopt. Fields that nobody asked for are entries too ("unknown-field"). Nested
/// readers belong to the outermost one and need no finish() of their own. The object must outlive its
/// readers; one thread.
class field_reader {
 public:
  explicit field_reader(const boost::json::object& object);
  explicit field_reader(boost::json::object&&) = delete;

  std::string string(std::string_view name, text_rule rule = {});
  std::int64_t integer(std::string_view name, integer_rule rule = {});
  bool boolean(std::string_view name);
  troupe::uuid uuid(std::string_view name);
  troupe::timestamp timestamp(std::string_view name); // RFC 3339 with Z or an offset
  std::string string_enum(std::string_view name, const std::vector<std::string_view>& choices);
  std::vector<troupe::uuid> array_of_uuid(std::string_view name, array_rule rule = {});
  std::vector<std::string> array_of_string(std::string_view name, array_rule rule = {}, text_rule each = {});
  field_reader
  object(std::string_view name); // wrong or absent: a reader whose fields are not complained about
  std::vector<field_reader> object_array(std::string_view name, array_rule rule = {});

  std::optional<std::string> optional_string(std::string_view name, text_rule rule = {});
  std::optional<std::int64_t> optional_integer(std::string_view name, integer_rule rule = {});
  std::optional<bool> optional_boolean(std::string_view name);
  std::optional<troupe::uuid> optional_uuid(std::string_view name);
  std::optional<troupe::timestamp> optional_timestamp(std::string_view name);
  std::optional<std::string> optional_string_enum(std::string_view name,
                                                  const std::vector<std::string_view>& choices);
  std::optional<std::vector<troupe::uuid>> optional_array_of_uuid(std::string_view name,
                                                                  array_rule rule = {});
  std::optional<std::vector<std::string>> optional_array_of_string(std::string_view name,
                                                                   array_rule rule = {}, text_rule each = {});
  std::optional<field_reader> optional_object(std::string_view name);
  std::optional<std::vector<field_reader>> optional_object_array(std::string_view name, array_rule rule = {});

  /// A choice mapped to a value: r.choice<kind>("kind", {{"text", kind::text}, {"image", kind::image}}).
  template <class Value>
  Value choice(std::string_view name, const std::vector<std::pair<std::string_view, Value>>& choices) {
    return mapped(string_enum(name, names_of(choices)), choices).value_or(Value{});
  }
  template <class Value>
  std::optional<Value> optional_choice(std::string_view name,
                                       const std::vector<std::pair<std::string_view, Value>>& choices) {
    auto text = optional_string_enum(name, names_of(choices));
    return text ? mapped(*text, choices) : std::nullopt;
  }

  bool has(std::string_view name) const;     // present, null included
  bool is_null(std::string_view name) const; // present and null: for PATCH, where that means "remove"
  /// Any JSON value, for what is passed on as it is; nullptr when absent.
  const boost::json::value* any(std::string_view name);
  /// Adds an entry for a rule that only the caller knows.
  void fail(std::string_view name, std::string_view code, std::string detail);
  /// The JSON pointer of a field here, and of this object ("" for the outermost one).
  std::string pointer(std::string_view name) const;
  const std::string& pointer() const noexcept;
  /// False once an entry has been made anywhere in the request (unknown fields are found by finish() only).
  bool ok() const noexcept;
  /// validation_failed with every entry; only on the outermost reader, after everything has been read.
  expected<void> finish();

 private:
  struct level;
  struct shared;
  field_reader(std::shared_ptr<shared> all, level* here);

  template <class Value>
  static std::vector<std::string_view>
  names_of(const std::vector<std::pair<std::string_view, Value>>& choices) {
    std::vector<std::string_view> out;
    for (auto& [name, value] : choices) out.push_back(name);
    return out;
  }
  template <class Value>
  static std::optional<Value> mapped(const std::string& text,
                                     const std::vector<std::pair<std::string_view, Value>>& choices) {
    for (auto& [name, value] : choices)
      if (name == text) return value;
    return std::nullopt;
  }

  const boost::json::value* take(std::string_view name);     // nullptr when absent or null
  const boost::json::value* required(std::string_view name); // the same, with an entry
  std::optional<field_reader> read_object(std::string_view name, const boost::json::value& v);
  std::vector<field_reader> read_objects(std::string_view name, const boost::json::value& v,
                                         const array_rule& rule);
  field_reader nested(std::string where, const boost::json::object* object);

  std::shared_ptr<shared> all_;
  level* here_;
};

} // namespace troupe::bridge
