#pragma once

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <unordered_map>

namespace troupe::bridge {

/// Counts the open connections of one server, in total and per client address. Thread-safe.
class connection_table {
 public:
  connection_table(int most, int most_per_address) : most_(most), most_per_address_(most_per_address) {}

  bool add(); // false: the server is full
  void remove();
  bool add_address(const boost::asio::ip::address& a); // false: this address has enough
  void remove_address(const boost::asio::ip::address& a);
  /// Waits until no connection is left; false when the deadline comes first.
  bool wait_until_empty(std::chrono::steady_clock::time_point deadline);
  int count() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_map<boost::asio::ip::address, int> by_address_;
  int count_ = 0;
  int most_;
  int most_per_address_;
};

} // namespace troupe::bridge
