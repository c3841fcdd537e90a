#include "config/fields.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

namespace troupe::config {

namespace {

constexpr std::size_t shown_limit = 80; // of a value inside an issue
constexpr std::size_t file_limit = std::size_t{4} << 20;

std::string cut(std::string text) {
  if (text.size() <= shown_limit) return text;
  auto end = shown_limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end; // not inside a character
  return text.substr(0, end) + "...";
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// The one value of a text override, by the field's kind; nullopt when it cannot be read as that kind.
std::optional<integer> read_integer(std::string_view raw) {
  integer value = 0;
  auto [end, problem] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (problem != std::errc{} || end != raw.data() + raw.size()) return std::nullopt;
  return value;
}

std::optional<bool> read_bool(std::string_view raw) {
  if (raw == "true") return true;
  if (raw == "false") return false;
  return std::nullopt;
}

std::string_view trimmed(std::string_view raw) {
  auto first = raw.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return raw.substr(first, raw.find_last_not_of(" \t") - first + 1);
}

text_list read_list(std::string_view raw) {
  text_list out;
  while (!trimmed(raw).empty()) {
    auto comma = raw.find(',');
    out.emplace_back(trimmed(raw.substr(0, comma)));
    raw = comma == std::string_view::npos ? std::string_view{} : raw.substr(comma + 1);
  }
  return out;
}

/// Collects values and issues from all sources, later sources over earlier ones.
class loader {
 public:
  loaded take() {
    for (auto& i : validate(out_.values)) add_cross_field(std::move(i));
    return std::move(out_);
  }

  loader() { out_.origins.resize(fields().size()); }

  void file(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    std::string content(file_limit + 1, '\0');
    if (in) in.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (!in.is_open() || in.bad() || (in.fail() && !in.eof()))
      return complain(path, "a file that cannot be read", "a readable TOML file", {});
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.size() > file_limit) return complain(path, "a file of more than 4 MiB", "a TOML file", {});
    try {
      auto table = toml::parse(std::string_view{content}, path);
      // A toml::table is sorted by key; issues are wanted in the order of the file.
      std::vector<std::pair<std::string, const toml::node*>> found;
      for (auto& [name, node] : table) found.emplace_back(name.str(), &node);
      sort_by_place(found);
      for (auto& [name, node] : found) section(path, name, *node);
    } catch (const toml::parse_error& problem) {
      complain(path, cut(std::string{problem.description()}), "a TOML file",
               path + ':' + std::to_string(problem.source().begin.line));
    }
  }

  void override_with(std::string_view name, std::string_view raw, const std::string& where) {
    auto index = find(name);
    if (!index) return unknown(std::string{name}, where);
    auto& f = fields()[*index];
    std::visit([&](auto* slot) { set_from_text(*index, f, *slot, raw, where); }, f.ref(out_.values));
  }

  void unknown(const std::string& name, const std::string& where) {
    const field* nearest = nullptr;
    std::size_t best = 4; // farther than that is no help
    for (auto& f : fields())
      if (auto d = edit_distance(name, f.name()); d < best) best = d, nearest = &f;
    // The value of a misspelt secret is a secret too, so no value of an unknown key is shown.
    complain(name, "a key that does not exist",
             nearest ? "a known key; did you mean " + nearest->name() + "?" : "a known key", where);
  }

  void complain(std::string key, std::string got, std::string allowed, std::string where) {
    out_.issues.push_back({std::move(key), std::move(got), std::move(allowed), std::move(where)});
  }

 private:
  template <class Pairs>
  static void sort_by_place(Pairs& found) {
    std::stable_sort(found.begin(), found.end(), [](auto& a, auto& b) {
      auto x = a.second->source().begin, y = b.second->source().begin;
      return std::pair{x.line, x.column} < std::pair{y.line, y.column};
    });
  }

  static std::optional<std::size_t> find(std::string_view name) {
    for (std::size_t i = 0; i < fields().size(); ++i)
      if (fields()[i].name() == name) return i;
    return std::nullopt;
  }

  void section(const std::string& path, const std::string& name, const toml::node& node) {
    auto* table = node.as_table();
    if (!table || section_sentence(name).empty()) return unknown(name, place(path, node));
    std::vector<std::pair<std::string, const toml::node*>> found;
    for (auto& [key, value] : *table) found.emplace_back(key.str(), &value);
    sort_by_place(found);
    for (auto& [key, value] : found) {
      auto whole = name;
      (whole += '.') += key;
      auto index = find(whole);
      auto where = place(path, *value);
      if (!index) {
        unknown(whole, where);
        continue;
      }
      auto& f = fields()[*index];
      std::visit([&](auto* slot) { set_from_node(*index, f, *slot, *value, where); }, f.ref(out_.values));
    }
  }

  static std::string place(const std::string& path, const toml::node& node) {
    return path + ':' + std::to_string(node.source().begin.line);
  }

  template <class T>
  void set_from_node(std::size_t index, const field& f, T& slot, const toml::node& node,
                     const std::string& where) {
    if constexpr (std::is_same_v<T, text_list>) {
      text_list values;
      auto* array = node.as_array();
      bool whole = array != nullptr;
      if (array)
        for (auto& item : *array) {
          if (auto* value = item.as_string())
            values.push_back(value->get());
          else
            whole = false;
        }
      if (!whole) return refuse(f, kind_of(node), where);
      assign(index, f, slot, std::move(values), where);
    } else {
      using native = std::conditional_t<std::is_same_v<T, text>, std::string, T>;
      auto* value = node.as<native>();
      if (!value) return refuse(f, kind_of(node), where);
      assign(index, f, slot, T{value->get()}, where);
    }
  }

  template <class T>
  void set_from_text(std::size_t index, const field& f, T& slot, std::string_view raw,
                     const std::string& where) {
    if constexpr (std::is_same_v<T, integer>) {
      auto value = read_integer(raw);
      if (!value) return refuse(f, quoted(raw), where);
      assign(index, f, slot, *value, where);
    } else if constexpr (std::is_same_v<T, bool>) {
      auto value = read_bool(raw);
      if (!value) return refuse(f, quoted(raw), where);
      assign(index, f, slot, *value, where);
    } else if constexpr (std::is_same_v<T, text_list>) {
      assign(index, f, slot, read_list(raw), where);
    } else {
      assign(index, f, slot, text{raw}, where);
    }
  }

  template <class T>
  void assign(std::size_t index, const field& f, T& slot, T value, const std::string& where) {
    if (!within(f, value)) return refuse(f, described(value), where);
    slot = std::move(value);
    out_.origins[index] = where;
  }

  static bool within(const field& f, integer v) { return v >= f.min && v <= f.max; }
  static bool within(const field&, bool) { return true; }
  static bool within(const field& f, const text& v) {
    if (!f.choices.empty()) return std::find(f.choices.begin(), f.choices.end(), v) != f.choices.end();
    return within(f, static_cast<integer>(v.size())) && std::none_of(v.begin(), v.end(), [](unsigned char c) {
             return c < 0x20 || c == 0x7f; // no path, name or address has control characters
           });
  }
  static bool within(const field& f, const text_list& v) { return static_cast<integer>(v.size()) <= f.max; }

  static std::string described(integer v) { return std::to_string(v); }
  static std::string described(bool v) { return v ? "true" : "false"; }
  static std::string described(const text& v) {
    return v.size() <= shown_limit ? quoted(v) : "a text of " + std::to_string(v.size()) + " bytes";
  }
  static std::string described(const text_list& v) { return "a list of " + std::to_string(v.size()); }

  static std::string kind_of(const toml::node& node) {
    if (auto* v = node.as_string()) return described(v->get());
    if (auto* v = node.as_integer()) return described(v->get());
    if (auto* v = node.as_boolean()) return described(v->get());
    if (node.is_table()) return "a table";
    if (node.is_array()) return "a list";
    if (node.is_floating_point()) return "a number with a fraction";
    return "a date or time";
  }

  void refuse(const field& f, std::string got, const std::string& where) {
    complain(f.name(), f.secret ? "(secret)" : std::move(got), f.allowed(), where);
  }

  /// A rule over several keys is only worth saying about keys that are fine by themselves.
  void add_cross_field(issue i) {
    for (auto& known : out_.issues)
      if (known.key == i.key) return;
    if (auto index = find(i.key)) i.where = out_.origins[*index];
    out_.issues.push_back(std::move(i));
  }

  loaded out_;
};

} // namespace

std::string to_string(const issue& i) {
  return i.key + ": got " + i.got + ", allowed is " + i.allowed +
         (i.where.empty() ? "" : " (" + i.where + ")");
}

std::vector<std::pair<std::string, std::string>> environment_of(const char* const* variables) {
  std::vector<std::pair<std::string, std::string>> out;
  for (; variables && *variables; ++variables) {
    std::string_view entry{*variables};
    auto equals = entry.find('=');
    if (entry.starts_with("TROUPE_") && equals != std::string_view::npos)
      out.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  std::sort(out.begin(), out.end());
  return out;
}

loaded load(const sources& from) {
  loader l;
  if (!from.file.empty()) l.file(from.file);
  for (auto& [variable, value] : from.environment) {
    auto known = std::find_if(fields().begin(), fields().end(),
                              [&, &name = variable](auto& f) { return f.variable() == name; });
    auto where = "environment " + variable;
    if (known != fields().end()) {
      l.override_with(known->name(), value, where);
      continue;
    }
    // TROUPE_<something> that is no section belongs to somebody else, e.g. TROUPE_TEST_PG.
    std::string name;
    for (char c : variable.substr(std::string_view{"TROUPE_"}.size()))
      name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    auto underscore = name.find('_');
    if (underscore == std::string::npos || section_sentence(name.substr(0, underscore)).empty()) continue;
    name[underscore] = '.';
    l.unknown(name, where);
  }
  for (auto& entry : from.overrides) {
    auto equals = entry.find('=');
    if (equals == std::string::npos)
      l.complain("--set", "a text without =", "section.key=value", "--set");
    else
      l.override_with(trimmed(std::string_view{entry}.substr(0, equals)), entry.substr(equals + 1), "--set");
  }
  return l.take();
}

} // namespace troupe::config
