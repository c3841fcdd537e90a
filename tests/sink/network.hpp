#pragma once

#include "tests/sink/fault.hpp"
#include "tests/sink/http_reader.hpp"
#include "tests/sink/journal.hpp"
#include "tests/sink/record.hpp"

#include <cstdint>
#include <string>

namespace troupe::sink {

/// What happens to the connection that a request came on.
struct answer {
  enum class how { send, cut, hang };
  how what = how::send;
  std::string bytes; // with `send`: the whole response; with `cut`: what is sent before the cut
  int delay_ms = 0;  // wait this long before answering
  bool keep_alive = true;
};

struct network_settings {
  bool honour_keys = true;
  int latency_ms = 0;
};

/// The sandbox protocol on top of the record. No sockets here: requests in, answers out. Not thread-safe.
class network {
 public:
  explicit network(network_settings settings) : settings_(settings) {}

  fault_plan& faults() noexcept { return faults_; }
  record& known() noexcept { return record_; }
  journal& log() noexcept { return journal_; }

  /// `now_us` is the wall clock at which the request was whole.
  answer handle(const request& r, std::int64_t now_us);

 private:
  answer publish(const request& r, std::int64_t now_us);
  answer misbehave(std::string_view mode, answer good, bool keep_alive);
  answer find(std::string_view query) const;
  answer change_settings(std::string_view body);

  network_settings settings_;
  fault_plan faults_;
  record record_;
  journal journal_;
  std::uint64_t media_ = 0;
};

} // namespace troupe::sink
