#define CAF_SUITE storage_data
#include <caf/test/unit_test.hpp>

#include "tests/support/postgres.hpp"
#include "tests/system/storage/storage_support.hpp"

#include <limits>

using namespace troupe::storage;
using namespace troupe::test;

namespace {

struct fixture {
  postgres server;
  std::unique_ptr<database> db = open_connected(settings_for(server.dsn()));
  connection& writer() { return db->writer_of(0); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(data, fixture)

CAF_TEST(big values travel in both directions at once without a deadlock) {
  constexpr statement echo{"echo", "SELECT $1::text || $1::text, length($1::text)"};
  constexpr std::size_t count = 1000, size = 100000;
  collector c;
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::string big(size, static_cast<char>('a' + i % 26));
    writer().submit({{&echo, {big}}}, [next = c.next(), &wrong, big](batch_result r) {
      if (!r.ok() || r.results[0].get(0, 0) != big + big) ++wrong;
      r.results.clear();
      next(std::move(r));
    });
  }
  c.wait_for(count);
  CAF_CHECK_EQUAL(wrong, 0u);
}

CAF_TEST(a batch larger than every buffer goes through) {
  constexpr statement echo{"echo", "SELECT $1::text || $1::text"};
  std::vector<step> steps;
  for (int i = 0; i < 60; ++i) steps.push_back({&echo, {std::string(500000, 'x')}});
  auto r = run(writer(), std::move(steps));
  CAF_REQUIRE_EQUAL(text(r), "committed");
  CAF_CHECK_EQUAL(r.results[59].get(0, 0).size(), 1000000u);
}

CAF_TEST(nothing is nothing and empty is empty) {
  constexpr statement both{"both",
                           "SELECT $1::text, $2::text, $1::bigint IS NULL, NULL::bigint, NULL::boolean"};
  auto r = run(writer(), {{&both, {std::nullopt, ""}}});
  CAF_REQUIRE_EQUAL(text(r), "committed");
  auto& row = r.results[0];
  CAF_CHECK(row.is_null(0, 0));
  CAF_CHECK(!row.is_null(0, 1));
  CAF_CHECK(row.get_optional(0, 0) == std::nullopt);
  CAF_CHECK(row.get_optional(0, 1) == std::string{});
  CAF_CHECK(row.get_bool(0, 2));
  CAF_CHECK_EQUAL(row.get_int(0, 3), 0);
  CAF_CHECK(!row.get_bool(0, 4));
  CAF_CHECK(row.is_null(1, 0));
  CAF_CHECK(row.is_null(0, 5));
}

CAF_TEST(numbers and truth values are read as they are) {
  constexpr statement kinds{"kinds",
                            "SELECT 9223372036854775807, '-9223372036854775808'::bigint, true, false"};
  auto r = run(writer(), {{&kinds, {}}});
  CAF_REQUIRE_EQUAL(text(r), "committed");
  CAF_CHECK_EQUAL(r.results[0].get_int(0, 0), std::numeric_limits<std::int64_t>::max());
  CAF_CHECK_EQUAL(r.results[0].get_int(0, 1), std::numeric_limits<std::int64_t>::min());
  CAF_CHECK(r.results[0].get_bool(0, 2));
  CAF_CHECK(!r.results[0].get_bool(0, 3));
}

CAF_TEST(arrays arrive element by element as they were built) {
  std::vector<std::optional<std::string>> elements{
      "plain",           "",          "NULL",  std::nullopt, "a \"quoted\" word", "back\\slash \\\\ two",
      "{braces}, comma", "line\nend", "  in ", "ünï 📮",      "'; DROP TABLE",     "\\x00"};
  array_builder a;
  for (auto& e : elements) a.add(e);
  constexpr statement unnest{"unnest",
                             "SELECT u FROM unnest($1::text[]) WITH ORDINALITY AS t(u, i) ORDER BY i"};
  auto r = run(writer(), {{&unnest, {a.take()}}});
  CAF_REQUIRE_EQUAL(text(r), "committed");
  CAF_REQUIRE_EQUAL(r.results[0].size(), elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) CAF_CHECK(r.results[0].get_optional(i, 0) == elements[i]);

  for (auto n : {std::int64_t{3}, std::int64_t{-4}}) a.add(n);
  constexpr statement sum{"sum", "SELECT sum(u) FROM unnest($1::bigint[]) u"};
  CAF_CHECK_EQUAL(run(writer(), {{&sum, {a.take()}}}).results[0].get_int(0, 0), -1);
  CAF_CHECK_EQUAL(text(run(writer(), {{&sum, {a.take()}}})), "committed");
}

CAF_TEST(bytes survive the way there and back) {
  std::string all;
  for (int i = 0; i < 1024; ++i) all += static_cast<char>(i * 7);
  constexpr statement echo{"bytes", "SELECT $1::bytea, length($1::bytea), ''::bytea"};
  auto r = run(writer(), {{&echo, {bytea(all)}}});
  CAF_REQUIRE_EQUAL(text(r), "committed");
  CAF_CHECK(from_bytea(r.results[0].get(0, 0)) == all);
  CAF_CHECK_EQUAL(r.results[0].get_int(0, 1), 1024);
  CAF_CHECK_EQUAL(from_bytea(r.results[0].get(0, 2)), "");
}

CAF_TEST_FIXTURE_SCOPE_END()
