#include "system/cache/redis_cache.hpp"

namespace troupe::cache {

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

void redis_cache::end_window(std::string key) {
  auto c = std::make_shared<command>();
  c->what = command::kind::end_window;
  c->key = std::move(key);
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

namespace {

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
