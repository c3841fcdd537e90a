#pragma once

#include "net/outbound/engine.hpp"
#include "net/platforms/adapter.hpp"
#include "system/actor/messages.hpp"
#include "system/actor/reply_slot.hpp"
#include "system/storage/database.hpp"

#include <caf/all.hpp>

#include <memory>
#include <string>
#include <vector>

/// What an ACCOUNT may be asked. Requests of people come through the WORKSPACE (`as_member`).
namespace troupe {

/// The public view of one entity: JSON text, and the version for its ETag.
struct document {
  std::string json;
  std::int64_t version = 0;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, document& x) {
    return f(x.json, x.version);
  }
};

/// Connects the account (its id is the entity's) with the fields that its network asks for. Answers document.
/// Errors: validation_failed, upstream_failed, already_exists (this identity is connected in this workspace).
/// A repeat of a connect that succeeded answers the same document.
struct connect_account {
  std::string platform;
  std::string fields; // JSON object
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, connect_account& x) {
    return f(x.platform, x.fields);
  }
};

/// How long a person may take to agree on the network's page.
inline constexpr seconds oauth_life{600};

/// Begins an OAuth connect, or reconnect when the account is there. Answers json_text
/// {"authorize_url","state","expires_at"}. Errors: as connect; conflict when the account was disconnected.
struct begin_oauth {
  uuid user;
  std::string platform;
  std::string fields;
  std::string redirect_uri;
  std::string return_url;
  std::string state;        // unguessable; what the network sends back
  std::string browser_hash; // raw bytes: of what only the browser that began has
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, begin_oauth& x) {
    return f(x.user, x.platform, x.fields, x.redirect_uri, x.return_url, x.state, x.browser_hash);
  }
};
/// The network agreed. INTERNAL to the API: the flow row has been taken by its state. Answers document.
/// Errors as connect; conflict when an account that is there belongs to another identity, or was
/// disconnected.
struct finish_oauth {
  std::string platform;
  std::string sealed_flow; // raw bytes of oauth_flow.sealed
  std::string code;
  std::string redirect_uri;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, finish_oauth& x) {
    return f(x.platform, x.sealed_flow, x.code, x.redirect_uri);
  }
};

/// Answers document; not_found when it was never connected.
struct read_account {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, read_account&) {
    return f();
  }
};

enum class account_action : std::uint8_t { check, pause, resume, disconnect };
/// Answers the new document. check asks the network; conflict when the state does not allow it.
struct act_on_account {
  account_action action = account_action::check;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, act_on_account& x) {
    return f(x.action);
  }
};
/// New credentials for the same identity. Errors as connect; conflict when it is another identity.
struct reconnect_account {
  std::string fields;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, reconnect_account& x) {
    return f(x.fields);
  }
};

// -- LOCAL ONLY: what a POST on the same node asks ------------------------------------------------

/// Checks content against this account's real limits.
struct check_content {
  std::shared_ptr<const platforms::publication> what;
};
struct content_verdict {
  ec code = ec::unavailable; // none; not_found; unavailable
  std::string platform;
  std::vector<platforms::content_issue> issues;
};

enum class call_kind : std::uint8_t { prepare, publish, find, discard };

/// How a call to the network ended; exactly one of the parts is filled, by `kind` of the request.
struct call_result {
  bool ok = false;
  platforms::publish_failure error{
      platforms::publish_error::not_sent, "the account is not in service", {}, 0};
  boost::json::object handle;   // prepare
  platforms::receipt receipt;   // publish
  platforms::find_result found; // find
};

/// One call for one delivery. `publish` goes through `gate`.
struct network_call {
  call_kind kind = call_kind::publish;
  std::shared_ptr<const platforms::publication> what;
  std::shared_ptr<outbound::send_gate> gate;
  reply_slot<call_result> reply;
  /// For a publish that went well when who asked is gone: keeps the evidence. Runs in the ACCOUNT; must not
  /// block.
  std::function<void(const platforms::receipt&)> keep{};
};

/// Which accounts of a shard must be held back when its dispatcher starts: id, state. $1 shard.
extern const storage::statement held_accounts;

/// Told to the dispatcher of the account's shard: hold back (or go on with) all deliveries of this account.
/// `until_us` is database time; 0: open; max: until told otherwise.
struct account_hold {
  uuid account;
  std::int64_t until_us = 0;
  std::string reason;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, account_hold& x) {
    return f(x.account, x.until_us, x.reason);
  }
};

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_social, first_custom_type_id + 160)
CAF_ADD_TYPE_ID(troupe_social, (troupe::document))
CAF_ADD_TYPE_ID(troupe_social, (troupe::connect_account))
CAF_ADD_TYPE_ID(troupe_social, (troupe::begin_oauth))
CAF_ADD_TYPE_ID(troupe_social, (troupe::finish_oauth))
CAF_ADD_TYPE_ID(troupe_social, (troupe::read_account))
CAF_ADD_TYPE_ID(troupe_social, (troupe::account_action))
CAF_ADD_TYPE_ID(troupe_social, (troupe::act_on_account))
CAF_ADD_TYPE_ID(troupe_social, (troupe::reconnect_account))
CAF_ADD_TYPE_ID(troupe_social, (troupe::account_hold))
CAF_END_TYPE_ID_BLOCK(troupe_social)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::check_content)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::content_verdict)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::call_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::network_call)
