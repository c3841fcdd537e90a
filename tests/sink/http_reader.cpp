#include "tests/sink/http_reader.hpp"

#include <algorithm>
#include <charconv>

namespace troupe::sink {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

} // namespace

void http_reader::forget_taken() {
  if (taken_ == 0) return;
  buffer_.erase(0, taken_);
  taken_ = 0;
}

bool http_reader::read_field(std::string_view name, std::string_view value, head& out) {
  auto& r = out.what;
  if (same(name, "content-length")) {
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out.body);
    return error == std::errc{} && end == value.data() + value.size() && out.body <= body_limit;
  }
  if (same(name, "transfer-encoding")) return out.chunked = same(value, "chunked");
  if (same(name, "connection")) {
    if (same(value, "close")) r.keep_alive = false;
  } else if (same(name, "expect")) {
    out.expects = same(value, "100-continue");
  } else if (same(name, "idempotency-key")) {
    r.key = value;
  } else if (same(name, "sandbox-behaviour")) {
    r.behaviour = value;
  } else if (same(name, "authorization")) {
    r.authorization = value;
  }
  return true;
}

bool http_reader::read_head(std::string_view text, head& out) {
  auto first_end = text.find('\n');
  auto first = trimmed(text.substr(0, first_end));
  auto method_end = first.find(' ');
  auto target_end = first.rfind(' ');
  if (method_end == first.npos || target_end <= method_end) return false;
  out.what.method = first.substr(0, method_end);
  out.what.target = first.substr(method_end + 1, target_end - method_end - 1);
  auto version = first.substr(target_end + 1);
  if (version == "HTTP/1.0")
    out.what.keep_alive = false;
  else if (version != "HTTP/1.1")
    return false;
  text.remove_prefix(first_end + 1);
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size() - 1);
    auto field = trimmed(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (field.empty()) continue;
    auto colon = field.find(':');
    if (colon == field.npos || colon == 0) return false;
    if (!read_field(field.substr(0, colon), trimmed(field.substr(colon + 1)), out)) return false;
  }
  return true;
}

http_reader::result http_reader::chunked_body(std::size_t from, std::size_t& end) {
  chunks_.clear();
  for (auto at = from;;) {
    auto line_end = buffer_.find('\n', at);
    if (line_end == buffer_.npos) return buffer_.size() - at > 64 ? result::bad : result::more;
    std::size_t size = 0;
    auto digits = trimmed(std::string_view(buffer_).substr(at, line_end - at));
    auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    bool whole = rest == digits.data() + digits.size() || *rest == ';';
    if (error != std::errc{} || !whole || size > body_limit - chunks_.size()) return result::bad;
    at = line_end + 1;
    if (buffer_.size() < at + size + 2) return result::more;
    chunks_.append(buffer_, at, size);
    at += size;
    if (buffer_.compare(at, 2, "\r\n") != 0) return result::bad; // No trailers: nobody here sends any.
    at += 2;
    if (size == 0) {
      end = at;
      return result::request;
    }
  }
}

http_reader::result http_reader::next(request& out) {
  // Empty lines between requests are allowed for old clients.
  while (taken_ < buffer_.size() && (buffer_[taken_] == '\r' || buffer_[taken_] == '\n')) ++taken_;
  auto end = buffer_.find("\r\n\r\n", taken_);
  if (end == buffer_.npos) return buffered() > head_limit ? result::bad : result::more;
  head h;
  h.length = end + 4 - taken_;
  if (h.length > head_limit || !read_head(std::string_view(buffer_).substr(taken_, h.length), h))
    return result::bad;
  auto body_at = taken_ + h.length;
  auto body_end = body_at + h.body;
  if (h.chunked) {
    auto r = chunked_body(body_at, body_end);
    if (r == result::more && h.expects && !continue_said_) continue_wanted_ = true;
    if (r != result::request) return r;
    h.what.body = chunks_;
  } else {
    if (buffer_.size() < body_end) {
      if (h.expects && !continue_said_) continue_wanted_ = true;
      return result::more;
    }
    h.what.body = std::string_view(buffer_).substr(body_at, h.body);
  }
  taken_ = body_end;
  continue_wanted_ = continue_said_ = false;
  out = h.what;
  return result::request;
}

bool http_reader::wants_continue() {
  if (!continue_wanted_) return false;
  continue_wanted_ = false;
  return continue_said_ = true;
}

} // namespace troupe::sink
