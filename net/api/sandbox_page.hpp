#pragma once

#include "actors/content/sandbox_store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::api {

/// Letters, digits, dot, hyphen, underscore; 1 to 64.
bool is_sandbox_handle(std::string_view s) noexcept;

/// Everything a foreign text can do to HTML is taken from it.
std::string escape_html(std::string_view text);

/// What an account of the sandbox network has published, newest first, as a plain page.
std::string sandbox_page(const std::string& handle, const std::vector<content_store::sandbox_post>& posts);

} // namespace troupe::api
