#include "net/api/paging.hpp"

#include "system/core/secrets.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <charconv>

namespace troupe::api {

namespace {

constexpr std::size_t tag_bytes = 12;
constexpr std::size_t cursor_limit = 512;

} // namespace

std::string cursor_codec::tag(std::string_view list, std::string_view body) const {
  auto text = fmt::format("cursor|{}|{}|", list.size(), list);
  text.append(body);
  unsigned char hash[crypto_generichash_BYTES_MIN];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     reinterpret_cast<const unsigned char*>(key_.data()), key_.size());
  return std::string(reinterpret_cast<char*>(hash), tag_bytes);
}

std::string cursor_codec::encode(std::string_view list,
                                 std::initializer_list<std::string_view> values) const {
  std::string body;
  for (auto v : values) {
    v = v.substr(0, 255);
    body.push_back(static_cast<char>(v.size()));
    body.append(v);
  }
  return secrets::base64url(tag(list, body) + body);
}

std::optional<std::vector<std::string>> cursor_codec::decode(std::string_view cursor, std::string_view list,
                                                             std::size_t values) const {
  if (cursor.size() > cursor_limit) return std::nullopt;
  auto raw = secrets::parse_base64url(cursor);
  if (!raw || raw->size() < tag_bytes) return std::nullopt;
  auto body = std::string_view(*raw).substr(tag_bytes);
  if (!secrets::equal_constant_time(std::string_view(*raw).substr(0, tag_bytes), tag(list, body)))
    return std::nullopt;
  std::vector<std::string> out;
  while (!body.empty()) {
    auto size = static_cast<unsigned char>(body[0]);
    if (body.size() < 1u + size) return std::nullopt;
    out.emplace_back(body.substr(1, size));
    body.remove_prefix(1u + size);
  }
  if (out.size() != values) return std::nullopt;
  return out;
}

std::string version_etag(std::int64_t version) { return fmt::format("\"v{}\"", version); }

std::optional<std::int64_t> parse_if_match(std::string_view header) noexcept {
  if (header.empty() || header == "*") return 0;
  if (header.size() < 4 || !header.starts_with("\"v") || !header.ends_with('"')) return std::nullopt;
  auto digits = header.substr(2, header.size() - 3);
  std::int64_t version = 0;
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (problem == std::errc::result_out_of_range && digits.find_first_not_of("0123456789") == digits.npos)
    return std::numeric_limits<std::int64_t>::max(); // well-formed, and surely not the current one
  if (problem != std::errc{} || end != digits.data() + digits.size() || version < 0) return std::nullopt;
  // "v0" is the form of a version, but never one that exists; 0 would mean "any".
  return version == 0 ? std::numeric_limits<std::int64_t>::max() : version;
}

} // namespace troupe::api
