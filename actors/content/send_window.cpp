#include "actors/content/send_window.hpp"

#include <algorithm>

namespace troupe {

int send_window::take(int want, const caf::actor& who) {
  std::lock_guard lock(mutex_);
  // Whoever came first is served first: nobody takes past a line.
  if (line_.empty() && free_ > 0) {
    auto got = std::min(want, free_);
    free_ -= got;
    return got;
  }
  auto mine = std::find_if(line_.begin(), line_.end(), [&](auto& w) { return w.who == who; });
  if (mine == line_.end())
    line_.push_back({who, want});
  else
    mine->want = want;
  return 0;
}

void send_window::give_back(int credits) {
  std::vector<std::pair<caf::actor, int>> grants;
  {
    std::lock_guard lock(mutex_);
    free_ += credits;
    serve(grants);
  }
  for (auto& [who, n] : grants) caf::anon_send(who, window_grant{n});
}

void send_window::serve(std::vector<std::pair<caf::actor, int>>& out) {
  while (free_ > 0 && !line_.empty()) {
    auto first = std::move(line_.front());
    line_.pop_front();
    auto n = std::min({first.want, free_, quantum});
    free_ -= n;
    out.emplace_back(std::move(first.who), n);
  }
}

int send_window::in_use() const {
  std::lock_guard lock(mutex_);
  return size_ - free_;
}

} // namespace troupe
