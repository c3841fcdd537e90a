#include "net/bridge/io_loop.hpp"
#include "net/bridge/session.hpp"
#include "net/bridge/spool.hpp"
#include "net/bridge/tls.hpp"
#include "system/core/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::bridge {

namespace asio = boost::asio;

namespace {

using tcp = asio::ip::tcp;

template <class Number>
expected<void> in_range(std::string_view key, Number got, Number least, Number most) {
  if (got >= least && got <= most) return {};
  return failure{ec::bad_configuration, fmt::format("{}: {} is not within {} and {}", key, got, least, most)};
}

expected<void> validate(const server_settings& s) {
  constexpr std::int64_t day_ms = 86'400'000;
  const std::pair<std::string_view, milliseconds> waits[] = {{"header_timeout", s.header_timeout},
                                                             {"body_timeout", s.body_timeout},
                                                             {"write_timeout", s.write_timeout},
                                                             {"keep_alive_timeout", s.keep_alive_timeout},
                                                             {"request_deadline", s.request_deadline}};
  for (auto& [key, wait] : waits)
    if (auto ok = in_range<std::int64_t>(key, wait.count(), 1, day_ms); !ok) return ok;
  const std::tuple<std::string_view, std::int64_t, std::int64_t, std::int64_t> numbers[] = {
      {"threads", s.threads, 1, 64},
      {"max_connections", s.max_connections, 1, 1'000'000},
      {"max_connections_per_address", s.max_connections_per_address, 1, 1'000'000},
      {"max_in_flight", s.max_in_flight, 1, 1'000'000},
      {"max_requests_per_connection", s.max_requests_per_connection, 1, 1'000'000'000},
      {"max_header_bytes", static_cast<std::int64_t>(s.max_header_bytes), 256, 1'048'576},
      {"min_body_rate", static_cast<std::int64_t>(s.min_body_rate), 1, 1'000'000'000}};
  for (auto& [key, got, least, most] : numbers)
    if (auto ok = in_range(key, got, least, most); !ok) return ok;
  return {};
}

class beast_server final : public server {
 public:
  beast_server(server_settings settings, router routes, early_check check)
      : state_(std::move(settings), std::move(routes), std::move(check)) {}

  ~beast_server() override {
    for (auto& loop : loops_) loop->stop();
  }

  expected<void> open() {
    auto& settings = state_.settings;
    if (auto ok = validate(settings); !ok) return ok;
    auto trusted = trusted_networks::parse(settings.trusted_proxies);
    if (!trusted) return trusted.error();
    state_.trusted = std::move(*trusted);
    auto tls = make_tls(settings);
    if (!tls) return tls.error();
    state_.tls = std::move(*tls);
    auto entries = state_.routes.entries();
    if (std::any_of(entries.begin(), entries.end(), [](auto& e) { return e.options.body_to_file; })) {
      auto files = spool::start(settings.spool_directory);
      if (!files) return files.error();
      state_.files = std::move(*files);
    }
    return listen();
  }

  std::uint16_t port() const noexcept override { return port_; }
  const server_counters& counters() const noexcept override { return *state_.counters; }

  void drain(milliseconds deadline) override {
    auto until = std::chrono::steady_clock::now() + deadline;
    for (auto& loop : loops_) loop->drain();
    if (state_.connections.wait_until_empty(until)) return;
    log::warning("bridge.drain_cut", {{"connections", state_.connections.count()}});
    for (auto& loop : loops_) loop->end_all();
    state_.connections.wait_until_empty(std::chrono::steady_clock::now() + seconds(5));
  }

 private:
  expected<void> listen() {
    auto& settings = state_.settings;
    boost::system::error_code wrong;
    auto address = asio::ip::make_address(settings.address, wrong);
    if (wrong)
      return failure{ec::bad_configuration,
                     fmt::format("address: '{}' is not an IP address", settings.address)};
    tcp::endpoint where(address, settings.port);
    if (auto ok = nobody_listens(where); !ok) return ok;
    for (int i = 0; i < settings.threads; ++i) {
      auto& loop = loops_.emplace_back(std::make_unique<io_loop>(state_));
      auto bound = loop->listen(where);
      if (!bound) return bound.error();
      where.port(*bound);
    }
    port_ = where.port();
    for (auto& loop : loops_) loop->start();
    log::info("bridge.listening", {{"address", settings.address},
                                   {"port", port_},
                                   {"threads", settings.threads},
                                   {"tls", state_.tls.has_value()}});
    return {};
  }

  /// SO_REUSEPORT would let a second server of this user share the port unnoticed, so a socket without it
  /// asks.
  static expected<void> nobody_listens(const tcp::endpoint& where) {
    if (where.port() == 0) return {};
    asio::io_context io;
    boost::system::error_code wrong;
    tcp::acceptor probe(io);
    probe.open(where.protocol(), wrong);
    if (!wrong) probe.set_option(tcp::acceptor::reuse_address(true), wrong);
    if (!wrong) probe.bind(where, wrong);
    if (wrong)
      return failure{ec::bad_configuration,
                     fmt::format("cannot listen on {} port {}: {}", where.address().to_string(), where.port(),
                                 wrong.message())};
    return {};
  }

  server_state state_; // outlives the loops
  std::vector<std::unique_ptr<io_loop>> loops_;
  std::uint16_t port_ = 0;
};

} // namespace

expected<std::unique_ptr<server>> server::start(server_settings settings, router routes, early_check check) {
  auto made = std::make_unique<beast_server>(std::move(settings), std::move(routes), std::move(check));
  if (auto ok = made->open(); !ok) return ok.error();
  return std::unique_ptr<server>(std::move(made));
}

} // namespace troupe::bridge
