#include "actors/auth/keyring.hpp"
#include "actors/auth/login_limiter.hpp"
#include "actors/auth/password.hpp"
#include "actors/users/context.hpp"
#include "actors/users/factories.hpp"
#include "actors/users/resume.hpp"
#include "net/api/admin.hpp"
#include "net/api/admin_peers.hpp"
#include "net/api/api.hpp"
#include "net/api/events.hpp"
#include "net/api/media_sweep.hpp"
#include "net/api/page_cache.hpp"
#include "net/api/pages.hpp"
#include "net/bridge/http.hpp"
#include "net/files/file_service.hpp"
#include "net/files/web_root.hpp"
#include "system/cache/cache.hpp"
#include "system/core/log.hpp"
#include "system/node/commands.hpp"
#include "system/node/engine.hpp"
#include "system/node/maintenance.hpp"
#include "system/node/metrics.hpp"
#include "system/node/version.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace troupe::node {

namespace {

int refuse(const failure& f) {
  std::cerr << "troupe: " << (f.detail.empty() ? std::string(sentence(f.code)) : f.detail) << '\n';
  return 2;
}

bridge::server_settings http_settings(const config::settings& c) {
  bridge::server_settings s;
  s.address = c.http.address;
  s.port = static_cast<std::uint16_t>(c.http.port);
  s.threads = static_cast<int>(c.http.threads);
  s.tls_certificate = c.http.tls_certificate;
  s.tls_key = c.http.tls_key;
  s.trusted_proxies = c.http.trusted_proxies;
  s.proxy_protocol = c.http.proxy_protocol;
  s.max_connections = static_cast<int>(c.http.max_connections);
  s.max_connections_per_address = static_cast<int>(c.http.max_connections_per_address);
  s.max_in_flight = static_cast<int>(c.http.max_in_flight);
  s.max_header_bytes = static_cast<std::size_t>(c.http.max_header_bytes);
  s.header_timeout = milliseconds{c.http.header_timeout_ms};
  s.body_timeout = milliseconds{c.http.body_timeout_ms};
  s.min_body_rate = static_cast<std::size_t>(c.http.min_body_rate_bytes);
  s.write_timeout = milliseconds{c.http.write_timeout_ms};
  s.keep_alive_timeout = milliseconds{c.http.keep_alive_timeout_ms};
  s.request_deadline = milliseconds{c.http.request_deadline_ms};
  s.max_requests_per_connection = static_cast<int>(c.http.max_requests_per_connection);
  s.spool_directory = c.node.data_directory + "/spool";
  return s;
}

std::unique_ptr<cache::cache> make_cache(const config::settings& c) {
  cache::memory_settings memory{static_cast<std::size_t>(c.cache.max_entries)};
  if (!c.redis.enabled) return cache::make_memory_cache(memory);
  cache::redis_settings s;
  s.address = c.redis.address;
  s.port = static_cast<std::uint16_t>(c.redis.port);
  if (!c.redis.password_file.empty()) {
    std::ifstream in(c.redis.password_file);
    std::getline(in, s.password);
  }
  s.database = static_cast<int>(c.redis.database);
  s.prefix = c.redis.prefix;
  s.command_timeout = milliseconds{c.redis.command_timeout_ms};
  s.connect_timeout = milliseconds{c.redis.connect_timeout_ms};
  s.reconnect_min = milliseconds{c.redis.reconnect_min_ms};
  s.reconnect_max = milliseconds{c.redis.reconnect_max_ms};
  s.max_in_flight = static_cast<int>(c.redis.max_in_flight);
  s.fallback = memory;
  return cache::make_redis_cache(s);
}

/// Waits for SIGTERM, SIGINT, or SIGUSR2, which this process sends itself when its lease is lost.
int wait_for_signal() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (int s : {SIGTERM, SIGINT, SIGUSR2}) sigaddset(&wanted, s);
  int got = 0;
  while (sigwait(&wanted, &got) != 0) {
  }
  return got;
}

/// Requests are taken for a while after readyz has begun to say no, so that a balancer sees it first. A
/// second signal cuts that short.
void give_notice(std::chrono::steady_clock::time_point until) {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (int s : {SIGTERM, SIGINT, SIGUSR2}) sigaddset(&wanted, s);
  auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until - std::chrono::steady_clock::now());
  if (left.count() <= 0) return;
  timespec patience{static_cast<time_t>(left.count() / 1'000'000'000), left.count() % 1'000'000'000};
  sigtimedwait(&wanted, nullptr, &patience);
}

/// Threads inherit the mask: blocked before the first of them starts, so that only wait_for_signal sees
/// these.
void block_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (int s : {SIGTERM, SIGINT, SIGUSR2}) sigaddset(&wanted, s);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

/// As many descriptors as the limits of the configuration may need, as far as the system allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

} // namespace

int serve(const config::settings& c) {
  block_signals();
  raise_descriptor_limit();
  auto keys = secrets::key_ring::load(c.node.key_file);
  if (!keys) return refuse(keys.error());
  if (c.database.dsn.empty())
    return refuse(
        {ec::bad_configuration, "database.dsn: is empty, allowed is a PostgreSQL connection string"});
  std::error_code failed;
  for (auto& directory : {c.node.data_directory, c.node.data_directory + "/spool"}) {
    std::filesystem::create_directories(directory, failed);
    if (failed) return refuse({ec::bad_configuration, "node.data_directory: cannot make " + directory});
  }
  auto store = files::file_store::open(c.media.directory);
  if (!store) return refuse(store.error());
  std::unique_ptr<files::web_root> pages;
  if (!c.web.root.empty()) {
    auto loaded = files::web_root::load(c.web.root);
    if (!loaded) return refuse(loaded.error());
    pages = std::move(*loaded);
    log::info("web.loaded", {{"root", c.web.root}, {"files", pages->files()}, {"bytes", pages->bytes()}});
  }

  actor_config actors{c.node.scheduler_threads, !c.cluster.address.empty(), keys->fingerprint()};
  caf::actor_system system{actors};
  auto core = engine::start(c, *keys, system, [](const std::string&) { ::kill(::getpid(), SIGUSR2); });
  if (!core) return refuse(core.error());
  auto& rt = (*core)->rt();

  // Who a caller is.
  auto connection = connection_of(c, "troupe/" + c.node.name + "/start");
  auth::key_holder signing_keys;
  {
    auto db = storage::blocking_connection::open(connection);
    if (!db) return refuse(db.error());
    auto loaded = auth::load_or_create_keys(**db, *keys);
    if (!loaded) return refuse(loaded.error());
    signing_keys.replace(
        std::make_shared<const auth::key_set>(std::move(*loaded), seconds{c.auth.access_token_ttl_s}));
  }
  auto now = [&rt] { return rt.owner->now(); };
  auth::token_issuer issuer{signing_keys, c.auth.issuer, seconds{c.auth.access_token_ttl_s}, now};
  auth::verifier_settings verifying;
  verifying.issuer = c.auth.issuer;
  verifying.life = seconds{c.auth.access_token_ttl_s};
  verifying.cache_entries = static_cast<std::size_t>(c.auth.token_cache_entries);
  auth::token_verifier verifier{signing_keys, verifying, now};
  auth::password_hasher hasher{
      {static_cast<std::size_t>(c.auth.argon2_memory_kib), static_cast<unsigned>(c.auth.argon2_passes),
       static_cast<std::size_t>(c.auth.hash_threads), static_cast<std::size_t>(c.auth.hash_queue_limit)}};
  auto shared_cache = make_cache(c);
  auth::login_limiter logins{
      *shared_cache,
      {c.auth.login_attempts_per_account, c.auth.login_attempts_per_address, seconds{c.auth.login_window_s}}};
  users::users_context people;
  people.issuer = &issuer;
  people.verifier = &verifier;
  people.passwords = &hasher;
  people.settings.refresh_token_ttl = seconds{c.auth.refresh_token_ttl_s};
  people.settings.refresh_grace = seconds{c.auth.refresh_grace_s};
  people.settings.workspaces_per_user = static_cast<std::size_t>(c.limits.workspaces_per_user);
  people.settings.members_per_workspace = static_cast<std::size_t>(c.limits.members_per_workspace);
  people.derive_keys(*keys);

  people.tell_others = [core = core->get()](const caf::message& m) { core->broadcast(m); };
  node_events events;
  events.resumed = [&rt] { users::resume_promises(rt); };
  events.reached = [&rt, &people] { users::read_revocations(rt, people); };
  events.noticed = [&verifier](const caf::message& m) {
    if (!m.match_elements<users::tokens_revoked>()) return;
    auto& r = m.get_as<users::tokens_revoked>(0);
    r.generation == 0 ? verifier.revoke_sign_in(r.who)
                      : verifier.revoke_generations_before(r.who, r.generation);
  };
  if (auto opened = (*core)->open(users::make_factory(rt, people), std::move(events)); !opened)
    return refuse(opened.error());
  users::read_revocations(rt, people);
  auto keyring = system.spawn(auth::keyring, static_cast<const runtime*>(&rt), &signing_keys,
                              auth::keyring_settings{seconds{60}, seconds{c.auth.access_token_ttl_s}});

  // The front.
  files::file_service file_work{std::move(*store), {}};
  auto pool = std::make_unique<api::api_pool>(system);
  api::rate_limiter limiter;
  metric_sources measured;
  measured.core = core->get();
  measured.tokens = &verifier;
  if (c.redis.enabled) measured.redis = shared_cache.get();
  std::atomic<bool> stopping{false};
  api::page_cache kept_pages{rt, static_cast<std::size_t>(c.limits.page_cache_bytes)};
  api::api_context api;
  api.pages = &kept_pages;
  api.rt = &rt;
  api.pool = pool.get();
  api.cache = shared_cache.get();
  api.config = &c;
  api.tokens = &verifier;
  api.signing_keys = &signing_keys;
  api.logins = &logins;
  api.limits = &limiter;
  api.networks = &(*core)->networks();
  api.files = &file_work;
  api.derive_keys();
  api.operators.version = version;
  api.operators.metrics = [&measured] { return metrics_text(measured); };
  api.operators.ready = [&]() -> std::vector<api::operator_hooks::check> {
    auto up = (*core)->database().connections_up(), all = (*core)->database().connections();
    bool held = rt.owner->may_dispatch();
    return {{"database", up == all, fmt::format("{} of {} connections", up, all)},
            {"lease", held, held ? "held" : "not held"},
            {"restored", !(*core)->ownership().restored(),
             (*core)->ownership().restored() ? "run 'troupe restored'" : "no"},
            {"running", !stopping.load(), stopping ? "stopping" : "yes"}};
  };
  events::feed feed{system, rt, api::feed_settings_of(c), api::event_renderer(api)};
  api.feed = &feed;
  measured.feed = &feed;
  // What operators see: on a listener of its own, and for users who operate the instance on the public one.
  api::admin_context operators;
  operators.api = &api;
  operators.dispatchers = (*core)->dispatchers();
  std::ifstream token_file(c.admin.token_file);
  std::getline(token_file, operators.token);
  if (operators.token.empty())
    log::warning("admin.no_token",
                 {{"file", c.admin.token_file}, {"consequence", "the admin listener refuses everyone"}});
  operators.peers = [core = core->get()] { return core->peers(); };
  operators.drain = [&]() -> api::drain_state {
    ::kill(::getpid(), SIGTERM);
    return {(*core)->window().in_use(), rt.owner->now() + milliseconds{c.node.shutdown_deadline_ms}};
  };
  bridge::router routes;
  bool answers_clients = c.cluster.role != "entities"; // else health and metrics only
  if (answers_clients) {
    add_auth_routes(routes, api);
    add_user_routes(routes, api);
    add_workspace_routes(routes, api);
    add_member_routes(routes, api);
    add_platform_routes(routes, api);
    add_account_routes(routes, api);
    add_media_routes(routes, api);
    add_post_routes(routes, api);
    add_delivery_routes(routes, api);
    add_summary_routes(routes, api);
    add_event_routes(routes, api);
    add_operations_routes(routes, operators);
  }
  add_operator_routes(routes, api);
  if (c.sandbox.enabled && c.sandbox.url.empty()) add_sandbox_routes(routes, api);
  if (pages && answers_clients) add_pages(routes, api.access, *pages);
  // Every route is known before the first request: the early check reads what add() writes.
  bridge::router operator_routes;
  add_admin_routes(operator_routes, operators);
  auto front = bridge::server::start(http_settings(c), std::move(routes), api::make_early_check(api));
  if (!front) return refuse(front.error());
  measured.front = front->get();
  auto admin_settings = http_settings(c);
  admin_settings.address = c.admin.address;
  admin_settings.port = static_cast<std::uint16_t>(c.admin.port);
  admin_settings.threads = 1;
  admin_settings.tls_certificate.clear();
  admin_settings.tls_key.clear();
  admin_settings.proxy_protocol = false;
  auto admin = bridge::server::start(admin_settings, std::move(operator_routes));
  if (!admin) return refuse(admin.error());
  auto desk = system.spawn(api::admin_desk, static_cast<const api::admin_context*>(&operators));
  (*core)->answer_peers(desk);
  maintenance housekeeping{
      c, connection,
      [&] { api::sweep_unreferenced(system, rt, file_work, seconds{c.media.unreferenced_ttl_s}); }};
  log::info("node.ready", {{"address", c.http.address},
                           {"port", (*front)->port()},
                           {"admin_port", (*admin)->port()},
                           {"version", version}});

  auto signal = wait_for_signal();
  bool lost = signal == SIGUSR2;
  log::info("node.stopping", {{"reason", lost ? "the lease was lost" : "asked to"}});
  stopping = true;
  auto told = std::chrono::steady_clock::now();
  auto deadline = milliseconds{c.node.shutdown_deadline_ms};
  // While clients are still served: what they ask for is passed on to where the shards are then.
  if (!lost) (*core)->leave(deadline / 4);
  if (!lost && !c.cluster.address.empty()) give_notice(told + milliseconds{c.node.leave_notice_ms});
  (*front)->drain(deadline / 4);
  (*admin)->drain(milliseconds{100});
  caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
  bool clean = (*core)->stop(lost ? milliseconds{1'000} : deadline / 2);
  caf::anon_send_exit(keyring, caf::exit_reason::user_shutdown);
  front->reset();
  admin->reset();
  pool.reset();
  log::info("node.stopped", {{"clean", clean}});
  // Actors that hang must not keep the process: everything that matters has been committed.
  std::_Exit(lost ? 3 : 0);
}

} // namespace troupe::node
