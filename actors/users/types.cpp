#include "actors/users/types.hpp"

#include "system/core/secrets.hpp"

#include <sodium.h>

#include <algorithm>

namespace troupe {

std::string_view to_string(role r) noexcept {
  switch (r) {
  case role::viewer: return "viewer";
  case role::editor: return "editor";
  case role::admin: return "admin";
  case role::owner: return "owner";
  }
  return "viewer";
}

bool parse_role(std::string_view text, role& out) noexcept {
  for (auto r : {role::viewer, role::editor, role::admin, role::owner})
    if (to_string(r) == text) {
      out = r;
      return true;
    }
  return false;
}

namespace users {

namespace {

constexpr std::size_t id_bytes = 16;
constexpr std::size_t secret_bytes = 32;

bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_atom_character(char c) noexcept {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_label(std::string_view label) noexcept {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_atom(std::string_view atom) noexcept {
  return !atom.empty() && std::all_of(atom.begin(), atom.end(), is_atom_character);
}

template <class Predicate>
bool every_part(std::string_view dotted, Predicate good) {
  for (;;) {
    auto dot = dotted.find('.');
    if (!good(dotted.substr(0, dot))) return false;
    if (dot == dotted.npos) return true;
    dotted.remove_prefix(dot + 1);
  }
}

void append(std::string& out, const uuid& id) {
  for (auto word : {id.hi, id.lo})
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(word >> shift));
}

uuid read_uuid(std::string_view bytes) noexcept {
  uuid id;
  for (std::size_t i = 0; i < 8; ++i) {
    id.hi = id.hi << 8 | static_cast<unsigned char>(bytes[i]);
    id.lo = id.lo << 8 | static_cast<unsigned char>(bytes[8 + i]);
  }
  return id;
}

std::string keyed_hash(std::string_view text, std::size_t bytes, std::string_view key) {
  std::string out(bytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size());
  return out;
}

std::string prefix_of(const token_address& to) {
  std::string out;
  append(out, to.first);
  append(out, to.second);
  return out;
}

} // namespace

std::optional<std::string> normalise_email(std::string_view text) {
  auto at = text.rfind('@');
  if (text.size() > 254 || at == text.npos || at > 64) return std::nullopt;
  if (!every_part(text.substr(0, at), is_atom) || !every_part(text.substr(at + 1), is_label))
    return std::nullopt;
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::optional<token_address> address_of(std::string_view token) {
  if (token.size() > 128) return std::nullopt;
  auto raw = secrets::parse_base64url(token);
  if (!raw || raw->size() != 2 * id_bytes + secret_bytes) return std::nullopt;
  return token_address{read_uuid(std::string_view(*raw)), read_uuid(std::string_view(*raw).substr(id_bytes))};
}

std::string refresh_token_of(std::string text, std::string_view key) {
  return secrets::base64url(text + keyed_hash("refresh" + text, secret_bytes / 2, key));
}

std::string make_refresh_token(const token_address& to, std::string_view key) {
  return refresh_token_of(prefix_of(to) + secrets::random_bytes(secret_bytes / 2), key);
}

std::string next_refresh_token(std::string_view token, const token_address& to, std::string_view key) {
  return refresh_token_of(prefix_of(to) + keyed_hash("after" + std::string(token), secret_bytes / 2, key),
                          key);
}

bool is_our_refresh_token(std::string_view token, const token_address& to, std::string_view key) {
  auto raw = secrets::parse_base64url(token);
  if (!raw || raw->size() != 2 * id_bytes + secret_bytes || !raw->starts_with(prefix_of(to))) return false;
  auto text = raw->substr(0, raw->size() - secret_bytes / 2);
  return secrets::equal_constant_time(std::string_view(*raw).substr(text.size()),
                                      keyed_hash("refresh" + text, secret_bytes / 2, key));
}

std::string make_invite_token(const token_address& to, std::string_view key) {
  auto text = prefix_of(to);
  return secrets::base64url(text + keyed_hash("invite" + text, secret_bytes, key));
}

} // namespace users

} // namespace troupe
