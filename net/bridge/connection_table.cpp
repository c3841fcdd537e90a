#include "net/bridge/connection_table.hpp"

namespace troupe::bridge {

bool connection_table::add() {
  std::lock_guard lock(mutex_);
  if (count_ >= most_) return false;
  ++count_;
  return true;
}

void connection_table::remove() {
  std::lock_guard lock(mutex_);
  if (--count_ == 0) empty_.notify_all();
}

bool connection_table::add_address(const boost::asio::ip::address& a) {
  std::lock_guard lock(mutex_);
  auto& open = by_address_[a];
  if (open >= most_per_address_) return false;
  ++open;
  return true;
}

void connection_table::remove_address(const boost::asio::ip::address& a) {
  std::lock_guard lock(mutex_);
  if (auto it = by_address_.find(a); it != by_address_.end() && --it->second == 0) by_address_.erase(it);
}

bool connection_table::wait_until_empty(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, deadline, [&] { return count_ == 0; });
}

int connection_table::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

} // namespace troupe::bridge
