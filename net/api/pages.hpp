#pragma once

#include "net/bridge/http.hpp"

#include <string_view>

namespace troupe::files {
class web_root;
}

/// The web app beside the API: files of `web.root`, and its index for every path that only the app knows.
namespace troupe::api {

class access_table;

/// Whether a path belongs to the web app: everything but /v1, /healthz, /readyz, /metrics and /.well-known.
bool is_page_path(std::string_view path) noexcept;

/// What a GET of this path answers. `path` as sent; exposed for tests.
bridge::reply page(const files::web_root& root, const bridge::request& r);

/// Serves `root`, which outlives the server, at every path that no route has.
void add_pages(bridge::router& routes, access_table& access, const files::web_root& root);

} // namespace troupe::api
