#define CAF_SUITE cluster_placement
#include "system/cluster/placement.hpp"

#include <caf/test/unit_test.hpp>

#include <map>

using namespace troupe;
using namespace troupe::cluster;

namespace {

std::vector<member> nodes(std::initializer_list<const char*> names) {
  std::vector<member> out;
  for (auto* n : names) {
    member m;
    m.id = {n, static_cast<std::int64_t>(out.size()) + 1};
    out.push_back(std::move(m));
  }
  return out;
}

std::map<shard_id, std::string> homes(const std::vector<member>& members) {
  std::map<shard_id, std::string> out;
  for (shard_id s = 0; s < 256; ++s) out[s] = home_of(s, members)->id.name;
  return out;
}

cluster_rows rows_of(std::vector<member> members, std::optional<node_id> owner) {
  cluster_rows out;
  out.members = std::move(members);
  for (shard_id s = 0; s < 256; ++s) out.shards.push_back({s, owner, 1, false});
  return out;
}

} // namespace

CAF_TEST(each node gets about its share) {
  std::map<std::string, int> count;
  for (auto& [s, n] : homes(nodes({"a", "b", "c", "d"}))) ++count[n];
  CAF_CHECK_EQUAL(count.size(), 4u);
  for (auto& [n, c] : count) CAF_CHECK(c > 40 && c < 90);
}

CAF_TEST(a node that leaves moves only its own) {
  auto before = homes(nodes({"a", "b", "c"})), after = homes(nodes({"a", "b"}));
  for (auto& [s, n] : before)
    if (n != "c" && after[s] != n) CAF_ERROR("shard " << s << " moved from " << n << " to " << after[s]);
}

CAF_TEST(a node is no home that drains or has no lease or wants no shards) {
  auto all = nodes({"a", "b", "c", "d"});
  all[0].draining = true;
  all[1].lease_valid = false;
  all[2].entities = false;
  for (auto& [s, n] : homes(all)) CAF_CHECK_EQUAL(n, "d");
  all[3].draining = true;
  CAF_CHECK(home_of(0, all) == nullptr);
}

CAF_TEST(what is free goes to its home and what is elsewhere at home is given away in small parts) {
  auto members = nodes({"a", "b"});
  auto free = rows_of(members, std::nullopt);
  auto a = plan_for(members[0].id, free, 16), b = plan_for(members[1].id, free, 16);
  CAF_CHECK_EQUAL(a.take.size() + b.take.size(), 256u);
  CAF_CHECK(a.give.empty());
  auto owned = rows_of(members, members[0].id);
  a = plan_for(members[0].id, owned, 16);
  CAF_CHECK(a.take.empty());
  CAF_CHECK_EQUAL(a.give.size(), 16u);
  b = plan_for(members[1].id, owned, 16);
  CAF_CHECK(b.take.empty());
}

CAF_TEST(whose own lease has run out neither takes nor gives) {
  auto members = nodes({"a", "b"});
  members[0].lease_valid = false;
  auto late = plan_for(members[0].id, rows_of(members, members[0].id), 16);
  CAF_CHECK(late.take.empty() && late.give.empty());
  late = plan_for(members[0].id, rows_of(members, std::nullopt), 16);
  CAF_CHECK(late.take.empty() && late.give.empty());
}
