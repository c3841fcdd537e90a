#include "net/files/gif_blocks.hpp"

#include <fstream>

namespace troupe::files {

namespace {

class reader {
 public:
  explicit reader(const std::string& path) : in_(path, std::ios::binary) {}

  /// -1 at the end.
  int byte() { return in_.get(); }
  void skip(std::streamsize count) { in_.ignore(count); }
  /// A chain of length-prefixed pieces up to the empty one; false when it does not come.
  bool skip_pieces() {
    for (int length = byte(); length != 0; length = byte()) {
      if (length < 0) return false;
      skip(length);
    }
    return true;
  }
  /// The colour table that a flags byte announces.
  void skip_colours(int flags) {
    if (flags >= 0 && flags & 0x80) skip(3 << ((flags & 7) + 1));
  }

 private:
  std::ifstream in_;
};

} // namespace

bool gif_reaches_its_end(const std::string& path) {
  reader in{path};
  in.skip(10); // signature, width, height
  auto flags = in.byte();
  in.skip(2);
  in.skip_colours(flags);
  for (;;) {
    switch (in.byte()) {
    case 0x3B: return true;
    case 0x21: // extension: a label, then pieces
      in.skip(1);
      if (!in.skip_pieces()) return false;
      break;
    case 0x2C: { // frame: place and size, flags, colours, code size, pieces
      in.skip(8);
      in.skip_colours(in.byte());
      in.skip(1);
      if (!in.skip_pieces()) return false;
      break;
    }
    case 0: break; // Padding between blocks is seen in the wild.
    default: return false;
    }
  }
}

} // namespace troupe::files
