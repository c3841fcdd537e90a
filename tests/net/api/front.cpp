#include "front.hpp"

#include "net/api/pages.hpp"

#include <caf/test/unit_test.hpp>
#include <fmt/format.h>

namespace troupe::test {

front::front(options o) {
  config_.auth.login_attempts_per_account = 1'000;
  config_.auth.login_attempts_per_address = 1'000;
  config_.http.public_url = "https://troupe.example.org";
  if (o.tune) o.tune(config_);
  cache_ = o.counters ? std::move(o.counters) : cache::make_memory_cache({});
  logins_ = std::make_unique<auth::login_limiter>(*cache_,
                                                  auth::login_limits{config_.auth.login_attempts_per_account,
                                                                     config_.auth.login_attempts_per_address,
                                                                     seconds{config_.auth.login_window_s}});
  limits_ = std::make_unique<api::rate_limiter>();
  pool_ = std::make_unique<api::api_pool>(system(), 2);
  api_.rt = &rt_;
  api_.pool = pool_.get();
  api_.cache = cache_.get();
  api_.config = &config_;
  api_.tokens = context_.verifier;
  api_.signing_keys = &keys_;
  api_.logins = logins_.get();
  api_.limits = limits_.get();
  api_.operators.version = "1.2.3";
  api_.operators.ready = [] {
    return std::vector<api::operator_hooks::check>{{"database", true, ""}, {"lease", false, "not held"}};
  };
  api_.operators.metrics = [] { return std::string("troupe_up 1\n"); };
  api_.derive_keys();
  bridge::router routes;
  api::add_auth_routes(routes, api_);
  api::add_user_routes(routes, api_);
  api::add_workspace_routes(routes, api_);
  api::add_member_routes(routes, api_);
  api::add_operator_routes(routes, api_);
  if (!o.pages.empty()) {
    auto loaded = files::web_root::load(o.pages);
    if (!loaded) CAF_FAIL("the pages: " << loaded.error().detail);
    pages_ = std::move(*loaded);
    api::add_pages(routes, api_.access, *pages_);
  }
  entries = routes.entries();
  bridge::server_settings settings;
  settings.port = 0;
  settings.threads = 2;
  settings.request_deadline = milliseconds{config_.http.request_deadline_ms};
  auto started = bridge::server::start(settings, std::move(routes), api::make_early_check(api_));
  if (!started) CAF_FAIL("the listener: " << started.error().detail);
  server_ = std::move(*started);
}

front::~front() {
  server_->drain(milliseconds{2'000});
  server_.reset();
  pool_.reset();
  stop_actors();
}

answer front::call(const std::string& token, std::string_view verb, const std::string& path,
                   const boost::json::value& body, headers more) {
  if (!token.empty()) more.emplace_back("Authorization", "Bearer " + token);
  if (body.is_null()) return send(port(), verb, path, more);
  more.emplace_back("Content-Type", "application/json");
  return send(port(), verb, path, more, boost::json::serialize(body));
}

answer front::raw(std::string_view verb, const std::string& path, headers fields, std::string body) {
  return send(port(), verb, path, fields, std::move(body));
}

boost::json::object front::registration(const std::string& email) {
  return {{"email", email},
          {"password", "password of " + email},
          {"display_name", "Ada"},
          {"workspace", {{"name", "Bakery"}, {"time_zone", "Europe/Berlin"}}}};
}

front::account front::sign_up(const std::string& name) {
  account out;
  out.email = name + "@example.org";
  out.password = "password of " + out.email;
  auto made =
      expect(call("", "POST", "/v1/auth/register", registration(out.email)), 201, "RegisteredSession").json();
  out.id = at(made.at("user"), "id");
  out.token = at(made, "access_token");
  out.refresh_token = at(made, "refresh_token");
  out.workspace = at(made.at("workspace"), "id");
  return out;
}

const answer& expect(const answer& a, int status, const std::string& schema) {
  if (a.status != status)
    CAF_FAIL("wanted " << status << ", got " << a.status << ": " << a.body.substr(0, 2'000));
  auto named = schema.empty() && status >= 400 ? std::string("Problem") : schema;
  if (named.empty()) return a;
  if (auto wrong = contract::differences(a.json(), named); !wrong.empty())
    CAF_FAIL("not a " << named << ": " << wrong << a.body.substr(0, 2'000));
  return a;
}

std::string at(const boost::json::value& v, std::string_view name) {
  auto* found = v.is_object() ? v.get_object().if_contains(name) : nullptr;
  return found && found->is_string() ? std::string(found->get_string()) : std::string{};
}

std::string text(const answer& a, std::string_view name) { return at(a.json(), name); }

} // namespace troupe::test
