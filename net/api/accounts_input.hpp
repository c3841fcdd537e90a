#pragma once

#include "actors/social/interface.hpp"
#include "net/api/call.hpp"
#include "net/bridge/field_reader.hpp"
#include "net/platforms/adapter.hpp"

#include <string>

/// What connecting with credentials and connecting through OAuth share.
namespace troupe::api {

/// Reads `platform`; nullptr (and an entry) when this build has no such network.
const platforms::description* read_platform(bridge::field_reader& r, const platforms::registry& networks);
/// Reads `fields` as this network asks for them, into JSON text. With `network` nullptr only their form is
/// checked.
std::string read_connect_fields(bridge::field_reader& r, const platforms::description* network);

/// For what has no room for an Idempotency-Key in its own rows and can be repeated harmlessly: keeps the key
/// first, then goes on with `then(c)`; at a repeat too. The same key with another request answers 422. Only
/// for members: ask that first.
void keep_key(const call_ptr& c, const uuid& workspace, const uuid& subject,
              std::function<void(const call_ptr&)> then);

/// oauth.cpp
void add_oauth_routes(bridge::router& routes, api_context& ctx);

} // namespace troupe::api
