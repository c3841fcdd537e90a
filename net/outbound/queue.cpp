#include "net/outbound/queue.hpp"

namespace troupe::outbound {

void job_queue::push(job_ptr j) {
  auto& entry = *lanes_.try_emplace(j->lane).first;
  entry.second.waiting.push_back(std::move(j));
  ++size_;
  list(entry);
}

job_ptr job_queue::pop() {
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
    ++l.active;
    list(entry);
    return j;
  }
  return nullptr;
}

void job_queue::done(const std::string& name) {
  const auto it = lanes_.find(name);
  if (it == lanes_.end()) return;
  --it->second.active;
  list(*it);
  forget_if_empty(it);
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
