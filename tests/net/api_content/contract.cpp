#include "contract.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <regex>
#include <stdexcept>

namespace troupe::test::contract {

namespace {

namespace json = boost::json;

const YAML::Node& file() {
  static const YAML::Node loaded = YAML::LoadFile(TROUPE_OPENAPI);
  return loaded;
}

/// "#/components/schemas/Post" and whatever that refers to in turn.
YAML::Node resolve(const YAML::Node& n) {
  YAML::Node at(n);
  while (at.IsMap() && at["$ref"]) {
    auto ref = at["$ref"].as<std::string>();
    YAML::Node found(file());
    for (std::size_t from = 2; from < ref.size();) {
      auto slash = std::min(ref.find('/', from), ref.size());
      found.reset(found[ref.substr(from, slash - from)]);
      from = slash + 1;
    }
    if (!found.IsDefined()) throw std::runtime_error("openapi.yaml has no " + ref);
    at.reset(found);
  }
  return at;
}

const char* const verbs[] = {"get", "post", "put", "patch", "delete"};

template <class F>
void for_each_operation(F f) {
  for (auto path : file()["paths"])
    for (auto* verb : verbs)
      if (auto op = path.second[verb]) f(path.first.as<std::string>(), std::string(verb), path.second, op);
}

bool is_type(const json::value& v, const std::string& type) {
  if (type == "null") return v.is_null();
  if (type == "object") return v.is_object();
  if (type == "array") return v.is_array();
  if (type == "string") return v.is_string();
  if (type == "boolean") return v.is_bool();
  if (type == "integer") return v.is_int64() || v.is_uint64();
  return type == "number" && v.is_number();
}

std::size_t code_points(std::string_view s) {
  std::size_t n = 0;
  for (unsigned char c : s) n += (c & 0xC0) != 0x80;
  return n;
}

class checker {
 public:
  std::string found;

  void check(const json::value& v, const YAML::Node& unresolved, const std::string& where) {
    auto schema = resolve(unresolved);
    if (auto any = schema["oneOf"] ? schema["oneOf"] : schema["anyOf"]) return check_any(v, any, where);
    if (auto type = schema["type"]; type && !fits(v, type)) {
      auto wanted = type.IsSequence() ? std::string("one of several types") : type.as<std::string>();
      return say(where, fmt::format("is {}, not {}", json::serialize(v).substr(0, 60), wanted));
    }
    if (v.is_string()) check_text(std::string(v.get_string()), schema, where);
    if (v.is_number()) check_number(v, schema, where);
    if (v.is_object()) check_object(v.get_object(), schema, where);
    if (v.is_array()) {
      if (schema["maxItems"] && v.get_array().size() > schema["maxItems"].as<std::size_t>())
        say(where, "has too many items");
      if (schema["items"])
        for (std::size_t i = 0; i < v.get_array().size(); ++i)
          check(v.get_array()[i], schema["items"], fmt::format("{}/{}", where, i));
    }
  }

 private:
  void say(const std::string& where, const std::string& what) { found += where + " " + what + "\n"; }

  static bool fits(const json::value& v, const YAML::Node& type) {
    if (!type.IsSequence()) return is_type(v, type.as<std::string>());
    for (auto t : type)
      if (is_type(v, t.as<std::string>())) return true;
    return false;
  }
  void check_any(const json::value& v, const YAML::Node& choices, const std::string& where) {
    std::string first;
    for (auto choice : choices) {
      checker one;
      one.check(v, choice, where);
      if (one.found.empty()) return;
      if (first.empty()) first = one.found;
    }
    found += first;
  }
  void check_text(const std::string& s, const YAML::Node& schema, const std::string& where) {
    if (auto allowed = schema["enum"]) {
      bool in = false;
      for (auto a : allowed) in = in || a.as<std::string>() == s;
      if (!in) say(where, "is '" + s + "', none of the enumeration");
    }
    if (schema["const"] && schema["const"].as<std::string>() != s) say(where, "is '" + s + "'");
    if (schema["minLength"] && code_points(s) < schema["minLength"].as<std::size_t>())
      say(where, "is too short");
    if (schema["maxLength"] && code_points(s) > schema["maxLength"].as<std::size_t>())
      say(where, "is too long");
    if (schema["pattern"] &&
        !std::regex_search(s, std::regex(schema["pattern"].as<std::string>(), std::regex::ECMAScript)))
      say(where, "is '" + s + "', against its pattern");
  }
  void check_number(const json::value& v, const YAML::Node& schema, const std::string& where) {
    auto n = v.to_number<double>();
    if (schema["minimum"] && n < schema["minimum"].as<double>()) say(where, "is too small");
    if (schema["maximum"] && n > schema["maximum"].as<double>()) say(where, "is too large");
  }
  void check_object(const json::object& o, const YAML::Node& schema, const std::string& where) {
    for (auto name : schema["required"])
      if (!o.contains(name.as<std::string>())) say(where, "lacks " + name.as<std::string>());
    auto properties = schema["properties"];
    for (auto& member : o) {
      std::string name(member.key());
      if (properties && properties[name])
        check(member.value(), properties[name], where + "/" + name);
      else if (properties && !schema["additionalProperties"])
        say(where, "has '" + name + "', which the contract does not know");
    }
  }
};

} // namespace

std::vector<operation> operations() {
  std::vector<operation> out;
  for_each_operation([&](const std::string& path, std::string verb, const YAML::Node&, const YAML::Node& op) {
    for (auto& c : verb) c = static_cast<char>(c - 'a' + 'A');
    out.push_back({verb, path, op["operationId"].as<std::string>()});
  });
  return out;
}

namespace {

template <class F>
void for_each_parameter(const std::string& operation_id, F f) {
  bool known = false;
  for_each_operation(
      [&](const std::string&, const std::string&, const YAML::Node& path, const YAML::Node& op) {
        if (op["operationId"].as<std::string>() != operation_id) return;
        known = true;
        for (auto& list : {path["parameters"], op["parameters"]})
          for (auto p : list) {
            auto parameter = resolve(p);
            f(parameter["in"].template as<std::string>(), parameter["name"].template as<std::string>());
          }
      });
  if (!known) throw std::runtime_error("openapi.yaml has no operation " + operation_id);
}

} // namespace

std::set<std::string> query_parameters(const std::string& operation_id) {
  std::set<std::string> out;
  for_each_parameter(operation_id, [&](const std::string& in, const std::string& name) {
    if (in == "query") out.insert(name);
  });
  return out;
}

bool takes_key(const std::string& operation_id) {
  bool out = false;
  for_each_parameter(operation_id, [&](const std::string&, const std::string& name) {
    out = out || name == "Idempotency-Key";
  });
  return out;
}

std::string differences(const json::value& v, const std::string& schema_name) {
  checker c;
  c.check(v, file()["components"]["schemas"][schema_name], "");
  return c.found;
}

} // namespace troupe::test::contract
