#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe::sink {

/// One raw `POST /v1/posts` as it came in, and whether it made a post.
struct arrival {
  std::int64_t at_us = 0;        // wall clock
  std::int64_t scheduled_us = 0; // 0: the body did not say
  std::uint64_t body_hash = 0;
  bool applied = false;
  std::string_view key; // empty: none
};

/// What was published under one key.
struct applied_post {
  std::string id;
  std::uint64_t body_hash = 0;
};

/// The memory of the network: every raw request and every post. Not thread-safe.
class record {
 public:
  void add(const arrival& a);
  /// The first post under a key; null when there is none.
  const applied_post* find(std::string_view key) const;
  /// All posts under a key.
  const std::vector<applied_post>& posts(std::string_view key) const;
  bool seen(std::string_view key) const { return keys_.contains(key); }
  void clear();

  /// What costs nothing to say, so that it may be asked all the time.
  boost::json::object counts() const { return {{"raw", raw_}, {"applied", applied_}}; }
  boost::json::object summary() const;
  /// Lines "key,raw,applied".
  std::string keys() const;

 private:
  struct entry {
    std::uint32_t raw = 0;
    std::int64_t first_at_us = 0, scheduled_us = 0;
    std::vector<applied_post> posts;
  };
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
  };

  std::unordered_map<std::string, entry, hash, std::equal_to<>> keys_;
  std::uint64_t raw_ = 0, applied_ = 0, early_ = 0, without_key_ = 0, next_id_ = 0;
  std::int64_t first_us_ = 0, last_us_ = 0;
};

} // namespace troupe::sink
