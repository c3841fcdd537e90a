#include "system/node/commands.hpp"

#include "actors/auth/signing_keys.hpp"
#include "actors/social/types.hpp"
#include "actors/users/operators.hpp"
#include "actors/users/reset_password.hpp"
#include "net/outbound/engine.hpp"
#include "system/cluster/join.hpp"
#include "system/core/secrets.hpp"
#include "system/node/command_support.hpp"
#include "system/node/engine.hpp"
#include "system/storage/database.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <iostream>

namespace troupe::node {

int complain(const failure& f) {
  std::cerr << "troupe: " << (f.detail.empty() ? std::string(sentence(f.code)) : f.detail) << '\n';
  return 1;
}

int complain(const storage::batch_result& r) {
  std::cerr << "troupe: the database answered " << r.sqlstate << ' ' << r.message << '\n';
  return 1;
}

expected<std::unique_ptr<storage::blocking_connection>> connect(const config::settings& c) {
  if (c.database.dsn.empty())
    return failure{ec::bad_configuration,
                   "database.dsn: is empty, allowed is a PostgreSQL connection string"};
  auto settings = connection_of(c, "troupe-cli");
  // A node tries again; a command that a person has typed does not, and rather waits for a busy server.
  settings.connect_timeout_s = std::max(settings.connect_timeout_s, 15);
  return storage::blocking_connection::open(settings);
}

namespace {

/// Seals anew what an older key has sealed: `select` answers (key column, sealed), `update` takes ($1 key, $2
/// new, $3 old), so that a node which wrote meanwhile wins.
expected<std::size_t> reseal_rows(storage::blocking_connection& db, const secrets::key_ring& ring,
                                  const char* select, const char* update) {
  auto found = db.run(select);
  if (!found.ok()) return failure{ec::storage_failed, found.message};
  std::size_t count = 0;
  for (std::size_t i = 0; i < found.results[0].size(); ++i) {
    auto old = storage::from_bytea(found.results[0].get(i, 1));
    if (secrets::key_ring::key_id_of(old) == ring.newest()) continue;
    auto id = parse_uuid(found.results[0].get(i, 0)).value_or(uuid{});
    auto plain = ring.open(old, seal_context(id));
    if (!plain) return plain.error();
    auto done = db.run(
        update, {to_string(id), storage::bytea(ring.seal(*plain, seal_context(id))), storage::bytea(old)});
    if (!done.ok()) return failure{ec::storage_failed, done.message};
    ++count;
  }
  return count;
}

} // namespace

int migrate(const config::settings& c) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  auto applied = storage::migrate(**db);
  if (!applied) return complain(applied.error());
  for (auto& name : *applied) std::cout << "applied " << name << '\n';
  if (applied->empty()) std::cout << "nothing to do\n";
  return 0;
}

int keys_init(const config::settings& c) {
  auto made = secrets::key_ring::create(c.node.key_file);
  if (!made) return complain(made.error());
  std::cout << "made " << c.node.key_file << "; keep a copy apart from the database's backups\n";
  return 0;
}

int keys_rotate(const config::settings& c) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  auto before = secrets::key_ring::load(c.node.key_file);
  if (!before) return complain(before.error());
  auto id = secrets::key_ring::add_key(c.node.key_file);
  if (!id) return complain(id.error());
  auto ring = secrets::key_ring::load(c.node.key_file);
  if (!ring) return complain(ring.error());
  auto r = (*db)->run("UPDATE cluster SET key_fingerprint = $1 WHERE key_fingerprint = $2",
                      {ring->fingerprint(), before->fingerprint()});
  if (!r.ok()) return complain(r);
  std::cout << "key " << *id << " added to " << c.node.key_file
            << "\nnow: copy the file to every node, restart the nodes, then run 'troupe keys reseal'\n";
  return 0;
}

int keys_reseal(const config::settings& c) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  auto ring = secrets::key_ring::load(c.node.key_file);
  if (!ring) return complain(ring.error());
  auto accounts = reseal_rows(**db, *ring, "SELECT id, sealed FROM account",
                              "UPDATE account SET sealed = $2 WHERE id = $1 AND sealed = $3");
  if (!accounts) return complain(accounts.error());
  auto grants = reseal_rows(**db, *ring, "SELECT account_id, sealed FROM token_grant",
                            "UPDATE token_grant SET sealed = $2 WHERE account_id = $1 AND sealed = $3");
  if (!grants) return complain(grants.error());
  auto flows = (*db)->run("DELETE FROM oauth_flow");
  if (!flows.ok()) return complain(flows);
  auto keys = auth::reseal_signing_keys(**db, *ring);
  if (!keys) return complain(keys.error());
  auto fresh = auth::rotate_signing_key(**db, *ring, seconds{180});
  if (!fresh) return complain(fresh.error());
  std::cout << fmt::format("sealed anew: {} accounts, {} grants, {} signing keys; new signing key {}\n",
                           *accounts, *grants, *keys, *fresh);
  return 0;
}

int inspect(const config::settings& c, const std::string& path) {
  std::ifstream in(c.admin.token_file);
  std::string token;
  if (!std::getline(in, token)) {
    std::cerr << "troupe: admin.token_file: cannot read " << c.admin.token_file << '\n';
    return 1;
  }
  outbound::engine_settings settings;
  settings.allow_private = true;
  auto out = outbound::engine::start(settings);
  outbound::request r;
  auto slashes = std::count(path.begin(), path.end(), '/');
  std::string escaped;
  for (char ch : path) escaped += ch == '/' ? std::string("%2F") : std::string(1, ch);
  r.url = fmt::format("http://{}:{}/admin/v1/actors", c.admin.address, c.admin.port);
  if (slashes >= 2)
    r.url += "/" + escaped;
  else if (!path.empty())
    r.url += "?path=" + escaped;
  r.headers.push_back("Authorization: Bearer " + token);
  r.max_response_bytes = 64 << 20;
  std::promise<outbound::response> promise;
  out->submit(std::move(r), [&](outbound::response answer) { promise.set_value(std::move(answer)); });
  auto answer = promise.get_future().get();
  if (answer.kind != outbound::result_kind::answered) {
    std::cerr << "troupe: the node does not answer: " << answer.error << '\n';
    return 1;
  }
  std::cout << answer.body << '\n';
  return answer.status == 200 ? 0 : 1;
}

int reset_password(const config::settings& c, const std::string& email, bool from_stdin) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  std::string password;
  if (from_stdin) std::getline(std::cin, password);
  auth::password_settings hashing{static_cast<std::size_t>(c.auth.argon2_memory_kib),
                                  static_cast<unsigned>(c.auth.argon2_passes), 1, 1};
  auto done = users::reset_password(**db, email, password, hashing);
  if (!done) return complain(done.error());
  if (!from_stdin) std::cout << "new password: " << done->password << '\n';
  std::cout << done->sessions << " sessions of " << email << " have ended\n";
  return 0;
}

int set_operator(const config::settings& c, const std::string& email, bool on) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  auto changed = users::set_operator(**db, email, on);
  if (!changed) return complain(changed.error());
  std::cout << email << (*changed ? " is " : " was already ") << (on ? "an operator" : "no operator") << '\n';
  return 0;
}

int restored(const config::settings& c) {
  auto lock = fmt::format("{}/node-{}.lock", c.node.data_directory, c.node.name);
  if (int fd = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      fd < 0 || ::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    std::cerr << "troupe: a node runs on " << lock << "; stop it first\n";
    return 1;
  }
  auto db = connect(c);
  if (!db) return complain(db.error());
  // Between the backup and now anything that was due may have gone out: only the networks know.
  auto r = (*db)->run(
      "WITH moved AS (UPDATE delivery SET state = 'in_doubt', version = version + 1, attempt = attempt + 1, "
      "first_sending_at = "
      "coalesce(first_sending_at, due_at), call_deadline = clock_timestamp() FROM (SELECT id AS old_id, "
      "state AS old_state FROM "
      "delivery WHERE is_open AND state IN ('scheduled', 'sending') AND due_at <= clock_timestamp()) old "
      "WHERE id = old.old_id "
      "RETURNING id, shard_id, attempt, old.old_state), "
      "logged AS (INSERT INTO ledger (delivery_id, shard_id, from_state, to_state, node, epoch, attempt, "
      "reason) SELECT id, "
      "shard_id, old_state, 'in_doubt', 'restored', 0, attempt, 'restored from a backup' FROM moved), "
      "cleared AS (UPDATE cluster SET restored = false, history = gen_random_uuid(), system_identifier = "
      "(SELECT system_identifier::text "
      "FROM "
      "pg_control_system()), timeline = (SELECT timeline_id FROM pg_control_checkpoint()) RETURNING 1) "
      "SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM cleared)");
  if (!r.ok()) return complain(r);
  // Transaction numbers of the database that was backed up mean nothing here: these events lie in the past.
  if (auto old = (*db)->run("UPDATE event SET xid = '0'::xid8 WHERE xid <> '0'::xid8"); !old.ok())
    return complain(old);
  // A node that remembers a later incarnation than the database would take it for restored again.
  std::remove(fmt::format("{}/node-{}.incarnation", c.node.data_directory, c.node.name).c_str());
  std::cout << r.results[0].get(0, 0)
            << " deliveries that were due are in doubt and will be looked up; publishing may begin\n";
  return 0;
}

} // namespace troupe::node
