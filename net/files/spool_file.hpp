#pragma once

#include <memory>
#include <string>

namespace troupe::files {

/// A file that is not wanted any more unless someone takes it: removed with this object.
class spool_file {
 public:
  explicit spool_file(std::string path) : path_(std::move(path)) {}
  spool_file(const spool_file&) = delete;
  spool_file& operator=(const spool_file&) = delete;
  ~spool_file();
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};
using spool_ptr = std::shared_ptr<spool_file>;

} // namespace troupe::files
