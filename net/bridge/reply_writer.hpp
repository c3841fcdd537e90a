#pragma once

#include "net/bridge/http.hpp"

#include <string>
#include <string_view>

namespace troupe::bridge {

/// What the session knows about the exchange that a reply belongs to.
struct reply_context {
  std::string_view request_id; // empty: no X-Request-Id
  bool http11 = true;
  bool keep_alive = true;
  bool head_only = false;
};

/// Appends status line, header and body. The framing headers (Content-Length, Connection, Date ...) are ours;
/// a handler's own ones of these names are left out, and no header value can break out of its line.
void append_reply(std::string& out, const reply& r, const reply_context& context);

/// "Sun, 06 Nov 1994 08:49:37 GMT", made once per second and thread.
std::string_view http_date();

/// A piece of a body without a known length; a client of HTTP/1.0 gets it as it is.
void append_chunk(std::string& out, std::string_view piece, bool chunked);
void append_last_chunk(std::string& out, bool chunked);

} // namespace troupe::bridge
