#pragma once

#include "net/platforms/adapter.hpp"
#include "net/platforms/wire.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The pure half of the Mastodon adapter: limits, error classes, and comparing what was sent with what a
/// timeline shows.
namespace troupe::platforms::mastodon {

inline constexpr std::string_view network = "Mastodon";

/// An account's secret.
struct keys_of {
  std::string access_token, client_id, client_secret;

  keys_of() = default;
  explicit keys_of(const credentials& c);
  credentials seal() const;
};

/// A server's defaults, for everything that an instance does not tell.
account_limits default_limits();

/// What an instance says about itself (version 2 or version 1 of its description).
struct instance {
  account_limits limits;
  std::string domain; // empty: not told
};
/// Nullopt when the answer is no description of an instance. Absurd values are replaced by the defaults.
std::optional<instance> read_instance(const outbound::response& r);

/// The failure class of an answer.
publish_failure failure_of(const outbound::response& r, wire::stage s, timestamp now);

/// A status' HTML as the text that a reader sees.
std::string to_text(std::string_view html);
/// True when `html` shows `text`: white space and the servers of mentions do not count, servers rewrite both.
bool shows(std::string_view html, std::string_view text);

/// The problems with `options`.
std::vector<content_issue> check_options(const boost::json::object& options);
/// The body of the final call.
boost::json::object status_fields(const publication& p);

} // namespace troupe::platforms::mastodon
