#include "tests/actors/content/fixture.hpp"

#include "actors/users/interface.hpp"

#include <caf/test/unit_test.hpp>

#include <filesystem>
#include <fmt/format.h>

namespace troupe::test {

namespace {

/// Waiting for a named condition: the deadline ends a test that hangs, it asserts nothing about speed.
constexpr auto patience = std::chrono::seconds{20};

caf::behavior open_workspace(caf::event_based_actor* self, router* route) {
  return {
      [](get_rules) {
        return workspace_rules{"Europe/Berlin", 21'600};
      },
      [=](as_member& m) {
        auto promise = self->make_response_promise();
        promise.delegate(route->find(m.to), routed{m.to, std::move(m.payload)});
      },
      [](describe) { return json_text{"{}"}; },
      [=](passivate) { self->quit(); },
  };
}

} // namespace

small_network::small_network() {
  bridge::router routes;
  auto answer = [](int status, boost::json::object o) {
    bridge::reply r;
    r.status = status;
    r.body = boost::json::serialize(o);
    return r;
  };
  routes.add(bridge::verb::get, "/v1/account", {}, [=](bridge::request r, bridge::responder respond) {
    auto handle = std::string(r.header("authorization")).substr(15);
    respond(answer(200, {{"id", handle}, {"handle", handle}, {"max_text", 500}}));
  });
  routes.add(bridge::verb::get, "/v1/posts", {}, [=, this](bridge::request r, bridge::responder respond) {
    std::lock_guard lock(mutex_);
    boost::json::array posts;
    if (auto* key = r.query_value("key"); key && record_.contains(*key) && record_[*key].applied > 0)
      posts.push_back({{"id", "id-" + *key}, {"url", "http://sandbox/" + *key}});
    respond(answer(200, {{"posts", posts}}));
  });
  routes.add(bridge::verb::post, "/v1/posts", {}, [this](bridge::request r, bridge::responder respond) {
    auto reply = post(r);
    std::lock_guard lock(mutex_);
    unanswered_.emplace_back(std::move(respond), std::move(reply));
    if (!held_) answer_all();
  });
  bridge::server_settings settings;
  settings.port = 0;
  settings.threads = 1;
  auto server = bridge::server::start(settings, std::move(routes));
  CAF_REQUIRE(server.has_value());
  server_ = std::move(*server);
}

void small_network::hold() {
  std::lock_guard lock(mutex_);
  held_ = true;
}

void small_network::let_go() {
  std::lock_guard lock(mutex_);
  held_ = false;
  answer_all();
}

void small_network::answer_all() {
  for (auto& [respond, reply] : std::exchange(unanswered_, {}))
    if (reply.status != 0) respond(std::move(reply)); // else dropped: the client gets no useful answer
}

bridge::reply small_network::post(const bridge::request& r) {
  std::lock_guard lock(mutex_);
  auto key = std::string(r.header("idempotency-key"));
  auto& s = record_[key];
  ++s.raw;
  std::optional<fault> wrong;
  if (!faults_.empty()) {
    wrong = faults_.front();
    faults_.pop_front();
  }
  bool replay = s.applied > 0;
  if ((!wrong || wrong->applies) && !replay) {
    ++s.applied;
    s.body = r.body;
  }
  changed_.notify_all();
  bridge::reply out;
  if (wrong) {
    out.status = wrong->status;
    out.body = "{}";
    if (wrong->status == 429) out.headers.emplace_back("Retry-After", "1");
    return out;
  }
  out.status = replay ? 200 : 201;
  if (replay) out.headers.emplace_back("Idempotent-Replay", "true");
  out.body =
      boost::json::serialize(boost::json::object{{"id", "id-" + key}, {"url", "http://sandbox/" + key}});
  return out;
}

std::string small_network::url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }

std::map<std::string, small_network::seen> small_network::record() const {
  std::lock_guard lock(mutex_);
  return record_;
}

int small_network::applied() const {
  int total = 0;
  for (auto& [key, s] : record()) total += s.applied;
  return total;
}

void small_network::misbehave(int count, int status, bool apply) {
  std::lock_guard lock(mutex_);
  faults_.insert(faults_.end(), static_cast<std::size_t>(count), fault{status, apply});
}

void small_network::wait(const char* name,
                         std::function<bool(const std::map<std::string, seen>&)> what) const {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, patience, [&] { return what(record_); })) {
    std::string text;
    for (auto& [key, s] : record_) text += fmt::format(" {}: raw {} applied {};", key, s.raw, s.applied);
    CAF_FAIL("waited in vain for " << name << ":" << text);
  }
}

small_node::small_node(small_network& network, std::function<void(config::settings&)> tune) {
  static bool once = [] {
    secrets::init();
    return true;
  }();
  (void)once;
  directory_ = (std::filesystem::temp_directory_path() / ("troupe-content-" + to_string(workspace))).string();
  std::filesystem::create_directories(directory_);
  CAF_REQUIRE(secrets::key_ring::create(directory_ + "/keys").has_value());
  keys_ = *secrets::key_ring::load(directory_ + "/keys");
  config_.node.data_directory = directory_;
  config_.database.dsn = postgres_.dsn();
  config_.cluster.shards = 8;
  config_.sandbox.url = network.url();
  config_.outbound.allow_private_networks = true;
  config_.publish.retry_backoff_min_ms = 20;
  config_.publish.in_doubt_grace_ms = 50;
  config_.actors.entity_idle_ms = 60'000;
  if (tune) tune(config_);
  auto db = storage::blocking_connection::open(node::connection_of(config_, "test"));
  CAF_REQUIRE(db.has_value());
  auto applied = storage::migrate(**db);
  CAF_REQUIRE(applied.has_value());
  start();
}

small_node::~small_node() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void small_node::start() {
  actor_config_ = std::make_unique<node::actor_config>(2);
  system_ = std::make_unique<caf::actor_system>(*actor_config_);
  auto core = node::engine::start(config_, keys_, *system_, [](const std::string&) {});
  if (!core) CAF_FAIL("the engine did not start: " << core.error().detail);
  core_ = std::move(*core);
  auto opened = core_->open([this](caf::scheduled_actor* shard_actor, const entity_ref&) -> caf::actor {
    return shard_actor->spawn(open_workspace, core_->rt().route);
  });
  if (!opened) CAF_FAIL("the engine did not open: " << opened.error().detail);
}

void small_node::stop() {
  if (!core_) return;
  core_->stop(milliseconds{10'000});
  system_.reset();
  core_.reset();
}

uuid small_node::connect_account(const std::string& handle, const std::string& behaviour) {
  auto id = new_uuid(system_now());
  boost::json::object fields{{"handle", handle}};
  if (!behaviour.empty()) fields["behaviour"] = behaviour;
  auto made = ask<document>(account_ref(workspace, id),
                            troupe::connect_account{"sandbox", boost::json::serialize(fields)});
  if (!made) CAF_FAIL("connect: " << slug(made.error().code) << " " << made.error().detail);
  return id;
}

expected<document> small_node::make_post(uuid id, std::vector<uuid> accounts, milliseconds in,
                                         const std::string& key) {
  create_post m;
  m.origin.user = user;
  m.origin.key = key;
  m.origin.body_hash = secrets::token_hash(key + to_string(id));
  m.content.text = "Hello from " + to_string(id);
  for (auto& a : accounts) {
    target_spec t;
    t.account = a;
    m.targets.push_back(std::move(t));
  }
  if (in.count() >= 0) {
    m.schedule.what = schedule_spec::kind::at;
    m.schedule.at_us = to_micros(core_->rt().owner->now() + in);
  }
  return ask<document>(post_ref(workspace, id), std::move(m));
}

storage::rows small_node::sql(const char* text, const storage::params& values) {
  auto db = storage::blocking_connection::open(node::connection_of(config_, "test"));
  CAF_REQUIRE(db.has_value());
  auto r = (*db)->run(text, values);
  if (!r.ok()) CAF_FAIL("sql: " << r.sqlstate << " " << r.message);
  return std::move(r.results[0]);
}

std::string small_node::state_of(uuid post) {
  auto d = ask<document>(post_ref(workspace, post), read_post{});
  if (!d) return std::string(slug(d.error().code));
  return std::string(boost::json::parse(d->json).at("state").as_string());
}

void small_node::wait_state(uuid post, const std::string& state) {
  auto until = std::chrono::steady_clock::now() + patience;
  std::string seen;
  while (std::chrono::steady_clock::now() < until) {
    seen = state_of(post);
    if (seen == state) return;
    std::this_thread::yield();
  }
  std::string rows;
  auto last = sql("SELECT l.from_state || '>' || l.to_state || ' (' || l.reason || ': ' || l.detail || ')' "
                  "FROM ledger l JOIN "
                  "delivery d ON d.id = l.delivery_id WHERE d.post_id = $1 ORDER BY l.at DESC LIMIT 6",
                  {to_string(post)});
  for (std::size_t i = last.size(); i > 0; --i) rows += "\n" + std::string(last.get(i - 1, 0));
  CAF_FAIL("waited in vain for " << state << ", saw " << seen << "; ledger:" << rows);
}

void small_node::wait_sql(const char* name, const char* text) {
  auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until)
    if (sql(text).get_bool(0, 0)) return;
  CAF_FAIL("waited in vain until " << name);
}

std::vector<std::string> small_node::ledger(uuid post) {
  auto r = sql("SELECT l.from_state || '>' || l.to_state FROM ledger l JOIN delivery d ON d.id = "
               "l.delivery_id WHERE d.post_id "
               "= $1 ORDER BY l.at",
               {to_string(post)});
  std::vector<std::string> out;
  for (std::size_t i = 0; i < r.size(); ++i) out.emplace_back(r.get(i, 0));
  return out;
}

} // namespace troupe::test
