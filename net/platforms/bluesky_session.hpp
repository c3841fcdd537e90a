#pragma once

#include "net/platforms/adapter.hpp"
#include "net/platforms/wire.hpp"

#include <string>
#include <string_view>

/// Sessions of the Bluesky adapter: where to log in, what logins answer, how its errors are sorted.
namespace troupe::platforms::bluesky {

inline constexpr std::string_view network = "Bluesky";

/// An account's secret: both tokens, and the app password when it is one (never somebody's main password).
struct keys_of {
  std::string access, refresh, app_password;

  keys_of() = default;
  explicit keys_of(const credentials& c);
  credentials seal() const;
};

/// What createSession and refreshSession answer. `pds`: the server that keeps the account, when it was told.
struct session {
  std::string access, refresh, did, handle, pds;
};

/// "https://host/xrpc/method".
std::string xrpc(std::string_view server, std::string_view method);

/// The failure class of an answer; the network's own error names say more than its statuses.
publish_failure failure_of(const outbound::response& r, wire::stage s, timestamp now);

outcome<session> read_session(const outbound::response& r, timestamp now);
outbound::request login_request(std::string_view server, const std::string& identifier,
                                const std::string& password);
/// The failure `f` of a login: there is nothing to refresh, a person has to look.
publish_failure login_failure(publish_failure f, const outbound::response& r);

/// Where to log in. The password goes only to the server that the person named, or to the one that the
/// account's own DID document names; a step that fails keeps to the server named, and so does a server on
/// loopback.
task<std::string> login_server(io& port, std::string server, std::string identifier, std::string plc);

} // namespace troupe::platforms::bluesky
