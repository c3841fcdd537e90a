#define CAF_SUITE storage_values
#include <caf/test/unit_test.hpp>

#include "system/storage/database.hpp"

using namespace troupe::storage;

CAF_TEST(an array without elements is a pair of braces) {
  array_builder a;
  CAF_CHECK_EQUAL(a.take(), "{}");
}

CAF_TEST(array elements are quoted and a missing one stays bare) {
  array_builder a;
  a.add("plain");
  a.add(R"(a "quote" and a \ backslash)");
  a.add(std::optional<std::string>{});
  a.add(std::string{"NULL"});
  a.add(std::int64_t{-7});
  CAF_CHECK_EQUAL(a.take(), R"({"plain","a \"quote\" and a \\ backslash",NULL,"NULL",-7})");
  a.add("anew");
  CAF_CHECK_EQUAL(a.take(), R"({"anew"})");
}

CAF_TEST(bytes survive the text form of bytea) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CAF_CHECK_EQUAL(bytea(std::string_view{"\0\xff", 2}), "\\x00ff");
  CAF_CHECK(from_bytea(bytea(all)) == all);
  CAF_CHECK_EQUAL(from_bytea("\\xDEad"), "\xde\xad");
  CAF_CHECK_EQUAL(from_bytea(""), "");
  CAF_CHECK_EQUAL(from_bytea("\\xzz"), "");
}

CAF_TEST(rows that are not there read as nothing) {
  rows none;
  CAF_CHECK(none.empty());
  CAF_CHECK(none.is_null(0, 0));
  CAF_CHECK_EQUAL(none.get(0, 0), "");
  CAF_CHECK_EQUAL(none.get_int(3, 3), 0);
  CAF_CHECK_EQUAL(none.affected(), 0);
}

CAF_TEST(settings outside their bounds are refused by name) {
  connection_settings s;
  s.dsn = "host=127.0.0.1";
  CAF_CHECK(validate(s).has_value());
  s.lock_timeout_ms = 5;
  auto refused = validate(s);
  CAF_REQUIRE(!refused);
  CAF_CHECK_EQUAL(refused.error().detail, "lock_timeout_ms is 5; allowed is 10 to 600000");
}

CAF_TEST(a connection string that cannot be read is refused without showing it) {
  connection_settings s;
  s.dsn = "postgres//user:hush@host";
  auto refused = validate(s);
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().detail.find("hush") == std::string::npos);
  s.dsn = "host=a,b port=1,2,3";
  CAF_CHECK(!validate(s));
  s.dsn = "postgresql://user:hush@one:5432,two:5433/db?sslmode=prefer";
  CAF_CHECK(validate(s).has_value());
}
