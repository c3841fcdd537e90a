#pragma once

#include "net/bridge/head_reader.hpp"

#include <cstdint>
#include <string_view>

namespace troupe::bridge {

/// Takes a request's body out of the bytes that follow its head: by length, or chunk by chunk. Works on
/// pieces of any size and keeps none of them. No sockets, so it can be fuzzed.
///
/// Strict where leniency helps smugglers: chunk sizes are plain hexadecimal, lines end in CR LF, extensions
/// and trailers are bounded and skipped.
class body_decoder {
 public:
  enum class state : std::uint8_t { need_more, done, malformed, too_large };

  body_decoder() = default;
  /// `limit`: bytes of decoded body.
  body_decoder(const message_head& head, std::uint64_t limit);

  /// Takes from the front of `bytes` and sets `consumed`; `piece` is the next part of the decoded body within
  /// `bytes` (maybe empty). need_more with bytes left means: call again with the rest.
  state feed(std::string_view bytes, std::size_t& consumed, std::string_view& piece);
  std::uint64_t decoded() const noexcept { return decoded_; }

 private:
  enum class place : std::uint8_t {
    length,
    size_first,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer,
    trailer_lf,
    end_lf,
    done
  };
  state step(char c);
  state take_size(char c);
  state begin_chunk();

  place at_ = place::done;
  std::uint64_t left_ = 0; // of the body, or of the chunk
  std::uint64_t limit_ = 0;
  std::uint64_t decoded_ = 0;
  std::uint32_t overhead_ = 0; // bytes of the current extension, or of all trailers
  std::uint8_t digits_ = 0;
};

} // namespace troupe::bridge
