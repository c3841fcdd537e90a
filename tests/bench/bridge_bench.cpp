// Serves two trivial resources for an outside load generator:
//   GET /inline   answered inside the handler
//   GET /handoff  answered from another thread, as the API does it
// Run: bridge_bench [threads]; it prints one JSON line with its port and ends when its standard input does.
#include "net/bridge/http.hpp"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

using namespace troupe::bridge;

namespace {

/// One thread that answers what it is handed, in batches.
class worker {
 public:
  worker() : thread_([this] { run(); }) {}
  ~worker() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  void take(responder r) {
    bool first;
    {
      std::lock_guard lock(mutex_);
      first = waiting_.empty();
      waiting_.push_back(std::move(r));
    }
    if (first) changed_.notify_one();
  }

 private:
  void run() {
    std::vector<responder> batch;
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      batch.swap(waiting_);
      lock.unlock();
      for (auto& answer : batch) answer({200, "application/json", {}, R"({"hello":"world"})"});
      batch.clear();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<responder> waiting_;
  bool ending_ = false;
  std::thread thread_;
};

} // namespace

int main(int argc, char** argv) {
  worker other;
  router routes;
  routes.add(verb::get, "/inline", {}, [](request, responder answer) {
    answer({200, "application/json", {}, R"({"hello":"world"})"});
  });
  routes.add(verb::get, "/handoff", {}, [&](request, responder answer) { other.take(std::move(answer)); });
  server_settings settings;
  settings.port = 0;
  settings.threads = argc > 1 ? std::atoi(argv[1]) : 2;
  settings.max_requests_per_connection = 1'000'000'000;
  auto served = server::start(settings, std::move(routes));
  if (!served) {
    std::cerr << served.error().detail << "\n";
    return 1;
  }
  std::cout << R"({"bench":"bridge","port":)" << (*served)->port() << R"(,"threads":)" << settings.threads
            << "}\n"
            << std::flush;
  while (std::getchar() != EOF) {
  }
  auto& c = (*served)->counters();
  std::cout << R"({"bench":"bridge","requests":)" << c.requests << R"(,"connections":)" << c.connections
            << R"(,"bytes_out":)" << c.bytes_out << "}\n"
            << std::flush;
}
