#include "net/platforms/wordpress_html.hpp"

#include "net/platforms/text.hpp"
#include "net/platforms/wire.hpp"
#include "system/core/ascii.hpp"
#include "system/core/secrets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::platforms::wordpress {

namespace json = boost::json;

std::string escape(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (const char c : s) {
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    case '\'': out += "&#039;"; break;
    default: out += c;
    }
  }
  return out;
}

namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// "&amp;", "&#39;", "&#x27;": at the beginning of `s`.
bool begins_entity(std::string_view s) {
  const auto end = s.find(';');
  if (end == std::string_view::npos || end < 2 || end > 32) return false;
  return std::all_of(s.begin() + 1, s.begin() + static_cast<std::ptrdiff_t>(end), [](char c) {
    return c == '#' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

} // namespace

std::string kept_alt_text(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const char c = s[i];
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&' && begins_entity(s.substr(i))) {
      out += "&amp;";
    } else if (c == '%' && i + 2 < s.size() && is_hex(s[i + 1]) && is_hex(s[i + 2])) {
      out += "&#037;";
    } else {
      out += c;
    }
  }
  return out;
}

namespace {

constexpr std::size_t longest_title = 120; // graphemes
constexpr std::size_t longest_slug = 200;  // what WordPress keeps

std::string with_links(std::string_view line, bool alone) {
  std::string out;
  std::size_t from = 0;
  for (const auto& url : text::find_urls(line, false)) {
    const auto target = escape(line.substr(url.begin, url.size()));
    if (alone && url.size() == line.size()) return target;
    out += escape(line.substr(from, url.begin - from));
    out += fmt::format(R"(<a href="{0}">{0}</a>)", target);
    from = url.end;
  }
  return out + escape(line.substr(from));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::string paragraph(const std::vector<std::string_view>& lines) {
  std::string body;
  for (const auto line : lines) {
    if (!body.empty()) body += "<br />\n";
    body += with_links(line, lines.size() == 1);
  }
  return "<p>" + body + "</p>\n";
}

std::string short_hash(std::string_view of) { return secrets::hex(secrets::sha256(of)).substr(0, 24); }

bool is_slug(std::string_view s) {
  return !s.empty() && s.size() <= longest_slug && std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_id_list(const json::value& v) {
  const auto* list = v.if_array();
  return list && list->size() <= 100 && std::all_of(list->begin(), list->end(), [](const json::value& e) {
           return e.is_int64() && e.get_int64() > 0;
         });
}

} // namespace

std::string to_html(std::string_view text, const std::vector<figure>& figures) {
  std::string out;
  std::vector<std::string_view> block;
  for (const auto line : lines_of(text)) {
    if (!text::trim(line).empty()) {
      block.push_back(line);
      continue;
    }
    if (!block.empty()) out += paragraph(block);
    block.clear();
  }
  if (!block.empty()) out += paragraph(block);
  for (const auto& f : figures)
    out += fmt::format(
        "<figure class=\"wp-block-image\"><img class=\"wp-image-{}\" src=\"{}\" alt=\"{}\" /></figure>\n",
        f.id, escape(f.url), escape(f.alt));
  return out;
}

std::string title_of(const publication& p) {
  auto title = text::trim(p.title);
  if (title.empty()) {
    title = text::trim(p.text);
    title = text::trim(title.substr(0, title.find('\n')));
  }
  const auto clusters = text::graphemes(title);
  if (clusters.size() > longest_title) {
    const auto cut = title.substr(0, clusters[longest_title - 1].begin);
    return escape(text::trim(cut)) + "\u2026";
  }
  return escape(title);
}

std::string draft_slug(const publication& p) {
  return "troupe-" + short_hash("post:" + to_string(p.delivery_id));
}

std::string media_slug(const publication& p, const image& i, std::string_view image_key) {
  std::string name;
  for (const char c : ascii::to_lower(std::string_view(i.file_name).substr(0, i.file_name.rfind('.')))) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
    if (name.size() >= 40) break;
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  if (name.empty()) name = "image";
  return fmt::format("{}-{}", name,
                     short_hash(fmt::format("media:{}:{}", to_string(p.delivery_id), image_key)));
}

std::string_view extension_of(std::string_view type) {
  if (type == "image/png") return ".png";
  if (type == "image/jpeg") return ".jpg";
  if (type == "image/gif") return ".gif";
  if (type == "image/webp") return ".webp";
  return {};
}

std::vector<content_issue> check_options(const json::object& options) {
  std::vector<content_issue> issues;
  const auto refuse = [&](std::string_view name, std::string_view allowed) {
    issues.push_back({fmt::format("options/{}", name), "not-allowed", std::string(allowed)});
  };
  for (const auto& option : options) {
    const std::string_view name = option.key();
    const auto& v = option.value();
    if (name == "slug") {
      if (!is_slug(wire::text_at(options, name))) refuse(name, "1 to 200 of a-z, 0-9 and hyphen");
    } else if (name == "excerpt") {
      if (!v.is_string() || v.get_string().size() > 10'000) refuse(name, "a text of at most 10000 bytes");
    } else if (name == "categories" || name == "tags") {
      if (!is_id_list(v)) refuse(name, "a list of at most 100 WordPress ids");
    } else if (name == "comment_status") {
      const auto s = wire::text_at(options, name);
      if (s != "open" && s != "closed") refuse(name, "open or closed");
    } else if (name == "sticky") {
      if (!v.is_bool()) refuse(name, "true or false");
    } else {
      refuse(name, "WordPress knows the options slug, excerpt, categories, tags, comment_status and sticky");
    }
  }
  return issues;
}

json::object post_fields(const json::object& options) {
  json::object fields;
  for (const auto* name : {"excerpt", "categories", "tags", "comment_status", "sticky"})
    if (const auto* v = options.if_contains(name)) fields[name] = *v;
  return fields;
}

} // namespace troupe::platforms::wordpress
