#include "net/platforms/wordpress_rest.hpp"

#include "net/platforms/text.hpp"
#include "system/core/secrets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace troupe::platforms::wordpress {

namespace json = boost::json;
using wire::stage;

keys_of::keys_of(const credentials& c) {
  const auto o = wire::parse_object(c.secret).value_or(json::object{});
  username = wire::text_at(o, "username");
  app_password = wire::text_at(o, "app_password");
}

credentials keys_of::seal() const {
  return {json::serialize(json::object{{"username", username}, {"app_password", app_password}}), {}};
}

namespace {

constexpr std::string_view route_marker = "?rest_route=";
constexpr int most_redirects = 3;

void authorise(outbound::request& r, const keys_of& keys) {
  r.headers.push_back(
      wire::header("Authorization", "Basic " + secrets::base64(keys.username + ":" + keys.app_password)));
}

// An address from the site, in the form in which it is stored; empty when it is none.
std::string clean_base(std::string_view link) {
  const auto route = link.find(route_marker);
  const auto front = wire::server_address(link.substr(0, route));
  if (!front) return {};
  if (route == std::string_view::npos) return *front;
  const bool has_path = front->find('/', front->find("://") + 3) != std::string::npos;
  return *front + (has_path ? "" : "/") + std::string(route_marker);
}

bool is_rest_index(const outbound::response& r) {
  const auto body = r.ok() ? wire::parse_object(r.body) : std::nullopt;
  const auto* spaces = body ? wire::array_at(*body, "namespaces") : nullptr;
  return spaces && std::any_of(spaces->begin(), spaces->end(), [](const json::value& v) {
           return v.is_string() && v.get_string() == "wp/v2";
         });
}

// People paste the address of the page they log in at.
std::string without_entrance(std::string server) {
  for (const std::string_view tail : {"/wp-admin", "/wp-login.php", "/wp-json", "/index.php"})
    if (server.size() > tail.size() && std::string_view(server).substr(server.size() - tail.size()) == tail)
      server.erase(server.size() - tail.size());
  return server;
}

} // namespace

std::string rest(std::string_view base, std::string_view path, std::string_view query) {
  const bool by_query = base.find(route_marker) != std::string_view::npos;
  std::string out = fmt::format("{}{}", base, path);
  if (!query.empty()) out += fmt::format("{}{}", by_query ? '&' : '?', query);
  return out;
}

std::string base_from_links(const outbound::response& r) {
  for (const auto& [name, value] : r.headers) {
    if (name != "link") continue;
    std::string_view rest = value;
    while (true) { // several links may share one header, separated by commas outside of < >
      const auto open = rest.find('<');
      const auto close = rest.find('>', open);
      if (open == std::string_view::npos || close == std::string_view::npos) break;
      const auto next = rest.find('<', close);
      const auto parameters =
          rest.substr(close + 1, next == std::string_view::npos ? next : next - close - 1);
      if (parameters.find("https://api.w.org/") != std::string_view::npos)
        if (auto base = clean_base(rest.substr(open + 1, close - open - 1)); !base.empty()) return base;
      if (next == std::string_view::npos) break;
      rest.remove_prefix(next);
    }
  }
  return {};
}

task<outcome<std::string>> discover(io& port, std::string server) {
  server = without_entrance(std::move(server));
  std::string page = server + "/";
  for (int hop = 0; hop <= most_redirects; ++hop) {
    auto request = wire::get(page);
    request.headers = {"Accept: text/html"};
    const auto answer = co_await call(port, request);
    const bool reached =
        answer.kind == outbound::result_kind::answered ||
        (answer.kind == outbound::result_kind::no_answer && answer.status != 0); // a huge front page
    if (!reached) co_return wire::failure_of(answer, stage::before, port.now(), network);
    if (auto base = base_from_links(answer); !base.empty()) {
      if (wire::is_https(server) && !wire::is_https(base))
        co_return wire::fail(publish_error::validation, "server: its REST API is not offered over https");
      co_return base;
    }
    const auto target = answer.header("location");
    if (answer.status < 300 || answer.status >= 400 || target.empty()) break;
    const auto next = target.front() == '/' ? wire::server_address(wire::origin(server) + std::string(target))
                                            : wire::server_address(target);
    if (!next || (wire::is_https(server) && !wire::is_https(*next))) break;
    server = *next;
    page = server + "/";
  }
  const std::array<std::string, 2> usual = {server + "/wp-json", server + "/?rest_route="};
  for (const auto& base : usual) {
    auto request = wire::get(rest(base, "/"));
    const auto answer = co_await call(port, request);
    if (is_rest_index(answer)) co_return base;
  }
  co_return wire::fail(publish_error::validation, "server: no WordPress with its REST API was found there");
}

outbound::request read(const keys_of& keys, std::string url) {
  auto r = wire::get(std::move(url));
  authorise(r, keys);
  return r;
}

outbound::request write(const keys_of& keys, std::string url, const json::value& body) {
  auto r = wire::post_json(std::move(url), body);
  authorise(r, keys);
  return r;
}

outbound::request remove(const keys_of& keys, std::string url) {
  auto r = read(keys, std::move(url));
  r.method = outbound::verb::del;
  return r;
}

namespace {

// Who may not see drafts is told of a wrong parameter: a 400 with the true refusal, 401 or 403, inside.
int true_status(const outbound::response& r, const std::optional<json::object>& body) {
  if (r.status != 400 || !body) return r.status;
  const auto* data = wire::object_at(*body, "data");
  const auto* details = data ? wire::object_at(*data, "details") : nullptr;
  const auto* status = details ? wire::object_at(*details, "status") : nullptr;
  if (!status || wire::text_at(*status, "code") != "rest_forbidden_status") return r.status;
  const auto* why = wire::object_at(*status, "data");
  const auto said = why ? wire::number_at(*why, "status") : std::nullopt;
  return said && *said == 403 ? 403 : 401;
}

} // namespace

publish_failure failure_of(const outbound::response& r, stage s, timestamp now) {
  auto f = wire::failure_of(r, s, now, network);
  if (r.kind != outbound::result_kind::answered) return f;
  const auto body = wire::parse_object(r.body);
  const auto code = body ? wire::text_at(*body, "code") : std::string{};
  const auto message = body ? wire::quote(wire::text_at(*body, "message")) : std::string{};
  const int status = true_status(r, body);
  if (status == 401) {
    // A wrong or withdrawn password and a header that never arrived look the same: to WordPress nobody is
    // there.
    f.kind = publish_error::reconnect_required;
    f.detail =
        code == "rest_not_logged_in"
            ? "WordPress does not accept the user name and application password, or the site's web server "
              "removes the Authorization header"
            : "WordPress does not accept the user name and application password";
  } else if (status == 403 && r.status == 400) {
    f.kind = publish_error::permission;
    f.detail = "WordPress: this user may not see drafts";
  } else if (s == stage::before && r.status >= 500 && code.substr(0, 12) == "rest_upload_") {
    // A file that the site does not take is answered with 500 and stays refused.
    f.kind = publish_error::validation;
    f.detail = "WordPress refused the file: " + message;
  } else if (r.status == 404 && code == "rest_no_route") {
    f.kind = publish_error::target_not_found;
    f.detail = "WordPress no longer offers its REST API here";
  } else if (!message.empty() &&
             (f.kind == publish_error::validation || f.kind == publish_error::permission)) {
    f.detail = "WordPress: " + message;
  }
  return f;
}

} // namespace troupe::platforms::wordpress
