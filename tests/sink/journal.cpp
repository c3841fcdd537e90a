#include "tests/sink/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace troupe::sink {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("journal: " + what + ": " + std::strerror(errno));
}

/// Answers the length of what was whole.
std::size_t replay(const std::string& text, record& known) {
  std::size_t at = 0;
  for (std::size_t end; (end = text.find('\n', at)) != text.npos; at = end + 1) {
    std::istringstream line(text.substr(at, end - at));
    arrival a;
    std::string key;
    line >> a.at_us >> a.scheduled_us >> a.applied >> a.body_hash;
    if (!line) throw std::runtime_error("journal: a line that is not one at byte " + std::to_string(at));
    std::getline(line >> std::ws, key);
    a.key = key;
    known.add(a);
  }
  return at;
}

} // namespace

journal::~journal() {
  if (file_ >= 0) ::close(file_);
}

void journal::open(const std::string& path, record& known) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  auto whole = replay(text, known);
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file_ < 0) fail(path);
  if (whole < text.size() && ::ftruncate(file_, static_cast<off_t>(whole)) != 0) fail(path);
}

void journal::add(const arrival& a) {
  if (file_ < 0) return;
  fmt::format_to(std::back_inserter(pending_), "{} {} {} {} {}\n", a.at_us, a.scheduled_us, a.applied ? 1 : 0,
                 a.body_hash, a.key);
}

void journal::flush() {
  std::size_t at = 0;
  while (at < pending_.size()) {
    auto n = ::write(file_, pending_.data() + at, pending_.size() - at);
    if (n < 0 && errno != EINTR) fail("cannot be written");
    if (n > 0) at += static_cast<std::size_t>(n);
  }
  pending_.clear();
}

void journal::clear() {
  pending_.clear();
  if (file_ >= 0 && ::ftruncate(file_, 0) != 0) fail("cannot be emptied");
}

} // namespace troupe::sink
