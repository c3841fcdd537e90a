#include "net/outbound/engine.hpp"

namespace troupe::outbound {

bool send_gate::release() {
  if (now() != state::armed) return false;
  try {
    if (may_send_ && !may_send_()) return false;
  } catch (...) {
    return false; // whoever cannot say yes says no
  }
  auto expected = state::armed;
  return state_.compare_exchange_strong(expected, state::released);
}

bool send_gate::revoke() {
  auto expected = state::armed;
  return state_.compare_exchange_strong(expected, state::revoked) || expected == state::revoked;
}

std::string_view response::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

} // namespace troupe::outbound
