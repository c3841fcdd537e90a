#pragma once

#include "actors/content/interface.hpp"
#include "net/api/call.hpp"
#include "net/bridge/json_body.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the resources of posts, deliveries, accounts and media share in reading requests and writing answers.
namespace troupe::api {

/// A GET with these query parameters.
operation reads(std::string id, std::vector<std::string> query = {});
/// A list: `limit` and `cursor` too.
operation lists(std::string id, std::vector<std::string> filters = {});
/// A POST without a body that takes an Idempotency-Key.
operation acts(std::string id);
/// A POST with a JSON body that takes an Idempotency-Key.
operation takes_json(std::string id, std::size_t body_limit = json_body_limit);

/// The body as a JSON object, or answers 400.
std::optional<boost::json::object> json_body(call& c);
/// True when nothing was wrong; else answers 422.
bool finish(call& c, bridge::field_reader& r);
/// An instant as the contract writes it: UTC with Z and at most six digits of a second.
std::optional<timestamp> parse_instant(std::string_view text);
/// An absolute http or https address with a host.
bool is_web_address(std::string_view text);

/// Reads query parameters; everything wrong is in one answer. Unknown ones were refused before.
class query_input {
 public:
  explicit query_input(call& c) : call_(c) {}
  std::optional<uuid> id(std::string_view name);
  std::optional<timestamp> instant(std::string_view name);
  std::optional<std::string> text(std::string_view name, std::size_t max_bytes);
  /// One of `allowed`.
  std::optional<std::string> choice(std::string_view name, std::initializer_list<std::string_view> allowed);
  std::optional<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most);
  /// Any of `allowed`, the parameter repeated, each at most once.
  std::vector<std::string> choices(std::string_view name, std::initializer_list<std::string_view> allowed);
  void fail(std::string_view name, std::string code, std::string detail);
  /// True when nothing was wrong; else answers 422.
  bool finish();

 private:
  const std::string* only(std::string_view name);
  call& call_;
  std::vector<field_error> wrong_;
};

/// Who asks, for the messages of the content group.
request_origin origin_of(const call& c, std::int64_t if_version = 0);
/// The view as the entity made it, with its ETag; it is neither parsed nor copied.
void answer_document(const call_ptr& c, int status, document& d, std::string location = {});
/// A list of a workspace, for its members: its page as it was answered last, if that still holds, else
/// `read(const call_ptr&)` reads it from the store and ends in answer_page().
void list_for_member(const call_ptr& c, const uuid& workspace, std::function<void(const call_ptr&)> read);
/// `{"items":[...],"next_cursor":...}`; an empty cursor is the last page.
void answer_page(const call_ptr& c, boost::json::array items, const std::string& next_cursor);

} // namespace troupe::api
