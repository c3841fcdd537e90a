#include "system/cache/redis_command.hpp"

#include <algorithm>
#include <string_view>

namespace troupe::cache {

const std::string take_script = "local taken = redis.call('INCR', KEYS[1])\n"
                                "local left = redis.call('PTTL', KEYS[1])\n"
                                "if left < 0 then\n"
                                "  redis.call('PEXPIRE', KEYS[1], ARGV[1])\n"
                                "  left = tonumber(ARGV[1])\n"
                                "end\n"
                                "return {taken, left}\n";

std::string key_space::all_values() const {
  std::string pattern;
  for (char c : prefix_) {
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + "v:*";
}

std::vector<std::string> command::words(const key_space& keys, const std::string& script_hash) const {
  const auto ms = std::to_string(std::clamp(time, milliseconds{1}, max_time_to_live).count());
  switch (what) {
  case kind::get: return {"GET", keys.value(key)};
  case kind::set: return {"SET", keys.value(key), value, "PX", ms};
  case kind::remove: return {"UNLINK", keys.value(key)};
  case kind::end_window: return {"UNLINK", keys.window(key)};
  case kind::take:
    if (whole_script) return {"EVAL", take_script, "1", keys.window(key), ms};
    return {"EVALSHA", script_hash, "1", keys.window(key), ms};
  }
  return {};
}

bool command::accept(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) return false;
  switch (what) {
  case kind::get:
    if (reply.type == REDIS_REPLY_NIL)
      got(std::nullopt);
    else if (reply.type == REDIS_REPLY_STRING)
      got(std::string(reply.str, static_cast<std::size_t>(reply.len)));
    else
      return false;
    return true;
  case kind::take:
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2 ||
        reply.element[0]->type != REDIS_REPLY_INTEGER || reply.element[1]->type != REDIS_REPLY_INTEGER)
      return false;
    taken(bucket_after(reply.element[0]->integer, limit, milliseconds{reply.element[1]->integer}));
    return true;
  case kind::set:
  case kind::remove:
  case kind::end_window: return true;
  }
  return false;
}

void command::answer_from(memory_cache& twin) {
  switch (what) {
  case kind::get: return twin.get(key, std::move(got));
  case kind::set: return twin.set(key, std::move(value), time);
  case kind::remove: return twin.remove(key);
  case kind::end_window: return twin.end_window(key);
  case kind::take: return twin.take(key, limit, time, std::move(taken));
  }
}

std::string error_class(const redisReply* reply) {
  if (reply == nullptr || reply->type != REDIS_REPLY_ERROR) return {};
  const std::string_view text(reply->str, static_cast<std::size_t>(reply->len));
  return std::string(text.substr(0, text.find(' ')));
}

} // namespace troupe::cache
