#include "net/bridge/http.hpp"

namespace troupe::bridge {

namespace {

const std::string* find_in(const header_list& list, std::string_view name) noexcept {
  for (auto& [key, value] : list)
    if (key == name) return &value;
  return nullptr;
}

std::string_view or_empty(const std::string* value) noexcept {
  return value ? std::string_view{*value} : std::string_view{};
}

} // namespace

std::string_view to_string(verb v) noexcept {
  switch (v) {
  case verb::get: return "GET";
  case verb::post: return "POST";
  case verb::put: return "PUT";
  case verb::patch: return "PATCH";
  case verb::del: return "DELETE";
  }
  return "GET"; // a value outside the enumeration
}

std::string_view request::header(std::string_view lower_name) const noexcept {
  return or_empty(find_in(headers, lower_name));
}

std::string_view request::param(std::string_view name) const noexcept {
  return or_empty(find_in(path_params, name));
}

const std::string* request::query_value(std::string_view name) const noexcept { return find_in(query, name); }

} // namespace troupe::bridge
