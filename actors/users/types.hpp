#pragma once

#include "actors/users/role.hpp"
#include "system/core/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Values and pure rules of the users group.
namespace troupe::users {

/// Lower-case, when it has the form local@domain: at most 254 bytes, ASCII, atoms separated by single dots
/// before the at sign (at most 64), host name labels after it. nullopt for anything else.
std::optional<std::string> normalise_email(std::string_view text);

/// What a refresh token or an invite token says about where it belongs. Bearer tokens are the base64url of
/// two ids and 32 secret bytes, so that they find their entity without a lookup.
struct token_address {
  uuid first;  // refresh token: the user. Invite token: the workspace.
  uuid second; // refresh token: the sign-in. Invite token: the invite.
};
/// nullopt when it has not the form. Says nothing about whether the token is good.
std::optional<token_address> address_of(std::string_view token);

/// A fresh refresh token: 16 random bytes, and 16 bytes that only the owner of `key` can have made of them.
/// `key` has 32 bytes.
std::string make_refresh_token(const token_address& to, std::string_view key);
/// The token that this one is exchanged for, always the same: a repeat of the exchange learns nothing that
/// the first one did not get, and who has no `key` cannot tell it from a fresh one.
std::string next_refresh_token(std::string_view token, const token_address& to, std::string_view key);
/// True when we made it for this sign-in once, however long ago.
bool is_our_refresh_token(std::string_view token, const token_address& to, std::string_view key);

/// The one token of an invite: made of its id and `key`, so that a repeated request gets the same one again.
std::string make_invite_token(const token_address& to, std::string_view key);

} // namespace troupe::users
