#define CAF_SUITE memory_server
#include "actors/content/store.hpp"
#include "actors/social/interface.hpp"
#include "actors/social/store.hpp"
#include "tests/simulation/contract.hpp"

#include <caf/test/unit_test.hpp>

#include <boost/json.hpp>

#include <set>
#include <sstream>

// The contract of the fenced store behind the publish protocol, held by PostgreSQL and by the model that
// simulations use: the same batches in the same order, with the same answers.

using namespace troupe;
using namespace troupe::test;
using storage::batch_result;
using storage::batch_status;

namespace {

/// The answer as text: instants that the server reads from its clock as T, JSON in one form.
std::string told(const batch_result& r, std::size_t columns, std::size_t step) {
  if (!r.ok()) return r.sqlstate.empty() ? "not ok" : r.sqlstate;
  std::string out;
  auto& rows = r.results.at(step);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t c = 0; c < columns; ++c) {
      std::string cell(rows.get(i, c));
      if (rows.is_null(i, c)) cell = "NULL";
      if (cell.size() == 16 && cell.find_first_not_of("0123456789") == cell.npos) cell = "T";
      if (cell.starts_with('{') || cell.starts_with('['))
        cell = boost::json::serialize(boost::json::parse(cell));
      out += cell + '|';
    }
    out += '\n';
  }
  return out;
}

class script {
 public:
  explicit script(subject& s) : s_(s) {}
  std::string text;

  void change(const wide_statement& sql, storage::params row, std::size_t columns) {
    text += std::string(sql.name) + ": " + told(s_.write(change_of(sql, true, std::move(row))), columns, 1) +
            "\n";
  }
  void change(const storage::statement& sql, storage::params row) {
    text += std::string(sql.name) + ": " + told(s_.write(change_of(sql, false, std::move(row))), 1, 1) + "\n";
  }
  /// `ordered`: the statement promises an order.
  void read(const storage::statement& sql, storage::params values, std::size_t columns, bool ordered = true) {
    auto answer = told(s_.read({{&sql, std::move(values)}}), columns, 0);
    if (!ordered) {
      std::istringstream in(answer);
      std::multiset<std::string> lines;
      for (std::string line; std::getline(in, line);) lines.insert(line + "\n");
      answer.clear();
      for (auto& line : lines) answer += line;
    }
    text += std::string(sql.name) + ":\n" + answer;
  }
  void look(const char* post) {
    read(content_store::load_post, {id(post), workspace}, 14);
    read(content_store::load_deliveries, {id(post)}, 22);
    read(content_store::open_of_post, {id(post)}, 16, false);
  }
  void step(const char* delivery, int version, const char* from, const char* to, bool open,
            storage::param repeat = {}, storage::param receipt = {}, storage::param next = {},
            int burnt = 0) {
    change(content_store::transition,
           {id(delivery), std::to_string(version), from, to, open ? "true" : "false", "why", "detail", next,
            receipt, receipt, receipt ? storage::param{} : "kind", receipt ? storage::param{} : "words",
            std::to_string(burnt), receipt ? storage::param{"1800000000000001"} : storage::param{}, repeat,
            "delivery.step"},
           4);
  }

 private:
  subject& s_;
};

/// All statements of the publish protocol, applied and not applied.
std::string transcript(subject& s) {
  script t(s);
  t.change(content_store::create, post_values("one", "1800000000000000", "key"), 1);
  t.change(content_store::create, post_values("one", "1800000000000000", "key"), 1); // made by an earlier try
  t.change(content_store::create, post_values("draft", {}), 1);
  t.look("one");
  t.look("draft");
  t.read(content_store::load_post, {id("one"), author}, 14); // of another workspace
  for (auto* post : {"one", "draft", "none"}) t.read(content_store::made_for, {id(post), author, "key"}, 1);
  storage::params near{"1", "1800000000000001", "0", to_string(uuid{}), "10"};
  t.read(content_store::open_deliveries, near, 16);
  t.read(content_store::open_deliveries, {"1", "1800000000000000", "0", to_string(uuid{}), "10"}, 16);
  t.read(content_store::open_deliveries, {"2", "1800000000000001", "0", to_string(uuid{}), "10"}, 16);
  t.read(content_store::open_deliveries, {"1", "1800000000000001", "0", to_string(uuid{}), "1"}, 16);
  auto first = std::min(id("one-1"), id("one-2"));
  t.read(content_store::open_deliveries, {"1", "1800000000000001", "1800000000000000", first, "10"}, 16);

  t.change(content_store::prepared, {id("one-1"), "1", R"({"media":[],"prepared":true})"}, 2);
  t.look("one");
  t.change(content_store::arm, {id("one-1"), "1", "3000", "2000"}, 11); // an old version
  t.change(content_store::arm, {id("one-1"), "2", "3000", "2000"}, 11);
  t.change(content_store::arm, {id("one-1"), "3", "3000", "2000"}, 11); // is on its way
  t.change(content_store::arm, {id("one-2"), "1", "3000", "2000"}, 11);
  t.change(content_store::published, {id("one-2"), "2", "remote", "link", "1800000000000003"}, 4);
  t.change(content_store::published, {id("one-2"), "3", "again", "link", "1800000000000004"}, 4);
  t.step("one-1", 3, "scheduled", "failed", false); // not its state
  t.step("one-1", 3, "sending", "in_doubt", true, {}, {}, "1800000000000005", 1);
  t.look("one");
  t.step("one-1", 4, "in_doubt", "in_doubt", true, "2000");
  t.step("one-1", 5, "in_doubt", "needs_review", false);
  t.look("one");

  t.read(content_store::receipts, {id("one-1")}, 4);
  t.read(content_store::unsettled_receipts, {"10", "{1}"}, 3);
  for (auto* remote : {"remote", "elsewhere"})
    t.read(content_store::keep_receipt, {id("one-1"), "2", "a", "published", remote, "link", "why"}, 0);
  t.read(content_store::keep_receipt, {id("one-2"), "1", "a", "published", "remote", "link", "why"}, 0);
  t.read(content_store::receipts, {id("one-1")}, 4);
  t.read(content_store::unsettled_receipts, {"10", "{1}"}, 3);
  t.read(content_store::unsettled_receipts, {"10", "{2,3}"}, 3);
  t.step("one-1", 6, "needs_review", "published", false, {}, "remote");
  t.read(content_store::unsettled_receipts, {"10", "{1}"}, 3); // the other receipt says something else
  t.look("one");

  auto target = [](const char* name, const char* state, boost::json::value text) {
    return boost::json::object{{"id", id(name)},        {"account_id", account},
                               {"platform", "sandbox"}, {"state", state},
                               {"text", text},          {"title", nullptr},
                               {"media", nullptr},      {"options", {{"visibility", "private"}}}};
  };
  auto edited = [&](const char* post, int version, const boost::json::array& targets, std::string removed) {
    t.change(content_store::edit,
             {id(post), std::to_string(version), "new words", "new title", "de", "[]",
              boost::json::serialize(targets), std::move(removed), author, "edit", storage::bytea("body")});
    t.look(post);
  };
  edited("draft", 1, {target("draft-1", "draft", "own words"), target("draft-3", "draft", nullptr)},
         id("draft-2"));
  t.read(content_store::kept_key, {author, "edit"}, 2);
  t.read(content_store::kept_key, {author, "another"}, 2);
  edited("draft", 1, {target("draft-1", "draft", "late words")}, ""); // an old version
  edited("one", 1, {target("one-1", "published", "late words")}, ""); // the post, not what is out

  auto both = id("draft-1") + "," + id("draft-2");
  storage::params moved{id("draft"),
                        "2",
                        both,
                        "scheduled",
                        "true",
                        "1800000000000009",
                        {},
                        {},
                        "false",
                        "why",
                        "post.scheduled",
                        author,
                        "move",
                        storage::bytea("body")};
  t.change(content_store::move_post, moved);
  t.change(content_store::move_post, moved); // an old version
  t.look("draft");
  t.change(content_store::arm, {id("draft-1"), "3", "3000", "2000"}, 11);
  storage::params cancel{id("draft"), "3",     both,  "cancelled",      "false", {}, {},
                         {},          "false", "why", "post.cancelled", author,  {}, storage::bytea("")};
  t.change(content_store::move_post, cancel); // but for the one that is on its way
  t.look("draft");
  t.step("draft-1", 4, "sending", "failed", false);
  storage::params again{
      id("draft-1"),        "5",    "failed", "scheduled",           "why", "1800000000000010", {}, {},
      "delivery.scheduled", author, "retry",  storage::bytea("body")};
  t.change(content_store::decide, again);
  t.change(content_store::decide, again);
  t.look("draft");

  t.read(held_accounts, {"1"}, 2);
  t.read(social_store::load, {account, workspace}, 9);
  storage::params pause{account, "1", "paused", "by a person", {}};
  t.change(social_store::set_state, pause);
  t.read(held_accounts, {"1"}, 2);
  t.read(social_store::load, {account, workspace}, 9);
  return t.text;
}

/// What makes the fence a fence.
void fences(subject& s) {
  auto ends = [&](shard_id shard, std::int64_t epoch, const char* name) {
    return s.write(change_of(content_store::create, true, post_values(name, {}), shard, epoch));
  };
  auto there = [&](const char* name) {
    return s.read({{&content_store::load_post, {id(name), workspace}}}).results.at(0).size() == 1;
  };
  CAF_CHECK(ends(2, 1, "good").ok());
  auto wrong = ends(2, 7, "wrong epoch");
  CAF_CHECK(wrong.status == batch_status::failed);
  CAF_CHECK_EQUAL(wrong.sqlstate, "TF001");
  CAF_CHECK(!there("wrong epoch"));

  // One shard of two that is lost takes the whole batch with it.
  auto mixed = change_of(content_store::create, true, post_values("mixed", {}), 2, 1);
  mixed.front().values = {"{2,3}", "{1,9}"};
  auto half = s.write(mixed);
  CAF_CHECK_EQUAL(half.sqlstate, "TF001");
  CAF_CHECK(!there("mixed"));

  // A lost answer: it has been committed, and the repeat finds that out.
  auto lost =
      s.write_and_lose_the_answer(change_of(content_store::create, true, post_values("lost", {}), 2, 1));
  CAF_CHECK(lost.status == batch_status::unknown);
  CAF_CHECK(lost.backend_pid != 0);
  CAF_CHECK(there("lost"));
  auto repeat = ends(2, 1, "lost");
  CAF_REQUIRE(repeat.ok());
  CAF_CHECK_EQUAL(repeat.results.at(1).size(), 0u);

  // A frozen client in the middle of a batch holds the shard until its connections are ended.
  auto go_on = s.stop_in_the_middle(3, 1);
  s.expire(s.a);
  auto rows = s.tables->read();
  CAF_REQUIRE(rows.has_value());
  for (auto& m : rows->members)
    if (m.id == s.a) CAF_REQUIRE(*s.tables->mark_dead(m, true));
  auto taken = s.tables->take(s.b, {2, 3});
  CAF_REQUIRE(taken.has_error());
  CAF_CHECK(taken.error().code == ec::timed_out);
  CAF_REQUIRE(s.tables->end_connections(s.a).has_value());
  taken = s.tables->take(s.b, {2, 3});
  CAF_REQUIRE(taken.has_value());
  CAF_CHECK_EQUAL(taken->size(), 2u);
  CAF_CHECK(!go_on());
  CAF_CHECK(!there("frozen"));

  // The stale write against the new epoch.
  auto stale = ends(2, 1, "stale");
  CAF_CHECK_EQUAL(stale.sqlstate, "TF001");
  CAF_CHECK(!there("stale"));
  CAF_CHECK(ends(2, 2, "fresh").ok());
}

void begin(subject& s) {
  CAF_REQUIRE(s.tables->begin_owning(s.a).has_value() && s.tables->begin_owning(s.b).has_value());
  CAF_REQUIRE_EQUAL(s.tables->take(s.a, {0, 1, 2, 3})->size(), 4u);
}

} // namespace

CAF_TEST(the statements of the publish protocol do in memory what they do in postgres) {
  in_memory model;
  in_postgres real;
  begin(model.s);
  begin(real.s);
  auto here = transcript(model.s), there = transcript(real.s);
  CAF_CHECK(there.find("delivery_arm: 1|3|1|T|words, \"quoted\"") != there.npos);
  CAF_CHECK_EQUAL(here, there);
}

CAF_TEST(the model in memory keeps the contract of the fence) {
  in_memory model;
  begin(model.s);
  fences(model.s);
}

CAF_TEST(postgres keeps the contract of the fence) {
  in_postgres real;
  begin(real.s);
  fences(real.s);
}
