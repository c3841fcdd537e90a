#pragma once

#include "net/platforms/adapter.hpp"
#include "net/platforms/richtext.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The pure half of the Bluesky adapter: keys, records, tokens.
namespace troupe::platforms::bluesky {

namespace json = boost::json;

inline constexpr std::string_view collection = "app.bsky.feed.post";

/// The record key of a delivery: a TID (13 characters) made of the scheduled time and the idempotency key, so
/// that every attempt on every node names the same record.
///
/// Posts are usually due on full minutes, and 10 bits of clock id alone would let two posts of one minute
/// meet once in a thousand; so the key also chooses the microseconds within the scheduled second.
std::string record_key(timestamp scheduled_for, std::string_view idempotency_key);

/// An uploaded picture as the record refers to it.
struct picture {
  json::object blob;
  std::string alt;
  int width = 0, height = 0; // 0: unknown, left out
};

/// The frozen record. `dids`: the handles among the mentions that belong to somebody.
json::object make_record(const publication& p, const std::vector<picture>& pictures,
                         const std::map<std::string, std::string>& dids);

/// The self-labels in `options.labels`; empty when there are none.
std::vector<std::string> labels_of(const json::object& options);

/// Where a browser finds the record.
std::string permalink(const account_identity& who, std::string_view rkey);
/// "at://did/app.bsky.feed.post/rkey".
std::string record_uri(std::string_view did, std::string_view rkey);

/// When a JWT ends, read without verifying it; nullopt when it does not say.
std::optional<timestamp> token_end(std::string_view jwt);

bool is_did(std::string_view s) noexcept;
/// The form of the app passwords that the network hands out: "abcd-efgh-ijkl-mnop".
bool is_app_password(std::string_view s) noexcept;

/// The `#atproto_pds` address in a DID document; empty when it has none that could be called.
std::string pds_of(const json::object& did_document);
/// True when the document says that it goes by this handle.
bool claims_handle(const json::object& did_document, std::string_view handle);

} // namespace troupe::platforms::bluesky
