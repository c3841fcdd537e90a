#pragma once

#include <sys/socket.h>

namespace troupe::outbound {

/// As `is_private_address`, for a resolved socket address. A family other than IPv4 and IPv6 counts as
/// private.
bool is_private(const sockaddr& address) noexcept;

} // namespace troupe::outbound
