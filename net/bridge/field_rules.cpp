#include "net/bridge/field_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::bridge {

namespace {

constexpr std::size_t most_errors = 100;

bool is_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t count_code_points(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

} // namespace

void field_errors::add(std::string pointer, std::string_view code, std::string detail) {
  if (list_.size() < most_errors) list_.push_back({std::move(pointer), std::string(code), std::move(detail)});
}

expected<void> field_errors::finish() {
  if (list_.empty()) return {};
  auto text = list_.size() == 1 ? std::string("One field is wrong.")
                                : fmt::format("{} fields are wrong.", list_.size());
  return failure{ec::validation_failed, std::move(text), std::move(list_)};
}

complaint check_text(std::string_view text, const text_rule& rule) {
  if (text.find('\0') != std::string_view::npos)
    return {"bad-character", "The character U+0000 is not taken."};
  if (rule.single_line) {
    auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::any_of(text.begin(), text.end(), control))
      return {"bad-character", "Control characters and line breaks are not taken."};
  }
  auto count = count_code_points(text);
  if (count < rule.min)
    return {"too-short", fmt::format("It has {} characters; at least {} are needed.", count, rule.min)};
  if (count > rule.max)
    return {"too-long", fmt::format("It has {} characters; at most {} fit.", count, rule.max)};
  return {};
}

complaint check_integer(std::int64_t number, const integer_rule& rule) {
  if (number < rule.min || number > rule.max)
    return {"out-of-range", fmt::format("It is {}; {} to {} is allowed.", number, rule.min, rule.max)};
  return {};
}

std::string_view shortened(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && is_continuation(text[most])) --most;
  return text.substr(0, most);
}

std::string quoted(std::string_view text) {
  auto kept = shortened(text, 60);
  std::string out = "'";
  for (char c : kept) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return out + (kept.size() < text.size() ? "...'" : "'");
}

std::string listed(const std::vector<std::string_view>& choices) {
  std::string out;
  for (auto choice : choices) {
    if (!out.empty()) out += ", ";
    out += choice;
  }
  return out;
}

} // namespace troupe::bridge
