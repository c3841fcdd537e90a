#include "net/bridge/body_decoder.hpp"

#include "system/core/ascii.hpp"

#include <algorithm>

namespace troupe::bridge {

namespace {

constexpr std::uint32_t max_extension = 256; // bytes beside one chunk size
constexpr std::uint32_t max_trailers = 4096; // bytes after the last chunk
constexpr std::uint8_t max_digits = 15;      // of a chunk size: never overflows

bool is_line_text(char c) noexcept {
  return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
}

} // namespace

body_decoder::body_decoder(const message_head& head, std::uint64_t limit) : limit_(limit) {
  if (head.chunked) {
    at_ = place::size_first;
  } else if (head.content_length > 0) {
    at_ = place::length;
    left_ = head.content_length;
  }
}

body_decoder::state body_decoder::feed(std::string_view bytes, std::size_t& consumed,
                                       std::string_view& piece) {
  consumed = 0;
  piece = {};
  if (at_ == place::length && left_ > limit_) return state::too_large;
  while (at_ != place::done) {
    if (consumed == bytes.size()) return state::need_more;
    if (at_ == place::length || at_ == place::data) {
      auto count = std::min<std::uint64_t>(left_, bytes.size() - consumed);
      piece = bytes.substr(consumed, count);
      consumed += count;
      left_ -= count;
      decoded_ += count;
      if (left_ == 0) at_ = at_ == place::length ? place::done : place::data_cr;
      return at_ == place::done ? state::done : state::need_more;
    }
    if (auto outcome = step(bytes[consumed]); outcome != state::need_more) return outcome;
    ++consumed;
  }
  return state::done;
}

body_decoder::state body_decoder::take_size(char c) {
  int digit = ascii::hex_value(c);
  if (digit < 0 || digits_ == max_digits) return state::malformed;
  ++digits_;
  left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
  at_ = place::size;
  return state::need_more;
}

body_decoder::state body_decoder::begin_chunk() {
  overhead_ = 0;
  digits_ = 0;
  at_ = left_ == 0 ? place::trailer_start : place::data;
  return left_ > limit_ - decoded_ ? state::too_large : state::need_more;
}

body_decoder::state body_decoder::step(char c) {
  auto go = [&](bool fits, place next) {
    at_ = next;
    return fits ? state::need_more : state::malformed;
  };
  switch (at_) {
  case place::size_first: return take_size(c);
  case place::size:
    if (c == '\r') return go(true, place::size_lf);
    if (c == ';' || c == ' ' || c == '\t') return go(true, place::extension);
    return take_size(c);
  case place::extension:
    if (c == '\r') return go(true, place::size_lf);
    return go(is_line_text(c) && ++overhead_ <= max_extension, place::extension);
  case place::size_lf: return c == '\n' ? begin_chunk() : state::malformed;
  case place::data_cr: return go(c == '\r', place::data_lf);
  case place::data_lf: return go(c == '\n', place::size_first);
  case place::trailer_start:
    if (c == '\r') return go(true, place::end_lf);
    return go(is_line_text(c) && ++overhead_ <= max_trailers, place::trailer);
  case place::trailer:
    if (c == '\r') return go(true, place::trailer_lf);
    return go(is_line_text(c) && ++overhead_ <= max_trailers, place::trailer);
  case place::trailer_lf: return go(c == '\n', place::trailer_start);
  case place::end_lf: return go(c == '\n', place::done);
  case place::length:
  case place::data:
  case place::done: break; // handled by feed
  }
  return state::malformed;
}

} // namespace troupe::bridge
