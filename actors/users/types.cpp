#include "actors/users/role.hpp"

namespace troupe {

std::string_view to_string(role r) noexcept {
  switch (r) {
  case role::viewer: return "viewer";
  case role::editor: return "editor";
  case role::admin: return "admin";
  case role::owner: return "owner";
  }
  return "viewer";
}

bool parse_role(std::string_view text, role& out) noexcept {
  for (auto r : {role::viewer, role::editor, role::admin, role::owner})
    if (to_string(r) == text) {
      out = r;
      return true;
    }
  return false;
}

} // namespace troupe
