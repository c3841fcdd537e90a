#pragma once

#include "net/bridge/http.hpp"

#include <boost/asio/ssl/context.hpp>

#include <optional>

namespace troupe::bridge {

/// The listener's TLS, version 1.2 or later, from the PEM files of `settings`; empty when none are named.
/// bad_configuration says which file is wrong.
expected<std::optional<boost::asio::ssl::context>> make_tls(const server_settings& settings);

} // namespace troupe::bridge
