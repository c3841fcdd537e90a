#include "net/bridge/problem.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace troupe::bridge {

namespace {

namespace json = boost::json;

reply make_problem(int status, std::string_view slug, std::string_view title, std::string_view detail,
                   const std::vector<field_error>* fields, std::string_view request_id) {
  json::object body;
  body["type"] = fmt::format("urn:troupe:problem:{}", slug);
  body["title"] = title;
  body["status"] = status;
  if (!detail.empty()) body["detail"] = detail;
  if (!request_id.empty()) body["instance"] = fmt::format("urn:troupe:request:{}", request_id);
  if (fields && !fields->empty()) {
    json::array errors;
    for (auto& field : *fields)
      errors.push_back({{"pointer", field.pointer}, {"code", field.code}, {"detail", field.detail}});
    body["errors"] = std::move(errors);
  }
  reply out;
  out.status = status;
  out.content_type = "application/problem+json";
  out.body = json::serialize(body);
  if (status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer");
  return out;
}

} // namespace

int status_of(ec code) noexcept {
  switch (code) {
  case ec::none: return 500; // a failure without a reason is a defect of ours
  case ec::bad_request: return 400;
  case ec::validation_failed: return 422;
  case ec::payload_too_large: return 413;
  case ec::unsupported_media: return 415;
  case ec::unauthenticated: return 401;
  case ec::wrong_credentials: return 401;
  case ec::forbidden: return 403;
  case ec::csrf: return 403;
  case ec::not_found: return 404;
  case ec::conflict: return 409;
  case ec::already_exists: return 409;
  case ec::already_sending: return 409;
  case ec::precondition_failed: return 412;
  case ec::idempotency_mismatch: return 422;
  case ec::nonexistent_time: return 422;
  case ec::ambiguous_time: return 422;
  case ec::rate_limited: return 429;
  case ec::overloaded: return 503;
  case ec::timed_out: return 503;
  case ec::unavailable: return 503;
  case ec::fence_lost: return 503;
  case ec::row_changed: return 503;
  case ec::storage_failed: return 503;
  case ec::quarantined: return 503;
  case ec::upstream_failed: return 502;
  case ec::bad_configuration: return 500;
  case ec::internal: return 500;
  }
  return 500; // a value outside the enumeration
}

reply problem(const failure& f, std::string_view request_id) {
  auto out = make_problem(status_of(f.code), slug(f.code), sentence(f.code), f.detail, &f.fields, request_id);
  if (f.retry_after_ms > 0)
    out.headers.emplace_back("Retry-After", std::to_string((f.retry_after_ms - 1) / 1000 + 1));
  else if (out.status == 503 || out.status == 429)
    out.headers.emplace_back("Retry-After", "1");
  return out;
}

reply problem(const refusal& r, std::string_view request_id) {
  auto out = make_problem(r.status, r.slug, r.title, r.detail, nullptr, request_id);
  if (r.status == 503 || r.status == 429) out.headers.emplace_back("Retry-After", "1");
  return out;
}

refusal malformed(std::string detail) {
  refusal out;
  out.detail = std::move(detail);
  return out;
}

refusal header_too_large(std::size_t limit) {
  return {431, "header-too-large", "The request line and header are too large.",
          fmt::format("They may have {} bytes together.", limit)};
}

refusal target_too_long(std::size_t limit) {
  return {414, "target-too-long", "The address of the request is too long.",
          fmt::format("Path and query may have {} bytes each.", limit)};
}

refusal body_too_large(std::size_t limit) {
  return {413, slug(ec::payload_too_large), sentence(ec::payload_too_large),
          limit == 0 ? std::string("This route takes no body.")
                     : fmt::format("It may have {} bytes.", limit)};
}

refusal wrong_media(std::string detail) {
  return {415, slug(ec::unsupported_media), sentence(ec::unsupported_media), std::move(detail)};
}

refusal request_timeout(std::string detail) {
  return {408, "request-timeout", "The request did not arrive in time.", std::move(detail)};
}

refusal not_implemented(std::string detail) {
  return {501, "not-implemented", "This part of HTTP is not served here.", std::move(detail)};
}

refusal version_not_supported() {
  return {505, "version-not-supported", "This version of HTTP is not served here.",
          "HTTP/1.1 and HTTP/1.0 are."};
}

refusal expectation_failed() {
  return {417, "expectation-failed", "The Expect header asks for what is not served here.",
          "Only 100-continue is."};
}

refusal too_many_connections() {
  return {429, "too-many-connections", "This address has too many connections open.", {}};
}

reply no_such_path(std::string_view request_id) {
  return make_problem(404, slug(ec::not_found), sentence(ec::not_found), "No resource has this path.",
                      nullptr, request_id);
}

reply method_not_allowed(const std::string& allow, std::string_view request_id) {
  auto out = make_problem(405, "method-not-allowed", "The resource does not take this method.",
                          fmt::format("It takes {}.", allow), nullptr, request_id);
  out.headers.emplace_back("Allow", allow);
  return out;
}

} // namespace troupe::bridge
