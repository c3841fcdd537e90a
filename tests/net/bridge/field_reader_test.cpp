#define CAF_SUITE bridge_field_reader
#include <caf/test/unit_test.hpp>

#include "net/bridge/json_body.hpp"

#include <boost/json/parse.hpp>

using namespace troupe;
using namespace troupe::bridge;

namespace {

constexpr auto some_id = "018f3a52-0000-7000-8000-000000000001";

/// The wrong fields as "pointer code" lines.
std::string lines(const expected<void>& outcome) {
  if (outcome) return "fine";
  if (outcome.error().code != ec::validation_failed) return "another code";
  std::string out;
  for (auto& f : outcome.error().fields) {
    out += f.pointer + " " + f.code + "\n";
    if (f.detail.empty()) out += "without a detail\n";
  }
  return out;
}

struct body {
  boost::json::object object;
  explicit body(std::string_view text) : object(boost::json::parse(text).as_object()) {}
};

} // namespace

CAF_TEST(good fields are read and the outcome is fine) {
  body b(std::string(R"({"text":"hällo","count":3,"on":true,"id":")") + some_id +
         R"(","at":"2026-03-08T07:00:00+01:00","kind":"image","ids":[")" + some_id +
         R"("],"tags":["a","b"],"inner":{"x":1},"list":[{"y":"1"},{"y":"2"}]})");
  field_reader r(b.object);
  CAF_CHECK_EQUAL(r.string("text", {1, 5, true}), "h\xC3\xA4llo");
  CAF_CHECK_EQUAL(r.integer("count", {1, 3}), 3);
  CAF_CHECK(r.boolean("on"));
  CAF_CHECK_EQUAL(to_string(r.uuid("id")), some_id);
  CAF_CHECK_EQUAL(format_utc(r.timestamp("at")), "2026-03-08T06:00:00Z");
  CAF_CHECK_EQUAL(r.string_enum("kind", {"text", "image"}), "image");
  CAF_CHECK_EQUAL(r.array_of_uuid("ids", {1, 2, true}).size(), 1u);
  CAF_CHECK_EQUAL(r.array_of_string("tags").size(), 2u);
  CAF_CHECK_EQUAL(r.object("inner").integer("x"), 1);
  std::string all;
  for (auto& one : r.object_array("list")) all += one.string("y");
  CAF_CHECK_EQUAL(all, "12");
  CAF_CHECK(r.ok());
  CAF_CHECK_EQUAL(lines(r.finish()), "fine");
}

CAF_TEST(every wrong field is named in one answer) {
  body b(
      R"({"text":5,"long":"abc","short":"","line":"a\nb","nul":"a\u0000","count":"3","big":11,"huge":18446744073709551615,
            "half":1.5,"on":0,"id":"x","at":"yesterday","kind":"video","ids":["x",1],"none":[],"extra":true,"nil":null})");
  field_reader r(b.object);
  r.string("text");
  r.string("long", {0, 2});
  r.string("short", {1, 2});
  r.string("line", {0, 10, true});
  r.string("nul");
  r.integer("count");
  r.integer("big", {0, 10});
  r.integer("huge");
  r.integer("half");
  r.boolean("on");
  r.uuid("id");
  r.timestamp("at");
  r.string_enum("kind", {"text", "image"});
  r.array_of_uuid("ids");
  r.array_of_string("none", {1, 2});
  r.string("nil");
  r.string("absent");
  CAF_CHECK(!r.ok());
  CAF_CHECK_EQUAL(
      lines(r.finish()),
      "/text wrong-type\n/long too-long\n/short too-short\n/line bad-character\n/nul bad-character\n"
      "/count wrong-type\n/big out-of-range\n/huge out-of-range\n/half wrong-type\n/on wrong-type\n"
      "/id bad-uuid\n/at bad-timestamp\n/kind unknown-value\n/ids/0 bad-uuid\n/ids/1 wrong-type\n"
      "/none too-few\n/nil required\n/absent required\n/extra unknown-field\n");
}

CAF_TEST(details say what was got and what is allowed) {
  body b(R"({"kind":"video","count":11,"text":"abc","no":[]})");
  field_reader r(b.object);
  r.string_enum("kind", {"text", "image"});
  r.integer("count", {0, 10});
  r.string("text", {0, 2});
  r.string("no");
  auto fields = r.finish().error().fields;
  CAF_REQUIRE_EQUAL(fields.size(), 4u);
  CAF_CHECK_EQUAL(fields[0].detail, "'video' is not one of: text, image.");
  CAF_CHECK_EQUAL(fields[1].detail, "It is 11; 0 to 10 is allowed.");
  CAF_CHECK_EQUAL(fields[2].detail, "It has 3 characters; at most 2 fit.");
  CAF_CHECK_EQUAL(fields[3].detail, "It is an array; it must be a string.");
}

CAF_TEST(nested fields have nested pointers) {
  body b(R"({"targets":[{"text":1},{"text":"ok","more":1},7],"deep":{"a/b~c":{"x":"y"}},"odd":3})");
  field_reader r(b.object);
  for (auto& target : r.object_array("targets")) target.string("text");
  r.object("deep").object("a/b~c").integer("x");
  r.object("odd").string("not complained about");
  r.object("absent").object("inner").string("nor this");
  CAF_CHECK_EQUAL(lines(r.finish()),
                  "/targets/2 wrong-type\n/targets/0/text wrong-type\n/deep/a~1b~0c/x wrong-type\n"
                  "/odd wrong-type\n/absent required\n/targets/1/more unknown-field\n");
}

CAF_TEST(optional fields may be absent or null but not wrong) {
  body b(R"({"nil":null,"wrong":1})");
  field_reader r(b.object);
  CAF_CHECK(!r.optional_string("absent"));
  CAF_CHECK(!r.optional_integer("absent"));
  CAF_CHECK(!r.optional_boolean("absent"));
  CAF_CHECK(!r.optional_uuid("absent"));
  CAF_CHECK(!r.optional_timestamp("absent"));
  CAF_CHECK(!r.optional_string_enum("absent", {"a"}));
  CAF_CHECK(!r.optional_array_of_uuid("absent"));
  CAF_CHECK(!r.optional_array_of_string("absent"));
  CAF_CHECK(!r.optional_object("absent"));
  CAF_CHECK(!r.optional_object_array("absent"));
  CAF_CHECK(r.has("nil"));
  CAF_CHECK(r.is_null("nil"));
  CAF_CHECK(!r.is_null("wrong"));
  CAF_CHECK(!r.optional_string("nil"));
  CAF_CHECK(!r.optional_string("wrong"));
  CAF_CHECK_EQUAL(lines(r.finish()), "/wrong wrong-type\n");
}

CAF_TEST(choices map names to values) {
  enum class kind { none, text, image };
  body b(R"({"kind":"image","other":"x"})");
  field_reader r(b.object);
  const std::vector<std::pair<std::string_view, kind>> kinds = {{"text", kind::text}, {"image", kind::image}};
  CAF_CHECK(r.choice("kind", kinds) == kind::image);
  CAF_CHECK(r.choice("other", kinds) == kind::none);
  CAF_CHECK(!r.optional_choice("absent", kinds).has_value());
  CAF_CHECK_EQUAL(lines(r.finish()), "/other unknown-value\n");
}

CAF_TEST(arrays are bounded and may forbid repetition) {
  body b(std::string(R"({"ids":[")") + some_id + R"(",")" + some_id + R"("],"many":["a","b","c"]})");
  field_reader r(b.object);
  r.array_of_uuid("ids", {0, 10, true});
  r.array_of_string("many", {0, 2});
  CAF_CHECK_EQUAL(lines(r.finish()), "/ids/1 duplicate\n/many too-many\n");
}

CAF_TEST(rules of the caller are entries like the others) {
  body b(R"({"list":[{"a":1}]})");
  field_reader r(b.object);
  auto list = r.object_array("list");
  list[0].integer("a");
  list[0].fail("a", "not-today", "It is the wrong day.");
  CAF_CHECK_EQUAL(list[0].pointer(), "/list/0");
  CAF_CHECK_EQUAL(lines(r.finish()), "/list/0/a not-today\n");
}

CAF_TEST(a flood of wrong fields is cut at a hundred) {
  std::string text = "{";
  for (int i = 0; i < 500; ++i) text += "\"f" + std::to_string(i) + "\":0,";
  body b(text + "\"" + std::string(5000, 'x') + "\":0}");
  field_reader r(b.object);
  CAF_CHECK_EQUAL(r.finish().error().fields.size(), 100u);
}

CAF_TEST(query parameters are read in the same way) {
  header_list query = {
      {"limit", "20"}, {"state", "draft"}, {"flag", "true"}, {"q", "a b"}, {"at", "2026-03-08T07:00:00Z"}};
  query_reader r(query);
  CAF_CHECK_EQUAL(r.optional_integer("limit", {1, 100}).value_or(50), 20);
  CAF_CHECK_EQUAL(r.optional_integer("page").value_or(1), 1);
  CAF_CHECK_EQUAL(r.optional_string_enum("state", {"draft", "sent"}).value_or(""), "draft");
  CAF_CHECK(r.optional_boolean("flag").value_or(false));
  CAF_CHECK_EQUAL(r.string("q"), "a b");
  CAF_CHECK_EQUAL(format_utc(r.timestamp("at")), "2026-03-08T07:00:00Z");
  CAF_CHECK_EQUAL(lines(r.finish()), "fine");
}

CAF_TEST(wrong and unknown and repeated query parameters are refused) {
  header_list query = {{"limit", "x"},  {"big", "101"}, {"state", "gone"}, {"twice", "1"},  {"twice", "2"},
                       {"flag", "yes"}, {"id", "1"},    {"at", "now"},     {"unknown", ""}, {"empty", ""}};
  query_reader r(query);
  r.optional_integer("limit");
  r.optional_integer("big", {1, 100});
  r.optional_string_enum("state", {"draft"});
  r.string("twice");
  r.optional_boolean("flag");
  r.uuid("id");
  r.timestamp("at");
  r.string("absent");
  r.optional_integer("empty");
  CAF_CHECK_EQUAL(
      lines(r.finish()),
      "?limit wrong-type\n?big out-of-range\n?state unknown-value\n?twice repeated\n?flag wrong-type\n"
      "?id bad-uuid\n?at bad-timestamp\n?absent required\n?empty wrong-type\n?unknown unknown-parameter\n");
}
