#include "net/platforms/adapters.hpp"
#include "net/platforms/wire.hpp"

namespace troupe::platforms {

// What a network that has nothing of the kind answers.

task<outcome<oauth_begin>> adapter::begin_oauth(io&, boost::json::object, std::string, std::string) {
  co_return wire::fail(publish_error::permission, "this network is not connected through a browser");
}

task<outcome<connection>> adapter::finish_oauth(io&, std::string, std::string, std::string) {
  co_return wire::fail(publish_error::permission, "this network is not connected through a browser");
}

task<outcome<credentials>> adapter::refresh(io&, account_identity, credentials) {
  co_return wire::fail(publish_error::reconnect_required,
                       "the network took the access back; connect the account again");
}

task<outcome<boost::json::object>> adapter::prepare(io&, account_identity, credentials, publication p) {
  co_return std::move(p.remote_handle);
}

task<outcome<find_result>> adapter::find(io&, account_identity, credentials, publication) {
  co_return find_result{};
}

task<outcome<bool>> adapter::discard(io&, account_identity, credentials, publication) { co_return true; }

registry::registry(std::string sandbox_url) {
  if (!sandbox_url.empty()) adapters_.push_back(make_sandbox(std::move(sandbox_url)));
  adapters_.push_back(make_bluesky());
  adapters_.push_back(make_mastodon());
  adapters_.push_back(make_wordpress());
}

registry::~registry() = default;

const adapter* registry::find(std::string_view id) const noexcept {
  for (const auto& a : adapters_)
    if (a->describe().id == id) return a.get();
  return nullptr;
}

bool is_same_account(const account_identity& a, const account_identity& b) noexcept {
  if (a.remote_id != b.remote_id) return false;
  return a.server == b.server || a.remote_id.starts_with("did:");
}

adapter* registry::find(std::string_view id) noexcept {
  return const_cast<adapter*>(static_cast<const registry&>(*this).find(id));
}

} // namespace troupe::platforms
