#include "config/fields.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace troupe::config {

namespace {

bool is_address(const std::string& a) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, a.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, a.c_str(), bytes.data()) == 1;
}

bool is_address_or_range(const std::string& a) {
  auto slash = a.find('/');
  if (slash == std::string::npos) return is_address(a);
  auto host = a.substr(0, slash), length = a.substr(slash + 1);
  int bits = -1;
  auto [end, problem] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (problem != std::errc{} || end != length.data() + length.size() || !is_address(host)) return false;
  return bits >= 0 && bits <= (host.find(':') == std::string::npos ? 32 : 128);
}

bool is_node_name(const std::string& name) {
  return !name.empty() && name.size() <= 24 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_host_and_port(const std::string& text) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  int port = 0;
  auto [end, problem] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  return problem == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65'535 &&
         text.find_first_of(" /@#?") == std::string::npos;
}

bool is_public_url(const std::string& url) {
  for (std::string_view scheme : {"http://", "https://"})
    if (url.starts_with(scheme) && url.size() > scheme.size())
      return url.find_first_of(" ?#@\"<>") == std::string::npos && !url.ends_with('/') &&
             url[scheme.size()] != ':';
  return false;
}

/// Collects broken rules; values are shown as the table shows them.
class checker {
 public:
  explicit checker(const settings& s) : settings_(s) {}
  std::vector<issue> take() { return std::move(issues_); }

  /// `key` is wrong unless `holds`.
  void rule(bool holds, std::string_view key, std::string allowed) {
    if (holds) return;
    for (auto& f : fields())
      if (f.name() == key) return issues_.push_back({f.name(), shown(f, settings_), std::move(allowed), {}});
  }

  /// `low_key`'s value may not be above `high_key`'s.
  void ordered(std::string_view low_key, integer low, std::string_view high_key, integer high) {
    rule(low <= high, low_key, "at most " + std::string{high_key} + ", which is " + std::to_string(high));
  }

 private:
  const settings& settings_;
  std::vector<issue> issues_;
};

void check_listeners(checker& c, const settings& s) {
  c.rule(is_address(s.http.address), "http.address", "an IPv4 or IPv6 address");
  c.rule(is_address(s.admin.address), "admin.address", "an IPv4 or IPv6 address");
  c.rule(s.http.tls_key.empty() || !s.http.tls_certificate.empty(), "http.tls_certificate",
         "a file, since http.tls_key is set");
  c.rule(s.http.tls_certificate.empty() || !s.http.tls_key.empty(), "http.tls_key",
         "a file, since http.tls_certificate is set");
  c.rule(std::all_of(s.http.trusted_proxies.begin(), s.http.trusted_proxies.end(), is_address_or_range),
         "http.trusted_proxies", "IP addresses and CIDR ranges like 10.0.0.0/8");
  c.rule(!s.http.proxy_protocol || !s.http.trusted_proxies.empty(), "http.proxy_protocol",
         "false, or true together with http.trusted_proxies");
  c.rule(is_public_url(s.http.public_url), "http.public_url",
         "http:// or https:// and a host, without user, query or a slash at the end");
  c.ordered("http.max_connections_per_address", s.http.max_connections_per_address, "http.max_connections",
            s.http.max_connections);
  c.rule(s.http.port != s.admin.port || s.http.port == 0, "admin.port", "another port than http.port");
}

void check_stores(checker& c, const settings& s) {
  c.rule(!s.database.dsn.empty(), "database.dsn", "a libpq connection string or URI; it is required");
  c.ordered("database.lock_timeout_ms", s.database.lock_timeout_ms, "database.statement_timeout_ms",
            s.database.statement_timeout_ms);
  c.ordered("redis.reconnect_min_ms", s.redis.reconnect_min_ms, "redis.reconnect_max_ms",
            s.redis.reconnect_max_ms);
}

void check_sandbox(checker& c, const settings& s) {
  c.rule(s.sandbox.url.empty() || is_public_url(s.sandbox.url), "sandbox.url",
         "empty, or http:// or https:// and a host, without user, query or a slash at the end");
}

void check_engine(checker& c, const settings& s) {
  c.rule(is_node_name(s.node.name), "node.name", "1 to 24 of a-z, 0-9 and -");
  c.rule(s.cluster.address.empty() || is_host_and_port(s.cluster.address), "cluster.address",
         "empty, or host:port with a port from 1 to 65535");
  c.rule(s.cluster.role == "both" || !s.cluster.address.empty(), "cluster.role",
         "both, since cluster.address is empty: a node that is alone does everything");
  c.ordered("cluster.lease_ttl_min_ms", s.cluster.lease_ttl_min_ms, "cluster.lease_ttl_max_ms",
            s.cluster.lease_ttl_max_ms);
  c.rule(s.cluster.renew_interval_ms * 3 <= s.cluster.lease_ttl_min_ms, "cluster.renew_interval_ms",
         "at most a third of cluster.lease_ttl_min_ms, which is " +
             std::to_string(s.cluster.lease_ttl_min_ms));
  c.ordered("actors.restart_backoff_min_ms", s.actors.restart_backoff_min_ms, "actors.restart_backoff_max_ms",
            s.actors.restart_backoff_max_ms);
  c.ordered("actors.journal_batch_rows", s.actors.journal_batch_rows, "actors.journal_queue_limit",
            s.actors.journal_queue_limit);
  c.ordered("publish.retry_backoff_min_ms", s.publish.retry_backoff_min_ms, "publish.retry_backoff_max_ms",
            s.publish.retry_backoff_max_ms);
  c.ordered("publish.max_in_flight_per_account", s.publish.max_in_flight_per_account, "publish.max_in_flight",
            s.publish.max_in_flight);
  // Preparing needs the delivery in memory, and a delivery must be in memory before it is armed.
  c.ordered("publish.prepare_lead_ms", s.publish.prepare_lead_ms, "publish.near_window_ms",
            s.publish.near_window_ms);
}

void check_sign_in(checker& c, const settings& s) {
  c.rule(s.auth.access_token_ttl_s < s.auth.refresh_token_ttl_s, "auth.access_token_ttl_s",
         "less than auth.refresh_token_ttl_s, which is " + std::to_string(s.auth.refresh_token_ttl_s));
  c.ordered("auth.login_attempts_per_account", s.auth.login_attempts_per_account,
            "auth.login_attempts_per_address", s.auth.login_attempts_per_address);
}

} // namespace

std::vector<issue> validate(const settings& s) {
  checker c{s};
  check_listeners(c, s);
  check_stores(c, s);
  check_engine(c, s);
  check_sign_in(c, s);
  check_sandbox(c, s);
  return c.take();
}

} // namespace troupe::config
