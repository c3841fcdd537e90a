#include "system/cache/redis_cache.hpp"

// The connection of the cache to Redis: made, greeted, brought up to date, given up.
namespace troupe::cache {

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

} // namespace troupe::cache
