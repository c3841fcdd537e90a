#pragma once

#include "net/api/admin.hpp"
#include "net/api/call.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The tree node -> group -> shard -> entity, put together from what the SHARDs say of themselves.
namespace troupe::api {

/// `<node>/<group>/<shard>/<kind>:<id>`, cut at any level.
struct actor_path {
  enum class level : std::uint8_t { node, group, shard, entity };
  level at = level::node;
  group of = group::users;
  shard_id shard = 0;
  entity_kind kind = entity_kind::user;
  uuid id;
};
/// nullopt when there can be no such actor on this node. An empty text is this node.
std::optional<actor_path> parse_actor_path(std::string_view text, std::string_view node,
                                           std::uint32_t shards);
std::string to_string(const actor_path& p, std::string_view node);

/// One entity as its SHARD lists it.
struct listed_entity {
  entity_ref who;
  std::string state, last_error;
  std::int64_t mailbox = 0, messages = 0, crashes = 0;
  double age_s = 0;
};
/// What one SHARD answered.
struct listed_shard {
  group of = group::users;
  shard_id id = 0;
  std::int64_t entities = 0, mailbox = 0, activations = 0;
  std::int64_t crashes = 0; // of its entities, and its own
  std::vector<listed_entity> listed;
  std::string last_error{}; // its own
};
/// nullopt for what is not the answer of a SHARD.
std::optional<listed_shard> read_listing(group of, shard_id id, std::string_view json);

/// Asks every SHARD below `root` that this node serves, for at most `limit` entities each; `then(c,
/// listings)`, in the order of groups and shards. One that does not answer in time fails the request.
void gather(const call_ptr& c, const actor_path& root, std::uint32_t limit,
            std::function<void(const call_ptr&, std::vector<listed_shard>)> then);

/// The same; it is `then` that decides what a SHARD without an answer means.
void try_gather(const call_ptr& c, const actor_path& root, std::uint32_t limit,
                std::function<void(const call_ptr&, expected<std::vector<listed_shard>>)> then);
/// All entities of a SHARD: where one is searched, or all of a kind are wanted.
inline constexpr std::uint32_t every_entity = 1'000'000;

/// What the views need to know of the node.
struct tree_view {
  std::string node;
  double age_s = 0;
  std::function<std::optional<std::int64_t>(shard_id)> epoch;
};
/// ActorNode of openapi.yaml for `root`, `depth` levels down, at most `limit` children each. Shards without
/// entities are counted and not listed, unless one is the root; entities come busiest first.
boost::json::object actor_tree(const tree_view& view, const actor_path& root, int depth, std::size_t limit,
                               const std::vector<listed_shard>& all);
/// ActorNode for one entity.
boost::json::object entity_node(const tree_view& view, shard_id shard, const listed_entity& e);
std::string entity_path(const tree_view& view, shard_id shard, const listed_entity& e);

tree_view view_of(const admin_context& admin);
/// Asks and puts together: `then(c, tree, problem)`; the tree is empty when there is no such actor, and when
/// `problem` says why it is not known.
void gather_tree(const admin_context& admin, const call_ptr& c, const actor_path& root, int depth,
                 std::size_t limit,
                 std::function<void(const call_ptr&, boost::json::object, const std::string&)> then);

} // namespace troupe::api
