#include "net/platforms/bluesky_session.hpp"

#include "net/platforms/bluesky_record.hpp"

#include <fmt/format.h>

namespace troupe::platforms::bluesky {

using wire::stage;

keys_of::keys_of(const credentials& c) {
  const auto o = wire::parse_object(c.secret).value_or(json::object{});
  access = wire::text_at(o, "access");
  refresh = wire::text_at(o, "refresh");
  app_password = wire::text_at(o, "app_password");
}

credentials keys_of::seal() const {
  json::object o{{"access", access}, {"refresh", refresh}};
  if (!app_password.empty()) o["app_password"] = app_password;
  return {json::serialize(o), token_end(access)};
}

std::string xrpc(std::string_view server, std::string_view method) {
  return fmt::format("{}/xrpc/{}", server, method);
}

// The network's own error names say more than its statuses: an expired token is a 400 here.
publish_failure failure_of(const outbound::response& r, stage s, timestamp now) {
  auto f = wire::failure_of(r, s, now, network);
  if (r.kind != outbound::result_kind::answered || r.status < 400 || r.status >= 500) return f;
  const auto body = wire::parse_object(r.body);
  if (!body) return f;
  const auto error = wire::text_at(*body, "error");
  const auto message = wire::quote(wire::text_at(*body, "message"));
  if (error == "ExpiredToken" || error == "InvalidToken" || error == "AuthMissing" ||
      error == "AuthenticationRequired") {
    f.kind = publish_error::auth_expired;
    f.detail = "Bluesky does not accept the access token";
  } else if (error == "AccountTakedown" || error == "AccountSuspended" || error == "AccountDeactivated" ||
             error == "RepoTakendown" || error == "RepoSuspended" || error == "RepoDeactivated") {
    f.kind = publish_error::account_restricted;
    f.detail = "Bluesky has closed or suspended this account";
  } else if (error == "RateLimitExceeded") {
    f.kind = publish_error::rate_limited;
    f.retry_after = retry_after(r, now);
  } else if (error == "InvalidSwap") {
    f.kind = publish_error::duplicate;
    f.detail = "Bluesky holds another record under this key";
  } else if (error == "BlobNotFound") {
    // Uploads that nothing refers to are collected after some hours: an empty handle makes `prepare` begin
    // anew.
    f.kind = publish_error::not_sent;
    f.detail = "Bluesky has dropped the uploaded images; they have to be uploaded again";
    f.progress = json::object{};
  } else if (!message.empty() && f.kind == publish_error::validation) {
    f.detail = "Bluesky refused the content: " + message;
  }
  return f;
}

outcome<session> read_session(const outbound::response& r, timestamp now) {
  if (!r.ok()) return failure_of(r, stage::before, now);
  const auto body = wire::parse_object(r.body);
  if (!body) return wire::nonsense(r, stage::before, network);
  session s;
  s.access = wire::text_at(*body, "accessJwt");
  s.refresh = wire::text_at(*body, "refreshJwt");
  s.did = wire::text_at(*body, "did");
  s.handle = wire::text_at(*body, "handle");
  if (s.access.empty() || s.refresh.empty() || !is_did(s.did))
    return wire::nonsense(r, stage::before, network);
  const auto* active = body->if_contains("active");
  if (active && active->is_bool() && !active->get_bool())
    return wire::fail(publish_error::account_restricted,
                      "Bluesky says that this account is " + wire::quote(wire::text_at(*body, "status")));
  if (const auto* document = wire::object_at(*body, "didDoc")) s.pds = pds_of(*document);
  return s;
}

outbound::request login_request(std::string_view server, const std::string& identifier,
                                const std::string& password) {
  return wire::post_json(xrpc(server, "com.atproto.server.createSession"),
                         json::object{{"identifier", identifier}, {"password", password}});
}

publish_failure login_failure(publish_failure f, const outbound::response& r) {
  const auto body = wire::parse_object(r.body);
  const bool factor = body && wire::text_at(*body, "error") == "AuthFactorTokenRequired";
  if (f.kind == publish_error::auth_expired || factor) {
    f.kind = publish_error::reconnect_required;
    f.detail = factor ? "Bluesky asks for a second factor: use an app password instead of the main password"
                      : "Bluesky does not accept this handle and app password";
  }
  return f;
}

// Where to log in. The password goes only to the server that the person named, or to the one that the
// account's own DID document names; a step that fails keeps to the server named.
task<std::string> login_server(io& port, std::string server, std::string identifier, std::string plc) {
  if (wire::is_loopback(server)) co_return server;
  std::string did = identifier;
  const bool by_handle = !is_did(identifier);
  if (by_handle) {
    if (!richtext::is_handle(identifier)) co_return server;
    auto request =
        wire::get(xrpc(server, "com.atproto.identity.resolveHandle?handle=") + wire::percent(identifier));
    const auto answer = co_await call(port, request);
    const auto body = answer.ok() ? wire::parse_object(answer.body) : std::nullopt;
    did = body ? wire::text_at(*body, "did") : std::string{};
    if (!is_did(did)) co_return server;
  }
  std::string address;
  if (did.substr(0, 8) == "did:plc:") {
    address = plc + "/" + wire::percent(did);
  } else if (did.substr(0, 8) == "did:web:") {
    const auto host = wire::server_address(did.substr(8));
    if (!host || !wire::is_https(*host) || host->find('/', 8) != std::string::npos) co_return server;
    address = *host + "/.well-known/did.json";
  } else {
    co_return server;
  }
  auto request = wire::get(address);
  const auto answer = co_await call(port, request);
  const auto document = answer.ok() ? wire::parse_object(answer.body) : std::nullopt;
  if (!document || wire::text_at(*document, "id") != did) co_return server;
  if (by_handle && !claims_handle(*document, identifier)) co_return server;
  auto found = pds_of(*document);
  if (found.empty() || (wire::is_https(server) && !wire::is_https(found))) co_return server;
  co_return found;
}

} // namespace troupe::platforms::bluesky
