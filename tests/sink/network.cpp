#include "tests/sink/network.hpp"

#include "system/core/clock.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <optional>

namespace troupe::sink {

namespace json = boost::json;

namespace {

constexpr int slow_ms = 2'000;
constexpr std::size_t gigantic_bytes = 32 * 1024 * 1024;
constexpr std::string_view html =
    "<!doctype html><title>Sandbox</title><p>Something else is here today.</p>\n";

std::string_view phrase(int status) {
  switch (status) {
  case 200: return "OK";
  case 201: return "Created";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 404: return "Not Found";
  case 409: return "Conflict";
  case 422: return "Unprocessable Entity";
  case 429: return "Too Many Requests";
  case 500: return "Internal Server Error";
  case 502: return "Bad Gateway";
  default: return "Answer";
  }
}

std::string respond(int status, std::string_view type, std::string_view body, std::string_view fields = {}) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{}", status,
                     phrase(status), type, body.size(), fields, body);
}

answer say(int status, const json::value& body, std::string_view fields = {}) {
  answer out;
  out.bytes = respond(status, "application/json", json::serialize(body), fields);
  return out;
}

answer refuse(int status, std::string_view why, std::string_view fields = {}) {
  return say(status, {{"error", why}}, fields);
}

std::string percent_decoded(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    unsigned value = 0;
    auto* digits = s.data() + i + 1;
    if (s[i] == '%' && i + 2 < s.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += s[i];
    }
  }
  return out;
}

/// The value of one query parameter.
std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.substr(0, pair.find('=')) == name && pair.size() > name.size())
      return percent_decoded(pair.substr(name.size() + 1));
  }
  return std::nullopt;
}

json::object shown(const applied_post& p) {
  return {{"id", p.id}, {"url", "https://sandbox.invalid/posts/" + p.id}};
}

std::string_view token_of(std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  return authorization.starts_with(scheme) ? authorization.substr(scheme.size()) : std::string_view{};
}

/// Nothing in front of the request was published, whatever was asked.
bool strikes_before(std::string_view mode) {
  return mode == "cut-before" || mode.starts_with("429") || mode == "hang" || mode == "500" ||
         mode == "error-500" || mode == "rate-limited" || mode == "expired-token" || mode == "reconnect" ||
         mode == "reject" || mode == "duplicate" || mode == "html";
}

} // namespace

answer network::handle(const request& r, std::int64_t now_us) {
  auto path = r.target.substr(0, r.target.find('?'));
  auto query = path.size() < r.target.size() ? r.target.substr(path.size() + 1) : std::string_view{};
  answer out;
  if (r.method == "GET" && path == "/record") {
    out = say(200, record_.summary());
  } else if (r.method == "GET" && path == "/record/counts") {
    out = say(200, record_.counts());
  } else if (r.method == "GET" && path == "/record/keys") {
    out.bytes = respond(200, "text/plain", record_.keys());
  } else if (r.method == "POST" && path == "/reset") {
    record_.clear();
    journal_.clear();
    out = say(200, json::object{});
  } else if (r.method == "POST" && path == "/settings") {
    out = change_settings(r.body);
  } else if (token_of(r.authorization).empty()) {
    out = refuse(401, "a bearer token is needed");
  } else if (r.method == "POST" && path.ends_with("/v1/posts")) {
    out = publish(r, now_us);
    out.delay_ms += settings_.latency_ms;
  } else if (r.method == "GET" && path.ends_with("/v1/account")) {
    auto handle = token_of(r.authorization);
    if (constexpr std::string_view prefix = "sandbox-"; handle.starts_with(prefix))
      handle.remove_prefix(prefix.size());
    out = say(200, {{"id", handle}, {"handle", handle}, {"max_text", 500}});
  } else if (r.method == "GET" && path.ends_with("/v1/posts")) {
    out = find(query);
  } else if (r.method == "POST" && path.ends_with("/v1/media")) {
    out = say(201, {{"id", fmt::format("m{}", ++media_)}});
  } else {
    out = refuse(404, "there is nothing here");
  }
  out.keep_alive = r.keep_alive;
  return out;
}

answer network::find(std::string_view query) const {
  auto key = parameter(query, "key");
  if (!key) return refuse(400, "key is needed");
  json::array posts;
  for (auto& p : record_.posts(*key)) posts.push_back(shown(p));
  return say(200, {{"posts", std::move(posts)}});
}

answer network::publish(const request& r, std::int64_t now_us) {
  arrival a;
  a.at_us = now_us;
  a.key = r.key;
  a.body_hash = std::hash<std::string_view>{}(r.body);
  boost::system::error_code bad;
  auto body = json::parse(json::string_view(r.body.data(), r.body.size()), bad);
  auto* fields = bad ? nullptr : body.if_object();
  auto* text = fields ? fields->if_contains("text") : nullptr;
  if (auto* due = fields ? fields->if_contains("scheduled_for") : nullptr; due && due->is_string())
    if (auto t = parse_utc(std::string_view(due->get_string()))) a.scheduled_us = to_micros(*t);

  auto mode = std::string(faults_.draw());
  if (mode.empty()) mode = r.behaviour;
  bool keys_count = settings_.honour_keys && mode != "no-keys" && !r.key.empty();
  if (mode == "rate-limited-once") mode = record_.seen(r.key) ? "" : "rate-limited";
  auto* before = keys_count ? record_.find(r.key) : nullptr;
  bool valid = text && text->is_string() && a.key.find_first_of(" \n") == a.key.npos;
  a.applied = valid && !before && !strikes_before(mode);
  record_.add(a);
  journal_.add(a);

  answer good;
  if (!valid)
    good = refuse(422, "text is needed");
  else if (before && before->body_hash != a.body_hash)
    good = refuse(409, "this key was used with another body");
  else if (before)
    good = say(200, shown(*before), "Idempotent-Replay: true\r\n");
  else if (a.applied && !r.key.empty())
    good = say(201, shown(record_.posts(r.key).back()));
  else
    good = say(201, shown({"s0", 0}));
  return misbehave(mode, std::move(good), r.keep_alive);
}

namespace {

/// How networks say when one may come again: in seconds, as a date, in a header of their own, not at all, or
/// in words.
std::string dialect(std::string_view mode) {
  auto in_a_second = static_cast<std::time_t>(to_micros(system_now()) / 1'000'000 + 1);
  if (mode == "429-date") {
    std::tm utc{};
    gmtime_r(&in_a_second, &utc);
    char text[64];
    return {text, std::strftime(text, sizeof text, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc)};
  }
  if (mode == "429-reset")
    return fmt::format("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {}\r\n", in_a_second);
  if (mode == "429-silent") return {};
  if (mode == "429-wild") return "Retry-After: soon, or -1\r\n";
  return "Retry-After: 1\r\n";
}

} // namespace

answer network::misbehave(std::string_view mode, answer good, bool keep_alive) {
  good.keep_alive = keep_alive;
  auto cut = [](std::string sent = {}) {
    answer a;
    a.what = answer::how::cut;
    a.bytes = std::move(sent);
    return a;
  };
  if (mode.empty() || mode == "ok" || mode == "no-keys") return good;
  if (mode == "slow") {
    good.delay_ms = slow_ms;
    return good;
  }
  if (mode == "hang" || mode == "applied-then-hang") {
    good.what = answer::how::hang;
    return good;
  }
  if (mode == "cut-before" || mode == "applied-then-cut") return cut();
  if (mode == "500" || mode == "error-500") return refuse(500, "something went wrong");
  if (mode == "applied-then-502") return refuse(502, "the server behind did not answer");
  if (mode.starts_with("429") || mode == "rate-limited") return refuse(429, "too fast", dialect(mode));
  if (mode == "expired-token") return refuse(401, "the token has expired");
  if (mode == "reconnect") return refuse(401, "the token is not accepted");
  if (mode == "reject") return refuse(422, "this is not wanted here");
  if (mode == "duplicate") return refuse(409, "this was posted already");
  if (mode == "html") good.bytes = respond(200, "text/html", html);
  if (mode == "empty") good.bytes = respond(200, "application/json", "");
  if (mode == "gigantic") good.bytes = respond(200, "application/json", std::string(gigantic_bytes, ' '));
  if (mode == "not-http") return cut("\x16\x03\x01 this is no answer\r\n\r\n");
  if (mode == "garbage") good.bytes = respond(200, "application/json", "{\"id\": [\x01\xff");
  return good;
}

answer network::change_settings(std::string_view text) {
  boost::system::error_code bad;
  auto body = json::parse(json::string_view(text.data(), text.size()), bad);
  auto* fields = bad ? nullptr : body.if_object();
  if (!fields) return refuse(400, "an object is needed");
  auto wanted = settings_;
  std::optional<std::vector<fault>> faults;
  for (auto& [name, value] : *fields) {
    if (name == "latency_ms" && value.is_int64() && value.get_int64() >= 0 && value.get_int64() <= 600'000) {
      wanted.latency_ms = static_cast<int>(value.get_int64());
    } else if (name == "honour_keys" && value.is_bool()) {
      wanted.honour_keys = value.get_bool();
    } else if (name == "faults" && value.is_array()) {
      faults.emplace();
      for (auto& item : value.get_array()) {
        auto f = item.is_string() ? parse_fault(std::string_view(item.get_string())) : std::nullopt;
        if (!f) return refuse(422, "a fault is mode:probability:seed");
        faults->push_back(std::move(*f));
      }
    } else {
      return refuse(422, fmt::format("{} is not known or not usable", std::string_view(name)));
    }
  }
  settings_ = wanted;
  if (faults) faults_.set(std::move(*faults));
  return say(200, json::object{});
}

} // namespace troupe::sink
