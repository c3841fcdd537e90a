#include "net/bridge/json_body.hpp"

#include "net/bridge/target.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace troupe::bridge {

namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

/// Builds the value as Boost.JSON's own parser does, and watches the names of every open object on the way:
/// its parser silently keeps the last of two equal names.
class tree_builder {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  json::value release() { return stack_.release(); }
  bool has_duplicate() const noexcept { return duplicate_; }

  bool on_document_begin(error_code&) {
    stack_.reset();
    return true;
  }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    starts_.push_back(names_.size());
    return true;
  }
  bool on_object_end(std::size_t count, error_code& ec) {
    auto from = names_.begin() + static_cast<std::ptrdiff_t>(starts_.back());
    std::sort(from, names_.end());
    if (std::adjacent_find(from, names_.end()) != names_.end()) {
      duplicate_ = true;
      ec = json::error::syntax;
      return false;
    }
    names_.erase(from, names_.end());
    starts_.pop_back();
    stack_.push_object(count);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t count, error_code&) {
    stack_.push_array(count);
    return true;
  }
  bool on_key_part(string_view text, std::size_t, error_code&) {
    name_.append(text.data(), text.size());
    stack_.push_chars(text);
    return true;
  }
  bool on_key(string_view text, std::size_t, error_code&) {
    name_.append(text.data(), text.size());
    names_.push_back(std::move(name_));
    name_.clear();
    stack_.push_key(text);
    return true;
  }
  bool on_string_part(string_view text, std::size_t, error_code&) {
    stack_.push_chars(text);
    return true;
  }
  bool on_string(string_view text, std::size_t, error_code&) {
    stack_.push_string(text);
    return true;
  }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, string_view, error_code&) {
    stack_.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, string_view, error_code&) {
    stack_.push_uint64(number);
    return true;
  }
  bool on_double(double number, string_view, error_code& ec) {
    if (!std::isfinite(number)) { // 1e400 would be written out again as Infinity, which is no JSON
      ec = json::error::exponent_overflow;
      return false;
    }
    stack_.push_double(number);
    return true;
  }
  bool on_bool(bool truth, error_code&) {
    stack_.push_bool(truth);
    return true;
  }
  bool on_null(error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  json::value_stack stack_;
  std::string name_;                // of the member being read
  std::vector<std::string> names_;  // of all open objects, one after the other
  std::vector<std::size_t> starts_; // where each open object's names begin
  bool duplicate_ = false;
};

std::string place_of(std::string_view body, std::size_t offset) {
  auto before = body.substr(0, offset);
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  auto last_break = before.rfind('\n');
  auto column = last_break == std::string_view::npos ? before.size() + 1 : before.size() - last_break;
  return fmt::format("line {}, column {} (byte {})", line, column, offset);
}

std::string_view words_for(const error_code& wrong) {
  if (wrong == json::error::too_deep) return "objects and arrays are nested too deeply";
  if (wrong == json::error::incomplete) return "the text ends too early";
  if (wrong == json::error::extra_data) return "more follows after the object";
  if (wrong == json::error::exponent_overflow) return "a number is too large";
  if (wrong == json::error::illegal_leading_surrogate || wrong == json::error::illegal_trailing_surrogate ||
      wrong == json::error::expected_utf16_escape)
    return "an escape names half a surrogate pair";
  if (wrong == json::error::expected_hex_digit)
    return "an escape has a character that is no hexadecimal digit";
  return "this is not JSON";
}

using tree_parser = json::basic_parser<tree_builder>;

/// The parser does not say where it stopped, so the bad text is parsed again: in blocks up to the block that
/// fails, then once more up to that block and through it byte by byte.
std::size_t find_fault(std::string_view body, const json::parse_options& options) {
  constexpr std::size_t block = 256;
  auto fails = [](tree_parser& parser, std::string_view text) {
    error_code wrong;
    auto used = parser.write_some(true, text.data(), text.size(), wrong);
    return wrong || used < text.size();
  };
  std::size_t good = 0;
  for (tree_parser parser(options); good < body.size(); good += block)
    if (fails(parser, body.substr(good, block))) break;
  good = std::min(good, body.size());
  tree_parser parser(options);
  fails(parser, body.substr(0, good));
  while (good < body.size() && !fails(parser, body.substr(good, 1))) ++good;
  return good;
}

} // namespace

expected<json::object> parse_json_object(std::string_view body, json_limits limits) {
  if (body.size() > limits.bytes)
    return failure{ec::payload_too_large, fmt::format("A JSON body may have {} bytes.", limits.bytes)};
  if (body.empty()) return failure{ec::bad_request, "The body is empty; a JSON object is expected."};
  json::parse_options options;
  options.max_depth = limits.depth;
  tree_parser parser(options);
  error_code wrong;
  auto used = parser.write_some(false, body.data(), body.size(), wrong);
  if (!wrong && used < body.size()) wrong = json::error::extra_data;
  if (wrong) {
    auto why = parser.handler().has_duplicate() ? "a name appears twice in the object that ends here"
               : !is_utf8(body)                 ? "this is not UTF-8"
                                                : words_for(wrong);
    return failure{ec::bad_request, fmt::format("The body cannot be used: {}, at {}.", why,
                                                place_of(body, find_fault(body, options)))};
  }
  auto value = parser.handler().release();
  if (!value.is_object()) return failure{ec::bad_request, "The body is JSON but not an object."};
  return std::move(value.get_object());
}

} // namespace troupe::bridge
