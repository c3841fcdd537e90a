#pragma once

#include "net/platforms/adapter.hpp"
#include "net/platforms/wire.hpp"

#include <string>
#include <string_view>

/// How the WordPress adapter finds and speaks to a site's REST API.
namespace troupe::platforms::wordpress {

inline constexpr std::string_view network = "WordPress";

/// An account's secret.
struct keys_of {
  std::string username, app_password;

  keys_of() = default;
  explicit keys_of(const credentials& c);
  credentials seal() const;
};

/// The address of `path` ("/wp/v2/posts") below a REST base of either form: ".../wp-json" or
/// "...?rest_route=".
std::string rest(std::string_view base, std::string_view path, std::string_view query = {});

/// The REST base in an answer's Link headers; empty when none names one that could be called.
std::string base_from_links(const outbound::response& r);

/// Searches the REST base of a site: by the Link header of its front page (following few redirects, never
/// from https to http), then at the two usual places. Fails with `validation` when there is no WordPress.
task<outcome<std::string>> discover(io& port, std::string server);

/// Requests with the account's credentials.
outbound::request read(const keys_of& keys, std::string url);
outbound::request write(const keys_of& keys, std::string url, const boost::json::value& body);
outbound::request remove(const keys_of& keys, std::string url);

/// The failure class of an answer. WordPress says 500 for some refusals of an upload, and 401 for a wrong
/// password on any call, which no refresh can mend.
publish_failure failure_of(const outbound::response& r, wire::stage s, timestamp now);

} // namespace troupe::platforms::wordpress
