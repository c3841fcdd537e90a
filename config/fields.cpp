#include "config/fields.hpp"

#include <array>

namespace troupe::config {

namespace {

template <auto Section, auto Member>
value_ref at(settings& s) {
  return &((s.*Section).*Member);
}

constexpr integer day_ms = 86'400'000;
constexpr integer path_max = 4'096;

struct section_entry {
  std::string_view name, sentence;
};

constexpr std::array sections{
    section_entry{"node", "This process and its files. Relative paths start at the working directory."},
    section_entry{"http", "The public listener: REST API and health."},
    section_entry{"admin", "The operators' listener: introspection. Keep it on loopback."},
    section_entry{"database", "PostgreSQL, the source of truth. Direct connections, no transaction pooler."},
    section_entry{
        "redis",
        "Shared rate limits and caches. Without it, or while it is away, the process serves itself."},
    section_entry{"cache", "The cache inside the process."},
    section_entry{"cluster", "Shards and the lease by which a node owns them."},
    section_entry{"actors", "The runtime of entities: activation, supervision, mailboxes, journal."},
    section_entry{"publish", "The publish protocol."},
    section_entry{"media", "Uploaded files."},
    section_entry{"events", "Live events, sent to whoever has a page open."},
    section_entry{"web", "The web app, served beside the API."},
    section_entry{"auth", "Passwords, tokens, sign-in limits."},
    section_entry{"limits", "What one user, address or workspace may use."},
    section_entry{"outbound", "All outgoing HTTP."},
    section_entry{"sandbox", "The built-in network for trying things out."},
    section_entry{"retention", "How long history is kept."},
};

// Evaluated once, at the first call of fields().
std::vector<field> make_fields() {
  using s = settings;
  using n = node_settings;
  using h = http_settings;
  using ad = admin_settings;
  using d = database_settings;
  using r = redis_settings;
  using cl = cluster_settings;
  using ac = actors_settings;
  using p = publish_settings;
  using m = media_settings;
  using au = auth_settings;
  using ev = events_settings;
  using l = limits_settings;
  using o = outbound_settings;
  return {
      {"node", "name", at<&s::node, &n::name>,
       "Name of this node, unique in the cluster: 1 to 24 of a-z, 0-9 and -.", 1, 24},
      {"node", "data_directory", at<&s::node, &n::data_directory>,
       "Directory of locks, spooled uploads and other state.", 1, path_max},
      {"node", "key_file", at<&s::node, &n::key_file>,
       "Key ring that encrypts stored tokens and signs access tokens; mode 0600. Back it up apart from the "
       "database.",
       1, path_max},
      {"node", "scheduler_threads", at<&s::node, &n::scheduler_threads>,
       "Threads that run actors; 0 is one per two cores.", 0, 256},
      {"node",
       "log_level",
       at<&s::node, &n::log_level>,
       "Least level that is logged.",
       0,
       0,
       {"debug", "info", "warning", "error"}},
      {"node", "shutdown_deadline_ms", at<&s::node, &n::shutdown_deadline_ms>,
       "Longest time for a graceful stop; what is open after it is closed.", 100, 600'000},
      {"node", "leave_notice_ms", at<&s::node, &n::leave_notice_ms>,
       "In a cluster: time from the first /readyz that says no to the end of taking requests, so that "
       "balancers see it.",
       0, 60'000},

      {"http", "address", at<&s::http, &h::address>, "IP address to listen on.", 1, 64},
      {"http", "port", at<&s::http, &h::port>, "Port to listen on; 0 takes a free one.", 0, 65'535},
      {"http", "threads", at<&s::http, &h::threads>, "I/O threads, each with its own event loop.", 1, 64},
      {"http", "tls_certificate", at<&s::http, &h::tls_certificate>,
       "PEM file with the certificate chain; with tls_key it turns TLS on.", 0, path_max},
      {"http", "tls_key", at<&s::http, &h::tls_key>, "PEM file with the private key.", 0, path_max},
      {"http", "trusted_proxies", at<&s::http, &h::trusted_proxies>,
       "Addresses or CIDR ranges whose X-Forwarded-For or PROXY header is believed.", 0, 256},
      {"http", "proxy_protocol", at<&s::http, &h::proxy_protocol>,
       "Whether every connection from a trusted proxy starts with a PROXY v1 or v2 header."},
      {"http", "public_url", at<&s::http, &h::public_url>,
       "Where people reach this server, without a slash at the end; used in links and OAuth redirects.", 1,
       2'048},
      {"http", "max_connections", at<&s::http, &h::max_connections>,
       "Open connections; beyond, new ones are refused.", 1, 1'000'000},
      {"http", "max_connections_per_address", at<&s::http, &h::max_connections_per_address>,
       "Open connections from one address.", 1, 1'000'000},
      {"http", "max_in_flight", at<&s::http, &h::max_in_flight>,
       "Requests being worked on; beyond, 503 with Retry-After.", 1, 1'000'000},
      {"http", "max_header_bytes", at<&s::http, &h::max_header_bytes>,
       "Size of a request's header; beyond, 431.", 1'024, 1'048'576},
      {"http", "header_timeout_ms", at<&s::http, &h::header_timeout_ms>, "Time for a whole header to arrive.",
       100, 600'000},
      {"http", "body_timeout_ms", at<&s::http, &h::body_timeout_ms>,
       "Time for a body to arrive before min_body_rate_bytes is asked of it.", 100, 3'600'000},
      {"http", "min_body_rate_bytes", at<&s::http, &h::min_body_rate_bytes>,
       "Bytes a second that a body must bring on average.", 1, 1'000'000'000},
      {"http", "write_timeout_ms", at<&s::http, &h::write_timeout_ms>,
       "Time for a client to take a response.", 100, 3'600'000},
      {"http", "keep_alive_timeout_ms", at<&s::http, &h::keep_alive_timeout_ms>,
       "How long an idle connection is kept.", 100, 3'600'000},
      {"http", "request_deadline_ms", at<&s::http, &h::request_deadline_ms>,
       "Time to answer a request once it is read; beyond, 503.", 100, 600'000},
      {"http", "max_requests_per_connection", at<&s::http, &h::max_requests_per_connection>,
       "Requests on one connection before it is closed.", 1, 1'000'000'000},

      {"admin", "address", at<&s::admin, &ad::address>, "IP address to listen on.", 1, 64},
      {"admin", "port", at<&s::admin, &ad::port>, "Port to listen on; 0 takes a free one.", 0, 65'535},
      {"admin", "token_file", at<&s::admin, &ad::token_file>,
       "File with the bearer token that operators must show; mode 0600.", 1, path_max},

      {"database",
       "dsn",
       at<&s::database, &d::dsn>,
       "libpq connection string or URI of the main database. Required.",
       0,
       8'192,
       {},
       true},
      {"database", "writers", at<&s::database, &d::writers>,
       "Connections for fenced writes; each shard is pinned to one.", 1, 64},
      {"database", "readers", at<&s::database, &d::readers>, "Connections for everything else.", 1, 64},
      {"database", "statement_timeout_ms", at<&s::database, &d::statement_timeout_ms>,
       "Longest time of one statement.", 100, 600'000},
      {"database", "lock_timeout_ms", at<&s::database, &d::lock_timeout_ms>, "Longest wait for a lock.", 10,
       600'000},
      {"database", "connect_timeout_s", at<&s::database, &d::connect_timeout_s>, "Longest time to connect.",
       1, 60},
      {"database", "tcp_user_timeout_ms", at<&s::database, &d::tcp_user_timeout_ms>,
       "How long sent bytes may stay unacknowledged before the connection counts as dead.", 100, 600'000},
      {"database", "queue_limit", at<&s::database, &d::queue_limit>,
       "Batches waiting per connection; beyond, refused at once.", 1, 10'000'000},
      {"database", "in_flight_limit", at<&s::database, &d::in_flight_limit>,
       "Batches sent and not yet answered, per connection.", 1, 10'000},
      {"database", "queue_deadline_ms", at<&s::database, &d::queue_deadline_ms>,
       "A batch that waits longer than this unsent is given back.", 10, 600'000},

      {"redis", "enabled", at<&s::redis, &r::enabled>, "Whether Redis is used."},
      {"redis", "address", at<&s::redis, &r::address>, "Host, or absolute path of a UNIX socket.", 1,
       path_max},
      {"redis", "port", at<&s::redis, &r::port>, "Port; unused with a socket.", 1, 65'535},
      {"redis", "password_file", at<&s::redis, &r::password_file>,
       "File that holds the password; empty: none is sent.", 0, path_max},
      {"redis", "database", at<&s::redis, &r::database>, "Number of the Redis database.", 0, 1'000'000},
      {"redis", "prefix", at<&s::redis, &r::prefix>, "Put before every key.", 1, 64},
      {"redis", "command_timeout_ms", at<&s::redis, &r::command_timeout_ms>,
       "Longest wait for an answer; then the process serves itself.", 1, 60'000},
      {"redis", "connect_timeout_ms", at<&s::redis, &r::connect_timeout_ms>, "Longest time to connect.", 10,
       60'000},
      {"redis", "reconnect_min_ms", at<&s::redis, &r::reconnect_min_ms>,
       "First pause between attempts to connect.", 1, 60'000},
      {"redis", "reconnect_max_ms", at<&s::redis, &r::reconnect_max_ms>,
       "Longest pause between attempts to connect.", 1, 600'000},
      {"redis", "max_in_flight", at<&s::redis, &r::max_in_flight>,
       "Commands not yet answered; beyond, the process serves itself.", 1, 1'000'000},

      {"cache", "max_entries", at<&s::cache, &cache_settings::max_entries>,
       "Entries; the least recently used go first.", 100, 100'000'000},

      {"cluster", "shards", at<&s::cluster, &cl::shards>,
       "Number of shards. Fixed when the database is first migrated.", 1, 4'096},
      {"cluster", "address", at<&s::cluster, &cl::address>,
       "host:port at which other nodes reach this one; private, for it is neither encrypted nor does it ask "
       "who is there. "
       "Empty: one node only.",
       0, 255},
      {"cluster",
       "role",
       at<&s::cluster, &cl::role>,
       "What this node does: answers clients (bridge), owns shards (entities), or both.",
       0,
       0,
       {"both", "bridge", "entities"}},
      {"cluster", "lease_ttl_min_ms", at<&s::cluster, &cl::lease_ttl_min_ms>,
       "Shortest lease, on a quiet machine.", 200, 60'000},
      {"cluster", "lease_ttl_max_ms", at<&s::cluster, &cl::lease_ttl_max_ms>,
       "Longest lease, on a starved machine or for a node that is alone.", 200, 600'000},
      {"cluster", "renew_interval_ms", at<&s::cluster, &cl::renew_interval_ms>,
       "Time between renewals; at most a third of lease_ttl_min_ms.", 10, 60'000},
      {"cluster", "clock_step_limit_ms", at<&s::cluster, &cl::clock_step_limit_ms>,
       "A step of the database's clock beyond this pauses dispatch until it is confirmed.", 50, 60'000},

      {"actors", "entity_idle_ms", at<&s::actors, &ac::entity_idle_ms>,
       "An entity without messages for this long leaves memory.", 1'000, day_ms},
      {"actors", "activation_timeout_ms", at<&s::actors, &ac::activation_timeout_ms>,
       "Longest time to load an entity.", 10, 600'000},
      {"actors", "restart_backoff_min_ms", at<&s::actors, &ac::restart_backoff_min_ms>,
       "First pause before a crashed entity starts again.", 1, 600'000},
      {"actors", "restart_backoff_max_ms", at<&s::actors, &ac::restart_backoff_max_ms>, "Longest such pause.",
       1, 3'600'000},
      {"actors", "restart_limit", at<&s::actors, &ac::restart_limit>,
       "Crashes within restart_window_ms before an entity is quarantined; deaths of shards before the node "
       "ends.",
       1, 1'000},
      {"actors", "restart_window_ms", at<&s::actors, &ac::restart_window_ms>,
       "Window in which crashes are counted.", 100, day_ms},
      {"actors", "mailbox_limit", at<&s::actors, &ac::mailbox_limit>,
       "Messages that wait for one entity; beyond, overloaded.", 1, 10'000'000},
      {"actors", "journal_batch_rows", at<&s::actors, &ac::journal_batch_rows>,
       "State changes that one commit carries at most.", 1, 1'000},
      {"actors", "journal_queue_limit", at<&s::actors, &ac::journal_queue_limit>,
       "State changes that wait for one writer connection; beyond, overloaded.", 1, 10'000'000},

      {"publish", "arm_lead_ms", at<&s::publish, &p::arm_lead_ms>,
       "How long before its time a delivery's intent is committed.", 50, 200},
      {"publish", "max_in_flight", at<&s::publish, &p::max_in_flight>,
       "Deliveries being sent at once, on this node.", 1, 20'000},
      {"publish", "max_in_flight_per_shard", at<&s::publish, &p::max_in_flight_per_shard>,
       "Deliveries being sent at once for the workspaces of one shard; an account has at most as many as are "
       "still free.",
       1, 20'000},
      {"publish", "max_in_flight_per_account", at<&s::publish, &p::max_in_flight_per_account>,
       "Deliveries being sent at once for one account.", 1, 20'000},
      {"publish", "send_window_ms", at<&s::publish, &p::send_window_ms>,
       "How long after arming the first byte may still leave.", 1'000, 600'000},
      {"publish", "call_timeout_ms", at<&s::publish, &p::call_timeout_ms>,
       "Longest time of the publishing call.", 100, 600'000},
      {"publish", "in_doubt_grace_ms", at<&s::publish, &p::in_doubt_grace_ms>,
       "Wait after a call's deadline before its outcome is looked up.", 0, 600'000},
      {"publish", "prepare_lead_ms", at<&s::publish, &p::prepare_lead_ms>,
       "How long before its time a delivery is prepared: token, media, drafts.", 1'000, day_ms},
      {"publish", "near_window_ms", at<&s::publish, &p::near_window_ms>,
       "Deliveries due within this are kept in memory.", 1'000, 7 * day_ms},
      {"publish", "max_loaded_posts", at<&s::publish, &p::max_loaded_posts>,
       "Deliveries kept in memory; beyond, the window shrinks.", 1'000, 100'000'000},
      {"publish", "retry_backoff_min_ms", at<&s::publish, &p::retry_backoff_min_ms>,
       "First pause after a failure that may pass.", 10, 3'600'000},
      {"publish", "retry_backoff_max_ms", at<&s::publish, &p::retry_backoff_max_ms>, "Longest such pause.",
       10, day_ms},
      {"publish", "retry_limit", at<&s::publish, &p::retry_limit>, "Attempts before a delivery fails.", 1,
       1'000},
      {"publish", "max_lateness_ms", at<&s::publish, &p::max_lateness_ms>,
       "A delivery later than this waits for a person; default of new workspaces.", 1'000, 30 * day_ms},
      {"publish", "receipt_interval_ms", at<&s::publish, &p::receipt_interval_ms>,
       "How often to look for late receipts: what a network answered when nobody could store it any more.",
       100, 3'600'000},
      {"publish", "find_attempts", at<&s::publish, &p::find_attempts>,
       "Look-ups of an outcome in doubt before a person is asked.", 1, 1'000},

      {"media", "directory", at<&s::media, &m::directory>, "Directory of uploaded files.", 1, path_max},
      {"media", "max_bytes", at<&s::media, &m::max_bytes>, "Size of one upload.", 1'024, 10'000'000'000},
      {"media", "max_pixels", at<&s::media, &m::max_pixels>, "Width times height of an image.", 1,
       10'000'000'000},
      {"media", "unreferenced_ttl_s", at<&s::media, &m::unreferenced_ttl_s>,
       "An upload that no post uses is deleted after this.", 60, 31'536'000},

      {"events", "poll_ms", at<&s::events, &ev::poll_ms>,
       "How often the outbox is read while anybody listens; events are later by half of this on average.", 5,
       10'000},
      {"events", "heartbeat_ms", at<&s::events, &ev::heartbeat_ms>,
       "How often a quiet stream says that it is alive.", 1'000, 300'000},
      {"events", "streams_per_node", at<&s::events, &ev::streams_per_node>, "Streams at once; beyond, 503.",
       1, 1'000'000},
      {"events", "streams_per_workspace", at<&s::events, &ev::streams_per_workspace>,
       "Streams of one workspace on one node; beyond, 503.", 1, 1'000'000},
      {"events", "streams_per_user", at<&s::events, &ev::streams_per_user>,
       "Streams of one user on one node; beyond, 429.", 1, 1'000'000},
      {"events", "buffer_bytes", at<&s::events, &ev::buffer_bytes>,
       "What may wait for a client that does not read; beyond, its stream ends.", 16'384, 1'073'741'824},
      {"events", "replay_limit", at<&s::events, &ev::replay_limit>,
       "Missed events that are sent again; who missed more is told to fetch everything.", 0, 10'000'000},

      {"web", "root", at<&s::web, &web_settings::root>,
       "Directory of the built web app, read at the start: index.html, and NAME.br and NAME.gz beside NAME. "
       "Empty: "
       "none.",
       0, path_max},

      {"auth", "access_token_ttl_s", at<&s::auth, &au::access_token_ttl_s>, "Life of an access token.", 10,
       86'400},
      {"auth", "refresh_token_ttl_s", at<&s::auth, &au::refresh_token_ttl_s>, "Life of a refresh token.", 60,
       315'360'000},
      {"auth", "refresh_grace_s", at<&s::auth, &au::refresh_grace_s>,
       "How long a refresh token kept in a cookie gets the same answer again after its exchange: tabs share "
       "it.",
       0, 60},
      {"auth", "argon2_memory_kib", at<&s::auth, &au::argon2_memory_kib>, "Memory of one password hash.",
       8'192, 4'194'304},
      {"auth", "argon2_passes", at<&s::auth, &au::argon2_passes>, "Passes of one password hash.", 1, 100},
      {"auth", "hash_threads", at<&s::auth, &au::hash_threads>, "Threads that hash passwords.", 1, 64},
      {"auth", "hash_queue_limit", at<&s::auth, &au::hash_queue_limit>, "Hashes waiting; beyond, 503.", 1,
       1'000'000},
      {"auth", "login_attempts_per_account", at<&s::auth, &au::login_attempts_per_account>,
       "Failed sign-ins of one account within login_window_s; beyond, 429.", 1, 1'000'000},
      {"auth", "login_attempts_per_address", at<&s::auth, &au::login_attempts_per_address>,
       "Sign-ins from one address within login_window_s; beyond, 429.", 1, 1'000'000'000},
      {"auth", "login_window_s", at<&s::auth, &au::login_window_s>, "Window of the sign-in limits.", 1,
       86'400},
      {"auth", "token_cache_entries", at<&s::auth, &au::token_cache_entries>,
       "Verified access tokens that are remembered.", 0, 10'000'000},
      {"auth", "issuer", at<&s::auth, &au::issuer>, "The iss claim of access tokens.", 1, 256},

      {"limits", "requests_per_user_per_minute", at<&s::limits, &l::requests_per_user_per_minute>,
       "Requests of one user; beyond, 429.", 1, 1'000'000'000},
      {"limits", "requests_per_address_per_minute", at<&s::limits, &l::requests_per_address_per_minute>,
       "Requests from one address; beyond, 429.", 1, 1'000'000'000},
      {"limits", "page_size_max", at<&s::limits, &l::page_size_max>, "Items of one page of a list.", 1,
       1'000},
      {"limits", "page_cache_bytes", at<&s::limits, &l::page_cache_bytes>,
       "Bytes of pages of lists that are kept while nothing of their shard changes.", 0, 1'000'000'000},
      {"limits", "posts_per_workspace", at<&s::limits, &l::posts_per_workspace>, "Posts of one workspace.", 1,
       1'000'000'000},
      {"limits", "accounts_per_workspace", at<&s::limits, &l::accounts_per_workspace>,
       "Connected accounts of one workspace.", 1, 1'000'000},
      {"limits", "members_per_workspace", at<&s::limits, &l::members_per_workspace>,
       "Members of one workspace.", 1, 1'000'000},
      {"limits", "workspaces_per_user", at<&s::limits, &l::workspaces_per_user>,
       "Workspaces that one user may create.", 1, 1'000'000},

      {"outbound", "max_in_flight", at<&s::outbound, &o::max_in_flight>, "Calls at once.", 1, 20'000},
      {"outbound", "max_queued", at<&s::outbound, &o::max_queued>,
       "Calls waiting for a slot; beyond, overloaded.", 0, 10'000'000},
      {"outbound", "max_connections_per_host", at<&s::outbound, &o::max_connections_per_host>,
       "Connections to one host.", 1, 20'000},
      {"outbound", "max_idle_connections", at<&s::outbound, &o::max_idle_connections>,
       "Connections kept open for reuse.", 0, 100'000},
      {"outbound", "allow_private_networks", at<&s::outbound, &o::allow_private_networks>,
       "Whether calls may go to loopback, private and link-local addresses. Only for networks that you host "
       "yourself."},
      {"outbound", "user_agent", at<&s::outbound, &o::user_agent>, "Sent with every call.", 1, 256},
      {"outbound", "ca_file", at<&s::outbound, &o::ca_file>,
       "PEM file of the certificate authorities; empty: the system's.", 0, path_max},

      {"sandbox", "enabled", at<&s::sandbox, &sandbox_settings::enabled>,
       "Whether accounts on the sandbox may be connected."},
      {"sandbox", "url", at<&s::sandbox, &sandbox_settings::url>,
       "Where the sandbox network answers, without a slash at the end. Empty: this node serves it itself.", 0,
       255},

      {"retention", "ledger_days", at<&s::retention, &retention_settings::ledger_days>,
       "Days that deliveries' ledgers are kept.", 1, 36'500},
      {"retention", "event_days", at<&s::retention, &retention_settings::event_days>,
       "Days that events are kept.", 1, 36'500},
      {"retention", "idempotency_hours", at<&s::retention, &retention_settings::idempotency_hours>,
       "Hours that an Idempotency-Key is remembered.", 1, 8'760},
  };
}

} // namespace

const std::vector<field>& fields() {
  static const std::vector<field> table = make_fields();
  return table;
}

std::string_view section_sentence(std::string_view section) {
  for (auto& entry : sections)
    if (entry.name == section) return entry.sentence;
  return {};
}

} // namespace troupe::config
