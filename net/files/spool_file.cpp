#include "net/files/spool_file.hpp"

#include <unistd.h>

namespace troupe::files {

// Moved into the store, it is not there any more, and that is fine.
spool_file::~spool_file() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

} // namespace troupe::files
