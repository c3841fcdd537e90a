#include "tests/simulation/contract.hpp"

#include "actors/content/store.hpp"

#include <caf/test/unit_test.hpp>

#include <boost/json.hpp>

#include <future>

namespace troupe::test {

using storage::batch_result;

namespace {

const storage::statement fence{"journal_fence", "SELECT troupe_fence($1::int[], $2::bigint[])"};

storage::step fenced(shard_id shard, std::int64_t epoch) {
  return {&fence, {"{" + std::to_string(shard) + "}", "{" + std::to_string(epoch) + "}"}};
}

batch_result wait(const std::function<void(storage::completion)>& start) {
  auto answer = std::make_shared<std::promise<batch_result>>();
  start([answer](batch_result r) { answer->set_value(std::move(r)); });
  return answer->get_future().get();
}

} // namespace

std::vector<storage::step> change_of(const storage::statement& sql, bool wide, storage::params row,
                                     shard_id shard, std::int64_t epoch) {
  auto whose = [wide](std::int64_t n) { return wide ? "{" + std::to_string(n) + "}" : std::to_string(n); };
  storage::params values{whose(shard), whose(epoch), "a"};
  for (auto& cell : row) {
    storage::array_builder one;
    one.add(cell);
    values.emplace_back(one.take());
  }
  return {fenced(shard, epoch), {&sql, std::move(values)}};
}

storage::params post_values(const char* name, storage::param due, storage::param key) {
  boost::json::array targets;
  for (auto* t : {"-1", "-2"})
    targets.push_back({{"id", id((std::string(name) + t).c_str())},
                       {"account_id", account},
                       {"platform", "sandbox"},
                       {"state", "scheduled"},
                       {"text", std::string(t) == "-2" ? boost::json::value("other words") : nullptr},
                       {"title", nullptr},
                       {"media", nullptr},
                       {"options", {{"visibility", "public"}}}});
  return {id(name),
          workspace,
          author,
          "words, \"quoted\"",
          "title",
          "en",
          "[]",
          std::move(due),
          {},
          {},
          "1700000000000000",
          boost::json::serialize(targets),
          key ? storage::param{storage::bytea("body")} : std::nullopt};
}

in_memory::in_memory() {
  memory_account row;
  row.id = account;
  row.workspace = workspace;
  row.platform = "sandbox";
  row.handle = "ada";
  row.server = "http://network";
  row.sealed = "\\x";
  row.shard = 1;
  server.rows.accounts[account] = row;
  s.a = tables.join("a", milliseconds{60'000});
  s.b = tables.join("b", milliseconds{60'000});
  s.tables = std::make_unique<memory_store>(tables);
  s.write = s.read = [this](auto steps) { return server.run(steps); };
  s.expire = [this](const cluster::node_id& n) {
    tables.nodes.at(n).lease_until = tables.now() - milliseconds{1};
  };
  s.write_and_lose_the_answer = [this](auto steps) {
    batch_result out;
    auto& b = server.send(server.new_pid(), "test", steps, [&out](batch_result r) { out = std::move(r); });
    server.begin(b);
    server.commit(b);
    server.cut(b);
    return out;
  };
  s.stop_in_the_middle = [this](shard_id shard, std::int64_t epoch) -> std::function<bool()> {
    auto ok = std::make_shared<bool>(true);
    auto pid = server.new_pid();
    server.begin(server.send(pid, application_name(s.a.name, s.a.incarnation),
                             change_of(content_store::create, true, post_values("frozen", {}), shard, epoch),
                             [ok](const batch_result& r) { *ok = r.ok(); }));
    return [this, ok, pid] {
      for (auto& b : server.open())
        if (b.pid == pid) {
          server.commit(b);
          server.answer(b);
          break;
        }
      return *ok;
    };
  };
}

void in_postgres::run(const char* text, const storage::params& values) {
  auto r = sql->run(text, values);
  if (!r.ok()) CAF_FAIL(text << ": " << r.message);
}

in_postgres::in_postgres() {
  settings.dsn = server.dsn();
  settings.application_name = "troupe/test";
  sql = std::move(*storage::blocking_connection::open(settings));
  run("INSERT INTO cluster (shards, key_fingerprint, system_identifier, timeline) VALUES (4, '', 'here', 1)");
  run("INSERT INTO shard (shard_id) SELECT generate_series(0, 3)");
  run("INSERT INTO account (id, workspace_id, shard_id, platform, remote_id, handle, display_name, server, "
      "state, "
      "sealed, limits, created_at) VALUES ($1, $2, 1, 'sandbox', 'ada', 'ada', 'ada', 'http://network', "
      "'active', "
      "'', '{}', clock_timestamp())",
      {account, workspace});
  auto join = [this](const char* name) {
    auto r = sql->run("INSERT INTO node (name, incarnation, state, lease_until) VALUES ($1, "
                      "nextval('node_incarnation'), 'active', clock_timestamp() + interval '1 minute') "
                      "RETURNING incarnation",
                      {std::string(name)});
    return cluster::node_id{name, r.results.at(0).get_int(0, 0)};
  };
  s.a = join("a");
  s.b = join("b");
  s.tables = cluster::make_store(settings);
  straight = storage::database::open(settings, 1, 1);
  proxy = std::make_unique<tcp_proxy>(server.port());
  auto through = settings;
  through.dsn += " host=127.0.0.1 port=" + std::to_string(proxy->port());
  relayed = storage::database::open(through, 1, 1);
  s.write = [this](auto steps) {
    return wait([&](auto done) { straight->writer_of(0).submit(std::move(steps), std::move(done)); });
  };
  s.read = [this](auto steps) {
    return wait([&](auto done) { straight->read(std::move(steps), std::move(done)); });
  };
  s.expire = [this](const cluster::node_id& n) {
    run("UPDATE node SET lease_until = clock_timestamp() - interval '1 ms' WHERE name = $1", {n.name});
  };
  s.write_and_lose_the_answer = [this](auto steps) {
    auto& writer = relayed->writer_of(0);
    // Once it is connected and knows the statements, the next answer is the batch's.
    auto known = steps;
    known.front().values = {"{2}", "{99}"};
    auto refused = wait([&](auto done) { writer.submit(known, std::move(done)); });
    CAF_REQUIRE_EQUAL(refused.sqlstate, "TF001");
    proxy->lose_next_reply();
    return wait([&](auto done) { writer.submit(std::move(steps), std::move(done)); });
  };
  s.stop_in_the_middle = [this](shard_id shard, std::int64_t epoch) -> std::function<bool()> {
    auto of_a = settings;
    of_a.application_name = application_name(s.a.name, s.a.incarnation);
    frozen = std::move(*storage::blocking_connection::open(of_a));
    auto begin =
        "BEGIN; SELECT troupe_fence('{" + std::to_string(shard) + "}', '{" + std::to_string(epoch) + "}')";
    CAF_REQUIRE(frozen->run_script(begin).has_value());
    return [this] { return frozen->run("COMMIT").ok(); };
  };
}

} // namespace troupe::test
