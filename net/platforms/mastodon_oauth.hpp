#pragma once

#include "net/platforms/adapter.hpp"
#include "net/platforms/mastodon_api.hpp"

#include <string>
#include <string_view>

/// The OAuth half of the Mastodon adapter. Every server is its own authority: the app is registered there
/// first.
namespace troupe::platforms::mastodon {

/// Registers an app at `server` and answers where to send the browser. PKCE where the server's metadata says
/// S256.
task<outcome<oauth_begin>> begin(io& port, std::string server, std::string redirect_uri, std::string state);

/// What `finish` found: the server and the account's secret.
struct granted {
  std::string server;
  keys_of keys;
};
/// Exchanges the code for an access token.
task<outcome<granted>> finish(io& port, std::string private_state, std::string code,
                              std::string redirect_uri);

/// The PKCE challenge of a verifier (RFC 7636, S256).
std::string challenge_of(std::string_view verifier);

} // namespace troupe::platforms::mastodon
