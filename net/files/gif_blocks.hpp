#pragma once

#include <string>

namespace troupe::files {

/// Whether the blocks of a GIF go on to its trailer. A decoder that meets the end of the data between two
/// frames takes what it has for the whole animation, so this is asked apart. BLOCKS: reads the file.
bool gif_reaches_its_end(const std::string& path);

} // namespace troupe::files
