#include "net/outbound/poller.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace troupe::outbound {

poller::poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.fd = wake_;
  if (epoll_ < 0 || wake_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &interest) != 0) {
    const int error = errno;
    if (epoll_ >= 0) close(epoll_);
    if (wake_ >= 0) close(wake_);
    throw std::system_error(error, std::generic_category(), "outbound: epoll");
  }
}

poller::~poller() {
  close(wake_);
  close(epoll_);
}

void poller::wake() noexcept {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then a wake-up is pending anyway.
  [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
}

const std::vector<poller::event>& poller::wait(int timeout_ms) {
  std::array<epoll_event, 256> events;
  ready_.clear();
  const int count = epoll_wait(epoll_, events.data(), events.size(), timeout_ms);
  for (int i = 0; i < count; ++i) {
    const int fd = events[i].data.fd;
    const auto what = events[i].events;
    if (fd == wake_) {
      std::uint64_t drained;
      [[maybe_unused]] const auto got = read(wake_, &drained, sizeof drained);
      continue;
    }
    auto& e = at(fd);
    if (e.wanted == 0) {
      // An idle connection that the server closed, or that speaks out of turn: libcurl looks at it before
      // reuse.
      if (e.registered != 0) tell_kernel(fd, e, 0);
      continue;
    }
    int flags = 0;
    if (what & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) flags |= CURL_CSELECT_IN;
    if (what & EPOLLOUT) flags |= CURL_CSELECT_OUT;
    if (what & EPOLLERR) flags |= CURL_CSELECT_ERR;
    ready_.push_back({fd, flags});
  }
  return ready_;
}

void poller::watch(curl_socket_t socket, int what) {
  auto& e = at(socket);
  e.wanted = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) e.wanted |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) e.wanted |= EPOLLOUT;
  const bool leave = e.wanted == 0 && e.ours && e.registered == EPOLLIN;
  if (e.wanted != e.registered && !leave) tell_kernel(socket, e, e.wanted);
}

void poller::opened(curl_socket_t socket) { at(socket) = entry{0, 0, true}; }

void poller::closed(curl_socket_t socket) noexcept {
  // Closing takes the descriptor out of the epoll set.
  if (socket >= 0 && static_cast<std::size_t>(socket) < entries_.size()) entries_[socket] = entry{};
}

poller::entry& poller::at(curl_socket_t socket) {
  const auto index = static_cast<std::size_t>(socket);
  if (index >= entries_.size()) entries_.resize(index + 64);
  return entries_[index];
}

void poller::tell_kernel(curl_socket_t socket, entry& e, std::uint32_t events) {
  epoll_event interest{};
  interest.events = events;
  interest.data.fd = socket;
  if (events == 0) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, &interest);
  } else if (epoll_ctl(epoll_, e.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &interest) != 0) {
    // A descriptor that libcurl made and closed itself (its resolver's) may come back under the same number.
    const int other = errno == EEXIST ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(epoll_, other, socket, &interest) != 0)
      throw std::system_error(errno, std::generic_category(), "outbound: epoll_ctl");
  }
  e.registered = events;
}

} // namespace troupe::outbound
