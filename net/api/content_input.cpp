#include "net/api/content_input.hpp"

#include <boost/json.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace troupe::api {

operation reads(std::string id, std::vector<std::string> query) {
  operation op;
  op.id = std::move(id);
  op.query = std::move(query);
  return op;
}

operation lists(std::string id, std::vector<std::string> filters) {
  filters.insert(filters.end(), {"limit", "cursor"});
  return reads(std::move(id), std::move(filters));
}

operation acts(std::string id) {
  operation op;
  op.id = std::move(id);
  op.idempotent = true;
  return op;
}

operation takes_json(std::string id, std::size_t body_limit) {
  auto op = acts(std::move(id));
  op.body_limit = body_limit;
  return op;
}

std::optional<boost::json::object> json_body(call& c) {
  auto parsed = bridge::parse_json_object(c.request.body);
  if (parsed) return std::move(*parsed);
  c.fail(parsed.error());
  return std::nullopt;
}

bool finish(call& c, bridge::field_reader& r) {
  auto done = r.finish();
  if (!done) c.fail(done.error());
  return done.has_value();
}

std::optional<timestamp> parse_instant(std::string_view text) {
  // "2026-03-02T06:00:00" and then ".123456" or nothing.
  if (text.size() < 20 || text.size() > 27 || text.back() != 'Z') return std::nullopt;
  return parse_utc(text);
}

bool is_web_address(std::string_view text) {
  auto url = boost::urls::parse_uri({text.data(), text.size()});
  return url && (url->scheme() == "http" || url->scheme() == "https") && !url->host().empty();
}

const std::string* query_input::only(std::string_view name) {
  const std::string* found = nullptr;
  for (auto& [key, value] : call_.request.query) {
    if (key != name) continue;
    if (found) {
      fail(name, "duplicate", "only one is allowed");
      return nullptr;
    }
    found = &value;
  }
  return found;
}

std::optional<uuid> query_input::id(std::string_view name) {
  auto* text = only(name);
  if (!text) return std::nullopt;
  auto id = parse_uuid(*text);
  if (!id) fail(name, "bad-format", fmt::format("{} is no UUID", bridge::quoted(*text)));
  return id;
}

std::optional<timestamp> query_input::instant(std::string_view name) {
  auto* text = only(name);
  if (!text) return std::nullopt;
  auto at = parse_instant(*text);
  if (!at)
    fail(name, "bad-format",
         fmt::format("{} is no UTC time like 2026-03-08T07:00:00Z", bridge::quoted(*text)));
  return at;
}

std::optional<std::string> query_input::text(std::string_view name, std::size_t max_bytes) {
  auto* text = only(name);
  if (!text) return std::nullopt;
  if (text->empty()) return fail(name, "too-short", "it is empty"), std::nullopt;
  if (text->size() <= max_bytes) return *text;
  fail(name, "too-long", fmt::format("got {} bytes, allowed are {}", text->size(), max_bytes));
  return std::nullopt;
}

std::optional<std::string> query_input::choice(std::string_view name,
                                               std::initializer_list<std::string_view> allowed) {
  auto* text = only(name);
  if (!text) return std::nullopt;
  if (std::find(allowed.begin(), allowed.end(), *text) != allowed.end()) return *text;
  fail(name, "not-allowed",
       fmt::format("got {}, allowed is {}", bridge::quoted(*text), bridge::listed(allowed)));
  return std::nullopt;
}

std::optional<std::int64_t> query_input::number(std::string_view name, std::int64_t least,
                                                std::int64_t most) {
  auto* text = only(name);
  if (!text) return std::nullopt;
  std::int64_t n = 0;
  auto* last = text->data() + text->size();
  auto [end, problem] = std::from_chars(text->data(), last, n);
  if (problem != std::errc{} || end != last) {
    fail(name, "bad-format", fmt::format("a number from {} to {} is allowed", least, most));
    return std::nullopt;
  }
  if (n >= least && n <= most) return n;
  fail(name, n < least ? "too-small" : "too-large",
       fmt::format("got {}, allowed is {} to {}", n, least, most));
  return std::nullopt;
}

std::vector<std::string> query_input::choices(std::string_view name,
                                              std::initializer_list<std::string_view> allowed) {
  std::vector<std::string> out;
  for (auto& [key, value] : call_.request.query) {
    if (key != name) continue;
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
      fail(name, "not-allowed",
           fmt::format("got {}, allowed is {}", bridge::quoted(value), bridge::listed(allowed)));
    else if (std::find(out.begin(), out.end(), value) != out.end())
      fail(name, "duplicate", fmt::format("{} is there twice", value));
    else
      out.push_back(value);
  }
  return out;
}

void query_input::fail(std::string_view name, std::string code, std::string detail) {
  if (wrong_.size() < 100) wrong_.push_back({std::string(name), std::move(code), std::move(detail)});
}

bool query_input::finish() {
  if (wrong_.empty()) return true;
  call_.fail({ec::validation_failed, {}, std::move(wrong_)});
  return false;
}

request_origin origin_of(const call& c, std::int64_t if_version) {
  return {c.who.user, c.repeat.key, c.repeat.body_hash, if_version};
}

void answer_document(const call_ptr& c, int status, document& d, std::string location) {
  bridge::reply reply;
  reply.status = status;
  reply.body = std::move(d.json);
  reply.headers.emplace_back("ETag", version_etag(d.version));
  if (!location.empty()) reply.headers.emplace_back("Location", std::move(location));
  c->answer(std::move(reply));
}

void list_for_member(const call_ptr& c, const uuid& workspace, std::function<void(const call_ptr&)> read) {
  c->require_member(workspace, role::viewer, [workspace, read = std::move(read)](const call_ptr& c2) {
    auto* pages = c2->ctx.pages;
    if (!pages) return read(c2);
    // What was asked for, in the words it was asked with: good input by now, and the same for every member.
    auto key = c2->request.path;
    for (auto& [name, value] : c2->request.query) key.append("\n").append(name).append("=").append(value);
    auto shard = c2->ctx.rt->shard_of(workspace_ref(workspace));
    if (auto page = pages->find(key, shard)) return c2->answer_text(200, *page);
    if (auto since = pages->look(shard)) c2->page_is_for = page_place{std::move(key), shard, *since};
    read(c2);
  });
}

void answer_page(const call_ptr& c, boost::json::array items, const std::string& next_cursor) {
  boost::json::object page(items.storage());
  page.emplace("items", std::move(items));
  page.emplace("next_cursor", nullptr);
  if (!next_cursor.empty()) page["next_cursor"] = next_cursor;
  auto text = boost::json::serialize(page);
  if (c->page_is_for)
    c->ctx.pages->keep(c->page_is_for->key, c->page_is_for->shard, c->page_is_for->since, text);
  c->answer_text(200, std::move(text));
}

} // namespace troupe::api
