#pragma once

#include "system/core/errors.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

/// The files of a web app, as its build left them, read once into memory. A request only looks a name up, so
/// that no path of a client ever reaches the file system.
namespace troupe::files {

/// One way in which a file can be sent.
struct web_body {
  std::string bytes;
  std::string etag; // quoted; another one for each encoding
};

struct web_file {
  std::string content_type;
  bool immutable = false; // its name changes with its content
  web_body plain;
  std::unique_ptr<web_body> brotli, gzip; // beside it as NAME.br and NAME.gz
};

struct web_root_limits {
  std::size_t total_bytes = 64 * 1024 * 1024;
  std::size_t file_bytes = 16 * 1024 * 1024;
  std::size_t files = 10'000;
};

class web_root {
 public:
  /// Blocks while it reads. bad_configuration when the directory cannot be served: it is none, has no
  /// index.html, holds a link (which could lead anywhere) or more than the limits allow. Hidden files are
  /// left out.
  static expected<std::unique_ptr<web_root>> load(const std::string& directory, web_root_limits limits = {});

  /// By its decoded path, "/assets/app.js"; nullptr when there is none.
  const web_file* find(std::string_view path) const;
  const web_file& index() const { return *find("/index.html"); }
  std::size_t files() const noexcept { return files_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::unordered_map<std::string, web_file> files_;
  std::size_t bytes_ = 0;
};

} // namespace troupe::files
