#include "net/outbound/body_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace troupe::outbound {

std::string body_file::open(const std::string& path) {
  close();
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor_ < 0) return fmt::format("the body file cannot be opened: {}", std::strerror(errno));
  struct stat info;
  if (fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) return "the body file is not a regular file";
  size_ = left_ = info.st_size;
  return {};
}

void body_file::close() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  size_ = left_ = 0;
  broken_ = false;
}

std::size_t body_file::on_read(char* buffer, std::size_t one, std::size_t count, void* self) noexcept {
  auto& file = *static_cast<body_file*>(self);
  const auto room = std::min(one * count, static_cast<std::size_t>(file.left_));
  if (room == 0) return 0;
  const auto got = ::read(file.descriptor_, buffer, room);
  if (got <= 0) {
    file.broken_ = true;
    return CURL_READFUNC_ABORT;
  }
  file.left_ -= got;
  return static_cast<std::size_t>(got);
}

int body_file::on_seek(void* self, curl_off_t offset, int origin) noexcept {
  auto& file = *static_cast<body_file*>(self);
  if (origin != SEEK_SET || offset < 0 || offset > file.size_) return CURL_SEEKFUNC_CANTSEEK;
  if (::lseek(file.descriptor_, offset, SEEK_SET) != offset) return CURL_SEEKFUNC_FAIL;
  file.left_ = file.size_ - offset;
  return CURL_SEEKFUNC_OK;
}

} // namespace troupe::outbound
