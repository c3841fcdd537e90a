#pragma once

#include "net/outbound/engine.hpp"

/// What is decided about a request before anything is done with it; on the submitter's thread.
namespace troupe::outbound {

inline constexpr std::size_t max_url_bytes = 16 * 1024;
inline constexpr std::size_t max_request_header_bytes = 64 * 1024;
inline constexpr milliseconds max_timeout{600'000};

/// Scheme, host and port of an http(s) URL, lower case, without userinfo: requests of one lane share a queue
/// and a connection limit. Empty when it is no http(s) URL.
std::string lane_of(std::string_view url);

/// Why this request cannot be sent by anyone; empty when nothing is wrong. Names fields, never their values.
std::string problem_of(const request& what);

/// Throws std::invalid_argument naming the key, the value and what is allowed.
void validate(const engine_settings& settings);

} // namespace troupe::outbound
