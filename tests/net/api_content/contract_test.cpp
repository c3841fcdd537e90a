#define CAF_SUITE api_contract
#include <caf/test/unit_test.hpp>

#include "api_node.hpp"
#include "contract.hpp"

#include <fmt/format.h>

using namespace troupe;
using namespace troupe::test;

namespace {

/// Routes of others' resources are held to the contract by their own tests.
bool is_ours(const contract::operation& o) {
  for (auto* part : {"/accounts", "/oauth/", "/media", "/posts", "/deliveries", "/v1/platforms", "/admin/",
                     "/operations/", "/events", "/summary"})
    if (o.path.find(part) != std::string::npos) return true;
  return false;
}

std::string upper(std::string_view verb) {
  std::string out(verb);
  for (auto& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out == "DEL" ? "DELETE" : out;
}

} // namespace

CAF_TEST(the routes are those of the contract and no others) {
  api_node node;
  std::set<std::string> promised, served;
  for (auto& o : contract::operations())
    if (is_ours(o)) promised.insert(fmt::format("{} {} {}", o.verb, o.path, o.id));
  for (auto& e : node.entries)
    if (!e.path_template.starts_with("/sandbox/")) // a foreign network's API, not ours
      served.insert(
          fmt::format("{} {} {}", upper(to_string(e.method)), e.path_template, e.options.operation));
  CAF_CHECK(promised.size() > 35);
  for (auto& p : promised)
    if (!served.contains(p)) CAF_ERROR("promised and not served: " << p);
  for (auto& s : served)
    if (!promised.contains(s)) CAF_ERROR("served and not promised: " << s);
}

CAF_TEST(every operation knows the query parameters of the contract and refuses others) {
  api_node node;
  for (auto& o : contract::operations()) {
    if (!is_ours(o) || o.id == "finishOauth") continue; // takes what a network adds
    auto path = o.path;
    for (std::string name : {"{workspace_id}", "{account_id}", "{media_id}", "{post_id}", "{delivery_id}",
                             "{path}", "{name}", "{shard_id}"})
      if (auto at = path.find(name); at != std::string::npos)
        path.replace(at, name.size(), to_string(name == "{workspace_id}" ? node.workspace : node.viewer));
    path += "?unheard-of=1";
    for (auto& name : contract::query_parameters(o.id)) path += "&" + name + "=";
    bool admin = path.starts_with("/admin/");
    bool json = o.verb == "PATCH" || (o.verb == "POST" && (o.id == "liftQuarantine" || !admin));
    (void)json;
    auto a = admin ? node.ask_admin(o.verb, path) : node.call(node.owner, o.verb, path);
    // Without a body some answer 415 or 400 before the query is looked at: those take none of it either.
    if (a.status == 415 || a.status == 400) continue;
    CAF_MESSAGE(o.id);
    CAF_CHECK_EQUAL(a.status, 422);
    CAF_CHECK_EQUAL(a.errors(), "unheard-of unknown-field");
  }
}
