#include "world.hpp"

#include "actors/users/factories.hpp"

#include <caf/test/unit_test.hpp>
#include <fmt/format.h>

#include <filesystem>

namespace troupe::test {

namespace {

struct message_types : caf::actor_system_config {
  message_types() {
    add_message_types<caf::id_block::troupe_actor>();
    add_message_types<caf::id_block::troupe_journal>();
    add_message_types<caf::id_block::troupe_users>();
    set("scheduler.max-threads", static_cast<std::size_t>(2));
  }
};

secrets::key_ring fresh_ring() {
  secrets::init();
  auto file =
      (std::filesystem::temp_directory_path() / ("troupe-world-" + secrets::random_token(9))).string();
  CAF_REQUIRE(secrets::key_ring::create(file).has_value());
  auto ring = secrets::key_ring::load(file);
  std::filesystem::remove(file);
  CAF_REQUIRE(ring.has_value());
  return *ring;
}

storage::connection_settings connection_to(const std::string& dsn) {
  storage::connection_settings s;
  s.dsn = dsn;
  return s;
}

} // namespace

world::world(std::function<void(users::users_settings&)> tune) : ring_(fresh_ring()) {
  auto db = storage::blocking_connection::open(connection_to(postgres_.dsn()));
  CAF_REQUIRE(db.has_value());
  auto made = (*db)->run("INSERT INTO shard (shard_id, epoch) SELECT generate_series(0, $1::int - 1), 1",
                         {std::to_string(shards)});
  CAF_REQUIRE(made.ok());

  std::vector<auth::signing_key> keys{auth::make_signing_key(secrets::random_bytes(32), now() - seconds{60})};
  keys_.replace(std::make_shared<const auth::key_set>(std::move(keys), seconds{900}));
  auto clock = [this] { return owner_.now(); };
  issuer_ = std::make_unique<auth::token_issuer>(keys_, "troupe", seconds{900}, clock);
  verifier_ = std::make_unique<auth::token_verifier>(keys_, auth::verifier_settings{}, clock);
  passwords_ = std::make_unique<auth::password_hasher>(hashing);
  context_.issuer = issuer_.get();
  context_.verifier = verifier_.get();
  context_.passwords = passwords_.get();
  context_.derive_keys(ring_);
  if (tune) tune(context_.settings);

  database_ = storage::database::open(connection_to(postgres_.dsn()), 2, 2);
  rt_.database = database_.get();
  rt_.owner = &owner_;
  rt_.ticks = &ticks_;
  rt_.route = &route_;
  rt_.keys = &ring_;
  config_ = std::make_unique<message_types>();
  system_ = std::make_unique<caf::actor_system>(*config_);
  start_actors();
}

world::~world() {
  stop_actors();
  system_.reset();
  passwords_.reset();
}

void world::start_actors() {
  for (shard_id i = 0; i < shards; ++i)
    rt_.journals.push_back(
        system_->spawn(journal, i, journal_settings{}, rt_.database, rt_.owner, &changes_));
  for (shard_id i = 0; i < shards; ++i) {
    auto s = system_->spawn(shard, group::users, i, shard_settings{}, users::make_factory(rt_, context_),
                            &ticks_, caf::actor{}, shard_past{});
    route_.set(group::users, i, s);
    shard_actors_.push_back(std::move(s));
  }
}

void world::stop_actors() {
  caf::scoped_actor self{*system_};
  auto end = [&](std::vector<caf::actor>& actors) {
    for (auto& a : actors) {
      self->monitor(a);
      caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
    }
    for (std::size_t i = 0; i < actors.size(); ++i) self->receive([](const caf::down_msg&) {});
    actors.clear();
  };
  for (auto& j : rt_.journals)
    self->request(j, std::chrono::seconds{30}, flush{}).receive([](done) {}, [](const caf::error&) {});
  for (shard_id i = 0; i < shards; ++i) route_.clear(i);
  end(shard_actors_);
  end(rt_.journals);
}

void world::restart() {
  stop_actors();
  start_actors();
}

users::register_user world::registration(const std::string& email) const {
  users::register_user m;
  m.email = email;
  m.password = "password of " + email;
  m.display_name = "Somebody";
  m.workspace_id = new_uuid(now());
  m.workspace_name = "Bakery";
  m.time_zone = "Europe/Berlin";
  return m;
}

world::person world::join(const std::string& name) {
  auto m = registration(name + "@example.org");
  person p;
  p.id = new_uuid(now());
  p.workspace = m.workspace_id;
  p.email = m.email;
  p.password = m.password;
  auto r = ask<users::registered>(user_ref(p.id), m);
  if (!r) CAF_FAIL("register " << name << ": " << slug(r.error().code) << " " << r.error().detail);
  p.session = r->session;
  return p;
}

storage::rows world::sql(const char* text, const storage::params& values) {
  auto db = storage::blocking_connection::open(connection_to(postgres_.dsn()));
  CAF_REQUIRE(db.has_value());
  auto r = (*db)->run(text, values);
  if (!r.ok()) CAF_FAIL("sql: " << r.sqlstate << " " << r.message);
  return std::move(r.results[0]);
}

std::int64_t world::count(const char* text, const storage::params& values) {
  return sql(text, values).get_int(0, 0);
}

} // namespace troupe::test
