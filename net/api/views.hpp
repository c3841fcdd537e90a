#pragma once

#include "actors/users/interface.hpp"
#include "net/bridge/field_reader.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

/// The users group's values as the contract shows them, and the input rules that several operations share.
namespace troupe::api {

boost::json::object to_json(const users::user_view& u);
boost::json::object to_json(const users::session& s);
boost::json::object to_json(const users::workspace_view& w);
/// "2026-03-01T09:00:00.104Z"
std::string utc(std::int64_t micros);

/// Schema Email; answers it normalised.
std::string read_email(bridge::field_reader& r, std::string_view field);
/// Schema DisplayName.
std::string read_name(bridge::field_reader& r, std::string_view field);
std::optional<std::string> read_optional_name(bridge::field_reader& r, std::string_view field);
/// Schema TimeZone.
std::string read_time_zone(bridge::field_reader& r, std::string_view field);
std::optional<std::string> read_optional_time_zone(bridge::field_reader& r, std::string_view field);
/// Schema Password.
inline constexpr bridge::text_rule password_rule{.min = 10, .max = 200};

} // namespace troupe::api
