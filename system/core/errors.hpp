#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// Every way in which a request to Troupe can fail, one sentence each. `net/api/problem.cpp` maps each to an
/// HTTP status in one exhaustive switch; `slug` is the stable last part of the problem `type`.
enum class ec : std::uint8_t {
  none = 0,
  // What the caller sent.
  bad_request,         // The request could not be understood (malformed JSON, bad UTF-8, bad header).
  validation_failed,   // One or more fields are wrong; `fields` says which, what was got and what is allowed.
  payload_too_large,   // The body is larger than this route allows.
  unsupported_media,   // The content type is not one this route takes.
  unauthenticated,     // No token, or one that is expired, forged or revoked.
  wrong_credentials,   // The e-mail address and password do not belong together.
  forbidden,           // The caller is known and may not do this.
  csrf,                // It relies on a cookie and does not prove that our own page sent it.
  not_found,           // There is no such thing, or the caller may not know of it.
  conflict,            // The thing is in a state that does not allow this.
  already_exists,      // A thing with this unique name is already there.
  already_sending,     // The delivery has been released to the network; it can no longer be changed.
  precondition_failed, // If-Match names a version that is no longer the current one.
  idempotency_mismatch, // The Idempotency-Key was used before with another body.
  nonexistent_time,     // The local time falls into a daylight-saving gap of its zone.
  ambiguous_time,       // The local time happens twice in its zone and the request did not say which.
  rate_limited,         // Too many requests; `retry_after_ms` says when to come back.
  // What went wrong on our side.
  overloaded,        // A bound was reached; nothing was done; come back later.
  timed_out,         // The deadline passed before an answer was there.
  unavailable,       // The part that would answer is not in service just now.
  fence_lost,        // INTERNAL: this node no longer owns the shard; the write was refused.
  row_changed,       // INTERNAL: someone else changed the row; reload it.
  storage_failed,    // The database refused or lost the statement.
  quarantined,       // The entity failed again and again and waits for an operator.
  upstream_failed,   // A network or another outside service answered with an error.
  bad_configuration, // The configuration is wrong; the text names key, value and what is allowed.
  internal,          // A defect of ours.
};

/// The stable, hyphenated name: "validation-failed".
std::string_view slug(ec code) noexcept;
/// One sentence for a person.
std::string_view sentence(ec code) noexcept;

/// One wrong field: RFC 6901 pointer into the body (or a query/header name), what is wrong, a stable code.
struct field_error {
  std::string pointer;
  std::string code;
  std::string detail;
};

/// What a failed call answers. `detail` may be shown to the client: never put a secret or an SQL text into
/// it.
struct failure {
  ec code = ec::none;
  std::string detail;
  std::vector<field_error> fields;
  std::int64_t retry_after_ms = 0;

  failure() = default;
  failure(ec c, std::string d = {}) : code(c), detail(std::move(d)) {}
  failure(ec c, std::string d, std::vector<field_error> f)
      : code(c), detail(std::move(d)), fields(std::move(f)) {}
};

template <class T>
using expected = boost::system::result<T, failure>;

[[noreturn]] inline void throw_exception_from_error(const failure& f, const boost::source_location&) {
  throw std::runtime_error(std::string(slug(f.code)) + ": " + f.detail);
}

} // namespace troupe
