#pragma once

#include "net/platforms/adapter.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What all adapters share: reading answers that may be anything, writing requests, and sorting failures.
namespace troupe::platforms::wire {

namespace json = boost::json;

// Deadlines of single calls. The caller may shorten them; nothing here is ever repeated.
inline constexpr milliseconds read_timeout{15'000};
inline constexpr milliseconds write_timeout{30'000};
inline constexpr milliseconds upload_timeout{300'000};
// No answer that an adapter reads is larger; a longer one counts as no answer.
inline constexpr std::size_t largest_answer = 1 << 20;

// --- JSON
// -----------------------------------------------------------------------------------------------------

/// Parses an answer's body: at most 32 levels, any malformation is nullopt.
std::optional<json::value> parse(std::string_view body);
/// The same, and it must be an object or a list.
std::optional<json::object> parse_object(std::string_view body);
std::optional<json::array> parse_array(std::string_view body);

/// Fields of an untrusted object. A missing field and one of another type are the same: empty.
std::string text_at(const json::object& o, std::string_view key);
std::optional<std::int64_t> number_at(const json::object& o, std::string_view key);
bool true_at(const json::object& o, std::string_view key);
const json::object* object_at(const json::object& o, std::string_view key);
const json::array* array_at(const json::object& o, std::string_view key);
/// A text or a whole number, as text: networks disagree on the type of their ids. Empty for anything else.
std::string id_at(const json::object& o, std::string_view key);

// --- addresses
// ------------------------------------------------------------------------------------------------

/// Percent-encodes everything but letters, digits and "-._~".
std::string percent(std::string_view s);
/// "a=1&b=%20" from pairs.
std::string query(const std::vector<std::pair<std::string, std::string>>& fields);

/// The server that a person typed, as "https://host[:port][/path]" without a trailing slash: a missing scheme
/// is https, the host is lower case and ASCII (IDNA), no user, query or fragment. Plain http only for names
/// and addresses that cannot be on the public internet; whether those are called at all is the engine's
/// decision.
outcome<std::string> server_address(std::string_view typed);
/// "host[:port]" of an address from `server_address`.
std::string host_and_port(std::string_view address);
/// "https://host[:port]" of it: the path removed.
std::string origin(std::string_view address);
bool is_loopback(std::string_view address);
bool is_https(std::string_view address) noexcept;

// --- requests
// -------------------------------------------------------------------------------------------------

/// "Name: value", control characters removed so that no value can add a header.
std::string header(std::string_view name, std::string_view value);
std::string bearer(std::string_view token);
outbound::request get(std::string url);
outbound::request post_json(std::string url, const json::value& body);
outbound::request post_form(std::string url, const std::vector<std::pair<std::string, std::string>>& fields);

// --- failures
// -------------------------------------------------------------------------------------------------

publish_failure fail(publish_error kind, std::string detail, int status = 0);

/// Where in the protocol a call stands decides what its failure means: before the final call nothing is
/// public yet and everything may be tried again; the final call is in doubt as soon as its first byte went
/// out.
enum class stage { before, final };

/// The failure class of any answer that is not the wanted one, by transport and status alone. Adapters look
/// at the body first where their network's own codes say more. `network`: name for the detail text.
publish_failure failure_of(const outbound::response& r, stage s, timestamp now, std::string_view network);
/// The failure `f` of a connect, where "no such place" and the like mean that the address typed is wrong.
publish_failure at_connect(publish_failure f);
/// A 2xx whose body is not what was promised.
publish_failure nonsense(const outbound::response& r, stage s, std::string_view network);

/// Foreign text made fit to be shown: white space folded, control characters removed, at most 200 code
/// points.
std::string quote(std::string_view foreign);

// --- content
// --------------------------------------------------------------------------------------------------

/// Hash over everything in a publication that decides what will be public. Two publications with the same
/// fingerprint are the same bytes to the network.
std::string fingerprint(const publication& p);
/// The same for one image.
std::string fingerprint(const image& i);

/// The checks that follow from `account_limits` alone. `prefix`: text that the network counts together with
/// the post (Mastodon's content warning).
std::vector<content_issue> check_limits(const account_limits& limits, const publication& p,
                                        std::string_view prefix = {});

} // namespace troupe::platforms::wire
