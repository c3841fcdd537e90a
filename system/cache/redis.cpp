#include "system/cache/dirty_keys.hpp"
#include "system/cache/redis_command.hpp"
#include "system/cache/redis_link.hpp"
#include "system/core/log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <pthread.h>

#include <atomic>
#include <deque>
#include <random>
#include <stdexcept>
#include <thread>

namespace troupe::cache {

namespace {

namespace asio = boost::asio;

/// Keys and values waiting for a reply; beyond, the twin serves.
constexpr std::size_t max_bytes_in_flight = 64 << 20;
/// Keys dropped from Redis with one command.
constexpr std::size_t dirty_batch = 500;

/// Redis with a twin.
///
///   down -> connecting -> catching_up -> up -> stalled -> catching_up
///    ^----------+-------------+----------+--------+
///
/// Only `up` asks Redis. In every other state callers are served by the twin before their call returns, and
/// the keys they change are noted; catching_up drops those from Redis, so that it never answers with a value
/// that was overwritten or removed while it was away. `stalled` is a connection that owes a reply for longer
/// than a call may take: it is given connect_timeout to speak again before it is replaced.
class redis_cache final : public cache {
 public:
  explicit redis_cache(redis_settings settings);
  ~redis_cache() override;

  void get(std::string key, std::function<void(std::optional<std::string>)> done) override;
  void set(std::string key, std::string value, milliseconds time_to_live) override;
  void remove(std::string key) override;
  void take(std::string key, std::int64_t limit, milliseconds window,
            std::function<void(bucket_result)> done) override;
  bool shared() const noexcept override { return shared_; }

 private:
  enum class state { down, connecting, catching_up, up, stalled, stopped };

  void submit(command_ptr c);
  bool admit(command& c);
  void serve(command& c);

  // Everything below runs on the I/O thread.
  void run();
  void stop();
  void take_inbound();
  void send(const command_ptr& c);
  void on_reply(const command_ptr& c, const redisReply* reply);
  void on_refusal(const command_ptr& c, const redisReply* reply);
  void watch_deadlines();
  void stall();
  void connect();
  void greet();
  void greet_with(std::vector<std::string_view> words, std::function<void(const redisReply&)> then);
  void catch_up();
  void drop_keys(std::vector<std::string> keys);
  void drop_all(const std::string& cursor);
  void all_are_dirty();
  void dropped();
  void go_down(std::string reason);
  void be_patient();
  void log_change(bool up, const std::string& reason);

  const redis_settings settings_;
  const key_space keys_;
  memory_cache twin_;
  std::atomic<bool> shared_{false};
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::size_t> bytes_in_flight_{0};

  std::mutex mutex_; // guards inbound_, dirty_ and the step from the twin to Redis
  std::vector<command_ptr> inbound_;
  dirty_keys dirty_;

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  asio::steady_timer deadline_{io_}, patience_{io_}, reconnect_{io_};
  state state_ = state::down;
  std::unique_ptr<redis_link> link_;
  std::uint64_t link_number_ = 0;
  std::string script_hash_;
  std::deque<command_ptr> waiting_; // for their deadlines, oldest first
  bool watching_ = false;
  int failures_ = 0; // in a row
  std::optional<bool> logged_up_;
  std::minstd_rand random_{std::random_device{}()};
  std::thread thread_;
};

redis_cache::redis_cache(redis_settings settings)
    : settings_(std::move(settings)), keys_(settings_.prefix), twin_(settings_.fallback, {}),
      dirty_(settings_.fallback.max_entries), thread_([this] { run(); }) {}

redis_cache::~redis_cache() {
  shared_ = false;
  asio::post(io_, [this] { stop(); });
  thread_.join();
}

void redis_cache::get(std::string key, std::function<void(std::optional<std::string>)> done) {
  auto c = std::make_shared<command>();
  c->key = std::move(key);
  c->got = std::move(done);
  submit(std::move(c));
}

void redis_cache::set(std::string key, std::string value, milliseconds time_to_live) {
  if (time_to_live <= milliseconds{0} || value.size() > max_value_bytes) return remove(std::move(key));
  auto c = std::make_shared<command>();
  c->what = command::kind::set;
  c->key = std::move(key);
  c->value = std::move(value);
  c->time = time_to_live;
  submit(std::move(c));
}

void redis_cache::remove(std::string key) {
  auto c = std::make_shared<command>();
  c->what = command::kind::remove;
  c->key = std::move(key);
  submit(std::move(c));
}

void redis_cache::take(std::string key, std::int64_t limit, milliseconds window,
                       std::function<void(bucket_result)> done) {
  auto c = std::make_shared<command>();
  c->what = command::kind::take;
  c->key = std::move(key);
  c->limit = limit;
  c->time = window;
  c->taken = std::move(done);
  submit(std::move(c));
}

void redis_cache::submit(command_ptr c) {
  if (!shared_ || !admit(*c)) return serve(*c);
  c->deadline = steady::now() + settings_.command_timeout;
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    wake = inbound_.empty();
    inbound_.push_back(std::move(c));
  }
  if (wake) asio::post(io_, [this] { take_inbound(); });
}

bool redis_cache::admit(command& c) {
  if (++in_flight_ > static_cast<std::size_t>(settings_.max_in_flight) ||
      bytes_in_flight_ > max_bytes_in_flight) {
    --in_flight_;
    return false;
  }
  c.counted = c.key.size() + c.value.size();
  bytes_in_flight_ += c.counted;
  return true;
}

/// By the twin. Any thread.
void redis_cache::serve(command& c) {
  c.answered = true;
  if (!c.changes_value()) return c.answer_from(twin_);
  std::lock_guard lock(mutex_);
  dirty_.add(c.key);
  if (!shared_) return c.answer_from(twin_);
  // Refused for its number while Redis serves: it only loses its value. The twin keeps none in this state.
  asio::post(io_, [this] {
    if (state_ == state::up) catch_up();
  });
}

void redis_cache::run() {
  // hiredis writes without MSG_NOSIGNAL, and signals belong to the threads that wait for them.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), "cache");
  connect();
  io_.run();
}

void redis_cache::stop() {
  state_ = state::stopped;
  ++link_number_;
  deadline_.cancel();
  patience_.cancel();
  reconnect_.cancel();
  take_inbound();
  link_.reset(); // answers what is open
  guard_.reset();
}

void redis_cache::take_inbound() {
  std::vector<command_ptr> taken;
  {
    std::lock_guard lock(mutex_);
    taken.swap(inbound_);
  }
  for (auto& c : taken) {
    if (state_ == state::up)
      send(c);
    else
      on_reply(c, nullptr);
  }
}

void redis_cache::send(const command_ptr& c) {
  const auto words = c->words(keys_, script_hash_);
  waiting_.push_back(c);
  link_->send({words.begin(), words.end()}, [this, c](const redisReply* reply) { on_reply(c, reply); });
  watch_deadlines();
}

/// `reply` is null when there will be none.
void redis_cache::on_reply(const command_ptr& c, const redisReply* reply) {
  const bool in_time = !c->answered;
  if (reply == nullptr && state_ == state::up) go_down("connection lost");
  if (in_time && reply != nullptr && error_class(reply) == "NOSCRIPT" && !c->whole_script &&
      state_ == state::up) {
    c->whole_script = true; // someone flushed the scripts
    return send(c);
  }
  --in_flight_;
  bytes_in_flight_ -= c->counted;
  if (in_time) {
    c->answered = true;
    if (reply == nullptr)
      serve(*c);
    else if (!c->accept(*reply))
      on_refusal(c, reply);
  }
  while (!waiting_.empty() && waiting_.front()->answered) waiting_.pop_front();
  if (reply != nullptr && state_ == state::stalled) catch_up();
}

/// ERR and WRONGTYPE speak of one key; every other error (READONLY, OOM, LOADING ...) of a Redis that is no
/// use.
void redis_cache::on_refusal(const command_ptr& c, const redisReply* reply) {
  const auto error = error_class(reply);
  if (error != "ERR" && error != "WRONGTYPE" && state_ == state::up) go_down("refused: " + error);
  serve(*c);
}

void redis_cache::watch_deadlines() {
  if (watching_ || waiting_.empty()) return;
  watching_ = true;
  deadline_.expires_at(waiting_.front()->deadline);
  deadline_.async_wait([this](boost::system::error_code error) {
    watching_ = false;
    if (error || state_ == state::stopped) return;
    const auto now = steady::now();
    while (!waiting_.empty() && (waiting_.front()->answered || waiting_.front()->deadline <= now)) {
      const auto late = std::move(waiting_.front());
      waiting_.pop_front();
      if (late->answered) continue;
      stall();
      serve(*late);
    }
    watch_deadlines();
  });
}

void redis_cache::stall() {
  if (state_ != state::up) return;
  state_ = state::stalled;
  shared_ = false;
  log_change(false, "no reply in time");
  be_patient();
}

void redis_cache::connect() {
  state_ = state::connecting;
  be_patient();
  const auto number = ++link_number_;
  const auto connected = [this, number] {
    if (number == link_number_) greet();
  };
  const auto ended = [this, number](std::string why) {
    if (number == link_number_) go_down(std::move(why));
  };
  link_ = std::make_unique<redis_link>(io_, settings_, redis_link::events{connected, ended});
}

void redis_cache::greet() {
  if (!settings_.password.empty()) greet_with({"AUTH", settings_.password}, {});
  const auto database = std::to_string(settings_.database);
  if (settings_.database != 0) greet_with({"SELECT", database}, {});
  greet_with({"SCRIPT", "LOAD", take_script}, [this](const redisReply& reply) {
    if (reply.type == REDIS_REPLY_STRING) script_hash_.assign(reply.str, static_cast<std::size_t>(reply.len));
  });
  greet_with({"SET", keys_.probe(), "1", "PX", "1000"}, [this](const redisReply&) { catch_up(); });
}

void redis_cache::greet_with(std::vector<std::string_view> words,
                             std::function<void(const redisReply&)> then) {
  const std::string name(words.front());
  link_->send(words, [this, name, then = std::move(then)](const redisReply* reply) {
    if (state_ != state::connecting || reply == nullptr) return; // its end is reported apart
    if (const auto error = error_class(reply); !error.empty()) return go_down(name + " refused: " + error);
    if (then) then(*reply);
  });
}

/// Drops from Redis what changed without it, and then lets it serve.
void redis_cache::catch_up() {
  if (state_ != state::up) state_ = state::catching_up;
  bool all = false;
  std::vector<std::string> keys;
  {
    std::lock_guard lock(mutex_);
    all = dirty_.all();
    if (all)
      dirty_.forget_all();
    else
      keys = dirty_.take(dirty_batch);
    if (!all && keys.empty() && state_ != state::up) {
      twin_.clear();
      shared_ = true;
    }
  }
  if (all) return drop_all("0");
  if (!keys.empty()) return drop_keys(std::move(keys));
  if (state_ == state::up) return;
  state_ = state::up;
  failures_ = 0;
  patience_.cancel();
  log_change(true, {});
}

void redis_cache::drop_keys(std::vector<std::string> keys) {
  be_patient();
  std::vector<std::string> words{"UNLINK"};
  for (const auto& key : keys) words.push_back(keys_.value(key));
  const std::vector<std::string_view> views(words.begin(), words.end());
  link_->send(views, [this, keys = std::move(keys)](const redisReply* reply) {
    if (reply != nullptr && reply->type == REDIS_REPLY_INTEGER) return dropped();
    {
      std::lock_guard lock(mutex_);
      for (const auto& key : keys) dirty_.add(key);
    }
    if (reply != nullptr) go_down("UNLINK refused: " + error_class(reply));
  });
}

/// Too many keys changed to remember each: all values go, page by page.
void redis_cache::drop_all(const std::string& cursor) {
  be_patient();
  const auto pattern = keys_.all_values();
  link_->send({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"}, [this](const redisReply* reply) {
    const bool gone = state_ == state::down || state_ == state::stopped;
    if (gone || reply == nullptr || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
      all_are_dirty();
      if (reply != nullptr) go_down("SCAN refused: " + error_class(reply));
      return;
    }
    std::vector<std::string_view> words{"UNLINK"};
    const auto& found = *reply->element[1];
    for (std::size_t i = 0; i < found.elements; ++i)
      words.emplace_back(found.element[i]->str, static_cast<std::size_t>(found.element[i]->len));
    const auto unlinked = [this](const redisReply* count) {
      if (count == nullptr || count->type != REDIS_REPLY_INTEGER) all_are_dirty();
    };
    if (words.size() > 1) link_->send(words, unlinked);
    const std::string next(reply->element[0]->str, static_cast<std::size_t>(reply->element[0]->len));
    if (next == "0")
      dropped();
    else
      drop_all(next);
  });
}

void redis_cache::all_are_dirty() {
  std::lock_guard lock(mutex_);
  dirty_.add_all();
}

void redis_cache::dropped() {
  if (state_ == state::catching_up || state_ == state::up || state_ == state::stalled) catch_up();
}

void redis_cache::go_down(std::string reason) {
  if (state_ == state::stopped || state_ == state::down) return;
  state_ = state::down;
  shared_ = false;
  ++link_number_;
  // Later, because this may be one of its handlers; then whatever it owes an answer is served by the twin.
  asio::post(io_, [ended = std::move(link_)] {});
  patience_.cancel();
  log_change(false, reason);
  const auto longest =
      std::min(settings_.reconnect_min * (1 << std::min(failures_, 12)), settings_.reconnect_max);
  ++failures_;
  std::uniform_int_distribution<std::int64_t> jitter(longest.count() / 2, longest.count());
  reconnect_.expires_after(milliseconds{jitter(random_)});
  reconnect_.async_wait([this](boost::system::error_code error) {
    if (!error && state_ == state::down) connect();
  });
}

/// From here on the connection has connect_timeout for its next step.
void redis_cache::be_patient() {
  if (state_ == state::up) return;
  patience_.expires_after(settings_.connect_timeout);
  patience_.async_wait([this](boost::system::error_code error) {
    if (error || patience_.expiry() > steady::now()) return;
    if (state_ != state::up) go_down("no reply");
  });
}

void redis_cache::log_change(bool up, const std::string& reason) {
  if (logged_up_ == up) return;
  logged_up_ = up;
  if (up)
    log::info("cache.redis_up", {{"address", settings_.address}, {"port", settings_.port}});
  else
    log::warning("cache.redis_down",
                 {{"address", settings_.address}, {"port", settings_.port}, {"reason", reason}});
}

void require(bool holds, std::string_view key, std::string_view allowed) {
  if (!holds) throw std::invalid_argument(fmt::format("redis {}: allowed is {}", key, allowed));
}

void validate(const redis_settings& s) {
  require(!s.address.empty() && s.address.find('\0') == std::string::npos, "address",
          "a host or the absolute path of a socket");
  require(s.port != 0 || s.address.starts_with('/'), "port", "1 .. 65535");
  require(s.database >= 0, "database", "0 and more");
  require(!s.prefix.empty(), "prefix", "one or more characters");
  require(s.command_timeout >= milliseconds{1}, "command_timeout", "1 ms and more");
  require(s.connect_timeout >= milliseconds{1}, "connect_timeout", "1 ms and more");
  require(s.reconnect_min >= milliseconds{1} && s.reconnect_max >= s.reconnect_min, "reconnect_min",
          "1 ms .. reconnect_max");
  require(s.max_in_flight >= 1, "max_in_flight", "1 and more");
}

} // namespace

std::unique_ptr<cache> make_redis_cache(redis_settings settings) {
  validate(settings);
  return std::make_unique<redis_cache>(std::move(settings));
}

} // namespace troupe::cache
