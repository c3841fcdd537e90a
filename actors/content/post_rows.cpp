#include "actors/content/post_rows.hpp"

namespace troupe {

namespace {

boost::json::value optional_text(const std::optional<std::string>& s) {
  return s ? boost::json::value(*s) : boost::json::value(nullptr);
}

} // namespace

bool movable(delivery_state s) noexcept {
  using enum delivery_state;
  return s == draft || s == awaiting_approval || s == scheduled;
}

storage::param text_or_null(const std::string& s) {
  if (s.empty()) return std::nullopt;
  return s;
}

std::string joined(const std::vector<uuid>& ids) {
  std::string out;
  for (auto& id : ids) {
    if (!out.empty()) out += ',';
    out += to_string(id);
  }
  return out;
}

std::string targets_json(const std::vector<delivery>& deliveries) {
  boost::json::array out;
  for (auto& d : deliveries) {
    boost::json::object o{{"id", to_string(d.id)},
                          {"account_id", to_string(d.account)},
                          {"platform", d.platform},
                          {"state", std::string(to_string(d.state))},
                          {"text", optional_text(d.text)},
                          {"title", optional_text(d.title)},
                          {"media", d.media ? boost::json::value(media_json(*d.media)) : nullptr},
                          {"options", d.options}};
    out.push_back(std::move(o));
  }
  return boost::json::serialize(out);
}

void apply(const target_spec& t, delivery& d) {
  d.account = t.account;
  d.text = t.has_text ? std::optional(t.text) : std::nullopt;
  d.title = t.has_title ? std::optional(t.title) : std::nullopt;
  d.media = t.has_media ? std::optional(t.media) : std::nullopt;
  boost::system::error_code ignored;
  auto v = boost::json::parse(t.options, ignored);
  d.options = v.is_object() ? v.get_object() : boost::json::object{};
}

} // namespace troupe
