#include "system/storage/conninfo.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <chrono>

namespace troupe::storage {

namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

/// A script (a migration, an index build) may run this long; `run` is bounded by statement_timeout instead.
constexpr std::chrono::hours script_limit{1};

/// Waits until the socket is readable (or writable, when asked); false at the deadline.
bool wait_for_socket(PGconn* connection, bool writing, steady::time_point deadline) {
  for (;;) {
    auto left = std::chrono::ceil<milliseconds>(deadline - steady::now()).count();
    if (left <= 0) return false;
    pollfd p{PQsocket(connection), static_cast<short>(POLLIN | (writing ? POLLOUT : 0)), 0};
    int n = ::poll(&p, 1, static_cast<int>(std::min<std::int64_t>(left, 60000)));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return false;
  }
}

class session final : public blocking_connection {
 public:
  session(pg_connection connection, milliseconds answer_limit)
      : connection_(std::move(connection)), answer_limit_(answer_limit),
        pid_(PQbackendPID(connection_.get())) {
    log_notices(connection_.get());
    PQsetnonblocking(connection_.get(), 1); // So that sending, too, keeps its deadline.
  }

  batch_result run(const char* sql, const params& values) override {
    batch_result out;
    out.backend_pid = pid_;
    if (!alive()) {
      out.message = "the connection was lost";
      return out;
    }
    if (auto problem = check_values(values)) {
      out.status = batch_status::failed;
      out.sqlstate = std::move(problem.sqlstate);
      out.message = std::move(problem.message);
      return out;
    }
    auto texts = pointers(values);
    if (PQsendQueryParams(connection_.get(), sql, static_cast<int>(texts.size()), nullptr, texts.data(),
                          nullptr, nullptr, 0) != 1)
      return lost(std::move(out), one_line(PQerrorMessage(connection_.get())));
    return answer(std::move(out), answer_limit_);
  }

  expected<void> run_script(const std::string& sql) override {
    if (!alive()) return failure{ec::unavailable, "the connection to the database was lost"};
    batch_result out;
    out.backend_pid = pid_;
    if (PQsendQuery(connection_.get(), sql.c_str()) != 1)
      out = lost(std::move(out), one_line(PQerrorMessage(connection_.get())));
    else
      out = answer(std::move(out), script_limit);
    if (out.ok()) return {};
    return failure{out.status == batch_status::failed ? ec::storage_failed : ec::unavailable,
                   out.sqlstate.empty() ? out.message
                                        : fmt::format("{} (SQLSTATE {})", out.message, out.sqlstate)};
  }

  bool alive() const noexcept override { return connection_ && PQstatus(connection_.get()) == CONNECTION_OK; }
  std::int32_t backend_pid() const noexcept override { return alive() ? pid_ : 0; }

 private:
  batch_result lost(batch_result out, std::string reason) {
    out.status = batch_status::unknown;
    out.message = std::move(reason);
    out.results.clear();
    connection_.reset();
    return out;
  }

  batch_result answer(batch_result out, milliseconds limit) {
    auto deadline = steady::now() + limit;
    for (;;) {
      int unsent = PQflush(connection_.get());
      while (unsent >= 0 && PQisBusy(connection_.get()) == 0) {
        pg_result result{PQgetResult(connection_.get())};
        if (!result) {
          out.status = out.sqlstate.empty() ? batch_status::committed : batch_status::failed;
          if (!out.ok()) out.results.clear();
          return out;
        }
        switch (PQresultStatus(result.get())) {
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
        case PGRES_EMPTY_QUERY: out.results.emplace_back(result.release()); break;
        case PGRES_FATAL_ERROR:
          if (is_fatal(result.get()))
            return lost(std::move(out), one_line(PQresultErrorMessage(result.get())));
          out.sqlstate = sqlstate_of(result.get());
          out.message = one_line(PQresultErrorMessage(result.get()));
          break;
        default: return lost(std::move(out), "an answer of a kind that is not used here (COPY)");
        }
      }
      if (unsent < 0) return lost(std::move(out), one_line(PQerrorMessage(connection_.get())));
      if (!wait_for_socket(connection_.get(), unsent > 0, deadline))
        return lost(std::move(out), "the server did not answer in time");
      // The last answers may lie in the buffer although the connection is gone: look at them first.
      if (PQconsumeInput(connection_.get()) != 1 && PQisBusy(connection_.get()) != 0)
        return lost(std::move(out), one_line(PQerrorMessage(connection_.get())));
    }
  }

  pg_connection connection_;
  milliseconds answer_limit_;
  std::int32_t pid_;
};

} // namespace

expected<std::unique_ptr<blocking_connection>>
blocking_connection::open(const connection_settings& settings) {
  auto info = conninfo::parse(settings);
  if (!info) return info.error();
  auto connection = info->connect();
  if (!connection) return failure{ec::unavailable, "out of memory"};
  if (PQstatus(connection.get()) != CONNECTION_OK)
    return failure{ec::unavailable,
                   "no connection to the database: " + one_line(PQerrorMessage(connection.get()))};
  milliseconds limit{settings.statement_timeout_ms + settings.answer_grace_ms};
  return std::unique_ptr<blocking_connection>{std::make_unique<session>(std::move(connection), limit)};
}

} // namespace troupe::storage
