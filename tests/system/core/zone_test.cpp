#define CAF_SUITE core_zone
#include <caf/test/unit_test.hpp>

#include "system/core/zone.hpp"

using namespace troupe;

namespace {

/// The instant as text, or the error's slug.
std::string resolved(std::string_view local, std::string_view zone, ambiguity choice = ambiguity::refuse) {
  auto t = resolve_local(local, zone, choice);
  return t ? format_utc(*t) : std::string(slug(t.error().code));
}

std::string refusal(std::string_view local, std::string_view zone) {
  auto t = resolve_local(local, zone, ambiguity::refuse);
  return t ? "" : t.error().detail;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

CAF_TEST(an ordinary wall time is one instant) {
  CAF_CHECK_EQUAL(resolved("2026-07-01T12:00", "America/New_York"), "2026-07-01T16:00:00Z");
  CAF_CHECK_EQUAL(resolved("2026-12-01T12:00:30", "America/New_York"), "2026-12-01T17:00:30Z");
  CAF_CHECK_EQUAL(resolved("2026-07-01T12:00", "UTC"), "2026-07-01T12:00:00Z");
  CAF_CHECK_EQUAL(resolved("2026-07-01T12:00", "Asia/Kathmandu"), "2026-07-01T06:15:00Z");
  CAF_CHECK_EQUAL(resolved("2026-01-01T00:30", "Pacific/Kiritimati"), "2025-12-31T10:30:00Z");
}

CAF_TEST(a wall time in a gap is refused with both neighbours) {
  CAF_CHECK_EQUAL(resolved("2026-03-08T02:30", "America/New_York"), "nonexistent-time");
  CAF_CHECK_EQUAL(resolved("2026-03-08T02:30", "America/New_York", ambiguity::earlier), "nonexistent-time");
  auto text = refusal("2026-03-08T02:30", "America/New_York");
  CAF_CHECK(says(text, "2026-03-08T01:59:59"));
  CAF_CHECK(says(text, "2026-03-08T03:00:00"));
  CAF_CHECK_EQUAL(resolved("2026-03-08T01:59:59", "America/New_York"), "2026-03-08T06:59:59Z");
  CAF_CHECK_EQUAL(resolved("2026-03-08T03:00", "America/New_York"), "2026-03-08T07:00:00Z");
}

CAF_TEST(a wall time that happens twice needs a choice) {
  CAF_CHECK_EQUAL(resolved("2026-11-01T01:30", "America/New_York"), "ambiguous-time");
  auto text = refusal("2026-11-01T01:30", "America/New_York");
  CAF_CHECK(says(text, "2026-11-01T05:30:00Z"));
  CAF_CHECK(says(text, "2026-11-01T06:30:00Z"));
  CAF_CHECK_EQUAL(resolved("2026-11-01T01:30", "America/New_York", ambiguity::earlier),
                  "2026-11-01T05:30:00Z");
  CAF_CHECK_EQUAL(resolved("2026-11-01T01:30", "America/New_York", ambiguity::later), "2026-11-01T06:30:00Z");
  CAF_CHECK_EQUAL(resolved("2026-11-01T02:00", "America/New_York"), "2026-11-01T07:00:00Z");
}

CAF_TEST(Lord Howe moves its clocks by half an hour) {
  CAF_CHECK_EQUAL(resolved("2026-10-04T02:15", "Australia/Lord_Howe"), "nonexistent-time");
  auto text = refusal("2026-10-04T02:15", "Australia/Lord_Howe");
  CAF_CHECK(says(text, "2026-10-04T01:59:59"));
  CAF_CHECK(says(text, "2026-10-04T02:30:00"));
  CAF_CHECK_EQUAL(resolved("2026-10-04T02:30", "Australia/Lord_Howe"), "2026-10-03T15:30:00Z");
  CAF_CHECK_EQUAL(resolved("2026-04-05T01:45", "Australia/Lord_Howe"), "ambiguous-time");
  CAF_CHECK_EQUAL(resolved("2026-04-05T01:45", "Australia/Lord_Howe", ambiguity::earlier),
                  "2026-04-04T14:45:00Z");
  CAF_CHECK_EQUAL(resolved("2026-04-05T01:45", "Australia/Lord_Howe", ambiguity::later),
                  "2026-04-04T15:15:00Z");
  CAF_CHECK_EQUAL(resolved("2026-04-05T01:29", "Australia/Lord_Howe"), "2026-04-04T14:29:00Z");
}

CAF_TEST(a zone must be one of the database) {
  for (auto name : {"Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"})
    CAF_CHECK(is_zone(name));
  for (auto name : {"", "Berlin", "europe/berlin", "+02:00", "../../etc/passwd", "Europe/Berlin ", "CEST\n"})
    CAF_CHECK(!is_zone(name));
  CAF_CHECK(!is_zone(std::string(1000, 'x')));
  CAF_CHECK_EQUAL(resolved("2026-07-01T12:00", "Mars/Olympus"), "validation-failed");
}

CAF_TEST(a wall time must be written in full and without an offset) {
  for (auto text :
       {"", "2026-07-01", "2026-07-01 12:00", "2026-07-01T12", "2026-07-01T12:00Z", "2026-07-01T12:00:00Z",
        "2026-07-01T12:00:00+02:00", "2026-7-1T12:00:00.00", "2026-07-01T2:00:00.0", "2026-02-30T12:00",
        "2026-07-01T24:00", "2026-07-01T12:60", "+026-07-01T12:00:00", "2026-07-01T12:00:00 "})
    CAF_CHECK_EQUAL(std::string(text) + " " + resolved(text, "Europe/Berlin"),
                    std::string(text) + " validation-failed");
}

CAF_TEST(a wall time after the known rules is refused rather than an hour off) {
  CAF_CHECK_EQUAL(resolved("2037-07-01T12:00", "America/New_York"), "2037-07-01T16:00:00Z");
  CAF_CHECK_EQUAL(resolved("2038-07-01T12:00", "America/New_York"), "validation-failed");
}

CAF_TEST(an instant is shown as the clocks of its zone show it) {
  auto t = *parse_utc("2026-11-01T06:30:00.9Z");
  CAF_CHECK_EQUAL(format_local(t, "America/New_York"), "2026-11-01T01:30:00");
  CAF_CHECK_EQUAL(format_local(t, "Asia/Tokyo"), "2026-11-01T15:30:00");
}
