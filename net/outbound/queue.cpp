#include "net/outbound/queue.hpp"

namespace troupe::outbound {

void job_queue::push(job_ptr j) {
  auto& entry = *lanes_.try_emplace(j->lane).first;
  entry.second.waiting.push_back(std::move(j));
  ++size_;
  list(entry);
}

job_ptr job_queue::pop(steady::time_point now) {
  while (!turns_.empty()) {
    auto& entry = *turns_.front();
    turns_.pop_front();
    auto& l = entry.second;
    l.listed = false;
    if (!startable(l)) {
      forget_if_empty(lanes_.find(entry.first));
      continue;
    }
    auto j = std::move(l.waiting.front());
    l.waiting.pop_front();
    --size_;
    j->started = now;
    if (l.active++ == 0) l.last_sign = now;
    list(entry);
    return j;
  }
  return nullptr;
}

void job_queue::done(const job& j, steady::time_point now) {
  const auto it = lanes_.find(j.lane);
  if (it == lanes_.end()) return;
  auto& l = it->second;
  l.last_sign = now;
  l.typical += (std::chrono::duration_cast<microseconds>(now - j.started) - l.typical) / 16;
  free_place(it);
}

void job_queue::not_started(const job& j) {
  if (const auto it = lanes_.find(j.lane); it != lanes_.end()) free_place(it);
}

void job_queue::free_place(lane_map::iterator it) {
  --it->second.active;
  list(*it);
  forget_if_empty(it);
}

void job_queue::look_for_silence(steady::time_point now) {
  for (auto& entry : lanes_) {
    auto& l = entry.second;
    if (l.waiting.empty() || l.active == 0) continue;
    l.typical = std::max(l.typical, std::chrono::duration_cast<microseconds>(now - l.last_sign));
    list(entry);
  }
}

void job_queue::list(lane_map::value_type& entry) {
  if (entry.second.listed || !startable(entry.second)) return;
  entry.second.listed = true;
  turns_.push_back(&entry);
}

void job_queue::forget_if_empty(lane_map::iterator it) {
  const auto& l = it->second;
  if (l.waiting.empty() && l.active == 0 && !l.listed) lanes_.erase(it);
}

} // namespace troupe::outbound
