#include "system/storage/pipeline.hpp"

#include "system/storage/connector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace troupe::storage {

using boost::system::error_code;

pipeline::pipeline(boost::asio::io_context& io, pg_connection connection, std::function<void()> on_event)
    : connection_(std::move(connection)), socket_(io), on_event_(std::move(on_event)),
      pid_(PQbackendPID(connection_.get())) {}

bool pipeline::start() {
  log_notices(connection_.get());
  if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) != 1)
    broke(one_line(PQerrorMessage(connection_.get())));
  else if (!watch_socket(connection_.get(), socket_))
    broke("the socket could not be watched");
  else
    listen();
  return !broken();
}

// --- Sending -----------------------------------------------------------------------------------

void pipeline::send(std::vector<step> steps, completion done) {
  unit batch;
  batch.is_batch = true;
  batch.statements = steps.size();
  batch.done = std::move(done);
  for (auto& s : steps) batch.uses.push_back(prepare(*s.sql));
  bool sent = true;
  for (std::size_t i = 0; sent && i < steps.size(); ++i) {
    auto values = pointers(steps[i].values);
    sent = PQsendQueryPrepared(connection_.get(), batch.uses[i]->server_name.c_str(),
                               static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0) == 1;
  }
  sent = sent && PQpipelineSync(connection_.get()) == 1;
  if (units_.empty()) progress_ = clock::now();
  units_.push_back(std::move(batch));
  ++batches_;
  // Whether the Sync went out cannot be known for sure, so the batch is left to complete as unknown.
  if (!sent) broke(one_line(PQerrorMessage(connection_.get())));
}

/// The handle of a statement on this session; sends its Parse, as a unit of its own, when it is new here.
pipeline::prepared_ptr pipeline::prepare(const statement& sql) {
  auto found = statements_.find(std::string_view{sql.name});
  if (found != statements_.end() && found->second->sql == sql.sql) return found->second;
  // The number keeps a statement that is prepared again apart from its predecessor, which may still be in
  // use. The server cuts names at 63 bytes.
  auto known = std::make_shared<prepared>();
  known->server_name = fmt::format("{:.40}.{}", sql.name, ++generation_);
  known->sql = sql.sql;
  statements_.insert_or_assign(sql.name, known);
  unit parse;
  parse.statements = 1;
  parse.uses.push_back(known);
  if (units_.empty()) progress_ = clock::now();
  units_.push_back(std::move(parse));
  if (PQsendPrepare(connection_.get(), known->server_name.c_str(), sql.sql, 0, nullptr) != 1 ||
      PQpipelineSync(connection_.get()) != 1)
    broke(one_line(PQerrorMessage(connection_.get())));
  return known;
}

/// The next use prepares it afresh.
void pipeline::forget(const prepared_ptr& p) {
  std::erase_if(statements_, [&](auto& entry) { return entry.second == p; });
}

void pipeline::flush() {
  if (!broken_.empty()) return;
  int left = PQflush(connection_.get());
  write_blocked_ = left == 1;
  receive(); // PQflush reads when it cannot write; then the socket does not wake us for those answers again.
  if (left < 0) return broke(one_line(PQerrorMessage(connection_.get())));
  if (write_blocked_) await_writable();
}

// --- Receiving ---------------------------------------------------------------------------------

void pipeline::read() {
  if (!broken_.empty()) return;
  bool alive = PQconsumeInput(connection_.get()) == 1;
  receive(); // Also when the connection is gone: the last answers may lie in the buffer.
  if (!alive) broke(one_line(PQerrorMessage(connection_.get())));
}

void pipeline::receive() {
  while (!units_.empty() && connection_ && broken_.empty() && PQisBusy(connection_.get()) == 0)
    take(pg_result{PQgetResult(connection_.get())});
}

void pipeline::take(pg_result result) {
  auto& u = units_.front();
  progress_ = clock::now();
  if (!result) { // The end of one statement's answer.
    ++u.answered;
    if (++silent_results_ > 2) broke("libpq is out of step with the server");
    return;
  }
  silent_results_ = 0;
  switch (PQresultStatus(result.get())) {
  case PGRES_TUPLES_OK:
  case PGRES_COMMAND_OK:
  case PGRES_EMPTY_QUERY:
    if (u.is_batch) u.result.results.emplace_back(result.release());
    return;
  case PGRES_PIPELINE_ABORTED: return; // The first error of the batch has been noted.
  case PGRES_PIPELINE_SYNC: return finish_unit();
  case PGRES_FATAL_ERROR: return take_error(u, result.get());
  default: // COPY: cannot be mixed with a pipeline, and no statement of ours does.
    return broke(fmt::format("unexpected answer {}", PQresStatus(PQresultStatus(result.get()))));
  }
}

void pipeline::take_error(unit& u, const PGresult* result) {
  auto message = one_line(PQresultErrorMessage(result));
  // The session ends here. What it ran at that moment stays open: the commit may have come before the end.
  if (is_fatal(result)) return broke(message);
  auto state = sqlstate_of(result);
  if (state == "25006") retiring_ = true; // A failover made this server a standby.
  if (!u.is_batch) {
    u.uses[0]->sqlstate = state;
    u.uses[0]->message = message;
    return forget(u.uses[0]);
  }
  if (!u.result.sqlstate.empty()) return;
  u.result.failed_step = std::min(u.answered, u.statements);
  if (u.answered < u.statements) {
    auto& used = u.uses[u.answered];
    if (state == "26000" && !used->sqlstate.empty()) {
      // "No such prepared statement" only says that preparing it failed just before; that is the real reason.
      state = used->sqlstate;
      message = used->message;
    } else if (state == "26000" || state == "0A000") {
      forget(used); // Deallocated behind our back, or its row type changed under a migration.
    }
  }
  u.result.sqlstate = std::move(state);
  u.result.message = std::move(message);
}

void pipeline::finish_unit() {
  auto u = std::move(units_.front());
  units_.pop_front();
  if (!u.is_batch) return;
  --batches_;
  u.result.backend_pid = pid_;
  if (!u.result.sqlstate.empty()) {
    u.result.status = batch_status::failed;
    u.result.results.clear();
  } else if (u.result.results.size() == u.statements) {
    u.result.status = batch_status::committed;
  } else {
    u.result.status = batch_status::unknown;
    broke("libpq is out of step with the server");
  }
  complete(u.done, std::move(u.result));
}

// --- The end -----------------------------------------------------------------------------------

void pipeline::broke(std::string reason) {
  if (broken_.empty()) broken_ = reason.empty() ? "the connection was lost" : std::move(reason);
}

void pipeline::close(const std::string& reason) {
  broke(reason);
  error_code ignored;
  if (socket_.is_open()) socket_.close(ignored);
  connection_.reset();
  on_event_ = nullptr;
  auto open = std::exchange(units_, {});
  batches_ = 0;
  for (auto& u : open) {
    if (!u.is_batch) continue;
    batch_result lost;
    lost.status = batch_status::unknown;
    lost.backend_pid = pid_;
    lost.message = reason;
    complete(u.done, std::move(lost));
  }
}

// --- The socket --------------------------------------------------------------------------------

void pipeline::listen() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](error_code aborted) {
                       if (aborted || !self->on_event_) return;
                       self->read();
                       if (self->broken_.empty()) self->listen();
                       self->notify();
                     });
}

void pipeline::await_writable() {
  if (std::exchange(awaiting_writable_, true)) return;
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](error_code aborted) {
                       self->awaiting_writable_ = false;
                       if (aborted || !self->on_event_) return;
                       self->write_blocked_ = false;
                       self->notify(); // Its owner flushes, and sends more.
                     });
}

void pipeline::notify() {
  auto handler = on_event_; // A copy: the owner may close us from within.
  if (handler) handler();
}

} // namespace troupe::storage
