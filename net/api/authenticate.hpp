#pragma once

#include "actors/auth/token.hpp"
#include "net/api/rate_limit.hpp"
#include "net/bridge/http.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// What happens to every request before its resource sees it: is it allowed to be counted, who is it.
namespace troupe::api {

struct api_context;

enum class access : std::uint8_t {
  user,      // needs a valid access token; counted for the user and the address
  anyone,    // needs none; counted for the address
  unmetered, // needs none; not counted (load balancers and monitoring)
};

/// Which operations are open. Of a path with parameters, everything below the first one counts: that only
/// moves the check from before the body to after it. Build once, then read-only.
class access_table {
 public:
  void open(bridge::verb v, std::string_view path_template, access who);
  /// Pages beside the API: GET of a path that `claims` takes needs no token and is not counted.
  void open_rest(bool (*claims)(std::string_view path)) { claims_ = claims; }
  access of(bridge::verb v, std::string_view path) const;

 private:
  bool (*claims_)(std::string_view path) = nullptr;
  std::unordered_map<std::string, access> open_[5];           // by verb
  std::vector<std::pair<std::string, access>> open_below_[5]; // by verb: prefix
};

/// The token of `Authorization: Bearer <token>`; empty when there is none.
std::string_view bearer_token(const bridge::request& r) noexcept;

/// Limit, Remaining and Reset of the narrower window.
void add_rate_headers(const rate_state& rate, bridge::header_list& headers);

/// A problem with what the contract wants of it: WWW-Authenticate says `invalid_token` when one was given.
bridge::reply refusal(const failure& f, const bridge::request& r, const rate_state* rate);

/// For bridge::server: refuses who sends too much (429) and who has no good token (401) before the body is
/// read. `ctx` outlives the server.
bridge::early_check make_early_check(api_context& ctx);

} // namespace troupe::api
