#include "system/storage/handles.hpp"

#include "system/core/log.hpp"

#include <exception>

namespace troupe::storage {

namespace {

/// The protocol counts parameters in 16 bits.
constexpr std::size_t max_values = 65535;
/// Far below the server's limit of 1 GB per message, beyond which it would cut the connection for everybody.
constexpr std::size_t max_value_bytes = std::size_t{256} << 20;

void log_notice(void*, const PGresult* notice) {
  log::warning("storage.notice",
               {{"sqlstate", sqlstate_of(notice)}, {"text", one_line(PQresultErrorMessage(notice))}});
}

} // namespace

std::string one_line(const char* message) {
  std::string out;
  bool gap = false;
  for (const char* c = message ? message : ""; *c; ++c) {
    if (*c == '\n' || *c == '\t' || *c == ' ') {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    out += *c;
  }
  return out;
}

std::string sqlstate_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state ? state : "";
}

bool is_fatal(const PGresult* result) {
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (!severity) return true;
  return std::string_view{severity} == "FATAL" || std::string_view{severity} == "PANIC";
}

value_problem check_values(const params& values) {
  if (values.size() > max_values) return {"54023", "a statement takes at most 65535 values"};
  std::size_t bytes = 0;
  for (auto& v : values) {
    if (!v) continue;
    bytes += v->size();
    // Text values travel as C strings: what follows a NUL would vanish without a word.
    if (v->find('\0') != std::string::npos) return {"22021", "a text value holds a NUL byte"};
  }
  if (bytes > max_value_bytes) return {"54000", "the values of one statement take more than 256 MiB"};
  return {};
}

std::vector<const char*> pointers(const params& values) {
  std::vector<const char*> out;
  out.reserve(values.size());
  for (auto& v : values) out.push_back(v ? v->c_str() : nullptr);
  return out;
}

void complete(const completion& done, batch_result result) noexcept {
  if (!done) return;
  try {
    done(std::move(result));
  } catch (const std::exception& e) {
    log::error("storage.completion_threw", {{"what", e.what()}});
  } catch (...) {
    log::error("storage.completion_threw", {{"what", "not a std::exception"}});
  }
}

void log_notices(PGconn* connection) { PQsetNoticeReceiver(connection, &log_notice, nullptr); }

} // namespace troupe::storage
