#include "system/core/errors.hpp"

namespace troupe {

std::string_view slug(ec code) noexcept {
  switch (code) {
  case ec::none: return "none";
  case ec::bad_request: return "bad-request";
  case ec::validation_failed: return "validation-failed";
  case ec::payload_too_large: return "payload-too-large";
  case ec::unsupported_media: return "unsupported-media-type";
  case ec::unauthenticated: return "unauthenticated";
  case ec::wrong_credentials: return "wrong-credentials";
  case ec::forbidden: return "forbidden";
  case ec::csrf: return "csrf";
  case ec::not_found: return "not-found";
  case ec::conflict: return "conflict";
  case ec::already_exists: return "already-exists";
  case ec::already_sending: return "already-sending";
  case ec::precondition_failed: return "precondition-failed";
  case ec::idempotency_mismatch: return "idempotency-mismatch";
  case ec::nonexistent_time: return "nonexistent-time";
  case ec::ambiguous_time: return "ambiguous-time";
  case ec::rate_limited: return "rate-limited";
  case ec::overloaded: return "overloaded";
  case ec::timed_out: return "timed-out";
  case ec::unavailable: return "unavailable";
  case ec::fence_lost: return "fence-lost";
  case ec::row_changed: return "row-changed";
  case ec::storage_failed: return "storage-failed";
  case ec::quarantined: return "quarantined";
  case ec::upstream_failed: return "upstream-failed";
  case ec::bad_configuration: return "bad-configuration";
  case ec::internal: return "internal";
  }
  return "internal";
}

std::string_view sentence(ec code) noexcept {
  switch (code) {
  case ec::none: return "No error.";
  case ec::bad_request: return "The request could not be understood.";
  case ec::validation_failed: return "One or more fields are not valid.";
  case ec::payload_too_large: return "The body is larger than this route allows.";
  case ec::unsupported_media: return "This route does not take that content type.";
  case ec::unauthenticated: return "A valid access token is needed.";
  case ec::wrong_credentials: return "The e-mail address or the password is wrong.";
  case ec::forbidden: return "Your role does not allow this.";
  case ec::csrf:
    return "A request that relies on a cookie has to prove that it comes from this server's own page.";
  case ec::not_found: return "There is nothing here.";
  case ec::conflict: return "The current state does not allow this.";
  case ec::already_exists: return "It exists already.";
  case ec::already_sending: return "The delivery is already on its way to the network.";
  case ec::precondition_failed: return "It was changed since you read it.";
  case ec::idempotency_mismatch: return "This Idempotency-Key was used with another request.";
  case ec::nonexistent_time: return "This local time does not exist in its zone.";
  case ec::ambiguous_time: return "This local time happens twice in its zone.";
  case ec::rate_limited: return "Too many requests.";
  case ec::overloaded: return "The server is at its limit; try again shortly.";
  case ec::timed_out: return "The deadline passed before an answer was there.";
  case ec::unavailable: return "This part is not in service just now.";
  case ec::fence_lost: return "This node does not own the shard any more.";
  case ec::row_changed: return "It was changed at the same moment.";
  case ec::storage_failed: return "The database did not accept the change.";
  case ec::quarantined: return "It failed repeatedly and waits for an operator.";
  case ec::upstream_failed: return "An outside service answered with an error.";
  case ec::bad_configuration: return "The configuration is not valid.";
  case ec::internal: return "Something went wrong on our side.";
  }
  return "Something went wrong on our side.";
}

} // namespace troupe
