#pragma once

#include "system/storage/database.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <string_view>

/// INTERNAL to system/storage: owners of libpq's objects and the few helpers that every part of it needs.
namespace troupe::storage {

struct connection_closer {
  void operator()(PGconn* c) const noexcept { PQfinish(c); }
};
using pg_connection = std::unique_ptr<PGconn, connection_closer>;

struct result_closer {
  void operator()(PGresult* r) const noexcept { PQclear(r); }
};
using pg_result = std::unique_ptr<PGresult, result_closer>;

/// libpq's message on one line, without its trailing line feed.
std::string one_line(const char* message);

/// The five characters of the SQLSTATE, or nothing when the error was made by libpq itself (connection lost).
std::string sqlstate_of(const PGresult* result);
/// True when the server said that it is the end of this connection (severity FATAL or PANIC), or libpq found
/// it so.
bool is_fatal(const PGresult* result);

/// Why these values cannot be sent at all: the batch then fails with this SQLSTATE; empty when they can be.
struct value_problem {
  std::string sqlstate;
  std::string message;
  explicit operator bool() const noexcept { return !sqlstate.empty(); }
};
value_problem check_values(const params& values);

/// libpq's view of text parameters: pointers into `values`, null for NULL.
std::vector<const char*> pointers(const params& values);

/// Calls `done`; what it throws is logged and goes no further, for the I/O thread must live.
void complete(const completion& done, batch_result result) noexcept;

/// Routes the server's notices and warnings on this connection into the log.
void log_notices(PGconn* connection);

} // namespace troupe::storage
