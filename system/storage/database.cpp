#include "system/storage/pipelined_connection.hpp"

#include "system/core/log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <pthread.h>

#include <algorithm>
#include <thread>

namespace troupe::storage {

namespace {

class pooled_database final : public database {
 public:
  pooled_database(connection_settings settings, int writers, int readers)
      : guard_(boost::asio::make_work_guard(io_)) {
    auto add = [&](auto& group, const char* kind, int count, bool plan_once) {
      settings.plan_once = plan_once;
      std::shared_ptr<const conninfo> info;
      if (auto parsed = conninfo::parse(settings))
        info = std::make_shared<const conninfo>(std::move(*parsed));
      else
        log::error("storage.bad_configuration", {{"reason", parsed.error().detail}});
      for (int i = 0; i < std::max(count, 1); ++i)
        group.push_back(std::make_shared<pipelined_connection>(
            io_, settings, info, fmt::format("{}{}", kind, i), [this](const identity& who) { opened(who); }));
    };
    add(writers_, "writer", writers, true);
    add(readers_, "reader", readers, false);
    boost::asio::post(io_, [this] { for_all([](auto& c) { c.start(); }); });
    thread_ = std::thread{[this] { run(); }};
    ::pthread_setname_np(thread_.native_handle(), "storage-io");
  }

  ~pooled_database() override {
    boost::asio::post(io_, [this] { for_all([](auto& c) { c.stop(); }); });
    guard_.reset(); // The thread ends when everything has been completed.
    thread_.join();
  }

  connection& writer_of(std::uint32_t shard) override { return *writers_[shard % writers_.size()]; }

  void read(std::vector<step> steps, completion done) override {
    // One that is connected before one that is not, then the one with the least to do.
    auto rank = [](auto& c) { return std::pair{!c->connected(), c->busy()}; };
    auto least = std::min_element(readers_.begin(), readers_.end(),
                                  [&](auto& a, auto& b) { return rank(a) < rank(b); });
    (*least)->submit(std::move(steps), std::move(done));
  }

  std::size_t queued() const noexcept override {
    std::size_t sum = 0;
    for_all([&](auto& c) { sum += c.busy(); });
    return sum;
  }

  std::size_t connections_up() const noexcept override {
    std::size_t sum = 0;
    for_all([&](auto& c) { sum += c.connected(); });
    return sum;
  }

  std::size_t connections() const noexcept override { return writers_.size() + readers_.size(); }

  void on_connect(std::function<void(const identity&)> handler) override {
    boost::asio::post(io_, [this, handler = std::move(handler)]() mutable {
      if (seen_) tell(handler, *seen_); // Connections that opened before it was there must not pass it by.
      handlers_.push_back(std::move(handler));
    });
  }

 private:
  template <class Function>
  void for_all(Function f) const {
    for (auto& c : writers_) f(*c);
    for (auto& c : readers_) f(*c);
  }

  static void tell(const std::function<void(const identity&)>& handler, const identity& who) noexcept {
    try {
      handler(who);
    } catch (const std::exception& e) {
      log::error("storage.handler_threw", {{"what", e.what()}});
    } catch (...) {
      log::error("storage.handler_threw", {{"what", "not a std::exception"}});
    }
  }

  void opened(const identity& who) {
    seen_ = who;
    for (auto& h : handlers_) tell(h, who);
  }

  void run() {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& e) {
        log::error("storage.io_thread_threw", {{"what", e.what()}}); // One handler is lost, not the thread.
      }
    }
  }

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::vector<std::shared_ptr<pipelined_connection>> writers_;
  std::vector<std::shared_ptr<pipelined_connection>> readers_;
  std::vector<std::function<void(const identity&)>> handlers_; // On the I/O thread only, as is seen_.
  std::optional<identity> seen_;
  std::thread thread_;
};

} // namespace

std::unique_ptr<database> database::open(connection_settings settings, int writers, int readers) {
  return std::make_unique<pooled_database>(std::move(settings), writers, readers);
}

} // namespace troupe::storage
