#include "config/fields.hpp"

#include <cctype>

/// Fields as text: names, what is allowed, values as TOML.
namespace troupe::config {

namespace {

std::string shown_value(integer v) { return std::to_string(v); }
std::string shown_value(bool v) { return v ? "true" : "false"; }
std::string shown_value(const text& v) { return quoted(v); }
std::string shown_value(const text_list& v) {
  std::string out = "[";
  for (auto& item : v) out += (out.size() > 1 ? ", " : "") + quoted(item);
  return out + "]";
}

} // namespace

std::string field::variable() const {
  auto out = std::string{"TROUPE_"} + section + '_' + key;
  for (auto& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string field::allowed() const {
  settings defaults;
  auto value = ref(defaults);
  if (std::holds_alternative<integer*>(value))
    return "an integer from " + std::to_string(min) + " to " + std::to_string(max);
  if (std::holds_alternative<bool*>(value)) return "true or false";
  if (std::holds_alternative<text_list*>(value)) return "a list of at most " + std::to_string(max) + " texts";
  if (choices.empty()) return "a text of " + std::to_string(min) + " to " + std::to_string(max) + " bytes";
  std::string out;
  for (std::size_t i = 0; i < choices.size(); ++i)
    out += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + quoted(choices[i]);
  return out;
}

std::string quoted(std::string_view raw) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out = "\"";
  for (char c : raw) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      ((out += "\\u00") += hex[byte >> 4]) += hex[byte & 15];
    else
      out += c;
  }
  return out + '"';
}

std::string shown(const field& f, const settings& s) {
  // The table's accessors take a mutable object because loading writes through them; this only reads.
  auto value = f.ref(const_cast<settings&>(s));
  if (f.secret) {
    auto* secret = std::get<text*>(value);
    return secret->empty() ? "\"\"" : "\"(secret)\"";
  }
  return std::visit([](auto* v) { return shown_value(*v); }, value);
}

} // namespace troupe::config
