#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::api {

/// Makes and reads cursors: the key values of a page's last row, bound to the list (operation, filters,
/// order) by a keyed hash. Whoever gets values back may put them into a statement as they are: only we made
/// them.
class cursor_codec {
 public:
  explicit cursor_codec(std::string key) : key_(std::move(key)) {} // 32 secret bytes

  /// At most 255 bytes each; base64url.
  std::string encode(std::string_view list, std::initializer_list<std::string_view> values) const;
  /// nullopt when it is not ours, is for another list, or has not this number of values.
  std::optional<std::vector<std::string>> decode(std::string_view cursor, std::string_view list,
                                                 std::size_t values) const;

 private:
  std::string tag(std::string_view list, std::string_view body) const;
  std::string key_;
};

/// What a list was asked for. Ask the store for `limit + 1` rows: the extra one says that there is another
/// page.
struct page_request {
  std::size_t limit = 50;
  std::vector<std::string> after; // values of the cursor; empty: the first page
};

/// `"v7"`, the ETag of version 7.
std::string version_etag(std::int64_t version);
/// The version in an If-Match header: 0 for an absent one and for `*`; nullopt when it has another form.
std::optional<std::int64_t> parse_if_match(std::string_view header) noexcept;

} // namespace troupe::api
