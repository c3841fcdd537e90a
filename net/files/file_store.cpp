#include "net/files/file_store.hpp"

#include "net/files/image_check.hpp"
#include "system/core/log.hpp"
#include "system/core/secrets.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::files {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_bytes = crypto_hash_sha256_BYTES;
constexpr std::string_view incoming = ".incoming-"; // what is being copied, not yet an image of the store
constexpr std::string_view outgoing = ".outgoing-"; // what is being removed

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

failure disk_failed(std::string_view what) {
  log::error("files.disk_failed", {{"what", what}, {"error", std::strerror(errno)}});
  return {ec::unavailable, "the image could not be stored"};
}

/// Reads the whole file in pieces; false when the disk fails.
template <class F>
bool for_each_piece(int fd, F use) {
  std::array<char, 64 * 1024> piece;
  for (off_t at = 0;;) {
    auto got = ::pread(fd, piece.data(), piece.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) return true;
    if (!use(std::string_view{piece.data(), static_cast<std::size_t>(got)})) return false;
    at += got;
  }
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

std::string hash_of(int fd) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  bool read = for_each_piece(fd, [&](std::string_view piece) {
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(piece.data()), piece.size());
    return true;
  });
  if (!read) return {};
  std::string out(hash_bytes, '\0');
  crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

bool make_folder(const std::string& path) { return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST; }

bool sync_folder(const std::string& path) {
  descriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return folder && ::fsync(folder.get()) == 0;
}

std::string folder_of(std::string_view directory, std::string_view sha256) {
  return fmt::format("{}/{}", directory, secrets::hex(sha256.substr(0, 1)));
}

/// The bytes behind 64 hex digits; empty for any other name.
std::string parse_hash(std::string_view name) {
  std::string out(hash_bytes, '\0');
  std::size_t length = 0;
  if (name.size() != 2 * hash_bytes ||
      sodium_hex2bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), name.data(), name.size(),
                     nullptr, &length, nullptr) != 0)
    return {};
  return length == hash_bytes ? out : std::string{};
}

bool older_than(const struct stat& s, file_time cutoff) {
  using namespace std::chrono;
  auto taken = file_time{
      duration_cast<file_time::duration>(seconds{s.st_mtim.tv_sec} + nanoseconds{s.st_mtim.tv_nsec})};
  return taken < cutoff;
}

} // namespace

std::string path_of(std::string_view directory, std::string_view sha256) {
  return fmt::format("{}/{}", folder_of(directory, sha256), secrets::hex(sha256));
}

expected<file_store> file_store::open(std::string directory) {
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    fs::create_directories(directory, error);
    if (error || ::chmod(directory.c_str(), 0700) != 0)
      return failure{ec::bad_configuration,
                     fmt::format("media.directory: got {}, which cannot be made ({})", directory,
                                 error ? error.message() : std::strerror(errno))};
  }
  if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0)
    return failure{ec::bad_configuration,
                   fmt::format("media.directory: got {}, which this process may not write", directory)};
  return file_store{std::move(directory)};
}

expected<stored_image> file_store::take_image(const spool_file& spool, std::string_view declared_type,
                                              const image_limits& limits) const {
  descriptor file{::open(spool.path().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  struct stat s {};
  if (!file || ::fstat(file.get(), &s) != 0 || !S_ISREG(s.st_mode)) return disk_failed("open upload");
  if (s.st_size > limits.max_bytes)
    return failure{ec::payload_too_large,
                   fmt::format("got {} bytes, allowed are {}", s.st_size, limits.max_bytes)};

  std::array<char, sniff_bytes> head{};
  auto got = ::pread(file.get(), head.data(), head.size(), 0);
  if (got < 0) return disk_failed("read upload");
  auto type = sniff({head.data(), static_cast<std::size_t>(got)});
  if (!type) return failure{ec::unsupported_media, "the bytes are no PNG, JPEG, GIF or WebP image"};
  auto declared = parse_content_type(declared_type);
  if (declared != type)
    return failure{ec::unsupported_media,
                   fmt::format("the bytes are {}, Content-Type says {}", content_type(*type),
                               declared ? content_type(*declared) : "something else")};

  auto size = check_image(spool.path(), *type, limits.max_pixels);
  if (!size) return size.error();
  auto hash = hash_of(file.get());
  if (hash.empty()) return disk_failed("read upload");
  if (auto placed = place(spool.path(), file.get(), hash); !placed) return placed.error();
  return stored_image{std::move(hash), *type, s.st_size, size->width, size->height};
}

/// Durable before it answers: the file, then its name.
expected<void> file_store::place(const std::string& from, int fd, const std::string& sha256) const {
  auto folder = folder_of(directory_, sha256);
  if (!make_folder(folder)) return disk_failed("make folder");
  auto to = path_of(sha256);
  if (::fchmod(fd, 0600) != 0 || ::fsync(fd) != 0) return disk_failed("sync upload");
  if (::rename(from.c_str(), to.c_str()) != 0) {
    if (errno != EXDEV) return disk_failed("rename");
    // The spool is on another file system: copy beside the place first, so that the name appears at once or
    // not.
    auto beside = folder + "/" + std::string(incoming) + "XXXXXX";
    descriptor copy{::mkostemp(beside.data(), O_CLOEXEC)};
    if (!copy) return disk_failed("make copy");
    spool_file rubbish{beside};
    bool whole = for_each_piece(fd, [&](std::string_view piece) { return write_all(copy.get(), piece); });
    if (!whole || ::fsync(copy.get()) != 0) return disk_failed("copy");
    if (::rename(beside.c_str(), to.c_str()) != 0) return disk_failed("rename");
  }
  if (!sync_folder(folder) || !sync_folder(directory_)) return disk_failed("sync folder");
  return {};
}

expected<std::string> file_store::read(std::string_view sha256, std::int64_t max_bytes) const {
  descriptor file{::open(path_of(sha256).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (!file) {
    if (errno == ENOENT) return failure{ec::not_found};
    return disk_failed("open image");
  }
  struct stat s {};
  if (::fstat(file.get(), &s) != 0 || s.st_size > max_bytes) return disk_failed("read image");
  std::string out;
  out.reserve(static_cast<std::size_t>(s.st_size));
  bool whole = for_each_piece(file.get(), [&](std::string_view piece) {
    out.append(piece);
    return static_cast<std::int64_t>(out.size()) <= max_bytes;
  });
  if (!whole) return disk_failed("read image");
  return out;
}

bool file_store::remove(std::string_view sha256) const { return ::unlink(path_of(sha256).c_str()) == 0; }

std::vector<std::string> file_store::taken_before(std::uint8_t first_byte, file_time cutoff) const {
  std::vector<std::string> out;
  std::error_code error;
  auto folder = fmt::format("{}/{:02x}", directory_, first_byte);
  for (fs::directory_iterator i{folder, error}, end; !error && i != end; i.increment(error)) {
    auto name = i->path().filename().string();
    struct stat s {};
    if (::lstat(i->path().c_str(), &s) != 0 || !S_ISREG(s.st_mode) || !older_than(s, cutoff)) continue;
    if (name.starts_with(incoming) || name.starts_with(outgoing))
      ::unlink(i->path().c_str());
    else if (auto hash = parse_hash(name); !hash.empty())
      out.push_back(std::move(hash));
  }
  return out;
}

bool file_store::remove_taken_before(std::string_view sha256, file_time cutoff) const {
  auto path = path_of(sha256);
  struct stat s {};
  if (::lstat(path.c_str(), &s) != 0 || !older_than(s, cutoff)) return false;
  // Between that look and an unlink the same image could be uploaded again and be lost: so it goes aside
  // first, is looked at once more, and comes back when it turns out to be a new one.
  auto aside = fmt::format("{}/{}{}", folder_of(directory_, sha256), outgoing, secrets::random_token(8));
  if (::rename(path.c_str(), aside.c_str()) != 0) return false;
  spool_file rubbish{aside};
  if (::lstat(aside.c_str(), &s) == 0 && older_than(s, cutoff)) return true;
  // Never over a still newer one: link fails when the name is taken, and then all is well too.
  if (::link(aside.c_str(), path.c_str()) != 0 && errno != EEXIST) disk_failed("put image back");
  return false;
}

} // namespace troupe::files
