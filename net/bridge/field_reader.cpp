#include "net/bridge/field_reader.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

namespace troupe::bridge {

namespace json = boost::json;

/// One object of the request. `object` is nullptr for one that is absent or wrong, which its parent has said.
struct field_reader::level {
  std::string where; // its JSON pointer
  const json::object* object;
  std::vector<std::string_view> asked;
};

struct field_reader::shared {
  field_errors errors;
  std::deque<level> levels;
};

namespace {

std::string_view kind_name(const json::value& v) noexcept {
  switch (v.kind()) {
  case json::kind::null: return "null";
  case json::kind::bool_: return "a boolean";
  case json::kind::int64:
  case json::kind::uint64:
  case json::kind::double_: return "a number";
  case json::kind::string: return "a string";
  case json::kind::array: return "an array";
  case json::kind::object: return "an object";
  }
  return "something else";
}

/// RFC 6901: ~ and / are escaped.
void append_token(std::string& out, std::string_view name) {
  out += '/';
  for (char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
}

std::string_view text_of(const json::value& v) noexcept {
  auto& s = v.get_string();
  return {s.data(), s.size()};
}

/// Where a value stands; made into a pointer only when there is something to say about it.
struct spot {
  field_errors& errors;
  const std::string& where; // of the object
  std::string_view name;
  std::ptrdiff_t index = -1; // within the array of that name

  std::string pointer() const {
    auto out = where;
    append_token(out, name);
    if (index >= 0) append_token(out, std::to_string(index));
    return out;
  }
  std::nullopt_t refuse(std::string_view code, std::string detail) const {
    errors.add(pointer(), code, std::move(detail));
    return std::nullopt;
  }
  std::nullopt_t wrong_type(std::string_view wanted, const json::value& got) const {
    return refuse("wrong-type", fmt::format("It is {}; it must be {}.", kind_name(got), wanted));
  }
};

std::optional<std::string> read_string(const spot& at, const json::value& v, const text_rule& rule) {
  if (!v.is_string()) return at.wrong_type("a string", v);
  if (auto wrong = check_text(text_of(v), rule); !wrong.code.empty())
    return at.refuse(wrong.code, wrong.detail);
  return std::string(text_of(v));
}

std::optional<std::int64_t> read_integer(const spot& at, const json::value& v, const integer_rule& rule) {
  if (v.is_uint64())
    return at.refuse("out-of-range", fmt::format("{} to {} is allowed.", rule.min, rule.max));
  if (!v.is_int64()) return at.wrong_type("a whole number", v);
  if (auto wrong = check_integer(v.get_int64(), rule); !wrong.code.empty())
    return at.refuse(wrong.code, wrong.detail);
  return v.get_int64();
}

std::optional<bool> read_boolean(const spot& at, const json::value& v) {
  if (!v.is_bool()) return at.wrong_type("true or false", v);
  return v.get_bool();
}

std::optional<troupe::uuid> read_uuid(const spot& at, const json::value& v) {
  if (!v.is_string()) return at.wrong_type("a UUID as a string", v);
  if (auto id = parse_uuid(text_of(v))) return id;
  return at.refuse("bad-uuid", fmt::format("{} is not a UUID of 36 characters.", quoted(text_of(v))));
}

std::optional<troupe::timestamp> read_timestamp(const spot& at, const json::value& v) {
  if (!v.is_string()) return at.wrong_type("a time as a string", v);
  if (auto t = parse_utc(text_of(v))) return t;
  return at.refuse("bad-timestamp",
                   fmt::format("{} is not an RFC 3339 time like 2026-03-08T07:00:00Z.", quoted(text_of(v))));
}

std::optional<std::string> read_choice(const spot& at, const json::value& v,
                                       const std::vector<std::string_view>& choices) {
  if (!v.is_string()) return at.wrong_type("a string", v);
  if (std::find(choices.begin(), choices.end(), text_of(v)) != choices.end()) return std::string(text_of(v));
  return at.refuse("unknown-value",
                   fmt::format("{} is not one of: {}.", quoted(text_of(v)), listed(choices)));
}

const json::array* read_array(const spot& at, const json::value& v, const array_rule& rule) {
  if (!v.is_array()) return at.wrong_type("an array", v), nullptr;
  auto count = v.get_array().size();
  if (count < rule.min)
    return at.refuse("too-few", fmt::format("It has {} entries; at least {} are needed.", count, rule.min)),
           nullptr;
  if (count > rule.max)
    return at.refuse("too-many", fmt::format("It has {} entries; at most {} fit.", count, rule.max)), nullptr;
  return &v.get_array();
}

/// Reads each entry of an array; wrong ones leave an entry in the errors and none in the outcome.
template <class Value, class Read>
std::vector<Value> read_entries(spot at, const json::value& v, const array_rule& rule, Read read) {
  std::vector<Value> out;
  auto* list = read_array(at, v, rule);
  if (!list) return out;
  std::set<Value> seen;
  for (auto& entry : *list) {
    ++at.index;
    auto value = read(at, entry);
    if (!value) continue;
    if (rule.unique && !seen.insert(*value).second)
      at.refuse("duplicate", "This entry stands in the array already.");
    out.push_back(std::move(*value));
  }
  return out;
}

std::vector<troupe::uuid> read_uuids(const spot& at, const json::value& v, const array_rule& rule) {
  return read_entries<troupe::uuid>(at, v, rule, read_uuid);
}

std::vector<std::string> read_strings(const spot& at, const json::value& v, const array_rule& rule,
                                      const text_rule& each) {
  auto read = [&](const spot& entry, const json::value& text) { return read_string(entry, text, each); };
  return read_entries<std::string>(at, v, rule, read);
}
} // namespace

field_reader::field_reader(const json::object& object) : all_(std::make_shared<shared>()), here_(nullptr) {
  here_ = &all_->levels.emplace_back(level{{}, &object, {}});
}

field_reader::field_reader(std::shared_ptr<shared> all, level* here) : all_(std::move(all)), here_(here) {}

field_reader field_reader::nested(std::string where, const json::object* object) {
  return {all_, &all_->levels.emplace_back(level{std::move(where), object, {}})};
}

std::string field_reader::pointer(std::string_view name) const {
  auto out = here_->where;
  append_token(out, name);
  return out;
}

const std::string& field_reader::pointer() const noexcept { return here_->where; }

bool field_reader::ok() const noexcept { return all_->errors.empty(); }

void field_reader::fail(std::string_view name, std::string_view code, std::string detail) {
  if (here_->object) all_->errors.add(pointer(name), code, std::move(detail));
}

bool field_reader::has(std::string_view name) const { return here_->object && here_->object->contains(name); }

bool field_reader::is_null(std::string_view name) const {
  auto* found = here_->object ? here_->object->if_contains(name) : nullptr;
  return found && found->is_null();
}

const json::value* field_reader::any(std::string_view name) {
  if (!here_->object) return nullptr;
  auto found = here_->object->find(name);
  if (found == here_->object->end()) return nullptr;
  here_->asked.emplace_back(found->key().data(), found->key().size());
  return &found->value();
}

const json::value* field_reader::take(std::string_view name) {
  auto* found = any(name);
  return found && !found->is_null() ? found : nullptr;
}

const json::value* field_reader::required(std::string_view name) {
  auto* found = take(name);
  if (!found) fail(name, "required", "This field is needed.");
  return found;
}

std::optional<field_reader> field_reader::read_object(std::string_view name, const json::value& v) {
  if (!v.is_object()) return spot{all_->errors, here_->where, name}.wrong_type("an object", v);
  return nested(pointer(name), &v.get_object());
}

std::vector<field_reader> field_reader::read_objects(std::string_view name, const json::value& v,
                                                     const array_rule& rule) {
  std::vector<field_reader> out;
  spot at{all_->errors, here_->where, name};
  auto* list = read_array(at, v, rule);
  if (!list) return out;
  for (auto& entry : *list) {
    ++at.index;
    if (!entry.is_object()) at.wrong_type("an object", entry);
    out.push_back(nested(at.pointer(), entry.if_object()));
  }
  return out;
}

std::string field_reader::string(std::string_view name, text_rule rule) {
  auto* v = required(name);
  return v ? read_string(spot{all_->errors, here_->where, name}, *v, rule).value_or(std::string{})
           : std::string{};
}

std::int64_t field_reader::integer(std::string_view name, integer_rule rule) {
  auto* v = required(name);
  return v ? read_integer(spot{all_->errors, here_->where, name}, *v, rule).value_or(0) : 0;
}

bool field_reader::boolean(std::string_view name) {
  auto* v = required(name);
  return v && read_boolean(spot{all_->errors, here_->where, name}, *v).value_or(false);
}

troupe::uuid field_reader::uuid(std::string_view name) {
  auto* v = required(name);
  return v ? read_uuid(spot{all_->errors, here_->where, name}, *v).value_or(troupe::uuid{}) : troupe::uuid{};
}

troupe::timestamp field_reader::timestamp(std::string_view name) {
  auto* v = required(name);
  return v ? read_timestamp(spot{all_->errors, here_->where, name}, *v).value_or(troupe::timestamp{})
           : troupe::timestamp{};
}

std::string field_reader::string_enum(std::string_view name, const std::vector<std::string_view>& choices) {
  auto* v = required(name);
  return v ? read_choice(spot{all_->errors, here_->where, name}, *v, choices).value_or(std::string{})
           : std::string{};
}

std::vector<troupe::uuid> field_reader::array_of_uuid(std::string_view name, array_rule rule) {
  auto* v = required(name);
  return v ? read_uuids(spot{all_->errors, here_->where, name}, *v, rule) : std::vector<troupe::uuid>{};
}

std::vector<std::string> field_reader::array_of_string(std::string_view name, array_rule rule,
                                                       text_rule each) {
  auto* v = required(name);
  return v ? read_strings(spot{all_->errors, here_->where, name}, *v, rule, each)
           : std::vector<std::string>{};
}

field_reader field_reader::object(std::string_view name) {
  if (auto* v = required(name))
    if (auto inner = read_object(name, *v)) return *inner;
  return nested(pointer(name), nullptr);
}

std::vector<field_reader> field_reader::object_array(std::string_view name, array_rule rule) {
  auto* v = required(name);
  return v ? read_objects(name, *v, rule) : std::vector<field_reader>{};
}

std::optional<std::string> field_reader::optional_string(std::string_view name, text_rule rule) {
  auto* v = take(name);
  return v ? read_string(spot{all_->errors, here_->where, name}, *v, rule) : std::nullopt;
}

std::optional<std::int64_t> field_reader::optional_integer(std::string_view name, integer_rule rule) {
  auto* v = take(name);
  return v ? read_integer(spot{all_->errors, here_->where, name}, *v, rule) : std::nullopt;
}

std::optional<bool> field_reader::optional_boolean(std::string_view name) {
  auto* v = take(name);
  return v ? read_boolean(spot{all_->errors, here_->where, name}, *v) : std::nullopt;
}

std::optional<troupe::uuid> field_reader::optional_uuid(std::string_view name) {
  auto* v = take(name);
  return v ? read_uuid(spot{all_->errors, here_->where, name}, *v) : std::nullopt;
}

std::optional<troupe::timestamp> field_reader::optional_timestamp(std::string_view name) {
  auto* v = take(name);
  return v ? read_timestamp(spot{all_->errors, here_->where, name}, *v) : std::nullopt;
}

std::optional<std::string> field_reader::optional_string_enum(std::string_view name,
                                                              const std::vector<std::string_view>& choices) {
  auto* v = take(name);
  return v ? read_choice(spot{all_->errors, here_->where, name}, *v, choices) : std::nullopt;
}

std::optional<std::vector<troupe::uuid>> field_reader::optional_array_of_uuid(std::string_view name,
                                                                              array_rule rule) {
  auto* v = take(name);
  return v ? std::optional(read_uuids(spot{all_->errors, here_->where, name}, *v, rule)) : std::nullopt;
}

std::optional<std::vector<std::string>>
field_reader::optional_array_of_string(std::string_view name, array_rule rule, text_rule each) {
  auto* v = take(name);
  return v ? std::optional(read_strings(spot{all_->errors, here_->where, name}, *v, rule, each))
           : std::nullopt;
}

std::optional<field_reader> field_reader::optional_object(std::string_view name) {
  auto* v = take(name);
  return v ? read_object(name, *v) : std::nullopt;
}

std::optional<std::vector<field_reader>> field_reader::optional_object_array(std::string_view name,
                                                                             array_rule rule) {
  auto* v = take(name);
  return v ? std::optional(read_objects(name, *v, rule)) : std::nullopt;
}

expected<void> field_reader::finish() {
  for (auto& one : all_->levels) {
    if (!one.object) continue;
    for (auto& member : *one.object) {
      std::string_view name(member.key().data(), member.key().size());
      if (std::find(one.asked.begin(), one.asked.end(), name) != one.asked.end()) continue;
      auto where = one.where;
      append_token(where, shortened(name, 200));
      all_->errors.add(std::move(where), "unknown-field", "No such field is known here.");
    }
  }
  return all_->errors.finish();
}

} // namespace troupe::bridge
