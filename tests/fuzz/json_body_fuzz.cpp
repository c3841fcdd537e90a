// A JSON body through the parser and a field specification that uses every kind of field.
#include "net/bridge/json_body.hpp"
#include "net/bridge/target.hpp"
#include "require.hpp"

#include <boost/json.hpp>

namespace {

using namespace troupe;
using namespace troupe::bridge;

void read_fields(const boost::json::object& object) {
  field_reader r(object);
  r.string("text", {1, 20, true});
  r.integer("count", {0, 10});
  r.boolean("on");
  r.uuid("id");
  r.timestamp("at");
  r.string_enum("kind", {"text", "image"});
  r.array_of_uuid("ids", {0, 4, true});
  r.optional_array_of_string("tags", {0, 4, true});
  r.any("meta");
  if (auto inner = r.optional_object("inner")) inner->optional_string("x");
  for (auto& target : r.object_array("targets", {1, 5})) {
    target.optional_uuid("account");
    target.object("options").optional_boolean("on");
  }
  bool fine_so_far = r.ok();
  auto outcome = r.finish();
  TROUPE_FUZZ_REQUIRE(fine_so_far || !outcome);
  if (outcome) return;
  auto wrong_fields = outcome.error().fields;
  TROUPE_FUZZ_REQUIRE(!wrong_fields.empty() && wrong_fields.size() <= 100);
  for (auto& f : wrong_fields) {
    TROUPE_FUZZ_REQUIRE(f.pointer.empty() || f.pointer.front() == '/');
    TROUPE_FUZZ_REQUIRE(is_utf8(f.pointer) && is_utf8(f.detail) && !f.detail.empty());
  }
  boost::system::error_code wrong;
  boost::json::parse(problem(outcome.error(), "id").body, wrong);
  TROUPE_FUZZ_REQUIRE(!wrong);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body(reinterpret_cast<const char*>(data), size);
  auto parsed = parse_json_object(body, {64 * 1024, 32});
  if (!parsed) {
    TROUPE_FUZZ_REQUIRE(is_utf8(parsed.error().detail) && !parsed.error().detail.empty());
    return 0;
  }
  TROUPE_FUZZ_REQUIRE(is_utf8(body));
  // What was taken is taken again when we write it.
  auto again = parse_json_object(boost::json::serialize(*parsed), {1024 * 1024, 32});
  TROUPE_FUZZ_REQUIRE(again.has_value());
  read_fields(*parsed);
  return 0;
}
