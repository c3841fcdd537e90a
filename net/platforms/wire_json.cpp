#include "net/platforms/wire.hpp"

namespace troupe::platforms::wire {

std::optional<json::value> parse(std::string_view body) {
  json::parse_options options;
  options.max_depth = 32;
  json::error_code error;
  // Some servers put a byte order mark or PHP notices' line breaks in front.
  if (body.substr(0, 3) == "\xEF\xBB\xBF") body.remove_prefix(3);
  auto value = json::parse(body, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

std::optional<json::object> parse_object(std::string_view body) {
  auto value = parse(body);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

std::optional<json::array> parse_array(std::string_view body) {
  auto value = parse(body);
  if (!value || !value->is_array()) return std::nullopt;
  return std::move(value->get_array());
}

std::string text_at(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  const auto* s = v ? v->if_string() : nullptr;
  return s ? std::string(s->data(), s->size()) : std::string{};
}

std::optional<std::int64_t> number_at(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  if (!v) return std::nullopt;
  if (const auto* i = v->if_int64()) return *i;
  if (const auto* u = v->if_uint64(); u && *u <= INT64_MAX) return static_cast<std::int64_t>(*u);
  return std::nullopt;
}

bool true_at(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  const auto* b = v ? v->if_bool() : nullptr;
  return b && *b;
}

const json::object* object_at(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v ? v->if_object() : nullptr;
}

const json::array* array_at(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v ? v->if_array() : nullptr;
}

std::string id_at(const json::object& o, std::string_view key) {
  if (const auto n = number_at(o, key)) return std::to_string(*n);
  auto s = text_at(o, key);
  if (s.size() > 512) s.clear();
  return s;
}

} // namespace troupe::platforms::wire
