// What the outbound engine costs: small keep-alive POSTs to a sink in the same process, closed loop.
//   at once   64 connections, the sink answers at once: requests per second, CPU of the outbound thread
//   slow      1 000 in flight to a sink that answers after 200 ms: what waiting requests cost
//   burst     20 000 submitted at one instant from another thread
// CPU figures are the outbound thread's own; completions and submissions from completions are part of it.
#include "net/outbound/engine.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fstream>
#include <future>
#include <thread>
#include <unordered_map>

using namespace troupe;
using clock_type = std::chrono::steady_clock;

namespace {

double cpu_seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// One epoll thread that answers every request after `delay`.
class sink {
 public:
  explicit sink(milliseconds delay) : delay_(delay) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 4096) != 0)
      std::abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    url = fmt::format("http://127.0.0.1:{}/xrpc/com.example.record", ntohs(address.sin_port));
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    watch(listener_);
    thread_ = std::thread([this] { run(); });
  }
  ~sink() {
    stop_ = true;
    thread_.join();
    for (auto& [fd, text] : clients_) close(fd);
    close(listener_);
    close(epoll_);
  }
  std::string url;
  std::atomic<double> cpu{0};
  std::atomic<std::size_t> connections{0};

 private:
  void watch(int fd) {
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e);
  }

  void run() {
    epoll_event events[256];
    while (!stop_) {
      int wait = 50;
      if (!due_.empty())
        wait = static_cast<int>(std::max<std::int64_t>(
            0, std::chrono::ceil<milliseconds>(due_.front().first - clock_type::now()).count()));
      const int count = epoll_wait(epoll_, events, 256, std::min(wait, 50));
      for (int i = 0; i < count; ++i) {
        if (events[i].data.fd == listener_) {
          for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;
               ++connections) {
            const int on = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            clients_[fd];
            watch(fd);
          }
        } else {
          read_from(events[i].data.fd);
        }
      }
      for (const auto now = clock_type::now(); !due_.empty() && due_.front().first <= now; due_.pop_front())
        answer(due_.front().second);
      cpu = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    }
  }

  void read_from(int fd) {
    char chunk[8192];
    auto& text = clients_[fd];
    const auto got = recv(fd, chunk, sizeof chunk, 0);
    if (got <= 0) {
      close(fd);
      clients_.erase(fd);
      return;
    }
    text.append(chunk, static_cast<std::size_t>(got));
    const auto head = text.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const auto length = text.find("Content-Length: ");
    if (text.size() < head + 4 + std::strtoul(text.c_str() + length + 16, nullptr, 10)) return;
    text.clear();
    if (delay_.count() == 0)
      answer(fd);
    else
      due_.emplace_back(clock_type::now() + delay_, fd);
  }

  void answer(int fd) {
    static const std::string text =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nRateLimit-Remaining: 4711\r\n"
        "Content-Length: 40\r\n\r\n{\"uri\":\"at://did:plc:x/app/1234567890\"}\n";
    [[maybe_unused]] const auto sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  }

  milliseconds delay_;
  int listener_, epoll_;
  std::atomic<bool> stop_{false};
  std::unordered_map<int, std::string> clients_;
  std::deque<std::pair<clock_type::time_point, int>> due_;
  std::thread thread_;
};

outbound::request sample(const std::string& url) {
  outbound::request r;
  r.method = outbound::verb::post;
  r.url = url;
  r.headers = {"Content-Type: application/json",
               "Authorization: Bearer 0123456789012345678901234567890123456789",
               "Idempotency-Key: 018f3a52-0000-7000-8000-000000000000"};
  r.body = std::string(300, 'x');
  r.gate = std::make_shared<outbound::send_gate>([] { return true; });
  return r;
}

struct figures {
  double seconds = 0, engine_cpu = 0, sink_cpu = 0, process_cpu = 0;
  std::size_t requests = 0, failed = 0, connections = 0;

  std::string json() const {
    const auto n = static_cast<double>(requests);
    return fmt::format(
        "{{\"requests\":{},\"failed\":{},\"connections\":{},\"seconds\":{:.3f},\"per_second\":{:.0f},"
        "\"cpu_us_per_request\":{:.2f},\"process_cpu_us\":{:.2f},\"sink_cpu_us\":{:.2f}}}",
        requests, failed, connections, seconds, n / seconds, engine_cpu / n * 1e6, process_cpu / n * 1e6,
        sink_cpu / n * 1e6);
  }
};

outbound::engine_settings settings_for(int in_flight) {
  outbound::engine_settings s;
  s.max_in_flight = s.max_connections_per_host = in_flight;
  s.allow_private = true;
  return s;
}

/// Measures between the first `warm_up` completions and the end; the outbound thread notes its own clock.
class meter {
 public:
  meter(sink& target, std::size_t warm_up, std::size_t total)
      : target_(target), warm_up_(warm_up), total_(total) {}

  /// On the outbound thread, once per completion; true when it was the last one.
  bool note(const outbound::response& answer) {
    if (!answer.ok()) ++result_.failed;
    ++count_;
    if (count_ == warm_up_ || count_ == 1) take(begin_);
    if (count_ < total_) return false;
    sample_clocks end;
    take(end);
    result_.requests = total_ - std::max<std::size_t>(warm_up_, 1);
    result_.connections = target_.connections;
    result_.seconds = end.wall - begin_.wall;
    result_.engine_cpu = end.engine - begin_.engine;
    result_.process_cpu = end.process - begin_.process;
    result_.sink_cpu = end.sink_cpu - begin_.sink_cpu;
    done_.set_value();
    return true;
  }
  figures wait() {
    done_.get_future().wait();
    return result_;
  }

 private:
  struct sample_clocks {
    double wall, engine, process, sink_cpu;
  };
  void take(sample_clocks& s) {
    s = {cpu_seconds(CLOCK_MONOTONIC), cpu_seconds(CLOCK_THREAD_CPUTIME_ID),
         cpu_seconds(CLOCK_PROCESS_CPUTIME_ID), target_.cpu};
  }
  sink& target_;
  std::size_t warm_up_, total_, count_ = 0;
  sample_clocks begin_{};
  figures result_;
  std::promise<void> done_;
};

figures closed_loop(int in_flight, milliseconds delay, std::size_t total) {
  sink target(delay);
  auto engine = outbound::engine::start(settings_for(in_flight));
  meter m(target, static_cast<std::size_t>(in_flight) * 2, total);
  std::atomic<std::size_t> submitted{0};
  std::function<void(outbound::response)> next = [&](outbound::response answer) {
    if (m.note(answer)) return;
    if (submitted++ < total) engine->submit(sample(target.url), next);
  };
  for (int i = 0; i < in_flight; ++i) {
    ++submitted;
    engine->submit(sample(target.url), next);
  }
  auto result = m.wait();
  engine->drain(seconds{10});
  return result;
}

figures burst(int in_flight, std::size_t total) {
  sink target(milliseconds{0});
  auto engine = outbound::engine::start(settings_for(in_flight));
  meter m(target, 0, total);
  std::vector<outbound::request> requests;
  for (std::size_t i = 0; i < total; ++i) requests.push_back(sample(target.url));
  for (auto& r : requests) engine->submit(std::move(r), [&](outbound::response answer) { m.note(answer); });
  auto result = m.wait();
  engine->drain(seconds{10});
  return result;
}

} // namespace

int main(int argc, char** argv) {
  const auto scale = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200'000;
  const auto at_once = closed_loop(64, milliseconds{0}, scale);
  const auto slow = closed_loop(1000, milliseconds{200}, scale / 8);
  const auto all = burst(64, 20'000);
  fmt::print("{{\"bench\":\"outbound\",\"at_once_64\":{},\"slow_1000_in_flight\":{},\"burst_20000\":{}}}\n",
             at_once.json(), slow.json(), all.json());
}
