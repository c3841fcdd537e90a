#include "api_node.hpp"

#include "tests/support/process.hpp"

#include <caf/test/unit_test.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

namespace troupe::test {

namespace {

/// Waiting for a named condition: the deadline ends a test that hangs, it asserts nothing about speed.
constexpr auto patience = std::chrono::seconds{20};

std::string insist(expected<std::unique_ptr<bridge::server>> started, std::unique_ptr<bridge::server>& into) {
  if (!started) return started.error().detail;
  into = std::move(*started);
  return {};
}

} // namespace

api_node::api_node(std::function<void(config::settings&)> tune) {
  secrets::init();
  for (auto* id : {&workspace, &other_workspace, &owner, &admin, &editor, &viewer, &stranger})
    *id = new_uuid(system_now());
  directory_ = (std::filesystem::temp_directory_path() / ("troupe-api-" + to_string(workspace))).string();
  std::filesystem::create_directories(directory_ + "/spool");
  CAF_REQUIRE(secrets::key_ring::create(directory_ + "/keys").has_value());
  keys_ = *secrets::key_ring::load(directory_ + "/keys");
  config_.node.data_directory = directory_;
  config_.database.dsn = postgres_.dsn();
  config_.cluster.shards = 8;
  config_.http.port = free_port();
  config_.http.public_url = fmt::format("http://127.0.0.1:{}", config_.http.port);
  config_.media.directory = directory_ + "/media";
  config_.outbound.allow_private_networks = true;
  config_.limits.requests_per_user_per_minute = 1'000'000; // tests that wait ask again and again
  config_.limits.requests_per_address_per_minute = 1'000'000;
  config_.publish.retry_backoff_min_ms = 20;
  config_.publish.in_doubt_grace_ms = 50;
  if (tune) tune(config_);
  seed();
  make_tokens();
  start();
}

api_node::~api_node() {
  if (server_) server_->drain(milliseconds{2'000});
  if (admin_server_) admin_server_->drain(milliseconds{2'000});
  if (core_) core_->stop(milliseconds{10'000});
  server_.reset();
  admin_server_.reset();
  feed_.reset();
  pool_.reset();
  files_.reset();
  system_.reset();
  core_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void api_node::seed() {
  auto place = [&](const uuid& id) {
    return std::to_string(shard_of(id, static_cast<std::uint32_t>(config_.cluster.shards)));
  };
  for (auto& w : {workspace, other_workspace})
    sql("INSERT INTO workspace (id, shard_id, name, time_zone) VALUES ($1, $2, 'Bakery', 'Europe/Berlin')",
        {to_string(w), place(w)});
  auto join = [&](const uuid& w, const uuid& user, const char* role) {
    sql("INSERT INTO member (workspace_id, user_id, shard_id, role) VALUES ($1, $2, $3, $4)",
        {to_string(w), to_string(user), place(w), role});
  };
  join(workspace, owner, "owner");
  join(workspace, admin, "admin");
  join(workspace, editor, "editor");
  join(workspace, viewer, "viewer");
  join(other_workspace, stranger, "owner");
}

void api_node::make_tokens() {
  std::vector<auth::signing_key> keys{
      auth::make_signing_key(secrets::random_bytes(32), system_now() - seconds{60})};
  signing_.replace(std::make_shared<const auth::key_set>(std::move(keys), seconds{900}));
  issuer_ = std::make_unique<auth::token_issuer>(signing_, "troupe", seconds{900}, system_now);
  verifier_ = std::make_unique<auth::token_verifier>(signing_, auth::verifier_settings{}, system_now);
  users_.issuer = issuer_.get();
  users_.verifier = verifier_.get();
  users_.derive_keys(keys_);
}

void api_node::start() {
  actor_config_ = std::make_unique<node::actor_config>(2);
  system_ = std::make_unique<caf::actor_system>(*actor_config_);
  auto core = node::engine::start(config_, keys_, *system_, [](const std::string&) {});
  if (!core) CAF_FAIL("the engine did not start: " << core.error().detail);
  core_ = std::move(*core);
  if (auto opened = core_->open(users::make_factory(core_->rt(), users_)); !opened)
    throw std::runtime_error(opened.error().detail);

  auto store = files::file_store::open(config_.media.directory);
  if (!store) CAF_FAIL("the media directory: " << store.error().detail);
  files_ = std::make_unique<files::file_service>(std::move(*store), files::file_service_settings{});
  cache_ = cache::make_memory_cache({});
  limits_ = std::make_unique<api::rate_limiter>();
  pool_ = std::make_unique<api::api_pool>(*system_, 2);
  context_.rt = &core_->rt();
  context_.pool = pool_.get();
  context_.cache = cache_.get();
  context_.config = &config_;
  context_.tokens = verifier_.get();
  context_.signing_keys = &signing_;
  context_.limits = limits_.get();
  context_.networks = &core_->networks();
  context_.files = files_.get();
  pages_ = std::make_unique<api::page_cache>(core_->rt(), 1'000'000);
  context_.pages = pages_.get();
  context_.derive_keys();

  feed_ = std::make_unique<events::feed>(*system_, core_->rt(), api::feed_settings_of(config_),
                                         api::event_renderer(context_));
  context_.feed = feed_.get();
  admin_context_.api = &context_;
  admin_context_.token = admin_token;
  admin_context_.dispatchers = core_->dispatchers();
  admin_context_.drain = [] { return api::drain_state{3, timestamp{seconds{1'800'000'000}}}; };
  bridge::router routes;
  api::add_summary_routes(routes, context_);
  api::add_event_routes(routes, context_);
  api::add_operations_routes(routes, admin_context_);
  api::add_platform_routes(routes, context_);
  api::add_account_routes(routes, context_);
  api::add_media_routes(routes, context_);
  api::add_post_routes(routes, context_);
  api::add_delivery_routes(routes, context_);
  api::add_sandbox_routes(routes, context_);
  entries = routes.entries();
  bridge::server_settings settings;
  settings.port = port();
  settings.threads = 1;
  settings.spool_directory = directory_ + "/spool";
  if (auto why = insist(bridge::server::start(settings, std::move(routes), api::make_early_check(context_)),
                        server_);
      !why.empty())
    CAF_FAIL("the listener: " << why);

  bridge::router admin_routes;
  api::add_admin_routes(admin_routes, admin_context_);
  for (auto& e : admin_routes.entries()) entries.push_back(e);
  settings.port = 0;
  if (auto why = insist(bridge::server::start(settings, std::move(admin_routes)), admin_server_);
      !why.empty())
    CAF_FAIL("the admin listener: " << why);
}

std::string api_node::token_of(const uuid& who) {
  auto token = issuer_->issue(who, new_uuid(system_now()), 1);
  // Also asked by tests' own threads, which may not use the checks.
  if (!token) throw std::runtime_error("no token: " + token.error().detail);
  return token->text;
}

answer api_node::call(const uuid& who, std::string_view verb, std::string path,
                      const boost::json::value& body, headers more) {
  if (path.starts_with('~')) path = fmt::format("/v1/workspaces/{}{}", to_string(workspace), path.substr(1));
  more.emplace_back("Authorization", "Bearer " + token_of(who));
  if (body.is_null()) return send(port(), verb, path, more);
  more.emplace_back("Content-Type", "application/json");
  return send(port(), verb, path, more, boost::json::serialize(body));
}

answer api_node::upload(std::string bytes, std::string content_type, headers more) {
  more.emplace_back("Authorization", "Bearer " + token_of(editor));
  more.emplace_back("Content-Type", std::move(content_type));
  return send(port(), "POST", fmt::format("/v1/workspaces/{}/media", to_string(workspace)), more,
              std::move(bytes));
}

answer api_node::open(std::string_view verb, std::string path, headers more, std::string body) {
  return send(port(), verb, path, more, std::move(body));
}

answer api_node::ask_admin(std::string_view verb, std::string path, std::string body) {
  headers fields{{"Authorization", std::string("Bearer ") + admin_token}};
  if (!body.empty()) fields.emplace_back("Content-Type", "application/json");
  return send(admin_server_->port(), verb, path, fields, std::move(body));
}

answer api_node::ask_admin_as(const std::string& authorization, std::string_view verb, std::string path) {
  headers fields;
  if (!authorization.empty()) fields.emplace_back("Authorization", authorization);
  return send(admin_server_->port(), verb, path, fields);
}

std::string api_node::connect(const std::string& handle, const std::string& behaviour) {
  auto made = call(admin, "POST", "~/accounts",
                   {{"platform", "sandbox"}, {"fields", {{"handle", handle}, {"behaviour", behaviour}}}});
  return text_at(expect(made, 201).json(), "id");
}

std::string api_node::make_post(const std::string& text, const std::string& account,
                                boost::json::value schedule) {
  boost::json::object body{{"text", text}, {"schedule", std::move(schedule)}};
  if (!account.empty()) body["targets"] = boost::json::array{boost::json::object{{"account_id", account}}};
  return text_at(expect(post("~/posts", body), 201).json(), "id");
}

boost::json::object api_node::wait_state(const std::string& id, const std::string& state) {
  auto until = std::chrono::steady_clock::now() + patience;
  boost::json::value seen;
  while (std::chrono::steady_clock::now() < until) {
    seen = expect(get("~/posts/" + id), 200).json();
    if (text_at(seen, "state") == state) return seen.as_object();
    std::this_thread::yield();
  }
  CAF_FAIL("waited in vain for " << state << ", saw " << boost::json::serialize(seen));
  return {};
}

storage::rows api_node::sql(const char* text, const storage::params& values) {
  auto db = storage::blocking_connection::open(node::connection_of(config_, "test"));
  CAF_REQUIRE(db.has_value());
  auto r = (*db)->run(text, values);
  if (!r.ok()) CAF_FAIL("sql: " << r.sqlstate << " " << r.message);
  return std::move(r.results[0]);
}

const answer& expect(const answer& a, int status) {
  if (a.status != status)
    CAF_FAIL("wanted " << status << ", got " << a.status << ": " << a.body.substr(0, 2'000));
  return a;
}

std::string text_at(const boost::json::value& v, std::string_view name) {
  auto* found = v.is_object() ? v.get_object().if_contains(name) : nullptr;
  return found && found->is_string() ? std::string(found->get_string()) : std::string{};
}

} // namespace troupe::test
