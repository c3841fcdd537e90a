#include "net/outbound/engine.hpp"

#include "net/outbound/check.hpp"
#include "net/outbound/poller.hpp"
#include "net/outbound/queue.hpp"
#include "net/outbound/transfer.hpp"
#include "system/core/log.hpp"

#include <curl/curl.h>

#include <csignal>
#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

namespace troupe::outbound {

namespace {

/// How often queued requests are looked through for passed deadlines and revoked gates.
constexpr milliseconds sweep_interval{50};

constexpr std::string_view shutting_down = "the node is shutting down";

bool is_revoked(const job& j) { return j.what.gate && j.what.gate->now() == send_gate::state::revoked; }

/// True when a waiting request need not be started any more.
bool is_pointless(const job& j, steady::time_point now) { return is_revoked(j) || j.deadline <= now; }

response answer_pointless(const job& j) {
  response answer;
  if (is_revoked(j)) {
    answer.kind = result_kind::revoked;
    answer.error = "revoked before it was sent";
  } else {
    answer.timed_out = true;
    answer.error = "the deadline passed while the request waited for a slot";
  }
  return answer;
}

/// The engine: callers put jobs into `inbound_`; the thread moves them through the queue and libcurl.
class curl_engine final : public engine {
 public:
  explicit curl_engine(engine_settings settings)
      : settings_(std::move(settings)), queue_(settings_.max_connections_per_host),
        multi_(curl_multi_init()) {
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &curl_engine::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, &sockets_);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &curl_engine::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    thread_ = std::thread([this] { run(); });
  }

  ~curl_engine() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = draining_ = true;
    }
    sockets_.wake();
    thread_.join();
    transfers_.clear();
    curl_multi_cleanup(multi_);
  }

  void submit(request what, completion done) override;
  std::size_t in_flight() const noexcept override { return in_flight_.load(); }
  std::size_t queued() const noexcept override { return queued_.load(); }
  bool drain(milliseconds deadline) override;

 private:
  void run();
  void turn();
  int wait_ms(steady::time_point now) const;
  bool has_slot() const { return in_flight_ < static_cast<std::size_t>(settings_.max_in_flight); }
  bool timer_due(steady::time_point now) const { return curl_timer_ && *curl_timer_ <= now; }
  void take_inbound();
  void start_ready();
  void begin(job_ptr j);
  void end(transfer& t, response answer);
  void collect_finished();
  void sweep(steady::time_point now);
  void cancel_all();
  void complete(job_ptr j, response answer);
  transfer& idle_transfer();
  void limit_idle_connections();

  static int on_socket(CURL*, curl_socket_t socket, int what, void* sockets, void*) noexcept;
  static int on_timer(CURLM*, long timeout_ms, void* self) noexcept;

  const engine_settings settings_;

  std::mutex mutex_; // guards what callers share with the thread
  std::vector<job_ptr> inbound_;
  bool draining_ = false;
  bool stopping_ = false;
  std::condition_variable all_done_;
  std::atomic<std::size_t> open_{0}; // submitted, completion not yet returned
  std::atomic<std::size_t> queued_{0};
  std::atomic<std::size_t> in_flight_{0};

  // The outbound thread's own.
  poller sockets_;
  job_queue queue_;
  CURLM* multi_;
  std::optional<steady::time_point> curl_timer_;
  steady::time_point next_sweep_{};
  std::vector<job_ptr> taken_; // `inbound_`'s other buffer
  std::vector<std::unique_ptr<transfer>> transfers_;
  std::vector<transfer*> idle_;

  std::thread thread_;
};

void curl_engine::submit(request what, completion done) {
  auto j = std::make_unique<job>();
  j->submitted = steady::now();
  j->refusal = problem_of(what);
  j->lane = lane_of(what.url);
  if (j->refusal.empty() && j->lane.empty()) j->refusal = "the URL is not an http or https URL";
  j->deadline = j->submitted + std::clamp(what.timeout, milliseconds{1}, max_timeout);
  j->done = std::move(done);
  j->what = std::move(what);
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (draining_) {
      j->refusal = shutting_down;
    } else if (j->refusal.empty() && queued_ >= static_cast<std::size_t>(settings_.max_queued)) {
      j->refusal = "too many requests are waiting";
      j->refused_as = result_kind::overloaded;
    }
    if (j->refusal.empty())
      ++queued_;
    else
      j->what = {}; // only the completion is still needed
    ++open_;
    wake = inbound_.empty();
    inbound_.push_back(std::move(j));
  }
  if (wake) sockets_.wake();
}

bool curl_engine::drain(milliseconds deadline) {
  std::unique_lock lock(mutex_);
  draining_ = true;
  return all_done_.wait_for(lock, deadline, [this] { return open_ == 0; });
}

void curl_engine::run() {
  // Signals belong to the threads that wait for them; a broken pipe is an error code here.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), "outbound");
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    try {
      turn();
    } catch (const std::exception& e) {
      log::error("outbound.turn_failed", {{"error", e.what()}});
    }
  }
  cancel_all();
}

void curl_engine::turn() {
  int running = 0;
  for (auto [socket, flags] : sockets_.wait(wait_ms(steady::now())))
    curl_multi_socket_action(multi_, socket, flags, &running);
  take_inbound();
  collect_finished();
  start_ready();
  const auto now = steady::now();
  if (timer_due(now)) {
    curl_timer_.reset();
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    collect_finished();
  }
  if (queue_.size() > 0 && now >= next_sweep_) sweep(now);
}

int curl_engine::wait_ms(steady::time_point now) const {
  if (has_slot() && queue_.has_startable()) return 0; // a slot became free after the last start
  std::optional<steady::time_point> until = curl_timer_;
  if (queue_.size() > 0) until = until ? std::min(*until, next_sweep_) : next_sweep_;
  if (!until) return -1;
  return static_cast<int>(
      std::clamp(std::chrono::ceil<milliseconds>(*until - now), milliseconds{0}, max_timeout).count());
}

void curl_engine::take_inbound() {
  {
    std::lock_guard lock(mutex_);
    taken_.swap(inbound_);
  }
  for (auto& j : taken_) {
    if (j->refusal.empty()) {
      queue_.push(std::move(j));
      continue;
    }
    response refused;
    refused.kind = j->refused_as;
    refused.error = std::move(j->refusal);
    complete(std::move(j), std::move(refused));
  }
  taken_.clear();
}

void curl_engine::start_ready() {
  while (has_slot()) {
    const auto now = steady::now();
    auto j = queue_.pop(now);
    if (!j) break;
    if (!is_pointless(*j, now)) {
      begin(std::move(j));
      continue;
    }
    --queued_;
    queue_.not_started(*j);
    auto answer = answer_pointless(*j);
    complete(std::move(j), std::move(answer));
  }
}

void curl_engine::begin(job_ptr j) {
  ++in_flight_;
  --queued_;
  limit_idle_connections();
  auto& t = idle_transfer();
  bool ready = false;
  try {
    ready = t.prepare(std::move(j), steady::now());
  } catch (const std::bad_alloc&) {
    log::error("outbound.out_of_memory");
  }
  if (ready && curl_multi_add_handle(multi_, t.handle()) == CURLM_OK) return;
  end(t, t.finish(CURLE_FAILED_INIT));
}

/// Frees the slot before the completion runs, so that what it submits finds room.
void curl_engine::end(transfer& t, response answer) {
  auto j = t.release();
  idle_.push_back(&t);
  queue_.done(*j, steady::now());
  --in_flight_;
  limit_idle_connections();
  complete(std::move(j), std::move(answer));
}

void curl_engine::collect_finished() {
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto code = message->data.result;
    auto& t = transfer::of(message->easy_handle);
    curl_multi_remove_handle(multi_, t.handle());
    end(t, t.finish(code));
  }
}

/// Answers what became pointless while it waited.
void curl_engine::sweep(steady::time_point now) {
  next_sweep_ = now + sweep_interval;
  queue_.look_for_silence(now);
  for (auto& j : queue_.take_if([now](const job& waiting) { return is_pointless(waiting, now); })) {
    --queued_;
    auto answer = answer_pointless(*j);
    complete(std::move(j), std::move(answer));
  }
}

void curl_engine::cancel_all() {
  for (auto& t : transfers_) {
    if (!t->busy()) continue;
    curl_multi_remove_handle(multi_, t->handle());
    end(*t, t->abandon(shutting_down));
  }
  // A completion may have submitted once more; that is refused, not lost.
  for (bool more = true; more;) {
    take_inbound();
    for (auto& j : queue_.take_if([](const job&) { return true; })) {
      --queued_;
      response cancelled;
      cancelled.error = shutting_down;
      complete(std::move(j), std::move(cancelled));
    }
    std::lock_guard lock(mutex_);
    more = !inbound_.empty();
  }
}

void curl_engine::complete(job_ptr j, response answer) {
  answer.elapsed = std::chrono::duration_cast<microseconds>(steady::now() - j->submitted);
  try {
    if (j->done) j->done(std::move(answer));
  } catch (const std::exception& e) {
    log::error("outbound.completion_threw", {{"error", e.what()}});
  }
  j.reset();
  if (--open_ == 0) {
    // Under the lock, so that `drain` cannot miss it between its look and its wait.
    std::lock_guard lock(mutex_);
    if (draining_) all_done_.notify_all();
  }
}

transfer& curl_engine::idle_transfer() {
  if (idle_.empty()) {
    transfers_.push_back(std::make_unique<transfer>(settings_, sockets_));
    return *transfers_.back();
  }
  auto& t = *idle_.back();
  idle_.pop_back();
  return t;
}

/// libcurl counts the busy connections in, so the bound moves with them. Beyond it, it closes the oldest idle
/// one.
void curl_engine::limit_idle_connections() {
  const auto limit = in_flight_.load() + static_cast<std::size_t>(settings_.max_idle_connections);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, std::max(static_cast<long>(limit), 1L));
}

int curl_engine::on_socket(CURL*, curl_socket_t socket, int what, void* sockets, void*) noexcept {
  try {
    static_cast<poller*>(sockets)->watch(socket, what);
  } catch (const std::exception& e) {
    log::error("outbound.watch_failed", {{"error", e.what()}}); // its request ends at its deadline
  }
  return 0;
}

int curl_engine::on_timer(CURLM*, long timeout_ms, void* self) noexcept {
  auto& timer = static_cast<curl_engine*>(self)->curl_timer_;
  timer.reset();
  if (timeout_ms >= 0) timer = steady::now() + milliseconds{timeout_ms};
  return 0;
}

} // namespace

std::unique_ptr<engine> engine::start(engine_settings settings) {
  validate(settings);
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT); // once in a process
  if (ready != CURLE_OK) throw std::runtime_error("outbound: libcurl cannot start");
  return std::make_unique<curl_engine>(std::move(settings));
}

} // namespace troupe::outbound
