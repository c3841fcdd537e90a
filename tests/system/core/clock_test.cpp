#define CAF_SUITE core_clock
#include <caf/test/unit_test.hpp>

#include "system/core/clock.hpp"

using namespace troupe;

namespace {

/// The instant read and written again; "-" when it is not taken.
std::string again(std::string_view text) {
  auto t = parse_utc(text);
  return t ? format_utc(*t) : "-";
}

} // namespace

CAF_TEST(an instant is written without a fraction unless it has one) {
  CAF_CHECK_EQUAL(format_utc(from_micros(0)), "1970-01-01T00:00:00Z");
  CAF_CHECK_EQUAL(format_utc(from_micros(1'500'000)), "1970-01-01T00:00:01.5Z");
  CAF_CHECK_EQUAL(format_utc(from_micros(1)), "1970-01-01T00:00:00.000001Z");
  CAF_CHECK_EQUAL(format_utc(from_micros(-1)), "1969-12-31T23:59:59.999999Z");
}

CAF_TEST(what RFC 3339 allows is read) {
  CAF_CHECK_EQUAL(again("2026-03-08T07:00:00Z"), "2026-03-08T07:00:00Z");
  CAF_CHECK_EQUAL(again("2026-03-08t07:00:00z"), "2026-03-08T07:00:00Z");
  CAF_CHECK_EQUAL(again("2026-03-08T07:00:00.120Z"), "2026-03-08T07:00:00.12Z");
  CAF_CHECK_EQUAL(again("2026-03-08T07:00:00.123456789Z"), "2026-03-08T07:00:00.123456Z");
  CAF_CHECK_EQUAL(again("2026-03-08T07:00:00+05:30"), "2026-03-08T01:30:00Z");
  CAF_CHECK_EQUAL(again("2026-03-08T20:00:00-05:00"), "2026-03-09T01:00:00Z");
  CAF_CHECK_EQUAL(again("2026-03-08T07:00:00-00:00"), "2026-03-08T07:00:00Z");
  CAF_CHECK_EQUAL(again("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00Z");
  CAF_CHECK_EQUAL(again("0000-01-01T00:00:00Z"), "0000-01-01T00:00:00Z");
  CAF_CHECK_EQUAL(again("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
}

CAF_TEST(anything else is not read) {
  for (auto text : {"",
                    "2026-03-08",
                    "2026-03-08T07:00:00",
                    "2026-03-08T07:00Z",
                    "2026-03-08 07:00:00Z",
                    "2026-02-29T00:00:00Z",
                    "2026-13-01T00:00:00Z",
                    "2026-00-01T00:00:00Z",
                    "2026-01-00T00:00:00Z",
                    "2026-04-31T00:00:00Z",
                    "2026-01-01T24:00:00Z",
                    "2026-01-01T00:60:00Z",
                    "2026-01-01T00:00:60Z",
                    "2026-01-01T00:00:00.Z",
                    "2026-01-01T00:00:00.1234567890Z",
                    "2026-01-01T00:00:00,5Z",
                    "2026-01-01T00:00:00+0530",
                    "2026-01-01T00:00:00+24:00",
                    "2026-01-01T00:00:00+05:60",
                    "2026-01-01T00:00:00+05:3",
                    "2026-01-01T00:00:00Z ",
                    " 2026-01-01T00:00:00Z",
                    "2026-01-01T00:00:00ZZ",
                    "2026-1-01T00:00:00Z",
                    "+026-01-01T00:00:00Z",
                    "12026-01-01T00:00:00Z"})
    CAF_CHECK_EQUAL(std::string(text) + " -> " + again(text), std::string(text) + " -> -");
}

CAF_TEST(microseconds are the integer view of an instant) {
  auto t = parse_utc("2026-11-01T05:30:00.000007Z");
  CAF_REQUIRE(t.has_value());
  CAF_CHECK_EQUAL(to_micros(*t) % 1'000'000, 7);
  CAF_CHECK(from_micros(to_micros(*t)) == *t);
}
