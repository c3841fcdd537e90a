#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Everything that can be tuned. The members' values are the defaults; bounds and documentation stand in
/// fields.cpp. All integers are 64 bits wide; units are the last part of the name.
namespace troupe::config {

using integer = std::int64_t;
using text = std::string;
using text_list = std::vector<std::string>;

struct node_settings {
  text name = "a";
  text data_directory = "var";
  text key_file = "var/secret.keys";
  integer scheduler_threads = 0;
  text log_level = "info";
  integer shutdown_deadline_ms = 10'000;
  integer leave_notice_ms = 1'000;
};

struct http_settings {
  text address = "127.0.0.1";
  integer port = 8080;
  integer threads = 2;
  text tls_certificate;
  text tls_key;
  text_list trusted_proxies;
  bool proxy_protocol = false;
  text public_url = "http://127.0.0.1:8080";
  integer max_connections = 10'000;
  integer max_connections_per_address = 1'000;
  integer max_in_flight = 4'096;
  integer max_header_bytes = 8'192;
  integer header_timeout_ms = 5'000;
  integer body_timeout_ms = 30'000;
  integer min_body_rate_bytes = 1'024;
  integer write_timeout_ms = 30'000;
  integer keep_alive_timeout_ms = 15'000;
  integer request_deadline_ms = 10'000;
  integer max_requests_per_connection = 100'000;
};

struct admin_settings {
  text address = "127.0.0.1";
  integer port = 8081;
  text token_file = "var/admin.token";
};

struct database_settings {
  text dsn;
  integer writers = 2;
  integer readers = 2;
  integer statement_timeout_ms = 5'000;
  integer lock_timeout_ms = 2'000;
  integer connect_timeout_s = 2;
  integer tcp_user_timeout_ms = 1'000;
  integer queue_limit = 10'000;
  integer in_flight_limit = 64;
  integer queue_deadline_ms = 5'000;
};

struct redis_settings {
  bool enabled = false;
  text address = "127.0.0.1";
  integer port = 6379;
  text password_file;
  integer database = 0;
  text prefix = "troupe:";
  integer command_timeout_ms = 50;
  integer connect_timeout_ms = 500;
  integer reconnect_min_ms = 50;
  integer reconnect_max_ms = 2'000;
  integer max_in_flight = 10'000;
};

struct cache_settings {
  integer max_entries = 100'000;
};

struct cluster_settings {
  integer shards = 256;
  text address;
  text role = "both";
  integer lease_ttl_min_ms = 1'000;
  integer lease_ttl_max_ms = 15'000;
  integer renew_interval_ms = 250;
  integer clock_step_limit_ms = 1'000;
};

struct actors_settings {
  integer entity_idle_ms = 60'000;
  integer activation_timeout_ms = 5'000;
  integer restart_backoff_min_ms = 50;
  integer restart_backoff_max_ms = 30'000;
  integer restart_limit = 5;
  integer restart_window_ms = 60'000;
  integer mailbox_limit = 10'000;
  integer journal_batch_rows = 1'000;
  integer journal_queue_limit = 20'000;
};

struct publish_settings {
  integer arm_lead_ms = 100;
  integer max_in_flight = 4'096;
  integer max_in_flight_per_shard = 512;
  integer max_in_flight_per_account = 256;
  integer send_window_ms = 30'000;
  integer call_timeout_ms = 20'000;
  integer in_doubt_grace_ms = 2'000;
  integer prepare_lead_ms = 600'000;
  integer near_window_ms = 600'000;
  integer max_loaded_posts = 2'000'000;
  integer retry_backoff_min_ms = 1'000;
  integer retry_backoff_max_ms = 300'000;
  integer retry_limit = 8;
  integer max_lateness_ms = 21'600'000;
  integer receipt_interval_ms = 30'000;
  integer find_attempts = 5;
};

struct media_settings {
  text directory = "var/media";
  integer max_bytes = 20'000'000;
  integer max_pixels = 100'000'000;
  integer unreferenced_ttl_s = 86'400;
};

struct events_settings {
  integer poll_ms = 40;
  integer heartbeat_ms = 15'000;
  integer streams_per_node = 2'000;
  integer streams_per_workspace = 500;
  integer streams_per_user = 20;
  integer buffer_bytes = 1'048'576;
  integer replay_limit = 10'000;
};

struct web_settings {
  text root;
};

struct auth_settings {
  integer access_token_ttl_s = 900;
  integer refresh_token_ttl_s = 2'592'000;
  integer refresh_grace_s = 10;
  integer argon2_memory_kib = 65'536;
  integer argon2_passes = 2;
  integer hash_threads = 1;
  integer hash_queue_limit = 64;
  integer login_attempts_per_account = 10;
  integer login_attempts_per_address = 100;
  integer login_window_s = 900;
  integer token_cache_entries = 10'000;
  text issuer = "troupe";
};

struct limits_settings {
  integer requests_per_user_per_minute = 6'000;
  integer requests_per_address_per_minute = 6'000;
  integer page_size_max = 200;
  integer page_cache_bytes = 16'777'216;
  integer posts_per_workspace = 1'000'000;
  integer accounts_per_workspace = 1'000;
  integer members_per_workspace = 1'000;
  integer workspaces_per_user = 100;
};

struct outbound_settings {
  integer max_in_flight = 1'024;
  integer max_queued = 50'000;
  integer max_connections_per_host = 256;
  integer max_idle_connections = 512;
  bool allow_private_networks = false;
  text user_agent = "Troupe/0.1";
  text ca_file;
};

struct sandbox_settings {
  bool enabled = true;
  text url;
};

struct retention_settings {
  integer ledger_days = 400;
  integer event_days = 30;
  integer idempotency_hours = 48;
};

struct settings {
  node_settings node;
  http_settings http;
  admin_settings admin;
  database_settings database;
  redis_settings redis;
  cache_settings cache;
  cluster_settings cluster;
  actors_settings actors;
  publish_settings publish;
  media_settings media;
  events_settings events;
  web_settings web;
  auth_settings auth;
  limits_settings limits;
  outbound_settings outbound;
  sandbox_settings sandbox;
  retention_settings retention;
};

/// One thing that is wrong, for a person: which key, what it got, what is allowed, and where that was said.
struct issue {
  std::string key; // "http.port"; a file name when the file itself is the matter
  std::string got; // as written; secrets show as "(secret)"
  std::string allowed;
  std::string where; // "troupe.conf:12", "environment TROUPE_HTTP_PORT", "--set", or empty: the default
};

/// One line: `http.port: got 99999, allowed is an integer from 0 to 65535 (troupe.conf:12)`.
std::string to_string(const issue& i);

/// Where values come from. Later ones win: defaults, file, environment, overrides.
struct sources {
  std::string file;                                             // path; empty: none
  std::vector<std::pair<std::string, std::string>> environment; // TROUPE_<SECTION>_<KEY>; see environment_of
  std::vector<std::string> overrides;                           // "section.key=value", of --set
};

struct loaded {
  settings values;
  std::vector<issue> issues;        // all there are, in reading order; empty: usable
  std::vector<std::string> origins; // one per entry of fields(): empty for a default, else as issue::where
};

/// The TROUPE_ variables of a process environment (`environ`).
std::vector<std::pair<std::string, std::string>> environment_of(const char* const* variables);

/// Reads the sources and checks each value by its own bounds, then `validate`. Never throws for bad input: a
/// value that is not usable leaves the default in place and an issue behind. Blocks on reading the file.
loaded load(const sources& from);

/// The rules that span several keys, and the formats that bounds cannot express.
std::vector<issue> validate(const settings& s);

/// The documented configuration file with every key at its default, commented out: config/troupe.conf.
std::string documented();

/// The effective values as TOML with the origin of each; secrets are redacted. What `troupe check-config`
/// prints.
std::string effective(const loaded& l);

} // namespace troupe::config
