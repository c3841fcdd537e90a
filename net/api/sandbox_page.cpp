#include "net/api/sandbox_page.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace troupe::api {

namespace {

std::size_t count_of(const std::string& json_array) {
  boost::system::error_code ignored;
  auto v = boost::json::parse(json_array, ignored);
  return v.is_array() ? v.get_array().size() : 0;
}

std::string article(const content_store::sandbox_post& p) {
  auto facts = fmt::format("published {}", format_utc(p.at));
  if (!p.scheduled_for.empty()) facts += fmt::format(" · scheduled for {}", escape_html(p.scheduled_for));
  if (auto images = count_of(p.media_ids))
    facts += fmt::format(" · {} {}", images, images == 1 ? "image" : "images");
  facts += fmt::format(" · {} {} with its key", p.requests, p.requests == 1 ? "request" : "requests");
  return fmt::format("<article id=\"{}\"><p>{}</p><small>{}</small></article>\n", to_string(p.id),
                     escape_html(p.text), facts);
}

} // namespace

bool is_sandbox_handle(std::string_view s) noexcept {
  return !s.empty() && s.size() <= 64 && std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    case '\'': out += "&#39;"; break;
    default: out += c;
    }
  }
  return out;
}

std::string sandbox_page(const std::string& handle, const std::vector<content_store::sandbox_post>& posts) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0} on the "
      "sandbox</title>\n"
      "<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em}}"
      "article{{border:1px solid #8884;border-radius:8px;padding:.5em 1em;margin:1em 0}}"
      "article p{{white-space:pre-wrap;overflow-wrap:anywhere}}:target{{outline:2px solid}}</style></head>\n"
      "<body><h1>{0}</h1>\n",
      escape_html(handle));
  if (posts.empty()) out += "<p>Nothing has been published here yet.</p>\n";
  for (auto& p : posts) out += article(p);
  return out + "</body></html>\n";
}

} // namespace troupe::api
