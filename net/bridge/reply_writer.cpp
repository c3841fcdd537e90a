#include "net/bridge/reply_writer.hpp"

#include "system/core/ascii.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace troupe::bridge {

namespace {

/// Headers that the session writes itself.
bool is_ours(std::string_view name) noexcept {
  for (std::string_view ours : {"connection", "content-length", "content-type", "date", "keep-alive",
                                "server", "transfer-encoding", "x-content-type-options", "x-request-id"})
    if (ascii::equal_ignoring_case(name, ours)) return true;
  return false;
}

bool is_token(std::string_view name) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

void append_value(std::string& out, std::string_view value) {
  for (char c : value) {
    bool control = (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    out += control ? ' ' : c;
  }
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

bool is_json(std::string_view type) noexcept {
  return type.substr(0, 16) == "application/json" || type.substr(0, 24) == "application/problem+json";
}

} // namespace

std::string_view http_date() {
  thread_local std::time_t made_for = -1;
  thread_local std::array<char, 40> text;
  thread_local std::size_t length = 0;
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != made_for) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now.tv_sec, &utc);
    auto count = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                               days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900,
                               utc.tm_hour, utc.tm_min, utc.tm_sec);
    length = std::min(static_cast<std::size_t>(std::max(count, 0)), text.size() - 1);
    made_for = now.tv_sec;
  }
  return {text.data(), length};
}

void append_reply(std::string& out, const reply& r, const reply_context& context) {
  // A final status has three digits from 200; anything else is a defect of the handler.
  int status = r.status >= 200 && r.status <= 599 ? r.status : 500;
  bool bodiless = status == 204 || status == 304;
  auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  out.reserve(out.size() + 384 + r.body.size());
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(status));
  out += ' ';
  out.append(reason.data(), reason.size());
  out += "\r\nDate: ";
  out += http_date();
  if (!bodiless) {
    if (!r.content_type.empty()) {
      out += "\r\nContent-Type: ";
      append_value(out, r.content_type);
    }
    if (!r.stream) {
      out += "\r\nContent-Length: ";
      append_number(out, r.body.size());
    } else if (context.http11) {
      out += "\r\nTransfer-Encoding: chunked";
    }
  }
  out += "\r\nX-Content-Type-Options: nosniff";
  bool cache_said = false;
  for (auto& [name, value] : r.headers) {
    if (!is_token(name) || is_ours(name)) continue;
    if (ascii::equal_ignoring_case(name, "cache-control")) cache_said = true;
    out += "\r\n";
    out += name;
    out += ": ";
    append_value(out, value);
  }
  if (!cache_said && is_json(r.content_type)) out += "\r\nCache-Control: no-store";
  if (!context.request_id.empty()) {
    out += "\r\nX-Request-Id: ";
    out += context.request_id;
  }
  if (!context.keep_alive)
    out += "\r\nConnection: close";
  else if (!context.http11)
    out += "\r\nConnection: keep-alive";
  out += "\r\n\r\n";
  if (!bodiless && !context.head_only && !r.stream) out += r.body;
}

void append_chunk(std::string& out, std::string_view piece, bool chunked) {
  if (!chunked) {
    out += piece;
    return;
  }
  std::array<char, 16> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
  out.append(digits.data(), end);
  out += "\r\n";
  out += piece;
  out += "\r\n";
}

void append_last_chunk(std::string& out, bool chunked) {
  if (chunked) out += "0\r\n\r\n";
}

} // namespace troupe::bridge
