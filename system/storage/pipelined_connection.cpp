#include "system/storage/pipelined_connection.hpp"

#include "system/core/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace troupe::storage {

namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds least_backoff{10};
constexpr milliseconds most_backoff{1000};
/// A session that lasted this long was a good one: the next attempt comes at once again.
constexpr std::chrono::seconds good_session{1};
/// A database that stays away is reported once, and then this often.
constexpr std::chrono::seconds report_every{60};

// The timeline as the server writes it now: the control file knows a promotion only after its next
// checkpoint.
constexpr statement identity_sql{
    "troupe_identity", "SELECT system_identifier::text,"
                       " ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint"
                       " FROM pg_control_system()"};

batch_result not_sent(std::string why) {
  batch_result r;
  r.status = batch_status::not_sent;
  r.message = std::move(why);
  return r;
}

} // namespace

pipelined_connection::pipelined_connection(boost::asio::io_context& io, const connection_settings& settings,
                                           std::shared_ptr<const conninfo> info, std::string name,
                                           opened_handler opened)
    : io_(io), settings_(settings), info_(std::move(info)), name_(std::move(name)),
      opened_(std::move(opened)), backoff_timer_(io), backoff_(least_backoff),
      jitter_(std::random_device{}()), watch_timer_(io) {}

// --- From any thread ---------------------------------------------------------------------------

void pipelined_connection::submit(std::vector<step> steps, completion done) {
  waiting_batch batch{std::move(steps), std::move(done),
                      clock::now() + milliseconds{settings_.queue_deadline_ms}};
  for (auto& s : batch.steps)
    for (auto& v : s.values) batch.bytes += v ? static_cast<std::int64_t>(v->size()) : 0;
  batch.refused = !enter(batch);
  bool wake = false;
  {
    std::lock_guard lock{inbound_mutex_};
    wake = inbound_.empty(); // Otherwise a drain is on its way already.
    inbound_.push_back(std::move(batch));
  }
  if (wake) boost::asio::post(io_, [self = shared_from_this()] { self->drain(); });
}

/// Counts a batch in, unless the queue is full.
bool pipelined_connection::enter(const waiting_batch& batch) {
  auto others = waiting_.fetch_add(1);
  auto bytes = waiting_bytes_.fetch_add(batch.bytes) + batch.bytes;
  if (others < static_cast<std::size_t>(settings_.queue_limit) && bytes <= settings_.queue_limit_bytes)
    return true;
  leave(batch);
  return false;
}

void pipelined_connection::leave(const waiting_batch& batch) {
  waiting_.fetch_sub(1);
  waiting_bytes_.fetch_sub(batch.bytes);
}

// --- The queue ---------------------------------------------------------------------------------

void pipelined_connection::drain() {
  std::vector<waiting_batch> arrived;
  {
    std::lock_guard lock{inbound_mutex_};
    arrived.swap(inbound_);
  }
  for (auto& batch : arrived) accept(std::move(batch));
  service();
}

void pipelined_connection::accept(waiting_batch batch) {
  if (batch.refused) return complete(batch.done, not_sent("the queue of the connection is full"));
  if (stopped_) {
    leave(batch);
    return complete(batch.done, not_sent("the database is closed"));
  }
  for (std::size_t i = 0; i < batch.steps.size(); ++i) {
    auto problem = check_values(batch.steps[i].values);
    if (!problem) continue;
    batch_result failed;
    failed.status = batch_status::failed;
    failed.failed_step = i;
    failed.sqlstate = std::move(problem.sqlstate);
    failed.message = std::move(problem.message);
    leave(batch);
    return complete(batch.done, std::move(failed));
  }
  queue_.push_back(std::move(batch));
}

/// Looks at everything: sends what may be sent, writes, reads, and lets go of a session that is done for.
void pipelined_connection::service() {
  while (session_) {
    session_->receive();
    while (ready_ && !queue_.empty() && session_->takes_more() &&
           session_->in_flight() < static_cast<std::size_t>(settings_.in_flight_limit))
      send_next();
    session_->flush();
    if (session_->broken()) {
      lost(session_->reason());
      break;
    }
    bool more = ready_ && !queue_.empty() && session_->takes_more() &&
                session_->in_flight() < static_cast<std::size_t>(settings_.in_flight_limit);
    if (!more) break;
  }
  watch();
}

void pipelined_connection::send_next() {
  auto batch = std::move(queue_.front());
  queue_.pop_front();
  in_flight_.fetch_add(1);
  leave(batch);
  session_->send(std::move(batch.steps), [this, done = std::move(batch.done)](batch_result result) {
    in_flight_.fetch_sub(1); // The session is ours and ends before us.
    complete(done, std::move(result));
  });
}

// --- The session -------------------------------------------------------------------------------

void pipelined_connection::start() { connect(); }

void pipelined_connection::connect() {
  if (stopped_) return;
  if (!info_) return report_failure("the connection string cannot be read"); // Will never come up.
  auto attempt = std::make_shared<connector>(io_, info_, settings_.connect_timeout_s);
  connector_ = attempt; // A copy stays here: it may be over, and forgotten, before start() returns.
  attempt->start([self = shared_from_this()](pg_connection session, std::string reason) {
    self->connector_.reset();
    if (session) return self->greet(std::move(session));
    self->report_failure(reason);
    self->connect_later();
  });
}

void pipelined_connection::connect_later() {
  if (stopped_) return;
  std::uniform_int_distribution<int> spread{500, 1000};
  backoff_timer_.expires_after(backoff_ * spread(jitter_) / 1000);
  backoff_ = std::min(backoff_ * 2, most_backoff);
  backoff_timer_.async_wait([self = shared_from_this()](error_code aborted) {
    if (!aborted) self->connect();
  });
}

/// Before anything else the session says what it is connected to, for ownership may depend on it.
void pipelined_connection::greet(pg_connection session) {
  std::weak_ptr<pipelined_connection> weak = shared_from_this();
  session_ = std::make_shared<pipeline>(io_, std::move(session), [weak] {
    if (auto self = weak.lock()) self->service();
  });
  if (session_->start())
    session_->send({step{&identity_sql, {}}}, [this](batch_result result) { greeted(std::move(result)); });
  service();
}

void pipelined_connection::greeted(batch_result result) {
  database::identity who;
  if (result.ok() && result.results[0].size() == 1) {
    who.system_identifier = std::string(result.results[0].get(0, 0));
    who.timeline = result.results[0].get_int(0, 1);
  } else if (result.sqlstate == "42501" || result.sqlstate == "42883") {
    log::warning("storage.identity_unknown", {{"connection", name_}, {"reason", result.message}});
  } else {
    if (session_) session_->abandon("it does not say what it is: " + result.message);
    return;
  }
  ready_ = true;
  ready_since_ = clock::now();
  reported_ = {};
  pid_.store(result.backend_pid, std::memory_order_release);
  log::info("storage.connected",
            {{"connection", name_}, {"backend", result.backend_pid}, {"timeline", who.timeline}});
  opened_(who);
}

void pipelined_connection::lost(const std::string& reason) {
  bool was_good = ready_ && clock::now() - ready_since_ >= good_session;
  if (was_good) backoff_ = least_backoff;
  report_failure(reason);
  drop_session(reason);
  connect_later();
}

void pipelined_connection::drop_session(const std::string& reason) {
  ready_ = false;
  pid_.store(0, std::memory_order_release);
  if (auto session = std::exchange(session_, nullptr)) session->close(reason);
}

void pipelined_connection::report_failure(const std::string& reason) {
  auto now = clock::now();
  if (reported_ != clock::time_point{} && now - reported_ < report_every) return;
  reported_ = now;
  log::warning("storage.not_connected", {{"connection", name_}, {"reason", reason}});
}

void pipelined_connection::stop() {
  stopped_ = true;
  if (auto c = std::exchange(connector_, nullptr)) c->cancel();
  backoff_timer_.cancel();
  watch_timer_.cancel();
  drop_session("the database is closed");
  for (auto& batch : std::exchange(queue_, {})) {
    leave(batch);
    complete(batch.done, not_sent("the database is closed"));
  }
}

// --- Deadlines ---------------------------------------------------------------------------------

/// When a server that has said nothing since is given up: each statement may take its timeout, and the commit
/// a while.
pipelined_connection::clock::time_point pipelined_connection::answer_deadline() const {
  if (!session_ || !session_->awaits_answer()) return clock::time_point::max();
  auto statements = static_cast<std::int64_t>(session_->statements_awaited());
  return session_->waiting_since() + statements * milliseconds{settings_.statement_timeout_ms} +
         milliseconds{settings_.answer_grace_ms};
}

/// Sees to it that on_watch runs when the next deadline passes: of the oldest batch in the queue, or of the
/// answer that the session waits for.
void pipelined_connection::watch() {
  if (stopped_) return;
  auto next = clock::time_point::max();
  if (!queue_.empty()) next = queue_.front().deadline;
  next = std::min(next, answer_deadline());
  if (next >= watching_until_) return; // Early enough; it looks again by itself.
  watching_until_ = next;
  watch_timer_.expires_at(next);
  watch_timer_.async_wait([self = shared_from_this()](error_code aborted) {
    if (!aborted) self->on_watch();
  });
}

void pipelined_connection::on_watch() {
  watching_until_ = clock::time_point::max();
  auto now = clock::now();
  while (!queue_.empty() && queue_.front().deadline <= now) {
    auto batch = std::move(queue_.front());
    queue_.pop_front();
    leave(batch);
    complete(batch.done, not_sent("no connection to the database in time"));
  }
  // If it was us who stood still (a paused machine), the answer has been lying there all the time.
  if (answer_deadline() <= now) session_->read();
  if (answer_deadline() <= now) lost("the server did not answer in time");
  service();
}

} // namespace troupe::storage
