#include "system/core/secrets.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace troupe::secrets {

namespace {

const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* bytes_of(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

std::string encode(std::string_view bytes, int variant) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes_of(bytes), bytes.size(), variant);
  out.resize(out.size() - 1); // The trailing NUL that libsodium counts in.
  return out;
}

failure file_problem(const std::string& path, std::string_view what) {
  return {ec::bad_configuration, fmt::format("secret key file {}: {}", path, what)};
}

/// Makes a renamed or linked name last through a power cut. Best effort: not every file system can.
void sync_folder_of(const std::string& path) {
  auto slash = path.rfind('/');
  auto folder = slash == std::string::npos ? std::string{"."} : path.substr(0, slash + 1);
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

/// Writes `text` to a fresh file beside `path`, mode 0600, synced. Answers its name.
expected<std::string> write_beside(const std::string& path, const std::string& text) {
  auto fresh = path + ".new";
  ::unlink(fresh.c_str()); // Left by a crash, or laid there with another mode: never written into.
  int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return file_problem(path, "cannot be written");
  bool ok = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (ok) return fresh;
  ::unlink(fresh.c_str());
  return file_problem(path, "cannot be written");
}

/// Holds the key file so that two rotations at once cannot lose each other's key.
class file_lock {
 public:
  explicit file_lock(const std::string& path) {
    for (;;) {
      fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      if (fd_ < 0 || ::flock(fd_, LOCK_EX) != 0) return;
      struct stat held {
      }, named{};
      if (::fstat(fd_, &held) != 0 || ::stat(path.c_str(), &named) != 0) return;
      if (held.st_ino == named.st_ino && held.st_dev == named.st_dev) return;
      ::close(fd_); // Replaced while we waited: the lock is on the old file.
    }
  }
  ~file_lock() {
    if (fd_ >= 0) ::close(fd_);
  }
  file_lock(const file_lock&) = delete;
  file_lock& operator=(const file_lock&) = delete;

 private:
  int fd_ = -1;
};

std::string key_line(std::uint32_t id) { return fmt::format("{} {}\n", id, base64url(random_bytes(32))); }

} // namespace

void init() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not be initialised");
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

std::string random_token(std::size_t bytes) { return base64url(random_bytes(bytes)); }
std::string base64url(std::string_view bytes) {
  return encode(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
std::string base64(std::string_view bytes) { return encode(bytes, sodium_base64_VARIANT_ORIGINAL); }

expected<std::string> parse_base64url(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes_of(out), out.size(), text.data(), text.size(), nullptr, &length, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size())
    return failure{ec::bad_request, "not base64url"};
  out.resize(length);
  return out;
}

std::string sha256(std::string_view bytes) {
  std::string out(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(bytes_of(out), bytes_of(bytes), bytes.size());
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes_of(bytes), bytes.size());
  out.pop_back();
  return out;
}

std::string token_hash(std::string_view token) {
  std::string out(32, '\0');
  crypto_generichash(bytes_of(out), out.size(), bytes_of(token), token.size(), nullptr, 0);
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

expected<key_ring> key_ring::load(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return file_problem(path, "is not there or cannot be read");
  if (!S_ISREG(info.st_mode)) return file_problem(path, "is not a regular file");
  if ((info.st_mode & 077) != 0) return file_problem(path, "is readable by others; allowed is mode 0600");
  std::ifstream in(path);
  if (!in) return file_problem(path, "is not there or cannot be read");
  key_ring ring;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::uint32_t id = 0;
    std::string text, more;
    words >> id >> text >> more;
    auto raw = parse_base64url(text);
    if (id == 0 || !more.empty() || !raw || raw->size() != 32)
      return file_problem(path, "has a line that is not '<id> <32 bytes base64url>'");
    // Whichever of the two was meant, secrets sealed by the other one would be lost without a word.
    if (ring.keys_.contains(id)) return file_problem(path, fmt::format("has two keys with the id {}", id));
    auto& key = ring.keys_[id];
    std::copy(raw->begin(), raw->end(), key.begin());
    ring.newest_ = std::max(ring.newest_, id);
  }
  if (ring.keys_.empty()) return file_problem(path, "holds no key");
  return ring;
}

expected<void> key_ring::create(const std::string& path) {
  auto fresh = write_beside(path, "# Troupe secret keys. Lose this file and every stored token is lost.\n" +
                                      key_line(1));
  if (!fresh) return fresh.error();
  bool made = ::link(fresh->c_str(), path.c_str()) == 0; // Unlike rename, it never replaces what is there.
  bool taken = errno == EEXIST;
  ::unlink(fresh->c_str());
  if (!made) return file_problem(path, taken ? "exists already" : "cannot be written");
  sync_folder_of(path);
  return {};
}

expected<std::uint32_t> key_ring::add_key(const std::string& path) {
  file_lock lock{path};
  auto ring = load(path);
  if (!ring) return ring.error();
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  auto kept = text.str();
  if (!kept.ends_with('\n')) kept += '\n'; // Edited by hand: the fresh key must not continue its last line.
  auto id = ring->newest_ + 1;
  if (id == 0) return file_problem(path, "has used up its key ids");
  auto fresh = write_beside(path, kept + key_line(id));
  if (!fresh) return fresh.error();
  if (std::rename(fresh->c_str(), path.c_str()) != 0) {
    ::unlink(fresh->c_str());
    return file_problem(path, "cannot be written");
  }
  sync_folder_of(path);
  return id;
}

std::string key_ring::seal(std::string_view plain, std::string_view context) const {
  auto& key = keys_.at(newest_);
  constexpr std::size_t header = 4 + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  std::string out(header + plain.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  for (int i = 0; i < 4; ++i) out[static_cast<std::size_t>(i)] = static_cast<char>(newest_ >> (8 * i));
  randombytes_buf(out.data() + 4, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  unsigned long long length = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(out) + header, &length, bytes_of(plain), plain.size(),
                                             bytes_of(context), context.size(), nullptr, bytes_of(out) + 4,
                                             key.data());
  return out;
}

expected<std::string> key_ring::open(std::string_view sealed, std::string_view context) const {
  constexpr std::size_t header = 4 + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  constexpr std::size_t overhead = header + crypto_aead_xchacha20poly1305_ietf_ABYTES;
  auto found = keys_.find(key_id_of(sealed));
  if (sealed.size() < overhead || found == keys_.end())
    return failure{ec::internal, "a stored secret was sealed by a key that is not in the key file"};
  std::string out(sealed.size() - overhead, '\0');
  unsigned long long length = 0;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(out), &length, nullptr, bytes_of(sealed) + header,
                                                 sealed.size() - header, bytes_of(context), context.size(),
                                                 bytes_of(sealed) + 4, found->second.data()) != 0)
    return failure{ec::internal, "a stored secret does not open with its key"};
  return out;
}

std::uint32_t key_ring::key_id_of(std::string_view sealed) noexcept {
  if (sealed.size() < 4) return 0;
  std::uint32_t id = 0;
  for (int i = 3; i >= 0; --i) id = id << 8 | static_cast<unsigned char>(sealed[static_cast<std::size_t>(i)]);
  return id;
}

std::string key_ring::fingerprint() const {
  std::string all = "troupe key ring v1";
  for (auto& [id, key] : keys_) all.append(fmt::format("|{}|", id)).append(key.begin(), key.end());
  return hex(token_hash(all)).substr(0, 32);
}

std::string key_ring::derive(std::string_view label) const {
  auto& key = keys_.begin()->second;
  std::string out(32, '\0');
  crypto_generichash(bytes_of(out), out.size(), bytes_of(label), label.size(), key.data(), key.size());
  return out;
}

} // namespace troupe::secrets
