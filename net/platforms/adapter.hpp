#pragma once

#include "net/outbound/engine.hpp"
#include "net/platforms/task.hpp"
#include "system/core/clock.hpp"
#include "system/core/errors.hpp"
#include "system/core/ids.hpp"

#include <boost/json.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// One social network behind one interface: one file per network, a state machine written as coroutines.
/// Adapters keep no state between calls; what must last is in `credentials`, `account_limits` and the
/// delivery's `remote_handle`, which the caller stores. They never sleep, never read a clock, never touch a
/// database.
namespace troupe::platforms {

/// The classes into which every failure of a network is sorted (facts: platforms, section 0.2).
enum class publish_error : std::uint8_t {
  validation,           // never retry: the content breaks a limit
  auth_expired,         // refresh, then once more
  reconnect_required,   // the account must be connected again by a person
  permission,           // the account may not do this
  duplicate,            // the network says it has this already: run recovery
  rate_limited,         // not before `retry_at`; burns no attempt
  quota_exhausted,      // not before `retry_at`; burns no attempt
  media_processing,     // the network still works on the media: ask again at `retry_at`
  provider_unavailable, // a read or preparing call failed with 5xx: retry with backoff
  not_sent,             // failed before the first request byte: retry with backoff
  unknown_outcome,      // sent, and no trustworthy answer: in doubt
  account_restricted,   // suspended, locked, taken down
  target_not_found,     // channel, board, site removed
  revoked,              // our own gate was closed before anything was sent
};
std::string_view to_string(publish_error e) noexcept;

/// What is known about the failure. `detail` is shown to the user: plain words, no secret.
struct publish_failure {
  publish_error kind = publish_error::unknown_outcome;
  std::string detail;
  std::optional<milliseconds> retry_after{}; // from Retry-After and its dialects, relative to now
  int http_status = 0;
  /// Set by `prepare` when a part of the work is done (media uploaded, the rest not yet): the caller stores
  /// it as the delivery's remote_handle before it tries again, so that nothing is uploaded twice.
  std::optional<boost::json::object> progress{};
};

template <class T>
using outcome = boost::system::result<T, publish_failure>;
[[noreturn]] void throw_exception_from_error(const publish_failure& f, const boost::source_location&);

/// How many characters a text has, counted in every way that a network may count (section 0.4).
struct text_length {
  std::size_t code_points = 0, utf16_units = 0, bytes = 0, graphemes = 0;
};
text_length measure(std::string_view utf8);
/// False for text that is not well-formed UTF-8.
bool is_utf8(std::string_view bytes) noexcept;

enum class count_unit : std::uint8_t { code_points, utf16_units, bytes, graphemes, mastodon, x_weighted };
/// "graphemes", "bytes", ...: the name in JSON and in messages to people.
std::string_view to_string(count_unit u) noexcept;
/// How long the text is for a network that counts in `unit`. `url_weight`: what each URL counts instead of
/// its length; 0 counts URLs like other text (`mastodon` and `x_weighted` then take their own 23).
std::size_t count(std::string_view utf8, count_unit unit, std::size_t url_weight = 0);

/// The real limits of one account, read live where the network has them (Mastodon instances), else the
/// defaults.
struct account_limits {
  std::size_t max_text = 0;
  count_unit text_unit = count_unit::graphemes;
  std::size_t max_text_bytes = 0; // second limit, 0: none
  std::size_t url_weight = 0;     // characters counted per URL, 0: its length
  std::size_t max_images = 0;
  std::size_t max_image_bytes = 0;
  std::size_t max_image_pixels = 0;     // width x height, 0: none
  std::size_t max_alt_text = 0;         // characters, 0: none
  std::vector<std::string> image_types; // "image/png", ...
  bool needs_title = false;
  bool text_or_media = true; // empty text is allowed when there is media
};
boost::json::object to_json(const account_limits& l);
account_limits limits_from_json(const boost::json::object& o);

/// What Troupe promises on this network, shown to users by GET /v1/platforms.
enum class guarantee : std::uint8_t { exactly_once, exactly_once_within_window, reconciled, at_most_once };
std::string_view to_string(guarantee g) noexcept;

/// One field that a person fills in to connect: app password, server address, ...
struct connect_field {
  std::string name; // JSON name: "server", "identifier", "app_password"
  std::string label;
  bool secret = false;
  bool required = true;
  std::string help;
};

/// A budget that a network counts over all accounts that call from one place (facts: platforms, "Rate").
struct shared_budget {
  std::string scope; // "address": our egress address; "app": our client registration; either per server
  int calls = 0;     // within each window
  milliseconds per{0};
  bool in_headers = false; // the network's rate headers tell of this budget and not of the account's own
};

struct description {
  std::string id;                    // "bluesky"
  std::string name;                  // "Bluesky"
  std::string connect;               // "credentials" | "oauth"
  std::vector<connect_field> fields; // asked for at connect (for oauth: what is needed to begin)
  guarantee promise = guarantee::at_most_once;
  seconds key_window{0};             // how long a repeat with the same key is safe; 0 with safe_forever
  bool safe_forever = false;         // a repeat with the same key is safe for ever
  bool repeat_while_running = false; // a repeat is safe even while the first call may still run
  bool absence_is_proof = false;     // `find` answering "absent" proves that it was not published
  bool can_find = false;             // has a read-back at all
  bool two_phase = false;            // prepare creates something that only the final call makes public
  bool always_prepares = false;      // `publish` needs what `prepare` made, also without media
  bool safe_repeat = false;          // may be armed early (50-200 ms): the final call is repeatable
  std::vector<shared_budget> shared_budgets;
  account_limits default_limits;
};

/// Secrets of one account as JSON text (sealed by the caller at rest) and when the access part ends.
struct credentials {
  std::string secret;                  // adapter's own JSON: tokens, app password
  std::optional<timestamp> expires_at; // of the access token; nullopt: does not expire
};

/// The public half of a connected account.
struct account_identity {
  std::string remote_id; // DID, user id
  std::string handle;    // "alice.test", "@alice@example.social"
  std::string display_name;
  std::string server; // base URL that calls go to, no trailing slash
};
/// Whether both are one account: a DID means the same everywhere and may move to another server, every other
/// id only counts on its own server.
bool is_same_account(const account_identity& a, const account_identity& b) noexcept;

struct connection {
  account_identity who;
  credentials keys;
  account_limits limits;
};

struct image {
  std::string path; // file to stream
  std::string content_type;
  std::string file_name;
  std::string alt;
  std::size_t bytes = 0;
  int width = 0, height = 0;
};

/// One delivery, frozen at arming: the same bytes at every attempt.
struct publication {
  uuid delivery_id;
  std::string idempotency_key; // stable over all attempts
  std::string text;
  std::string title; // WordPress; may be empty
  std::vector<image> images;
  std::string language;        // BCP 47, may be empty
  timestamp scheduled_for;     // stable; Bluesky derives rkey and createdAt from it
  boost::json::object options; // per-network extras (visibility, spoiler_text, slug ...), validated
  boost::json::object
      remote_handle; // what `prepare` or earlier attempts stored: media ids, blobs, draft id, rkey
};

struct receipt {
  std::string remote_id;
  std::string permalink;
};

/// A rate window as the network's own headers told it.
struct rate_window {
  int limit = 0;
  int remaining = 0;
  milliseconds resets_in{0};
};

/// The adapter's only way to the outside. Implemented by the ACCOUNT (and by tests).
class io {
 public:
  virtual ~io() = default;
  /// Makes the call and resumes `done` on the ACCOUNT's thread. Use `co_await call(port, request)`.
  virtual void start(outbound::request what, std::function<void(outbound::response)> done) = 0;
  /// Wall clock of the owning node.
  virtual timestamp now() const = 0;
  /// Told whenever an answer carried rate headers.
  virtual void saw_rate(const rate_window& window) = 0;
  /// Runs `work` (up to some 100 ms of CPU or disk: re-encoding an image) away from the ACCOUNT's thread
  /// where the owner has a place for that, then `done` on the ACCOUNT's thread. This default runs both at
  /// once, here.
  virtual void offload(std::function<void()> work, std::function<void()> done) {
    work();
    done();
  }
};

/// Retry-After in all its dialects: seconds, HTTP date, x-ratelimit-reset (ISO or epoch), ratelimit-reset.
/// `now` is needed for the absolute forms; nullopt when there is none. Bounded to 24 h.
std::optional<milliseconds> retry_after(const outbound::response& r, timestamp now);
/// Limit, remaining and reset as X-RateLimit-*, RateLimit-* or x-rate-limit-* say; nullopt without the first
/// two.
std::optional<rate_window> rate_of(const outbound::response& r, timestamp now);

/// What an awaiting coroutine and the one who will wake it share. The coroutine may be destroyed first (the
/// ACCOUNT stops, a delivery is cancelled): then the late answer finds nobody and is dropped.
template <class T>
struct wake_slot {
  std::coroutine_handle<> sleeper;
  T answer{};

  void wake(T value) {
    if (!sleeper) return;
    answer = std::move(value);
    std::exchange(sleeper, nullptr).resume();
  }
};

/// Awaitable around io::start. Tells the port about rate headers by itself.
class call_awaiter {
 public:
  call_awaiter(io& port, outbound::request what) : port_(port), what_(std::move(what)) {}
  call_awaiter(const call_awaiter&) = delete;
  call_awaiter& operator=(const call_awaiter&) = delete;
  ~call_awaiter() { slot_->sleeper = nullptr; }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    slot_->sleeper = h;
    // From here on `this` may be gone: the answer may come before `start` returns.
    port_.start(std::move(what_), [slot = slot_](outbound::response r) { slot->wake(std::move(r)); });
  }
  outbound::response await_resume() {
    if (auto window = rate_of(slot_->answer, port_.now())) port_.saw_rate(*window);
    return std::move(slot_->answer);
  }

 private:
  io& port_;
  outbound::request what_;
  std::shared_ptr<wake_slot<outbound::response>> slot_ = std::make_shared<wake_slot<outbound::response>>();
};
/// `what` is moved from. It must have a name: GCC 12 destroys temporaries of a co_await expression twice.
inline call_awaiter call(io& port, outbound::request& what) { return {port, std::move(what)}; }

/// Awaitable around io::offload.
class offload_awaiter {
 public:
  offload_awaiter(io& port, std::function<void()> work) : port_(port), work_(std::move(work)) {}
  offload_awaiter(const offload_awaiter&) = delete;
  offload_awaiter& operator=(const offload_awaiter&) = delete;
  ~offload_awaiter() { slot_->sleeper = nullptr; }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    slot_->sleeper = h;
    port_.offload(std::move(work_), [slot = slot_] { slot->wake(true); });
  }
  void await_resume() const noexcept {}

 private:
  io& port_;
  std::function<void()> work_;
  std::shared_ptr<wake_slot<bool>> slot_ = std::make_shared<wake_slot<bool>>();
};
/// `work` must own everything it touches (it may outlive the coroutine that asked for it), must not throw,
/// and must have a name, like the argument of `call`.
inline offload_awaiter offload(io& port, std::function<void()>& work) { return {port, std::move(work)}; }

/// Where recovery ended.
enum class presence : std::uint8_t { published, absent, cannot_tell };
struct find_result {
  presence what = presence::cannot_tell;
  receipt found; // when published
};

/// First half of an OAuth connect: where to send the browser, and what to keep until it comes back.
struct oauth_begin {
  std::string authorize_url;
  std::string private_state; // JSON, sealed by the caller: verifier, client id and secret, server
};

struct content_issue {
  std::string field;  // "text", "images/0", "title"
  std::string code;   // "too-long", "too-many", "too-large", "type-not-allowed", "empty", "alt-too-long"
  std::string detail; // names the limit and the count: "312 graphemes, allowed are 300"
  std::optional<std::int64_t> limit = std::nullopt, count = std::nullopt; // when it is about a count
};

class adapter {
 public:
  virtual ~adapter() = default;
  virtual const description& describe() const = 0;

  /// Pure: everything that this account would refuse. Empty: fine.
  virtual std::vector<content_issue> validate(const account_limits& limits, const publication& p) const = 0;

  /// Connects with the fields of `describe().fields`. Errors: validation (a field is wrong, `detail` says
  /// which), reconnect_required (credentials refused), not_sent / provider_unavailable (server not reached).
  virtual task<outcome<connection>> connect(io& port, boost::json::object fields) = 0;
  /// OAuth networks only; the default answers `permission`.
  virtual task<outcome<oauth_begin>> begin_oauth(io& port, boost::json::object fields,
                                                 std::string redirect_uri, std::string state);
  virtual task<outcome<connection>> finish_oauth(io& port, std::string private_state, std::string code,
                                                 std::string redirect_uri);

  /// A fresh access token. The caller guarantees single flight.
  virtual task<outcome<credentials>> refresh(io& port, account_identity who, credentials keys);
  /// Are the credentials still good? Also reads the limits anew.
  virtual task<outcome<account_limits>> check(io& port, account_identity who, credentials keys) = 0;

  /// Everything before the last call: media uploads, drafts, containers. Answers the new remote_handle.
  /// Repeatable: what p.remote_handle already holds is not done again. A handle made for other content (the
  /// post was edited or moved since) is recognised and brought up to date; `publish` refuses one that was
  /// not.
  virtual task<outcome<boost::json::object>> prepare(io& port, account_identity who, credentials keys,
                                                     publication p);
  /// The final call, through `gate`. Only here is something made public.
  virtual task<outcome<receipt>> publish(io& port, account_identity who, credentials keys, publication p,
                                         std::shared_ptr<outbound::send_gate> gate) = 0;
  /// Read back after an unknown outcome. The default cannot tell.
  virtual task<outcome<find_result>> find(io& port, account_identity who, credentials keys, publication p);
  /// Deletes what prepare made, after a cancel. Best effort.
  virtual task<outcome<bool>> discard(io& port, account_identity who, credentials keys, publication p);
};

/// All adapters of this build, in the order in which they are shown.
class registry {
 public:
  /// `sandbox_url`: base of the built-in sandbox network, empty: the sandbox is not offered.
  explicit registry(std::string sandbox_url);
  ~registry();
  const adapter* find(std::string_view id) const noexcept;
  adapter* find(std::string_view id) noexcept;
  const std::vector<std::unique_ptr<adapter>>& all() const noexcept { return adapters_; }

 private:
  std::vector<std::unique_ptr<adapter>> adapters_;
};

} // namespace troupe::platforms
