#include "net/platforms/mastodon_oauth.hpp"

#include "system/core/secrets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace troupe::platforms::mastodon {

namespace json = boost::json;
using wire::stage;

namespace {

constexpr std::string_view client_name = "Troupe";
constexpr std::string_view scopes = "read:accounts read:statuses write:statuses write:media";

// What the server's metadata (RFC 8414) says; without it, what every Mastodon has.
struct authority {
  std::string authorize, token;
  bool pkce = false;
};

authority read_authority(const outbound::response& r, const std::string& server) {
  authority a{server + "/oauth/authorize", server + "/oauth/token", false};
  const auto body = r.ok() ? wire::parse_object(r.body) : std::nullopt;
  if (!body) return a;
  // An address on another host would get the code and the app's secret.
  const auto own = [&](std::string_view key, std::string& into) {
    const auto address = wire::text_at(*body, key);
    if (address.compare(0, server.size() + 1, server + "/") == 0 && address.size() < 2000) into = address;
  };
  own("authorization_endpoint", a.authorize);
  own("token_endpoint", a.token);
  if (const auto* methods = wire::array_at(*body, "code_challenge_methods_supported"))
    a.pkce = std::any_of(methods->begin(), methods->end(),
                         [](const json::value& v) { return v.is_string() && v.get_string() == "S256"; });
  return a;
}

// "write" includes "write:statuses".
bool may_write(const std::string& scope) {
  std::istringstream words(scope);
  for (std::string one; words >> one;)
    if (one == "write" || one == "write:statuses") return true;
  return false;
}

} // namespace

std::string challenge_of(std::string_view verifier) { return secrets::base64url(secrets::sha256(verifier)); }

task<outcome<oauth_begin>> begin(io& port, std::string server, std::string redirect_uri, std::string state) {
  auto ask = wire::get(server + "/.well-known/oauth-authorization-server");
  const auto metadata = co_await call(port, ask);
  if (metadata.kind != outbound::result_kind::answered)
    co_return mastodon::failure_of(metadata, stage::before, port.now());
  const auto known = read_authority(metadata, server);

  auto registration = wire::post_form(server + "/api/v1/apps", {{"client_name", std::string(client_name)},
                                                                {"redirect_uris", redirect_uri},
                                                                {"scopes", std::string(scopes)}});
  const auto answer = co_await call(port, registration);
  if (!answer.ok()) co_return wire::at_connect(mastodon::failure_of(answer, stage::before, port.now()));
  const auto app = wire::parse_object(answer.body);
  const auto client_id = app ? wire::text_at(*app, "client_id") : std::string{};
  const auto client_secret = app ? wire::text_at(*app, "client_secret") : std::string{};
  if (client_id.empty() || client_secret.empty()) co_return wire::nonsense(answer, stage::before, network);

  const auto verifier = known.pkce ? secrets::random_token(48) : std::string{};
  std::vector<std::pair<std::string, std::string>> fields;
  fields.emplace_back("response_type", "code");
  fields.emplace_back("client_id", client_id);
  fields.emplace_back("redirect_uri", redirect_uri);
  fields.emplace_back("scope", scopes);
  fields.emplace_back("state", state);
  if (known.pkce) {
    fields.emplace_back("code_challenge", challenge_of(verifier));
    fields.emplace_back("code_challenge_method", "S256");
  }
  oauth_begin begun;
  begun.authorize_url =
      fmt::format("{}{}{}", known.authorize, known.authorize.find('?') == std::string::npos ? '?' : '&',
                  wire::query(fields));
  begun.private_state = json::serialize(json::object{{"server", server},
                                                     {"client_id", client_id},
                                                     {"client_secret", client_secret},
                                                     {"token_endpoint", known.token},
                                                     {"verifier", verifier}});
  co_return begun;
}

task<outcome<granted>> finish(io& port, std::string private_state, std::string code,
                              std::string redirect_uri) {
  const auto kept = wire::parse_object(private_state).value_or(json::object{});
  granted g;
  g.server = wire::text_at(kept, "server");
  g.keys.client_id = wire::text_at(kept, "client_id");
  g.keys.client_secret = wire::text_at(kept, "client_secret");
  const auto endpoint = wire::text_at(kept, "token_endpoint");
  if (g.server.empty() || g.keys.client_id.empty() || endpoint.empty() || code.empty())
    co_return wire::fail(publish_error::validation, "this sign-in was not begun here");
  std::vector<std::pair<std::string, std::string>> fields;
  fields.emplace_back("grant_type", "authorization_code");
  fields.emplace_back("code", code);
  fields.emplace_back("client_id", g.keys.client_id);
  fields.emplace_back("client_secret", g.keys.client_secret);
  fields.emplace_back("redirect_uri", redirect_uri);
  if (auto verifier = wire::text_at(kept, "verifier"); !verifier.empty())
    fields.emplace_back("code_verifier", std::move(verifier));
  auto request = wire::post_form(endpoint, fields);
  const auto answer = co_await call(port, request);
  if (!answer.ok()) {
    auto failed = mastodon::failure_of(answer, stage::before, port.now());
    // invalid_grant, invalid_client: the code was used, is too old or belongs to another app.
    if (answer.kind == outbound::result_kind::answered && (answer.status == 400 || answer.status == 401)) {
      failed.kind = publish_error::reconnect_required;
      failed.detail = "Mastodon did not accept the sign-in; begin again";
    }
    co_return failed;
  }
  const auto body = wire::parse_object(answer.body);
  g.keys.access_token = body ? wire::text_at(*body, "access_token") : std::string{};
  if (g.keys.access_token.empty()) co_return wire::nonsense(answer, stage::before, network);
  const auto scope = wire::text_at(*body, "scope");
  if (!scope.empty() && !may_write(scope))
    co_return wire::fail(publish_error::permission,
                         "Mastodon gave no right to write posts; begin again and allow it");
  co_return g;
}

} // namespace troupe::platforms::mastodon
