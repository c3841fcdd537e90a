#include "actors/content/types.hpp"

#include <algorithm>

namespace troupe {

std::string_view to_string(delivery_state s) noexcept {
  switch (s) {
  case delivery_state::draft: return "draft";
  case delivery_state::awaiting_approval: return "awaiting_approval";
  case delivery_state::scheduled: return "scheduled";
  case delivery_state::sending: return "sending";
  case delivery_state::published: return "published";
  case delivery_state::failed: return "failed";
  case delivery_state::in_doubt: return "in_doubt";
  case delivery_state::needs_review: return "needs_review";
  case delivery_state::cancelled: return "cancelled";
  }
  return "draft";
}

std::optional<delivery_state> parse_delivery_state(std::string_view text) noexcept {
  using enum delivery_state;
  for (auto s :
       {draft, awaiting_approval, scheduled, sending, published, failed, in_doubt, needs_review, cancelled})
    if (to_string(s) == text) return s;
  return std::nullopt;
}

bool may_become(delivery_state from, delivery_state to) noexcept {
  using enum delivery_state;
  switch (from) {
  case draft: return to == awaiting_approval || to == scheduled || to == cancelled;
  case awaiting_approval: return to == scheduled || to == draft || to == cancelled;
  case scheduled:
    return to == sending || to == draft || to == cancelled || to == scheduled || to == failed ||
           to == needs_review;
  case sending:
    return to == published || to == failed || to == in_doubt || to == scheduled || to == cancelled;
  case in_doubt:
    return to == published || to == failed || to == scheduled || to == needs_review || to == in_doubt;
  case needs_review: return to == published || to == scheduled || to == cancelled;
  case failed: return to == scheduled || to == cancelled;
  case published:
  case cancelled: return false;
  }
  return false;
}

bool is_open(delivery_state s) noexcept {
  return s == delivery_state::scheduled || s == delivery_state::sending || s == delivery_state::in_doubt;
}

std::string_view post_state(const std::vector<delivery>& deliveries) noexcept {
  using enum delivery_state;
  auto count = [&](delivery_state s) {
    return static_cast<std::size_t>(
        std::count_if(deliveries.begin(), deliveries.end(), [s](auto& d) { return d.state == s; }));
  };
  if (deliveries.empty()) return "draft";
  if (count(needs_review) > 0) return "needs_review";
  if (count(in_doubt) > 0) return "in_doubt";
  if (count(sending) > 0) return "sending";
  if (count(scheduled) > 0) return "scheduled";
  if (count(awaiting_approval) > 0) return "awaiting_approval";
  if (count(draft) > 0) return "draft";
  auto published_count = count(published), live = deliveries.size() - count(cancelled);
  if (live == 0) return "cancelled";
  if (published_count == live) return "published";
  return published_count > 0 ? "partly_published" : "failed";
}

boost::json::array media_json(const std::vector<media_ref>& media) {
  boost::json::array out;
  for (auto& m : media) out.push_back({{"media_id", to_string(m.media)}, {"alt", m.alt}});
  return out;
}

std::vector<media_ref> media_from_json(std::string_view text) {
  std::vector<media_ref> out;
  if (text.empty() || text == "[]") return out;
  boost::system::error_code ignored;
  auto v = boost::json::parse(boost::json::string_view(text.data(), text.size()), ignored);
  if (!v.is_array()) return out;
  for (auto& item : v.get_array()) {
    auto* o = item.if_object();
    auto* id = o ? o->if_contains("media_id") : nullptr;
    auto* alt = o ? o->if_contains("alt") : nullptr;
    if (!id || !id->is_string()) continue;
    auto parsed = parse_uuid(std::string_view(id->get_string()));
    if (parsed)
      out.push_back({*parsed, alt && alt->is_string() ? std::string(alt->get_string()) : std::string{}});
  }
  return out;
}

namespace {

boost::json::value time_or_null(const std::optional<timestamp>& t, const boost::json::storage_ptr& memory) {
  if (!t) return nullptr;
  return boost::json::string(format_utc(*t), memory);
}

boost::json::value text_or_null(const std::string& s, const boost::json::storage_ptr& memory) {
  if (s.empty()) return nullptr;
  return boost::json::string(s, memory);
}

} // namespace

boost::json::object delivery_view(const post& p, const delivery& d, boost::json::storage_ptr memory) {
  boost::json::array overrides(memory);
  if (d.text) overrides.push_back("text");
  if (d.title) overrides.push_back("title");
  if (d.media) overrides.push_back("media");
  boost::json::object out({{"id", to_string(d.id)},
                           {"post_id", to_string(p.id)},
                           {"workspace_id", to_string(p.workspace)},
                           {"account_id", to_string(d.account)},
                           {"platform", d.platform},
                           {"state", std::string(to_string(d.state))},
                           {"due_at", time_or_null(d.due_at, memory)},
                           {"published_at", time_or_null(d.published_at, memory)},
                           {"next_attempt_at", time_or_null(d.next_attempt_at, memory)},
                           {"attempt", d.attempt},
                           {"permalink", text_or_null(d.permalink, memory)},
                           {"remote_id", text_or_null(d.remote_id, memory)},
                           {"error", nullptr},
                           {"lateness_ms", nullptr},
                           {"text", d.text ? *d.text : p.content.text},
                           {"title", text_or_null(d.title ? *d.title : p.content.title, memory)},
                           {"media", media_json(d.media ? *d.media : p.content.media)},
                           {"options", d.options},
                           {"overrides", std::move(overrides)},
                           {"version", d.version}},
                          std::move(memory));
  if (!d.error_kind.empty()) out["error"] = {{"kind", d.error_kind}, {"detail", d.error_detail}};
  if (d.published_at && d.due_at)
    out["lateness_ms"] = std::chrono::duration_cast<milliseconds>(*d.published_at - *d.due_at).count();
  return out;
}

boost::json::object post_view(const post& p, const boost::json::storage_ptr& memory) {
  boost::json::array deliveries(memory);
  for (auto& d : p.deliveries) deliveries.push_back(delivery_view(p, d, memory));
  boost::json::object out({{"id", to_string(p.id)},
                           {"workspace_id", to_string(p.workspace)},
                           {"author_id", to_string(p.author)},
                           {"state", std::string(post_state(p.deliveries))},
                           {"text", p.content.text},
                           {"title", text_or_null(p.content.title, memory)},
                           {"language", text_or_null(p.content.language, memory)},
                           {"media", media_json(p.content.media)},
                           {"deliveries", std::move(deliveries)},
                           {"scheduled_at", time_or_null(p.scheduled_at, memory)},
                           {"schedule_local", nullptr},
                           {"created_at", format_utc(p.created_at)},
                           {"updated_at", format_utc(p.updated_at)},
                           {"version", p.version}},
                          memory);
  if (!p.schedule_local.empty())
    out["schedule_local"] = {{"local", p.schedule_local}, {"zone", p.schedule_zone}};
  return out;
}

platforms::publication publication_of(const post& p, const delivery& d) {
  platforms::publication out;
  out.delivery_id = d.id;
  out.idempotency_key = d.idempotency_key;
  out.text = d.text.value_or(p.content.text);
  out.title = d.title.value_or(p.content.title);
  out.language = p.content.language;
  out.scheduled_for = d.due_at.value_or(p.created_at);
  out.options = d.options;
  out.remote_handle = d.remote_handle;
  return out;
}

bool needs_prepare(const platforms::description& network, bool has_media) noexcept {
  return has_media || network.always_prepares;
}

milliseconds retry_backoff(std::int64_t burnt, milliseconds min, milliseconds max,
                           std::uint64_t random) noexcept {
  auto shift = std::clamp<std::int64_t>(burnt, 0, 20);
  auto full = std::min(max, min * (std::int64_t{1} << shift));
  auto half = std::max<std::int64_t>(full.count() / 2, 1);
  return milliseconds{half + static_cast<std::int64_t>(random % static_cast<std::uint64_t>(half + 1))};
}

} // namespace troupe
