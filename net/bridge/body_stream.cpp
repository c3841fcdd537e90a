#include "net/bridge/body_stream.hpp"

#include <mutex>
#include <utility>

namespace troupe::bridge {

/// What both ends share. Callbacks run without the lock, since they may come back here.
struct stream_state {
  explicit stream_state(std::size_t most) : limit(most) {}

  std::mutex mutex;
  const std::size_t limit;
  std::string waiting;
  bool finished = false; // nothing more will be written
  bool gone = false;     // nobody will read
  bool slow = false;
  bool woken = false; // and not looked yet
  std::function<void()> wake, when_gone;

  /// To be called with the lock held; the outcome is to be run without it.
  std::function<void()> wake_up() {
    if (woken || !wake) return {};
    woken = true;
    return wake;
  }
};

namespace {

void run(const std::function<void()>& f) {
  if (f) f();
}

} // namespace

body_stream body_stream::make(std::size_t limit) {
  auto state = std::make_shared<stream_state>(limit);
  return {std::make_shared<body_writer>(state), std::make_shared<body_reader>(state)};
}

body_writer::~body_writer() { finish(); }

bool body_writer::write(std::string_view piece) {
  std::function<void()> wake, gone;
  bool taken = false;
  {
    std::lock_guard lock(state_->mutex);
    if (state_->finished || state_->gone) return false;
    if (state_->waiting.size() + piece.size() > state_->limit) {
      state_->slow = state_->gone = true;
      state_->waiting.clear();
      gone = std::exchange(state_->when_gone, nullptr);
    } else {
      state_->waiting += piece;
      taken = true;
    }
    wake = state_->wake_up();
  }
  run(wake);
  run(gone);
  return taken;
}

void body_writer::finish() {
  std::function<void()> wake;
  {
    std::lock_guard lock(state_->mutex);
    if (state_->finished) return;
    state_->finished = true;
    wake = state_->wake_up();
  }
  run(wake);
}

bool body_writer::over() const {
  std::lock_guard lock(state_->mutex);
  return state_->finished || state_->gone;
}

bool body_writer::too_slow() const {
  std::lock_guard lock(state_->mutex);
  return state_->slow;
}

void body_writer::when_gone(std::function<void()> f) {
  {
    std::lock_guard lock(state_->mutex);
    if (!state_->gone) {
      state_->when_gone = std::move(f);
      return;
    }
  }
  run(f);
}

body_reader::~body_reader() {
  std::function<void()> gone;
  {
    std::lock_guard lock(state_->mutex);
    state_->gone = true;
    state_->wake = nullptr;
    state_->waiting.clear();
    gone = std::exchange(state_->when_gone, nullptr);
  }
  run(gone);
}

body_reader::state body_reader::take(std::string& out) {
  std::lock_guard lock(state_->mutex);
  state_->woken = false;
  if (state_->slow) return state::broken;
  out += state_->waiting;
  state_->waiting.clear();
  return state_->finished ? state::finished : state::open;
}

void body_reader::attach(std::function<void()> wake) {
  std::lock_guard lock(state_->mutex);
  state_->wake = std::move(wake);
}

void body_reader::close() {
  std::lock_guard lock(state_->mutex);
  state_->finished = true;
}

} // namespace troupe::bridge
