#include "system/cluster/envelope.hpp"

#include "system/core/log.hpp"

namespace troupe::cluster {

bytes pack(caf::actor_system& system, const caf::message& m) {
  bytes out;
  caf::binary_serializer sink{system, out};
  // Saving does not change it; CAF's one function for both ways takes a reference.
  if (auto e = sink(const_cast<caf::message&>(m))) {
    log::error("cluster.not_packed", {{"error", to_string(e)}});
    return {};
  }
  return out;
}

caf::message unpack(caf::actor_system& system, const bytes& b) {
  caf::message out;
  caf::binary_deserializer source{system, b};
  if (auto e = source(out)) {
    log::error("cluster.not_unpacked", {{"error", to_string(e)}});
    return {};
  }
  return out;
}

} // namespace troupe::cluster
