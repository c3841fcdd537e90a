#pragma once

#include "actors/content/interface.hpp"
#include "system/storage/database.hpp"

#include <string>
#include <vector>

/// Between a post and the parameters of its statements.
namespace troupe {

/// Not handed to the network yet, and a person may still move it.
bool movable(delivery_state s) noexcept;
/// NULL for an empty text.
storage::param text_or_null(const std::string& s);
/// Ids with commas between them, for string_to_array.
std::string joined(const std::vector<uuid>& ids);
/// The targets of a post as the create and edit statements take them.
std::string targets_json(const std::vector<delivery>& deliveries);
/// What a request says about one target, into its delivery.
void apply(const target_spec& t, delivery& d);

} // namespace troupe
