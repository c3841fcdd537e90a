#include "net/outbound/answer.hpp"

#include "system/core/ascii.hpp"

#include <charconv>

namespace troupe::outbound {

namespace {

constexpr std::string_view blanks = " \t\r\n";

} // namespace

void answer_reader::start(std::size_t max_body_bytes) {
  *this = {};
  max_body_bytes_ = max_body_bytes;
}

bool answer_reader::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > max_response_header_bytes) {
    too_large_ = true;
    return false;
  }
  if (has_head_) return true; // trailers are not for us
  const auto text = ascii::trimmed(line, blanks);
  if (line.starts_with("HTTP/")) {
    take_status_line(text);
  } else if (text.empty()) {
    has_head_ = answer_.status != 0;
  } else if ((line.front() == ' ' || line.front() == '\t') && !answer_.headers.empty()) {
    answer_.headers.back().second.append(" ").append(text);
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    answer_.headers.emplace_back(ascii::to_lower(ascii::trimmed(text.substr(0, colon), blanks)),
                                 ascii::trimmed(text.substr(colon + 1), blanks));
  }
  return true;
}

/// Interim answers (100, 103) leave the status at 0, and what they said is dropped when the next one starts.
void answer_reader::take_status_line(std::string_view line) {
  answer_.headers.clear();
  answer_.status = 0;
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return;
  int status = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  if (status >= 200) answer_.status = status;
}

bool answer_reader::take_body(std::string_view bytes) {
  if (bytes.size() > max_body_bytes_ - answer_.body.size()) {
    too_large_ = true;
    return false;
  }
  answer_.body += bytes;
  return true;
}

} // namespace troupe::outbound
