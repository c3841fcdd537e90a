#include "net/api/pages.hpp"

#include "net/api/authenticate.hpp"
#include "net/bridge/target.hpp"
#include "net/files/web_root.hpp"
#include "system/core/ascii.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace troupe::api {

namespace {

using boost::beast::iequals;

constexpr std::array<std::pair<const char*, const char*>, 4> page_headers{{
    {"Content-Security-Policy",
     "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: https:; "
     "connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
     "form-action 'self'"},
    {"Referrer-Policy", "same-origin"},
    {"Permissions-Policy", "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
                           "microphone=(), payment=(), usb=()"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
}};

/// Takes the text up to the next separator off the front.
std::string_view take(std::string_view& rest, char separator) noexcept {
  auto end = std::min(rest.find(separator), rest.size());
  auto out = ascii::trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

/// The weight of a coding in thousandths; what is no number counts as 0.
int weight_of(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    auto one = take(parameters, ';');
    auto equals = one.find('=');
    if (equals == one.npos || !iequals(ascii::trimmed(one.substr(0, equals)), "q")) continue;
    auto text = ascii::trimmed(one.substr(equals + 1));
    double weight = 0;
    auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), weight);
    if (wrong != std::errc{} || end != text.data() + text.size() || weight < 0 || weight > 1) return 0;
    return static_cast<int>(weight * 1000);
  }
  return 1000;
}

int weight_in(std::string_view accepted, std::string_view coding) noexcept {
  int any = 0;
  while (!accepted.empty()) {
    auto one = take(accepted, ',');
    auto semicolon = std::min(one.find(';'), one.size());
    auto name = ascii::trimmed(one.substr(0, semicolon));
    auto weight = weight_of(one.substr(std::min(semicolon + 1, one.size())));
    if (iequals(name, coding)) return weight;
    if (name == "*") any = weight;
  }
  return any;
}

bool matches(std::string_view if_none_match, std::string_view etag) noexcept {
  while (!if_none_match.empty()) {
    auto one = take(if_none_match, ',');
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == etag) return true;
  }
  return false;
}

/// A path of the app has no dot in its last part; one that has is a file, and this one is not there.
bool names_a_file(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1).find('.') != path.npos;
}

} // namespace

bool is_page_path(std::string_view path) noexcept {
  if (!path.starts_with('/')) return false;
  auto first = path.substr(1, path.find('/', 1) - 1);
  for (std::string_view ours : {"v1", "healthz", "readyz", "metrics", ".well-known"})
    if (first == ours) return false;
  return true;
}

bridge::reply page(const files::web_root& root, const bridge::request& r) {
  std::string path;
  bool good = bridge::percent_decode(r.path, false, path);
  auto* file = good ? root.find(path) : nullptr;
  if (!file && good && !names_a_file(path)) file = &root.index();
  if (!file) return bridge::problem({ec::not_found}, r.request_id);

  auto accepted = r.header("accept-encoding");
  const files::web_body *body = &file->plain, *brotli = file->brotli.get(), *gzip = file->gzip.get();
  auto br_weight = brotli ? weight_in(accepted, "br") : 0,
       gzip_weight = gzip ? weight_in(accepted, "gzip") : 0;
  bridge::reply out;
  if (br_weight > 0 && br_weight >= gzip_weight) {
    body = brotli;
    out.headers.emplace_back("Content-Encoding", "br");
  } else if (gzip_weight > 0) {
    body = gzip;
    out.headers.emplace_back("Content-Encoding", "gzip");
  }
  out.content_type = file->content_type;
  if (brotli || gzip) out.headers.emplace_back("Vary", "Accept-Encoding");
  out.headers.emplace_back("ETag", body->etag);
  out.headers.emplace_back("Cache-Control",
                           file->immutable ? "public, max-age=31536000, immutable" : "no-cache");
  for (auto& [name, value] : page_headers) out.headers.emplace_back(name, value);
  if (matches(r.header("if-none-match"), body->etag))
    out.status = 304;
  else
    out.body = body->bytes;
  return out;
}

void add_pages(bridge::router& routes, access_table& access, const files::web_root& root) {
  access.open_rest(is_page_path);
  bridge::route_options options;
  options.body_limit = 0;
  options.operation = "page";
  routes.otherwise(is_page_path, std::move(options),
                   [&root](bridge::request r, bridge::responder respond) { respond(page(root, r)); });
}

} // namespace troupe::api
