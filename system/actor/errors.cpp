#include "system/actor/messages.hpp"

namespace troupe {

namespace {

constexpr caf::atom_value category = caf::atom("troupe");

} // namespace

std::string_view to_string(entity_kind k) noexcept {
  switch (k) {
  case entity_kind::user: return "user";
  case entity_kind::workspace: return "workspace";
  case entity_kind::account: return "account";
  case entity_kind::post: return "post";
  }
  return "unknown";
}

std::string_view to_string(group g) noexcept {
  switch (g) {
  case group::users: return "users";
  case group::social: return "social";
  case group::content: return "content";
  }
  return "unknown";
}

group group_of(entity_kind k) noexcept {
  switch (k) {
  case entity_kind::user:
  case entity_kind::workspace: return group::users;
  case entity_kind::account: return group::social;
  case entity_kind::post: return group::content;
  }
  return group::users;
}

caf::error to_error(const failure& f) {
  return caf::error{static_cast<std::uint8_t>(f.code), category, caf::make_message(f)};
}

failure to_failure(const caf::error& e) {
  if (e.category() == category) {
    if (e.context().match_elements<failure>()) return e.context().get_as<failure>(0);
    return failure{static_cast<ec>(e.code())};
  }
  if (e == caf::sec::request_timeout) return {ec::timed_out};
  if (e == caf::sec::request_receiver_down) {
    failure f{ec::unavailable};
    f.retry_after_ms = 1000;
    return f;
  }
  if (e.category() == caf::atom("exit")) {
    failure f{ec::unavailable};
    f.retry_after_ms = 1000;
    return f;
  }
  return {ec::internal};
}

std::string reason_text(const caf::error& e) {
  if (e.category() != category) return to_string(e);
  auto f = to_failure(e);
  return f.detail.empty() ? std::string(slug(f.code)) : std::string(slug(f.code)) + ": " + f.detail;
}

} // namespace troupe
