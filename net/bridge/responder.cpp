#include "net/bridge/http.hpp"

namespace troupe::bridge {

namespace {

void answer_dropped(const std::shared_ptr<responder::sink>& to) noexcept {
  try {
    to->deliver(problem(failure{ec::unavailable, "The part that works on this request went away."}));
  } catch (...) { // NOLINT(bugprone-empty-catch)
    // Out of memory: the session's deadline answers in our place.
  }
}

} // namespace

responder& responder::operator=(responder&& other) noexcept {
  if (this != &other) {
    if (auto old = std::move(sink_)) answer_dropped(old);
    sink_ = std::move(other.sink_);
  }
  return *this;
}

responder::~responder() {
  if (sink_) answer_dropped(sink_);
}

void responder::operator()(reply r) {
  if (auto to = std::move(sink_)) to->deliver(std::move(r));
}

} // namespace troupe::bridge
