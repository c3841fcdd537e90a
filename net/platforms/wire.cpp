#include "net/platforms/wire.hpp"

#include "net/platforms/text.hpp"
#include "system/core/secrets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::platforms::wire {

std::string percent(std::string_view s) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(s.size());
  for (const char c : s) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

std::string query(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += percent(name) + "=" + percent(value);
  }
  return out;
}

std::string header(std::string_view name, std::string_view value) {
  std::string out = fmt::format("{}: {}", name, value);
  std::erase_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return out;
}

std::string bearer(std::string_view token) {
  return header("Authorization", fmt::format("Bearer {}", token));
}

outbound::request get(std::string url) {
  outbound::request r;
  r.method = outbound::verb::get;
  r.url = std::move(url);
  r.headers = {"Accept: application/json"};
  r.timeout = read_timeout;
  r.max_response_bytes = largest_answer;
  return r;
}

outbound::request post_json(std::string url, const json::value& body) {
  outbound::request r;
  r.method = outbound::verb::post;
  r.url = std::move(url);
  r.headers = {"Accept: application/json", "Content-Type: application/json"};
  r.body = json::serialize(body);
  r.timeout = write_timeout;
  r.max_response_bytes = largest_answer;
  return r;
}

outbound::request post_form(std::string url, const std::vector<std::pair<std::string, std::string>>& fields) {
  outbound::request r;
  r.method = outbound::verb::post;
  r.url = std::move(url);
  r.headers = {"Accept: application/json", "Content-Type: application/x-www-form-urlencoded"};
  r.body = query(fields);
  r.timeout = write_timeout;
  r.max_response_bytes = largest_answer;
  return r;
}

publish_failure fail(publish_error kind, std::string detail, int status) {
  publish_failure f;
  f.kind = kind;
  f.detail = std::move(detail);
  f.http_status = status;
  return f;
}

namespace {

struct verdict {
  publish_error kind;
  std::string_view words;
};

// A refusal with a 4xx status is an answer: the network did not do it, whatever the call was.
std::optional<verdict> refusal(int status) {
  switch (status) {
  case 401: return verdict{publish_error::auth_expired, "does not accept the access token"};
  case 402:
  case 403: return verdict{publish_error::permission, "does not allow this account to do that"};
  case 404:
  case 410: return verdict{publish_error::target_not_found, "does not know this place any more"};
  case 409: return verdict{publish_error::duplicate, "says that it has this already"};
  case 429: return verdict{publish_error::rate_limited, "asks us to slow down"};
  case 408: // the server, or a proxy before it, gave up waiting: whether it acted is unknown
  case 499: return std::nullopt;
  default: break;
  }
  if (status >= 400 && status < 500) return verdict{publish_error::validation, "refused the content"};
  // By definition these were not acted upon; 302 and 303 often follow an action.
  if (status == 301 || status == 307 || status == 308)
    return verdict{publish_error::target_not_found,
                   "has moved to another address; connect the account again"};
  return std::nullopt;
}

} // namespace

publish_failure failure_of(const outbound::response& r, stage s, timestamp now, std::string_view network) {
  using outbound::result_kind;
  switch (r.kind) {
  case result_kind::not_sent:
    return fail(publish_error::not_sent, fmt::format("{} could not be reached: {}", network, quote(r.error)));
  case result_kind::overloaded:
    return fail(publish_error::not_sent, "too many calls are waiting already; nothing was sent");
  case result_kind::revoked: return fail(publish_error::revoked, "withdrawn before anything was sent");
  case result_kind::no_answer: {
    const auto why =
        r.timed_out ? std::string("did not answer in time") : "gave no complete answer: " + quote(r.error);
    const auto kind =
        s == stage::final ? publish_error::unknown_outcome : publish_error::provider_unavailable;
    return fail(kind, fmt::format("{} {}", network, why), r.status);
  }
  case result_kind::answered: break;
  }
  publish_failure f;
  if (const auto v = refusal(r.status)) {
    f = fail(v->kind, fmt::format("{} {} (HTTP {})", network, v->words, r.status), r.status);
  } else {
    const auto kind =
        s == stage::final ? publish_error::unknown_outcome : publish_error::provider_unavailable;
    f = fail(kind, fmt::format("{} answered HTTP {}", network, r.status), r.status);
  }
  const bool may_wait = f.kind == publish_error::rate_limited ||
                        f.kind == publish_error::provider_unavailable ||
                        f.kind == publish_error::unknown_outcome;
  if (may_wait) f.retry_after = retry_after(r, now);
  return f;
}

publish_failure at_connect(publish_failure f) {
  if (f.kind != publish_error::target_not_found && f.kind != publish_error::duplicate &&
      f.kind != publish_error::validation)
    return f;
  f.kind = publish_error::validation;
  if (f.detail.compare(0, 7, "server:") != 0) f.detail = "server: " + f.detail;
  return f;
}

publish_failure nonsense(const outbound::response& r, stage s, std::string_view network) {
  const auto kind = s == stage::final ? publish_error::unknown_outcome : publish_error::provider_unavailable;
  return fail(kind,
              fmt::format("{} answered HTTP {} with something that is not its answer", network, r.status),
              r.status);
}

std::string quote(std::string_view foreign) {
  constexpr std::size_t longest = 200;
  std::string out;
  std::size_t count = 0;
  bool space = false;
  for (std::size_t at = 0; at < foreign.size();) {
    const std::size_t from = at;
    const char32_t c = text::next_code_point(foreign, at);
    if (text::is_space(c) || c < 0x20 || c == 0x7F) {
      space = !out.empty();
      continue;
    }
    if (count == longest) return out + "...";
    if (space) out += ' ';
    space = false;
    ++count;
    if (c == 0xFFFD) {
      out += "\xEF\xBF\xBD";
    } else {
      out.append(foreign.substr(from, at - from));
    }
  }
  return out;
}

namespace {

// JSON with its keys sorted, so that a value that went through a database reads the same.
void canonical(const json::value& v, std::string& out) {
  if (const auto* o = v.if_object()) {
    std::vector<const json::key_value_pair*> sorted;
    for (const auto& field : *o) sorted.push_back(&field);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->key() < b->key(); });
    out += '{';
    for (const auto* field : sorted) {
      out += json::serialize(json::string(field->key())) + ":";
      canonical(field->value(), out);
      out += ',';
    }
    out += '}';
  } else if (const auto* a = v.if_array()) {
    out += '[';
    for (const auto& element : *a) {
      canonical(element, out);
      out += ',';
    }
    out += ']';
  } else {
    out += json::serialize(v);
  }
}

void add(std::string& out, std::string_view part) { out += fmt::format("{}:{};", part.size(), part); }

std::string digest(std::string_view all) { return secrets::hex(secrets::sha256(all)).substr(0, 32); }

std::string image_text(const image& i) {
  std::string all;
  // Nodes may keep their media below different folders; the file's own name says which it is.
  add(all, std::string_view(i.path).substr(i.path.rfind('/') + 1));
  add(all, i.content_type);
  add(all, i.alt);
  add(all, std::to_string(i.bytes));
  return all;
}

} // namespace

std::string fingerprint(const image& i) { return digest(image_text(i)); }

std::string fingerprint(const publication& p) {
  std::string all;
  add(all, to_string(p.delivery_id));
  add(all, p.idempotency_key);
  add(all, p.text);
  add(all, p.title);
  add(all, p.language);
  add(all, std::to_string(to_micros(p.scheduled_for)));
  std::string options;
  canonical(json::value(p.options), options);
  add(all, options);
  for (const auto& i : p.images) add(all, image_text(i));
  return digest(all);
}

} // namespace troupe::platforms::wire
