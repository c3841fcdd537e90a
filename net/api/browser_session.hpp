#pragma once

#include "actors/users/interface.hpp"
#include "net/api/call.hpp"

#include <string_view>

/// A browser keeps its refresh token as a cookie that no script can read. What relies on that cookie has to
/// come from our own page, which is proved by a header that no other origin can send without a grant of ours.
namespace troupe::api {

/// The value of this cookie; empty when the browser did not send it.
std::string_view cookie_value(const bridge::request& r, std::string_view name) noexcept;

/// From where the caller begins or renews a session.
users::client client_of(const call& c, bool keeps_cookie);

/// The refresh token that the browser keeps; empty when there is none.
std::string_view session_cookie(const call& c) noexcept;
/// Makes the answer set the cookie, or end it.
void keep_session_cookie(call& c, std::string_view refresh_token);
void end_session_cookie(call& c);

/// Whether `X-Troupe-Client: web` is there and `Origin`, if it is there too, is this server's own.
bool says_web_client(const bridge::request& r) noexcept;
bool is_own_page(const call& c);

} // namespace troupe::api
