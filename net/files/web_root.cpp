#include "net/files/web_root.hpp"

#include "system/core/secrets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace troupe::files {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view immutable_folder = "/assets/";

std::string type_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 24> types{{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/plain; charset=utf-8"},
      {".xml", "application/xml"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},
      {".webp", "image/webp"},
      {".avif", "image/avif"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".woff", "font/woff"},
      {".ttf", "font/ttf"},
      {".otf", "font/otf"},
      {".wasm", "application/wasm"},
      {".pdf", "application/pdf"},
  }};
  for (auto& [ending, type] : types)
    if (name.ends_with(ending)) return std::string(type);
  return "application/octet-stream";
}

failure unusable(const std::string& directory, std::string_view why) {
  return {ec::bad_configuration, fmt::format("web.root: got \"{}\": {}", directory, why)};
}

bool read_all(const fs::path& path, std::size_t size, std::string& out) {
  std::ifstream in(path, std::ios::binary);
  out.resize(size);
  in.read(out.data(), static_cast<std::streamsize>(size));
  return in && in.gcount() == static_cast<std::streamsize>(size) &&
         in.peek() == std::ifstream::traits_type::eof();
}

web_body body_of(std::string bytes) {
  auto digest = secrets::hex(std::string_view(secrets::sha256(bytes)).substr(0, 16));
  return {std::move(bytes), fmt::format("\"{}\"", digest)};
}

/// What lies in the directory, by path; a sentence about what is wrong with it otherwise.
expected<std::unordered_map<std::string, std::string>> read_tree(const std::string& directory,
                                                                 const web_root_limits& limits) {
  std::unordered_map<std::string, std::string> out;
  std::size_t total = 0;
  std::error_code failed;
  fs::recursive_directory_iterator it(directory, failed), end;
  if (failed) return unusable(directory, "allowed is a directory that can be read");
  for (; it != end; it.increment(failed)) {
    auto name = it->path().lexically_relative(directory).generic_string();
    auto status = it->symlink_status(failed);
    if (failed) break;
    if (it->path().filename().string().starts_with('.')) {
      it.disable_recursion_pending();
      continue;
    }
    if (fs::is_directory(status)) continue;
    if (!fs::is_regular_file(status))
      return unusable(directory, fmt::format("{} in it is no plain file; links are not followed", name));
    auto size = it->file_size(failed);
    if (failed) break;
    total += size;
    if (size > limits.file_bytes || total > limits.total_bytes || out.size() >= limits.files)
      return unusable(directory, fmt::format("allowed are {} files of {} bytes each and {} bytes together",
                                             limits.files, limits.file_bytes, limits.total_bytes));
    if (!read_all(it->path(), size, out["/" + name]))
      return unusable(directory, fmt::format("{} in it cannot be read", name));
  }
  if (failed) return unusable(directory, failed.message());
  return out;
}

} // namespace

expected<std::unique_ptr<web_root>> web_root::load(const std::string& directory, web_root_limits limits) {
  auto tree = read_tree(directory, limits);
  if (!tree) return tree.error();
  if (!tree->contains("/index.html")) return unusable(directory, "there is no index.html in it");
  auto out = std::make_unique<web_root>();
  // A compressed form belongs to the file beside it; without one it is a file like any other.
  auto variant_of = [&](const std::string& path, std::string_view ending) {
    return path.ends_with(ending) && tree->contains(path.substr(0, path.size() - ending.size()));
  };
  auto compressed = [&](const std::string& path) -> std::unique_ptr<web_body> {
    auto found = tree->find(path);
    if (found == tree->end()) return nullptr;
    return std::make_unique<web_body>(body_of(std::move(found->second)));
  };
  for (auto& [path, bytes] : *tree) {
    out->bytes_ += bytes.size();
    if (variant_of(path, ".br") || variant_of(path, ".gz")) continue;
    out->files_.emplace(path, web_file{type_of(path), path.starts_with(immutable_folder),
                                       body_of(std::move(bytes)), nullptr, nullptr});
  }
  for (auto& [path, file] : out->files_) {
    file.brotli = compressed(path + ".br");
    file.gzip = compressed(path + ".gz");
  }
  return out;
}

const web_file* web_root::find(std::string_view path) const {
  auto found = files_.find(std::string(path));
  return found == files_.end() ? nullptr : &found->second;
}

} // namespace troupe::files
